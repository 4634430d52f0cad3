//! `DELETE /members/{member_guid}` (`spec: nexus-core, 4`).
use crate::support::{each, guid, nobody};
use serde_json::{Value, json};
use testkit::{app::credentials, both};

both!(a_member_and_all_it_has_is_gone, async |app| {
    let session = app.new_session().await;
    let (gone, stays) = (app.connected(&session, "x").await, app.connected(&session, "x").await);
    let token = &session.token;
    let account = app.get(&format!("/members/{gone}/accounts")).token(token).ok().await;
    let account = guid(&account["accounts"][1]);
    let transaction = app.get(&format!("/accounts/{account}/transactions")).token(token).ok().await;
    let transaction = guid(&transaction["transactions"][0]);
    let answer = app.delete(&format!("/members/{gone}")).token(token).send().await.is(204);
    assert_eq!((answer.bytes.len(), answer.media()), (0, ""));
    for path in [
        format!("/members/{gone}"),
        format!("/members/{gone}/accounts"),
        format!("/members/{gone}/transactions"),
        format!("/members/{gone}/challenges"),
        format!("/members/{gone}/credentials"),
        format!("/members/{gone}/aggregate"),
        format!("/accounts/{account}"),
        format!("/accounts/{account}/transactions"),
        format!("/transactions/{transaction}"),
    ] {
        app.get(&path).token(token).fails(4040).await;
    }
    app.delete(&format!("/members/{gone}")).token(token).fails(4040).await;
    let members = app.get("/members").token(token).ok().await;
    assert_eq!(each(&members["members"], "guid"), [&json!(stays)]);
    let accounts = app.get("/accounts").token(token).ok().await;
    assert!(each(&accounts["accounts"], "member_guid").into_iter().all(|m| *m == json!(stays)));
    let list = app.get("/transactions?records_per_page=1000").token(token).ok().await;
    assert!(each(&list["transactions"], "member_guid").into_iter().all(|m| *m == json!(stays)));
});

both!(a_running_job_ends, async |app| {
    let session = app.new_session().await;
    for password in ["slow", "challenge"] {
        let member = app.connected(&session, password).await;
        let job = app.job(&session, &member).await["guid"].as_str().unwrap().to_owned();
        app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
        let job = app.get(&format!("/jobs/{job}")).token(&session.token).ok().await["job"].clone();
        assert_eq!((&job["status"], &job["status_name"]), (&json!(9), &json!("HALTED")));
        assert_eq!(
            (&job["error_message_code"], &job["error_message"]),
            (&json!(9), &json!("The job was cancelled."))
        );
        assert_eq!(job["finished_at"], job["updated_at"]);
        app.pass(60).await;
    }
});

both!(its_jobs_can_be_read_for_ninety_days, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let job = app.job(&session, &member).await;
    let path = format!("/jobs/{}", guid(&job));
    app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
    assert_eq!(app.get(&path).token(&session.token).ok().await["job"], job);
    let user = app.engine().user_of_client(app.client.scope, "U-1").await.unwrap();
    for (days, found) in [(20, true), (69, true), (2, false)] {
        app.pass(days * 86_400).await;
        app.engine().sweep().await.unwrap();
        let session = app.session(&user).await;
        let answer = app.get(&path).token(&session.token).send().await;
        assert_eq!(answer.status == 200, found, "{answer:?}");
    }
});

both!(the_same_login_may_come_back_under_a_new_guid, async |app| {
    let session = app.new_session().await;
    let mut body = json!({"institution_code": "mxbank", "credentials": credentials("mxuser", "x")});
    let first = app.post("/members").token(&session.token).json(json!({"member": body})).ok().await;
    let first = guid(&first["member"]);
    app.pass(5).await;
    let aggregated_at = app.member(&session, &first).await["aggregated_at"].clone();
    app.delete(&format!("/members/{first}")).token(&session.token).send().await.is(204);
    app.pass(60).await;
    body["skip_aggregation"] = json!(true);
    let second = app.post("/members").token(&session.token).json(json!({"member": body})).ok().await;
    assert_ne!(guid(&second["member"]), first);
    assert_eq!(second["member"]["aggregated_at"], aggregated_at);
    assert_eq!(second["member"]["successfully_aggregated_at"], Value::Null);
    app.get(&format!("/members/{first}")).token(&session.token).fails(4040).await;
    assert_eq!(app.get("/accounts").token(&session.token).ok().await, json!({"accounts": []}));
});

both!(an_external_guid_is_free_again, async |app| {
    let session = app.new_session().await;
    for _ in 0..2 {
        let mut body = app.new_member("x");
        body["external_guid"] = json!("M-1");
        let made = app.post("/members").token(&session.token).json(json!({"member": body})).ok().await;
        let path = format!("/members/{}", guid(&made["member"]));
        app.delete(&path).token(&session.token).send().await.is(204);
    }
});

both!(members_that_are_not_there, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "x").await;
    let other = app.user("U-2").await;
    let other = app.session(&other).await;
    let path = format!("/members/{member}");
    assert_eq!(app.delete(&path).token(&other.token).fails(4040).await, "member not found");
    app.delete(&format!("/members/{}", nobody("MBR"))).token(&session.token).fails(4040).await;
    app.delete(&path).fails(4010).await;
    app.get(&path).token(&session.token).ok().await;
});
