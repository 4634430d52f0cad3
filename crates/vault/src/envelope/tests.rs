use super::*;
use crate::testing::Seeded;
use proptest::prelude::*;

const AT: Location<'static> = Location { table: "credentials", column: "value", row: &[0, 0, 1], user: 7 };

fn key(seed: u8) -> UserKey {
    UserKey::new(&[seed; 32])
}

#[test]
fn form_of_the_envelope() {
    let sealed = key(1).seal(&AT, b"hunter2", &Seeded::new(1));
    assert_eq!(sealed.len(), 1 + 4 + 12 + 7 + 16);
    assert_eq!(sealed[0], ALG_AES_256_GCM);
    assert_eq!(sealed[1..5], key(1).0.id.0);
    assert!(!sealed.windows(7).any(|w| w == b"hunter2"));
}

#[test]
fn two_seals_of_one_value_differ() {
    let entropy = Seeded::new(1);
    let key = key(1);
    assert_ne!(key.seal(&AT, b"x", &entropy), key.seal(&AT, b"x", &entropy));
}

#[test]
fn a_moved_value_does_not_open() {
    let key = key(1);
    let sealed = key.seal(&AT, b"hunter2", &Seeded::new(1));
    let places = [
        Location { table: "challenges", ..AT },
        Location { column: "answer", ..AT },
        Location { row: &[0, 0, 2], ..AT },
        Location { row: &[0, 0], ..AT },
        Location { user: 8, ..AT },
        // the same bytes in a row, cut elsewhere
        Location { table: "credentialsv", column: "alue", ..AT },
        Location { column: "value\0", row: &[0, 1], ..AT },
    ];
    for place in places {
        assert_eq!(key.open(&place, &sealed), Err(OpenError::Forged), "{place:?}");
    }
    assert!(key.open(&AT, &sealed).is_ok());
}

#[test]
fn another_key_does_not_open_even_with_the_id_forged() {
    let mut sealed = key(1).seal(&AT, b"hunter2", &Seeded::new(1));
    let other = key(2);
    assert_eq!(other.open(&AT, &sealed), Err(OpenError::OtherKey(key(1).0.id)));
    sealed[1..5].copy_from_slice(&other.0.id.0);
    assert_eq!(other.open(&AT, &sealed), Err(OpenError::Forged));
}

#[test]
fn an_unknown_algorithm_is_refused() {
    let mut sealed = key(1).seal(&AT, b"hunter2", &Seeded::new(1));
    sealed[0] = 0;
    assert_eq!(key(1).open(&AT, &sealed), Err(OpenError::Malformed));
}

#[test]
fn nothing_secret_is_printed() {
    assert_eq!(format!("{:?}", key(1)), format!("UserKey({})", key(1).0.id));
}

#[test]
fn the_id_of_a_key_is_stable() {
    // Stored envelopes carry it: it must never come out otherwise.
    assert_eq!(key(1).0.id.to_string(), STABLE_ID);
    assert_eq!(KeyId::parse(STABLE_ID), Some(key(1).0.id));
    for text in ["", "AABBCCDD", "aabbcc", "aabbccdd0", "gabbccdd"] {
        assert_eq!(KeyId::parse(text), None, "{text}");
    }
}

#[test]
fn a_value_sealed_long_ago_opens() {
    // Made by another implementation of AES-256-GCM and HKDF: key of ones, nonce 0 to 11.
    let sealed = "0166d182f0000102030405060708090a0ba666c0d73f2fe9b2c1668d9e61ea62fa89cc667620ee61";
    let opened = key(1).open(&AT, &hex::decode(sealed).unwrap()).unwrap();
    assert_eq!(opened.as_slice(), b"hunter2");
}

const STABLE_ID: &str = "66d182f0";

proptest! {
    #[test]
    fn what_was_sealed_opens(
        plain in prop::collection::vec(any::<u8>(), 0..300),
        row in prop::collection::vec(any::<u8>(), 0..40),
        user in any::<i64>(),
        seed in any::<u64>(),
    ) {
        let at = Location { row: &row, user, ..AT };
        let key = key(3);
        let sealed = key.seal(&at, &plain, &Seeded::new(seed));
        let opened = key.open(&at, &sealed);
        prop_assert_eq!(opened.as_ref().map(|p| p.as_slice()), Ok(plain.as_slice()));
    }

    #[test]
    fn a_flipped_bit_never_opens(plain in prop::collection::vec(any::<u8>(), 0..64), place in any::<prop::sample::Index>(), bit in 0..8u8) {
        let key = key(3);
        let mut sealed = key.seal(&AT, &plain, &Seeded::new(9));
        let index = place.index(sealed.len());
        sealed[index] ^= 1 << bit;
        prop_assert!(key.open(&AT, &sealed).is_err());
    }

    #[test]
    fn a_cut_or_grown_value_never_opens(plain in prop::collection::vec(any::<u8>(), 0..64), place in any::<prop::sample::Index>(), more in any::<u8>()) {
        let key = key(3);
        let mut sealed = key.seal(&AT, &plain, &Seeded::new(9));
        prop_assert!(key.open(&AT, &sealed[..place.index(sealed.len())]).is_err());
        sealed.push(more);
        prop_assert!(key.open(&AT, &sealed).is_err());
    }

    #[test]
    fn garbage_never_opens(garbage in prop::collection::vec(any::<u8>(), 0..80)) {
        prop_assert!(key(3).open(&AT, &garbage).is_err());
    }
}
