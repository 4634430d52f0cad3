//! The reader of OFX statement files: OFX 1.x (SGML) and 2.x (XML), and what banks make of both.
//!
//! How to use it: [`read`] takes the bytes of a file and gives its [`Statements`]: one [`Statement`] for each
//! account, with a [`FeedBatch`] like those of a live institution. A damaged file is refused as a whole with
//! the line and element at fault ([`ReadError`]), so that nobody ends up with half a statement.
//!
//! How it works: `decode` finds the code page; `scan` finds tags and values in one pass, without a tree;
//! `reader` keeps the stack of open aggregates and hands values to `bank`, `invest` and `account`;
//! `value` parses amounts, dates and text; `card` masks card numbers, which never leave this module.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use domain::{decimal::Money, feed::FeedBatch, time::Timestamp};

mod account;
mod bank;
mod card;
mod decode;
mod error;
mod generate;
mod invest;
mod reader;
mod scan;
mod tags;
mod value;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test may panic")]
mod tests;

pub use card::MASK;
pub(crate) use card::{mask, mask_id};
pub use error::{ErrorKind, ReadError};
pub use generate::generate;

/// Bytes of a file that are read at most.
pub const FILE_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Aggregates within each other, at most.
pub const DEPTH_MAX: usize = 64;
/// Bytes of one value, at most.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Statements in a file, at most.
pub const ACCOUNTS_MAX: usize = 10_000;
/// Transactions in a file, at most.
pub const TRANSACTIONS_MAX: usize = 2_000_000;
/// Notices kept for a file; further ones are dropped.
pub const NOTICES_MAX: usize = 1_000;

/// Reads a statement file. A file without statements is no error: it has no accounts.
pub fn read(bytes: &[u8]) -> Result<Statements, ReadError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(ReadError::of_file(ErrorKind::FileTooLarge));
    }
    let text = decode::decode(bytes);
    reader::read(&text)
}

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statements {
    /// Who made it.
    pub institution: StatementInstitution,
    /// Its statements in the order of the file; two of one account are not merged.
    pub accounts: Vec<Statement>,
}

/// Who made a file, as far as it tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementInstitution {
    /// Name of the organisation (`FI/ORG`).
    pub org: Option<String>,
    /// Number within the organisation (`FI/FID`).
    pub fid: Option<String>,
    /// Number in a widespread directory of banks (`INTU.BID`).
    pub intu_bid: Option<String>,
    /// Each different `BANKID` and `BROKERID`, in the order of the file.
    pub bank_ids: Vec<String>,
}

impl StatementInstitution {
    /// What stays the same from file to file of one institution: the first of organisation and number,
    /// directory number, bank id that there is, in lower case.
    pub fn key(&self) -> Option<String> {
        let key = match (&self.org, &self.fid, &self.intu_bid) {
            (Some(org), Some(fid), _) => format!("org:{org}:{fid}"),
            (Some(org), None, _) => format!("org:{org}"),
            (None, Some(fid), _) => format!("fid:{fid}"),
            (None, None, Some(bid)) => format!("bid:{bid}"),
            (None, None, None) => format!("bank:{}", self.bank_ids.first()?),
        };
        Some(key.to_lowercase())
    }

    /// A name to show.
    pub fn name(&self) -> Option<&str> {
        self.org.as_deref().or_else(|| self.bank_ids.first().map(String::as_str))
    }
}

/// The statement of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The account, its transactions and holdings.
    pub batch: FeedBatch,
    /// The balance with the contract's sign (owed money is positive on debt types), and its moment.
    pub ledger_balance: Option<(Money, Timestamp)>,
    /// Ids of transactions that the institution took back (`CORRECTACTION` DELETE).
    pub removed: Vec<String>,
    /// What was damaged and how it was read all the same.
    pub notices: Vec<Notice>,
    /// Line on which the statement begins.
    pub line: u32,
}

/// Something damaged that did not stop the reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Line, from 1.
    pub line: u32,
    /// Path of the element.
    pub element: String,
    /// What was done.
    pub text: &'static str,
}
