use super::*;
use crate::body::Document;
use domain::time::Timestamp;
use engine::job::Question;
use serde_json::{Value, json};

fn asked(field_type: FieldType) -> OpenChallenge {
    let choice = QuestionOption {
        guid: "CRD-00000000-0000-4000-8000-000000000001".to_owned(),
        label: "Cat".to_owned(),
        value: "cat".to_owned(),
        data_uri: Some("data:image/png;base64,AA==".to_owned()),
    };
    OpenChallenge {
        guid: "CRD-22f1b144-dde6-4c80-9d98-ca3c4900d173".parse().unwrap(),
        display_order: 1,
        created_at: Timestamp::EPOCH,
        question: Question {
            field_type: field_type.code(),
            label: "What city were you born in?".to_owned(),
            field_name: Some("city".to_owned()),
            image_data: Some("data:image/png;base64,AA==".to_owned()),
            options: vec![choice],
        },
    }
}

fn rendered(field_type: FieldType) -> Value {
    let mut out = Vec::new();
    challenge(&mut out, &asked(field_type));
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn a_question_in_words() {
    for (field_type, name) in [(FieldType::Text, "TEXT"), (FieldType::Token, "TOKEN")] {
        assert_eq!(
            rendered(field_type),
            json!({
                "field_name": "city",
                "guid": "CRD-22f1b144-dde6-4c80-9d98-ca3c4900d173",
                "label": "What city were you born in?",
                "type": name
            })
        );
    }
}

#[test]
fn pictures_and_choices_have_one_key_more() {
    let choice = json!({"guid": "CRD-00000000-0000-4000-8000-000000000001", "label": "Cat", "value": "cat"});
    let options = rendered(FieldType::Options);
    assert_eq!((&options["type"], &options["options"]), (&json!("OPTIONS"), &json!([choice])));
    let picture = rendered(FieldType::ImageData);
    assert_eq!(picture["image_data"], "data:image/png;base64,AA==");
    let pictures = rendered(FieldType::ImageOptions);
    assert_eq!(pictures["image_options"][0]["data_uri"], "data:image/png;base64,AA==");
    for object in [options, picture, pictures] {
        assert_eq!(object.as_object().unwrap().len(), 5);
    }
}

fn given(body: &str) -> Result<Vec<(String, Option<String>)>, ApiError> {
    let read = Document::parse(body.as_bytes())?.read("member", &["challenges"], answers)?;
    Ok(read.into_iter().map(|a| (a.guid, a.value.map(|v| v.expose().to_owned()))).collect())
}

#[test]
fn answers_stand_alone_or_under_member() {
    let one = vec![("CRD-1".to_owned(), Some(" x ".to_owned()))];
    assert_eq!(given(r#"{"challenges":[{"guid":"CRD-1","value":" x "}]}"#), Ok(one.clone()));
    assert_eq!(given(r#"{"member":{"challenges":[{"credential_guid":"CRD-1","value":" x "}]}}"#), Ok(one));
    assert_eq!(given(r#"{"challenges":[]}"#), Ok(Vec::new()));
    assert_eq!(given(r#"{"challenges":[{"value":null}]}"#), Ok(vec![(String::new(), None)]));
    for none in ["", "{}", r#"{"other":1}"#] {
        assert_eq!(given(none), Err(ApiError::params_missing()), "{none}");
    }
}
