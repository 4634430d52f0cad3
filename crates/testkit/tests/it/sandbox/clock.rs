//! `/sandbox/clock` and `/sandbox/settle` (`spec: sandbox, 5`).
use crate::support::JSON;
use serde_json::{Value, json};
use testkit::{App, app::Setup, both};

both!(service_time_can_be_set_but_not_back, async |app| {
    let answer = app.get("/sandbox/clock").key().send().await.is(200);
    assert_eq!(
        (answer.media(), answer.text()),
        (JSON, r#"{"clock":{"mode":"real","now":"2026-01-05T12:00:00.000Z"}}"#)
    );
    let put = |clock: Value| app.put("/sandbox/clock").key().json(json!({"clock": clock}));
    let frozen = put(json!({"mode": "frozen", "now": "2026-02-01T00:00:00+01:00"})).ok().await;
    assert_eq!(frozen["clock"], json!({"mode": "frozen", "now": "2026-01-31T23:00:00.000Z"}));
    app.clock.advance_seconds(100);
    assert_eq!(app.get("/sandbox/clock").key().ok().await, frozen);
    put(json!({"mode": "frozen", "now": "2026-01-31T22:59:59Z"})).fails(4222).await;
    put(json!({"mode": "real"})).fails(4222).await;
    let offset = put(json!({"mode": "offset"})).ok().await;
    assert_eq!(offset["clock"], json!({"mode": "offset", "now": "2026-01-31T23:00:00.000Z"}));
    app.clock.advance_seconds(60);
    let later = app.get("/sandbox/clock").key().ok().await;
    assert_eq!(later["clock"]["now"], "2026-01-31T23:01:00.000Z");
    app.restart().await;
    assert_eq!(app.get("/sandbox/clock").key().ok().await, later, "kept in the store");
    put(json!({"mode": "stopped"})).fails(4002).await;
    put(json!({"now": "tomorrow"})).fails(4002).await;
});

both!(an_advance_does_what_is_due_on_its_way, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "challenge").await;
    let advance = |body: Value| app.post("/sandbox/clock/advance").key().json(body);
    let clock = advance(json!({"seconds": 5})).ok().await;
    assert_eq!(clock["clock"], json!({"mode": "offset", "now": "2026-01-05T12:00:05.000Z"}));
    assert_eq!(app.status(&session, &member).await, "CHALLENGED");
    advance(json!({"seconds": "900"})).ok().await;
    assert_eq!(app.status(&session, &member).await, "EXPIRED");
    let clock = advance(json!({"days": 1})).ok().await;
    assert_eq!(clock["clock"]["now"], "2026-01-06T12:15:05.000Z");
    app.get("/user").token(&session.token).fails(4011).await;
    for (body, codes) in [
        (json!({}), [4001, 4002]),
        (json!({"seconds": 0}), [4222, 4222]),
        (json!({"seconds": -1}), [4222, 4222]),
        (json!({"days": 1831}), [4222, 4222]),
        (json!({"seconds": "soon"}), [4002, 4002]),
    ] {
        let answer = advance(body.clone()).send().await;
        let code = answer.json()["error"]["code"].as_u64().unwrap_or_default();
        assert!(codes.contains(&u16::try_from(code).unwrap()), "{body}: {answer:?}");
    }
});

both!(settled_once_nothing_is_due, async |app| {
    let session = app.new_session().await;
    app.connect(&session, "challenge").await;
    app.pass(5).await;
    assert_eq!(app.post("/sandbox/settle").key().ok().await, json!({"settled": true}));
});

both!(only_with_a_key, async |app| {
    let session = app.new_session().await;
    for request in [
        app.get("/sandbox/clock"),
        app.get("/sandbox/clock").token(&session.token),
        app.get("/sandbox/clock").header("md-api-key", "wrong-key-of-the-partner"),
        app.post("/sandbox/clock/advance").json(json!({"seconds": 5})),
        app.post("/sandbox/settle"),
    ] {
        request.fails(4013).await;
    }
    app.delete("/sandbox/clock").key().fails(4050).await;
    app.get("/sandbox/nothing").key().fails(4040).await;
});

#[tokio::test]
async fn without_the_sandbox_there_is_nothing_of_it() {
    let app = App::sqlite_with(Setup { sandbox: false, ..Setup::default() }).await;
    let session = app.new_session().await;
    for path in ["/sandbox/clock", "/sandbox/settle", "/sandbox/clock/advance"] {
        for method in ["GET", "POST"] {
            let answer = app.request(method, path).key().send().await;
            assert!([404, 405].contains(&answer.status), "{answer:?}");
        }
    }
    app.get("/sandbox/clock").key().fails(4040).await;
    app.get("/institutions/mxbank").token(&session.token).fails(4040).await;
    app.get("/user").token("test_session").fails(4010).await;
    let body = json!({"member": app.new_member("x")});
    app.post("/members").token(&session.token).json(body).fails(4220).await;
    app.finish().await;
}
