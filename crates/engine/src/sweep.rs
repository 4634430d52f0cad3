//! Work that comes round by itself: session times written behind, seals of the audit trail, purges, and what other
//! nodes changed. Every part may run on any node at any time.
use crate::{Engine, Result};
use domain::env::Clock;
use std::time::Duration;
use store::scope::SystemScope;

/// Between two looks at what is to be written behind.
const FLUSH_EVERY: Duration = Duration::from_secs(5);
/// Between two seals, and two looks at what other nodes changed.
const SEAL_EVERY: Duration = Duration::from_secs(1);
/// Between two purges.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// How long a dead session's row is kept, seconds: a token of it is told from garbage by its MAC alone.
const DEAD_SESSION_SECONDS: i64 = 86_400;

impl Engine {
    /// Starts workers and everything that comes round by itself; they end when the service stops.
    pub async fn run_background(&self) -> Result<()> {
        if self.db().engine_name() == "sqlite" {
            // This process alone has the store: whatever is leased was leased by one that died.
            let freed = self.db().write(|tx| tx.release_all_jobs(SystemScope::of_the_service()));
            freed.await?;
        }
        self.inner.tasks.spawn(self.clone().work_loop());
        self.every(FLUSH_EVERY, "session times were not written", |engine| async move {
            engine.flush_sessions().await
        });
        self.every(SEAL_EVERY, "the audit trail was not sealed", |engine| async move {
            engine.seal_audit().await.map(drop)
        });
        self.every(SWEEP_EVERY, "the hourly sweep failed", |engine| async move { engine.sweep().await });
        self.inner.tasks.spawn(self.clone().follow_changes());
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

    /// Purges what is past its time.
    pub async fn sweep(&self) -> Result<()> {
        let now = self.clock().now();
        let settings = *self.settings();
        let before = |age: Duration| now.plus_micros(-i64::try_from(age.as_micros()).unwrap_or(i64::MAX));
        let (deleted_before, jobs_before) = (before(settings.soft_delete), before(settings.job_retention));
        let seen_before = before(settings.session_idle).plus_seconds(-DEAD_SESSION_SECONDS);
        let expired_before = before(settings.api_token_lifetime).plus_seconds(-DEAD_SESSION_SECONDS);
        let system = SystemScope::of_the_service();
        let purged: store::Result<()> = self
            .db()
            .write(move |tx| {
                tx.purge_sessions(system, seen_before, expired_before)?;
                tx.delete_old_jobs(system, jobs_before)?;
                for (scope, no) in tx.members_deleted_before(system, deleted_before)? {
                    tx.purge_member(scope, no)?;
                }
                for scope in tx.users_deleted_before(system, deleted_before)? {
                    tx.purge_user(scope)?;
                }
                Ok(())
            })
            .await;
        Ok(purged?)
    }

    /// Drops what other nodes, or commands, changed.
    async fn follow_changes(self) {
        let mut seen = self.db().last_change().await.unwrap_or(0);
        loop {
            tokio::select! {
                () = tokio::time::sleep(SEAL_EVERY) => {}
                () = self.inner.stop.cancelled() => return,
            }
            match self.db().changes_since(seen).await {
                Ok(changes) => {
                    for (seq, kind, subject) in changes {
                        seen = seen.max(seq);
                        if let Err(error) = self.follow(&kind, &subject).await {
                            tracing::error!(%error, kind, "a change of another node was not followed");
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "changes of other nodes could not be read"),
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
                self.inner.clock.set_mode(mode);
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
