//! One visit, one return, one hour; and everything else is the same page (`spec: nexus-core, 4`).
use super::{Browser, consent, new_member, reopened, window_uri};
use crate::support::{is, nobody, state, stays_secret};
use serde_json::json;
use testkit::{App, Response, both};

#[track_caller]
fn is_gone(answer: &Response) {
    assert_eq!(answer.status, 410, "{answer:?}");
    assert_eq!(answer.media(), "text/html; charset=utf-8");
    assert!(answer.text().contains("not valid any more"), "{answer:?}");
}

async fn gone(app: &App, uri: &str) {
    is_gone(&Browser::at(uri).get(app).await);
}

both!(the_way_to_the_institution, async |app| {
    let session = app.new_session().await;
    let (_, uri) = new_member(app, &session, json!({})).await;
    let answer = Browser::at(&uri).get(app).await.is(302);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), value);
    }
    let bank = Browser::at(answer.header("location"));
    assert_eq!(&bank.at[..url::Position::AfterPath], "https://tributary.test/sandbox/oauth/authorize");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "mx_bank_oauth"),
        ("redirect_uri", "https://tributary.test/oauth/redirect_from"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(bank.parameter(name), value);
    }
    assert_eq!((bank.parameter("state").len(), bank.parameter("code_challenge").len()), (43, 43));
});

both!(one_visit_and_one_hour, async |app| {
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({})).await;
    Browser::visit(app, &uri).await;
    gone(app, &uri).await;
    let older = window_uri(app, &session, &member).await;
    let newer = window_uri(app, &session, &member).await;
    gone(app, &older).await;
    Browser::visit(app, &newer).await;
    // A connected member's window ends with its hour.
    app.listen().await;
    let uri = window_uri(app, &session, &member).await;
    consent(app, &uri, "mxuser", "any").await.is(200);
    app.pass(5).await;
    let late = window_uri(app, &session, &member).await;
    app.pass(3600).await;
    gone(app, &late).await;
});

both!(foreign_and_malformed_addresses, async |app| {
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({})).await;
    let (other, others) = new_member(app, &session, json!({})).await;
    let opaque = uri.split('/').next_back().unwrap().split('?').next().unwrap();
    let before = app.member(&session, &member).await;
    for path in [
        format!("/oauth/predirect_to/{other}/{opaque}"),
        format!("/oauth/predirect_to/{}/{opaque}", nobody("MBR")),
        format!("/oauth/predirect_to/nobody/{opaque}"),
        format!("/oauth/predirect_to/{member}/{}", "A".repeat(43)),
        format!("/oauth/predirect_to/{member}/x"),
        format!("/oauth/predirect_to/{member}/%FF"),
        "/oauth/redirect_from".to_owned(),
        "/oauth/redirect_from?state=&code=x".to_owned(),
        format!("/oauth/redirect_from?state={opaque}&code=x"),
        format!("/oauth/redirect_from?state={}&error=denied", "A".repeat(43)),
    ] {
        is_gone(&app.get(&path).send().await);
    }
    assert_eq!(app.member(&session, &member).await, before);
    // None of it used the windows up.
    Browser::visit(app, &uri).await;
    Browser::visit(app, &others).await;
});

both!(a_state_is_good_once, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({})).await;
    let bank = Browser::visit(app, &uri).await;
    let back = bank.decide(app, "mxuser", "any", "allow").await;
    back.get(app).await.is(200);
    app.pass(5).await;
    let before = app.member(&session, &member).await;
    is_gone(&back.get(app).await);
    is_gone(&bank.decide(app, "mxuser", "any", "denied").await.get(app).await);
    assert_eq!(app.member(&session, &member).await, before);
    // A failure uses it up as well, and a newer window cancels the state of the older.
    let uri = window_uri(app, &session, &member).await;
    let bank = Browser::visit(app, &uri).await;
    bank.decide(app, "mxuser", "any", "cancelled").await.get(app).await.is(200);
    is_gone(&bank.decide(app, "mxuser", "any", "allow").await.get(app).await);
    let uri = window_uri(app, &session, &member).await;
    let back = Browser::visit(app, &uri).await.decide(app, "mxuser", "any", "allow").await;
    window_uri(app, &session, &member).await;
    is_gone(&back.get(app).await);
    let uri = window_uri(app, &session, &member).await;
    let back = Browser::visit(app, &uri).await.decide(app, "mxuser", "any", "allow").await;
    app.pass(3600).await;
    is_gone(&back.get(app).await);
    let session = reopened(app).await;
    let after = app.member(&session, &member).await;
    assert_eq!(after["connection_status"], before["connection_status"]);
    assert_eq!(after["most_recent_job_guid"], before["most_recent_job_guid"]);
});

both!(two_returns_at_once_are_one_consent, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({})).await;
    let back = Browser::visit(app, &uri).await.decide(app, "mxuser", "any", "allow").await;
    let (one, other) = tokio::join!(back.get(app), back.get(app));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410]);
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(a_deleted_member_takes_its_window_along, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({})).await;
    let back = Browser::visit(app, &uri).await.decide(app, "mxuser", "any", "allow").await;
    app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
    is_gone(&back.get(app).await);
    let (member, uri) = new_member(app, &session, json!({})).await;
    app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
    new_member(app, &session, json!({})).await;
    gone(app, &uri).await;
    let (_, uri) = new_member(app, &session, json!({})).await;
    app.delete("/live/partner/users/U-1").key().send().await.is(204);
    gone(app, &uri).await;
});

both!(looking_is_no_visit, async |app| {
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({})).await;
    let target = Browser::at(&uri).target();
    assert_eq!(app.request("HEAD", &target).send().await.status, 405);
    assert_eq!(app.request("POST", &target).send().await.status, 405);
    assert_eq!(app.request("HEAD", "/oauth/redirect_from?state=x").send().await.status, 405);
    let path = format!("/members/{member}/oauth_window_uri");
    assert_eq!(app.request("HEAD", &path).token(&session.token).send().await.status, 405);
    Browser::visit(app, &uri).await;
});

both!(nothing_secret_is_kept_or_said, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let (_, uri) = new_member(app, &session, json!({})).await;
    let opaque = uri.split('/').next_back().unwrap().split('?').next().unwrap().to_owned();
    let bank = Browser::visit(app, &uri).await;
    let state = bank.parameter("state");
    let back = bank.decide(app, "mxuser.secret-name", "a-secret-word", "allow").await;
    let code = back.parameter("code");
    back.get(app).await.is(200);
    app.pass(5).await;
    for secret in [&*opaque, &state, &code, "secret-name", "a-secret-word"] {
        stays_secret(app, secret).await;
    }
    assert!(app.access_log().contains("/oauth/predirect_to/{member_guid}/{opaque}"));
});
