//! The service as its callers see it: requests through the real router, on both databases. The tree mirrors the URLs.
mod conventions;
mod live;
mod nexus;
mod sandbox;
mod sso;
mod support;
