//! Accounts and what hangs on them; the audit trail.
use crate::support::{
    SYSTEM, account, at, client, guid, insert_member, institution, sparse_member, transaction, user,
    user_with_member,
};
use domain::time::Date;
use store::{
    StoreError,
    accounts::AccountRow,
    audit::{AuditEntry, Seal},
    numbers::{NumbersRow, OwnerRow},
    transactions::{AccountSet, TransactionFilter},
};
use testkit::postgres::both_stores;

#[tokio::test]
async fn accounts() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, member) = user_with_member(&db).await;
        let other = user(&db, client(&db, "other").await, 2).await;
        let sparse = account(1, 1);
        let full = AccountRow {
            account_type: 4,
            flags: i64::MAX,
            balance: Some(-12_345),
            number_hash: Some(vec![9; 32]),
            revision: 3,
            imported_at: Some(at(40)),
            data: (0..=255).collect(),
            ..account(2, 1)
        };
        for row in [&sparse, &full] {
            assert_eq!(db.write(move |tx| tx.next_account_no(scope)).await.unwrap(), row.no, "{engine}");
            let row = row.clone();
            db.write(move |tx| tx.insert_account(scope, &row)).await.unwrap();
        }
        let both = [sparse.clone(), full.clone()];
        assert_eq!(db.accounts(scope).await.unwrap(), both, "{engine}");
        assert_eq!(db.accounts_of_member(scope, 1).await.unwrap(), both, "{engine}");
        assert_eq!(db.accounts_of_member(scope, 2).await.unwrap(), [], "{engine}");
        assert_eq!(db.account(scope, full.guid).await.unwrap(), Some(full.clone()), "{engine}");
        assert_eq!(db.account(other, full.guid).await.unwrap(), None, "{engine}");
        let places = db.account_places(scope).await.unwrap();
        assert_eq!(places.iter().map(|p| (p.no, p.guid)).collect::<Vec<_>>(), [(1, guid(1)), (2, guid(2))]);
        assert_eq!((places[0].member, places[0].institution), (member.guid, member.institution), "{engine}");
        assert_eq!((places[0].is_user_created, places[0].is_manual), (true, false), "{engine}");

        // Only accounts the feed told of are marked as imported; all that can change goes over to the other row.
        db.write(move |tx| tx.accounts_imported(scope, 1, at(41))).await.unwrap();
        let times: Vec<_> = db.accounts(scope).await.unwrap().iter().map(|a| a.imported_at).collect();
        assert_eq!(times, [None, Some(at(41))], "{engine}");
        let changed = AccountRow {
            no: sparse.no,
            guid: sparse.guid,
            member_no: sparse.member_no,
            created_at: sparse.created_at,
            updated_at: at(42),
            ..full
        };
        let write = changed.clone();
        db.write(move |tx| tx.update_account(scope, &write)).await.unwrap();
        assert_eq!(db.account(scope, sparse.guid).await.unwrap(), Some(changed), "{engine}");
    }
}

#[tokio::test]
async fn a_purged_member_takes_all_of_its_accounts_along() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, _) = user_with_member(&db).await;
        let stays = sparse_member(2, institution(&db).await);
        insert_member(&db, scope, &stays).await.unwrap();
        let day = Date::from_days(20_000);
        let write = db.write(move |tx| {
            for no in 1..=2i64 {
                let n = no.unsigned_abs();
                tx.insert_account(scope, &account(no, no))?;
                let owner = OwnerRow { account: guid(n), position: 1, sealed: b"owner".to_vec() };
                tx.put_account_numbers(scope, &numbers(no, b"sealed"), at(1))?;
                tx.put_account_owners(scope, no, guid(1), &[owner])?;
                tx.put_balance(scope, no, day, 1)?;
                tx.put_balance(scope, no, day, 2)?;
                tx.put_holding(scope, no, guid(n), 1, "{}", at(1))?;
                tx.put_holding(scope, no, guid(n + 10), 1, "{\"a\": 1}", at(2))?;
                tx.insert_transactions(scope, &[transaction(n, no, day, at(1))])?;
            }
            Ok::<_, StoreError>(())
        });
        write.await.unwrap();
        assert_eq!(db.owners_of_member(scope, 1).await.unwrap().len(), 1, "{engine}");
        let some = async || db.write(move |tx| tx.purge_some_transactions(scope, 1, 1)).await.unwrap();
        assert_eq!(some().await, 0, "{engine}: only those of deleted accounts");
        db.write(move |tx| tx.delete_member(scope, 1, at(3))).await.unwrap();
        assert_eq!((some().await, some().await), (1, 0), "{engine}");
        db.write(move |tx| tx.purge_member(scope, 1)).await.unwrap();
        assert_eq!(db.account_numbers(scope, 1).await.unwrap(), None, "{engine}");
        assert_eq!(db.account_numbers(scope, 2).await.unwrap(), Some(numbers(2, b"sealed")), "{engine}");
        let left = move |tx: &mut store::Tx<'_>| tx.count_owners_of_job(scope, 1, guid(1));
        assert_eq!(db.write(left).await.unwrap(), 0, "{engine}");
        assert_eq!(db.owners_of_member(scope, 2).await.unwrap().len(), 1, "{engine}");
        assert_eq!(db.accounts(scope).await.unwrap(), [account(2, 2)], "{engine}");
        assert_eq!(db.members(scope).await.unwrap(), [stays], "{engine}");
        assert!(db.transaction(scope, guid(1)).await.unwrap().is_none(), "{engine}");
        let all = TransactionFilter { accounts: AccountSet::All, from: day, to: day };
        assert_eq!(db.count_transactions(scope, &all).await.unwrap().total(), 1, "{engine}");
    }
}

/// Numbers of an account, as a run brings them.
fn numbers(account_no: i64, sealed: &[u8]) -> NumbersRow {
    NumbersRow {
        account_no,
        account: guid(account_no.unsigned_abs()),
        guid: guid(account_no.unsigned_abs() + 50),
        sealed: sealed.to_vec(),
        digest: Some(vec![1; 32]),
        job: Some(guid(1)),
    }
}

#[tokio::test]
async fn a_run_replaces_numbers_and_owners_of_the_one_before() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, _) = user_with_member(&db).await;
        let owner = |position, text: &[u8]| OwnerRow { account: guid(1), position, sealed: text.to_vec() };
        let both = [owner(1, b"John"), owner(2, b"Mary")];
        let first = both.clone();
        let write = db.write(move |tx| {
            for no in 1..=2 {
                tx.insert_account(scope, &account(no, 1))?;
                tx.put_account_numbers(scope, &numbers(no, b"first"), at(1))?;
            }
            tx.put_account_owners(scope, 1, guid(1), &first)?;
            tx.put_account_owners(scope, 2, guid(1), &[owner(1, b"Mary")])?;
            Ok::<_, StoreError>(())
        });
        write.await.unwrap();
        let old = NumbersRow { digest: None, job: None, ..numbers(3, b"of a statement") };
        let write = old.clone();
        db.write(move |tx| {
            tx.insert_account(scope, &account(3, 1))?;
            tx.put_account_numbers(scope, &write, at(1))
        })
        .await
        .unwrap();
        let all = [numbers(1, b"first"), numbers(2, b"first"), old];
        assert_eq!(db.numbers_of_member(scope, 1).await.unwrap(), all, "{engine}");
        assert_eq!(db.owners_of_member(scope, 1).await.unwrap()[..2], both, "{engine}");

        // The second run finds the first account alone: once with other numbers, once with the same.
        let found = NumbersRow { guid: guid(77), digest: None, job: Some(guid(2)), ..numbers(1, b"second") };
        let expected = NumbersRow { guid: guid(51), ..found.clone() };
        db.write(move |tx| {
            tx.put_account_numbers(scope, &found, at(2))?;
            tx.put_account_owners(scope, 1, guid(2), &[owner(1, b"Mary")])?;
            assert_eq!(tx.count_numbers_of_job(scope, 1, guid(2))?, 1);
            assert_eq!(tx.count_owners_of_job(scope, 1, guid(2))?, 1);
            tx.drop_numbers_of_other_jobs(scope, 1, guid(2))?;
            tx.drop_owners_of_other_jobs(scope, 1, guid(2))
        })
        .await
        .unwrap();
        assert_eq!(
            db.numbers_of_member(scope, 1).await.unwrap(),
            std::slice::from_ref(&expected),
            "{engine}"
        );
        assert_eq!(db.owners_of_member(scope, 1).await.unwrap(), [owner(1, b"Mary")], "{engine}");
        db.write(move |tx| tx.numbers_confirmed(scope, 1, guid(3))).await.unwrap();
        let confirmed = NumbersRow { job: Some(guid(3)), ..expected };
        assert_eq!(db.account_numbers(scope, 1).await.unwrap(), Some(confirmed), "{engine}");
    }
}

#[tokio::test]
async fn the_audit_trail() {
    for (engine, db, _guard) in both_stores().await {
        let entry = |n: u8, client, user| AuditEntry {
            id: [n; 16],
            at: at(i64::from(n)),
            client,
            user,
            actor: "session",
            action: "POST /members".to_owned(),
            object: "MBR-1".to_owned(),
            request_id: format!("request-{}", n / 2),
        };
        let add = db.write(move |tx| {
            tx.audit(&entry(3, Some(1), Some(2)))?;
            tx.audit(&entry(2, None, None))
        });
        add.await.unwrap();
        assert_eq!(db.audit_of_request(SYSTEM, "request-1").await.unwrap().len(), 2, "{engine}");
        let (last, rows) = db.write(|tx| tx.audit_to_seal(SYSTEM)).await.unwrap();
        assert_eq!((last, rows.len()), (None, 2), "{engine}");
        assert_eq!(rows, db.audit_unsealed(SYSTEM).await.unwrap(), "{engine}");
        let micros = at(2).as_micros();
        let text = format!("{}|{micros}|-|-|session|POST /members|MBR-1|request-1", "02".repeat(16));
        assert_eq!(
            (rows[0].id.as_slice(), rows[0].text.as_str()),
            ([2; 16].as_slice(), text.as_str()),
            "{engine}"
        );

        let seal = Seal { seq: 1, row_count: 2, seal: vec![7; 32] };
        let (write, sealed) = (seal.clone(), rows.clone());
        db.write(move |tx| tx.insert_seal(SYSTEM, &write, &sealed)).await.unwrap();
        assert_eq!(db.audit_unsealed(SYSTEM).await.unwrap(), [], "{engine}");
        assert_eq!(db.audit_sealed(SYSTEM, &seal).await.unwrap(), rows, "{engine}");
        assert_eq!(db.audit_seals(SYSTEM, 0).await.unwrap(), std::slice::from_ref(&seal), "{engine}");
        assert_eq!(db.audit_seals(SYSTEM, 1).await.unwrap(), [], "{engine}");
        assert_eq!(db.write(|tx| tx.audit_to_seal(SYSTEM)).await.unwrap(), (Some(seal), vec![]), "{engine}");
    }
}
