//! The causes of DISABLED, one by one, and the operator's words (`spec: nexus-core, 10.2`, rows 30 and 31).
use super::{Connected, DAY, operator};
use crate::support::new_password;
use domain::machine::Cause;
use engine::user::UserPatch;
use testkit::{App, both};

async fn disable_user(app: &App, is_disabled: bool) {
    let patch = UserPatch { is_disabled: Some(is_disabled), ..UserPatch::default() };
    app.engine().update_user(&operator(), app.client.scope, "U-1", patch).await.unwrap();
}

both!(the_status_comes_back_with_the_end_of_the_last_cause, async |app| {
    let member = Connected::new(app, "U-1", "x").await;
    let engine = app.engine();
    let (call, guid) = (operator(), member.guid.clone());
    engine.pause_member(&call, &guid).await.unwrap();
    assert_eq!(member.status(app).await, "DISABLED");
    disable_user(app, true).await;
    disable_user(app, false).await;
    assert_eq!(member.status(app).await, "DISABLED", "the operator's pause holds");
    assert!(!member.is_disabled_by(app, Cause::User).await);
    disable_user(app, true).await;
    engine.resume_member(&call, &guid).await.unwrap();
    assert_eq!(member.status(app).await, "DISABLED", "the user is disabled");
    disable_user(app, false).await;
    assert_eq!(member.status(app).await, "CONNECTED");
    assert_eq!(engine.resume_member(&call, &guid).await.unwrap_err().to_string(), NOT_ALLOWED);
});

const NOT_ALLOWED: &str = "the member's status, CONNECTED, does not allow it";

both!(a_paused_run_ends_and_comes_back_as_updated, async |app| {
    let member = Connected::new(app, "U-1", "challenge").await;
    assert_eq!(member.status(app).await, "CHALLENGED");
    app.engine().pause_member(&operator(), &member.guid).await.unwrap();
    let job = member.job(app).await;
    assert_eq!(job.state.error.map(domain::machine::JobError::code), Some(9));
    app.engine().resume_member(&operator(), &member.guid).await.unwrap();
    assert_eq!(member.status(app).await, "UPDATED");
});

both!(new_credentials_end_the_banks_word_and_no_other_cause, async |app| {
    let member = Connected::new(app, "U-1", "DISABLED").await;
    assert!(member.is_disabled_by(app, Cause::Bank).await);
    let session = app.session(&member.user).await;
    assert_eq!(new_password(app, &session, &member.guid, "x").await["connection_status"], "UPDATED");
    app.pass(5).await;
    app.engine().pause_member(&operator(), &member.guid).await.unwrap();
    let member_body = new_password(app, &session, &member.guid, "y").await;
    assert_eq!(member_body["connection_status"], "DISABLED");
    app.engine().resume_member(&operator(), &member.guid).await.unwrap();
    assert_eq!(member.status(app).await, "UPDATED");
});

both!(a_closed_member_has_no_credentials_and_stays_closed, async |app| {
    let member = Connected::new(app, "U-1", "x").await;
    app.engine().close_member(&operator(), &member.guid).await.unwrap();
    assert_eq!(member.status(app).await, "CLOSED");
    let (scope, no) = (member.scope(), member.view(app).await.member.no);
    let left = app.engine().db().write(move |tx| tx.member_credentials(scope, no)).await.unwrap();
    assert!(left.is_empty());
    app.pass(3 * DAY).await;
    assert_eq!(member.status(app).await, "CLOSED");
    let nobody = crate::support::nobody("MBR");
    assert!(app.engine().close_member(&operator(), &nobody).await.is_err());
    assert!(app.engine().pause_member(&operator(), "MBR-1").await.is_err());
});
