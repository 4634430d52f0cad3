//! Members and their challenges (`spec: nexus-core, 4 and 5`).
pub mod challenges;
pub mod docs;
mod input;
pub mod numbers;
pub mod oauth;
pub mod premium;
pub mod read;
pub(crate) mod render;
pub mod start;
pub mod write;
