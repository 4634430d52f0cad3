//! `POST /members` (`spec: nexus-core, 4`).
use crate::support::{guid, is, state, stays_secret};
use engine::client::ClientSettings;
use serde_json::{Value, json};
use testkit::{
    App,
    app::{LOGIN, MXBANK, PASSWORD, Session, Setup, credentials},
    both,
};

async fn create(app: &App, session: &Session, member: Value) -> testkit::Response {
    app.post("/members").token(&session.token).json(json!({"member": member})).send().await
}

both!(a_member_and_its_first_job, async |app| {
    let session = app.new_session().await;
    let body = json!({"institution_guid": MXBANK, "credentials": credentials("mxuser", "x")});
    let member = create(app, &session, body).await.is(200).json()["member"].clone();
    assert_eq!(
        (&member["connection_status"], &member["is_being_aggregated"]),
        (&json!("CREATED"), &json!(true))
    );
    assert_eq!(member, app.member(&session, &guid(&member)).await);
    let job = app.job(&session, &guid(&member)).await;
    assert_eq!((&job["status"], &job["is_authenticated"]), (&json!(0), &json!(false)));
});

both!(without_a_first_job, async |app| {
    let session = app.new_session().await;
    for skip in [json!(true), json!("true")] {
        let mut body = app.new_member("x");
        body["skip_aggregation"] = skip;
        let member = create(app, &session, body).await.is(200).json()["member"].clone();
        assert_eq!(
            (&member["connection_status"], &member["is_being_aggregated"]),
            (&json!("CREATED"), &json!(false))
        );
        assert_eq!((&member["most_recent_job_guid"], &member["aggregated_at"]), (&Value::Null, &Value::Null));
        app.pass(60).await;
        assert_eq!(state(app, &session, &guid(&member)).await, is("CREATED", false));
    }
});

both!(what_the_caller_may_say_of_it, async |app| {
    let session = app.new_session().await;
    let mut body = app.new_member("x");
    body["name"] = json!("Mine <&>");
    body["metadata"] = json!("  as it is ");
    body["external_guid"] = json!("M-1");
    body["background_aggregation_is_disabled"] = json!("true");
    body["use_cases"] = json!(["MONEY_MOVEMENT"]);
    body["skip_webhook"] = json!(true);
    body["no such field"] = json!([]);
    let member = create(app, &session, body).await.is(200).json()["member"].clone();
    assert_eq!((&member["name"], &member["metadata"]), (&json!("Mine <&>"), &json!("  as it is ")));
    assert_eq!(
        (&member["external_guid"], &member["background_aggregation_is_disabled"]),
        (&json!("M-1"), &json!(true))
    );
    // The client did not opt in.
    assert_eq!(member["use_cases"], json!(["PFM"]));
});

both!(the_guid_of_the_institution_wins_over_its_code, async |app| {
    let session = app.new_session().await;
    let mut body = app.new_member("x");
    body["institution_guid"] = json!(MXBANK);
    body["institution_code"] = json!("sandbox_basic");
    let member = create(app, &session, body).await.is(200).json()["member"].clone();
    assert_eq!(member["institution_code"], "mxbank");
});

both!(an_unrooted_body_of_2014, async |app| {
    let session = app.new_session().await;
    let body = app.new_member("x");
    app.post("/members").token(&session.token).json(body).ok().await;
});

both!(bodies_without_a_member, async |app| {
    let session = app.new_session().await;
    for body in ["", "null", "{}", r#"{"user":{}}"#, r#"{"member":null}"#] {
        let message =
            app.post("/members").token(&session.token).raw(body, "application/json").fails(4001).await;
        assert_eq!(message, "Required params missing.", "{body}");
    }
    for body in ["[]", "{", "true", r#"{"member":{}"#, "\"member\""] {
        app.post("/members").token(&session.token).raw(body, "application/json").fails(4000).await;
    }
});

both!(fields_that_are_missing, async |app| {
    let session = app.new_session().await;
    let missing = |name: &str| format!("param is missing or the value is empty: {name}");
    let given = credentials("mxuser", "x");
    let only = |guid: &str| json!([{"credential_guid": guid, "value": "x"}]);
    for (body, name) in [
        (json!({}), "institution_guid"),
        (json!({"credentials": given}), "institution_guid"),
        (json!({"institution_code": "mxbank"}), "credentials"),
        (json!({"institution_code": "mxbank", "credentials": []}), "credentials"),
        (json!({"institution_code": "mxbank", "credentials": null}), "credentials"),
        (json!({"institution_code": "mxbank", "credentials": only(LOGIN)}), "PASSWORD"),
        (json!({"institution_code": "mxbank", "credentials": only(PASSWORD)}), "LOGIN"),
        (json!({"institution_code": "mxbank", "credentials": credentials("mxuser", "")}), "PASSWORD"),
        (json!({"institution_code": "mxbank", "credentials": credentials("", "x")}), "LOGIN"),
    ] {
        let message = create(app, &session, body.clone()).await.fails(4002);
        assert_eq!(message, missing(name), "{body}");
    }
    assert_eq!(app.get("/members").token(&session.token).ok().await, json!({"members": []}));
});

both!(credentials_that_are_not_the_institutions, async |app| {
    let session = app.new_session().await;
    for bad in ["CRD-11141024-90b3-1bce-cac9-c06ced52ab4c", "x", &LOGIN.to_uppercase()] {
        let mut given = credentials("mxuser", "x");
        given[1]["credential_guid"] = json!(bad);
        let message = create(app, &session, json!({"institution_code": "mxbank", "credentials": given}))
            .await
            .fails(4003);
        assert_eq!(
            message,
            "The credential guids submitted are no longer valid. Check the Institution Required Credentials endpoint for the most recent credentials."
        );
    }
});

both!(values_of_credentials, async |app| {
    let session = app.new_session().await;
    let long =
        |n| json!({"institution_code": "mxbank", "credentials": credentials("mxuser", &"é".repeat(n))});
    create(app, &session, long(1025)).await.fails(4222);
    create(app, &session, long(1024)).await.is(200);
});

both!(no_oauth_where_there_is_none, async |app| {
    let session = app.new_session().await;
    let mut body = app.new_member("x");
    body["is_oauth"] = json!(true);
    assert_eq!(create(app, &session, body).await.fails(4003), "Member cannot use OAuth");
});

both!(one_member_for_a_user_an_institution_and_a_login, async |app| {
    let session = app.new_session().await;
    let body =
        |code: &str, login: &str| json!({"institution_code": code, "credentials": credentials(login, "x")});
    create(app, &session, body("mxbank", "mxuser")).await.is(200);
    // Compared trimmed and exact.
    create(app, &session, body("mxbank", "mxuser")).await.fails(4220);
    create(app, &session, body("mxbank", " mxuser ")).await.fails(4220);
    create(app, &session, body("mxbank", "MXUSER")).await.is(200);
    let other = app.user("U-2").await;
    let other = app.session(&other).await;
    create(app, &other, body("mxbank", "mxuser")).await.is(200);
});

both!(an_external_guid_is_unique_over_all_users_of_the_client, async |app| {
    let session = app.new_session().await;
    let other = app.user("U-2").await;
    let other = app.session(&other).await;
    let named = |id: &str| {
        let mut body = app.new_member("x");
        body["external_guid"] = json!(id);
        body
    };
    create(app, &session, named("M-1")).await.is(200);
    create(app, &session, named("M-1")).await.fails(4220);
    create(app, &other, named("M-1")).await.fails(4220);
    create(app, &other, named("M-2")).await.is(200);
    create(app, &other, named("MBR-2")).await.fails(4222);
});

both!(institutions_that_are_not_there, async |app| {
    let session = app.new_session().await;
    for place in [
        json!({"institution_code": "nowhere"}),
        json!({"institution_guid": "INS-11141024-90b3-1bce-cac9-c06ced52ab4c"}),
        json!({"institution_guid": "x"}),
    ] {
        let mut body = app.new_member("x");
        body["institution_code"] = Value::Null;
        body.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
        create(app, &session, body).await.fails(4220);
    }
});

#[tokio::test]
async fn institutions_that_the_client_has_disabled() {
    let client =
        ClientSettings { disabled_institutions: vec!["mxbank".to_owned()], ..ClientSettings::default() };
    let app = App::sqlite_with(Setup { client, ..Setup::default() }).await;
    let session = app.new_session().await;
    create(&app, &session, app.new_member("x")).await.fails(4222);
    assert_eq!(app.get("/members").token(&session.token).ok().await, json!({"members": []}));
    app.finish().await;
}

#[tokio::test]
async fn use_cases_of_a_client_that_opted_in() {
    let client = ClientSettings { uses_use_cases: true, ..ClientSettings::default() };
    let app = App::sqlite_with(Setup { client, ..Setup::default() }).await;
    let session = app.new_session().await;
    for (given, kept) in [
        (json!(null), json!(["PFM"])),
        (json!([]), json!(["PFM"])),
        (json!(["MONEY_MOVEMENT"]), json!(["MONEY_MOVEMENT"])),
        (json!(["PFM", "MONEY_MOVEMENT", "PFM"]), json!(["PFM", "MONEY_MOVEMENT"])),
    ] {
        let mut body = app.new_member("x");
        body["use_cases"] = given;
        assert_eq!(create(&app, &session, body).await.is(200).json()["member"]["use_cases"], kept);
    }
    let mut body = app.new_member("x");
    body["use_cases"] = json!(["pfm"]);
    create(&app, &session, body).await.fails(4002);
    app.finish().await;
}

both!(fields_of_the_wrong_kind, async |app| {
    let session = app.new_session().await;
    for (name, value, what) in [
        ("name", json!(5), "must be a string"),
        ("metadata", json!({}), "must be a string"),
        ("external_guid", json!([]), "must be a string"),
        ("skip_aggregation", json!("yes"), "must be a boolean"),
        ("background_aggregation_is_disabled", json!(1), "must be a boolean"),
        ("credentials", json!({}), "must be an array"),
        ("use_cases", json!("PFM"), "must be an array"),
    ] {
        let mut body = app.new_member("x");
        body[name] = value;
        assert_eq!(create(app, &session, body).await.fails(4002), format!("{name}: {what}"));
    }
    let mut body = app.new_member("x");
    body["metadata"] = json!("x".repeat(8193));
    create(app, &session, body).await.fails(4222);
    let mut body = app.new_member("x");
    body["name"] = json!("nul\0");
    create(app, &session, body).await.fails(4222);
});

both!(at_most_a_hundred_members, async |app| {
    let session = app.new_session().await;
    for _ in 0..100 {
        let mut body = app.new_member("x");
        body["skip_aggregation"] = json!(true);
        create(app, &session, body).await.is(200);
    }
    create(app, &session, app.new_member("x")).await.fails(4222);
});

both!(nothing_of_the_credentials_is_stored_in_clear_or_said, async |app| {
    let session = app.new_session().await;
    let (login, password) = ("mxuser.canary-4f1d", "canary-b2a9-of-the-password");
    let body = json!({"institution_code": "mxbank", "credentials": credentials(login, password)});
    let answer = create(app, &session, body.clone()).await.is(200);
    assert!(!answer.text().contains("canary"));
    app.pass(5).await;
    let refused = create(app, &session, body).await;
    assert!(!refused.text().contains("canary"));
    for secret in [login, password] {
        stays_secret(app, secret).await;
    }
});
