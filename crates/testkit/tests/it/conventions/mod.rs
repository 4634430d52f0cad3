mod dialect;
mod errors;
mod headers;
mod limits;
mod media;
mod pagination;
mod restricted;
mod values;
