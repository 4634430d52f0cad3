//! One call as a handler sees it: what was asked for, in which dialect, with which query and body.
//!
//! [`Call`] comes last among the extractors of a handler, after the one that proves who is asking, so that
//! the checks happen in the order of `spec: conventions, 5`: token, rate, Accept, Content-Type; then the
//! handler itself checks for restricted users, parses the body ([`Call::json`]), looks up what the path
//! names, and reads the fields ([`Document::read`]).
use crate::{
    body::{self, Document},
    dialect::{Dialect, Face},
    error::ApiError,
    json::Json,
    media::{self, MediaType},
    page::Page,
    query::Query,
    request_id::RequestId,
};
use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::guid::{Guid, Kind};
use http::{HeaderMap, StatusCode, request::Parts};
use serde::de::DeserializeOwned;
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The facts of a request that are known before it is routed.
#[derive(Debug)]
pub struct Exchange {
    /// The face it is for.
    pub face: Face,
    /// The shape of paginated answers.
    pub dialect: Dialect,
    /// The type of the answer; `None` is 406/4060.
    pub media: Option<MediaType>,
    /// Its id, in log lines and in the answer.
    pub request_id: RequestId,
    /// The address it came from; `None` over a unix socket.
    pub source: Option<IpAddr>,
    /// Bytes that its body may have.
    pub body_bytes_max: usize,
    /// Index of the route among the metrics, once it is known.
    pub(crate) route: AtomicUsize,
}

impl Exchange {
    /// The facts that [`crate::layer::Faces`] left with the request.
    pub fn of(parts: &Parts) -> Result<Arc<Self>, ApiError> {
        parts.extensions.get::<Arc<Self>>().cloned().ok_or_else(ApiError::internal)
    }

    pub(crate) fn set_route(&self, index: usize) {
        self.route.store(index, Ordering::Relaxed);
    }
}

impl<S: Sync> FromRequestParts<S> for SourceAddress {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Exchange::of(parts).map(|exchange| Self(exchange.source))
    }
}

/// The address a request came from; `None` over a unix socket.
#[derive(Debug, Clone, Copy)]
pub struct SourceAddress(pub Option<IpAddr>);

/// A call that may be answered: its Accept and Content-Type are fine, its body was read.
#[derive(Debug)]
pub struct Call {
    /// What is known of the request.
    pub exchange: Arc<Exchange>,
    /// The query.
    pub query: Query,
    /// `MX-Skip-Webhook: true` was sent.
    pub skip_webhook: bool,
    body: Bytes,
}

impl<S: Sync> FromRequest<S> for Call {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let exchange = Exchange::of(&parts)?;
        if exchange.media.is_none() {
            return Err(ApiError::not_acceptable());
        }
        let body = body::read(body, exchange.body_bytes_max).await?;
        if !body::is_none(&body) {
            let partner = exchange.face.is_partner();
            if !partner && !media::nexus_takes(&parts.headers) {
                return Err(ApiError::unsupported_type());
            }
            if partner && media::partner_sends_xml(&parts.headers, &body) {
                return Err(ApiError::bad_json());
            }
        }
        let query = Query::of(&parts.uri);
        Ok(Self { query, skip_webhook: skip_webhook(&parts.headers), exchange, body })
    }
}

impl Call {
    /// The dialect of paginated answers.
    pub fn dialect(&self) -> Dialect {
        self.exchange.dialect
    }

    /// The page asked for, for a list that is always paged.
    pub fn page(&self) -> Page {
        Page::of(&self.query)
    }

    /// The page asked for, for a list that otherwise comes whole.
    pub fn page_if_asked(&self) -> Option<Page> {
        Page::if_asked(&self.query)
    }

    /// The body as an object, or no body: 4000 for anything else. Comes before the look-up of what the path
    /// names; what the object holds is read after it.
    pub fn json(&self) -> Result<Document, ApiError> {
        Document::parse(&self.body)
    }

    /// The whole body as an array, where one is documented; `None` where there is no body.
    pub fn array(&self) -> Result<Option<Vec<Json>>, ApiError> {
        body::array(&self.body)
    }
}

/// What a handler answers: the layer adds the type that was asked for.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    body: Option<Bytes>,
}

impl Answer {
    /// 200 with this JSON.
    pub fn ok(json: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, body: Some(json.into()) }
    }

    /// 202 with this JSON: a job was already running, or throttled.
    pub fn accepted(json: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::ACCEPTED, body: Some(json.into()) }
    }

    /// 204, after a delete.
    pub const fn none() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body.map_or_else(Body::empty, Body::from));
        *response.status_mut() = self.status;
        response
    }
}

/// Parameters of the path, decoded. One that is not UTF-8 names nothing: 4040.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(path) => Ok(Self(path.0)),
            Err(_) => Err(ApiError::path_not_found()),
        }
    }
}

/// A guid of the path; of the wrong prefix or shape there is no such thing: 4040 `RESOURCE not found`.
pub fn path_guid<K: Kind>(text: &str, resource: &str) -> Result<Guid<K>, ApiError> {
    text.parse().map_err(|_| ApiError::not_found(resource))
}

/// `MD-SESSION-TOKEN`
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    text_of(headers, "md-session-token")
}

/// `MD-API-TOKEN`
pub fn api_token(headers: &HeaderMap) -> Option<&str> {
    text_of(headers, "md-api-token")
}

/// `MD-API-KEY`
pub fn api_key(headers: &HeaderMap) -> Option<&str> {
    text_of(headers, "md-api-key")
}

/// `MX-Skip-Webhook: true`
pub fn skip_webhook(headers: &HeaderMap) -> bool {
    text_of(headers, "mx-skip-webhook").is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn text_of<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|text| !text.is_empty())
}
