//! A line in the books of the bank, and how it looks at a given time.
use super::seed::Seed;
use domain::{
    decimal::{Money, Rate},
    enums::{TransactionStatus, TransactionType},
    feed::FeedTransaction,
    time::{Date, Timestamp},
};

/// A line of an account: what a day brought, whatever the time it is looked at.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) date: Date,
    /// Distinguishes the lines of a day; part of the feed id.
    pub(super) tag: String,
    /// Hundredths, unsigned; while pending.
    pub(super) shown: i64,
    /// Hundredths, unsigned; as posted. `None`: it disappears instead.
    pub(super) settled: Option<i64>,
    pub(super) is_credit: bool,
    pub(super) description: String,
    pub(super) memo: Option<String>,
    pub(super) check_number: Option<String>,
    /// The bank's own kind of transaction.
    pub(super) kind: &'static str,
    /// What makes it a purchase; `None` for what the bank itself books.
    pub(super) purchase: Option<Purchase>,
}

/// A purchase with a card.
#[derive(Debug, Clone)]
pub(super) struct Purchase {
    /// Second of the day it was made, where the bank tells.
    pub(super) second: Option<i64>,
    /// Days until it is posted or disappears.
    pub(super) pending_days: i32,
    /// Whether it is posted with a new id.
    pub(super) is_reissued: bool,
    pub(super) merchant_category_code: u16,
    /// Millionths of a degree north and east.
    pub(super) place: Option<(i64, i64)>,
    pub(super) is_international: bool,
}

impl Entry {
    /// A line booked on a day, at once.
    pub(super) fn booked(
        date: Date,
        kind: &'static str,
        tag: impl Into<String>,
        cents: i64,
        description: impl Into<String>,
    ) -> Self {
        Self {
            date,
            tag: tag.into(),
            shown: cents.abs(),
            settled: Some(cents.abs()),
            is_credit: cents > 0,
            description: description.into(),
            memo: None,
            check_number: None,
            kind,
            purchase: None,
        }
    }

    /// The change it makes once posted: money in is positive.
    pub(super) fn change(&self) -> i64 {
        let cents = self.settled.unwrap_or(0);
        if self.is_credit { cents } else { -cents }
    }

    /// The first day it is no longer pending.
    fn settles_on(&self) -> Date {
        self.date.plus_days(self.purchase.as_ref().map_or(0, |purchase| purchase.pending_days))
    }

    /// Whether it has been made.
    pub(super) fn is_made(&self, now: Timestamp) -> bool {
        let second = self.purchase.as_ref().and_then(|purchase| purchase.second).unwrap_or(0);
        self.date.midnight().plus_seconds(second) <= now
    }

    /// Whether it is final: posted, or gone.
    pub(super) fn is_settled(&self, now: Timestamp) -> bool {
        self.is_made(now) && self.settles_on() <= now.date()
    }

    /// How the feed tells it now; `None` before it is made, or once it has disappeared.
    pub(super) fn told(
        &self,
        seed: &Seed,
        account: &str,
        currency: &str,
        now: Timestamp,
    ) -> Option<FeedTransaction> {
        if !self.is_made(now) {
            return None;
        }
        let is_settled = self.is_settled(now);
        let cents = if is_settled { self.settled? } else { self.shown };
        let purchase = self.purchase.as_ref();
        let is_reissued = is_settled && purchase.is_some_and(|purchase| purchase.is_reissued);
        let tag = if is_reissued { format!("{} posted", self.tag) } else { self.tag.clone() };
        let made_at = |purchase: &Purchase| match purchase.second {
            Some(second) => self.date.midnight().plus_seconds(second),
            None => self.date.noon(),
        };
        let place = purchase.and_then(|purchase| purchase.place);
        Some(FeedTransaction {
            feed_id: Some(seed.id(account, &tag, self.date)),
            replaces: None,
            amount: Money::from_units(cents),
            transaction_type: if self.is_credit { TransactionType::Credit } else { TransactionType::Debit },
            status: if is_settled { TransactionStatus::Posted } else { TransactionStatus::Pending },
            description: self.description.clone(),
            memo: self.memo.clone(),
            currency_code: Some(currency.to_owned()),
            posted_at: is_settled.then(|| self.settles_on().noon()),
            transacted_at: purchase.map(made_at),
            check_number: self.check_number.clone(),
            latitude: place.map(|(north, _)| Rate::from_units(north)),
            longitude: place.map(|(_, east)| Rate::from_units(east)),
            is_international: purchase.map(|purchase| purchase.is_international),
            merchant_category_code: purchase.map(|purchase| purchase.merchant_category_code),
            category: None,
            extended_transaction_type: self.kind.to_owned(),
        })
    }
}
