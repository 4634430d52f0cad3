//! How institutions do, in numbers: `/metrics`, and the worst of them.
use serde_json::json;
use testkit::{App, both};

async fn scrape(app: &App) -> String {
    let answer = app.get("/metrics").send().await.is(200);
    String::from_utf8(answer.bytes.to_vec()).unwrap()
}

fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|it| it == *line), "{line}\n{text}");
    }
}

both!(members_jobs_and_freshness_by_institution, async |app| {
    let session = app.new_session().await;
    let connected = app.connected(&session, "any-word").await;
    app.connected(&session, "SERVER_ERROR").await;
    app.connected(&session, "DENIED").await;
    app.pass(30).await;
    let text = scrape(app).await;
    has(
        &text,
        &[
            r#"tributary_members{institution="mxbank",status="CONNECTED"} 1"#,
            r#"tributary_members{institution="mxbank",status="FAILED"} 1"#,
            r#"tributary_members{institution="mxbank",status="DENIED"} 1"#,
            r#"tributary_jobs_ended_total{institution="mxbank",outcome="completed"} 1"#,
            r#"tributary_jobs_ended_total{institution="mxbank",outcome="institution"} 1"#,
            r#"tributary_jobs_ended_total{institution="mxbank",outcome="credentials_refused"} 1"#,
            r#"tributary_members_stale{institution="mxbank"} 0"#,
            "tributary_jobs_due 0",
            "tributary_oldest_due_job_age_seconds 0",
        ],
    );
    assert!(!text.contains("outcome=\"locked\""), "nothing is shown of what never happened");
    let member = app.member(&session, &connected).await;
    let at = domain::time::Timestamp::parse_rfc3339(member["successfully_aggregated_at"].as_str().unwrap())
        .unwrap();
    let line =
        format!(r#"tributary_last_success_timestamp_seconds{{institution="mxbank"}} {}"#, at.as_seconds());
    has(&text, &[&line]);

    // Nothing is counted twice, and a dead connection gets loud.
    let members = app.get("/members").token(&session.token).ok().await;
    for member in members["members"].as_array().unwrap() {
        let path = format!("/members/{}", member["guid"].as_str().unwrap());
        let patch = json!({"member": {"background_aggregation_is_disabled": true}});
        app.put(&path).token(&session.token).json(patch).ok().await;
    }
    app.pass(3 * 86_400).await;
    let text = scrape(app).await;
    has(
        &text,
        &[
            r#"tributary_jobs_ended_total{institution="mxbank",outcome="completed"} 1"#,
            r#"tributary_members_stale{institution="mxbank"} 2"#,
        ],
    );
    let age = text
        .lines()
        .find_map(|line| line.strip_prefix(r#"tributary_oldest_success_age_seconds{institution="mxbank"} "#));
    assert!(age.unwrap().parse::<i64>().unwrap() > 3 * 86_400, "{age:?}");
});

both!(figures_are_read_at_most_every_fifteen_seconds, async |app| {
    let session = app.new_session().await;
    let before = app.engine().figures().await.unwrap();
    app.connected(&session, "any-word").await;
    assert_eq!(*app.engine().figures().await.unwrap(), *before, "five seconds later");
    app.pass(15).await;
    let after = app.engine().figures().await.unwrap();
    assert_eq!(after.institutions.len(), 1);
    assert_eq!(after.institutions[0].members, [("CONNECTED", 1)].into());
});

both!(the_worst_institutions, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "any-word").await;
    assert_eq!(app.engine().troubles(5).await.unwrap(), []);
    app.connected(&session, "SERVER_ERROR").await;
    let troubles = app.engine().troubles(5).await.unwrap();
    let worst = &troubles[0];
    assert_eq!((worst.institution_code.as_str(), worst.members, worst.failing), ("mxbank", 2, 1));
    assert_eq!((worst.ended, worst.completed, worst.stale), (2, 1, 0));
});
