//! What is stored comes back as it went, and only through the right scope.
mod accounts;
mod jobs;
mod members;
mod oauth;
mod people;
