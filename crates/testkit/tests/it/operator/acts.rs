//! Close, pause, resume: rows 30 and 31 (`spec: nexus-core, 10.2`).
use crate::support::{is, state};
use engine::{Call, Error};
use serde_json::json;
use store::scope::SystemScope;
use testkit::{App, both};

fn call(action: &str) -> Call {
    Call::new("operator", action, action)
}

async fn audited(app: &App, action: &str) -> Vec<String> {
    let rows = app.engine().db().audit_of_request(SystemScope::of_the_service(), action).await.unwrap();
    rows.into_iter().map(|row| row.object).collect()
}

both!(a_pause_keeps_the_status_and_gives_it_back, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "any-word").await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    let page = app.engine().pause_member(&call("member pause"), &member).await.unwrap();
    assert_eq!(
        (page.connection_status.as_deref(), page.former_status.as_deref()),
        (Some("DISABLED"), Some("CONNECTED"))
    );
    assert_eq!(state(app, &session, &member).await, is("DISABLED", false));
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).fails(4050).await;
    let page = app.engine().resume_member(&call("member resume"), &member).await.unwrap();
    assert_eq!(page.connection_status.as_deref(), Some("CONNECTED"));
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    assert_eq!(audited(app, "member pause").await, std::slice::from_ref(&member));
    assert_eq!(audited(app, "member resume").await, std::slice::from_ref(&member));
    let refused = app.engine().resume_member(&call("member resume"), &member).await.unwrap_err();
    assert_eq!(refused.to_string(), "the member's status, CONNECTED, does not allow it");
});

both!(a_pause_ends_the_running_job, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    app.engine().pause_member(&call("member pause"), &member).await.unwrap();
    let job = app.job(&session, &member).await;
    assert_eq!((&job["status"], &job["error_message_code"]), (&json!(9), &json!(9)));
    let page = app.engine().job_page(job["guid"].as_str().unwrap()).await.unwrap();
    let last = &page.steps.last().unwrap().what;
    assert_eq!(last, "ended HALTED, the member was disabled: The job was cancelled.");
});

both!(a_closed_member_has_no_credentials_left, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "any-word").await;
    let page = app.engine().close_member(&call("member close"), &member).await.unwrap();
    assert_eq!(page.connection_status.as_deref(), Some("CLOSED"));
    let read = app.get(&format!("/members/{member}/credentials")).token(&session.token).ok().await;
    let values = read["credentials"].as_array().unwrap();
    assert!(values.iter().all(|it| it["value_identifier"].is_null()), "{values:?}");
    let accounts = app.get("/accounts").token(&session.token).ok().await;
    assert!(!accounts["accounts"].as_array().unwrap().is_empty(), "its data stays");
    assert_eq!(audited(app, "member close").await, [member]);
});

both!(what_is_not_there_is_said, async |app| {
    for guid in ["MBR-11141024-90b3-1bce-cac9-c06ced52ab4c", "x", "JOB-11141024-90b3-1bce-cac9-c06ced52ab4c"]
    {
        let engine = app.engine();
        assert!(matches!(engine.pause_member(&call("x"), guid).await, Err(Error::NotFound("member"))));
        assert!(matches!(engine.member_page(guid).await, Err(Error::NotFound("member"))));
        assert!(matches!(engine.job_page(guid).await, Err(Error::NotFound("job"))));
    }
});
