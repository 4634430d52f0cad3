//! What a list changes: its entries against the rows of the store.
use super::{
    Change, Edit, FieldChange, LoadReport,
    read::{Entry, EntryCredential, Problems},
    status_of,
};
use crate::catalogue::{InstitutionDocument, is_of_sandbox};
use domain::{
    guid::{CredentialGuid, InstitutionGuid, MANUAL_INSTITUTION},
    time::Timestamp,
};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use store::institutions::{InstitutionCredentialRow, InstitutionRow, WorkKind};

/// Name space of the guids of institutions that come without one: of their code.
const NAMESPACE: [u8; 16] = *b"tributary-instit";
/// Whether a connector is that of an institution that the program brings along.
fn is_own(connector: &str) -> bool {
    is_of_sandbox(connector) || connector == "manual"
}

/// What a list would change; made by [`crate::Engine::plan_institutions`].
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) report: LoadReport,
    pub(super) planned: Vec<Planned>,
}

/// An institution as it is to be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Planned {
    pub(super) row: InstitutionRow,
    pub(super) put: Vec<InstitutionCredentialRow>,
    pub(super) drop: Vec<CredentialGuid>,
    pub(super) work: Vec<WorkKind>,
}

/// How a list is to be taken.
pub(super) struct Terms<'a> {
    /// Of new institutions that name none.
    pub(super) connector: Option<&'a str>,
    pub(super) retire_missing: bool,
    /// Connectors of this program.
    pub(super) known: &'a [&'a str],
    pub(super) now: Timestamp,
}

/// What the store has.
struct Present {
    by_guid: HashMap<InstitutionGuid, InstitutionRow>,
    by_code: HashMap<String, InstitutionGuid>,
    credentials: HashMap<InstitutionGuid, Vec<InstitutionCredentialRow>>,
    owner_of_credential: HashMap<CredentialGuid, InstitutionGuid>,
}

impl Plan {
    /// What would change.
    pub fn report(&self) -> &LoadReport {
        &self.report
    }

    pub(super) fn of(
        rows: Vec<InstitutionRow>,
        credentials: Vec<InstitutionCredentialRow>,
        entries: Vec<Entry>,
        terms: &Terms<'_>,
    ) -> Result<Self, String> {
        if let Some(name) = terms.connector {
            super::read::connector(name).map_err(|problem| format!("--connector: {problem}"))?;
        }
        let present = Present::of(rows, credentials);
        let mut problems = Problems::default();
        let mut plan = Self { report: LoadReport::default(), planned: Vec::new() };
        let mut in_list = HashSet::new();
        let mut unknown = HashSet::new();
        for entry in entries {
            let line = entry.line;
            match present.planned(entry, terms) {
                Ok((planned, before)) => {
                    in_list.insert(planned.row.guid);
                    if !terms.known.contains(&planned.row.connector.as_str()) {
                        unknown.insert(planned.row.connector.clone());
                    }
                    plan.take(planned, before.as_ref(), &present);
                }
                Err(problem) => problems.add(line, problem),
            }
        }
        problems.check()?;
        let mut unknown: Vec<String> = unknown.into_iter().collect();
        unknown.sort_unstable();
        let warn = |name| {
            format!("this server has no connector {name}: jobs at its institutions fail until one has")
        };
        plan.report.warnings.extend(unknown.into_iter().map(warn));
        plan.missing(&present, &in_list, terms)?;
        Ok(plan)
    }

    /// Institutions that the list leaves out.
    fn missing(
        &mut self,
        present: &Present,
        in_list: &HashSet<InstitutionGuid>,
        terms: &Terms<'_>,
    ) -> Result<(), String> {
        let mut missing: Vec<&InstitutionRow> = present.by_guid.values().collect();
        missing.retain(|row| {
            let is_ours = is_own(&row.connector) || row.connector == "statements";
            !is_ours && !in_list.contains(&row.guid)
        });
        missing.sort_unstable_by(|a, b| a.code.cmp(&b.code));
        for row in missing {
            let document = document_of(row)?;
            if document.get("is_retired") == Some(&json!(true)) || !terms.retire_missing {
                self.report.missing += 1;
                continue;
            }
            let planned = edited(row, Edit::Retire, terms.now)?;
            let change = change(Some(row), &planned, None);
            self.report.retired.push(change);
            self.planned.push(planned);
        }
        Ok(())
    }

    pub(super) fn of_edit(row: &InstitutionRow, edit: Edit, now: Timestamp) -> Result<Self, String> {
        if is_own(&row.connector) {
            return Err(format!("{} belongs to the institutions that the program brings along", row.code));
        }
        let planned = edited(row, edit, now)?;
        let mut plan = Self { report: LoadReport::default(), planned: Vec::new() };
        let change = change(Some(row), &planned, None);
        if change.fields.is_empty() && planned.work.is_empty() {
            plan.report.unchanged = 1;
            return Ok(plan);
        }
        if matches!(edit, Edit::Unretire { reconnect: false }) {
            plan.report.warnings.push(stays_discontinued(&row.code));
        }
        let list = if edit == Edit::Retire { &mut plan.report.retired } else { &mut plan.report.changed };
        list.push(change);
        plan.planned.push(planned);
        Ok(plan)
    }

    fn take(&mut self, planned: Planned, before: Option<&InstitutionRow>, present: &Present) {
        let old = before.and_then(|row| present.credentials.get(&row.guid));
        let change = change(before, &planned, old.map(Vec::as_slice));
        if before.is_none() {
            self.report.added.push(change);
        } else if change.fields.is_empty() {
            self.report.unchanged += 1;
            return;
        } else {
            let is_back = change.fields.iter().any(|it| it.field == "is_retired" && it.new == json!(false));
            if is_back && !planned.work.contains(&WorkKind::Moved) {
                self.report.warnings.push(stays_discontinued(&planned.row.code));
            }
            self.report.changed.push(change);
        }
        self.planned.push(planned);
    }
}

fn stays_discontinued(code: &str) -> String {
    format!(
        "{code} is offered again, and its members stay DISCONTINUED; `tributary institutions unretire {code} \
         --reconnect` brings them back as RECONNECTED"
    )
}

impl Present {
    fn of(rows: Vec<InstitutionRow>, credentials: Vec<InstitutionCredentialRow>) -> Self {
        let by_code = rows.iter().map(|row| (row.code.clone(), row.guid)).collect();
        let by_guid = rows.into_iter().map(|row| (row.guid, row)).collect();
        let owner_of_credential = credentials.iter().map(|row| (row.guid, row.institution)).collect();
        let mut forms: HashMap<_, Vec<InstitutionCredentialRow>> = HashMap::new();
        for row in credentials {
            forms.entry(row.institution).or_default().push(row);
        }
        Self { by_guid, by_code, credentials: forms, owner_of_credential }
    }

    /// An entry as it is to be written, and the row it replaces.
    fn planned(&self, entry: Entry, terms: &Terms<'_>) -> Result<(Planned, Option<InstitutionRow>), String> {
        let holder = self.by_code.get(&entry.code).copied();
        let guid = entry.guid.or(holder).unwrap_or_else(|| derived(&NAMESPACE, &entry.code));
        if let Some(other) = holder.filter(|other| *other != guid) {
            return Err(format!(
                "the code {:?} is that of {other}: give its guid, or another code",
                entry.code
            ));
        }
        let before = self.by_guid.get(&guid);
        let is_own = guid == MANUAL_INSTITUTION
            || before.is_some_and(|row| is_own(&row.connector))
            || connectors::sandbox::institutions()
                .iter()
                .any(|own| own.guid == guid || own.code == entry.code);
        if is_own {
            return Err(format!(
                "{:?} belongs to the institutions that the program brings along",
                entry.code
            ));
        }
        let named =
            entry.connector.as_deref().or(before.map(|row| row.connector.as_str())).or(terms.connector);
        let connector = named.ok_or(
            "names no connector: add a column connector, or give --connector NAME for all that are new",
        )?;
        let old = before.map(document_of).transpose()?.unwrap_or_default();
        let mut new = old.clone();
        new.extend(entry.document);
        let document: InstitutionDocument =
            serde_json::from_value(Value::Object(new)).map_err(|error| error.to_string())?;
        let (put, drop, asks_more) = self.credentials(guid, entry.credentials, terms.now)?;
        let row = InstitutionRow {
            guid,
            code: entry.code,
            name: entry.name,
            connector: connector.to_owned(),
            document: crate::catalogue::rows::json(&document),
            created_at: before.map(|row| row.created_at).or(entry.created_at).unwrap_or(terms.now),
            updated_at: terms.now,
        };
        let mut work = Vec::new();
        if let Some(before) = before {
            let was_retired = old.get("is_retired") == Some(&json!(true));
            if document.is_retired && !was_retired {
                work.push(WorkKind::Retired);
            } else if before.connector != row.connector && !document.is_retired {
                work.push(WorkKind::Moved);
            }
            if asks_more {
                work.push(WorkKind::Credentials);
            }
        }
        Ok((Planned { row, put, drop, work }, before.cloned()))
    }

    /// Credentials to write and to remove, and whether one is required now that was not.
    fn credentials(
        &self,
        institution: InstitutionGuid,
        given: Option<Vec<EntryCredential>>,
        now: Timestamp,
    ) -> Result<(Vec<InstitutionCredentialRow>, Vec<CredentialGuid>, bool), String> {
        let Some(given) = given else { return Ok((Vec::new(), Vec::new(), false)) };
        let old = self.credentials.get(&institution).map(Vec::as_slice).unwrap_or_default();
        let mut rows = Vec::with_capacity(given.len());
        for (display_order, it) in (1..).zip(given) {
            let same = old.iter().find(|row| match it.guid {
                Some(guid) => row.guid == guid,
                None => row.field_name == it.field_name,
            });
            let guid = it.guid.or(same.map(|row| row.guid));
            let guid = guid.unwrap_or_else(|| derived(institution.as_bytes(), &it.field_name));
            if self.owner_of_credential.get(&guid).is_some_and(|owner| *owner != institution) {
                return Err(format!("credentials: {guid} is that of another institution"));
            }
            let mut row = InstitutionCredentialRow {
                guid,
                institution,
                display_order,
                field_type: it.field_type.code().into(),
                field_name: it.field_name,
                label: it.label,
                optional: it.optional,
                created_at: same.map_or(now, |row| row.created_at),
                updated_at: same.map_or(now, |row| row.updated_at),
            };
            if same.is_some_and(|same| *same != row) {
                row.updated_at = now;
            }
            rows.push(row);
        }
        let is_required = |guid| old.iter().any(|row| row.guid == guid && !row.optional);
        let asks_more = rows.iter().any(|row| !row.optional && !is_required(row.guid));
        let dropped = old.iter().map(|row| row.guid).filter(|guid| !rows.iter().any(|row| row.guid == *guid));
        let dropped = dropped.collect();
        rows.retain(|row| !old.contains(row));
        Ok((rows, dropped, asks_more))
    }
}

fn derived<K: domain::guid::Kind>(namespace: &[u8; 16], text: &str) -> domain::guid::Guid<K> {
    let namespace = uuid::Uuid::from_bytes(*namespace);
    domain::guid::Guid::from_bytes(uuid::Uuid::new_v5(&namespace, text.as_bytes()).into_bytes())
}

/// The document of a row, every key.
fn document_of(row: &InstitutionRow) -> Result<Map<String, Value>, String> {
    let broken = |error| format!("institution {}: its document cannot be read: {error}", row.guid);
    let document: InstitutionDocument = serde_json::from_str(&row.document).map_err(broken)?;
    match serde_json::to_value(document).map_err(broken)? {
        Value::Object(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}

fn edited(row: &InstitutionRow, edit: Edit, now: Timestamp) -> Result<Planned, String> {
    let mut document = document_of(row)?;
    let was_retired = document.get("is_retired") == Some(&json!(true));
    let (key, value, work) = match edit {
        Edit::Hide => ("is_hidden", true, None),
        Edit::Unhide => ("is_hidden", false, None),
        Edit::Retire => ("is_retired", true, Some(WorkKind::Retired).filter(|_| !was_retired)),
        Edit::Unretire { reconnect } => ("is_retired", false, Some(WorkKind::Moved).filter(|_| reconnect)),
    };
    document.insert(key.to_owned(), json!(value));
    let document: InstitutionDocument =
        serde_json::from_value(Value::Object(document)).map_err(|error| error.to_string())?;
    let document = crate::catalogue::rows::json(&document);
    let row = InstitutionRow { document, updated_at: now, ..row.clone() };
    Ok(Planned { row, put: Vec::new(), drop: Vec::new(), work: work.into_iter().collect() })
}

/// What a reader is shown of it.
fn change(
    before: Option<&InstitutionRow>,
    planned: &Planned,
    old_credentials: Option<&[InstitutionCredentialRow]>,
) -> Change {
    let row = &planned.row;
    let mut fields = Vec::new();
    if let Some(before) = before {
        let mut differs = |field: &str, old: Value, new: Value| {
            if old != new {
                fields.push(FieldChange { field: field.to_owned(), old, new });
            }
        };
        differs("code", json!(before.code), json!(row.code));
        differs("name", json!(before.name), json!(row.name));
        differs("connector", json!(before.connector), json!(row.connector));
        let (old, new) = (document_of(before).unwrap_or_default(), document_of(row).unwrap_or_default());
        for (key, value) in new {
            differs(&key, old.get(&key).cloned().unwrap_or_default(), value);
        }
        let old = old_credentials.unwrap_or_default();
        if !planned.put.is_empty() || !planned.drop.is_empty() {
            let names: Vec<&str> = old.iter().map(|row| row.field_name.as_str()).collect();
            let kept = old.iter().filter(|row| !planned.drop.contains(&row.guid));
            let kept = kept.filter(|row| !planned.put.iter().any(|new| new.guid == row.guid));
            let mut after: Vec<&InstitutionCredentialRow> = kept.chain(&planned.put).collect();
            after.sort_unstable_by_key(|row| row.display_order);
            let after: Vec<&str> = after.into_iter().map(|row| row.field_name.as_str()).collect();
            fields.push(FieldChange {
                field: "credentials".to_owned(),
                old: json!(names),
                new: json!(after),
            });
        }
    }
    Change {
        guid: row.guid.to_string(),
        code: row.code.clone(),
        name: row.name.clone(),
        fields,
        members_become: planned.work.iter().map(|kind| status_of(*kind).to_owned()).collect(),
    }
}
