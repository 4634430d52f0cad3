//! What time brings to members at rest: background aggregations, the hourly sweep of DEGRADED, the end of PENDING
//! (`spec: nexus-core, 10.2 and 10.4`).
//!
//! When it is due is a column, written with every change of a member ([`Engine::write_member`]). What is due is
//! looked at again under the user's lock, so that any number of nodes may do it at any time.
use crate::{Engine, Error, Result, case::Case, job::Wanted};
use domain::{
    env::Clock,
    hash::Hash64,
    machine::{self, Due},
    time::Timestamp,
};
use serde::Serialize;
use store::{
    Tx,
    members::Member,
    schedule::DueMember,
    scope::{SystemScope, UserScope},
};

/// Members that one look starts: the next look takes the next ones.
const STARTS_MAX: i64 = 64;
/// Members that the reconciler reads at once.
const RECONCILE_PAGE: i64 = 500;
/// When a member is looked at again for which nothing could be done.
const SET_ASIDE_SECONDS: i64 = 3600;
/// Name of the durations by which all due times are written, in the store.
const SCHEDULE: &str = "schedule";
/// Purpose of the hash that spreads members over the day.
const SPREAD: u64 = 30;

/// The durations that due times depend on; seconds.
#[derive(Debug, Serialize)]
struct Durations {
    background_interval: u64,
    disconnected_interval: u64,
    pending_lifetime: u64,
    disconnected_after: u64,
    failed_limit: u32,
}

/// Where in the spread over the day a member is: always the same.
fn spread_of(member: &Member) -> u64 {
    Hash64::new(SPREAD).text(&member.guid.to_string()).finish().cast_unsigned()
}

impl Engine {
    /// Writes a member with the time at which something is due for it.
    pub(crate) fn write_member(&self, tx: &mut Tx<'_>, scope: UserScope, member: &mut Member) -> Result<()> {
        member.due_at = self.member_due(member).map(|due| due.at);
        Ok(tx.update_member(scope, member)?)
    }

    /// The next thing that time brings to a member.
    pub(crate) fn member_due(&self, member: &Member) -> Option<Due> {
        let in_background = !(member.user_is_barred || member.background_is_disabled || member.is_manual);
        machine::member_due(&member.state, self.settings(), in_background, spread_of(member))
    }

    /// When a member is aggregated by itself, as far as its status says.
    pub(crate) fn background_at(&self, member: &Member) -> Option<Timestamp> {
        machine::background_due_at(&member.state, self.settings(), spread_of(member))
    }

    /// Writes when something is due for a member where that is not what is stored.
    pub(crate) fn reschedule(&self, tx: &mut Tx<'_>, scope: UserScope, member: &Member) -> Result<()> {
        let due_at = self.member_due(member).map(|due| due.at);
        if due_at != member.due_at {
            tx.set_member_due(scope, member.no, due_at)?;
        }
        Ok(())
    }

    /// The same for all members of a user: what holds for the user changed.
    pub(crate) fn reschedule_members(&self, tx: &mut Tx<'_>, scope: UserScope) -> Result<()> {
        tx.members(scope)?.iter().try_for_each(|member| self.reschedule(tx, scope, member))
    }

    /// Does what time has brought to some members; says to how many.
    pub(crate) async fn start_due_members(&self) -> Result<u64> {
        let system = SystemScope::of_the_service();
        let due = self.db().due_members(system, self.clock().now(), STARTS_MAX).await?;
        let started = due.iter().map(|due| {
            let (engine, due) = (self.clone(), *due);
            self.db().write(move |tx| engine.start_due_member(tx, due).map(drop))
        });
        // Together, so that they share commits.
        let done = futures_util::future::join_all(started).await;
        for (due, done) in due.iter().zip(done) {
            if let Err(error) = done {
                self.set_member_aside(*due, &error).await?;
            }
        }
        Ok(due.len() as u64)
    }

    /// Keeps a member for which nothing could be done from being tried at once, and again, and again.
    pub(crate) async fn set_member_aside(&self, due: DueMember, error: &Error) -> Result<()> {
        tracing::error!(%error, user = due.scope.number(), member = due.no, "what was due for a member failed");
        let later = self.clock().now().plus_seconds(SET_ASIDE_SECONDS);
        let written: store::Result<()> =
            self.db().write(move |tx| tx.set_member_due(due.scope, due.no, Some(later))).await;
        Ok(written?)
    }

    /// Does what time has brought to a member, if nobody did it meanwhile; the member is answered where it stays.
    pub(crate) fn start_due_member(&self, tx: &mut Tx<'_>, due: DueMember) -> Result<Option<Case>> {
        if tx.user_for_update(due.scope)?.is_none() {
            // A deleted user takes all members along.
            tx.set_member_due(due.scope, due.no, None)?;
            return Ok(None);
        }
        let Some(member) = tx.member_by_no(due.scope, due.no)? else { return Ok(None) };
        let Some(next) = self.member_due(&member).filter(|next| next.at <= self.clock().now()) else {
            self.reschedule(tx, due.scope, &member)?;
            return Ok(None);
        };
        let mut case = self.case_of(tx, due.scope, member)?;
        if let Err(refusal) = self.apply(tx, &mut case, next.event, Wanted::ALL)? {
            return Err(Error::internal(format!("{:?} was due and refused: {refusal}", next.event)));
        }
        Ok((!case.is_gone).then_some(case))
    }

    /// Writes the due times of all members anew where the durations that they depend on are not those of the last
    /// time, or were never noted: after an upgrade and after a change of settings.
    pub(crate) async fn reconcile_schedule(&self) -> Result<()> {
        let s = self.settings();
        let durations = Durations {
            background_interval: s.background_interval.as_secs(),
            disconnected_interval: s.disconnected_interval.as_secs(),
            pending_lifetime: s.pending_lifetime.as_secs(),
            disconnected_after: s.disconnected_after.as_secs(),
            failed_limit: s.failed_limit,
        };
        let text = serde_json::to_vec(&durations).map_err(Error::internal)?;
        if self.db().meta(SCHEDULE).await?.as_deref() == Some(text.as_slice()) {
            return Ok(());
        }
        let system = SystemScope::of_the_service();
        let mut last = (0, 0);
        while !self.inner.stop.is_cancelled() {
            let members = self.db().members_after(system, last, RECONCILE_PAGE).await?;
            let Some((scope, no)) = members.last() else {
                let noted: store::Result<()> = self.db().write(move |tx| tx.set_meta(SCHEDULE, &text)).await;
                return Ok(noted?);
            };
            last = (scope.number(), *no);
            let written = members.into_iter().map(|(scope, no)| {
                let engine = self.clone();
                self.db().write(move |tx| {
                    tx.user_for_update(scope)?;
                    let member = tx.member_by_no(scope, no)?;
                    member.map_or(Ok(()), |member| engine.reschedule(tx, scope, &member))
                })
            });
            futures_util::future::join_all(written).await.into_iter().collect::<Result<()>>()?;
        }
        Ok(())
    }
}
