//! Every word of the sandbox ends in the documented status (`spec: sandbox, 2`; nexus-core, 10.2).
use crate::support::{is, new_password, state};
use serde_json::json;
use testkit::{
    App,
    app::{Session, credentials},
    both,
};

/// How a word leaves a member: status, whether its job runs on; status of the job and its error code.
type End = (&'static str, bool, i64, Option<i64>);

const ASKED: End = ("CHALLENGED", true, 2, None);
const DONE: End = ("CONNECTED", false, 6, None);

/// Words that do the same as a password and as an answer.
const WORDS: [(&str, End); 25] = [
    ("challenge", ASKED),
    ("options", ASKED),
    ("image", ASKED),
    ("image_options", ASKED),
    ("token", ASKED),
    ("two_step", ASKED),
    ("many", ASKED),
    ("BAD_REQUEST", ("FAILED", false, 9, Some(6))),
    ("SERVER_ERROR", ("FAILED", false, 9, Some(6))),
    ("UNAVAILABLE", ("FAILED", false, 9, Some(6))),
    ("MALFORMED", ("FAILED", false, 9, Some(6))),
    ("UNAUTHORIZED", ("DENIED", false, 8, Some(1))),
    ("INVALID", ("DENIED", false, 8, Some(1))),
    ("DENIED", ("DENIED", false, 8, Some(1))),
    ("PREVENTED", ("PREVENTED", false, 7, Some(1))),
    ("LOCKED", ("LOCKED", false, 9, Some(4))),
    ("IMPEDED", ("IMPEDED", false, 9, Some(5))),
    ("DEGRADED", ("DEGRADED", false, 9, Some(6))),
    ("DISCONNECTED", ("DISCONNECTED", false, 9, Some(6))),
    ("RECONNECTED", ("RECONNECTED", false, 6, None)),
    ("DISCONTINUED", ("DISCONTINUED", false, 9, Some(9))),
    ("CLOSED", ("CLOSED", false, 9, Some(9))),
    ("DISABLED", ("DISABLED", false, 9, Some(9))),
    ("IMPORTED", ("IMPORTED", false, 9, Some(8))),
    ("IMPAIRED", ("IMPAIRED", false, 9, Some(8))),
];

/// Five seconds after the word was said.
async fn ends(app: &App, session: &Session, member: &str, word: &str, (status, runs, job, error): End) {
    assert_eq!(state(app, session, member).await, is(status, runs), "{word}");
    let shown = app.job(session, member).await;
    assert_eq!((&shown["status"], &shown["error_message_code"]), (&json!(job), &json!(error)), "{word}");
    let needs = app.member(session, member).await["needs_updated_credentials"].clone();
    assert_eq!(needs, ["DENIED", "PREVENTED", "IMPORTED", "IMPAIRED"].contains(&status), "{word}");
    app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
}

both!(as_a_password, async |app| {
    let session = app.new_session().await;
    for (word, end) in WORDS.into_iter().chain([
        ("anything", DONE),
        ("correct", DONE),
        ("repeat", DONE),
        ("EXPIRED", DONE),
        ("Challenge", DONE),
        ("locked", DONE),
        ("PARTIAL", ("FAILED", false, 9, Some(6))),
        ("slow", ("CREATED", true, 1, None)),
        ("DELAYED", ("CREATED", true, 1, None)),
        ("TIMEOUT", ("CREATED", true, 1, None)),
    ]) {
        let member = app.connected(&session, word).await;
        ends(app, &session, &member, word, end).await;
    }
});

both!(as_an_answer, async |app| {
    let session = app.new_session().await;
    for (word, end) in WORDS.into_iter().chain([
        ("correct", DONE),
        ("Correct", ("REJECTED", false, 8, Some(2))),
        (" correct", ("REJECTED", false, 8, Some(2))),
        ("no word", ("REJECTED", false, 8, Some(2))),
        ("repeat", ASKED),
        ("EXPIRED", ("EXPIRED", false, 9, Some(3))),
        ("PARTIAL", ("FAILED", false, 9, Some(6))),
        ("slow", ("RESUMED", true, 3, None)),
        ("DELAYED", ("RESUMED", true, 3, None)),
        ("TIMEOUT", ("RESUMED", true, 3, None)),
    ]) {
        let member = app.connected(&session, "token").await;
        app.answer(&session, &member, word).await;
        app.pass(5).await;
        ends(app, &session, &member, word, end).await;
    }
});

both!(what_is_asked, async |app| {
    let session = app.new_session().await;
    let town = "What city were you born in?";
    for (word, types) in [
        ("challenge", &["TEXT"][..]),
        ("options", &["OPTIONS"]),
        ("image", &["IMAGE_DATA"]),
        ("image_options", &["IMAGE_OPTIONS"]),
        ("token", &["TOKEN"]),
        ("two_step", &["OPTIONS"]),
        ("many", &["TEXT", "TEXT", "TEXT"]),
    ] {
        let member = app.connected(&session, word).await;
        let as_password = app.challenges(&session, &member).await;
        let asked = app.connected(&session, "challenge").await;
        app.answer(&session, &asked, word).await;
        app.pass(5).await;
        for open in [as_password, app.challenges(&session, &asked).await] {
            let shown: Vec<_> = open.iter().map(|challenge| challenge["type"].as_str().unwrap()).collect();
            assert_eq!(shown, types, "{word}");
            let of = |list: &str, key: &str| -> Vec<String> {
                let options = open[0][list].as_array().unwrap();
                options.iter().map(|option| option[key].as_str().unwrap().to_owned()).collect()
            };
            let png = |text: &str| text.starts_with("data:image/png;base64,iVBORw0KGgo");
            match word {
                "challenge" => assert_eq!(open[0]["label"], town),
                "options" => {
                    let words = ["correct", "challenge", "wrong", "BAD_REQUEST", "LOCKED"];
                    assert_eq!(
                        (of("options", "label"), of("options", "value")),
                        (words.map(str::to_owned).into(), words.map(str::to_owned).into())
                    );
                }
                "image" => assert!(png(open[0]["image_data"].as_str().unwrap())),
                "image_options" => {
                    assert_eq!(of("image_options", "value"), ["correct", "wrong", "challenge"]);
                    assert!(of("image_options", "data_uri").iter().all(|uri| png(uri)));
                }
                "two_step" => assert_eq!(of("options", "value"), ["sms", "email"]),
                _ => {}
            }
        }
        for member in [member, asked] {
            app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
        }
    }
});

both!(a_password_acts_on_every_job_and_an_answer_on_one, async |app| {
    let session = app.new_session().await;
    let again = async |member: &str| {
        app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
        app.pass(5).await;
        state(app, &session, member).await
    };
    let locked = app.connected(&session, "LOCKED").await;
    assert_eq!(again(&locked).await, is("LOCKED", false));
    new_password(app, &session, &locked, "anything").await;
    app.pass(5).await;
    assert_eq!(again(&locked).await, is("CONNECTED", false));
    let asked = app.connected(&session, "challenge").await;
    app.answer(&session, &asked, "LOCKED").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &asked).await, is("LOCKED", false));
    assert_eq!(again(&asked).await, is("CHALLENGED", true), "the password asks again");
});

both!(repeat_asks_the_same_question_with_a_new_guid, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "options").await;
    let first = app.challenges(&session, &member).await.remove(0);
    app.answer(&session, &member, "repeat").await;
    app.pass(5).await;
    let second = app.challenges(&session, &member).await.remove(0);
    assert_eq!((&first["type"], &first["label"]), (&second["type"], &second["label"]));
    assert_ne!(first["guid"], second["guid"]);
    app.answer(&session, &member, "correct").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
});

both!(no_answer_for_fifteen_minutes, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "token").await;
    app.pass(893).await;
    assert_eq!(state(app, &session, &member).await, is("CHALLENGED", true));
    app.pass(7).await;
    ends(app, &session, &member, "token", ("EXPIRED", false, 9, Some(3))).await;
});

both!(imported_drops_the_stored_credentials, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "IMPORTED").await;
    let path = format!("/members/{member}");
    let refused = app.get(&format!("{path}/aggregate")).token(&session.token).fails(4050).await;
    assert_eq!(refused, "Credentials must be updated first.");
    // The login was dropped, too: a password alone is not enough.
    new_password(app, &session, &member, "anything").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("IMPAIRED", false));
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
