//! A member on one page, which answers: why is this connection not updating?
use super::{
    JobInfo, SYSTEM,
    figures::{OUTCOMES, outcome, updates_by_itself},
    list::JobFilter,
    words,
};
use crate::{Engine, Error, Result, catalogue::Institution};
use domain::{
    enums::{ConnectionStatus, JobStatus},
    env::Clock,
    machine::status_message,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{jobs::Job, members::Member, users::User};

/// Jobs shown on the page.
const JOBS: u32 = 5;

/// A member on one page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPage {
    /// Guid, `MBR-`.
    pub guid: String,
    /// Guid of the user.
    pub user_guid: String,
    /// The partner's id of the user.
    pub user_id: String,
    /// Name of the connection status.
    pub connection_status: Option<String>,
    /// What it means.
    pub meaning: String,
    /// What the user is shown.
    pub connection_status_message: Option<String>,
    /// When the member last changed: it has this status since then, or for longer.
    pub updated_at: String,
    /// While DISABLED: the status that comes back.
    pub former_status: Option<String>,
    /// What it does now.
    pub now: String,
    /// End of the last COMPLETED job.
    pub successfully_aggregated_at: Option<String>,
    /// Start of the most recent job.
    pub aggregated_at: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// Failures in a row.
    pub failures: u32,
    /// Refusals of the credentials in a row.
    pub denials: u32,
    /// When it is updated by itself.
    pub background: Background,
    /// What to do.
    pub advice: String,
    /// Its last jobs, newest first.
    pub jobs: Vec<JobInfo>,
    /// How its institution does.
    pub institution: InstitutionHealth,
}

/// When a member is updated by itself (`spec: nexus-core, 10.4`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Background {
    /// About when; the schedule spreads members by a twelfth of the interval either way.
    pub next_at: Option<String>,
    /// Why not, every reason.
    pub why_not: Vec<String>,
}

/// How an institution does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstitutionHealth {
    /// Guid, `INS-`.
    pub guid: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Which connector talks to it.
    pub connector: String,
    /// Whether searches leave it out.
    pub is_hidden: bool,
    /// Whether it is no longer offered.
    pub is_retired: bool,
    /// Members by status.
    pub members: BTreeMap<String, i64>,
    /// Members that update by themselves and had no success for two background intervals.
    pub stale: i64,
    /// The latest success of any member.
    pub latest_success_at: Option<String>,
    /// Jobs that ended in the last 24 hours, by outcome.
    pub ended_24h: BTreeMap<String, i64>,
}

impl Engine {
    /// A member on one page.
    pub async fn member_page(&self, guid: &str) -> Result<MemberPage> {
        let (scope, guid) = self.owned_member(guid).await?;
        let user = self.db().user(scope).await?.ok_or(Error::NotFound("user"))?;
        let member = self.db().member(scope, guid).await?.ok_or(Error::NotFound("member"))?;
        self.know_institutions([member.institution]).await?;
        let institution = self.institution(member.institution)?;
        let job = match member.job {
            Some(job) => self.db().job(scope, job).await?,
            None => None,
        };
        let last = JobFilter { member: Some(guid.to_string()), limit: JOBS, ..JobFilter::default() };
        let state = &member.state;
        let name = |status: ConnectionStatus| status.name().to_owned();
        Ok(MemberPage {
            guid: guid.to_string(),
            user_guid: user.guid.to_string(),
            user_id: user.external_guid.clone(),
            connection_status: state.status.map(name),
            meaning: words::meaning(state.status).to_owned(),
            connection_status_message: status_message(state.status, &institution.name),
            updated_at: member.updated_at.to_z(),
            former_status: state.former_status.map(name),
            now: self.doing(&member, job.as_ref()),
            successfully_aggregated_at: state.successfully_aggregated_at.map(Timestamp::to_z),
            aggregated_at: state.aggregated_at.map(Timestamp::to_z),
            created_at: state.created_at.to_z(),
            failures: state.failures,
            denials: state.denials,
            background: self.background_of(&member, &user),
            advice: words::advice(state.status).to_owned(),
            jobs: self.list_jobs(&last).await?,
            institution: self.institution_health(&institution).await?,
        })
    }

    fn doing(&self, member: &Member, job: Option<&Job>) -> String {
        let Some(job) = job.filter(|_| member.state.is_being_aggregated) else {
            return "no job runs".to_owned();
        };
        let status = job.state.status;
        if let (JobStatus::Challenged, Some(until)) = (status, job.state.challenge_expires_at) {
            return format!("job {} waits for the user's answer until {}", job.guid, until.to_z());
        }
        let late = job.due_at.map_or(0, |at| self.clock().now().micros_since(at) / 1_000_000);
        let late = if late > 60 { format!(", due for {late} s: do workers run?") } else { String::new() };
        format!("job {} is {}{late}", job.guid, status.name())
    }

    /// Each rule of the background in turn.
    fn background_of(&self, member: &Member, user: &User) -> Background {
        let state = &member.state;
        let mut why_not = Vec::new();
        if user.is_disabled {
            why_not.push("the user is disabled".to_owned());
        }
        if user.is_restricted {
            why_not.push("the user is restricted".to_owned());
        }
        if member.background_is_disabled {
            why_not.push("background_aggregation_is_disabled is set on the member".to_owned());
        }
        if !state.has_pfm {
            why_not.push("use_cases of the member lack PFM".to_owned());
        }
        if state.is_being_aggregated {
            why_not.push("a job runs now; the next one is counted from its start".to_owned());
        }
        let next = self.background_at(member);
        if next.is_none() && !state.is_being_aggregated && state.has_pfm {
            let status = state.status.map_or("null", ConnectionStatus::name);
            why_not.push(format!("{status} is left alone: {}", words::no_background(state.status)));
        }
        let next_at = next.filter(|_| why_not.is_empty()).map(Timestamp::to_z);
        Background { next_at, why_not }
    }

    /// How an institution does.
    pub async fn institution_health(&self, institution: &Institution) -> Result<InstitutionHealth> {
        let guid = institution.guid;
        let counts = self.db().members_by_status(SYSTEM, Some(guid), self.stale_before()).await?;
        let mut members = BTreeMap::new();
        let (mut stale, mut latest) = (0, None);
        for count in &counts {
            let name = count.status.map_or("null", ConnectionStatus::name);
            *members.entry(name.to_owned()).or_default() += count.members;
            stale += if updates_by_itself(count.status) { count.stale } else { 0 };
            latest = latest.max(count.latest_success);
        }
        let mut ended_24h: BTreeMap<String, i64> = BTreeMap::new();
        for count in self.ended_of_a_day().await?.iter().filter(|count| count.institution == guid) {
            if let Some(name) = OUTCOMES.get(outcome(count.status, count.error)) {
                *ended_24h.entry((*name).to_owned()).or_default() += count.jobs;
            }
        }
        Ok(InstitutionHealth {
            guid: guid.to_string(),
            code: institution.code.clone(),
            name: institution.name.clone(),
            connector: institution.connector.clone(),
            is_hidden: institution.is_hidden,
            is_retired: institution.is_retired,
            members,
            stale,
            latest_success_at: latest.map(Timestamp::to_z),
            ended_24h,
        })
    }
}
