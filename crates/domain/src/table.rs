//! The field table of a resource, and what is derived from it: the renderer of its JSON, the list of its
//! keys for the OpenAPI document, and the rules for bodies that set its fields.
mod doc;
mod keys;
mod rows;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use doc::enumeration;
pub use doc::{Enumeration, Faces, FieldDoc, Names, Rule, Settable, field};
use keys::Face;
pub use keys::{JsonType, KeyDoc};
pub(crate) use rows::rows;

use crate::{
    blob::{self, COLUMNS, Corrupt, EFFECTIVE, FEED, PLAIN},
    enums::SetBy,
    json,
    time::Timestamp,
    value::{Cell, Source},
};

/// A step of the renderer: constant text, then a value. The text ends in the `null` of a value that is not there:
/// most are not, and then one copy does.
#[derive(Debug)]
enum Step {
    Value(usize, Box<[u8]>),
    Name(usize, Box<[u8]>),
    Feed(usize, Box<[u8]>),
    FeedName(usize, Box<[u8]>),
    /// Both keys of who set it: nobody, FEED, USER, SYSTEM.
    SetBy(usize, [Box<[u8]>; 4]),
}

/// A field table made ready.
#[derive(Debug)]
pub struct Table {
    fields: &'static [FieldDoc],
    tags: [u8; 256],
    steps: Vec<Step>,
    keys: Vec<KeyDoc>,
}

/// In [`Table::tags`]: no field has this tag.
const NO_ROW: u8 = u8::MAX;

impl Table {
    /// Makes a table of fields and the numbers, in the same order.
    pub fn new(fields: &'static [FieldDoc], numbers: impl Iterator<Item = u8>) -> Self {
        let mut tags = [NO_ROW; 256];
        for (row, tag) in numbers.enumerate().filter(|(_, number)| *number < COLUMNS) {
            tags[usize::from(tag)] = u8::try_from(row).unwrap_or(NO_ROW);
        }
        let mut faces: Vec<_> = (0..)
            .zip(fields)
            .flat_map(|(row, field)| field.keys().into_iter().map(move |(key, face)| (key, row, face)))
            .collect();
        faces.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let steps = faces
            .iter()
            .enumerate()
            .filter_map(|(at, (key, row, face))| step(at == 0, key, *row, *face))
            .collect();
        let keys = faces.into_iter().map(|(key, row, face)| fields[row].key_doc(key, face)).collect();
        Self { fields, tags, steps, keys }
    }

    /// Every key of the rendered object, in order.
    pub fn keys(&self) -> &[KeyDoc] {
        &self.keys
    }

    /// Spreads a stored blob over the empty cells of the rows: in place, for they are kilobytes.
    pub fn read<'a, const N: usize>(&self, data: &'a [u8], cells: &mut Cells<'a, N>) -> Result<(), Corrupt> {
        for entry in blob::Reader::new(data)? {
            let (tag, payload) = entry?;
            let base = if tag < PLAIN { tag & (EFFECTIVE - 1) } else { tag };
            let row = usize::from(self.tags[usize::from(base)]);
            let Some(field) = self.fields.get(row).filter(|_| row < N) else { continue };
            if (EFFECTIVE..FEED).contains(&tag) {
                let (source, cell) = blob::read_effective(field.kind, payload)?;
                cells.value[row] = cell;
                cells.source[row] = Some(source);
            } else {
                let cell = blob::read(field.kind, payload)?;
                if !(FEED..PLAIN).contains(&tag) {
                    cells.value[row] = cell;
                }
                if tag < PLAIN {
                    cells.feed[row] = cell;
                }
            }
        }
        Ok(())
    }

    /// Appends the object.
    pub fn render<const N: usize>(&self, out: &mut Vec<u8>, cells: &Cells<'_, N>) {
        for step in &self.steps {
            match step {
                Step::Value(row, text) => push_field(out, text, cells.value[*row]),
                Step::Feed(row, text) => push_field(out, text, cells.feed[*row]),
                Step::SetBy(row, texts) => {
                    let source = cells.source[*row].unwrap_or(Source::Feed);
                    let by = if cells.value[*row] == Cell::Null { 0 } else { source.set_by().code() };
                    out.extend_from_slice(&texts[usize::from(by)]);
                }
                Step::Name(row, text) => push_field(out, text, self.name(*row, cells.value[*row])),
                Step::FeedName(row, text) => push_field(out, text, self.name(*row, cells.feed[*row])),
            }
        }
        out.push(b'}');
    }

    fn name(&self, row: usize, cell: Cell<'_>) -> Cell<'static> {
        match (cell, self.fields[row].enumeration) {
            (Cell::Integer(code), Some(enumeration)) => {
                (enumeration.name_of)(code).map_or(Cell::Null, Cell::Text)
            }
            _ => Cell::Null,
        }
    }
}

fn step(first: bool, key: &str, row: usize, face: Face) -> Option<Step> {
    let lead = if first { '{' } else { ',' };
    let text = format!("{lead}\"{key}\":{NULL}").into_bytes().into_boxed_slice();
    Some(match face {
        Face::Value => Step::Value(row, text),
        Face::Name => Step::Name(row, text),
        Face::Feed => Step::Feed(row, text),
        Face::FeedName => Step::FeedName(row, text),
        Face::SetBy => Step::SetBy(
            row,
            [0, 1, 2, 3].map(|code| {
                let text = match SetBy::from_code(code) {
                    Some(by) => format!("{lead}\"{key}\":{code},\"{key}_name\":\"{}\"", by.name()),
                    None => format!("{lead}\"{key}\":null,\"{key}_name\":null"),
                };
                text.into_bytes().into_boxed_slice()
            }),
        ),
        // Nothing sorts between `x_set_by` and `x_set_by_name`: the step of the former writes both.
        Face::SetByName => return None,
    })
}

const NULL: &str = "null";

fn push_field(out: &mut Vec<u8>, text: &[u8], cell: Cell<'_>) {
    if cell == Cell::Null {
        out.extend_from_slice(text);
    } else {
        out.extend_from_slice(&text[..text.len() - NULL.len()]);
        push_cell(out, cell);
    }
}

fn push_cell(out: &mut Vec<u8>, cell: Cell<'_>) {
    match cell {
        Cell::Null => json::push_null(out),
        Cell::Money(units) => crate::decimal::Money::from_units(units).write_to(out),
        Cell::Rate(units) => crate::decimal::Rate::from_units(units).write_to(out),
        Cell::Text(text) => json::push_str(out, text),
        Cell::Integer(number) => json::push_int(out, number),
        Cell::Bool(value) => json::push_bool(out, value),
        Cell::Time(seconds) => json::push_plus(out, Some(Timestamp::from_seconds(seconds))),
        Cell::Date(date) => json::push_date(out, Some(date)),
        Cell::Guid(prefix, bytes) => json::push_guid(out, prefix, bytes),
    }
}

/// The values of the fields of one object, by the rows of its table.
#[derive(Debug, Clone)]
pub struct Cells<'a, const N: usize> {
    /// Effective values.
    pub value: [Cell<'a>; N],
    /// What the feed said.
    pub feed: [Cell<'a>; N],
    /// Who set the effective value; `None` where the feed did and nothing else is stored.
    pub source: [Option<Source>; N],
}

impl<const N: usize> Default for Cells<'_, N> {
    fn default() -> Self {
        Self { value: [Cell::Null; N], feed: [Cell::Null; N], source: [None; N] }
    }
}

impl<'a, const N: usize> Cells<'a, N> {
    /// Puts the effective value from its own column; the feed said the same unless the blob knows better.
    pub fn column(&mut self, row: usize, cell: Cell<'a>) {
        self.value[row] = cell;
        if self.source[row].is_none() {
            self.feed[row] = cell;
        }
    }
}
