use super::*;
use crate::{hash::same, testing::Seeded};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const USER: &str = "USR-11141024-90b3-1bce-cac9-c06ced52ab4c";

fn user() -> UserGuid {
    USER.parse().unwrap()
}

fn encoded(inner: &str) -> String {
    STANDARD.encode(inner)
}

#[test]
fn an_api_token_is_base64_of_guid_and_64_digits() {
    let (text, hash) = ApiToken::issue(user(), &Seeded::new(1));
    let inner = String::from_utf8(STANDARD.decode(text.expose()).unwrap()).unwrap();
    let (guid, digits) = inner.split_once('|').unwrap();
    assert_eq!(guid, USER);
    assert_eq!(digits.len(), 64);
    assert!(digits.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()));
    assert_eq!(hash.as_bytes()[..], Sha256::digest(&inner)[..]);
    assert_eq!(ApiToken::parse(text.expose()), Some((user(), hash)));
}

#[test]
fn the_user_can_be_told_from_a_token_that_was_never_issued() {
    let text = encoded(&format!("{USER}|{}", "0".repeat(64)));
    assert_eq!(ApiToken::parse(&text).map(|(guid, _)| guid), Some(user()));
}

#[test]
fn an_api_token_of_another_form_is_none() {
    let digits = "0".repeat(64);
    let (good, _) = ApiToken::issue(user(), &Seeded::new(1));
    for text in [
        String::new(),
        encoded(USER),
        encoded(&format!("{USER}{digits}0")),
        encoded(&format!("{USER}|{}", "A".repeat(64))),
        encoded(&format!("{USER}|{}", "g".repeat(64))),
        encoded(&format!("{USER}|{}", "0".repeat(63))),
        encoded(&format!("{}|{digits}", USER.replace("USR", "MBR"))),
        encoded(&format!("{}|{digits}", USER.replace("ab4c", "AB4C"))),
        format!("{} ", good.expose()),
        good.expose().replacen('V', "-", 1),
        good.expose()[..139].to_owned() + "=",
        "=".repeat(140),
    ] {
        assert_eq!(ApiToken::parse(&text), None, "{text}");
    }
}

#[test]
fn an_api_key_is_recognisable_and_hashed_as_it_stands() {
    let (text, hash) = ApiKey::issue(&Seeded::new(1));
    assert_eq!(text.expose().len(), 46);
    assert!(text.expose().starts_with("tk_"));
    assert_eq!(ApiKey::hash(text.expose()), Ok(hash));
    assert_eq!(hash.as_bytes()[..], Sha256::digest(text.expose())[..]);
    assert_ne!(ApiKey::issue(&Seeded::new(2)).1, hash);
}

#[test]
fn an_operator_may_give_a_key_of_16_to_256_visible_characters() {
    for text in ["0123456789abcdef", "!~#$%^&*()_+{}|:", &"k".repeat(256)] {
        assert!(ApiKey::hash(text).is_ok(), "{text}");
    }
    for text in [
        "",
        "0123456789abcde",
        "0123456789 abcdef",
        "0123456789abcdef\n",
        "0123456789abcdeé",
        &"k".repeat(257),
    ] {
        assert_eq!(ApiKey::hash(text), Err(NotAnApiKey), "{text}");
    }
}

#[test]
fn hashes_come_back_from_the_store() {
    let (_, hash) = ApiKey::issue(&Seeded::new(1));
    assert_eq!(TokenHash::from_slice(hash.as_bytes()), Some(hash));
    assert_eq!(TokenHash::from_slice(&[0; 31]), None);
    assert!(same(b"abc", b"abc") && !same(b"abc", b"abd") && !same(b"abc", b"ab") && same(b"", b""));
}

proptest! {
    #[test]
    fn every_issued_token_parses(seed in any::<u64>(), bytes in any::<[u8; 16]>()) {
        let user = UserGuid::from_bytes(bytes);
        let (text, hash) = ApiToken::issue(user, &Seeded::new(seed));
        prop_assert_eq!(ApiToken::parse(text.expose()), Some((user, hash)));
    }

    #[test]
    fn garbage_is_none(garbage in "[A-Za-z0-9+/]{140}", any_text in ".{0,150}") {
        prop_assert_eq!(ApiToken::parse(&garbage), None);
        prop_assert_eq!(ApiToken::parse(&any_text), None);
    }
}
