//! What an institution or a statement says: accounts, transactions, holdings, before anything is matched.
use crate::{
    account::Field,
    decimal::{Money, Rate},
    enums::{AccountSubtype, AccountType, HoldingType, TransactionStatus, TransactionType},
    secret::SecretText,
    time::{Date, Timestamp},
    value::Value,
};

/// An account as the feed tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedAccount {
    /// The institution's own id of the account, if it has one (`external_guid`).
    pub feed_id: Option<String>,
    /// Type of the account.
    pub account_type: AccountType,
    /// Subtype, where the feed tells one.
    pub account_subtype: Option<AccountSubtype>,
    /// Name, as shown by the institution.
    pub name: String,
    /// The whole account number as delivered; only its keyed hash, its last four characters and, where a
    /// job asks for numbers, its ciphertext are stored. Card numbers are masked before they get here.
    pub account_number: Option<SecretText>,
    /// Routing number of the account's bank, digits.
    pub routing_number: Option<String>,
    /// Name of the holder.
    pub account_holder_name: Option<String>,
    /// All other sourced fields the feed tells, each once, by ascending field.
    pub values: Vec<(Field, Value)>,
}

/// A transaction as the feed tells it. Text is as delivered: not cleansed, not shortened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedTransaction {
    /// The institution's own id, unique within the account (`external_guid`).
    pub feed_id: Option<String>,
    /// The id the source says this one replaces.
    pub replaces: Option<String>,
    /// Unsigned amount; the type gives the direction (`spec: nexus-pfm, TX-9`).
    pub amount: Money,
    /// Direction.
    pub transaction_type: TransactionType,
    /// Whether it is final.
    pub status: TransactionStatus,
    /// Raw description.
    pub description: String,
    /// Raw memo.
    pub memo: Option<String>,
    /// ISO 4217 code; absent: the account's.
    pub currency_code: Option<String>,
    /// When it was posted; a day without a time is noon UTC of that day.
    pub posted_at: Option<Timestamp>,
    /// When it was made; a day without a time is noon UTC of that day.
    pub transacted_at: Option<Timestamp>,
    /// Number of a cheque, as delivered.
    pub check_number: Option<String>,
    /// Degrees north.
    pub latitude: Option<Rate>,
    /// Degrees east.
    pub longitude: Option<Rate>,
    /// Whether it was made abroad.
    pub is_international: Option<bool>,
    /// ISO 18245 code.
    pub merchant_category_code: Option<u16>,
    /// The feed's own category: a guid, a default name, or a name in upper snake case.
    pub category: Option<String>,
    /// The source's own kind of transaction, upper case; empty if unknown.
    pub extended_transaction_type: String,
}

/// A holding as the feed tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedHolding {
    /// The institution's own id.
    pub feed_id: Option<String>,
    /// Kind of holding.
    pub holding_type: HoldingType,
    /// Name of the security.
    pub description: Option<String>,
    /// Ticker symbol.
    pub symbol: Option<String>,
    /// ISO 6166 number.
    pub isin: Option<String>,
    /// Number of shares; negative where short.
    pub shares: Option<Rate>,
    /// Price of one share when bought.
    pub purchase_price: Option<Money>,
    /// Shares times price.
    pub market_value: Option<Money>,
    /// What was paid for it.
    pub cost_basis: Option<Money>,
    /// Change of the day.
    pub daily_change: Option<Money>,
    /// ISO 4217 code.
    pub currency_code: Option<String>,
    /// Coupon of a bond, percent.
    pub bond_coupon_rate: Option<Rate>,
    /// When a bond is paid back.
    pub bond_maturity_date: Option<Date>,
}

/// An owner of an account as the feed tells it (`spec: nexus-core, 7`).
#[derive(Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the keys of the contract")]
pub struct FeedOwner {
    /// The whole name.
    pub owner_name: Option<String>,
    pub address: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// Whose data it is, is nobody's business.
impl std::fmt::Debug for FeedOwner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FeedOwner([personal])")
    }
}

/// What one job or file delivers for one account (`spec: nexus-pfm, 16`, Batch).
#[derive(Debug, Clone, PartialEq)]
pub struct FeedBatch {
    /// The account.
    pub account: FeedAccount,
    /// Its transactions, in the order delivered.
    pub transactions: Vec<FeedTransaction>,
    /// First and last day the list of transactions claims to cover; none: it claims nothing.
    pub window: Option<(Date, Date)>,
    /// Whether the source lists pending transactions, so that one no longer listed is gone.
    pub reports_pending: bool,
    /// Whether the list is the truth in its window, so that a missing posted one is gone, too.
    pub is_complete: bool,
    /// Holdings; `None` where none were asked for.
    pub holdings: Option<Vec<FeedHolding>>,
    /// Owners; `None` where none were asked for.
    pub owners: Option<Vec<FeedOwner>>,
}
