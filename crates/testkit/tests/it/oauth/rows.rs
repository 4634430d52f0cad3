//! Rows 3 to 5 and 27 of the state machine, and who may not consent (`spec: nexus-core, 10.2, 10.4`).
use super::{Browser, browser::fields, connect_by_oauth, consent, new_member, reopened, window_uri};
use crate::{
    conventions::restricted::set_restricted,
    support::{is, state},
};
use serde_json::{Value, json};
use testkit::{app::Setup, both};

const DECISIONS: [&str; 6] =
    ["cancelled", "denied", "impeded", "provider_error", "server_error", "session_error"];

both!(a_member_waits_for_its_user, async |app| {
    let session = app.new_session().await;
    // Implied where the institution offers nothing else; credentials are ignored.
    for body in [
        fields(&json!({"credentials": [{"credential_guid": "CRD-x", "value": "x"}]})),
        json!({"member": {"institution_guid": "INS-3f0b7c52-8a14-4e6d-9c21-5d70e1b8a946"}}),
    ] {
        let made = app.post("/members").token(&session.token).json(body).ok().await["member"].clone();
        assert_eq!(
            (&made["connection_status"], &made["connection_status_id"], &made["connection_status_message"]),
            (&json!("PENDING"), &json!(21), &Value::Null)
        );
        assert_eq!(
            (&made["is_oauth"], &made["is_being_aggregated"], &made["most_recent_job_guid"]),
            (&json!(true), &json!(false), &Value::Null)
        );
        let guid = made["guid"].as_str().unwrap();
        let uri = made["oauth_window_uri"].as_str().unwrap();
        let start = format!("https://tributary.test/oauth/predirect_to/{guid}/");
        let opaque = uri.strip_prefix(&start).unwrap().strip_suffix("?referral_source=BROWSER").unwrap();
        assert_eq!(opaque.len(), 43);
        // The key is in no other answer.
        let mut read = made.clone();
        read.as_object_mut().unwrap().remove("oauth_window_uri");
        assert_eq!(app.member(&session, guid).await, read);
        let credentials = app.get(&format!("/members/{guid}/credentials")).token(&session.token).ok().await;
        assert_eq!(credentials, json!({"credentials": []}));
    }
});

both!(a_consent_starts_the_first_job, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({})).await;
    consent(app, &uri, "mxuser", "any").await.is(200);
    assert_eq!(state(app, &session, &member).await, is("CREATED", true));
    assert_eq!(app.job(&session, &member).await["status"], 0);
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    assert_eq!(app.job(&session, &member).await["status"], 6);
    let accounts = app.get("/accounts").token(&session.token).ok().await;
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 3);
    let transactions = app.get("/transactions").token(&session.token).ok().await;
    assert!(transactions["pagination"]["total_entries"].as_i64().unwrap() > 60, "{transactions}");
});

both!(without_a_first_job_or_with_accounts_only, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let (skipped, uri) = new_member(app, &session, json!({"skip_aggregation": true})).await;
    consent(app, &uri, "mxuser.1", "any").await.is(200);
    assert_eq!(state(app, &session, &skipped).await, is("CREATED", false));
    app.get(&format!("/members/{skipped}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &skipped).await, is("CONNECTED", false));
    // What the member was made with holds for a later window of it, too.
    let (small, _) = new_member(app, &session, json!({"include_transactions": false})).await;
    let uri = window_uri(app, &session, &small).await;
    consent(app, &uri, "mxuser.2", "any").await.is(200);
    app.pass(5).await;
    let at = |end: &str| format!("/members/{small}/{end}");
    let accounts = app.get(&at("accounts")).token(&session.token).ok().await;
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 3);
    let transactions = app.get(&at("transactions")).token(&session.token).ok().await;
    assert_eq!(transactions["transactions"], json!([]));
});

both!(a_failed_consent_leaves_the_member_as_it_was, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let (member, mut uri) = new_member(app, &session, json!({})).await;
    for decision in DECISIONS {
        let bank = Browser::visit(app, &uri).await;
        let end = bank.decide(app, "mxuser", "any", decision).await.get(app).await.is(200);
        let reason = format!(r#""error_reason":"{}""#, decision.to_uppercase());
        assert!(end.text().contains(&reason), "{}", end.text());
        assert_eq!(state(app, &session, &member).await, is("PENDING", false), "{decision}");
        uri = window_uri(app, &session, &member).await;
    }
    // An error that nobody knows, and none at all.
    for answer in ["&error=tea", ""] {
        let bank = Browser::visit(app, &uri).await;
        let back = format!("/oauth/redirect_from?state={}{answer}", bank.parameter("state"));
        let end = app.get(&back).send().await.is(200);
        assert!(end.text().contains(r#""error_reason":"UNKNOWN_ERROR""#), "{}", end.text());
        uri = window_uri(app, &session, &member).await;
    }
    consent(app, &uri, "mxuser", "any").await.is(200);
    assert_eq!(state(app, &session, &member).await, is("CREATED", true));
    app.pass(5).await;
    // At rest and connected, a failure changes nothing either.
    let uri = window_uri(app, &session, &member).await;
    let bank = Browser::visit(app, &uri).await;
    bank.decide(app, "mxuser", "any", "denied").await.get(app).await.is(200);
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(a_consent_of_a_connected_member_is_an_update, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let member = connect_by_oauth(app, &session, "mxuser", "DENIED").await;
    assert_eq!(state(app, &session, &member).await, is("DENIED", false));
    let uri = window_uri(app, &session, &member).await;
    consent(app, &uri, "mxuser", "any").await.is(200);
    assert_eq!(state(app, &session, &member).await, is("UPDATED", true));
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    let path = format!("/members/{member}/oauth_window_uri?skip_aggregation=true");
    let answer = app.get(&path).token(&session.token).ok().await;
    let uri = answer["member"]["oauth_window_uri"].as_str().unwrap();
    consent(app, uri, "mxuser", "any").await.is(200);
    assert_eq!(state(app, &session, &member).await, is("UPDATED", false));
    let body = json!({"member": {"credentials": [{"credential_guid": "CRD-x", "value": "x"}]}});
    let put = app.put(&format!("/members/{member}")).token(&session.token).json(body);
    assert_eq!(put.fails(4050).await, "Credentials cannot be updated.");
});

both!(a_consent_while_a_job_asks_replaces_the_job, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let member = connect_by_oauth(app, &session, "mxuser", "challenge").await;
    assert_eq!(state(app, &session, &member).await, is("CHALLENGED", true));
    let asking = app.job(&session, &member).await["guid"].clone();
    let uri = window_uri(app, &session, &member).await;
    consent(app, &uri, "mxuser", "any").await.is(200);
    assert_eq!(state(app, &session, &member).await, is("UPDATED", true));
    assert_ne!(app.job(&session, &member).await["guid"], asking);
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(members_that_are_no_more_take_no_consent, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    for (word, status) in [("DISCONTINUED", "DISCONTINUED"), ("CLOSED", "CLOSED")] {
        let member = connect_by_oauth(app, &session, &format!("mxuser.{word}"), "slow").await;
        // The address was given out while the member was still there.
        let uri = window_uri(app, &session, &member).await;
        app.pass(60).await;
        let other = window_uri(app, &session, &member).await;
        consent(app, &other, &format!("mxuser.{word}"), word).await.is(200);
        let late = window_uri(app, &session, &member).await;
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is(status, false));
        let path = format!("/members/{member}/oauth_window_uri");
        let refused = app.get(&path).token(&session.token).fails(4050).await;
        assert_eq!(refused, "Member cannot be aggregated.");
        assert_eq!(Browser::at(&uri).get(app).await.status, 410, "an older window");
        let end = consent(app, &late, &format!("mxuser.{word}"), "any").await.is(200);
        assert!(end.text().contains("oauthComplete/error"), "{}", end.text());
        assert_eq!(state(app, &session, &member).await, is(status, false));
    }
    let disabled = connect_by_oauth(app, &session, "mxuser.d", "DISABLED").await;
    let path = format!("/members/{disabled}/oauth_window_uri");
    app.get(&path).token(&session.token).fails(4050).await;
});

both!(a_disabled_user_cannot_consent, async |app| {
    app.listen().await;
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let (_, uri) = new_member(app, &session, json!({})).await;
    let bank = Browser::visit(app, &uri).await;
    let disable = |disabled: bool| json!({"user": {"is_disabled": disabled}});
    app.put("/live/partner/users/U-1").key().json(disable(true)).ok().await;
    let end = bank.decide(app, "mxuser", "any", "allow").await.get(app).await.is(200);
    assert!(end.text().contains(r#""error_reason":"SESSION_ERROR""#), "{}", end.text());
    app.put("/live/partner/users/U-1").key().json(disable(false)).ok().await;
    let session = app.session(&user).await;
    let members = app.get("/members").token(&session.token).ok().await;
    assert_eq!(members["members"][0]["connection_status"], "PENDING");
});

both!(the_consent_of_a_restricted_user_starts_no_job, async |app| {
    app.listen().await;
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let (member, uri) = new_member(app, &session, json!({})).await;
    set_restricted(app, true).await;
    let path = format!("/members/{member}/oauth_window_uri");
    assert_eq!(app.get(&path).token(&session.token).fails(4031).await, "User is restricted.");
    consent(app, &uri, "mxuser", "any").await.is(200);
    assert_eq!(state(app, &session, &member).await, is("CREATED", false));
});

both!(a_pending_member_is_purged_at_its_age, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let (old, uri) = new_member(app, &session, json!({"external_guid": "M-1"})).await;
    app.pass(1800).await;
    let session = reopened(app).await;
    let (young, _) = new_member(app, &session, json!({})).await;
    app.pass(1799).await;
    app.work().await;
    assert_eq!(state(app, &session, &old).await, is("PENDING", false));
    // A window that was opened a moment ago does not keep it.
    let late = window_uri(app, &session, &old).await;
    let bank = Browser::visit(app, &late).await;
    app.pass(1).await;
    let end = bank.decide(app, "mxuser", "any", "allow").await.get(app).await;
    assert_eq!(end.status, 410, "older than an hour, purged or not");
    app.work().await;
    app.get(&format!("/members/{old}")).token(&session.token).fails(4040).await;
    assert_eq!(state(app, &session, &young).await, is("PENDING", false));
    assert_eq!(Browser::at(&uri).get(app).await.status, 410);
    // Its id is free again.
    new_member(app, &session, json!({"external_guid": "M-1"})).await;
});

both!(an_advance_of_the_clock_purges_in_the_order_of_time, async |app| {
    let session = app.new_session().await;
    let (member, _) = new_member(app, &session, json!({})).await;
    app.post("/sandbox/clock/advance").key().json(json!({"seconds": 3599})).ok().await;
    let session = reopened(app).await;
    assert_eq!(state(app, &session, &member).await, is("PENDING", false));
    app.post("/sandbox/clock/advance").key().json(json!({"seconds": 1})).ok().await;
    app.get(&format!("/members/{member}")).token(&session.token).fails(4040).await;
});

#[tokio::test]
async fn without_a_listener_a_consent_fails_and_says_so() {
    let app = testkit::App::sqlite_with(Setup::default()).await;
    let session = app.new_session().await;
    let (member, uri) = new_member(&app, &session, json!({})).await;
    let end = consent(&app, &uri, "mxuser", "any").await.is(200);
    assert!(end.text().contains(r#""error_reason":"SERVER_ERROR""#), "{}", end.text());
    assert_eq!(state(&app, &session, &member).await, is("PENDING", false));
    app.finish().await;
}
