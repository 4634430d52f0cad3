//! `POST /members/{member_guid}/check_balance` (`spec: nexus-core, 4`).
use crate::support::{is, nobody, state};
use serde_json::{Value, json};
use testkit::both;

both!(a_job_that_takes_balances_only, async |app| {
    let session = app.new_session().await;
    let mut body = app.new_member("x");
    body["skip_aggregation"] = json!(true);
    let made = app.post("/members").token(&session.token).json(json!({"member": body})).ok().await;
    let member = made["member"]["guid"].as_str().unwrap().to_owned();
    let path = format!("/members/{member}/check_balance");
    let body = app.post(&path).token(&session.token).ok().await;
    assert_eq!(body["member"], app.member(&session, &member).await);
    assert_eq!(
        app.post(&path).token(&session.token).send().await.is(202).json(),
        body,
        "one that runs already"
    );
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    let accounts = app.get(&format!("/members/{member}/accounts")).token(&session.token).ok().await;
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 14);
    let transactions = app.get(&format!("/members/{member}/transactions")).token(&session.token).ok().await;
    assert_eq!(transactions["transactions"], json!([]));
    assert_ne!(app.member(&session, &member).await["successfully_aggregated_at"], Value::Null);
});

both!(what_stands_in_its_way, async |app| {
    let session = app.new_session().await;
    let ask =
        |member: &str| app.post(&format!("/members/{member}/check_balance")).token(&session.token).send();
    let member = app.connect(&session, "x").await;
    assert_eq!(ask(&member).await.fails(4090), "Another job is running for this member.");
    let member = app.connected(&session, "PREVENTED").await;
    assert_eq!(ask(&member).await.fails(4050), "Credentials must be updated first.");
    let member = app.connected(&session, "CLOSED").await;
    assert_eq!(ask(&member).await.fails(4050), "Member cannot be aggregated.");
    assert_eq!(ask(&nobody("MBR")).await.fails(4040), "member not found");
    app.get(&format!("/members/{member}/check_balance")).token(&session.token).fails(4050).await;
    app.pass(5).await;
});
