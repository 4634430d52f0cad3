//! Members and what they ask for.
use super::{docs, render};
use crate::{
    app::App,
    auth::NexusSession,
    call::{Answer, Call, Params},
    error::ApiError,
    nexus::institutions::{docs as institution_docs, render_credentials},
};
use axum::extract::State;

/// List members
///
/// All members of the user, oldest first, manual ones included. Never paged.
#[utoipa::path(
    get,
    path = "/members",
    responses((status = 200, description = "The members.", body = docs::MembersAnswer))
)]
pub async fn list(State(app): State<App>, session: NexusSession, _call: Call) -> Result<Answer, ApiError> {
    let members = app.engine().members(session.scope).await?;
    Ok(Answer::ok(render::members(&members, session.user_guid)))
}

/// Read a member
///
/// The call to poll with while a job runs: every 3 seconds at most.
#[utoipa::path(
    get,
    path = "/members/{member_guid}",
    responses((status = 200, description = "The member.", body = docs::MemberAnswer))
)]
pub async fn read(
    State(app): State<App>,
    session: NexusSession,
    Params(guid): Params<String>,
    _call: Call,
) -> Result<Answer, ApiError> {
    let member = app.engine().member(session.scope, &guid).await?;
    Ok(Answer::ok(render::member(&member, session.user_guid)))
}

/// List the credentials of a member
///
/// What must be sent to update it, never the values. None for OAuth, manual and partner-managed members.
#[utoipa::path(
    get,
    path = "/members/{member_guid}/credentials",
    responses((status = 200, description = "The credentials.", body = institution_docs::CredentialsAnswer))
)]
pub async fn credentials(
    State(app): State<App>,
    session: NexusSession,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    let view = app.engine().member(session.scope, &guid).await?;
    let member = &view.member;
    if member.state.is_oauth || member.is_manual || !member.is_managed_by_user {
        return Ok(Answer::ok(&br#"{"credentials":[]}"#[..]));
    }
    Ok(Answer::ok(render_credentials(&view.institution, call.dialect())))
}
