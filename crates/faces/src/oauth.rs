//! The pages between an app and an institution by OAuth (`spec: nexus-core, 4`): the way there, the way back, the end.
//!
//! There is no session here: the one-time value in the address is the proof. Everything that is used, expired or
//! foreign is the same page, 410.
use crate::{
    app::App,
    auth::Audit,
    html::{Page, redirect},
    query::Query,
};
use axum::{
    extract::{Path, State},
    response::Response,
    routing::get,
};
use domain::{enums::OauthErrorReason, secret::SecretText};
use engine::oauth::{ConsentEnd, Returned};
use http::{StatusCode, Uri};
use utoipa_axum::router::OpenApiRouter;

/// The paths, for counts and log lines.
pub(crate) const PATHS: &[&str] = &["/oauth/predirect_to/{member_guid}/{opaque}", "/oauth/redirect_from"];

/// Every page. They are for browsers, and no part of the OpenAPI document.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route("/oauth/predirect_to/{member_guid}/{opaque}", get(predirect))
        .route("/oauth/redirect_from", get(returned))
}

/// The one visit of an `oauth_window_uri`: on to the institution.
async fn predirect(
    State(app): State<App>,
    Audit(audit): Audit,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Response {
    let Ok(Path((member, opaque))) = path else { return gone(&app) };
    match app.engine().begin_consent(&audit, &member, &opaque, app.public_url()).await {
        Ok(Some(url)) => redirect(&url).unwrap_or_else(|| failed(&app)),
        Ok(None) => gone(&app),
        Err(error) => {
            tracing::error!(%error, "an OAuth window could not be opened");
            failed(&app)
        }
    }
}

/// The return from the institution.
async fn returned(State(app): State<App>, Audit(audit): Audit, uri: Uri) -> Response {
    let query = Query::of(&uri);
    let returned = match (query.get("error"), query.get("code")) {
        (None, Some(code)) => Returned::Code(SecretText::new(code)),
        (error, _) => Returned::Error(error.unwrap_or_default().to_owned()),
    };
    let state = query.get("state").unwrap_or_default();
    match app.engine().end_consent(&audit, state, returned, app.public_url()).await {
        Ok(Some(end)) => match &end.location {
            Some(location) => redirect(location).unwrap_or_else(|| ended(&app, &end)),
            None => ended(&app, &end),
        },
        Ok(None) => gone(&app),
        Err(error) => {
            tracing::error!(%error, "a consent could not be written");
            failed(&app)
        }
    }
}

fn ended(app: &App, end: &ConsentEnd) -> Response {
    let (title, text) = match end.reason {
        None => {
            ("You are connected", "Your bank has given its consent. You can close this window and go back.")
        }
        Some(reason) => ("The connection was not made", what_to_do(reason)),
    };
    let (body, message) = (format!("<p role=\"status\">{text}</p>"), Some(end.message()));
    Page { status: StatusCode::OK, title, body, message }.response(app.engine().entropy())
}

const fn what_to_do(reason: OauthErrorReason) -> &'static str {
    match reason {
        OauthErrorReason::Cancelled => {
            "You cancelled at your bank. Nothing was changed: close this window, and begin again when you like."
        }
        OauthErrorReason::Denied => {
            "Your bank did not allow the connection. Close this window and begin again, or ask your bank."
        }
        OauthErrorReason::Impeded => {
            "Your bank needs your attention first. Log in at your bank's own website, then begin again."
        }
        OauthErrorReason::SessionError => {
            "The session with your bank is over. Close this window and begin again."
        }
        OauthErrorReason::ProviderError | OauthErrorReason::ServerError | OauthErrorReason::UnknownError => {
            "Your bank could not be connected. Close this window and try again later."
        }
    }
}

fn gone(app: &App) -> Response {
    let title = "This page is not valid any more";
    let text = "<p role=\"alert\">Its address has been used already, or is too old. Nothing was changed: close this \
                window, go back to your app and begin again.</p>";
    Page { status: StatusCode::GONE, title, body: text.to_owned(), message: None }
        .response(app.engine().entropy())
}

fn failed(app: &App) -> Response {
    let text = "<p role=\"alert\">This is our fault. Close this window and try again later.</p>";
    Page {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        title: "Something went wrong",
        body: text.to_owned(),
        message: None,
    }
    .response(app.engine().entropy())
}
