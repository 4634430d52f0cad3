use super::*;
use crate::nexus::members::docs::MEMBER;
use domain::{
    guid::MemberGuid,
    machine::{Creation, create},
    time::Timestamp,
};
use engine::catalogue::{Catalogue, sandbox_rows};
use serde_json::{Value, json};
use store::members::Member;

fn view() -> MemberView {
    let (rows, credentials) = sandbox_rows();
    let institution = Catalogue::build(rows, credentials, true).unwrap().by_code("mxbank").unwrap();
    let now = Timestamp::parse_rfc3339("2016-10-13T17:57:37.5Z").unwrap();
    let (state, _) = create(Creation::Credentials { skip_aggregation: false }, now);
    let member = Member {
        no: 1,
        guid: "MBR-7c6f361b-e582-15b6-60c0-358f12466b4b".parse::<MemberGuid>().unwrap(),
        institution: institution.guid,
        external_guid: None,
        login_hash: Some(vec![7; 32]),
        name: None,
        metadata: Some("a \"b\"".to_owned()),
        use_cases: "PFM,MONEY_MOVEMENT".to_owned(),
        background_is_disabled: false,
        is_managed_by_user: true,
        is_user_created: true,
        is_manual: false,
        job: Some("JOB-d6bb804b-6d12-44f1-b0ad-403441c03372".parse().unwrap()),
        state,
        revision: 42,
        updated_at: now,
        due_at: None,
        user_is_barred: false,
    };
    MemberView { member, institution }
}

fn user() -> UserGuid {
    "USR-fa7537f3-48aa-a683-a02a-b18940482f54".parse().unwrap()
}

fn rendered(view: &MemberView) -> Value {
    serde_json::from_slice::<Value>(&member(view, user())).unwrap()["member"].take()
}

#[test]
fn a_new_member() {
    assert_eq!(
        rendered(&view()),
        json!({
            "aggregated_at": null,
            "background_aggregation_is_disabled": false,
            "connection_status": "CREATED",
            "connection_status_id": 0,
            "connection_status_message": "Connecting to MX Bank...",
            "external_guid": null,
            "guid": "MBR-7c6f361b-e582-15b6-60c0-358f12466b4b",
            "institution_code": "mxbank",
            "institution_guid": "INS-1572a04c-912b-59bf-5841-332c7dfafaef",
            "is_being_aggregated": true,
            "is_managed_by_user": true,
            "is_manual": false,
            "is_oauth": false,
            "is_user_created": true,
            "metadata": "a \"b\"",
            "most_recent_job_guid": "JOB-d6bb804b-6d12-44f1-b0ad-403441c03372",
            "name": "MX Bank",
            "needs_updated_credentials": false,
            "revision": 42,
            "successfully_aggregated_at": null,
            "use_cases": ["PFM", "MONEY_MOVEMENT"],
            "user_guid": "USR-fa7537f3-48aa-a683-a02a-b18940482f54"
        })
    );
}

#[test]
fn keys_are_those_of_the_document_in_alphabetical_order() {
    let text = String::from_utf8(member(&view(), user())).unwrap();
    let mut at = 0;
    for entry in MEMBER {
        let found = text[at..].find(&format!("\"{}\":", entry.name));
        at += found.unwrap_or_else(|| panic!("{} is missing, or out of order", entry.name));
    }
    assert!(MEMBER.is_sorted_by_key(|entry| entry.name));
    assert_eq!(rendered(&view()).as_object().unwrap().len(), MEMBER.len());
}

#[test]
fn status_name_id_and_message_go_together() {
    let mut view = view();
    view.member.name = Some("Mine".to_owned());
    view.member.state.status = Some(ConnectionStatus::Denied);
    let object = rendered(&view);
    assert_eq!(
        (&object["connection_status"], &object["connection_status_id"]),
        (&json!("DENIED"), &json!(2))
    );
    assert_eq!((&object["needs_updated_credentials"], &object["name"]), (&json!(true), &json!("Mine")));
    view.member.state.status = None;
    view.member.job = None;
    let object = rendered(&view);
    for key in
        ["connection_status", "connection_status_id", "connection_status_message", "most_recent_job_guid"]
    {
        assert!(object[key].is_null(), "{key}");
    }
}

#[test]
fn lists() {
    assert_eq!(members(&[], user()), br#"{"members":[]}"#);
    let two: Value = serde_json::from_slice(&members(&[view(), view()], user())).unwrap();
    assert_eq!(two["members"].as_array().unwrap().len(), 2);
}
