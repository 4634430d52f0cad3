//! Counts and times of requests by route and method: plain atomics, found by index; labels are written only
//! when somebody scrapes.
use axum::{body::Body, extract::MatchedPath};
use http::{Method, Request, StatusCode};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, NoLabelSet},
    metrics::{MetricType, exemplar::Exemplar},
};
use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tower::{Layer, Service};

use crate::call::Exchange;

/// Upper bounds of the histogram, in microseconds; above the last one is infinity.
const BOUNDS_MICROS: [u64; 12] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 10_000_000];
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "other"];
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// The counters of every route.
#[derive(Debug)]
pub struct Metrics {
    index: HashMap<Box<str>, usize>,
    routes: Vec<Route>,
}

#[derive(Debug)]
struct Route {
    path: Box<str>,
    methods: [Counts; METHODS.len()],
}

#[derive(Debug, Default)]
struct Counts {
    classes: [AtomicU64; CLASSES.len()],
    buckets: [AtomicU64; BOUNDS_MICROS.len() + 1],
    micros: AtomicU64,
}

impl Metrics {
    /// Counters for these routes, as the router knows them (`/members/{member_guid}`). What matches none of
    /// them is counted as `-`.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut metrics = Self { index: HashMap::new(), routes: Vec::new() };
        for path in std::iter::once("-").chain(paths) {
            if !metrics.index.contains_key(path) {
                metrics.index.insert(path.into(), metrics.routes.len());
                metrics.routes.push(Route { path: path.into(), methods: Default::default() });
            }
        }
        metrics
    }

    /// The index of a route; 0 where it is not known.
    pub(crate) fn index_of(&self, path: &str) -> usize {
        self.index.get(path).copied().unwrap_or(0)
    }

    /// The path of a route.
    pub(crate) fn path_of(&self, index: usize) -> &str {
        self.routes.get(index).map_or("-", |route| &route.path)
    }

    /// Counts one answered request.
    pub(crate) fn count(&self, route: usize, method: &Method, status: StatusCode, elapsed: Duration) {
        let method = match *method {
            Method::GET => 0,
            Method::POST => 1,
            Method::PUT => 2,
            Method::DELETE => 3,
            _ => 4,
        };
        let Some(counts) = self.routes.get(route).and_then(|route| route.methods.get(method)) else { return };
        let class = usize::from(status.as_u16() / 100).saturating_sub(2);
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_MICROS.iter().position(|bound| micros <= *bound).unwrap_or(BOUNDS_MICROS.len());
        if let (Some(class), Some(bucket)) = (counts.classes.get(class), counts.buckets.get(bucket)) {
            class.fetch_add(1, Ordering::Relaxed);
            bucket.fetch_add(1, Ordering::Relaxed);
            counts.micros.fetch_add(micros, Ordering::Relaxed);
        }
    }

    fn used(&self) -> impl Iterator<Item = (&str, &'static str, &Counts)> {
        self.routes.iter().flat_map(|route| {
            let named = METHODS.into_iter().zip(&route.methods);
            named
                .map(|(method, counts)| (&*route.path, method, counts))
                .filter(|(.., counts)| counts.total() > 0)
        })
    }
}

impl Counts {
    fn total(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).sum()
    }
}

/// The metrics of `/metrics`: `registry.register_collector(Box::new(Arc::clone(&metrics)))`.
impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let help = "Requests answered";
        let mut requests = encoder.encode_descriptor("http_requests", help, None, MetricType::Counter)?;
        for (route, method, counts) in self.used() {
            for (class, count) in CLASSES.into_iter().zip(&counts.classes) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    requests
                        .encode_family(&[("route", route), ("method", method), ("status", class)])?
                        .encode_counter(&count, None::<&Exemplar<NoLabelSet, u64>>)?;
                }
            }
        }
        let help = "Time to answer";
        let mut times =
            encoder.encode_descriptor("http_request_seconds", help, None, MetricType::Histogram)?;
        for (route, method, counts) in self.used() {
            let bounds = BOUNDS_MICROS.iter().map(|micros| seconds(*micros)).chain([f64::INFINITY]);
            let buckets: Vec<(f64, u64)> =
                bounds.zip(&counts.buckets).map(|(bound, n)| (bound, n.load(Ordering::Relaxed))).collect();
            let total = buckets.iter().map(|(_, n)| n).sum();
            let sum = seconds(counts.micros.load(Ordering::Relaxed));
            times
                .encode_family(&[("route", route), ("method", method)])?
                .encode_histogram::<NoLabelSet>(sum, total, &buckets, None)?;
        }
        Ok(())
    }
}

fn seconds(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64()
}

/// Notes the route of each request once the router has found it.
#[derive(Debug, Clone)]
pub(crate) struct MarkRoute(pub(crate) Arc<Metrics>);

impl<S> Layer<S> for MarkRoute {
    type Service = Marked<S>;

    fn layer(&self, inner: S) -> Marked<S> {
        Marked { inner, metrics: Arc::clone(&self.0) }
    }
}

/// See [`MarkRoute`].
#[derive(Debug, Clone)]
pub(crate) struct Marked<S> {
    inner: S,
    metrics: Arc<Metrics>,
}

impl<S: Service<Request<Body>>> Service<Request<Body>> for Marked<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        let extensions = request.extensions();
        if let (Some(exchange), Some(path)) =
            (extensions.get::<Arc<Exchange>>(), extensions.get::<MatchedPath>())
        {
            exchange.set_route(self.metrics.index_of(path.as_str()));
        }
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::{encoding::text, registry::Registry};

    #[test]
    fn scraped_by_route_method_and_class() {
        let metrics = Arc::new(Metrics::new(["/members", "/members/{member_guid}"]));
        let route = metrics.index_of("/members/{member_guid}");
        metrics.count(route, &Method::GET, StatusCode::OK, Duration::from_micros(200));
        metrics.count(route, &Method::GET, StatusCode::NOT_FOUND, Duration::from_secs(20));
        metrics.count(metrics.index_of("/nope"), &Method::PATCH, StatusCode::NOT_FOUND, Duration::ZERO);
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Arc::clone(&metrics)));
        let mut out = String::new();
        text::encode(&mut out, &registry).unwrap();
        for line in [
            r#"http_requests_total{route="/members/{member_guid}",method="GET",status="2xx"} 1"#,
            r#"http_requests_total{route="/members/{member_guid}",method="GET",status="4xx"} 1"#,
            r#"http_requests_total{route="-",method="other",status="4xx"} 1"#,
            r#"http_request_seconds_bucket{le="0.00025",route="/members/{member_guid}",method="GET"} 1"#,
            r#"http_request_seconds_bucket{le="+Inf",route="/members/{member_guid}",method="GET"} 2"#,
        ] {
            assert!(out.contains(line), "{line}\n{out}");
        }
        assert!(!out.contains(r#"route="/members","#));
    }
}
