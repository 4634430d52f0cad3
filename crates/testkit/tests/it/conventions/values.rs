//! Values (`spec: conventions, 7`).
use crate::support::update;
use serde_json::{Value, json};
use testkit::both;

/// Every string of a body, with the key it stands under.
fn strings(value: &Value, key: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| strings(value, key, found)),
        Value::Array(items) => items.iter().for_each(|item| strings(item, key, found)),
        Value::String(text) => found.push((key.to_owned(), text.clone())),
        _ => {}
    }
}

both!(guids_times_and_dates_are_spelt_as_documented, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let job = app.member(&session, &member).await["most_recent_job_guid"].as_str().unwrap().to_owned();
    let waiting = app.get(&format!("/jobs/{job}/mfa_credentials")).token(&session.token).ok().await;
    app.answer(&session, &member, "correct").await;
    app.pass(5).await;
    let read = async |path: &str| app.get(path).token(&session.token).ok().await;
    for (body, plus) in [
        (read("/user").await, true),
        (read("/accounts").await, true),
        (read("/transactions").await, true),
        (read("/members").await, false),
        (read("/institutions/mxbank").await, false),
        (read(&format!("/jobs/{job}")).await, false),
        (read("/institutions/mxbank/credentials").await, false),
        (waiting, false),
    ] {
        let mut found = Vec::new();
        strings(&body, "", &mut found);
        for (key, text) in found {
            if key.ends_with("_at") {
                let end = if plus { "+00:00" } else { ".000Z" };
                let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
                let expected = if plus { "0000-00-00T00:00:00+00:00" } else { "0000-00-00T00:00:00.000Z" };
                assert!(shape == expected && text.ends_with(end), "{key}: {text}");
            } else if key.ends_with("_on") || key == "date" || key == "birthday" {
                let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
                assert_eq!(shape, "0000-00-00", "{key}: {text}");
            } else if key == "guid" || key.ends_with("_guid") && key != "external_guid" {
                let (prefix, rest) = text.split_once('-').unwrap();
                assert_eq!((prefix.len(), rest.len()), (3, 36), "{key}: {text}");
                assert!(
                    rest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b) || b == b'-'),
                    "{text}"
                );
            }
        }
    }
});

both!(texts_go_out_as_they_came_in, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "x").await;
    for text in
        ["' < > \" = &amp; \\ / %00", "日本語 \u{1f600} e\u{301}", "\u{1}\u{1f}\u{7f}\u{2028}", "a\tb\nc\r"]
    {
        let body = json!({"member": {"name": text, "metadata": text}});
        let answer =
            app.put(&format!("/members/{member}")).token(&session.token).json(body).send().await.is(200);
        assert_eq!(
            (&answer.json()["member"]["metadata"], &answer.json()["member"]["name"].as_str().unwrap().trim()),
            (&json!(text), &text.trim())
        );
        assert_eq!(app.member(&session, &member).await["metadata"], text);
    }
    let answer = update(app, &session, &member, json!({"metadata": "<'>&é"})).await;
    assert_eq!(answer["metadata"], "<'>&é");
    for field in ["name", "metadata"] {
        let body = json!({"member": {field: "a\0b"}});
        app.put(&format!("/members/{member}")).token(&session.token).json(body).fails(4222).await;
    }
});

both!(eight_kibibytes_of_metadata, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "x").await;
    let put = |text: String| {
        app.put(&format!("/members/{member}")).token(&session.token).json(json!({"metadata": text}))
    };
    put("é".repeat(4096)).ok().await;
    put(format!("{}x", "é".repeat(4096))).fails(4222).await;
});

both!(decimals_have_no_binary_fractions, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let answer = app.get("/transactions?records_per_page=1000").token(&session.token).send().await.is(200);
    for amount in answer.text().split(r#""amount":"#).skip(1) {
        let amount = amount.split(',').next().unwrap();
        let digits = amount.split_once('.').map_or(0, |(_, after)| after.len());
        assert!(digits <= 2 && amount.parse::<f64>().is_ok() && !amount.contains('e'), "{amount}");
    }
});

both!(booleans_may_be_texts, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "x").await;
    for (given, kept) in
        [(json!("true"), true), (json!("false"), false), (json!(true), true), (json!(false), false)]
    {
        let after =
            update(app, &session, &member, json!({"background_aggregation_is_disabled": given})).await;
        assert_eq!(after["background_aggregation_is_disabled"], kept);
    }
    for bad in [json!("yes"), json!(1), json!("1"), json!([])] {
        let body = json!({"background_aggregation_is_disabled": bad});
        let message =
            app.put(&format!("/members/{member}")).token(&session.token).json(body).fails(4002).await;
        assert_eq!(message, "background_aggregation_is_disabled: must be a boolean");
    }
});
