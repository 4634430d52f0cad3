//! SSO v3: how a partner opens the service to a user (`spec: partner, 2`).
use crate::{
    app::App,
    auth::{Audit, Partner},
    call::{Answer, Call, Params},
    error::ApiError,
};
use axum::extract::State;
use domain::{
    json,
    table::{JsonType, KeyDoc},
};
use utoipa_axum::{router::OpenApiRouter, routes};

crate::schemas! {
    /// A one-time token.
    ApiToken = object(token_keys());
    /// `{"api_token":{...}}`
    ApiTokenAnswer = root("api_token", ApiToken);
}

/// Every path of this part.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(api_token)).routes(routes!(end_sessions))
}

fn token_keys() -> [KeyDoc; 1] {
    [KeyDoc {
        name: "token".to_owned(),
        json_type: JsonType::String,
        format: None,
        nullable: false,
        names: Vec::new(),
        doc: "Opens one session, within ten minutes.".to_owned(),
    }]
}

/// Issue an API token
///
/// Issue a token that opens one session of the user, within ten minutes.
#[utoipa::path(get, path = "/sso/{client_id}/users/{id}/api_token",
    params(
        ("client_id" = String, Path, description = "The client"),
        ("id" = String, Path, description = "The partner's id of the user"),
    ),
    responses((status = 200, description = "The token", body = ApiTokenAnswer)))]
async fn api_token(
    State(app): State<App>,
    partner: Partner,
    Params((_, id)): Params<(String, String)>,
    Audit(audit): Audit,
    _call: Call,
) -> Result<Answer, ApiError> {
    let user = app.engine().user_of_client(partner.client.scope, &id).await?;
    let token = app.engine().issue_api_token(&audit, &user).await?;
    let mut out = br#"{"api_token":{"token":"#.to_vec();
    json::push_str(&mut out, token.expose());
    out.extend_from_slice(b"}}");
    Ok(Answer::ok(out))
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
