use super::*;
use crate::value::FieldKind;
use serde_json::Value as Json;

/// Key and JSON type of every key of the documented answers: `resource key type`.
const SAMPLE_KEYS: &str = include_str!("../../data/sample_keys.txt");

fn sample(resource: &str) -> Vec<(&'static str, &'static str)> {
    let lines = SAMPLE_KEYS.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    lines.filter(|line| line[0] == resource).map(|line| (line[1], line[2])).collect()
}

/// The documented list of keys, the rendered object and the samples agree in keys, order and types.
pub(crate) fn assert_keys(resource: &str, docs: &[KeyDoc], object: &Json) {
    let object = object.as_object().unwrap();
    let sample = sample(resource);
    let names: Vec<_> = sample.iter().map(|(name, _)| *name).collect();
    assert_eq!(docs.iter().map(|doc| doc.name.as_str()).collect::<Vec<_>>(), names);
    assert_eq!(
        object.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>(),
        names.iter().copied().collect()
    );
    for (doc, (name, sampled)) in docs.iter().zip(sample) {
        let documented = match doc.json_type {
            JsonType::String => "string",
            JsonType::Integer => "integer",
            JsonType::Number => "number",
            JsonType::Boolean => "boolean",
        };
        let whole_number = documented == "number" && sampled == "integer";
        assert!(
            sampled == documented || whole_number || (sampled == "null" && doc.nullable),
            "{name}: {sampled}"
        );
        let fits = match &object[name] {
            Json::Null => doc.nullable,
            Json::Bool(_) => documented == "boolean",
            Json::Number(number) => documented == "number" || (documented == "integer" && number.is_i64()),
            Json::String(_) => documented == "string",
            _ => false,
        };
        assert!(fits, "{name}: {}", object[name]);
        assert!(doc.doc.ends_with('.'), "{name}");
    }
}

/// Checks what every field table keeps to.
pub(crate) fn assert_table(fields: &[FieldDoc], tags: &[u8]) {
    assert_eq!(tags.iter().collect::<std::collections::HashSet<_>>().len(), fields.len());
    for (field, tag) in fields.iter().zip(tags) {
        assert!(matches!(tag, 1..=63 | PLAIN..=255), "{}", field.name);
        assert!(field.settable != Settable::Never || !(field.required || field.clearable), "{}", field.name);
        assert!(!(field.required && field.aliases.contains(&field.name)), "{}", field.name);
        assert_eq!(field.enumeration.is_some(), field.kind == FieldKind::Code, "{}", field.name);
    }
}
