//! Text as names are looked up in it: N(s) in words, each with one space before it and behind it.
use domain::text::normalized;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Digits that follow letters in one go from which on they are a number of their own: `SHELL57444`.
const NUMBER_DIGITS_MIN: usize = 4;

/// Appends the words of a text, each after a space: N(text), then accents and apostrophes dropped, `&` and `+` spelt,
/// everything else that is no letter or digit a space. `build.py` folds patterns the same way.
pub(crate) fn push(out: &mut String, text: &str) {
    if text.is_ascii() {
        push_chars(out, text.bytes().map(|b| char::from(b.to_ascii_lowercase())), text.len());
    } else {
        let plain = normalized(text);
        push_chars(out, plain.nfkd().filter(|c| !is_combining_mark(*c)), plain.len());
    }
}

/// The words of a text with a space before and behind each; a single space of none.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    push(&mut out, text);
    out.push(' ');
    out
}

fn push_chars(out: &mut String, chars: impl Iterator<Item = char>, len: usize) {
    out.reserve(len.saturating_add(2));
    let mut in_word = false;
    // Digits at the end of the word so far, and where they begin if letters stand before them.
    let (mut digits, mut split) = (0usize, None);
    for c in chars {
        match c {
            '\'' | '\u{2019}' | '`' | '\u{b4}' => continue,
            '&' | '+' => {
                out.push_str(if c == '&' { " and" } else { " plus" });
                (in_word, digits, split) = (false, 0, None);
                continue;
            }
            _ if !c.is_alphanumeric() => {
                (in_word, digits, split) = (false, 0, None);
                continue;
            }
            _ => {}
        }
        if !in_word {
            out.push(' ');
            in_word = true;
        }
        if c.is_ascii_digit() {
            if digits == 0 && out.ends_with(char::is_alphabetic) {
                split = Some(out.len());
            }
            digits = digits.saturating_add(1);
        } else {
            (digits, split) = (0, None);
        }
        out.push(c);
        if digits == NUMBER_DIGITS_MIN
            && let Some(at) = split.take()
        {
            out.insert(at, ' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_between_single_spaces() {
        let cases = [
            ("MCDONALD'S F1234", " mcdonalds f 1234 "),
            ("AMZN MKTP US*2K4AB", " amzn mktp us 2k4ab "),
            ("Barnes&Noble", " barnes and noble "),
            ("Disney+ | H\u{e9}rm\u{c8}s", " disney plus hermes "),
            ("SHELL57444 7-ELEVEN 4ever21", " shell 57444 7 eleven 4ever21 "),
            ("12345678ABC", " 12345678abc "),
            (" *#/ ", " "),
            ("", " "),
            ("\u{ff21}\u{ff22}\u{ff23} stra\u{df}e", " abc strasse "),
        ];
        for (text, words) in cases {
            assert_eq!(folded(text), words, "{text:?}");
        }
    }
}
