//! `POST /micro_deposits`
use super::{ROUTING, amounts, create, deposited, made, person, read, status, to, with_client};
use crate::support::{OLD, raw_store, stays_secret};
use engine::{Call, client::ClientSettings};
use serde_json::{Value, json};
use testkit::{
    App,
    app::{Session, Setup},
    both,
};

async fn refused(app: &App, session: &Session, body: Value, code: u16) -> String {
    app.post("/micro_deposits").token(&session.token).json(json!({"micro_deposit": body})).fails(code).await
}

both!(with_an_account_it_is_initiated, async |app| {
    let session = app.new_session().await;
    let mut body = to(" 0012347331 ");
    body["account_name"] = json!("Checking");
    let deposit = create(app, &session, body).await;
    let now = app.now().to_z();
    assert_eq!(
        deposit,
        json!({"account_name": "Checking", "account_number": "0012347331", "account_type": 1, "account_type_name": "CHECKING",
            "created_at": now, "email": "fake.email@mxexample.com", "error_code": null, "error_message": null,
            "first_name": "John", "guid": deposit["guid"], "institution_name": "MX Bank", "last_name": "Doe",
            "routing_number": "991234561", "status": 0, "status_name": "INITIATED", "updated_at": now, "verified_at": null})
    );
    assert!(deposit["guid"].as_str().unwrap().starts_with("MIC-"));
    stays_secret(app, "0012347331").await;
    assert!(!raw_store(app).await.contains("fake.email@mxexample.com"));
});

both!(without_an_account_it_is_preinitiated, async |app| {
    let session = app.new_session().await;
    let mut nulls = person();
    for name in ["account_number", "routing_number", "account_type", "account_name"] {
        nulls[name] = Value::Null;
    }
    for body in [person(), nulls] {
        let deposit = create(app, &session, body).await;
        assert_eq!((&deposit["status"], &deposit["status_name"]), (&json!(9), &json!("PREINITIATED")));
        for name in
            ["account_number", "routing_number", "account_type", "account_type_name", "institution_name"]
        {
            assert_eq!(deposit[name], Value::Null, "{name}");
        }
    }
});

both!(a_missing_field_is_400, async |app| {
    let session = app.new_session().await;
    for name in ["first_name", "last_name", "email", "account_number", "routing_number", "account_type"] {
        for value in [None, Some(Value::Null), Some(json!(" "))] {
            let mut body = to("7331");
            match value {
                Some(value) => body[name] = value,
                None => drop(body.as_object_mut().unwrap().remove(name)),
            }
            let text = refused(app, &session, body, 4002).await;
            assert_eq!(text, format!("param is missing or the value is empty: {name}"));
        }
    }
    for body in [json!({}), json!({"micro_deposit": null}), json!({"other": 1})] {
        app.post("/micro_deposits").token(&session.token).json(body).fails(4001).await;
    }
    app.post("/micro_deposits").token(&session.token).fails(4001).await;
    let list = app.get("/micro_deposits").token(&session.token).ok().await;
    assert_eq!(list, json!({"micro_deposits": []}));
});

both!(a_value_that_is_none_is_422, async |app| {
    let session = app.new_session().await;
    for (name, value, rule) in [
        ("account_number", json!("123"), "must be 4 to 17 digits"),
        ("account_number", json!("123456789012345678"), "must be 4 to 17 digits"),
        ("account_number", json!("12-34"), "must be 4 to 17 digits"),
        ("routing_number", json!("12345678"), "must be 9 digits"),
        ("routing_number", json!("1234567890"), "must be 9 digits"),
        ("routing_number", json!("12345678x"), "must be 9 digits"),
        ("account_type", json!(3), "must be 1 (CHECKING) or 2 (SAVINGS)"),
        ("account_type", json!(0), "must be 1 (CHECKING) or 2 (SAVINGS)"),
        ("account_type", json!("LOAN"), "must be 1 (CHECKING) or 2 (SAVINGS)"),
        ("email", json!("nobody"), "must be an email address"),
    ] {
        let mut body = to("7331");
        body[name] = value.clone();
        assert_eq!(refused(app, &session, body, 4222).await, format!("{name}: {rule}"), "{value}");
    }
    for (name, value) in
        [("account_number", json!(7331)), ("account_type", json!([])), ("first_name", json!(1))]
    {
        let mut body = to("7331");
        body[name] = value;
        refused(app, &session, body, 4002).await;
    }
});

both!(the_old_dialect_may_leave_the_root_out, async |app| {
    let session = app.new_session().await;
    let path = "/micro_deposits.json";
    let made = app.post(path).token(&session.token).header("accept", OLD).json(to("7331")).ok().await;
    assert_eq!(made["micro_deposit"]["status_name"], "INITIATED");
    let mut savings = to("12345");
    savings["account_type"] = json!("SAVINGS");
    let savings = create(app, &session, savings).await;
    assert_eq!((&savings["account_type"], &savings["account_type_name"]), (&json!(2), &json!("SAVINGS")));
});

both!(a_wrong_check_digit_is_rejected, async |app| {
    let session = app.new_session().await;
    let mut body = to("7331");
    body["routing_number"] = json!("991234562");
    let deposit = create(app, &session, body).await;
    assert_eq!((&deposit["status"], &deposit["status_name"]), (&json!(8), &json!("REJECTED")));
    assert_eq!((&deposit["error_code"], &deposit["institution_name"]), (&json!("INVALID"), &Value::Null));
    assert!(deposit["error_message"].is_string());
    app.pass(90_000).await;
});

both!(the_operators_list_is_looked_at, async |app| {
    let session = app.new_session().await;
    let call = Call::new("operator", "microdeposit block", "test");
    let engine = app.engine();
    engine.block_routing_number(&call, ROUTING, "closed").await.unwrap();
    let deposit = create(app, &session, to("7331")).await;
    assert_eq!((&deposit["status_name"], &deposit["error_code"]), (&json!("REJECTED"), &json!("BLOCKED")));
    engine.unblock_routing_number(&call, ROUTING).await.unwrap();
    assert!(engine.unblock_routing_number(&call, ROUTING).await.is_err());
    assert!(engine.block_routing_number(&call, "x", "").await.is_err());
    made(app, &session, "7331").await;
});

#[tokio::test]
async fn the_clients_own_rules_are_looked_at_after_those_of_the_operator() {
    let client =
        ClientSettings { blocked_routing_numbers: vec![ROUTING.to_owned()], ..ClientSettings::default() };
    let (app, session) = with_client(client).await;
    let code = async |body| create(&app, &session, body).await["error_code"].clone();
    assert_eq!(code(to("7331")).await, "CLIENT_BLOCKED");
    let mut invalid = to("7331");
    invalid["routing_number"] = json!("991234560");
    assert_eq!(code(invalid).await, "INVALID");
    let call = Call::new("operator", "microdeposit block", "test");
    app.engine().block_routing_number(&call, ROUTING, "").await.unwrap();
    assert_eq!(code(to("7331")).await, "BLOCKED");
    app.finish().await;
}

#[tokio::test]
async fn verification_may_be_preferred() {
    let client = ClientSettings { prefers_account_verification: true, ..ClientSettings::default() };
    let (app, session) = with_client(client).await;
    let deposit = create(&app, &session, to("7331")).await;
    assert_eq!(
        (&deposit["status_name"], &deposit["error_code"]),
        (&json!("REJECTED"), &json!("IAV_PREFERRED"))
    );
    // A bank that the catalogue does not know cannot be verified at.
    let mut elsewhere = to("7331");
    elsewhere["routing_number"] = json!("011000015");
    let deposit = create(&app, &session, elsewhere).await;
    assert_eq!((&deposit["status_name"], &deposit["institution_name"]), (&json!("INITIATED"), &Value::Null));
    app.finish().await;
}

both!(an_account_that_has_one_already_is_conflicted, async |app| {
    let mut session = app.new_session().await;
    let of =
        async |session: &Session, number: &str| create(app, session, to(number)).await["status_name"].clone();
    for number in ["10000", "10001", "10002"] {
        assert_eq!(of(&session, number).await, "INITIATED");
        assert_eq!(of(&session, number).await, "CONFLICTED");
    }
    assert_eq!(of(&session, "10003").await, "INITIATED", "another account");
    app.pass(60).await;
    for (number, next) in [("10000", "INITIATED"), ("10001", "INITIATED"), ("10002", "CONFLICTED")] {
        app.get("/micro_deposits").token(&session.token).ok().await;
        assert_eq!(of(&session, number).await, next, "after ERRORED, REJECTED and REQUESTED");
    }
    let other = app.user("U-2").await;
    assert_eq!(of(&app.session(&other).await, "10003").await, "INITIATED", "another user's");

    let deposit = deposited(app, &mut session).await;
    for (amount, at, next) in
        [(0.08, "DENIED", "CONFLICTED"), (0.08, "DENIED", "CONFLICTED"), (0.08, "PREVENTED", "INITIATED")]
    {
        assert_eq!(of(&session, "7331").await, "CONFLICTED");
        amounts(app, &session, &deposit, json!(amount), json!(0.09)).await.is(200);
        assert_eq!(status(app, &session, &deposit).await, at);
        assert_eq!(of(&session, "7331").await, next, "{at}");
    }
});

both!(a_verified_account_needs_no_second_one_unless_the_first_is_deleted, async |app| {
    let mut session = app.new_session().await;
    let deposit = deposited(app, &mut session).await;
    amounts(app, &session, &deposit, json!(0.09), json!(0.09)).await.is(200);
    assert_eq!(status(app, &session, &deposit).await, "VERIFIED");
    let conflicted = create(app, &session, to("7331")).await;
    assert_eq!((&conflicted["status"], &conflicted["status_name"]), (&json!(7), &json!("CONFLICTED")));
    app.pass(90_000).await;
    let user = app.engine().user_of_client(app.client.scope, "U-1").await.unwrap();
    let session = app.session(&user).await;
    assert_eq!(read(app, &session, conflicted["guid"].as_str().unwrap()).await, conflicted, "final");
    app.delete(&format!("/micro_deposits/{deposit}")).token(&session.token).send().await.is(204);
    made(app, &session, "7331").await;
});

#[tokio::test]
async fn a_feature_that_is_off_is_403_everywhere() {
    let (app, session) =
        with_client(ClientSettings { microdeposits: false, ..ClientSettings::default() }).await;
    all_are_403(&app, &session).await;
    app.finish().await;
}

#[tokio::test]
async fn without_a_provider_the_feature_is_off() {
    let app = App::sqlite_with(Setup { sandbox: false, ..Setup::default() }).await;
    let session = app.new_session().await;
    all_are_403(&app, &session).await;
    assert_eq!(app.engine().refresh_microdeposits().await.unwrap(), 0);
    app.finish().await;
}

async fn all_are_403(app: &App, session: &Session) {
    let text = "Client does not have microdeposits enabled";
    assert_eq!(app.get("/micro_deposits").token(&session.token).fails(4030).await, text);
    for body in [json!({"micro_deposit": to("7331")}), json!({})] {
        assert_eq!(app.post("/micro_deposits").token(&session.token).json(body).fails(4030).await, text);
    }
    app.post("/micro_deposits").token(&session.token).json(json!([])).fails(4000).await;
}
