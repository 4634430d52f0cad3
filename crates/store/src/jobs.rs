//! Jobs and their challenges: durable rows with a due time, a lease and a fence.
//!
//! `due_at` is service time: when a worker shall look at the job next; null once it ended. `lease_until` is
//! machine time: until then the worker that holds the present `fence` has the job for itself.
use crate::{
    Db, Param, Result, Row, Tx, params,
    scope::{SystemScope, UserScope},
    statements,
};
use domain::{
    enums::{ConnectionStatus, JobKind, JobStatus},
    guid::{CredentialGuid, InstitutionGuid, JobGuid, MemberGuid},
    machine::{JobError, JobState},
    time::{Date, Timestamp},
    timeline::Timeline,
};

macro_rules! columns {
    () => {
        "guid, member_no, member, institution, kind, status, error_code, is_authenticated, is_background, \
         include_transactions, include_holdings, history_from, status_before, reason, created_at, started_at, \
         finished_at, updated_at, takes, challenged_at, challenge_expires_at, answered_at, waited_micros, due_at, \
         continuation, created_count, updated_count, step_at, timeline"
    };
}

macro_rules! busy {
    () => {
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    };
}

/// Institutions that one look for due jobs can leave out.
pub const BUSY_MAX: usize = 8;

statements! {
    JOB: Point = concat!("SELECT ", columns!(), " FROM jobs WHERE user_id = ?1 AND guid = ?2");
    INSERT_JOB: Point = concat!("INSERT INTO jobs (user_id, ", columns!(), ", lease_until, fence) VALUES (?1, ?2, ?3, \
        ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, \
        ?27, ?28, ?29, ?30, 0, 0)");
    UPDATE_JOB: Point = "UPDATE jobs SET status = ?3, error_code = ?4, is_authenticated = ?5, reason = ?6, \
        started_at = ?7, finished_at = ?8, updated_at = ?9, takes = ?10, challenged_at = ?11, \
        challenge_expires_at = ?12, answered_at = ?13, waited_micros = ?14, due_at = ?15, continuation = ?16, \
        created_count = ?17, updated_count = ?18, step_at = ?19, timeline = ?20 WHERE user_id = ?1 AND guid = ?2";
    DUE_JOBS: Page = concat!("SELECT j.user_id, u.client, j.guid, j.fence, j.due_at, j.lease_until, j.institution \
        FROM jobs j JOIN users u ON u.id = j.user_id WHERE j.due_at <= ?9 AND j.lease_until <= ?10 \
        AND j.institution NOT IN ", busy!(), " ORDER BY j.due_at LIMIT ?11");
    NEXT_DUE: Point = "SELECT MIN(due_at) FROM jobs WHERE due_at IS NOT NULL";
    NEXT_FREE: Point = concat!("SELECT due_at FROM jobs WHERE due_at IS NOT NULL AND lease_until <= ?9 \
        AND institution NOT IN ", busy!(), " ORDER BY due_at LIMIT 1");
    LEASED: Page = "SELECT institution, COUNT(*) FROM jobs WHERE lease_until > 1 AND lease_until > ?1 \
        GROUP BY institution ORDER BY institution";
    LEASE_JOB: Point = "UPDATE jobs SET lease_until = ?4, fence = fence + 1 \
        WHERE user_id = ?1 AND guid = ?2 AND fence = ?3 AND due_at IS NOT NULL";
    RELEASE_JOB: Point = "UPDATE jobs SET lease_until = 0 WHERE user_id = ?1 AND guid = ?2 AND fence = ?3";
    RENEW_LEASE: Point = "UPDATE jobs SET lease_until = ?4 WHERE user_id = ?1 AND guid = ?2 AND fence = ?3";
    JOB_FENCE: Point = "SELECT fence FROM jobs WHERE user_id = ?1 AND guid = ?2";
    BUMP_FENCE: Point = "UPDATE jobs SET fence = fence + 1, lease_until = 0 WHERE user_id = ?1 AND guid = ?2";
    RELEASE_ALL: Heavy = "UPDATE jobs SET lease_until = 1 WHERE due_at IS NOT NULL AND lease_until > 1";
    DUE_UNTIL: Heavy = "SELECT COUNT(*) FROM jobs WHERE due_at <= ?1";
    UNFINISHED: Heavy = "SELECT COUNT(*) FROM jobs WHERE due_at IS NOT NULL";
    DELETE_OLD_JOBS: Heavy = "DELETE FROM jobs WHERE (user_id, guid) IN (SELECT j.user_id, j.guid FROM jobs j \
        WHERE j.finished_at < ?1 AND NOT EXISTS (SELECT 1 FROM members m \
        WHERE m.user_id = j.user_id AND m.job = j.guid AND m.deleted_at IS NULL) LIMIT ?2)";
    CHALLENGES: Page = "SELECT guid, document, answer, created_at FROM challenges \
        WHERE user_id = ?1 AND job = ?2 ORDER BY display_order";
    INSERT_CHALLENGE: Point = "INSERT INTO challenges (user_id, job, display_order, guid, document, created_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    ANSWER_CHALLENGE: Point = "UPDATE challenges SET answer = ?4 WHERE user_id = ?1 AND job = ?2 AND guid = ?3";
    DELETE_CHALLENGES: Page = "DELETE FROM challenges WHERE user_id = ?1 AND job = ?2";
}

/// A job, every column but its lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Guid, `JOB-`.
    pub guid: JobGuid,
    /// Number of the member within the user.
    pub member_no: i64,
    /// Guid of the member.
    pub member: MemberGuid,
    /// The institution.
    pub institution: InstitutionGuid,
    /// What the state machine reads and writes.
    pub state: JobState,
    /// Whether transactions are wanted.
    pub include_transactions: bool,
    /// Whether holdings are wanted.
    pub include_holdings: bool,
    /// First day of history wanted.
    pub history_from: Date,
    /// Status of the member before the job.
    pub status_before: Option<ConnectionStatus>,
    /// Why it ended as it did, for the operator.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Latest change.
    pub updated_at: Timestamp,
    /// Service time of the next look; none once it ended.
    pub due_at: Option<Timestamp>,
    /// Service time of the connector's next step; later than `due_at` where the machine has to act first.
    pub step_at: Option<Timestamp>,
    /// What the connector remembers, encrypted.
    pub continuation: Option<Vec<u8>>,
    /// Transactions it added.
    pub created_count: i64,
    /// Transactions it changed.
    pub updated_count: i64,
    /// What happened to it, for the operator.
    pub timeline: Timeline,
}

/// A job that is due, with the fence a worker must know to lease it.
#[derive(Debug, Clone, Copy)]
pub struct DueJob {
    /// The right to the user's data.
    pub scope: UserScope,
    /// The job.
    pub guid: JobGuid,
    /// Fence at the time of the look.
    pub fence: i64,
    /// When it was due.
    pub due_at: Timestamp,
    /// Whether a worker leased it and never gave it back: it died in the middle of a step.
    pub was_abandoned: bool,
    /// Where it is worked on.
    pub institution: InstitutionGuid,
}

/// An open challenge.
#[derive(Debug, Clone)]
pub struct ChallengeRow {
    /// Guid, `CRD-`.
    pub guid: CredentialGuid,
    /// The question and its options, JSON.
    pub document: String,
    /// The answer, encrypted, if one was given.
    pub answer: Option<Vec<u8>>,
    /// When it was raised.
    pub created_at: Timestamp,
}

fn job(row: &Row<'_>) -> Result<Job> {
    let state = JobState {
        kind: JobKind::from_code(row.int(4)?).unwrap_or(JobKind::Aggregation),
        status: JobStatus::from_code(row.int(5)?).unwrap_or(JobStatus::Halted),
        is_background: row.bool(8)?,
        is_authenticated: row.bool(7)?,
        error: row.opt_int(6)?.and_then(JobError::from_code),
        started_at: row.opt_time(15)?,
        finished_at: row.opt_time(16)?,
        takes: u32::try_from(row.int(18)?).unwrap_or(0),
        challenged_at: row.opt_time(19)?,
        challenge_expires_at: row.opt_time(20)?,
        answered_at: row.opt_time(21)?,
        waited_micros: row.int(22)?,
    };
    Ok(Job {
        guid: row.guid(0)?,
        member_no: row.int(1)?,
        member: row.guid(2)?,
        institution: row.guid(3)?,
        state,
        include_transactions: row.bool(9)?,
        include_holdings: row.bool(10)?,
        history_from: row.date(11)?,
        status_before: row.opt_int(12)?.and_then(ConnectionStatus::from_code),
        reason: row.opt_string(13)?,
        created_at: row.time(14)?,
        updated_at: row.time(17)?,
        due_at: row.opt_time(23)?,
        continuation: row.opt_blob(24)?.map(<[u8]>::to_vec),
        created_count: row.int(25)?,
        updated_count: row.int(26)?,
        step_at: row.opt_time(27)?,
        timeline: Timeline::from_text(row.string(28)?),
    })
}

fn challenge(row: &Row<'_>) -> Result<ChallengeRow> {
    Ok(ChallengeRow {
        guid: row.guid(0)?,
        document: row.string(1)?,
        answer: row.opt_blob(2)?.map(<[u8]>::to_vec),
        created_at: row.time(3)?,
    })
}

fn due(row: &Row<'_>) -> Result<DueJob> {
    Ok(DueJob {
        scope: UserScope { user: row.int(0)?, client: row.int(1)? },
        guid: row.guid(2)?,
        fence: row.int(3)?,
        due_at: row.time(4)?,
        was_abandoned: row.int(5)? != 0,
        institution: row.guid(6)?,
    })
}

/// The places of a statement that leaves institutions out; no institution has a guid of zeros.
fn left_out(busy: &[InstitutionGuid]) -> [[u8; 16]; BUSY_MAX] {
    let mut places = [[0; 16]; BUSY_MAX];
    for (place, guid) in places.iter_mut().zip(busy) {
        *place = *guid.as_bytes();
    }
    places
}

fn error_code(job: &Job) -> Option<i64> {
    job.state.error.map(|e| i64::from(e.code()))
}

impl Db {
    /// One of the user's jobs.
    pub async fn job(&self, scope: UserScope, guid: JobGuid) -> Result<Option<Job>> {
        self.query_one(&JOB, params![scope.user, guid], job).await
    }

    /// The open challenges of a job, in order.
    pub async fn challenges(&self, scope: UserScope, job: JobGuid) -> Result<Vec<ChallengeRow>> {
        self.query(&CHALLENGES, params![scope.user, job], challenge).await
    }

    /// Jobs that are due and not leased, earliest first; none of the `busy` institutions, of which the first
    /// [`BUSY_MAX`] count.
    pub async fn due_jobs(
        &self,
        _: SystemScope,
        now: Timestamp,
        machine_now: Timestamp,
        busy: &[InstitutionGuid],
        limit: i64,
    ) -> Result<Vec<DueJob>> {
        let left_out = left_out(busy);
        let mut params: Vec<Param<'_>> = left_out.iter().map(Param::from).collect();
        params.extend_from_slice(params![now, machine_now, limit]);
        self.query(&DUE_JOBS, &params, due).await
    }

    /// How many jobs of each institution workers have for themselves.
    pub async fn leased_jobs(
        &self,
        _: SystemScope,
        machine_now: Timestamp,
    ) -> Result<Vec<(InstitutionGuid, i64)>> {
        self.query(&LEASED, params![machine_now], |row| Ok((row.guid(0)?, row.int(1)?))).await
    }

    /// When the next job is due.
    pub async fn next_due_job(&self, _: SystemScope) -> Result<Option<Timestamp>> {
        Ok(self.query_one(&NEXT_DUE, &[], |row| row.opt_time(0)).await?.flatten())
    }

    /// When the next job is due that no worker has for itself.
    pub async fn next_free_job(
        &self,
        _: SystemScope,
        machine_now: Timestamp,
        busy: &[InstitutionGuid],
    ) -> Result<Option<Timestamp>> {
        let left_out = left_out(busy);
        let mut params: Vec<Param<'_>> = left_out.iter().map(Param::from).collect();
        params.push(Param::from(machine_now));
        self.query_one(&NEXT_FREE, &params, |row| row.time(0)).await
    }

    /// How many jobs are due until a moment.
    pub async fn due_jobs_until(&self, _: SystemScope, until: Timestamp) -> Result<i64> {
        Ok(self.query_one(&DUE_UNTIL, params![until], |row| row.int(0)).await?.unwrap_or(0))
    }

    /// How many jobs have not ended.
    pub async fn unfinished_jobs(&self, _: SystemScope) -> Result<i64> {
        Ok(self.query_one(&UNFINISHED, &[], |row| row.int(0)).await?.unwrap_or(0))
    }
}

impl Tx<'_> {
    /// One of the user's jobs.
    pub fn job(&mut self, scope: UserScope, guid: JobGuid) -> Result<Option<Job>> {
        self.query_one(&JOB, params![scope.user, guid], job)
    }

    /// Makes a job; due at once.
    pub fn insert_job(&mut self, scope: UserScope, j: &Job) -> Result<()> {
        let s = &j.state;
        self.execute(
            &INSERT_JOB,
            params![
                scope.user,
                j.guid,
                j.member_no,
                j.member,
                j.institution,
                i64::from(s.kind.code()),
                i64::from(s.status.code()),
                error_code(j),
                s.is_authenticated,
                s.is_background,
                j.include_transactions,
                j.include_holdings,
                j.history_from,
                j.status_before.map(|s| i64::from(s.code())),
                j.reason.as_ref(),
                j.created_at,
                s.started_at,
                s.finished_at,
                j.updated_at,
                i64::from(s.takes),
                s.challenged_at,
                s.challenge_expires_at,
                s.answered_at,
                s.waited_micros,
                j.due_at,
                j.continuation.as_ref(),
                j.created_count,
                j.updated_count,
                j.step_at,
                j.timeline.as_text()
            ],
        )
        .map(drop)
    }

    /// Writes every column of a job that can change.
    pub fn update_job(&mut self, scope: UserScope, j: &Job) -> Result<()> {
        let s = &j.state;
        self.execute(
            &UPDATE_JOB,
            params![
                scope.user,
                j.guid,
                i64::from(s.status.code()),
                error_code(j),
                s.is_authenticated,
                j.reason.as_ref(),
                s.started_at,
                s.finished_at,
                j.updated_at,
                i64::from(s.takes),
                s.challenged_at,
                s.challenge_expires_at,
                s.answered_at,
                s.waited_micros,
                j.due_at,
                j.continuation.as_ref(),
                j.created_count,
                j.updated_count,
                j.step_at,
                j.timeline.as_text()
            ],
        )
        .map(drop)
    }

    /// Leases a due job to one worker; `None` where another was faster. The answer is the new fence.
    pub fn lease_job(&mut self, due: &DueJob, lease_until: Timestamp) -> Result<Option<i64>> {
        let changed = self.execute(&LEASE_JOB, params![due.scope.user, due.guid, due.fence, lease_until])?;
        Ok((changed == 1).then_some(due.fence + 1))
    }

    /// Whether the fence is still this one, so that what a worker learned may be written.
    pub fn holds_job(&mut self, scope: UserScope, guid: JobGuid, fence: i64) -> Result<bool> {
        Ok(self.query_one(&JOB_FENCE, params![scope.user, guid], |row| row.int(0))? == Some(fence))
    }

    /// Makes a lease last longer; false where the fence is another by now.
    pub fn renew_lease(
        &mut self,
        scope: UserScope,
        guid: JobGuid,
        fence: i64,
        lease_until: Timestamp,
    ) -> Result<bool> {
        Ok(self.execute(&RENEW_LEASE, params![scope.user, guid, fence, lease_until])? == 1)
    }

    /// Gives a lease back.
    pub fn release_job(&mut self, scope: UserScope, guid: JobGuid, fence: i64) -> Result<()> {
        self.execute(&RELEASE_JOB, params![scope.user, guid, fence]).map(drop)
    }

    /// Takes a job away from whoever leased it: an answer came, or it was cancelled.
    pub fn fence_job_off(&mut self, scope: UserScope, guid: JobGuid) -> Result<()> {
        self.execute(&BUMP_FENCE, params![scope.user, guid]).map(drop)
    }

    /// Ends the leases of a process that died: only where this one is the only one on the store.
    pub fn release_all_jobs(&mut self, _: SystemScope) -> Result<u64> {
        self.execute(&RELEASE_ALL, &[])
    }

    /// Removes jobs that ended before a moment and are no member's most recent one, at most `limit`.
    pub fn delete_old_jobs(&mut self, _: SystemScope, before: Timestamp, limit: i64) -> Result<u64> {
        self.execute(&DELETE_OLD_JOBS, params![before, limit])
    }

    /// The challenges of a job, in order.
    pub fn challenges(&mut self, scope: UserScope, job: JobGuid) -> Result<Vec<ChallengeRow>> {
        self.query(&CHALLENGES, params![scope.user, job], challenge)
    }

    /// Replaces the challenge set of a job.
    pub fn put_challenges(&mut self, scope: UserScope, job: JobGuid, set: &[ChallengeRow]) -> Result<()> {
        self.delete_challenges(scope, job)?;
        for (order, c) in (1i64..).zip(set) {
            let params = params![scope.user, job, order, c.guid, &c.document, c.created_at];
            self.execute(&INSERT_CHALLENGE, params)?;
        }
        Ok(())
    }

    /// Keeps an answer until the institution has it.
    pub fn answer_challenge(
        &mut self,
        scope: UserScope,
        job: JobGuid,
        guid: CredentialGuid,
        sealed: &[u8],
    ) -> Result<()> {
        self.execute(&ANSWER_CHALLENGE, params![scope.user, job, guid, sealed]).map(drop)
    }

    /// Removes the challenge set of a job, answers included.
    pub fn delete_challenges(&mut self, scope: UserScope, job: JobGuid) -> Result<()> {
        self.execute(&DELETE_CHALLENGES, params![scope.user, job]).map(drop)
    }
}
