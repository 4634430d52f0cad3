//! What a change of the catalogue does to the members of an institution: rows 27 to 29 of `spec: nexus-core, 10.2`.
//!
//! The change writes what is to be done beside itself; here it is done, in batches, by any node, whenever something is
//! left. A batch remembers how far it came in its own transaction, so that a crash repeats nothing and leaves out
//! nothing.
use crate::{Call, Engine, Result, case::Case, job::Wanted};
use domain::machine::Event;
use std::collections::HashSet;
use store::{
    Tx,
    institutions::{InstitutionWork, WorkKind},
    scope::{SystemScope, UserScope},
};

/// Members that one transaction looks at.
const BATCH: i64 = 100;

/// Hears (members looked at, members of the institution) while work is done.
pub type Progress<'a> = &'a mut (dyn FnMut(u64, u64) + Send);

impl Engine {
    /// Does all that changes of the catalogue left to be done; says how many members changed.
    pub async fn reconcile_members(&self, progress: Progress<'_>) -> Result<u64> {
        let mut changed = 0;
        while let Some(work) = self.db().institution_work(SystemScope::of_the_service()).await? {
            let known = self.catalogue().by_guid(work.institution);
            if known.is_none_or(|institution| institution.updated_at < work.created_at) {
                // Another node changed it just now.
                self.reload_catalogue().await?;
            }
            changed += self.reconcile(work, progress).await?;
            if self.inner.stop.is_cancelled() {
                break;
            }
        }
        Ok(changed)
    }

    async fn reconcile(&self, work: InstitutionWork, progress: Progress<'_>) -> Result<u64> {
        let total =
            self.db().count_members_of_institution(SystemScope::of_the_service(), work.institution).await?;
        let (mut seen, mut changed) = (0, 0);
        while !self.inner.stop.is_cancelled() {
            let engine = self.clone();
            let done = self.db().write(move |tx| engine.reconcile_batch(tx, &work)).await?;
            let Some((looked, moved)) = done else { break };
            seen += looked;
            changed += moved;
            progress(seen.min(total), total);
        }
        self.wake_workers();
        Ok(changed)
    }

    /// The next members of some work: how many were looked at, and changed; `None` once it is done.
    fn reconcile_batch(&self, tx: &mut Tx<'_>, known: &InstitutionWork) -> Result<Option<(u64, u64)>> {
        let system = SystemScope::of_the_service();
        let Some(work) = tx.take_institution_work(system, known)? else { return Ok(None) };
        let members = tx.members_of_institution(system, work.institution, work.after, BATCH)?;
        let Some((scope, no)) = members.last().copied() else {
            tx.end_institution_work(system, &work)?;
            return Ok(None);
        };
        let mut changed = 0;
        for (scope, no) in &members {
            changed += u64::from(self.reconcile_member(tx, &work, *scope, *no)?);
        }
        tx.move_institution_work(system, &work, (scope.number(), no))?;
        Ok(Some((members.len() as u64, changed)))
    }

    fn reconcile_member(
        &self,
        tx: &mut Tx<'_>,
        work: &InstitutionWork,
        scope: UserScope,
        no: i64,
    ) -> Result<bool> {
        if tx.user_for_update(scope)?.is_none() {
            return Ok(false);
        }
        let Some(member) = tx.member_by_no(scope, no)? else { return Ok(false) };
        let mut case = self.case_of(tx, scope, member)?;
        let (event, action) = match work.kind {
            // Who came, or began a job, after the change speaks with the new connector already.
            WorkKind::Moved if is_newer(&case, work) => return Ok(false),
            WorkKind::Moved => (Event::MovedConnector, "institution moved"),
            WorkKind::Retired => (Event::Retired, "institution retired"),
            WorkKind::Credentials if lacks_credentials(tx, &case)? => {
                (Event::Impaired, "institution credentials")
            }
            WorkKind::Credentials => return Ok(false),
        };
        if self.apply(tx, &mut case, event, Wanted::ALL)?.is_err() {
            return Ok(false);
        }
        let call = Call::new("service", action, work.institution.to_string());
        self.audit_user(tx, &call, scope, &case.member.guid.to_string())?;
        Ok(true)
    }
}

fn is_newer(case: &Case, work: &InstitutionWork) -> bool {
    let began = case.job.as_ref().map(|job| job.created_at);
    case.member.state.created_at > work.created_at || began.is_some_and(|at| at > work.created_at)
}

/// Whether the institution asks for a credential that the member has not given; never of those who log in by
/// OAuth or not at all.
fn lacks_credentials(tx: &mut Tx<'_>, case: &Case) -> Result<bool> {
    let state = &case.member.state;
    if state.is_oauth || state.status.is_none() || case.member.is_manual {
        return Ok(false);
    }
    let kept = tx.member_credentials(case.scope, case.member.no)?;
    let kept: HashSet<_> = kept.iter().map(|row| row.credential).collect();
    Ok(case.institution.credentials.iter().any(|asked| !asked.optional && !kept.contains(&asked.guid)))
}
