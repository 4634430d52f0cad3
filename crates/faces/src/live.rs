//! live
use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

/// Every path of this part.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
