//! `/sandbox/faults` (`spec: sandbox, 5`), and what follows of a fault (`nexus-core, 10.2`).
use crate::support::{JSON, is, nobody, state};
use serde_json::{Value, json};
use testkit::{
    App,
    app::{Session, credentials},
    both,
};

async fn set(app: &App, faults: Value) -> Value {
    app.put("/sandbox/faults").key().json(json!({"faults": faults})).ok().await["faults"].clone()
}

async fn faults(app: &App) -> Value {
    app.get("/sandbox/faults").key().ok().await["faults"].clone()
}

/// A new job of the member, worked off.
async fn again(app: &App, session: &Session, member: &str) -> (String, bool) {
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    state(app, session, member).await
}

/// How many accounts and transactions a member has.
async fn held(app: &App, session: &Session, member: &str) -> (usize, usize) {
    let list = async |what: &str, query: &str| {
        let path = format!("/members/{member}/{what}{query}");
        app.get(&path).token(&session.token).ok().await[what].as_array().unwrap().len()
    };
    (list("accounts", "").await, list("transactions", "?records_per_page=1000").await)
}

both!(they_are_read_set_and_deleted, async |app| {
    let answer = app.get("/sandbox/faults").key().send().await.is(200);
    assert_eq!((answer.media(), answer.text()), (JSON, r#"{"faults":[]}"#));
    let body = json!({"faults": [
        {"institution_code": "mxbank", "stage": "login", "kind": "error", "status": 503, "count": 2},
        {"kind": "latency", "ms": 500, "probability": "0.5"},
        {"kind": "rate_limited", "retry_after": 30, "member_guid": nobody("MBR")},
    ]});
    let answer = app.put("/sandbox/faults").key().json(body).send().await.is(200);
    let expected = concat!(
        r#"{"faults":[{"count":2,"institution_code":"mxbank","kind":"error","member_guid":null,"probability":1,"#,
        r#""stage":"login","status":503},{"count":null,"institution_code":null,"kind":"latency","member_guid":null,"#,
        r#""ms":500,"probability":0.5,"stage":"any"},{"count":null,"institution_code":null,"kind":"rate_limited","#,
        r#""member_guid":"MBR-11141024-90b3-1bce-cac9-c06ced52ab4c","probability":1,"retry_after":30,"stage":"any"}]}"#
    );
    assert_eq!(answer.text(), expected);
    app.restart().await;
    assert_eq!(app.get("/sandbox/faults").key().send().await.text(), expected, "kept in the store");
    let kept = faults(app).await;
    assert_eq!(set(app, kept.clone()).await, kept, "what was read can be sent");
    assert_eq!(set(app, json!([{"kind": "drop"}])).await.as_array().unwrap().len(), 1, "PUT replaces all");
    app.delete("/sandbox/faults").key().send().await.is(204);
    assert_eq!(faults(app).await, json!([]));
    app.delete("/sandbox/faults").key().send().await.is(204);
});

both!(what_is_wrong_is_named_and_changes_nothing, async |app| {
    set(app, json!([{"kind": "drop"}])).await;
    for (fault, code, message) in [
        (json!({}), 4002, "param is missing or the value is empty: kind"),
        (json!({"kind": "latency"}), 4002, "param is missing or the value is empty: ms"),
        (json!({"kind": "error", "status": 99}), 4222, "status: must be between 400 and 599"),
        (json!({"kind": "drop", "probability": 2}), 4222, "probability: must be between 0 and 1"),
        (json!({"kind": "drop", "member_guid": "x"}), 4222, "member_guid: no such member"),
        (
            json!({"kind": "drop", "institution_code": "nobank"}),
            4222,
            "institution_code: must be one of mxbank, mx_bank_oauth, mxcu_oauth, mxcu, sandbox_ca, sandbox_basic",
        ),
        (
            json!({"kind": "empty", "stage": "login"}),
            4222,
            "stage: empty is about data, which a login does not bring",
        ),
    ] {
        let body = json!({"faults": [{"kind": "malformed"}, fault]});
        assert_eq!(app.put("/sandbox/faults").key().json(body).fails(code).await, message);
    }
    let many: Vec<Value> = (0..101).map(|_| json!({"kind": "drop"})).collect();
    app.put("/sandbox/faults").key().json(json!({"faults": many})).fails(4222).await;
    app.put("/sandbox/faults").key().json(json!({})).fails(4001).await;
    assert_eq!(faults(app).await[0]["kind"], "drop");
});

both!(each_kind_has_the_end_of_its_row, async |app| {
    let session = app.new_session().await;
    for (fault, status, error) in [
        (json!({"kind": "error", "status": 500}), "FAILED", json!(6)),
        (json!({"kind": "error", "status": 401, "stage": "login"}), "DENIED", json!(1)),
        (json!({"kind": "rate_limited", "retry_after": 60}), "FAILED", json!(6)),
        (json!({"kind": "drop"}), "FAILED", json!(6)),
        (json!({"kind": "malformed"}), "FAILED", json!(6)),
        (json!({"kind": "latency", "ms": 100}), "CONNECTED", json!(null)),
        (json!({"kind": "empty"}), "CONNECTED", json!(null)),
        (json!({"kind": "missing_account", "name": "Wallet"}), "CONNECTED", json!(null)),
        (json!({"kind": "changed_ids"}), "CONNECTED", json!(null)),
    ] {
        set(app, json!([fault])).await;
        let member = app.connected(&session, "x").await;
        assert_eq!(state(app, &session, &member).await, is(status, false), "{fault}");
        assert_eq!(app.job(&session, &member).await["error_message_code"], error, "{fault}");
    }
});

both!(an_error_at_a_stage_keeps_what_was_stored_before, async |app| {
    let session = app.new_session().await;
    for (stage, is_authenticated, accounts, has_transactions) in [
        ("login", false, 0, false),
        ("accounts", true, 0, false),
        ("transactions", true, 14, false),
        ("holdings", true, 14, true),
    ] {
        set(app, json!([{"kind": "error", "status": 500, "stage": stage}])).await;
        let member = app.connected(&session, "x").await;
        assert_eq!(state(app, &session, &member).await, is("FAILED", false), "{stage}");
        assert_eq!(app.job(&session, &member).await["is_authenticated"], is_authenticated, "{stage}");
        let (held_accounts, transactions) = held(app, &session, &member).await;
        assert_eq!((held_accounts, transactions > 0), (accounts, has_transactions), "{stage}");
    }
    for stage in ["numbers", "owners"] {
        set(app, json!([{"kind": "error", "status": 500, "stage": stage}])).await;
        let member = app.connected(&session, "x").await;
        assert_eq!(state(app, &session, &member).await, is("CONNECTED", false), "not asked for: {stage}");
    }
});

both!(a_bank_that_never_answers_ends_by_the_time_limit, async |app| {
    let session = app.new_session().await;
    set(app, json!([{"kind": "timeout", "stage": "login"}])).await;
    let at_login = app.connect(&session, "x").await;
    app.pass(2).await;
    set(app, json!([{"kind": "timeout", "stage": "transactions"}])).await;
    let later = app.connect(&session, "x").await;
    app.pass(62).await;
    assert_eq!(state(app, &session, &at_login).await, is("DELAYED", true));
    assert_eq!(state(app, &session, &later).await, is("CONNECTED", true), "authenticated already");
    app.delete("/sandbox/faults").key().send().await.is(204);
    app.pass(600).await;
    for member in [&at_login, &later] {
        assert_eq!(state(app, &session, member).await, is("FAILED", false));
        assert_eq!(app.job(&session, member).await["error_message_code"], 7);
    }
    assert_eq!(again(app, &session, &later).await, is("CONNECTED", false));
});

both!(latency_makes_each_step_late, async |app| {
    let session = app.new_session().await;
    set(app, json!([{"kind": "latency", "ms": 70_000, "stage": "login"}])).await;
    let member = app.connect(&session, "x").await;
    app.pass(59).await;
    assert_eq!(state(app, &session, &member).await, is("CREATED", true));
    app.pass(2).await;
    assert_eq!(state(app, &session, &member).await, is("DELAYED", true));
    app.pass(12).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(data_that_is_bent, async |app| {
    let session = app.new_session().await;
    set(app, json!([{"kind": "empty"}])).await;
    let empty = app.connected(&session, "x").await;
    assert_eq!(held(app, &session, &empty).await, (0, 0));
    set(app, json!([{"kind": "missing_account", "name": "Everyday Checking", "stage": "accounts"}])).await;
    let lacking = app.connected(&session, "x").await;
    let (accounts, fewer) = held(app, &session, &lacking).await;
    assert_eq!(accounts, 13);
    app.delete("/sandbox/faults").key().send().await.is(204);
    assert_eq!(again(app, &session, &lacking).await, is("CONNECTED", false));
    let (accounts, transactions) = held(app, &session, &lacking).await;
    assert!(accounts == 14 && transactions > fewer, "the account is there again");
    set(app, json!([{"kind": "changed_ids", "count": 1}])).await;
    assert_eq!(again(app, &session, &lacking).await, is("CONNECTED", false));
    assert_eq!(faults(app).await, json!([]), "once for a whole conversation");
});

both!(a_fault_strikes_as_often_as_it_says, async |app| {
    let session = app.new_session().await;
    set(app, json!([{"kind": "drop", "stage": "login", "count": 2, "institution_code": "mxbank"}])).await;
    let member = app.connected(&session, "x").await;
    assert_eq!(state(app, &session, &member).await, is("FAILED", false));
    assert_eq!(faults(app).await[0]["count"], 1);
    app.restart().await;
    assert_eq!(again(app, &session, &member).await, is("FAILED", false));
    assert_eq!(faults(app).await, json!([]));
    assert_eq!(again(app, &session, &member).await, is("CONNECTED", false));
});

both!(a_fault_is_for_an_institution_or_a_member_or_all, async |app| {
    let session = app.new_session().await;
    let at_mxcu = json!([
        {"credential_guid": "CRD-10000001-61fa-4c38-8e05-7a13cf2069d4", "value": "mxuser"},
        {"credential_guid": "CRD-10000002-61fa-4c38-8e05-7a13cf2069d4", "value": "x"},
    ]);
    let body = json!({"member": {"institution_code": "mxcu", "credentials": at_mxcu}});
    let mxcu = app.post("/members").token(&session.token).json(body).ok().await;
    let mxcu = mxcu["member"]["guid"].as_str().unwrap();
    let (one, two) = (app.connected(&session, "x").await, app.connected(&session, "x").await);
    let ends = async |fault: Value| {
        set(app, json!([fault])).await;
        let mut ends = Vec::new();
        for member in [mxcu, &one, &two] {
            ends.push(again(app, &session, member).await.0 == "CONNECTED");
        }
        ends
    };
    assert_eq!(ends(json!({"kind": "drop", "institution_code": "mxcu"})).await, [false, true, true]);
    assert_eq!(ends(json!({"kind": "drop", "member_guid": one})).await, [true, false, true]);
    let both = json!({"kind": "drop", "member_guid": one, "institution_code": "mxcu"});
    assert_eq!(ends(both).await, [true, true, true]);
    assert_eq!(ends(json!({"kind": "drop"})).await, [false, false, false]);
});

both!(a_probability_gives_the_same_everywhere, async |app| {
    let session = app.session(&app.user("U-1").await).await;
    set(app, json!([{"kind": "drop", "stage": "login", "probability": 0.5}])).await;
    let body = json!({"member": {"institution_code": "mxbank", "credentials": credentials("mxuser", "x")}});
    let member = app.post("/members").token(&session.token).json(body).ok().await;
    let member = member["member"]["guid"].as_str().unwrap().to_owned();
    app.pass(5).await;
    let mut connected = vec![state(app, &session, &member).await.0 == "CONNECTED"];
    for _ in 0..11 {
        connected.push(again(app, &session, &member).await.0 == "CONNECTED");
    }
    let text: String = connected.iter().map(|is| if *is { '+' } else { '-' }).collect();
    assert_eq!(text, "++----+-+-+-");
});

both!(only_with_a_key, async |app| {
    let session = app.new_session().await;
    for method in ["GET", "PUT", "DELETE"] {
        app.request(method, "/sandbox/faults").fails(4013).await;
        app.request(method, "/sandbox/faults").token(&session.token).fails(4013).await;
    }
    app.post("/sandbox/faults").key().json(json!({})).fails(4050).await;
});
