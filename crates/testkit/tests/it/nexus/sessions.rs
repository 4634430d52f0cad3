//! `POST /sessions`, and how long a session lives (`spec: conventions, 2`; nexus-core, 1).
use crate::support::{NEXUS, guid, nobody, stays_secret};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use testkit::{App, app::Setup, both};

both!(a_token_opens_a_session, async |app| {
    let user = app.user("U-1").await;
    let token = app.api_token(&user).await;
    let answer = app.post("/sessions").api_token(&token).send().await.is(200);
    assert_eq!(answer.media(), NEXUS);
    assert_eq!((answer.keys(""), answer.keys("/session")), (vec!["session".into()], vec!["token".into()]));
    let body = answer.json();
    let session = body["session"]["token"].as_str().unwrap();
    assert_eq!(session.len(), 86);
    assert!(session.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{session}");
    app.get("/user").token(session).ok().await;
});

both!(the_body_may_be_absent_empty_or_null, async |app| {
    let user = app.user("U-1").await;
    for body in ["", "null", "{}", r#"{"session":{}}"#, r#"{"session":{"skip_aggregation":"true"}}"#] {
        let token = app.api_token(&user).await;
        app.post("/sessions").api_token(&token).raw(body, "application/json").ok().await;
    }
});

both!(a_body_that_is_no_object_consumes_nothing, async |app| {
    let user = app.user("U-1").await;
    let token = app.api_token(&user).await;
    for body in ["{", "[]", "7"] {
        app.post("/sessions").api_token(&token).raw(body, "application/json").fails(4000).await;
    }
    app.post("/sessions").api_token(&token).ok().await;
});

both!(an_api_token_is_good_for_one_use, async |app| {
    let user = app.user("U-1").await;
    let token = app.api_token(&user).await;
    let body = app.post("/sessions").api_token(&token).ok().await;
    let session = body["session"]["token"].as_str().unwrap();
    let message = app.post("/sessions").api_token(&token).fails(4012).await;
    assert_eq!(message, "The API token is missing, used, expired or unknown.");
    let read = app.get("/user").token(session).ok().await;
    assert_eq!(read["user"]["failed_token_login_attempts_count"], 1);
});

both!(an_api_token_is_good_for_ten_minutes, async |app| {
    let user = app.user("U-1").await;
    let (early, late) = (app.api_token(&user).await, app.api_token(&user).await);
    app.pass(599).await;
    app.post("/sessions").api_token(&early).ok().await;
    app.pass(1).await;
    app.post("/sessions").api_token(&late).fails(4012).await;
});

both!(bad_api_tokens, async |app| {
    app.post("/sessions").fails(4012).await;
    for token in ["", "x", "not base64!", &STANDARD.encode("USR|"), &STANDARD.encode(nobody("USR"))] {
        app.post("/sessions").api_token(token).fails(4012).await;
    }
    let forged = STANDARD.encode(format!("{}|{}", nobody("USR"), "0".repeat(64)));
    app.post("/sessions").api_token(&forged).fails(4012).await;
});

both!(failed_logins_are_counted_where_the_user_can_be_told_and_forgotten_at_the_next_login, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let forged = STANDARD.encode(format!("{}|{}", user.guid, "0".repeat(64)));
    for count in 1..=3 {
        app.post("/sessions").api_token(&forged).fails(4012).await;
        let read = app.get("/user").token(&session.token).ok().await;
        assert_eq!(read["user"]["failed_token_login_attempts_count"], count);
    }
    app.session(&user).await;
    let read = app.get("/user").token(&session.token).ok().await;
    assert_eq!(read["user"]["failed_token_login_attempts_count"], 0);
});

both!(a_login_sets_logged_in_at_and_the_revision, async |app| {
    let user = app.user("U-1").await;
    let first = app.session(&user).await;
    let before = app.get("/user").token(&first.token).ok().await;
    assert_eq!(before["user"]["logged_in_at"], "2026-01-05T12:00:00+00:00");
    app.pass(60).await;
    let second = app.session(&user).await;
    let after = app.get("/user").token(&second.token).ok().await;
    assert_eq!(after["user"]["logged_in_at"], "2026-01-05T12:01:00+00:00");
    let revision = |read: &serde_json::Value| read["user"]["revision"].as_i64().unwrap();
    assert_eq!(revision(&after), revision(&before) + 1);
    app.get("/user").token(&first.token).ok().await;
});

both!(opening_a_session_aggregates_the_members_before_it_answers, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let member = app.connected(&session, "x").await;
    let token = app.api_token(&user).await;
    let body = app.post("/sessions").api_token(&token).ok().await;
    let token = body["session"]["token"].as_str().unwrap();
    let members = app.get("/members").token(token).ok().await;
    assert_eq!(
        (guid(&members["members"][0]), &members["members"][0]["is_being_aggregated"]),
        (member, &json!(true))
    );
    assert_eq!(members["members"][0]["connection_status"], "CONNECTED");
});

both!(unless_the_body_says_otherwise, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let member = app.connected(&session, "x").await;
    for body in [r#"{"session":{"skip_aggregation":true}}"#, r#"{"session":{"skip_aggregation":"true"}}"#] {
        let token = app.api_token(&user).await;
        app.post("/sessions").api_token(&token).raw(body, "application/json").ok().await;
        assert_eq!(app.member(&session, &member).await["is_being_aggregated"], false, "{body}");
    }
});

both!(a_disabled_user_gets_no_session, async |app| {
    let user = app.user("U-1").await;
    let token = app.api_token(&user).await;
    set_disabled(app, true).await;
    assert_eq!(app.post("/sessions").api_token(&token).fails(4031).await, "User is disabled.");
    set_disabled(app, false).await;
    app.session(&user).await;
});

both!(disabling_a_user_ends_the_sessions, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    set_disabled(app, true).await;
    assert_eq!(app.get("/user").token(&session.token).fails(4011).await, "The session has expired.");
    set_disabled(app, false).await;
    app.get("/user").token(&session.token).fails(4011).await;
});

async fn set_disabled(app: &App, is_disabled: bool) {
    let body = json!({"user": {"is_disabled": is_disabled}});
    app.put("/live/partner/users/U-1").key().json(body).ok().await;
}

both!(thirty_idle_minutes_end_a_session, async |app| {
    let session = app.new_session().await;
    app.pass(1799).await;
    app.get("/user").token(&session.token).ok().await;
    app.pass(1800).await;
    assert_eq!(app.get("/user").token(&session.token).fails(4011).await, "The session has expired.");
    // An expired session stays so.
    app.get("/user").token(&session.token).fails(4011).await;
});

both!(every_call_starts_the_thirty_minutes_anew, async |app| {
    let session = app.new_session().await;
    for _ in 0..5 {
        app.pass(1700).await;
        app.get("/user").token(&session.token).ok().await;
    }
});

both!(a_call_that_ends_in_an_error_does_so_too, async |app| {
    let session = app.new_session().await;
    let missing = format!("/members/{}", nobody("MBR"));
    for _ in 0..2 {
        app.pass(1700).await;
        app.get(&missing).token(&session.token).fails(4040).await;
        app.pass(1700).await;
        app.post("/members").token(&session.token).raw("{", "application/json").fails(4000).await;
        app.pass(1700).await;
        app.get("/user").token(&session.token).accept("text/html").fails(4060).await;
    }
    app.get("/user").token(&session.token).ok().await;
});

both!(an_expired_session_is_told_from_garbage_also_after_a_restart_and_a_purge, async |app| {
    let session = app.new_session().await;
    app.pass(1800).await;
    app.restart().await;
    app.get("/user").token(&session.token).fails(4011).await;
    app.pass(40 * 86_400).await;
    app.engine().sweep().await.unwrap();
    app.restart().await;
    app.get("/user").token(&session.token).fails(4011).await;
    let mut forged = session.token.clone();
    let last = if forged.ends_with('A') { 'Q' } else { 'A' };
    forged.replace_range(85.., &last.to_string());
    assert_eq!(app.get("/user").token(&forged).fails(4010).await, "The session token is missing or unknown.");
});

both!(a_session_lives_through_a_restart, async |app| {
    let session = app.new_session().await;
    app.pass(1700).await;
    app.get("/user").token(&session.token).ok().await;
    app.restart().await;
    app.pass(1700).await;
    app.get("/user").token(&session.token).ok().await;
});

both!(after_a_crash_a_session_lives_on_but_never_longer, async |app| {
    let session = app.new_session().await;
    app.pass(1000).await;
    app.get("/user").token(&session.token).ok().await;
    app.engine().flush_sessions().await.unwrap();
    app.crash().await;
    app.pass(1799).await;
    app.get("/user").token(&session.token).ok().await;
    app.crash().await;
    app.pass(1800).await;
    app.get("/user").token(&session.token).fails(4011).await;
});

both!(tokens_that_are_none, async |app| {
    app.get("/user").fails(4010).await;
    for token in ["", " ", "x", &"A".repeat(86), &"A".repeat(85), &"é".repeat(43)] {
        app.get("/user").token(token).fails(4010).await;
    }
});

both!(nothing_of_a_token_is_stored_or_logged, async |app| {
    let user = app.user("U-1").await;
    let token = app.api_token(&user).await;
    let session = app.session(&user).await;
    app.get(&format!("/members?token={}", session.token)).token(&session.token).ok().await;
    app.post("/sessions").api_token(&token).ok().await;
    for secret in [token.as_str(), &session.token, testkit::app::API_KEY] {
        stays_secret(app, secret).await;
    }
});

#[tokio::test]
async fn twenty_failures_a_minute_from_one_address() {
    let app = App::sqlite_with(Setup { limits: faces::limits::Limits::default(), ..Setup::default() }).await;
    let user = app.user("U-1").await;
    for _ in 0..20 {
        app.post("/sessions").api_token("x").fails(4012).await;
    }
    let token = app.api_token(&user).await;
    let answer = app.post("/sessions").api_token(&token).send().await;
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    answer.fails(4290);
    let other = "10.1.2.3".parse().unwrap();
    app.post("/sessions").api_token(&token).from(other).ok().await;
    app.finish().await;
}
