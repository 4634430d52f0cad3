//! The transitions, one `match`, with the rows of `spec: nexus-core, 10.2` beside them.
use super::{
    AskedBy, Cause, Causes, Event, Fate, JobError, JobState, MemberState, RETAKES_MAX, Refusal, Settings,
    Transition, UpdateWhileRunning, due, running, start,
};
use crate::{
    enums::{ConnectionStatus as C, JobKind, JobStatus as J},
    time::Timestamp,
};

type Outcome = Result<Transition, Refusal>;

/// Applies an event to a member and its most recent job. Pure; on refusal nothing changes.
pub fn apply(
    member: &MemberState,
    job: Option<&JobState>,
    event: &Event,
    settings: &Settings,
    now: Timestamp,
) -> Outcome {
    let case = Case { member: *member, job: running(member, job), settings, now };
    case.apply(*event)
}

/// What an event meets.
#[derive(Clone, Copy)]
struct Case<'a> {
    member: MemberState,
    /// The job that runs.
    job: Option<&'a JobState>,
    settings: &'a Settings,
    now: Timestamp,
}

impl Case<'_> {
    fn apply(self, event: Event) -> Outcome {
        match event {
            Event::ConsentGiven { skip_aggregation } => self.consent(skip_aggregation), // row 4
            Event::ConsentFailed => Ok(self.unchanged()),                               // row 5
            Event::PendingOld => self.pending_old(),                                    // row 6
            Event::AskJob { kind, by } => self.ask(kind, by),                           // rows 7, 8
            Event::Take => self.take(),                                                 // row 9
            Event::DelayedDue => self.delay(),                                          // row 10
            Event::Challenge => self.challenge(),                                       // rows 11, 13
            Event::Answered { by_update } => self.answer(by_update),                    // row 12
            Event::AnswerRefused => self.answer_refused(C::Rejected, J::Denied, JobError::AnswerRefused), // row 14
            Event::AnswerTooLate => self.answer_refused(C::Expired, J::Halted, JobError::AnswerLate), // row 15
            Event::ChallengeExpired => self.challenge_expired(), // row 15
            Event::Authenticated => self.authenticated(),        // row 16
            Event::Fetched => self.fetched(),                    // row 17
            Event::Stored { nothing_found } => self.stored(nothing_found), // row 18
            Event::CredentialsRefused => self.refused(self.member.denials.saturating_add(1)), // rows 19, 20
            Event::Locked => self.worked_end(self.to(C::Locked), J::Halted, JobError::Locked), // row 21
            Event::Impeded => self.worked_end(self.to(C::Impeded), J::Halted, JobError::Impeded), // row 22
            Event::Failed { timed_out: false } => self.failed(JobError::Institution), // rows 23 to 25
            Event::Failed { timed_out: true } => self.timed_out(), // rows 23 to 25
            Event::Sweep => self.sweep(),                        // row 25
            Event::UpdateCredentials { .. } if self.member.is_oauth => {
                Err(Refusal::CredentialsCannotBeUpdated)
            }
            Event::UpdateCredentials { skip_aggregation } => self.update(skip_aggregation), // row 26
            Event::Impaired => self.impaired(),                                             // row 27
            Event::MovedConnector => self.moved(),                                          // row 28
            Event::Retired => self.retired(),                                               // row 29
            Event::Closed => Ok(Transition { erase_credentials: true, ..self.halt(C::Closed) }), // row 30
            Event::Disabled(cause) => self.disabled(cause),                                 // row 31
            Event::Enabled(cause) => self.enabled(cause),                                   // row 31
            Event::Deleted => Ok(self.deleted()),                                           // row 33
            Event::Forced(status) => self.forced(status),
        }
    }

    /// Rows 4, 5.
    fn consent(mut self, skip_aggregation: bool) -> Outcome {
        let was_pending = self.member.status == Some(C::Pending);
        self.member.is_oauth = true;
        if !was_pending {
            // Refused in DISCONTINUED and CLOSED: that is row 5.
            return self.update(skip_aggregation);
        }
        let member = self.to(C::Created);
        Ok(self.start(member, skip_aggregation, JobKind::Aggregation, false))
    }

    /// Row 6.
    fn pending_old(self) -> Outcome {
        require(self.member.status == Some(C::Pending))?;
        self.require_due(due::after(self.member.created_at, self.settings.pending_lifetime))?;
        Ok(Transition { fate: Fate::Purged, ..self.unchanged() })
    }

    /// Rows 7, 8.
    fn ask(self, kind: JobKind, by: AskedBy) -> Outcome {
        start::may_start(&self.member, self.job, kind, by, self.settings, self.now)?;
        let member = match self.member.status {
            Some(C::Created | C::Connected | C::Reconnected | C::Updated) => self.member, // row 7
            _ => self.to(C::Updated),                                                     // row 8
        };
        Ok(self.start(member, false, kind, by == AskedBy::Background))
    }

    /// Row 9. A job that is taken again logs in anew, with the credentials that are stored by then.
    fn take(self) -> Outcome {
        let job = self.running()?;
        require(job.status != J::Challenged)?;
        if job.takes > RETAKES_MAX {
            return self.failed(JobError::Institution); // row 23
        }
        let member = MemberState {
            aggregated_at: Some(self.now),
            update_while_running: UpdateWhileRunning::None,
            ..self.member
        };
        let job = JobState {
            status: J::Requested,
            started_at: Some(self.now),
            takes: job.takes.saturating_add(1),
            answered_at: None,
            waited_micros: 0,
            ..*job
        };
        Ok(self.going_on(member, job))
    }

    /// Row 10.
    fn delay(self) -> Outcome {
        let job = self.running()?;
        let at = due::delayed_at(&self.member, job, self.settings).ok_or(Refusal::OutOfState)?;
        self.require_due(at)?;
        Ok(Transition { member: self.to(C::Delayed), ..self.unchanged() })
    }

    /// Rows 11, 13.
    fn challenge(self) -> Outcome {
        let job = JobState {
            status: J::Challenged,
            challenged_at: Some(self.now),
            challenge_expires_at: Some(due::after(self.now, self.settings.challenge_lifetime)),
            ..*self.worked_on()?
        };
        Ok(self.going_on(self.to(C::Challenged), job))
    }

    /// Row 12.
    fn answer(self, by_update: bool) -> Outcome {
        let job =
            self.job.filter(|job| due::challenge_is_open(job, self.now)).ok_or(Refusal::NotChallenged)?;
        let waited = job.challenged_at.map_or(0, |raised| self.now.micros_since(raised).max(0));
        let job = JobState {
            status: J::Received,
            challenged_at: None,
            challenge_expires_at: None,
            answered_at: Some(self.now),
            waited_micros: job.waited_micros.saturating_add(waited),
            ..*job
        };
        Ok(self.going_on(self.to(if by_update { C::Updated } else { C::Resumed }), job))
    }

    /// Row 14, and row 15 by the institution's clock.
    fn answer_refused(self, status: C, end: J, error: JobError) -> Outcome {
        require(self.running()?.status == J::Received)?;
        self.end(self.to(status), end, error)
    }

    /// Row 15.
    fn challenge_expired(self) -> Outcome {
        let job = self.running()?;
        require(job.status == J::Challenged)?;
        self.require_due(job.challenge_expires_at.unwrap_or(self.now))?;
        self.end(self.to(C::Expired), J::Halted, JobError::AnswerLate)
    }

    /// Row 16.
    fn authenticated(self) -> Outcome {
        let job = self.running()?;
        require(matches!(job.status, J::Requested | J::Received))?;
        let member = MemberState { denials: 0, ..self.to(C::Connected) };
        Ok(self.going_on(member, JobState { status: J::Transferred, is_authenticated: true, ..*job }))
    }

    /// Row 17.
    fn fetched(self) -> Outcome {
        let job = self.running()?;
        require(job.status == J::Transferred)?;
        Ok(self.going_on(self.member, JobState { status: J::Processed, ..*job }))
    }

    /// Row 18. Credentials that came meanwhile wait for the next job: this one succeeded.
    fn stored(self, nothing_found: bool) -> Outcome {
        let job = self.running()?;
        require(job.status == J::Processed)?;
        let mut member = MemberState {
            failures: 0,
            successfully_aggregated_at: Some(self.now),
            ..at_rest(self.to(C::Connected))
        };
        if job.kind == JobKind::Aggregation {
            member.completed_aggregation_started_at = job.started_at;
        }
        let error = nothing_found.then_some(JobError::NothingFound);
        Ok(self.going_on(member, self.ended(job, J::Completed, error)))
    }

    /// Rows 19, 20.
    fn refused(self, denials: u32) -> Outcome {
        let (status, end) = if denials < self.settings.denied_limit {
            (C::Denied, J::Denied) // row 19
        } else {
            (C::Prevented, J::Prevented) // row 20
        };
        self.worked_end(MemberState { denials, ..self.to(status) }, end, JobError::CredentialsRefused)
    }

    /// Row 23, the time limit.
    fn timed_out(self) -> Outcome {
        let at = due::time_limit_at(self.running()?, self.settings).ok_or(Refusal::OutOfState)?;
        self.require_due(at)?;
        self.failed(JobError::TimeLimit)
    }

    /// Rows 23 to 25. `is_authenticated` keeps its value.
    fn failed(self, error: JobError) -> Outcome {
        let failures = self.member.failures.saturating_add(1);
        let status = if failures < self.settings.failed_limit {
            C::Failed // row 23
        } else if self.is_long_without_success() {
            C::Disconnected // row 25
        } else {
            C::Degraded // row 24
        };
        self.worked_end(MemberState { failures, ..self.to(status) }, J::Halted, error)
    }

    /// Row 25, found by the hourly sweep.
    fn sweep(self) -> Outcome {
        require(self.member.status == Some(C::Degraded))?;
        if self.member.failures < self.settings.failed_limit || !self.is_long_without_success() {
            return Err(Refusal::NotDue);
        }
        Ok(Transition { member: self.to(C::Disconnected), ..self.unchanged() })
    }

    /// Row 26, and the update while a job works of section 4.
    fn update(mut self, skip_aggregation: bool) -> Outcome {
        self.member.denials = 0;
        self.member.failures = 0;
        match self.member.status {
            None | Some(C::Pending | C::Discontinued | C::Closed) => {
                return Err(Refusal::CredentialsCannotBeUpdated);
            }
            Some(C::Disabled) => {
                self.member.former_status = Some(C::Updated);
                return Ok(self.unchanged());
            }
            Some(_) => {}
        }
        let after_job = if skip_aggregation { UpdateWhileRunning::Skip } else { UpdateWhileRunning::Restart };
        let member = self.to(C::Updated);
        match self.job.map(|job| job.status) {
            None => Ok(self.start(member, skip_aggregation, JobKind::Aggregation, false)),
            // Nobody read the old credentials: the job will be taken with the new ones.
            Some(J::Initiated) => Ok(Transition { member, ..self.unchanged() }),
            Some(J::Challenged) => {
                self.member.update_while_running = after_job;
                self.end(member, J::Halted, JobError::Cancelled)
            }
            Some(_) => {
                let member = MemberState { update_while_running: after_job, ..member };
                Ok(Transition { member, ..self.unchanged() })
            }
        }
    }

    /// Row 27.
    fn impaired(self) -> Outcome {
        let member = self.to(C::Impaired);
        if self.job.is_some() {
            return self.end(member, J::Halted, JobError::CredentialsMissing);
        }
        require(start::allowed_at_rest(self.member.status).is_ok())?;
        Ok(Transition { member, ..self.unchanged() })
    }

    /// Row 28.
    fn moved(self) -> Outcome {
        match self.member.status {
            None
            | Some(
                C::Pending | C::Prevented | C::Denied | C::Closed | C::Disabled | C::Imported | C::Impaired,
            ) => Err(Refusal::OutOfState),
            Some(_) => Ok(self.halt(C::Reconnected)),
        }
    }

    /// Row 29.
    fn retired(self) -> Outcome {
        require(!matches!(self.member.status, None | Some(C::Pending | C::Closed)))?;
        Ok(self.halt(C::Discontinued))
    }

    /// Row 31. Several causes may hold at once; the status of before the first is kept.
    fn disabled(mut self, cause: Cause) -> Outcome {
        let causes = self.member.disabled_by.with(cause);
        let former = match self.member.status {
            None | Some(C::Pending) => return Err(Refusal::OutOfState),
            Some(C::Disabled) => {
                self.member.disabled_by = causes;
                return Ok(self.unchanged());
            }
            Some(_) if self.job.is_some() => C::Updated,
            Some(status) => status,
        };
        let mut transition = self.halt(C::Disabled);
        transition.member.former_status = Some(former);
        transition.member.disabled_by = Causes::NONE.with(cause);
        Ok(transition)
    }

    /// Row 31, the way back: with the last cause.
    fn enabled(mut self, cause: Cause) -> Outcome {
        require(self.member.status == Some(C::Disabled) && self.member.disabled_by.has(cause))?;
        self.member.disabled_by = self.member.disabled_by.without(cause);
        if !self.member.disabled_by.is_empty() {
            return Ok(self.unchanged());
        }
        Ok(self.halt(self.member.former_status.unwrap_or(C::Updated)))
    }

    /// Row 33; a PENDING member is purged at once.
    fn deleted(self) -> Transition {
        let fate = if self.member.status == Some(C::Pending) { Fate::Purged } else { Fate::Deleted };
        let job = self.job.map(|job| self.ended(job, J::Halted, Some(JobError::Cancelled)));
        Transition { member: at_rest(self.member), job, fate, ..self.unchanged() }
    }

    /// A status by a word of the sandbox bank, on the way of the row that leads to it.
    fn forced(mut self, status: C) -> Outcome {
        self.worked_on()?;
        match status {
            C::Denied => self.apply(Event::CredentialsRefused),
            C::Prevented => {
                self.refused(self.member.denials.saturating_add(1).max(self.settings.denied_limit))
            } // row 20
            C::Rejected => self.apply(Event::AnswerRefused),
            C::Expired => self.apply(Event::AnswerTooLate),
            C::Locked => self.apply(Event::Locked),
            C::Impeded => self.apply(Event::Impeded),
            C::Failed => self.apply(Event::Failed { timed_out: false }),
            C::Degraded | C::Disconnected => {
                // Rows 24 and 25 as if this were the last of the failures they count.
                let failures = self.member.failures.saturating_add(1).max(self.settings.failed_limit);
                let member = MemberState { failures, ..self.to(status) };
                self.worked_end(member, J::Halted, JobError::Institution)
            }
            C::Impaired => self.apply(Event::Impaired),
            C::Imported => {
                // Row 32 in place of a creation: there is nothing left that a new job could begin with.
                self.member.update_while_running = UpdateWhileRunning::None;
                let ended = self.end(self.to(C::Imported), J::Halted, JobError::CredentialsMissing)?;
                Ok(Transition { erase_credentials: true, ..ended })
            }
            C::Reconnected => self.apply(Event::MovedConnector),
            C::Discontinued => self.apply(Event::Retired),
            C::Closed => self.apply(Event::Closed),
            C::Disabled => self.apply(Event::Disabled(Cause::Bank)),
            C::Created | C::Challenged | C::Connected | C::Delayed | C::Updated | C::Resumed | C::Pending => {
                Err(Refusal::OutOfState)
            }
        }
    }
}

/// What the rows have in common.
impl<'a> Case<'a> {
    fn unchanged(&self) -> Transition {
        Transition {
            member: self.member,
            job: None,
            new_job: None,
            erase_credentials: false,
            fate: Fate::Kept,
        }
    }

    fn to(&self, status: C) -> MemberState {
        MemberState { status: Some(status), ..self.member }
    }

    fn going_on(&self, member: MemberState, job: JobState) -> Transition {
        Transition { member, job: Some(job), ..self.unchanged() }
    }

    fn start(&self, member: MemberState, skip: bool, kind: JobKind, is_background: bool) -> Transition {
        let new_job = (!skip).then(|| JobState::new(kind, is_background));
        let member = MemberState { is_being_aggregated: !skip, ..member };
        Transition { member, new_job, ..self.unchanged() }
    }

    fn ended(&self, job: &JobState, status: J, error: Option<JobError>) -> JobState {
        JobState {
            status,
            error,
            finished_at: Some(self.now),
            challenged_at: None,
            challenge_expires_at: None,
            ..*job
        }
    }

    /// "end n/e" of rows 14, 15, 19 to 25 and 27: of these only the job's column holds where newer credentials
    /// wait, and a job of the same kind begins with them (section 4).
    fn end(&self, member: MemberState, status: J, error: JobError) -> Outcome {
        let job = self.running()?;
        let ended = Some(self.ended(job, status, Some(error)));
        let skip = match self.member.update_while_running {
            UpdateWhileRunning::None => {
                return Ok(Transition { member: at_rest(member), job: ended, ..self.unchanged() });
            }
            UpdateWhileRunning::Restart => false,
            UpdateWhileRunning::Skip => true,
        };
        let restarted = self.start(at_rest(self.to(C::Updated)), skip, job.kind, false);
        Ok(Transition { job: ended, ..restarted })
    }

    /// The same, by the institution: it speaks only with a job that a worker has taken.
    fn worked_end(&self, member: MemberState, status: J, error: JobError) -> Outcome {
        self.worked_on()?;
        self.end(member, status, error)
    }

    /// Rows 28 to 31: a running job ends 9/9.
    fn halt(&self, status: C) -> Transition {
        let job = self.job.map(|job| self.ended(job, J::Halted, Some(JobError::Cancelled)));
        let member =
            MemberState { former_status: None, disabled_by: Causes::NONE, ..at_rest(self.to(status)) };
        Transition { member, job, ..self.unchanged() }
    }

    fn is_long_without_success(&self) -> bool {
        self.now >= due::disconnected_at(&self.member, self.settings)
    }

    fn running(&self) -> Result<&'a JobState, Refusal> {
        self.job.ok_or(Refusal::OutOfState)
    }

    /// The running job, if a worker has taken it and it does not wait for an answer.
    fn worked_on(&self) -> Result<&'a JobState, Refusal> {
        let job = self.running()?;
        require(!matches!(job.status, J::Initiated | J::Challenged))?;
        Ok(job)
    }

    fn require_due(&self, at: Timestamp) -> Result<(), Refusal> {
        if self.now >= at { Ok(()) } else { Err(Refusal::NotDue) }
    }
}

/// The member without a running job, and without what depends on one.
fn at_rest(member: MemberState) -> MemberState {
    MemberState { is_being_aggregated: false, update_while_running: UpdateWhileRunning::None, ..member }
}

fn require(holds: bool) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::OutOfState) }
}
