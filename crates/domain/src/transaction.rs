//! Transactions: what is stored of one, how a feed changes it, how it is shown (`spec: nexus-pfm, 3, TX`).
//!
//! A row is the columns that SQL filters, sorts and sums, and one sparse blob ([`crate::blob`]) of
//! everything else. [`Record`] is a row taken apart for logic; [`render`] goes from the row straight to JSON.
mod feed;
mod fields;
mod record;
mod render;
#[cfg(test)]
mod tests;

pub use feed::{
    Defaults, Merged, New, description_key, feed_day, feed_digest, feed_key, fingerprint, fingerprint_key,
};
pub use fields::{FIELD_COUNT, FIELDS, Field};
pub use record::{Columns, Record};
pub use render::{Context, keys, render, render_event};

use crate::value::{Bit, Flags};

/// A flag of a transaction, as a bit of its column `flags`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Flag {
    /// Made by hand.
    IsManual = 0,
    /// Pays a bill.
    IsBillPay = 1,
    /// A direct deposit.
    IsDirectDeposit = 2,
    /// An expense.
    IsExpense = 3,
    /// A fee.
    IsFee = 4,
    /// Income.
    IsIncome = 5,
    /// A fee for an overdraft.
    IsOverdraftFee = 6,
    /// An advance on pay.
    IsPayrollAdvance = 7,
    /// Pays a subscription.
    IsSubscription = 8,
    /// Whether `is_recurring` is known.
    RecurringIsKnown = 9,
    /// Comes again and again; down while unknown. Set both by [`set_recurring`].
    IsRecurring = 10,
    /// Has parts.
    HasBeenSplit = 11,
    /// Seen by the user.
    HasBeenViewed = 12,
    /// Of a business.
    IsBusiness = 13,
    /// Marked by the user.
    IsFlagged = 14,
    /// Left out of every computation.
    IsHidden = 15,
}

impl Bit for Flag {
    fn mask(self) -> i64 {
        1 << (self as u8)
    }
}

/// Each boolean of the answer that is a flag.
const FLAG_FIELDS: [(Field, Flag); 13] = [
    (Field::IsBillPay, Flag::IsBillPay),
    (Field::IsDirectDeposit, Flag::IsDirectDeposit),
    (Field::IsExpense, Flag::IsExpense),
    (Field::IsFee, Flag::IsFee),
    (Field::IsIncome, Flag::IsIncome),
    (Field::IsOverdraftFee, Flag::IsOverdraftFee),
    (Field::IsPayrollAdvance, Flag::IsPayrollAdvance),
    (Field::IsSubscription, Flag::IsSubscription),
    (Field::HasBeenSplit, Flag::HasBeenSplit),
    (Field::HasBeenViewed, Flag::HasBeenViewed),
    (Field::IsBusiness, Flag::IsBusiness),
    (Field::IsFlagged, Flag::IsFlagged),
    (Field::IsHidden, Flag::IsHidden),
];

impl Field {
    /// The flag that holds this field, where one flag does.
    pub fn flag(self) -> Option<Flag> {
        FLAG_FIELDS.iter().find(|(field, _)| *field == self).map(|(_, flag)| *flag)
    }
}

/// `is_recurring`, which may be unknown.
pub fn recurring(flags: Flags) -> Option<bool> {
    flags.has(Flag::RecurringIsKnown).then(|| flags.has(Flag::IsRecurring))
}

/// Sets `is_recurring`. True if that changed it.
pub fn set_recurring(flags: &mut Flags, value: Option<bool>) -> bool {
    let known = flags.set(Flag::RecurringIsKnown, value.is_some());
    flags.set(Flag::IsRecurring, value == Some(true)) || known
}
