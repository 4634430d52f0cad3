//! Operations: what the operator asks.
use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

/// Health, the document and its page.
pub fn router() -> OpenApiRouter<App> {
    health_router()
}

/// `/health/live` and `/health/ready`.
pub fn health_router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}

/// `/metrics`.
pub fn metrics_router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
