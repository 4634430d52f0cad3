//! Numbers, owners and the whole history of a bank by OAuth with several owners (`spec: sandbox, 3`; nexus-core, 7).
use super::{connect_by_oauth, consent, new_member};
use crate::support::{list, run};
use serde_json::{Value, json};
use testkit::{App, app::Session, both};

/// A member at `mxcu_oauth`, connected.
async fn connected(app: &App, session: &Session) -> String {
    app.listen().await;
    let (member, uri) = new_member(app, session, json!({"institution_code": "mxcu_oauth"})).await;
    consent(app, &uri, "mxuser", "any").await.is(200);
    app.pass(5).await;
    assert_eq!(app.status(session, &member).await, "CONNECTED");
    member
}

async fn of(app: &App, session: &Session, member: &str, what: &str) -> Vec<Value> {
    list(app, session, &format!("/members/{member}/{what}"), what).await
}

/// The account types of what was found, each with a field of it.
async fn by_type(
    app: &App,
    session: &Session,
    member: &str,
    found: &[Value],
    key: &str,
) -> Vec<(String, Value)> {
    let accounts = of(app, session, member, "accounts").await;
    let kind = |item: &Value| {
        let account = accounts.iter().find(|account| account["guid"] == item["account_guid"]).unwrap();
        account["account_type_name"].as_str().unwrap().to_owned()
    };
    let mut all: Vec<(String, Value)> = found.iter().map(|item| (kind(item), item[key].clone())).collect();
    all.sort_by_key(|(kind, value)| (kind.clone(), value.to_string()));
    all
}

both!(several_owners_of_one_account, async |app| {
    let session = app.new_session().await;
    let member = connected(app, &session).await;
    assert_eq!(of(app, &session, &member, "account_owners").await, [] as [Value; 0]);
    run(app, &session, &member, "identify").await;
    let found = of(app, &session, &member, "account_owners").await;
    let names = by_type(app, &session, &member, &found, "owner_name").await;
    let is = |kind: &str, name: &str| (kind.to_owned(), json!(name));
    assert_eq!(
        names,
        [
            is("CHECKING", "John Smith"),
            is("CHECKING", "Mary Smith"),
            is("CREDIT_CARD", "Mary Smith"),
            is("LOAN", "John Smith"),
            is("SAVINGS", "John Smith"),
            is("SAVINGS", "Mary Smith"),
        ]
    );
    for owner in &found {
        assert_eq!(
            (&owner["city"], &owner["state"], &owner["postal_code"]),
            (&json!("Schenectady"), &json!("NY"), &json!("12345"))
        );
    }
    assert_eq!(of(app, &session, &member, "account_numbers").await, [] as [Value; 0]);
});

both!(numbers_of_checking_and_savings, async |app| {
    let session = app.new_session().await;
    let member = connected(app, &session).await;
    assert_eq!(of(app, &session, &member, "account_numbers").await, [] as [Value; 0]);
    run(app, &session, &member, "verify").await;
    let found = of(app, &session, &member, "account_numbers").await;
    let routing = by_type(app, &session, &member, &found, "routing_number").await;
    let number = json!("991234561");
    assert_eq!(routing, [("CHECKING".to_owned(), number.clone()), ("SAVINGS".to_owned(), number)]);
    for item in &found {
        assert_eq!(item["passed_validation"], true);
        crate::support::stays_secret(app, item["account_number"].as_str().unwrap()).await;
    }
    assert_eq!(of(app, &session, &member, "account_owners").await, [] as [Value; 0]);
});

both!(the_whole_history, async |app| {
    let session = app.new_session().await;
    let member = connected(app, &session).await;
    let count = async || {
        let path = format!("/members/{member}/transactions?from_date=2020-01-01");
        app.get(&path).token(&session.token).ok().await["pagination"]["total_entries"].as_u64().unwrap()
    };
    let first = count().await;
    run(app, &session, &member, "extend_history").await;
    let all = count().await;
    assert!(all > 5 * first && first > 0, "{first}, then {all}");
    run(app, &session, &member, "extend_history").await;
    assert_eq!(count().await, all);
});

both!(a_bank_without_the_feature, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let member = connect_by_oauth(app, &session, "mxuser", "any").await;
    run(app, &session, &member, "verify").await;
    for what in ["identify", "extend_history"] {
        app.post(&format!("/members/{member}/{what}")).token(&session.token).fails(4003).await;
    }
});
