//! Values of the fields of accounts and transactions, the kinds of fields there are, and the faces of a
//! sourced field (`spec: conventions, 7; nexus-pfm, CL-1`).
use crate::{
    decimal::{Money, Rate},
    enums::{SetBy, TransactionStatus, TransactionType},
    time::{Date, Timestamp},
};

/// What a field holds; decides how it is parsed, stored, rendered and documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Decimal in hundredths (14,2 for balances, 10,2 for amounts).
    Money,
    /// Decimal in millionths (10,6).
    Rate,
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// A boolean.
    Bool,
    /// A moment.
    Time,
    /// A calendar day.
    Date,
    /// A code of an enumeration; the name is rendered beside it.
    Code,
    /// A guid with this prefix.
    Guid([u8; 3]),
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// [`FieldKind::Money`].
    Money(Money),
    /// [`FieldKind::Rate`].
    Rate(Rate),
    /// [`FieldKind::Text`].
    Text(String),
    /// [`FieldKind::Integer`] and [`FieldKind::Code`].
    Integer(i64),
    /// [`FieldKind::Bool`].
    Bool(bool),
    /// [`FieldKind::Time`].
    Time(Timestamp),
    /// [`FieldKind::Date`].
    Date(Date),
}

impl Value {
    /// Whether a field of this kind may hold it.
    pub const fn is_of(&self, kind: FieldKind) -> bool {
        matches!(
            (self, kind),
            (Self::Money(_), FieldKind::Money)
                | (Self::Rate(_), FieldKind::Rate)
                | (Self::Text(_), FieldKind::Text)
                | (Self::Integer(_), FieldKind::Integer | FieldKind::Code)
                | (Self::Bool(_), FieldKind::Bool)
                | (Self::Time(_), FieldKind::Time)
                | (Self::Date(_), FieldKind::Date)
        )
    }

    /// The value as it is stored: the contract knows no fractions of a second.
    #[must_use]
    pub fn in_whole_seconds(self) -> Self {
        match self {
            Self::Time(time) => Self::Time(Timestamp::from_seconds(time.as_seconds())),
            value => value,
        }
    }
}

/// A value as it lies in a row: borrowed, or small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// Hundredths.
    Money(i64),
    /// Millionths.
    Rate(i64),
    /// A string.
    Text(&'a str),
    /// A whole number or code.
    Integer(i64),
    /// A boolean.
    Bool(bool),
    /// Seconds since the epoch: the contract knows no fractions.
    Time(i64),
    /// A calendar day.
    Date(Date),
    /// Prefix and bytes of a guid.
    Guid([u8; 3], &'a [u8; 16]),
}

/// A type that is kept in a [`Cell`].
pub trait Stored: Sized + PartialEq {
    /// As it is stored.
    fn cell(&self) -> Cell<'_>;
    /// From what was stored; `None` where that is of another type.
    fn from_cell(cell: Cell<'_>) -> Option<Self>;
}

macro_rules! stored {
    ($($type:ty: $this:ident => $to:expr, $pattern:pat => $from:expr;)*) => {$(
        impl Stored for $type {
            fn cell(&self) -> Cell<'_> {
                let $this = self;
                $to
            }

            fn from_cell(cell: Cell<'_>) -> Option<Self> {
                match cell {
                    $pattern => $from,
                    _ => None,
                }
            }
        }
    )*};
}

stored! {
    Money: it => Cell::Money(it.units()), Cell::Money(units) => Some(Self::from_units(units));
    Rate: it => Cell::Rate(it.units()), Cell::Rate(units) => Some(Self::from_units(units));
    String: it => Cell::Text(it), Cell::Text(text) => Some(text.to_owned());
    i64: it => Cell::Integer(*it), Cell::Integer(number) => Some(number);
    u16: it => Cell::Integer(i64::from(*it)), Cell::Integer(number) => Self::try_from(number).ok();
    bool: it => Cell::Bool(*it), Cell::Bool(value) => Some(value);
    Timestamp: it => Cell::Time(it.as_seconds()), Cell::Time(seconds) => Some(Self::from_seconds(seconds));
    Date: it => Cell::Date(*it), Cell::Date(date) => Some(date);
    TransactionType: it => Cell::Integer(it.code().into()), Cell::Integer(code) => Self::from_code(code);
    TransactionStatus: it => Cell::Integer(it.code().into()), Cell::Integer(code) => Self::from_code(code);
}

impl Stored for Value {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Money(money) => money.cell(),
            Self::Rate(rate) => rate.cell(),
            Self::Text(text) => Cell::Text(text),
            Self::Integer(number) => Cell::Integer(*number),
            Self::Bool(value) => Cell::Bool(*value),
            Self::Time(time) => time.cell(),
            Self::Date(date) => Cell::Date(*date),
        }
    }

    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        Some(match cell {
            Cell::Null | Cell::Guid(..) => return None,
            Cell::Money(units) => Self::Money(Money::from_units(units)),
            Cell::Rate(units) => Self::Rate(Rate::from_units(units)),
            Cell::Text(text) => Self::Text(text.to_owned()),
            Cell::Integer(number) => Self::Integer(number),
            Cell::Bool(value) => Self::Bool(value),
            Cell::Time(seconds) => Self::Time(Timestamp::from_seconds(seconds)),
            Cell::Date(date) => Self::Date(date),
        })
    }
}

/// Who gave a sourced field its effective value. On the wire a rule is the user's (`spec: nexus-pfm, CL-1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Source {
    /// The institution, or the partner.
    Feed = 1,
    /// The user's own edit.
    User = 2,
    /// Computed or a default.
    System = 3,
    /// A rule of the user for transactions.
    Rule = 4,
}

impl Source {
    /// The number in the store.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The source with this number.
    pub const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Feed,
            2 => Self::User,
            3 => Self::System,
            4 => Self::Rule,
            _ => return None,
        })
    }

    /// As the wire names it.
    pub const fn set_by(self) -> SetBy {
        match self {
            Self::Feed => SetBy::Feed,
            Self::User | Self::Rule => SetBy::User,
            Self::System => SetBy::System,
        }
    }
}

/// A sourced field: its effective value, who set it, and what the feed last said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The effective value.
    pub value: Option<T>,
    /// Who set it.
    pub source: Source,
    /// What the feed last said.
    pub feed: Option<T>,
}

impl<T> Default for Sourced<T> {
    fn default() -> Self {
        Self { value: None, source: Source::Feed, feed: None }
    }
}

impl<T: Clone + PartialEq> Sourced<T> {
    /// A value told by the feed.
    pub fn from_feed(feed: Option<T>) -> Self {
        Self { value: feed.clone(), source: Source::Feed, feed }
    }

    /// A value the feed knows nothing of.
    pub const fn own(value: T, source: Source) -> Self {
        Self { value: Some(value), source, feed: None }
    }

    /// Takes in what the feed says now: its face follows, the effective value only where neither the user nor
    /// a rule set it. A computed value gives way to a feed's and stays where the feed has none. True if anything changed.
    pub fn follow(&mut self, feed: Option<T>) -> bool {
        let keeps = match self.source {
            Source::Feed => false,
            Source::System => feed.is_none(),
            Source::User | Source::Rule => true,
        };
        let moved = !keeps && self.set(feed.clone(), Source::Feed);
        let heard = self.feed != feed;
        self.feed = feed;
        moved || heard
    }

    /// The user's edit; `None` gives the field back to the feed (`spec: nexus-pfm, 1`). True if anything changed.
    pub fn edit(&mut self, value: Option<T>) -> bool {
        match value {
            Some(_) => self.set(value, Source::User),
            None => self.set(self.feed.clone(), Source::Feed),
        }
    }

    /// A value computed by the service, where neither feed nor user gave one; `None` takes it away. True if anything changed.
    pub fn compute(&mut self, value: Option<T>) -> bool {
        if self.feed.is_some() || matches!(self.source, Source::User | Source::Rule) {
            return false;
        }
        let source = if value.is_some() { Source::System } else { Source::Feed };
        self.set(value, source)
    }

    /// Sets value and source. True if either changed.
    pub fn set(&mut self, value: Option<T>, source: Source) -> bool {
        let changed = self.value != value || self.source != source;
        self.value = value;
        self.source = source;
        changed
    }
}

/// A flag of a row, as a bit of its [`Flags`].
pub trait Bit: Copy {
    /// The one bit.
    fn mask(self) -> i64;
}

/// The flags of a row in one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Flags(pub i64);

impl Flags {
    /// Whether the flag is up.
    pub fn has(self, bit: impl Bit) -> bool {
        self.0 & bit.mask() != 0
    }

    /// Puts the flag up or down. True if that changed it.
    pub fn set(&mut self, bit: impl Bit, value: bool) -> bool {
        let changed = self.has(bit) != value;
        if value {
            self.0 |= bit.mask();
        } else {
            self.0 &= !bit.mask();
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_value_survives_the_feed_and_comes_back_to_it() {
        let mut memo = Sourced::from_feed(Some("a"));
        assert!(memo.edit(Some("mine")));
        assert!(memo.follow(Some("b")));
        assert_eq!(memo, Sourced { value: Some("mine"), source: Source::User, feed: Some("b") });
        assert!(!memo.follow(Some("b")) && !memo.compute(Some("c")));
        assert!(memo.edit(None));
        assert_eq!(memo, Sourced::from_feed(Some("b")));
        assert!(!memo.edit(None));
    }

    #[test]
    fn a_computed_value_gives_way_to_the_feed() {
        let mut credit = Sourced::default();
        assert!(credit.compute(Some(5)) && !credit.compute(Some(5)) && !credit.follow(None));
        assert_eq!(credit, Sourced::own(5, Source::System));
        assert!(credit.follow(Some(6)) && !credit.compute(Some(5)));
        assert_eq!(credit, Sourced::from_feed(Some(6)));
        assert!(credit.follow(None) && credit.compute(Some(7)) && credit.compute(None));
        assert_eq!(credit, Sourced::default());
    }
}
