//! `PUT /micro_deposits/{micro_deposit_guid}`
use super::{ROUTING, amounts, create, deposited, made, person, read, status, stored, to};
use crate::support::guid;
use domain::settings::Settings;
use serde_json::{Value, json};
use testkit::{
    App,
    app::{Session, Setup},
    both,
};

const NOT_READY: &str = "Microdeposit is not ready to be verified.";

async fn complete(app: &App, session: &Session, deposit: &str, body: Value) -> testkit::Response {
    app.put(&format!("/micro_deposits/{deposit}")).token(&session.token).json(body).send().await
}

both!(right_amounts_verify, async |app| {
    let mut session = app.new_session().await;
    let deposit = deposited(app, &mut session).await;
    let answer = amounts(app, &session, &deposit, json!(0.09), json!("0.09")).await.is(200).json();
    let verified = &answer["micro_deposit"];
    let now = json!(app.now().to_z());
    assert_eq!((&verified["status"], &verified["status_name"]), (&json!(3), &json!("VERIFIED")));
    assert_eq!((&verified["verified_at"], &verified["updated_at"]), (&now, &now));
    assert_eq!(read(app, &session, &deposit).await, *verified);
    assert_eq!(amounts(app, &session, &deposit, json!(0.09), json!(0.09)).await.fails(4222), NOT_READY);
});

both!(wrong_amounts_are_denied_and_the_third_try_is_the_last, async |app| {
    let mut session = app.new_session().await;
    let deposit = deposited(app, &mut session).await;
    for (one, two, status) in [(0.08, 0.09, "DENIED"), (0.09, 0.1, "DENIED"), (0.01, 0.99, "PREVENTED")] {
        let answer = amounts(app, &session, &deposit, json!(one), json!(two)).await.is(200).json();
        assert_eq!(answer["micro_deposit"]["status_name"], status);
        assert_eq!(answer["micro_deposit"]["verified_at"], Value::Null);
        app.pass(3600).await;
        let user = app.engine().user_of_client(app.client.scope, "U-1").await.unwrap();
        session = app.session(&user).await;
        assert_eq!(self::status(app, &session, &deposit).await, status, "the provider has no more to say");
    }
    assert_eq!(amounts(app, &session, &deposit, json!(0.09), json!(0.09)).await.fails(4222), NOT_READY);
});

both!(after_a_wrong_try_the_right_one_verifies, async |app| {
    let mut session = app.new_session().await;
    let deposit = deposited(app, &mut session).await;
    for _ in 0..2 {
        amounts(app, &session, &deposit, json!(0.5), json!(0.5)).await.is(200);
    }
    amounts(app, &session, &deposit, json!(0.09), json!(0.09)).await.is(200);
    assert_eq!(status(app, &session, &deposit).await, "VERIFIED");
});

#[tokio::test]
async fn how_many_tries_there_are_is_a_setting() {
    let settings = Settings { microdeposit_tries: 1, ..Settings::default() };
    let app = App::sqlite_with(Setup { settings, ..Setup::default() }).await;
    let mut session = app.new_session().await;
    let deposit = deposited(&app, &mut session).await;
    amounts(&app, &session, &deposit, json!(0.5), json!(0.5)).await.is(200);
    assert_eq!(status(&app, &session, &deposit).await, "PREVENTED");
    app.finish().await;
}

both!(amounts_that_are_none_are_400_and_no_try, async |app| {
    let mut session = app.new_session().await;
    let deposit = deposited(app, &mut session).await;
    let before = read(app, &session, &deposit).await;
    for _ in 0..3 {
        for wrong in
            [json!(0), json!(1), json!(1.5), json!(-0.09), json!(0.095), json!("x"), json!(true), Value::Null]
        {
            amounts(app, &session, &deposit, json!(0.09), wrong.clone()).await.fails(4002);
            amounts(app, &session, &deposit, wrong, json!(0.09)).await.fails(4002);
        }
    }
    let text = complete(app, &session, &deposit, json!({"deposit_amount_1": 0.09})).await.fails(4002);
    assert_eq!(text, "param is missing or the value is empty: deposit_amount_2");
    complete(app, &session, &deposit, json!({})).await.fails(4001);
    assert_eq!(read(app, &session, &deposit).await, before);
});

both!(amounts_before_their_time, async |app| {
    let session = app.new_session().await;
    let preinitiated = guid(&create(app, &session, person()).await);
    assert_eq!(amounts(app, &session, &preinitiated, json!(0.09), json!(0.09)).await.fails(4222), NOT_READY);
    let mut invalid = to("7331");
    invalid["routing_number"] = json!("991234560");
    let rejected = guid(&create(app, &session, invalid).await);
    let initiated = made(app, &session, "7331").await;
    let conflicted = guid(&create(app, &session, to("7331")).await);
    for deposit in [&rejected, &initiated, &conflicted] {
        let before = read(app, &session, deposit).await;
        assert_eq!(amounts(app, &session, deposit, json!(0.09), json!(0.09)).await.fails(4222), NOT_READY);
        assert_eq!(read(app, &session, deposit).await, before);
    }
    // Its account cannot be changed either: amounts are what is wanted now.
    let body = json!({"micro_deposit": to("9999")});
    complete(app, &session, &initiated, body).await.fails(4002);
});

both!(the_provider_is_asked_before_the_amounts_are_compared, async |app| {
    let session = app.new_session().await;
    let deposit = made(app, &session, "7331").await;
    app.clock.advance_seconds(86_400);
    let user = app.engine().user_of_client(app.client.scope, "U-1").await.unwrap();
    let session = app.session(&user).await;
    assert_eq!(stored(app, &deposit).await.name(), "INITIATED");
    amounts(app, &session, &deposit, json!(0.09), json!(0.09)).await.is(200);
    assert_eq!(status(app, &session, &deposit).await, "VERIFIED");
});

both!(a_preinitiated_one_takes_its_account, async |app| {
    let session = app.new_session().await;
    let account =
        |number: &str| json!({"account_number": number, "routing_number": ROUTING, "account_type": 2});
    let mut named = person();
    named["account_name"] = json!("Old name");
    let deposit = guid(&create(app, &session, named).await);
    for name in ["account_number", "routing_number", "account_type"] {
        let mut body = account("7331");
        body.as_object_mut().unwrap().remove(name);
        let text = complete(app, &session, &deposit, json!({"micro_deposit": body})).await.fails(4002);
        assert_eq!(text, format!("param is missing or the value is empty: {name}"));
    }
    complete(app, &session, &deposit, json!({"micro_deposit": account("1")})).await.fails(4222);
    for none in [json!({}), json!({"other": 1})] {
        complete(app, &session, &deposit, none).await.fails(4001);
    }
    assert_eq!(status(app, &session, &deposit).await, "PREINITIATED");
    app.pass(120).await;
    let done =
        complete(app, &session, &deposit, json!({"micro_deposit": account("7331")})).await.is(200).json();
    let done = &done["micro_deposit"];
    assert_eq!((&done["status_name"], &done["account_name"]), (&json!("INITIATED"), &json!("Old name")));
    assert_eq!(
        (&done["account_type_name"], &done["institution_name"]),
        (&json!("SAVINGS"), &json!("MX Bank"))
    );
    assert_eq!(done["updated_at"], json!(app.now().to_z()));
    // The provider counts from here on.
    app.pass(59).await;
    assert_eq!(status(app, &session, &deposit).await, "INITIATED");
    app.pass(1).await;
    assert_eq!(status(app, &session, &deposit).await, "REQUESTED");

    // Without the root, with a new name; and by the rules of a create.
    for (number, routing, expected) in
        [("7332", ROUTING, "INITIATED"), ("7331", ROUTING, "CONFLICTED"), ("7333", "991234560", "REJECTED")]
    {
        let deposit = guid(&create(app, &session, person()).await);
        let mut body = account(number);
        body["routing_number"] = json!(routing);
        body["account_name"] = json!("Savings");
        let done = complete(app, &session, &deposit, body).await.is(200).json();
        assert_eq!(
            (&done["micro_deposit"]["status_name"], &done["micro_deposit"]["account_name"]),
            (&json!(expected), &json!("Savings"))
        );
    }
});
