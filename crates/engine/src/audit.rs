//! The audit trail: who did what. A row in the transaction of each change; rows are sealed in batches, each seal
//! over the one before it, so that a removed or changed row shows.
use crate::{Engine, Error, Result};
use domain::{
    env::Clock,
    guid::{Guid, User},
};
use std::sync::Arc;
use store::{
    Tx,
    audit::{AuditEntry, Seal},
    scope::{SystemScope, UserScope},
};

/// Where a change comes from.
#[derive(Debug, Clone)]
pub struct Call {
    /// `session`, `api_key`, `browser` (a page whose address is the proof), `operator`, `service`.
    pub actor: &'static str,
    /// Method and route, or the command.
    pub action: Arc<str>,
    /// Id of the request, or of the command's run.
    pub request_id: Arc<str>,
    /// Whether webhooks hear nothing of it, nor of what goes with it (`spec: conventions, 7`).
    pub is_quiet: bool,
}

impl Call {
    /// A call.
    pub fn new(actor: &'static str, action: impl Into<Arc<str>>, request_id: impl Into<Arc<str>>) -> Self {
        Self { actor, action: action.into(), request_id: request_id.into(), is_quiet: false }
    }

    /// The same call; webhooks hear nothing of it where this is true, or it was said before.
    #[must_use]
    pub fn quiet_if(self, is_quiet: bool) -> Self {
        Self { is_quiet: self.is_quiet || is_quiet, ..self }
    }

    /// The same call, as one that was refused.
    pub(crate) fn failed(&self) -> Self {
        Self { action: format!("{} refused", self.action).into(), ..self.clone() }
    }
}

/// What the check of the trail found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Seals that were checked.
    pub seals: u64,
    /// Rows under them.
    pub rows: u64,
    /// Rows not sealed yet.
    pub unsealed: u64,
    /// Number of the first seal that does not fit its rows.
    pub broken_at: Option<i64>,
}

impl Engine {
    pub(crate) fn audit(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        client: Option<i64>,
        user: Option<i64>,
        object: &str,
    ) -> Result<()> {
        let at = self.clock().now();
        let entry = AuditEntry {
            id: *Guid::<User>::new(at, self.entropy()).as_bytes(),
            at,
            client,
            user,
            actor: call.actor,
            action: call.action.to_string(),
            object: object.to_owned(),
            request_id: call.request_id.to_string(),
        };
        Ok(tx.audit(&entry)?)
    }

    pub(crate) fn audit_user(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        scope: UserScope,
        object: &str,
    ) -> Result<()> {
        self.audit(tx, call, Some(scope.client().number()), Some(scope.number()), object)
    }

    /// Notes a refused authentication.
    pub async fn audit_refusal(&self, call: &Call) -> Result<()> {
        let (engine, call) = (self.clone(), call.failed());
        self.db().write(move |tx| engine.audit(tx, &call, None, None, "")).await
    }

    /// Seals the rows that are not sealed yet; says how many.
    pub async fn seal_audit(&self) -> Result<u64> {
        let engine = self.clone();
        let sealed = self
            .db()
            .write(move |tx| {
                let system = SystemScope::of_the_service();
                let (last, rows) = tx.audit_to_seal(system)?;
                if rows.is_empty() {
                    return Ok(0);
                }
                let (seq, previous) = match &last {
                    Some(seal) => (seal.seq + 1, seal.seal.as_slice().try_into().map_err(Error::internal)?),
                    None => (1, [0; 32]),
                };
                let batch = rows.iter().map(|row| row.text.as_str()).collect::<Vec<_>>().join("\n");
                let seal = engine.inner.audit_seal.link(&previous, batch.as_bytes()).to_vec();
                let row_count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
                tx.insert_seal(system, &Seal { seq, row_count, seal }, &rows)?;
                Ok(row_count.unsigned_abs())
            })
            .await;
        match sealed {
            // Another node was faster.
            Err(Error::Unique) => Ok(0),
            sealed => sealed,
        }
    }

    /// Checks every seal against its rows.
    pub async fn check_audit(&self) -> Result<AuditReport> {
        let system = SystemScope::of_the_service();
        let mut report = AuditReport { seals: 0, rows: 0, unsealed: 0, broken_at: None };
        let (mut after, mut previous) = (0, [0; 32]);
        loop {
            let seals = self.db().audit_seals(system, after).await?;
            if seals.is_empty() {
                break;
            }
            for seal in seals {
                let rows = self.db().audit_sealed(system, &seal).await?;
                let batch = rows.iter().map(|row| row.text.as_str()).collect::<Vec<_>>().join("\n");
                let expected = self.inner.audit_seal.link(&previous, batch.as_bytes());
                let whole = i64::try_from(rows.len()) == Ok(seal.row_count) && seal.seq == after + 1;
                if report.broken_at.is_none() && !(whole && vault::same(&expected, &seal.seal)) {
                    report.broken_at = Some(seal.seq);
                }
                report.seals += 1;
                report.rows += rows.len() as u64;
                after = seal.seq;
                previous = seal.seal.as_slice().try_into().unwrap_or(expected);
            }
        }
        if report.broken_at.is_none() && self.db().audit_sealed_by_none(system, after).await? > 0 {
            // Added under a seal that was never made, or left behind by one that was removed.
            report.broken_at = Some(after + 1);
        }
        report.unsealed = self.db().audit_unsealed(system).await?.len() as u64;
        Ok(report)
    }
}
