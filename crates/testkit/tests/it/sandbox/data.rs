//! The bank's data over days, on a frozen clock (`spec: sandbox, 3`).
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{App, app::Session, both};

/// The member's transactions of the last weeks by guid.
async fn shown(app: &App, session: &Session, member: &str) -> BTreeMap<String, Value> {
    let path = format!("/members/{member}/transactions?records_per_page=1000&from_date=2025-12-20");
    let body = app.get(&path).token(&session.token).ok().await;
    let items = body["transactions"].as_array().unwrap().iter();
    items.map(|item| (item["guid"].as_str().unwrap().to_owned(), item.clone())).collect()
}

async fn advance(app: &App, body: Value) {
    app.post("/sandbox/clock/advance").key().json(body).ok().await;
}

/// The day that a shown date is.
fn day(item: &Value) -> domain::time::Date {
    item["date"].as_str().unwrap().parse().unwrap()
}

both!(pendings_post_within_three_days_six_of_ten_as_they_were, async |app| {
    let freeze = json!({"clock": {"mode": "frozen"}});
    app.put("/sandbox/clock").key().json(freeze).ok().await;
    let (mut pending, mut as_they_were) = (0, 0);
    for number in 0..4 {
        let user = app.user(&format!("U-{number}")).await;
        let session = app.session(&user).await;
        let member = app.connect(&session, "x").await;
        advance(app, json!({"seconds": 5})).await;
        let first = shown(app, &session, &member).await;
        assert!(first.len() > 10, "{}", first.len());
        let today = app.now().date();
        let open: Vec<&Value> = first.values().filter(|item| item["status_name"] == "PENDING").collect();
        for item in &open {
            assert!(today.days() - day(item).days() < 3, "{item}");
            assert_eq!(item["posted_at"], json!(null));
        }
        pending += open.len();
        for _ in 0..4 {
            advance(app, json!({"days": 1})).await;
            let session = app.session(&user).await;
            app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
            advance(app, json!({"seconds": 5})).await;
        }
        let session = app.session(&user).await;
        let later = shown(app, &session, &member).await;
        for item in open {
            let now = later.get(item["guid"].as_str().unwrap());
            let is_as_it_was = now.is_some_and(|now| {
                now["status_name"] == "POSTED" && now["amount"] == item["amount"] && now["date"] == item["date"]
            });
            as_they_were += usize::from(is_as_it_was);
        }
        // What was posted stays as it was.
        for (guid, item) in first.iter().filter(|(_, item)| item["status_name"] == "POSTED") {
            let now = &later[guid];
            assert_eq!((&now["amount"], &now["date"]), (&item["amount"], &item["date"]), "{guid}");
        }
    }
    assert!(pending >= 10, "{pending}");
    assert!(as_they_were * 10 >= pending * 5, "{as_they_were} of {pending}");
});
