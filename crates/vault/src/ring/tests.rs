use super::*;
use crate::testing::Seeded;

const OLD: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const NEW: &str = "0202020202020202020202020202020202020202020202020202020202020202";
const AT: Location<'static> = Location { table: "credentials", column: "value", row: &[1], user: 7 };

fn ring(text: &str) -> KeyRing {
    KeyRing::from_given(&SecretText::new(text)).unwrap()
}

#[test]
fn a_given_value_is_base64_or_hexadecimal() {
    let hexadecimal = "01".repeat(32);
    assert_eq!(ring(OLD).active(), ring(&hexadecimal).active());
    assert_ne!(ring(OLD).active(), ring(NEW).active());
    let both = ring(&format!("{NEW}, {OLD}"));
    assert_eq!(both.ids().collect::<Vec<_>>(), [ring(NEW).active(), ring(OLD).active()]);
}

#[test]
fn a_given_value_of_another_form_is_refused_without_repeating_it() {
    let short = "01".repeat(31);
    let trailing_bits = OLD.replace("AQE=", "AQF=");
    for text in [
        "",
        ",",
        "hunter2",
        &short,
        &format!("{OLD},"),
        &OLD[..40],
        OLD.trim_end_matches('='),
        &trailing_bits,
    ] {
        let error = KeyRing::from_given(&SecretText::new(text)).unwrap_err();
        assert!(matches!(error, KeyError::Given), "{text}");
        assert!(error.to_string().contains("openssl rand -base64 32"));
    }
    let twice = KeyRing::from_given(&SecretText::new(format!("{OLD},{OLD}")));
    assert!(matches!(twice, Err(KeyError::Twice(id)) if id == ring(OLD).active()));
}

#[test]
fn a_users_key_comes_back() {
    let (ring, entropy) = (ring(OLD), Seeded::new(1));
    let (wrapped, key) = ring.new_user_key(&entropy, 7);
    let sealed = key.seal(&AT, b"hunter2", &entropy);
    let again = ring.unwrap_user_key(&wrapped, 7).unwrap();
    assert_eq!(again.open(&AT, &sealed).unwrap().as_slice(), b"hunter2");
    assert!(!ring.needs_rewrap(&wrapped));
}

#[test]
fn each_user_has_a_key_of_their_own() {
    let (ring, entropy) = (ring(OLD), Seeded::new(1));
    let (_, one) = ring.new_user_key(&entropy, 7);
    let (_, two) = ring.new_user_key(&entropy, 7);
    let sealed = one.seal(&AT, b"hunter2", &entropy);
    assert!(matches!(two.open(&AT, &sealed), Err(OpenError::OtherKey(_))));
}

#[test]
fn a_wrapped_key_serves_its_user_and_its_purpose_only() {
    let (ring, entropy) = (ring(OLD), Seeded::new(1));
    let (user_key, _) = ring.new_user_key(&entropy, 0);
    let (root, _) = ring.new_root(&entropy);
    assert_eq!(ring.unwrap_user_key(&user_key, 8).unwrap_err(), OpenError::Forged);
    assert_eq!(ring.open_root(&user_key).unwrap_err(), OpenError::Forged);
    assert_eq!(ring.unwrap_user_key(&root, 0).unwrap_err(), OpenError::Forged);
    assert_eq!(ring.unwrap_user_key(&user_key[..30], 0).unwrap_err(), OpenError::Malformed);
}

#[test]
fn rotation_keeps_old_data_readable() {
    let entropy = Seeded::new(1);
    let (wrapped, key) = ring(OLD).new_user_key(&entropy, 7);
    let (root, before) = ring(OLD).new_root(&entropy);
    let sealed = key.seal(&AT, b"hunter2", &entropy);

    let both = ring(&format!("{NEW},{OLD}"));
    assert!(both.needs_rewrap(&wrapped) && both.needs_rewrap(&root));
    assert!(both.unwrap_user_key(&wrapped, 7).is_ok());
    let wrapped = both.rewrap_user_key(&wrapped, 7, &entropy).unwrap();
    let root = both.rewrap_root(&root, &entropy).unwrap();
    assert!(!both.needs_rewrap(&wrapped) && !both.needs_rewrap(&root));

    let new = ring(NEW);
    let opened = new.unwrap_user_key(&wrapped, 7).unwrap().open(&AT, &sealed).unwrap();
    assert_eq!(opened.as_slice(), b"hunter2");
    let hash = |root: &Root| root.keyed().login_hash(7, 1, "lotta");
    assert_eq!(hash(&new.open_root(&root).unwrap()), hash(&before));
}

#[test]
fn without_its_master_key_nothing_opens_and_the_error_says_which() {
    let entropy = Seeded::new(1);
    let (old, new) = (ring(OLD), ring(NEW));
    let (wrapped, _) = old.new_user_key(&entropy, 7);
    let (root, _) = old.new_root(&entropy);
    let missing = OpenError::MasterKeyMissing(old.active());
    assert_eq!(new.unwrap_user_key(&wrapped, 7).unwrap_err(), missing);
    assert_eq!(new.rewrap_user_key(&wrapped, 7, &entropy).unwrap_err(), missing);
    assert_eq!(new.open_root(&root).unwrap_err(), missing);
    assert!(missing.to_string().contains(&old.active().to_string()));
}

#[test]
fn nothing_secret_is_printed() {
    let ring = ring(OLD);
    assert_eq!(format!("{ring:?}"), format!("[{}]", ring.active()));
}
