//! The store as the rest of the program sees it: everything here runs on both engines.
mod migrations;
mod repositories;
mod statements;
mod support;
mod transactions;
mod writes;
