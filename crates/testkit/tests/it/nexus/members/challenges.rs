//! `GET /members/{member_guid}/challenges` (`spec: nexus-core, 5`).
use crate::support::{NEXUS, each, nobody};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use testkit::both;

both!(a_text, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let answer = app.get(&format!("/members/{member}/challenges")).token(&session.token).send().await.is(200);
    assert_eq!((answer.media(), answer.keys("")), (NEXUS, vec!["challenges".to_owned()]), "never paged");
    assert_eq!(answer.keys("/challenges/0"), ["field_name", "guid", "label", "type"]);
    let body = answer.json();
    assert_eq!(body["challenges"][0]["label"], "What city were you born in?");
    assert_eq!(body["challenges"][0]["type"], "TEXT");
    assert!(body["challenges"][0]["guid"].as_str().unwrap().starts_with("CRD-"));
});

both!(each_type_has_its_keys, async |app| {
    let session = app.new_session().await;
    for (word, kind, keys) in [
        ("token", "TOKEN", &["field_name", "guid", "label", "type"][..]),
        ("options", "OPTIONS", &["field_name", "guid", "label", "options", "type"]),
        ("image", "IMAGE_DATA", &["field_name", "guid", "image_data", "label", "type"]),
        ("image_options", "IMAGE_OPTIONS", &["field_name", "guid", "image_options", "label", "type"]),
    ] {
        let member = app.connected(&session, word).await;
        let path = format!("/members/{member}/challenges");
        let answer = app.get(&path).token(&session.token).send().await.is(200);
        assert_eq!(answer.keys("/challenges/0"), keys, "{word}");
        assert_eq!(answer.json()["challenges"][0]["type"], kind);
        match word {
            "options" => assert_eq!(answer.keys("/challenges/0/options/0"), ["guid", "label", "value"]),
            "image_options" => {
                assert_eq!(
                    answer.keys("/challenges/0/image_options/0"),
                    ["data_uri", "guid", "label", "value"]
                );
            }
            _ => {}
        }
    }
});

both!(the_options_of_the_sandbox, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "options").await;
    let open = app.challenges(&session, &member).await;
    let words = ["correct", "challenge", "wrong", "BAD_REQUEST", "LOCKED"].map(Value::from);
    assert_eq!(each(&open[0]["options"], "value"), words.iter().collect::<Vec<_>>());
    assert_eq!(each(&open[0]["options"], "label"), words.iter().collect::<Vec<_>>());
});

both!(pictures_are_pictures, async |app| {
    let session = app.new_session().await;
    let png = |uri: &Value| {
        let data = uri.as_str().unwrap().strip_prefix("data:image/png;base64,").unwrap();
        assert!(STANDARD.decode(data).unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
    };
    let member = app.connected(&session, "image").await;
    png(&app.challenges(&session, &member).await[0]["image_data"]);
    let member = app.connected(&session, "image_options").await;
    let open = app.challenges(&session, &member).await;
    let words = ["correct", "wrong", "challenge"].map(Value::from);
    assert_eq!(each(&open[0]["image_options"], "value"), words.iter().collect::<Vec<_>>());
    each(&open[0]["image_options"], "data_uri").into_iter().for_each(png);
});

both!(several_in_the_order_of_asking, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "many").await;
    let open = app.challenges(&session, &member).await;
    let labels: Vec<&Value> = open.iter().map(|c| &c["label"]).collect();
    assert_eq!(
        labels,
        [
            "What city were you born in?",
            "What was the name of your first pet?",
            "What was the make of your first car?"
        ]
    );
});

both!(none_but_while_they_are_open, async |app| {
    let session = app.new_session().await;
    let none = Vec::<Value>::new();
    let plain = app.connected(&session, "x").await;
    assert_eq!(app.challenges(&session, &plain).await, none);
    let member = app.connect(&session, "challenge").await;
    assert_eq!(app.challenges(&session, &member).await, none);
    app.pass(5).await;
    assert_eq!(app.challenges(&session, &member).await.len(), 1);
    app.answer(&session, &member, "slow").await;
    assert_eq!(app.challenges(&session, &member).await, none);
    app.pass(30).await;
    assert_eq!(app.challenges(&session, &member).await, none);
});

both!(for_fifteen_minutes_from_when_they_were_raised, async |app| {
    let session = app.new_session().await;
    // Raised 200 ms after the start.
    let member = app.connect(&session, "challenge").await;
    app.pass(900).await;
    assert_eq!(app.challenges(&session, &member).await.len(), 1);
    // Late work does not keep them open.
    app.clock.advance_seconds(1);
    assert_eq!(app.challenges(&session, &member).await, Vec::<Value>::new());
    app.put(&format!("/members/{member}/resume"))
        .token(&session.token)
        .json(json!({"challenges": [{"guid": nobody("CRD"), "value": "x"}]}))
        .fails(4050)
        .await;
    app.pass(1).await;
    assert_eq!(app.status(&session, &member).await, "EXPIRED");
});

both!(members_that_are_not_there, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let other = app.user("U-2").await;
    let other = app.session(&other).await;
    app.get(&format!("/members/{member}/challenges")).token(&other.token).fails(4040).await;
    let path = format!("/members/{}/challenges", nobody("MBR"));
    assert_eq!(app.get(&path).token(&session.token).fails(4040).await, "member not found");
});
