//! `GET /institutions/{institution_guid}` (`spec: nexus-core, 3`).
use crate::support::{NEXUS, nobody};
use serde_json::json;
use testkit::{app::MXBANK, both};

/// The keys, in the order of the contract.
pub(crate) const INSTITUTION: [&str; 27] = [
    "code",
    "created_at",
    "forgot_password_url",
    "forgot_username_url",
    "guid",
    "has_checking_accounts",
    "has_credit_card_accounts",
    "has_investment_accounts",
    "has_line_of_credit_accounts",
    "has_loan_accounts",
    "has_mortgage_accounts",
    "has_savings_accounts",
    "is_disabled_by_client",
    "is_hidden",
    "is_test",
    "iso_country_code",
    "medium_logo_url",
    "name",
    "popularity",
    "small_logo_url",
    "supports_account_identification",
    "supports_account_verification",
    "supports_oauth",
    "supports_transaction_history",
    "trouble_signing_in_url",
    "updated_at",
    "url",
];

both!(an_institution, async |app| {
    let session = app.new_session().await;
    let answer = app.get(&format!("/institutions/{MXBANK}")).token(&session.token).send().await.is(200);
    assert_eq!(
        (answer.media(), answer.keys("")),
        (NEXUS, vec!["institution".to_owned(), "pagination".to_owned()])
    );
    assert_eq!(answer.keys("/institution"), INSTITUTION);
    assert!(
        answer
            .text()
            .ends_with(r#""pagination":{"current_page":1,"per_page":25,"total_entries":1,"total_pages":1}}"#)
    );
    let body = answer.json()["institution"].clone();
    assert_eq!(
        (&body["code"], &body["name"], &body["guid"]),
        (&json!("mxbank"), &json!("MX Bank"), &json!(MXBANK))
    );
    assert_eq!((&body["iso_country_code"], &body["is_test"]), (&json!(["US", "CA"]), &json!(true)));
    for (key, value) in [
        ("supports_account_verification", true),
        ("supports_account_identification", true),
        ("supports_transaction_history", true),
        ("supports_oauth", false),
        ("is_hidden", false),
        ("is_disabled_by_client", false),
    ] {
        assert_eq!(body[key], value, "{key}");
    }
    let by_code = app.get("/institutions/mxbank").token(&session.token).send().await.is(200);
    assert_eq!(by_code.bytes, answer.bytes);
});

both!(hidden_ones_can_be_read, async |app| {
    let session = app.new_session().await;
    let path = "/institutions/INS-MANUAL-0000-4000-8000-000000000000";
    let body = app.get(path).token(&session.token).ok().await;
    assert_eq!(
        (&body["institution"]["code"], &body["institution"]["is_hidden"]),
        (&json!("manual"), &json!(true))
    );
});

both!(institutions_that_are_not_there, async |app| {
    let session = app.new_session().await;
    for name in [nobody("INS"), "nowhere".to_owned(), MXBANK.replace("INS-", "MBR-"), "%20".to_owned()] {
        let message = app.get(&format!("/institutions/{name}")).token(&session.token).fails(4040).await;
        assert_eq!(message, "institution not found", "{name}");
    }
    app.get(&format!("/institutions/{MXBANK}")).fails(4010).await;
});
