//! Who is aggregated in the background, and when (`spec: nexus-core, 10.4`).
use super::{Connected, DAY, HOUR, operator};
use crate::support::update;
use domain::{enums::ConnectionStatus, time::Timestamp};
use engine::user::UserPatch;
use serde_json::json;
use testkit::{App, app::Setup, both};

both!(a_day_after_the_last_with_a_spread_of_two_hours, async |app| {
    let member = Connected::new(app, "U-1", "x").await;
    let starts = member.background_starts(app, 5 * DAY).await;
    assert!((4..=5).contains(&starts.len()), "{starts:?}");
    let mut last = 0;
    for start in starts {
        assert!((22 * HOUR..=26 * HOUR + 10).contains(&(start - last)), "{start} after {last}");
        last = start;
    }
    let job = member.job(app).await;
    assert!(job.include_transactions && job.include_holdings);
    assert_eq!(member.status(app).await, "CONNECTED");
});

both!(disconnected_ones_every_week, async |app| {
    let member = Connected::new(app, "U-1", "DISCONNECTED").await;
    let starts = member.background_starts(app, 15 * DAY).await;
    assert_eq!(starts.len(), 2, "{starts:?}");
    assert!((7 * DAY - 2 * HOUR..=7 * DAY + 2 * HOUR).contains(&starts[0]));
});

both!(not_in_a_status_that_waits_for_the_user, async |app| {
    let mut members = Vec::new();
    for (n, word) in [
        "DENIED",
        "PREVENTED",
        "LOCKED",
        "IMPAIRED",
        "IMPORTED",
        "RECONNECTED",
        "DISCONTINUED",
        "CLOSED",
        "DISABLED",
    ]
    .into_iter()
    .enumerate()
    {
        members.push(Connected::new(app, &format!("U-{n}"), word).await);
    }
    app.pass(9 * DAY).await;
    for member in members {
        assert!(!member.job(app).await.state.is_background, "{}", member.status(app).await);
    }
});

both!(one_question_nobody_answers_is_the_last, async |app| {
    let member = Connected::new(app, "U-1", "x").await;
    let session = app.session(&member.user).await;
    let credentials = json!([{"credential_guid": testkit::app::PASSWORD, "value": "challenge"}]);
    let fields = json!({"credentials": credentials, "skip_aggregation": true});
    update(app, &session, &member.guid, fields).await;
    assert_eq!(member.background_starts(app, 2 * DAY).await, [0; 0], "UPDATED waits for the user");
    let session = app.session(&member.user).await;
    app.get(&format!("/members/{}/aggregate", member.guid)).token(&session.token).ok().await;
    app.pass(20 * 60).await;
    assert_eq!(member.status(app).await, "EXPIRED");
    assert_eq!(member.background_starts(app, 3 * DAY).await, [0; 0]);
});

both!(not_where_it_was_switched_off_and_again_once_it_is_on, async |app| {
    let member = Connected::new(app, "U-1", "x").await;
    let session = app.session(&member.user).await;
    update(app, &session, &member.guid, json!({"background_aggregation_is_disabled": true})).await;
    assert_eq!(member.view(app).await.member.due_at, None);
    assert_eq!(member.background_starts(app, 3 * DAY).await, [0; 0]);
    let session = app.session(&member.user).await;
    update(app, &session, &member.guid, json!({"background_aggregation_is_disabled": false})).await;
    app.pass(5).await;
    assert!(member.job(app).await.state.is_background, "it was due");
});

both!(not_of_disabled_restricted_and_deleted_users, async |app| {
    let engine = app.engine();
    let disable = |is_disabled| UserPatch { is_disabled: Some(is_disabled), ..UserPatch::default() };
    let disabled = Connected::new(app, "U-1", "x").await;
    engine.update_user(&operator(), app.client.scope, "U-1", disable(true)).await.unwrap();
    let restricted = Connected::new(app, "U-2", "x").await;
    let scope = restricted.scope();
    let written = engine.db().write(move |tx| {
        let mut user = tx.user_for_update(scope)?.unwrap();
        user.is_restricted = true;
        tx.update_user(&user)
    });
    let written: store::Result<()> = written.await;
    written.unwrap();
    let deleted = Connected::new(app, "U-3", "x").await;
    engine.delete_user(&operator(), app.client.scope, "U-3").await.unwrap();
    app.pass(3 * DAY).await;
    assert!(!restricted.job(app).await.state.is_background);
    assert!(!disabled.job(app).await.state.is_background);
    assert!(engine.members(deleted.scope()).await.unwrap().is_empty());
    engine.update_user(&operator(), app.client.scope, "U-1", disable(false)).await.unwrap();
    assert_eq!(disabled.status(app).await, "CONNECTED");
    app.pass(5).await;
    assert!(disabled.job(app).await.state.is_background, "it is due, and may again");
});

#[tokio::test]
async fn not_without_personal_finance() {
    let client = engine::client::ClientSettings { uses_use_cases: true, ..Default::default() };
    let app = App::sqlite_with(Setup { client, ..Setup::default() }).await;
    let member = Connected::new(&app, "U-1", "x").await;
    let session = app.session(&member.user).await;
    update(&app, &session, &member.guid, json!({"use_cases": ["MONEY_MOVEMENT"]})).await;
    assert_eq!(member.background_starts(&app, 3 * DAY).await, [0; 0]);
    let session = app.session(&member.user).await;
    update(&app, &session, &member.guid, json!({"use_cases": ["PFM"]})).await;
    app.pass(5).await;
    assert!(member.job(&app).await.state.is_background);
    app.finish().await;
}

both!(a_degraded_member_is_swept_at_a_whole_hour_after_fourteen_days, async |app| {
    let member = Connected::new(app, "U-1", "BAD_REQUEST").await;
    let session = app.session(&member.user).await;
    update(app, &session, &member.guid, json!({"background_aggregation_is_disabled": true})).await;
    for status in ["FAILED", "DEGRADED"] {
        app.get(&format!("/members/{}/aggregate", member.guid)).token(&session.token).ok().await;
        app.pass(60).await;
        assert_eq!(member.status(app).await, status);
    }
    let before = member.job(app).await;
    let created = member.view(app).await.member.state.created_at;
    app.pass(13 * DAY).await;
    assert_eq!(member.status(app).await, "DEGRADED");
    app.pass(DAY + HOUR).await;
    let after = member.view(app).await.member;
    assert_eq!(after.state.status, Some(ConnectionStatus::Disconnected));
    assert_eq!(after.updated_at.as_seconds() % HOUR, 0);
    assert!((14 * DAY..=14 * DAY + HOUR).contains(&(after.updated_at.as_seconds() - created.as_seconds())));
    assert_eq!(member.job(app).await, before, "no job of its own");
});

both!(a_pending_member_is_purged_after_an_hour, async |app| {
    let member = Connected::new(app, "U-1", "x").await;
    let mut row = member.view(app).await.member;
    (row.state.status, row.state.created_at) = (Some(ConnectionStatus::Pending), app.now());
    (row.job, row.due_at) = (None, Some(app.now().plus_seconds(HOUR)));
    let scope = member.scope();
    // The creation stays what it was: the row is purged by its own age.
    let written: store::Result<()> = app.engine().db().write(move |tx| tx.update_member(scope, &row)).await;
    written.unwrap();
    app.pass(HOUR - 30).await;
    assert_eq!(member.status(app).await, "PENDING");
    app.pass(31).await;
    assert!(app.engine().member(scope, &member.guid).await.is_err());
});

both!(rows_of_before_get_their_times_and_a_change_of_settings_reaches_all, async |app| {
    let member = Connected::new(app, "U-1", "x").await;
    let due = member.view(app).await.member.due_at;
    assert!(due.is_some());
    let (scope, no) = (member.scope(), member.view(app).await.member.no);
    let engine = app.engine();
    let forget = engine.db().write(move |tx| {
        tx.set_member_due(scope, no, None)?;
        tx.set_meta("schedule", b"of another version")
    });
    let forget: store::Result<()> = forget.await;
    forget.unwrap();
    engine.run_background().await.unwrap();
    let known = async || engine.db().meta("schedule").await.unwrap().unwrap_or_default();
    while known().await == b"of another version" {
        tokio::task::yield_now().await;
    }
    assert_eq!(member.view(app).await.member.due_at, due);
});

both!(service_time_decides_also_where_it_is_moved, async |app| {
    let member = Connected::new(app, "U-1", "x").await;
    let clock = json!({"clock": {"mode": "frozen"}});
    app.put("/sandbox/clock").key().json(clock).ok().await;
    app.clock.advance_seconds(3 * DAY);
    app.work().await;
    assert!(!member.job(app).await.state.is_background, "service time stands still");
    app.post("/sandbox/clock/advance").key().json(json!({"days": 2})).ok().await;
    assert!(member.job(app).await.state.is_background);
    let start: Timestamp = member.job(app).await.created_at;
    assert!(start < app.now());
});
