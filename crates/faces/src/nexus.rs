//! Nexus: what the application of an end user calls. The paths of the contract, in its order.
use crate::{app::App, error::ApiError};
use engine::session::Session;
use utoipa::openapi::path::Paths;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouter},
    routes,
};

pub mod accounts;
pub mod categories;
pub mod institutions;
pub mod jobs;
pub mod members;
pub mod micro_deposits;
pub mod sessions;
pub mod transactions;
pub mod user;

/// Every path of the face.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(core_router())
        .merge(accounts::router())
        .merge(transactions::router())
        .merge(categories::router())
}

/// `spec: nexus-core, 1 to 8`
#[expect(deprecated, reason = "the contract has calls that are deprecated")]
fn core_router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sessions::create))
        .routes(routes!(user::read))
        .routes(routes!(institutions::search::search))
        .routes(routes!(institutions::read))
        .routes(routes!(institutions::credentials))
        .routes(routes!(institutions::download))
        .routes(routes!(members::read::list, members::write::create))
        .routes(routes!(members::read::read, members::write::update, members::write::delete))
        .routes(routes!(members::start::aggregate))
        .routes(alias("/members/{member_guid}/refresh", routes!(members::start::aggregate)))
        .routes(routes!(members::start::aggregate_all))
        .routes(alias("/members/refresh", routes!(members::start::aggregate_all)))
        .routes(routes!(members::start::check_balance))
        .routes(alias("/member/{member_guid}/credentials", routes!(members::read::credentials)))
        .routes(routes!(members::read::credentials, members::write::credential))
        .routes(routes!(members::oauth::window_uri))
        .routes(routes!(members::challenges::list))
        .routes(routes!(members::challenges::resume))
        .routes(routes!(jobs::read))
        .routes(routes!(jobs::mfa_credentials))
        .routes(routes!(jobs::resume))
        .routes(routes!(members::premium::verify))
        .routes(routes!(members::premium::identify))
        .routes(routes!(members::premium::extend_history))
        .routes(routes!(members::numbers::of_member))
        .routes(routes!(members::numbers::of_account))
        .routes(alias("/accounts/{account_guid}/account_numbers", routes!(members::numbers::of_account)))
        .routes(routes!(members::numbers::owners))
        .routes(routes!(micro_deposits::list, micro_deposits::create))
        .routes(routes!(micro_deposits::read, micro_deposits::update, micro_deposits::delete))
}

/// The same calls under another path.
fn alias(path: &str, routes: UtoipaMethodRouter<App>) -> UtoipaMethodRouter<App> {
    let (schemas, paths, methods) = routes;
    let mut under = Paths::new();
    under.paths.extend(paths.paths.into_values().map(|item| (path.to_owned(), item)));
    (schemas, under, methods)
}

/// 4031 for a restricted user: what every call that changes something asks before it looks at its body.
async fn writable(app: &App, session: &Session) -> Result<(), ApiError> {
    if app.engine().user(session.scope).await?.is_restricted {
        return Err(ApiError::user_restricted());
    }
    Ok(())
}
