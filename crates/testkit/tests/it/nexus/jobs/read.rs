//! `GET /jobs/{job_guid}` (`spec: nexus-core, 6.1`).
use crate::support::{NEXUS, nobody};
use serde_json::{Value, json};
use testkit::both;

/// The keys, in the order of the contract.
pub(crate) const JOB: [&str; 13] = [
    "created_at",
    "error_message",
    "error_message_code",
    "finished_at",
    "guid",
    "institution_guid",
    "is_authenticated",
    "member_guid",
    "started_at",
    "status",
    "status_name",
    "updated_at",
    "user_guid",
];

both!(a_job_from_begin_to_end, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let member = app.connect(&session, "challenge").await;
    let guid = app.member(&session, &member).await["most_recent_job_guid"].as_str().unwrap().to_owned();
    let path = format!("/jobs/{guid}");
    let answer = app.get(&path).token(&session.token).send().await.is(200);
    assert_eq!((answer.media(), answer.keys("")), (NEXUS, vec!["job".to_owned()]));
    assert_eq!(answer.keys("/job"), JOB);
    let expected = format!(
        r#"{{"job":{{"created_at":"2026-01-05T12:00:00.000Z","error_message":null,"error_message_code":null,"finished_at":null,"guid":"{guid}","institution_guid":"INS-1572a04c-912b-59bf-5841-332c7dfafaef","is_authenticated":false,"member_guid":"{member}","started_at":null,"status":0,"status_name":"INITIATED","updated_at":"2026-01-05T12:00:00.000Z","user_guid":"{}"}}}}"#,
        user.guid
    );
    assert_eq!(answer.text(), expected);
    app.pass(3).await;
    let job = app.get(&path).token(&session.token).ok().await["job"].clone();
    assert_eq!((&job["status"], &job["status_name"]), (&json!(2), &json!("CHALLENGED")));
    assert_eq!(job["started_at"], "2026-01-05T12:00:00.000Z");
    app.answer(&session, &member, "correct").await;
    let job = app.get(&path).token(&session.token).ok().await["job"].clone();
    assert_eq!(
        (&job["status"], &job["status_name"], &job["updated_at"]),
        (&json!(3), &json!("RECEIVED"), &json!("2026-01-05T12:00:03.000Z"))
    );
    app.pass(5).await;
    let job = app.get(&path).token(&session.token).ok().await["job"].clone();
    assert_eq!(
        (&job["status"], &job["status_name"], &job["is_authenticated"]),
        (&json!(6), &json!("COMPLETED"), &json!(true))
    );
    assert_eq!((&job["error_message"], &job["error_message_code"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&job["finished_at"], &job["updated_at"]),
        (&json!("2026-01-05T12:00:03.000Z"), &job["finished_at"])
    );
});

both!(how_jobs_end, async |app| {
    let session = app.new_session().await;
    for (word, status, name, code, message, authenticated) in [
        ("DENIED", 8, "DENIED", 1, "The credentials were not accepted.", false),
        ("PREVENTED", 7, "PREVENTED", 1, "The credentials were not accepted.", false),
        ("LOCKED", 9, "HALTED", 4, "The institution blocks this login.", false),
        ("IMPEDED", 9, "HALTED", 5, "The institution needs the attention of the user.", false),
        ("BAD_REQUEST", 9, "HALTED", 6, "The institution could not be reached or failed.", false),
        ("PARTIAL", 9, "HALTED", 6, "The institution could not be reached or failed.", true),
        ("TIMEOUT", 9, "HALTED", 7, "The job took too long.", false),
        ("IMPAIRED", 9, "HALTED", 8, "Credentials are missing or were revoked.", false),
        ("IMPORTED", 9, "HALTED", 8, "Credentials are missing or were revoked.", false),
        ("CLOSED", 9, "HALTED", 9, "The job was cancelled.", false),
        ("DISCONTINUED", 9, "HALTED", 9, "The job was cancelled.", false),
        ("DISABLED", 9, "HALTED", 9, "The job was cancelled.", false),
    ] {
        let member = app.connect(&session, word).await;
        app.pass(if word == "TIMEOUT" { 620 } else { 5 }).await;
        let job = app.job(&session, &member).await;
        assert_eq!((&job["status"], &job["status_name"]), (&json!(status), &json!(name)), "{word}");
        assert_eq!(
            (&job["error_message_code"], &job["error_message"]),
            (&json!(code), &json!(message)),
            "{word}"
        );
        assert_eq!(job["is_authenticated"], authenticated, "{word}");
        assert_eq!(job["finished_at"], job["updated_at"], "{word}");
    }
    for (answer, status, code, message) in [
        ("wrong", 8, 2, "The answer was not accepted."),
        ("EXPIRED", 9, 3, "The answer was not given in time."),
    ] {
        let member = app.connected(&session, "challenge").await;
        app.answer(&session, &member, answer).await;
        app.pass(5).await;
        let job = app.job(&session, &member).await;
        assert_eq!(
            (&job["status"], &job["error_message_code"], &job["error_message"]),
            (&json!(status), &json!(code), &json!(message))
        );
    }
});

both!(jobs_that_are_not_there, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let guid = app.member(&session, &member).await["most_recent_job_guid"].as_str().unwrap().to_owned();
    let other = app.user("U-2").await;
    let other = app.session(&other).await;
    for end in ["", "/mfa_credentials"] {
        assert_eq!(
            app.get(&format!("/jobs/{guid}{end}")).token(&other.token).fails(4040).await,
            "job not found"
        );
        for guid in [nobody("JOB"), member.clone(), "x".to_owned()] {
            assert_eq!(
                app.get(&format!("/jobs/{guid}{end}")).token(&session.token).fails(4040).await,
                "job not found"
            );
        }
        app.get(&format!("/jobs/{guid}{end}")).fails(4010).await;
    }
    app.get("/jobs").token(&session.token).fails(4040).await;
});

both!(the_most_recent_job_can_be_read_as_long_as_its_member, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let member = app.connected(&session, "x").await;
    let first = app.job(&session, &member).await;
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    let second = app.job(&session, &member).await;
    let alone = json!({"background_aggregation_is_disabled": true});
    crate::support::update(app, &session, &member, alone).await;
    app.pass(91 * 86_400).await;
    app.engine().sweep().await.unwrap();
    let session = app.session(&user).await;
    let path = |job: &Value| format!("/jobs/{}", job["guid"].as_str().unwrap());
    app.get(&path(&first)).token(&session.token).fails(4040).await;
    app.get(&path(&second)).token(&session.token).ok().await;
});
