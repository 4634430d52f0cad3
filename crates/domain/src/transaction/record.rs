//! A stored transaction taken apart.
use super::{Field, description_key, render};
use crate::{
    blob::{Corrupt, Writer},
    category,
    decimal::{Money, Rate},
    enums::{TransactionStatus, TransactionType},
    guid::{
        Guid, MerchantGuid, MerchantLocationGuid, ScheduledPaymentGuid, TransactionGuid, TransactionRuleGuid,
    },
    time::{Date, Timestamp},
    value::{Cell, Flags, Source, Sourced, Stored},
};

/// The columns of a transaction beside its blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// Number of the user.
    pub user_id: i64,
    /// Its guid.
    pub guid: TransactionGuid,
    /// Number of the account.
    pub account_no: i64,
    /// Effective day.
    pub date: Date,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a stored value last changed.
    pub updated_at: Timestamp,
    /// Effective amount, unsigned.
    pub amount: Money,
    /// Effective direction.
    pub transaction_type: TransactionType,
    /// Effective status.
    pub status: TransactionStatus,
    /// Number of the effective category.
    pub category_no: i64,
    /// See [`super::Flag`].
    pub flags: Flags,
    /// The merchant.
    pub merchant: Option<MerchantGuid>,
    /// The transaction this is a part of.
    pub parent: Option<TransactionGuid>,
    /// Its identity in the feed: [`super::feed_key`] or [`super::fingerprint_key`].
    pub feed_key: i64,
    /// [`super::feed_digest`] of what the feed last said; 0 without a feed.
    pub feed_digest: i64,
    /// [`description_key`] of the effective description.
    pub description_key: i64,
}

/// A transaction, as logic sees it. Amount, type, status, category, date and description always have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Number of the user.
    pub user_id: i64,
    /// Its guid.
    pub guid: TransactionGuid,
    /// Number of the account.
    pub account_no: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a stored value last changed.
    pub updated_at: Timestamp,
    /// Unsigned; the type gives the direction.
    pub amount: Sourced<Money>,
    /// Direction.
    pub transaction_type: Sourced<TransactionType>,
    /// Whether it is final.
    pub status: Sourced<TransactionStatus>,
    /// Number of the category; the feed's where it tells a valid one.
    pub category: Sourced<i64>,
    /// Day it counts for; the feed's is the day made, else the day posted.
    pub date: Sourced<Date>,
    /// Description; the feed's is its raw text.
    pub description: Sourced<String>,
    /// Memo.
    pub memo: Sourced<String>,
    /// ISO 4217 code.
    pub currency_code: Sourced<String>,
    /// Number of a cheque.
    pub check_number: Sourced<String>,
    /// When it was posted, in whole seconds.
    pub posted_at: Sourced<Timestamp>,
    /// When it was made, in whole seconds.
    pub transacted_at: Sourced<Timestamp>,
    /// Degrees north.
    pub latitude: Sourced<Rate>,
    /// Degrees east.
    pub longitude: Sourced<Rate>,
    /// Whether it was made abroad.
    pub is_international: Sourced<bool>,
    /// See [`super::Flag`].
    pub flags: Flags,
    /// The merchant.
    pub merchant: Option<MerchantGuid>,
    /// Place of the merchant.
    pub merchant_location: Option<MerchantLocationGuid>,
    /// The transaction this is a part of.
    pub parent: Option<TransactionGuid>,
    /// The scheduled payment it pays.
    pub scheduled_payment: Option<ScheduledPaymentGuid>,
    /// The rule that fired on it last (`spec: nexus-pfm, TR-5`).
    pub rule: Option<TransactionRuleGuid>,
    /// Its identity in the feed.
    pub feed_key: i64,
    /// Hash of what the feed last said; 0 without a feed.
    pub feed_digest: i64,
    /// The feed's id.
    pub external_guid: Option<String>,
    /// The source's own kind of transaction; empty if unknown.
    pub extended_transaction_type: String,
    /// ISO 18245 code.
    pub merchant_category_code: Option<u16>,
    /// Any text of the client.
    pub metadata: Option<String>,
    /// Description in the user's language.
    pub localized_description: Option<String>,
    /// Memo in the user's language.
    pub localized_memo: Option<String>,
}

impl Record {
    /// The effective amount.
    pub fn amount(&self) -> Money {
        self.amount.value.unwrap_or_default()
    }

    /// The effective direction.
    pub fn transaction_type(&self) -> TransactionType {
        self.transaction_type.value.unwrap_or(TransactionType::Debit)
    }

    /// The effective status.
    pub fn status(&self) -> TransactionStatus {
        self.status.value.unwrap_or(TransactionStatus::Posted)
    }

    /// The number of the effective category.
    pub fn category_no(&self) -> i64 {
        self.category.value.unwrap_or(category::UNCATEGORIZED)
    }

    /// The effective day.
    pub fn date(&self) -> Date {
        self.date.value.unwrap_or_else(|| self.created_at.date())
    }

    /// The effective description.
    pub fn description(&self) -> &str {
        self.description.value.as_deref().unwrap_or_default()
    }

    /// The columns and the blob to store.
    pub fn encode(&self) -> (Columns, Vec<u8>) {
        let columns = Columns {
            user_id: self.user_id,
            guid: self.guid,
            account_no: self.account_no,
            date: self.date(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            amount: self.amount(),
            transaction_type: self.transaction_type(),
            status: self.status(),
            category_no: self.category_no(),
            flags: self.flags,
            merchant: self.merchant,
            parent: self.parent,
            feed_key: self.feed_key,
            feed_digest: self.feed_digest,
            description_key: description_key(self.description()),
        };
        (columns, self.encode_blob())
    }

    fn encode_blob(&self) -> Vec<u8> {
        let mut blob = Writer::new();
        blob.sourced(Field::Description.tag(), &self.description);
        blob.sourced(Field::CurrencyCode.tag(), &self.currency_code);
        blob.sourced(Field::IsInternational.tag(), &self.is_international);
        blob.sourced(Field::Latitude.tag(), &self.latitude);
        blob.sourced(Field::Longitude.tag(), &self.longitude);
        blob.sourced(Field::Memo.tag(), &self.memo);
        blob.sourced(Field::CheckNumberString.tag(), &self.check_number);
        blob.sourced(Field::PostedAt.tag(), &self.posted_at);
        blob.sourced(Field::TransactedAt.tag(), &self.transacted_at);
        blob.faces(Field::Amount.tag(), &self.amount);
        blob.faces(Field::TransactionType.tag(), &self.transaction_type);
        blob.faces(Field::Status.tag(), &self.status);
        blob.faces(Field::Category.tag(), &self.category);
        blob.faces(Field::Date.tag(), &self.date);
        blob.put(Field::ExternalGuid.tag(), text(self.external_guid.as_ref()));
        if !self.extended_transaction_type.is_empty() {
            blob.put(Field::ExtendedTransactionType.tag(), self.extended_transaction_type.cell());
        }
        blob.put(
            Field::MerchantCategoryCode.tag(),
            self.merchant_category_code.as_ref().map_or(Cell::Null, Stored::cell),
        );
        blob.put(Field::Metadata.tag(), text(self.metadata.as_ref()));
        blob.put(Field::LocalizedDescription.tag(), text(self.localized_description.as_ref()));
        blob.put(Field::LocalizedMemo.tag(), text(self.localized_memo.as_ref()));
        blob.put(Field::MerchantLocationGuid.tag(), guid(self.merchant_location.as_ref()));
        blob.put(Field::ScheduledPaymentGuid.tag(), guid(self.scheduled_payment.as_ref()));
        blob.put(Field::RuleGuid.tag(), guid(self.rule.as_ref()));
        blob.finish()
    }

    /// Takes a stored row apart.
    pub fn decode(columns: &Columns, data: &[u8]) -> Result<Self, Corrupt> {
        let mut row = render::Row::default();
        render::read(columns, data, &mut row)?;
        Ok(Self {
            user_id: columns.user_id,
            guid: columns.guid,
            account_no: columns.account_no,
            created_at: columns.created_at,
            updated_at: columns.updated_at,
            amount: sourced(&row, Field::Amount),
            transaction_type: sourced(&row, Field::TransactionType),
            status: sourced(&row, Field::Status),
            category: sourced(&row, Field::Category),
            date: sourced(&row, Field::Date),
            description: sourced(&row, Field::Description),
            memo: sourced(&row, Field::Memo),
            currency_code: sourced(&row, Field::CurrencyCode),
            check_number: sourced(&row, Field::CheckNumberString),
            posted_at: sourced(&row, Field::PostedAt),
            transacted_at: sourced(&row, Field::TransactedAt),
            latitude: sourced(&row, Field::Latitude),
            longitude: sourced(&row, Field::Longitude),
            is_international: sourced(&row, Field::IsInternational),
            flags: columns.flags,
            merchant: columns.merchant,
            merchant_location: guid_of(&row, Field::MerchantLocationGuid),
            parent: columns.parent,
            scheduled_payment: guid_of(&row, Field::ScheduledPaymentGuid),
            rule: guid_of(&row, Field::RuleGuid),
            feed_key: columns.feed_key,
            feed_digest: columns.feed_digest,
            external_guid: plain(&row, Field::ExternalGuid),
            extended_transaction_type: plain(&row, Field::ExtendedTransactionType).unwrap_or_default(),
            merchant_category_code: plain(&row, Field::MerchantCategoryCode),
            metadata: plain(&row, Field::Metadata),
            localized_description: plain(&row, Field::LocalizedDescription),
            localized_memo: plain(&row, Field::LocalizedMemo),
        })
    }
}

fn text(value: Option<&String>) -> Cell<'_> {
    value.map_or(Cell::Null, |text| Cell::Text(text))
}

/// A guid to store; the prefix is not stored, the field implies it.
fn guid<K: crate::guid::Kind>(value: Option<&Guid<K>>) -> Cell<'_> {
    value.map_or(Cell::Null, |guid| Cell::Guid(*b"   ", guid.as_bytes()))
}

fn sourced<T: Stored>(row: &render::Row<'_>, field: Field) -> Sourced<T> {
    Sourced {
        value: T::from_cell(row.value[field.row()]),
        source: row.source[field.row()].unwrap_or(Source::Feed),
        feed: T::from_cell(row.feed[field.row()]),
    }
}

fn plain<T: Stored>(row: &render::Row<'_>, field: Field) -> Option<T> {
    T::from_cell(row.value[field.row()])
}

fn guid_of<K: crate::guid::Kind>(row: &render::Row<'_>, field: Field) -> Option<Guid<K>> {
    match row.value[field.row()] {
        Cell::Guid(_, bytes) => Some(Guid::from_bytes(*bytes)),
        _ => None,
    }
}
