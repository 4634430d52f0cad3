mod members;
mod sessions;
mod user;
