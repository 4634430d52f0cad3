//! What fields of Real Time may hold (`spec: partner, 1 and 3`), and how phone numbers are kept and shown.
use crate::{
    error::ApiError,
    fields::{Fields, Patch},
    json::Json,
};

/// Characters of a partner's id at most.
pub(super) const ID_CHARS_MAX: usize = 1024;

/// The partner's `id` of an object, which is required and must not look like a guid of its kind (`USR-`).
pub(super) fn id(fields: &Fields, prefix: &str) -> Result<String, ApiError> {
    let id = fields.text("id", ID_CHARS_MAX)?.required()?;
    if let Some(Json::Text(sent)) = fields.raw("id") {
        if !sent.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            fields.broken("id", "only letters, digits, - and _");
        }
        if sent.starts_with(prefix) {
            fields.broken("id", &format!("must not begin with {prefix}"));
        }
    }
    Ok(id)
}

/// A text that must keep a rule, where it is sent.
pub(super) fn ruled(
    fields: &Fields,
    name: &str,
    chars_max: usize,
    rule: fn(&str) -> bool,
    what: &str,
) -> Result<Patch<String>, ApiError> {
    let patch = fields.text(name, chars_max)?.patch();
    if matches!(&patch, Patch::Value(text) if !rule(text)) {
        fields.broken(name, what);
    }
    Ok(patch)
}

/// Cleared is false.
pub(super) fn flag_change(patch: Patch<bool>) -> Option<bool> {
    patch.change().map(|value| value.unwrap_or(false))
}

/// One `@`, a dot in the domain, no spaces or control characters; no part is empty.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    !local.is_empty()
        && !domain.contains('@')
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// At least one digit, and nothing but digits, `+`, blanks and `-().`.
pub(super) fn is_phone(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b' ' | b'-' | b'(' | b')' | b'.'))
}

/// A phone number as it is stored: its digits, a leading `+` kept.
pub(super) fn stored_phone(text: &str) -> String {
    let plus = text.starts_with('+').then_some('+');
    plus.into_iter().chain(text.chars().filter(char::is_ascii_digit)).collect()
}

/// A stored phone number as it is shown: ten digits as `(505) 555-1234`, others as stored.
pub(super) fn shown_phone(stored: &str) -> String {
    let parts = (stored.get(..3), stored.get(3..6), stored.get(6..));
    match parts {
        (Some(area), Some(exchange), Some(line))
            if stored.len() == 10 && stored.bytes().all(|b| b.is_ascii_digit()) =>
        {
            format!("({area}) {exchange}-{line}")
        }
        _ => stored.to_owned(),
    }
}

/// Postal codes by shape: `9` is a digit, `A` a letter of any case.
const ZIP_CODES: &[&str] = &[
    // US; with the first also ID, KR, MY, TH and VN
    "99999",
    "99999-9999",
    "999999999",
    // CA
    "A9A9A9",
    "A9A 9A9",
    "A9A-9A9",
    // KR; the second also VN
    "999-999",
    "999999",
    // JP
    "999-9999",
    "9999999",
    // PH
    "9999",
];

/// A postal code of one of the countries.
pub(super) fn is_zip_code(text: &str) -> bool {
    let fits = |shape: &&str| {
        shape.len() == text.len()
            && shape.bytes().zip(text.bytes()).all(|(shape, byte)| match shape {
                b'9' => byte.is_ascii_digit(),
                b'A' => byte.is_ascii_alphabetic(),
                other => byte == other,
            })
    };
    ZIP_CODES.iter().any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Document;
    use proptest::prelude::*;

    fn read_id(id: &str) -> Result<String, ApiError> {
        let body = serde_json::json!({ "user": { "id": id } }).to_string();
        Document::parse(body.as_bytes())?.read_partner("user", |f| super::id(f, "USR-"))
    }

    #[test]
    fn ids_are_letters_digits_hyphens_and_underscores() {
        for good in ["1", "U-39XBF7", "a_b-C", "USR", "usr-1", "xUSR-1", "MBR-1", &"x".repeat(1024)] {
            assert_eq!(read_id(good).as_deref(), Ok(good));
        }
        for bad in ["USR-1", "a b", " a", "a\n", "a.b", "a/b", "a@b", "ä", "a\0", &"x".repeat(1025)] {
            assert_eq!(read_id(bad).unwrap_err().code, 4222, "{bad}");
        }
        for missing in ["", " "] {
            assert_eq!(read_id(missing), Err(ApiError::missing("id")));
        }
    }

    #[test]
    fn email_addresses() {
        for good in ["w@example.com", "a+b@x.y.z", "'o<>@e.x", "ü@exämple.de"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "@",
            "a",
            "a@b",
            "a.b@c",
            "a@@b.c",
            "a@b@c.d",
            "a b@c.d",
            "a@b .c",
            "a\t@b.c",
            "a\u{1}@b.c",
            "@b.c",
            "a@.c",
            "a@b.",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn phones_are_kept_as_digits_and_ten_are_shown_in_groups() {
        for (sent, stored, shown) in [
            ("(505) 555-1234", "5055551234", "(505) 555-1234"),
            ("505.555.1234", "5055551234", "(505) 555-1234"),
            ("5055551234", "5055551234", "(505) 555-1234"),
            ("+1 505 555-1234", "+15055551234", "+15055551234"),
            ("+505 555 1234", "+5055551234", "+5055551234"),
            ("555-1234", "5551234", "5551234"),
            ("1-505-555-1234", "15055551234", "15055551234"),
            ("505+5551234", "5055551234", "(505) 555-1234"),
        ] {
            assert!(is_phone(sent), "{sent}");
            assert_eq!((stored_phone(sent).as_str(), shown_phone(stored).as_str()), (stored, shown));
        }
        for bad in ["", "+", "( )", "505x5551234", "505/555", "５０５", "505\t555"] {
            assert!(!is_phone(bad), "{bad}");
        }
    }

    #[test]
    fn postal_codes_of_nine_countries() {
        for good in [
            "87101",
            "87101-1234",
            "871011234",
            "K1A 0B1",
            "k1a-0b1",
            "K1A0B1",
            "123-456",
            "123456",
            "100-0001",
            "1000001",
            "1000",
        ] {
            assert!(is_zip_code(good), "{good}");
        }
        for bad in [
            "",
            "123",
            "87101-",
            "87101-12",
            "12345678",
            "1234567890",
            "K1A  0B1",
            "11A 0B1",
            "EC1A 1BB",
            "12-345",
            "1234-567",
            "８７１０１",
        ] {
            assert!(!is_zip_code(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_stored_as_before(phone in "\\+?[0-9 ().-]{0,15}") {
            prop_assume!(is_phone(&phone));
            let stored = stored_phone(&phone);
            prop_assert_eq!(stored_phone(&shown_phone(&stored)), stored);
        }

        #[test]
        fn any_text_is_judged_without_a_panic(text: String) {
            let _ = (is_email(&text), is_phone(&text), is_zip_code(&text), shown_phone(&text));
        }
    }
}
