//! Workers: they take due jobs, make one step of the conversation with the institution, and write what came of it.
//!
//! A step is: one write that leases the job (and does what time alone brings), the connector's step, one write of
//! its outcome. The lease is machine time; the fence makes the second write void where the job was taken away in
//! between. Nobody waits for a person: a challenge parks the job until its answer makes it due.
use crate::{Engine, Error, Result, case::Case, job::Wanted};
use connectors::{Answer, CredentialValue, Outcome, Refusal, Request, Step, Turn};
use domain::{
    enums::{ConnectionStatus, JobStatus},
    env::Clock,
    guid::JobGuid,
    machine::{self, Event},
    secret::SecretText,
    time::Timestamp,
};
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use std::{panic::AssertUnwindSafe, time::Duration};
use store::{
    Tx,
    jobs::{DueJob, Job},
    scope::{SystemScope, UserScope},
};
use vault::Location;

mod bounds;

/// How long a worker has a job for itself, seconds of machine time; longer than any step may take.
pub(crate) const LEASE_SECONDS: i64 = 60;
/// Longest a connector's step may take before it counts as failed.
const STEP_TIMEOUT: Duration = Duration::from_secs(45);
/// Jobs worked on at once.
pub(crate) const WORKERS_MAX: usize = 16;
/// Longest wait of the loop: another node, or a command, may have made a job.
const POLL: Duration = Duration::from_millis(500);

/// What a job remembers between steps, encrypted: the connector's own words, and the credentials it began with,
/// so that new ones do not reach a conversation that goes on (`spec: nexus-core, 4`).
#[derive(Serialize, Deserialize)]
struct Parked {
    continuation: Vec<u8>,
    credentials: Vec<(String, String, String)>,
    #[serde(default)]
    used: bounds::Used,
}

/// All a step needs.
struct StepInput {
    request: Request,
    credentials: Vec<CredentialValue>,
    continuation: Option<Vec<u8>>,
    answers: Option<Vec<Answer>>,
    connector: String,
    /// Status of the job, and what its conversation has used up.
    status: JobStatus,
    used: bounds::Used,
}

impl Engine {
    /// Takes due jobs until the service stops.
    pub(crate) async fn work_loop(self) {
        let places = std::sync::Arc::new(tokio::sync::Semaphore::new(WORKERS_MAX));
        while !self.inner.stop.is_cancelled() {
            let worked = match self.due_jobs().await {
                Ok(due) => {
                    let any = !due.is_empty();
                    for job in due {
                        let Ok(place) = places.clone().acquire_owned().await else { return };
                        let engine = self.clone();
                        self.inner.tasks.spawn(async move {
                            engine.work_or_log(job).await;
                            drop(place);
                            engine.wake_workers();
                        });
                    }
                    any
                }
                Err(error) => {
                    tracing::error!(%error, "due jobs could not be read");
                    false
                }
            };
            let nap = if worked { Duration::from_millis(5) } else { self.until_next_due().await };
            tokio::select! {
                () = self.inner.work.notified() => {}
                () = tokio::time::sleep(nap) => {}
                () = self.inner.stop.cancelled() => {}
            }
        }
    }

    /// Until the next job is due that nobody works on; who works on one wakes the loop when it is done.
    async fn until_next_due(&self) -> Duration {
        let next = match self.lease_now().await {
            Ok(now) => self.db().next_free_job(SystemScope::of_the_service(), now).await,
            Err(error) => Err(error),
        };
        let next = next.ok().flatten();
        let micros = next.map_or(i64::MAX, |at| at.micros_since(self.clock().now()).max(1000));
        Duration::from_micros(micros.unsigned_abs()).min(POLL)
    }

    /// The time of leases (machine time; on PostgreSQL the server's).
    pub(crate) async fn lease_now(&self) -> store::Result<Timestamp> {
        self.db().lease_now(self.clock().machine_now()).await
    }

    async fn due_jobs(&self) -> Result<Vec<DueJob>> {
        let limit = i64::try_from(WORKERS_MAX).unwrap_or(i64::MAX) * 2;
        let (now, lease_now) = (self.clock().now(), self.lease_now().await?);
        let mut due = self.db().due_jobs(SystemScope::of_the_service(), now, lease_now, limit).await?;
        // The databases give equal times in any order: with this one, the same history is the same on both.
        due.sort_unstable_by_key(|job| (job.due_at, *job.guid.as_bytes()));
        Ok(due)
    }

    /// Works off everything that is due at the present service time, step by step; says how many steps. For tests
    /// and for moving the sandbox clock.
    pub async fn work_due(&self) -> Result<usize> {
        let mut steps = 0;
        loop {
            let due = self.due_jobs().await?;
            if due.is_empty() {
                return Ok(steps + self.refresh_microdeposits().await?);
            }
            for job in due {
                self.work(job).await?;
                steps += 1;
            }
        }
    }

    async fn work_or_log(&self, due: DueJob) {
        let guid = due.guid;
        if let Err(error) = self.work(due).await {
            tracing::error!(%error, job = %guid, "a step of a job was not written; its lease will run out");
            // Where the store is in trouble, not even the lease was written.
            tokio::time::sleep(POLL).await;
        }
    }

    /// One step of a due job.
    async fn work(&self, due: DueJob) -> Result<()> {
        let engine = self.clone();
        let lease_until = self.lease_now().await?.plus_seconds(LEASE_SECONDS);
        let begun = self.db().write(move |tx| {
            // The user first, then the job: in the order of every other write.
            tx.user_for_update(due.scope)?;
            let Some(fence) = tx.lease_job(&due, lease_until)? else { return Ok(None) };
            let input = engine.begin_step(tx, &due)?;
            if input.is_none() {
                tx.release_job(due.scope, due.guid, fence)?;
            }
            Ok::<_, Error>(input.map(|input| (fence, input)))
        });
        let begun = match begun.await {
            Ok(begun) => begun,
            Err(error) => {
                self.set_aside(due, lease_until).await?;
                return Err(error);
            }
        };
        let Some((fence, input)) = begun else { return Ok(()) };
        let step = self.step(&input).await;
        self.finish_step(due.scope, due.guid, fence, input, step).await
    }

    /// Keeps a job whose step could not begin from being tried at once, and again, and again: it counts as taken
    /// by a worker that died, so that it ends by row 23 if it never gets further.
    async fn set_aside(&self, due: DueJob, lease_until: Timestamp) -> Result<()> {
        let engine = self.clone();
        let written = self.db().write(move |tx| {
            tx.user_for_update(due.scope)?;
            if tx.lease_job(&due, lease_until)?.is_some()
                && let Ok(Some(mut case)) = engine.case_of_job(tx, due.scope, due.guid)
            {
                let _refused = engine.apply(tx, &mut case, Event::Take, Wanted::ALL)?;
            }
            Ok(())
        });
        written.await
    }

    /// What time alone brings, then what the connector needs; `None` where it is not its turn.
    fn begin_step(&self, tx: &mut Tx<'_>, due: &DueJob) -> Result<Option<StepInput>> {
        let now = self.clock().now();
        let Some(mut case) = self.case_of_job(tx, due.scope, due.guid)? else {
            return Err(Error::internal("a job is due whose member is gone"));
        };
        let settings = self.settings_at(&case.institution);
        let wanted = Wanted::ALL;
        let mut afresh = due.was_abandoned;
        while let Some(job) = case.job.clone() {
            if job.guid != due.guid || job.state.status.is_final() {
                return Ok(None);
            }
            let by_time = machine::next_due(&case.member.state, Some(&job.state), &settings);
            if let Some(event) = by_time.filter(|d| d.at <= now).map(|d| d.event) {
                let is_limit = matches!(event, Event::Failed { .. });
                if is_limit && self.stood_still(&job, due) {
                    afresh = true;
                } else {
                    if is_limit {
                        note_reason(&mut case, "the job was not done within its time limit");
                    }
                    self.apply(tx, &mut case, event, wanted)?.map_err(Error::from)?;
                    continue;
                }
            }
            let is_challenged = job.state.status == JobStatus::Challenged;
            if is_challenged || (job.step_at.is_none_or(|at| at > now) && !afresh) {
                self.write_job(tx, &mut case, job)?;
                return Ok(None);
            }
            if job.state.status == JobStatus::Initiated || afresh {
                afresh = false;
                let is_last = job.state.takes > machine::RETAKES_MAX;
                case.job = Some(Job { continuation: None, step_at: Some(now), ..job });
                if is_last {
                    note_reason(&mut case, "workers took the job again and again, and none came to its end");
                }
                self.apply(tx, &mut case, Event::Take, wanted)?.map_err(Error::from)?;
                continue;
            }
            return self.step_input(tx, &case, &job).map(Some);
        }
        Ok(None)
    }

    /// Whether nobody could work on a job although its next step was due: its worker died, or the service was
    /// stopped. That is no work of the job; it is taken again (`spec: nexus-core, 10.2`).
    fn stood_still(&self, job: &Job, due: &DueJob) -> bool {
        due.was_abandoned || job.step_at.is_some_and(|at| at < self.inner.opened_at)
    }

    fn step_input(&self, tx: &mut Tx<'_>, case: &Case, job: &Job) -> Result<StepInput> {
        let user = tx.user_for_update(case.scope)?.ok_or(Error::NotFound("user"))?;
        let parked = match &job.continuation {
            Some(sealed) => Some(self.open_parked(tx, case.scope, job.guid, sealed)?),
            None => None,
        };
        let answers = match job.state.status {
            JobStatus::Received => Some(self.kept_answers(tx, case, job)?).filter(|a| !a.is_empty()),
            _ => None,
        };
        let (credentials, continuation, so_far) = match parked {
            Some(parked) => (parked.credentials()?, Some(parked.continuation), parked.used),
            None => (self.opened_credentials(tx, case)?, None, bounds::Used::default()),
        };
        Ok(StepInput {
            request: Request {
                kind: job.state.kind,
                user_external_guid: user.external_guid,
                institution_code: case.institution.code.clone(),
                member_status: job.status_before.unwrap_or(ConnectionStatus::Created),
                history_from: job.history_from,
                include_transactions: job.include_transactions,
                include_holdings: job.include_holdings,
                is_background: job.state.is_background,
            },
            credentials,
            continuation,
            answers,
            connector: case.institution.connector.clone(),
            status: job.state.status,
            used: so_far,
        })
    }

    /// The connector's step; whatever goes wrong in it is a failure of the job, not of the worker.
    async fn step(&self, input: &StepInput) -> Step {
        let connector = self.inner.connectors.read().get(input.connector.as_str()).cloned();
        let Some(connector) = connector else {
            return failed("there is no connector for this institution");
        };
        let turn = Turn {
            request: &input.request,
            credentials: &input.credentials,
            continuation: input.continuation.as_deref(),
            answers: input.answers.as_deref(),
            now: self.clock().now(),
        };
        // Also what a connector does before it gives its future away is inside.
        let step = AssertUnwindSafe(async { connector.step(turn).await }).catch_unwind();
        match tokio::time::timeout(STEP_TIMEOUT, step).await {
            Ok(Ok(step)) => step,
            Ok(Err(_)) => failed("the connector panicked"),
            Err(_) => failed("a step of the connector took too long"),
        }
    }

    /// Writes what came of a step, unless the job was taken away in the meantime.
    async fn finish_step(
        &self,
        scope: UserScope,
        guid: JobGuid,
        fence: i64,
        input: StepInput,
        step: Step,
    ) -> Result<()> {
        let mut counts = (0, 0);
        let (step, used) = match input.used.with(&step, input.status) {
            Ok(used) => (step, used),
            Err(reason) => (failed(&reason), input.used),
        };
        let Step { mut outcome, wait, continuation } = step;
        if let Outcome::Data(batches) = &mut outcome {
            let batches = std::mem::take(batches);
            match self.ingest_for_job(scope, guid, fence, batches).await {
                Ok(done) => counts = done,
                Err(Error::Rule(text)) => outcome = Outcome::Failed { reason: text.into_owned() },
                Err(error) => return Err(error),
            }
        }
        let parked = Parked::new(continuation, &input.credentials, used);
        let engine = self.clone();
        self.db()
            .write(move |tx| {
                // The user first: nobody takes the job away between this look and the writes.
                if tx.user_for_update(scope)?.is_none() || !tx.holds_job(scope, guid, fence)? {
                    return Ok(());
                }
                let Some(mut case) = engine.case_of_job(tx, scope, guid)? else { return Ok(()) };
                let sealed = engine.seal_parked(tx, scope, guid, &parked)?;
                if let Some(job) = case.job.as_mut() {
                    job.continuation = Some(sealed);
                    job.step_at = Some(crate::after(engine.clock().now(), wait));
                    job.created_count += counts.0;
                    job.updated_count += counts.1;
                }
                engine.write_outcome(tx, &mut case, &outcome)?;
                tx.release_job(scope, guid, fence)?;
                Ok::<_, Error>(())
            })
            .await
    }

    fn write_outcome(&self, tx: &mut Tx<'_>, case: &mut Case, outcome: &Outcome) -> Result<()> {
        let Some(job) = case.job.clone() else { return Ok(()) };
        let wanted = Wanted::of(&job);
        tx.delete_challenges(case.scope, job.guid)?;
        let event = match outcome {
            Outcome::Progress | Outcome::Data(_) => return self.write_job(tx, case, job),
            Outcome::Authenticated => Event::Authenticated,
            Outcome::Challenge(challenges) => {
                self.raise_challenges(tx, case.scope, job.guid, challenges)?;
                Event::Challenge
            }
            Outcome::Done { then } => {
                let nothing_found = self.found_nothing(tx, case, &job)?;
                if !self.expect(tx, case, Event::Fetched, wanted)?
                    || !self.expect(tx, case, Event::Stored { nothing_found }, wanted)?
                {
                    return Ok(());
                }
                self.replace_earlier(tx, case, &job)?;
                tx.accounts_imported(case.scope, case.member.no, self.clock().now())?;
                if let Some(status) = then {
                    let _refused = self.apply(tx, case, moved_to(*status), wanted)?;
                }
                return Ok(());
            }
            Outcome::Refused(refusal) => refused(*refusal),
            Outcome::Failed { reason } => {
                note_reason(case, reason);
                Event::Failed { timed_out: false }
            }
            Outcome::Forced(status) => Event::Forced(*status),
        };
        self.expect(tx, case, event, wanted).map(drop)
    }

    /// Applies an event of the connector. One that has no row from this state is the connector's mistake: the job
    /// fails, with a reason for the operator.
    fn expect(&self, tx: &mut Tx<'_>, case: &mut Case, event: Event, wanted: Wanted) -> Result<bool> {
        if self.apply(tx, case, event, wanted)?.is_ok() {
            return Ok(true);
        }
        note_reason(case, &format!("the connector said {event:?} out of order"));
        let _ended = self.apply(tx, case, Event::Failed { timed_out: false }, wanted)?;
        Ok(false)
    }

    /// The member of a job with that job; `None` where the member is gone or has a newer job.
    pub(crate) fn case_of_job(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        guid: JobGuid,
    ) -> Result<Option<Case>> {
        if tx.user_for_update(scope)?.is_none() {
            return Ok(None);
        }
        let Some(job) = tx.job(scope, guid)? else { return Ok(None) };
        let Some(member) = tx.member_by_no(scope, job.member_no)? else { return Ok(None) };
        if member.job != Some(guid) {
            return Ok(None);
        }
        self.case_of(tx, scope, member).map(Some)
    }

    fn seal_parked(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        job: JobGuid,
        parked: &Parked,
    ) -> Result<Vec<u8>> {
        let text = zeroize::Zeroizing::new(serde_json::to_vec(parked).map_err(Error::internal)?);
        let key = self.user_key(tx, scope)?;
        Ok(key.seal(&parked_location(scope, job.as_bytes()), &text, self.entropy()))
    }

    fn open_parked(&self, tx: &mut Tx<'_>, scope: UserScope, job: JobGuid, sealed: &[u8]) -> Result<Parked> {
        let key = self.user_key(tx, scope)?;
        let text = key.open(&parked_location(scope, job.as_bytes()), sealed)?;
        serde_json::from_slice(&text).map_err(Error::internal)
    }
}

fn parked_location(scope: UserScope, job: &[u8; 16]) -> Location<'_> {
    Location { table: "jobs", column: "continuation", row: job, user: scope.number() }
}

impl Parked {
    fn new(continuation: Vec<u8>, credentials: &[CredentialValue], used: bounds::Used) -> Self {
        let credentials = credentials
            .iter()
            .map(|c| (c.credential_guid.to_string(), c.field_name.clone(), c.value.expose().to_owned()))
            .collect();
        Self { continuation, credentials, used }
    }

    fn credentials(&self) -> Result<Vec<CredentialValue>> {
        self.credentials
            .iter()
            .map(|(guid, field_name, value)| {
                Ok(CredentialValue {
                    credential_guid: guid.parse().map_err(Error::internal)?,
                    field_name: field_name.clone(),
                    value: SecretText::new(value.as_str()),
                })
            })
            .collect()
    }
}

/// The end of a conversation in which something went wrong.
fn failed(reason: &str) -> Step {
    Step {
        outcome: Outcome::Failed { reason: reason.to_owned() },
        wait: Duration::ZERO,
        continuation: Vec::new(),
    }
}

/// Keeps why a job failed, for the operator: one line that can be printed and stored.
fn note_reason(case: &mut Case, reason: &str) {
    if let Some(job) = case.job.as_mut() {
        let printable = reason.chars().map(|c| if c.is_control() { ' ' } else { c });
        job.reason = Some(printable.take(500).collect());
    }
}

fn refused(refusal: Refusal) -> Event {
    match refusal {
        Refusal::Credentials => Event::CredentialsRefused,
        Refusal::Answer => Event::AnswerRefused,
        Refusal::AnswerTooLate => Event::AnswerTooLate,
        Refusal::Locked => Event::Locked,
        Refusal::Impeded => Event::Impeded,
        Refusal::Impaired => Event::Impaired,
    }
}

/// What moves a member after its job completed.
fn moved_to(status: ConnectionStatus) -> Event {
    match status {
        ConnectionStatus::Reconnected => Event::MovedConnector,
        other => Event::Forced(other),
    }
}

/// When the next thing is due that the workers do by themselves.
pub(crate) async fn next_due(engine: &Engine) -> Result<Option<Timestamp>> {
    let job = engine.db().next_due_job(SystemScope::of_the_service()).await?;
    Ok([job, engine.microdeposits_due_at().await?].into_iter().flatten().min())
}
