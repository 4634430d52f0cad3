//! Request bodies: how much is read, what counts as no body, and the object under the root.
//! Source: `spec: conventions, 4 and 5`; for partners `spec: partner, 1`.
use crate::{error::ApiError, fields::Fields, json::Json};
use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::error::Error;

/// Reads a whole body of at most so many bytes: more is 4130, a broken off one 4000.
pub async fn read(body: Body, bytes_max: usize) -> Result<Bytes, ApiError> {
    match Limited::new(body, bytes_max).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if is_too_large(error.as_ref()) => Err(ApiError::body_too_large()),
        Err(_) => Err(ApiError::bad_json()),
    }
}

fn is_too_large(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether there is no body: nothing, white space alone, or `null`.
pub fn is_none(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    body.is_empty() || body == b"null"
}

/// A body that is an object, or no body. What it holds is read in one go, by a closure, so that no broken
/// rule can be forgotten.
#[derive(Debug)]
pub struct Document(Option<Fields>);

impl Document {
    /// Parses a body: 4000 where it is not JSON, or not an object.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        if is_none(body) {
            return Ok(Self(None));
        }
        match Json::parse(body) {
            Ok(Json::Object(pairs)) => Ok(Self(Some(Fields::new(pairs)))),
            _ => Err(ApiError::bad_json()),
        }
    }

    /// Whether there is no body.
    pub const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Reads the object under a root of Nexus, or the body itself where it has no root but at least one of
    /// the documented fields; neither is 4001.
    pub fn read<T>(
        &self,
        root: &str,
        known: &[&str],
        read: impl FnOnce(&Fields) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        self.read_if_any(root, known, read)?.ok_or_else(ApiError::params_missing)
    }

    /// As [`Document::read`], where the body may be absent, `{}` or `null`.
    pub fn read_if_any<T>(
        &self,
        root: &str,
        known: &[&str],
        read: impl FnOnce(&Fields) -> Result<T, ApiError>,
    ) -> Result<Option<T>, ApiError> {
        let Some(body) = &self.0 else { return Ok(None) };
        if let Some(fields) = body.object(root)?.optional() {
            return fields.read_with(read).map(Some);
        }
        if known.iter().any(|name| body.has(name)) {
            return body.read_with(read).map(Some);
        }
        Ok(None)
    }

    /// As [`Document::read`], where several roots are documented: the first that is there counts.
    pub fn read_under<T>(
        &self,
        roots: &[&str],
        known: &[&str],
        read: impl FnOnce(&Fields) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let has = |root: &&&str| self.0.as_ref().is_some_and(|body| body.has(root));
        self.read(roots.iter().find(has).copied().unwrap_or_default(), known, read)
    }

    /// Reads the object under a root of SSO or Real Time, which is required: 4001 no body, 4002 no root.
    pub fn read_partner<T>(
        &self,
        root: &str,
        read: impl FnOnce(&Fields) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let body = self.0.as_ref().ok_or_else(ApiError::params_missing)?;
        body.object(root)?.required()?.read_with(read)
    }

    /// Reads the whole body, where no root is documented; no body or `{}` is 4001.
    pub fn read_whole<T>(&self, read: impl FnOnce(&Fields) -> Result<T, ApiError>) -> Result<T, ApiError> {
        let body = self.0.as_ref().filter(|body| !body.is_empty());
        body.ok_or_else(ApiError::params_missing)?.read_with(read)
    }
}

/// The items of a body that must be an array; `None` where there is no body.
pub fn array(body: &[u8]) -> Result<Option<Vec<Json>>, ApiError> {
    if is_none(body) {
        return Ok(None);
    }
    match Json::parse(body) {
        Ok(Json::Array(items)) => Ok(Some(items)),
        _ => Err(ApiError::bad_json()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_byte_over_the_limit_is_too_large() {
        assert_eq!(read(Body::from("1234"), 4).await.unwrap(), "1234");
        assert_eq!(read(Body::from("12345"), 4).await, Err(ApiError::body_too_large()));
    }

    #[test]
    fn nothing_blanks_and_null_are_no_body() {
        for body in ["", " \n\t", "null", " null\r\n", "\u{feff}null"] {
            assert!(Document::parse(body.as_bytes()).unwrap().is_none(), "{body:?}");
        }
    }

    #[test]
    fn what_is_not_an_object_is_not_valid() {
        for body in ["[]", "1", "\"x\"", "{", "<a/>"] {
            assert_eq!(Document::parse(body.as_bytes()).unwrap_err(), ApiError::bad_json(), "{body}");
        }
        assert!(array(b"{}").is_err());
        assert_eq!(array(b"[1]").unwrap().unwrap().len(), 1);
    }

    fn document(body: &str) -> Document {
        Document::parse(body.as_bytes()).unwrap()
    }

    fn rooted(body: &str) -> Result<Option<bool>, ApiError> {
        document(body).read_if_any("member", &["name", "guid"], |fields| Ok(fields.has("name")))
    }

    #[test]
    fn rooted_and_unrooted() {
        assert_eq!(rooted(r#"{"member":{"name":1}}"#), Ok(Some(true)));
        assert_eq!(rooted(r#"{"member":{}}"#), Ok(Some(false)));
        assert_eq!(rooted(r#"{"member":{},"name":1}"#), Ok(Some(false)));
        assert_eq!(rooted(r#"{"name":1,"other":2}"#), Ok(Some(true)));
        assert_eq!(rooted(r#"{"guid":null}"#), Ok(Some(false)));
        for none in ["{}", "null", "", r#"{"other":1}"#, r#"{"member":null}"#] {
            assert_eq!(rooted(none), Ok(None), "{none}");
        }
        assert_eq!(rooted(r#"{"member":[]}"#), Err(ApiError::invalid("member", "must be an object")));
    }

    #[test]
    fn one_of_several_roots() {
        let of = |body: &str| document(body).read_under(&["a", "b"], &["x"], |f| f.integer("x")?.required());
        for body in [r#"{"a":{"x":1}}"#, r#"{"b":{"x":1}}"#, r#"{"x":1}"#, r#"{"a":{"x":1},"b":{"x":2}}"#] {
            assert_eq!(of(body), Ok(1), "{body}");
        }
        for body in ["", "{}", r#"{"c":{"x":1}}"#, r#"{"a":null}"#] {
            assert_eq!(of(body), Err(ApiError::params_missing()), "{body}");
        }
    }

    #[test]
    fn partners_always_send_the_root() {
        let of = |body: &str| document(body).read_partner("user", |f| Ok(f.has("id")));
        assert_eq!(of(r#"{"user":{"id":"1"}}"#), Ok(true));
        assert_eq!(of(r#"{"id":"1"}"#), Err(ApiError::missing("user")));
        assert_eq!(of("{}"), Err(ApiError::missing("user")));
        assert_eq!(of(""), Err(ApiError::params_missing()));
    }

    #[test]
    fn a_broken_rule_is_never_forgotten() {
        let read = |body: &str| {
            document(body).read_whole(|f| Ok(f.objects("list")?.required()?[0].text("x", 1)?.optional()))
        };
        assert_eq!(read(r#"{"list":[{"x":"ab"}]}"#), Err(ApiError::field_rule("x", "at most 1 characters")));
        assert_eq!(read(r#"{"list":[{"x":"a"}]}"#), Ok(Some("a".to_owned())));
        assert_eq!(read("{}"), Err(ApiError::params_missing()));
    }
}
