//! Operations: health, metrics, the OpenAPI document and a page that shows it (`spec: conventions, 1`).
use crate::{app::App, error::ApiError, institution_metrics::InstitutionMetrics};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, header};
use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};
use std::sync::{Arc, LazyLock};
use store::scope::SystemScope;
use utoipa_axum::{router::OpenApiRouter, routes};

mod page;

/// The document and its page, written once: neither depends on the engine.
static DOCUMENT: LazyLock<(Bytes, Bytes)> = LazyLock::new(|| {
    let document = crate::app::openapi();
    let json = document.to_pretty_json().unwrap_or_default();
    (json.into(), page::written(&document).into())
});

/// `/health`, `/openapi.json`, `/docs`.
pub fn router() -> OpenApiRouter<App> {
    health_router().routes(routes!(document)).routes(routes!(docs))
}

/// `/health/live` and `/health/ready`.
pub fn health_router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready))
}

/// `/metrics`.
pub fn metrics_router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(metrics))
}

fn typed(media: &'static str, body: impl Into<axum::body::Body>) -> Response {
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(media))];
    (headers, body.into()).into_response()
}

const JSON: &str = "application/json";

/// Whether the process runs
#[utoipa::path(
    get,
    path = "/health/live",
    responses((status = 200, description = "It runs.", content_type = "application/json"))
)]
async fn live() -> Response {
    typed(JSON, r#"{"status":"live"}"#)
}

/// Whether requests can be answered
///
/// The store answers, and the service is not shutting down.
#[utoipa::path(
    get,
    path = "/health/ready",
    responses(
        (status = 200, description = "They can.", content_type = "application/json"),
        (status = 503, description = "5030: the store does not answer, or the service is shutting down."),
    )
)]
async fn ready(State(app): State<App>) -> Result<Response, ApiError> {
    let engine = app.engine();
    if engine.stop_token().is_cancelled() {
        return Err(ApiError::unavailable());
    }
    match engine.db().next_due_job(SystemScope::of_the_service()).await {
        Ok(_) => Ok(typed(JSON, r#"{"status":"ready"}"#)),
        Err(error) => {
            tracing::warn!(%error, "not ready: the store does not answer");
            Err(ApiError::unavailable())
        }
    }
}

/// Metrics
///
/// Counts and times of requests by route, the jobs that are not finished, the sessions in memory, and how each
/// institution does: its members by status, how their jobs ended, how old their data is. As Prometheus reads them.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, description = "OpenMetrics text.", content_type = "application/openmetrics-text", body = String))
)]
async fn metrics(State(app): State<App>) -> Result<Response, ApiError> {
    let mut registry = Registry::with_prefix("tributary");
    if let Some(metrics) = app.metrics() {
        registry.register_collector(Box::new(Arc::clone(metrics)));
    }
    let unfinished = Gauge::<i64>::default();
    unfinished.set(app.engine().db().unfinished_jobs(SystemScope::of_the_service()).await?);
    registry.register("jobs_unfinished", "Jobs that have not ended", unfinished);
    let webhooks = app.engine().webhook_counts().await?;
    let pending = Gauge::<i64>::default();
    pending.set(i64::try_from(webhooks.pending).unwrap_or(i64::MAX));
    registry.register("webhooks_pending", "Webhook events still to be sent", pending);
    for (name, help, count) in [
        ("webhooks_accepted", "Webhook events that receivers accepted", webhooks.accepted),
        ("webhook_tries_failed", "Tries to send a webhook event that failed", webhooks.failed),
    ] {
        let counter = Counter::<u64>::default();
        counter.inc_by(count);
        registry.register(name, help, counter);
    }
    let in_memory = Gauge::<i64>::default();
    in_memory.set(i64::try_from(app.engine().sessions().len()).unwrap_or(i64::MAX));
    registry.register("sessions_in_memory", "Sessions that need no row to be read", in_memory);
    let figures = app.engine().figures().await?;
    registry.register_collector(Box::new(InstitutionMetrics(figures)));
    let mut out = String::with_capacity(16 * 1024);
    text::encode(&mut out, &registry).map_err(|_| ApiError::internal())?;
    Ok(typed("application/openmetrics-text; version=1.0.0; charset=utf-8", out))
}

/// The OpenAPI document
#[utoipa::path(
    get,
    path = "/openapi.json",
    responses((status = 200, description = "This document.", content_type = "application/json"))
)]
async fn document() -> Response {
    typed(JSON, DOCUMENT.0.clone())
}

/// The OpenAPI document, for people
#[utoipa::path(
    get,
    path = "/docs",
    responses((status = 200, description = "A page.", content_type = "text/html", body = String))
)]
async fn docs() -> Response {
    let mut response = typed("text/html; charset=utf-8", DOCUMENT.1.clone());
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    );
    response
}
