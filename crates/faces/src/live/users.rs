//! Users of Real Time (`spec: partner, 3`).
use super::rules::{change, flag_change, id, is_email, is_phone, is_zip_code, ruled, shown_phone, stored_phone};
use crate::{
    app::App,
    auth::{Audit, Partner},
    call::{Answer, Call, Params},
    error::ApiError,
    fields::Fields,
};
use axum::extract::State;
use domain::{
    json,
    table::{JsonType, KeyDoc},
};
use engine::user::UserPatch;
use store::users::User;
use utoipa_axum::{router::OpenApiRouter, routes};

/// No partner's id of a user begins like a guid.
const PREFIX: &str = "USR-";
/// `gender` by its code in Nexus.
const GENDERS: [&str; 2] = ["MALE", "FEMALE"];

crate::schemas! {
    /// A user: 13 keys.
    LiveUser = object(keys());
    /// `{"user":{...}}`
    LiveUserAnswer = root("user", LiveUser);
}

/// Every path of this part.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(read, update, delete))
        .routes(routes!(remap))
}

/// Create a user
///
/// Create a user.
#[utoipa::path(post, path = "/live/{client_id}/users",
    params(("client_id" = String, Path, description = "The client")),
    request_body(content = serde_json::Value, description = "`{\"user\":{...}}`: `id`, and any of the other fields"),
    responses(
        (status = 200, description = "The user", body = LiveUserAnswer),
        (status = 409, description = "4091: the id is in use")))]
async fn create(
    State(app): State<App>,
    partner: Partner,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    let (external, patch) =
        call.json()?.read_partner("user", |f| Ok((id(f, PREFIX)?, patch_of(f)?)))?;
    let user = app.engine().create_user(&audit, partner.client.scope, &external, patch).await?;
    Ok(answer(&user))
}

/// Read a user
///
/// Read a user.
#[utoipa::path(get, path = "/live/{client_id}/users/{user_id}",
    params(
        ("client_id" = String, Path, description = "The client"),
        ("user_id" = String, Path, description = "The partner's id of the user"),
    ),
    responses((status = 200, description = "The user", body = LiveUserAnswer)))]
async fn read(
    State(app): State<App>,
    partner: Partner,
    Params((_, external)): Params<(String, String)>,
    _call: Call,
) -> Result<Answer, ApiError> {
    let user = app.engine().user_of_client(partner.client.scope, &external).await?;
    Ok(answer(&user))
}

/// Update a user
///
/// Change what is sent of a user; null clears.
#[utoipa::path(put, path = "/live/{client_id}/users/{user_id}",
    params(
        ("client_id" = String, Path, description = "The client"),
        ("user_id" = String, Path, description = "The partner's id of the user"),
    ),
    request_body(content = serde_json::Value, description = "`{\"user\":{...}}`: the fields to change"),
    responses((status = 200, description = "The user", body = LiveUserAnswer)))]
async fn update(
    State(app): State<App>,
    partner: Partner,
    Params((_, external)): Params<(String, String)>,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    let body = call.json()?;
    let scope = partner.client.scope;
    app.engine().user_of_client(scope, &external).await?;
    let patch = body.read_partner("user", patch_of)?;
    let user = app.engine().update_user(&audit, scope, &external, patch).await?;
    Ok(answer(&user))
}

/// Delete a user
///
/// Delete a user and all that is theirs.
#[utoipa::path(delete, path = "/live/{client_id}/users/{user_id}",
    params(
        ("client_id" = String, Path, description = "The client"),
        ("user_id" = String, Path, description = "The partner's id of the user"),
    ),
    responses((status = 204, description = "It is gone, its sessions too")))]
async fn delete(
    State(app): State<App>,
    partner: Partner,
    Params((_, external)): Params<(String, String)>,
    Audit(audit): Audit,
    _call: Call,
) -> Result<Answer, ApiError> {
    app.engine().delete_user(&audit, partner.client.scope, &external).await?;
    Ok(Answer::none())
}

/// Change the id of a user
///
/// Give a user another id; guid and data stay.
#[utoipa::path(put, path = "/live/{client_id}/users/{user_id}/remap_id",
    params(
        ("client_id" = String, Path, description = "The client"),
        ("user_id" = String, Path, description = "The partner's id of the user"),
    ),
    request_body(content = serde_json::Value, description = "`{\"user\":{\"id\":\"new\"}}`"),
    responses(
        (status = 200, description = "The user under its new id", body = LiveUserAnswer),
        (status = 409, description = "4091: the id is in use")))]
async fn remap(
    State(app): State<App>,
    partner: Partner,
    Params((_, external)): Params<(String, String)>,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    let body = call.json()?;
    let scope = partner.client.scope;
    app.engine().user_of_client(scope, &external).await?;
    let new = body.read_partner("user", |f| id(f, PREFIX))?;
    let user = app.engine().remap_user(&audit, scope, &external, &new).await?;
    Ok(answer(&user))
}

/// The fields of the contract's table but `id`, which only a remap changes.
fn patch_of(fields: &Fields) -> Result<UserPatch, ApiError> {
    let phone = "only digits, +, blanks and -(). with at least one digit";
    let zip_code = "must be a postal code of US, CA, ID, JP, KR, MY, PH, TH or VN";
    Ok(UserPatch {
        birthday: change(fields.date("birthdate")?.patch()),
        credit_score: change(fields.integer_between("credit_score", 0, 1000)?.patch()),
        email: change(ruled(fields, "email", 100, is_email, "must be an email address")?),
        first_name: change(fields.text("first_name", 50)?.patch()),
        last_name: change(fields.text("last_name", 50)?.patch()),
        gender: change(gender(fields)?),
        is_disabled: flag_change(fields.boolean("is_disabled")?.patch()),
        is_excluded_from_analytics: flag_change(fields.boolean("is_excluded_from_analytics")?.patch()),
        metadata: change(fields.metadata()?.patch()),
        phone: change(ruled(fields, "phone", 15, is_phone, phone)?.map(|sent| stored_phone(&sent))),
        postal_code: change(ruled(fields, "zip_code", usize::MAX, is_zip_code, zip_code)?),
    })
}

fn gender(fields: &Fields) -> Result<crate::fields::Patch<i64>, ApiError> {
    let name = ruled(
        fields,
        "gender",
        usize::MAX,
        |name| GENDERS.contains(&name),
        "must be one of MALE, FEMALE",
    )?;
    Ok(name.map(|name| i64::from(name == GENDERS[1])))
}

fn answer(user: &User) -> Answer {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(br#"{"user":"#);
    render(&mut out, user);
    out.push(b'}');
    Answer::ok(out)
}

/// Appends the 13 keys, in the documented order.
fn render(out: &mut Vec<u8>, user: &User) {
    let int = |out: &mut Vec<u8>, value: Option<i64>| match value {
        Some(value) => json::push_int(out, value),
        None => json::push_null(out),
    };
    let gender = user.gender.and_then(|code| usize::try_from(code).ok()).and_then(|code| GENDERS.get(code));
    out.extend_from_slice(br#"{"id":"#);
    json::push_str(out, &user.external_guid);
    out.extend_from_slice(br#","birthdate":"#);
    json::push_date(out, user.birthday);
    out.extend_from_slice(br#","gender":"#);
    json::push_opt_str(out, gender.copied());
    out.extend_from_slice(br#","first_name":"#);
    json::push_opt_str(out, user.first_name.as_deref());
    out.extend_from_slice(br#","guid":"#);
    json::push_guid(out, *b"USR", user.guid.as_bytes());
    out.extend_from_slice(br#","last_name":"#);
    json::push_opt_str(out, user.last_name.as_deref());
    out.extend_from_slice(br#","metadata":"#);
    json::push_opt_str(out, user.metadata.as_deref());
    out.extend_from_slice(br#","credit_score":"#);
    int(out, user.credit_score);
    out.extend_from_slice(br#","email":"#);
    json::push_opt_str(out, user.email.as_deref());
    out.extend_from_slice(br#","phone":"#);
    json::push_opt_str(out, user.phone.as_deref().map(shown_phone).as_deref());
    out.extend_from_slice(br#","zip_code":"#);
    json::push_opt_str(out, user.postal_code.as_deref());
    out.extend_from_slice(br#","is_disabled":"#);
    json::push_bool(out, user.is_disabled);
    out.extend_from_slice(br#","logged_in_at":"#);
    int(out, user.logged_in_at.map(domain::time::Timestamp::as_seconds));
    out.push(b'}');
}

fn keys() -> Vec<KeyDoc> {
    let key = |name: &str, json_type, nullable, doc: &str| KeyDoc {
        name: name.to_owned(),
        json_type,
        format: (name == "birthdate").then_some("date"),
        nullable,
        names: if name == "gender" { GENDERS.to_vec() } else { Vec::new() },
        doc: doc.to_owned(),
    };
    let (string, integer) = (JsonType::String, JsonType::Integer);
    vec![
        key("id", string, false, "The partner's id."),
        key("birthdate", string, true, "Day of birth."),
        key("gender", string, true, "Gender."),
        key("first_name", string, true, "First name."),
        key("guid", string, false, "Guid of the user."),
        key("last_name", string, true, "Last name."),
        key("metadata", string, true, "Any text of the client."),
        key("credit_score", integer, true, "0 to 1000."),
        key("email", string, true, "Email address."),
        key("phone", string, true, "Phone number; ten digits as `(505) 555-1234`, others as digits."),
        key("zip_code", string, true, "Postal code."),
        key("is_disabled", JsonType::Boolean, false, "No sessions, no jobs."),
        key("logged_in_at", integer, true, "Latest session, epoch seconds."),
    ]
}

#[cfg(test)]
mod tests;
