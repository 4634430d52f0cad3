//! What receivers may do, and what follows (`spec: partner, 7`).
use super::receiver::{Receiver, Reply};
use domain::webhook::EventType;
use serde_json::json;
use std::time::Duration;
use testkit::{App, app::Setup, both};

/// One event: a user was made.
async fn event(app: &App, id: &str) {
    let body = json!({"user": {"id": id}});
    app.post("/live/partner/users").key().json(body).ok().await;
}

async fn tries_after(app: &App, receiver: &Receiver, seconds: i64) -> usize {
    app.pass(seconds).await;
    receiver.take().len()
}

both!(tried_again_until_it_is_accepted_with_the_same_id_and_body, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::User]).await;
    receiver.will([
        Reply::status(500),
        Reply::Closes,
        Reply::Says(302, format!("location: {}", receiver.url("/else")), String::new()),
    ]);
    event(app, "U-1").await;
    app.pass(1).await;
    let first = receiver.take().remove(0);
    assert_eq!(tries_after(app, &receiver, 53).await, 0);
    app.pass(14).await;
    let second = receiver.take().remove(0);
    assert_eq!((first.header("webhook-id"), &first.body), (second.header("webhook-id"), &second.body));
    assert_eq!(tries_after(app, &receiver, 133).await, 1, "after two minutes: a redirect, not followed");
    assert_eq!(tries_after(app, &receiver, 265).await, 1, "after four: accepted");
    assert_eq!(tries_after(app, &receiver, 2 * 86_400).await, 0);
});

both!(given_up_after_twelve_retries_and_sent_again_on_demand, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::User]).await;
    receiver.will(vec![Reply::status(503); 13]);
    event(app, "U-1").await;
    assert_eq!(tries_after(app, &receiver, 2 * 86_400).await, 13);
    let failed = app.get("/sandbox/webhooks/failed").key().ok().await["events"].clone();
    assert_eq!(
        (&failed[0]["tries"], &failed[0]["outcome"], &failed[0]["event"]),
        (&json!(13), &json!("503"), &json!("user"))
    );
    let id = failed[0]["id"].as_str().unwrap();
    let again = app.post("/sandbox/webhooks/redeliver").key().json(json!({"id": id})).ok().await;
    assert_eq!(again, json!({"events": 1}));
    app.pass(0).await;
    assert_eq!(receiver.take()[0].header("webhook-id"), id);
    assert_eq!(app.get("/sandbox/webhooks/failed").key().ok().await, json!({"events": []}));
    app.post("/sandbox/webhooks/redeliver").key().json(json!({"id": "msg_00"})).fails(4040).await;
    // What was accepted can be sent again for a day.
    app.post("/sandbox/webhooks/redeliver").key().json(json!({"id": id})).ok().await;
    assert_eq!(tries_after(app, &receiver, 0).await, 1);
    app.pass(86_401).await;
    app.engine().sweep().await.unwrap();
    app.post("/sandbox/webhooks/redeliver").key().json(json!({"id": id})).fails(4040).await;
});

both!(kept_for_seven_days_once_given_up, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::User]).await;
    receiver.will(vec![Reply::status(500); 13]);
    event(app, "U-1").await;
    app.pass(2 * 86_400).await;
    let count = async || {
        app.engine().sweep().await.unwrap();
        app.engine().failed_events(&app.client, 10).await.unwrap().len()
    };
    app.pass(5 * 86_400).await;
    assert_eq!(count().await, 1);
    app.pass(3 * 86_400).await;
    assert_eq!(count().await, 0);
});

both!(left_alone_for_as_long_as_it_asks, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::User]).await;
    receiver.will([
        Reply::Says(429, "retry-after: 600".to_owned(), String::new()),
        Reply::Says(503, "retry-after: 1".to_owned(), String::new()),
    ]);
    event(app, "U-1").await;
    assert_eq!(tries_after(app, &receiver, 1).await, 1);
    assert_eq!(tries_after(app, &receiver, 590).await, 0);
    assert_eq!(tries_after(app, &receiver, 15).await, 1);
    assert_eq!(tries_after(app, &receiver, 100).await, 0, "a shorter wait than the usual is not");
    assert_eq!(tries_after(app, &receiver, 40).await, 1);
});

both!(one_that_is_gone_is_turned_off_until_it_is_added_again, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::User]).await;
    receiver.will([Reply::status(410)]);
    event(app, "U-1").await;
    app.pass(2).await;
    let listed = app.get("/sandbox/webhooks").key().ok().await["webhooks"].clone();
    assert_eq!(listed[0]["is_on"], false);
    event(app, "U-2").await;
    assert_eq!(tries_after(app, &receiver, 86_400).await, 1);
    receiver.hears(app, &[EventType::User]).await;
    event(app, "U-3").await;
    assert_eq!(tries_after(app, &receiver, 2).await, 1);
});

both!(nothing_goes_where_the_operator_does_not_allow_it, async |app| {
    let add = |url: &str| {
        let body = json!({"webhook": {"event": "user", "url": url}});
        app.post("/sandbox/webhooks").key().json(body)
    };
    for url in ["http://example.com/", "https://127.0.0.1/", "https://10.0.0.1/x", "ftp://example.com/", "x"]
    {
        assert!(add(url).fails(4222).await.starts_with("url: "), "{url}");
    }
    add("https://example.com/hook").ok().await;
});

both!(a_webhook_from_its_making_to_its_end, async |app| {
    let receiver = Receiver::start().await;
    app.engine().admit(receiver.address).unwrap();
    let url = receiver.url("/here");
    let body =
        json!({"webhook": {"event": "member", "url": url, "auth": "basic", "user": "u", "password": "p"}});
    let made = app.post("/sandbox/webhooks").key().json(body).ok().await;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let listed = app.get("/sandbox/webhooks").key().ok().await;
    assert_eq!(listed["webhooks"][0], made["webhook"]);
    let tested = app.post("/sandbox/webhooks/member/test").key().ok().await;
    assert_eq!(tested, json!({"test": {"is_accepted": true, "outcome": "204"}}));
    let received = receiver.take().remove(0);
    assert_eq!((received.path.as_str(), received.header("authorization")), ("/here", "Basic dTpw"));
    assert_eq!(received.json(), json!({"action": "test", "type": "MEMBER"}));
    app.delete("/sandbox/webhooks/member").key().send().await.is(204);
    app.delete("/sandbox/webhooks/member").key().fails(4040).await;
    app.delete("/sandbox/webhooks/nonsense").key().fails(4040).await;
    app.post("/sandbox/webhooks/member/test").key().fails(4040).await;
});

both!(settled_once_everything_is_sent, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::User]).await;
    app.put("/sandbox/clock").key().json(json!({"clock": {"mode": "frozen"}})).ok().await;
    event(app, "U-1").await;
    app.clock.advance_seconds(2);
    app.engine().deliver_due().await.unwrap();
    assert_eq!(app.post("/sandbox/settle").key().ok().await, json!({"settled": true}));
    assert_eq!(receiver.take().len(), 1, "though service time stands still");
    receiver.will([Reply::status(500)]);
    event(app, "U-2").await;
    app.clock.advance_seconds(2);
    app.post("/sandbox/clock/advance").key().json(json!({"seconds": 300})).ok().await;
    assert_eq!(receiver.take().len(), 2, "an advance waits for retries on its way");
});

#[tokio::test]
async fn a_slow_receiver_holds_up_nobody_else() {
    let mut setup = Setup::default();
    setup.settings.webhook_time_limit = Duration::from_secs(1);
    let app = App::sqlite_with(setup).await;
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    slow.hears(&app, &[EventType::User]).await;
    quick.hears(&app, &[EventType::Member]).await;
    slow.will(vec![Reply::Hangs; 20]);
    for number in 2..22 {
        event(&app, &format!("U-{number}")).await;
    }
    let session = app.new_session().await;
    app.connect(&session, "any").await;
    app.clock.advance_seconds(1);
    let engine = app.engine();
    let delivering = engine.deliver_due();
    tokio::pin!(delivering);
    let seen = async {
        loop {
            if !quick.take().is_empty() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        done = &mut delivering => panic!("all was over first: {done:?}"),
        () = seen => {}
    }
    delivering.await.unwrap();
    assert!(slow.take().len() >= 20, "every event was tried");
}
