//! A JSON document with its numbers as they were written, so that `0.1` never becomes a binary float.
//!
//! `serde_json` checks the syntax and hands out raw pieces; numbers keep their text. (Its feature
//! `arbitrary_precision` would do too, but it changes `Value` for every crate of the build.)
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt};

/// How deep objects and arrays of a body may lie in one another.
pub const DEPTH_MAX: usize = 32;

/// A JSON value. It may hold credentials, so that it prints as its kind alone.
#[derive(Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as written.
    Number(Box<str>),
    /// A string, unescaped.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object; of equal keys the last one counts.
    Object(BTreeMap<String, Json>),
}

/// The text is not JSON in UTF-8, or lies deeper than [`DEPTH_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not JSON")]
pub struct NotJson;

impl Json {
    /// Parses a whole document; a byte order mark before it is read over.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotJson> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|_| NotJson)?;
        let raw: &RawValue = serde_json::from_str(text).map_err(|_| NotJson)?;
        Self::of_raw(raw, DEPTH_MAX)
    }

    fn of_raw(raw: &RawValue, depth_left: usize) -> Result<Self, NotJson> {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'n') => Ok(Self::Null),
            Some(b't') => Ok(Self::Bool(true)),
            Some(b'f') => Ok(Self::Bool(false)),
            Some(b'"') => serde_json::from_str(text).map(Self::Text).map_err(|_| NotJson),
            Some(b'[') => {
                let below = depth_left.checked_sub(1).ok_or(NotJson)?;
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| NotJson)?;
                items
                    .into_iter()
                    .map(|item| Self::of_raw(item, below))
                    .collect::<Result<_, _>>()
                    .map(Self::Array)
            }
            Some(b'{') => {
                let below = depth_left.checked_sub(1).ok_or(NotJson)?;
                let pairs: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(|_| NotJson)?;
                let read = |(key, value)| Self::of_raw(value, below).map(|value| (key, value));
                pairs.into_iter().map(read).collect::<Result<_, _>>().map(Self::Object)
            }
            Some(_) => Ok(Self::Number(text.into())),
            None => Err(NotJson),
        }
    }

    /// What kind of value it is.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Json {
        Json::Number(text.into())
    }

    #[test]
    fn numbers_keep_their_text() {
        let json = Json::parse(b" [1, -0.10, 1e3, 123456789012.340000000000000000001] ").unwrap();
        let expected = ["1", "-0.10", "1e3", "123456789012.340000000000000000001"].map(number);
        assert_eq!(json, Json::Array(expected.to_vec()));
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        let json = Json::parse(br#"{"a":1,"a":2}"#).unwrap();
        assert_eq!(json, Json::Object([("a".to_owned(), number("2"))].into()));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in
            ["", "{", "{'a':1}", "[1,]", "01", "nul", "{}x", "\"\\ud800\"", "NaN", "{a:1}", "\"\u{1}\""]
        {
            assert_eq!(Json::parse(text.as_bytes()), Err(NotJson), "{text}");
        }
        assert_eq!(Json::parse(b"\"\xff\""), Err(NotJson));
    }

    #[test]
    fn depth_is_limited() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert!(Json::parse(nested(DEPTH_MAX + 1).as_bytes()).is_err());
        assert!(Json::parse(nested(500_000).as_bytes()).is_err());
    }

    #[test]
    fn nothing_of_it_is_printed() {
        assert_eq!(format!("{:?}", Json::Text("hunter2".into())), "string");
    }

    fn plain(json: &Json) -> serde_json::Value {
        match json {
            Json::Null => serde_json::Value::Null,
            Json::Bool(b) => (*b).into(),
            Json::Number(n) => serde_json::from_str(n).unwrap(),
            Json::Text(t) => t.as_str().into(),
            Json::Array(items) => items.iter().map(plain).collect(),
            Json::Object(pairs) => pairs.iter().map(|(k, v)| (k.clone(), plain(v))).collect(),
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_serde_json(text in r#"[\[\]{}",:0-9.e\-\\ ntrufalse]{0,24}"#) {
            let ours = Json::parse(text.as_bytes()).ok().map(|json| plain(&json));
            // A number beyond the range of a float is JSON all the same.
            if let Ok(theirs) = serde_json::from_str::<serde_json::Value>(&text) {
                prop_assert_eq!(ours, Some(theirs));
            }
        }
    }
}
