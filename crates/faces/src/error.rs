//! Every error of the HTTP faces: status, code, public message. Source: `spec: conventions, 5`.
//!
//! An [`ApiError`] answers as JSON without a content type; [`crate::layer::Faces`] stamps the type that was
//! asked for, and turns the body into XML for a partner that asked for XML.
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use std::borrow::Cow;

/// An error as the caller sees it. No internal text ever goes in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// HTTP status x 10 + ordinal.
    pub code: u16,
    /// The public message.
    pub message: Cow<'static, str>,
    /// Value of `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
}

macro_rules! fixed {
    ($($(#[$doc:meta])* $name:ident = $code:literal $message:literal;)*) => {$(
        $(#[$doc])*
        pub const fn $name() -> Self {
            Self::fixed($code, $message)
        }
    )*};
}

macro_rules! worded {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {$(
        $(#[$doc])*
        pub fn $name(message: impl Into<Cow<'static, str>>) -> Self {
            Self { message: message.into(), ..Self::fixed($code, "") }
        }
    )*};
}

impl ApiError {
    const fn fixed(code: u16, message: &'static str) -> Self {
        let status = match StatusCode::from_u16(code / 10) {
            Ok(status) => status,
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, code, message: Cow::Borrowed(message), retry_after: None }
    }

    fixed! {
        /// 4000: the body is not JSON, or not an object (an array where one is documented).
        bad_json = 4000 "The body is not valid JSON.";
        /// 4001: no body, `{}`, or neither the root nor a known field where a root is needed.
        params_missing = 4001 "Required params missing.";
        /// 4010: no session token, or one this service never issued.
        session_unknown = 4010 "The session token is missing or unknown.";
        /// 4011: a session token that expired or was revoked.
        session_expired = 4011 "The session has expired.";
        /// 4012: a bad API token (`spec: nexus-core, 1`).
        api_token_bad = 4012 "The API token is missing, used, expired or unknown.";
        /// 4013: a bad API key, or a `client_id` that is not the key's.
        api_key_bad = 4013 "The API key is missing or unknown.";
        /// 4031: the user is disabled.
        user_disabled = 4031 "User is disabled.";
        /// 4031: the user is restricted.
        user_restricted = 4031 "User is restricted.";
        /// 4032: the source address is not on the client's list.
        source_refused = 4032 "The source address is not allowed.";
        /// 4033: only notifications of one type can be deleted.
        notification_kept = 4033 "Only notifications of type API_NOTIFICATION can be deleted";
        /// 4040: no such path.
        path_not_found = 4040 "path not found";
        /// 4050: a known path, but not with this method.
        method_not_allowed = 4050 "method not allowed";
        /// 4060: Accept names only types this face does not speak.
        not_acceptable = 4060 "None of the types in Accept can be answered.";
        /// 4080: the request was not finished in time.
        timed_out = 4080 "The request was not finished in time.";
        /// 4090: another kind of job is running on that member (`spec: nexus-core, 4`).
        job_running = 4090 "Another job is running for this member.";
        /// 4091: POST or remap to an id that exists (`spec: partner, 1`).
        id_in_use = 4091 "The id is already in use.";
        /// 4100: a report file past its seven days.
        gone = 4100 "The file is no longer kept.";
        /// 4130: the body is over its limit.
        body_too_large = 4130 "The body is too large.";
        /// 4140: the URI is over its limit.
        uri_too_long = 4140 "The URI is too long.";
        /// 4150: the type of the body is not spoken here.
        unsupported_type = 4150 "The Content-Type is not supported.";
        /// 4221: budgets cannot be generated.
        no_budgets = 4221 "There aren't enough transactions to automatically create any budgets";
        /// 4310: too many headers, or too large.
        headers_too_large = 4310 "The headers are too large.";
        /// 5000: our fault.
        internal = 5000 "Internal server error.";
        /// 5030: not ready, or shutting down.
        unavailable = 5030 "The service is not available.";
    }

    worded! {
        /// 4003: the endpoint's own documented 400 message.
        refused = 4003;
        /// 4030: a feature or use case that is not enabled.
        feature_off = 4030;
        /// 4050: the member's state does not allow it.
        wrong_state = 4050;
        /// 4220: create member: duplicate login, `external_guid` in use, unknown institution.
        member_conflict = 4220;
        /// 4222: any other rule of the domain broken, with a text that names field and rule.
        rule = 4222;
    }

    /// 4002: a required parameter that is absent, null or empty.
    pub fn missing(name: &str) -> Self {
        Self::parameter(format!("param is missing or the value is empty: {name}"))
    }

    /// 4002: a parameter with a bad value; `what` says what is allowed: `must be a string`.
    pub fn invalid(name: &str, what: &str) -> Self {
        Self::parameter(format!("{name}: {what}"))
    }

    fn parameter(message: String) -> Self {
        Self { message: Cow::Owned(message), ..Self::fixed(4002, "") }
    }

    /// 4222: a field that breaks a rule: `NAME: at most 255 characters`.
    pub fn field_rule(name: &str, what: &str) -> Self {
        Self::rule(format!("{name}: {what}"))
    }

    /// 4040: no such thing, or not yours; `resource` is the singular root with spaces: `transaction rule`.
    pub fn not_found(resource: &str) -> Self {
        Self { message: Cow::Owned(format!("{resource} not found")), ..Self::path_not_found() }
    }

    /// 4290: a rate limit, and the seconds after which it is worth trying again.
    pub fn rate_limited(retry_after: u32) -> Self {
        Self { retry_after: Some(retry_after), ..Self::fixed(4290, "Too many requests.") }
    }

    /// The error that stands for a bare HTTP status of the router, so that nothing else is ever sent.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::path_not_found(),
            405 => Self::method_not_allowed(),
            406 => Self::not_acceptable(),
            408 => Self::timed_out(),
            413 => Self::body_too_large(),
            414 => Self::uri_too_long(),
            415 => Self::unsupported_type(),
            431 => Self::headers_too_large(),
            503 => Self::unavailable(),
            400..=499 => Self::bad_json(),
            _ => Self::internal(),
        }
    }

    /// `{"error":{"code":4011,"message":"..."}}`
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = format!(r#"{{"error":{{"code":{},"message":"#, self.code).into_bytes();
        out.extend_from_slice(serde_json::Value::from(self.message.as_ref()).to_string().as_bytes());
        out.extend_from_slice(b"}}");
        out
    }

    /// `<error><code>4040</code><message>..</message></error>` (`spec: partner, 1`). Characters that XML
    /// cannot hold become U+FFFD.
    pub fn to_xml(&self) -> Vec<u8> {
        let mut text = String::with_capacity(self.message.len());
        for c in self.message.chars() {
            match c {
                '&' => text.push_str("&amp;"),
                '<' => text.push_str("&lt;"),
                '>' => text.push_str("&gt;"),
                '\t' | '\n' | '\r' => text.push(c),
                '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => text.push('\u{fffd}'),
                _ => text.push(c),
            }
        }
        let code = self.code;
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><error><code>{code}</code><message>{text}</message></error>"#
        )
        .into_bytes()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.to_json()));
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_of_the_published_sample() {
        let error = ApiError::missing("user");
        assert_eq!(
            error.to_json(),
            br#"{"error":{"code":4002,"message":"param is missing or the value is empty: user"}}"#
        );
        assert_eq!(error.status, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn every_code_is_status_times_ten_plus_an_ordinal() {
        let all = [
            ApiError::bad_json(),
            ApiError::params_missing(),
            ApiError::refused("x"),
            ApiError::session_unknown(),
            ApiError::session_expired(),
            ApiError::api_token_bad(),
            ApiError::api_key_bad(),
            ApiError::feature_off("x"),
            ApiError::user_disabled(),
            ApiError::user_restricted(),
            ApiError::source_refused(),
            ApiError::notification_kept(),
            ApiError::path_not_found(),
            ApiError::wrong_state("x"),
            ApiError::method_not_allowed(),
            ApiError::not_acceptable(),
            ApiError::timed_out(),
            ApiError::job_running(),
            ApiError::id_in_use(),
            ApiError::gone(),
            ApiError::body_too_large(),
            ApiError::uri_too_long(),
            ApiError::unsupported_type(),
            ApiError::member_conflict("x"),
            ApiError::no_budgets(),
            ApiError::rule("x"),
            ApiError::rate_limited(1),
            ApiError::headers_too_large(),
            ApiError::internal(),
            ApiError::unavailable(),
        ];
        for error in all {
            assert_eq!(error.status.as_u16(), error.code / 10, "{error:?}");
        }
    }

    #[test]
    fn messages_name_the_resource_the_field_and_the_rule() {
        assert_eq!(ApiError::not_found("transaction rule").message, "transaction rule not found");
        assert_eq!(ApiError::invalid("name", "must be a string").message, "name: must be a string");
        assert_eq!(ApiError::field_rule("name", "at most 9 characters").code, 4222);
    }

    #[test]
    fn xml_is_escaped() {
        let xml = String::from_utf8(ApiError::rule("a<b>&\"\u{1}").to_xml()).unwrap();
        assert!(
            xml.ends_with("<error><code>4222</code><message>a&lt;b&gt;&amp;\"\u{fffd}</message></error>")
        );
    }

    #[test]
    fn a_rate_limit_says_when_to_come_back() {
        let response = ApiError::rate_limited(7).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "7");
    }
}
