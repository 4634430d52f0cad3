//! The bank's data over days, on a frozen clock (`spec: sandbox, 3`).
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{App, app::Session, both};

/// The member's transactions of the last weeks by guid.
async fn shown(app: &App, session: &Session, member: &str) -> BTreeMap<String, Value> {
    let path = format!(
        "/members/{member}/transactions?records_per_page=1000&from_date=2025-12-20&to_date=2026-03-01"
    );
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

/// What became of pendings, as the bank's ids tell.
#[derive(Debug, Default)]
struct Ends {
    /// Posted with the same id, amount and date.
    same: usize,
    /// Posted with a new id, the same amount and date.
    reissued: usize,
    /// Posted with a new id and another amount.
    changed: usize,
    /// Never posted.
    gone: usize,
}

impl Ends {
    fn all(&self) -> usize {
        self.same + self.reissued + self.changed + self.gone
    }

    fn note(&mut self, item: &Value, first: &BTreeMap<String, Value>, later: &BTreeMap<String, Value>) {
        let posted = |now: &&Value| now["status_name"] == "POSTED";
        let id = &item["external_guid"];
        if let Some(now) = later.values().filter(posted).find(|now| now["external_guid"] == *id) {
            assert_eq!((&now["amount"], &now["date"]), (&item["amount"], &item["date"]));
            self.same += 1;
            return;
        }
        let is_new = |now: &&Value| first.values().all(|old| old["external_guid"] != now["external_guid"]);
        let key = |item: &Value| (item["feed_description"].clone(), item["feed_transacted_at"].clone());
        match later.values().filter(posted).filter(is_new).find(|now| key(now) == key(item)) {
            Some(now) if now["amount"] == item["amount"] => self.reissued += 1,
            Some(_) => self.changed += 1,
            None => self.gone += 1,
        }
    }
}

both!(pendings_come_to_their_ends_within_three_days, async |app| {
    app.put("/sandbox/clock").key().json(json!({"clock": {"mode": "frozen"}})).ok().await;
    let mut ends = Ends::default();
    let of_basic = |first: &str, value: &str| json!({"credential_guid": format!("CRD-{first}-f325-47ca-b91d-02c64a8e73f1"), "value": value});
    let credentials = [of_basic("10000001", "mxuser"), of_basic("10000002", "x")];
    for number in 0..8 {
        let user = app.user(&format!("U-{number}")).await;
        let session = app.session(&user).await;
        let body = json!({"member": {"institution_code": "sandbox_basic", "credentials": credentials}});
        let member = app.post("/members").token(&session.token).json(body).ok().await;
        let member = member["member"]["guid"].as_str().unwrap().to_owned();
        advance(app, json!({"seconds": 5})).await;
        let first = shown(app, &session, &member).await;
        let today = app.now().date();
        for days in [1, 2] {
            advance(app, json!({"days": days})).await;
            let session = app.session(&user).await;
            app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
            advance(app, json!({"seconds": 5})).await;
        }
        let session = app.session(&user).await;
        let later = shown(app, &session, &member).await;
        for (guid, item) in &first {
            if item["status_name"] == "PENDING" {
                assert!(today.days() - day(item).days() < 3, "{item}");
                assert_eq!(item["posted_at"], json!(null));
                ends.note(item, &first, &later);
            } else {
                // What was posted stays as it was.
                let now = &later[guid];
                assert_eq!((&now["amount"], &now["date"]), (&item["amount"], &item["date"]), "{guid}");
            }
        }
    }
    assert!(ends.all() >= 12, "{ends:?}");
    for (part, tenths) in [(ends.same, 6), (ends.reissued, 2), (ends.changed, 1), (ends.gone, 1)] {
        let percent = part * 100 / ends.all();
        assert!((tenths * 10usize).abs_diff(percent) <= 15, "{tenths} of ten: {ends:?}");
    }
});
