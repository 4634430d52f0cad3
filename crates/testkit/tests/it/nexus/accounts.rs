//! `/accounts` and `/members/{member_guid}/accounts` (`spec: nexus-pfm, 2`).
use crate::support::{NEXUS, each, guid, nobody};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{App, app::Setup, both};

both!(the_accounts_of_the_sandbox, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let member = app.connected(&session, "x").await;
    let answer = app.get("/accounts").token(&session.token).send().await.is(200);
    assert_eq!(
        (answer.media(), answer.keys("")),
        (NEXUS, vec!["accounts".to_owned()]),
        "whole, without pagination"
    );
    let keys = answer.keys("/accounts/0");
    assert_eq!(keys.len(), 170);
    assert!(keys.is_sorted());
    let accounts = answer.json()["accounts"].clone();
    let types: BTreeSet<i64> = each(&accounts, "account_type").iter().map(|t| t.as_i64().unwrap()).collect();
    assert_eq!(types, (0..=12).collect());
    assert_eq!(accounts.as_array().unwrap().len(), 14);
    for account in accounts.as_array().unwrap() {
        assert_eq!(
            (&account["member_guid"], &account["user_guid"]),
            (&json!(member), &json!(user.guid.to_string()))
        );
        assert_eq!((&account["institution_code"], &account["is_manual"]), (&json!("mxbank"), &json!(false)));
        assert_eq!(
            (&account["created_at"], &account["imported_at"]),
            (&json!("2026-01-05T12:00:00+00:00"), &json!("2026-01-05T12:00:00+00:00"))
        );
        assert_eq!((&account["name_set_by"], &account["name_set_by_name"]), (&json!(1), &json!("FEED")));
        assert_eq!(
            (&account["feed_name"], &account["feed_account_type"]),
            (&account["name"], &account["account_type"])
        );
        assert_eq!((&account["currency_code"], &account["is_hidden"]), (&json!("USD"), &json!(false)));
        let number = account["account_number"].as_str();
        assert!(number.is_none_or(|n| n.len() <= 4), "{number:?}");
    }
    let closed: Vec<&Value> =
        accounts.as_array().unwrap().iter().filter(|a| a["is_closed"] == true).collect();
    assert_eq!((closed.len(), &closed[0]["account_subtype_name"]), (1, &json!("CERTIFICATE_OF_DEPOSIT")));
});

both!(one_account, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let list = app.get("/accounts").token(&session.token).ok().await;
    for account in list["accounts"].as_array().unwrap() {
        let path = format!("/accounts/{}", guid(account));
        let answer = app.get(&path).token(&session.token).send().await.is(200);
        assert_eq!((answer.media(), answer.keys("")), (NEXUS, vec!["account".to_owned()]));
        assert_eq!(&answer.json()["account"], account);
    }
    let of_member = app.get(&format!("/members/{member}/accounts")).token(&session.token).ok().await;
    assert_eq!(of_member, list);
});

both!(lists_by_where_they_come_from, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let all = app.get("/accounts").token(&session.token).ok().await;
    let none = json!({"accounts": []});
    for (path, is_all) in [
        ("/accounts?is_manual=false", true),
        ("/accounts?is_manual=true", false),
        ("/accounts?member_is_managed_by_user=true", true),
        ("/accounts?member_is_managed_by_user=false", false),
        ("/accounts?use_case=PFM", true),
        ("/accounts?use_case=MONEY_MOVEMENT", false),
        ("/accounts?is_manual=false&use_case=PFM&unknown=1", true),
        ("/accounts/created_by_user", true),
        ("/accounts/created_by_partner", false),
    ] {
        let list = app.get(path).token(&session.token).ok().await;
        assert_eq!(&list, if is_all { &all } else { &none }, "{path}");
    }
    app.get("/accounts?is_manual=maybe").token(&session.token).fails(4002).await;
    app.get("/accounts?use_case=OTHER").token(&session.token).fails(4002).await;
});

both!(pages_where_they_are_asked_for, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let all = app.get("/accounts").token(&session.token).ok().await["accounts"].clone();
    for root in ["/accounts".to_owned(), format!("/members/{member}/accounts")] {
        let mut pages = Vec::new();
        for page in 1..=3 {
            let query = format!("{root}?page={page}&records_per_page=10");
            let body = app.get(&query).token(&session.token).ok().await;
            let expected =
                json!({"current_page": page, "per_page": 10, "total_entries": 14, "total_pages": 2});
            assert_eq!(body["pagination"], expected);
            pages.extend(body["accounts"].as_array().unwrap().clone());
        }
        assert_eq!(Value::from(pages), all);
        let old =
            app.get(&format!("{root}.json?page=2&records_per_page=10")).token(&session.token).ok().await;
        let expected = json!({"current_page": 2, "records_on_current_page": 4, "total_pages": 2, "total_records_found": 14});
        assert_eq!(old["pagination_data"], expected);
    }
});

both!(balances_have_no_more_digits_than_they_need, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let answer = app.get("/accounts").token(&session.token).send().await.is(200);
    assert!(answer.text().contains(r#""apr":21.99,"#), "a decimal, never a binary float");
    let accounts = answer.json()["accounts"].clone();
    let card = accounts.as_array().unwrap().iter().find(|a| a["account_type"] == 4).unwrap();
    assert_eq!(
        (card["credit_limit"].as_f64(), &card["account_type_name"]),
        (Some(10_000.0), &json!("CREDIT_CARD"))
    );
});

both!(later_aggregations_keep_the_guids, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let before = app.get("/accounts").token(&session.token).ok().await;
    app.pass(1000).await;
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    let after = app.get("/accounts").token(&session.token).ok().await;
    assert_eq!(each(&after["accounts"], "guid"), each(&before["accounts"], "guid"));
    assert!(
        each(&after["accounts"], "imported_at")
            .into_iter()
            .all(|at| at == "2026-01-05T12:16:45+00:00" || at == "2026-01-05T12:16:46+00:00")
    );
});

both!(accounts_of_a_statement, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    for _ in 0..2 {
        app.import(&user, &connectors::ofx::generate(2, 60, 1)).await;
        let accounts = app.get("/accounts").token(&session.token).ok().await;
        assert_eq!(
            each(&accounts["accounts"], "account_number"),
            ["0000", "0001"],
            "its last four characters"
        );
        let members = app.get("/members").token(&session.token).ok().await;
        assert_eq!(members["members"].as_array().unwrap().len(), 1);
        let member = members["members"][0].clone();
        assert_eq!(
            (&member["name"], &member["connection_status"]),
            (&json!("Bank of Examples"), &Value::Null)
        );
        assert_eq!(
            (&member["connection_status_id"], &member["most_recent_job_guid"]),
            (&Value::Null, &Value::Null)
        );
        let path = format!("/members/{}/aggregate", guid(&member));
        assert_eq!(app.get(&path).token(&session.token).fails(4050).await, "Member cannot be aggregated.");
        let list =
            app.get("/transactions?from_date=2020-01-01&to_date=2030-01-01").token(&session.token).ok().await;
        assert_eq!(list["pagination"]["total_entries"], 60);
    }
    let number = "0001000000";
    crate::support::stays_secret(app, number).await;
});

both!(accounts_that_are_not_there, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let account = guid(&app.get("/accounts").token(&session.token).ok().await["accounts"][0]);
    let other = app.user("U-2").await;
    let other = app.session(&other).await;
    assert_eq!(app.get("/accounts").token(&other.token).ok().await, json!({"accounts": []}));
    for path in [format!("/accounts/{account}"), format!("/accounts/{account}/transactions")] {
        assert_eq!(app.get(&path).token(&other.token).fails(4040).await, "account not found");
        app.get(&path).fails(4010).await;
    }
    for guid in [nobody("ACT"), "x".to_owned(), account.replace("ACT-", "TRN-")] {
        assert_eq!(
            app.get(&format!("/accounts/{guid}")).token(&session.token).fails(4040).await,
            "account not found"
        );
    }
    let path = format!("/members/{}/accounts", nobody("MBR"));
    assert_eq!(app.get(&path).token(&session.token).fails(4040).await, "member not found");
});

#[tokio::test]
async fn a_client_may_show_whole_numbers() {
    let client = engine::client::ClientSettings { shows_account_numbers: true, ..Default::default() };
    let app = App::sqlite_with(Setup { client, ..Setup::default() }).await;
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    app.import(&user, &connectors::ofx::generate(1, 10, 1)).await;
    let accounts = app.get("/accounts").token(&session.token).ok().await;
    assert_eq!(each(&accounts["accounts"], "account_number"), ["0001000000"]);
    app.finish().await;
}
