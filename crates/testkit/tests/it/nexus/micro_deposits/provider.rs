//! What the provider says: on every read, and every hour at minute 15 (`spec: nexus-core, 8`; sandbox, 3).
use super::{made, read, status, stored};
use domain::enums::MicroDepositStatus as Status;
use serde_json::{Value, json};
use testkit::{App, app::Session, both};

async fn session(app: &App) -> Session {
    let user = app.engine().user_of_client(app.client.scope, "U-1").await.unwrap();
    app.session(&user).await
}

/// Lets time pass up to the next minute 15.
async fn to_minute_15(app: &App) {
    let past = app.now().as_seconds().rem_euclid(3600);
    app.pass((900 - past).rem_euclid(3600)).await;
}

both!(a_read_asks_the_provider, async |app| {
    app.new_session().await;
    for (number, minute, day) in [
        ("10000", "ERRORED", "ERRORED"),
        ("10001", "REJECTED", "REJECTED"),
        ("10002", "REQUESTED", "REQUESTED"),
        ("7331", "REQUESTED", "DEPOSITED"),
    ] {
        let session = session(app).await;
        let deposit = made(app, &session, number).await;
        app.clock.advance_seconds(59);
        assert_eq!(status(app, &session, &deposit).await, "INITIATED", "{number}");
        app.clock.advance_seconds(1);
        let seen = read(app, &session, &deposit).await;
        assert_eq!(seen["status_name"], minute, "{number}");
        assert_eq!(seen["updated_at"], json!(app.now().to_z()));
        let is_trouble = ["ERRORED", "REJECTED"].contains(&minute);
        assert_eq!(
            (seen["error_code"].is_string(), seen["error_message"].is_string()),
            (is_trouble, is_trouble)
        );
        assert_eq!(read(app, &session, &deposit).await, seen);
        app.clock.advance_seconds(86_339);
        let session = self::session(app).await;
        assert_eq!(status(app, &session, &deposit).await, minute, "{number}");
        app.clock.advance_seconds(1);
        assert_eq!(status(app, &session, &deposit).await, day, "{number}");
        app.work().await;
    }
});

both!(the_list_asks_too, async |app| {
    let session = app.new_session().await;
    for number in ["10000", "10001", "10002"] {
        made(app, &session, number).await;
    }
    app.clock.advance_seconds(60);
    let list = app.get("/micro_deposits").token(&session.token).ok().await;
    let statuses: Vec<&Value> = list["micro_deposits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["micro_deposit"]["status_name"])
        .collect();
    assert_eq!(statuses, ["REQUESTED", "REJECTED", "ERRORED"]);
    app.work().await;
});

both!(at_minute_15_the_status_comes_by_itself, async |app| {
    let session = app.new_session().await;
    to_minute_15(app).await;
    app.pass(60).await;
    let [errored, rejected, stays, paid] = [
        made(app, &session, "10000").await,
        made(app, &session, "10001").await,
        made(app, &session, "10002").await,
        made(app, &session, "7331").await,
    ];
    app.pass(3600 - 61).await;
    for deposit in [&errored, &rejected, &stays, &paid] {
        assert_eq!(stored(app, deposit).await, Status::Initiated);
    }
    app.pass(1).await;
    assert_eq!(app.now().as_seconds() % 3600, 900);
    for (deposit, status) in [
        (&errored, Status::Errored),
        (&rejected, Status::Rejected),
        (&stays, Status::Requested),
        (&paid, Status::Requested),
    ] {
        assert_eq!(stored(app, deposit).await, status);
    }
    // A day after it was made, at the next minute 15.
    app.pass(86_400 - 1).await;
    assert_eq!(stored(app, &paid).await, Status::Requested);
    app.pass(1).await;
    assert_eq!((stored(app, &paid).await, stored(app, &stays).await), (Status::Deposited, Status::Requested));
    let next = app.engine().microdeposits_due_at().await.unwrap().unwrap();
    assert_eq!(next, app.now().plus_seconds(3600), "the one that stays REQUESTED");
});

both!(a_change_by_the_provider_is_noted_once, async |app| {
    let session = app.new_session().await;
    let deposit = made(app, &session, "7331").await;
    app.clock.advance_seconds(60);
    for _ in 0..3 {
        read(app, &session, &deposit).await;
        app.work().await;
    }
    let rows = app.engine().db().audit_unsealed(store::scope::SystemScope::of_the_service()).await.unwrap();
    let noted: Vec<_> = rows.iter().filter(|row| row.text.contains(&deposit)).collect();
    assert_eq!(noted.len(), 2, "{noted:?}");
    assert!(noted[1].text.contains("|service|microdeposit status|"), "{noted:?}");
});

both!(an_advance_of_the_clock_asks_on_the_way, async |app| {
    let session = app.new_session().await;
    let deposit = made(app, &session, "7331").await;
    app.post("/sandbox/clock/advance").key().json(json!({"days": 2})).ok().await;
    assert_eq!(stored(app, &deposit).await, Status::Deposited);
    let session = self::session(app).await;
    let seen = read(app, &session, &deposit).await;
    let updated = domain::time::Timestamp::parse_rfc3339(seen["updated_at"].as_str().unwrap()).unwrap();
    assert_eq!(updated.as_seconds() % 3600, 900, "at a minute 15, not at the end of the way");
    assert!(updated < app.now().plus_seconds(-80_000));
});

both!(deposits_of_a_deleted_user_are_left_alone, async |app| {
    let session = app.new_session().await;
    made(app, &session, "7331").await;
    app.delete("/live/partner/users/U-1").key().send().await.is(204);
    app.pass(86_400).await;
    assert_eq!(app.engine().microdeposits_due_at().await.unwrap(), None);
});
