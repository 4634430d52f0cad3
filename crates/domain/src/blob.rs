//! The sparse part of a row in one blob: a version, then entries of tag, length and payload. Only values
//! that are there are in it, and a reader skips the tags it does not know, so that older programs read
//! newer rows.
//!
//! A sourced field with tag `f` (1 to 63) has up to two entries: `f` alone is a value the feed told and
//! nobody changed; `64 + f` is who set the effective value, with that value; `128 + f` is what the feed
//! said where the two differ. Tags from 192 are fields of one face.
use crate::{
    time::Date,
    value::{Cell, FieldKind, Source, Sourced, Stored},
};

const VERSION: u8 = 1;
/// Added to the tag of a sourced field: source, and the effective value.
pub const EFFECTIVE: u8 = 64;
/// Added to the tag of a sourced field: what the feed said.
pub const FEED: u8 = 128;
/// The first tag of fields of one face.
pub const PLAIN: u8 = 192;
/// The first number of fields that are not in the blob: columns, and what is known from elsewhere.
pub const COLUMNS: u8 = 224;
/// In the byte of the source: the effective value is null, not empty.
const IS_NULL: u8 = 0x80;
const FIRST_DAY: i64 = -719_162;
const LAST_DAY: i64 = 2_932_896;

/// The stored bytes are not what the service wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored row is corrupt")]
pub struct Corrupt;

/// A blob in the making.
#[derive(Debug)]
pub struct Writer(Vec<u8>);

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// An empty blob.
    pub fn new() -> Self {
        let mut out = Vec::with_capacity(256);
        out.push(VERSION);
        Self(out)
    }

    /// Adds a value; a null one leaves no trace.
    pub fn put(&mut self, tag: u8, cell: Cell<'_>) {
        if cell != Cell::Null {
            self.entry(tag, None, cell);
        }
    }

    /// Adds a sourced field.
    pub fn sourced<T: Stored>(&mut self, tag: u8, field: &Sourced<T>) {
        let value = field.value.as_ref().map_or(Cell::Null, Stored::cell);
        let feed = field.feed.as_ref().map_or(Cell::Null, Stored::cell);
        if field.source == Source::Feed && value == feed {
            self.put(tag, value);
            return;
        }
        self.entry(tag | EFFECTIVE, Some(field.source), value);
        self.put(tag | FEED, feed);
    }

    /// Adds the faces of a sourced field whose effective value has a column of its own: nothing where it is the feed's.
    pub fn faces<T: Stored>(&mut self, tag: u8, field: &Sourced<T>) {
        if field.source != Source::Feed || field.value != field.feed {
            self.entry(tag | EFFECTIVE, Some(field.source), Cell::Null);
            self.put(tag | FEED, field.feed.as_ref().map_or(Cell::Null, Stored::cell));
        }
    }

    /// The finished blob.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    fn entry(&mut self, tag: u8, source: Option<Source>, cell: Cell<'_>) {
        let number;
        let payload: &[u8] = match cell {
            Cell::Null => &[],
            Cell::Text(text) => text.as_bytes(),
            Cell::Guid(_, bytes) => bytes,
            Cell::Money(n) | Cell::Rate(n) | Cell::Integer(n) | Cell::Time(n) => {
                number = n.to_le_bytes();
                &number[..significant(n)]
            }
            Cell::Bool(value) => &[1][..usize::from(value)],
            Cell::Date(date) => {
                number = i64::from(date.days()).to_le_bytes();
                &number[..significant(date.days().into())]
            }
        };
        self.0.push(tag);
        self.length(payload.len() + usize::from(source.is_some()));
        if let Some(source) = source {
            self.0.push(if cell == Cell::Null { source.code() | IS_NULL } else { source.code() });
        }
        self.0.extend_from_slice(payload);
    }

    fn length(&mut self, mut length: usize) {
        loop {
            let [low, ..] = length.to_le_bytes();
            length >>= 7;
            if length == 0 {
                self.0.push(low);
                return;
            }
            self.0.push(low | 0x80);
        }
    }
}

/// How many bytes a number needs, sign included; none for zero.
fn significant(number: i64) -> usize {
    if number == 0 {
        return 0;
    }
    let magnitude = if number < 0 { !number } else { number };
    (65 - magnitude.leading_zeros() as usize).div_ceil(8)
}

/// The entries of a blob, in the order written.
#[derive(Debug, Clone)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Begins to read; an empty slice is a blob without entries.
    pub fn new(data: &'a [u8]) -> Result<Self, Corrupt> {
        match data.split_first() {
            None => Ok(Self(&[])),
            Some((&VERSION, entries)) => Ok(Self(entries)),
            Some(_) => Err(Corrupt),
        }
    }

    fn entry(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, mut rest) = self.0.split_first()?;
        let mut length = 0usize;
        let mut shift = 0;
        loop {
            let (&byte, tail) = rest.split_first()?;
            rest = tail;
            length |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
            shift += 7;
            if shift > 21 {
                return None;
            }
        }
        let (payload, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, payload))
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<(u8, &'a [u8]), Corrupt>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let entry = self.entry().ok_or(Corrupt);
        if entry.is_err() {
            self.0 = &[];
        }
        Some(entry)
    }
}

/// Reads the payload of an entry `64 + f`: who set the value, and the value.
pub fn read_effective(kind: FieldKind, payload: &[u8]) -> Result<(Source, Cell<'_>), Corrupt> {
    let (&head, payload) = payload.split_first().ok_or(Corrupt)?;
    let source = Source::from_code(head & !IS_NULL).ok_or(Corrupt)?;
    let cell = if head & IS_NULL == 0 { read(kind, payload)? } else { Cell::Null };
    Ok((source, cell))
}

/// Reads a value.
pub fn read(kind: FieldKind, payload: &[u8]) -> Result<Cell<'_>, Corrupt> {
    Ok(match kind {
        FieldKind::Money => Cell::Money(read_int(payload)?),
        FieldKind::Rate => Cell::Rate(read_int(payload)?),
        FieldKind::Text => Cell::Text(std::str::from_utf8(payload).map_err(|_| Corrupt)?),
        FieldKind::Integer | FieldKind::Code => Cell::Integer(read_int(payload)?),
        FieldKind::Bool => Cell::Bool(!payload.is_empty()),
        FieldKind::Time => Cell::Time(read_int(payload)?),
        FieldKind::Date => {
            let days = Some(read_int(payload)?).filter(|days| (FIRST_DAY..=LAST_DAY).contains(days));
            let days = days.and_then(|days| i32::try_from(days).ok()).ok_or(Corrupt)?;
            Cell::Date(Date::from_days(days))
        }
        FieldKind::Guid(prefix) => Cell::Guid(prefix, payload.try_into().map_err(|_| Corrupt)?),
    })
}

fn read_int(payload: &[u8]) -> Result<i64, Corrupt> {
    let fill = if payload.last().is_some_and(|byte| *byte >= 0x80) { 0xff } else { 0 };
    let mut bytes = [fill; 8];
    bytes.get_mut(..payload.len()).ok_or(Corrupt)?.copy_from_slice(payload);
    Ok(i64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_values_take_few_bytes() {
        let mut blob = Writer::new();
        blob.put(200, Cell::Money(0));
        blob.put(201, Cell::Integer(-1));
        blob.put(202, Cell::Null);
        blob.sourced(1, &Sourced::from_feed(Some("ab".to_owned())));
        blob.sourced(2, &Sourced { value: None, source: Source::User, feed: Some(3i64) });
        blob.faces(3, &Sourced::from_feed(Some(4i64)));
        assert_eq!(blob.finish(), [1, 200, 0, 201, 1, 255, 1, 2, b'a', b'b', 66, 1, 0x82, 130, 1, 3],);
    }

    proptest! {
        #[test]
        fn every_number_and_length_reads_back(number: i64, text in "\\PC{0,300}") {
            let mut blob = Writer::new();
            blob.put(200, Cell::Rate(number));
            blob.put(201, Cell::Text(&text));
            let data = blob.finish();
            let entries: Vec<_> = Reader::new(&data).unwrap().map(Result::unwrap).collect();
            prop_assert_eq!(entries.len(), 2);
            prop_assert_eq!(read(FieldKind::Rate, entries[0].1), Ok(Cell::Rate(number)));
            prop_assert_eq!(read(FieldKind::Text, entries[1].1), Ok(Cell::Text(&text)));
        }
    }
}
