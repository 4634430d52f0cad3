pub(crate) mod mfa_credentials;
pub(crate) mod read;
mod resume;
