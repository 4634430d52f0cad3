use super::*;
use crate::app::openapi;
use std::collections::HashSet;

#[test]
fn it_is_the_same_every_time() {
    assert_eq!(
        serde_json::to_string_pretty(&openapi()).unwrap(),
        serde_json::to_string_pretty(&openapi()).unwrap()
    );
}

#[test]
fn every_operation_says_what_it_is() {
    let document = openapi();
    let mut ids = HashSet::new();
    for (path, item) in &document.paths.paths {
        for (method, operation) in operations(item) {
            let name = format!("{method} {path}");
            assert!(ids.insert(operation.operation_id.clone()), "{name}: id");
            assert!(operation.summary.as_ref().is_some_and(|text| !text.is_empty()), "{name}: summary");
            let answers = &operation.responses.responses;
            assert!(answers.keys().any(|status| status.starts_with('2')), "{name}: answer");
            let open = matches!(Face::of_path(path), Face::Operations | Face::Pages);
            assert_eq!(operation.security.is_none(), open, "{name}: security");
            assert_eq!(operation.security.is_some(), answers.contains_key("401"), "{name}: 401");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let text = serde_json::to_string(&openapi()).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    for reference in text.split(r##""$ref":"#"##).skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}

#[test]
fn paths_of_the_core_stand_in_the_order_of_the_contract() {
    let document = openapi();
    let core: Vec<&str> = document.paths.paths.keys().map(String::as_str).take(30).collect();
    assert_eq!(
        core,
        [
            "/sessions",
            "/user",
            "/institutions/search",
            "/institutions/{institution_guid}",
            "/institutions/{institution_guid}/credentials",
            "/institutions",
            "/members",
            "/members/{member_guid}",
            "/members/{member_guid}/aggregate",
            "/members/{member_guid}/refresh",
            "/members/aggregate",
            "/members/refresh",
            "/members/{member_guid}/check_balance",
            "/member/{member_guid}/credentials",
            "/members/{member_guid}/credentials",
            "/members/{member_guid}/oauth_window_uri",
            "/members/{member_guid}/challenges",
            "/members/{member_guid}/resume",
            "/jobs/{job_guid}",
            "/jobs/{job_guid}/mfa_credentials",
            "/jobs/{job_guid}/resume",
            "/members/{member_guid}/verify",
            "/members/{member_guid}/identify",
            "/members/{member_guid}/extend_history",
            "/members/{member_guid}/account_numbers",
            "/accounts/{account_guid}/account_number",
            "/accounts/{account_guid}/account_numbers",
            "/members/{member_guid}/account_owners",
            "/micro_deposits",
            "/micro_deposits/{micro_deposit_guid}",
        ]
    );
}

#[test]
fn answers_have_the_documented_type_and_errors_our_body() {
    let document = serde_json::to_value(openapi()).unwrap();
    let user = &document["paths"]["/user"]["get"]["responses"];
    let schema =
        |status: &str, media: &str| user[status]["content"][media]["schema"]["$ref"].as_str().unwrap_or("");
    assert_eq!(schema("200", "application/vnd.mx.api.v1+json"), "#/components/schemas/UserAnswer");
    assert_eq!(schema("401", "application/vnd.mx.api.v1+json"), "#/components/schemas/Error");
    let keys = document["components"]["schemas"]["User"]["required"].as_array().unwrap().len();
    assert_eq!(keys, 21);
}
