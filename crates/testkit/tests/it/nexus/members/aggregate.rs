//! `/members/{member_guid}/aggregate` and `/members/aggregate`, and their aliases (`spec: nexus-core, 4, 10.3, 10.4`).
use crate::support::{aggregate, is, nobody, state, update};
use engine::client::ClientSettings;
use serde_json::{Value, json};
use testkit::{
    App,
    app::{Session, Setup},
    both,
};

both!(by_get_and_post_under_both_names, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let mut jobs = vec![app.member(&session, &member).await["most_recent_job_guid"].clone()];
    for (method, name) in
        [("GET", "aggregate"), ("GET", "refresh"), ("POST", "aggregate"), ("POST", "refresh")]
    {
        let path = format!("/members/{member}/{name}");
        let body = app.request(method, &path).token(&session.token).ok().await;
        assert_eq!(body["member"], app.member(&session, &member).await);
        assert_eq!(
            (&body["member"]["connection_status"], &body["member"]["is_being_aggregated"]),
            (&json!("CONNECTED"), &json!(true))
        );
        jobs.push(body["member"]["most_recent_job_guid"].clone());
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    }
    jobs.sort_by_key(ToString::to_string);
    jobs.dedup();
    assert_eq!(jobs.len(), 5, "each its own job");
});

both!(a_job_that_runs_already, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "x").await;
    let before = app.member(&session, &member).await;
    let answer = aggregate(app, &session, &member).await.is(202);
    assert_eq!(answer.json()["member"], before, "nothing changed");
});

both!(a_job_of_another_kind, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    app.post(&format!("/members/{member}/check_balance")).token(&session.token).ok().await;
    let message = aggregate(app, &session, &member).await.fails(4090);
    assert_eq!(message, "Another job is running for this member.");
});

both!(a_new_attempt_does_not_show_the_old_result, async |app| {
    let session = app.new_session().await;
    for word in ["DENIED", "LOCKED", "IMPEDED", "BAD_REQUEST", "DEGRADED", "DISCONNECTED"] {
        let member = app.connected(&session, word).await;
        let answer = aggregate(app, &session, &member).await.is(200).json();
        assert_eq!(answer["member"]["connection_status"], "UPDATED", "{word}");
        assert_eq!(answer["member"]["is_being_aggregated"], true, "{word}");
        app.pass(5).await;
    }
});

both!(who_may_start_a_job, async |app| {
    let session = app.new_session().await;
    for (word, message) in [
        ("PREVENTED", "Credentials must be updated first."),
        ("IMPORTED", "Credentials must be updated first."),
        ("IMPAIRED", "Credentials must be updated first."),
        ("DISCONTINUED", "Member cannot be aggregated."),
        ("CLOSED", "Member cannot be aggregated."),
        ("DISABLED", "Member cannot be aggregated."),
    ] {
        let member = app.connected(&session, word).await;
        assert_eq!(aggregate(app, &session, &member).await.fails(4050), message, "{word}");
        assert_eq!(state(app, &session, &member).await, is(word, false));
    }
    let member = app.connected(&session, "challenge").await;
    assert_eq!(
        aggregate(app, &session, &member).await.is(202).json()["member"]["connection_status"],
        "CHALLENGED"
    );
    app.answer(&session, &member, "slow").await;
    assert_eq!(
        aggregate(app, &session, &member).await.is(202).json()["member"]["connection_status"],
        "RESUMED"
    );
    app.pass(30).await;
});

both!(members_that_are_not_there, async |app| {
    let session = app.new_session().await;
    assert_eq!(aggregate(app, &session, &nobody("MBR")).await.fails(4040), "member not found");
    let member = app.connected(&session, "x").await;
    let other = app.user("U-2").await;
    let other = app.session(&other).await;
    aggregate(app, &other, &member).await.fails(4040);
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

async fn transactions(app: &App, session: &Session, member: &str) -> u64 {
    let path = format!("/members/{member}/transactions");
    app.get(&path).token(&session.token).ok().await["pagination"]["total_entries"].as_u64().unwrap()
}

both!(what_a_job_leaves_out, async |app| {
    let session = app.new_session().await;
    let mut body = app.new_member("x");
    body["include_transactions"] = json!(false);
    let made = app.post("/members").token(&session.token).json(json!({"member": body})).ok().await;
    let member = made["member"]["guid"].as_str().unwrap().to_owned();
    app.pass(5).await;
    let path = format!("/members/{member}/accounts");
    let accounts = app.get(&path).token(&session.token).ok().await;
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 14);
    assert_eq!(transactions(app, &session, &member).await, 0);
    let path = format!("/members/{member}/aggregate");
    for (query, body, taken) in [
        ("?include_transactions=false", "", false),
        ("", r#"{"include_transactions":"false"}"#, false),
        ("?include_transactions=true", r#"{"include_transactions":false}"#, false),
        ("?include_transactions=false", r#"{"include_transactions":true}"#, true),
    ] {
        app.post(&format!("{path}{query}")).token(&session.token).raw(body, "application/json").ok().await;
        app.pass(5).await;
        assert_eq!(transactions(app, &session, &member).await > 0, taken, "{query} {body}");
    }
    app.get(&format!("{path}?include_transactions=maybe")).token(&session.token).fails(4002).await;
});

both!(all_members, async |app| {
    let session = app.new_session().await;
    let token = &session.token;
    let answer = app.get("/members/aggregate").token(token).send().await.is(200);
    assert_eq!(answer.text(), r#"{"members":[]}"#, "no member is no reason for 202");
    let (one, two) = (app.connected(&session, "x").await, app.connected(&session, "LOCKED").await);
    for name in ["aggregate", "refresh"] {
        let body = app.post(&format!("/members/{name}")).token(token).ok().await;
        assert_eq!(body, app.get("/members").token(token).ok().await);
        assert_eq!(state(app, &session, &one).await, is("CONNECTED", true));
        assert_eq!(state(app, &session, &two).await, is("LOCKED", false), "passed over");
        let running = app.get(&format!("/members/{name}")).token(token).send().await.is(202);
        assert_eq!(running.json(), body);
        app.pass(5).await;
    }
    app.delete(&format!("/members/{one}")).token(token).send().await.is(204);
    app.get("/members/aggregate").token(token).send().await.is(202);
});

both!(statuses_that_all_members_and_sessions_pass_over, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    for (word, taken) in [
        ("x", true),
        ("BAD_REQUEST", true),
        ("DEGRADED", true),
        ("IMPEDED", true),
        ("DISCONNECTED", true),
        ("RECONNECTED", true),
        ("LOCKED", false),
        ("DENIED", false),
        ("PREVENTED", false),
        ("IMPORTED", false),
        ("IMPAIRED", false),
        ("DISCONTINUED", false),
        ("CLOSED", false),
        ("DISABLED", false),
    ] {
        let member = app.connected(&session, word).await;
        let answer = app.get("/members/aggregate").token(&session.token).send().await;
        assert_eq!(answer.status == 200, taken, "{word}: {answer:?}");
        assert_eq!(state(app, &session, &member).await.1, taken, "{word}");
        app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
    }
});

// Outside the sandbox's institutions there is a throttle; they have none.
both!(sandbox_institutions_are_not_throttled, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    for _ in 0..3 {
        aggregate(app, &session, &member).await.is(200);
        app.pass(2).await;
    }
});

#[tokio::test]
async fn only_members_with_the_use_case() {
    let client = ClientSettings { uses_use_cases: true, ..ClientSettings::default() };
    let app = App::sqlite_with(Setup { client, ..Setup::default() }).await;
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    update(&app, &session, &member, json!({"use_cases": ["MONEY_MOVEMENT"]})).await;
    let message = aggregate(&app, &session, &member).await.fails(4030);
    assert_eq!(message, "Member's use_cases do not include PFM");
    app.get("/members/aggregate").token(&session.token).fails(4030).await;
    app.post(&format!("/members/{member}/check_balance")).token(&session.token).ok().await;
    // 403 comes before 409.
    aggregate(&app, &session, &member).await.fails(4030);
    app.pass(5).await;
    let other = app.connected(&session, "x").await;
    let body = app.get("/members/aggregate").token(&session.token).ok().await;
    let runs: Vec<&Value> = crate::support::each(&body["members"], "is_being_aggregated");
    assert_eq!(runs, [&json!(false), &json!(true)], "{other}");
    app.finish().await;
}
