//! One-time API tokens of users (`spec: partner, 2`) and the API keys of clients.
use crate::{hash::TokenHash, ring::random};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use domain::{env::Entropy, guid::UserGuid, secret::SecretText};
use zeroize::Zeroizing;

/// The one-time token that opens a session: standard base64 of `{user guid}|{64 hex}`.
#[derive(Debug)]
pub struct ApiToken;

impl ApiToken {
    const INNER_LEN: usize = UserGuid::TEXT_LEN + 1 + 64;
    const TEXT_LEN: usize = Self::INNER_LEN.div_ceil(3) * 4;

    /// A new token of a user: the text for the partner, the hash for the store.
    pub fn issue(user: UserGuid, entropy: &dyn Entropy) -> (SecretText, TokenHash) {
        let digits = Zeroizing::new(hex::encode(*random(entropy)));
        let mut inner = Zeroizing::new(Vec::with_capacity(Self::INNER_LEN));
        user.write_to(&mut inner);
        inner.push(b'|');
        inner.extend_from_slice(digits.as_bytes());
        let mut text = String::with_capacity(Self::TEXT_LEN);
        STANDARD.encode_string(inner.as_slice(), &mut text);
        (SecretText::new(text), TokenHash::of(&inner))
    }

    /// The user a token names and the hash to look it up by. The user can be told even where the token
    /// is unknown, so that the failed login is counted (`spec: conventions, 2`). `None`: not of our form.
    pub fn parse(text: &str) -> Option<(UserGuid, TokenHash)> {
        if text.len() != Self::TEXT_LEN {
            return None;
        }
        let mut inner = Zeroizing::new([0; Self::INNER_LEN]);
        STANDARD.decode_slice(text, &mut *inner).ok()?;
        let (user, secret) = std::str::from_utf8(&*inner).ok()?.split_once('|')?;
        let digits = secret.len() == 64 && secret.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let user = user.parse().ok().filter(|_| digits)?;
        Some((user, TokenHash::of(&*inner)))
    }
}

/// A one-time value in a URL that is its own proof: 43 characters of base64url (`spec: nexus-core, 4`, OAuth).
#[derive(Debug)]
pub struct OneTimeValue;

impl OneTimeValue {
    const TEXT_LEN: usize = 43;

    /// A new value: the text for the URL, the hash for the store.
    pub fn issue(entropy: &dyn Entropy) -> (SecretText, TokenHash) {
        let mut text = String::with_capacity(Self::TEXT_LEN);
        URL_SAFE_NO_PAD.encode_string(*random(entropy), &mut text);
        let hash = TokenHash::of(text.as_bytes());
        (SecretText::new(text), hash)
    }

    /// The hash of a value that came with a request. `None`: not of our form.
    pub fn hash(text: &str) -> Option<TokenHash> {
        let is_ours = text.len() == Self::TEXT_LEN
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        is_ours.then(|| TokenHash::of(text.as_bytes()))
    }
}

/// The API key of a client: `tk_` and 43 characters of base64url, or a fixed text given by the operator.
#[derive(Debug)]
pub struct ApiKey;

/// The text cannot be an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an API key is 16 to 256 visible ASCII characters without spaces")]
pub struct NotAnApiKey;

impl ApiKey {
    const PREFIX: &str = "tk_";

    /// A new key: the text to show once, the hash for the store.
    pub fn issue(entropy: &dyn Entropy) -> (SecretText, TokenHash) {
        let mut text = String::with_capacity(Self::PREFIX.len().saturating_add(43));
        text.push_str(Self::PREFIX);
        URL_SAFE_NO_PAD.encode_string(*random(entropy), &mut text);
        let hash = TokenHash::of(text.as_bytes());
        (SecretText::new(text), hash)
    }

    /// The hash of a key that came with a request or was given by the operator.
    pub fn hash(text: &str) -> Result<TokenHash, NotAnApiKey> {
        let fits = (16..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(TokenHash::of(text.as_bytes())) } else { Err(NotAnApiKey) }
    }
}

#[cfg(test)]
mod tests;
