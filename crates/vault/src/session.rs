//! Session tokens: 64 bytes, key version (1), random (47), truncated HMAC-SHA-256 (16); on the wire
//! 86 characters of base64url (`spec: conventions, 2`).
use crate::{
    hash::{TokenHash, same},
    root::MacKey,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{env::Entropy, secret::SecretText};
use std::fmt;
use zeroize::Zeroizing;

const TOKEN_LEN: usize = 64;
const SIGNED_LEN: usize = 48;
const MAC_LEN: usize = 16;
const TEXT_LEN: usize = 86;

/// Issues session tokens and tells them from garbage without the store.
pub struct SessionTokens {
    /// By version: the keys of old versions stay, so that a token of theirs is known for ours.
    keys: Vec<MacKey>,
    active: MacKey,
    version: u8,
}

/// The text was never issued here as a session token: 401/4010.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a session token of this service")]
pub struct NotOurs;

impl SessionTokens {
    /// With the key of each version, the active one being that of `version`.
    pub(crate) fn new(key: impl Fn(u8) -> MacKey, version: u8) -> Self {
        Self { keys: (0..=version).map(&key).collect(), active: key(version), version }
    }

    /// A new token: the text for the client, the hash for the store.
    pub fn issue(&self, entropy: &dyn Entropy) -> (SecretText, TokenHash) {
        let mut token = Zeroizing::new([0; TOKEN_LEN]);
        let (signed, mac) = token.split_at_mut(SIGNED_LEN);
        entropy.fill(signed);
        if let Some(first) = signed.first_mut() {
            *first = self.version;
        }
        mac.copy_from_slice(&truncated(&self.active, signed));
        let mut text = String::with_capacity(TEXT_LEN);
        URL_SAFE_NO_PAD.encode_string(*token, &mut text);
        (SecretText::new(text), TokenHash::of(&*token))
    }

    /// The hash of a token that this service issued, to look up whether it still lives.
    pub fn check(&self, text: &str) -> Result<TokenHash, NotOurs> {
        if text.len() != TEXT_LEN {
            return Err(NotOurs);
        }
        // Two bytes more than a token has: the decoder asks for room by whole groups.
        let mut buffer = Zeroizing::new([0; TOKEN_LEN + 2]);
        URL_SAFE_NO_PAD.decode_slice(text, &mut *buffer).map_err(|_| NotOurs)?;
        let (token, _) = buffer.split_first_chunk::<TOKEN_LEN>().ok_or(NotOurs)?;
        let (signed, mac) = token.split_at(SIGNED_LEN);
        let key = signed.first().and_then(|version| self.keys.get(usize::from(*version))).ok_or(NotOurs)?;
        if same(&truncated(key, signed), mac) { Ok(TokenHash::of(token)) } else { Err(NotOurs) }
    }
}

fn truncated(key: &MacKey, signed: &[u8]) -> [u8; MAC_LEN] {
    let mut mac = [0; MAC_LEN];
    mac.copy_from_slice(key.mac(signed).split_at(MAC_LEN).0);
    mac
}

impl fmt::Debug for SessionTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionTokens(version {})", self.version)
    }
}

#[cfg(test)]
mod tests;
