//! Nexus: what the application of an end user calls. The paths of the contract, in its order.
use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

pub mod accounts;
pub mod categories;
pub mod transactions;

/// Every path of the face.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(accounts::router())
        .merge(transactions::router())
        .merge(categories::router())
}
