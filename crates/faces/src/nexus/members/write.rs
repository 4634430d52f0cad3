//! Create, update, delete.
use super::{docs, input, render};
use crate::{
    app::App,
    auth::{Audit, NexusSession},
    call::{Answer, Call, Params},
    error::ApiError,
    fields::Fields,
    nexus::writable,
};
use axum::extract::State;

/// Create a member
///
/// Connects the user to an institution and, unless `skip_aggregation` is true, starts the first job. By OAuth the
/// member is PENDING until its user consents at `oauth_window_uri`. The root may be left out.
#[utoipa::path(
    post,
    path = "/members",
    request_body(content = docs::MemberCreateBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The member.", body = docs::MemberAnswer),
        (status = 400, description = "4001: no body or root; 4002: a field is missing; 4003: stale credential guids, or no OAuth there."),
        (status = 403, description = "4031: the user is restricted."),
        (status = 422, description = "4220: same login, `external_guid` in use, or unknown institution; 4222: another rule."),
    )
)]
pub async fn create(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    writable(&app, &session).await?;
    let read = |f: &Fields| Ok((input::create(f)?, input::is_quiet(f)?));
    let (new, is_quiet) = call.json()?.read("member", input::CREATE, read)?;
    let created = app.engine().create_member(&audit.quiet_if(is_quiet), session.scope, new).await?;
    let uri = created.window.map(|window| window.at(app.public_url()));
    Ok(Answer::ok(render::created(&created.view, session.user_guid, uri.as_deref())))
}

/// Update a member
///
/// What is absent stays, null clears. New credentials start a job unless `skip_aggregation` is true. Credentials
/// with guids of open challenges are answers, then all must be such (deprecated). The root may be left out.
#[utoipa::path(
    put,
    path = "/members/{member_guid}",
    request_body(content = docs::MemberUpdateBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The member.", body = docs::MemberAnswer),
        (status = 400, description = "4001: no body or root; 4002: a bad field; 4003: stale guids."),
        (status = 403, description = "4031: the user is restricted."),
        (status = 405, description = "4050: credentials cannot be updated in this state."),
        (status = 422, description = "4220: same login, or `external_guid` in use; 4222: partner-managed, or another rule."),
    )
)]
pub async fn update(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    writable(&app, &session).await?;
    let body = call.json()?;
    app.engine().member(session.scope, &guid).await?;
    let read = |f: &Fields| Ok((input::update(f)?, input::is_quiet(f)?));
    let (patch, is_quiet) = body.read("member", input::UPDATE, read)?;
    let member = app.engine().update_member(&audit.quiet_if(is_quiet), session.scope, &guid, patch).await?;
    Ok(Answer::ok(render::member(&member, session.user_guid)))
}

/// Write one credential
///
/// Replaces one credential of the member; no job starts. With the guid of an open challenge the value is its answer,
/// and is kept until the job is resumed. The body may be under `member`, `member_credential`, `credential` or no root.
#[utoipa::path(
    post,
    path = "/members/{member_guid}/credentials",
    request_body(content = docs::MemberCredentialBody, content_type = "application/json"),
    responses(
        (status = 200, description = "What was written, never the value.", body = docs::MemberCredentialAnswer),
        (status = 400, description = "4001: no body; 4002: a field is missing; 4003: a stale guid."),
        (status = 403, description = "4031: the user is restricted."),
        (status = 405, description = "4050: credentials cannot be updated in this state."),
        (status = 422, description = "4220: another member has this login; 4222: partner-managed, or another rule."),
    )
)]
#[deprecated = "members are updated as a whole"]
pub async fn credential(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    writable(&app, &session).await?;
    let body = call.json()?;
    app.engine().member(session.scope, &guid).await?;
    let roots = ["member", "member_credential", "credential"];
    let (given, metadata) = body.read_under(&roots, input::CREDENTIAL, input::credential)?;
    let written =
        app.engine().write_credential(&audit, session.scope, &guid, given, metadata.change()).await?;
    Ok(Answer::ok(render::written_credential(&written)))
}

/// Delete a member
///
/// A running job ends; accounts, transactions, holdings, numbers and owners go with the member.
#[utoipa::path(
    delete,
    path = "/members/{member_guid}",
    responses(
        (status = 204, description = "It is gone."),
        (status = 403, description = "4031: the user is restricted."),
        (status = 422, description = "4222: the member is managed by the partner."),
    )
)]
pub async fn delete(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    Params(guid): Params<String>,
    _call: Call,
) -> Result<Answer, ApiError> {
    writable(&app, &session).await?;
    app.engine().delete_member(&audit, session.scope, &guid).await?;
    Ok(Answer::none())
}
