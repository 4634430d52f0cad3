//! The sandbox bank as its contract tells it: words, then data.
mod data;
mod digest;
mod driver;
mod faults;
mod life;
mod words;
