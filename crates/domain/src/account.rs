//! Accounts: what is stored of one, how a feed changes it, how it is shown (`spec: nexus-pfm, 2, AC`).
//!
//! A row is a few columns that SQL filters and sums, and one sparse blob ([`crate::blob`]) of everything
//! else. [`Record`] is a row taken apart for logic; [`render`] goes from the row straight to JSON.
mod fields;
mod record;
mod render;
#[cfg(test)]
mod tests;

pub use crate::enums::{AccountSubtype, AccountType};
pub use fields::{FIELD_COUNT, FIELDS, Field, subtype_belongs};
pub use record::{Columns, New, Record, feed_digest, feed_key, name_key};
pub use render::{Context, keys, render, render_event};

use crate::value::Bit;

/// A flag of an account, as a bit of its column `flags`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Flag {
    /// Made by hand.
    IsManual = 0,
    /// Left out of every computation.
    IsHidden = 1,
    /// A business account; `is_personal` is its opposite.
    IsBusiness = 2,
    /// Closed: the effective value of the sourced field.
    IsClosed = 3,
    /// Left out of the list of accounts on our own pages.
    IsExcludedFromAccounts = 4,
    /// Left out of budgets.
    IsExcludedFromBudgets = 5,
    /// Left out of the cash flow.
    IsExcludedFromCashFlow = 6,
    /// Left out of reminders of debt payments.
    IsExcludedFromDebts = 7,
    /// Not offered for goals.
    IsExcludedFromGoals = 8,
    /// Left out of investments on our own pages.
    IsExcludedFromInvestments = 9,
    /// Left out of the net worth on our own pages.
    IsExcludedFromNetWorth = 10,
    /// Left out of spending plans.
    IsExcludedFromSpending = 11,
    /// Its transactions are left out of every computation.
    IsExcludedFromTransactions = 12,
    /// Left out of category totals.
    IsExcludedFromTrends = 13,
}

impl Bit for Flag {
    fn mask(self) -> i64 {
        1 << (self as u8)
    }
}

/// Each plain boolean of the answer and its flag; `is_personal` is the opposite of one of them.
const FLAG_FIELDS: [(Field, Flag); 13] = [
    (Field::IsManual, Flag::IsManual),
    (Field::IsHidden, Flag::IsHidden),
    (Field::IsBusiness, Flag::IsBusiness),
    (Field::IsExcludedFromAccounts, Flag::IsExcludedFromAccounts),
    (Field::IsExcludedFromBudgets, Flag::IsExcludedFromBudgets),
    (Field::IsExcludedFromCashFlow, Flag::IsExcludedFromCashFlow),
    (Field::IsExcludedFromDebts, Flag::IsExcludedFromDebts),
    (Field::IsExcludedFromGoals, Flag::IsExcludedFromGoals),
    (Field::IsExcludedFromInvestments, Flag::IsExcludedFromInvestments),
    (Field::IsExcludedFromNetWorth, Flag::IsExcludedFromNetWorth),
    (Field::IsExcludedFromSpending, Flag::IsExcludedFromSpending),
    (Field::IsExcludedFromTransactions, Flag::IsExcludedFromTransactions),
    (Field::IsExcludedFromTrends, Flag::IsExcludedFromTrends),
];

impl Field {
    /// The flag that holds this field, where a flag does; `is_personal` is `is_business` the other way round.
    pub fn flag(self) -> Option<Flag> {
        FLAG_FIELDS.iter().find(|(field, _)| *field == self).map(|(_, flag)| *flag)
    }
}
