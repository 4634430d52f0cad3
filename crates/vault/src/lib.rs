//! Everything secret: the envelope that stored secrets lie in, the master keys that guard it, the
//! tokens people and programs show, and the hashes that are kept of them.
//!
//! A [`KeyRing`] of master keys wraps one [`UserKey`] per user and one [`Root`] secret. A user's key
//! seals that user's values, each bound to its [`Location`]. The root secret, which a rotation of
//! master keys does not change, gives the keys of tokens, keyed hashes and the audit seal.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod envelope;
mod file;
mod hash;
mod ring;
mod root;
mod session;
mod token;
mod webhook;

#[cfg(test)]
mod testing;

pub use envelope::{KeyId, Location, OpenError, UserKey};
pub use file::{open_or_create, retire, rotate};
pub use hash::{TokenHash, same};
pub use ring::{KeyError, KeyRing};
pub use root::{AuditSeal, Keyed, Root};
pub use session::{NotOurs, SessionTokens};
pub use token::{ApiKey, ApiToken, NotAnApiKey, OneTimeValue};
pub use webhook::WebhookSecret;
