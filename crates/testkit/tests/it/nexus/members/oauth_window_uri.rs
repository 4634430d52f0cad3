//! `GET /members/{member_guid}/oauth_window_uri` (`spec: nexus-core, 4`). What becomes of the address: `oauth`.
use crate::{
    oauth::{Browser, new_member},
    support::nobody,
};
use serde_json::json;
use testkit::both;

both!(an_address_and_nothing_else, async |app| {
    let session = app.new_session().await;
    let (member, first) = new_member(app, &session, json!({})).await;
    let before = app.member(&session, &member).await;
    let ask = |query: &str| {
        let path = format!("/members/{member}/oauth_window_uri{query}");
        app.get(&path).token(&session.token).send()
    };
    for (query, shown) in [
        ("", "?referral_source=BROWSER"),
        ("?referral_source=BROWSER&skip_aggregation=true", "?referral_source=BROWSER"),
        ("?referral_source=APP", "?referral_source=APP"),
        (
            "?ui_message_webview_url_scheme=com.example%2Bx",
            "?referral_source=BROWSER&ui_message_webview_url_scheme=com.example%2Bx",
        ),
        ("?referral_source=&ui_message_webview_url_scheme=", "?referral_source=BROWSER"),
    ] {
        let answer = ask(query).await.is(200);
        assert_eq!(answer.keys(""), ["member"]);
        assert_eq!(answer.keys("/member"), ["guid", "oauth_window_uri"]);
        let body = answer.json();
        assert_eq!(body["member"]["guid"], *member);
        let uri = body["member"]["oauth_window_uri"].as_str().unwrap();
        assert!(uri.starts_with(&format!("https://tributary.test/oauth/predirect_to/{member}/")), "{uri}");
        assert!(uri.ends_with(shown), "{uri}");
        assert_ne!(uri, first);
    }
    // The member itself does not change by it.
    assert_eq!(app.member(&session, &member).await, before);
    Browser::at(&first).get(app).await.is(410);
});

both!(parameters_that_are_none, async |app| {
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({})).await;
    for (name, value) in [
        ("referral_source", "app"),
        ("referral_source", "WIDGET"),
        ("ui_message_webview_url_scheme", "javascript"),
        ("ui_message_webview_url_scheme", "DATA"),
        ("ui_message_webview_url_scheme", "file"),
        ("ui_message_webview_url_scheme", "1app"),
        ("ui_message_webview_url_scheme", "x"),
        ("ui_message_webview_url_scheme", "my%20app"),
        ("skip_aggregation", "perhaps"),
        ("client_redirect_url", "https%3A%2F%2Fapp.example"),
    ] {
        let path = format!("/members/{member}/oauth_window_uri?{name}={value}");
        let text = app.get(&path).token(&session.token).fails(4002).await;
        assert!(text.starts_with(&format!("{name}: ")), "{text}");
    }
    for (name, value) in [("referral_source", "WIDGET"), ("ui_message_webview_url_scheme", "javascript")] {
        let body = json!({"member": {"institution_code": "mx_bank_oauth", name: value}});
        app.post("/members").token(&session.token).json(body).fails(4002).await;
    }
    // The window that was there still is.
    Browser::visit(app, &uri).await;
});

both!(where_there_is_no_oauth, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "any").await;
    let path = format!("/members/{member}/oauth_window_uri");
    assert_eq!(app.get(&path).token(&session.token).fails(4003).await, "Member cannot use OAuth");
    let path = format!("/members/{}/oauth_window_uri", nobody("MBR"));
    app.get(&path).token(&session.token).fails(4040).await;
});
