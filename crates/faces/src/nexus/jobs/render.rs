//! The job object, 13 keys, and an open challenge as a credential object, 21 keys.
use crate::object::{Object, array};
use domain::{
    enums::FieldType,
    guid::{InstitutionGuid, UserGuid},
    machine::JobError,
};
use engine::job::OpenChallenge;
use store::jobs::Job;

/// Appends the job object.
pub(super) fn job(out: &mut Vec<u8>, job: &Job, user: UserGuid) {
    let state = &job.state;
    let mut object = Object::open(out);
    object.z("created_at", Some(job.created_at));
    object.opt_text("error_message", state.error.map(JobError::message));
    object.opt_int("error_message_code", state.error.map(|error| i64::from(error.code())));
    object.z("finished_at", state.finished_at);
    object.guid("guid", job.guid);
    object.guid("institution_guid", job.institution);
    object.flag("is_authenticated", state.is_authenticated);
    object.guid("member_guid", job.member);
    object.z("started_at", state.started_at);
    object.int("status", state.status.code().into());
    object.text("status_name", state.status.name());
    object.z("updated_at", Some(job.updated_at));
    object.guid("user_guid", user);
    object.close();
}

/// Appends an open challenge; `options` is the 22nd key where there is something to choose, and always under the
/// 2014 dialect.
pub(super) fn credential(
    out: &mut Vec<u8>,
    challenge: &OpenChallenge,
    institution: InstitutionGuid,
    old_dialect: bool,
) {
    let (question, field_type) = (&challenge.question, challenge.question.field_type());
    let mut object = Object::open(out);
    object.null("answer_field_type");
    object.z("created_at", Some(challenge.created_at));
    object.null("display_name");
    object.int("display_order", challenge.display_order);
    object.flag("editable", true);
    object.null("escaped");
    object.text("field_name", &question.label);
    object.int("field_type", field_type.code().into());
    object.text("field_type_name", field_type.name());
    object.guid("guid", challenge.guid);
    object.guid("institution_guid", institution);
    object.text("label", &question.label);
    object.null("max_length");
    object
        .opt_text("meta_data", question.image_data.as_deref().filter(|_| field_type == FieldType::ImageData));
    object.flag("mfa", true);
    object.flag("optional", false);
    object.null("optional_mfa");
    if old_dialect || matches!(field_type, FieldType::Options | FieldType::Radio | FieldType::ImageOptions) {
        options(object.key("options"), challenge, field_type);
    }
    object.null("size");
    object.z("updated_at", Some(challenge.created_at));
    object.null("value_identifier");
    object.null("value_mask");
    object.close();
}

fn options(out: &mut Vec<u8>, challenge: &OpenChallenge, field_type: FieldType) {
    array(out, &challenge.question.options, |out, option| {
        let mut object = Object::open(out);
        object.guid("credential_guid", challenge.guid);
        if field_type == FieldType::ImageOptions {
            object.text("data_uri", option.data_uri.as_deref().unwrap_or(""));
        }
        object.text("guid", &option.guid);
        object.text("label", &option.label);
        object.text("value", &option.value);
        object.close();
    });
}

#[cfg(test)]
mod tests;
