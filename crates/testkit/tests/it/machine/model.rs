//! A second state machine, written from the sentences of `spec: nexus-core, 4, 10.2 to 10.4`, and from nothing else.
use domain::{
    enums::{ConnectionStatus as C, JobKind},
    machine::{AskedBy, Cause, Event},
};

mod time;
use time::not_before;

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// A job as `GET /jobs/{guid}` shows it, and what the rules need besides. Times are microseconds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Job {
    pub(super) kind: JobKind,
    pub(super) is_background: bool,
    /// 0 to 9.
    pub(super) status: u8,
    pub(super) is_authenticated: bool,
    pub(super) error: Option<u16>,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) started: Option<i64>,
    pub(super) finished: Option<i64>,
    takes: u32,
    /// When the open question was raised.
    asked: i64,
    /// When the last answer came, since it was taken.
    answered: Option<i64>,
    /// Spent waiting for answers, since it was taken.
    waited: i64,
}

/// A member and all its jobs, oldest first.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "columns of the contract")]
pub(super) struct Member {
    pub(super) status: Option<C>,
    pub(super) is_oauth: bool,
    pub(super) is_managed_by_user: bool,
    pub(super) has_pfm: bool,
    pub(super) denials: u32,
    pub(super) failures: u32,
    /// While DISABLED: what comes back.
    pub(super) former: Option<C>,
    /// What keeps it DISABLED.
    pub(super) causes: Vec<Cause>,
    /// Newer credentials wait for the end of a job; whether they came with `skip_aggregation`.
    pub(super) newer: Option<bool>,
    pub(super) created: i64,
    pub(super) aggregated: Option<i64>,
    pub(super) succeeded: Option<i64>,
    /// Start of the last completed aggregation, and how long the throttle counts from it.
    pub(super) completed_start: Option<i64>,
    pub(super) throttle: i64,
    pub(super) revision: i64,
    pub(super) is_gone: bool,
    pub(super) erasures: u32,
    pub(super) jobs: Vec<Job>,
}

/// Why nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum No {
    /// An error, with its code and message.
    Error(u16, &'static str),
    /// 202.
    Accepted,
    /// Passed over, without a word.
    PassedOver,
    /// No row says what would happen.
    Unwritten,
    /// It is too early.
    TooEarly,
}

type Done = Result<(), No>;

const CANNOT_UPDATE: No = No::Error(4050, "Credentials cannot be updated.");
const NOT_CHALLENGED: No = No::Error(4050, "Member is not challenged.");
const CANNOT_AGGREGATE: No = No::Error(4050, "Member cannot be aggregated.");
const CREDENTIALS_FIRST: No = No::Error(4050, "Credentials must be updated first.");
const OTHER_RUNS: No = No::Error(4090, "Another job is running for this member.");
const NO_PFM: No = No::Error(4030, "Member's use_cases do not include PFM");

impl Member {
    /// Rows 1, 2, 3 and 32, by the status a member begins in; null: manual, held data.
    pub(super) fn new(status: Option<C>, has_job: bool, now: i64) -> Self {
        let mut member = Self {
            status,
            is_oauth: status == Some(C::Pending),
            is_managed_by_user: true,
            has_pfm: true,
            denials: 0,
            failures: 0,
            former: None,
            causes: Vec::new(),
            newer: None,
            created: now,
            aggregated: None,
            succeeded: None,
            completed_start: None,
            throttle: 3 * HOUR,
            revision: 0,
            is_gone: false,
            erasures: 0,
            jobs: Vec::new(),
        };
        if has_job {
            member.begin(JobKind::Aggregation, false, now);
        }
        member
    }

    /// What a row does; every row is one more revision. Refused: nothing changes.
    pub(super) fn tell(&mut self, event: Event, now: i64) -> Done {
        let before = self.clone();
        let done = if self.is_gone { Err(No::Unwritten) } else { self.row(event, now) };
        if done.is_err() {
            *self = before;
            return done;
        }
        self.revision += 1;
        let touched = self.jobs.get_mut(before.jobs.len().wrapping_sub(1)).filter(|_| before.runs());
        if let Some(job) = touched {
            job.updated = now;
        }
        done
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each row")]
    fn row(&mut self, event: Event, now: i64) -> Done {
        match event {
            Event::ConsentGiven { skip_aggregation } => self.consent(skip_aggregation, now),
            Event::ConsentFailed => Ok(()),
            Event::PendingOld => {
                only(self.is(&[C::Pending]))?;
                not_before(self.created + HOUR, now)?;
                self.is_gone = true;
                Ok(())
            }
            Event::AskJob { kind, by } => self.ask(kind, by, now),
            Event::Take => self.take(now),
            Event::DelayedDue => {
                let at = self.delayed_at().ok_or(No::Unwritten)?;
                not_before(at, now)?;
                self.be(C::Delayed)
            }
            Event::Challenge => {
                only(self.job_in(&[1, 3, 4, 5]))?;
                let job = self.job()?;
                (job.status, job.asked) = (2, now);
                self.be(C::Challenged)
            }
            Event::Answered { by_update } => self.answered(by_update, now),
            Event::AnswerRefused => self.over(&[3], C::Rejected, 8, 2, now),
            Event::AnswerTooLate => self.over(&[3], C::Expired, 9, 3, now),
            Event::ChallengeExpired => {
                only(self.job_in(&[2]))?;
                not_before(self.last()?.asked + 15 * MINUTE, now)?;
                self.over(&[2], C::Expired, 9, 3, now)
            }
            Event::Authenticated => {
                only(self.job_in(&[1, 3]))?;
                let job = self.job()?;
                (job.status, job.is_authenticated) = (4, true);
                self.denials = 0;
                self.be(C::Connected)
            }
            Event::Fetched => {
                only(self.job_in(&[4]))?;
                self.job()?.status = 5;
                Ok(())
            }
            Event::Stored { nothing_found } => self.stored(nothing_found, now),
            Event::CredentialsRefused => self.refused(self.denials + 1, now),
            Event::Locked => self.over(&[1, 3, 4, 5], C::Locked, 9, 4, now),
            Event::Impeded => self.over(&[1, 3, 4, 5], C::Impeded, 9, 5, now),
            Event::Failed { timed_out: false } => self.failed(6, now),
            Event::Failed { timed_out: true } => {
                let at = self.limit_at().ok_or(No::Unwritten)?;
                not_before(at, now)?;
                self.failed(7, now)
            }
            Event::Sweep => {
                only(self.is(&[C::Degraded]))?;
                not_before(self.succeeded.unwrap_or(self.created) + 14 * DAY, now)?;
                self.be(C::Disconnected)
            }
            Event::UpdateCredentials { .. } if self.is_oauth => Err(CANNOT_UPDATE),
            Event::UpdateCredentials { skip_aggregation } => self.update(skip_aggregation, now),
            Event::Impaired if self.runs() => self.over(&[0, 1, 2, 3, 4, 5], C::Impaired, 9, 8, now),
            Event::Impaired => {
                // At rest: any with "yes" by call in 10.4.
                only(self.by_call().is_ok())?;
                self.be(C::Impaired)
            }
            Event::MovedConnector => {
                let spared = [C::Prevented, C::Denied, C::Closed, C::Disabled, C::Imported, C::Impaired];
                only(self.has_begun() && !self.is(&spared))?;
                self.halt(C::Reconnected, now)
            }
            Event::Retired => {
                only(self.has_begun() && !self.is(&[C::Closed]))?;
                self.halt(C::Discontinued, now)
            }
            Event::Closed => {
                self.erasures += 1;
                self.halt(C::Closed, now)
            }
            Event::Disabled(cause) => self.disabled(cause, now),
            Event::Enabled(cause) => {
                only(self.is(&[C::Disabled]) && self.causes.contains(&cause))?;
                self.causes.retain(|other| *other != cause);
                if !self.causes.is_empty() {
                    return Ok(());
                }
                let back = self.former.unwrap_or(C::Updated);
                self.halt(back, now)
            }
            Event::Deleted => {
                if self.runs() {
                    self.end(9, Some(9), now);
                }
                self.is_gone = true;
                Ok(())
            }
            Event::Forced(status) => self.forced(status, now),
        }
    }

    /// Row 4.
    fn consent(&mut self, skip: bool, now: i64) -> Done {
        self.is_oauth = true;
        if !self.is(&[C::Pending]) {
            return self.update(skip, now);
        }
        if !skip {
            self.begin(JobKind::Aggregation, false, now);
        }
        self.be(C::Created)
    }

    /// Rows 7 and 8; 10.3 and 10.4.
    fn ask(&mut self, kind: JobKind, by: AskedBy, now: i64) -> Done {
        if by != AskedBy::Background {
            let is_throttled = kind == JobKind::Aggregation
                && self.is(&[C::Connected])
                && self.completed_start.is_some_and(|start| now < start + self.throttle);
            let all = by == AskedBy::Session;
            if (all || kind == JobKind::Aggregation) && !self.has_pfm {
                return Err(if all { No::PassedOver } else { NO_PFM });
            }
            if self.runs() {
                let other = self.last()?.kind != kind;
                return Err(match (all, other) {
                    (true, _) => No::PassedOver,
                    (false, true) => OTHER_RUNS,
                    (false, false) => No::Accepted,
                });
            }
            if all && (self.is(&[C::Locked, C::Denied]) || self.by_call().is_err()) {
                return Err(No::PassedOver);
            }
            self.by_call()?;
            if is_throttled {
                return Err(No::Accepted);
            }
        } else if self.background_window().is_none() {
            return Err(No::PassedOver);
        }
        if !self.is(&[C::Created, C::Connected, C::Reconnected, C::Updated]) {
            self.be(C::Updated)?;
        }
        self.begin(kind, by == AskedBy::Background, now);
        Ok(())
    }

    /// Row 9.
    fn take(&mut self, now: i64) -> Done {
        only(self.job_in(&[0, 1, 3, 4, 5]))?;
        if self.last()?.takes == 4 {
            return self.failed(6, now);
        }
        let job = self.job()?;
        job.takes += 1;
        (job.status, job.started, job.answered, job.waited) = (1, Some(now), None, 0);
        (self.aggregated, self.newer) = (Some(now), None);
        Ok(())
    }

    /// Row 12.
    fn answered(&mut self, by_update: bool, now: i64) -> Done {
        if !self.is_open(now) {
            return Err(NOT_CHALLENGED);
        }
        let job = self.job()?;
        job.waited += now - job.asked;
        (job.status, job.answered) = (3, Some(now));
        self.be(if by_update { C::Updated } else { C::Resumed })
    }

    /// Row 18.
    fn stored(&mut self, nothing_found: bool, now: i64) -> Done {
        only(self.job_in(&[5]))?;
        let job = self.last()?;
        if job.kind == JobKind::Aggregation {
            self.completed_start = job.started;
        }
        self.end(6, nothing_found.then_some(1000), now);
        (self.failures, self.newer, self.succeeded) = (0, None, Some(now));
        self.be(C::Connected)
    }

    /// Rows 19 and 20.
    fn refused(&mut self, denials: u32, now: i64) -> Done {
        let waits = self.newer.is_some();
        let (status, n) = if denials >= 3 { (C::Prevented, 7) } else { (C::Denied, 8) };
        self.over(&[1, 3, 4, 5], status, n, 1, now)?;
        if !waits {
            self.denials = denials;
        }
        Ok(())
    }

    /// Rows 23 to 25.
    fn failed(&mut self, error: u16, now: i64) -> Done {
        let waits = self.newer.is_some();
        let failures = self.failures + 1;
        let is_long = now - self.succeeded.unwrap_or(self.created) >= 14 * DAY;
        let status = match (failures >= 3, is_long) {
            (false, _) => C::Failed,
            (true, false) => C::Degraded,
            (true, true) => C::Disconnected,
        };
        self.over(&[1, 3, 4, 5], status, 9, error, now)?;
        if !waits {
            self.failures = failures;
        }
        Ok(())
    }

    /// Row 26 and section 4.
    fn update(&mut self, skip: bool, now: i64) -> Done {
        if !self.has_begun() || self.is(&[C::Discontinued, C::Closed]) {
            return Err(CANNOT_UPDATE);
        }
        (self.denials, self.failures) = (0, 0);
        if self.is(&[C::Disabled]) {
            self.former = Some(C::Updated);
            return Ok(());
        }
        self.be(C::Updated)?;
        if self.job_in(&[1, 3, 4, 5]) {
            self.newer = Some(skip);
        } else if self.job_in(&[2]) {
            let kind = self.last()?.kind;
            self.end(9, Some(9), now);
            self.newer = None;
            if !skip {
                self.begin(kind, false, now);
            }
        } else if !self.runs() && !skip {
            self.begin(JobKind::Aggregation, false, now);
        }
        Ok(())
    }

    /// Row 31.
    fn disabled(&mut self, cause: Cause, now: i64) -> Done {
        only(self.has_begun())?;
        if self.is(&[C::Disabled]) {
            self.causes.retain(|other| *other != cause);
            self.causes.push(cause);
            return Ok(());
        }
        let former = if self.runs() { Some(C::Updated) } else { self.status };
        self.halt(C::Disabled, now)?;
        self.former = former;
        self.causes = vec![cause];
        Ok(())
    }

    /// `spec: sandbox, 2`: the row that leads to the status.
    fn forced(&mut self, status: C, now: i64) -> Done {
        only(self.job_in(&[1, 3, 4, 5]))?;
        let waits = self.newer.is_some();
        let job = &[1, 3, 4, 5];
        match status {
            C::Prevented => self.refused(3, now),
            C::Denied => self.row(Event::CredentialsRefused, now),
            C::Rejected => self.row(Event::AnswerRefused, now),
            C::Expired => self.row(Event::AnswerTooLate, now),
            C::Locked => self.row(Event::Locked, now),
            C::Impeded => self.row(Event::Impeded, now),
            C::Failed => self.row(Event::Failed { timed_out: false }, now),
            C::Impaired => self.row(Event::Impaired, now),
            C::Reconnected => self.row(Event::MovedConnector, now),
            C::Discontinued => self.row(Event::Retired, now),
            C::Closed => self.row(Event::Closed, now),
            C::Disabled => self.row(Event::Disabled(Cause::Bank), now),
            C::Degraded | C::Disconnected => {
                self.over(job, status, 9, 6, now)?;
                if !waits {
                    self.failures = (self.failures + 1).max(3);
                }
                Ok(())
            }
            C::Imported => {
                (self.newer, self.erasures) = (None, self.erasures + 1);
                self.over(job, status, 9, 8, now)
            }
            _ => Err(No::Unwritten),
        }
    }

    /// "end n/e" of rows 14, 15, 19 to 25, 27. Where newer credentials wait, only the job's column holds, and a job
    /// of the same kind begins with them, unless skipped (section 4).
    fn over(&mut self, from: &[u8], status: C, n: u8, error: u16, now: i64) -> Done {
        only(self.job_in(from))?;
        let kind = self.last()?.kind;
        self.end(n, Some(error), now);
        match self.newer.take() {
            None => self.be(status),
            Some(skip) => {
                if !skip {
                    self.begin(kind, false, now);
                }
                self.be(C::Updated)
            }
        }
    }

    /// Rows 28 to 31: a running job ends 9/9.
    fn halt(&mut self, status: C, now: i64) -> Done {
        if self.runs() {
            self.end(9, Some(9), now);
        }
        (self.newer, self.former) = (None, None);
        self.causes.clear();
        self.be(status)
    }

    fn begin(&mut self, kind: JobKind, is_background: bool, now: i64) {
        self.jobs.push(Job {
            kind,
            is_background,
            status: 0,
            is_authenticated: false,
            error: None,
            created: now,
            updated: now,
            started: None,
            finished: None,
            takes: 0,
            asked: 0,
            answered: None,
            waited: 0,
        });
    }

    fn end(&mut self, status: u8, error: Option<u16>, now: i64) {
        if let Some(job) = self.jobs.last_mut() {
            (job.status, job.error, job.finished) = (status, error, Some(now));
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the last word of a row")]
    fn be(&mut self, status: C) -> Done {
        self.status = Some(status);
        Ok(())
    }

    /// Whether a job exists that is not finished.
    pub(super) fn runs(&self) -> bool {
        self.jobs.last().is_some_and(|job| job.status < 6)
    }

    pub(super) fn last(&self) -> Result<&Job, No> {
        self.jobs.last().ok_or(No::Unwritten)
    }

    fn job(&mut self) -> Result<&mut Job, No> {
        self.jobs.last_mut().ok_or(No::Unwritten)
    }

    pub(super) fn is(&self, statuses: &[C]) -> bool {
        self.status.is_some_and(|status| statuses.contains(&status))
    }
}

fn only(holds: bool) -> Done {
    if holds { Ok(()) } else { Err(No::Unwritten) }
}
