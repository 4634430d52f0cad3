//! Text as it is compared: N(s) of `spec: nexus-pfm, 16`.
use unicode_normalization::UnicodeNormalization;

/// N(s): Unicode NFKC, case-folded, runs of white space to one space, trimmed.
pub fn normalized(text: &str) -> String {
    if text.is_ascii() {
        return fold_spaces(text.bytes().map(|b| char::from(b.to_ascii_lowercase())));
    }
    // Lower-casing an upper-cased text folds the cases that lower-casing alone leaves apart (ß, final sigma).
    let upper: String = text.nfkc().flat_map(char::to_uppercase).collect();
    let lower: String = upper.chars().flat_map(char::to_lowercase).collect();
    fold_spaces(lower.nfkc())
}

/// First and last name of a whole one: the last word is the last name, or what stands before a comma. Of a single
/// word nothing says which it is: it is the first name.
pub fn split_name(name: &str) -> (Option<String>, Option<String>) {
    let name = name.trim();
    let (first, last) = match name.split_once(',').or_else(|| name.rsplit_once(char::is_whitespace)) {
        Some((last, first)) if name.contains(',') => (first, last),
        Some(parts) => parts,
        None => (name, ""),
    };
    let kept = |part: &str| Some(part.trim().to_owned()).filter(|part| !part.is_empty());
    (kept(first), kept(last))
}

fn fold_spaces(chars: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    let mut gap = false;
    for c in chars {
        if c.is_whitespace() {
            gap = !out.is_empty();
        } else {
            if gap {
                out.push(' ');
                gap = false;
            }
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_equal() {
        assert_eq!(normalized("  Joe's \t Café  "), "joe's café");
        assert_eq!(normalized("ＡＢＣ　straße"), normalized("abc STRASSE"));
        assert_eq!(normalized(&normalized("ΟΔΟΣ  x")), normalized("ΟΔΟΣ x"));
    }

    #[test]
    fn names_are_split() {
        for (name, first, last) in [
            ("John Smith", Some("John"), Some("Smith")),
            (" Mary Ann  Smith ", Some("Mary Ann"), Some("Smith")),
            ("Smith, John", Some("John"), Some("Smith")),
            ("Smith,", None, Some("Smith")),
            ("Cher", Some("Cher"), None),
            ("", None, None),
            (" , ", None, None),
        ] {
            let split = split_name(name);
            assert_eq!((split.0.as_deref(), split.1.as_deref()), (first, last), "{name:?}");
        }
    }
}
