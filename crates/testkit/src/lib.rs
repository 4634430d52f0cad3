//! What tests of every crate share.
pub mod postgres;
pub mod time;
