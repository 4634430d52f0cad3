//! Jobs of members by OAuth: the words of the sandbox over HTTP, tokens that are refreshed, consents that are revoked
//! (`spec: sandbox, 2`; nexus-core, 10.2, row 27).
use super::{connect_by_oauth, consent, new_member, reopened, window_uri};
use crate::support::{is, state};
use serde_json::json;
use store::{Class, Statement};
use testkit::{App, app::Session, both};

static GRANTS: Statement =
    Statement::new("COUNT_GRANTS", Class::Heavy, "SELECT COUNT(*) FROM sandbox_grants");

both!(every_word_acts_as_at_the_other_banks, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    for (word, status, runs) in [
        ("anything", "CONNECTED", false),
        ("challenge", "CHALLENGED", true),
        ("options", "CHALLENGED", true),
        ("image", "CHALLENGED", true),
        ("image_options", "CHALLENGED", true),
        ("token", "CHALLENGED", true),
        ("many", "CHALLENGED", true),
        ("BAD_REQUEST", "FAILED", false),
        ("SERVER_ERROR", "FAILED", false),
        ("UNAVAILABLE", "FAILED", false),
        ("MALFORMED", "FAILED", false),
        ("UNAUTHORIZED", "DENIED", false),
        ("PREVENTED", "PREVENTED", false),
        ("LOCKED", "LOCKED", false),
        ("IMPEDED", "IMPEDED", false),
        ("DEGRADED", "DEGRADED", false),
        ("DISCONNECTED", "DISCONNECTED", false),
        ("RECONNECTED", "RECONNECTED", false),
        ("DISCONTINUED", "DISCONTINUED", false),
        ("CLOSED", "CLOSED", false),
        ("DISABLED", "DISABLED", false),
        ("IMPORTED", "IMPORTED", false),
        ("IMPAIRED", "IMPAIRED", false),
        ("PARTIAL", "FAILED", false),
        ("slow", "CREATED", true),
        ("TIMEOUT", "CREATED", true),
    ] {
        let member = connect_by_oauth(app, &session, &format!("mxuser.{word}"), word).await;
        assert_eq!(state(app, &session, &member).await, is(status, runs), "{word}");
        app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
    }
    let stranger = connect_by_oauth(app, &session, "nobody", "any").await;
    assert_eq!(state(app, &session, &stranger).await, is("DENIED", false));
});

both!(questions_are_asked_and_answered, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let member = connect_by_oauth(app, &session, "mxuser", "two_step").await;
    let options = app.challenges(&session, &member).await;
    assert_eq!(options[0]["type"], "OPTIONS");
    app.answer(&session, &member, "sms").await;
    app.pass(5).await;
    assert_eq!(app.challenges(&session, &member).await[0]["type"], "TOKEN");
    app.answer(&session, &member, "correct").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    let wrong = connect_by_oauth(app, &session, "mxuser.2", "image").await;
    app.answer(&session, &wrong, "no").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &wrong).await, is("REJECTED", false));
    let late = connect_by_oauth(app, &session, "mxuser.3", "challenge").await;
    app.pass(900).await;
    assert_eq!(state(app, &session, &late).await, is("EXPIRED", false));
    let revoked = connect_by_oauth(app, &session, "mxuser.4", "challenge").await;
    app.answer(&session, &revoked, "IMPAIRED").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &revoked).await, is("IMPAIRED", false));
});

async fn aggregate(app: &App, session: &Session, member: &str) {
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
}

both!(tokens_are_refreshed_again_and_again, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let member = connect_by_oauth(app, &session, "mxuser", "any").await;
    for hours in 1..=4 {
        // Access tokens are good for ten minutes, refresh tokens for one use.
        app.pass(hours * 3600).await;
        let session = reopened(app).await;
        aggregate(app, &session, &member).await;
        assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
        assert_eq!(app.job(&session, &member).await["error_message_code"], json!(null));
    }
    app.restart().await;
    app.listen().await;
    let session = reopened(app).await;
    aggregate(app, &session, &member).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(an_answer_outlives_the_token_it_was_asked_with, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let member = connect_by_oauth(app, &session, "mxuser", "many").await;
    app.pass(800).await;
    app.answer(&session, &member, "correct").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(a_revoked_consent_impairs_and_another_one_mends, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let member = connect_by_oauth(app, &session, "mxuser", "IMPAIRED").await;
    assert_eq!(state(app, &session, &member).await, is("IMPAIRED", false));
    let job = app.job(&session, &member).await;
    assert_eq!((&job["status"], &job["error_message_code"]), (&json!(9), &json!(8)));
    assert_eq!(app.member(&session, &member).await["needs_updated_credentials"], true);
    let aggregate = app.get(&format!("/members/{member}/aggregate")).token(&session.token);
    assert_eq!(aggregate.fails(4050).await, "Credentials must be updated first.");
    let uri = window_uri(app, &session, &member).await;
    consent(app, &uri, "mxuser", "any").await.is(200);
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(a_consent_given_while_a_job_works_wins_over_its_refreshed_tokens, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let member = connect_by_oauth(app, &session, "mxuser", "many").await;
    app.pass(800).await;
    app.answer(&session, &member, "slow").await;
    app.work().await;
    // The job that goes on has the old tokens, and has refreshed them.
    let uri = window_uri(app, &session, &member).await;
    consent(app, &uri, "mxuser", "SERVER_ERROR").await.is(200);
    assert_eq!(state(app, &session, &member).await, is("UPDATED", true));
    app.pass(60).await;
    let (status, runs) = state(app, &session, &member).await;
    assert_eq!((&*status, runs), ("CONNECTED", false), "the old job's success");
    aggregate(app, &session, &member).await;
    assert_eq!(state(app, &session, &member).await, is("FAILED", false), "the new tokens");
});

both!(the_bank_that_is_away_is_a_failure, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({"skip_aggregation": true})).await;
    consent(app, &uri, "mxuser", "any").await.is(200);
    app.restart().await;
    // This process does not listen: nobody is there.
    aggregate(app, &session, &member).await;
    assert_eq!(state(app, &session, &member).await, is("FAILED", false));
    app.listen().await;
    aggregate(app, &session, &member).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(a_grant_that_was_not_used_for_long_is_still_good, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let member = connect_by_oauth(app, &session, "mxuser", "any").await;
    let off = json!({"member": {"background_aggregation_is_disabled": true}});
    app.put(&format!("/members/{member}")).token(&session.token).json(off).ok().await;
    app.pass(92 * 86_400).await;
    let count = async || {
        let one = app.engine().db().query_one(&GRANTS, store::params![], |row| row.int(0)).await;
        one.unwrap().unwrap()
    };
    assert_eq!(count().await, 0, "the bank has forgotten it");
    for _ in 0..2 {
        let session = reopened(app).await;
        aggregate(app, &session, &member).await;
        assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
        assert_eq!(count().await, 1);
        app.pass(3600).await;
    }
});
