//! The member object, 22 keys.
use crate::object::{Object, array, rooted};
use domain::{
    enums::ConnectionStatus,
    guid::UserGuid,
    json::push_str,
    machine::{needs_updated_credentials, status_message},
};
use engine::member::{MemberView, WrittenCredential};

/// Bytes of a member object, about.
const BYTES: usize = 1024;

/// `{"member":{...}}`
pub(crate) fn member(view: &MemberView, user: UserGuid) -> Vec<u8> {
    rooted("member", BYTES, |out| render(out, view, user, None))
}

/// The same of a member that was just made; with the address where its user consents, by OAuth.
pub(super) fn created(view: &MemberView, user: UserGuid, window_uri: Option<&str>) -> Vec<u8> {
    rooted("member", BYTES, |out| render(out, view, user, window_uri))
}

/// `{"members":[...]}`
pub(crate) fn members(views: &[MemberView], user: UserGuid) -> Vec<u8> {
    rooted("members", BYTES * views.len() + 16, |out| {
        array(out, views, |out, view| render(out, view, user, None));
    })
}

/// `{"member_credential":{...}}`
pub(super) fn written_credential(written: &WrittenCredential) -> Vec<u8> {
    rooted("member_credential", 320, |out| {
        let mut object = Object::open(out);
        object.z("created_at", Some(written.created_at));
        object.guid("credential_guid", written.credential);
        object.guid("guid", written.guid);
        object.guid("member_guid", written.member);
        object.opt_text("metadata", written.metadata.as_deref());
        object.z("updated_at", Some(written.updated_at));
        object.close();
    })
}

fn render(out: &mut Vec<u8>, view: &MemberView, user: UserGuid, window_uri: Option<&str>) {
    let (member, institution) = (&view.member, &view.institution);
    let state = &member.state;
    let mut object = Object::open(out);
    object.z("aggregated_at", state.aggregated_at);
    object.flag("background_aggregation_is_disabled", member.background_is_disabled);
    object.opt_text("connection_status", state.status.map(ConnectionStatus::name));
    object.opt_int("connection_status_id", state.status.map(|status| i64::from(status.code())));
    let message = status_message(state.status, &institution.name);
    object.opt_text("connection_status_message", message.as_deref());
    object.opt_text("external_guid", member.external_guid.as_deref());
    object.guid("guid", member.guid);
    object.text("institution_code", &institution.code);
    object.guid("institution_guid", institution.guid);
    object.flag("is_being_aggregated", state.is_being_aggregated);
    object.flag("is_managed_by_user", member.is_managed_by_user);
    object.flag("is_manual", member.is_manual);
    object.flag("is_oauth", state.is_oauth);
    object.flag("is_user_created", member.is_user_created);
    object.opt_text("metadata", member.metadata.as_deref());
    object.opt_guid("most_recent_job_guid", member.job);
    object.text("name", member.name.as_deref().unwrap_or(&institution.name));
    object.flag("needs_updated_credentials", needs_updated_credentials(state.status));
    if let Some(uri) = window_uri {
        object.text("oauth_window_uri", uri);
    }
    object.int("revision", member.revision);
    object.z("successfully_aggregated_at", state.successfully_aggregated_at);
    array(object.key("use_cases"), member.use_cases.split(','), push_str);
    object.guid("user_guid", user);
    object.close();
}

#[cfg(test)]
mod tests;
