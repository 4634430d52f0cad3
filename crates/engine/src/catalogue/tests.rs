//! Building, reading and rendering; the search has its own file.
mod search;

use super::*;
use domain::guid::MANUAL_INSTITUTION;
use serde_json::{Value, json};

/// The rows that tests add to: one institution each, its document as given.
fn row(number: u8, code: &str, name: &str, document: &Value) -> InstitutionRow {
    InstitutionRow {
        guid: InstitutionGuid::from_bytes([number; 16]),
        code: code.to_owned(),
        name: name.to_owned(),
        connector: "bank".to_owned(),
        document: document.to_string(),
        created_at: Timestamp::from_seconds(1_474_495_435),
        updated_at: Timestamp::from_seconds(1_474_495_436),
    }
}

fn credential(
    number: u8,
    institution: u8,
    display_order: i64,
    field_type: FieldType,
) -> InstitutionCredentialRow {
    InstitutionCredentialRow {
        guid: CredentialGuid::from_bytes([number; 16]),
        institution: InstitutionGuid::from_bytes([institution; 16]),
        display_order,
        field_type: field_type.code().into(),
        field_name: field_type.name().to_owned(),
        label: format!("Field \"{number}\""),
        optional: number.is_multiple_of(2),
        created_at: Timestamp::from_seconds(1_474_495_739),
        updated_at: Timestamp::from_seconds(1_474_495_739),
    }
}

fn sandbox() -> Catalogue {
    let (rows, credentials) = sandbox_rows();
    Catalogue::build(rows, credentials, true).unwrap()
}

fn rendered(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

/// Keys of a JSON object in the order of its text, which is flat but for arrays.
fn keys_in_order(text: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(text).unwrap();
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort_by_key(|key| text.find(&format!("\"{key}\":")).unwrap());
    keys
}

#[test]
fn found_by_guid_and_by_code() {
    let catalogue = sandbox();
    let guid = "INS-1572a04c-912b-59bf-5841-332c7dfafaef";
    assert_eq!(catalogue.find(guid).unwrap().code, "mxbank");
    assert_eq!(catalogue.find("mxbank").unwrap().guid.to_string(), guid);
    assert_eq!(catalogue.by_guid(guid.parse().unwrap()), catalogue.by_code("mxbank"));
    for unknown in
        ["", "MXBANK", "INS-1572a04c-912b-59bf-5841-332c7dfafaee", "MBR-1572a04c-912b-59bf-5841-332c7dfafaef"]
    {
        assert_eq!(catalogue.find(unknown), None, "{unknown}");
    }
}

#[test]
fn the_sandbox_lists_its_six_institutions_and_only_in_sandbox_mode() {
    let (rows, credentials) = sandbox_rows();
    assert_eq!((rows.len(), credentials.len()), (7, 8));
    let query = Query { name: Some(""), limit: 25, ..Query::default() };
    assert_eq!(Catalogue::build(rows, credentials, false).unwrap().search(&query).total, 0);
    let catalogue = sandbox();
    let found = catalogue.search(&query);
    assert!(
        found.total == 6 && found.page.iter().all(|it| it.is_test && it.connector.starts_with("sandbox"))
    );
    for institution in found.page {
        assert_eq!(institution.is_oauth_only, institution.credentials.is_empty(), "{}", institution.code);
        assert_eq!(institution.is_oauth_only, institution.supports_oauth, "{}", institution.code);
    }
}

#[test]
fn the_manual_institution_is_hidden() {
    let catalogue = sandbox();
    for name in ["manual", "INS-MANUAL", "INS-MANUAL-0000-4000-8000-000000000000"] {
        let manual = catalogue.find(name).unwrap();
        assert_eq!((manual.guid, manual.name.as_str()), (MANUAL_INSTITUTION, "Manual Institution"));
        assert!(manual.is_hidden && !manual.is_test && manual.credentials.is_empty());
    }
}

#[test]
fn an_institution_of_statements_is_hidden_and_no_test() {
    let guid = InstitutionGuid::from_bytes([7; 16]);
    let row = statement_institution_row(
        guid,
        "ofx_3101",
        "Old \"Bank\"",
        Some("https://old.example"),
        Timestamp::EPOCH,
    );
    let catalogue = Catalogue::build(vec![row], Vec::new(), false).unwrap();
    let institution = catalogue.by_guid(guid).unwrap();
    assert_eq!((institution.connector.as_str(), institution.name.as_str()), ("statements", "Old \"Bank\""));
    assert_eq!(institution.url.as_deref(), Some("https://old.example"));
    assert!(institution.is_hidden && !institution.is_test);
}

#[test]
fn what_a_document_does_not_say_is_empty_and_what_nobody_knows_is_ignored() {
    let rows =
        vec![row(1, "a", "A", &json!({})), row(2, "b", "B", &json!({"is_test": true, "colour": "red"}))];
    let catalogue = Catalogue::build(rows, Vec::new(), true).unwrap();
    assert_eq!(**catalogue.find("a").unwrap(), InstitutionDocument::default());
    assert!(catalogue.find("b").unwrap().is_test);
}

#[test]
fn credentials_come_in_display_order_and_not_for_oauth_alone() {
    let oauth = json!({"supports_oauth": true});
    let rows = vec![
        row(1, "login", "Login", &json!({})),
        row(2, "both", "Both", &oauth),
        row(3, "implied", "Implied", &oauth),
        row(4, "only", "Only", &json!({"supports_oauth": true, "is_oauth_only": true})),
        row(5, "none", "None", &json!({"is_oauth_only": true})),
    ];
    let credentials = vec![
        credential(1, 1, 2, FieldType::Password),
        credential(2, 1, 1, FieldType::Login),
        credential(3, 2, 1, FieldType::Login),
        credential(4, 4, 1, FieldType::Login),
        credential(5, 99, 1, FieldType::Login),
    ];
    let catalogue = Catalogue::build(rows, credentials, true).unwrap();
    for (code, is_oauth_only, fields) in [
        ("login", false, &["LOGIN", "PASSWORD"][..]),
        ("both", false, &["LOGIN"]),
        ("implied", true, &[]),
        ("only", true, &[]),
        ("none", false, &[]),
    ] {
        let institution = catalogue.find(code).unwrap();
        let names: Vec<&str> = institution.credentials.iter().map(|it| it.field_name.as_str()).collect();
        assert_eq!((institution.is_oauth_only, &names[..]), (is_oauth_only, fields), "{code}");
    }
}

#[test]
fn rows_that_make_no_catalogue_are_refused() {
    let build = |rows, credentials| Catalogue::build(rows, credentials, true).unwrap_err().to_string();
    let a = || row(1, "a", "A", &json!({}));
    let guid = a().guid;
    for (error, begins) in [
        (
            build(vec![a(), row(1, "b", "B", &json!({}))], vec![]),
            format!("institution {guid} is there twice"),
        ),
        (
            build(vec![a(), row(2, "a", "B", &json!({}))], vec![]),
            "two institutions have the code \"a\"".to_owned(),
        ),
        (build(vec![row(1, "a", "A", &json!([1]))], vec![]), format!("institution {guid}: its document")),
        (
            build(vec![row(1, "a", "A", &json!({"iso_country_code": ["USA"]}))], vec![]),
            format!("institution {guid}"),
        ),
        (
            build(vec![a()], vec![credential(4, 1, 1, FieldType::OauthAccessToken)]),
            "credential CRD-04040404".to_owned(),
        ),
    ] {
        assert!(error.starts_with(&begins), "{error}");
    }
}

#[test]
fn a_country_is_two_letters() {
    for (text, code) in
        [("US", Some("US")), ("ca", Some("CA")), ("", None), ("USA", None), ("U1", None), ("é", None)]
    {
        assert_eq!(text.parse::<CountryCode>().ok().as_ref().map(CountryCode::as_str), code, "{text}");
    }
}

#[test]
fn an_institution_has_its_27_keys_in_order() {
    let catalogue = sandbox();
    let text = rendered(|out| render_institution(out, &catalogue.find("mxbank").unwrap(), false));
    let keys = keys_in_order(&text);
    assert!(keys.len() == 27 && keys.is_sorted(), "{keys:?}");
    let mut value: Value = serde_json::from_str(&text).unwrap();
    for logo in ["small_logo_url", "medium_logo_url", "url"] {
        assert!(value[logo].take().as_str().unwrap().starts_with("https://"), "{logo}");
    }
    for flag in
        ["has_checking_accounts", "has_credit_card_accounts", "has_investment_accounts", "has_loan_accounts"]
            .into_iter()
            .chain(["has_line_of_credit_accounts", "has_mortgage_accounts", "has_savings_accounts"])
    {
        assert!(value[flag].take().is_boolean(), "{flag}");
    }
    assert!(value["popularity"].take().is_i64());
    let rest = json!({
        "code": "mxbank", "created_at": "2016-09-21T22:03:55.000Z", "forgot_password_url": null,
        "forgot_username_url": null, "guid": "INS-1572a04c-912b-59bf-5841-332c7dfafaef",
        "has_checking_accounts": null, "has_credit_card_accounts": null, "has_investment_accounts": null,
        "has_line_of_credit_accounts": null, "has_loan_accounts": null, "has_mortgage_accounts": null,
        "has_savings_accounts": null, "is_disabled_by_client": false, "is_hidden": false, "is_test": true,
        "iso_country_code": ["US", "CA"], "medium_logo_url": null, "name": "MX Bank", "popularity": null,
        "small_logo_url": null, "supports_account_identification": true, "supports_account_verification": true,
        "supports_oauth": false, "supports_transaction_history": true, "trouble_signing_in_url": null,
        "updated_at": "2016-09-21T22:03:55.000Z", "url": null
    });
    assert_eq!(value, rest);
}

#[test]
fn every_key_carries_its_own_value() {
    let flags = [
        "has_checking_accounts",
        "has_credit_card_accounts",
        "has_investment_accounts",
        "has_line_of_credit_accounts",
        "has_loan_accounts",
        "has_mortgage_accounts",
        "has_savings_accounts",
        "is_hidden",
        "is_test",
        "supports_account_identification",
        "supports_account_verification",
        "supports_oauth",
        "supports_transaction_history",
    ];
    let texts = [
        "forgot_password_url",
        "forgot_username_url",
        "medium_logo_url",
        "small_logo_url",
        "trouble_signing_in_url",
        "url",
    ];
    let read = |document: Value, disabled| -> Value {
        let catalogue =
            Catalogue::build(vec![row(1, "a", "Joe's <\"Bank\">", &document)], vec![], true).unwrap();
        let text = rendered(|out| render_institution(out, &catalogue.find("a").unwrap(), disabled));
        serde_json::from_str(&text).unwrap()
    };
    for key in flags {
        let body = read(json!({ key: true }), false);
        let set: Vec<&String> =
            body.as_object().unwrap().iter().filter(|it| it.1 == true).map(|it| it.0).collect();
        assert_eq!(set, [key]);
    }
    for key in texts {
        let body = read(json!({ key: "https://x" }), false);
        let set: Vec<&String> =
            body.as_object().unwrap().iter().filter(|it| it.1 == "https://x").map(|it| it.0).collect();
        assert_eq!(set, [key]);
    }
    let body = read(json!({"popularity": -3}), true);
    assert_eq!(body["popularity"], -3);
    assert_eq!(body["is_disabled_by_client"], true);
    assert_eq!(body["iso_country_code"], json!([]));
    assert_eq!(body["name"], "Joe's <\"Bank\">");
    assert_eq!(body["updated_at"], "2016-09-21T22:03:56.000Z");
}

#[test]
fn a_credential_has_its_21_keys_in_order() {
    let catalogue = sandbox();
    let form = &catalogue.find("mxbank").unwrap().credentials;
    let text = rendered(|out| render_credential(out, &form[0], false));
    let keys = keys_in_order(&text);
    assert!(keys.len() == 21 && keys.is_sorted(), "{keys:?}");
    let value: Value = serde_json::from_str(&text).unwrap();
    let documented = json!({
        "answer_field_type": null, "created_at": "2016-09-21T22:08:59.000Z", "display_name": null, "display_order": 1,
        "editable": true, "escaped": null, "field_name": "LOGIN", "field_type": 3, "field_type_name": "LOGIN",
        "guid": "CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1",
        "institution_guid": "INS-1572a04c-912b-59bf-5841-332c7dfafaef", "label": "Username", "max_length": null,
        "meta_data": null, "mfa": false, "optional": false, "optional_mfa": null, "size": null,
        "updated_at": "2016-09-21T22:08:59.000Z", "value_identifier": null, "value_mask": null
    });
    assert_eq!(value, documented);
    let second: Value =
        serde_json::from_str(&rendered(|out| render_credential(out, &form[1], false))).unwrap();
    assert_eq!(second["guid"], "CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d");
    assert_eq!((&second["field_type"], &second["field_type_name"]), (&json!(1), &json!("PASSWORD")));
}

#[test]
fn options_are_there_for_choices_and_in_the_2014_dialect() {
    for (field_type, dialect2014, keys) in [
        (FieldType::Text, false, 21),
        (FieldType::Token, false, 21),
        (FieldType::Options, false, 22),
        (FieldType::Radio, false, 22),
        (FieldType::ImageOptions, false, 22),
        (FieldType::Login, true, 22),
        (FieldType::Options, true, 22),
    ] {
        let row = credential(2, 1, 1, field_type);
        let text = rendered(|out| render_credential(out, &row, dialect2014));
        let in_order = keys_in_order(&text);
        assert!(in_order.len() == keys && in_order.is_sorted(), "{field_type:?} {in_order:?}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value.get("options"), (keys == 22).then(|| json!([])).as_ref());
        assert_eq!((&value["label"], &value["optional"]), (&json!("Field \"2\""), &json!(true)));
    }
}

#[test]
fn synthetic_rows_are_the_same_for_the_same_seed() {
    let (rows, credentials) = synthetic_rows(300, 5);
    assert_eq!(
        (rows.len(), &rows, &credentials),
        (300, &synthetic_rows(300, 5).0, &synthetic_rows(300, 5).1)
    );
    assert_ne!(rows, synthetic_rows(300, 6).0);
    assert_eq!(Catalogue::build(rows, credentials, false).unwrap().institutions().len(), 300);
}
