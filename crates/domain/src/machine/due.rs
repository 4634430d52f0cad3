//! When the machine has to be called again.
use super::{AskedBy, Event, JobState, MemberState, Settings, running, start};
use crate::{
    enums::{ConnectionStatus as C, JobKind, JobStatus as J},
    time::{MICROS_PER_SECOND, Timestamp},
};
use std::time::Duration;

/// An event that time brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Service time from which on it applies.
    pub at: Timestamp,
    /// What to apply then.
    pub event: Event,
}

/// Whether the job's challenge set may be listed and answered. It may not from the due time of row 15 on,
/// whether or not that row was written yet (`spec: nexus-core, 10.2`).
pub fn challenge_is_open(job: &JobState, now: Timestamp) -> bool {
    job.status == J::Challenged && job.challenge_expires_at.is_some_and(|end| now < end)
}

/// The next thing that time brings to a running job: row 10, 15 or the time limit of row 23. `None` while the
/// job waits in the queue, and after its end.
pub fn next_due(member: &MemberState, job: Option<&JobState>, settings: &Settings) -> Option<Due> {
    let job = running(member, job)?;
    if job.status == J::Challenged {
        return job.challenge_expires_at.map(|at| Due { at, event: Event::ChallengeExpired });
    }
    let delayed = delayed_at(member, job, settings).map(|at| Due { at, event: Event::DelayedDue });
    let limit = time_limit_at(job, settings).map(|at| Due { at, event: Event::Failed { timed_out: true } });
    delayed.into_iter().chain(limit).min_by_key(|due| due.at)
}

/// When row 10 is due: `delayed_after` since the job was taken or answered.
pub(super) fn delayed_at(member: &MemberState, job: &JobState, settings: &Settings) -> Option<Timestamp> {
    let is_waited_for = matches!(member.status, Some(C::Created | C::Updated | C::Reconnected | C::Resumed));
    let is_worked_on = matches!(job.status, J::Requested | J::Received | J::Transferred | J::Processed);
    let since = job.started_at.max(job.answered_at)?;
    (is_waited_for && is_worked_on).then(|| after(since, settings.delayed_after))
}

/// When row 23 is due: the waits for answers do not count.
pub(super) fn time_limit_at(job: &JobState, settings: &Settings) -> Option<Timestamp> {
    let is_worked_on = matches!(job.status, J::Requested | J::Received | J::Transferred | J::Processed);
    let started_at = job.started_at.filter(|_| is_worked_on)?;
    Some(after(started_at, settings.job_time_limit).plus_micros(job.waited_micros))
}

/// The next thing that time brings to a member at rest: row 6, the hourly sweep of row 25, or a background
/// aggregation. `in_background` is false for disabled and restricted users and where
/// `background_aggregation_is_disabled`; the caller leaves out deleted members.
pub fn member_due(member: &MemberState, settings: &Settings, in_background: bool, seed: u64) -> Option<Due> {
    if member.is_being_aggregated {
        return None;
    }
    let pending = (member.status == Some(C::Pending))
        .then(|| Due { at: after(member.created_at, settings.pending_lifetime), event: Event::PendingOld });
    let degraded = member.status == Some(C::Degraded) && member.failures >= settings.failed_limit;
    let sweep =
        degraded.then(|| Due { at: whole_hour_from(disconnected_at(member, settings)), event: Event::Sweep });
    let event = Event::AskJob { kind: JobKind::Aggregation, by: AskedBy::Background };
    let background = in_background.then(|| background_due_at(member, settings, seed)).flatten();
    let background = background.map(|at| Due { at, event });
    [pending, sweep, background].into_iter().flatten().min_by_key(|due| due.at)
}

/// When row 25 holds for a member that keeps failing.
pub(super) fn disconnected_at(member: &MemberState, settings: &Settings) -> Timestamp {
    after(member.successfully_aggregated_at.unwrap_or(member.created_at), settings.disconnected_after)
}

/// The moment itself where it is a whole hour, else the next one: what comes round hourly is looked at then.
pub fn whole_hour_from(moment: Timestamp) -> Timestamp {
    const HOUR: i64 = 3600 * MICROS_PER_SECOND;
    let past = moment.as_micros().rem_euclid(HOUR);
    if past == 0 { moment } else { moment.plus_micros(HOUR - past) }
}

/// When the next background aggregation is due, by the status alone; `None` where there is none. The caller
/// leaves out disabled and restricted users, `background_aggregation_is_disabled` and deleted members.
///
/// `seed` spreads the members over the day: a number that is fixed for the member, such as a hash of its guid.
pub fn background_due_at(member: &MemberState, settings: &Settings, seed: u64) -> Option<Timestamp> {
    if member.is_being_aggregated || !member.has_pfm || !start::in_background(member) {
        return None;
    }
    if member.status == Some(C::Created) && member.aggregated_at.is_none() {
        return Some(member.created_at);
    }
    let interval = match member.status {
        Some(C::Disconnected) => settings.disconnected_interval,
        _ => settings.background_interval,
    };
    // 2 hours of 24 each way: what an operator shortens keeps its proportion.
    let spread = micros(settings.background_interval) / 12;
    let width = u64::try_from(spread.saturating_mul(2)).unwrap_or(0).saturating_add(1);
    let offset = i64::try_from(seed % width).unwrap_or(0) - spread;
    Some(after(member.aggregated_at.unwrap_or(member.created_at), interval).plus_micros(offset))
}

/// The moment so long after another.
pub(super) fn after(moment: Timestamp, duration: Duration) -> Timestamp {
    moment.plus_micros(micros(duration))
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
