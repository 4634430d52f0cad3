//! Work that comes round by itself: session times written behind, seals of the audit trail, purges, and what other
//! nodes changed. Every part may run on any node at any time.
use crate::{Engine, Error, Result};
use domain::{env::Clock, machine::whole_hour_from, time::Timestamp};
use std::time::Duration;
use store::scope::{SystemScope, UserScope};

/// Between two looks at what is to be written behind.
const FLUSH_EVERY: Duration = Duration::from_secs(5);
/// Between two seals, and two looks at what other nodes changed.
const SEAL_EVERY: Duration = Duration::from_secs(1);
/// Between two looks at which microdeposits are due.
const DEPOSITS_EVERY: Duration = Duration::from_secs(5);
/// Between two looks for members that a change of the catalogue has left behind.
const RECONCILE_EVERY: Duration = Duration::from_secs(5);
/// Between two looks at whether a whole hour has something to purge.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// Longest time between two sweeps, seconds of service time.
const SWEEP_SECONDS_MAX: i64 = 86_400;
/// How long a transaction may be pending (`spec: nexus-pfm, 16.3`, 6).
const PENDING_KEPT: Duration = Duration::from_secs(14 * 86_400);
/// Rows that a purge removes by one commit.
const PURGE_MAX: i64 = 2000;
/// Changes kept for nodes that were away for a moment.
const CHANGES_KEPT: i64 = 100_000;
/// How long an event that its receiver accepted can be sent again.
const EVENT_KEPT: Duration = Duration::from_secs(86_400);
/// How long one that was given up can be (`spec: partner, 7`).
const FAILED_EVENT_KEPT: Duration = Duration::from_secs(7 * 86_400);
/// How long a bank of the sandbox remembers a grant that nobody uses.
const GRANT_KEPT: Duration = Duration::from_secs(90 * 86_400);
/// How long a dead session's row is kept, seconds: a token of it is told from garbage by its MAC alone.
const DEAD_SESSION_SECONDS: i64 = 86_400;

impl Engine {
    /// Starts workers and everything that comes round by itself; they end when the service stops.
    pub async fn run_background(&self) -> Result<()> {
        if self.db().engine_name() == "sqlite" {
            // This process alone has the store: whatever is leased was leased by one that died.
            let freed = self.db().write(|tx| {
                tx.release_all_jobs(SystemScope::of_the_service())?;
                tx.free_all_events(SystemScope::of_the_service())
            });
            freed.await?;
        }
        // What changes from here on is followed: what was in memory before is read again.
        let seen = self.db().last_change().await?;
        self.sessions().forget_all();
        self.reload_catalogue().await?;
        self.reload_webhooks().await?;
        self.resume_advance().await?;
        self.inner.tasks.spawn(self.clone().work_loop());
        self.inner.tasks.spawn(self.clone().deliver_loop());
        self.every(FLUSH_EVERY, "session times were not written", |engine| async move {
            engine.flush_sessions().await
        });
        self.every(SEAL_EVERY, "the audit trail was not sealed", |engine| async move {
            engine.seal_audit().await.map(drop)
        });
        self.every(DEPOSITS_EVERY, "microdeposits were not looked after", |engine| async move {
            engine.refresh_microdeposits().await.map(drop)
        });
        self.every(RECONCILE_EVERY, "members do not follow the catalogue", |engine| async move {
            engine.reconcile_members(&mut |_, _| {}).await.map(drop)
        });
        self.every(SWEEP_EVERY, "the hourly sweep failed", |engine| async move {
            engine.sweep_if_due().await.map(drop)
        });
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            if let Err(error) = engine.reconcile_schedule().await {
                tracing::error!(%error, "due times of members were not looked at");
            }
        });
        self.inner.tasks.spawn(self.clone().follow_changes(seen));
        Ok(())
    }

    fn every<F>(&self, pause: Duration, trouble: &'static str, work: impl Fn(Self) -> F + Send + 'static)
    where
        F: Future<Output = Result<()>> + Send,
    {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = engine.inner.stop.cancelled() => return,
                }
                if let Err(error) = work(engine.clone()).await {
                    tracing::error!(%error, trouble);
                }
            }
        });
    }

    /// When something is to be purged next: at the whole hour from which the oldest of it is past its time, and
    /// at least once a day for the rest.
    pub(crate) async fn next_sweep(&self) -> Result<Option<Timestamp>> {
        let now = self.clock().now();
        let settings = self.settings();
        let last = *self.inner.swept_at.lock().get_or_insert(now);
        let oldest = self.db().oldest(SystemScope::of_the_service()).await?;
        let purges = [
            (oldest.deleted_member, settings.soft_delete),
            (oldest.deleted_user, settings.soft_delete),
            (oldest.pending, PENDING_KEPT),
        ];
        let next = purges.into_iter().filter_map(|(at, age)| at.map(|at| crate::after(at, age)));
        let next = next.chain([last.plus_seconds(SWEEP_SECONDS_MAX)]).min().unwrap_or(last);
        // An hour that was swept is not swept again: what it left is for others, or for the next one.
        Ok(Some(whole_hour_from(next.max(last.plus_micros(1)))))
    }

    /// Sweeps where a whole hour with something to purge was reached; says how often.
    pub(crate) async fn sweep_if_due(&self) -> Result<u64> {
        let now = self.clock().now();
        if self.next_sweep().await?.is_none_or(|at| at > now) {
            return Ok(0);
        }
        *self.inner.swept_at.lock() = Some(now);
        self.sweep().await?;
        Ok(1)
    }

    /// Purges what is past its time.
    pub async fn sweep(&self) -> Result<()> {
        let now = self.clock().now();
        let settings = *self.settings();
        let before = |age: Duration| now.plus_micros(-i64::try_from(age.as_micros()).unwrap_or(i64::MAX));
        let (deleted_before, jobs_before) = (before(settings.soft_delete), before(settings.job_retention));
        let seen_before = before(settings.session_idle).plus_seconds(-DEAD_SESSION_SECONDS);
        let expired_before = before(settings.api_token_lifetime).plus_seconds(-DEAD_SESSION_SECONDS);
        let system = SystemScope::of_the_service();
        self.in_batches(move |tx| tx.purge_sessions(system, seen_before, expired_before, PURGE_MAX)).await?;
        self.in_batches(move |tx| tx.delete_old_jobs(system, jobs_before, PURGE_MAX)).await?;
        self.drop_old_pending(before(PENDING_KEPT)).await?;
        self.purge_members(deleted_before).await?;
        self.purge_users(deleted_before).await?;
        let unheard = self.db().write(move |tx| tx.give_up_unheard_events(system, now)).await;
        unheard.map_err(|e: store::StoreError| Error::from(e))?;
        let (accepted_before, failed_before) = (before(EVENT_KEPT), before(FAILED_EVENT_KEPT));
        self.in_batches(move |tx| tx.purge_events(system, accepted_before, failed_before, PURGE_MAX)).await?;
        let unused_before = before(GRANT_KEPT);
        self.in_batches(move |tx| tx.purge_sandbox_grants(system, unused_before, PURGE_MAX)).await?;
        // A node that was away for longer than the rows are kept has forgotten its sessions meanwhile.
        let last = self.db().last_change().await?;
        let trimmed = self.db().write(move |tx| tx.trim_changes(system, last - CHANGES_KEPT)).await;
        Ok(trimmed.map(drop)?)
    }

    /// Deletes what has been pending for too long (`spec: nexus-pfm, 16.3`, 6).
    async fn drop_old_pending(&self, by: Timestamp) -> Result<()> {
        let system = SystemScope::of_the_service();
        loop {
            let users = self.db().users_with_old_pending(system, by).await?;
            if users.is_empty() || self.inner.stop.is_cancelled() {
                return Ok(());
            }
            for scope in users {
                self.in_batches(move |tx| tx.drop_old_pending(scope, by, PURGE_MAX)).await?;
            }
        }
    }

    /// Users deleted before a moment, those with much data in several writes.
    async fn purge_users(&self, deleted_before: Timestamp) -> Result<()> {
        let system = SystemScope::of_the_service();
        loop {
            let due = self.db().write(move |tx| tx.users_deleted_before(system, deleted_before)).await;
            let due: Vec<UserScope> = due.map_err(|e: store::StoreError| Error::from(e))?;
            if due.is_empty() || self.inner.stop.is_cancelled() {
                return Ok(());
            }
            for scope in due {
                self.purge_user(scope).await?;
            }
        }
    }

    /// Removes a deleted user and all that was theirs.
    pub(crate) async fn purge_user(&self, scope: UserScope) -> Result<()> {
        self.in_batches(move |tx| tx.purge_some_of_user(scope, PURGE_MAX)).await?;
        let purged: store::Result<()> = self.db().write(move |tx| tx.purge_user(scope)).await;
        Ok(purged?)
    }

    /// Members deleted before a moment go one by one, those with many transactions in several writes.
    async fn purge_members(&self, deleted_before: Timestamp) -> Result<()> {
        let system = SystemScope::of_the_service();
        loop {
            let due = self.db().write(move |tx| tx.members_deleted_before(system, deleted_before)).await;
            let due: Vec<(UserScope, i64)> = due.map_err(|e: store::StoreError| Error::from(e))?;
            if due.is_empty() || self.inner.stop.is_cancelled() {
                return Ok(());
            }
            for (scope, no) in due {
                self.purge_transactions_of_member(scope, no).await?;
                let purged: store::Result<()> = self.db().write(move |tx| tx.purge_member(scope, no)).await;
                purged?;
            }
        }
    }

    /// Removes the transactions of a deleted member.
    pub(crate) async fn purge_transactions_of_member(&self, scope: UserScope, no: i64) -> Result<()> {
        self.in_batches(move |tx| tx.purge_some_transactions(scope, no, PURGE_MAX)).await
    }

    /// Repeats a write until it finds nothing more to do, so that other writes get their turn in between.
    async fn in_batches(
        &self,
        batch: impl Fn(&mut store::Tx<'_>) -> store::Result<u64> + Clone + Send + 'static,
    ) -> Result<()> {
        while !self.inner.stop.is_cancelled() {
            let done: store::Result<u64> = self.db().write(batch.clone()).await;
            if done? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Drops what other nodes, or commands, changed.
    async fn follow_changes(self, mut seen: i64) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(SEAL_EVERY) => {}
                () = self.inner.stop.cancelled() => return,
            }
            if let Err(error) = self.follow_all(&mut seen).await {
                tracing::warn!(%error, "changes of other nodes could not be read");
            }
        }
    }

    /// Follows all that changed after a number, and moves the number on.
    async fn follow_all(&self, seen: &mut i64) -> Result<()> {
        loop {
            let changes = self.db().changes_since(*seen).await?;
            if changes.is_empty() {
                return Ok(());
            }
            // However many changes a load of institutions is, the catalogue is read once.
            if changes.iter().any(|(_, kind, _)| kind == "catalogue") {
                self.reload_catalogue().await?;
            }
            for (seq, kind, subject) in changes {
                *seen = seq.max(*seen);
                if let Err(error) = self.follow(&kind, &subject).await {
                    tracing::error!(%error, kind, "a change of another node was not followed");
                }
            }
        }
    }

    async fn follow(&self, kind: &str, subject: &[u8]) -> Result<()> {
        match kind {
            "user" => {
                if let Ok(number) = subject.try_into() {
                    self.sessions().forget_user(i64::from_be_bytes(number));
                }
            }
            "client" => self.sessions().forget_all(),
            "webhooks" => self.reload_webhooks().await?,
            "catalogue" => self.reload_catalogue().await?,
            "clock" => self.reload_clock().await?,
            _ => {}
        }
        Ok(())
    }

    async fn reload_clock(&self) -> Result<()> {
        if let Some(text) = self.db().meta(crate::setup::CLOCK).await?.filter(|_| self.is_sandbox()) {
            // While this node moves the clock itself, what it stores last is what it shows.
            if let (Ok(_turn), Ok(mode)) = (self.inner.clock_turn.try_lock(), serde_json::from_slice(&text)) {
                self.clock().set_mode(mode);
            }
        }
        Ok(())
    }

    /// Writes what is still in memory and waits for the background to end.
    pub async fn shut_down(&self) -> Result<()> {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        self.flush_sessions().await?;
        self.seal_audit().await.map(drop)
    }
}
