//! The root secret and the keys derived from it.
use crate::{envelope::UserKey, session::SessionTokens};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// The secret that everything which must outlive a rotation of master keys is derived from. A store
/// holds one, wrapped. Wiped when dropped.
pub struct Root(Zeroizing<[u8; 32]>);

impl Root {
    pub(crate) fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        Self(secret)
    }

    /// Session tokens issued with the key of this version; those of versions 0 to it are verified.
    pub fn session_tokens(&self, version: u8) -> SessionTokens {
        SessionTokens::new(|v| MacKey::new(&self.0, &format!("session token MAC key {v}")), version)
    }

    /// Keyed hashes of logins and account numbers.
    pub fn keyed(&self) -> Keyed {
        Keyed(MacKey::new(&self.0, "keyed hash key"))
    }

    /// The key that the sandbox's banks by OAuth seal their codes and tokens with; no user's.
    pub fn sandbox_bank_key(&self) -> UserKey {
        UserKey::new(&derive::<32>(&self.0, "sandbox bank key"))
    }

    /// The key of secrets that belong to no user, such as those of webhooks; their location has user 0.
    pub fn service_key(&self) -> UserKey {
        UserKey::new(&derive(&self.0, "service values"))
    }

    /// The seal of the audit chain.
    pub fn audit_seal(&self) -> AuditSeal {
        AuditSeal(MacKey::new(&self.0, "audit seal key"))
    }
}

/// Hashes that tell equal values from different ones and tell nothing to who has no key.
#[derive(Debug, Clone)]
pub struct Keyed(MacKey);

impl Keyed {
    /// The hash of a login, for the rule that one user has one member per institution and login:
    /// trimmed, else exact (`spec: nexus-core, 4`).
    pub fn login_hash(&self, user: i64, institution: i64, login: &str) -> [u8; 32] {
        let parts = [&user.to_be_bytes(), &institution.to_be_bytes(), login.trim().as_bytes()];
        self.keyed_hash("login", &parts)
    }

    /// HMAC-SHA-256 of the parts, each behind its length, in a domain of its own.
    pub fn keyed_hash(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
        self.0.hash(domain, parts)
    }
}

/// Links sealed batches of audit rows.
#[derive(Debug, Clone)]
pub struct AuditSeal(MacKey);

impl AuditSeal {
    /// The seal of a batch behind the one sealed before it (zeros for the first).
    pub fn link(&self, previous: &[u8; 32], batch: &[u8]) -> [u8; 32] {
        self.0.hash("audit batch", &[previous, batch])
    }
}

/// A MAC key, expanded.
#[derive(Clone)]
pub(crate) struct MacKey(Hmac<Sha256>);

impl MacKey {
    fn new(secret: &[u8; 32], purpose: &str) -> Self {
        let key = derive::<64>(secret, purpose);
        Self(Hmac::new((&*key).into()))
    }

    /// The MAC of bytes of a fixed form.
    pub(crate) fn mac(&self, bytes: &[u8]) -> [u8; 32] {
        self.0.clone().chain_update(bytes).finalize().into_bytes().into()
    }

    fn hash(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root([secret])")
    }
}

/// A key for one purpose, by HKDF-SHA-256.
#[expect(clippy::expect_used, reason = "fails beyond 8,160 bytes only")]
pub(crate) fn derive<const N: usize>(secret: &[u8; 32], purpose: &str) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0; N]);
    Hkdf::<Sha256>::new(Some(b"tributary"), secret)
        .expand(purpose.as_bytes(), &mut *key)
        .expect("a key is at most 8,160 bytes");
    key
}

#[cfg(test)]
mod tests;
