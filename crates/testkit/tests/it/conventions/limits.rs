//! Limits (`spec: conventions, 8`).
use faces::limits::{Limits, Rate, Rates};
use testkit::{App, app::Setup, both};

both!(sizes, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "x").await;
    let path = format!("/members/{member}");
    let body = |n: usize| format!(r#"{{"member":{{"name":"x","more":"{}"}}}}"#, "y".repeat(n));
    let most = (1 << 20) - body(0).len();
    app.put(&path).token(&session.token).raw(body(most), "application/json").ok().await;
    app.put(&path).token(&session.token).raw(body(most + 1), "application/json").fails(4130).await;
    let uri = |n: usize| format!("/user?x={}", "y".repeat(n - "/user?x=".len()));
    app.get(&uri(8192)).token(&session.token).ok().await;
    app.get(&uri(8193)).token(&session.token).fails(4140).await;
    let mut many = app.get("/user").token(&session.token);
    for n in 0..99 {
        many = many.header(&format!("x-{n}"), "1");
    }
    many.ok().await;
    let mut more = app.get("/user").token(&session.token);
    for n in 0..100 {
        more = more.header(&format!("x-{n}"), "1");
    }
    more.fails(4310).await;
    app.get("/user").token(&session.token).header("x-large", &"y".repeat(33_000)).fails(4310).await;
});

fn limited(rates: Rates) -> Setup {
    Setup { limits: Limits { rates, ..Limits::default() }, ..Setup::default() }
}

#[tokio::test]
async fn requests_of_one_session() {
    let rate = Some(Rate { per_second: 1, burst: 20 });
    let app = App::sqlite_with(limited(Rates { session: rate, ..Rates::OFF })).await;
    let user = app.user("U-1").await;
    let (one, two) = (app.session(&user).await, app.session(&user).await);
    let mut refused = None;
    for _ in 0..100 {
        let answer = app.get("/user").token(&one.token).send().await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.unwrap();
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    refused.fails(4290);
    app.get("/user").token(&two.token).ok().await;
    app.finish().await;
}

#[tokio::test]
async fn reads_and_writes_of_one_key() {
    let rate = Some(Rate { per_second: 1, burst: 20 });
    let app = App::sqlite_with(limited(Rates { key_reads: rate, ..Rates::OFF })).await;
    app.user("U-1").await;
    let mut refused = 0;
    for _ in 0..60 {
        refused += u32::from(app.get("/live/partner/users/U-1").key().send().await.status == 429);
    }
    assert!(refused > 0);
    app.put("/live/partner/users/U-1").key().json(serde_json::json!({"user": {}})).ok().await;
    app.finish().await;
}
