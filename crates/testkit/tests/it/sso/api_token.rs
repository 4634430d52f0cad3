//! `GET /sso/{client_id}/users/{id}/api_token` (`spec: partner, 1 and 2`).
use crate::support::JSON;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::{client::ClientSettings, user::UserPatch};
use testkit::{App, app::Setup, both};

const SSO: &str = "application/vnd.moneydesktop.sso.v3+json";
const PATH: &str = "/sso/partner/users/U-1/api_token";

both!(a_token_that_opens_a_session, async |app| {
    let user = app.user("U-1").await;
    let answer = app.get(PATH).key().send().await.is(200);
    assert_eq!(
        (answer.media(), answer.keys(""), answer.keys("/api_token")),
        (SSO, vec!["api_token".into()], vec!["token".into()])
    );
    let body = answer.json();
    let token = body["api_token"]["token"].as_str().unwrap();
    let text = String::from_utf8(STANDARD.decode(token).unwrap()).unwrap();
    let (guid, random) = text.split_once('|').unwrap();
    assert_eq!(guid, user.guid.to_string());
    assert!(random.len() == 64 && random.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    app.post("/sessions").api_token(token).ok().await;
    app.post("/sessions").api_token(token).fails(4012).await;
});

both!(the_type_of_the_answer, async |app| {
    app.user("U-1").await;
    for (suffix, accept, media) in [
        ("", "", SSO),
        ("", "*/*", SSO),
        ("", "text/html", SSO),
        ("", SSO, SSO),
        ("", JSON, JSON),
        (".json", "", JSON),
        (".json", "application/vnd.moneydesktop.sso.v3", JSON),
        (".json", "application/vnd.moneydesktop.sso.v3+xml", JSON),
    ] {
        let request = app.get(&format!("{PATH}{suffix}")).key();
        let request = if accept.is_empty() { request } else { request.accept(accept) };
        assert_eq!(request.send().await.is(200).media(), media, "{suffix} {accept}");
    }
    let answer = app.get("/sso/partner/users/U-9/api_token.json").key().send().await;
    assert_eq!(answer.media(), JSON);
    answer.fails(4040);
});

both!(keys, async |app| {
    app.user("U-1").await;
    for request in [
        app.get(PATH),
        app.get(PATH).header("md-api-key", ""),
        app.get(PATH).header("md-api-key", "wrong-key-of-the-partner"),
        app.get("/sso/other/users/U-1/api_token").key(),
        app.get("/sso/partner/users/U-9/api_token"),
    ] {
        assert_eq!(request.fails(4013).await, "The API key is missing or unknown.");
    }
    assert_eq!(app.get("/sso/partner/users/U-2/api_token").key().fails(4040).await, "user not found");
    app.post(PATH).key().fails(4050).await;
    app.get("/sso/partner/nothing").key().fails(4040).await;
});

both!(users_of_another_client, async |app| {
    let call = engine::Call::new("operator", "test", "test");
    let (other, key) =
        app.engine().create_client(&call, "other", "Other", &ClientSettings::default(), None).await.unwrap();
    app.user("U-1").await;
    app.engine().create_user(&call, other.scope, "U-2", UserPatch::default()).await.unwrap();
    let with = |path: &str| app.get(path).header("md-api-key", key.expose());
    with("/sso/other/users/U-1/api_token").fails(4040).await;
    with("/sso/partner/users/U-1/api_token").fails(4013).await;
    with("/sso/other/users/U-2/api_token").ok().await;
    app.get("/sso/partner/users/U-2/api_token").key().fails(4040).await;
});

both!(a_disabled_user, async |app| {
    app.user_with("U-1", UserPatch { is_disabled: Some(true), ..UserPatch::default() }).await;
    assert_eq!(app.get(PATH).key().fails(4031).await, "User is disabled.");
});

#[tokio::test]
async fn source_addresses() {
    let client = ClientSettings {
        source_addresses: vec!["10.1.2.3".parse().unwrap(), "2001:db8::1".parse().unwrap()],
        ..ClientSettings::default()
    };
    let app = App::sqlite_with(Setup { client, ..Setup::default() }).await;
    app.user("U-1").await;
    for from in ["10.1.2.3", "2001:db8::1", "::ffff:10.1.2.3"] {
        app.get(PATH).key().from(from.parse().unwrap()).ok().await;
    }
    let message = app.get(PATH).key().from("10.1.2.4".parse().unwrap()).fails(4032).await;
    assert_eq!(message, "The source address is not allowed.");
    // Nobody's word but a named proxy's is taken for it.
    app.get(PATH).key().header("x-forwarded-for", "10.1.2.3").fails(4032).await;
    app.finish().await;
}
