//! What a feed and the user make of a transaction (`spec: nexus-pfm, TX and CL`).
use super::{Flag, Record};
use crate::{
    category,
    decimal::Money,
    enums::{TransactionStatus, TransactionType},
    feed::FeedTransaction,
    guid::{CategoryGuid, TransactionGuid},
    hash::Hash64,
    text::normalized,
    time::{Date, Timestamp},
    value::{Flags, Source, Sourced},
};

/// What a new transaction is made of besides its values.
#[derive(Debug, Clone, Copy)]
pub struct New {
    /// Number of the user.
    pub user_id: i64,
    /// Its guid.
    pub guid: TransactionGuid,
    /// Number of the account.
    pub account_no: i64,
    /// Its identity in the feed: [`feed_key`] or [`fingerprint_key`].
    pub feed_key: i64,
    /// Service time.
    pub now: Timestamp,
}

/// What a transaction takes from its account and its user.
#[derive(Clone, Copy)]
pub struct Defaults<'a> {
    /// Currency of the account, used where the transaction tells none.
    pub currency_code: Option<&'a str>,
    /// Whether the account is a business's.
    pub is_business: bool,
    /// Number of the user's own category with this guid.
    pub own_category: &'a dyn Fn(CategoryGuid) -> Option<i64>,
}

/// What a merge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Merged {
    /// A stored value changed: write it.
    pub changed: bool,
    /// The feed's text changed: cleanse it, then fire rules again (`spec: nexus-pfm, TR-3`).
    pub text_changed: bool,
}

impl Record {
    /// A new transaction of a feed. Description and category are the feed's, or Uncategorized, until they are
    /// cleansed and classified.
    pub fn from_feed(feed: &FeedTransaction, new: &New, defaults: &Defaults<'_>) -> Self {
        let mut record = Self::empty(new, defaults);
        record.merge_feed(feed, defaults);
        record
    }

    /// A new transaction made by hand: POSTED, made and posted on `date`, Uncategorized until classified.
    pub fn manual(
        new: &New,
        amount: Money,
        transaction_type: TransactionType,
        date: Date,
        description: &str,
        defaults: &Defaults<'_>,
    ) -> Self {
        let mut record = Self::empty(new, defaults);
        record.flags.set(Flag::IsManual, true);
        record.amount = Sourced::own(amount, Source::User);
        record.transaction_type = Sourced::own(transaction_type, Source::User);
        record.status = Sourced::own(TransactionStatus::Posted, Source::System);
        record.description = Sourced::own(description.to_owned(), Source::User);
        record.edit_date(Some(date));
        record
    }

    fn empty(new: &New, defaults: &Defaults<'_>) -> Self {
        let mut flags = Flags::default();
        flags.set(Flag::IsBusiness, defaults.is_business);
        Self {
            user_id: new.user_id,
            guid: new.guid,
            account_no: new.account_no,
            created_at: new.now,
            updated_at: new.now,
            amount: Sourced::default(),
            transaction_type: Sourced::default(),
            status: Sourced::default(),
            category: Sourced::own(category::UNCATEGORIZED, Source::System),
            date: Sourced::own(new.now.date(), Source::System),
            description: Sourced::default(),
            memo: Sourced::default(),
            currency_code: match defaults.currency_code {
                Some(code) => Sourced::own(code.to_owned(), Source::System),
                None => Sourced::default(),
            },
            check_number: Sourced::default(),
            posted_at: Sourced::default(),
            transacted_at: Sourced::default(),
            latitude: Sourced::default(),
            longitude: Sourced::default(),
            is_international: Sourced::default(),
            flags,
            merchant: None,
            merchant_location: None,
            parent: None,
            scheduled_payment: None,
            rule: None,
            feed_key: new.feed_key,
            feed_digest: 0,
            external_guid: None,
            extended_transaction_type: String::new(),
            merchant_category_code: None,
            metadata: None,
            localized_description: None,
            localized_memo: None,
        }
    }

    /// Takes in what the feed says now (`spec: nexus-pfm, TX-3`): `feed_` faces follow, effective values unless
    /// the user set them; POSTED never goes back to PENDING. The caller sets `feed_key` and `updated_at`.
    pub fn merge_feed(&mut self, feed: &FeedTransaction, defaults: &Defaults<'_>) -> Merged {
        self.feed_digest = feed_digest(feed);
        let text_changed = self.description.feed.as_ref() != Some(&feed.description);
        let mut changed = text_changed;
        if text_changed {
            self.follow_text(&feed.description);
        }
        changed |= self.amount.follow(Some(feed.amount));
        changed |= self.transaction_type.follow(Some(feed.transaction_type));
        changed |= self.follow_status(feed.status);
        changed |= self.memo.follow(feed.memo.clone());
        changed |= self.currency_code.follow(feed.currency_code.clone());
        changed |= self
            .currency_code
            .compute(self.currency_code.value.clone().or_else(|| defaults.currency_code.map(str::to_owned)));
        changed |= self.check_number.follow(feed.check_number.clone());
        changed |= self.posted_at.follow(whole_seconds(feed.posted_at));
        changed |= self.transacted_at.follow(whole_seconds(feed.transacted_at));
        if let Some(day) = feed_day(feed) {
            changed |= self.date.follow(Some(day));
        }
        changed |= self.latitude.follow(feed.latitude);
        changed |= self.longitude.follow(feed.longitude);
        changed |= self.is_international.follow(feed.is_international);
        let told =
            feed.category.as_deref().and_then(|text| category::by_feed_text(text, defaults.own_category));
        changed |= self.category.follow(told);
        changed |= self.category.compute(Some(self.category.value.unwrap_or(category::UNCATEGORIZED)));
        changed |= replace(&mut self.external_guid, &feed.feed_id);
        changed |= replace(&mut self.extended_transaction_type, &feed.extended_transaction_type);
        changed |= replace(&mut self.merchant_category_code, &feed.merchant_category_code);
        Merged { changed, text_changed }
    }

    /// A new text starts cleansing and rules anew, unless the user chose the words or the category.
    fn follow_text(&mut self, text: &str) {
        if self.description.source != Source::User {
            self.description.source = Source::Feed;
        }
        self.description.follow(Some(text.to_owned()));
        if self.category.source == Source::Rule {
            self.clear_category();
        }
        if self.description.source != Source::Rule && self.category.source != Source::Rule {
            self.rule = None;
        }
    }

    fn follow_status(&mut self, told: TransactionStatus) -> bool {
        if told == TransactionStatus::Pending && self.status.value == Some(TransactionStatus::Posted) {
            let heard = self.status.feed != Some(told);
            self.status.feed = Some(told);
            return heard;
        }
        self.status.follow(Some(told))
    }

    /// The user's edit of the day; a manual transaction is made and posted on it. `None` gives it back to the feed.
    pub fn edit_date(&mut self, date: Option<Date>) -> bool {
        let before = (self.date, self.posted_at, self.transacted_at);
        self.date.edit(date);
        if self.date.value.is_none() {
            self.date.compute(Some(self.created_at.date()));
        }
        if self.flags.has(Flag::IsManual) {
            let noon = self.date.value.map(Date::noon);
            self.posted_at.set(noon, self.date.source);
            self.transacted_at.set(noon, self.date.source);
        }
        before != (self.date, self.posted_at, self.transacted_at)
    }

    /// Gives the category back to the next source in line: the feed's valid one, else Uncategorized until
    /// it is classified again; rules are the caller's.
    pub fn clear_category(&mut self) -> bool {
        let (value, source) = match self.category.feed {
            Some(no) => (no, Source::Feed),
            None => (category::UNCATEGORIZED, Source::System),
        };
        self.category.set(Some(value), source)
    }

    /// The fingerprint of what the feed last said.
    pub fn fingerprint(&self) -> i64 {
        let made = self.transacted_at.feed.or(self.posted_at.feed).map(Timestamp::date);
        fingerprint_of(
            self.transaction_type.feed.unwrap_or(self.transaction_type()),
            self.amount.feed.unwrap_or(self.amount()),
            self.currency_code.feed.as_deref(),
            made,
            self.description.feed.as_deref().unwrap_or_default(),
        )
    }
}

fn replace<T: PartialEq + Clone>(value: &mut T, told: &T) -> bool {
    let changed = value != told;
    if changed {
        value.clone_from(told);
    }
    changed
}

fn whole_seconds(time: Option<Timestamp>) -> Option<Timestamp> {
    time.map(|time| Timestamp::from_seconds(time.as_seconds()))
}

/// The day a feed's transaction counts for: made, else posted (`spec: nexus-pfm, TX-8`).
pub fn feed_day(feed: &FeedTransaction) -> Option<Date> {
    feed.transacted_at.or(feed.posted_at).map(Timestamp::date)
}

/// Hash of everything the feed says of a transaction that is stored with it. Equal digests: a merge changes nothing.
pub fn feed_digest(feed: &FeedTransaction) -> i64 {
    Hash64::new(4)
        .opt_text(feed.feed_id.as_deref())
        .int(feed.amount.units())
        .int(feed.transaction_type.code().into())
        .int(feed.status.code().into())
        .text(&feed.description)
        .opt_text(feed.memo.as_deref())
        .opt_text(feed.currency_code.as_deref())
        .opt_int(feed.posted_at.map(Timestamp::as_seconds))
        .opt_int(feed.transacted_at.map(Timestamp::as_seconds))
        .opt_text(feed.check_number.as_deref())
        .opt_int(feed.latitude.map(crate::decimal::Rate::units))
        .opt_int(feed.longitude.map(crate::decimal::Rate::units))
        .opt_int(feed.is_international.map(i64::from))
        .opt_int(feed.merchant_category_code.map(i64::from))
        .opt_text(feed.category.as_deref())
        .text(&feed.extended_transaction_type)
        .finish()
}

/// Identity of a transaction whose feed gives ids.
pub fn feed_key(feed_id: &str) -> i64 {
    Hash64::new(5).text(feed_id).finish()
}

/// Type, amount, currency, day made (else posted) and N(description) of a feed's transaction (`spec: nexus-pfm, TX-1`).
pub fn fingerprint(feed: &FeedTransaction) -> i64 {
    fingerprint_of(
        feed.transaction_type,
        feed.amount,
        feed.currency_code.as_deref(),
        feed_day(feed),
        &feed.description,
    )
}

fn fingerprint_of(
    transaction_type: TransactionType,
    amount: Money,
    currency_code: Option<&str>,
    day: Option<Date>,
    description: &str,
) -> i64 {
    Hash64::new(6)
        .int(transaction_type.code().into())
        .int(amount.units())
        .opt_text(currency_code)
        .opt_int(day.map(|day| day.days().into()))
        .text(&normalized(description))
        .finish()
}

/// Identity of the `n`-th among equals of a batch without ids, counted from 0.
pub fn fingerprint_key(fingerprint: i64, n: u32) -> i64 {
    Hash64::new(7).int(fingerprint).int(n.into()).finish()
}

/// Hash of N(text): what rules and recurrence compare descriptions by.
pub fn description_key(text: &str) -> i64 {
    Hash64::new(8).text(&normalized(text)).finish()
}
