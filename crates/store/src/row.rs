//! A row of an answer, the same on both engines.
use crate::{Result, Statement, StoreError};
use domain::{
    guid::{Guid, Kind},
    time::{Date, Timestamp},
};
use rusqlite::types::ValueRef;
use tokio_postgres::types::{FromSql, Type};

/// A row. Columns are read by index, in the order of the statement's text.
pub struct Row<'a> {
    pub(crate) statement: &'static Statement,
    pub(crate) inner: Inner<'a>,
}

pub(crate) enum Inner<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

/// A column as sent, for PostgreSQL: the wire type is checked by the one who reads it.
struct Raw<'a>(&'a Type, &'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        // The type lives as long as the row's statement; only its identity is needed here.
        let ty = match *ty {
            Type::INT8 => &Type::INT8,
            Type::TEXT => &Type::TEXT,
            Type::BYTEA => &Type::BYTEA,
            _ => return Err(format!("column type {ty}").into()),
        };
        Ok(Self(ty, raw))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::TEXT | Type::BYTEA)
    }
}

impl Row<'_> {
    fn error(&self, column: usize, problem: impl std::fmt::Display) -> StoreError {
        StoreError::Column { statement: self.statement.name, column, problem: problem.to_string() }
    }

    fn raw(&self, column: usize) -> Result<Option<Column<'_>>> {
        match &self.inner {
            Inner::Sqlite(row) => match row.get_ref(column).map_err(|e| self.error(column, e))? {
                ValueRef::Null => Ok(None),
                ValueRef::Integer(n) => Ok(Some(Column::Int(n))),
                ValueRef::Text(text) => Ok(Some(Column::Text(text))),
                ValueRef::Blob(bytes) => Ok(Some(Column::Blob(bytes))),
                ValueRef::Real(_) => Err(self.error(column, "a binary float")),
            },
            Inner::Postgres(row) => {
                let raw: Option<Raw<'_>> = row.try_get(column).map_err(|e| self.error(column, e))?;
                Ok(match raw {
                    None => None,
                    Some(Raw(&Type::INT8, bytes)) => {
                        let bytes = bytes.try_into().map_err(|e| self.error(column, e))?;
                        Some(Column::Int(i64::from_be_bytes(bytes)))
                    }
                    Some(Raw(&Type::TEXT, bytes)) => Some(Column::Text(bytes)),
                    Some(Raw(_, bytes)) => Some(Column::Blob(bytes)),
                })
            }
        }
    }

    /// An integer or null.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        match self.raw(column)? {
            None => Ok(None),
            Some(Column::Int(n)) => Ok(Some(n)),
            Some(_) => Err(self.error(column, "not an integer")),
        }
    }

    /// A text or null.
    pub fn opt_str(&self, column: usize) -> Result<Option<&str>> {
        match self.raw(column)? {
            None => Ok(None),
            Some(Column::Text(bytes)) => {
                std::str::from_utf8(bytes).map(Some).map_err(|e| self.error(column, e))
            }
            Some(_) => Err(self.error(column, "not a text")),
        }
    }

    /// A blob or null.
    pub fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>> {
        match self.raw(column)? {
            None => Ok(None),
            Some(Column::Blob(bytes)) => Ok(Some(bytes)),
            Some(_) => Err(self.error(column, "not a blob")),
        }
    }

    /// An integer.
    pub fn int(&self, column: usize) -> Result<i64> {
        self.opt_int(column)?.ok_or_else(|| self.error(column, "is null"))
    }

    /// A text.
    pub fn str(&self, column: usize) -> Result<&str> {
        self.opt_str(column)?.ok_or_else(|| self.error(column, "is null"))
    }

    /// A text of its own.
    pub fn string(&self, column: usize) -> Result<String> {
        self.str(column).map(str::to_owned)
    }

    /// A text of its own, or null.
    pub fn opt_string(&self, column: usize) -> Result<Option<String>> {
        Ok(self.opt_str(column)?.map(str::to_owned))
    }

    /// A blob.
    pub fn blob(&self, column: usize) -> Result<&[u8]> {
        self.opt_blob(column)?.ok_or_else(|| self.error(column, "is null"))
    }

    /// 0 or 1.
    pub fn bool(&self, column: usize) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    /// Microseconds.
    pub fn time(&self, column: usize) -> Result<Timestamp> {
        self.int(column).map(Timestamp::from_micros)
    }

    /// Microseconds or null.
    pub fn opt_time(&self, column: usize) -> Result<Option<Timestamp>> {
        Ok(self.opt_int(column)?.map(Timestamp::from_micros))
    }

    /// Days.
    pub fn date(&self, column: usize) -> Result<Date> {
        self.opt_date(column)?.ok_or_else(|| self.error(column, "is null"))
    }

    /// Days or null.
    pub fn opt_date(&self, column: usize) -> Result<Option<Date>> {
        self.opt_int(column)?
            .map(|n| i32::try_from(n).map(Date::from_days).map_err(|e| self.error(column, e)))
            .transpose()
    }

    /// A guid.
    pub fn guid<K: Kind>(&self, column: usize) -> Result<Guid<K>> {
        self.opt_guid(column)?.ok_or_else(|| self.error(column, "is null"))
    }

    /// A guid or null.
    pub fn opt_guid<K: Kind>(&self, column: usize) -> Result<Option<Guid<K>>> {
        self.opt_blob(column)?
            .map(|b| Guid::from_slice(b).ok_or_else(|| self.error(column, "not 16 bytes")))
            .transpose()
    }
}

enum Column<'a> {
    Int(i64),
    Text(&'a [u8]),
    Blob(&'a [u8]),
}
