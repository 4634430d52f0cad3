//! Loading a list of institutions: read, compared with the catalogue, shown, applied.
//!
//! How to use it: [`read`] a file, ask [`Engine::plan_institutions`] what it would change, show [`Plan::report`], and
//! give the plan to [`Engine::apply_institutions`]. Applying goes in batches, each a transaction that also notes what
//! is to be done to members; a load that was cut off is repeated, and does what is left.
mod plan;
mod read;

pub use plan::Plan;
pub use read::{Entry, Format, read};

use crate::{Call, Engine, Error, Result, catalogue::reconcile::Progress};
use domain::env::Clock;
use plan::Planned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use store::{Tx, institutions::WorkKind, scope::SystemScope};

/// Institutions that one transaction writes.
const BATCH: usize = 500;

/// What a load changes, or changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// Institutions that are new.
    pub added: Vec<Change>,
    /// Institutions that change, and how.
    pub changed: Vec<Change>,
    /// Institutions that the list does not have and that are retired for it.
    pub retired: Vec<Change>,
    /// How many stay as they are.
    pub unchanged: u64,
    /// Institutions of the catalogue that the list does not have, and that stay.
    pub missing: u64,
    /// What is allowed and seldom meant.
    pub warnings: Vec<String>,
    /// Whether it was done, or only shown.
    pub applied: bool,
    /// Members whose status changed for it.
    pub members_changed: u64,
}

/// One institution in a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Its guid.
    pub guid: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What changes of it; nothing where it is new.
    pub fields: Vec<FieldChange>,
    /// What its members go through: `RECONNECTED`, `DISCONTINUED`, `IMPAIRED`.
    pub members_become: Vec<String>,
}

/// A field of an institution, before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// Before.
    pub old: Value,
    /// After.
    pub new: Value,
}

/// What an operator does to one institution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Searches leave it out, nobody connects to it.
    Hide,
    /// The way back.
    Unhide,
    /// It is no longer offered: its members become DISCONTINUED (row 29). It stays readable.
    Retire,
    /// It is offered again. Members stay DISCONTINUED: no row of the contract leads back but that of another connector.
    Unretire {
        /// Brings the members back as if the institution had moved to another connector (row 28).
        reconnect: bool,
    },
}

impl Engine {
    /// What a list would change. `connector` is that of new institutions which name none; with `retire_missing`,
    /// institutions that are not in the list are retired.
    pub async fn plan_institutions(
        &self,
        entries: Vec<Entry>,
        connector: Option<&str>,
        retire_missing: bool,
    ) -> Result<Plan> {
        let rows = self.db().institutions().await?;
        let credentials = self.db().institution_credentials().await?;
        let known: Vec<&str> = self.inner.connectors.read().keys().copied().collect();
        let now = self.clock().now();
        Plan::of(rows, credentials, entries, &plan::Terms { connector, retire_missing, known: &known, now })
            .map_err(|problems| Error::Rule(problems.into()))
    }

    /// What an edit of one institution changes.
    pub async fn plan_edit(&self, guid_or_code: &str, edit: Edit) -> Result<Plan> {
        let rows = self.db().institutions().await?;
        let found =
            rows.into_iter().find(|row| row.code == guid_or_code || row.guid.to_string() == guid_or_code);
        let row = found.ok_or(Error::NotFound("institution"))?;
        Plan::of_edit(&row, edit, self.clock().now()).map_err(|problem| Error::Rule(problem.into()))
    }

    /// Does what was planned, and all that it brings to members.
    pub async fn apply_institutions(
        &self,
        call: &Call,
        plan: Plan,
        progress: Progress<'_>,
    ) -> Result<LoadReport> {
        let Plan { mut report, planned } = plan;
        let total = planned.len() as u64;
        let mut done = 0;
        let mut planned = planned.into_iter();
        loop {
            let batch: Arc<[Planned]> = planned.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            done += batch.len() as u64;
            let (engine, call) = (self.clone(), call.clone());
            self.db().write(move |tx| engine.write_planned(tx, &call, &batch)).await?;
            progress(done, total);
        }
        self.reload_catalogue().await?;
        report.members_changed = self.reconcile_members(progress).await?;
        report.applied = true;
        Ok(report)
    }

    fn write_planned(&self, tx: &mut Tx<'_>, call: &Call, batch: &[Planned]) -> Result<()> {
        let system = SystemScope::of_the_service();
        tx.put_institutions(system, batch.iter().map(|planned| &planned.row))?;
        for planned in batch {
            for guid in &planned.drop {
                tx.drop_institution_credential(system, *guid)?;
            }
            for kind in &planned.work {
                tx.put_institution_work(system, planned.row.guid, *kind, planned.row.updated_at)?;
            }
        }
        tx.put_institution_credentials(system, batch.iter().flat_map(|planned| &planned.put))?;
        tx.note_change("catalogue", &[])?;
        let object = match batch {
            [] => String::new(),
            [one] => one.row.guid.to_string(),
            [first, rest @ ..] => format!("{} and {} more", first.row.guid, rest.len()),
        };
        self.audit(tx, call, None, None, &object)
    }
}

/// The status that members take.
pub(super) const fn status_of(kind: WorkKind) -> &'static str {
    match kind {
        WorkKind::Moved => "RECONNECTED",
        WorkKind::Retired => "DISCONTINUED",
        WorkKind::Credentials => "IMPAIRED",
    }
}
