//! Title case of words, stable: the title case of a title is itself.

/// Words that stay small within a title.
const SMALL: &[&str] =
    &["a", "and", "at", "by", "de", "del", "des", "di", "du", "for", "in", "la", "of", "on", "the", "to"];
/// Words that stay large.
const LARGE: &[&str] = &[
    "ach", "atm", "bbq", "dba", "dmv", "eft", "etf", "hoa", "iga", "ii", "iii", "ira", "irs", "llc", "llp",
    "lp", "ok", "pos", "tv", "uk", "us", "usa", "usps", "ymca",
];
/// Words without a vowel that are no abbreviations by their letters.
const PLAIN: &[&str] = &[
    "blvd", "bldg", "by", "cntr", "crk", "ct", "ctr", "dr", "dry", "fly", "fry", "ft", "grnd", "gym", "gyms",
    "hwy", "jr", "ln", "lynn", "mkt", "mktp", "mgmt", "mr", "mrs", "ms", "mt", "mtg", "mtn", "my", "pkwy",
    "pl", "pmt", "pymt", "rd", "sky", "spy", "sq", "sr", "st", "svc", "svcs", "try", "why", "ltd", "pvt",
    "mr", "str", "brgr", "mrkt", "nw", "sw",
];
/// Longest word without a vowel that is an abbreviation.
const ABBREVIATION_MAX: usize = 4;

/// The words in title case, between single spaces. A text that has both cases keeps its own.
pub(super) fn title(words: &[&str]) -> String {
    let has = |is: fn(char) -> bool| words.iter().any(|word| word.contains(is));
    let is_mixed = has(char::is_lowercase) && has(char::is_uppercase);
    let mut out = String::with_capacity(words.iter().map(|word| word.len().saturating_add(1)).sum());
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let lower = word.to_ascii_lowercase();
        if at > 0 && SMALL.contains(&lower.as_str()) {
            out.push_str(&lower);
        } else if is_mixed && word.contains(char::is_uppercase) {
            out.push_str(word);
        } else if is_large(&lower) {
            out.push_str(&word.to_uppercase());
        } else {
            push_capitalized(&mut out, word);
        }
    }
    out
}

fn is_large(lower: &str) -> bool {
    let letters = lower.bytes().filter(u8::is_ascii_alphabetic).count();
    let has_vowel = lower.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    LARGE.contains(&lower)
        || lower.is_ascii()
            && !has_vowel
            && (2..=ABBREVIATION_MAX).contains(&letters)
            && !PLAIN.contains(&lower)
}

/// Each part of a word with its first letter large: `Chick-Fil-A`, `O'Reilly`, but `Joe's`.
fn push_capitalized(out: &mut String, word: &str) {
    let mut is_first = true;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        if is_first && c.is_alphabetic() {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        is_first = match c {
            '\'' | '\u{2019}' => chars.clone().skip(1).any(char::is_alphabetic),
            c => !c.is_alphanumeric(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles() {
        let cases = [
            ("JOE'S CRAB SHACK", "Joe's Crab Shack"),
            ("the bank of america", "The Bank of America"),
            ("O'REILLY-SMITH LLC", "O'Reilly-Smith LLC"),
            ("KFC BP HSBC", "KFC BP HSBC"),
            ("DR SMITH DDS", "Dr Smith DDS"),
            ("Guggenheim Defensive Equity ETF", "Guggenheim Defensive Equity ETF"),
            ("Wal-mart food storage", "Wal-mart Food Storage"),
            ("\u{c9}COLE DE PARIS", "\u{c9}cole de Paris"),
        ];
        for (text, expected) in cases {
            let words: Vec<&str> = text.split(' ').collect();
            assert_eq!(title(&words), expected);
        }
    }
}
