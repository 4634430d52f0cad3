//! `GET /institutions/{institution_guid}/credentials` (`spec: nexus-core, 3, 6.2`).
use crate::{
    nexus::jobs::mfa_credentials::CREDENTIAL,
    support::{NEXUS, OLD, nobody},
};
use serde_json::json;
use testkit::{
    app::{LOGIN, MXBANK, PASSWORD},
    both,
};

both!(what_must_be_given, async |app| {
    let session = app.new_session().await;
    let answer =
        app.get(&format!("/institutions/{MXBANK}/credentials")).token(&session.token).send().await.is(200);
    assert_eq!((answer.media(), answer.keys("")), (NEXUS, vec!["credentials".to_owned()]));
    assert_eq!(answer.keys("/credentials/0"), CREDENTIAL);
    let body = answer.json();
    let [login, password] = &body["credentials"].as_array().unwrap()[..] else { panic!("{body}") };
    for (credential, guid, kind, name, label, order) in
        [(login, LOGIN, 3, "LOGIN", "Username", 1), (password, PASSWORD, 1, "PASSWORD", "Password", 2)]
    {
        assert_eq!((&credential["guid"], &credential["field_name"]), (&json!(guid), &json!(name)));
        assert_eq!((&credential["field_type"], &credential["field_type_name"]), (&json!(kind), &json!(name)));
        assert_eq!((&credential["label"], &credential["display_order"]), (&json!(label), &json!(order)));
        assert_eq!(
            (&credential["mfa"], &credential["optional"], &credential["editable"]),
            (&json!(false), &json!(false), &json!(true))
        );
        assert_eq!(credential["institution_guid"], MXBANK);
        for key in [
            "answer_field_type",
            "display_name",
            "escaped",
            "meta_data",
            "optional_mfa",
            "value_identifier",
            "value_mask",
        ] {
            assert!(credential[key].is_null(), "{key}");
        }
    }
    let by_code = app.get("/institutions/mxbank/credentials").token(&session.token).send().await.is(200);
    assert_eq!(by_code.bytes, answer.bytes);
    let old = app.get("/institutions/mxbank/credentials").accept(OLD).token(&session.token).ok().await;
    assert_eq!(old["credentials"][1]["options"], json!([]));
});

both!(institutions_that_are_not_there, async |app| {
    let session = app.new_session().await;
    for name in [nobody("INS"), "nowhere".to_owned()] {
        let path = format!("/institutions/{name}/credentials");
        assert_eq!(app.get(&path).token(&session.token).fails(4040).await, "institution not found");
    }
});
