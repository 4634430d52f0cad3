//! What is told of microdeposits (`spec: partner, 7.1`).
use super::receiver::Receiver;
use domain::webhook::EventType;
use serde_json::{Value, json};
use testkit::{App, app::Session, both};

fn body(account_number: &str) -> Value {
    json!({"first_name": "John", "last_name": "Doe", "email": "fake.email@mxexample.com",
        "account_number": account_number, "routing_number": "991234561", "account_type": 1})
}

async fn post(app: &App, session: &Session, deposit: Value) -> Value {
    let body = json!({"micro_deposit": deposit});
    app.post("/micro_deposits").token(&session.token).json(body).ok().await["micro_deposit"].clone()
}

async fn session(app: &App) -> Session {
    let user = app.engine().user_of_client(app.client.scope, "U-1").await.unwrap();
    app.session(&user).await
}

/// Action and status of what came.
fn told(receiver: &Receiver) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let one = |body: Value| (text(&body["action"]), text(&body["micro_deposit"]["status_name"]));
    receiver.take().iter().map(|received| one(received.json())).collect()
}

fn is(action: &str, status: &str) -> Vec<(String, String)> {
    vec![(action.to_owned(), status.to_owned())]
}

both!(from_its_making_to_its_end, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::MicroDeposit]).await;
    let first = app.new_session().await;
    let made = post(app, &first, body("7331")).await;
    app.pass(2).await;
    let [created] = &receiver.take()[..] else { panic!("not one") };
    let user = app.get("/user").token(&first.token).ok().await["user"]["guid"].clone();
    let created = created.json();
    assert_eq!(
        created,
        json!({"action": "created", "version": 1, "micro_deposit": {
            "account_number": "7331", "account_type": 1, "created_at": made["created_at"], "guid": made["guid"],
            "institution_guid": created["micro_deposit"]["institution_guid"], "routing_number": "991234561",
            "status": 0, "status_name": "INITIATED", "updated_at": made["updated_at"], "user_guid": user,
            "user_id": "U-1"}})
    );
    // Each change of its status: by the provider, then by amounts.
    app.pass(3600).await;
    assert_eq!(told(&receiver), is("updated", "REQUESTED"));
    app.pass(86_400).await;
    assert_eq!(told(&receiver), is("updated", "DEPOSITED"));
    let session = session(app).await;
    let path = format!("/micro_deposits/{}", made["guid"].as_str().unwrap());
    let put = async |one: f64| {
        let amounts = json!({"deposit_amount_1": one, "deposit_amount_2": 0.09});
        app.put(&path).token(&session.token).json(amounts).ok().await;
        app.pass(2).await;
    };
    put(0.5).await;
    assert_eq!(told(&receiver), is("updated", "DENIED"));
    put(0.09).await;
    let [verified] = &receiver.take()[..] else { panic!("not one") };
    let now = app.get(&path).token(&session.token).ok().await["micro_deposit"].clone();
    assert_eq!(verified.json()["micro_deposit"]["verified_at"], now["verified_at"]);
    assert_eq!(verified.json()["micro_deposit"]["status_name"], "VERIFIED");
    app.delete(&path).token(&session.token).send().await.is(204);
    app.pass(2).await;
    assert_eq!(told(&receiver), is("deleted", "VERIFIED"));
});

both!(one_without_an_account_has_nulls, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::MicroDeposit]).await;
    let session = app.new_session().await;
    let made =
        post(app, &session, json!({"first_name": "J", "last_name": "D", "email": "a@b.example"})).await;
    app.pass(2).await;
    let created = receiver.take()[0].json()["micro_deposit"].clone();
    for key in ["account_number", "account_type", "institution_guid", "routing_number"] {
        assert_eq!(created.as_object().unwrap().get(key), Some(&Value::Null), "{key}");
    }
    assert_eq!(created["status_name"], "PREINITIATED");
    let path = format!("/micro_deposits/{}", made["guid"].as_str().unwrap());
    let account = json!({"account_number": "7331", "routing_number": "991234561", "account_type": 2});
    app.put(&path).token(&session.token).json(json!({"micro_deposit": account})).ok().await;
    app.pass(2).await;
    assert_eq!(told(&receiver), is("updated", "INITIATED"));
});

both!(quiet_writes_tell_nothing, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::MicroDeposit]).await;
    let session = app.new_session().await;
    let mut quiet = body("7331");
    quiet["skip_webhook"] = json!(true);
    let made = post(app, &session, quiet).await;
    let mut loud = body("7332");
    loud["skip_webhook"] = json!(false);
    post(app, &session, loud).await;
    app.pass(2).await;
    assert_eq!(told(&receiver), is("created", "INITIATED"));
    let path = format!("/micro_deposits/{}", made["guid"].as_str().unwrap());
    app.delete(&path).token(&session.token).header("MX-Skip-Webhook", "true").send().await.is(204);
    app.pass(2).await;
    assert_eq!(told(&receiver), []);
});
