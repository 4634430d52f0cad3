//! The program is killed while it works, again and again, and holds every write that it acknowledged exactly once.
//!
//! `TRIBUTARY_CRASH_ROUNDS` says how often (20), `TRIBUTARY_CRASH_SEED` what happens and when.
#![expect(clippy::unwrap_used, reason = "a helper of a test that cannot do its work fails the test")]
#[path = "support/http.rs"]
mod http;
#[path = "support/model.rs"]
mod model;
#[path = "support/server.rs"]
mod server;
#[path = "support/verify.rs"]
mod verify;
#[path = "support/workload.rs"]
mod workload;

use engine::{Engine, KeySource, Options};
use http::Client;
use model::{Numbers, User};
use server::Server;
use std::{
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};
use store::{Db, OpenOptions, scope::SystemScope};
use testkit::time::{START, SeededEntropy, TestClock};
use verify::Verifier;
use workload::Worker;

const ROUNDS: u64 = 20;
/// Callers at the same time.
const WORKERS: u64 = 4;
/// Acknowledged writes after which the server is killed at the latest, and at the earliest.
const WRITES_MAX: usize = 200;
const WRITES_MIN: usize = 20;
/// The kill comes so long after an answer at most.
const JITTER_MICROS: usize = 3000;

/// What is known after some rounds.
#[derive(Default)]
struct History {
    users: Vec<User>,
    done: Vec<String>,
    unknown: Vec<String>,
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Lets callers write, kills the server at a random moment, and says what was written.
fn work_until_killed(server: Server, round: u64, numbers: &mut Numbers) -> History {
    let (sender, heard) = mpsc::channel();
    let workers = (0..WORKERS).map(|number| {
        let (name, seed) = (format!("r{round}w{number}"), numbers.below(usize::MAX) as u64);
        let worker = Worker::new(server.address, name, seed, sender.clone());
        thread::spawn(move || worker.run())
    });
    let workers: Vec<_> = workers.collect();
    drop(sender);
    let writes = WRITES_MIN + numbers.below(WRITES_MAX - WRITES_MIN + 1);
    let jitter = Duration::from_micros(numbers.below(JITTER_MICROS) as u64);
    // Ends early only where the workers failed, which shows when they are joined.
    let heard_all = (0..writes).all(|_| heard.recv().is_ok());
    let moment = Instant::now() + jitter;
    while heard_all && Instant::now() < moment {
        std::hint::spin_loop();
    }
    server.kill();
    let mut history = History::default();
    for worker in workers {
        let Worker { users, done, unknown, .. } = worker.join().unwrap();
        history.users.extend(users);
        history.done.extend(done);
        history.unknown.extend(unknown);
    }
    assert!(history.done.len() >= writes);
    history
}

fn run(folder: &Path, database: Option<&str>, rounds: u64) -> History {
    let mut numbers = Numbers(from_environment("TRIBUTARY_CRASH_SEED", 1));
    let mut all = History::default();
    let mut server = Server::start(folder, database);
    for round in 0..rounds {
        let mut new = work_until_killed(server, round, &mut numbers);
        if let Some(url) = database {
            leases_run_out(url);
        }
        server = Server::start(folder, database);
        let mut verifier = Verifier(Client::connect(server.address).unwrap());
        verifier.users(&mut all.users);
        verifier.users(&mut new.users);
        verifier.sessions(&new.users);
        verifier.members(&mut new.users);
        verifier.jobs_end(&new.users);
        verifier.data(&new.users);
        all.users.extend(new.users);
        all.done.extend(new.done);
        all.unknown.extend(new.unknown);
    }
    let mut verifier = Verifier(Client::connect(server.address).unwrap());
    verifier.members(&mut all.users);
    let transactions = verifier.data(&all.users);
    let (done, unknown) = (all.done.len(), all.unknown.len());
    println!("{rounds} rounds: {done} writes acknowledged, {unknown} not, {transactions} transactions");
    assert!(transactions > 0, "no job fetched anything");
    server.kill();
    all
}

/// On PostgreSQL a worker's jobs are free once its lease is over; nobody waits for that here.
fn leases_run_out(url: &str) {
    on_runtime(async {
        let options = OpenOptions::Postgres { url: url.to_owned(), connections: 1 };
        let db = Db::open(&options).await.unwrap();
        let freed: store::Result<_> = db.write(|tx| tx.release_all_jobs(SystemScope::of_the_service())).await;
        freed.unwrap();
    });
}

fn on_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Every acknowledged write is in the audit trail exactly once, every other one at most once, and the trail is whole.
fn check_trail(folder: &Path, database: OpenOptions, history: &History) {
    let options = Options {
        database,
        key: KeySource::File(folder.join("master.key")),
        sandbox: true,
        settings: domain::settings::Settings::default(),
        machine_clock: Arc::new(TestClock::at(START)),
        outgoing: connectors::http::Filter::default(),
        entropy: Arc::new(SeededEntropy::new(1)),
    };
    on_runtime(async {
        let engine = Engine::open(options).await.unwrap();
        let rows = async |id: &str| {
            let rows = engine.db().audit_of_request(SystemScope::of_the_service(), id).await;
            rows.unwrap().len()
        };
        for id in &history.done {
            assert_eq!(rows(id).await, 1, "{id}");
        }
        for id in &history.unknown {
            assert!(rows(id).await <= 1, "{id}");
        }
        engine.seal_audit().await.unwrap();
        assert_eq!(engine.check_audit().await.unwrap().broken_at, None);
        engine.shut_down().await.unwrap();
    });
}

#[test]
fn every_acknowledged_write_survives_a_kill_exactly_once() {
    let folder = tempfile::tempdir().unwrap();
    let history = run(folder.path(), None, from_environment("TRIBUTARY_CRASH_ROUNDS", ROUNDS));
    let database = OpenOptions::Sqlite { path: folder.path().join("tributary.db") };
    check_trail(folder.path(), database, &history);
}

#[test]
fn also_on_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let Some((url, _guard)) = on_runtime(testkit::postgres::database()) else { return };
    let history = run(folder.path(), Some(&url), 1);
    check_trail(folder.path(), OpenOptions::Postgres { url, connections: 2 }, &history);
}
