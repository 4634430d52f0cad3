//! Users of Real Time (`spec: partner, 3`).
use super::rules::{flag_change, id, is_email, is_phone, is_zip_code, ruled, shown_phone, stored_phone};
use crate::{
    app::App,
    auth::{Audit, Partner},
    call::{Answer, Call, Params},
    error::ApiError,
    fields::{Fields, Patch},
    object::{Object, rooted},
    openapi::{Entry, boolean, date, integer, one, text},
};
use axum::extract::State;
use domain::time::Timestamp;
use engine::user::UserPatch;
use store::users::User;
use utoipa_axum::{router::OpenApiRouter, routes};

/// No partner's id of a user begins like a guid.
const PREFIX: &str = "USR-";
/// `gender` by its code in Nexus.
const GENDERS: [&str; 2] = ["MALE", "FEMALE"];

const USER: &[Entry] = &[
    text("id", "The partner's id."),
    date("birthdate", "Day of birth.").or_null(),
    text("gender", "`MALE` or `FEMALE`.").or_null(),
    text("first_name", "First name.").or_null(),
    text("guid", "`USR-`."),
    text("last_name", "Last name.").or_null(),
    text("metadata", "Any text of the partner.").or_null(),
    integer("credit_score", "0 to 1000.").or_null(),
    text("email", "Address.").or_null(),
    text("phone", "Ten digits as `(505) 555-1234`, others as digits, a leading + kept.").or_null(),
    text("zip_code", "Postal code.").or_null(),
    boolean("is_disabled", "No sessions, no jobs."),
    integer("logged_in_at", "Latest opening of a session, epoch seconds.").or_null(),
];
const FIELDS: &[Entry] = &[
    text("id", "Required to create; 1 to 1024 letters, digits, - and _, not beginning with `USR-`.")
        .optional(),
    date("birthdate", "Day of birth.").or_null().optional(),
    integer("credit_score", "0 to 1000.").or_null().optional(),
    text("email", "At most 100 characters.").or_null().optional(),
    text("first_name", "At most 50 characters.").or_null().optional(),
    text("last_name", "At most 50 characters.").or_null().optional(),
    text("gender", "`MALE` or `FEMALE`.").or_null().optional(),
    boolean("is_disabled", "True ends sessions and disables the members; false undoes it.").optional(),
    boolean("is_excluded_from_analytics", "Left out of statistics.").optional(),
    text("metadata", "At most 8 KiB, never trimmed.").or_null().optional(),
    text("phone", "At most 15 digits, +, blanks and -().").or_null().optional(),
    text("zip_code", "Of US, CA, ID, JP, KR, MY, PH, TH or VN.").or_null().optional(),
];
const BODY: &[Entry] = &[one("user", "LiveUserFields", "What to write.")];
const REMAP: &[Entry] = &[text("id", "The new id.")];
const REMAP_BODY: &[Entry] = &[one("user", "LiveNewId", "What to write.")];

crate::schemas! {
    /// A user of Real Time.
    LiveUser = entries(USER);
    /// The answer of every call but a delete.
    LiveUserAnswer = root("user", LiveUser);
    /// What can be written of a user.
    LiveUserFields = entries(FIELDS);
    /// The body of a create or update.
    LiveUserBody = entries(BODY; LiveUserFields);
    /// A new id.
    LiveNewId = entries(REMAP);
    /// The body of a remap.
    LiveUserRemapBody = entries(REMAP_BODY; LiveNewId);
}

/// Every path of this part.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(read, update, delete)).routes(routes!(remap))
}

/// Create a user
///
/// Create a user.
#[utoipa::path(post, path = "/live/{client_id}/users",
    params(("client_id" = String, Path, description = "The client")),
    request_body(content = LiveUserBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The user", body = LiveUserAnswer),
        (status = 409, description = "4091: the id is in use")))]
async fn create(
    State(app): State<App>,
    partner: Partner,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    let read = |f: &Fields| Ok((id(f, PREFIX)?, patch_of(f)?, is_quiet(f)?));
    let (external, patch, is_quiet) = call.json()?.read_partner("user", read)?;
    let user =
        app.engine().create_user(&audit.quiet_if(is_quiet), partner.client.scope, &external, patch).await?;
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
    request_body(content = LiveUserBody, content_type = "application/json"),
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
    let (patch, is_quiet) = body.read_partner("user", |f| Ok((patch_of(f)?, is_quiet(f)?)))?;
    let user = app.engine().update_user(&audit.quiet_if(is_quiet), scope, &external, patch).await?;
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
    request_body(content = LiveUserRemapBody, content_type = "application/json"),
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
    let (new, is_quiet) = body.read_partner("user", |f| Ok((id(f, PREFIX)?, is_quiet(f)?)))?;
    let user = app.engine().remap_user(&audit.quiet_if(is_quiet), scope, &external, &new).await?;
    Ok(answer(&user))
}

/// The fields of the contract's table but `id`, which only a remap changes.
fn patch_of(fields: &Fields) -> Result<UserPatch, ApiError> {
    let phone = "only digits, +, blanks and -(). with at least one digit";
    let zip_code = "must be a postal code of US, CA, ID, JP, KR, MY, PH, TH or VN";
    Ok(UserPatch {
        birthday: fields.date("birthdate")?.patch().change(),
        credit_score: fields.integer_between("credit_score", 0, 1000)?.patch().change(),
        email: ruled(fields, "email", 100, is_email, "must be an email address")?.change(),
        first_name: fields.text("first_name", 50)?.patch().change(),
        last_name: fields.text("last_name", 50)?.patch().change(),
        gender: gender(fields)?.change(),
        is_disabled: flag_change(fields.boolean("is_disabled")?.patch()),
        is_excluded_from_analytics: flag_change(fields.boolean("is_excluded_from_analytics")?.patch()),
        metadata: fields.metadata()?.patch().change(),
        phone: ruled(fields, "phone", 15, is_phone, phone)?.map(|sent| stored_phone(&sent)).change(),
        postal_code: ruled(fields, "zip_code", usize::MAX, is_zip_code, zip_code)?.change(),
    })
}

/// Whether webhooks shall hear nothing of this write.
fn is_quiet(fields: &Fields) -> Result<bool, ApiError> {
    Ok(fields.boolean("skip_webhook")?.optional().unwrap_or(false))
}

fn gender(fields: &Fields) -> Result<Patch<i64>, ApiError> {
    let name =
        ruled(fields, "gender", usize::MAX, |name| GENDERS.contains(&name), "must be one of MALE, FEMALE")?;
    Ok(name.map(|name| i64::from(name == GENDERS[1])))
}

fn answer(user: &User) -> Answer {
    Answer::ok(rooted("user", 512, |out| render(out, user)))
}

/// Appends the 13 keys, in the documented order.
fn render(out: &mut Vec<u8>, user: &User) {
    let gender = user.gender.and_then(|code| usize::try_from(code).ok()).and_then(|code| GENDERS.get(code));
    let mut object = Object::open(out);
    object.text("id", &user.external_guid);
    object.date("birthdate", user.birthday);
    object.opt_text("gender", gender.copied());
    object.opt_text("first_name", user.first_name.as_deref());
    object.guid("guid", user.guid);
    object.opt_text("last_name", user.last_name.as_deref());
    object.opt_text("metadata", user.metadata.as_deref());
    object.opt_int("credit_score", user.credit_score);
    object.opt_text("email", user.email.as_deref());
    object.opt_text("phone", user.phone.as_deref().map(shown_phone).as_deref());
    object.opt_text("zip_code", user.postal_code.as_deref());
    object.flag("is_disabled", user.is_disabled);
    object.opt_int("logged_in_at", user.logged_in_at.map(Timestamp::as_seconds));
    object.close();
}

#[cfg(test)]
mod tests;
