//! Verification, identification, extended history (`spec: nexus-core, 7`).
use super::{docs, start::answer};
use crate::{
    app::App,
    auth::{Audit, NexusSession},
    body::Document,
    call::{Answer, Call, Params},
    error::ApiError,
    nexus::writable,
};
use axum::extract::State;
use domain::enums::JobKind;
use engine::{job::Wanted, numbers::require_feature};

/// Verify a member's accounts
///
/// Starts a job that fetches whole account and routing numbers. Never throttled.
#[utoipa::path(
    post,
    path = "/members/{member_guid}/verify",
    request_body(content = Option<docs::PremiumBody>, content_type = "application/json"),
    responses(
        (status = 200, description = "A job was created.", body = docs::MemberAnswer),
        (status = 202, description = "A job of the same kind runs: nothing changed.", body = docs::MemberAnswer),
        (status = 400, description = "4003: the institution does not support it."),
        (status = 403, description = "4030: not enabled for the client; 4031: the user is restricted."),
        (status = 405, description = "4050: the status does not allow it."),
        (status = 409, description = "4090: a job of another kind runs."),
    )
)]
pub async fn verify(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    ask(&app, &session, &audit, &guid, &call, JobKind::Verification).await
}

/// Identify the owners of a member's accounts
///
/// Starts a job that fetches names and addresses of the owners. Never throttled.
#[utoipa::path(
    post,
    path = "/members/{member_guid}/identify",
    request_body(content = Option<docs::PremiumBody>, content_type = "application/json"),
    responses(
        (status = 200, description = "A job was created.", body = docs::MemberAnswer),
        (status = 202, description = "A job of the same kind runs: nothing changed.", body = docs::MemberAnswer),
        (status = 400, description = "4003: the institution does not support it."),
        (status = 403, description = "4030: not enabled for the client; 4031: the user is restricted."),
        (status = 405, description = "4050: the status does not allow it."),
        (status = 409, description = "4090: a job of another kind runs."),
    )
)]
pub async fn identify(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    ask(&app, &session, &audit, &guid, &call, JobKind::Identification).await
}

/// Fetch a member's whole history
///
/// Starts a job that fetches transactions of up to 24 months. Never throttled.
#[utoipa::path(
    post,
    path = "/members/{member_guid}/extend_history",
    responses(
        (status = 200, description = "A job was created.", body = docs::MemberAnswer),
        (status = 202, description = "A job of the same kind runs: nothing changed.", body = docs::MemberAnswer),
        (status = 400, description = "4003: the institution does not support it."),
        (status = 403, description = "4030: not enabled for the client; 4031: the user is restricted."),
        (status = 405, description = "4050: the status does not allow it."),
        (status = 409, description = "4090: a job of another kind runs."),
    )
)]
pub async fn extend_history(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    ask(&app, &session, &audit, &guid, &call, JobKind::History).await
}

async fn ask(
    app: &App,
    session: &NexusSession,
    audit: &engine::Call,
    guid: &str,
    call: &Call,
    kind: JobKind,
) -> Result<Answer, ApiError> {
    writable(app, session).await?;
    let body = call.json()?;
    app.engine().member(session.scope, guid).await?;
    require_feature(&session.client, kind)?;
    let include_transactions = kind == JobKind::History || wants_transactions(&body)?;
    let wanted = Wanted { include_transactions, include_holdings: false };
    let asked = app.engine().ask_job(audit, session.scope, guid, kind, wanted).await?;
    Ok(answer(&asked, session))
}

fn wants_transactions(body: &Document) -> Result<bool, ApiError> {
    let asked = body.read_if_any("member", &["include_transactions"], |fields| {
        Ok(fields.boolean("include_transactions")?.optional())
    })?;
    Ok(asked.flatten().unwrap_or(false))
}
