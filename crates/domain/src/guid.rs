//! Typed guids: `USR-11141024-90b3-1bce-cac9-c06ced52ab4c`. Sixteen bytes inside, text on the wire.
//!
//! New ones are UUID version 7, so that rows of one user lie in the order of their making; guids
//! that come from elsewhere may be of any version. Source: `spec: conventions, 7`.
use crate::{env::Entropy, time::Timestamp};
use std::{fmt, marker::PhantomData, str::FromStr};

/// What a guid names: its prefix on the wire.
pub trait Kind: Copy + Send + Sync + 'static {
    /// Three upper-case letters.
    const PREFIX: &'static str;
}

/// A guid of one kind. Two kinds cannot be mixed up: their types differ.
pub struct Guid<K> {
    bytes: [u8; 16],
    kind: PhantomData<fn() -> K>,
}

/// The text is not a guid of this kind: wrong prefix, length, case or character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a guid of this kind")]
pub struct NotAGuid;

/// The bytes behind the one guid that is not of the usual shape, that of the Manual Institution
/// (`spec: nexus-pfm, 2`): the text with its word `MANUAL` read as zeros.
const MANUAL_BYTES: [u8; 16] = [0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0];
const MANUAL_TEXT: &str = "INS-MANUAL-0000-4000-8000-000000000000";

impl<K: Kind> Guid<K> {
    /// Length of the text of a guid: prefix, hyphen, 36 characters.
    pub const TEXT_LEN: usize = 40;

    /// A new guid: UUID version 7 of the given service time.
    pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut bytes = [0u8; 16];
        entropy.fill(&mut bytes);
        let millis = u64::try_from(now.as_micros().div_euclid(1000)).unwrap_or(0);
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        bytes[6] = 0x70 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        Self::from_bytes(bytes)
    }

    /// The guid of these sixteen bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self { bytes, kind: PhantomData }
    }

    /// The guid of a stored blob; `None` unless it has sixteen bytes.
    pub fn from_slice(slice: &[u8]) -> Option<Self> {
        <[u8; 16]>::try_from(slice).ok().map(Self::from_bytes)
    }

    /// The sixteen bytes, as stored.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.bytes
    }

    /// Appends the text to a buffer without allocating.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        if K::PREFIX == "INS" && self.bytes == MANUAL_BYTES {
            out.extend_from_slice(MANUAL_TEXT.as_bytes());
            return;
        }
        let mut buffer = [0u8; 36];
        let text = uuid::Uuid::from_bytes(self.bytes).hyphenated().encode_lower(&mut buffer);
        out.extend_from_slice(K::PREFIX.as_bytes());
        out.push(b'-');
        out.extend_from_slice(text.as_bytes());
    }
}

impl<K: Kind> FromStr for Guid<K> {
    type Err = NotAGuid;

    fn from_str(text: &str) -> Result<Self, NotAGuid> {
        if K::PREFIX == "INS" && (text == MANUAL_TEXT || text == "INS-MANUAL") {
            return Ok(Self::from_bytes(MANUAL_BYTES));
        }
        let rest = text.strip_prefix(K::PREFIX).and_then(|r| r.strip_prefix('-')).ok_or(NotAGuid)?;
        if rest.len() != 36 || rest.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(NotAGuid);
        }
        uuid::Uuid::try_parse(rest).map(|u| Self::from_bytes(u.into_bytes())).map_err(|_| NotAGuid)
    }
}

impl<K: Kind> fmt::Display for Guid<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(Self::TEXT_LEN);
        self.write_to(&mut text);
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl<K: Kind> fmt::Debug for Guid<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Guid<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Guid<K> {}
impl<K> PartialEq for Guid<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl<K> Eq for Guid<K> {}
impl<K> PartialOrd for Guid<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Guid<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes.cmp(&other.bytes)
    }
}
impl<K> std::hash::Hash for Guid<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $alias:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $kind;
        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $alias = Guid<$kind>;
    )*};
}

kinds! {
    /// A user.
    User UserGuid "USR";
    /// A member: a user's connection to an institution.
    Member MemberGuid "MBR";
    /// An account.
    Account AccountGuid "ACT";
    /// The numbers of an account.
    AccountNumber AccountNumberGuid "ACN";
    /// A microdeposit.
    MicroDeposit MicroDepositGuid "MIC";
    /// A transaction.
    Transaction TransactionGuid "TRN";
    /// A job.
    Job JobGuid "JOB";
    /// A credential of an institution, or a challenge.
    Credential CredentialGuid "CRD";
    /// A member's credential.
    MemberCredential MemberCredentialGuid "MCR";
    /// An institution.
    Institution InstitutionGuid "INS";
    /// A category.
    Category CategoryGuid "CAT";
    /// A holding.
    Holding HoldingGuid "HOL";
    /// A client (tenant).
    Client ClientGuid "CLT";
    /// A merchant.
    Merchant MerchantGuid "MCH";
    /// A place of a merchant.
    MerchantLocation MerchantLocationGuid "MCL";
    /// A user's rule for transactions.
    TransactionRule TransactionRuleGuid "TXR";
    /// A scheduled payment.
    ScheduledPayment ScheduledPaymentGuid "SCP";
}

/// The institution that manual accounts belong to.
pub const MANUAL_INSTITUTION: InstitutionGuid = Guid::from_bytes(MANUAL_BYTES);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let text = "USR-11141024-90b3-1bce-cac9-c06ced52ab4c";
        assert_eq!(text.parse::<UserGuid>().map(|g| g.to_string()), Ok(text.to_owned()));
    }

    #[test]
    fn wrong_prefix_shape_or_case_is_refused() {
        for text in [
            "MBR-11141024-90b3-1bce-cac9-c06ced52ab4c",
            "USR-11141024-90B3-1bce-cac9-c06ced52ab4c",
            "USR-1114102490b31bcecac9c06ced52ab4c",
            "USR-",
            "",
            "USR-{1141024-90b3-1bce-cac9-c06ced52ab}",
        ] {
            assert_eq!(text.parse::<UserGuid>(), Err(NotAGuid), "{text}");
        }
    }

    #[test]
    fn the_manual_institution_keeps_its_odd_text() {
        assert_eq!(MANUAL_INSTITUTION.to_string(), MANUAL_TEXT);
        assert_eq!(MANUAL_TEXT.parse::<InstitutionGuid>(), Ok(MANUAL_INSTITUTION));
        assert!("USR-MANUAL-0000-4000-8000-000000000000".parse::<UserGuid>().is_err());
    }
}
