use super::*;
use crate::nexus::jobs::JOB;
use domain::{
    enums::{JobKind, JobStatus},
    machine::JobState,
    time::Timestamp,
};
use engine::job::{Question, QuestionOption};
use serde_json::{Value, json};

const CHALLENGE: &str = "CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1";
const INSTITUTION: &str = "INS-1572a04c-912b-59bf-5841-332c7dfafaef";
/// Keys of the published sample of `mfa_credentials`.
const SAMPLE: &str = "answer_field_type created_at display_name display_order editable escaped field_name field_type \
    field_type_name guid institution_guid label max_length meta_data mfa optional optional_mfa size updated_at \
    value_identifier value_mask";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn ended(status: JobStatus, error: Option<JobError>) -> Value {
    let state = JobState {
        status,
        error,
        is_authenticated: true,
        started_at: Some(at("2022-06-16T18:42:30Z")),
        finished_at: Some(at("2022-06-16T18:42:43Z")),
        ..JobState::new(JobKind::Aggregation, false)
    };
    let row = Job {
        guid: "JOB-e386a323-e452-47f2-b2fd-1ac3c18533de".parse().unwrap(),
        member_no: 1,
        member: "MBR-84ca0882-ad6c-4f10-817f-c8c0de7424fa".parse().unwrap(),
        institution: INSTITUTION.parse().unwrap(),
        state,
        include_transactions: true,
        include_holdings: true,
        history_from: "2022-01-01".parse().unwrap(),
        status_before: None,
        reason: Some("internal".to_owned()),
        created_at: at("2022-06-16T18:42:30Z"),
        updated_at: at("2022-06-16T18:42:43Z"),
        due_at: None,
        step_at: None,
        continuation: None,
        created_count: 0,
        updated_count: 0,
        timeline: domain::timeline::Timeline::default(),
    };
    let mut out = Vec::new();
    job(&mut out, &row, "USR-11141024-90b3-1bce-cac9-c06ced52ab4c".parse().unwrap());
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn the_published_job() {
    let object = ended(JobStatus::Completed, None);
    assert_eq!(
        object,
        json!({
            "created_at": "2022-06-16T18:42:30.000Z",
            "error_message": null,
            "error_message_code": null,
            "finished_at": "2022-06-16T18:42:43.000Z",
            "guid": "JOB-e386a323-e452-47f2-b2fd-1ac3c18533de",
            "institution_guid": "INS-1572a04c-912b-59bf-5841-332c7dfafaef",
            "is_authenticated": true,
            "member_guid": "MBR-84ca0882-ad6c-4f10-817f-c8c0de7424fa",
            "started_at": "2022-06-16T18:42:30.000Z",
            "status": 6,
            "status_name": "COMPLETED",
            "updated_at": "2022-06-16T18:42:43.000Z",
            "user_guid": "USR-11141024-90b3-1bce-cac9-c06ced52ab4c"
        })
    );
    assert!(JOB.iter().map(|entry| entry.name).eq(object.as_object().unwrap().keys()));
}

#[test]
fn a_job_that_failed_says_why_in_public_words() {
    let object = ended(JobStatus::Denied, Some(JobError::CredentialsRefused));
    assert_eq!(object["error_message"], "The credentials were not accepted.");
    assert_eq!((&object["error_message_code"], &object["status"]), (&json!(1), &json!(8)));
}

fn asked(field_type: FieldType, old_dialect: bool) -> Value {
    let choice = QuestionOption {
        guid: "CRD-00000000-0000-4000-8000-000000000001".to_owned(),
        label: "Cat".to_owned(),
        value: "cat".to_owned(),
        data_uri: Some("data:image/png;base64,AA==".to_owned()),
    };
    let options = if field_type == FieldType::Text { Vec::new() } else { vec![choice] };
    let open = OpenChallenge {
        guid: CHALLENGE.parse().unwrap(),
        display_order: 2,
        created_at: at("2016-09-21T22:08:59Z"),
        question: Question {
            field_type: field_type.code(),
            label: "Which?".to_owned(),
            field_name: None,
            image_data: (field_type == FieldType::ImageData).then(|| "data:x".to_owned()),
            options,
        },
    };
    let mut out = Vec::new();
    credential(&mut out, &open, INSTITUTION.parse().unwrap(), old_dialect);
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn a_text_challenge_has_the_keys_of_the_sample_and_no_other() {
    let object = asked(FieldType::Text, false);
    let keys: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys.join(" "), SAMPLE);
    assert_eq!((&object["field_name"], &object["label"]), (&json!("Which?"), &json!("Which?")));
    assert_eq!((&object["mfa"], &object["optional"]), (&json!(true), &json!(false)));
    assert_eq!((&object["display_order"], &object["field_type"]), (&json!(2), &json!(0)));
    assert_eq!(object["updated_at"], "2016-09-21T22:08:59.000Z");
    assert_eq!(asked(FieldType::ImageData, false)["meta_data"], "data:x");
}

#[test]
fn options_where_there_is_something_to_choose_and_in_the_old_dialect() {
    let choice = json!({
        "credential_guid": CHALLENGE,
        "guid": "CRD-00000000-0000-4000-8000-000000000001",
        "label": "Cat",
        "value": "cat"
    });
    assert_eq!(asked(FieldType::Options, false)["options"], json!([choice]));
    let pictures = asked(FieldType::ImageOptions, false);
    assert_eq!(pictures["options"][0]["data_uri"], "data:image/png;base64,AA==");
    assert_eq!(asked(FieldType::Text, true)["options"], json!([]));
    assert_eq!(asked(FieldType::Token, false).as_object().unwrap().len(), 21);
}
