//! Microdeposits (`spec: nexus-core, 8`).
use crate::{
    app::App,
    auth::{Audit, NexusSession},
    call::{Answer, Call, Params},
    error::ApiError,
    fields::Fields,
    media::MediaType,
    nexus::writable,
    object::{array, rooted},
};
use axum::extract::State;
use domain::enums::MicroDepositStatus;
use engine::micro_deposit::Deposit;

pub mod docs;
mod input;
mod render;

/// Bytes of a microdeposit, about.
const BYTES: usize = 640;

/// List microdeposits
///
/// Newest first, never paged; the provider is asked where they are. Under `application/vnd.mx.nexus.beta+json` the
/// items have no root and ten keys.
#[utoipa::path(
    get,
    path = "/micro_deposits",
    responses(
        (status = 200, description = "The microdeposits.", body = docs::MicroDepositsAnswer),
        (status = 403, description = "4030: not enabled for the client."),
    )
)]
pub async fn list(State(app): State<App>, session: NexusSession, call: Call) -> Result<Answer, ApiError> {
    app.engine().require_deposits(&session.client)?;
    let all = app.engine().micro_deposits(session.scope).await?;
    let is_beta = call.exchange.media == Some(MediaType::Beta);
    Ok(Answer::ok(rooted("micro_deposits", BYTES * all.len() + 24, |out| {
        array(out, &all, |out, deposit| {
            if is_beta {
                render::beta(out, deposit);
            } else {
                out.extend_from_slice(&one(deposit));
            }
        });
    })))
}

/// Make a microdeposit
///
/// INITIATED, or PREINITIATED without an account. A bad check digit or a blocked bank gives REJECTED, an account
/// that has one already CONFLICTED.
#[utoipa::path(
    post,
    path = "/micro_deposits",
    request_body(content = docs::MicroDepositCreateBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The microdeposit.", body = docs::MicroDepositAnswer),
        (status = 400, description = "4001: no body or root; 4002: a field is missing or has a wrong type."),
        (status = 403, description = "4030: not enabled for the client; 4031: the user is restricted."),
        (status = 422, description = "4222: a number, type or address is none."),
    )
)]
pub async fn create(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    writable(&app, &session).await?;
    let body = call.json()?;
    app.engine().require_deposits(&session.client)?;
    let (new, is_quiet) =
        body.read("micro_deposit", input::CREATE, |f| Ok((input::create(f)?, input::is_quiet(f)?)))?;
    let deposit = app.engine().create_micro_deposit(&audit.quiet_if(is_quiet), session.scope, new).await?;
    Ok(Answer::ok(one(&deposit)))
}

/// Read a microdeposit
///
/// The provider is asked first where it is.
#[utoipa::path(
    get,
    path = "/micro_deposits/{micro_deposit_guid}",
    responses(
        (status = 200, description = "The microdeposit.", body = docs::MicroDepositAnswer),
        (status = 403, description = "4030: not enabled for the client."),
    )
)]
pub async fn read(
    State(app): State<App>,
    session: NexusSession,
    Params(guid): Params<String>,
    _call: Call,
) -> Result<Answer, ApiError> {
    app.engine().known_deposit(session.scope, &guid).await?;
    app.engine().require_deposits(&session.client)?;
    Ok(Answer::ok(one(&app.engine().micro_deposit(session.scope, &guid).await?)))
}

/// Verify or complete a microdeposit
///
/// With both amounts: VERIFIED when they are right, else DENIED, and PREVENTED at the third wrong try. A PREINITIATED
/// one takes the account under the root `micro_deposit`.
#[utoipa::path(
    put,
    path = "/micro_deposits/{micro_deposit_guid}",
    request_body(content = docs::MicroDepositUpdateBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The microdeposit.", body = docs::MicroDepositAnswer),
        (status = 400, description = "4001: no body or root; 4002: a field is missing, or an amount is none of 0.01 to 0.99."),
        (status = 403, description = "4030: not enabled for the client; 4031: the user is restricted."),
        (status = 422, description = "4222: not ready to be verified, or a number or type is none."),
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
    let (engine, scope) = (app.engine(), session.scope);
    let known = engine.known_deposit(scope, &guid).await?.row;
    engine.require_deposits(&session.client)?;
    let deposit = if known.status == MicroDepositStatus::Preinitiated && !input::has_amounts(&body)? {
        let read = |f: &Fields| Ok((input::complete(f)?, input::is_quiet(f)?));
        let ((account, name), is_quiet) = body.read("micro_deposit", input::COMPLETE, read)?;
        let audit = audit.quiet_if(is_quiet);
        engine.complete_micro_deposit(&audit, scope, known.guid, account, name).await?
    } else {
        let (amounts, is_quiet) = input::amounts(&body)?;
        engine.verify_micro_deposit(&audit.quiet_if(is_quiet), scope, known.guid, amounts).await?
    };
    Ok(Answer::ok(one(&deposit)))
}

/// Delete a microdeposit
///
/// In any status.
#[utoipa::path(
    delete,
    path = "/micro_deposits/{micro_deposit_guid}",
    responses(
        (status = 204, description = "It is gone."),
        (status = 403, description = "4030: not enabled for the client; 4031: the user is restricted."),
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
    let known = app.engine().known_deposit(session.scope, &guid).await?;
    app.engine().require_deposits(&session.client)?;
    app.engine().delete_micro_deposit(&audit, session.scope, known.row.guid).await?;
    Ok(Answer::none())
}

fn one(deposit: &Deposit) -> Vec<u8> {
    rooted("micro_deposit", BYTES, |out| render::whole(out, deposit))
}
