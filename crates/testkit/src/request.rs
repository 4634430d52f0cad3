//! Requests to the service in the process, and its answers.
#![expect(clippy::missing_panics_doc, reason = "what a test sends and reads is right, or the test fails")]
#![expect(clippy::expect_used, reason = "what a test sends and reads is right, or the test fails")]
use crate::App;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use http_body_util::BodyExt;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};

/// Where requests come from unless they say otherwise.
pub const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A request that is being put together.
#[must_use = "a request does nothing until it is sent"]
pub struct Request<'a> {
    app: &'a App,
    method: Method,
    uri: String,
    headers: HeaderMap,
    body: Bytes,
    from: Option<IpAddr>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(app: &'a App, method: Method, uri: &str) -> Self {
        let (headers, body) = (HeaderMap::new(), Bytes::new());
        Self { app, method, uri: uri.to_owned(), headers, body, from: Some(HERE) }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a name of a header");
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value of a header"));
        self
    }

    /// `MD-SESSION-TOKEN`
    pub fn token(self, token: &str) -> Self {
        self.header("md-session-token", token)
    }

    /// `MD-API-TOKEN`
    pub fn api_token(self, token: &str) -> Self {
        self.header("md-api-token", token)
    }

    /// `MD-API-KEY`: that of the client of the application.
    pub fn key(self) -> Self {
        self.header("md-api-key", crate::app::API_KEY)
    }

    /// `Accept`
    pub fn accept(self, media: &str) -> Self {
        self.header("accept", media)
    }

    /// A JSON body.
    #[expect(clippy::needless_pass_by_value, reason = "it is made for the call")]
    pub fn json(self, body: Value) -> Self {
        self.raw(body.to_string(), "application/json")
    }

    /// Any body; an empty type leaves the header out.
    pub fn raw(mut self, body: impl Into<Bytes>, content_type: &str) -> Self {
        self.body = body.into();
        let self_ = if content_type.is_empty() { self } else { self.header("content-type", content_type) };
        let length = self_.body.len().to_string();
        self_.header("content-length", &length)
    }

    /// From another address.
    pub fn from(mut self, address: IpAddr) -> Self {
        self.from = Some(address);
        self
    }

    /// Sends it, and reads the answer to its end. An answer of our own fault (5000) fails the test.
    pub async fn send(self) -> Response {
        let mut request = http::Request::builder().method(&self.method).uri(&self.uri);
        *request.headers_mut().expect("a URI") = self.headers;
        let request = request.body(Body::from(self.body)).expect("a request");
        let response = self.app.handle(request, self.from).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        let call = format!("{} {}", self.method, self.uri);
        let response = Response { status: parts.status.as_u16(), headers: parts.headers, bytes, call };
        assert_ne!(response.status, 500, "{response:?}\n{}", crate::capture::log().get());
        response
    }

    /// Sends it and asserts 200.
    pub async fn ok(self) -> Value {
        self.send().await.is(200).json()
    }

    /// Sends it and asserts an error with this code, and nothing else in the body; gives the message.
    pub async fn fails(self, code: u16) -> String {
        self.send().await.fails(code)
    }
}

/// An answer.
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
    call: String,
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String = String::from_utf8_lossy(&self.bytes).chars().take(600).collect();
        write!(f, "{}: {} {text}", self.call, self.status)
    }
}

impl Response {
    /// Asserts the status.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "it has asserted what it is for")]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("text")
    }

    /// The keys of the object at this JSON pointer, in the order of the body.
    #[track_caller]
    pub fn keys(&self, pointer: &str) -> Vec<String> {
        let mut node: Ordered = serde_json::from_slice(&self.bytes).expect("JSON");
        for step in pointer.split('/').skip(1) {
            node = node.step(step).unwrap_or_else(|| panic!("nothing at {pointer}: {self:?}"));
        }
        match node {
            Ordered::Object(pairs) => pairs.into_iter().map(|(key, _)| key).collect(),
            _ => panic!("no object at {pointer}: {self:?}"),
        }
    }

    /// A header, empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// `Content-Type`
    pub fn media(&self) -> &str {
        self.header(header::CONTENT_TYPE.as_str())
    }

    /// Asserts that this is an error of this code, that its status agrees, and that the body says nothing else;
    /// gives the message.
    #[track_caller]
    pub fn fails(self, code: u16) -> String {
        let is_error = self.status >= 400 && !self.bytes.is_empty();
        assert!(is_error, "expected {code}: {self:?}");
        let body = self.json();
        let message = body["error"]["message"].as_str().unwrap_or_default().to_owned();
        let whole = format!(r#"{{"error":{{"code":{code},"message":{}}}}}"#, Value::from(message.as_str()));
        assert_eq!(self.text(), whole, "{self:?}");
        assert_eq!(self.status, code / 10, "{self:?}");
        message
    }
}

/// JSON with the order of its keys; its leaves do not matter.
enum Ordered {
    Object(Vec<(String, Ordered)>),
    Array(Vec<Ordered>),
    Leaf,
}

impl Ordered {
    fn step(self, step: &str) -> Option<Self> {
        match self {
            Self::Object(pairs) => pairs.into_iter().find(|(key, _)| key == step).map(|(_, node)| node),
            Self::Array(items) => items.into_iter().nth(step.parse().ok()?),
            Self::Leaf => None,
        }
    }
}

impl<'de> serde::Deserialize<'de> for Ordered {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> serde::de::Visitor<'de> for Reader {
            type Value = Ordered;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Ordered::Object(pairs))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Ordered, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Ordered::Array(items))
            }
            fn visit_unit<E>(self) -> Result<Ordered, E> {
                Ok(Ordered::Leaf)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Ordered, E> {
                Ok(Ordered::Leaf)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Ordered, E> {
                Ok(Ordered::Leaf)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Ordered, E> {
                Ok(Ordered::Leaf)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Ordered, E> {
                Ok(Ordered::Leaf)
            }
            fn visit_str<E>(self, _: &str) -> Result<Ordered, E> {
                Ok(Ordered::Leaf)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
