//! The engine as its callers see it, on a clock that is turned by hand.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod caps;
mod faults;
mod hostile;
mod import;
mod jobs;
mod members;
mod nodes;
mod words;
mod world;
