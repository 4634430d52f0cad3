//! Everything that service time brings by itself, in one list: whoever moves the clock, waits for quiet or works does
//! what is due by this list and nothing else.
use crate::{Engine, Error, Result, worker::Item};
use domain::{env::Clock, machine::whole_hour_from, time::Timestamp};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use store::scope::{SystemScope, UserScope};
use tokio::{sync::Semaphore, task::JoinSet};

/// Something that comes due. A further kind of work is a line here and an arm in the two matches below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Background aggregations, the sweep of DEGRADED, the end of PENDING.
    Members,
    /// Steps of jobs.
    Jobs,
    /// Microdeposits that their provider is asked about.
    Deposits,
    /// Webhooks to be sent, or sent again.
    Webhooks,
    /// What is purged at whole hours.
    Sweep,
}

/// The list, in the order in which equal times are served.
const SOURCES: [Source; 5] =
    [Source::Members, Source::Jobs, Source::Deposits, Source::Webhooks, Source::Sweep];
/// Those that have an order of their own within a user alone: while the clock is moved, different users' work of an
/// hour is done side by side, each with a clock of its own.
const SIDE_BY_SIDE: [Source; 2] = [Source::Members, Source::Jobs];

/// Items that one look takes.
const LOOK_MAX: i64 = 256;
/// Users whose work is done side by side while the clock is moved.
const CHAINS_MAX: usize = 16;
/// Pause where what is due is in other hands.
pub(crate) const ELSEWHERE: Duration = Duration::from_millis(2);

/// What the present advance has done: jobs worked on, members looked at, sweeps.
#[derive(Debug, Default)]
pub(crate) struct Progress(AtomicU64);

impl Progress {
    /// An advance begins.
    pub(crate) fn begin(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// So much was done.
    pub(crate) fn add(&self, done: u64) {
        self.0.fetch_add(done, Ordering::Relaxed);
    }

    /// What was done.
    pub(crate) fn done(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Source {
    /// When its next work is due; may be past.
    async fn next_due(self, engine: &Engine) -> Result<Option<Timestamp>> {
        let system = SystemScope::of_the_service();
        match self {
            Self::Members => Ok(engine.db().next_due_member(system).await?),
            Self::Jobs => Ok(engine.db().next_due_job(system).await?),
            Self::Deposits => engine.microdeposits_due_at().await,
            Self::Webhooks => engine.next_due_event().await,
            Self::Sweep => engine.next_sweep().await,
        }
    }

    /// Does what is due at the engine's time, in the order of its times; says how much that was.
    async fn run_due(self, engine: &Engine) -> Result<u64> {
        match self {
            Self::Members | Self::Jobs => engine.work_in_order().await,
            Self::Deposits => Ok(engine.refresh_microdeposits().await? as u64),
            Self::Webhooks => Ok(engine.deliver_due().await? as u64),
            Self::Sweep => engine.sweep_if_due().await,
        }
    }
}

impl Engine {
    /// When the next thing is due that service time brings by itself; may be past.
    pub async fn next_due(&self) -> Result<Option<Timestamp>> {
        self.next_due_of(|_| true).await
    }

    /// The same without purges, which nobody waits for, and webhooks.
    pub(crate) async fn next_work(&self) -> Result<Option<Timestamp>> {
        self.next_due_of(|source| !matches!(source, Source::Sweep | Source::Webhooks)).await
    }

    async fn next_due_of(&self, counts: impl Fn(Source) -> bool) -> Result<Option<Timestamp>> {
        let mut next = None;
        for source in SOURCES.into_iter().filter(|source| counts(*source)) {
            let due = source.next_due(self).await?;
            next = [next, due].into_iter().flatten().min();
        }
        Ok(next)
    }

    /// Works off everything that is due at the present service time; says how much that was. For tests and for
    /// moving the sandbox clock.
    pub async fn work_due(&self) -> Result<usize> {
        let mut done = 0;
        for source in SOURCES {
            if source.next_due(self).await?.is_some_and(|at| at <= self.clock().now()) {
                done += source.run_due(self).await?;
            }
        }
        Ok(usize::try_from(done).unwrap_or(usize::MAX))
    }

    /// Steps and starts that are due now, one by one, so that the same history is the same on every store.
    async fn work_in_order(&self) -> Result<u64> {
        let mut done = 0;
        loop {
            let items = self.items_until(self.clock().now()).await?;
            if items.is_empty() {
                return Ok(done);
            }
            for item in items {
                self.work(item, None).await?;
                done += 1;
            }
        }
    }

    /// What of members and jobs is due until a moment and in nobody's hands, in the order of its times; some of it.
    async fn items_until(&self, until: Timestamp) -> Result<Vec<Item>> {
        let system = SystemScope::of_the_service();
        let lease_now = self.lease_now().await?;
        let jobs = self.db().due_jobs(system, until, lease_now, &[], LOOK_MAX).await?;
        let members = self.db().due_members(system, until, LOOK_MAX).await?;
        // Where a look was cut short, what the other found after its end has to wait.
        let limit = usize::try_from(LOOK_MAX).unwrap_or(usize::MAX);
        let cut_jobs = (jobs.len() == limit).then(|| jobs.last().map(|job| job.due_at)).flatten();
        let cut_members = (members.len() == limit).then(|| members.last().map(|m| m.due_at)).flatten();
        let end = [cut_jobs, cut_members].into_iter().flatten().min().unwrap_or(until);
        let items = members.into_iter().map(Item::Member).chain(jobs.into_iter().map(Item::Job));
        let mut items: Vec<Item> = items.filter(|item| item.due_at() <= end).collect();
        // The databases give equal times in any order: with this one, the same history is the same on both.
        items.sort_unstable_by_key(Item::order);
        Ok(items)
    }

    /// Does what is due at the present moment, and of members and jobs what is due until something else has its turn,
    /// or until the target; says how much that was.
    pub(crate) async fn work_stretch(&self, target: Timestamp) -> Result<u64> {
        let now = self.clock().now();
        let end = self.end_of_stretch(now).await?.min(target);
        let mut done = self.work_side_by_side(end).await?;
        for source in SOURCES.into_iter().filter(|source| !SIDE_BY_SIDE.contains(source)) {
            if source.next_due(self).await?.is_some_and(|at| at <= now) {
                done += source.run_due(self).await?;
            }
        }
        Ok(done)
    }

    /// How far members and jobs may be worked on before something else has its turn.
    async fn end_of_stretch(&self, now: Timestamp) -> Result<Timestamp> {
        let mut end = whole_hour_from(now.plus_micros(1));
        for source in SOURCES.into_iter().filter(|source| !SIDE_BY_SIDE.contains(source)) {
            if let Some(at) = source.next_due(self).await? {
                end = end.min(at.max(now));
            }
        }
        Ok(end)
    }

    /// Does what is due until a moment for members and jobs: of each user in the order of its times, different users
    /// side by side, so that they share commits. Each piece has a clock of its own that stands where it is due.
    async fn work_side_by_side(&self, until: Timestamp) -> Result<u64> {
        let places = Arc::new(Semaphore::new(CHAINS_MAX));
        let mut done = 0;
        loop {
            let mut chains: BTreeMap<UserScope, Vec<Item>> = BTreeMap::new();
            for item in self.items_until(until).await? {
                chains.entry(item.scope()).or_default().push(item);
            }
            if chains.is_empty() || self.inner.stop.is_cancelled() {
                return Ok(done);
            }
            let mut running = JoinSet::new();
            for items in chains.into_values() {
                let Ok(place) = places.clone().acquire_owned().await else { return Ok(done) };
                let engine = self.clone();
                running.spawn(async move {
                    let worked = engine.work_chain(items, until).await;
                    drop(place);
                    worked
                });
            }
            while let Some(worked) = running.join_next().await {
                done += worked.map_err(Error::internal)??;
            }
        }
    }

    /// One user's work: each piece goes on by itself until the next one is due.
    async fn work_chain(&self, items: Vec<Item>, until: Timestamp) -> Result<u64> {
        let mut done = 0;
        let ends: Vec<Timestamp> =
            items.iter().skip(1).map(|next| next.due_at().min(until)).chain([until]).collect();
        for (item, end) in items.into_iter().zip(ends) {
            let start = item.due_at().max(self.clock().now());
            self.standing_at(start).work(item, Some(end)).await?;
            done += 1;
        }
        Ok(done)
    }

    /// About how many pieces of work are left until a moment.
    pub(crate) async fn expected_until(&self, target: Timestamp) -> Result<u64> {
        let system = SystemScope::of_the_service();
        let interval = i64::try_from(self.settings().background_interval.as_micros()).unwrap_or(i64::MAX);
        let starts = self.db().expected_starts(system, target, interval).await?;
        let jobs = self.db().due_jobs_until(system, target).await?;
        Ok(starts.unsigned_abs() + jobs.unsigned_abs())
    }
}
