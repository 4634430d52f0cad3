//! Card numbers: 13 to 19 digits, also in groups between single spaces or hyphens, that pass the Luhn test.
//! They are masked to their last four digits (`spec: house, 4`).
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// Fewest and most digits of a card number.
const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;
/// What stands in for all digits but the last four.
pub const MASK: &str = "************";
/// Bytes of the digest that keep masked ids apart.
const DIGEST_BYTES: usize = 6;

/// The text with every card number masked: `************1234`.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    replace(text, push_masked)
}

/// Masks a card number that is known, also in the middle of other digits: banks make ids of it and a date.
pub(super) fn mask_known<'a>(text: &'a str, card: &str) -> Cow<'a, str> {
    replace_known(text, card, push_masked)
}

/// As [`mask_known`], for an id.
pub(super) fn mask_known_id<'a>(id: &'a str, card: &str) -> Cow<'a, str> {
    replace_known(id, card, push_masked_id)
}

/// The digits of an account number that is a card number.
pub(super) fn card_digits(number: &str) -> Option<String> {
    let is_number = number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-'));
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    (is_number && is_card(&digits)).then_some(digits)
}

/// The id with every card number masked and followed by a digest of it, so that ids stay distinct and stable.
pub(crate) fn mask_id(id: &str) -> Cow<'_, str> {
    replace(id, push_masked_id)
}

fn push_masked(digits: &str, out: &mut String) {
    out.push_str(MASK);
    out.push_str(last_four(digits));
}

fn push_masked_id(digits: &str, out: &mut String) {
    push_masked(digits, out);
    out.push('-');
    let digest = Sha256::digest(digits.as_bytes());
    out.push_str(&hex::encode(digest.get(..DIGEST_BYTES).unwrap_or_default()));
}

fn replace_known<'a>(text: &'a str, card: &str, write: impl Fn(&str, &mut String)) -> Cow<'a, str> {
    if card.is_empty() || !text.contains(card) {
        return Cow::Borrowed(text);
    }
    let mut masked = String::new();
    write(card, &mut masked);
    Cow::Owned(text.replace(card, &masked))
}

fn last_four(digits: &str) -> &str {
    digits.get(digits.len().saturating_sub(4)..).unwrap_or_default()
}

/// A run of digits without anything between them.
#[derive(Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
    /// Whether a single space or hyphen and the next group follow.
    joined: bool,
}

fn replace(text: &str, write: impl Fn(&str, &mut String)) -> Cow<'_, str> {
    if text.bytes().filter(u8::is_ascii_digit).count() < DIGITS_MIN {
        return Cow::Borrowed(text);
    }
    let groups = groups(text.as_bytes());
    let mut out = String::new();
    let mut copied = 0usize;
    let mut rest = groups.as_slice();
    while let [first, tail @ ..] = rest {
        if let Some((count, digits)) = card_at(text, rest) {
            out.push_str(text.get(copied..first.start).unwrap_or_default());
            write(&digits, &mut out);
            copied = rest.get(count.saturating_sub(1)).map_or(first.end, |last| last.end);
            rest = rest.get(count..).unwrap_or_default();
        } else {
            rest = tail;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

fn groups(bytes: &[u8]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut start = None;
    for (at, byte) in bytes.iter().copied().chain([0]).enumerate() {
        match (byte.is_ascii_digit(), start) {
            (true, None) => {
                start = Some(at);
                if let Some(last) = groups.last_mut() {
                    let is_separator = matches!(bytes.get(last.end), Some(b' ' | b'-'));
                    last.joined = is_separator && at == last.end.saturating_add(1);
                }
            }
            (false, Some(from)) => {
                groups.push(Group { start: from, end: at, joined: false });
                start = None;
            }
            _ => {}
        }
    }
    groups
}

/// The longest card number that begins with the first group: how many groups, and its digits.
fn card_at(text: &str, groups: &[Group]) -> Option<(usize, String)> {
    let mut digits = String::new();
    let mut found = None;
    for (index, group) in groups.iter().enumerate() {
        digits.push_str(text.get(group.start..group.end)?);
        if is_card(&digits) {
            found = Some((index.saturating_add(1), digits.len()));
        }
        if !group.joined || digits.len() > DIGITS_MAX {
            break;
        }
    }
    let (count, length) = found?;
    digits.truncate(length);
    Some((count, digits))
}

/// Whether digits are a card number; a longer run counts without the zeros that fill it up.
fn is_card(digits: &str) -> bool {
    let digits = if digits.len() > DIGITS_MAX { digits.trim_start_matches('0') } else { digits };
    (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) && passes_luhn(digits)
}

fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([false, true].into_iter().cycle())
        .map(|(byte, doubled)| {
            let digit = u32::from(byte.saturating_sub(b'0'));
            match digit.saturating_mul(2) {
                _ if !doubled => digit,
                twice if twice > 9 => twice.saturating_sub(9),
                twice => twice,
            }
        })
        .fold(0, u32::saturating_add);
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn card_numbers_are_masked_wherever_they_stand() {
        for (text, masked) in [
            ("4111111111111111", "************1111"),
            ("POS 4111 1111 1111 1111 SHOP", "POS ************1111 SHOP"),
            ("VISA4111-1111-1111-1111/X", "VISA************1111/X"),
            ("REF 12 4111 1111 1111 1111", "REF 12 ************1111"),
            ("AMEX 3782 822463 10005.", "AMEX ************0005."),
            ("000000004111111111111111", "************1111"),
            ("4111111111111111 5555555555554444", "************1111 ************4444"),
            ("4111111111111112", "4111111111111112"),
            ("4111  1111  1111  1111", "4111  1111  1111  1111"),
            ("0000123456782009040100001", "0000123456782009040100001"),
            ("ü 4111111111111111 ü", "ü ************1111 ü"),
            ("no digits", "no digits"),
        ] {
            assert_eq!(mask(text), masked, "{text}");
        }
    }

    #[test]
    fn masked_ids_stay_distinct_and_stable() {
        let ids = ["4111111111111111-1", "4111111111111111-2", "4012888888881881-1"].map(mask_id);
        assert_eq!(ids[0], "************1111-9bbef1947662-1");
        assert_ne!(ids[0], ids[1]);
        assert_eq!(mask_id("2011-1234"), "2011-1234");
    }

    proptest! {
        #[test]
        fn nothing_maskable_is_left(text in "[0-9 -]{0,60}|\\PC{0,40}") {
            let once = mask(&text).into_owned();
            prop_assert_eq!(mask(&once), once.as_str());
        }
    }
}
