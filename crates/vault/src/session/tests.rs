use super::*;
use crate::{root::Root, testing::Seeded};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn tokens(seed: u8, version: u8) -> SessionTokens {
    Root::new(Zeroizing::new([seed; 32])).session_tokens(version)
}

fn decoded(text: &SecretText) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.expose()).unwrap()
}

fn check(tokens: &SessionTokens, token: &[u8]) -> Result<TokenHash, NotOurs> {
    tokens.check(&URL_SAFE_NO_PAD.encode(token))
}

#[test]
fn a_token_is_86_characters_of_64_bytes() {
    let (text, hash) = tokens(1, 3).issue(&Seeded::new(1));
    assert_eq!(text.expose().len(), 86);
    assert_eq!(decoded(&text).len(), 64);
    assert_eq!(decoded(&text)[0], 3);
    assert_eq!(hash.as_bytes()[..], Sha256::digest(decoded(&text))[..]);
    assert_eq!(tokens(1, 3).check(text.expose()), Ok(hash));
}

#[test]
fn a_token_issued_long_ago_is_ours() {
    // Signed under the key of version 2 by another implementation of HKDF and HMAC.
    let token = "AgECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vdGYgc4RKhlsCscQ32TxgVg";
    assert!(tokens(1, 2).check(token).is_ok());
}

#[test]
fn no_two_tokens_are_the_same() {
    let (tokens, entropy) = (tokens(1, 0), Seeded::new(1));
    assert_ne!(tokens.issue(&entropy), tokens.issue(&entropy));
}

#[test]
fn tokens_of_old_versions_stay_ours_and_of_later_ones_are_not() {
    let (old, hash) = tokens(1, 0).issue(&Seeded::new(1));
    assert_eq!(tokens(1, 2).check(old.expose()), Ok(hash));
    let (later, _) = tokens(1, 2).issue(&Seeded::new(1));
    assert_eq!(tokens(1, 1).check(later.expose()), Err(NotOurs));
    assert!(tokens(1, u8::MAX).check(later.expose()).is_ok());
}

#[test]
fn a_version_cannot_be_claimed() {
    let tokens = tokens(1, 1);
    let mut token = decoded(&tokens.issue(&Seeded::new(1)).0);
    token[0] = 0;
    assert_eq!(check(&tokens, &token), Err(NotOurs));
}

#[test]
fn tokens_of_another_service_are_not_ours() {
    let (text, _) = tokens(2, 0).issue(&Seeded::new(1));
    assert_eq!(tokens(1, 0).check(text.expose()), Err(NotOurs));
}

#[test]
fn only_the_canonical_spelling_counts() {
    let tokens = tokens(1, 0);
    let (text, _) = tokens.issue(&Seeded::new(1));
    let text = text.expose();
    // The last character holds two bits of the token; the other four must be zero.
    let (rest, last) = text.split_at(85);
    let accepted: Vec<u8> =
        (0..=127u8).filter(|c| tokens.check(&format!("{rest}{}", char::from(*c))).is_ok()).collect();
    assert_eq!(accepted, last.as_bytes());
    for spelling in [
        String::new(),
        rest.to_owned(),
        format!("{text}=="),
        format!("{text}A"),
        format!(" {text}"),
        format!("{rest}\n"),
        "test_session".to_owned(),
        "é".repeat(43),
        "=".repeat(86),
    ] {
        assert_eq!(tokens.check(&spelling), Err(NotOurs), "{spelling}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let (text, hash) = tokens(1, 4).issue(&Seeded::new(1));
    assert_eq!(format!("{text:?} {hash:?}"), "[secret] TokenHash([secret])");
    assert_eq!(format!("{:?}", tokens(1, 4)), "SessionTokens(version 4)");
}

proptest! {
    #[test]
    fn a_flipped_bit_makes_it_garbage(seed in any::<u64>(), index in 0..64usize, bit in 0..8u8) {
        let tokens = tokens(1, 255);
        let mut token = decoded(&tokens.issue(&Seeded::new(seed)).0);
        token[index] ^= 1 << bit;
        prop_assert_eq!(check(&tokens, &token), Err(NotOurs));
    }

    #[test]
    fn garbage_is_not_ours(text in "[A-Za-z0-9_-]{86}", any_text in ".{0,100}") {
        prop_assert_eq!(tokens(1, 2).check(&text), Err(NotOurs));
        prop_assert_eq!(tokens(1, 2).check(&any_text), Err(NotOurs));
    }
}
