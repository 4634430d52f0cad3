//! Real Time v5: what a partner writes of its users (`spec: partner, 3`). The paths of the contract, in its order.
mod rules;
pub mod users;

pub(crate) use rules::is_email;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

/// Every path of the face.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(users::router())
}
