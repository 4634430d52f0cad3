//! Query parameters: scalars, arrays in every spelling, dates. Unknown keys are read over, a blank value is
//! no value. Source: `spec: conventions, 6`.
use crate::{
    error::ApiError,
    fields::{NOT_A_DATE, as_bool},
};
use domain::time::Date;
use http::Uri;
use std::ops::RangeInclusive;

/// Days before today that `from_date` defaults to.
const FROM_DAYS_DEFAULT: i32 = -120;
/// Days after today that `to_date` defaults to.
const TO_DAYS_DEFAULT: i32 = 5;

/// The decoded query of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The query of a URI; what cannot be decoded is no query.
    pub fn of(uri: &Uri) -> Self {
        if uri.query().is_none_or(str::is_empty) {
            return Self::default();
        }
        axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map(|query| Self(query.0))
            .unwrap_or_default()
    }

    /// The last value of a name that is not blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(key, value)| key == name && !value.trim().is_empty())
            .map(|(_, value)| value.trim())
    }

    /// A text of at most so many characters.
    pub fn text(&self, name: &str, chars_max: usize) -> Result<Option<&str>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        if text.contains('\0') {
            return Err(ApiError::field_rule(name, "must not contain NUL"));
        }
        if text.chars().count() > chars_max {
            return Err(ApiError::field_rule(name, &format!("at most {chars_max} characters")));
        }
        Ok(Some(text))
    }

    /// `true` or `false`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        let read = |text| as_bool(text).ok_or_else(|| ApiError::invalid(name, "must be a boolean"));
        self.get(name).map(read).transpose()
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let read = |text: &str| text.parse().map_err(|_| ApiError::invalid(name, "must be a number"));
        self.get(name).map(read).transpose()
    }

    /// An ISO date.
    pub fn date(&self, name: &str) -> Result<Option<Date>, ApiError> {
        self.get(name).map(|text| date(name, text)).transpose()
    }

    /// One of these words, exactly.
    pub fn one_of(&self, name: &str, words: &[&'static str]) -> Result<Option<&'static str>, ApiError> {
        let read = |text: &str| {
            let found = words.iter().copied().find(|word| *word == text);
            found.ok_or_else(|| ApiError::invalid(name, &format!("must be one of {}", words.join(", "))))
        };
        self.get(name).map(read).transpose()
    }

    /// All values of an array parameter, named in the singular: `name=`, `name[]=`, `names=`, `names[]=`,
    /// repeated. Empty: no such filter.
    pub fn array(&self, singular: &str) -> Vec<&str> {
        let is = |key: &str| {
            let key = key.strip_suffix("[]").unwrap_or(key);
            key == singular || key.strip_suffix('s') == Some(singular)
        };
        let values = self.0.iter().filter(|(key, _)| is(key)).map(|(_, value)| value.trim());
        values.filter(|value| !value.is_empty()).collect()
    }

    /// `from_date` to `to_date`, both included, with their defaults. Empty where a default lies on the wrong
    /// side of what was sent.
    pub fn dates(&self, today: Date) -> Result<RangeInclusive<Date>, ApiError> {
        let (from, to) = (self.date("from_date")?, self.date("to_date")?);
        if let (Some(from), Some(to)) = (from, to) {
            ordered("from_date", from, "to_date", to)?;
        }
        let from = from.unwrap_or(today.plus_days(FROM_DAYS_DEFAULT));
        Ok(from..=to.unwrap_or(today.plus_days(TO_DAYS_DEFAULT)))
    }
}

/// A date in a query or path; malformed is 4002.
pub fn date(name: &str, text: &str) -> Result<Date, ApiError> {
    text.parse().map_err(|_| ApiError::invalid(name, NOT_A_DATE))
}

/// `start_date` and `end_date` of a path, both included.
pub fn path_dates(start: &str, end: &str) -> Result<RangeInclusive<Date>, ApiError> {
    let (start, end) = (date("start_date", start)?, date("end_date", end)?);
    ordered("start_date", start, "end_date", end)?;
    Ok(start..=end)
}

fn ordered(from_name: &str, from: Date, to_name: &str, to: Date) -> Result<(), ApiError> {
    if from > to {
        Err(ApiError::invalid(from_name, &format!("must not be after {to_name}")))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::of(&format!("/x?{text}").parse().unwrap())
    }

    fn today() -> Date {
        "2024-06-15".parse().unwrap()
    }

    #[test]
    fn arrays_in_every_spelling() {
        let q = query(
            "account_guid[]=a&account_guids%5B%5D=b&account_guid=c&account_guids=d&account_guid=&other=x",
        );
        assert_eq!(q.array("account_guid"), ["a", "b", "c", "d"]);
        assert!(q.array("member_guid").is_empty());
        assert!(Query::of(&"/x".parse().unwrap()).array("a").is_empty());
    }

    #[test]
    fn scalars_take_the_last_value_and_blank_is_none() {
        let q = query("a=1&a=2&b=&c=+&d=x%20y&e=true&f=yes");
        assert_eq!(q.get("a"), Some("2"));
        assert_eq!((q.get("b"), q.get("c")), (None, None));
        assert_eq!(q.text("d", 3), Ok(Some("x y")));
        assert_eq!(q.text("d", 2).unwrap_err().code, 4222);
        assert_eq!(query("d=%00").text("d", 2).unwrap_err().code, 4222);
        assert_eq!(q.boolean("e"), Ok(Some(true)));
        assert_eq!(q.boolean("f"), Err(ApiError::invalid("f", "must be a boolean")));
        assert_eq!(q.integer("a"), Ok(Some(2)));
        assert_eq!(q.one_of("a", &["2"]), Ok(Some("2")));
        assert_eq!(q.one_of("a", &["3", "4"]), Err(ApiError::invalid("a", "must be one of 3, 4")));
    }

    #[test]
    fn dates_have_defaults() {
        let range = query("").dates(today()).unwrap();
        assert_eq!(
            (range.start().to_string(), range.end().to_string()),
            ("2024-02-16".into(), "2024-06-20".into())
        );
    }

    #[test]
    fn a_range_is_refused_only_where_both_ends_were_sent() {
        assert!(query("from_date=2030-01-01").dates(today()).unwrap().is_empty());
        assert!(query("to_date=2000-01-01").dates(today()).unwrap().is_empty());
        assert_eq!(
            query("from_date=2024-02-02&to_date=2024-02-01").dates(today()),
            Err(ApiError::invalid("from_date", "must not be after to_date"))
        );
        assert!(query("from_date=2024-02-02&to_date=2024-02-02").dates(today()).is_ok());
        assert_eq!(
            query("to_date=2024-2-1").dates(today()).unwrap_err().message,
            "to_date: must be an ISO date (YYYY-MM-DD)"
        );
        assert_eq!(
            path_dates("2024-02-02", "2024-02-01").unwrap_err().message,
            "start_date: must not be after end_date"
        );
    }
}
