//! `GET` and `PUT /jobs/{job_guid}/resume`, deprecated (`spec: nexus-core, 6.1`).
use crate::{
    nexus::jobs::read::JOB,
    support::{NEXUS, is, nobody, state},
};
use serde_json::{Value, json};
use testkit::{
    App,
    app::{PASSWORD, Session},
    both,
};

async fn keep(app: &App, session: &Session, member: &str, challenge: &Value, value: &str) {
    let body = json!({"credential_guid": challenge["guid"], "value": value});
    app.post(&format!("/members/{member}/credentials.json")).token(&session.token).json(body).ok().await;
}

async fn path(app: &App, session: &Session, member: &str) -> String {
    let job = app.member(session, member).await["most_recent_job_guid"].as_str().unwrap().to_owned();
    format!("/jobs/{job}/resume")
}

both!(with_the_answer_that_was_kept, async |app| {
    let session = app.new_session().await;
    for (method, end) in [("GET", ""), ("PUT", ""), ("GET", ".json"), ("PUT", ".json"), ("GET", "/")] {
        let member = app.connected(&session, "challenge").await;
        let open = app.challenges(&session, &member).await;
        keep(app, &session, &member, &open[0], "correct").await;
        let path = path(app, &session, &member).await;
        let answer = app.request(method, &format!("{path}{end}")).token(&session.token).send().await.is(200);
        assert_eq!(answer.keys("/job"), JOB);
        if end != ".json" {
            assert_eq!(answer.media(), NEXUS);
        }
        let job = answer.json()["job"].clone();
        assert_eq!((&job["status"], &job["status_name"]), (&json!(3), &json!("RECEIVED")));
        assert_eq!(state(app, &session, &member).await, is("RESUMED", true));
        app.request(method, &path).token(&session.token).fails(4050).await;
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is("CONNECTED", false), "{method} {end}");
    }
});

both!(the_bank_hears_what_was_kept_last, async |app| {
    let session = app.new_session().await;
    for (word, end) in [("wrong", "REJECTED"), ("LOCKED", "LOCKED"), ("correct", "CONNECTED")] {
        let member = app.connected(&session, "options").await;
        let open = app.challenges(&session, &member).await;
        keep(app, &session, &member, &open[0], "DENIED").await;
        // An option by its guid.
        let options = open[0]["options"].as_array().unwrap();
        let option = options.iter().find(|option| option["value"] == word).unwrap();
        keep(app, &session, &member, &open[0], option["guid"].as_str().unwrap()).await;
        app.put(&path(app, &session, &member).await).token(&session.token).ok().await;
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is(end, false), "{word}");
    }
});

both!(an_answer_that_is_missing, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "many").await;
    let open = app.challenges(&session, &member).await;
    let path = path(app, &session, &member).await;
    let missing = async || app.get(&path).token(&session.token).fails(4002).await;
    let lacks = |at: usize| {
        format!("param is missing or the value is empty: {}", open[at]["label"].as_str().unwrap())
    };
    assert_eq!(missing().await, lacks(0));
    keep(app, &session, &member, &open[0], "correct").await;
    assert_eq!(missing().await, lacks(1));
    keep(app, &session, &member, &open[2], "correct").await;
    assert_eq!(missing().await, lacks(1));
    assert_eq!(state(app, &session, &member).await, is("CHALLENGED", true));
    app.restart().await;
    keep(app, &session, &member, &open[1], "correct").await;
    app.get(&path).token(&session.token).ok().await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(a_further_round_needs_answers_of_its_own, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "two_step").await;
    let path = path(app, &session, &member).await;
    for (value, end) in [("sms", is("CHALLENGED", true)), ("correct", is("CONNECTED", false))] {
        app.get(&path).token(&session.token).fails(4002).await;
        let open = app.challenges(&session, &member).await;
        keep(app, &session, &member, &open[0], value).await;
        app.get(&path).token(&session.token).ok().await;
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, end);
    }
});

both!(jobs_that_are_not_challenged, async |app| {
    let session = app.new_session().await;
    let done = app.connected(&session, "x").await;
    let done = path(app, &session, &done).await;
    assert_eq!(app.get(&done).token(&session.token).fails(4050).await, "Member is not challenged.");
    // Also when the lifetime is over, before a missing answer is looked for.
    let member = app.connected(&session, "challenge").await;
    let late = path(app, &session, &member).await;
    app.clock.advance_seconds(900);
    app.get(&late).token(&session.token).fails(4050).await;
    app.pass(5).await;
    // Also when the member has another job by now.
    let member = app.connected(&session, "challenge").await;
    let replaced = path(app, &session, &member).await;
    let body = json!({"member": {"credentials": [{"credential_guid": PASSWORD, "value": "token"}]}});
    app.put(&format!("/members/{member}")).token(&session.token).json(body).ok().await;
    app.pass(5).await;
    app.get(&replaced).token(&session.token).fails(4050).await;
});

both!(jobs_that_are_not_there, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let path = path(app, &session, &member).await;
    let stranger = app.session(&app.user("U-2").await).await;
    app.get(&path).token(&stranger.token).fails(4040).await;
    let nobodys = format!("/jobs/{}/resume", nobody("JOB"));
    assert_eq!(app.get(&nobodys).token(&session.token).fails(4040).await, "job not found");
    app.get("/jobs/JOB-1/resume").token(&session.token).fails(4040).await;
});

both!(a_head_resumes_nothing, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let open = app.challenges(&session, &member).await;
    keep(app, &session, &member, &open[0], "correct").await;
    let path = path(app, &session, &member).await;
    app.request("HEAD", &path).token(&session.token).send().await.is(405);
    assert_eq!(state(app, &session, &member).await, is("CHALLENGED", true));
    app.post(&path).token(&session.token).fails(4050).await;
});
