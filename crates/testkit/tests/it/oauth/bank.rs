//! The sandbox's banks by OAuth over HTTP: pages, codes, tokens (`spec: sandbox, 1`; RFC 6749, RFC 7636).
use super::{Browser, new_member};
use crate::support::nobody;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use testkit::{App, Response, app::Setup, both};

const REDIRECT: &str = "https://tributary.test/oauth/redirect_from";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Of RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn query(change: (&str, &str)) -> String {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", "mx_bank_oauth"),
        ("redirect_uri", REDIRECT),
        ("state", "own-state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    pairs.retain(|(name, _)| *name != change.0);
    pairs.push(change);
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

async fn form(app: &App, path: &str, fields: &[(&str, &str)]) -> Response {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    app.post(path).raw(form, "application/x-www-form-urlencoded").send().await
}

/// A code that a user gave to a client of one's own.
async fn code(app: &App, password: &str) -> String {
    let page = Browser::at(&format!("https://tributary.test/sandbox/oauth/authorize?{}", query(("x", ""))));
    page.decide(app, "mxuser", password, "allow").await.parameter("code")
}

async fn redeem(app: &App, code: &str, change: (&str, &str)) -> Response {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("client_id", "mx_bank_oauth"),
        ("redirect_uri", REDIRECT),
    ];
    fields.retain(|(name, _)| *name != change.0);
    fields.push(change);
    form(app, "/sandbox/oauth/token", &fields).await
}

async fn refresh(app: &App, token: &str) -> Response {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "mx_bank_oauth")];
    form(app, "/sandbox/oauth/token", &fields).await
}

fn text(body: &Value, key: &str) -> String {
    body[key].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

#[track_caller]
fn refused(answer: &Response, error: &str) {
    assert_eq!((answer.status, answer.json()), (400, json!({"error": error})));
}

both!(the_page_is_a_form_without_scripts, async |app| {
    let path = format!("/sandbox/oauth/authorize?{}", query(("state", "a\"><script>&")));
    let page = app.get(&path).send().await.is(200);
    assert_eq!(page.media(), "text/html; charset=utf-8");
    assert!(page.text().contains(r#"name="state" value="a&quot;&gt;&lt;script&gt;&amp;""#), "{page:?}");
    assert!(!page.text().contains("<script"), "{page:?}");
    for field in ["username", "password", "decision"] {
        assert!(page.text().contains(&format!(r#"<label for="{field}">"#)), "{field}");
        assert!(page.text().contains(&format!(r#"name="{field}""#)), "{field}");
    }
    for decision in
        ["allow", "cancelled", "denied", "impeded", "provider_error", "server_error", "session_error"]
    {
        assert!(page.text().contains(&format!(r#"<option value="{decision}">"#)), "{decision}");
    }
});

both!(requests_that_are_not_right_go_nowhere, async |app| {
    for change in [
        ("response_type", "token"),
        ("client_id", "mxbank"),
        ("client_id", "nobody"),
        ("redirect_uri", "https://tributary.test/oauth/redirect_from/"),
        ("redirect_uri", "https://evil.example/oauth/redirect_from"),
        ("redirect_uri", ""),
        ("code_challenge", ""),
        ("code_challenge", "short"),
        ("code_challenge_method", "plain"),
        ("state", ""),
    ] {
        let path = format!("/sandbox/oauth/authorize?{}", query(change));
        let page = app.get(&path).send().await;
        assert_eq!((page.status, page.header("location")), (400, ""), "{change:?}");
        if change.0 != "state" {
            let fields = [("state", "s"), ("username", "mxuser"), ("password", "x"), ("decision", "allow")];
            let posted = form(app, &path, &fields).await;
            assert_eq!((posted.status, posted.header("location")), (400, ""), "{change:?}");
        }
    }
    let path = format!("/sandbox/oauth/authorize?{}", query(("x", "")));
    for (username, password, decision, state) in [
        ("mxuser", "x", "maybe", "s"),
        ("mxuser", "x", "", "s"),
        ("mxuser", "", "allow", "s"),
        ("", "x", "allow", "s"),
        ("mxuser", "x", "allow", ""),
    ] {
        let fields =
            [("state", state), ("username", username), ("password", password), ("decision", decision)];
        assert_eq!(form(app, &path, &fields).await.status, 400, "{fields:?}");
    }
});

both!(a_form_with_nothing_but_its_four_fields, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({})).await;
    let state = Browser::visit(app, &uri).await.parameter("state");
    let fields =
        |state| [("state", state), ("username", "mxuser"), ("password", "any"), ("decision", "allow")];
    let posted = form(app, "/sandbox/oauth/authorize", &fields(&state)).await.is(302);
    Browser::at(posted.header("location")).get(app).await.is(200);
    app.pass(5).await;
    assert_eq!(app.status(&session, &member).await, "CONNECTED");
    let unknown = "A".repeat(43);
    assert_eq!(form(app, "/sandbox/oauth/authorize", &fields(&unknown)).await.status, 400);
});

both!(codes_are_for_one_client_one_use_and_five_minutes, async |app| {
    let good = code(app, "any").await;
    for change in [
        ("code_verifier", "another-verifier-that-is-as-long-as-the-one-x"),
        ("code_verifier", ""),
        ("code_verifier", CHALLENGE),
        ("client_id", "mxcu_oauth"),
        ("redirect_uri", "https://tributary.test/oauth/redirect_from?x"),
        ("code", "garbage"),
        ("code", ""),
    ] {
        refused(&redeem(app, &good, change).await, "invalid_grant");
    }
    let tokens = redeem(app, &good, ("x", "")).await.is(200).json();
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"], &tokens["sub"]),
        (&json!("Bearer"), &json!(600), &json!("mxuser"))
    );
    refused(&redeem(app, &good, ("x", "")).await, "invalid_grant");
    // One kind of secret is worth nothing as another.
    for other in ["access_token", "refresh_token"] {
        refused(&redeem(app, &text(&tokens, other), ("x", "")).await, "invalid_grant");
    }
    let late = code(app, "any").await;
    app.pass(300).await;
    refused(&redeem(app, &late, ("x", "")).await, "invalid_grant");
    let changed = redeem(app, &good, ("grant_type", "password")).await;
    refused(&changed, "unsupported_grant_type");
});

both!(a_refresh_token_is_worth_nothing_once_its_successor_was_used, async |app| {
    let code = code(app, "any").await;
    let first = text(&redeem(app, &code, ("x", "")).await.is(200).json(), "refresh_token");
    let second = text(&refresh(app, &first).await.is(200).json(), "refresh_token");
    assert_ne!(first, second);
    // Whoever did not get the answer may ask again.
    let again = text(&refresh(app, &first).await.is(200).json(), "refresh_token");
    refresh(app, &second).await.is(200);
    refused(&refresh(app, &first).await, "invalid_grant");
    refresh(app, &again).await.is(200);
    refused(&refresh(app, "garbage").await, "invalid_grant");
    let elsewhere =
        [("grant_type", "refresh_token"), ("refresh_token", &*second), ("client_id", "mxcu_oauth")];
    refused(&form(app, "/sandbox/oauth/token", &elsewhere).await, "invalid_grant");
});

both!(data_is_for_who_has_an_access_token, async |app| {
    let code = code(app, "any").await;
    let tokens = redeem(app, &code, ("x", "")).await.is(200).json();
    let (access, refresh_token) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let ask = json!({"kind": "AGGREGATION", "user": "U-1", "member": nobody("MBR"),
        "member_status": "CREATED", "history_from": "2026-01-01",
        "include_transactions": true, "include_holdings": true, "is_background": false, "continuation": null, "answers": null});
    let step = |token: &str, body: Value| {
        app.post("/sandbox/oauth/step").header("authorization", &format!("Bearer {token}")).json(body).send()
    };
    let answer = step(&access, ask.clone()).await.is(200).json();
    assert_eq!(answer["said"], "progress");
    for token in ["garbage", &refresh_token, ""] {
        let refused = step(token, ask.clone()).await.is(401);
        assert_eq!(refused.header("www-authenticate"), "Bearer");
    }
    let mut sealed = URL_SAFE_NO_PAD.decode(&access).unwrap();
    let last = sealed.last_mut().unwrap();
    *last ^= 1;
    step(&URL_SAFE_NO_PAD.encode(sealed), ask.clone()).await.is(401);
    for body in [json!({}), json!({"kind": "NOTHING"})] {
        refused(&step(&access, body).await, "invalid_request");
    }
    app.pass(600).await;
    step(&access, ask.clone()).await.is(401);
    // A revoked consent: neither data nor tokens.
    let revoked = self::code(app, "IMPAIRED").await;
    let tokens = redeem(app, &revoked, ("x", "")).await.is(200).json();
    step(&text(&tokens, "access_token"), ask).await.is(401);
    refused(&refresh(app, &text(&tokens, "refresh_token")).await, "invalid_grant");
});

#[tokio::test]
async fn without_a_sandbox_there_are_no_banks() {
    let app = App::sqlite_with(Setup { sandbox: false, ..Setup::default() }).await;
    app.get(&format!("/sandbox/oauth/authorize?{}", query(("x", "")))).fails(4040).await;
    for path in ["/sandbox/oauth/authorize", "/sandbox/oauth/token", "/sandbox/oauth/step"] {
        app.post(path).fails(4040).await;
    }
    app.finish().await;
}
