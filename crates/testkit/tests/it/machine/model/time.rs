//! What time brings, and who may start a job (`spec: nexus-core, 10.2 rows 10, 15, 23; 10.4`).
use super::{CANNOT_AGGREGATE, CREDENTIALS_FIRST, DAY, Done, HOUR, MINUTE, Member, No};
use domain::{enums::ConnectionStatus as C, machine::Event};

impl Member {
    pub(in crate::machine) fn job_in(&self, statuses: &[u8]) -> bool {
        self.jobs.last().is_some_and(|job| statuses.contains(&job.status))
    }

    /// Neither null nor PENDING.
    pub(super) fn has_begun(&self) -> bool {
        self.status.is_some_and(|status| status != C::Pending)
    }

    /// Whether challenges are listed and may be answered.
    pub(in crate::machine) fn is_open(&self, now: i64) -> bool {
        self.job_in(&[2]) && self.jobs.last().is_some_and(|job| now < job.asked + 15 * MINUTE)
    }

    /// Row 10: 60 s since row 9 or 12.
    pub(super) fn delayed_at(&self) -> Option<i64> {
        let waits = self.is(&[C::Created, C::Updated, C::Reconnected, C::Resumed]);
        let job = self.jobs.last().filter(|_| waits && self.job_in(&[1, 3, 4, 5]))?;
        Some(job.started.max(job.answered)? + MINUTE)
    }

    /// Row 23: 10 minutes since row 9 without the waits for answers.
    pub(super) fn limit_at(&self) -> Option<i64> {
        let job = self.jobs.last().filter(|_| self.job_in(&[1, 3, 4, 5]))?;
        Some(job.started? + job.waited + 10 * MINUTE)
    }

    /// What time brings next to a running job.
    pub(in crate::machine) fn next_due(&self) -> Option<(i64, Event)> {
        if self.job_in(&[2]) {
            return Some((self.jobs.last()?.asked + 15 * MINUTE, Event::ChallengeExpired));
        }
        let delayed = self.delayed_at().map(|at| (at, Event::DelayedDue));
        let limit = self.limit_at().map(|at| (at, Event::Failed { timed_out: true }));
        delayed.into_iter().chain(limit).min_by_key(|due| due.0)
    }

    /// 10.4, background: between which times a job may begin by itself.
    pub(in crate::machine) fn background_window(&self) -> Option<(i64, i64)> {
        let is_held = !self.is_managed_by_user && self.is(&[C::Created]);
        let days = match self.status? {
            C::Connected | C::Failed | C::Degraded | C::Impeded => 1,
            C::Disconnected => 7,
            _ if is_held => 1,
            _ => return None,
        };
        if self.runs() || !self.has_pfm {
            return None;
        }
        match self.aggregated {
            None if is_held => Some((self.created, self.created)),
            since => {
                let at = since.unwrap_or(self.created) + days * DAY;
                Some((at - 2 * HOUR, at + 2 * HOUR))
            }
        }
    }

    /// The first column of 10.4, for members at rest.
    pub(super) fn by_call(&self) -> Done {
        match self.status {
            None | Some(C::Pending | C::Discontinued | C::Closed | C::Disabled) => Err(CANNOT_AGGREGATE),
            Some(C::Prevented | C::Imported | C::Impaired) => Err(CREDENTIALS_FIRST),
            Some(C::Challenged | C::Resumed | C::Delayed) => unreachable!("these only run"),
            Some(_) => Ok(()),
        }
    }
}

pub(super) fn not_before(at: i64, now: i64) -> Done {
    if now >= at { Ok(()) } else { Err(No::TooEarly) }
}
