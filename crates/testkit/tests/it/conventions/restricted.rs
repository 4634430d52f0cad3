//! What a restricted user may do (`spec: nexus-core`, restricted users; conventions, 5).
use crate::support::{is, nobody, state};
use serde_json::json;
use testkit::{App, both};

pub(crate) async fn set_restricted(app: &App, is_restricted: bool) {
    let engine = app.engine();
    let user = engine.user_of_client(app.client.scope, "U-1").await.unwrap();
    let written = engine.db().write(move |tx| {
        let mut user = tx.user_for_update(user.scope)?.unwrap();
        user.is_restricted = is_restricted;
        tx.update_user(&user)
    });
    let written: store::Result<()> = written.await;
    written.unwrap();
}

both!(sessions_and_reads_work_and_nothing_else, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let (rests, waits) = (app.connected(&session, "x").await, app.connected(&session, "challenge").await);
    let open = app.challenges(&session, &waits).await;
    set_restricted(app, true).await;
    let token = app.api_token(&user).await;
    let body = app.post("/sessions").api_token(&token).ok().await;
    let token = body["session"]["token"].as_str().unwrap();
    assert_eq!(app.get("/user").token(token).ok().await["user"]["is_restricted"], true);
    assert_eq!(state(app, &session, &rests).await, is("CONNECTED", false), "the session started no job");
    assert_eq!(state(app, &session, &waits).await, is("CHALLENGED", true), "one that runs goes on");
    let search = json!({"institution": {"name": ""}});
    app.post("/institutions/search").token(token).json(search).ok().await;
    for path in ["/members", "/accounts", "/transactions", "/categories", "/institutions"] {
        app.get(path).token(token).send().await.is(200);
    }
    for (method, path) in [
        ("POST", "/members".to_owned()),
        ("PUT", format!("/members/{rests}")),
        ("DELETE", format!("/members/{rests}")),
        ("GET", format!("/members/{rests}/aggregate")),
        ("POST", format!("/members/{rests}/refresh")),
        ("GET", "/members/aggregate".to_owned()),
        ("POST", "/members/refresh".to_owned()),
        ("POST", format!("/members/{rests}/check_balance")),
        ("PUT", format!("/members/{waits}/resume")),
        // Before the body as JSON, and before the objects of the path.
        ("PUT", format!("/members/{}", nobody("MBR"))),
    ] {
        let message = app.request(method, &path).token(token).raw("{", "application/json").fails(4031).await;
        assert_eq!(message, "User is restricted.", "{method} {path}");
    }
    for (method, path) in
        [("DELETE", "/members/"), ("POST", "/members/x/check_balance"), ("GET", "/members/x/aggregate")]
    {
        let path = if method == "DELETE" { format!("{path}{}", nobody("MBR")) } else { path.to_owned() };
        app.request(method, &path).token(token).fails(4031).await;
    }
    assert_eq!(app.challenges(&session, &waits).await, open);
    set_restricted(app, false).await;
    app.get("/members/aggregate").token(token).ok().await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &rests).await, is("CONNECTED", false));
});
