//! Every kind of fault at every stage, and how often it strikes (`spec: sandbox, 5`).
use super::driver::{End, Job, MEMBER, Story, job};
use crate::{
    Refusal,
    sandbox::faults::{CERTAIN, Fault, FaultKind, FaultStage, FaultTable},
};
use domain::enums::JobKind;
use std::{collections::BTreeSet, time::Duration};

fn fault(stage: FaultStage, kind: FaultKind) -> Fault {
    Fault { institution_code: None, member_guid: None, stage, kind, count: None, probability: CERTAIN }
}

fn story(stage: FaultStage, kind: FaultKind) -> Story {
    job("mxbank", "").with_faults(&[fault(stage, kind)]).run()
}

/// Ids of accounts, transactions and holdings.
fn ids(story: &Story) -> [BTreeSet<String>; 3] {
    let batches = || story.data.iter().flatten();
    let accounts = batches().filter_map(|batch| batch.account.feed_id.clone()).collect();
    let transactions = batches().flat_map(|batch| &batch.transactions);
    let holdings = batches().flat_map(|batch| batch.holdings.iter().flatten());
    [
        accounts,
        transactions.filter_map(|t| t.feed_id.clone()).collect(),
        holdings.filter_map(|h| h.feed_id.clone()).collect(),
    ]
}

#[test]
fn what_breaks_off_ends_the_conversation_at_its_stage() {
    let breaches = [
        (FaultKind::Error { status: 503 }, End::Failed),
        (FaultKind::RateLimited { retry_after: Some(30) }, End::Failed),
        (FaultKind::RateLimited { retry_after: None }, End::Failed),
        (FaultKind::Drop, End::Failed),
        (FaultKind::Malformed, End::Failed),
        (FaultKind::Timeout, End::TimedOut),
    ];
    for (kind, end) in breaches {
        for (stage, is_authenticated, fetched) in [
            (FaultStage::Login, false, 0),
            (FaultStage::Any, false, 0),
            (FaultStage::Accounts, true, 0),
            (FaultStage::Transactions, true, 1),
            (FaultStage::Holdings, true, 2),
        ] {
            let story = story(stage, kind.clone());
            assert_eq!(story.end, end, "{kind:?} {stage:?}");
            assert_eq!(
                (story.is_authenticated, story.data.len()),
                (is_authenticated, fetched),
                "{kind:?} {stage:?}"
            );
        }
    }
}

#[test]
fn numbers_and_owners_come_with_accounts_where_they_are_asked_for() {
    let broken = |stage, kind| {
        let job = job("mxbank", "").kind(kind).with_faults(&[fault(stage, FaultKind::Drop)]);
        job.run().end == End::Failed
    };
    for (stage, kind, expected) in [
        (FaultStage::Numbers, JobKind::Verification, true),
        (FaultStage::Numbers, JobKind::Aggregation, false),
        (FaultStage::Numbers, JobKind::Identification, false),
        (FaultStage::Owners, JobKind::Identification, true),
        (FaultStage::Owners, JobKind::Verification, false),
        (FaultStage::Accounts, JobKind::Verification, true),
        (FaultStage::Accounts, JobKind::Balance, true),
        (FaultStage::Holdings, JobKind::Balance, false),
    ] {
        assert_eq!(broken(stage, kind), expected, "{stage:?} {kind:?}");
    }
}

#[test]
fn a_login_that_is_answered_401_is_refused() {
    let status = FaultKind::Error { status: 401 };
    assert_eq!(story(FaultStage::Login, status.clone()).end, End::Refused(Refusal::Credentials));
    assert_eq!(story(FaultStage::Accounts, status).end, End::Failed);
}

#[test]
fn latency_adds_to_each_step_it_is_for() {
    let normal = Duration::from_millis(800);
    let late = FaultKind::Latency { ms: 5_000 };
    for (stage, times) in
        [(FaultStage::Login, 1), (FaultStage::Accounts, 1), (FaultStage::Holdings, 1), (FaultStage::Any, 4)]
    {
        let story = story(stage, late.clone());
        assert_eq!(story.end, End::Done);
        assert_eq!(story.took, normal + Duration::from_secs(5) * times, "{stage:?}");
    }
    let both = [fault(FaultStage::Login, late.clone()), fault(FaultStage::Any, late)];
    assert_eq!(job("mxbank", "").with_faults(&both).run().took, normal + Duration::from_secs(25));
}

#[test]
fn faults_about_data_bend_it() {
    let plain = job("mxbank", "").run();
    let none = story(FaultStage::Any, FaultKind::Empty);
    assert_eq!(none.end, End::Done);
    assert_eq!(none.data.iter().flatten().count(), 0);
    let name = "Everyday Checking".to_owned();
    let one_less = story(FaultStage::Accounts, FaultKind::MissingAccount { name: name.clone() });
    assert_eq!(one_less.end, End::Done);
    assert_eq!(one_less.data[0].len(), plain.data[0].len() - 1);
    assert!(
        one_less.data.iter().flatten().all(|batch| batch.account.name != name),
        "in no later step either"
    );
    let late = story(FaultStage::Transactions, FaultKind::MissingAccount { name });
    assert_eq!((late.data[0].len(), late.data[1].len()), (14, 13));
    assert_eq!(story(FaultStage::Login, FaultKind::Empty).data, plain.data, "a login has no accounts");
}

#[test]
fn changed_ids_are_all_new_and_nothing_else_is() {
    let plain = ids(&job("mxbank", "").run());
    for (stage, renewed) in [
        (FaultStage::Any, [true, true, true]),
        (FaultStage::Accounts, [true, true, true]),
        (FaultStage::Transactions, [false, true, false]),
        (FaultStage::Holdings, [false, false, true]),
    ] {
        let changed = story(stage, FaultKind::ChangedIds);
        let lengths: Vec<_> = changed.data.iter().map(Vec::len).collect();
        assert_eq!(lengths, [14, 14, 1]);
        for ((before, after), is_renewed) in plain.iter().zip(ids(&changed)).zip(renewed) {
            assert_eq!(before.len(), after.len(), "{stage:?}");
            assert_eq!(before.is_disjoint(&after), is_renewed, "{stage:?}");
            assert_eq!(*before == after, !is_renewed, "{stage:?}");
        }
    }
}

#[test]
fn a_fault_strikes_as_often_as_it_says_and_is_gone() {
    let twice = Fault { count: Some(2), ..fault(FaultStage::Login, FaultKind::Drop) };
    let job = job("mxbank", "").with_faults(&[twice]);
    let ends: Vec<_> = (0..3).map(|_| job.run().end).collect();
    assert_eq!(ends, [End::Failed, End::Failed, End::Done]);
    assert_eq!(job.faults.borrow().faults().len(), 0);
    let any = Fault { count: Some(3), ..fault(FaultStage::Any, FaultKind::Latency { ms: 1_000 }) };
    let job = job.with_faults(&[any]);
    assert_eq!(job.run().took, Duration::from_millis(3_800), "once at each of three stages");
    assert_eq!(job.run().took, Duration::from_millis(800));
}

#[test]
fn a_fault_is_for_an_institution_or_a_member_or_all() {
    let ends = |institution: Option<&str>, member: Option<&str>| {
        let fault = Fault {
            institution_code: institution.map(str::to_owned),
            member_guid: member.map(str::to_owned),
            ..fault(FaultStage::Login, FaultKind::Drop)
        };
        job("mxcu", "").with_faults(&[fault]).run().end == End::Failed
    };
    let other = "MBR-11141024-90b3-1bce-cac9-c06ced52ab4c";
    for (institution, member, strikes) in [
        (None, None, true),
        (Some("mxcu"), None, true),
        (Some("mxbank"), None, false),
        (None, Some(MEMBER), true),
        (None, Some(other), false),
        (Some("mxcu"), Some(MEMBER), true),
        (Some("mxbank"), Some(MEMBER), false),
    ] {
        assert_eq!(ends(institution, member), strikes, "{institution:?} {member:?}");
    }
}

#[test]
fn a_probability_is_drawn_from_the_seed() {
    let pattern = |user: &str| -> Vec<bool> {
        let half = Fault { probability: CERTAIN / 2, ..fault(FaultStage::Login, FaultKind::Drop) };
        let job: Job = job("mxbank", "").user(user).with_faults(&[half]);
        (0..60).map(|_| job.run().end == End::Failed).collect()
    };
    assert_eq!(pattern("user-1"), pattern("user-1"), "the same on every machine");
    assert_ne!(pattern("user-1"), pattern("user-2"));
    let struck = pattern("user-1").into_iter().filter(|struck| *struck).count();
    assert!((15..=45).contains(&struck), "{struck} of 60");
    let never = Fault { probability: 0, ..fault(FaultStage::Any, FaultKind::Drop) };
    assert_eq!(job("mxbank", "").with_faults(&[never]).run().end, End::Done);
    let counted =
        Fault { probability: CERTAIN / 2, count: Some(3), ..fault(FaultStage::Login, FaultKind::Drop) };
    let job = job("mxbank", "").with_faults(&[counted]);
    assert_eq!((0..60).filter(|_| job.run().end == End::Failed).count(), 3, "a miss does not count");
}

#[test]
fn of_two_that_draw_at_once_one_must_draw_again() {
    let once = Fault { count: Some(2), ..fault(FaultStage::Login, FaultKind::Drop) };
    let mut table = FaultTable::default();
    table.replace(vec![once.clone()]);
    let seed = super::super::Seed::new("user-1", "mxbank", "mxuser");
    let (first, second) = (table.at("mxbank", MEMBER), table.at("mxbank", MEMBER));
    assert!(first.strike(&[FaultStage::Login], &seed).breach.is_some());
    assert!(second.strike(&[FaultStage::Login], &seed).breach.is_some());
    assert!(table.count(&first.drawn()));
    assert!(!table.count(&second.drawn()), "drawn in between");
    assert_eq!(table.faults().next().unwrap().count, Some(1));
    let third = table.at("mxbank", MEMBER);
    assert!(third.strike(&[FaultStage::Login], &seed).breach.is_some());
    table.replace(vec![once]);
    assert!(!table.count(&third.drawn()), "replaced in between");
    assert!(table.count(&[]));
}
