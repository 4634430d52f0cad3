mod bank;
mod browser;
mod ends;
mod identity;
mod jobs;
mod rows;
mod visits;

pub(crate) use browser::{Browser, connect_by_oauth, consent, new_member, reopened, window_uri};
