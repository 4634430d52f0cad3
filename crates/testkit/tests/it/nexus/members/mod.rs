mod create;
mod delete;
mod read;
