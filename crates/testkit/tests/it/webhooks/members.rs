//! What is told of members and their jobs besides the first one (`spec: partner, 7.1, 7.2`).
use super::receiver::{Received, Receiver};
use crate::{
    oauth::{consent, new_member},
    support::{each, list, member_at, run},
};
use domain::webhook::EventType;
use serde_json::{Value, json};
use testkit::both;

fn of(all: &[Received], path: &str) -> Vec<Value> {
    all.iter().filter(|received| received.path == path).map(Received::json).collect()
}

both!(each_kind_of_job_that_is_complete, async |app| {
    let receiver = Receiver::start().await;
    let session = app.new_session().await;
    let member = member_at(app, &session, "mxcu", "mxuser").await;
    receiver.hears(app, EventType::ALL).await;
    let user = app.get("/user").token(&session.token).ok().await["user"]["guid"].clone();
    for (what, event) in [
        ("verify", "verification"),
        ("identify", "identification"),
        ("extend_history", "history"),
        ("check_balance", "balance"),
    ] {
        run(app, &session, &member, what).await;
        let (all, job) = (receiver.take(), app.job(&session, &member).await);
        let [done] = &of(&all, &format!("/{event}"))[..] else { panic!("not one {event}") };
        let mut expected = json!({"action": "member_data_updated", "completed_at": done["completed_at"],
            "completed_on": "2026-01-05", "is_background": false, "job_guid": job["guid"], "member_guid": member,
            "type": event.to_uppercase(), "user_guid": user, "user_id": "U-1"});
        assert!(done["completed_at"].is_i64());
        if let Some(root) =
            [("verify", "account_numbers"), ("identify", "account_owners")].iter().find(|(of, _)| *of == what)
        {
            // The accounts that got numbers, or owners.
            let found = list(app, &session, &format!("/members/{member}/{}", root.1), root.1).await;
            expected["accounts"] = json!(each(&json!(found), "account_guid"));
            let count = if what == "verify" { 3 } else { 4 };
            assert_eq!(expected["accounts"].as_array().unwrap().len(), count, "{what}");
        } else {
            let created = of(&all, "/transaction").iter().filter(|told| told["action"] == "created").count();
            expected["transactions_created_count"] = json!(created);
            expected["transactions_updated_count"] = done["transactions_updated_count"].clone();
            assert!(done["transactions_updated_count"].is_i64());
            assert_eq!(created > 0, what == "extend_history");
        }
        assert_eq!(*done, expected, "{what}");
        assert_eq!(of(&all, "/job_status")[0]["job_type"], event.to_uppercase());
    }
});

both!(a_pending_member_that_is_purged_is_deleted, async |app| {
    let receiver = Receiver::start().await;
    receiver.hears(app, &[EventType::Member]).await;
    let session = app.new_session().await;
    let (member, _) = new_member(app, &session, json!({"external_guid": "M-1"})).await;
    app.pass(2).await;
    let [created] = &of(&receiver.take(), "/member")[..] else { panic!("not one") };
    assert_eq!(
        (&created["action"], &created["member"]["connection_status"]),
        (&json!("created"), &json!("PENDING"))
    );
    app.pass(3600).await;
    let [deleted] = &of(&receiver.take(), "/member")[..] else { panic!("not one") };
    let told = &deleted["member"];
    assert_eq!(
        (&deleted["action"], &told["guid"], &told["id"]),
        (&json!("deleted"), &json!(member), &json!("M-1"))
    );
});

both!(a_consent_is_a_change_of_the_member, async |app| {
    let receiver = Receiver::start().await;
    app.listen().await;
    let session = app.new_session().await;
    let (member, uri) = new_member(app, &session, json!({"skip_aggregation": true})).await;
    receiver.hears(app, EventType::ALL).await;
    app.pass(2).await;
    receiver.take();
    consent(app, &uri, "mxuser", "any").await.is(200);
    app.pass(2).await;
    let all = receiver.take();
    let [updated] = &of(&all, "/member")[..] else { panic!("not one") };
    let told = &updated["member"];
    assert_eq!(
        (&updated["action"], &told["guid"], &told["connection_status"], &told["is_oauth"]),
        (&json!("updated"), &json!(member), &json!("CREATED"), &json!(true))
    );
    assert_eq!(all.len(), 1, "neither a job nor a status that needs attention");
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    assert_eq!(of(&receiver.take(), "/aggregation")[0]["member_guid"], json!(member));
});

both!(jobs_in_the_background_say_so, async |app| {
    let receiver = Receiver::start().await;
    let session = app.new_session().await;
    let member = app.connected(&session, "any").await;
    receiver.hears(app, &[EventType::Aggregation, EventType::JobStatus]).await;
    app.pass(2 * 86_400).await;
    let all = receiver.take();
    for path in ["/aggregation", "/job_status"] {
        let told = of(&all, path);
        assert!(!told.is_empty(), "{path}");
        for event in told {
            assert_eq!(
                (&event["is_background"], &event["member_guid"]),
                (&json!(true), &json!(member)),
                "{path}"
            );
        }
    }
});
