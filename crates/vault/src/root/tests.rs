use super::*;
use crate::hash::same;

fn root(seed: u8) -> Root {
    Root::new(Zeroizing::new([seed; 32]))
}

#[test]
fn a_login_is_compared_trimmed_and_exact() {
    let keyed = root(1).keyed();
    let login = keyed.login_hash(7, 3, "lotta");
    assert_eq!(keyed.login_hash(7, 3, " lotta\t"), login);
    for other in [
        keyed.login_hash(7, 3, "Lotta"),
        keyed.login_hash(8, 3, "lotta"),
        keyed.login_hash(7, 4, "lotta"),
        root(2).keyed().login_hash(7, 3, "lotta"),
    ] {
        assert!(!same(&other, &login));
    }
}

#[test]
fn parts_and_domains_are_kept_apart() {
    let keyed = root(1).keyed();
    let hash = keyed.keyed_hash("a", &[b"bc", b"d"]);
    for other in [
        keyed.keyed_hash("a", &[b"b", b"cd"]),
        keyed.keyed_hash("a", &[b"bcd"]),
        keyed.keyed_hash("ab", &[b"c", b"d"]),
        keyed.keyed_hash("a", &[b"bc", b"d", b""]),
        keyed.keyed_hash("a", &[b"", b"bc", b"d"]),
    ] {
        assert_ne!(other, hash);
    }
}

#[test]
fn each_purpose_has_its_own_key() {
    let root = root(1);
    let audit = root.audit_seal().link(&[0; 32], b"rows");
    assert_ne!(audit, root.keyed().keyed_hash("audit batch", &[&[0; 32], b"rows"]));
    assert_ne!(audit, root.audit_seal().link(&[1; 32], b"rows"));
    assert_eq!(audit, root.audit_seal().link(&[0; 32], b"rows"));
}

#[test]
fn stored_hashes_stay_what_they_are() {
    // The store keeps these: a change of the derivation would orphan every one of them. Computed by
    // another implementation of RFC 5869 (salt `tributary`, 64 bytes) and RFC 2104.
    assert_eq!(hex::encode(root(1).keyed().login_hash(7, 3, "lotta")), STABLE_LOGIN);
    assert_eq!(hex::encode(root(1).audit_seal().link(&[0; 32], b"rows")), STABLE_SEAL);
}

const STABLE_LOGIN: &str = "ab030ff8d8846f39eebf4f7a2d669dc7e82cd72899f086d632bab885841a0ba9";
const STABLE_SEAL: &str = "005cf60fc4fcda8929431a836d19ab96b4f83985fa0091a806c07991c9bb869c";

#[test]
fn nothing_secret_is_printed() {
    let root = root(1);
    assert_eq!(format!("{root:?}"), "Root([secret])");
    assert_eq!(format!("{:?}", root.keyed()), "Keyed([secret])");
    assert_eq!(format!("{:?}", root.audit_seal()), "AuditSeal([secret])");
}
