//! The master keys, and what they wrap: the key of each user and the root secret.
use crate::{
    envelope::{Cipher, KeyId, Location, OpenError, UserKey, key_of},
    root::Root,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{env::Entropy, secret::SecretText};
use std::{io, path::PathBuf};
use zeroize::Zeroizing;

/// All master keys: the active one wraps, the others only unwrap what was wrapped before a rotation.
pub struct KeyRing {
    active: Cipher,
    others: Vec<Cipher>,
}

/// Why there are no master keys; every message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is gone, but data sealed with its keys is there.
    #[error(
        "there is no master key at {0}, but the store holds data sealed with one: put the file back from its \
         backup (a new key would not open that data)"
    )]
    Missing(PathBuf),
    /// A symbolic link, folder, pipe or device.
    #[error("the master key file {0} is not a regular file: put the file itself there")]
    NotAFile(PathBuf),
    /// Somebody else's file.
    #[error("the master key file {path} belongs to user {owner}: run `chown {us} {path}`")]
    ForeignOwner {
        /// The file.
        path: PathBuf,
        /// Its owner's id.
        owner: u32,
        /// The id of the user that this process runs as.
        us: u32,
    },
    /// Others may read or write it.
    #[error(
        "the master key file {path} has mode {mode:03o}, so others can get at it: run `chmod 600 {path}`"
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A line that is not a key.
    #[error(
        "line {line} of the master key file {path} is damaged: it must read `tributary-master-key-v1 <key id> \
         <key in base64>`; put the file back from its backup"
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
    },
    /// No key in the file, or more than any rotation leaves.
    #[error("the master key file {0} is empty or oversized: put it back from its backup")]
    Size(PathBuf),
    /// The same key twice.
    #[error("master key {0} is there twice: remove one of the two")]
    Twice(KeyId),
    /// A given value that is not 32 bytes.
    #[error(
        "the master key given is not 32 bytes in base64 or hexadecimal (several: separated by commas, the active \
         one first): make one with `openssl rand -base64 32`"
    )]
    Given,
    /// The active key cannot be retired.
    #[error("master key {0} is the active one: rotate first, then retire it")]
    Active(KeyId),
    /// No such key.
    #[error("there is no master key {0}")]
    Unknown(KeyId),
    /// The file is being changed, or a change was cut off.
    #[error("the master keys are being changed by another process; if none is, remove {0}")]
    Busy(PathBuf),
    /// The file could not be read or written.
    #[error("cannot {action} the master key file {path}")]
    Io {
        /// What failed.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl KeyRing {
    /// The ring of a value given as a setting: 32 bytes in base64 or hexadecimal; several separated by
    /// commas, the active one first.
    pub fn from_given(text: &SecretText) -> Result<Self, KeyError> {
        let keys = text.expose().split(',').map(|one| given(one.trim())).collect::<Option<Vec<_>>>();
        Self::new(keys.ok_or(KeyError::Given)?)?.ok_or(KeyError::Given)
    }

    /// `None` without keys; the first one is active.
    pub(crate) fn new(keys: Vec<Cipher>) -> Result<Option<Self>, KeyError> {
        let mut ids: Vec<KeyId> = keys.iter().map(Cipher::id).collect();
        ids.sort_unstable();
        if let Some((twice, _)) = ids.iter().zip(ids.iter().skip(1)).find(|(a, b)| a == b) {
            return Err(KeyError::Twice(*twice));
        }
        let mut keys = keys.into_iter();
        Ok(keys.next().map(|active| Self { active, others: keys.collect() }))
    }

    /// The id of the key that wraps.
    pub fn active(&self) -> KeyId {
        self.active.id()
    }

    /// The ids of all keys, the active one first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.all().map(Cipher::id)
    }

    /// Makes a user's key: the wrapped form to store, and the key. Destroying every copy of the
    /// wrapped form destroys the user's secrets.
    pub fn new_user_key(&self, entropy: &dyn Entropy, user: i64) -> (Vec<u8>, UserKey) {
        let secret = random(entropy);
        (self.active.seal(&user_key_at(user), &*secret, entropy), UserKey::new(&secret))
    }

    /// The user's key of its stored form.
    pub fn unwrap_user_key(&self, wrapped: &[u8], user: i64) -> Result<UserKey, OpenError> {
        self.unwrap(&user_key_at(user), wrapped).map(|secret| UserKey::new(&secret))
    }

    /// The same user's key wrapped by the active master key.
    pub fn rewrap_user_key(
        &self,
        wrapped: &[u8],
        user: i64,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, OpenError> {
        self.rewrap(&user_key_at(user), wrapped, entropy)
    }

    /// Makes the root secret of a new store: the wrapped form to store, and the secret.
    pub fn new_root(&self, entropy: &dyn Entropy) -> (Vec<u8>, Root) {
        let secret = random(entropy);
        (self.active.seal(&ROOT_AT, &*secret, entropy), Root::new(secret))
    }

    /// The root secret of its stored form.
    pub fn open_root(&self, wrapped: &[u8]) -> Result<Root, OpenError> {
        self.unwrap(&ROOT_AT, wrapped).map(Root::new)
    }

    /// The same root secret wrapped by the active master key.
    pub fn rewrap_root(&self, wrapped: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, OpenError> {
        self.rewrap(&ROOT_AT, wrapped, entropy)
    }

    /// Whether another than the active master key wrapped this; both kinds of wrapped forms.
    pub fn needs_rewrap(&self, wrapped: &[u8]) -> bool {
        key_of(wrapped) != Some(self.active())
    }

    fn rewrap(&self, at: &Location<'_>, wrapped: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, OpenError> {
        self.unwrap(at, wrapped).map(|secret| self.active.seal(at, &*secret, entropy))
    }

    fn unwrap(&self, at: &Location<'_>, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, OpenError> {
        let id = key_of(wrapped).ok_or(OpenError::Malformed)?;
        let master = self.all().find(|key| key.id() == id).ok_or(OpenError::MasterKeyMissing(id))?;
        let plain = master.open(at, wrapped)?;
        let secret = <&[u8; 32]>::try_from(plain.as_slice()).map_err(|_| OpenError::Malformed)?;
        Ok(Zeroizing::new(*secret))
    }

    fn all(&self) -> impl Iterator<Item = &Cipher> {
        std::iter::once(&self.active).chain(&self.others)
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

/// Binds a wrapped key to its purpose and user, like any other sealed value.
fn user_key_at(user: i64) -> Location<'static> {
    Location { table: "master key", column: "user key", row: &[], user }
}

const ROOT_AT: Location<'static> = Location { table: "master key", column: "root secret", row: &[], user: 0 };

/// 32 new random bytes.
pub(crate) fn random(entropy: &dyn Entropy) -> Zeroizing<[u8; 32]> {
    let mut secret = Zeroizing::new([0; 32]);
    entropy.fill(&mut *secret);
    secret
}

fn given(text: &str) -> Option<Cipher> {
    let mut secret = Zeroizing::new([0; 32]);
    if text.len() == 64 {
        hex::decode_to_slice(text, &mut *secret).ok()?;
        return Some(Cipher::new(&secret));
    }
    decode_key(text, &mut secret)?;
    Some(Cipher::new(&secret))
}

/// Reads the 44 characters of a 32-byte key in standard base64.
pub(crate) fn decode_key(text: &str, secret: &mut [u8; 32]) -> Option<()> {
    let mut buffer = Zeroizing::new([0; 33]);
    let len = STANDARD.decode_slice(text, &mut *buffer).ok()?;
    let (key, _) = buffer.split_first_chunk::<32>().filter(|_| len == 32)?;
    secret.copy_from_slice(key);
    Some(())
}

#[cfg(test)]
mod tests;
