//! The clock of the sandbox moved through what happens by itself (`spec: sandbox, 5`).
use super::{Connected, DAY, HOUR};
use domain::settings::Settings;
use serde_json::json;
use std::time::Duration;
use testkit::{App, app::Setup, both};

both!(a_month_has_its_aggregations_at_their_times, async |app| {
    let members = [Connected::new(app, "U-1", "x").await, Connected::new(app, "U-2", "SERVER_ERROR").await];
    let begin = app.now();
    app.post("/sandbox/clock/advance").key().json(json!({"days": 30})).ok().await;
    assert!((app.now().as_seconds() - begin.as_seconds() - 30 * DAY) < 60);
    assert_eq!(members[0].status(app).await, "CONNECTED");
    assert_eq!(members[1].status(app).await, "DISCONNECTED", "fourteen days without success");
    for member in &members {
        let job = member.job(app).await;
        assert!(job.state.is_background && job.state.status.is_final());
        let took = job.state.finished_at.unwrap().micros_since(job.created_at);
        assert!((0..10_000_000).contains(&took), "its own time, not the end of the hour: {took}");
        assert!(job.created_at.as_seconds() > begin.as_seconds() + 22 * DAY);
    }
    let history = members[0].view(app).await.member.revision;
    assert!(history > 29 * 4, "a transition for every row: {history}");
});

both!(a_day_by_advance_is_a_day_by_waiting, async |app| {
    let (waits, moves) = (Connected::new(app, "U-1", "x").await, Connected::new(app, "U-2", "x").await);
    app.pass(26 * HOUR + 60).await;
    let waited = waits.job(app).await;
    assert_eq!(moves.job(app).await.state.status, waited.state.status);
    app.post("/sandbox/clock/advance").key().json(json!({"seconds": 26 * HOUR + 60})).ok().await;
    for member in [&waits, &moves] {
        let job = member.job(app).await;
        assert_ne!(job.guid, waited.guid);
        let took = |job: &store::jobs::Job| job.state.finished_at.unwrap().micros_since(job.created_at);
        assert_eq!(took(&job), took(&waited));
    }
});

#[tokio::test]
async fn five_years() {
    let month = Duration::from_secs(30 * 86_400);
    let settings = Settings { background_interval: month, ..Settings::default() };
    let app = App::sqlite_with(Setup { settings, ..Setup::default() }).await;
    let member = Connected::new(&app, "U-1", "x").await;
    let begin = app.now();
    app.post("/sandbox/clock/advance").key().json(json!({"days": 1826})).ok().await;
    assert_eq!(app.now().as_seconds() - begin.as_seconds(), 1826 * DAY);
    let state = member.view(&app).await.member.state;
    assert!(app.now().micros_since(state.successfully_aggregated_at.unwrap()) < 33 * DAY * 1_000_000);
    app.finish().await;
}
