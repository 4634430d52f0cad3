//! The state machine of members and jobs against a model of its own: `spec: nexus-core, 10`; sandbox, 2.
mod dice;
mod model;
mod pure;
