//! What holds for every endpoint of the OpenAPI document: who may call it and whose data it reaches, what it leaves
//! in the audit trail, and that no secret gets out. A new endpoint fails here until it stands in [`endpoints::ALL`].
#![expect(clippy::unwrap_used, reason = "a helper of a test that cannot do its work fails the test")]
mod audit;
mod canaries;
mod endpoints;
mod isolation;
mod rows;
mod seal;
mod world;
