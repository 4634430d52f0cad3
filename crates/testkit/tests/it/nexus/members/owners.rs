//! `GET /members/{member_guid}/account_owners` (`spec: nexus-core, 7`).
use crate::support::{each, list, member_at, nobody, raw_store, run};
use engine::client::ClientSettings;
use serde_json::{Value, json};
use testkit::{
    App,
    app::{Session, Setup},
    both,
};

async fn owners(app: &App, session: &Session, member: &str) -> Vec<Value> {
    list(app, session, &format!("/members/{member}/account_owners"), "account_owners").await
}

both!(each_account_has_its_owner_after_identify_alone, async |app| {
    let session = app.new_session().await;
    let member = member_at(app, &session, "mxcu", "mxuser").await;
    for what in ["aggregate", "verify", "extend_history"] {
        assert_eq!(owners(app, &session, &member).await, [] as [Value; 0], "before {what}");
        run(app, &session, &member, what).await;
    }
    run(app, &session, &member, "identify").await;
    let found = owners(app, &session, &member).await;
    let accounts = list(app, &session, &format!("/members/{member}/accounts"), "accounts").await;
    assert_eq!(each(&json!(found), "account_guid"), each(&json!(accounts), "guid"));
    let user = app.get("/user").token(&session.token).ok().await["user"]["guid"].clone();
    for (item, account) in found.iter().zip(&accounts) {
        assert_eq!(
            *item,
            json!({"account_guid": account["guid"], "address": "3401 N Thanksgiving Way", "city": "Lehi",
                "country": "United States", "email": "mxuser.mx.com", "first_name": null, "last_name": null,
                "member_guid": member, "owner_name": "MX Test", "phone": "555-555-5555", "postal_code": "84034",
                "state": "Utah", "user_guid": user})
        );
    }
    let store = raw_store(app).await;
    assert!(!store.contains("3401 N Thanksgiving Way") && !store.contains("mxuser.mx.com"));
    run(app, &session, &member, "identify").await;
    assert_eq!(owners(app, &session, &member).await, found);
});

both!(what_is_gone_has_no_owners, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    run(app, &session, &member, "identify").await;
    assert_eq!(owners(app, &session, &member).await.len(), 14);
    app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
    for guid in [member, nobody("MBR")] {
        let path = format!("/members/{guid}/account_owners");
        assert_eq!(app.get(&path).token(&session.token).fails(4040).await, "member not found");
    }
});

#[tokio::test]
async fn a_client_may_have_names_split() {
    let client = ClientSettings { splits_owner_names: true, ..ClientSettings::default() };
    let app = App::sqlite_with(Setup { client, ..Setup::default() }).await;
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    run(&app, &session, &member, "identify").await;
    for item in owners(&app, &session, &member).await {
        assert_eq!((&item["first_name"], &item["last_name"]), (&json!("MX"), &json!("Test")));
        assert_eq!(item["owner_name"], "MX Test");
    }
    app.finish().await;
}
