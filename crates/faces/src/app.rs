//! The application: what handlers share, and all faces put together.
//!
//! How to use it: make an [`App`] over an engine, then [`faces`] to serve with [`crate::server::serve`] or to
//! call in process; [`openapi`] gives the document without an engine.
use crate::{
    access_log::AccessLog,
    dialect::Hosts,
    layer::{Around, Faces},
    limits::Limits,
    live,
    metrics::Metrics,
    nexus, oauth, openapi as document, ops,
    rate::RateLimits,
    sandbox,
    source::Network,
    sso,
};
use axum::middleware::from_fn_with_state;
use domain::{env::Clock, time::Timestamp};
use engine::{Engine, ServiceClock};
use std::sync::{Arc, OnceLock};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// What the operator sets of the faces.
#[derive(Debug, Clone, Default)]
pub struct AppSettings {
    /// What the service is called from outside, without a trailing slash: `https://api.example`.
    pub public_url: String,
    /// Limits of sizes, times and rates.
    pub limits: Limits,
    /// Host names that stand for a face.
    pub hosts: Hosts,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<Network>,
    /// `/metrics` is served by [`metrics_faces`] alone, on a listener of its own.
    pub metrics_apart: bool,
}

/// What every handler can reach; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    engine: Engine,
    settings: AppSettings,
    rates: RateLimits,
    metrics: OnceLock<Arc<Metrics>>,
}

impl App {
    /// An application over an engine.
    pub fn new(engine: Engine, settings: AppSettings) -> Self {
        let rates = RateLimits::new(&settings.limits.rates);
        Self(Arc::new(Inner { engine, settings, rates, metrics: OnceLock::new() }))
    }

    /// What happens.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Rate limits.
    pub fn rates(&self) -> &RateLimits {
        &self.0.rates
    }

    /// What the service is called from outside, without a trailing slash.
    pub fn public_url(&self) -> &str {
        self.0.settings.public_url.trim_end_matches('/')
    }

    /// What the operator set.
    pub fn settings(&self) -> &AppSettings {
        &self.0.settings
    }

    /// Counts of requests, once [`faces`] was called.
    pub fn metrics(&self) -> Option<&Arc<Metrics>> {
        self.0.metrics.get()
    }
}

/// Every route of the contract with its documentation.
fn contract() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(document::frame())
        .merge(nexus::router())
        .merge(sso::router())
        .merge(live::router())
        .merge(oauth::router())
        .merge(sandbox::router())
        .merge(ops::router())
}

/// The router of all faces and its document.
pub fn router(app: &App) -> (axum::Router, OpenApi) {
    let mut calls = contract();
    if !app.settings().metrics_apart {
        calls = calls.merge(ops::metrics_router());
    }
    let (mut router, document) = calls.with_state(app.clone()).split_for_parts();
    if app.engine().is_sandbox() {
        router = router.layer(from_fn_with_state(app.clone(), sandbox::documented::answer));
    }
    (router, document::finish(document))
}

/// The OpenAPI document; the same on every call.
pub fn openapi() -> OpenApi {
    document::finish(contract().merge(ops::metrics_router()).into_openapi())
}

/// All faces, ready to serve or to be called in process.
pub fn faces(app: &App, log: AccessLog) -> Faces {
    let (router, document) = router(app);
    let faces = around(app, router, &document, log);
    // A second call shares the application, and its counts are not shown.
    let _first = app.0.metrics.set(faces.metrics());
    faces
}

/// `/metrics` and `/health` alone, for a listener of their own.
pub fn metrics_faces(app: &App, log: AccessLog) -> Faces {
    let calls = ops::health_router().merge(ops::metrics_router());
    let (router, document) = calls.with_state(app.clone()).split_for_parts();
    around(app, router, &document, log)
}

fn around(app: &App, router: axum::Router, document: &OpenApi, log: AccessLog) -> Faces {
    let settings = app.settings();
    let around = Around {
        limits: settings.limits.clone(),
        hosts: settings.hosts.clone(),
        proxies: settings.proxies.clone(),
        // Pages for browsers are no part of the document, but are counted as well.
        routes: (document.paths.paths.keys().map(String::as_str))
            .chain(oauth::PATHS.iter().chain(sandbox::PAGES).copied())
            .map(str::to_owned)
            .collect(),
        log,
        clock: Arc::new(MachineTime(app.engine().clock().clone())),
    };
    Faces::new(router, around, app.engine().entropy())
}

/// The machine's time, whatever the sandbox shows: for log lines.
struct MachineTime(ServiceClock);

impl Clock for MachineTime {
    fn now(&self) -> Timestamp {
        self.0.machine_now()
    }
}
