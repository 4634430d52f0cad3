//! A job from its creation to its end, step by step, with a clock that is turned by hand.
use crate::world::{PASSWORD, World, call, credential, lease_all};
use domain::{
    enums::{ConnectionStatus as C, JobStatus},
    env::Clock,
};
use engine::{member::MemberPatch, user::UserPatch};
use store::members::MemberCredentialRow;

#[tokio::test]
async fn a_plain_login_ends_connected_with_accounts_and_transactions() {
    let w = World::new().await;
    let member = w.connect("anything").await;
    w.pass(5).await;
    assert_eq!(w.status(&member).await, (Some(C::Connected), false));
    assert_eq!(w.engine.account_views(&w.session, None).await.unwrap().len(), 14);
}

#[tokio::test]
async fn a_challenge_parks_the_job_until_it_is_answered() {
    let w = World::new().await;
    let member = w.connect("challenge").await;
    w.pass(3).await;
    assert_eq!(w.status(&member).await, (Some(C::Challenged), true));
    w.pass(600).await;
    assert_eq!(w.status(&member).await, (Some(C::Challenged), true));
    w.answer(&member, "correct").await;
    w.pass(5).await;
    assert_eq!(w.status(&member).await, (Some(C::Connected), false));
}

#[tokio::test]
async fn an_unanswered_challenge_expires_after_fifteen_minutes() {
    let w = World::new().await;
    let member = w.connect("challenge").await;
    w.pass(905).await;
    assert_eq!(w.status(&member).await, (Some(C::Expired), false));
}

#[tokio::test]
async fn a_silent_bank_is_shown_as_delayed_and_times_out() {
    let w = World::new().await;
    let member = w.connect("TIMEOUT").await;
    w.pass(65).await;
    assert_eq!(w.status(&member).await, (Some(C::Delayed), true));
    w.pass(600).await;
    assert_eq!(w.status(&member).await, (Some(C::Failed), false));
}

#[tokio::test]
async fn a_job_whose_worker_died_is_taken_again_three_times() {
    let w = World::new().await;
    let member = w.connect("slow").await;
    w.engine.work_due().await.unwrap();
    for take in 1..=4 {
        w.clock.advance_seconds(10);
        assert_eq!(w.job(&member).await.state.takes, take);
        assert_eq!(lease_all(&w.engine).await, 1);
        w.clock.advance_seconds(49);
        assert_eq!(w.engine.work_due().await.unwrap(), 0, "{take}: another has it");
        assert!(w.status(&member).await.1);
        w.clock.advance_seconds(12);
        w.engine.work_due().await.unwrap();
    }
    assert_eq!(w.status(&member).await, (Some(C::Failed), false));
    assert_eq!(w.job(&member).await.state.status, JobStatus::Halted);
}

#[tokio::test]
async fn a_job_that_cannot_even_begin_does_not_hold_up_others_and_ends() {
    let w = World::new().await;
    let member = w.connect("x").await;
    let no = w.engine.member(w.scope(), &member).await.unwrap().member.no;
    let scope = w.scope();
    w.engine
        .db()
        .write(move |tx| {
            let rows = tx.member_credentials(scope, no)?;
            rows.into_iter().try_for_each(|row| {
                tx.put_member_credential(scope, no, &MemberCredentialRow { sealed: vec![0; 64], ..row })
            })
        })
        .await
        .unwrap();
    for _ in 1..=4 {
        assert!(w.engine.work_due().await.is_err());
        assert_eq!(w.engine.work_due().await.unwrap(), 0, "it is not tried at once again");
        assert!(w.status(&member).await.1);
        w.clock.advance_seconds(61);
    }
    w.engine.work_due().await.unwrap();
    assert_eq!(w.status(&member).await, (Some(C::Failed), false));
}

#[tokio::test]
async fn the_clock_does_not_stay_where_an_advance_was_cut_off() {
    let w = World::new().await;
    let member = w.connect("DELAYED").await;
    w.engine.work_due().await.unwrap();
    let job = w.job(&member).await;
    let scope = w.scope();
    let broken = store::jobs::Job { continuation: Some(vec![0; 64]), ..job };
    w.engine.db().write(move |tx| tx.update_job(scope, &broken)).await.unwrap();
    assert!(w.engine.advance_clock(&call(), 600).await.is_err());
    assert_ne!(w.engine.clock().mode().name(), "frozen");
}

#[tokio::test]
async fn what_a_bank_says_to_a_job_that_was_ended_is_dropped() {
    let w = World::new().await;
    let disable = UserPatch { is_disabled: Some(true), ..UserPatch::default() };
    let member = w.connect("x").await;
    w.engine.work_due().await.unwrap();
    w.clock.advance_seconds(1);
    assert_eq!(lease_all(&w.engine).await, 1);
    let job = w.job(&member).await.guid;
    w.engine.update_user(&call(), w.client.scope, "U-1", disable).await.unwrap();
    let scope = w.scope();
    let holds = w.engine.db().write(move |tx| tx.holds_job(scope, job, 2)).await.unwrap();
    assert!(!holds, "the worker in the middle of its step writes nothing any more");
    w.pass(70).await;
    assert_eq!(w.status(&member).await, (Some(C::Disabled), false));
    assert!(w.engine.account_views(&w.session, None).await.unwrap().is_empty());
}

async fn new_password(w: &World, member: &str, password: &str) {
    let credentials = vec![credential(PASSWORD, password)];
    let patch = MemberPatch { credentials, ..MemberPatch::default() };
    let view = w.engine.update_member(&call(), w.scope(), member, patch).await.unwrap();
    assert_eq!(view.member.state.status, Some(C::Updated));
    assert!(view.member.state.is_being_aggregated);
}

#[tokio::test]
async fn new_credentials_do_not_reach_a_job_that_works() {
    let w = World::new().await;
    let member = w.connect("slow").await;
    w.pass(2).await;
    let job = w.job(&member).await.guid;
    new_password(&w, &member, "DENIED").await;
    assert_eq!(w.job(&member).await.guid, job, "no second job starts");
    w.pass(15).await;
    assert_eq!(w.status(&member).await, (Some(C::Connected), false), "the old ones were good");
    assert_eq!(w.job(&member).await.guid, job);
}

#[tokio::test]
async fn a_job_that_fails_with_old_credentials_is_followed_by_one_with_the_new() {
    let w = World::new().await;
    let member = w.connect("TIMEOUT").await;
    w.pass(5).await;
    let old = w.job(&member).await.guid;
    new_password(&w, &member, "x").await;
    w.pass(590).await;
    assert_eq!(w.job(&member).await.guid, old);
    w.pass(20).await;
    assert_eq!(w.status(&member).await, (Some(C::Connected), false));
    assert_ne!(w.job(&member).await.guid, old);
    let old = w.engine.job(w.scope(), &old.to_string()).await.unwrap();
    assert_eq!((old.state.status, old.continuation), (JobStatus::Halted, None));
}

#[tokio::test]
async fn new_credentials_end_a_job_that_waits_for_answers() {
    let w = World::new().await;
    let member = w.connect("challenge").await;
    w.pass(3).await;
    new_password(&w, &member, "x").await;
    w.pass(5).await;
    assert_eq!(w.status(&member).await, (Some(C::Connected), false));
}

#[tokio::test]
async fn an_advance_that_was_cut_off_goes_on_after_a_restart() {
    let w = World::new().await;
    let member = w.connect("DELAYED").await;
    let target = w.engine.clock().now().plus_seconds(300);
    let text = target.as_micros().to_string().into_bytes();
    w.engine.db().write(move |tx| tx.set_meta("sandbox_advance", &text)).await.unwrap();
    w.engine.run_background().await.unwrap();
    while w.engine.clock().now() < target {
        tokio::task::yield_now().await;
    }
    w.engine.shut_down().await.unwrap();
    assert_eq!(w.status(&member).await, (Some(C::Connected), false));
}
