//! The sandbox bank: six institutions, every status by a word, two years of made-up money.
//!
//! How to use it: list [`institutions`] in the catalogue and hand their jobs to [`SandboxBank`]. It keeps
//! nothing, knows no network and no clock: what it says follows from the credentials, the seed of the
//! member, the [`faults`] and the service time of the turn. Source: `spec: sandbox, 1 to 3, 5`.
mod accounts;
mod bank;
mod card;
mod catalogue;
mod checking;
mod entry;
pub mod faults;
mod holdings;
mod ledger;
mod merchants;
mod microdeposit;
mod picture;
mod plan;
mod purchases;
mod questions;
mod seed;
mod transfers;
mod words;

pub use bank::SandboxBank;
pub use catalogue::{SandboxCredential, SandboxInstitution, institutions};
pub use microdeposit::SandboxDeposits;
pub use seed::Seed;
pub use words::is_revoked;

#[cfg(test)]
mod tests;
