//! A member with its most recent job and institution, and the one place where an event of the state machine is
//! written: one transition, one commit (`spec: nexus-core, 10.2`).
use crate::{Engine, Error, Result, catalogue::Institution, job::Wanted, webhook::tell::Before};
use domain::{
    enums::{JobKind, JobStatus},
    env::Clock,
    guid::{JobGuid, MemberGuid},
    machine::{self, Event, Fate, JobState, Refusal, Transition},
    settings::Settings,
    time::Timestamp,
    timeline::{Happened, Timeline, cause},
};
use std::{sync::Arc, time::Duration};
use store::{Tx, jobs::Job, members::Member, scope::UserScope};

/// Days before the last job that a later one looks at again: longest that purchases stay pending, and one.
const PENDING_DAYS: i32 = 5;

/// What an event is applied to.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) scope: UserScope,
    pub(crate) member: Member,
    pub(crate) job: Option<Job>,
    pub(crate) institution: Arc<Institution>,
    /// Whether the member is gone after the last event.
    pub(crate) is_gone: bool,
}

impl Engine {
    /// A member of the user, for writing; other writes to the user's data wait.
    pub(crate) fn case(&self, tx: &mut Tx<'_>, scope: UserScope, guid: MemberGuid) -> Result<Case> {
        let member = tx.member(scope, guid)?.ok_or(Error::NotFound("member"))?;
        self.case_of(tx, scope, member)
    }

    pub(crate) fn case_of(&self, tx: &mut Tx<'_>, scope: UserScope, member: Member) -> Result<Case> {
        let job = match member.job {
            Some(guid) => tx.job(scope, guid)?,
            None => None,
        };
        let institution = self.institution(member.institution)?;
        Ok(Case { scope, member, job, institution, is_gone: false })
    }

    /// Settings as they hold at an institution: the sandbox's have no throttle (`spec: sandbox`).
    pub(crate) fn settings_at(&self, institution: &Institution) -> Settings {
        let mut settings = *self.settings();
        if institution.is_test {
            settings.aggregation_throttle = Duration::ZERO;
        }
        settings
    }

    /// Applies an event and writes what it changed. A refusal changes nothing.
    pub(crate) fn apply(
        &self,
        tx: &mut Tx<'_>,
        case: &mut Case,
        event: Event,
        wanted: Wanted,
    ) -> Result<Result<(), Refusal>> {
        let now = self.clock().now();
        let settings = self.settings_at(&case.institution);
        let job_state = case.job.as_ref().map(|job| job.state);
        let transition = match machine::apply(&case.member.state, job_state.as_ref(), &event, &settings, now)
        {
            Ok(transition) => transition,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.write_transition(tx, case, event, &transition, wanted, now)?;
        Ok(Ok(()))
    }

    fn write_transition(
        &self,
        tx: &mut Tx<'_>,
        case: &mut Case,
        event: Event,
        transition: &Transition,
        wanted: Wanted,
        now: Timestamp,
    ) -> Result<()> {
        let scope = case.scope;
        let before = Before::of(case);
        let status_before = case.member.state.status;
        case.member.state = transition.member;
        case.member.revision += 1;
        case.member.updated_at = now;
        if let Some(job) = case.job.as_mut().filter(|job| !job.state.status.is_final()) {
            // Of every row, also of one that leaves the job's status as it is.
            job.updated_at = now;
        }
        note(case, event, transition, now);
        if let (Some(state), Some(job)) = (transition.job, case.job.as_mut()) {
            job.state = state;
            if state.status.is_final() {
                tx.delete_challenges(scope, job.guid)?;
                job.continuation = None;
            }
        }
        if let Some(job) = case.job.clone() {
            let has_ended = transition.job.is_some_and(|state| state.status.is_final());
            let guid = job.guid;
            self.write_job(tx, case, job)?;
            if has_ended {
                // What the bank still says to a worker in the middle of a step is dropped.
                tx.fence_job_off(scope, guid)?;
            }
        }
        let ended_job = case.job.clone();
        if let Some(state) = transition.new_job {
            let wanted = case.job.as_ref().filter(|_| transition.job.is_some()).map_or(wanted, Wanted::of);
            let job = self.new_job(case, state, wanted, status_before, now);
            tx.insert_job(scope, &job)?;
            case.member.job = Some(job.guid);
            case.job = Some(job);
        }
        if transition.erase_credentials {
            tx.erase_member_credentials(scope, case.member.no)?;
        }
        self.write_member(tx, scope, &mut case.member)?;
        let is_deleted = transition.fate != Fate::Kept;
        self.tell_transition(tx, case, before, ended_job.as_ref(), is_deleted)?;
        match transition.fate {
            Fate::Kept => return Ok(()),
            Fate::Deleted => tx.delete_member(scope, case.member.no, now)?,
            Fate::Purged => tx.purge_member(scope, case.member.no)?,
        }
        if let Some(external) = &case.member.external_guid {
            tx.free_member_external_guid(scope, case.member.no, external)?;
        }
        case.is_gone = true;
        Ok(())
    }

    /// Writes a job with its next due time: the connector's step, or what time brings by itself.
    pub(crate) fn write_job(&self, tx: &mut Tx<'_>, case: &mut Case, mut job: Job) -> Result<()> {
        let settings = self.settings_at(&case.institution);
        if job.state.status.is_final() {
            job.step_at = None;
            job.due_at = None;
        } else {
            if job.state.status == JobStatus::Challenged {
                job.step_at = None;
            }
            let by_time =
                machine::next_due(&case.member.state, Some(&job.state), &settings).map(|due| due.at);
            job.due_at = [job.step_at, by_time].into_iter().flatten().min();
        }
        tx.update_job(case.scope, &job)?;
        case.job = Some(job);
        Ok(())
    }

    /// The job of a new member.
    pub(crate) fn first_job(&self, case: &Case, state: JobState, wanted: Wanted) -> Job {
        self.new_job(case, state, wanted, None, self.clock().now())
    }

    fn new_job(
        &self,
        case: &Case,
        state: JobState,
        wanted: Wanted,
        status_before: Option<domain::enums::ConnectionStatus>,
        now: Timestamp,
    ) -> Job {
        let settings = self.settings();
        let back = |days: u32| now.date().plus_days(-i32::try_from(days).unwrap_or(i32::MAX));
        let history_from = match (state.kind, case.member.state.completed_aggregation_started_at) {
            (JobKind::History, _) => back(settings.extended_history_months.saturating_mul(31)),
            (_, None) => back(settings.first_history_days),
            // What was pending at the last job may have been posted since: it is looked at again.
            (_, Some(last)) => back(settings.later_history_days).min(last.date().plus_days(-PENDING_DAYS)),
        };
        Job {
            guid: JobGuid::new(now, self.entropy()),
            member_no: case.member.no,
            member: case.member.guid,
            institution: case.member.institution,
            state,
            include_transactions: wanted.include_transactions,
            include_holdings: wanted.include_holdings,
            history_from,
            status_before,
            reason: None,
            created_at: now,
            updated_at: now,
            due_at: Some(now),
            step_at: Some(now),
            continuation: None,
            created_count: 0,
            updated_count: 0,
            timeline: Timeline::default(),
        }
    }
}

/// Adds to the timeline of the running job what an event did to it.
fn note(case: &mut Case, event: Event, transition: &Transition, now: Timestamp) {
    let Some(job) = case.job.as_mut().filter(|job| !job.state.status.is_final()) else { return };
    let what = match transition.job {
        Some(JobState { status, error, .. }) if status.is_final() => {
            Some(Happened::Ended { status, error, by: cause(&event).to_owned() })
        }
        _ => Happened::of(&event),
    };
    if let Some(what) = what {
        job.timeline.push(job.created_at, now, &what);
    }
}
