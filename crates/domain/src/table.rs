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

/// A step of the renderer: one field under one key, or both keys of who set it. `key_end` is where in
/// [`Table::nulls`] its key ends; `end` is where the `null` after it does.
#[derive(Debug)]
struct Step {
    row: usize,
    key_end: usize,
    end: usize,
    kind: StepKind,
}

#[derive(Debug)]
enum StepKind {
    Value,
    Name,
    Feed,
    FeedName,
    /// Texts by who set it: FEED, USER, SYSTEM.
    SetBy([Box<[u8]>; 3]),
}

/// A field table made ready.
#[derive(Debug)]
pub struct Table {
    spelling: Spelling,
    fields: &'static [FieldDoc],
    tags: [u8; 256],
    steps: Vec<Step>,
    /// The object with `null` for every value: most are, and one copy does for all between two that are not.
    nulls: Vec<u8>,
    keys: Vec<KeyDoc>,
}

/// The partner's ids of what an object belongs to, as webhooks tell them.
#[derive(Debug, Clone, Copy)]
pub struct EventIds<'a> {
    /// Of the user.
    pub user: &'a str,
    /// Of the member.
    pub member: Option<&'a str>,
    /// Of the account, with objects that belong to one.
    pub account: Option<Option<&'a str>>,
}

impl EventIds<'_> {
    /// Adds them to an object that was just ended.
    pub fn append(&self, out: &mut Vec<u8>) {
        out.pop();
        if let Some(account) = self.account {
            out.extend_from_slice(b",\"account_id\":");
            json::push_opt_str(out, account);
        }
        out.extend_from_slice(b",\"member_id\":");
        json::push_opt_str(out, self.member);
        out.extend_from_slice(b",\"user_id\":");
        json::push_str(out, self.user);
        out.push(b'}');
    }
}

/// In whose words an object is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// Nexus': times as texts, codes with their names beside them.
    Nexus,
    /// Webhooks': times as epoch seconds, names in place of codes (`spec: partner, 7.1`).
    Event,
}

/// In [`Table::tags`]: no field has this tag.
const NO_ROW: u8 = u8::MAX;

impl Table {
    /// Makes a table of fields and the numbers, in the same order.
    pub fn new(fields: &'static [FieldDoc], numbers: impl Iterator<Item = u8>) -> Self {
        Self::spelled(Spelling::Nexus, fields, numbers)
    }

    /// The same for the object as webhooks tell it.
    pub fn of_events(fields: &'static [FieldDoc], numbers: impl Iterator<Item = u8>) -> Self {
        Self::spelled(Spelling::Event, fields, numbers)
    }

    fn spelled(spelling: Spelling, fields: &'static [FieldDoc], numbers: impl Iterator<Item = u8>) -> Self {
        let mut tags = [NO_ROW; 256];
        for (row, tag) in numbers.enumerate().filter(|(_, number)| *number < COLUMNS) {
            tags[usize::from(tag)] = u8::try_from(row).unwrap_or(NO_ROW);
        }
        let mut faces: Vec<_> = (0..)
            .zip(fields)
            .flat_map(|(row, field)| {
                let keys = match spelling {
                    Spelling::Nexus => field.keys(),
                    Spelling::Event => field.event_keys(),
                };
                keys.into_iter().map(move |(key, face)| (key, row, face))
            })
            .collect();
        faces.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut nulls = Vec::new();
        let steps = faces
            .iter()
            .filter_map(|(key, row, face)| step(&mut nulls, key, *row, *face, spelling))
            .collect();
        let keys = faces.into_iter().map(|(key, row, face)| fields[row].key_doc(key, face)).collect();
        Self { spelling, fields, tags, steps, nulls, keys }
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
        // Up to here `nulls` is written, or something in its place.
        let mut done = 0;
        for step in &self.steps {
            let row = step.row;
            let cell = match &step.kind {
                StepKind::Value => cells.value[row],
                StepKind::Feed => cells.feed[row],
                StepKind::Name => self.name(row, cells.value[row]),
                StepKind::FeedName => self.name(row, cells.feed[row]),
                StepKind::SetBy(texts) => {
                    if cells.value[row] != Cell::Null {
                        let by = cells.source[row].unwrap_or(Source::Feed).set_by();
                        out.extend_from_slice(&self.nulls[done..step.key_end]);
                        out.extend_from_slice(&texts[usize::from(by.code()) - 1]);
                        done = step.end;
                    }
                    continue;
                }
            };
            if cell != Cell::Null {
                out.extend_from_slice(&self.nulls[done..step.key_end]);
                match (cell, self.spelling) {
                    (Cell::Time(seconds), Spelling::Event) => json::push_int(out, seconds),
                    (cell, _) => push_cell(out, cell),
                }
                done = step.end;
            }
        }
        out.extend_from_slice(&self.nulls[done..]);
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

/// The step of a key; its text is added to `nulls`.
fn step(nulls: &mut Vec<u8>, key: &str, row: usize, face: Face, spelling: Spelling) -> Option<Step> {
    let lead = if nulls.is_empty() { '{' } else { ',' };
    let (kind, key_text, null_text) = match face {
        Face::Value => (StepKind::Value, format!("{lead}\"{key}\":"), "null".to_owned()),
        Face::Name => (StepKind::Name, format!("{lead}\"{key}\":"), "null".to_owned()),
        Face::Feed => (StepKind::Feed, format!("{lead}\"{key}\":"), "null".to_owned()),
        Face::FeedName => (StepKind::FeedName, format!("{lead}\"{key}\":"), "null".to_owned()),
        Face::SetBy if spelling == Spelling::Event => {
            let texts = [SetBy::Feed, SetBy::User, SetBy::System]
                .map(|by| format!("\"{}\"", by.name()).into_bytes().into_boxed_slice());
            (StepKind::SetBy(texts), format!("{lead}\"{key}\":"), "null".to_owned())
        }
        Face::SetBy => {
            let texts = [SetBy::Feed, SetBy::User, SetBy::System].map(|by| {
                let text = format!("{},\"{key}_name\":\"{}\"", by.code(), by.name());
                text.into_bytes().into_boxed_slice()
            });
            (StepKind::SetBy(texts), format!("{lead}\"{key}\":"), format!("null,\"{key}_name\":null"))
        }
        // Nothing sorts between `x_set_by` and `x_set_by_name`: the step of the former writes both.
        Face::SetByName => return None,
    };
    nulls.extend_from_slice(key_text.as_bytes());
    let key_end = nulls.len();
    nulls.extend_from_slice(null_text.as_bytes());
    Some(Step { row, key_end, end: nulls.len(), kind })
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
