//! The sandbox bank as its contract tells it: words, then data.
mod data;
mod driver;
mod faults;
mod life;
mod words;
