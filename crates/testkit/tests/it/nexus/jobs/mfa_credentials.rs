//! `GET /jobs/{job_guid}/mfa_credentials` (`spec: nexus-core, 6`).
use crate::support::{NEXUS, OLD};
use serde_json::{Value, json};
use testkit::both;

/// The keys of a credential, in the order of the published answer.
pub(crate) const CREDENTIAL: [&str; 21] = [
    "answer_field_type",
    "created_at",
    "display_name",
    "display_order",
    "editable",
    "escaped",
    "field_name",
    "field_type",
    "field_type_name",
    "guid",
    "institution_guid",
    "label",
    "max_length",
    "meta_data",
    "mfa",
    "optional",
    "optional_mfa",
    "size",
    "updated_at",
    "value_identifier",
    "value_mask",
];

async fn path(app: &testkit::App, session: &testkit::app::Session, member: &str) -> String {
    let job = app.member(session, member).await["most_recent_job_guid"].as_str().unwrap().to_owned();
    format!("/jobs/{job}/mfa_credentials")
}

both!(a_text_challenge_to_the_letter, async |app| {
    let session = app.new_session().await;
    app.pass(60).await;
    let member = app.connected(&session, "challenge").await;
    let guid = app.challenges(&session, &member).await[0]["guid"].as_str().unwrap().to_owned();
    let answer = app.get(&path(app, &session, &member).await).token(&session.token).send().await.is(200);
    assert_eq!((answer.media(), answer.keys("")), (NEXUS, vec!["credentials".to_owned()]));
    assert_eq!(answer.keys("/credentials/0"), CREDENTIAL);
    let expected = format!(
        r#"{{"credentials":[{{"answer_field_type":null,"created_at":"2026-01-05T12:01:00.000Z","display_name":null,"display_order":1,"editable":true,"escaped":null,"field_name":"What city were you born in?","field_type":0,"field_type_name":"TEXT","guid":"{guid}","institution_guid":"INS-1572a04c-912b-59bf-5841-332c7dfafaef","label":"What city were you born in?","max_length":null,"meta_data":null,"mfa":true,"optional":false,"optional_mfa":null,"size":null,"updated_at":"2026-01-05T12:01:00.000Z","value_identifier":null,"value_mask":null}}]}}"#
    );
    assert_eq!(answer.text(), expected);
});

both!(all_types, async |app| {
    let session = app.new_session().await;
    for (word, code, name) in [
        ("challenge", 0, "TEXT"),
        ("options", 2, "OPTIONS"),
        ("token", 12, "TOKEN"),
        ("image", 13, "IMAGE_DATA"),
        ("image_options", 14, "IMAGE_OPTIONS"),
    ] {
        let member = app.connected(&session, word).await;
        let open = app.challenges(&session, &member).await;
        let answer = app.get(&path(app, &session, &member).await).token(&session.token).send().await.is(200);
        let credential = answer.json()["credentials"][0].clone();
        assert_eq!((&credential["field_type"], &credential["field_type_name"]), (&json!(code), &json!(name)));
        assert_eq!((&credential["guid"], &credential["label"]), (&open[0]["guid"], &open[0]["label"]));
        assert_eq!(credential["meta_data"], open[0]["image_data"], "{word}");
        let mut keys: Vec<String> = CREDENTIAL.iter().map(ToString::to_string).collect();
        if credential["options"].is_array() {
            keys.insert(15, "options".to_owned());
            keys[13..].sort();
        }
        let has_options = ["options", "image_options"].contains(&word);
        assert_eq!(credential["options"].is_array(), has_options, "{word}");
        let mut sorted = answer.keys("/credentials/0");
        sorted.sort();
        assert_eq!(sorted, keys, "{word}");
        if has_options {
            let (given, shown) = (
                &credential["options"][0],
                if word == "options" { &open[0]["options"][0] } else { &open[0]["image_options"][0] },
            );
            assert_eq!(given["credential_guid"], credential["guid"]);
            for key in ["guid", "label", "value"] {
                assert_eq!(given[key], shown[key]);
            }
            assert_eq!(given["data_uri"].is_string(), word == "image_options");
        }
    }
});

both!(the_old_dialect_always_has_options, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let path = path(app, &session, &member).await;
    for request in [
        app.get(&path).accept(OLD),
        app.get(&format!("{path}.json")),
        app.get(&format!("{path}/")).accept(OLD),
    ] {
        let answer = request.token(&session.token).send().await.is(200);
        assert_eq!(answer.media(), "application/json");
        assert_eq!(answer.json()["credentials"][0]["options"], json!([]));
    }
});

both!(in_the_order_of_asking, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "many").await;
    let open = app.challenges(&session, &member).await;
    let body = app.get(&path(app, &session, &member).await).token(&session.token).ok().await;
    for (at, challenge) in open.iter().enumerate() {
        assert_eq!(body["credentials"][at]["guid"], challenge["guid"]);
        assert_eq!(body["credentials"][at]["display_order"], at + 1);
    }
    assert_eq!(body["credentials"].as_array().unwrap().len(), 3);
});

both!(none_but_while_they_are_open, async |app| {
    let session = app.new_session().await;
    let none = json!({"credentials": []});
    let member = app.connect(&session, "challenge").await;
    let path = path(app, &session, &member).await;
    let read = async || app.get(&path).token(&session.token).ok().await;
    assert_eq!(read().await, none);
    app.pass(5).await;
    assert_ne!(read().await, none);
    app.answer(&session, &member, "challenge").await;
    assert_eq!(read().await, none);
    app.pass(5).await;
    assert_ne!(read().await, none);
    app.pass(895).await;
    assert_ne!(read().await, none);
    app.clock.advance_seconds(1);
    assert_eq!(read().await, none, "the lifetime is over before anything was done about it");
    app.pass(1).await;
    assert_eq!(read().await, none);
    assert_eq!(app.job(&session, &member).await["status"], 9);
    let _: Value = none;
});
