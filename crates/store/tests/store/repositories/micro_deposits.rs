//! Microdeposits, and the banks that are blocked.
use crate::support::{SYSTEM, WORDS, at, client, guid, user};
use domain::enums::MicroDepositStatus as Status;
use store::{
    StoreError,
    micro_deposits::{BlockedRow, MicroDepositRow},
};
use testkit::postgres::both_stores;

fn sparse(no: i64) -> MicroDepositRow {
    MicroDepositRow {
        no,
        guid: guid(no.unsigned_abs()),
        status: Status::Preinitiated,
        account_type: None,
        institution: None,
        number_hash: None,
        error_code: None,
        error_message: None,
        tries: 0,
        sealed: Vec::new(),
        initiated_at: None,
        due_at: None,
        created_at: at(1),
        updated_at: at(1),
        verified_at: None,
    }
}

fn full(no: i64) -> MicroDepositRow {
    MicroDepositRow {
        status: Status::Denied,
        account_type: Some(2),
        institution: Some(guid(9)),
        number_hash: Some(vec![7; 32]),
        error_code: Some("CODE".to_owned()),
        error_message: Some(WORDS.to_owned()),
        tries: 2,
        sealed: (0..=255).collect(),
        initiated_at: Some(at(2)),
        due_at: Some(at(60)),
        updated_at: at(4),
        verified_at: Some(at(5)),
        ..sparse(no)
    }
}

#[tokio::test]
async fn microdeposits() {
    for (engine, db, _guard) in both_stores().await {
        let of = client(&db, "one").await;
        let (scope, other) = (user(&db, of, 1).await, user(&db, of, 2).await);
        for row in [sparse(1), full(2)] {
            assert_eq!(
                db.write(move |tx| tx.next_micro_deposit_no(scope)).await.unwrap(),
                row.no,
                "{engine}"
            );
            db.write(move |tx| tx.insert_micro_deposit(scope, &row)).await.unwrap();
        }
        assert_eq!(db.micro_deposits(scope).await.unwrap(), [full(2), sparse(1)], "{engine}: newest first");
        assert_eq!(db.micro_deposits(other).await.unwrap(), [], "{engine}");
        assert_eq!(db.micro_deposit(scope, guid(2)).await.unwrap(), Some(full(2)), "{engine}");
        assert_eq!(db.micro_deposit(other, guid(2)).await.unwrap(), None, "{engine}");
        let statuses = db.write(move |tx| tx.micro_deposits_of_number(scope, &[7; 32])).await.unwrap();
        assert_eq!(statuses, [Status::Denied], "{engine}");
        let statuses = db.write(move |tx| tx.micro_deposits_of_number(other, &[7; 32])).await.unwrap();
        assert_eq!(statuses, [], "{engine}");

        assert_eq!(db.next_due_micro_deposit(SYSTEM).await.unwrap(), Some(at(60)), "{engine}");
        assert_eq!(db.due_micro_deposits(SYSTEM, at(59)).await.unwrap(), [], "{engine}");
        assert_eq!(db.due_micro_deposits(SYSTEM, at(60)).await.unwrap(), [(scope, guid(2))], "{engine}");
        db.write(move |tx| tx.set_micro_deposit_due_at(scope, guid(2), None)).await.unwrap();
        assert_eq!(db.next_due_micro_deposit(SYSTEM).await.unwrap(), None, "{engine}");

        // All that can change goes over to the other row.
        let changed = MicroDepositRow { created_at: at(1), guid: guid(1), ..full(1) };
        let write = changed.clone();
        db.write(move |tx| tx.update_micro_deposit(scope, &write)).await.unwrap();
        assert_eq!(db.micro_deposit(scope, guid(1)).await.unwrap(), Some(changed), "{engine}");
        db.write(move |tx| tx.delete_micro_deposit(other, 1)).await.unwrap();
        assert_eq!(db.micro_deposits(scope).await.unwrap().len(), 2, "{engine}: another user's number");
        db.write(move |tx| tx.delete_micro_deposit(scope, 1)).await.unwrap();
        assert_eq!(db.micro_deposits(scope).await.unwrap().len(), 1, "{engine}");
        db.write(move |tx| {
            tx.delete_user(scope, at(9))?;
            tx.purge_user(scope)
        })
        .await
        .unwrap();
        assert_eq!(db.micro_deposits(scope).await.unwrap(), [], "{engine}");
    }
}

#[tokio::test]
async fn blocked_banks() {
    for (engine, db, _guard) in both_stores().await {
        let row = |number: &str, note: &str| BlockedRow {
            routing_number: number.to_owned(),
            note: note.to_owned(),
            created_at: at(1),
        };
        for (number, note) in [("991234561", "first"), ("011000015", ""), ("991234561", WORDS)] {
            let row = row(number, note);
            db.write(move |tx| tx.block_routing_number(SYSTEM, &row)).await.unwrap();
        }
        let all = [row("011000015", ""), row("991234561", WORDS)];
        assert_eq!(db.blocked_routing_numbers(SYSTEM).await.unwrap(), all, "{engine}");
        let is_blocked = async |number: &'static str| {
            db.write(move |tx| tx.is_routing_number_blocked(number)).await.unwrap()
        };
        assert!(is_blocked("991234561").await && !is_blocked("991234562").await, "{engine}");
        let unblock = async || {
            let done = db.write(|tx| tx.unblock_routing_number(SYSTEM, "991234561")).await;
            Ok::<_, StoreError>(done?)
        };
        assert_eq!((unblock().await.unwrap(), unblock().await.unwrap()), (true, false), "{engine}");
        assert!(!is_blocked("991234561").await, "{engine}");
    }
}
