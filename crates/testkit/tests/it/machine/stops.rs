//! A stop of the service loses no job (`spec: nexus-core, 10.2`): time in which nobody worked is no work.
use crate::support::{is, state};
use testkit::both;

both!(a_job_is_taken_again_after_a_stop_longer_than_its_time_limit, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "slow").await;
    app.pass(1).await;
    let before = app.job(&session, &member).await;
    app.clock.advance_seconds(1000);
    app.restart().await;
    app.pass(15).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    let after = app.job(&session, &member).await;
    assert_eq!(after["guid"], before["guid"]);
    assert!(after["started_at"].as_str() > before["started_at"].as_str(), "by row 9");
});

both!(a_job_goes_on_after_a_short_stop, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "slow").await;
    app.pass(1).await;
    let before = app.job(&session, &member).await;
    app.clock.advance_seconds(60);
    app.crash().await;
    app.pass(2).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    assert_eq!(app.job(&session, &member).await["started_at"], before["started_at"]);
});

both!(a_bank_that_is_silent_after_a_stop_is_waited_for_no_longer_than_before_it, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "TIMEOUT").await;
    app.pass(1).await;
    app.clock.advance_seconds(1000);
    app.restart().await;
    app.pass(599).await;
    assert_eq!(state(app, &session, &member).await, is("DELAYED", true));
    app.pass(2).await;
    assert_eq!(state(app, &session, &member).await, is("FAILED", false));
    assert_eq!(app.job(&session, &member).await["error_message_code"], 7);
});

both!(an_open_question_outlives_a_stop_within_its_lifetime, async |app| {
    let session = app.new_session().await;
    let (waits, late) = (app.connected(&session, "token").await, app.connected(&session, "token").await);
    app.clock.advance_seconds(14 * 60);
    app.restart().await;
    app.answer(&session, &waits, "correct").await;
    app.pass(60).await;
    assert_eq!(state(app, &session, &waits).await, is("CONNECTED", false));
    assert_eq!(state(app, &session, &late).await, is("EXPIRED", false));
});
