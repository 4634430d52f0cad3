//! Several nodes on one store.
use crate::world::{World, call, lease_all, open, small_member};
use domain::{enums::JobStatus, env::Clock};
use engine::{client::ClientSettings, user::UserPatch};
use std::sync::Arc;
use store::OpenOptions;
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
