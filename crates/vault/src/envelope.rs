//! The envelope: `alg (1) | key id (4) | nonce (12) | ciphertext | tag (16)`, AES-256-GCM.
use crate::root::derive;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use domain::env::Entropy;
use std::fmt;
use zeroize::Zeroizing;

/// AES-256-GCM with a random 96-bit nonce and the additional data of [`Cipher::associated`].
const ALG_AES_256_GCM: u8 = 1;
const HEADER_LEN: usize = 1 + KeyId::LEN + NONCE_LEN;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// Where a sealed value lies. It is bound into the envelope: a value moved elsewhere does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location<'a> {
    /// Table name.
    pub table: &'a str,
    /// Column name.
    pub column: &'a str,
    /// Bytes of the row's key.
    pub row: &'a [u8],
    /// Id of the user the row belongs to; 0 for what belongs to nobody.
    pub user: i64,
}

/// Tells keys apart without telling anything of them: four bytes derived from the key itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; Self::LEN]);

impl KeyId {
    /// Length in bytes.
    pub(crate) const LEN: usize = 4;

    /// Reads the eight lower-case hexadecimal digits that [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; Self::LEN];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes)).filter(|id| id.to_string() == text)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a sealed value did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Its master key is not in the ring.
    #[error(
        "sealed with master key {0}, which is not there: put its line back into the master key file below the \
         active one, or add its value after the active one where the key is given as a setting"
    )]
    MasterKeyMissing(KeyId),
    /// It was sealed with another user's key.
    #[error("sealed with key {0}, not with the key of this user")]
    OtherKey(KeyId),
    /// Too short, or of a form this version does not know.
    #[error("not a sealed value of a known form")]
    Malformed,
    /// The tag does not fit: the value was changed, or moved to another place.
    #[error("the sealed value was changed or moved")]
    Forged,
}

/// The key of one user's data, expanded and ready. Wiped when dropped.
pub struct UserKey(Cipher);

impl UserKey {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self(Cipher::new(secret))
    }

    /// Seals a value for one place.
    pub fn seal(&self, at: &Location<'_>, plaintext: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        self.0.seal(at, plaintext, entropy)
    }

    /// Opens a value sealed for that place.
    pub fn open(&self, at: &Location<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.0.open(at, sealed)
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserKey({})", self.0.id)
    }
}

/// A key expanded for sealing, with the id that its envelopes carry.
pub(crate) struct Cipher {
    id: KeyId,
    aes: Aes256Gcm,
}

impl Cipher {
    /// The secret itself is not used: one derived key seals, another one gives the id.
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        let key = derive::<32>(secret, "envelope key");
        let id = derive::<{ KeyId::LEN }>(secret, "key id");
        Self { id: KeyId(*id), aes: Aes256Gcm::new((&*key).into()) }
    }

    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    #[expect(clippy::expect_used, reason = "fails beyond 64 GiB only, which no stored value reaches")]
    pub(crate) fn seal(&self, at: &Location<'_>, plaintext: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        // The exact capacity matters: growing would leave a copy of the plaintext in freed memory.
        let mut out = Vec::with_capacity(plaintext.len().saturating_add(HEADER_LEN + TAG_LEN));
        out.push(ALG_AES_256_GCM);
        out.extend_from_slice(&self.id.0);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plaintext);
        let (_, body) = out.split_at_mut(HEADER_LEN);
        let tag = self
            .aes
            .encrypt_inout_detached((&nonce).into(), &self.associated(at), body.into())
            .expect("a stored value is shorter than 64 GiB");
        out.extend_from_slice(&tag);
        out
    }

    pub(crate) fn open(&self, at: &Location<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let parts = Parts::of(sealed).ok_or(OpenError::Malformed)?;
        if parts.key != self.id {
            return Err(OpenError::OtherKey(parts.key));
        }
        let mut plain = Zeroizing::new(parts.ciphertext.to_vec());
        self.aes
            .decrypt_inout_detached(
                parts.nonce.into(),
                &self.associated(at),
                plain.as_mut_slice().into(),
                parts.tag.into(),
            )
            .map_err(|_| OpenError::Forged)?;
        Ok(plain)
    }

    /// The additional data: head of the envelope, user, then table, column and row, each behind its
    /// length, so that no two places share one encoding.
    fn associated(&self, at: &Location<'_>) -> Vec<u8> {
        let mut data = Vec::with_capacity(128);
        data.push(ALG_AES_256_GCM);
        data.extend_from_slice(&self.id.0);
        data.extend_from_slice(&at.user.to_be_bytes());
        for part in [at.table.as_bytes(), at.column.as_bytes(), at.row] {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part);
        }
        data
    }
}

/// An envelope taken apart.
struct Parts<'a> {
    key: KeyId,
    nonce: &'a [u8; NONCE_LEN],
    ciphertext: &'a [u8],
    tag: &'a [u8; TAG_LEN],
}

impl<'a> Parts<'a> {
    fn of(sealed: &'a [u8]) -> Option<Self> {
        let (&[ALG_AES_256_GCM], rest) = sealed.split_first_chunk()? else { return None };
        let (&key, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (ciphertext, tag) = rest.split_last_chunk()?;
        Some(Self { key: KeyId(key), nonce, ciphertext, tag })
    }
}

/// The id of the key that sealed this value.
pub(crate) fn key_of(sealed: &[u8]) -> Option<KeyId> {
    Parts::of(sealed).map(|parts| parts.key)
}

#[cfg(test)]
mod tests;
