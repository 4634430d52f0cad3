//! How institutions do, in numbers: read from the store at most every few seconds, however often somebody asks.
use super::SYSTEM;
use crate::{Engine, Result};
use domain::{
    enums::{ConnectionStatus as C, JobStatus},
    env::Clock,
    guid::InstitutionGuid,
    machine::JobError,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use store::operator::{EndedCount, StatusCount};
use tokio::sync::Mutex;

/// Seconds of machine time for which the figures hold.
const FRESH_SECONDS: i64 = 15;
/// Institutions with figures of their own, those with most members; the others are one.
const INSTITUTIONS_MAX: usize = 200;
/// Seconds that a job which ended may need until everybody can read that.
const COMMIT_SECONDS: i64 = 5;
/// Name of all the institutions that have no figures of their own.
const OTHERS: &str = "other";
/// Seconds in a day.
const DAY_SECONDS: i64 = 86_400;

/// How a job can end, by [`outcome`].
pub const OUTCOMES: [&str; 10] = [
    "completed",
    "credentials_refused",
    "answer_refused",
    "answer_late",
    "locked",
    "impeded",
    "institution",
    "time_limit",
    "credentials_missing",
    "cancelled",
];

/// The place in [`OUTCOMES`] of a job that ended so.
pub const fn outcome(status: Option<JobStatus>, error: Option<JobError>) -> usize {
    match (status, error) {
        (Some(JobStatus::Completed), _) => 0,
        (_, Some(JobError::CredentialsRefused)) => 1,
        (_, Some(JobError::AnswerRefused)) => 2,
        (_, Some(JobError::AnswerLate)) => 3,
        (_, Some(JobError::Locked)) => 4,
        (_, Some(JobError::Impeded)) => 5,
        (_, Some(JobError::TimeLimit)) => 7,
        (_, Some(JobError::CredentialsMissing)) => 8,
        (_, Some(JobError::Cancelled)) => 9,
        _ => 6,
    }
}

/// The figures of all institutions at a moment of service time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// When they were read.
    pub at: Timestamp,
    /// Of each institution with members, most members first; the last may be all others.
    pub institutions: Vec<InstitutionFigures>,
    /// Jobs that are due.
    pub due_jobs: i64,
    /// Seconds since the first of them was due.
    pub oldest_due_seconds: i64,
}

/// The figures of one institution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstitutionFigures {
    /// Its code.
    pub code: String,
    /// Members by status.
    pub members: BTreeMap<&'static str, i64>,
    /// Members that update by themselves and had no success for two background intervals.
    pub stale: i64,
    /// The success that is longest ago, of members that update by themselves.
    pub oldest_success: Option<Timestamp>,
    /// The latest success.
    pub latest_success: Option<Timestamp>,
    /// Jobs that ended since this process began, by outcome.
    pub ended: [u64; OUTCOMES.len()],
}

/// An institution that fails its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Its code.
    pub institution_code: String,
    /// Its members.
    pub members: i64,
    /// Those in FAILED, DEGRADED or DISCONNECTED.
    pub failing: i64,
    /// Those that update by themselves and had no success for two background intervals.
    pub stale: i64,
    /// Jobs that ended in the last 24 hours.
    pub ended: i64,
    /// Those of them that completed.
    pub completed: i64,
    /// The latest success of any member.
    pub latest_success_at: Option<String>,
}

/// What is kept between two looks.
pub(crate) struct FigureCache(Mutex<Kept>);

struct Kept {
    /// Machine time of the last look.
    looked_at: Option<Timestamp>,
    /// Jobs that ended up to here are counted.
    counted_until: Timestamp,
    ended: HashMap<InstitutionGuid, [u64; OUTCOMES.len()]>,
    figures: Arc<Figures>,
}

impl FigureCache {
    /// Counts jobs that end from now on.
    pub(crate) fn new(now: Timestamp) -> Self {
        let figures = Figures { at: now, institutions: Vec::new(), due_jobs: 0, oldest_due_seconds: 0 };
        Self(Mutex::new(Kept {
            looked_at: None,
            counted_until: now,
            ended: HashMap::new(),
            figures: Arc::new(figures),
        }))
    }
}

impl Engine {
    /// How institutions do; not older than fifteen seconds.
    pub async fn figures(&self) -> Result<Arc<Figures>> {
        let mut kept = self.inner.figures.0.lock().await;
        let machine_now = self.clock().machine_now();
        let is_fresh = |at: Timestamp| machine_now.micros_since(at) < FRESH_SECONDS * 1_000_000;
        if kept.looked_at.is_some_and(is_fresh) {
            return Ok(kept.figures.clone());
        }
        let now = self.clock().now();
        let until = now.plus_seconds(-COMMIT_SECONDS).max(kept.counted_until);
        let ended = self.db().jobs_ended(SYSTEM, kept.counted_until, until).await?;
        let counts = self.db().members_by_status(SYSTEM, None, self.stale_before()).await?;
        let (due_jobs, first) = self.db().queue(SYSTEM, now).await?;
        for count in &ended {
            let outcomes = kept.ended.entry(count.institution).or_default();
            if let Some(sum) = outcomes.get_mut(outcome(count.status, count.error)) {
                *sum = sum.saturating_add(count.jobs.unsigned_abs());
            }
        }
        kept.counted_until = until;
        kept.looked_at = Some(machine_now);
        let oldest = first.map_or(0, |at| now.micros_since(at).max(0) / 1_000_000);
        kept.figures = Arc::new(Figures {
            at: now,
            institutions: self.by_institution(&counts, &kept.ended),
            due_jobs,
            oldest_due_seconds: oldest,
        });
        Ok(kept.figures.clone())
    }

    fn by_institution(
        &self,
        counts: &[StatusCount],
        ended: &HashMap<InstitutionGuid, [u64; OUTCOMES.len()]>,
    ) -> Vec<InstitutionFigures> {
        let mut members: HashMap<InstitutionGuid, i64> = HashMap::new();
        for count in counts {
            *members.entry(count.institution).or_default() += count.members;
        }
        let mut order: Vec<(InstitutionGuid, i64)> = members.into_iter().collect();
        order.sort_unstable_by_key(|(guid, members)| (Reverse(*members), *guid));
        order.truncate(INSTITUTIONS_MAX);
        let mut all: Vec<InstitutionFigures> = order
            .iter()
            .map(|(guid, _)| InstitutionFigures { code: self.code_of(*guid), ..Default::default() })
            .collect();
        let places: HashMap<InstitutionGuid, usize> =
            order.iter().enumerate().map(|(place, (guid, _))| (*guid, place)).collect();
        let mut others = InstitutionFigures { code: OTHERS.to_owned(), ..Default::default() };
        let mut figures_of = |guid: &InstitutionGuid, add: &dyn Fn(&mut InstitutionFigures)| {
            let own = places.get(guid).and_then(|place| all.get_mut(*place));
            add(own.unwrap_or(&mut others));
        };
        for count in counts {
            figures_of(&count.institution, &|figures| figures.add_members(count));
        }
        for (guid, outcomes) in ended {
            figures_of(guid, &|figures| {
                for (sum, more) in figures.ended.iter_mut().zip(outcomes) {
                    *sum = sum.saturating_add(*more);
                }
            });
        }
        if !others.members.is_empty() || others.ended.iter().any(|count| *count > 0) {
            all.push(others);
        }
        all
    }

    /// Who had no success since this moment has not been updated twice.
    pub(super) fn stale_before(&self) -> Timestamp {
        let micros = i64::try_from(self.settings().background_interval.as_micros()).unwrap_or(i64::MAX);
        self.clock().now().plus_micros(micros.saturating_mul(-2))
    }

    /// Jobs that ended in the last 24 hours.
    pub(super) async fn ended_of_a_day(&self) -> Result<Vec<EndedCount>> {
        let now = self.clock().now();
        Ok(self.db().jobs_ended(SYSTEM, now.plus_seconds(-DAY_SECONDS), now).await?)
    }

    /// The institutions that fail most members, at most `limit`; none that fails nobody.
    pub async fn troubles(&self, limit: usize) -> Result<Vec<Trouble>> {
        let counts = self.db().members_by_status(SYSTEM, None, self.stale_before()).await?;
        let mut all: HashMap<InstitutionGuid, (Trouble, Option<Timestamp>)> = HashMap::new();
        for count in &counts {
            let (trouble, latest) = all.entry(count.institution).or_insert_with(|| {
                let institution_code = self.code_of(count.institution);
                let none = (0, 0, 0, 0, 0);
                let (members, failing, stale, ended, completed) = none;
                let latest_success_at = None;
                (
                    Trouble {
                        institution_code,
                        members,
                        failing,
                        stale,
                        ended,
                        completed,
                        latest_success_at,
                    },
                    None,
                )
            });
            trouble.members += count.members;
            if matches!(count.status, Some(C::Failed | C::Degraded | C::Disconnected)) {
                trouble.failing += count.members;
            }
            trouble.stale += if updates_by_itself(count.status) { count.stale } else { 0 };
            *latest = (*latest).max(count.latest_success);
        }
        for count in self.ended_of_a_day().await? {
            if let Some((trouble, _)) = all.get_mut(&count.institution) {
                trouble.ended += count.jobs;
                trouble.completed += if outcome(count.status, count.error) == 0 { count.jobs } else { 0 };
            }
        }
        let with_latest = all
            .into_values()
            .map(|(trouble, latest)| Trouble { latest_success_at: latest.map(Timestamp::to_z), ..trouble });
        let mut troubles: Vec<Trouble> = with_latest.filter(|it| it.failing > 0 || it.stale > 0).collect();
        troubles.sort_unstable_by(|a, b| {
            (b.failing, b.stale, &a.institution_code).cmp(&(a.failing, a.stale, &b.institution_code))
        });
        troubles.truncate(limit);
        Ok(troubles)
    }
}

impl InstitutionFigures {
    fn add_members(&mut self, count: &StatusCount) {
        *self.members.entry(count.status.map_or("null", C::name)).or_default() += count.members;
        self.latest_success = self.latest_success.max(count.latest_success);
        if updates_by_itself(count.status) {
            self.stale += count.stale;
            self.oldest_success = match (self.oldest_success, count.oldest_success) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
    }
}

/// The statuses that the background takes in hand (`spec: nexus-core, 10.4`).
pub(super) const fn updates_by_itself(status: Option<C>) -> bool {
    matches!(status, Some(C::Connected | C::Failed | C::Degraded | C::Impeded | C::Disconnected))
}
