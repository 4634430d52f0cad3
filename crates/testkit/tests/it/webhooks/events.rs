//! What events say (`spec: partner, 7.1, 7.2`).
use super::receiver::{Received, Receiver};
use domain::webhook::EventType;
use serde_json::{Value, json};
use testkit::{App, both};

fn of<'a>(all: &'a [Received], path: &str) -> Vec<&'a Received> {
    all.iter().filter(|received| received.path == path).collect()
}

fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

/// What the keys of Nexus become: no names beside codes, the partner's ids in place of `external_guid`.
fn event_keys(nexus: &Value, ids: &[&str], real_names: &[&str]) -> Vec<String> {
    let object = nexus.as_object().unwrap();
    let is_twin = |key: &String| {
        let code = key.strip_suffix("_name").unwrap_or(key);
        key.ends_with("_name") && object.contains_key(code) && !real_names.contains(&key.as_str())
    };
    let kept = object.keys().filter(|key| *key != "external_guid" && !is_twin(key)).cloned();
    let mut keys: Vec<String> = kept.chain(ids.iter().map(|&id| id.to_owned())).collect();
    keys.sort();
    keys
}

async fn put_user(app: &App, id: &str, fields: Value) {
    app.put(&format!("/live/partner/users/{id}")).key().json(json!({"user": fields})).ok().await;
}

both!(a_user_from_its_making_to_its_end, async |app| {
    let receiver = Receiver::start().await;
    let secret = receiver.hears(app, &[EventType::User]).await;
    let fields = json!({"id": "U-1", "first_name": "Walter", "birthdate": "1959-07-17", "gender": "MALE"});
    let made = app.post("/live/partner/users").key().json(json!({"user": fields})).ok().await;
    app.pass(2).await;
    let [received] = &receiver.take()[..] else { panic!("not one event") };
    let guid = &made["user"]["guid"];
    assert_eq!(
        received.json(),
        json!({"action": "created", "user": {
            "birthday": "1959-07-17", "created_at": 1_767_614_400, "credit_score": null, "email": null,
            "first_name": "Walter", "gender": 0, "guid": guid, "id": "U-1", "is_disabled": false,
            "last_name": null, "logged_in_at": null, "metadata": null, "phone": null, "postal_code": null,
            "revision": 0, "updated_at": 1_767_614_400}})
    );
    assert_eq!(received.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(received.header("accept"), "application/json");
    let checker = standardwebhooks::Webhook::new(secret.expose()).unwrap();
    let timestamp = received.header("webhook-timestamp").parse().unwrap();
    assert_eq!(timestamp, 1_767_614_401);
    let signed = checker.sign(received.header("webhook-id"), timestamp, received.body.as_bytes()).unwrap();
    assert_eq!(received.header("webhook-signature"), signed);

    put_user(app, "U-1", json!({"metadata": "' < > \" ="})).await;
    app.pass(2).await;
    let updated = receiver.take()[0].json();
    assert_eq!((&updated["action"], &updated["user"]["revision"]), (&json!("updated"), &json!(1)));
    assert_eq!(updated["user"]["metadata"], "' < > \" =");
    app.delete("/live/partner/users/U-1").key().send().await.is(204);
    app.pass(2).await;
    let deleted = receiver.take()[0].json();
    assert_eq!((&deleted["action"], &deleted["user"]["metadata"]), (&json!("deleted"), &json!("' < > \" =")));
});

both!(a_job_and_all_that_it_brings, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, EventType::ALL).await;
    let session = app.new_session().await;
    receiver.take();
    let member = app.connect(&session, "any").await;
    app.pass(60).await;
    let all = receiver.take();
    let job = app.job(&session, &member).await;

    let member_now = app.member(&session, &member).await;
    let told = of(&all, "/member").iter().map(|r| r.json()).max_by_key(|v| v["member"]["revision"].as_i64());
    let told = told.unwrap()["member"].clone();
    assert_eq!(keys(&told), event_keys(&member_now, &["id", "user_id"], &[]));
    assert_eq!((&told["revision"], &told["user_id"]), (&member_now["revision"], &json!("U-1")));
    assert_eq!((&told["connection_status"], told["aggregated_at"].is_i64()), (&json!("CONNECTED"), true));

    let accounts = app.get("/accounts").token(&session.token).ok().await["accounts"].clone();
    let created = of(&all, "/account");
    assert_eq!(created.len(), accounts.as_array().unwrap().len());
    let told = created[0].json();
    let ids = ["id", "member_id", "user_id"];
    assert_eq!(told["action"], "created");
    let account = accounts.as_array().unwrap().iter().find(|a| a["guid"] == told["account"]["guid"]).unwrap();
    assert_eq!(keys(&told["account"]), event_keys(account, &ids, &[]));
    assert_eq!(told["account"]["account_type"], account["account_type_name"]);
    assert_eq!(told["account"]["balance_set_by"], "FEED");
    assert_eq!(told["account"]["balance"], account["balance"]);
    assert!(told["account"]["created_at"].is_i64() && told["account"]["id"] == account["external_guid"]);

    let created = of(&all, "/transaction");
    let told = created[0].json()["transaction"].clone();
    let path = format!("/transactions/{}", told["guid"].as_str().unwrap());
    let nexus = app.get(&path).token(&session.token).ok().await["transaction"].clone();
    let ids = ["account_id", "id", "member_id", "user_id"];
    assert_eq!(keys(&told), event_keys(&nexus, &ids, &["category_name", "top_level_category_name"]));
    assert_eq!(
        (&told["transaction_type"], &told["status"]),
        (&nexus["transaction_type_name"], &nexus["status_name"])
    );
    assert_eq!((&told["amount"], &told["description"]), (&nexus["amount"], &nexus["description"]));
    let of_account = accounts.as_array().unwrap().iter().find(|a| a["guid"] == told["account_guid"]).unwrap();
    assert_eq!(told["account_id"], of_account["external_guid"]);

    let holding = of(&all, "/holding")[0].json()["holding"].clone();
    assert_eq!(keys(&holding).len(), 14 * 3 + 14 + 10);
    assert!(holding["shares"].is_number() && holding["holding_type"].is_string(), "{holding}");

    let [done] = &of(&all, "/aggregation")[..] else { panic!("not one aggregation") };
    let (done, user) = (done.json(), app.get("/user").token(&session.token).ok().await["user"].clone());
    assert_eq!(
        done,
        json!({"action": "member_data_updated", "completed_at": done["completed_at"], "completed_on": "2026-01-05",
            "is_background": false, "job_guid": job["guid"], "member_guid": member,
            "transactions_created_count": created.len(), "transactions_updated_count": 0, "type": "AGGREGATION",
            "user_guid": user["guid"], "user_id": "U-1"})
    );
    let [status] = &of(&all, "/job_status")[..] else { panic!("not one job_status") };
    assert_eq!(
        status.json(),
        json!({"action": "CHANGED", "error_message": null, "error_message_code": null, "is_background": false,
            "job_guid": job["guid"], "job_type": "AGGREGATION", "member_guid": member, "status": 6,
            "status_name": "COMPLETED", "type": "JOB_STATUS", "user_guid": user["guid"], "user_id": "U-1"})
    );
    assert!(of(&all, "/connection_status").is_empty());

    app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
    app.pass(60).await;
    let gone = receiver.take();
    for (path, count) in [
        ("/member", 1),
        ("/account", accounts.as_array().unwrap().len()),
        ("/transaction", created.len()),
        ("/holding", 8),
    ] {
        let deleted = of(&gone, path);
        assert_eq!(deleted.len(), count, "{path}");
        assert!(deleted.iter().all(|received| received.json()["action"] == "deleted"), "{path}");
    }
});

both!(a_member_that_needs_attention, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::ConnectionStatus, EventType::JobStatus, EventType::Balance]).await;
    let session = app.new_session().await;
    let member = app.connect(&session, "challenge").await;
    app.pass(5).await;
    let all = receiver.take();
    let user = app.get("/user").token(&session.token).ok().await["user"]["guid"].clone();
    let now = app.member(&session, &member).await;
    assert_eq!(
        of(&all, "/connection_status")[0].json(),
        json!({"action": "CHANGED", "connection_status": "CHALLENGED", "connection_status_id": 3,
            "connection_status_message": now["connection_status_message"], "member_guid": member,
            "type": "CONNECTION_STATUS", "user_guid": user, "user_id": "U-1"})
    );
    assert_eq!(of(&all, "/job_status")[0].json()["status_name"], "CHALLENGED");
    app.answer(&session, &member, "correct").await;
    app.pass(5).await;
    let statuses: Vec<Value> =
        of(&receiver.take(), "/job_status").iter().map(|r| r.json()["status_name"].clone()).collect();
    assert_eq!(statuses, ["COMPLETED"]);
    let member = app.connected(&session, "any").await;
    app.post(&format!("/members/{member}/check_balance")).token(&session.token).send().await;
    app.pass(5).await;
    assert_eq!(of(&receiver.take(), "/balance").len(), 1);
});
