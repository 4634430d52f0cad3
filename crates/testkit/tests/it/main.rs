//! The service as its callers see it: requests through the real router, on both databases. The tree mirrors the URLs.
#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect shall fail")]
mod background;
mod conventions;
mod differential;
mod live;
mod machine;
mod nexus;
mod oauth;
mod operator;
mod samples;
mod sandbox;
mod sso;
mod support;
mod webhooks;
