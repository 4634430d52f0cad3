//! Several nodes on one store.
use crate::world::{World, call, lease_all, open, small_member};
use domain::{enums::JobStatus, env::Clock, secret::SecretText};
use engine::{client::ClientSettings, job::GivenAnswer, user::UserPatch};
use std::{sync::Arc, time::Duration};
use store::{OpenOptions, scope::SystemScope};
use testkit::{
    postgres,
    time::{START, TestClock},
};

/// Users, and members of each.
const USERS: usize = 10;
const MEMBERS: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_do_each_job_once_and_what_a_dead_one_left() {
    let Some((url, _guard)) = postgres::database().await else { return };
    let clock = Arc::new(TestClock::at(START));
    let node = async |seed| {
        let database = OpenOptions::Postgres { url: url.clone(), connections: 6 };
        open(database, clock.clone(), seed).await
    };
    let (one, other) = (node(1).await, node(2).await);
    let settings = ClientSettings::default();
    let (client, _) = one.create_client(&call(), "c1", "One", &settings, None).await.unwrap();
    let mut scopes = Vec::new();
    for n in 0..USERS {
        let user =
            one.create_user(&call(), client.scope, &format!("U-{n}"), UserPatch::default()).await.unwrap();
        for m in 0..MEMBERS {
            one.create_member(&call(), user.scope, small_member(m, "x")).await.unwrap();
        }
        scopes.push(user.scope);
    }
    for second in 0..8 {
        if second == 2 {
            // A third node takes all there is to do and dies.
            assert!(lease_all(&node(3).await).await > 0);
            clock.advance_seconds(61);
        }
        let (a, b) = tokio::join!(one.work_due(), other.work_due());
        a.unwrap();
        b.unwrap();
        clock.advance_seconds(1);
    }
    for scope in scopes {
        let members = other.members(scope).await.unwrap();
        assert_eq!(members.len(), MEMBERS);
        for view in members {
            let job = other.job(scope, &view.member.job.unwrap().to_string()).await.unwrap();
            assert_eq!(job.state.status, JobStatus::Completed);
            assert!(job.state.takes <= 2);
            assert!(job.state.finished_at.unwrap() <= other.clock().now());
        }
        for account in other.db().accounts(scope).await.unwrap() {
            let mut index = other.db().feed_index(scope, account.no).await.unwrap();
            let rows = index.len();
            assert!(rows > 0);
            index.dedup_by_key(|(key, _)| *key);
            assert_eq!(index.len(), rows, "no transaction twice");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_sessions_wins_over_a_call_that_just_read_one() {
    let w = World::new().await;
    let call = call();
    for _ in 0..50 {
        let token = w.engine.issue_api_token(&call, &w.user).await.unwrap();
        let token = w.engine.open_session(&call, Some(token.expose()), true).await.unwrap();
        let _either =
            tokio::join!(w.engine.authenticate(Some(token.expose())), w.engine.end_sessions(&call, &w.user),);
        assert!(w.engine.authenticate(Some(token.expose())).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_due_for_a_member_is_started_once_however_many_look() {
    let Some((url, _guard)) = postgres::database().await else { return };
    let clock = Arc::new(TestClock::at(START));
    let database = || OpenOptions::Postgres { url: url.clone(), connections: 6 };
    let (one, other) = (open(database(), clock.clone(), 1).await, open(database(), clock.clone(), 2).await);
    let (client, _) =
        one.create_client(&call(), "c1", "One", &ClientSettings::default(), None).await.unwrap();
    let user = one.create_user(&call(), client.scope, "U-1", UserPatch::default()).await.unwrap();
    for m in 0..MEMBERS {
        one.create_member(&call(), user.scope, small_member(m, "x")).await.unwrap();
    }
    let finish = async || {
        while one.db().unfinished_jobs(SystemScope::of_the_service()).await.unwrap() > 0 {
            clock.advance_seconds(1);
            let (a, b) = tokio::join!(one.work_due(), other.work_due());
            a.unwrap();
            b.unwrap();
        }
    };
    finish().await;
    let revisions = async || {
        let members = one.members(user.scope).await.unwrap();
        members.into_iter().map(|view| view.member.revision).collect::<Vec<_>>()
    };
    let before = revisions().await;
    clock.advance_seconds(27 * 3600);
    finish().await;
    for _ in 0..3 {
        let (a, b) = tokio::join!(one.work_due(), other.work_due());
        a.unwrap();
        b.unwrap();
        finish().await;
    }
    let after = revisions().await;
    // Rows 7, 9, 16, 17 and 18.
    assert_eq!(after, before.iter().map(|revision| revision + 5).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_of_one_node_is_answered_through_another_and_a_revoked_session_ends_on_both() {
    let Some((url, _guard)) = postgres::database().await else { return };
    let clock = Arc::new(TestClock::at(START));
    let database = || OpenOptions::Postgres { url: url.clone(), connections: 6 };
    let (one, other) = (open(database(), clock.clone(), 1).await, open(database(), clock.clone(), 2).await);
    let (client, _) =
        one.create_client(&call(), "c1", "One", &ClientSettings::default(), None).await.unwrap();
    let user = one.create_user(&call(), client.scope, "U-1", UserPatch::default()).await.unwrap();
    let view = one.create_member(&call(), user.scope, small_member(1, "challenge")).await.unwrap();
    let member = view.view.member.guid.to_string();
    for _ in 0..3 {
        one.work_due().await.unwrap();
        clock.advance_seconds(1);
    }
    let open = other.member_challenges(user.scope, &member).await.unwrap();
    assert_eq!(open.len(), 1);
    let answers =
        vec![GivenAnswer { guid: open[0].guid.to_string(), value: Some(SecretText::new("correct")) }];
    other.resume(&call(), user.scope, &member, answers).await.unwrap();
    for _ in 0..6 {
        one.work_due().await.unwrap();
        clock.advance_seconds(1);
    }
    let status = other.member(user.scope, &member).await.unwrap().member.state.status;
    assert_eq!(status, Some(domain::enums::ConnectionStatus::Connected));

    other.run_background().await.unwrap();
    let token = one.issue_api_token(&call(), &user).await.unwrap();
    let token = one.open_session(&call(), Some(token.expose()), true).await.unwrap();
    for node in [&one, &other] {
        node.authenticate(Some(token.expose())).await.unwrap();
    }
    one.end_sessions(&call(), &user).await.unwrap();
    assert!(one.authenticate(Some(token.expose())).await.is_err());
    let ended = async {
        while other.authenticate(Some(token.expose())).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(2), ended).await.expect("refused within two seconds");
    other.shut_down().await.unwrap();
}

/// Users of the large test, ten members each: two thousand members, in debug builds a hundred.
const MANY_USERS: usize = if cfg!(debug_assertions) { 10 } else { 200 };

/// A node with a runtime of its own, so that it can be killed in the middle of whatever it does.
struct Node {
    runtime: tokio::runtime::Runtime,
    engine: engine::Engine,
}

impl Node {
    fn start(url: &str, clock: &Arc<TestClock>, seed: u64) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().unwrap();
        let database = OpenOptions::Postgres { url: url.to_owned(), connections: 8 };
        let engine = runtime.block_on(async {
            let engine = open(database, clock.clone(), seed).await;
            engine.run_background().await.unwrap();
            engine
        });
        Self { runtime, engine }
    }

    /// As SIGKILL: nothing is finished, nothing given back.
    fn kill(self) {
        self.runtime.shutdown_background();
    }

    /// Lets service time pass until no more than so many jobs are left.
    fn down_to(&self, clock: &TestClock, left: i64) {
        let system = SystemScope::of_the_service();
        while self.runtime.block_on(self.engine.db().unfinished_jobs(system)).unwrap() > left {
            clock.turn_to(clock.now().plus_micros(2000));
        }
    }
}

#[test]
fn thousands_of_members_on_nodes_that_are_killed_and_started_are_aggregated_once_each() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some((url, _guard)) = runtime.block_on(postgres::database()) else { return };
    let clock = Arc::new(TestClock::at(START));
    let first = Node::start(&url, &clock, 11);
    let scopes = first.runtime.block_on(async {
        let settings = ClientSettings::default();
        let (client, _) = first.engine.create_client(&call(), "c1", "One", &settings, None).await.unwrap();
        let mut scopes = Vec::new();
        for n in 0..MANY_USERS {
            let external = format!("U-{n}");
            let (call, patch) = (call(), UserPatch::default());
            let user = first.engine.create_user(&call, client.scope, &external, patch).await.unwrap();
            for m in 0..MEMBERS {
                first.engine.create_member(&call, user.scope, small_member(m, "x")).await.unwrap();
            }
            scopes.push(user.scope);
        }
        scopes
    });
    let all = i64::try_from(MANY_USERS * MEMBERS).unwrap();
    for seed in 0..2 {
        let next = Node::start(&url, &clock, 20 + seed);
        next.down_to(&clock, all * (3 - i64::try_from(seed).unwrap()) / 4);
        next.kill();
    }
    first.kill();
    // Their leases run out: by the clock of the database in a minute, here at once.
    let (one, other) = (Node::start(&url, &clock, 31), Node::start(&url, &clock, 32));
    let freed = one.engine.db().write(|tx| tx.release_all_jobs(SystemScope::of_the_service()));
    one.runtime.block_on(freed).unwrap();
    one.down_to(&clock, 0);
    other.runtime.block_on(async {
        let mut jobs = 0;
        for scope in scopes {
            for view in other.engine.members(scope).await.unwrap() {
                let job = other.engine.job(scope, &view.member.job.unwrap().to_string()).await.unwrap();
                assert_eq!(job.state.status, JobStatus::Completed);
                jobs += 1;
            }
            for account in other.engine.db().accounts(scope).await.unwrap() {
                let mut index = other.engine.db().feed_index(scope, account.no).await.unwrap();
                let rows = index.len();
                index.dedup_by_key(|(key, _)| *key);
                assert_eq!(index.len(), rows, "no transaction twice");
            }
        }
        assert_eq!(jobs, all);
    });
    for node in [one, other] {
        node.runtime.block_on(node.engine.shut_down()).unwrap();
    }
}
