//! `GET /members/{member_guid}/credentials`, `GET /member/{member_guid}/credentials`, and the deprecated
//! `POST /members/{member_guid}/credentials` (`spec: nexus-core, 4`).
use crate::support::{NEXUS, is, nobody, state, stays_secret};
use serde_json::{Value, json};
use testkit::{
    App,
    app::{LOGIN, MXBANK, PASSWORD, Session},
    both,
};

async fn write(app: &App, session: &Session, member: &str, body: Value) -> testkit::Response {
    app.post(&format!("/members/{member}/credentials")).token(&session.token).json(body).send().await
}

fn one(guid: &str, value: &str) -> Value {
    json!({"credential_guid": guid, "value": value})
}

both!(those_of_the_institution_never_the_values, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "canary-of-a-value").await;
    let token = &session.token;
    let institution =
        app.get(&format!("/institutions/{MXBANK}/credentials")).token(token).send().await.is(200);
    for path in [format!("/members/{member}/credentials"), format!("/member/{member}/credentials")] {
        let answer = app.get(&path).token(token).send().await.is(200);
        assert_eq!((answer.media(), answer.keys("")), (NEXUS, vec!["credentials".to_owned()]));
        assert_eq!(answer.text(), institution.text());
        assert!(!answer.text().contains("canary") && !answer.text().contains("mxuser"));
    }
});

both!(members_that_are_not_there, async |app| {
    let session = app.new_session().await;
    for root in ["member", "members"] {
        let path = format!("/{root}/{}/credentials", nobody("MBR"));
        assert_eq!(app.get(&path).token(&session.token).fails(4040).await, "member not found");
    }
});

both!(one_credential_under_any_root, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "DENIED").await;
    let job = app.member(&session, &member).await["most_recent_job_guid"].clone();
    app.pass(60).await;
    let answer = write(app, &session, &member, one(PASSWORD, "one")).await.is(200);
    assert_eq!((answer.media(), answer.keys("")), (NEXUS, vec!["member_credential".to_owned()]));
    let keys = ["created_at", "credential_guid", "guid", "member_guid", "metadata", "updated_at"];
    assert_eq!(answer.keys("/member_credential"), keys);
    let first = answer.json()["member_credential"].clone();
    assert_eq!((&first["credential_guid"], &first["member_guid"]), (&json!(PASSWORD), &json!(member)));
    // The password was stored with the member first.
    assert_eq!(first["created_at"], "2026-01-05T12:00:00.000Z");
    assert_eq!(first["updated_at"], "2026-01-05T12:01:05.000Z");
    assert!(first["guid"].as_str().unwrap().starts_with("MCR-"));
    assert_eq!(first["metadata"], json!(null));
    let shown = app.member(&session, &member).await;
    assert_eq!((&shown["connection_status"], &shown["most_recent_job_guid"]), (&json!("UPDATED"), &job));
    assert_eq!(shown["is_being_aggregated"], false, "no job starts");
    for (root, metadata) in
        [("member", json!("mine ")), ("member_credential", json!("mine ")), ("credential", json!(null))]
    {
        app.pass(1).await;
        let mut body = one(PASSWORD, "two");
        if root != "member_credential" {
            body["metadata"] = metadata.clone();
        }
        let body = json!({root: body});
        let again = write(app, &session, &member, body).await.is(200).json()["member_credential"].clone();
        assert_eq!((&again["guid"], &again["created_at"]), (&first["guid"], &first["created_at"]), "{root}");
        assert_ne!(again["updated_at"], first["updated_at"]);
        assert_eq!(again["metadata"], metadata, "{root}");
    }
    let login = write(app, &session, &member, one(LOGIN, "mxuser.other")).await.is(200);
    assert_ne!(login.json()["member_credential"]["guid"], first["guid"]);
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(what_is_wrong_with_one_credential, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let other = app.connected(&session, "x").await;
    let before = app.member(&session, &member).await;
    for (body, code) in [
        (json!({}), 4001),
        (json!({"more": 1}), 4001),
        (json!({"member": {"value": "x"}}), 4002),
        (json!({"credential": {"credential_guid": ""}}), 4002),
        (json!({"credential_guid": PASSWORD}), 4002),
        (one(PASSWORD, ""), 4002),
        (json!({"credential_guid": PASSWORD, "value": 1}), 4002),
        (one(&nobody("CRD"), "x"), 4003),
        (one(LOGIN, "mxuser.2"), 4220),
        (one(PASSWORD, &"x".repeat(1025)), 4222),
        (json!({"credential_guid": PASSWORD, "value": "x", "metadata": "x".repeat(8193)}), 4222),
    ] {
        write(app, &session, &member, body).await.fails(code);
    }
    let message = write(app, &session, &member, json!({"credential_guid": PASSWORD})).await.fails(4002);
    assert_eq!(message, "param is missing or the value is empty: value");
    let message = write(app, &session, &member, one(&nobody("CRD"), "x")).await.fails(4003);
    assert!(message.starts_with("The credential guids submitted are no longer valid."), "{message}");
    let path = format!("/members/{member}/credentials");
    app.post(&path).token(&session.token).raw("[]", "application/json").fails(4000).await;
    app.post(&path).token(&session.token).fails(4001).await;
    assert_eq!(app.member(&session, &member).await, before);
    write(app, &session, &nobody("MBR"), one(PASSWORD, "x")).await.fails(4040);
    let stranger = app.session(&app.user("U-2").await).await;
    write(app, &stranger, &other, one(PASSWORD, "x")).await.fails(4040);
    for word in ["DISCONTINUED", "CLOSED"] {
        let member = app.connected(&session, word).await;
        let message = write(app, &session, &member, one(PASSWORD, "x")).await.fails(4050);
        assert_eq!(message, "Credentials cannot be updated.", "{word}");
    }
});

both!(a_waiting_job_ends_with_a_new_credential, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    write(app, &session, &member, one(PASSWORD, "x")).await.is(200);
    assert_eq!(state(app, &session, &member).await, is("UPDATED", false), "skipped");
    let job = app.job(&session, &member).await;
    assert_eq!((&job["status"], &job["error_message_code"]), (&json!(9), &json!(9)));
});

both!(one_answer_is_kept_and_changes_nothing_yet, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let open = app.challenges(&session, &member).await;
    let challenge = open[0]["guid"].as_str().unwrap();
    let before = app.member(&session, &member).await;
    app.pass(10).await;
    let kept = write(app, &session, &member, json!({"credential": one(challenge, "canary-41d0")})).await;
    let kept = kept.is(200).json()["member_credential"].clone();
    assert_eq!((&kept["credential_guid"], &kept["member_guid"]), (&json!(challenge), &json!(member)));
    assert!(kept["guid"].as_str().unwrap().starts_with("MCR-"));
    let again = write(app, &session, &member, one(challenge, "canary-52e1")).await.is(200).json();
    assert_eq!(again["member_credential"]["guid"], kept["guid"]);
    assert_eq!(again["member_credential"]["created_at"], kept["created_at"]);
    assert_eq!(app.member(&session, &member).await, before);
    assert_eq!(app.challenges(&session, &member).await, open);
    for secret in ["canary-41d0", "canary-52e1"] {
        stays_secret(app, secret).await;
    }
    app.pass(900).await;
    assert_eq!(state(app, &session, &member).await, is("EXPIRED", false), "kept is not answered");
    write(app, &session, &member, one(challenge, "correct")).await.fails(4003);
});
