//! An event exists if and only if its change was committed and its call did not forbid it (`spec: partner, 7`).
use super::receiver::{Receiver, Reply};
use crate::support::stays_secret;
use domain::{env::Entropy as _, webhook::EventType};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{App, both, time::SeededEntropy};

async fn post_user(app: &App, id: &str, skip: bool) -> testkit::Response {
    let body = json!({"user": {"id": id}});
    let skip = if skip { "true" } else { "false" };
    app.post("/live/partner/users").key().header("mx-skip-webhook", skip).json(body).send().await
}

both!(changes_within_a_second_are_one_event, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::User]).await;
    let put = async |name: &str| {
        let body = json!({"user": {"first_name": name}});
        app.put("/live/partner/users/U-1").key().json(body).ok().await;
    };
    post_user(app, "U-1", false).await.is(200);
    put("Walter").await;
    app.pass(0).await;
    assert!(receiver.take().is_empty(), "it waits for others");
    app.pass(1).await;
    let [only] = &receiver.take()[..] else { panic!("not one") };
    assert_eq!(
        (only.json()["action"].as_str(), only.json()["user"]["first_name"].as_str()),
        (Some("created"), Some("Walter"))
    );
    put("Jesse").await;
    app.clock.advance_seconds(1);
    put("Saul").await;
    app.pass(2).await;
    assert_eq!(receiver.take().len(), 2, "a second apart");
    put("Gus").await;
    app.delete("/live/partner/users/U-1").key().send().await.is(204);
    app.pass(2).await;
    let [only] = &receiver.take()[..] else { panic!("not one") };
    assert_eq!(
        (only.json()["action"].as_str(), only.json()["user"]["first_name"].as_str()),
        (Some("deleted"), Some("Gus"))
    );
    post_user(app, "U-2", false).await.is(200);
    app.delete("/live/partner/users/U-2").key().send().await.is(204);
    app.pass(2).await;
    assert!(receiver.take().is_empty(), "nobody has heard of it");
});

both!(the_deletion_of_a_user_is_told_though_its_id_is_used_again_at_once, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::User]).await;
    post_user(app, "U-1", false).await.is(200);
    app.pass(2).await;
    app.delete("/live/partner/users/U-1").key().send().await.is(204);
    post_user(app, "U-1", false).await.is(200);
    app.pass(2).await;
    let mut actions: Vec<Value> =
        receiver.take().iter().skip(1).map(|r| r.json()["action"].clone()).collect();
    actions.sort_by_key(Value::to_string);
    assert_eq!(actions, ["created", "deleted"]);
});

both!(header_and_field_keep_a_write_and_its_cascade_quiet, async |app| {
    let receiver = Receiver::start().await;
    let session = app.new_session().await;
    let member = app.connected(&session, "any").await;
    receiver.hears(app, EventType::ALL).await;
    let path = format!("/members/{member}");
    let quiet = json!({"member": {"name": "Quiet", "skip_webhook": true}});
    app.put(&path).token(&session.token).json(quiet).ok().await;
    app.pass(2).await;
    assert!(receiver.take().is_empty());
    let loud = json!({"member": {"name": "Loud", "skip_webhook": false}});
    app.put(&path).token(&session.token).json(loud).ok().await;
    app.pass(2).await;
    assert_eq!(receiver.take().len(), 1);
    app.delete(&path).token(&session.token).header("MX-Skip-Webhook", "true").send().await.is(204);
    app.pass(2).await;
    assert!(receiver.take().is_empty(), "nor of its accounts and transactions");
});

both!(an_event_outlives_the_process_that_wrote_it, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::User]).await;
    post_user(app, "U-1", false).await.is(200);
    app.crash().await;
    app.engine().admit(receiver.address).unwrap();
    app.pass(2).await;
    assert_eq!(receiver.take().len(), 1);
});

both!(refused_writes_tell_nothing, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, EventType::ALL).await;
    post_user(app, "U-1", false).await.is(200);
    app.pass(2).await;
    receiver.take();
    post_user(app, "U-1", false).await.is(409);
    let bad = json!({"user": {"email": "nobody"}});
    app.put("/live/partner/users/U-1").key().json(bad).fails(4222).await;
    let same = json!({"user": {"first_name": null}});
    app.put("/live/partner/users/U-1").key().json(same).ok().await;
    app.pass(2).await;
    assert!(receiver.take().is_empty(), "nothing changed");
});

both!(any_writes_tell_what_they_changed, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::User]).await;
    let draw = SeededEntropy::new(11);
    let mut alive: BTreeMap<String, u64> = BTreeMap::new();
    let mut expected: Vec<(String, String)> = Vec::new();
    for step in 0..60u32 {
        let mut drawn = [0; 3];
        draw.fill(&mut drawn);
        let (id, is_quiet) = (format!("U-{}", drawn[0] % 5), drawn[1] % 3 == 0);
        let skip = if is_quiet { "true" } else { "false" };
        let path = format!("/live/partner/users/{id}");
        let action = match drawn[2] % 3 {
            0 if !alive.contains_key(&id) => {
                post_user(app, &id, is_quiet).await.is(200);
                alive.insert(id.clone(), 0);
                "created"
            }
            1 if alive.contains_key(&id) => {
                app.delete(&path).key().header("mx-skip-webhook", skip).send().await.is(204);
                alive.remove(&id);
                "deleted"
            }
            _ => {
                let body = json!({"user": {"metadata": step.to_string(), "skip_webhook": is_quiet}});
                let answer = app.put(&path).key().json(body).send().await;
                if !alive.contains_key(&id) {
                    answer.is(404);
                    continue;
                }
                answer.is(200);
                "updated"
            }
        };
        if !is_quiet {
            expected.push((id, action.to_owned()));
        }
        app.pass(2).await;
    }
    let told: Vec<(String, String)> = receiver
        .take()
        .iter()
        .map(|received| {
            let body = received.json();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&body["user"]["id"]), text(&body["action"]))
        })
        .collect();
    assert_eq!(told, expected);
});

both!(secrets_and_payloads_are_sealed, async |app| {
    let receiver = Receiver::start().await;
    let proof = engine::webhook::Proof::Basic {
        user: "receiver".to_owned(),
        password: domain::secret::SecretText::new("canary-password-0815"),
    };
    let secret = receiver.hears_with(app, &[EventType::User], &proof).await;
    receiver.will([Reply::status(410)]);
    post_user(app, "U-1", false).await.is(200);
    app.pass(2).await;
    stays_secret(app, "canary-password-0815").await;
    stays_secret(app, secret.expose()).await;
    // Rows of the user's own table hold names in plain; those of the outbox do not.
    let kept = app.engine().db().failed_events(app.client.scope, 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert!(!String::from_utf8_lossy(&kept[0].payload).contains("U-1"));
});
