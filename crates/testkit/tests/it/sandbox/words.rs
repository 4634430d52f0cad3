//! Every word of the sandbox ends in the documented status (`spec: sandbox, 2`; nexus-core, 10.2).
use crate::support::{is, new_password, state};
use serde_json::json;
use testkit::{app::credentials, both};

both!(as_a_password, async |app| {
    let session = app.new_session().await;
    for (word, status, runs) in [
        ("anything", "CONNECTED", false),
        ("correct", "CONNECTED", false),
        ("Challenge", "CONNECTED", false),
        ("challenge", "CHALLENGED", true),
        ("options", "CHALLENGED", true),
        ("image", "CHALLENGED", true),
        ("image_options", "CHALLENGED", true),
        ("token", "CHALLENGED", true),
        ("two_step", "CHALLENGED", true),
        ("many", "CHALLENGED", true),
        ("BAD_REQUEST", "FAILED", false),
        ("SERVER_ERROR", "FAILED", false),
        ("UNAVAILABLE", "FAILED", false),
        ("MALFORMED", "FAILED", false),
        ("UNAUTHORIZED", "DENIED", false),
        ("INVALID", "DENIED", false),
        ("DENIED", "DENIED", false),
        ("PREVENTED", "PREVENTED", false),
        ("LOCKED", "LOCKED", false),
        ("IMPEDED", "IMPEDED", false),
        ("DEGRADED", "DEGRADED", false),
        ("DISCONNECTED", "DISCONNECTED", false),
        ("RECONNECTED", "RECONNECTED", false),
        ("DISCONTINUED", "DISCONTINUED", false),
        ("CLOSED", "CLOSED", false),
        ("DISABLED", "DISABLED", false),
        ("IMPORTED", "IMPORTED", false),
        ("IMPAIRED", "IMPAIRED", false),
        ("PARTIAL", "FAILED", false),
        ("slow", "CREATED", true),
        ("DELAYED", "CREATED", true),
        ("TIMEOUT", "CREATED", true),
    ] {
        let member = app.connected(&session, word).await;
        assert_eq!(state(app, &session, &member).await, is(status, runs), "{word}");
        app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
    }
});

both!(as_an_answer, async |app| {
    let session = app.new_session().await;
    for (word, status, runs) in [
        ("correct", "CONNECTED", false),
        ("Correct", "REJECTED", false),
        (" correct", "REJECTED", false),
        ("no word", "REJECTED", false),
        ("repeat", "CHALLENGED", true),
        ("challenge", "CHALLENGED", true),
        ("two_step", "CHALLENGED", true),
        ("EXPIRED", "EXPIRED", false),
        ("BAD_REQUEST", "FAILED", false),
        ("UNAVAILABLE", "FAILED", false),
        ("DENIED", "DENIED", false),
        ("PREVENTED", "PREVENTED", false),
        ("LOCKED", "LOCKED", false),
        ("IMPEDED", "IMPEDED", false),
        ("DISCONTINUED", "DISCONTINUED", false),
        ("IMPAIRED", "IMPAIRED", false),
        ("PARTIAL", "FAILED", false),
        ("slow", "RESUMED", true),
        ("DELAYED", "RESUMED", true),
    ] {
        let member = app.connected(&session, "token").await;
        app.answer(&session, &member, word).await;
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is(status, runs), "{word}");
        app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
    }
});

both!(of_several_answers_the_first_that_is_not_right_decides, async |app| {
    let session = app.new_session().await;
    for (answers, status) in [
        (["correct", "correct", "correct"], "CONNECTED"),
        (["correct", "LOCKED", "wrong"], "LOCKED"),
        (["wrong", "LOCKED", "correct"], "REJECTED"),
        (["correct", "correct", "DENIED"], "DENIED"),
    ] {
        let member = app.connected(&session, "many").await;
        let open = app.challenges(&session, &member).await;
        let body: Vec<_> =
            open.iter().zip(answers).map(|(c, value)| json!({"guid": c["guid"], "value": value})).collect();
        let path = format!("/members/{member}/resume");
        app.put(&path).token(&session.token).json(json!({"challenges": body})).ok().await;
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is(status, false), "{answers:?}");
    }
});

both!(two_rounds, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "two_step").await;
    app.answer(&session, &member, "sms").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CHALLENGED", true));
    app.answer(&session, &member, "correct").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(user_names, async |app| {
    let session = app.new_session().await;
    for (login, status) in [
        ("mxuser", "CONNECTED"),
        ("test_atrium", "CONNECTED"),
        ("mxuser.2", "CONNECTED"),
        ("test_atrium.tag", "CONNECTED"),
        ("mxuser2", "DENIED"),
        ("somebody", "DENIED"),
    ] {
        let body = json!({"member": {"institution_code": "mxbank", "credentials": credentials(login, "x")}});
        let made = app.post("/members").token(&session.token).json(body).ok().await;
        app.pass(5).await;
        let member = made["member"]["guid"].as_str().unwrap();
        assert_eq!(state(app, &session, member).await, is(status, false), "{login}");
    }
});

both!(three_failures_in_a_row, async |app| {
    let session = app.new_session().await;
    for (word, twice, thrice) in [("DENIED", "DENIED", "PREVENTED"), ("BAD_REQUEST", "FAILED", "DEGRADED")] {
        let member = app.connected(&session, word).await;
        for status in [twice, thrice] {
            app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
            app.pass(5).await;
            assert_eq!(state(app, &session, &member).await, is(status, false));
        }
        let needs = app.member(&session, &member).await["needs_updated_credentials"].clone();
        assert_eq!(needs, thrice == "PREVENTED");
        new_password(app, &session, &member, word).await;
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is(twice, false), "an update begins the count anew");
    }
});

both!(failing_without_success_for_two_weeks, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let member = app.connected(&session, "SERVER_ERROR").await;
    for _ in 0..2 {
        app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
        app.pass(5).await;
    }
    assert_eq!(state(app, &session, &member).await, is("DEGRADED", false));
    app.pass(14 * 86_400).await;
    let session = app.session(&user).await;
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("DISCONNECTED", false));
});

both!(times, async |app| {
    let session = app.new_session().await;
    let slow = app.connect(&session, "slow").await;
    let delayed = app.connect(&session, "DELAYED").await;
    let silent = app.connect(&session, "TIMEOUT").await;
    app.pass(9).await;
    assert_eq!(state(app, &session, &slow).await, is("CREATED", true));
    app.pass(3).await;
    assert_eq!(state(app, &session, &slow).await, is("CONNECTED", false));
    app.pass(47).await;
    assert_eq!(state(app, &session, &delayed).await, is("CREATED", true));
    app.pass(2).await;
    for member in [&delayed, &silent] {
        let shown = app.member(&session, member).await;
        assert_eq!(
            (&shown["connection_status"], &shown["connection_status_id"]),
            (&json!("DELAYED"), &json!(13))
        );
    }
    app.pass(62).await;
    assert_eq!(state(app, &session, &delayed).await, is("CONNECTED", false));
    assert_eq!(state(app, &session, &silent).await, is("DELAYED", true));
    app.pass(480).await;
    assert_eq!(state(app, &session, &silent).await, is("FAILED", false));
});

both!(an_update_and_a_resumed_answer_wait_too, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "token").await;
    app.answer(&session, &member, "slow").await;
    app.pass(9).await;
    assert_eq!(state(app, &session, &member).await, is("RESUMED", true));
    app.pass(3).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    new_password(app, &session, &member, "slow").await;
    app.pass(9).await;
    assert_eq!(state(app, &session, &member).await, is("UPDATED", true));
    app.pass(3).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(reconnected_asks_for_a_token_once, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "RECONNECTED").await;
    assert_eq!(app.job(&session, &member).await["status_name"], "COMPLETED");
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    assert_eq!(state(app, &session, &member).await, is("RECONNECTED", true));
    app.pass(5).await;
    let open = app.challenges(&session, &member).await;
    assert_eq!((open.len(), &open[0]["type"]), (1, &json!("TOKEN")));
    app.answer(&session, &member, "correct").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(partial_stores_the_accounts, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "PARTIAL").await;
    assert_eq!(app.job(&session, &member).await["is_authenticated"], true);
    let accounts = app.get(&format!("/members/{member}/accounts")).token(&session.token).ok().await;
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 14);
    let transactions = app.get(&format!("/members/{member}/transactions")).token(&session.token).ok().await;
    assert_eq!(transactions["transactions"], json!([]));
});

both!(the_same_user_has_the_same_data_anywhere, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let strip = |mut body: serde_json::Value| {
        for item in body["transactions"].as_array_mut().unwrap() {
            for key in ["guid", "account_guid", "member_guid", "user_guid"] {
                item[key] = json!(null);
            }
        }
        let mut items: Vec<String> =
            body["transactions"].as_array().unwrap().iter().map(ToString::to_string).collect();
        items.sort();
        items
    };
    let path = "/transactions?records_per_page=1000";
    let here = strip(app.get(path).token(&session.token).ok().await);
    let setup = testkit::app::Setup { seed: 99, ..Default::default() };
    let there = testkit::App::sqlite_with(setup).await;
    let session = there.new_session().await;
    there.connected(&session, "x").await;
    assert_eq!(strip(there.get(path).token(&session.token).ok().await), here);
});
