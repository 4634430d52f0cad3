//! What is past its time (`spec: nexus-core, 10.5`; nexus-pfm, 16.3).
use super::{Connected, DAY, HOUR, operator};
use store::{Class, Statement};
use testkit::both;

static AGE_PENDING: Statement = Statement::new(
    "AGE_PENDING",
    Class::Heavy,
    "UPDATE transactions SET created_at = ?2 WHERE user_id = ?1 AND status = 2",
);
static COUNT: Statement = Statement::new(
    "COUNT_OF_USER",
    Class::Heavy,
    "SELECT (SELECT COUNT(*) FROM transactions WHERE user_id = ?1 AND status = ?2), \
     (SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM transaction_counts WHERE user_id = ?1 AND account_no = 0)",
);

both!(pending_for_fourteen_days_is_gone_and_stays_away_while_the_feed_lists_it, async |app| {
    let member = Connected::new(app, "U-1", "x").await;
    let (engine, scope) = (app.engine(), member.scope());
    let counts = async |status: i64| {
        let params = store::params![scope.number(), status];
        engine.db().query_one(&COUNT, params, |row| Ok((row.int(0)?, row.int(1)?))).await.unwrap().unwrap()
    };
    let ((pending, counted), (posted, _)) = (counts(2).await, counts(1).await);
    assert!(pending > 0);
    assert_eq!(counted, pending + posted);
    let old = app.now().plus_seconds(-14 * DAY);
    let aged =
        engine.db().write(move |tx| tx.execute(&AGE_PENDING, store::params![scope.number(), old])).await;
    assert_eq!(aged.unwrap(), pending.unsigned_abs());
    app.pass(HOUR).await;
    assert_eq!(counts(2).await, (0, posted), "within the hour");
    let session = app.session(&member.user).await;
    app.get(&format!("/members/{}/aggregate", member.guid)).token(&session.token).ok().await;
    app.pass(10).await;
    assert_eq!(counts(2).await.0, 0, "the feed lists them still");
    app.pass(5 * DAY).await;
    assert!(counts(1).await.0 > posted, "once posted they are there");
});

both!(a_user_with_this_id_again_finds_nothing_of_the_one_before, async |app| {
    let member = Connected::new(app, "U-1", "x").await;
    let (engine, scope) = (app.engine(), member.scope());
    engine.delete_user(&operator(), app.client.scope, "U-1").await.unwrap();
    app.user("U-1").await;
    let params = store::params![scope.number(), 1];
    let left = engine.db().query_one(&COUNT, params, |row| Ok((row.int(0)?, row.int(1)?))).await.unwrap();
    assert_eq!(left, Some((0, 0)));
});

both!(deleted_users_and_ended_jobs_go_after_their_time, async |app| {
    let member = Connected::new(app, "U-1", "x").await;
    let (engine, scope) = (app.engine(), member.scope());
    let stays = Connected::new(app, "U-2", "DENIED").await;
    let first = stays.job(app).await.guid.to_string();
    let session = app.session(&stays.user).await;
    app.get(&format!("/members/{}/aggregate", stays.guid)).token(&session.token).ok().await;
    app.pass(5).await;
    engine.delete_user(&operator(), app.client.scope, "U-1").await.unwrap();
    let rows = async || {
        let params = store::params![scope.number(), 1];
        engine.db().query_one(&COUNT, params, |row| row.int(0)).await.unwrap().unwrap()
    };
    app.pass(14 * DAY - 60).await;
    assert!(rows().await > 0);
    app.pass(2 * HOUR).await;
    assert_eq!(rows().await, 0);
    assert!(engine.job(stays.scope(), &first).await.is_ok());
    app.pass(78 * DAY).await;
    assert!(engine.job(stays.scope(), &first).await.is_err(), "after ninety days");
    stays.job(app).await;
});
