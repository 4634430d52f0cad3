mod bank;
mod browser;
mod ends;
mod faults;
mod identity;
mod jobs;
mod premium;
mod rows;
mod visits;

pub(crate) use browser::{Browser, connect_by_oauth, consent, new_member, reopened, window_uri};
