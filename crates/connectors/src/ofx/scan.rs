//! The tokenizer: tags, and the values between them. One pass, no allocation for ordinary text.
//!
//! Only what looks like markup is markup: `<` starts a tag where a name follows and `>` (after blanks or
//! attributes) ends it; any other `<` is text. Every look ahead is bounded, so that time stays linear.
use super::{
    ErrorKind, VALUE_BYTES_MAX,
    value::{push_unescaped, tidy},
};
use memchr::{memchr, memchr_iter, memmem};
use std::borrow::Cow;

/// Longest tag, declaration or processing instruction, in bytes.
const MARKUP_BYTES_MAX: usize = 1024;
/// How far an unknown element is searched for its end tag, in bytes; and how often the whole text may be,
/// above what is free for small files.
const LOOKAHEAD_BYTES_MAX: usize = 4096;
const LOOKAHEAD_FACTOR: usize = 4;
const LOOKAHEAD_BYTES_FREE: usize = 1024 * 1024;

/// A place in the text of a file.
#[derive(Debug, Clone)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Bytes that may still be searched for the end tags of unknown elements.
    lookahead_left: usize,
}

/// A tag, and the byte at which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tagged<'a> {
    pub(super) offset: usize,
    pub(super) kind: Kind,
    /// As written, without attributes.
    pub(super) name: &'a str,
}

/// Kind of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `<NAME>`
    Open,
    /// `<NAME/>`
    Empty,
    /// `</NAME>`
    Close,
}

/// What a `<` begins.
enum Markup<'a> {
    /// A tag; then the byte after it.
    Tag(Tagged<'a>, usize),
    /// Unescaped text, then the byte after it.
    Cdata(&'a str, usize),
    /// A comment, declaration or instruction; the byte after it.
    Skip(usize),
    /// Nothing: the `<` is text.
    Text,
    /// A comment or CDATA section without an end.
    Unclosed,
}

impl<'a> Scanner<'a> {
    /// Begins at the first byte.
    pub(super) fn new(text: &'a str) -> Self {
        let lookahead_left = text.len().saturating_mul(LOOKAHEAD_FACTOR).saturating_add(LOOKAHEAD_BYTES_FREE);
        Self { text, at: 0, lookahead_left }
    }

    /// The place, in bytes from the beginning.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The next tag, over all text before it; `None` at the end of the file.
    pub(super) fn next_tag(&mut self) -> Result<Option<Tagged<'a>>, ErrorKind> {
        while let Some(found) = memchr(b'<', self.rest()) {
            self.at = self.at.saturating_add(found);
            match self.markup(self.at) {
                Markup::Tag(tag, after) => {
                    self.at = after;
                    return Ok(Some(tag));
                }
                Markup::Cdata(_, after) | Markup::Skip(after) => self.at = after,
                Markup::Text => self.at = self.at.saturating_add(1),
                Markup::Unclosed => return Err(ErrorKind::Truncated),
            }
        }
        self.at = self.text.len();
        Ok(None)
    }

    /// The text up to the next tag, which must come: entities resolved, trimmed, on one line.
    pub(super) fn value(&mut self) -> Result<Cow<'a, str>, ErrorKind> {
        let start = self.at;
        let mut plain = start;
        let mut text: Option<String> = None;
        loop {
            let end =
                memchr(b'<', self.rest()).map_or(self.text.len(), |found| self.at.saturating_add(found));
            if end.saturating_sub(start) > VALUE_BYTES_MAX && !self.is_blank(start, end) {
                return Err(ErrorKind::ValueTooLong);
            }
            self.at = end;
            let (piece, after) = match self.markup(end) {
                Markup::Cdata(piece, after) => (piece, after),
                Markup::Skip(after) => ("", after),
                Markup::Text if end < self.text.len() => {
                    self.at = end.saturating_add(1);
                    continue;
                }
                Markup::Tag(..) => break,
                // The end of the file: nobody knows how the value goes on.
                Markup::Unclosed | Markup::Text => return Err(ErrorKind::Truncated),
            };
            let out = text.get_or_insert_default();
            push_unescaped(out, self.text.get(plain..end).unwrap_or_default());
            out.push_str(piece);
            self.at = after;
            plain = after;
        }
        let last = self.text.get(plain..self.at).unwrap_or_default();
        Ok(tidy(match text {
            Some(mut text) => {
                push_unescaped(&mut text, last);
                Cow::Owned(text)
            }
            None if memchr(b'&', last.as_bytes()).is_none() => Cow::Borrowed(last),
            None => {
                let mut text = String::with_capacity(last.len());
                push_unescaped(&mut text, last);
                Cow::Owned(text)
            }
        }))
    }

    /// Whether text other than blanks comes before the next tag.
    pub(super) fn has_text(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default().trim_start();
        rest.starts_with("<![CDATA[") || !rest.starts_with('<')
    }

    /// Whether an element of unknown name that was just opened holds others: it has an end tag that comes
    /// before the end tag of its parent. `<NAME></NAME>` and an empty `<NAME>` do not.
    pub(super) fn holds_elements(&mut self, name: &str, parent: &str) -> bool {
        let rest = self.rest();
        let rest =
            rest.get(..LOOKAHEAD_BYTES_MAX.min(rest.len()).min(self.lookahead_left)).unwrap_or_default();
        let (mut is_first, mut searched) = (true, rest.len());
        let mut holds = false;
        for at in memchr_iter(b'<', rest) {
            let tag = rest.get(at.saturating_add(1)..).unwrap_or_default();
            if let Some(tag) = tag.strip_prefix(b"/") {
                let is_own = is_named(tag, name);
                if is_own || is_named(tag, parent) {
                    holds = is_own && !is_first;
                    searched = at;
                    break;
                }
            }
            is_first = false;
        }
        self.lookahead_left = self.lookahead_left.saturating_sub(searched);
        holds
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn is_blank(&self, start: usize, end: usize) -> bool {
        self.text.get(start..end).is_some_and(|text| text.trim().is_empty())
    }

    fn markup(&self, at: usize) -> Markup<'a> {
        let body = self.text.get(at..).and_then(|text| text.strip_prefix('<')).unwrap_or_default();
        let inside = at.saturating_add(1);
        match body.as_bytes().first() {
            Some(b'/') => {
                let name_at = inside.saturating_add(1);
                self.tag(at, name_at, true)
            }
            Some(b'!') => declaration(body, inside),
            Some(b'?') => bounded_end(body, inside),
            Some(b) if b.is_ascii_alphabetic() => self.tag(at, inside, false),
            _ => Markup::Text,
        }
    }

    fn tag(&self, offset: usize, name_at: usize, is_close: bool) -> Markup<'a> {
        let body = self.text.get(name_at..).unwrap_or_default();
        let length = body.bytes().take(MARKUP_BYTES_MAX).take_while(|b| is_name(*b)).count();
        let (Some(name), Some(rest)) = (body.get(..length), body.get(length..)) else { return Markup::Text };
        if name.is_empty() {
            return Markup::Text;
        }
        let Some((is_empty, tail)) = tag_end(rest) else { return Markup::Text };
        let kind = match (is_close, is_empty) {
            (true, _) => Kind::Close,
            (false, true) => Kind::Empty,
            (false, false) => Kind::Open,
        };
        Markup::Tag(Tagged { offset, kind, name }, name_at.saturating_add(length).saturating_add(tail))
    }
}

fn declaration(body: &str, inside: usize) -> Markup<'_> {
    if let Some(comment) = body.strip_prefix("!--") {
        return match memmem::find(comment.as_bytes(), b"-->") {
            Some(end) => Markup::Skip(inside.saturating_add(end).saturating_add(6)),
            None => Markup::Unclosed,
        };
    }
    if let Some(data) = body.strip_prefix("![CDATA[") {
        return match memmem::find(data.as_bytes(), b"]]>") {
            Some(end) => Markup::Cdata(
                data.get(..end).unwrap_or_default(),
                inside.saturating_add(end).saturating_add(11),
            ),
            None => Markup::Unclosed,
        };
    }
    if body.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic) {
        return bounded_end(body, inside);
    }
    Markup::Text
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b':')
}

fn is_named(tag: &[u8], name: &str) -> bool {
    let (head, tail) = tag.split_at_checked(name.len()).unwrap_or_default();
    !name.is_empty()
        && head.eq_ignore_ascii_case(name.as_bytes())
        && !tail.first().is_some_and(|b| is_name(*b))
}

/// The end of `<?...>` or `<!...>`; without one nearby it is text.
fn bounded_end(body: &str, inside: usize) -> Markup<'static> {
    let body = body.as_bytes();
    match memchr(b'>', body.get(..MARKUP_BYTES_MAX.min(body.len())).unwrap_or_default()) {
        Some(end) => Markup::Skip(inside.saturating_add(end).saturating_add(1)),
        None => Markup::Text,
    }
}

/// What follows a name up to and with `>`: whether it ends in `/`, and how long it is. Blanks and attributes
/// are allowed, nothing else.
fn tag_end(rest: &str) -> Option<(bool, usize)> {
    let bytes = rest.as_bytes();
    let bytes = bytes.get(..MARKUP_BYTES_MAX.min(bytes.len()))?;
    let mut at = 0usize;
    let skip = |at: usize, fits: fn(u8) -> bool| {
        let count = bytes.get(at..).unwrap_or_default().iter().take_while(|b| fits(**b)).count();
        at.saturating_add(count)
    };
    loop {
        let after_blanks = skip(at, |b| b.is_ascii_whitespace());
        match *bytes.get(after_blanks)? {
            b'>' => return Some((false, after_blanks.checked_add(1)?)),
            b'/' if bytes.get(after_blanks.checked_add(1)?) == Some(&b'>') => {
                return Some((true, after_blanks.checked_add(2)?));
            }
            b if is_name(b) && after_blanks > at => {
                at = skip(skip(after_blanks, is_name), |b| b.is_ascii_whitespace());
                at =
                    skip((bytes.get(at)? == &b'=').then(|| at.checked_add(1))??, |b| b.is_ascii_whitespace());
                let quote = *bytes.get(at).filter(|b| matches!(b, b'"' | b'\''))?;
                let start = at.checked_add(1)?;
                let length = memchr(quote, bytes.get(start..)?)?;
                at = start.checked_add(length)?.checked_add(1)?;
            }
            _ => return None,
        }
    }
}
