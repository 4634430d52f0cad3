//! Values of the fields of accounts and transactions, and the kinds of fields there are.
use crate::{
    decimal::{Money, Rate},
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
