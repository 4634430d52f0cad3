//! The user of the session (`spec: nexus-core, 2`).
use crate::{
    app::App,
    auth::NexusSession,
    call::{Answer, Call},
    error::ApiError,
    object::{Object, rooted},
    openapi::{Entry, boolean, date, integer, text, time},
};
use axum::extract::State;
use store::users::User as Row;

const USER: &[Entry] = &[
    time("accepted_terms_and_conditions_at", "Latest acceptance of initial or updated terms.").or_null(),
    date("birthday", "Day of birth.").or_null(),
    integer("credit_score", "0: not given."),
    text("email", "Address.").or_null(),
    boolean("email_is_verified", "Whether the address was verified."),
    text("external_guid", "The partner's id of the user."),
    integer("failed_token_login_attempts_count", "Failed logins since the latest good one."),
    text("first_name", "First name.").or_null(),
    integer("gender", "0 male, 1 female.").or_null(),
    text("guid", "`USR-`."),
    boolean("has_accepted_terms_and_conditions", "Initial terms were accepted."),
    boolean("has_updated_terms_and_conditions", "Newer terms are published and not yet accepted."),
    boolean("is_disabled", "Always false in a live session."),
    boolean("is_restricted", "Reads only."),
    text("last_name", "Last name.").or_null(),
    time("logged_in_at", "Latest opening of a session.").or_null(),
    text("metadata", "The partner's own text.").or_null(),
    text("phone", "Digits, a leading + kept.").or_null(),
    boolean("phone_is_verified", "Whether the phone was verified."),
    text("postal_code", "Empty: not given."),
    integer("revision", "Counts changes."),
];

crate::schemas! {
    /// The user of a session.
    User = entries(USER);
    /// The answer of `GET /user`.
    UserAnswer = root("user", User);
}

/// Read the user
///
/// The user that the session belongs to. Users are written through Real Time.
#[utoipa::path(
    get,
    path = "/user",
    responses((status = 200, description = "The user.", body = UserAnswer))
)]
pub async fn read(State(app): State<App>, session: NexusSession, _call: Call) -> Result<Answer, ApiError> {
    let user = app.engine().user(session.scope).await?;
    Ok(Answer::ok(rooted("user", 1024, |out| render(out, &user))))
}

/// Appends the user object, 21 keys.
fn render(out: &mut Vec<u8>, user: &Row) {
    let mut object = Object::open(out);
    object.plus("accepted_terms_and_conditions_at", user.accepted_terms_at);
    object.date("birthday", user.birthday);
    object.int("credit_score", user.credit_score.unwrap_or(0));
    object.opt_text("email", user.email.as_deref());
    object.flag("email_is_verified", user.email_is_verified);
    object.text("external_guid", &user.external_guid);
    object.int("failed_token_login_attempts_count", user.failed_token_logins);
    object.opt_text("first_name", user.first_name.as_deref());
    object.opt_int("gender", user.gender);
    object.guid("guid", user.guid);
    object.flag("has_accepted_terms_and_conditions", user.has_accepted_terms);
    object.flag("has_updated_terms_and_conditions", user.has_updated_terms);
    object.flag("is_disabled", user.is_disabled);
    object.flag("is_restricted", user.is_restricted);
    object.opt_text("last_name", user.last_name.as_deref());
    object.plus("logged_in_at", user.logged_in_at);
    object.opt_text("metadata", user.metadata.as_deref());
    object.opt_text("phone", user.phone.as_deref());
    object.flag("phone_is_verified", user.phone_is_verified);
    object.text("postal_code", user.postal_code.as_deref().unwrap_or(""));
    object.int("revision", user.revision);
    object.close();
}

#[cfg(test)]
mod tests;
