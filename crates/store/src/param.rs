//! Parameters of a statement: integer, text, blob or null, on both engines.
use bytes::BytesMut;
use domain::{
    decimal::Decimal,
    guid::Guid,
    time::{Date, Timestamp},
};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Param<'a> {
    /// NULL.
    Null,
    /// A 64-bit integer.
    Int(i64),
    /// A borrowed text.
    Text(&'a str),
    /// A borrowed blob.
    Blob(&'a [u8]),
    /// A blob of its own (guids).
    Short([u8; 16]),
}

impl Param<'_> {
    fn blob(&self) -> Option<&[u8]> {
        match self {
            Self::Blob(bytes) => Some(bytes),
            Self::Short(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, Value, ValueRef};
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Int(n) => ToSqlOutput::Owned(Value::Integer(*n)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Short(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(n) if *ty == Type::INT8 => n.to_sql(ty, out),
            Self::Text(text) if *ty == Type::TEXT => text.to_sql(ty, out),
            Self::Blob(_) | Self::Short(_) if *ty == Type::BYTEA => self.blob().to_sql(ty, out),
            other => {
                let kind = match other {
                    Self::Int(_) => "integer",
                    Self::Text(_) => "text",
                    _ => "blob",
                };
                Err(format!("{kind} given where {ty} is expected").into())
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl From<i64> for Param<'_> {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}
impl From<bool> for Param<'_> {
    fn from(b: bool) -> Self {
        Self::Int(i64::from(b))
    }
}
impl From<Timestamp> for Param<'_> {
    fn from(t: Timestamp) -> Self {
        Self::Int(t.as_micros())
    }
}
impl From<Date> for Param<'_> {
    fn from(d: Date) -> Self {
        Self::Int(i64::from(d.days()))
    }
}
impl<const S: u32> From<Decimal<S>> for Param<'_> {
    fn from(d: Decimal<S>) -> Self {
        Self::Int(d.units())
    }
}
impl<K> From<Guid<K>> for Param<'_>
where
    K: domain::guid::Kind,
{
    fn from(guid: Guid<K>) -> Self {
        Self::Short(*guid.as_bytes())
    }
}
impl<'a> From<&'a str> for Param<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}
impl<'a> From<&'a String> for Param<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}
impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}
impl<'a> From<&'a Vec<u8>> for Param<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}
impl<'a, const N: usize> From<&'a [u8; N]> for Param<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Blob(bytes)
    }
}
impl<'a, T: Into<Param<'a>>> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The parameters of a statement: `params![user, guid]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::Param::from($value)),*] as &[$crate::Param<'_>] };
}
