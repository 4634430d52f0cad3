mod dialect;
mod errors;
mod headers;
mod limits;
mod media;
mod pagination;
pub(crate) mod restricted;
mod values;
