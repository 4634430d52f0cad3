//! Challenges and their answers (`spec: nexus-core, 5`).
use super::{docs, render};
use crate::{
    app::App,
    auth::{Audit, NexusSession},
    call::{Answer, Call, Params},
    error::ApiError,
    fields::Fields,
    nexus::writable,
    object::{Object, array, rooted},
};
use axum::extract::State;
use domain::enums::FieldType;
use engine::job::{GivenAnswer, OpenChallenge, QuestionOption};

const CHARS_MAX: usize = 255;

/// List the open challenges of a member
///
/// In the order of asking; none unless the member is CHALLENGED and the lifetime of the set is not over. Never
/// paged.
#[utoipa::path(
    get,
    path = "/members/{member_guid}/challenges",
    responses((status = 200, description = "The challenges.", body = docs::ChallengesAnswer))
)]
pub async fn list(
    State(app): State<App>,
    session: NexusSession,
    Params(guid): Params<String>,
    _call: Call,
) -> Result<Answer, ApiError> {
    let open = app.engine().member_challenges(session.scope, &guid).await?;
    Ok(Answer::ok(rooted("challenges", 256 * open.len() + 20, |out| array(out, &open, challenge))))
}

/// Answer all open challenges
///
/// The list stands alone or under `member`. Checked in this order: 4001, 4050, 4003, 4002. Of two answers at the
/// same time the first one wins.
#[utoipa::path(
    put,
    path = "/members/{member_guid}/resume",
    request_body(content = docs::ResumeBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The member, RESUMED.", body = docs::MemberAnswer),
        (status = 400, description = "4001: no `challenges`; 4003: a guid that is not of the open set; 4002: one is not answered."),
        (status = 403, description = "4031: the user is restricted."),
        (status = 405, description = "4050: the member is not challenged, or no longer."),
    )
)]
pub async fn resume(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    writable(&app, &session).await?;
    let body = call.json()?;
    app.engine().member(session.scope, &guid).await?;
    let answers = body.read("member", &["challenges"], answers)?;
    if answers.is_empty() {
        return Err(ApiError::params_missing());
    }
    let member = app.engine().resume(&audit, session.scope, &guid, answers).await?;
    Ok(Answer::ok(render::member(&member, session.user_guid)))
}

/// A guid that is not there is none of the open set, and the engine says so.
fn answers(fields: &Fields) -> Result<Vec<GivenAnswer>, ApiError> {
    let given = fields.objects("challenges")?.optional().unwrap_or_default();
    let read = |answer: &Fields| {
        let name = answer.either("guid", "credential_guid");
        Ok(GivenAnswer {
            guid: answer.text(name, CHARS_MAX)?.optional().unwrap_or_default(),
            value: answer.secret("value", usize::MAX)?.optional(),
        })
    };
    given.iter().map(read).collect()
}

/// Appends a challenge: its keys depend on its type.
fn challenge(out: &mut Vec<u8>, challenge: &OpenChallenge) {
    let (question, field_type) = (&challenge.question, challenge.question.field_type());
    let mut object = Object::open(out);
    object.opt_text("field_name", question.field_name.as_deref());
    object.guid("guid", challenge.guid);
    match field_type {
        FieldType::ImageData => object.text("image_data", question.image_data.as_deref().unwrap_or("")),
        FieldType::ImageOptions => {
            array(object.key("image_options"), &question.options, |out, choice| option(out, choice, true));
        }
        _ => {}
    }
    object.text("label", &question.label);
    if field_type == FieldType::Options {
        array(object.key("options"), &question.options, |out, choice| option(out, choice, false));
    }
    object.text("type", field_type.name());
    object.close();
}

fn option(out: &mut Vec<u8>, option: &QuestionOption, with_picture: bool) {
    let mut object = Object::open(out);
    if with_picture {
        object.text("data_uri", option.data_uri.as_deref().unwrap_or(""));
    }
    object.text("guid", &option.guid);
    object.text("label", &option.label);
    object.text("value", &option.value);
    object.close();
}

#[cfg(test)]
mod tests;
