//! The sandbox bank.
