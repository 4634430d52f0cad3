//! What a later run leaves of an earlier one, with a bank that tells what the test wants.
use crate::{
    Call, Engine, KeySource, Options, client::ClientSettings, job::Wanted, member::GivenCredential,
    member::NewMember, user::UserPatch,
};
use connectors::{Connector, Outcome, Step, Turn};
use domain::{
    enums::{AccountType, JobKind},
    feed::{FeedAccount, FeedBatch, FeedOwner},
    machine::JobError,
    secret::SecretText,
};
use parking_lot::Mutex;
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};
use store::{OpenOptions, jobs::Job, scope::UserScope};
use testkit::time::{START, SeededEntropy, TestClock};

/// Which of its two accounts have numbers and owners; or it fails after it told.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the bank")]
struct Tells {
    first: bool,
    second: bool,
    fails: bool,
    /// Tells numbers and owners in every job.
    always: bool,
}

#[derive(Default)]
struct Bank(Arc<Mutex<Tells>>);

impl Connector for Bank {
    fn step<'a>(&'a self, turn: Turn<'a>) -> Pin<Box<dyn Future<Output = Step> + Send + 'a>> {
        let tells = *self.0.lock();
        let (outcome, next) = match turn.continuation {
            None => (Outcome::Authenticated, b"1"),
            Some(b"1") => (Outcome::Data(batches(turn.request.kind, tells)), b"2"),
            _ if tells.fails => (Outcome::Failed { reason: "broke off".to_owned() }, b"3"),
            _ => (Outcome::Done { then: None }, b"3"),
        };
        Box::pin(async move { Step { outcome, wait: Duration::ZERO, continuation: next.to_vec() } })
    }
}

fn batches(kind: JobKind, tells: Tells) -> Vec<FeedBatch> {
    let batch = |id: &str, is_told: bool| {
        let has_numbers = is_told && (tells.always || kind == JobKind::Verification);
        let has_owners = is_told && (tells.always || kind == JobKind::Identification);
        let owner = FeedOwner { owner_name: Some(format!("Owner of {id}")), ..FeedOwner::default() };
        FeedBatch {
            account: FeedAccount {
                feed_id: Some(id.to_owned()),
                account_type: AccountType::Checking,
                account_subtype: None,
                name: id.to_owned(),
                account_number: has_numbers.then(|| SecretText::new("12345678")),
                routing_number: has_numbers.then(|| "991234561".to_owned()),
                account_holder_name: None,
                values: Vec::new(),
            },
            transactions: Vec::new(),
            window: None,
            reports_pending: false,
            is_complete: false,
            holdings: None,
            owners: has_owners.then(|| vec![owner]),
        }
    };
    vec![batch("first", tells.first), batch("second", tells.second)]
}

struct World {
    engine: Engine,
    scope: UserScope,
    member: String,
    tells: Arc<Mutex<Tells>>,
    _folder: tempfile::TempDir,
}

fn call() -> Call {
    Call::new("operator", "test", "test")
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            database: OpenOptions::Sqlite { path: folder.path().join("t.db") },
            key: KeySource::Given(SecretText::new("00112233445566778899aabbccddeeff".repeat(2))),
            sandbox: true,
            settings: domain::settings::Settings::default(),
            machine_clock: Arc::new(TestClock::at(START)),
            outgoing: connectors::http::Filter::default(),
            entropy: Arc::new(SeededEntropy::new(7)),
        };
        let engine = Engine::open(options).await.unwrap();
        let bank = Bank::default();
        let tells = bank.0.clone();
        engine.register_connector("sandbox", Arc::new(bank));
        let settings = ClientSettings::default();
        let (client, _) = engine.create_client(&call(), "c1", "One", &settings, None).await.unwrap();
        let user = engine.create_user(&call(), client.scope, "U-1", UserPatch::default()).await.unwrap();
        let credential =
            |guid: &str| GivenCredential { guid: guid.to_owned(), value: Some(SecretText::new("x")) };
        let new = NewMember {
            institution_code: Some("mxbank".to_owned()),
            credentials: vec![
                credential("CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1"),
                credential("CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d"),
            ],
            ..NewMember::default()
        };
        let member =
            engine.create_member(&call(), user.scope, new).await.unwrap().view.member.guid.to_string();
        engine.work_due().await.unwrap();
        Self { engine, scope: user.scope, member, tells, _folder: folder }
    }

    /// Runs a job with a bank that tells this.
    async fn run(&self, kind: JobKind, tells: Tells) -> Job {
        *self.tells.lock() = tells;
        self.engine.ask_job(&call(), self.scope, &self.member, kind, Wanted::ALL).await.unwrap();
        self.engine.work_due().await.unwrap();
        let view = self.engine.member(self.scope, &self.member).await.unwrap();
        self.engine.job(self.scope, &view.member.job.unwrap().to_string()).await.unwrap()
    }

    /// How many accounts have numbers, and how many have owners.
    async fn found(&self) -> (usize, usize) {
        let numbers = self.engine.numbers_of_member(self.scope, &self.member).await.unwrap();
        let owners = self.engine.owners_of_member(self.scope, &self.member).await.unwrap();
        (numbers.len(), owners.len())
    }
}

const BOTH: Tells = Tells { first: true, second: true, fails: false, always: false };
const SECOND: Tells = Tells { first: false, ..BOTH };
const NONE: Tells = Tells { second: false, ..SECOND };

#[tokio::test]
async fn a_run_that_finds_nothing_completes_with_code_1000() {
    let world = World::new().await;
    for kind in [JobKind::Verification, JobKind::Identification] {
        let job = world.run(kind, NONE).await;
        assert_eq!((job.state.status.name(), job.state.error), ("COMPLETED", Some(JobError::NothingFound)));
        assert_eq!(world.run(kind, SECOND).await.state.error, None);
    }
    assert_eq!(world.found().await, (1, 1));
    for kind in [JobKind::Aggregation, JobKind::Balance, JobKind::History] {
        assert_eq!(world.run(kind, NONE).await.state.error, None, "{kind:?}");
    }
}

#[tokio::test]
async fn data_of_a_run_stays_until_a_later_one_replaces_it() {
    let world = World::new().await;
    world.run(JobKind::Verification, BOTH).await;
    world.run(JobKind::Identification, BOTH).await;
    assert_eq!(world.found().await, (2, 2));
    for kind in [JobKind::Verification, JobKind::Identification] {
        let failed = world.run(kind, Tells { fails: true, ..NONE }).await;
        assert_eq!(failed.state.status.name(), "HALTED");
        assert_eq!(world.found().await, (2, 2), "{kind:?} failed");
    }
    for kind in [JobKind::Aggregation, JobKind::Balance, JobKind::History] {
        world.run(kind, NONE).await;
        assert_eq!(world.found().await, (2, 2), "{kind:?} is of another kind");
    }
    world.run(JobKind::Verification, SECOND).await;
    assert_eq!(world.found().await, (1, 2));
    world.run(JobKind::Identification, NONE).await;
    assert_eq!(world.found().await, (1, 0));
}

#[tokio::test]
async fn numbers_of_before_they_had_a_digest_are_read_and_written_anew() {
    let world = World::new().await;
    world.run(JobKind::Verification, SECOND).await;
    let read = async || world.engine.numbers_of_member(world.scope, &world.member).await.unwrap();
    let (engine, scope, new) = (world.engine.clone(), world.scope, read().await);
    let age = world.engine.db().write(move |tx| {
        let member = tx.members(scope)?.remove(0);
        let account = tx.accounts_of_member(scope, member.no)?.remove(1);
        let known = tx.account_numbers(scope, account.no)?.unwrap();
        let text = serde_json::to_vec(&("87654321", "991234561")).unwrap();
        let row = account.no.to_be_bytes();
        let location = super::numbers_location(scope, &row);
        let sealed = engine.user_key(tx, scope)?.seal(&location, &text, engine.entropy());
        let old = store::numbers::NumbersRow { sealed, digest: None, job: None, ..known };
        Ok::<_, crate::Error>(tx.put_account_numbers(scope, &old, START)?)
    });
    age.await.unwrap();
    let old = read().await;
    assert_eq!(old[0].numbers.account_number.expose(), "87654321");
    assert_eq!((old[0].guid, old[0].numbers.passed_validation), (new[0].guid, None));
    world.run(JobKind::Verification, SECOND).await;
    assert_eq!(read().await[0].numbers, new[0].numbers);
}

#[tokio::test]
async fn a_job_of_another_kind_brings_neither_numbers_nor_owners() {
    let world = World::new().await;
    let always = Tells { always: true, ..BOTH };
    for kind in [JobKind::Aggregation, JobKind::Balance, JobKind::History] {
        world.run(kind, always).await;
        assert_eq!(world.found().await, (0, 0), "{kind:?}");
    }
    world.run(JobKind::Verification, always).await;
    assert_eq!(world.found().await, (2, 0));
    world.run(JobKind::Identification, always).await;
    assert_eq!(world.found().await, (2, 2));
}
