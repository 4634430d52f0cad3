//! The sandbox bank as its contract tells it: words, then data.
mod data;
mod driver;
mod life;
mod words;
