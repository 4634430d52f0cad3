//! What is around every request, in one function: sizes, the path as the router knows it, negotiation, the
//! time limit, panics, the answer's type and headers, compression, metrics and the access log.
use crate::{
    access_log::{AccessLog, Entry},
    call::Exchange,
    dialect::{self, Dialect, Face, Hosts},
    error::ApiError,
    limits::Limits,
    media::{self, MediaType, Suffix},
    metrics::{MarkRoute, Metrics},
    request_id::RequestIds,
    source::{Network, source_address},
};
use axum::{
    Router,
    body::{Body, HttpBody},
    response::{IntoResponse, Response},
};
use domain::env::{Clock, Entropy};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use std::{
    convert::Infallible,
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::{Arc, atomic::AtomicUsize, atomic::Ordering},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tower::{Service, ServiceExt};
use tower_http::{
    CompressionLevel,
    compression::{
        Compression, CompressionLayer,
        predicate::{And, NotForContentType, Predicate, SizeAbove},
    },
};

const REQUEST_ID: &str = "x-request-id";

/// What the faces need besides their router.
pub struct Around {
    /// Limits of sizes and times.
    pub limits: Limits,
    /// Faces by host name.
    pub hosts: Hosts,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<Network>,
    /// Paths of all routes, for the metrics.
    pub routes: Vec<String>,
    /// The access log.
    pub log: AccessLog,
    /// Machine time, for log lines.
    pub clock: Arc<dyn Clock>,
}

/// The whole service: a router and everything around it.
#[derive(Clone)]
pub struct Faces(Arc<Inner>);

type Compressed = Compression<Router, And<SizeAbove, NotForContentType>>;

struct Inner {
    router: Router,
    compressed: Compressed,
    metrics: Arc<Metrics>,
    ids: RequestIds,
    around: Around,
}

/// The address of the peer, left with a request by whoever calls [`Faces`] as a tower service.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub Option<IpAddr>);

impl Faces {
    /// Puts everything around a router that has all its routes.
    pub fn new(router: Router, around: Around, entropy: &dyn Entropy) -> Self {
        let metrics = Arc::new(Metrics::new(around.routes.iter().map(String::as_str)));
        let router = router.layer(MarkRoute(Arc::clone(&metrics)));
        let worth_it = SizeAbove::new(around.limits.compress_bytes_min).and(NotForContentType::IMAGES);
        // The fastest level: the best one would cost many times what it takes to make the answer.
        let layer = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth_it);
        let compressed = tower::Layer::layer(&layer, router.clone());
        Self(Arc::new(Inner { router, compressed, metrics, ids: RequestIds::new(entropy), around }))
    }

    /// The metrics, to register with `/metrics`.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.0.metrics)
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.0.around.limits
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request<Body>, peer: Option<IpAddr>) -> Response {
        let started = Instant::now();
        let method = request.method().clone();
        let (exchange, entered) = self.0.enter(request, peer);
        let response = match entered {
            Ok((request, time_max)) => self.0.run(request, time_max, &exchange).await,
            Err(error) => error.into_response(),
        };
        let response = finish(response, &exchange, &method);
        self.0.record(&response, &exchange, &method, started.elapsed());
        response
    }
}

impl Inner {
    /// Reads what is known before routing, and checks sizes and path.
    #[expect(clippy::type_complexity, reason = "the request goes on with its time limit, or not at all")]
    fn enter(
        &self,
        mut request: Request<Body>,
        peer: Option<IpAddr>,
    ) -> (Arc<Exchange>, Result<(Request<Body>, Option<Duration>), ApiError>) {
        let (limits, headers) = (&self.around.limits, request.headers());
        let host =
            request.uri().host().or_else(|| headers.get(header::HOST).and_then(|host| host.to_str().ok()));
        let normal = dialect::normalise(request.uri().path(), host, &self.around.hosts);
        let path = normal.path.as_deref().unwrap_or_default();
        let (media, dialect) = negotiate(normal.face, normal.suffix, request.method(), path, headers);
        let exchange = Arc::new(Exchange {
            face: normal.face,
            dialect,
            media,
            request_id: self.ids.take(headers.get(REQUEST_ID)),
            source: source_address(peer, headers, &self.around.proxies),
            body_bytes_max: limits.body_max(normal.face, path),
            route: AtomicUsize::new(0),
        });
        let time_max = limits.time_max(normal.face, path);
        let uri = match &normal.path {
            None => Err(ApiError::path_not_found()),
            Some(path) if **path == *request.uri().path() => Ok(None),
            Some(path) => {
                dialect::with_path(request.uri(), path).map(Some).ok_or_else(ApiError::path_not_found)
            }
        };
        let entered = check_sizes(&request, limits, exchange.body_bytes_max).and(uri).map(|uri| {
            if let Some(uri) = uri {
                *request.uri_mut() = uri;
            }
            request.extensions_mut().insert(Arc::clone(&exchange));
            (request, time_max)
        });
        (exchange, entered)
    }

    /// Routes the request, within its time; a panic is our fault.
    async fn run(&self, request: Request<Body>, time_max: Option<Duration>, exchange: &Exchange) -> Response {
        let answer = exchange.request_id.clone().within(caught(async {
            if request.headers().contains_key(header::ACCEPT_ENCODING) {
                self.compressed.clone().oneshot(request).await.map(|answer| answer.map(Body::new))
            } else {
                self.router.clone().oneshot(request).await
            }
        }));
        let answer = match time_max {
            Some(time_max) => match tokio::time::timeout(time_max, answer).await {
                Ok(answer) => answer,
                Err(_) => return ApiError::timed_out().into_response(),
            },
            None => answer.await,
        };
        match answer {
            Some(Ok(response)) => response,
            Some(Err(never)) => match never {},
            None => {
                let route = self.metrics.path_of(exchange.route.load(Ordering::Relaxed));
                tracing::error!(request_id = exchange.request_id.as_str(), route, "a handler panicked");
                ApiError::internal().into_response()
            }
        }
    }

    /// Counts the request, and logs it where it is worth a line.
    fn record(&self, response: &Response, exchange: &Exchange, method: &Method, elapsed: Duration) {
        let status = response.status();
        let route = exchange.route.load(Ordering::Relaxed);
        self.metrics.count(route, method, status, elapsed);
        if self.around.log.wants(status.as_u16(), elapsed) {
            self.around.log.write(&Entry {
                time: self.around.clock.now().to_z(),
                id: exchange.request_id.as_str(),
                method: method.as_str(),
                route: self.metrics.path_of(route),
                status: status.as_u16(),
                code: response.extensions().get::<ApiError>().map(|error| error.code),
                elapsed,
            });
        }
    }
}

/// The type of the answer and the dialect of lists.
fn negotiate(
    face: Face,
    suffix: Option<Suffix>,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> (Option<MediaType>, Dialect) {
    match face {
        Face::Nexus => {
            let accepted = media::negotiate_nexus(headers, media::documented_type(method, path));
            let old = accepted.moneydesktop || (suffix.is_some() && !accepted.names_mx);
            match accepted.media {
                Some(_) if old => (Some(MediaType::Json), Dialect::Old),
                media => (media, Dialect::Present),
            }
        }
        Face::Sso | Face::Live => (Some(media::negotiate_partner(face, suffix, headers)), Dialect::Present),
        _ => (Some(MediaType::Json), Dialect::Present),
    }
}

fn check_sizes(request: &Request<Body>, limits: &Limits, body_bytes_max: usize) -> Result<(), ApiError> {
    let uri = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if uri > limits.uri_bytes_max {
        return Err(ApiError::uri_too_long());
    }
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > limits.headers_max || bytes > limits.headers_bytes_max {
        return Err(ApiError::headers_too_large());
    }
    let announced = HttpBody::size_hint(request.body()).lower();
    if announced > u64::try_from(body_bytes_max).unwrap_or(u64::MAX) {
        return Err(ApiError::body_too_large());
    }
    Ok(())
}

/// The output of a future, or nothing where it panicked.
async fn caught<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

/// Gives an answer its type and headers; errors that no handler made get our body.
fn finish(mut response: Response, exchange: &Exchange, method: &Method) -> Response {
    let api = exchange.face.has_api_errors();
    if api && is_bare_error(&response) {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = ApiError::of_status(response.status()).into_response();
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    // The router has already taken the body off an answer to HEAD, and left its length.
    let has_length = || response.headers().get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    let has_body = !HttpBody::is_end_stream(response.body()) || (*method == Method::HEAD && has_length());
    if has_body && !response.headers().contains_key(header::CONTENT_TYPE) {
        let mut media = exchange.media.unwrap_or(MediaType::Json);
        if let Some(xml) =
            response.extensions().get::<ApiError>().filter(|_| media.is_xml()).map(ApiError::to_xml)
        {
            *response.body_mut() = Body::from(xml);
            response.headers_mut().remove(header::CONTENT_LENGTH);
        } else {
            media = media.as_json();
        }
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media.as_str()));
    }
    if *method == Method::HEAD && !HttpBody::is_end_stream(response.body()) {
        let length = HttpBody::size_hint(response.body()).exact();
        *response.body_mut() = Body::empty();
        if let Some(length) = length {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, exchange.request_id.header());
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// An error of the router or of an extractor that is not ours: without a body, or in plain text.
fn is_bare_error(response: &Response) -> bool {
    let status = response.status();
    let bare = |value: &HeaderValue| value.as_bytes().starts_with(b"text/plain");
    (status.is_client_error() || status.is_server_error())
        && status != StatusCode::RANGE_NOT_SATISFIABLE
        && response.extensions().get::<ApiError>().is_none()
        && response.headers().get(header::CONTENT_TYPE).is_none_or(bare)
}

impl Service<Request<Body>> for Faces {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let faces = self.clone();
        let peer = request.extensions().get::<Peer>().and_then(|peer| peer.0);
        Box::pin(async move { Ok(faces.handle(request, peer).await) })
    }
}

#[cfg(test)]
mod tests;
