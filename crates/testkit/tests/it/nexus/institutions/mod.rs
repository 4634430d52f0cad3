mod credentials;
mod csv;
pub(crate) mod read;
mod search;
