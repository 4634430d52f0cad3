//! Faults of the sandbox's banks: counted once, whatever nodes run or die (`spec: sandbox, 5`).
use crate::world::{World, call, lease_all, open, small_member};
use domain::enums::ConnectionStatus as C;
use engine::{
    client::ClientSettings,
    faults::{CERTAIN, Fault, FaultKind, FaultStage},
    user::UserPatch,
};
use std::sync::Arc;
use store::OpenOptions;
use testkit::{
    postgres,
    time::{START, TestClock},
};

fn drops(stage: FaultStage, count: u32) -> Fault {
    Fault {
        institution_code: None,
        member_guid: None,
        stage,
        kind: FaultKind::Drop,
        count: Some(count),
        probability: CERTAIN,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_two_nodes_strikes_as_often_as_it_says() {
    let Some((url, _guard)) = postgres::database().await else { return };
    let clock = Arc::new(TestClock::at(START));
    let node = async |seed| {
        let database = OpenOptions::Postgres { url: url.clone(), connections: 6 };
        open(database, clock.clone(), seed).await
    };
    let (one, other) = (node(1).await, node(2).await);
    let (client, _) =
        one.create_client(&call(), "c1", "One", &ClientSettings::default(), None).await.unwrap();
    let mut scopes = Vec::new();
    for n in 0..12 {
        let id = format!("U-{n}");
        let user = one.create_user(&call(), client.scope, &id, UserPatch::default()).await.unwrap();
        one.create_member(&call(), user.scope, small_member(0, "x")).await.unwrap();
        scopes.push(user.scope);
    }
    one.set_faults(&call(), vec![drops(FaultStage::Login, 3), drops(FaultStage::Transactions, 2)])
        .await
        .unwrap();
    assert_eq!(other.faults().await.unwrap().len(), 2, "the other node has them at once");
    for _ in 0..6 {
        let (a, b) = tokio::join!(one.work_due(), other.work_due());
        a.unwrap();
        b.unwrap();
        clock.advance_seconds(1);
    }
    let mut ends = [0; 3];
    for scope in scopes {
        for view in one.members(scope).await.unwrap() {
            let job = one.job(scope, &view.member.job.unwrap().to_string()).await.unwrap();
            let end = match (view.member.state.status, job.state.is_authenticated) {
                (Some(C::Failed), false) => 0,
                (Some(C::Failed), true) => 1,
                (Some(C::Connected), _) => 2,
                other => panic!("{other:?}"),
            };
            ends[end] += 1;
        }
    }
    assert_eq!(ends, [3, 2, 7]);
    assert_eq!(one.faults().await.unwrap(), []);
}

#[tokio::test]
async fn a_step_of_a_worker_that_died_does_not_count() {
    let w = World::new().await;
    w.engine.set_faults(&call(), vec![drops(FaultStage::Login, 1)]).await.unwrap();
    let member = w.connect("x").await;
    assert_eq!(lease_all(&w.engine).await, 1);
    assert_eq!(w.engine.faults().await.unwrap()[0].count, Some(1));
    w.clock.advance_seconds(61);
    w.pass(5).await;
    assert_eq!(w.status(&member).await, (Some(C::Failed), false));
    assert_eq!(w.engine.faults().await.unwrap(), []);
}

#[tokio::test]
async fn a_fault_added_is_behind_those_that_are_there() {
    let w = World::new().await;
    w.engine.add_fault(&call(), drops(FaultStage::Login, 1)).await.unwrap();
    w.engine.add_fault(&call(), drops(FaultStage::Holdings, 2)).await.unwrap();
    let stages: Vec<_> = w.engine.faults().await.unwrap().iter().map(|fault| fault.stage).collect();
    assert_eq!(stages, [FaultStage::Login, FaultStage::Holdings]);
}
