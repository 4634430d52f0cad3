//! `GET /members/{member_guid}/account_numbers`, `GET /accounts/{account_guid}/account_number` and its alias
//! (`spec: nexus-core, 7`).
use crate::support::{API, NEXUS, each, list, member_at, new_password, nobody, raw_store, run, stays_secret};
use serde_json::{Value, json};
use testkit::{App, app::Session, both};

async fn numbers(app: &App, session: &Session, member: &str) -> Vec<Value> {
    list(app, session, &format!("/members/{member}/account_numbers"), "account_numbers").await
}

async fn accounts(app: &App, session: &Session, member: &str) -> Vec<Value> {
    list(app, session, &format!("/members/{member}/accounts"), "accounts").await
}

both!(open_checking_and_savings_have_numbers_after_verify_alone, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    for what in ["aggregate", "check_balance", "identify", "extend_history"] {
        assert_eq!(numbers(app, &session, &member).await, [] as [Value; 0], "before {what}");
        run(app, &session, &member, what).await;
    }
    run(app, &session, &member, "verify").await;
    let found = numbers(app, &session, &member).await;
    let accounts = accounts(app, &session, &member).await;
    let name =
        |guid: &Value| accounts.iter().find(|account| account["guid"] == *guid).unwrap()["name"].clone();
    assert_eq!(
        found.iter().map(|item| name(&item["account_guid"])).collect::<Vec<_>>(),
        ["Everyday Checking", "High Yield Savings"]
    );
    let user = app.get("/user").token(&session.token).ok().await["user"]["guid"].clone();
    for item in &found {
        let keys: Vec<&String> = item.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            [
                "account_guid",
                "account_number",
                "guid",
                "institution_number",
                "member_guid",
                "passed_validation",
                "routing_number",
                "transit_number",
                "user_guid"
            ]
        );
        let number = item["account_number"].as_str().unwrap();
        assert_eq!(number.len(), 10);
        assert!(item["guid"].as_str().unwrap().starts_with("ACN-"));
        assert_eq!((&item["member_guid"], &item["user_guid"]), (&json!(member), &user));
        assert_eq!(
            (&item["routing_number"], &item["passed_validation"]),
            (&json!("991234561"), &json!(true))
        );
        assert_eq!((&item["institution_number"], &item["transit_number"]), (&Value::Null, &Value::Null));
        // The account's own body goes on showing the last four.
        let account = accounts.iter().find(|account| account["guid"] == item["account_guid"]).unwrap();
        assert_eq!(account["account_number"].as_str().unwrap(), &number[6..]);
        stays_secret(app, number).await;
    }
});

both!(of_one_account, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    run(app, &session, &member, "verify").await;
    let found = numbers(app, &session, &member).await;
    for account in accounts(app, &session, &member).await {
        let own: Vec<&Value> = found.iter().filter(|item| item["account_guid"] == account["guid"]).collect();
        for end in ["account_number", "account_numbers"] {
            let path = format!("/accounts/{}/{end}", account["guid"].as_str().unwrap());
            let answer = app.get(&path).token(&session.token).send().await.is(200);
            assert_eq!(answer.media(), API);
            assert_eq!(answer.json(), json!({"account_numbers": own}));
            let other = app.get(&path).token(&session.token).header("accept", NEXUS).send().await.is(200);
            assert_eq!(other.media(), NEXUS);
            app.post(&path).token(&session.token).fails(4050).await;
        }
    }
    for guid in [nobody("ACT"), "x".to_owned()] {
        let path = format!("/accounts/{guid}/account_number");
        assert_eq!(app.get(&path).token(&session.token).fails(4040).await, "account not found");
    }
    let path = format!("/members/{}/account_numbers", nobody("MBR"));
    assert_eq!(app.get(&path).token(&session.token).fails(4040).await, "member not found");
});

both!(canada_has_institution_and_transit_numbers, async |app| {
    let session = app.new_session().await;
    let member = member_at(app, &session, "sandbox_ca", "mxuser").await;
    run(app, &session, &member, "verify").await;
    let found = numbers(app, &session, &member).await;
    assert_eq!(found.len(), 2);
    for item in &found {
        assert_eq!((&item["institution_number"], &item["transit_number"]), (&json!("899"), &json!("01234")));
        assert_eq!((&item["routing_number"], &item["passed_validation"]), (&json!("01234"), &json!(true)));
    }
});

both!(a_later_run_keeps_guids_and_an_unsuccessful_one_keeps_the_data, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    run(app, &session, &member, "verify").await;
    let first = numbers(app, &session, &member).await;
    let sealed = sealed(app).await;
    run(app, &session, &member, "verify").await;
    assert_eq!(numbers(app, &session, &member).await, first);
    assert_eq!(self::sealed(app).await, sealed, "equal numbers are not encrypted again");
    for (password, body) in [("SERVER_ERROR", json!({})), ("PARTIAL", json!({"include_transactions": true}))]
    {
        new_password(app, &session, &member, password).await;
        app.pass(5).await;
        app.post(&format!("/members/{member}/verify")).token(&session.token).json(body).ok().await;
        app.pass(5).await;
        assert_eq!(app.status(&session, &member).await, "FAILED");
        assert_eq!(numbers(app, &session, &member).await, first, "{password}");
    }
    app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
    let account = first[0]["account_guid"].as_str().unwrap();
    app.get(&format!("/accounts/{account}/account_number")).token(&session.token).fails(4040).await;
    app.get(&format!("/members/{member}/account_numbers")).token(&session.token).fails(4040).await;
});

/// What is stored of numbers, encrypted.
async fn sealed(app: &App) -> Vec<Vec<u8>> {
    let engine = app.engine();
    let user = engine.user_of_client(app.client.scope, "U-1").await.unwrap();
    let mut all = Vec::new();
    for member in engine.members(user.scope).await.unwrap() {
        let rows = engine.db().numbers_of_member(user.scope, member.member.no).await.unwrap();
        all.extend(rows.into_iter().map(|row| row.sealed));
    }
    assert!(!all.is_empty());
    all
}

both!(numbers_of_a_statement_are_kept_once, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let statement = connectors::ofx::generate(1, 10, 1);
    app.import(&user, &statement).await;
    let before = sealed(app).await;
    app.import(&user, &statement).await;
    assert_eq!(sealed(app).await, before);
    let members = list(app, &session, "/members", "members").await;
    let found = numbers(app, &session, members[0]["guid"].as_str().unwrap()).await;
    assert_eq!(each(&json!(found), "account_number"), ["0001000000"]);
    assert_eq!(found[0]["passed_validation"], Value::Null, "the country of a statement's bank is not known");
    assert!(!raw_store(app).await.contains("0001000000"));
});
