//! A job and a member on one page each.
use crate::support::raw_store;
use engine::{operator::JobPage, user::UserPatch};
use serde_json::json;
use testkit::{App, app::Session, both};

async fn page(app: &App, session: &Session, member: &str) -> JobPage {
    let job = app.job(session, member).await;
    app.engine().job_page(job["guid"].as_str().unwrap()).await.unwrap()
}

fn words(page: &JobPage) -> Vec<&str> {
    page.steps.iter().map(|step| step.what.as_str()).collect()
}

both!(the_way_of_a_job_step_by_step, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let waiting = page(app, &session, &member).await;
    assert_eq!(waiting.job.status.as_deref(), Some("CHALLENGED"));
    assert_eq!(
        waiting.advice,
        "The user must answer; after the lifetime of the question it becomes EXPIRED."
    );
    let told = [
        "AGGREGATION asked for by a call or a session",
        "a worker took it",
        "the institution asked 1 question (TEXT)",
    ];
    assert_eq!(words(&waiting), told);
    app.pass(60).await;
    app.answer(&session, &member, "correct").await;
    app.pass(5).await;
    let done = page(app, &session, &member).await;
    let steps = words(&done);
    assert_eq!(&steps[..3], &told);
    assert_eq!(&steps[3..5], ["all was answered", "the login was accepted"]);
    assert!(steps[5].starts_with("data of ") && steps[5].contains(" accounts stored: "), "{steps:?}");
    assert_eq!(&steps[6..], ["all data was fetched", "ended COMPLETED"]);
    assert!(done.steps[3].after_ms >= 60_000, "the wait for the answer: {:?}", done.steps[3]);
    assert!(done.waited_ms >= 60_000 && done.elapsed_ms > done.waited_ms, "{done:?}");
    assert!(done.transactions_created > 0 && done.is_most_recent);
    assert_eq!((done.connection_status.as_deref(), done.due_at), (Some("CONNECTED"), None));
});

both!(why_a_job_failed, async |app| {
    let session = app.new_session().await;
    for (word, last, code) in [
        ("DENIED", "ended DENIED: The credentials were not accepted.", 1),
        ("LOCKED", "ended HALTED: The institution blocks this login.", 4),
        ("SERVER_ERROR", "ended HALTED: The institution could not be reached or failed.", 6),
    ] {
        let member = app.connected(&session, word).await;
        let page = page(app, &session, &member).await;
        assert_eq!(words(&page).last(), Some(&last), "{word}");
        assert_eq!(page.job.error_message_code, Some(code), "{word}");
        assert!(!page.advice.is_empty());
    }
    let member = app.connected(&session, "challenge").await;
    app.pass(16 * 60).await;
    let page = page(app, &session, &member).await;
    let last = "ended HALTED, its time was over: The answer was not given in time.";
    assert_eq!(words(&page).last(), Some(&last));
});

both!(a_worker_that_died_shows, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "any-word").await;
    let engine = app.engine();
    let system = store::scope::SystemScope::of_the_service();
    app.work().await;
    let now = app.now();
    let due = engine.db().due_jobs(system, now.plus_seconds(60), now, &[], 10).await.unwrap();
    let job = due[0];
    engine.db().write(move |tx| tx.lease_job(&job, now.plus_seconds(1))).await.unwrap();
    app.crash().await;
    app.pass(30).await;
    let page = page(app, &session, &member).await;
    assert_eq!(words(&page).iter().filter(|what| **what == "a worker took it").count(), 2, "{page:?}");
    assert_eq!(page.job.takes, 2);
});

both!(no_secret_is_in_a_timeline, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let label = app.challenges(&session, &member).await[0]["label"].as_str().unwrap().to_owned();
    app.answer(&session, &member, "an-answer-nobody-else-gives").await;
    app.pass(5).await;
    let engine = app.engine();
    let member_page = serde_json::to_string(&engine.member_page(&member).await.unwrap()).unwrap();
    let job_page = serde_json::to_string(&page(app, &session, &member).await).unwrap();
    for secret in ["an-answer-nobody-else-gives", "mxuser", label.as_str()] {
        assert!(!member_page.contains(secret) && !job_page.contains(secret), "{secret}");
    }
    assert!(!raw_store(app).await.contains("an-answer-nobody-else-gives"));
});

both!(why_a_connection_is_not_updating, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let engine = app.engine();
    let member = app.connected(&session, "any-word").await;
    let page = engine.member_page(&member).await.unwrap();
    assert_eq!((page.connection_status.as_deref(), page.now.as_str()), (Some("CONNECTED"), "no job runs"));
    let next = page.background.next_at.unwrap();
    assert!(next.starts_with("2026-01-06T1"), "a day after the last start, two hours more or less: {next}");
    assert_eq!((page.background.why_not.len(), page.jobs.len(), page.failures), (0, 1, 0));
    assert_eq!(page.institution.members, [("CONNECTED".to_owned(), 1)].into());
    assert_eq!(page.institution.ended_24h, [("completed".to_owned(), 1)].into());

    let path = format!("/members/{member}");
    let body = json!({"member": {"background_aggregation_is_disabled": true}});
    app.put(&path).token(&session.token).json(body).ok().await;
    let why = engine.member_page(&member).await.unwrap().background;
    assert_eq!(why.next_at, None);
    assert_eq!(why.why_not, ["background_aggregation_is_disabled is set on the member"]);

    for (word, status, why) in [
        ("DENIED", "DENIED", "DENIED is left alone: the user must act first"),
        (
            "RECONNECTED",
            "RECONNECTED",
            "RECONNECTED is left alone: the institution would ask a question again",
        ),
        ("CLOSED", "CLOSED", "CLOSED is left alone: it is over"),
    ] {
        let member = app.connected(&session, word).await;
        app.pass(10).await;
        let page = engine.member_page(&member).await.unwrap();
        assert_eq!(
            (page.connection_status.as_deref(), page.background.why_not.as_slice()),
            (Some(status), &[why.to_owned()][..])
        );
    }
    let waiting = app.connected(&session, "challenge").await;
    let page = engine.member_page(&waiting).await.unwrap();
    assert!(page.now.contains("waits for the user's answer until 2026-01-05T12:"), "{}", page.now);
    assert_eq!(page.background.why_not, ["a job runs now; the next one is counted from its start"]);

    let patch = UserPatch { is_disabled: Some(true), ..UserPatch::default() };
    engine
        .update_user(&engine::Call::new("operator", "t", "t"), app.client.scope, "U-1", patch)
        .await
        .unwrap();
    let page = engine.member_page(&member).await.unwrap();
    assert!(page.background.why_not.contains(&"the user is disabled".to_owned()), "{page:?}");
});
