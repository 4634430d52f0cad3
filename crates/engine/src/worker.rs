//! Workers: they take due jobs, make one step of the conversation with the institution, and write what came of it.
//!
//! A step is: one write that leases the job (and does what time alone brings), the connector's step, one write of
//! its outcome, which begins the next step where that is due already. The lease is machine time; the fence makes the
//! writes void where the job was taken away in between. Nobody waits for a person: a challenge parks the job until
//! its answer makes it due.
use crate::{Engine, Result};
use domain::{
    env::Clock,
    guid::{InstitutionGuid, JobGuid},
    time::Timestamp,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use store::{
    jobs::DueJob,
    schedule::DueMember,
    scope::{SystemScope, UserScope},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

mod bounds;
mod outcome;
mod step;

pub(crate) use step::News;

/// How long a worker has a job for itself, seconds of machine time; longer than any step may take.
pub(crate) const LEASE_SECONDS: i64 = 60;
/// Longest a connector's step may take before it counts as failed.
const STEP_TIMEOUT: Duration = Duration::from_secs(45);
/// Jobs worked on at once.
pub(crate) const WORKERS_MAX: usize = 64;
/// Longest wait of the loop: another node, or a command, may have made a job.
const POLL: Duration = Duration::from_millis(500);

/// A piece of work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Item {
    /// Time brings something to a member.
    Member(DueMember),
    /// A step of a job.
    Job(DueJob),
}

impl Item {
    /// When it is due.
    pub(crate) const fn due_at(&self) -> Timestamp {
        match self {
            Self::Member(due) => due.due_at,
            Self::Job(due) => due.due_at,
        }
    }

    /// Whose it is.
    pub(crate) const fn scope(&self) -> UserScope {
        match self {
            Self::Member(due) => due.scope,
            Self::Job(due) => due.scope,
        }
    }

    /// Its place among others: by time, then the same on every store.
    pub(crate) fn order(&self) -> (Timestamp, [u8; 16], i64, i64) {
        match self {
            Self::Member(due) => (due.due_at, [0; 16], due.scope.number(), due.no),
            Self::Job(due) => (due.due_at, *due.guid.as_bytes(), 0, 0),
        }
    }
}

/// Jobs that this process works on.
#[derive(Debug, Default)]
pub(crate) struct AtWork {
    jobs: HashSet<JobGuid>,
    by_institution: HashMap<InstitutionGuid, u32>,
}

/// A job's place among those this process works on, given back when dropped.
struct Place {
    engine: Engine,
    job: JobGuid,
    institution: InstitutionGuid,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut at_work = self.engine.inner.at_work.lock();
        at_work.jobs.remove(&self.job);
        if let Some(count) = at_work.by_institution.get_mut(&self.institution) {
            *count = count.saturating_sub(1);
        }
        at_work.by_institution.retain(|_, count| *count > 0);
        drop(at_work);
        self.engine.wake_workers();
    }
}

impl Engine {
    /// Takes due jobs until the service stops.
    pub(crate) async fn work_loop(self) {
        let places = Arc::new(Semaphore::new(WORKERS_MAX));
        while !self.inner.stop.is_cancelled() {
            let nap = match self.dispatch(&places).await {
                Ok(true) => Duration::from_millis(5),
                Ok(false) => self.until_next_due().await.unwrap_or(POLL),
                Err(error) => {
                    tracing::error!(%error, "due jobs could not be read");
                    POLL
                }
            };
            tokio::select! {
                () = self.inner.work.notified() => {}
                () = tokio::time::sleep(nap) => {}
                () = self.inner.stop.cancelled() => {}
            }
        }
    }

    /// Starts what is due for members and gives due jobs to workers; says whether there was any.
    async fn dispatch(&self, places: &Arc<Semaphore>) -> Result<bool> {
        let started = self.start_due_members().await?;
        let free = places.available_permits();
        if free == 0 {
            // Whoever ends wakes the loop.
            return Ok(false);
        }
        let mut load = self.load().await?;
        let busy = self.busy(&load);
        let limit = i64::try_from(free + WORKERS_MAX).unwrap_or(i64::MAX);
        let (now, lease_now) = (self.clock().now(), self.lease_now().await?);
        let due = self.db().due_jobs(SystemScope::of_the_service(), now, lease_now, &busy, limit).await?;
        let mut given = 0;
        for job in due {
            let count = load.entry(job.institution).or_default();
            if self.is_capped(job.institution) && *count >= self.settings().jobs_per_institution {
                continue;
            }
            let Ok(permit) = places.clone().try_acquire_owned() else { break };
            let Some(place) = self.take_place(&job, permit) else { continue };
            *count += 1;
            given += 1;
            let engine = self.clone();
            self.inner.tasks.spawn(async move {
                engine.work_or_log(job).await;
                drop(place);
            });
        }
        Ok(started + given > 0)
    }

    /// `None` where this process works on the job already.
    fn take_place(&self, job: &DueJob, permit: OwnedSemaphorePermit) -> Option<Place> {
        let mut at_work = self.inner.at_work.lock();
        if !at_work.jobs.insert(job.guid) {
            return None;
        }
        *at_work.by_institution.entry(job.institution).or_default() += 1;
        drop(at_work);
        let (engine, institution) = (self.clone(), job.institution);
        Some(Place { engine, job: job.guid, institution, _permit: permit })
    }

    /// Jobs worked on at each institution: by this process, and as far as their leases show by all.
    async fn load(&self) -> Result<HashMap<InstitutionGuid, u32>> {
        let mut load = self.inner.at_work.lock().by_institution.clone();
        let lease_now = self.lease_now().await?;
        for (guid, count) in self.db().leased_jobs(SystemScope::of_the_service(), lease_now).await? {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            let known = load.entry(guid).or_default();
            *known = count.max(*known);
        }
        Ok(load)
    }

    /// Institutions that may not have more jobs at once.
    fn busy(&self, load: &HashMap<InstitutionGuid, u32>) -> Vec<InstitutionGuid> {
        let cap = self.settings().jobs_per_institution;
        let is_busy = |(guid, count): &(&InstitutionGuid, &u32)| **count >= cap && self.is_capped(**guid);
        load.iter().filter(is_busy).map(|(guid, _)| *guid).collect()
    }

    /// Whether an institution's jobs are limited: the sandbox's are not.
    fn is_capped(&self, institution: InstitutionGuid) -> bool {
        self.catalogue().by_guid(institution).is_none_or(|institution| !institution.is_test)
    }

    /// Until the next work is due that nobody has; who works on a job wakes the loop when it is done.
    async fn until_next_due(&self) -> Result<Duration> {
        let system = SystemScope::of_the_service();
        let busy = self.busy(&self.load().await?);
        let job = self.db().next_free_job(system, self.lease_now().await?, &busy).await?;
        let next = [job, self.db().next_due_member(system).await?].into_iter().flatten().min();
        let micros = next.map_or(i64::MAX, |at| at.micros_since(self.clock().now()).max(1000));
        Ok(Duration::from_micros(micros.unsigned_abs()).min(POLL))
    }

    /// The time of leases (machine time; on PostgreSQL the server's).
    pub(crate) async fn lease_now(&self) -> store::Result<Timestamp> {
        self.db().lease_now(self.clock().machine_now()).await
    }

    async fn work_or_log(&self, due: DueJob) {
        let guid = due.guid;
        if let Err(error) = self.work(Item::Job(due), None).await {
            tracing::error!(%error, job = %guid, "a step of a job was not written; its lease will run out");
            // Where the store is in trouble, not even the lease was written.
            tokio::time::sleep(POLL).await;
        }
    }
}
