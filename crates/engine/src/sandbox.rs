//! Control of the sandbox: its clock, and waiting until nothing is due (`spec: sandbox, 5`).
use crate::{Call, ClockMode, Engine, Error, Result, due::ELSEWHERE, setup::CLOCK};
use domain::{env::Clock, time::Timestamp};
use std::time::Duration;

/// Name of the moment an advance shall reach, in the store.
const ADVANCE: &str = "sandbox_advance";
/// Furthest one advance may go: five years, seconds.
pub const ADVANCE_SECONDS_MAX: i64 = 5 * 366 * 86_400;
/// How long one call waits for work to be done.
const ADVANCE_ANSWER: Duration = Duration::from_secs(30);
/// How long `settle` waits at most.
const SETTLE_WAIT: Duration = Duration::from_secs(60);

/// While service time runs, `settle` waits for steps that are due this soon: a slow bank's (10 s), but no lifetimes,
/// and not for ever for a bank that never answers, which is asked again every 20 s.
const SETTLE_AHEAD_SECONDS: i64 = 15;

/// How often an advance stores where it is, machine time.
const STORE_EVERY: Duration = Duration::from_secs(1);

/// How far an advance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Work known to be due until the end of the advance.
    pub due: u64,
    /// Work done.
    pub done: u64,
    /// Whether service time is where it was asked to be.
    pub is_done: bool,
}

impl Engine {
    /// Sets how service time runs; never backwards.
    pub async fn set_clock(&self, call: &Call, mode: &str, now: Option<Timestamp>) -> Result<()> {
        let _turn = self.inner.clock_turn.lock().await;
        let present = self.clock().now();
        let at = now.unwrap_or(present);
        let new = match mode {
            "real" => ClockMode::Real,
            "offset" => self.clock().offset_to(at),
            "frozen" => ClockMode::Frozen { at: at.as_micros() },
            _ => return Err(Error::Invalid("mode: must be one of real, offset, frozen".into())),
        };
        let shown = if new == ClockMode::Real { self.clock().machine_now() } else { at };
        // A second is the smallest step the contract can show.
        if shown.as_seconds() < present.as_seconds() {
            return Err(Error::rule("now: service time never goes backwards"));
        }
        self.keep_clock(Some(call), new, None).await?;
        self.wake_workers();
        Ok(())
    }

    /// Stores how the clock runs, and where an advance that was cut off shall still take it; noted for a call.
    async fn keep_clock(
        &self,
        call: Option<&Call>,
        mode: ClockMode,
        target: Option<Timestamp>,
    ) -> Result<()> {
        let text = serde_json::to_vec(&mode).map_err(Error::internal)?;
        let target = target.map(Timestamp::as_micros);
        let target = serde_json::to_vec(&target).map_err(Error::internal)?;
        let (engine, call) = (self.clone(), call.cloned());
        self.db()
            .write(move |tx| {
                tx.set_meta(CLOCK, &text)?;
                tx.set_meta(ADVANCE, &target)?;
                tx.note_change("clock", &[])?;
                call.as_ref().map_or(Ok(()), |call| engine.audit(tx, call, None, None, ""))
            })
            .await?;
        self.clock().set_mode(mode);
        Ok(())
    }

    /// Moves service time forward, doing due work in the order of its times on the way. Answers after 30 seconds
    /// at the latest; the rest goes on by itself.
    pub async fn advance_clock(&self, call: &Call, seconds: i64) -> Result<Progress> {
        if !(1..=ADVANCE_SECONDS_MAX).contains(&seconds) {
            return Err(Error::Rule(format!("seconds: must be between 1 and {ADVANCE_SECONDS_MAX}").into()));
        }
        let target = self.clock().now().plus_seconds(seconds);
        let (engine, call) = (self.clone(), call.clone());
        let mut advance = self.inner.tasks.spawn(async move { engine.advance_to(Some(&call), target).await });
        tokio::select! {
            done = &mut advance => {
                let done = done.map_err(Error::internal)??;
                Ok(Progress { due: done, done, is_done: true })
            }
            () = tokio::time::sleep(ADVANCE_ANSWER) => {
                let done = self.inner.progress.done();
                let due = done + self.expected_until(target).await?;
                Ok(Progress { due, done, is_done: false })
            }
        }
    }

    /// A call is noted with the target, before anything moves; the end of the way is no change of its own.
    async fn advance_to(&self, call: Option<&Call>, target: Timestamp) -> Result<u64> {
        let _turn = self.inner.clock_turn.lock().await;
        let was_frozen = matches!(self.clock().mode(), ClockMode::Frozen { .. });
        let text = serde_json::to_vec(&Some(target.as_micros())).map_err(Error::internal)?;
        let (engine, call) = (self.clone(), call.cloned());
        let kept = self.db().write(move |tx| {
            tx.set_meta(ADVANCE, &text)?;
            call.as_ref().map_or(Ok(()), |call| engine.audit(tx, call, None, None, ""))
        });
        let kept: Result<()> = kept.await;
        kept?;
        let worked = self.work_until(target, was_frozen).await;
        // Also where work failed: the clock does not stay where the way was cut off.
        let left = self.inner.stop.is_cancelled().then_some(target);
        let shown = if worked.is_ok() { target.max(self.clock().now()) } else { self.clock().now() };
        self.keep_clock(None, self.mode_at(shown, was_frozen), left).await?;
        worked?;
        self.work_due().await?;
        Ok(self.inner.progress.done())
    }

    /// The mode that shows a moment, as an advance leaves it.
    fn mode_at(&self, moment: Timestamp, is_frozen: bool) -> ClockMode {
        if is_frozen { ClockMode::Frozen { at: moment.as_micros() } } else { self.clock().offset_to(moment) }
    }

    /// Moves the clock through everything that is due until the target. Where it is by then is stored from time to
    /// time: after a crash it does not go back, and other nodes see it move.
    async fn work_until(&self, target: Timestamp, is_frozen: bool) -> Result<()> {
        self.inner.progress.begin();
        let mut stored = tokio::time::Instant::now();
        while let Some(at) = self.next_due().await?.filter(|at| *at <= target) {
            if self.inner.stop.is_cancelled() {
                return Err(Error::internal("the service stopped in the middle of an advance of its clock"));
            }
            if at > self.clock().now() {
                self.clock().set_mode(ClockMode::Frozen { at: at.as_micros() });
            }
            let done = self.work_stretch(target).await?;
            self.inner.progress.add(done);
            if done == 0 {
                // What is due is leased by a worker that is still at it.
                tokio::time::sleep(ELSEWHERE).await;
            }
            if stored.elapsed() >= STORE_EVERY {
                stored = tokio::time::Instant::now();
                self.store_clock(self.mode_at(self.clock().now(), is_frozen)).await?;
            }
        }
        Ok(())
    }

    /// Stores where an advance is, for a crash and for other nodes.
    async fn store_clock(&self, mode: ClockMode) -> Result<()> {
        let text = serde_json::to_vec(&mode).map_err(Error::internal)?;
        let stored: Result<()> = self
            .db()
            .write(move |tx| {
                tx.set_meta(CLOCK, &text)?;
                Ok(tx.note_change("clock", &[])?)
            })
            .await;
        stored
    }

    /// Goes on with an advance that the end of a process cut off.
    pub(crate) async fn resume_advance(&self) -> Result<()> {
        let Some(text) = self.db().meta(ADVANCE).await?.filter(|_| self.is_sandbox()) else { return Ok(()) };
        let Some(target) = serde_json::from_slice::<Option<i64>>(&text).map_err(Error::internal)? else {
            return Ok(());
        };
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            if let Err(error) = engine.advance_to(None, Timestamp::from_micros(target)).await {
                tracing::error!(%error, "an advance of the clock did not go on");
            }
        });
        Ok(())
    }

    /// Waits until no work and no webhook is due; false where something still is after a minute.
    pub async fn settle(&self) -> Result<bool> {
        let deadline = tokio::time::Instant::now() + SETTLE_WAIT;
        loop {
            let turn = self.inner.clock_turn.lock().await;
            drop(turn);
            let next = self.next_work().await?;
            let next_event = self.next_due_event().await?;
            // A running clock will reach the next step of a job by itself; a frozen one will not.
            let runs = !matches!(self.clock().mode(), ClockMode::Frozen { .. });
            let now = self.clock().now();
            let soon = if runs { now.plus_seconds(SETTLE_AHEAD_SECONDS) } else { now };
            let until = if runs { soon } else { self.send_until() };
            if next.is_none_or(|at| at > soon) && next_event.is_none_or(|at| at > until) {
                return Ok(true);
            }
            if tokio::time::Instant::now() >= deadline {
                return Ok(false);
            }
            self.wake_workers();
            self.wake_delivery();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
