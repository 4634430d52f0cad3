//! The three ends of a consent: a message to the opener, the scheme of a web view, the client's own address
//! (`spec: nexus-core, 4`).
use super::{Browser, consent, new_member, window_uri};
use engine::client::ClientSettings;
use serde_json::{Value, json};
use testkit::{
    App, Response,
    app::{Session, Setup},
    both,
};

/// The message of an end page, as its script reads it.
fn message(page: &Response) -> Value {
    let (_, rest) = page.text().split_once(r#"id="message">"#).unwrap_or_else(|| panic!("{page:?}"));
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

both!(the_opener_is_told, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({})).await;
    let bank = Browser::visit(app, &uri).await;
    let failed = bank.decide(app, "mxuser", "any", "impeded").await.get(app).await.is(200);
    assert_eq!(
        message(&failed),
        json!({"mx": true, "type": "oauthComplete/error", "metadata": {"member_guid": member, "error_reason": "IMPEDED"}})
    );
    let uri = window_uri(app, &session, &member).await;
    let page = consent(app, &uri, "mxuser", "any").await.is(200);
    assert_eq!(
        message(&page),
        json!({"mx": true, "type": "oauthComplete/success", "metadata": {"member_guid": member}})
    );
    // Of use without a script, and with nothing from elsewhere.
    assert!(page.text().contains("You can close this window"), "{page:?}");
    assert_eq!(page.media(), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    let nonce = policy.split_once("script-src 'nonce-").unwrap().1.split_once('\'').unwrap().0;
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'"
        )
    );
    assert!(page.text().contains(&format!(r#"<script nonce="{nonce}">"#)));
    assert!(!failed.header("content-security-policy").contains(nonce), "a nonce of its own for each page");
    for (name, value) in [("cache-control", "no-store"), ("referrer-policy", "no-referrer")] {
        assert_eq!(page.header(name), value);
    }
    for outside in ["src=", "href=", "@import", "url("] {
        assert!(!page.text().contains(outside), "{outside}");
    }
});

both!(a_web_view_is_sent_to_its_scheme, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let scheme = json!({"ui_message_webview_url_scheme": "MX", "referral_source": "APP"});
    let (member, uri) = new_member(app, &session, scheme).await;
    assert!(uri.ends_with("?referral_source=APP&ui_message_webview_url_scheme=MX"), "{uri}");
    let bank = Browser::visit(app, &uri).await;
    let failed = bank.decide(app, "mxuser", "any", "denied").await.get(app).await.is(302);
    assert_eq!(
        failed.header("location"),
        format!(
            "MX://oauthComplete/error?metadata=%7B%22error_reason%22%3A%22DENIED%22%2C%22member_guid%22%3A%22{member}%22%7D"
        )
    );
    let path = format!("/members/{member}/oauth_window_uri?ui_message_webview_url_scheme=MX");
    let answer = app.get(&path).token(&session.token).ok().await;
    let uri = answer["member"]["oauth_window_uri"].as_str().unwrap();
    let done = consent(app, uri, "mxuser", "any").await.is(302);
    assert_eq!(
        done.header("location"),
        format!("MX://oauthComplete/success?metadata=%7B%22member_guid%22%3A%22{member}%22%7D")
    );
});

fn with_redirects() -> Setup {
    let redirect_urls = vec!["https://app.example/back".to_owned(), "myapp://".to_owned()];
    Setup { client: ClientSettings { redirect_urls, ..ClientSettings::default() }, ..Setup::default() }
}

async fn apps() -> Vec<App> {
    let mut apps = vec![App::sqlite_with(with_redirects()).await];
    apps.extend(App::postgres_with(with_redirects()).await);
    apps
}

async fn ask(app: &App, session: &Session, member: &str, url: &str, source: &str) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_redirect_url", url)
        .append_pair("referral_source", source)
        .finish();
    app.get(&format!("/members/{member}/oauth_window_uri?{query}")).token(&session.token).send().await
}

#[tokio::test]
async fn an_app_gets_its_user_back() {
    for app in apps().await {
        app.listen().await;
        let session = app.new_session().await;
        let (member, _) = new_member(&app, &session, json!({})).await;
        for (url, source, decision, expected) in [
            (
                "https://app.example/back",
                "APP",
                "cancelled",
                format!("https://app.example/back?status=error&member_guid={member}&error_reason=CANCELLED"),
            ),
            (
                "https://app.example/back/x?a=1&b=%C3%A9#top",
                "APP",
                "allow",
                format!("https://app.example/back/x?a=1&b=%C3%A9&status=success&member_guid={member}#top"),
            ),
            ("myapp://done", "APP", "allow", format!("myapp://done?status=success&member_guid={member}")),
        ] {
            let uri =
                ask(&app, &session, &member, url, source).await.is(200).json()["member"]["oauth_window_uri"]
                    .clone();
            let bank = Browser::visit(&app, uri.as_str().unwrap()).await;
            let end = bank.decide(&app, "mxuser", "any", decision).await.get(&app).await.is(302);
            assert_eq!(end.header("location"), expected);
        }
        // From a browser it does not count; a scheme goes before it.
        let uri = ask(&app, &session, &member, "https://app.example/back", "BROWSER").await.json();
        let uri = uri["member"]["oauth_window_uri"].as_str().unwrap().to_owned();
        consent(&app, &uri, "mxuser", "any").await.is(200);
        let options = json!({"client_redirect_url": "myapp://x", "referral_source": "APP", "ui_message_webview_url_scheme": "own"});
        let (_, uri) = new_member(&app, &session, options).await;
        let end = consent(&app, &uri, "mxuser.2", "any").await.is(302);
        assert!(end.header("location").starts_with("own://oauthComplete/success"), "{end:?}");
        app.finish().await;
    }
}

#[tokio::test]
async fn only_where_the_operator_allows() {
    for app in apps().await {
        let session = app.new_session().await;
        let (member, _) = new_member(&app, &session, json!({})).await;
        for url in [
            "https://app.example.evil/back",
            "https://app.example@evil.example/back",
            "https://user@app.example/back",
            "https://app.example/backdoor",
            "https://app.example/back/../other",
            "https://app.example:8443/back",
            "http://app.example/back",
            "javascript:alert(1)",
            "myapp:x",
            "//app.example/back",
            "app.example/back",
        ] {
            let text = ask(&app, &session, &member, url, "APP").await.fails(4002);
            assert!(text.starts_with("client_redirect_url: "), "{url}: {text}");
            let body = super::browser::fields(&json!({"client_redirect_url": url}));
            app.post("/members").token(&session.token).json(body).fails(4002).await;
        }
        app.finish().await;
    }
}
