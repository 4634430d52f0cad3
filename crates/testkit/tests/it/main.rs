//! The service as its callers see it: requests through the real router, on both databases. The tree mirrors the URLs.
mod nexus;
mod support;
