//! A job on one page: what happened when, how long each step took, why it ended, what to do.
use super::{JobInfo, SYSTEM, words};
use crate::{Engine, Error, Result};
use domain::{env::Clock, guid::JobGuid, machine::status_message, time::Timestamp};
use serde::{Deserialize, Serialize};
use store::{jobs::Job, operator::JobLine};

/// A job on one page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPage {
    /// The job as in a list.
    #[serde(flatten)]
    pub job: JobInfo,
    /// What happened, oldest first.
    pub steps: Vec<Step>,
    /// Milliseconds from its creation to its end, or to now.
    pub elapsed_ms: i64,
    /// Milliseconds of these that it waited for answers.
    pub waited_ms: i64,
    /// Transactions it made.
    pub transactions_created: i64,
    /// Transactions it changed.
    pub transactions_updated: i64,
    /// When a worker looks at it next; none once it ended.
    pub due_at: Option<String>,
    /// The member's status now, and what its user is shown.
    pub connection_status: Option<String>,
    /// See `connection_status`.
    pub connection_status_message: Option<String>,
    /// Whether this is the member's most recent job: an older one says nothing about the member now.
    pub is_most_recent: bool,
    /// What to do.
    pub advice: String,
}

/// A step of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub at: String,
    /// Milliseconds since the step before.
    pub after_ms: i64,
    /// What happened.
    pub what: String,
}

impl Engine {
    /// A job on one page.
    pub async fn job_page(&self, guid: &str) -> Result<JobPage> {
        let guid: JobGuid = guid.parse().map_err(|_| Error::NotFound("job"))?;
        let scope = self.db().owner_of_job(SYSTEM, guid).await?.ok_or(Error::NotFound("job"))?;
        let job = self.db().job(scope, guid).await?.ok_or(Error::NotFound("job"))?;
        let user = self.db().user(scope).await?.ok_or(Error::NotFound("user"))?;
        // Jobs outlive their member.
        let member = self.db().member(scope, job.member).await?;
        self.know_institutions([job.institution]).await?;
        let name = self.institution(job.institution)?.name.clone();
        let status = member.as_ref().and_then(|member| member.state.status);
        let until = job.state.finished_at.unwrap_or_else(|| self.clock().now());
        let error = job.state.error;
        Ok(JobPage {
            steps: steps(&job),
            elapsed_ms: until.micros_since(job.created_at) / 1000,
            waited_ms: job.state.waited_micros / 1000,
            transactions_created: job.created_count,
            transactions_updated: job.updated_count,
            due_at: job.due_at.map(Timestamp::to_z),
            connection_status: status.map(|status| status.name().to_owned()),
            connection_status_message: status_message(status, &name),
            is_most_recent: member.is_some_and(|member| member.job == Some(guid)),
            advice: if job.state.status.is_final() {
                words::job_advice(error).to_owned()
            } else {
                words::advice(status).to_owned()
            },
            job: self.job_info(line(job, user.guid)),
        })
    }
}

fn line(job: Job, user: domain::guid::UserGuid) -> JobLine {
    JobLine {
        guid: job.guid,
        member: job.member,
        institution: job.institution,
        user,
        kind: Some(job.state.kind),
        status: Some(job.state.status),
        error: job.state.error,
        is_background: job.state.is_background,
        reason: job.reason,
        created_at: job.created_at,
        started_at: job.state.started_at,
        finished_at: job.state.finished_at,
        takes: i64::from(job.state.takes),
    }
}

fn steps(job: &Job) -> Vec<Step> {
    let by = if job.state.is_background { "the schedule" } else { "a call or a session" };
    let mut before = job.created_at;
    let mut steps = vec![Step {
        at: before.to_z(),
        after_ms: 0,
        what: format!("{} asked for by {by}", job.state.kind.name()),
    }];
    for (at, what) in job.timeline.entries(job.created_at) {
        steps.push(Step {
            at: at.to_z(),
            after_ms: at.micros_since(before) / 1000,
            what: words::told(&what),
        });
        before = at;
    }
    steps
}
