//! Institutions (`spec: nexus-core, 3`).
use crate::{
    app::App,
    auth::NexusSession,
    call::{Answer, Call, Params},
    dialect::Dialect,
    error::ApiError,
    object::{Object, array, rooted},
    page::Pagination,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use engine::catalogue::{Institution, Query, render_credential, render_institution};
use http::{HeaderValue, header};
use std::sync::Arc;

mod csv;
pub mod docs;
pub mod search;

/// Bytes of an institution object, about.
const BYTES: usize = 1200;

/// Read an institution
///
/// By its guid, or by its code. Hidden institutions are read, too.
#[utoipa::path(
    get,
    path = "/institutions/{institution_guid}",
    responses((status = 200, description = "The institution.", body = docs::InstitutionAnswer))
)]
pub async fn read(
    State(app): State<App>,
    session: NexusSession,
    Params(named): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    let institution = find(&app, &named)?;
    let is_disabled = session.client.disabled_institutions.contains(&institution.code);
    let mut out = Vec::with_capacity(BYTES);
    let mut object = Object::open(&mut out);
    render_institution(object.key("institution"), &institution, is_disabled);
    object.close();
    with_pagination(&mut out, Pagination::SINGLE, call.dialect());
    Ok(Answer::ok(out))
}

/// List the credentials of an institution
///
/// What must be sent to create a member there, in `display_order`; none for an institution by OAuth. Ask anew
/// for each member, or at least daily.
#[utoipa::path(
    get,
    path = "/institutions/{institution_guid}/credentials",
    responses((status = 200, description = "The credentials.", body = docs::CredentialsAnswer))
)]
pub async fn credentials(
    State(app): State<App>,
    _session: NexusSession,
    Params(named): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    let institution = find(&app, &named)?;
    Ok(Answer::ok(render_credentials(&institution, call.dialect())))
}

/// Download institutions.csv
///
/// The institutions that a search for an empty name finds, as CSV whatever Accept says; `popularity` descending.
#[utoipa::path(
    get,
    path = "/institutions",
    responses((status = 200, description = "RFC 4180, with a header row.", content_type = "text/csv", body = String))
)]
#[deprecated]
pub async fn download(State(app): State<App>, session: NexusSession) -> Response {
    let catalogue = app.engine().catalogue();
    let disabled = &session.client.disabled_institutions;
    let found = catalogue.search(&Query { disabled, limit: u32::MAX, ..Query::default() });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"institutions.csv\"")),
    ];
    (headers, csv::written(&found.page)).into_response()
}

fn find(app: &App, named: &str) -> Result<Arc<Institution>, ApiError> {
    app.engine().catalogue().find(named).ok_or_else(|| ApiError::not_found("institution"))
}

/// `{"credentials":[...]}`: what must be sent to log in.
pub(super) fn render_credentials(institution: &Institution, dialect: Dialect) -> Vec<u8> {
    let old = dialect == Dialect::Old;
    rooted("credentials", 600 * institution.credentials.len() + 20, |out| {
        array(out, &institution.credentials, |out, credential| render_credential(out, credential, old));
    })
}

/// Puts the description of its page behind the last key of an answer.
fn with_pagination(out: &mut Vec<u8>, pagination: Pagination, dialect: Dialect) {
    out.pop();
    out.push(b',');
    pagination.write(dialect, out);
    out.push(b'}');
}
