pub(crate) mod mfa_credentials;
mod read;
