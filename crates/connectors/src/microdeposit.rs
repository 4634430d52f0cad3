//! Who makes microdeposits: two small amounts to an account, which its owner then names (`spec: nexus-core, 8`).
use domain::{
    decimal::Money, enums::AccountType, guid::MicroDepositGuid, secret::SecretText, time::Timestamp,
};
use std::{future::Future, pin::Pin};

/// A way of sending small amounts to accounts.
pub trait MicrodepositProvider: Send + Sync {
    /// Says where a deposit is. The first call for an order places it; its guid is its name at the provider, so that
    /// asking again, from any process, never pays twice.
    fn ask<'a>(&'a self, order: &'a Order) -> Pin<Box<dyn Future<Output = Standing> + Send + 'a>>;
}

/// A deposit as the provider knows it.
#[derive(Debug, Clone)]
pub struct Order {
    /// Its name.
    pub guid: MicroDepositGuid,
    /// Account to pay to; digits.
    pub account_number: SecretText,
    /// Its bank; nine digits with a right check digit.
    pub routing_number: String,
    /// CHECKING or SAVINGS.
    pub account_type: AccountType,
    /// Whose account it is said to be.
    pub first_name: String,
    /// Whose account it is said to be.
    pub last_name: String,
    /// When it was asked for, service time.
    pub initiated_at: Timestamp,
    /// Service time.
    pub now: Timestamp,
}

/// Where a deposit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The provider could not be asked, or does not know yet: nothing changes. The reason, if there is one, is for
    /// the operator and holds no secret.
    Unknown {
        /// What went wrong, one line.
        reason: Option<String>,
    },
    /// The provider has taken it up.
    Requested,
    /// The amounts are in the account.
    Deposited {
        /// The two of them; more than nothing, less than one.
        amounts: [Money; 2],
    },
    /// It could not be made.
    Errored(Trouble),
    /// The provider refuses to make it.
    Rejected(Trouble),
}

/// Why there is no deposit; both are shown to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// An upper-case word.
    pub code: String,
    /// A sentence.
    pub message: String,
}
