//! Asking for jobs (`spec: nexus-core, 4, 10.3, 10.4`).
use super::{docs, input, render};
use crate::{
    app::App,
    auth::{Audit, NexusSession},
    body::Document,
    call::{Answer, Call, Params},
    error::ApiError,
    nexus::writable,
};
use axum::extract::State;
use domain::{
    enums::JobKind,
    machine::{NoStart, Refusal},
};
use engine::{job::Wanted, member::Asked};

const KNOWN: &[&str] = &["include_holdings", "include_transactions"];

/// Options in the query or in the body; the body wins.
fn wanted(call: &Call, body: &Document) -> Result<Wanted, ApiError> {
    let query = |name| Ok::<_, ApiError>(call.query.boolean(name)?.unwrap_or(true));
    let asked = Wanted {
        include_transactions: query("include_transactions")?,
        include_holdings: query("include_holdings")?,
    };
    Ok(body.read_if_any("member", KNOWN, |fields| input::wanted(fields, asked))?.unwrap_or(asked))
}

/// Aggregate a member
///
/// Starts a job that fetches accounts, transactions and holdings. Options in the query or in the body; the body
/// wins.
#[utoipa::path(
    method(get, post),
    path = "/members/{member_guid}/aggregate",
    params(
        ("include_holdings" = Option<bool>, Query, description = "False leaves holdings out."),
        ("include_transactions" = Option<bool>, Query, description = "False leaves transactions out."),
    ),
    request_body(content = Option<docs::AggregateBody>, content_type = "application/json"),
    responses(
        (status = 200, description = "A job was created.", body = docs::MemberAnswer),
        (status = 202, description = "A job of the same kind runs, or throttled: nothing changed.", body = docs::MemberAnswer),
        (status = 403, description = "4030: `use_cases` lacks PFM; 4031: the user is restricted."),
        (status = 405, description = "4050: the status does not allow it."),
        (status = 409, description = "4090: a job of another kind runs."),
    )
)]
pub async fn aggregate(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    writable(&app, &session).await?;
    let body = call.json()?;
    let view = app.engine().member(session.scope, &guid).await?;
    if !view.member.state.has_pfm {
        return Err(engine::Error::from(Refusal::Start(NoStart::NoUseCase)).into());
    }
    let wanted = wanted(&call, &body)?;
    let asked = app.engine().ask_job(&audit, session.scope, &guid, JobKind::Aggregation, wanted).await?;
    Ok(answer(&asked, &session))
}

/// Aggregate all members
///
/// Starts a job of every member that may have one now; answers all members of the user.
#[utoipa::path(
    method(get, post),
    path = "/members/aggregate",
    params(
        ("include_holdings" = Option<bool>, Query, description = "False leaves holdings out."),
        ("include_transactions" = Option<bool>, Query, description = "False leaves transactions out."),
    ),
    request_body(content = Option<docs::AggregateBody>, content_type = "application/json"),
    responses(
        (status = 200, description = "At least one job was created, or there is no member.", body = docs::MembersAnswer),
        (status = 202, description = "No job was created.", body = docs::MembersAnswer),
        (status = 403, description = "4030: no member has the use case PFM; 4031: the user is restricted."),
    )
)]
pub async fn aggregate_all(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    writable(&app, &session).await?;
    let wanted = wanted(&call, &call.json()?)?;
    let (members, started) = app.engine().ask_jobs(&audit, session.scope, wanted).await?;
    let body = render::members(&members, session.user_guid);
    Ok(if started { Answer::ok(body) } else { Answer::accepted(body) })
}

/// Refresh balances
///
/// Starts a job that refreshes account balances only. Never throttled, no use case needed.
#[utoipa::path(
    post,
    path = "/members/{member_guid}/check_balance",
    responses(
        (status = 200, description = "A job was created.", body = docs::MemberAnswer),
        (status = 202, description = "A job of the same kind runs: nothing changed.", body = docs::MemberAnswer),
        (status = 403, description = "4031: the user is restricted."),
        (status = 405, description = "4050: the status does not allow it."),
        (status = 409, description = "4090: a job of another kind runs."),
    )
)]
pub async fn check_balance(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    writable(&app, &session).await?;
    call.json()?;
    let asked = app.engine().ask_job(&audit, session.scope, &guid, JobKind::Balance, Wanted::ALL).await?;
    Ok(answer(&asked, &session))
}

pub(super) fn answer(asked: &Asked, session: &NexusSession) -> Answer {
    let body = render::member(&asked.view, session.user_guid);
    if asked.started { Answer::ok(body) } else { Answer::accepted(body) }
}
