//! SSO v3: how a partner opens the service to a user (`spec: partner, 2`).
use crate::{
    app::App,
    auth::{Audit, Partner},
    call::{Answer, Call, Params},
    error::ApiError,
    object::{Object, rooted},
    openapi::{Entry, text},
};
use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

const API_TOKEN: &[Entry] = &[text("token", "Opens one session, within ten minutes.")];

crate::schemas! {
    /// A one-time token.
    ApiToken = entries(API_TOKEN);
    /// `{"api_token":{...}}`
    ApiTokenAnswer = root("api_token", ApiToken);
}

/// Every path of this part.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(api_token)).routes(routes!(end_sessions))
}

/// Issue an API token
///
/// Issue a token that opens one session of the user, within ten minutes.
#[utoipa::path(get, path = "/sso/{client_id}/users/{id}/api_token",
    params(
        ("client_id" = String, Path, description = "The client"),
        ("id" = String, Path, description = "The partner's id of the user"),
    ),
    responses(
        (status = 200, description = "The token", body = ApiTokenAnswer),
        (status = 403, description = "4031: the user is disabled")))]
async fn api_token(
    State(app): State<App>,
    partner: Partner,
    Params((_, id)): Params<(String, String)>,
    Audit(audit): Audit,
    _call: Call,
) -> Result<Answer, ApiError> {
    let user = app.engine().user_of_client(partner.client.scope, &id).await?;
    let token = app.engine().issue_api_token(&audit, &user).await?;
    Ok(Answer::ok(rooted("api_token", 192, |out| {
        let mut object = Object::open(out);
        object.text("token", token.expose());
        object.close();
    })))
}

/// End the sessions of a user
///
/// End all sessions and unused tokens of the user.
#[utoipa::path(delete, path = "/sso/{client_id}/users/{id}/sessions",
    params(
        ("client_id" = String, Path, description = "The client"),
        ("id" = String, Path, description = "The partner's id of the user"),
    ),
    responses((status = 204, description = "They are over")))]
async fn end_sessions(
    State(app): State<App>,
    partner: Partner,
    Params((_, id)): Params<(String, String)>,
    Audit(audit): Audit,
    _call: Call,
) -> Result<Answer, ApiError> {
    let user = app.engine().user_of_client(partner.client.scope, &id).await?;
    app.engine().end_sessions(&audit, &user).await?;
    Ok(Answer::none())
}
