//! What is stored comes back as it went, and only through the right scope.
mod accounts;
mod jobs;
mod members;
mod micro_deposits;
mod oauth;
mod people;
