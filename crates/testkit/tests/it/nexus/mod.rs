pub(crate) mod institutions;
pub(crate) mod jobs;
pub(crate) mod members;
mod sessions;
pub(crate) mod user;
