//! Codes of places, as descriptions end with them.
use crate::tables::tables;

/// States, provinces and countries whose code is no word.
const CODES: &[&str] = &[
    // United States
    "ak", "az", "ca", "dc", "fl", "ga", "ia", "il", "ks", "ky", "mn", "ms", "mt", "nc", "nd", "ne", "nh",
    "nj", "nm", "nv", "ny", "oh", "pr", "ri", "sc", "sd", "tn", "tx", "ut", "va", "vt", "wa", "wi", "wv",
    "wy", // Canada
    "ab", "bc", "mb", "nb", "nl", "ns", "nt", "nu", "pe", "qc", "sk", "yt", // countries
    "us", "usa", "can", "gb", "gbr", "uk", "mex", "mx", "irl", "fra", "deu", "ita", "esp", "prt", "nld",
    "bel", "che", "aut", "swe", "nor", "dnk", "grc", "tur", "aus", "nzl", "jpn", "chn", "hkg", "sgp", "bra",
    "lux",
];

/// States and provinces whose code is a word or an abbreviation too: a town or a number must stand before them.
const WORDS: &[&str] = &[
    "al", "ar", "co", "ct", "de", "hi", "id", "in", "la", "ma", "md", "me", "mi", "mo", "ok", "on", "or",
    "pa",
];

/// Most words of a town's name.
const TOWN_WORDS_MAX: usize = 3;

/// What a word is at the end of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// A place.
    Place,
    /// A place, if a town stands before it.
    Perhaps,
}

/// Whether a word is the code of a place.
pub(crate) fn code(word: &str) -> Option<Code> {
    let lower = word.to_ascii_lowercase();
    let is_in = |list: &[&str]| list.contains(&lower.as_str());
    if is_in(CODES) { Some(Code::Place) } else { is_in(WORDS).then_some(Code::Perhaps) }
}

/// How many words at the end are the name of a town we know; the longest name counts.
pub(crate) fn town_words(words: &[&str]) -> usize {
    let most = words.len().min(TOWN_WORDS_MAX);
    let is_town = |count: &usize| {
        let name =
            words.get(words.len().saturating_sub(*count)..).unwrap_or_default().join(" ").to_lowercase();
        tables().cities.contains(name.as_str())
    };
    (1..=most).rev().find(is_town).unwrap_or(0)
}

/// Whether what follows a name is nothing, a number, or a place: no further word of the name. Folded.
pub(crate) fn is_none_or_place(after: &str) -> bool {
    let Some(next) = after.split(' ').next().filter(|word| !word.is_empty()) else { return true };
    if next.contains(|c: char| c.is_ascii_digit()) {
        return true;
    }
    let words: Vec<&str> = after.split(' ').collect();
    let Some((last, before)) = words.split_last() else { return true };
    code(last).is_some() && town_words(before) == before.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_name_may_be_nothing_a_number_or_a_place() {
        for after in ["", "0412 lehi ut", "t1234", "ut", "salt lake city ut", "lehi ut", "toronto on", "us"] {
            assert!(is_none_or_place(after), "{after}");
        }
        for after in ["lake", "lake marina wi", "station", "mine", "of salt lake city ut"] {
            assert!(!is_none_or_place(after), "{after}");
        }
    }

    #[test]
    fn the_longest_town_counts() {
        assert_eq!(town_words(&["JOES", "SALT", "LAKE", "CITY"]), 3);
        assert_eq!(town_words(&["JOES", "Lehi"]), 1);
        assert_eq!(town_words(&["JOES"]), 0);
        assert_eq!(town_words(&[]), 0);
    }
}
