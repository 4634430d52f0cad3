//! A stored account taken apart, and what a feed, the user and the service do to it.
use super::{AccountType, FIELD_COUNT, Field, Flag, render::TABLE};
use crate::{
    blob::{COLUMNS, Corrupt, PLAIN, Writer},
    decimal::Money,
    feed::FeedAccount,
    guid::AccountGuid,
    hash::Hash64,
    table::Cells,
    text::normalized,
    time::Timestamp,
    value::{Cell, Flags, Source, Sourced, Stored, Value},
};
use std::collections::BTreeMap;

/// The columns of an account beside its blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// Number of the user.
    pub user_id: i64,
    /// Number of the account among all of them.
    pub account_no: i64,
    /// Its guid.
    pub guid: AccountGuid,
    /// Number of the member.
    pub member_no: i64,
    /// Effective type.
    pub account_type: AccountType,
    /// See [`Flag`].
    pub flags: Flags,
    /// Effective balance.
    pub balance: Option<Money>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a stored value last changed.
    pub updated_at: Timestamp,
    /// Last successful aggregation.
    pub imported_at: Option<Timestamp>,
    /// How often a stored value changed.
    pub revision: i64,
    /// Hash of the feed's id; 0 where it has none.
    pub feed_key: i64,
    /// Hash of type and name, for feeds without ids and numbers.
    pub name_key: i64,
}

/// What a new account is made of besides its values.
#[derive(Debug, Clone, Copy)]
pub struct New {
    /// Number of the user.
    pub user_id: i64,
    /// Number of the account.
    pub account_no: i64,
    /// Its guid.
    pub guid: AccountGuid,
    /// Number of the member.
    pub member_no: i64,
    /// Service time.
    pub now: Timestamp,
}

/// An account, as logic sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Number of the user.
    pub user_id: i64,
    /// Number of the account.
    pub account_no: i64,
    /// Its guid.
    pub guid: AccountGuid,
    /// Number of the member.
    pub member_no: i64,
    /// See [`Flag`]; `IsClosed` follows the sourced field by itself.
    pub flags: Flags,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a stored value last changed.
    pub updated_at: Timestamp,
    /// Last successful aggregation.
    pub imported_at: Option<Timestamp>,
    /// How often a stored value changed.
    pub revision: i64,
    /// Hash of the feed's id; 0 where it has none.
    pub feed_key: i64,
    fields: BTreeMap<Field, Sourced<Value>>,
}

impl Record {
    /// A new account of a feed. `imported_at` is the caller's.
    pub fn from_feed(feed: &FeedAccount, new: &New) -> Self {
        let mut record = Self::empty(new);
        record.merge_feed(feed);
        record.default_to(Field::IsClosed, Value::Bool(false));
        record
    }

    /// A new account made by hand: the user's type and name, everything else by [`Record::edit`]; balance 0,
    /// the client's currency, open.
    pub fn manual(new: &New, account_type: AccountType, name: &str, currency_code: &str) -> Self {
        let mut record = Self::empty(new);
        record.flags.set(Flag::IsManual, true);
        record.edit(Field::AccountType, Some(Value::Integer(account_type.code().into())));
        record.edit(Field::Name, Some(Value::Text(name.to_owned())));
        record.default_to(Field::Balance, Value::Money(Money::ZERO));
        record.default_to(Field::CurrencyCode, Value::Text(currency_code.to_owned()));
        record.default_to(Field::IsClosed, Value::Bool(false));
        record
    }

    const fn empty(new: &New) -> Self {
        Self {
            user_id: new.user_id,
            account_no: new.account_no,
            guid: new.guid,
            member_no: new.member_no,
            flags: Flags(0),
            created_at: new.now,
            updated_at: new.now,
            imported_at: None,
            revision: 0,
            feed_key: 0,
            fields: BTreeMap::new(),
        }
    }

    /// Takes in what the feed says now: `feed_` faces follow, effective values unless the user set them.
    /// What the feed does not mention stays as it last said. True if anything changed; then [`Record::touch`] it.
    pub fn merge_feed(&mut self, feed: &FeedAccount) -> bool {
        let mut changed = false;
        if let Some(id) = &feed.feed_id {
            let key = feed_key(id);
            changed |= self.feed_key != key;
            self.feed_key = key;
        }
        for (field, value) in told(feed) {
            changed |= self.change(field, |sourced| {
                if field.tag() < PLAIN {
                    sourced.follow(Some(value))
                } else {
                    sourced.set(Some(value), Source::Feed)
                }
            });
        }
        self.compute_available_credit() || changed
    }

    /// The effective value of a field.
    pub fn value(&self, field: Field) -> Option<&Value> {
        self.fields.get(&field)?.value.as_ref()
    }

    /// All faces of a field, where any is there.
    pub fn sourced(&self, field: Field) -> Option<&Sourced<Value>> {
        self.fields.get(&field)
    }

    /// The effective value of a field of money.
    pub fn money(&self, field: Field) -> Option<Money> {
        match self.value(field)? {
            Value::Money(money) => Some(*money),
            _ => None,
        }
    }

    /// The effective value of a text.
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.value(field)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The effective value of a whole number or code.
    pub fn integer(&self, field: Field) -> Option<i64> {
        match self.value(field)? {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The effective type.
    pub fn account_type(&self) -> AccountType {
        self.integer(Field::AccountType).and_then(AccountType::from_code).unwrap_or(AccountType::Unknown)
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.value(Field::IsClosed) == Some(&Value::Bool(true))
    }

    /// The user's edit of a stored field or of a flag; `None` gives a sourced field back to the feed and
    /// clears another. A new type clears the subtype. A value of another kind is not taken. True if anything changed.
    pub fn edit(&mut self, field: Field, value: Option<Value>) -> bool {
        if value.as_ref().is_some_and(|value| !value.is_of(field.kind())) {
            return false;
        }
        let value = value.map(Value::in_whole_seconds);
        if let (Some(flag), Some(Value::Bool(up))) = (field.flag(), &value) {
            return self.flags.set(flag, *up);
        }
        if let (Field::IsPersonal, Some(Value::Bool(up))) = (field, &value) {
            return self.flags.set(Flag::IsBusiness, !up);
        }
        if field.tag() >= COLUMNS {
            return false;
        }
        let old_type = self.account_type();
        let mut changed = self.change(field, |sourced| {
            if field.tag() < PLAIN { sourced.edit(value) } else { sourced.set(value, Source::Feed) }
        });
        if field == Field::AccountType && self.account_type() != old_type {
            self.change(Field::AccountSubtype, |s| s.value.is_some() && s.set(None, Source::User));
        }
        changed |= self.compute_available_credit();
        changed
    }

    /// The sum of the market values of the holdings, used where the feed tells none (`spec: nexus-pfm, AC-6`).
    pub fn set_holdings_value(&mut self, sum: Option<Money>) -> bool {
        self.change(Field::HoldingsValue, |sourced| sourced.compute(sum.map(Value::Money)))
    }

    /// Counts a change (`spec: nexus-pfm, AC-7`).
    pub fn touch(&mut self, now: Timestamp) {
        self.revision = self.revision.saturating_add(1);
        self.updated_at = now;
    }

    /// The columns and the blob to store.
    pub fn encode(&self) -> (Columns, Vec<u8>) {
        let mut blob = Writer::new();
        for (field, sourced) in &self.fields {
            if field.tag() < PLAIN {
                blob.sourced(field.tag(), sourced);
            } else {
                blob.put(field.tag(), sourced.value.as_ref().map_or(Cell::Null, Stored::cell));
            }
        }
        let named = self.sourced(Field::Name).and_then(|name| name.feed.as_ref().or(name.value.as_ref()));
        let name = if let Some(Value::Text(name)) = named { name } else { "" };
        let columns = Columns {
            user_id: self.user_id,
            account_no: self.account_no,
            guid: self.guid,
            member_no: self.member_no,
            account_type: self.account_type(),
            flags: self.flags,
            balance: self.money(Field::Balance),
            created_at: self.created_at,
            updated_at: self.updated_at,
            imported_at: self.imported_at,
            revision: self.revision,
            feed_key: self.feed_key,
            name_key: name_key(self.told_type(), name),
        };
        (columns, blob.finish())
    }

    /// Takes a stored row apart.
    pub fn decode(columns: &Columns, data: &[u8]) -> Result<Self, Corrupt> {
        let mut cells: Cells<'_, FIELD_COUNT> = Cells::default();
        TABLE.read(data, &mut cells)?;
        let mut fields = BTreeMap::new();
        for (row, field) in Field::ALL.iter().enumerate() {
            let sourced = Sourced {
                value: Value::from_cell(cells.value[row]),
                source: cells.source[row].unwrap_or(Source::Feed),
                feed: Value::from_cell(cells.feed[row]),
            };
            if sourced != Sourced::default() {
                fields.insert(*field, sourced);
            }
        }
        Ok(Self {
            user_id: columns.user_id,
            account_no: columns.account_no,
            guid: columns.guid,
            member_no: columns.member_no,
            flags: columns.flags,
            created_at: columns.created_at,
            updated_at: columns.updated_at,
            imported_at: columns.imported_at,
            revision: columns.revision,
            feed_key: columns.feed_key,
            fields,
        })
    }

    /// The type the feed tells, by which it is found again; the user's where there is no feed.
    fn told_type(&self) -> AccountType {
        match self.sourced(Field::AccountType).and_then(|told| told.feed.as_ref()) {
            Some(Value::Integer(code)) => AccountType::from_code(*code).unwrap_or(AccountType::Unknown),
            _ => self.account_type(),
        }
    }

    fn change(&mut self, field: Field, change: impl FnOnce(&mut Sourced<Value>) -> bool) -> bool {
        let sourced = self.fields.entry(field).or_default();
        let mut changed = change(sourced);
        if *sourced == Sourced::default() {
            self.fields.remove(&field);
        }
        if field == Field::IsClosed {
            let closed = self.is_closed();
            changed |= self.flags.set(Flag::IsClosed, closed);
        }
        changed
    }

    fn default_to(&mut self, field: Field, value: Value) {
        self.change(field, |sourced| sourced.value.is_none() && sourced.compute(Some(value)));
    }

    /// Credit limit less balance, where there is a limit and neither feed nor user say (`spec: nexus-pfm, AC-6`).
    fn compute_available_credit(&mut self) -> bool {
        let left = match (self.money(Field::CreditLimit), self.money(Field::Balance)) {
            (Some(limit), Some(balance)) => limit.checked_sub(balance),
            _ => None,
        };
        self.change(Field::AvailableCredit, |sourced| sourced.compute(left.map(Value::Money)))
    }
}

/// Every field the feed tells, in the contract's spelling: the last four characters of the number, times in whole seconds.
fn told(feed: &FeedAccount) -> BTreeMap<Field, Value> {
    let mut told = BTreeMap::new();
    let mut tell = |field: Field, value: Option<Value>| {
        if let Some(value) = value.filter(|value| field.tag() < COLUMNS && value.is_of(field.kind())) {
            told.insert(field, value.in_whole_seconds());
        }
    };
    for (field, value) in &feed.values {
        tell(*field, Some(value.clone()));
    }
    tell(Field::AccountType, Some(Value::Integer(feed.account_type.code().into())));
    tell(Field::AccountSubtype, feed.account_subtype.map(|subtype| Value::Integer(subtype.code().into())));
    tell(Field::Name, Some(Value::Text(feed.name.clone())));
    tell(
        Field::AccountNumber,
        feed.account_number.as_ref().map(|number| Value::Text(last_four(number.expose()))),
    );
    tell(Field::RoutingNumber, feed.routing_number.clone().map(Value::Text));
    tell(Field::AccountHolderName, feed.account_holder_name.clone().map(Value::Text));
    tell(Field::ExternalGuid, feed.feed_id.clone().map(Value::Text));
    if let Some(Value::Text(number)) = told.get_mut(&Field::AccountNumber) {
        *number = last_four(number);
    }
    told
}

fn last_four(number: &str) -> String {
    let skip = number.chars().count().saturating_sub(4);
    number.chars().skip(skip).collect()
}

/// Hash of everything the feed says of an account that is stored with it; of the account number that is its
/// last four characters. Equal digests: a merge changes nothing.
pub fn feed_digest(feed: &FeedAccount) -> i64 {
    let mut hash = Hash64::new(1);
    for (field, value) in told(feed) {
        hash = hash.int(field.tag().into());
        hash = match value.cell() {
            Cell::Text(text) => hash.text(text),
            Cell::Money(n) | Cell::Rate(n) | Cell::Integer(n) | Cell::Time(n) => hash.int(n),
            Cell::Bool(value) => hash.int(value.into()),
            Cell::Date(date) => hash.int(date.days().into()),
            Cell::Null | Cell::Guid(..) => hash,
        };
    }
    hash.finish()
}

/// Hash of a feed's id of an account.
pub fn feed_key(feed_id: &str) -> i64 {
    Hash64::new(2).text(feed_id).finish()
}

/// Hash of type and N(name): the identity of an account without id and number (`spec: nexus-pfm, AC-1`).
pub fn name_key(account_type: AccountType, name: &str) -> i64 {
    Hash64::new(3).int(account_type.code().into()).text(&normalized(name)).finish()
}
