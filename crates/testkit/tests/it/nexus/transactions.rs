//! Lists of transactions, and one of them (`spec: nexus-pfm, 3`; conventions, 6).
use crate::support::{NEXUS, each, guid, nobody};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{App, app::Session, both};

/// All transactions, from page to page.
async fn all(app: &App, session: &Session, path: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for page in 1.. {
        let sign = if path.contains('?') { '&' } else { '?' };
        let body = app
            .get(&format!("{path}{sign}page={page}&records_per_page=100"))
            .token(&session.token)
            .ok()
            .await;
        found.extend(body["transactions"].as_array().unwrap().clone());
        if body["pagination"]["total_pages"].as_i64().unwrap() <= page {
            assert_eq!(body["pagination"]["total_entries"], found.len());
            break;
        }
    }
    found
}

both!(a_page_of_them, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let member = app.connected(&session, "x").await;
    let answer = app.get("/transactions").token(&session.token).send().await.is(200);
    assert_eq!(
        (answer.media(), answer.keys("")),
        (NEXUS, vec!["transactions".to_owned(), "pagination".to_owned()])
    );
    let keys = answer.keys("/transactions/0");
    assert_eq!(keys.len(), 97);
    assert!(keys.is_sorted());
    let body = answer.json();
    assert_eq!(body["transactions"].as_array().unwrap().len(), 25);
    let total = body["pagination"]["total_entries"].as_u64().unwrap();
    assert!((250..450).contains(&total), "about 330: {total}");
    let expected =
        json!({"current_page": 1, "per_page": 25, "total_entries": total, "total_pages": total.div_ceil(25)});
    assert_eq!(body["pagination"], expected);
    for transaction in body["transactions"].as_array().unwrap() {
        assert_eq!(
            (&transaction["member_guid"], &transaction["user_guid"]),
            (&json!(member), &json!(user.guid.to_string()))
        );
        assert!(["POSTED", "PENDING"].contains(&transaction["status_name"].as_str().unwrap()));
        assert!(["CREDIT", "DEBIT"].contains(&transaction["transaction_type_name"].as_str().unwrap()));
        assert_eq!(
            (&transaction["description_set_by_name"], &transaction["created_at"]),
            (&json!("FEED"), &json!("2026-01-05T12:00:00+00:00"))
        );
        assert!(transaction["amount"].as_f64().unwrap() >= 0.0);
    }
});

both!(the_pages_are_the_list_in_its_order, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let whole =
        app.get("/transactions?records_per_page=1000").token(&session.token).ok().await["transactions"]
            .clone();
    let whole = whole.as_array().unwrap();
    assert_eq!(&all(app, &session, "/transactions").await, whole);
    let key = |t: &Value| ["date", "created_at"].map(|k| t[k].as_str().unwrap().to_owned());
    for pair in whole.windows(2) {
        let (one, two) = (key(&pair[0]), key(&pair[1]));
        assert!(one > two || (one == two && guid(&pair[0]) < guid(&pair[1])), "{one:?} {two:?}");
    }
    let guids: BTreeSet<String> = whole.iter().map(guid).collect();
    assert_eq!(guids.len(), whole.len());
    let past = app.get("/transactions?page=99").token(&session.token).ok().await;
    assert_eq!((&past["transactions"], &past["pagination"]["current_page"]), (&json!([]), &json!(99)));
    assert_eq!(past["pagination"]["total_entries"], whole.len());
});

both!(dates, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let whole = all(app, &session, "/transactions").await;
    let day = |t: &Value| t["date"].as_str().unwrap().to_owned();
    for (query, from, to) in [
        ("from_date=2025-12-01&to_date=2025-12-10", "2025-12-01", "2025-12-10"),
        ("from_date=2025-12-31&to_date=2025-12-31", "2025-12-31", "2025-12-31"),
        ("from_date=2025-12-24", "2025-12-24", "2026-01-10"),
        ("to_date=2025-10-20", "2025-09-07", "2025-10-20"),
        ("from_date=2030-01-01", "2030-01-01", "2026-01-10"),
        ("to_date=2001-01-01", "2025-09-07", "2001-01-01"),
    ] {
        let expected: Vec<&Value> = whole.iter().filter(|t| (from..=to).contains(&day(t).as_str())).collect();
        let found = all(app, &session, &format!("/transactions?{query}")).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let message = app
        .get("/transactions?from_date=2026-01-02&to_date=2026-01-01")
        .token(&session.token)
        .fails(4002)
        .await;
    assert_eq!(message, "from_date: must not be after to_date");
    for bad in ["2026-13-01", "yesterday", "2026-02-30", "01/02/2026"] {
        for name in ["from_date", "to_date"] {
            let message =
                app.get(&format!("/transactions?{name}={bad}")).token(&session.token).fails(4002).await;
            assert_eq!(message, format!("{name}: must be an ISO date (YYYY-MM-DD)"));
        }
    }
});

both!(of_an_account_of_a_member_and_by_filter, async |app| {
    let session = app.new_session().await;
    let (one, two) = (app.connected(&session, "x").await, app.connected(&session, "x").await);
    let whole = all(app, &session, "/transactions").await;
    for member in [&one, &two] {
        let expected: Vec<&Value> = whole.iter().filter(|t| t["member_guid"] == **member).collect();
        let found = all(app, &session, &format!("/members/{member}/transactions")).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    }
    let accounts = app.get("/accounts").token(&session.token).ok().await;
    let accounts: Vec<String> = accounts["accounts"].as_array().unwrap().iter().map(guid).collect();
    for account in &accounts[1..4] {
        let expected: Vec<&Value> = whole.iter().filter(|t| t["account_guid"] == **account).collect();
        let found = all(app, &session, &format!("/accounts/{account}/transactions")).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    }
    let (a, b) = (&accounts[1], &accounts[4]);
    let expected: Vec<&Value> =
        whole.iter().filter(|t| t["account_guid"] == **a || t["account_guid"] == **b).collect();
    assert!(!expected.is_empty());
    for query in [
        format!("account_guids[]={a}&account_guids[]={b}"),
        format!("account_guid[]={a}&account_guid[]={b}"),
        format!("account_guids={a}&account_guids={b}"),
        format!("account_guids%5B%5D={a}&account_guids%5B%5D={b}"),
        format!("account_guids[]={a}&account_guids[]={b}&account_guids[]={}", nobody("ACT")),
    ] {
        let found = all(app, &session, &format!("/transactions?{query}")).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    for query in [
        format!("account_guids[]={}", nobody("ACT")),
        "account_guids[]=x".to_owned(),
        "use_case=MONEY_MOVEMENT".to_owned(),
    ] {
        assert_eq!(
            all(app, &session, &format!("/transactions?{query}")).await,
            Vec::<Value>::new(),
            "{query}"
        );
    }
    assert_eq!(all(app, &session, "/transactions?use_case=PFM").await, whole);
    app.get("/transactions?use_case=X").token(&session.token).fails(4002).await;
});

both!(one_transaction, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let list = app.get("/transactions").token(&session.token).ok().await;
    for transaction in list["transactions"].as_array().unwrap().iter().take(5) {
        let path = format!("/transactions/{}", guid(transaction));
        let answer = app.get(&path).token(&session.token).send().await.is(200);
        assert_eq!((answer.media(), answer.keys("")), (NEXUS, vec!["transaction".to_owned()]));
        assert_eq!(&answer.json()["transaction"], transaction);
    }
});

both!(categories_are_known_ones, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let categories = app.get("/categories").token(&session.token).ok().await;
    let names: std::collections::BTreeMap<&str, &str> = categories["categories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["guid"].as_str().unwrap(), c["name"].as_str().unwrap()))
        .collect();
    for transaction in all(app, &session, "/transactions").await {
        for (guid, name) in
            [("category_guid", "category_name"), ("top_level_category_guid", "top_level_category_name")]
        {
            assert_eq!(names.get(transaction[guid].as_str().unwrap()).copied(), transaction[name].as_str());
        }
    }
});

both!(later_aggregations_add_without_repeating, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let member = app.connected(&session, "x").await;
    let posted = |list: &[Value]| -> BTreeSet<String> {
        list.iter().filter(|t| t["status_name"] == "POSTED").map(guid).collect()
    };
    let before = posted(&all(app, &session, "/transactions").await);
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    assert_eq!(
        posted(&all(app, &session, "/transactions").await),
        before,
        "the same day again changes nothing"
    );
    app.pass(3 * 86_400).await;
    let session = app.session(&user).await;
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    let later = all(app, &session, "/transactions").await;
    let after = posted(&later);
    assert!(after.is_superset(&before) && after.len() > before.len());
    assert!(each(&Value::from(later), "date").into_iter().any(|date| date.as_str().unwrap() > "2026-01-05"));
});

both!(transactions_that_are_not_there, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let list = app.get("/transactions").token(&session.token).ok().await;
    let known = guid(&list["transactions"][0]);
    let account = list["transactions"][0]["account_guid"].as_str().unwrap();
    let other = app.user("U-2").await;
    let other = app.session(&other).await;
    assert_eq!(
        app.get(&format!("/transactions/{known}")).token(&other.token).fails(4040).await,
        "transaction not found"
    );
    let empty = app.get(&format!("/transactions?account_guids[]={account}")).token(&other.token).ok().await;
    assert_eq!(empty["transactions"], json!([]));
    assert_eq!(
        empty["pagination"],
        json!({"current_page": 1, "per_page": 25, "total_entries": 0, "total_pages": 1})
    );
    for guid in [nobody("TRN"), "x".to_owned(), known.replace("TRN-", "ACT-")] {
        app.get(&format!("/transactions/{guid}")).token(&session.token).fails(4040).await;
    }
    for (path, message) in [("accounts/ACT", "account not found"), ("members/MBR", "member not found")] {
        let path = format!("/{path}-11141024-90b3-1bce-cac9-c06ced52ab4c/transactions");
        assert_eq!(app.get(&path).token(&session.token).fails(4040).await, message);
        app.get(&path).fails(4010).await;
    }
    // What the path names comes before what the query says.
    let path = format!("/accounts/{}/transactions?from_date=x", nobody("ACT"));
    app.get(&path).token(&session.token).fails(4040).await;
});
