//! Webhooks from the change to the receiver (`spec: partner, 7`).
mod delivery;
mod events;
mod members;
mod micro_deposits;
mod outbox;
mod proof;
mod receiver;
