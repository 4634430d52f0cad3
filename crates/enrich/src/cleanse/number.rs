//! Numbers, dates and fragments of cards in words.

/// What of a word is not to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Junk<'a> {
    /// All of it: a number, a reference, a fragment of a card.
    Number,
    /// All of it: a date.
    Date,
    /// All of it and the next word: a date.
    DateOfTwo,
    /// All but these letters at its beginning.
    Letters(&'a str),
}

/// From so many digits on a number is none to be read (`spec: nexus-pfm, CL-4`).
const DIGITS_MIN: usize = 4;
/// Letters before a long number that are a word, not part of a reference.
const LETTERS_MIN: usize = 3;
/// A mix of letters and digits of this length, with so many digits and changes, is a reference.
const REFERENCE: (usize, usize, usize) = (6, 3, 3);
const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// What a word is, given the word behind it.
pub(super) fn junk<'a>(word: &'a str, next: Option<&str>) -> Option<Junk<'a>> {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        return is_masked(word).then_some(Junk::Number);
    }
    if is_date(word) {
        return Some(Junk::Date);
    }
    if day(word) && next.is_some_and(|next| month(next.get(..3).unwrap_or_default()) && next.len() == 3) {
        return Some(Junk::DateOfTwo);
    }
    let has_letters = word.contains(char::is_alphabetic);
    if !has_letters {
        return (digits >= DIGITS_MIN).then_some(Junk::Number);
    }
    if is_masked(word) || is_reference(word, digits) {
        return Some(Junk::Number);
    }
    let at = long_number(word)?;
    let letters = word.get(..at).unwrap_or_default().trim_end_matches(|c: char| !c.is_alphanumeric());
    let is_word = letters.chars().filter(|c| c.is_alphabetic()).count() >= LETTERS_MIN && letters.is_ascii();
    Some(if is_word && !letters.contains(|c: char| c.is_ascii_digit()) {
        Junk::Letters(letters)
    } else {
        Junk::Number
    })
}

/// Where the first run of digits begins that is too long.
fn long_number(word: &str) -> Option<usize> {
    let mut run = 0usize;
    for (at, byte) in word.bytes().enumerate() {
        run = if byte.is_ascii_digit() { run.saturating_add(1) } else { 0 };
        if run == DIGITS_MIN {
            return Some(at.saturating_add(1).saturating_sub(DIGITS_MIN));
        }
    }
    None
}

/// `XXXX1234`, `XXXXXXXXXX`, `xx-1234`.
fn is_masked(word: &str) -> bool {
    let masks = word.bytes().filter(|b| matches!(b, b'x' | b'X')).count();
    let others = word
        .chars()
        .filter(|c| c.is_alphanumeric() && !matches!(c, 'x' | 'X') && !c.is_ascii_digit())
        .count();
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    others == 0 && (masks >= 4 || masks >= 2 && digits >= 2)
}

fn is_reference(word: &str, digits: usize) -> bool {
    let (len, digits_min, changes_min) = REFERENCE;
    if word.len() < len || digits < digits_min || !word.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let kinds = || word.bytes().map(|b| b.is_ascii_digit());
    kinds().zip(kinds().skip(1)).filter(|(a, b)| a != b).count() >= changes_min
}

fn day(text: &str) -> bool {
    text.len() <= 2 && text.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day))
}

fn month(text: &str) -> bool {
    MONTHS.iter().any(|month| text.eq_ignore_ascii_case(month))
}

fn year(text: &str) -> bool {
    matches!(text.len(), 2 | 4) && text.bytes().all(|b| b.is_ascii_digit())
}

/// `03/04`, `3/4/2024`, `2024-03-04`, `03.04.24`, `04MAR`, `MAR04`, `04MAR24`. Not `24/7`.
fn is_date(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['/', '-', '.']).collect();
    let is_pair = |a: &str, b: &str| {
        let (Ok(a), Ok(b)) = (a.parse::<u8>(), b.parse::<u8>()) else { return false };
        a.min(b) >= 1 && a.min(b) <= 12 && a.max(b) <= 31
    };
    match parts.as_slice() {
        [a, b] => word.contains('/') && word != "24/7" && day(a) && day(b) && is_pair(a, b),
        [a, b, c] if a.len() == 4 => year(a) && day(b) && day(c) && is_pair(b, c),
        [a, b, c] => day(a) && year(c) && (month(b) || day(b) && is_pair(a, b)),
        [one] => {
            let split = |at: usize| one.split_at_checked(at);
            let day_first = |(a, b): (&str, &str)| {
                day(a) && b.split_at_checked(3).is_some_and(|(m, y)| month(m) && (y.is_empty() || year(y)))
            };
            split(2).is_some_and(day_first)
                || split(1).is_some_and(day_first)
                || split(3).is_some_and(|(m, d)| month(m) && day(d))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_four_digits_references_and_fragments_of_cards_are_not_read() {
        for word in [
            "1234",
            "800-782-7282",
            "F1234",
            "T-1234",
            "12:34",
            "XXXX1234",
            "xx12",
            "XXXXXXXX",
            "1A2B3C4D",
            "S58406",
        ] {
            assert_eq!(junk(word, None), Some(Junk::Number), "{word}");
        }
        for word in ["123", "7-ELEVEN", "66", "24/7", "4EVER21", "FOREVER21", "EXXON", "XX", "3M", "24"] {
            assert_eq!(junk(word, None), None, "{word}");
        }
        assert_eq!(junk("SHELL57444", None), Some(Junk::Letters("SHELL")));
    }

    #[test]
    fn dates_are_not_read() {
        for word in [
            "03/04",
            "3/4/24",
            "31/12/2024",
            "2024-03-04",
            "03.04.24",
            "04MAR",
            "4MAR24",
            "MAR04",
            "04-MAR-2024",
        ] {
            assert_eq!(junk(word, None), Some(Junk::Date), "{word}");
        }
        assert_eq!(junk("04", Some("Mar")), Some(Junk::DateOfTwo));
        for word in ["7-11", "9.99", "0/1"] {
            assert_eq!(junk(word, None), None, "{word}");
        }
    }
}
