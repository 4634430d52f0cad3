//! A job's steps in one worker's hands.
use super::{Item, LEASE_SECONDS, STEP_TIMEOUT, bounds::Used, outcome::note_reason};
use crate::{
    Engine, Error, Result,
    case::Case,
    faults::{self, Drawn, Faults},
    ingest::{Prepared, Target},
    job::Wanted,
};
use connectors::{Answer, CredentialValue, Outcome, Request, Step, Turn};
use domain::{
    enums::{ConnectionStatus, JobStatus},
    env::Clock,
    guid::JobGuid,
    machine::{self, Event},
    secret::SecretText,
    time::Timestamp,
    timeline::Happened,
};
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use store::{
    Tx,
    jobs::{DueJob, Job},
    scope::UserScope,
    users::User,
};
use vault::Location;

/// What a job remembers between steps, encrypted: the connector's own words, and the credentials it began with,
/// so that new ones do not reach a conversation that goes on (`spec: nexus-core, 4`).
#[derive(Serialize, Deserialize)]
struct Parked {
    /// Whose words they are: those of one connector mean nothing to another.
    #[serde(default)]
    connector: String,
    continuation: Vec<u8>,
    credentials: Vec<(String, String, String)>,
    #[serde(default)]
    used: Used,
}

/// What a step leaves in memory for the one after it.
struct Carried {
    continuation: Vec<u8>,
    credentials: Vec<CredentialValue>,
    connector: String,
    used: Used,
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
    used: Used,
    /// The connector that the conversation began with, where it is another by now.
    moved_from: Option<String>,
    faults: Faults,
    /// When time alone brings something to the job.
    by_time: Option<Timestamp>,
}

/// A job in the hands of a worker, with what its next step needs.
struct Held {
    scope: UserScope,
    guid: JobGuid,
    fence: i64,
    member_no: i64,
    /// Service time of the step.
    at: Timestamp,
    input: StepInput,
}

impl Engine {
    /// Works on something that is due, and goes on with the next steps of its job as far as they are due by `until`:
    /// now, where that is none; the clock then goes along.
    pub(crate) async fn work(&self, item: Item, until: Option<Timestamp>) -> Result<()> {
        let Some(mut held) = self.begin(item).await? else { return Ok(()) };
        let mut engine = self.clone();
        loop {
            let step = engine.step(&held.input).await;
            let Some(next) = engine.finish_step(held, step, until).await? else { return Ok(()) };
            held = next;
            if until.is_some() {
                engine = self.standing_at(held.at);
            }
        }
    }

    /// Takes a job, one that time brings to a member included; `None` where there is nothing to do for a worker.
    async fn begin(&self, item: Item) -> Result<Option<Held>> {
        let engine = self.clone();
        let lease_until = self.lease_now().await?.plus_seconds(LEASE_SECONDS);
        let begun = self.db().write(move |tx| {
            let due = match item {
                Item::Job(due) => due,
                Item::Member(member) => {
                    let Some(case) = engine.start_due_member(tx, member)? else { return Ok(None) };
                    let Some(job) = case.job.filter(|job| job.due_at.is_some()) else { return Ok(None) };
                    let (scope, due_at) = (member.scope, engine.clock().now());
                    let (guid, institution) = (job.guid, job.institution);
                    DueJob { scope, guid, fence: 0, due_at, was_abandoned: false, institution }
                }
            };
            // The user first, then the job: in the order of every other write.
            let user = tx.user_for_update(due.scope)?;
            let Some(fence) = tx.lease_job(&due, lease_until)? else { return Ok(None) };
            let case = match &user {
                Some(_) => engine.case_of_job(tx, due.scope, due.guid)?,
                None => None,
            };
            let (Some(user), Some(mut case)) = (user, case) else {
                return Err(Error::internal("a job is due whose member is gone"));
            };
            let input = engine.begin_step(tx, &user, &mut case, &due, None)?;
            let Some(input) = input else {
                tx.release_job(due.scope, due.guid, fence)?;
                return Ok(None);
            };
            let (scope, guid, at) = (due.scope, due.guid, engine.clock().now());
            Ok::<_, Error>(Some(Held { scope, guid, fence, member_no: case.member.no, at, input }))
        });
        match (begun.await, item) {
            (Err(error), Item::Job(due)) => {
                self.set_aside(due, lease_until).await?;
                Err(error)
            }
            (Err(error), Item::Member(due)) => {
                self.set_member_aside(due, &error).await?;
                Ok(None)
            }
            (begun, _) => begun,
        }
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

    /// What time alone brings, then what the connector needs; `None` where it is not its turn. `carried` is what a
    /// step before this one left in memory.
    fn begin_step(
        &self,
        tx: &mut Tx<'_>,
        user: &User,
        case: &mut Case,
        due: &DueJob,
        mut carried: Option<Carried>,
    ) -> Result<Option<StepInput>> {
        let now = self.clock().now();
        let settings = self.settings_at(&case.institution);
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
                        note_reason(case, "the job was not done within its time limit");
                    }
                    self.apply(tx, case, event, Wanted::ALL)?.map_err(Error::from)?;
                    continue;
                }
            }
            let is_challenged = job.state.status == JobStatus::Challenged;
            if is_challenged || (job.step_at.is_none_or(|at| at > now) && !afresh) {
                self.write_job(tx, case, job)?;
                return Ok(None);
            }
            if job.state.status == JobStatus::Initiated || afresh {
                afresh = false;
                carried = None;
                let is_last = job.state.takes > machine::RETAKES_MAX;
                case.job = Some(Job { continuation: None, step_at: Some(now), ..job });
                if is_last {
                    note_reason(case, "workers took the job again and again, and none came to its end");
                }
                self.apply(tx, case, Event::Take, Wanted::ALL)?.map_err(Error::from)?;
                continue;
            }
            let by_time = by_time.map(|due| due.at);
            let input = self.step_input(tx, user, case, &job, carried.take(), by_time)?;
            if input.moved_from.is_none() {
                return Ok(Some(input));
            }
            // The look through all members of the institution will come to this one later.
            self.apply(tx, case, Event::MovedConnector, Wanted::ALL)?.map_err(Error::from)?;
        }
        Ok(None)
    }

    /// Whether nobody could work on a job although its next step was due: its worker died, or the service was
    /// stopped. That is no work of the job; it is taken again (`spec: nexus-core, 10.2`).
    fn stood_still(&self, job: &Job, due: &DueJob) -> bool {
        due.was_abandoned || job.step_at.is_some_and(|at| at < self.inner.opened_at)
    }

    fn step_input(
        &self,
        tx: &mut Tx<'_>,
        user: &User,
        case: &Case,
        job: &Job,
        carried: Option<Carried>,
        by_time: Option<Timestamp>,
    ) -> Result<StepInput> {
        let answers = match job.state.status {
            JobStatus::Received => Some(self.kept_answers(tx, case, job)?).filter(|a| !a.is_empty()),
            _ => None,
        };
        let carried = match (carried, &job.continuation) {
            (Some(carried), _) => Some(carried),
            (None, Some(sealed)) => Some(self.open_parked(tx, case.scope, job.guid, sealed)?.carried()?),
            (None, None) => None,
        };
        let connector = case.institution.connector.clone();
        let moved_from = carried.as_ref().map(|carried| carried.connector.clone());
        let moved_from = moved_from.filter(|began| !began.is_empty() && *began != connector);
        let (credentials, continuation, so_far) = match carried {
            Some(carried) => (carried.credentials, Some(carried.continuation), carried.used),
            None => (self.opened_credentials(tx, case)?, None, Used::default()),
        };
        Ok(StepInput {
            request: Request {
                kind: job.state.kind,
                user_external_guid: user.external_guid.clone(),
                member_guid: case.member.guid,
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
            status: job.state.status,
            used: so_far,
            connector,
            moved_from,
            faults: self.faults_of(tx, case)?,
            by_time,
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
            faults: &input.faults,
        };
        // Also what a connector does before it gives its future away is inside.
        let step = AssertUnwindSafe(async { connector.step(turn).await }).catch_unwind();
        match tokio::time::timeout(STEP_TIMEOUT, step).await {
            Ok(Ok(step)) => step,
            Ok(Err(_)) => failed("the connector panicked"),
            Err(_) => failed("a step of the connector took too long"),
        }
    }

    /// Writes what came of a step, unless the job was taken away in the meantime, and begins the next step where
    /// that is due by `until`.
    async fn finish_step(&self, held: Held, step: Step, until: Option<Timestamp>) -> Result<Option<Held>> {
        let (step, used) = match held.input.used.with(&step, held.input.status) {
            Ok(used) => (step, used),
            Err(reason) => (failed(&reason), held.input.used),
        };
        let drawn = held.input.faults.drawn();
        let Step { mut outcome, wait, continuation } = step;
        let next_at = crate::after(self.clock().now(), wait);
        let goes_on = matches!(outcome, Outcome::Progress | Outcome::Authenticated | Outcome::Data(_))
            && drawn.is_empty()
            && next_at <= until.unwrap_or_else(|| self.clock().now());
        if goes_on && matches!(outcome, Outcome::Progress) && held.input.by_time.is_none_or(|at| at > next_at)
        {
            // Nothing to tell anybody: a worker that dies here has the job begun anew in any case.
            let input = StepInput { continuation: Some(continuation), answers: None, used, ..held.input };
            return Ok(Some(Held { at: next_at, input, ..held }));
        }
        let mut news = News::default();
        if let Outcome::Data(batches) = &mut outcome {
            let target = Target::of_job(held.scope, held.member_no, held.guid, held.fence);
            let batches = std::mem::take(batches);
            news.accounts = batches.len() as u64;
            match self.news_of_job(target, batches).await {
                Ok(found) => news = News { accounts: news.accounts, ..found },
                Err(Error::Rule(text)) => outcome = Outcome::Failed { reason: text.into_owned() },
                Err(error) => return Err(error),
            }
        }
        let lease_until = self.lease_now().await?.plus_seconds(LEASE_SECONDS);
        let written =
            Written { held, outcome, news, used, drawn, continuation, next_at, goes_on, lease_until };
        let (engine, written) = (self.clone(), Arc::new(written));
        self.db().write(move |tx| engine.write_step(tx, &written, until.is_some())).await
    }

    fn write_step(&self, tx: &mut Tx<'_>, w: &Written, clock_goes_along: bool) -> Result<Option<Held>> {
        let (scope, guid, fence) = (w.held.scope, w.held.guid, w.held.fence);
        // The user first: nobody takes the job away between this look and the writes.
        let Some(user) = tx.user_for_update(scope)? else { return Ok(None) };
        if !tx.renew_lease(scope, guid, fence, w.lease_until)? {
            return Ok(None);
        }
        let Some(mut case) = self.case_of_job(tx, scope, guid)? else { return Ok(None) };
        if !faults::count(tx, &w.drawn)? {
            // Still due, the job is taken for the same step again.
            tx.release_job(scope, guid, fence)?;
            return Ok(None);
        }
        let mut counts = w.news.counts;
        if !w.news.prepared.is_empty() {
            let target = Target::of_job(scope, case.member.no, guid, fence);
            counts = self.write_prepared(tx, &target, &w.news.prepared)?;
        }
        let is_over = matches!(
            w.outcome,
            Outcome::Done { .. } | Outcome::Refused(_) | Outcome::Failed { .. } | Outcome::Forced(_)
        );
        let parked = if w.goes_on || is_over {
            None
        } else {
            Some(self.seal_parked(tx, scope, guid, &Parked::new(w.carried()))?)
        };
        if let Some(job) = case.job.as_mut() {
            job.continuation = parked;
            job.step_at = Some(w.next_at);
            job.created_count += counts.0;
            job.updated_count += counts.1;
            if w.news.accounts > 0 {
                let (created, updated) = (counts.0.unsigned_abs(), counts.1.unsigned_abs());
                let data = Happened::Data { accounts: w.news.accounts, created, updated };
                job.timeline.push(job.created_at, self.clock().now(), &data);
            }
        }
        self.write_outcome(tx, &mut case, &w.outcome)?;
        if w.goes_on {
            let at = if clock_goes_along { w.next_at } else { self.clock().now() };
            let then = if clock_goes_along { self.standing_at(at) } else { self.clone() };
            let institution = case.member.institution;
            let due = DueJob { scope, guid, fence, due_at: at, was_abandoned: false, institution };
            if let Some(input) = then.begin_step(tx, &user, &mut case, &due, Some(w.carried()))? {
                return Ok(Some(Held { scope, guid, fence, member_no: case.member.no, at, input }));
            }
        }
        tx.release_job(scope, guid, fence)?;
        Ok(None)
    }

    /// The member of a job with that job; `None` where the member is gone or has a newer job. The caller has locked
    /// the user.
    pub(crate) fn case_of_job(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        guid: JobGuid,
    ) -> Result<Option<Case>> {
        let Some(job) = tx.job(scope, guid)? else { return Ok(None) };
        let Some(member) = tx.member_by_no(scope, job.member_no)? else { return Ok(None) };
        if member.job != Some(guid) {
            return Ok(None);
        }
        let institution = self.institution(member.institution)?;
        Ok(Some(Case { scope, member, job: Some(job), institution, is_gone: false }))
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
    fn new(carried: Carried) -> Self {
        let Carried { continuation, credentials, connector, used } = carried;
        let credentials = credentials
            .iter()
            .map(|c| (c.credential_guid.to_string(), c.field_name.clone(), c.value.expose().to_owned()))
            .collect();
        Self { connector, continuation, credentials, used }
    }

    fn carried(self) -> Result<Carried> {
        let credential = |(guid, field_name, value): (String, String, String)| {
            Ok(CredentialValue {
                credential_guid: guid.parse().map_err(Error::internal)?,
                field_name,
                value: SecretText::new(value),
            })
        };
        let credentials = self.credentials.into_iter().map(credential).collect::<Result<_>>()?;
        let Self { connector, continuation, used, .. } = self;
        Ok(Carried { continuation, credentials, connector, used })
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

/// What a step came to, to be written.
struct Written {
    held: Held,
    outcome: Outcome,
    news: News,
    used: Used,
    drawn: Vec<Drawn>,
    continuation: Vec<u8>,
    next_at: Timestamp,
    goes_on: bool,
    lease_until: Timestamp,
}

impl Written {
    fn carried(&self) -> Carried {
        let credentials =
            if let Outcome::Renewed(new) = &self.outcome { new } else { &self.held.input.credentials };
        Carried {
            continuation: self.continuation.clone(),
            credentials: credentials.clone(),
            connector: self.held.input.connector.clone(),
            used: self.used,
        }
    }
}

/// What of a step's data is not stored yet, and what of it was written before, where it is much.
#[derive(Default)]
pub(crate) struct News {
    /// For the write of the step.
    pub(crate) prepared: Vec<Prepared>,
    /// Accounts that data came of.
    pub(crate) accounts: u64,
    /// Transactions made and changed.
    pub(crate) counts: (i64, i64),
}
