//! The fields of a rooted object, read by type with the contract's messages.
//! Source: `spec: nexus-pfm, 1`; `spec: conventions, 7`.
//!
//! Order of checks: [`Fields::require`] (4002 missing) first, then each field in table order for its type
//! (4002), and only when all types are right the first broken rule (4222). A rule that is broken is
//! therefore noted, and comes out when the reading ends, in [`Fields::read_with`].
use crate::{currency::is_currency, error::ApiError, json::Json};
use domain::{
    decimal::{Decimal, DecimalError},
    guid::{Guid, Kind},
    secret::SecretText,
    time::{Date, Timestamp},
};
use parking_lot::Mutex;
use std::{collections::BTreeMap, sync::Arc};

/// Bytes that `metadata` may have (`spec: conventions, 7`).
pub const METADATA_BYTES_MAX: usize = 8 * 1024;

/// Absent, null or a value: what a partial update says of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patch<T> {
    /// The key is not there: nothing changes.
    Absent,
    /// `null`: the field is cleared.
    Null,
    /// The field takes this value.
    Value(T),
}

impl<T> Patch<T> {
    /// What the engine takes: `None` changes nothing, `Some(None)` clears.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    /// Changes the value, if there is one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(change(value)),
        }
    }
}

/// One field as it was read.
#[must_use]
#[derive(Debug)]
pub struct Field<'a, T> {
    name: &'a str,
    blank: bool,
    value: Patch<T>,
}

impl<T> Field<'_, T> {
    /// The value; absent, null and blank are 4002 missing.
    pub fn required(self) -> Result<T, ApiError> {
        match self.value {
            Patch::Value(value) if !self.blank => Ok(value),
            _ => Err(ApiError::missing(self.name)),
        }
    }

    /// The value; absent and null are the same.
    pub fn optional(self) -> Option<T> {
        match self.value {
            Patch::Value(value) => Some(value),
            Patch::Absent | Patch::Null => None,
        }
    }

    /// Absent, null or value, for a field that can be cleared.
    pub fn patch(self) -> Patch<T> {
        self.value
    }

    /// For a field that may be absent but never empty: null and blank are 4002 missing.
    pub fn kept(self) -> Result<Option<T>, ApiError> {
        match self.value {
            Patch::Absent => Ok(None),
            Patch::Value(value) if !self.blank => Ok(Some(value)),
            _ => Err(ApiError::missing(self.name)),
        }
    }
}

/// The fields of one object.
#[derive(Debug, Default)]
pub struct Fields {
    pairs: BTreeMap<String, Json>,
    broken: Arc<Mutex<Option<ApiError>>>,
}

impl Fields {
    /// The fields of this object.
    pub fn new(pairs: BTreeMap<String, Json>) -> Self {
        Self { pairs, broken: Arc::default() }
    }

    /// Reads them: what `read` makes of them, unless a rule was broken on the way.
    pub fn read_with<T>(&self, read: impl FnOnce(&Self) -> Result<T, ApiError>) -> Result<T, ApiError> {
        let value = read(self)?;
        self.finish()?;
        Ok(value)
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Whether the key is there, be it null.
    pub fn has(&self, name: &str) -> bool {
        self.pairs.contains_key(name)
    }

    /// The raw value of a key.
    pub fn raw(&self, name: &str) -> Option<&Json> {
        self.pairs.get(name)
    }

    /// The first of two names that is there: for documented aliases.
    pub fn either<'n>(&self, name: &'n str, alias: &'n str) -> &'n str {
        if !self.has(name) && self.has(alias) { alias } else { name }
    }

    /// 4002 for the first of these names that is absent, null or a blank string.
    pub fn require(&self, names: &[&str]) -> Result<(), ApiError> {
        let empty = |name: &&&str| match self.pairs.get(**name) {
            None | Some(Json::Null) => true,
            Some(Json::Text(text)) => text.trim().is_empty(),
            Some(_) => false,
        };
        names.iter().find(empty).map_or(Ok(()), |name| Err(ApiError::missing(name)))
    }

    /// Notes a broken rule (4222) of a field; the first one is reported when the reading ends.
    pub fn broken(&self, name: &str, what: &str) {
        self.broken.lock().get_or_insert_with(|| ApiError::field_rule(name, what));
    }

    /// The first broken rule, if any.
    fn finish(&self) -> Result<(), ApiError> {
        self.broken.lock().take().map_or(Ok(()), Err)
    }

    /// A string, trimmed, of at most so many characters.
    pub fn text<'a>(&self, name: &'a str, chars_max: usize) -> Result<Field<'a, String>, ApiError> {
        let field = self.read(name, |json| match json {
            Json::Text(text) => Ok(text.trim().to_owned()),
            _ => Err("must be a string"),
        })?;
        if let Patch::Value(text) = &field.value {
            self.check_text(name, text, chars_max);
        }
        Ok(field)
    }

    /// `metadata`: any string up to 8 KiB, never trimmed.
    pub fn metadata(&self) -> Result<Field<'static, String>, ApiError> {
        let field = self.untrimmed("metadata")?;
        if let Patch::Value(text) = &field.value {
            if text.len() > METADATA_BYTES_MAX {
                self.broken("metadata", &format!("at most {METADATA_BYTES_MAX} bytes"));
            }
            self.check_text("metadata", text, usize::MAX);
        }
        Ok(field)
    }

    /// A credential or an answer: never trimmed, never shown.
    pub fn secret<'a>(&self, name: &'a str, chars_max: usize) -> Result<Field<'a, SecretText>, ApiError> {
        let field = self.untrimmed(name)?;
        if let Patch::Value(text) = &field.value {
            self.check_text(name, text, chars_max);
        }
        Ok(Field { name, blank: field.blank, value: field.value.map(SecretText::new) })
    }

    fn untrimmed<'a>(&self, name: &'a str) -> Result<Field<'a, String>, ApiError> {
        self.read(name, |json| match json {
            Json::Text(text) => Ok(text.clone()),
            _ => Err("must be a string"),
        })
    }

    fn check_text(&self, name: &str, text: &str, chars_max: usize) {
        if text.contains('\0') {
            self.broken(name, "must not contain NUL");
        }
        if text.len() > chars_max && text.chars().count() > chars_max {
            self.broken(name, &format!("at most {chars_max} characters"));
        }
    }

    /// A boolean, or `"true"`, `"false"`.
    pub fn boolean<'a>(&self, name: &'a str) -> Result<Field<'a, bool>, ApiError> {
        self.read(name, |json| match json {
            Json::Bool(value) => Ok(*value),
            Json::Text(text) => as_bool(text).ok_or("must be a boolean"),
            _ => Err("must be a boolean"),
        })
    }

    /// A whole number, or one as a string.
    pub fn integer<'a>(&self, name: &'a str) -> Result<Field<'a, i64>, ApiError> {
        self.read(name, |json| as_integer(json).ok_or("must be a number"))
    }

    /// A whole number within bounds, both included; outside is 4222.
    pub fn integer_between<'a>(&self, name: &'a str, from: i64, to: i64) -> Result<Field<'a, i64>, ApiError> {
        let field = self.integer(name)?;
        if matches!(field.value, Patch::Value(n) if !(from..=to).contains(&n)) {
            self.broken(name, &format!("must be between {from} and {to}"));
        }
        Ok(field)
    }

    /// A decimal of at most `digits` digits in all, `S` of them after the point: `Money` 14 or 10, `Rate` 10.
    pub fn decimal<'a, const S: u32>(
        &self,
        name: &'a str,
        digits: u32,
    ) -> Result<Field<'a, Decimal<S>>, ApiError> {
        let too_many = || self.broken(name, &format!("at most {digits} digits, {S} after the point"));
        let field = self.read(name, |json| {
            let text = match json {
                Json::Number(text) => text.as_ref(),
                Json::Text(text) => text.trim(),
                _ => return Err("must be a number"),
            };
            match Decimal::<S>::parse(text) {
                Ok(value) => Ok(value),
                Err(DecimalError::NotANumber) => Err("must be a number"),
                Err(DecimalError::TooManyDigits) => {
                    too_many();
                    Ok(Decimal::ZERO)
                }
            }
        })?;
        if matches!(&field.value, Patch::Value(value) if !value.fits(digits)) {
            too_many();
        }
        Ok(field)
    }

    /// `YYYY-MM-DD`.
    pub fn date<'a>(&self, name: &'a str) -> Result<Field<'a, Date>, ApiError> {
        self.parsed(name, NOT_A_DATE, |text| text.parse().ok())
    }

    /// An ISO 8601 time with any offset.
    pub fn time<'a>(&self, name: &'a str) -> Result<Field<'a, Timestamp>, ApiError> {
        self.parsed(name, "must be an ISO 8601 time", |text| Timestamp::parse_rfc3339(text).ok())
    }

    /// An ISO 4217 code, taken in any case, given in upper case.
    pub fn currency<'a>(&self, name: &'a str) -> Result<Field<'a, String>, ApiError> {
        self.parsed(name, "must be an ISO 4217 code", |text| {
            Some(text.to_ascii_uppercase()).filter(|code| is_currency(code))
        })
    }

    /// A guid of something that must exist: of the wrong shape it is 4222 `NAME: no such RESOURCE`, as an
    /// unknown one is.
    pub fn guid<'a, K: Kind>(&self, name: &'a str, resource: &str) -> Result<Field<'a, Guid<K>>, ApiError> {
        self.read(name, |json| match json {
            Json::Text(text) => Ok(text.trim().parse::<Guid<K>>().unwrap_or_else(|_| {
                self.broken(name, &format!("no such {resource}"));
                Guid::from_bytes([0; 16])
            })),
            _ => Err("must be a string"),
        })
    }

    /// One of these words, exactly.
    pub fn one_of<'a>(
        &self,
        name: &'a str,
        words: &[&'static str],
    ) -> Result<Field<'a, &'static str>, ApiError> {
        let what = || format!("must be one of {}", words.join(", "));
        self.read_or(name, what, |json| match json {
            Json::Text(text) => words.iter().copied().find(|word| *word == text.trim()),
            _ => None,
        })
    }

    /// An enumeration by code, code as a string, or NAME in any case; see [`crate::enumeration!`].
    pub fn enumeration<'a, E: Copy>(
        &self,
        name: &'a str,
        all: &[E],
        from_code: impl Fn(i64) -> Option<E>,
        name_of: impl Fn(E) -> &'static str,
    ) -> Result<Field<'a, E>, ApiError> {
        let what =
            || format!("must be one of {}", all.iter().map(|e| name_of(*e)).collect::<Vec<_>>().join(", "));
        self.read_or(name, what, |json| match json {
            Json::Text(text) => {
                let text = text.trim();
                let named = all.iter().copied().find(|e| name_of(*e).eq_ignore_ascii_case(text));
                named.or_else(|| text.parse().ok().and_then(&from_code))
            }
            _ => as_integer(json).and_then(&from_code),
        })
    }

    /// An array.
    pub fn array<'a>(&self, name: &'a str) -> Result<Field<'a, Vec<Json>>, ApiError> {
        self.read(name, |json| match json {
            Json::Array(items) => Ok(items.clone()),
            _ => Err("must be an array"),
        })
    }

    /// An array of strings, trimmed, each of at most so many characters.
    pub fn texts<'a>(&self, name: &'a str, chars_max: usize) -> Result<Field<'a, Vec<String>>, ApiError> {
        let field = self.array(name)?;
        let value = match field.value {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(items) => Patch::Value(
                items
                    .into_iter()
                    .map(|item| match item {
                        Json::Text(text) => {
                            self.check_text(name, text.trim(), chars_max);
                            Ok(text.trim().to_owned())
                        }
                        _ => Err(ApiError::invalid(name, "must be a string")),
                    })
                    .collect::<Result<_, _>>()?,
            ),
        };
        Ok(Field { name, blank: field.blank, value })
    }

    /// An object, as fields of its own; rules broken in it are noted here.
    pub fn object<'a>(&self, name: &'a str) -> Result<Field<'a, Self>, ApiError> {
        self.read(name, |json| match json {
            Json::Object(pairs) => Ok(self.inner(pairs)),
            _ => Err("must be an object"),
        })
    }

    /// An array of objects.
    pub fn objects<'a>(&self, name: &'a str) -> Result<Field<'a, Vec<Self>>, ApiError> {
        self.read(name, |json| match json {
            Json::Array(items) => items
                .iter()
                .map(|item| match item {
                    Json::Object(pairs) => Ok(self.inner(pairs)),
                    _ => Err("must be an object"),
                })
                .collect(),
            _ => Err("must be an array"),
        })
    }

    fn inner(&self, pairs: &BTreeMap<String, Json>) -> Self {
        Self { pairs: pairs.clone(), broken: Arc::clone(&self.broken) }
    }

    fn parsed<'a, T>(
        &self,
        name: &'a str,
        what: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Field<'a, T>, ApiError> {
        self.read(name, |json| match json {
            Json::Text(text) => parse(text.trim()).ok_or(what),
            _ => Err(what),
        })
    }

    fn read<'a, T>(
        &self,
        name: &'a str,
        read: impl FnOnce(&Json) -> Result<T, &'static str>,
    ) -> Result<Field<'a, T>, ApiError> {
        let (value, blank) = match self.pairs.get(name) {
            None => (Patch::Absent, false),
            Some(Json::Null) => (Patch::Null, false),
            Some(json) => (
                Patch::Value(read(json).map_err(|what| ApiError::invalid(name, what))?),
                match json {
                    Json::Text(text) => text.trim().is_empty(),
                    Json::Array(items) => items.is_empty(),
                    _ => false,
                },
            ),
        };
        Ok(Field { name, blank, value })
    }

    fn read_or<'a, T>(
        &self,
        name: &'a str,
        what: impl FnOnce() -> String,
        read: impl FnOnce(&Json) -> Option<T>,
    ) -> Result<Field<'a, T>, ApiError> {
        self.read(name, |json| Ok(read(json)))?.flatten().ok_or_else(|| ApiError::invalid(name, &what()))
    }
}

impl<'a, T> Field<'a, Option<T>> {
    /// `None` where a value was there but could not be read.
    fn flatten(self) -> Option<Field<'a, T>> {
        let value = match self.value {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(value) => Patch::Value(value?),
        };
        Some(Field { name: self.name, blank: self.blank, value })
    }
}

/// Message of a malformed date (`spec: nexus-pfm, 1`).
pub const NOT_A_DATE: &str = "must be an ISO date (YYYY-MM-DD)";

/// `true`, `false`, in any case.
pub(crate) fn as_bool(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A whole number, also as a string, `5.0` or `1e3`.
fn as_integer(json: &Json) -> Option<i64> {
    let text = match json {
        Json::Number(text) => text.as_ref(),
        Json::Text(text) => text.trim(),
        _ => return None,
    };
    text.parse().ok().or_else(|| Decimal::<0>::parse(text).ok().map(Decimal::units))
}

/// Reads a field as one of the enumerations of `domain::enums`: `enumeration!(fields, "status", Status)?`.
#[macro_export]
macro_rules! enumeration {
    ($fields:expr, $name:expr, $kind:ty) => {
        $fields.enumeration($name, <$kind>::ALL, <$kind>::from_code, <$kind>::name)
    };
}

#[cfg(test)]
mod tests;
