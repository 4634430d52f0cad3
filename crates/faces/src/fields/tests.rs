use super::*;
use domain::{decimal::Money, enums::AccountType, guid::Category};
use proptest::prelude::*;

fn fields(text: &str) -> Fields {
    match Json::parse(text.as_bytes()).unwrap() {
        Json::Object(pairs) => Fields::new(pairs),
        _ => panic!("not an object"),
    }
}

fn message<T: std::fmt::Debug>(result: Result<T, ApiError>) -> String {
    result.unwrap_err().message.into_owned()
}

#[test]
fn strings_are_trimmed_and_empty_means_missing_where_required() {
    let f = fields(r#"{"a":"  x ","b":"  ","c":null,"d":5}"#);
    assert_eq!(f.text("a", 9).unwrap().required().unwrap(), "x");
    for name in ["b", "c", "absent"] {
        let expected = format!("param is missing or the value is empty: {name}");
        assert_eq!(message(f.text(name, 9).unwrap().required()), expected);
        assert_eq!(message(f.require(&["a", name])), expected);
    }
    assert_eq!(message(f.text("d", 9)), "d: must be a string");
    f.require(&["a", "d"]).unwrap();
}

#[test]
fn absent_null_and_value_are_told_apart() {
    let f = fields(r#"{"a":"x","b":null}"#);
    assert_eq!(f.text("a", 9).unwrap().patch(), Patch::Value("x".to_owned()));
    assert_eq!(f.text("b", 9).unwrap().patch(), Patch::Null);
    assert_eq!(f.text("c", 9).unwrap().patch(), Patch::Absent);
    assert_eq!(f.text("c", 9).unwrap().kept(), Ok(None));
    assert_eq!(f.text("b", 9).unwrap().kept(), Err(ApiError::missing("b")));
}

#[test]
fn a_type_error_goes_before_a_broken_rule() {
    let f = fields(r#"{"a":"xxxx","b":7,"c":"y\u0000"}"#);
    assert!(f.text("a", 3).is_ok());
    assert_eq!(f.text("b", 3).unwrap_err().code, 4002);
    assert!(f.text("c", 3).is_ok());
    assert_eq!(f.finish(), Err(ApiError::field_rule("a", "at most 3 characters")));
}

#[test]
fn characters_are_counted_not_bytes_and_nul_is_refused() {
    let f = fields(r#"{"a":"äöü","b":"x\u0000"}"#);
    f.text("a", 3).unwrap().required().unwrap();
    f.finish().unwrap();
    f.text("b", 3).unwrap().required().unwrap();
    assert_eq!(f.finish(), Err(ApiError::field_rule("b", "must not contain NUL")));
}

#[test]
fn metadata_and_secrets_are_never_trimmed() {
    let f = fields(r#"{"metadata":" x ","value":" s "}"#);
    assert_eq!(f.metadata().unwrap().required().unwrap(), " x ");
    assert_eq!(f.secret("value", 9).unwrap().required().unwrap().expose(), " s ");
    let f = fields(&format!(r#"{{"metadata":"{}"}}"#, "x".repeat(METADATA_BYTES_MAX + 1)));
    assert!(f.metadata().is_ok());
    assert_eq!(f.finish().unwrap_err().code, 4222);
}

#[test]
fn booleans_and_integers_also_as_strings() {
    let f = fields(r#"{"a":true,"b":"false","c":"x","d":7,"e":"7","f":7.0,"g":7.5,"h":1}"#);
    assert_eq!(f.boolean("a").unwrap().optional(), Some(true));
    assert_eq!(f.boolean("b").unwrap().optional(), Some(false));
    assert_eq!(message(f.boolean("c")), "c: must be a boolean");
    assert_eq!(message(f.boolean("h")), "h: must be a boolean");
    for name in ["d", "e", "f"] {
        assert_eq!(f.integer(name).unwrap().optional(), Some(7), "{name}");
    }
    assert_eq!(message(f.integer("g")), "g: must be a number");
    assert_eq!(message(f.integer("c")), "c: must be a number");
    assert!(f.integer_between("d", 8, 9).is_ok());
    assert_eq!(f.finish(), Err(ApiError::field_rule("d", "must be between 8 and 9")));
}

#[test]
fn decimals_are_exact() {
    let f = fields(
        r#"{"a":123456789012.34,"b":"-0.10","c":1.10000000000000000001,"d":1234567890123.4,"e":1.500}"#,
    );
    assert_eq!(f.decimal::<2>("a", 14).unwrap().optional(), Some(Money::from_units(12_345_678_901_234)));
    assert_eq!(f.decimal::<2>("b", 14).unwrap().optional(), Some(Money::from_units(-10)));
    assert_eq!(f.decimal::<2>("e", 14).unwrap().optional(), Some(Money::from_units(150)));
    f.finish().unwrap();
    for name in ["c", "d"] {
        assert!(f.decimal::<2>(name, 14).is_ok());
        assert_eq!(f.finish(), Err(ApiError::field_rule(name, "at most 14 digits, 2 after the point")));
    }
    assert_eq!(message(fields(r#"{"x":"1,5"}"#).decimal::<2>("x", 14)), "x: must be a number");
}

#[test]
fn enumerations_by_code_code_string_and_name() {
    for value in ["1", "\"1\"", "\"CHECKING\"", "\"checking\""] {
        let f = fields(&format!(r#"{{"account_type":{value}}}"#));
        let read = enumeration!(f, "account_type", AccountType).unwrap().required();
        assert_eq!(read, Ok(AccountType::Checking), "{value}");
    }
    let error = message(enumeration!(fields(r#"{"t":99}"#), "t", AccountType));
    assert!(error.starts_with("t: must be one of UNKNOWN, CHECKING, "), "{error}");
    let modes = fields(r#"{"mode":"verification","bad":"Verification"}"#);
    assert_eq!(
        modes.one_of("mode", &["aggregation", "verification"]).unwrap().optional(),
        Some("verification")
    );
    assert_eq!(message(modes.one_of("bad", &["a", "b"])), "bad: must be one of a, b");
}

#[test]
fn dates_times_currencies_and_guids() {
    let f = fields(
        r#"{"d":"2024-02-29","e":"2023-02-29","t":"2024-01-01T01:00:00+01:00","c":"usd","x":"US","g":"CAT-x","n":1}"#,
    );
    assert_eq!(f.date("d").unwrap().optional().unwrap().to_string(), "2024-02-29");
    assert_eq!(message(f.date("e")), "e: must be an ISO date (YYYY-MM-DD)");
    assert_eq!(f.time("t").unwrap().optional().unwrap().to_z(), "2024-01-01T00:00:00.000Z");
    assert_eq!(message(f.time("d")), "d: must be an ISO 8601 time");
    assert_eq!(f.currency("c").unwrap().optional().as_deref(), Some("USD"));
    assert_eq!(message(f.currency("x")), "x: must be an ISO 4217 code");
    assert_eq!(message(f.guid::<Category>("n", "category")), "n: must be a string");
    assert!(f.guid::<Category>("g", "category").is_ok());
    assert_eq!(f.finish(), Err(ApiError::field_rule("g", "no such category")));
}

#[test]
fn arrays_and_objects() {
    let f = fields(r#"{"a":["x"," y "],"b":[1],"o":{"k":1},"l":[{"k":1}],"e":[]}"#);
    assert_eq!(f.texts("a", 9).unwrap().optional().unwrap(), ["x", "y"]);
    assert_eq!(message(f.texts("b", 9)), "b: must be a string");
    assert_eq!(message(f.array("o")), "o: must be an array");
    assert_eq!(message(f.object("a")), "a: must be an object");
    assert!(f.object("o").unwrap().required().unwrap().has("k"));
    assert_eq!(f.objects("l").unwrap().required().unwrap().len(), 1);
    assert_eq!(message(f.array("e").unwrap().required()), "param is missing or the value is empty: e");
    assert_eq!(f.either("missing", "a"), "a");
    assert_eq!(f.either("b", "a"), "b");
}

proptest! {
    #[test]
    fn money_in_is_money_out(units in -99_999_999_999_999i64..=99_999_999_999_999) {
        let mut text = Vec::new();
        Money::from_units(units).write_to(&mut text);
        let f = fields(&format!(r#"{{"x":{}}}"#, String::from_utf8(text).unwrap()));
        prop_assert_eq!(f.decimal::<2>("x", 14).unwrap().optional(), Some(Money::from_units(units)));
        prop_assert!(f.finish().is_ok());
    }
}
