//! Lists of members and jobs, filtered. Each look at the store reads a bounded piece; what does not fit is passed over
//! here, so that no filter needs an index that every transition would have to write.
use super::SYSTEM;
use crate::{Engine, Error, Result};
use domain::{
    enums::{ConnectionStatus, JobKind, JobStatus},
    env::Clock,
    guid::{InstitutionGuid, JobGuid, UserGuid},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use store::operator::{JobLine, MemberLine};

/// Rows of one look.
const PIECE: i64 = 5_000;

/// Which members.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MemberFilter {
    /// Name of a connection status; `null`: those without one.
    pub status: Option<String>,
    /// Guid or code of the institution.
    pub institution: Option<String>,
    /// Guid of the user.
    pub user: Option<String>,
    /// Without success for so many seconds.
    pub stale_seconds: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// Which jobs; newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct JobFilter {
    /// Guid of the member.
    pub member: Option<String>,
    /// Guid or code of the institution.
    pub institution: Option<String>,
    /// Name of a job status.
    pub status: Option<String>,
    /// Made in the last so many seconds.
    pub since_seconds: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// A member in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberInfo {
    /// Guid, `MBR-`.
    pub guid: String,
    /// Guid of the user.
    pub user_guid: String,
    /// The partner's id of the user.
    pub user_id: String,
    /// Code of the institution.
    pub institution_code: String,
    /// Name of the connection status.
    pub connection_status: Option<String>,
    /// Whether a job runs.
    pub is_being_aggregated: bool,
    /// Failures in a row.
    pub failures: i64,
    /// Start of the most recent job.
    pub aggregated_at: Option<String>,
    /// End of the last COMPLETED job.
    pub successfully_aggregated_at: Option<String>,
}

/// A job in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobInfo {
    /// Guid, `JOB-`.
    pub guid: String,
    /// Guid of the member.
    pub member_guid: String,
    /// Guid of the user.
    pub user_guid: String,
    /// Code of the institution.
    pub institution_code: String,
    /// What it fetches.
    pub job_type: Option<String>,
    /// Where it is.
    pub status: Option<String>,
    /// `error_message_code`.
    pub error_message_code: Option<u16>,
    /// `error_message`.
    pub error_message: Option<String>,
    /// Why it failed, for the operator.
    pub reason: Option<String>,
    /// Whether the schedule started it.
    pub is_background: bool,
    /// When it was made.
    pub created_at: String,
    /// When a worker took it, the last time.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
    /// How often it was taken.
    pub takes: i64,
}

impl Engine {
    /// Members, by user and age.
    pub async fn list_members(&self, filter: &MemberFilter) -> Result<Vec<MemberInfo>> {
        let status = match filter.status.as_deref() {
            None => None,
            Some(name) if name.eq_ignore_ascii_case("null") => Some(None),
            Some(name) => Some(Some(ConnectionStatus::from_name(name).ok_or_else(|| {
                let all: Vec<&str> = ConnectionStatus::ALL.iter().map(|status| status.name()).collect();
                Error::Rule(format!("there is no status {name}; there are: {}, null", all.join(", ")).into())
            })?)),
        };
        let institution = self.filtered_institution(filter.institution.as_deref())?;
        let stale_before = filter.stale_seconds.map(|seconds| self.clock().now().plus_seconds(-seconds));
        let fits = |line: &MemberLine| {
            status.is_none_or(|wanted| line.status == wanted)
                && institution.is_none_or(|wanted| line.institution == wanted)
                && stale_before.is_none_or(|before| {
                    line.status.is_some()
                        && line.successfully_aggregated_at.unwrap_or(line.created_at) < before
                })
        };
        let limit = filter.limit as usize;
        let mut found = Vec::new();
        let owner = match &filter.user {
            Some(user) => Some(self.user_named(user).await?),
            None => None,
        };
        let mut after = (0, 0);
        loop {
            let lines = match owner {
                Some(scope) => self.db().member_lines_of_user(scope, after.1, PIECE).await?,
                None => self.db().member_lines(SYSTEM, institution, after, PIECE).await?,
            };
            let Some(last) = lines.last() else { break };
            after = (last.scope.number(), last.no);
            found.extend(lines.into_iter().filter(fits).take(limit.saturating_sub(found.len())));
            if found.len() >= limit {
                break;
            }
        }
        Ok(found.into_iter().map(|line| self.member_info(line)).collect())
    }

    async fn user_named(&self, guid: &str) -> Result<store::scope::UserScope> {
        let guid: UserGuid = guid.parse().map_err(|_| Error::NotFound("user"))?;
        let user = self.db().user_by_guid(SYSTEM, guid).await?.ok_or(Error::NotFound("user"))?;
        Ok(user.scope)
    }

    fn filtered_institution(&self, named: Option<&str>) -> Result<Option<InstitutionGuid>> {
        named.map(|name| self.institution_named(name).map(|found| found.guid)).transpose()
    }

    fn member_info(&self, line: MemberLine) -> MemberInfo {
        MemberInfo {
            guid: line.guid.to_string(),
            user_guid: line.user.to_string(),
            user_id: line.user_external_guid,
            institution_code: self.code_of(line.institution),
            connection_status: line.status.map(|status| status.name().to_owned()),
            is_being_aggregated: line.is_running,
            failures: line.failures,
            aggregated_at: line.aggregated_at.map(Timestamp::to_z),
            successfully_aggregated_at: line.successfully_aggregated_at.map(Timestamp::to_z),
        }
    }

    /// Jobs, newest first.
    pub async fn list_jobs(&self, filter: &JobFilter) -> Result<Vec<JobInfo>> {
        let status = filter.status.as_deref().map(|name| {
            JobStatus::from_name(name).ok_or_else(|| {
                let all: Vec<&str> = JobStatus::ALL.iter().map(|status| status.name()).collect();
                Error::Rule(format!("there is no job status {name}; there are: {}", all.join(", ")).into())
            })
        });
        let status = status.transpose()?;
        let institution = self.filtered_institution(filter.institution.as_deref())?;
        let since = filter.since_seconds.map(|seconds| self.clock().now().plus_seconds(-seconds));
        let oldest = since.map_or(JobGuid::from_bytes([0; 16]), first_guid_of);
        let fits = |line: &JobLine| {
            status.is_none_or(|wanted| line.status == Some(wanted))
                && institution.is_none_or(|wanted| line.institution == wanted)
        };
        let limit = filter.limit as usize;
        let mut found: Vec<JobLine> = Vec::new();
        let member = match &filter.member {
            Some(guid) => {
                let (scope, guid) = self.owned_member(guid).await?;
                let member = self.db().member(scope, guid).await?.ok_or(Error::NotFound("member"))?;
                Some((scope, member.no))
            }
            None => None,
        };
        let mut before = JobGuid::from_bytes([0xff; 16]);
        loop {
            let newest = (before, oldest);
            let lines = match member {
                Some((scope, no)) => self.db().job_lines_of_member(scope, no, newest, PIECE).await?,
                None => self.db().job_lines(SYSTEM, newest, PIECE).await?,
            };
            let Some(last) = lines.last() else { break };
            before = last.guid;
            found.extend(lines.into_iter().filter(fits).take(limit.saturating_sub(found.len())));
            if found.len() >= limit {
                break;
            }
        }
        Ok(found.into_iter().map(|line| self.job_info(line)).collect())
    }

    pub(super) fn job_info(&self, line: JobLine) -> JobInfo {
        JobInfo {
            guid: line.guid.to_string(),
            member_guid: line.member.to_string(),
            user_guid: line.user.to_string(),
            institution_code: self.code_of(line.institution),
            job_type: line.kind.map(JobKind::name).map(str::to_owned),
            status: line.status.map(|status| status.name().to_owned()),
            error_message_code: line.error.map(domain::machine::JobError::code),
            error_message: line.error.map(|error| error.message().to_owned()),
            reason: line.reason,
            is_background: line.is_background,
            created_at: line.created_at.to_z(),
            started_at: line.started_at.map(Timestamp::to_z),
            finished_at: line.finished_at.map(Timestamp::to_z),
            takes: line.takes,
        }
    }
}

/// The least guid that a job made at this moment could have: guids begin with their time.
fn first_guid_of(moment: Timestamp) -> JobGuid {
    let millis = u64::try_from(moment.as_micros().div_euclid(1000)).unwrap_or(0);
    JobGuid::from_bytes((u128::from(millis) << 80).to_be_bytes())
}
