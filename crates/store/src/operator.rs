//! What an operator reads across users: members and jobs by themselves, and how institutions do. No secrets, no
//! account data. Lists are read in pieces, each after the last row of the one before.
use crate::{
    Db, Result, Row, params,
    scope::{SystemScope, UserScope},
    statements,
};
use domain::{
    enums::{ConnectionStatus, JobKind, JobStatus},
    guid::{InstitutionGuid, JobGuid, MemberGuid, UserGuid},
    machine::JobError,
    time::Timestamp,
};

macro_rules! member_line {
    () => {
        "m.user_id, u.client, m.no, m.guid, u.guid, u.external_guid, m.institution, m.status, m.is_running, \
         m.failures, m.aggregated_at, m.successfully_aggregated_at, m.created_at FROM members m \
         JOIN users u ON u.id = m.user_id"
    };
}

macro_rules! job_line {
    () => {
        "j.guid, j.member, j.institution, u.guid, j.kind, j.status, j.error_code, j.is_background, j.reason, \
         j.created_at, j.started_at, j.finished_at, j.takes FROM jobs j JOIN users u ON u.id = j.user_id"
    };
}

statements! {
    OWNER_OF_MEMBER: Point = "SELECT m.user_id, u.client FROM members m JOIN users u ON u.id = m.user_id \
        WHERE m.guid = ?1 AND m.deleted_at IS NULL AND u.deleted_at IS NULL";
    OWNER_OF_JOB: Point = "SELECT j.user_id, u.client FROM jobs j JOIN users u ON u.id = j.user_id WHERE j.guid = ?1";
    MEMBER_LINES: Heavy = concat!("SELECT ", member_line!(), " WHERE (m.user_id, m.no) > (?1, ?2) \
        AND m.deleted_at IS NULL AND u.deleted_at IS NULL ORDER BY m.user_id, m.no LIMIT ?3");
    MEMBER_LINES_OF_INSTITUTION: Heavy = concat!("SELECT ", member_line!(), " WHERE m.institution = ?4 \
        AND (m.user_id, m.no) > (?1, ?2) AND m.deleted_at IS NULL AND u.deleted_at IS NULL \
        ORDER BY m.user_id, m.no LIMIT ?3");
    MEMBER_LINES_OF_USER: Heavy = concat!("SELECT ", member_line!(), " WHERE m.user_id = ?1 AND m.no > ?2 \
        AND m.deleted_at IS NULL AND u.deleted_at IS NULL ORDER BY m.no LIMIT ?3");
    JOB_LINES: Heavy = concat!("SELECT ", job_line!(), " WHERE j.guid < ?1 AND j.guid >= ?2 \
        ORDER BY j.guid DESC LIMIT ?3");
    JOB_LINES_OF_MEMBER: Heavy = concat!("SELECT ", job_line!(), " WHERE j.user_id = ?1 AND j.member_no = ?2 \
        AND j.guid < ?3 AND j.guid >= ?4 ORDER BY j.guid DESC LIMIT ?5");
    MEMBERS_BY_STATUS: Heavy = "SELECT institution, status, COUNT(*), MIN(successfully_aggregated_at), \
        MAX(successfully_aggregated_at), SUM(CASE WHEN COALESCE(successfully_aggregated_at, created_at) < ?1 \
        THEN 1 ELSE 0 END) FROM members WHERE deleted_at IS NULL GROUP BY institution, status";
    MEMBERS_BY_STATUS_OF_INSTITUTION: Heavy = "SELECT institution, status, COUNT(*), \
        MIN(successfully_aggregated_at), MAX(successfully_aggregated_at), \
        SUM(CASE WHEN COALESCE(successfully_aggregated_at, created_at) < ?1 THEN 1 ELSE 0 END) \
        FROM members WHERE institution = ?2 AND deleted_at IS NULL GROUP BY institution, status";
    JOBS_ENDED: Heavy = "SELECT institution, status, error_code, COUNT(*) FROM jobs \
        WHERE finished_at > ?1 AND finished_at <= ?2 GROUP BY institution, status, error_code";
    QUEUE: Heavy = "SELECT COUNT(*), MIN(due_at) FROM jobs WHERE due_at <= ?1";
}

/// A member in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberLine {
    /// The right to the user's data.
    pub scope: UserScope,
    /// Number of the member within the user.
    pub no: i64,
    /// Guid, `MBR-`.
    pub guid: MemberGuid,
    /// Guid of the user.
    pub user: UserGuid,
    /// The partner's id of the user.
    pub user_external_guid: String,
    /// The institution.
    pub institution: InstitutionGuid,
    /// Its connection status.
    pub status: Option<ConnectionStatus>,
    /// Whether a job is not finished.
    pub is_running: bool,
    /// Failures in a row.
    pub failures: i64,
    /// Start of the most recent job.
    pub aggregated_at: Option<Timestamp>,
    /// End of the last COMPLETED job.
    pub successfully_aggregated_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A job in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLine {
    /// Guid, `JOB-`.
    pub guid: JobGuid,
    /// Guid of the member.
    pub member: MemberGuid,
    /// The institution.
    pub institution: InstitutionGuid,
    /// Guid of the user.
    pub user: UserGuid,
    /// What it fetches.
    pub kind: Option<JobKind>,
    /// Where it is.
    pub status: Option<JobStatus>,
    /// Its error, once ended.
    pub error: Option<JobError>,
    /// Whether the schedule started it.
    pub is_background: bool,
    /// Why it failed, for the operator.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a worker took it, the last time.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How often it was taken.
    pub takes: i64,
}

/// Members of an institution in one status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusCount {
    /// The institution.
    pub institution: InstitutionGuid,
    /// The status.
    pub status: Option<ConnectionStatus>,
    /// How many.
    pub members: i64,
    /// The success that is longest ago, of those that had one.
    pub oldest_success: Option<Timestamp>,
    /// The latest success.
    pub latest_success: Option<Timestamp>,
    /// How many had no success since the moment asked about.
    pub stale: i64,
}

/// Jobs of an institution that ended in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedCount {
    /// The institution.
    pub institution: InstitutionGuid,
    /// Final status.
    pub status: Option<JobStatus>,
    /// Error.
    pub error: Option<JobError>,
    /// How many.
    pub jobs: i64,
}

fn scope(row: &Row<'_>) -> Result<UserScope> {
    Ok(UserScope { user: row.int(0)?, client: row.int(1)? })
}

fn member_line(row: &Row<'_>) -> Result<MemberLine> {
    Ok(MemberLine {
        scope: scope(row)?,
        no: row.int(2)?,
        guid: row.guid(3)?,
        user: row.guid(4)?,
        user_external_guid: row.string(5)?,
        institution: row.guid(6)?,
        status: row.opt_int(7)?.and_then(ConnectionStatus::from_code),
        is_running: row.bool(8)?,
        failures: row.int(9)?,
        aggregated_at: row.opt_time(10)?,
        successfully_aggregated_at: row.opt_time(11)?,
        created_at: row.time(12)?,
    })
}

fn job_line(row: &Row<'_>) -> Result<JobLine> {
    Ok(JobLine {
        guid: row.guid(0)?,
        member: row.guid(1)?,
        institution: row.guid(2)?,
        user: row.guid(3)?,
        kind: JobKind::from_code(row.int(4)?),
        status: JobStatus::from_code(row.int(5)?),
        error: row.opt_int(6)?.and_then(JobError::from_code),
        is_background: row.bool(7)?,
        reason: row.opt_string(8)?,
        created_at: row.time(9)?,
        started_at: row.opt_time(10)?,
        finished_at: row.opt_time(11)?,
        takes: row.int(12)?,
    })
}

fn status_count(row: &Row<'_>) -> Result<StatusCount> {
    Ok(StatusCount {
        institution: row.guid(0)?,
        status: row.opt_int(1)?.and_then(ConnectionStatus::from_code),
        members: row.int(2)?,
        oldest_success: row.opt_time(3)?,
        latest_success: row.opt_time(4)?,
        stale: row.int(5)?,
    })
}

/// A place in the list of all members: the user's number and the member's.
pub type Place = (i64, i64);

/// Guids from the second one up to before the first one, newest first.
pub type Newest = (JobGuid, JobGuid);

impl Db {
    /// Whose member this is.
    pub async fn owner_of_member(&self, _: SystemScope, guid: MemberGuid) -> Result<Option<UserScope>> {
        self.query_one(&OWNER_OF_MEMBER, params![guid], scope).await
    }

    /// Whose job this is.
    pub async fn owner_of_job(&self, _: SystemScope, guid: JobGuid) -> Result<Option<UserScope>> {
        self.query_one(&OWNER_OF_JOB, params![guid], scope).await
    }

    /// Members after a place, of one institution or of all.
    pub async fn member_lines(
        &self,
        _: SystemScope,
        institution: Option<InstitutionGuid>,
        after: Place,
        limit: i64,
    ) -> Result<Vec<MemberLine>> {
        let (user, no) = after;
        match institution {
            Some(guid) => {
                let params = params![user, no, limit, guid];
                self.query(&MEMBER_LINES_OF_INSTITUTION, params, member_line).await
            }
            None => self.query(&MEMBER_LINES, params![user, no, limit], member_line).await,
        }
    }

    /// Members of a user after a number.
    pub async fn member_lines_of_user(
        &self,
        scope: UserScope,
        after: i64,
        limit: i64,
    ) -> Result<Vec<MemberLine>> {
        self.query(&MEMBER_LINES_OF_USER, params![scope.user, after, limit], member_line).await
    }

    /// Jobs of all users, newest first.
    pub async fn job_lines(&self, _: SystemScope, newest: Newest, limit: i64) -> Result<Vec<JobLine>> {
        self.query(&JOB_LINES, params![newest.0, newest.1, limit], job_line).await
    }

    /// Jobs of a member, newest first.
    pub async fn job_lines_of_member(
        &self,
        scope: UserScope,
        no: i64,
        newest: Newest,
        limit: i64,
    ) -> Result<Vec<JobLine>> {
        let params = params![scope.user, no, newest.0, newest.1, limit];
        self.query(&JOB_LINES_OF_MEMBER, params, job_line).await
    }

    /// Members by institution and status, of one institution or of all; those without success since a moment are
    /// stale.
    pub async fn members_by_status(
        &self,
        _: SystemScope,
        institution: Option<InstitutionGuid>,
        stale_before: Timestamp,
    ) -> Result<Vec<StatusCount>> {
        match institution {
            Some(guid) => {
                let params = params![stale_before, guid];
                self.query(&MEMBERS_BY_STATUS_OF_INSTITUTION, params, status_count).await
            }
            None => self.query(&MEMBERS_BY_STATUS, params![stale_before], status_count).await,
        }
    }

    /// Jobs that ended after a moment, up to another, by institution and outcome.
    pub async fn jobs_ended(
        &self,
        _: SystemScope,
        after: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<EndedCount>> {
        self.query(&JOBS_ENDED, params![after, until], |row| {
            Ok(EndedCount {
                institution: row.guid(0)?,
                status: JobStatus::from_code(row.int(1)?),
                error: row.opt_int(2)?.and_then(JobError::from_code),
                jobs: row.int(3)?,
            })
        })
        .await
    }

    /// How many jobs are due, and since when the first of them.
    pub async fn queue(&self, _: SystemScope, now: Timestamp) -> Result<(i64, Option<Timestamp>)> {
        let queue = self.query_one(&QUEUE, params![now], |row| Ok((row.int(0)?, row.opt_time(1)?))).await?;
        Ok(queue.unwrap_or((0, None)))
    }
}
