//! A list of institutions as a file: CSV with the columns of `institutions.csv` and some more, or a JSON array with
//! the same keys. Strict: what is not understood is refused, with its line and what to do.
use crate::catalogue::{CountryCode, is_of_sandbox};
use domain::{
    enums::FieldType,
    guid::{CredentialGuid, InstitutionGuid},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use std::collections::HashMap;

/// Institutions of one list.
const ENTRIES_MAX: usize = 100_000;
/// Problems that are told before the rest is only counted.
const PROBLEMS_MAX: usize = 20;
const CODE_CHARS_MAX: usize = 128;
const NAME_CHARS_MAX: usize = 255;
const URL_CHARS_MAX: usize = 2048;
const CREDENTIALS_MAX: usize = 20;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated values with a header.
    Csv,
    /// A JSON array of objects.
    Json,
}

/// An institution of a list: what it says, and nothing of what it leaves out.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where it begins, from 1.
    pub line: u64,
    /// Its guid; none: the one of its code.
    pub guid: Option<InstitutionGuid>,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Which connector talks to it.
    pub connector: Option<String>,
    /// When it was added, elsewhere.
    pub created_at: Option<Timestamp>,
    /// Keys of its document.
    pub(super) document: Map<String, Value>,
    /// What it asks for.
    pub(super) credentials: Option<Vec<EntryCredential>>,
}

/// A credential of an entry.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EntryCredential {
    pub(super) guid: Option<CredentialGuid>,
    pub(super) field_type: FieldType,
    pub(super) field_name: String,
    pub(super) label: String,
    pub(super) optional: bool,
}

/// What a key holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Guid,
    Code,
    Name,
    Connector,
    CreatedAt,
    /// Told by the service alone; read past.
    UpdatedAt,
    Flag,
    Url,
    Number,
    Countries,
    Credentials,
}

/// Every key, in the order of `institutions.csv`, then those that it does not show.
const KEYS: &[(&str, Kind)] = &[
    ("guid", Kind::Guid),
    ("code", Kind::Code),
    ("name", Kind::Name),
    ("url", Kind::Url),
    ("popularity", Kind::Number),
    ("iso_country_code", Kind::Countries),
    ("supports_account_identification", Kind::Flag),
    ("supports_account_verification", Kind::Flag),
    ("supports_oauth", Kind::Flag),
    ("supports_transaction_history", Kind::Flag),
    ("is_test", Kind::Flag),
    ("small_logo_url", Kind::Url),
    ("medium_logo_url", Kind::Url),
    ("forgot_password_url", Kind::Url),
    ("forgot_username_url", Kind::Url),
    ("trouble_signing_in_url", Kind::Url),
    ("created_at", Kind::CreatedAt),
    ("updated_at", Kind::UpdatedAt),
    ("connector", Kind::Connector),
    ("credentials", Kind::Credentials),
    ("is_hidden", Kind::Flag),
    ("is_retired", Kind::Flag),
    ("is_oauth_only", Kind::Flag),
    ("has_checking_accounts", Kind::Flag),
    ("has_credit_card_accounts", Kind::Flag),
    ("has_investment_accounts", Kind::Flag),
    ("has_line_of_credit_accounts", Kind::Flag),
    ("has_loan_accounts", Kind::Flag),
    ("has_mortgage_accounts", Kind::Flag),
    ("has_savings_accounts", Kind::Flag),
];

/// The problems of a list, by line.
#[derive(Default)]
pub(super) struct Problems {
    told: Vec<String>,
    more: usize,
}

impl Problems {
    pub(super) fn add(&mut self, line: u64, text: impl std::fmt::Display) {
        if self.told.len() < PROBLEMS_MAX {
            self.told.push(format!("line {line}: {text}"));
        } else {
            self.more += 1;
        }
    }

    /// All of them as one text, if there are any.
    pub(super) fn check(self) -> Result<(), String> {
        if self.told.is_empty() {
            return Ok(());
        }
        let more = if self.more > 0 { format!("\n  and {} more", self.more) } else { String::new() };
        Err(format!("nothing was changed, because of\n  {}{more}\nmend the list", self.told.join("\n  ")))
    }
}

/// Reads a list.
pub fn read(bytes: &[u8], format: Format) -> Result<Vec<Entry>, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count();
        format!("line {line}: the list is not UTF-8: save it as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut problems = Problems::default();
    let objects = match format {
        Format::Csv => csv_objects(text, &mut problems)?,
        Format::Json => json_objects(text)?,
    };
    if objects.len() > ENTRIES_MAX {
        return Err(format!(
            "the list has {} institutions, more than {ENTRIES_MAX}: split it",
            objects.len()
        ));
    }
    let mut entries = Vec::with_capacity(objects.len());
    for (line, object) in objects {
        match entry(line, object) {
            Ok(entry) => entries.push(entry),
            Err(problem) => problems.add(line, problem),
        }
    }
    check_unique(&entries, &mut problems);
    problems.check()?;
    Ok(entries)
}

fn check_unique(entries: &[Entry], problems: &mut Problems) {
    let (mut codes, mut guids) = (HashMap::new(), HashMap::new());
    for entry in entries {
        if let Some(first) = codes.insert(entry.code.as_str(), entry.line) {
            problems.add(entry.line, format_args!("the code {:?} is on line {first} already", entry.code));
        }
        if let Some(first) = entry.guid.and_then(|guid| guids.insert(guid, entry.line)) {
            problems.add(entry.line, format_args!("its guid is on line {first} already"));
        }
    }
}

type Objects = Vec<(u64, Map<String, Value>)>;

fn csv_objects(text: &str, problems: &mut Problems) -> Result<Objects, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| format!("line 1: {error}"))?.clone();
    let mut columns = Vec::with_capacity(head.len());
    for name in &head {
        let kind = KEYS.iter().find(|(known, _)| *known == name.trim()).copied();
        let kind = kind.ok_or_else(|| unknown("column", name))?;
        if columns.contains(&kind) {
            return Err(format!("line 1: the column {name:?} is there twice: remove one"));
        }
        columns.push(kind);
    }
    for needed in ["code", "name"] {
        if !columns.iter().any(|(name, _)| *name == needed) {
            return Err(format!(
                "line 1: there is no column {needed:?}: the first line must name the columns"
            ));
        }
    }
    let mut objects = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                problems
                    .add(line, "it has not as many cells as the first line has columns, or a quote is open");
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let mut object = Map::new();
        for ((name, kind), cell) in columns.iter().zip(&record) {
            match cell_value(*kind, cell.trim()) {
                Ok(Some(value)) => drop(object.insert((*name).to_owned(), value)),
                Ok(None) => {}
                Err(problem) => problems.add(line, format_args!("{name}: {problem}")),
            }
        }
        objects.push((line, object));
    }
    Ok(objects)
}

/// A cell as a JSON list would have it; `None` where it says nothing.
fn cell_value(kind: Kind, cell: &str) -> Result<Option<Value>, String> {
    Ok(Some(match kind {
        Kind::Flag => match cell {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return Err(format!("{cell:?} is neither true nor false")),
        },
        Kind::Number => Value::from(cell.parse::<i64>().map_err(|_| format!("{cell:?} is no whole number"))?),
        Kind::Countries => cell.split('|').filter(|code| !code.is_empty()).map(Value::from).collect(),
        Kind::Url if cell.is_empty() => Value::Null,
        Kind::Credentials if !cell.is_empty() => {
            serde_json::from_str(cell).map_err(|error| format!("is no JSON: {error}"))?
        }
        Kind::Code | Kind::Name | Kind::Url => Value::from(cell),
        _ if cell.is_empty() => return Ok(None),
        _ => Value::from(cell),
    }))
}

fn json_objects(text: &str) -> Result<Objects, String> {
    let raw: Vec<&RawValue> = serde_json::from_str(text)
        .map_err(|error| format!("{error}: the list must be a JSON array of institutions"))?;
    let begin = text.as_ptr().addr();
    let (mut line, mut counted) = (1, 0);
    let mut objects = Vec::with_capacity(raw.len());
    for value in raw {
        let at = value.get().as_ptr().addr().saturating_sub(begin);
        line +=
            text.get(counted..at).unwrap_or_default().bytes().filter(|byte| *byte == b'\n').count() as u64;
        counted = at;
        let object = serde_json::from_str(value.get())
            .map_err(|_| format!("line {line}: an institution must be an object"))?;
        objects.push((line, object));
    }
    Ok(objects)
}

fn unknown(what: &str, name: &str) -> String {
    let known: Vec<&str> = KEYS.iter().map(|(name, _)| *name).collect();
    format!("line 1: the {what} {name:?} is not known: remove or rename it; there are: {}", known.join(", "))
}

fn entry(line: u64, object: Map<String, Value>) -> Result<Entry, String> {
    let mut entry = Entry {
        line,
        guid: None,
        code: String::new(),
        name: String::new(),
        connector: None,
        created_at: None,
        document: Map::new(),
        credentials: None,
    };
    for (name, value) in object {
        let Some((_, kind)) = KEYS.iter().find(|(known, _)| *known == name) else {
            return Err(unknown("key", &name).replacen("line 1: ", "", 1));
        };
        take(&mut entry, &name, *kind, value).map_err(|problem| format!("{name}: {problem}"))?;
    }
    if entry.code.is_empty() {
        return Err("code: is missing".to_owned());
    }
    if entry.name.is_empty() {
        return Err("name: is missing".to_owned());
    }
    Ok(entry)
}

fn take(entry: &mut Entry, name: &str, kind: Kind, value: Value) -> Result<(), String> {
    match kind {
        Kind::Guid => {
            let text = text_of(&value)?;
            entry.guid =
                Some(text.parse().map_err(|_| format!("{text:?} is no guid of an institution, INS-..."))?);
        }
        Kind::Code => entry.code = code(text_of(&value)?)?,
        Kind::Name => {
            let text = text_of(&value)?;
            if text.chars().count() > NAME_CHARS_MAX || text.chars().any(char::is_control) {
                return Err(format!("at most {NAME_CHARS_MAX} characters on one line"));
            }
            text.clone_into(&mut entry.name);
        }
        Kind::Connector => entry.connector = Some(connector(text_of(&value)?)?),
        Kind::CreatedAt => {
            let text = text_of(&value)?;
            let at = Timestamp::parse_rfc3339(text);
            entry.created_at =
                Some(at.map_err(|_| format!("{text:?} is no time like 2026-01-05T12:00:00Z"))?);
        }
        Kind::UpdatedAt => {}
        Kind::Flag if value.is_boolean() => drop(entry.document.insert(name.to_owned(), value)),
        Kind::Flag => return Err("must be true or false".to_owned()),
        Kind::Number => match value.as_i64() {
            Some(number) if number >= 0 => drop(entry.document.insert(name.to_owned(), value)),
            _ => return Err("must be a whole number, 0 or more".to_owned()),
        },
        Kind::Url if value.is_null() => drop(entry.document.insert(name.to_owned(), value)),
        Kind::Url => {
            check_url(text_of(&value)?)?;
            entry.document.insert(name.to_owned(), value);
        }
        Kind::Countries => {
            entry.document.insert(name.to_owned(), countries(&value)?);
        }
        Kind::Credentials if value.is_null() => {}
        Kind::Credentials => entry.credentials = Some(credentials(value)?),
    }
    Ok(())
}

fn text_of(value: &Value) -> Result<&str, String> {
    value.as_str().map(str::trim).ok_or_else(|| "must be a text".to_owned())
}

/// A code: what stands in paths in place of a guid.
fn code(text: &str) -> Result<String, String> {
    let is_sound = (1..=CODE_CHARS_MAX).contains(&text.chars().count())
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '/')
        && !text.starts_with("INS-");
    let rule = || format!("1 to {CODE_CHARS_MAX} characters without spaces and '/', not beginning with INS-");
    is_sound.then(|| text.to_owned()).ok_or_else(rule)
}

/// The name of a connector.
pub(super) fn connector(text: &str) -> Result<String, String> {
    let is_sound = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte));
    if !is_sound {
        return Err(format!("{text:?}: 1 to 64 lower-case letters, digits, '_' or '-'"));
    }
    if is_of_sandbox(text) || ["manual", "statements"].contains(&text) {
        return Err(format!("{text:?} belongs to institutions that the program brings along"));
    }
    Ok(text.to_owned())
}

fn check_url(text: &str) -> Result<(), String> {
    let parsed = url::Url::parse(text).ok();
    let is_sound = text.chars().count() <= URL_CHARS_MAX
        && parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    is_sound.then_some(()).ok_or_else(|| format!("{text:?} is no whole address, https://..."))
}

fn countries(value: &Value) -> Result<Value, String> {
    let rule = || "must be countries of two letters, in CSV joined by '|', such as US|CA".to_owned();
    let mut codes: Vec<&str> = Vec::new();
    let list = value.as_array().ok_or_else(rule)?;
    let parsed: Vec<CountryCode> = list
        .iter()
        .map(|code| code.as_str().and_then(|code| code.parse().ok()).ok_or_else(rule))
        .collect::<Result<_, _>>()?;
    for code in &parsed {
        if !codes.contains(&code.as_str()) {
            codes.push(code.as_str());
        }
    }
    Ok(codes.into_iter().map(Value::from).collect())
}

/// A credential as a list writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    guid: Option<String>,
    field_type: Value,
    field_name: String,
    label: String,
    #[serde(default)]
    optional: bool,
    display_order: Option<i64>,
}

fn credentials(value: Value) -> Result<Vec<EntryCredential>, String> {
    let mut written: Vec<Written> = serde_json::from_value(value).map_err(|error| {
        format!("{error}: an array of objects with field_name, field_type, label, and guid, optional, display_order")
    })?;
    if written.len() > CREDENTIALS_MAX {
        return Err(format!("at most {CREDENTIALS_MAX}"));
    }
    written.sort_by_key(|it| it.display_order.unwrap_or(i64::MAX));
    let mut all: Vec<EntryCredential> = Vec::with_capacity(written.len());
    for it in written {
        let field_type = match &it.field_type {
            Value::String(name) => FieldType::from_name(name),
            other => other.as_i64().and_then(FieldType::from_code),
        };
        let field_type = field_type
            .filter(|kind| !matches!(kind, FieldType::OauthAccessToken | FieldType::OauthRefreshToken))
            .ok_or_else(|| format!("{}: no type that somebody can be asked for", it.field_type))?;
        let guid =
            it.guid.as_deref().map(|text| text.parse().map_err(|_| format!("{text:?} is no guid, CRD-...")));
        if it.field_name.is_empty() || it.label.is_empty() {
            return Err("field_name and label must not be empty".to_owned());
        }
        if all.iter().any(|other| other.field_name == it.field_name) {
            return Err(format!("{:?} is there twice", it.field_name));
        }
        all.push(EntryCredential {
            guid: guid.transpose()?,
            field_type,
            field_name: it.field_name,
            label: it.label,
            optional: it.optional,
        });
    }
    Ok(all)
}
