//! Faults at the banks by OAuth: the same ends as at the other banks (`spec: sandbox, 5`).
use super::connect_by_oauth;
use crate::support::{is, list, state};
use serde_json::{Value, json};
use testkit::{App, app::Session, both};

async fn set(app: &App, faults: Value) {
    app.put("/sandbox/faults").key().json(json!({"faults": faults})).ok().await;
}

async fn faults(app: &App) -> Value {
    app.get("/sandbox/faults").key().ok().await["faults"].clone()
}

async fn again(app: &App, session: &Session, member: &str) -> (String, bool) {
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    state(app, session, member).await
}

async fn accounts(app: &App, session: &Session, member: &str) -> usize {
    list(app, session, &format!("/members/{member}/accounts"), "accounts").await.len()
}

both!(each_kind_has_the_end_of_its_row, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    for (number, (fault, status, error)) in [
        (json!({"kind": "error", "status": 500}), "FAILED", json!(6)),
        (json!({"kind": "error", "status": 401, "stage": "login"}), "DENIED", json!(1)),
        (json!({"kind": "error", "status": 401, "stage": "accounts"}), "FAILED", json!(6)),
        (json!({"kind": "rate_limited", "retry_after": 60}), "FAILED", json!(6)),
        (json!({"kind": "drop"}), "FAILED", json!(6)),
        (json!({"kind": "malformed"}), "FAILED", json!(6)),
        (json!({"kind": "latency", "ms": 100}), "CONNECTED", json!(null)),
        (json!({"kind": "empty"}), "CONNECTED", json!(null)),
        (json!({"kind": "missing_account", "name": "Wallet"}), "CONNECTED", json!(null)),
        (json!({"kind": "changed_ids"}), "CONNECTED", json!(null)),
    ]
    .into_iter()
    .enumerate()
    {
        set(app, json!([fault])).await;
        let member = connect_by_oauth(app, &session, &format!("mxuser.{number}"), "any").await;
        assert_eq!(state(app, &session, &member).await, is(status, false), "{fault}");
        assert_eq!(app.job(&session, &member).await["error_message_code"], error, "{fault}");
        assert_eq!(
            accounts(app, &session, &member).await == 3,
            status == "CONNECTED" && fault["kind"] != "empty"
        );
    }
});

both!(an_error_at_a_stage_keeps_what_was_stored_before, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    for (stage, is_authenticated, held) in
        [("login", false, 0), ("accounts", true, 0), ("transactions", true, 3), ("holdings", true, 3)]
    {
        set(app, json!([{"kind": "error", "status": 500, "stage": stage}])).await;
        let member = connect_by_oauth(app, &session, &format!("mxuser.{stage}"), "any").await;
        assert_eq!(state(app, &session, &member).await, is("FAILED", false), "{stage}");
        assert_eq!(app.job(&session, &member).await["is_authenticated"], is_authenticated, "{stage}");
        assert_eq!(accounts(app, &session, &member).await, held, "{stage}");
    }
    set(app, json!([{"kind": "error", "status": 500, "stage": "numbers"}])).await;
    let member = connect_by_oauth(app, &session, "mxuser", "any").await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false), "not asked for");
    app.post(&format!("/members/{member}/verify")).token(&session.token).ok().await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("FAILED", false));
});

both!(silence_and_lateness_are_of_service_time, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    set(app, json!([{"kind": "timeout", "stage": "login"}])).await;
    let silent = connect_by_oauth(app, &session, "mxuser.silent", "any").await;
    set(app, json!([{"kind": "latency", "ms": 70_000, "stage": "login"}])).await;
    let late = connect_by_oauth(app, &session, "mxuser.late", "any").await;
    app.delete("/sandbox/faults").key().send().await.is(204);
    app.pass(62).await;
    assert_eq!(state(app, &session, &silent).await, is("DELAYED", true));
    assert_eq!(state(app, &session, &late).await, is("DELAYED", true));
    app.pass(12).await;
    assert_eq!(state(app, &session, &late).await, is("CONNECTED", false));
    app.pass(600).await;
    assert_eq!(state(app, &session, &silent).await, is("FAILED", false));
    assert_eq!(app.job(&session, &silent).await["error_message_code"], 7);
    assert_eq!(again(app, &session, &silent).await, is("CONNECTED", false));
});

both!(a_fault_strikes_as_often_as_it_says, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    set(app, json!([{"kind": "drop", "stage": "login", "count": 2, "institution_code": "mx_bank_oauth"}]))
        .await;
    let member = connect_by_oauth(app, &session, "mxuser", "any").await;
    assert_eq!(state(app, &session, &member).await, is("FAILED", false));
    assert_eq!(faults(app).await[0]["count"], 1);
    assert_eq!(again(app, &session, &member).await, is("FAILED", false));
    assert_eq!(faults(app).await, json!([]));
    assert_eq!(again(app, &session, &member).await, is("CONNECTED", false));
    // What is about data waits for the answer that has it.
    set(app, json!([{"kind": "changed_ids", "count": 1}])).await;
    assert_eq!(again(app, &session, &member).await, is("CONNECTED", false));
    assert_eq!(faults(app).await, json!([]));
});

both!(a_fault_is_for_an_institution_or_a_member_or_all, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let one = connect_by_oauth(app, &session, "mxuser.1", "any").await;
    let two = connect_by_oauth(app, &session, "mxuser.2", "any").await;
    let ends = async |fault: Value| {
        set(app, json!([fault])).await;
        let mut ends = Vec::new();
        for member in [&one, &two] {
            ends.push(again(app, &session, member).await.0 == "CONNECTED");
        }
        ends
    };
    assert_eq!(ends(json!({"kind": "drop", "member_guid": one})).await, [false, true]);
    assert_eq!(ends(json!({"kind": "drop", "institution_code": "mxcu_oauth"})).await, [true, true]);
    assert_eq!(ends(json!({"kind": "drop", "institution_code": "mx_bank_oauth"})).await, [false, false]);
    assert_eq!(ends(json!({"kind": "drop", "probability": 0})).await, [true, true]);
});
