//! The feed's text without what only machines read (`spec: nexus-pfm, CL-4`): terminal prefixes, card fragments, numbers
//! of four and more digits, dates, trailing codes of places; in title case.
mod number;
mod title;

use crate::{
    place::{self, Code},
    tables::tables,
};
use number::Junk;

/// Rounds of cleansing: each takes words away or is the last, so that this is never reached by texts that are read.
const ROUNDS_MAX: usize = 64;

/// Words that belong to the number behind them.
const BEFORE_NUMBERS: &[&str] = &[
    "account",
    "acct",
    "auth",
    "card",
    "conf",
    "crd",
    "ending",
    "id",
    "no",
    "nbr",
    "num",
    "number",
    "ref",
    "reference",
    "seq",
    "store",
    "term",
    "terminal",
    "trace",
    "txn",
];
/// Words that belong to the date behind them.
const BEFORE_DATES: &[&str] = &["on", "dated", "date"];

/// The cleansed text; `None` if nothing is left. Cleansing it again changes nothing.
pub(crate) fn cleansed(text: &str) -> Option<String> {
    let mut text = once(text);
    for _ in 0..ROUNDS_MAX {
        let next = once(&text);
        if next == text {
            break;
        }
        text = next;
    }
    (!text.is_empty()).then_some(text)
}

fn once(text: &str) -> String {
    let rest = text.get(head_len(text)..).unwrap_or(text);
    let words: Vec<&str> =
        rest.split(|c: char| c.is_whitespace() || matches!(c, '*' | '|' | ';')).filter_map(trimmed).collect();
    let (mut words, mut mark) = without_numbers(&words);
    while let Some(left) = without_place(&words, mark) {
        words.truncate(left);
        mark = mark.filter(|mark| *mark < left);
    }
    title::title(&words)
}

/// A word without the punctuation around it; `None` of punctuation alone.
fn trimmed(word: &str) -> Option<&str> {
    if matches!(word, "&" | "+") {
        return Some(word);
    }
    let is_edge = |c: char| !c.is_alphanumeric();
    let word = word.trim_start_matches(is_edge);
    // `Disney+` and `Yum!` keep what is theirs.
    let word = word.trim_end_matches(|c: char| is_edge(c) && !matches!(c, '+' | '!'));
    (!word.is_empty()).then_some(word)
}

/// What is left without numbers, and how many words stand before the last number that was taken away.
fn without_numbers<'a>(words: &[&'a str]) -> (Vec<&'a str>, Option<usize>) {
    let mut left: Vec<&str> = Vec::with_capacity(words.len());
    let mut mark = None;
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        let junk = number::junk(word, after.first().copied());
        rest = after;
        let before = match junk {
            None => {
                left.push(word);
                continue;
            }
            Some(Junk::Letters(letters)) => {
                left.push(letters);
                mark = Some(left.len());
                continue;
            }
            Some(Junk::Number) => BEFORE_NUMBERS,
            Some(Junk::Date) => BEFORE_DATES,
            Some(Junk::DateOfTwo) => {
                rest = after.get(1..).unwrap_or_default();
                BEFORE_DATES
            }
        };
        while left.last().is_some_and(|word| before.contains(&word.to_ascii_lowercase().as_str())) {
            left.pop();
        }
        mark = Some(left.len());
    }
    // A number at the end says nothing of what stands before it.
    (left, mark)
}

/// How many words are left without the place at the end; `None`: there is none.
fn without_place(words: &[&str], mark: Option<usize>) -> Option<usize> {
    let (last, before) = words.split_last()?;
    if before.is_empty() {
        return None;
    }
    let code = place::code(last)?;
    // What stands between a store's number and the code of a region is a town.
    let town = match mark {
        Some(mark) if mark > 0 && mark <= before.len() && before.len().saturating_sub(mark) <= 3 => {
            before.len().saturating_sub(mark)
        }
        _ => place::town_words(before),
    };
    let is_certain = code == Code::Place || town > 0 || mark == Some(before.len()) && mark != Some(0);
    // The town may be all there is: then it is the name.
    let left = before.len().saturating_sub(town);
    is_certain.then_some(if left == 0 { before.len() } else { left })
}

/// Where the merchant's name begins: after prefixes of terminals and processors, and dates and numbers behind them.
pub(crate) fn head_len(text: &str) -> usize {
    let mut at = 0;
    while let Some(len) = text.get(at..).and_then(prefix_len) {
        at = at.saturating_add(len);
    }
    // Of a text of prefixes alone nothing is taken.
    let is_word = |rest: &str| rest.contains(char::is_alphabetic);
    if text.get(at..).is_some_and(is_word) { at } else { 0 }
}

/// Length of one prefix, or of one number or date, with the punctuation behind it.
fn prefix_len(text: &str) -> Option<usize> {
    let rest = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let begin = text.len().saturating_sub(rest.len());
    let word = rest.split(char::is_whitespace).next()?;
    if word.is_empty() {
        return None;
    }
    let len = if matches!(number::junk(trimmed(word)?, None), Some(Junk::Number | Junk::Date)) {
        word.len()
    } else {
        phrase_len(rest)?
    };
    Some(begin.saturating_add(len))
}

/// Length of the longest prefix of the table that a text begins with.
fn phrase_len(text: &str) -> Option<usize> {
    let first = alphanumeric(text);
    let mut lower = [0u8; 24];
    let key = lower.get_mut(..first.len())?;
    key.copy_from_slice(first.as_bytes());
    key.make_ascii_lowercase();
    let phrases = tables().heads.by_word.get(std::str::from_utf8(key).ok()?)?;
    phrases.iter().find_map(|(words, has_asterisk)| {
        let mut at = first.len();
        for word in words {
            let rest = text.get(at..)?;
            let next = rest.trim_start();
            let found = alphanumeric(next);
            if next.len() == rest.len() || !found.eq_ignore_ascii_case(word) {
                return None;
            }
            at = text.len().saturating_sub(next.len()).saturating_add(found.len());
        }
        let rest = text.get(at..)?;
        let behind = rest.trim_start();
        let fits = if *has_asterisk {
            behind.starts_with('*')
        } else {
            // The end of a word, not the first half of one that is joined: POS-TEL, VISA.COM.
            rest.is_empty()
                || rest.starts_with(|c: char| {
                    c.is_whitespace() || matches!(c, '*' | ':' | ';' | ',' | '/' | '|')
                })
        };
        fits.then_some(at)
    })
}

fn alphanumeric(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests;
