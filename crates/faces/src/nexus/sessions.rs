//! Sessions (`spec: nexus-core, 1`).
use crate::{
    app::App,
    auth::{Audit, audit_call},
    call::{Answer, Call, Exchange, api_token},
    error::ApiError,
    openapi::{Entry, boolean, one, text},
};
use axum::extract::{FromRequestParts, State};
use domain::secret::SecretText;
use http::{StatusCode, request::Parts};
use std::time::Instant;
use vault::ApiToken;

const SESSION: &[Entry] = &[text("token", "86 characters of base64url.")];
const OPTIONS: &[Entry] =
    &[boolean("skip_aggregation", "True: do not aggregate the user's members now.").optional()];
const BODY: &[Entry] = &[one("session", "SessionOptions", "What opening it shall do.").optional()];

crate::schemas! {
    /// A session.
    Session = entries(SESSION);
    /// The answer of `POST /sessions`.
    SessionAnswer = root("session", Session);
    /// What opening a session shall do.
    SessionOptions = entries(OPTIONS);
    /// The body of `POST /sessions`.
    SessionBody = entries(BODY; SessionOptions);
}

/// The one-time token of a call that may still try: 4290, then 4012 where it can be told at once.
pub struct LoginToken(SecretText);

impl FromRequestParts<App> for LoginToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let source = Exchange::of(parts)?.source;
        app.rates().login_allowed(source, Instant::now())?;
        if let Some(token) = api_token(&parts.headers).filter(|token| ApiToken::parse(token).is_some()) {
            return Ok(Self(SecretText::new(token)));
        }
        app.rates().login_failed(source, Instant::now());
        app.engine().audit_refusal(&audit_call(parts)?).await?;
        Err(ApiError::api_token_bad())
    }
}

/// Open a session
///
/// The one-time token of `MD-API-TOKEN` is consumed. Starts an aggregation of all members of the user, unless
/// `skip_aggregation` is true. The body may be absent, `{}` or `null`.
#[utoipa::path(
    post,
    path = "/sessions",
    request_body(content = SessionBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The session.", body = SessionAnswer),
        (status = 401, description = "4012: the API token is missing, used, expired or unknown."),
        (status = 403, description = "4031: the user is disabled; the token is not consumed."),
    )
)]
pub async fn create(
    State(app): State<App>,
    LoginToken(token): LoginToken,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    let body = call.json()?;
    let skip = body.read_if_any("session", &["skip_aggregation"], |fields| {
        Ok(fields.boolean("skip_aggregation")?.optional())
    })?;
    let skip = skip.flatten().unwrap_or(false);
    let opened = app.engine().open_session(&audit, Some(token.expose()), skip).await;
    match opened.map_err(ApiError::from) {
        Ok(session) => Ok(Answer::ok(format!(r#"{{"session":{{"token":"{}"}}}}"#, session.expose()))),
        Err(error) if matches!(error.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            app.rates().login_failed(call.exchange.source, Instant::now());
            Err(error)
        }
        Err(error) => Err(error),
    }
}
