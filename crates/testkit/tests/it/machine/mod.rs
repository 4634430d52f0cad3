//! The state machine of members and jobs against a model of its own: `spec: nexus-core, 10`; sandbox, 2.
mod bank;
mod dice;
mod histories;
mod model;
mod pure;
mod stops;
mod user;
