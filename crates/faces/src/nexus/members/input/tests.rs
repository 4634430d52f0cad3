use super::*;
use crate::body::Document;

fn created(body: &str) -> Result<NewMember, ApiError> {
    Document::parse(body.as_bytes())?.read("member", CREATE, create)
}

fn updated(body: &str) -> Result<MemberPatch, ApiError> {
    Document::parse(body.as_bytes())?.read("member", UPDATE, update)
}

#[test]
fn a_create_with_and_without_its_root() {
    let fields = r#"{"institution_code":"mxbank","name":" ","is_oauth":"true",
        "credentials":[{"credential_guid":"CRD-1","value":" x "}]}"#;
    for body in [fields.to_owned(), format!(r#"{{"member":{fields}}}"#)] {
        let new = created(&body).unwrap();
        assert_eq!(new.institution_code.as_deref(), Some("mxbank"));
        assert_eq!((new.name, new.is_oauth, new.include_transactions), (None, true, None));
        assert_eq!(new.credentials[0].value.as_ref().unwrap().expose(), " x ");
    }
    assert_eq!(created("{}").unwrap_err(), ApiError::params_missing());
    assert_eq!(
        created(r#"{"credentials":[{"value":"x"}]}"#).unwrap_err(),
        ApiError::missing("credential_guid")
    );
}

#[test]
fn absent_is_unchanged_and_null_clears() {
    let patch =
        updated(r#"{"member":{"metadata":null,"name":"","background_aggregation_is_disabled":null}}"#);
    let patch = patch.unwrap();
    assert_eq!((patch.metadata, patch.name, patch.external_guid), (Some(None), Some(None), None));
    assert_eq!((patch.background_is_disabled, patch.use_cases), (Some(false), None));
    assert_eq!(updated(r#"{"member":{"use_cases":null}}"#).unwrap().use_cases, Some(Vec::new()));
}

#[test]
fn use_cases_have_names() {
    let patch = updated(r#"{"use_cases":["PFM","MONEY_MOVEMENT"]}"#).unwrap();
    assert_eq!(patch.use_cases.unwrap(), ["PFM", "MONEY_MOVEMENT"]);
    let refused = updated(r#"{"use_cases":["PFM","X"]}"#).unwrap_err();
    assert_eq!((refused.code, &*refused.message), (4002, "use_cases: must be one of PFM, MONEY_MOVEMENT"));
}

#[test]
fn options_of_a_job_where_they_are_not_said() {
    let read = |body: &str| {
        let body = Document::parse(body.as_bytes()).unwrap();
        body.read_whole(|fields| wanted(fields, Wanted { include_holdings: false, ..Wanted::ALL }))
    };
    let said = read(r#"{"include_transactions":"false"}"#).unwrap();
    assert_eq!((said.include_transactions, said.include_holdings), (false, false));
    assert_eq!(read(r#"{"include_holdings":1}"#).unwrap_err().code, 4002);
}
