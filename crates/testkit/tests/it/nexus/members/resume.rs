//! `PUT /members/{member_guid}/resume` (`spec: nexus-core, 5`).
use crate::support::{is, nobody, state, stays_secret};
use serde_json::{Value, json};
use testkit::{App, app::Session, both};

async fn resume(app: &App, session: &Session, member: &str, body: Value) -> testkit::Response {
    app.put(&format!("/members/{member}/resume")).token(&session.token).json(body).send().await
}

both!(the_job_goes_on, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    assert_eq!(state(app, &session, &member).await, is("CHALLENGED", true));
    let job = app.job(&session, &member).await;
    assert_eq!((&job["status"], &job["is_authenticated"]), (&json!(2), &json!(false)));
    let open = app.challenges(&session, &member).await;
    let body = json!({"challenges": [{"guid": open[0]["guid"], "value": "correct"}]});
    let answer = resume(app, &session, &member, body).await.is(200).json()["member"].clone();
    assert_eq!(
        (&answer["connection_status"], &answer["connection_status_id"]),
        (&json!("RESUMED"), &json!(18))
    );
    assert_eq!(
        (&answer["is_being_aggregated"], &answer["most_recent_job_guid"]),
        (&json!(true), &job["guid"])
    );
    assert_eq!(answer, app.member(&session, &member).await);
    assert_eq!(app.job(&session, &member).await["status"], 3);
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    let job = app.job(&session, &member).await;
    assert_eq!(
        (&job["status"], &job["is_authenticated"], &job["error_message"]),
        (&json!(6), &json!(true), &Value::Null)
    );
});

both!(every_spelling_of_the_body, async |app| {
    let session = app.new_session().await;
    for (root, name) in
        [("", "guid"), ("", "credential_guid"), ("member", "guid"), ("member", "credential_guid")]
    {
        let member = app.connected(&session, "token").await;
        let open = app.challenges(&session, &member).await;
        let list = json!({"challenges": [{name: open[0]["guid"], "value": "correct", "more": 1}]});
        let body = if root.is_empty() { list } else { json!({root: list}) };
        resume(app, &session, &member, body).await.is(200);
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    }
});

both!(the_order_of_the_checks, async |app| {
    let session = app.new_session().await;
    let plain = app.connected(&session, "x").await;
    let member = app.connected(&session, "many").await;
    for body in [json!({}), json!({"challenges": []}), json!({"challenges": null}), json!({"member": {}})] {
        for member in [&plain, &member] {
            assert_eq!(
                resume(app, &session, member, body.clone()).await.fails(4001),
                "Required params missing.",
                "{body}"
            );
        }
    }
    let given = |guid: &Value, value: &str| json!({"challenges": [{"guid": guid, "value": value}]});
    let strange = json!(nobody("CRD"));
    assert_eq!(
        resume(app, &session, &plain, given(&strange, "")).await.fails(4050),
        "Member is not challenged."
    );
    let stale = resume(app, &session, &member, given(&strange, "")).await.fails(4003);
    assert_eq!(stale, "The challenge guids submitted are not valid.");
    let open = app.challenges(&session, &member).await;
    let message = resume(app, &session, &member, given(&open[0]["guid"], "correct")).await.fails(4002);
    assert_eq!(message, "param is missing or the value is empty: What was the name of your first pet?");
    let message = resume(app, &session, &member, given(&open[1]["guid"], "correct")).await.fails(4002);
    assert_eq!(message, "param is missing or the value is empty: What city were you born in?");
    assert_eq!(state(app, &session, &member).await, is("CHALLENGED", true));
    assert_eq!(app.challenges(&session, &member).await, open, "a refused answer changes nothing");
    resume(app, &session, &nobody("MBR"), json!({})).await.fails(4040);
});

both!(an_option_by_guid_value_or_label, async |app| {
    let session = app.new_session().await;
    for key in ["guid", "value", "label"] {
        let member = app.connected(&session, "two_step").await;
        let open = app.challenges(&session, &member).await;
        let option = open[0]["options"][1].clone();
        let answer = app.answer(&session, &member, option[key].as_str().unwrap()).await;
        assert_eq!(answer["connection_status"], "RESUMED");
        app.pass(5).await;
        let open = app.challenges(&session, &member).await;
        assert_eq!((open.len(), &open[0]["type"]), (1, &json!("TOKEN")), "{key}");
    }
});

both!(an_option_that_was_not_offered_is_a_wrong_answer, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "options").await;
    app.answer(&session, &member, &nobody("CRD")).await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("REJECTED", false));
});

both!(each_round_has_new_guids_and_fifteen_minutes_of_its_own, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let mut seen: Vec<Value> = Vec::new();
    for _ in 0..3 {
        app.pass(800).await;
        let open = app.challenges(&session, &member).await;
        assert!(!seen.contains(&open[0]["guid"]), "{open:?}");
        seen.push(open[0]["guid"].clone());
        app.answer(&session, &member, "challenge").await;
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is("CHALLENGED", true));
    }
    let stale = json!({"challenges": [{"guid": seen[0], "value": "correct"}]});
    resume(app, &session, &member, stale).await.fails(4003);
    app.answer(&session, &member, "correct").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(only_the_first_of_two_answers_counts, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let open = app.challenges(&session, &member).await;
    let body = json!({"challenges": [{"guid": open[0]["guid"], "value": "correct"}]});
    let (one, two) =
        tokio::join!(resume(app, &session, &member, body.clone()), resume(app, &session, &member, body));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 405]);
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(an_answer_is_kept_through_a_restart, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    app.restart().await;
    assert_eq!(app.challenges(&session, &member).await.len(), 1);
    app.answer(&session, &member, "correct").await;
    app.crash().await;
    app.pass(70).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(answers_stay_secret, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "token").await;
    app.answer(&session, &member, "canary-5b07-of-a-token").await;
    stays_secret(app, "canary-5b07-of-a-token").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("REJECTED", false));
    stays_secret(app, "canary-5b07-of-a-token").await;
});
