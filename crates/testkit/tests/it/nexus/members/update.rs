//! `PUT /members/{member_guid}` (`spec: nexus-core, 4`).
use crate::support::{is, new_password, nobody, state, stays_secret, update};
use serde_json::{Value, json};
use testkit::{
    App,
    app::{LOGIN, PASSWORD, Session, credentials},
    both,
};

async fn put(app: &App, session: &Session, member: &str, fields: Value) -> testkit::Response {
    let body = json!({"member": fields});
    app.put(&format!("/members/{member}")).token(&session.token).json(body).send().await
}

fn only(guid: &str, value: &str) -> Value {
    json!({"credentials": [{"credential_guid": guid, "value": value}]})
}

both!(absent_is_unchanged_and_null_clears, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let before = app.member(&session, &member).await;
    let revision = before["revision"].as_i64().unwrap();
    let fields = json!({
        "name": "Mine", "metadata": " as it is ", "external_guid": "M-1", "background_aggregation_is_disabled": true,
    });
    let after = update(app, &session, &member, fields.clone()).await;
    for (key, value) in fields.as_object().unwrap() {
        assert_eq!(&after[key], value, "{key}");
    }
    assert_eq!(after["revision"], revision + 1);
    assert_eq!(
        update(app, &session, &member, json!({})).await,
        after,
        "nothing changed, the revision neither"
    );
    assert_eq!(update(app, &session, &member, json!({"name": "Mine"})).await, after);
    let cleared = json!({"name": null, "metadata": null, "external_guid": null, "background_aggregation_is_disabled": null});
    let mut cleared = update(app, &session, &member, cleared).await;
    assert_eq!((&cleared["name"], &cleared["revision"]), (&json!("MX Bank"), &json!(revision + 2)));
    cleared["revision"] = before["revision"].clone();
    assert_eq!(cleared, before);
    assert_eq!(app.member(&session, &member).await["is_being_aggregated"], false);
});

both!(an_unrooted_body, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "x").await;
    let path = format!("/members/{member}");
    let body = app.put(&path).token(&session.token).json(json!({"name": "Mine", "more": 1})).ok().await;
    assert_eq!(body["member"]["name"], "Mine");
    for (body, code) in [("", 4001), ("null", 4001), ("{}", 4001), (r#"{"more":1}"#, 4001), ("[]", 4000)] {
        app.put(&path).token(&session.token).raw(body, "application/json").fails(code).await;
    }
});

both!(fields_of_the_wrong_kind, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "x").await;
    for (fields, code) in [
        (json!({"name": 1}), 4002),
        (json!({"name": "x".repeat(256)}), 4222),
        (json!({"metadata": "x".repeat(8193)}), 4222),
        (json!({"external_guid": "MBR-1"}), 4222),
        (json!({"credentials": "x"}), 4002),
        (json!({"skip_aggregation": "maybe"}), 4002),
        (json!({"use_cases": ["X"]}), 4002),
    ] {
        put(app, &session, &member, fields).await.fails(code);
    }
});

both!(an_external_guid_in_use, async |app| {
    let session = app.new_session().await;
    let (one, two) = (app.connect(&session, "x").await, app.connect(&session, "x").await);
    update(app, &session, &one, json!({"external_guid": "M-1"})).await;
    put(app, &session, &two, json!({"external_guid": "M-1", "name": "no"})).await.fails(4220);
    assert_eq!(app.member(&session, &two).await["name"], "MX Bank", "a refused update changes nothing");
    update(app, &session, &one, json!({"external_guid": "M-1"})).await;
    update(app, &session, &one, json!({"external_guid": "M-3"})).await;
    update(app, &session, &two, json!({"external_guid": "M-1"})).await;
});

both!(new_credentials_start_a_job, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "DENIED").await;
    assert_eq!(state(app, &session, &member).await, is("DENIED", false));
    let job = app.member(&session, &member).await["most_recent_job_guid"].clone();
    let updated = new_password(app, &session, &member, "x").await;
    assert_eq!(
        (&updated["connection_status"], &updated["connection_status_id"]),
        (&json!("UPDATED"), &json!(15))
    );
    assert_eq!(
        (&updated["is_being_aggregated"], &updated["needs_updated_credentials"]),
        (&json!(true), &json!(false))
    );
    assert_ne!(updated["most_recent_job_guid"], job);
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(unless_it_is_skipped, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "DENIED").await;
    let job = app.member(&session, &member).await["most_recent_job_guid"].clone();
    let mut fields = only(PASSWORD, "x");
    fields["skip_aggregation"] = json!(true);
    let updated = update(app, &session, &member, fields).await;
    assert_eq!(
        (&updated["connection_status"], &updated["is_being_aggregated"]),
        (&json!("UPDATED"), &json!(false))
    );
    assert_eq!(updated["most_recent_job_guid"], job);
    app.pass(60).await;
    assert_eq!(state(app, &session, &member).await, is("UPDATED", false));
});

both!(the_credentials_that_are_not_given_stay, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    // A login that the bank does not know: the password stays right.
    update(app, &session, &member, only(LOGIN, "nobody")).await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("DENIED", false));
    update(app, &session, &member, only(LOGIN, "mxuser.back")).await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(bad_credentials, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let message = put(app, &session, &member, only(&nobody("CRD"), "x")).await.fails(4003);
    assert!(message.starts_with("The credential guids submitted are no longer valid."), "{message}");
    put(app, &session, &member, only(PASSWORD, "")).await.fails(4002);
    put(app, &session, &member, only(PASSWORD, &"x".repeat(1025))).await.fails(4222);
    let other = app.connect(&session, "x").await;
    put(app, &session, &other, only(LOGIN, "mxuser")).await.fails(4220);
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(while_a_job_works_it_goes_on_with_the_old_ones, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "slow").await;
    app.pass(2).await;
    let before = app.member(&session, &member).await;
    let updated = new_password(app, &session, &member, "DENIED").await;
    assert_eq!(
        (&updated["connection_status"], &updated["is_being_aggregated"]),
        (&json!("UPDATED"), &json!(true))
    );
    assert_eq!(updated["most_recent_job_guid"], before["most_recent_job_guid"], "no second job");
    app.pass(15).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false), "its success counts");
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("DENIED", false), "the next one has the new ones");
});

both!(a_failure_of_the_old_ones_starts_a_job_with_the_new, async |app| {
    let session = app.new_session().await;
    for (old, error) in [("DENIED", 1), ("BAD_REQUEST", 6), ("LOCKED", 4), ("IMPEDED", 5), ("IMPAIRED", 8)] {
        let member = app.connect(&session, old).await;
        app.work().await;
        let first = app.member(&session, &member).await["most_recent_job_guid"].clone();
        new_password(app, &session, &member, "x").await;
        app.pass(5).await;
        let after = app.member(&session, &member).await;
        assert_eq!(after["connection_status"], "CONNECTED", "{old}");
        assert_ne!(after["most_recent_job_guid"], first, "{old}");
        let path = format!("/jobs/{}", first.as_str().unwrap());
        let job = app.get(&path).token(&session.token).ok().await["job"].clone();
        assert_eq!(job["error_message_code"], error, "{old}");
    }
});

both!(a_job_that_waits_for_answers_is_replaced_at_once, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let first = app.member(&session, &member).await["most_recent_job_guid"].clone();
    let updated = new_password(app, &session, &member, "x").await;
    assert_eq!(
        (&updated["connection_status"], &updated["is_being_aggregated"]),
        (&json!("UPDATED"), &json!(true))
    );
    assert_ne!(updated["most_recent_job_guid"], first);
    assert_eq!(app.challenges(&session, &member).await, Vec::<Value>::new());
    let path = format!("/jobs/{}", first.as_str().unwrap());
    let job = app.get(&path).token(&session.token).ok().await["job"].clone();
    assert_eq!((&job["status"], &job["error_message_code"]), (&json!(9), &json!(9)));
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(a_replaced_job_takes_along_what_the_update_says, async |app| {
    let session = app.new_session().await;
    for (created_with, updated_with, has_transactions) in
        [(true, Some(false), false), (false, Some(true), true), (false, None, false), (true, None, true)]
    {
        let mut new = app.new_member("challenge");
        new["include_transactions"] = json!(created_with);
        let made = app.post("/members").token(&session.token).json(json!({"member": new})).ok().await;
        let member = made["member"]["guid"].as_str().unwrap();
        app.pass(5).await;
        let mut fields = only(PASSWORD, "x");
        if let Some(wanted) = updated_with {
            fields["include_transactions"] = json!(wanted);
        }
        update(app, &session, member, fields).await;
        app.pass(5).await;
        assert_eq!(state(app, &session, member).await, is("CONNECTED", false));
        let path = format!("/members/{member}/transactions");
        let held = app.get(&path).token(&session.token).ok().await["transactions"].clone();
        assert_eq!(held != json!([]), has_transactions, "{created_with} {updated_with:?}");
    }
});

both!(an_answer_by_update, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let open = app.challenges(&session, &member).await;
    let challenge = open[0]["guid"].as_str().unwrap();
    let mut fields = only(challenge, "correct");
    fields["skip_aggregation"] = json!(true);
    assert_eq!(
        put(app, &session, &member, fields).await.fails(4003),
        "skip_aggregation must not be set when answering a challenge."
    );
    let mixed = json!({"credentials": [
        {"credential_guid": challenge, "value": "correct"}, {"credential_guid": PASSWORD, "value": "x"},
    ]});
    assert_eq!(
        put(app, &session, &member, mixed).await.fails(4003),
        "The challenge guids submitted are not valid."
    );
    let updated = update(app, &session, &member, only(challenge, "correct")).await;
    assert_eq!(
        (&updated["connection_status_id"], &updated["is_being_aggregated"]),
        (&json!(15), &json!(true))
    );
    assert_eq!(app.job(&session, &member).await["status"], 3);
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(all_challenges_are_answered_at_once, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "many").await;
    let open = app.challenges(&session, &member).await;
    let first = only(open[0]["guid"].as_str().unwrap(), "correct");
    let message = put(app, &session, &member, first).await.fails(4002);
    let label = open[1]["label"].as_str().unwrap();
    assert_eq!(message, format!("param is missing or the value is empty: {label}"));
    let all: Vec<Value> =
        open.iter().map(|c| json!({"credential_guid": c["guid"], "value": "correct"})).collect();
    update(app, &session, &member, json!({"credentials": all})).await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(states_that_take_no_credentials, async |app| {
    let session = app.new_session().await;
    for word in ["DISCONTINUED", "CLOSED"] {
        let member = app.connected(&session, word).await;
        let message = put(app, &session, &member, only(PASSWORD, "x")).await.fails(4050);
        assert_eq!(message, "Credentials cannot be updated.", "{word}");
        update(app, &session, &member, json!({"name": "still"})).await;
        assert_eq!(state(app, &session, &member).await, is(word, false));
    }
});

both!(states_that_wait_for_credentials, async |app| {
    let session = app.new_session().await;
    for word in [
        "PREVENTED",
        "DENIED",
        "IMPORTED",
        "IMPAIRED",
        "LOCKED",
        "IMPEDED",
        "DEGRADED",
        "DISCONNECTED",
        "DISABLED",
    ] {
        let member = app.connected(&session, word).await;
        assert_eq!(state(app, &session, &member).await, is(word, false));
        let needs = app.member(&session, &member).await["needs_updated_credentials"].clone();
        assert_eq!(needs, ["PREVENTED", "DENIED", "IMPORTED", "IMPAIRED"].contains(&word), "{word}");
        let mut both = credentials("", "x");
        both[0]["value"] = json!(format!("mxuser.{word}"));
        let updated = update(app, &session, &member, json!({"credentials": both})).await;
        assert_eq!(
            (&updated["connection_status"], &updated["is_being_aggregated"]),
            (&json!("UPDATED"), &json!(true)),
            "{word}"
        );
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is("CONNECTED", false), "{word}");
    }
});

both!(members_that_are_not_there, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "x").await;
    let other = app.user("U-2").await;
    let other = app.session(&other).await;
    put(app, &other, &member, json!({"name": "x"})).await.fails(4040);
    put(app, &session, &nobody("MBR"), json!({"name": "x"})).await.fails(4040);
    // The objects of the path come before the fields, the body as JSON before the objects.
    put(app, &session, &nobody("MBR"), json!({"name": 1})).await.fails(4040);
    let path = format!("/members/{}", nobody("MBR"));
    app.put(&path).token(&session.token).raw("{", "application/json").fails(4000).await;
});

both!(new_credentials_and_answers_stay_secret, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let open = app.challenges(&session, &member).await;
    let answer = only(open[0]["guid"].as_str().unwrap(), "canary-9c1e-of-an-answer");
    update(app, &session, &member, answer).await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("REJECTED", false));
    new_password(app, &session, &member, "canary-7d3a-of-a-new-password").await;
    app.pass(5).await;
    for secret in ["canary-9c1e-of-an-answer", "canary-7d3a-of-a-new-password"] {
        stays_secret(app, secret).await;
    }
});
