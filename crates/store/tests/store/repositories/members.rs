//! Institutions and the members that connect users to them.
use crate::support::{
    SYSTEM, WORDS, account, at, client, full_member, guid, insert_member, institution, institution_row,
    sparse_member, user, user_with_member,
};
use store::{
    StoreError,
    institutions::{InstitutionCredentialRow, InstitutionRow},
    members::{Member, MemberCredentialRow},
};
use testkit::postgres::both_stores;

#[tokio::test]
async fn the_catalogue() {
    for (engine, db, _guard) in both_stores().await {
        let (first, second) = (institution_row(1), institution_row(2));
        let credential = InstitutionCredentialRow {
            guid: guid(3),
            institution: first.guid,
            display_order: 1,
            field_type: 3,
            field_name: "LOGIN".to_owned(),
            label: WORDS.to_owned(),
            optional: true,
            created_at: at(1),
            updated_at: at(2),
        };
        let put = async |row: &InstitutionRow, credential: &InstitutionCredentialRow| {
            let (row, credential) = (row.clone(), credential.clone());
            let both = db.write(move |tx| {
                tx.put_institution(SYSTEM, &row)?;
                tx.put_institution_credential(SYSTEM, &credential)
            });
            both.await.unwrap();
        };
        put(&first, &credential).await;
        put(&second, &credential).await;
        assert_eq!(db.institutions().await.unwrap(), [first.clone(), second.clone()], "{engine}");
        assert_eq!(
            db.institution_credentials().await.unwrap(),
            std::slice::from_ref(&credential),
            "{engine}"
        );

        let renamed = InstitutionRow { name: "N".to_owned(), updated_at: at(9), ..first.clone() };
        let relabelled = InstitutionCredentialRow { label: "L".to_owned(), optional: false, ..credential };
        put(&InstitutionRow { created_at: at(99), ..renamed.clone() }, &relabelled).await;
        assert_eq!(
            db.institutions().await.unwrap(),
            [renamed, second],
            "{engine}: the first write's time stays"
        );
        assert_eq!(db.institution_credentials().await.unwrap(), [relabelled], "{engine}");
    }
}

#[tokio::test]
async fn members() {
    for (engine, db, _guard) in both_stores().await {
        let client = client(&db, "bank").await;
        let (scope, other) = (user(&db, client, 1).await, user(&db, client, 2).await);
        let institution = institution(&db).await;
        let (sparse, full) = (sparse_member(1, institution), full_member(2, institution));
        for member in [&sparse, &full] {
            let numbers = db.write(move |tx| tx.next_member_no(scope)).await.unwrap();
            assert_eq!(numbers, (member.no, member.no - 1), "{engine}");
            insert_member(&db, scope, member).await.unwrap();
        }
        assert_eq!(db.members(scope).await.unwrap(), [sparse.clone(), full.clone()], "{engine}");
        assert_eq!(db.member(scope, full.guid).await.unwrap(), Some(full.clone()), "{engine}");
        assert_eq!(db.member(other, full.guid).await.unwrap(), None, "{engine}");
        let found = db.write(move |tx| {
            let by_login = tx.member_by_login(scope, institution, &[0, 255, 39])?;
            Ok::<_, StoreError>((tx.members(scope)?, tx.member_by_no(scope, 2)?, by_login))
        });
        let want = (vec![sparse.clone(), full.clone()], Some(full.clone()), Some(full.clone()));
        assert_eq!(found.await.unwrap(), want, "{engine}");

        let same_login = Member { guid: guid(3), no: 3, ..full.clone() };
        let same = insert_member(&db, scope, &same_login).await;
        assert!(matches!(same, Err(StoreError::Unique(_))), "{engine}: {same:?}");
        insert_member(&db, other, &same_login).await.unwrap();

        // All that can change goes over to the other member.
        let mut changed = Member {
            no: 1,
            guid: sparse.guid,
            login_hash: Some(vec![1]),
            is_user_created: sparse.is_user_created,
            is_manual: sparse.is_manual,
            is_managed_by_user: sparse.is_managed_by_user,
            updated_at: at(60),
            ..full.clone()
        };
        changed.state.is_managed_by_user = sparse.is_managed_by_user;
        let write = changed.clone();
        db.write(move |tx| tx.update_member(scope, &write)).await.unwrap();
        assert_eq!(db.member(scope, sparse.guid).await.unwrap(), Some(changed), "{engine}");
    }
}

#[tokio::test]
async fn a_deleted_member_leaves_its_login_free() {
    for (engine, db, _guard) in both_stores().await {
        let scope = user(&db, client(&db, "bank").await, 1).await;
        let institution = institution(&db).await;
        let member = full_member(1, institution);
        insert_member(&db, scope, &member).await.unwrap();
        db.write(move |tx| tx.insert_account(scope, &account(1, 1))).await.unwrap();
        db.write(move |tx| tx.delete_member(scope, 1, at(70))).await.unwrap();
        assert_eq!(db.members(scope).await.unwrap(), [], "{engine}");
        assert_eq!(db.accounts(scope).await.unwrap(), [], "{engine}");
        assert!(db.account_places(scope).await.unwrap()[0].is_deleted, "{engine}");
        let again = Member { no: 2, guid: guid(2), ..member.clone() };
        insert_member(&db, scope, &again).await.unwrap();
        let state = db.write(move |tx| {
            let login = tx.deleted_members_by_login(scope, institution, &[0, 255, 39])?;
            Ok::<_, StoreError>((login, tx.members_deleted_before(SYSTEM, at(71))?))
        });
        let want = (vec![(1, member.state.aggregated_at)], vec![(scope, 1)]);
        assert_eq!(state.await.unwrap(), want, "{engine}");
        let early = db.write(|tx| tx.members_deleted_before(SYSTEM, at(70))).await.unwrap();
        assert_eq!(early, [], "{engine}");
        db.write(move |tx| tx.purge_member(scope, 1)).await.unwrap();
        assert_eq!(db.account_places(scope).await.unwrap(), [], "{engine}");
        assert_eq!(db.members(scope).await.unwrap(), [again], "{engine}");
    }
}

#[tokio::test]
async fn ids_that_partners_gave_members_are_unique_over_a_clients_users() {
    for (engine, db, _guard) in both_stores().await {
        let (bank, rival) = (client(&db, "bank").await, client(&db, "rival").await);
        let (one, two, three) =
            (user(&db, bank, 1).await, user(&db, bank, 2).await, user(&db, rival, 3).await);
        let take =
            async |scope| db.write(move |tx| tx.take_member_external_guid(scope, 1, "m-1")).await.unwrap();
        let free = async |scope| {
            db.write(move |tx| tx.free_member_external_guid(scope, 1, "m-1")).await.unwrap();
        };
        assert!(take(one).await, "{engine}");
        assert!(!take(two).await, "{engine}: taken");
        assert!(take(three).await, "{engine}: of another client");
        free(two).await;
        assert!(!take(two).await, "{engine}: only its holder gives it back");
        free(one).await;
        assert!(take(two).await, "{engine}");
    }
}

#[tokio::test]
async fn credentials_of_members() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, _) = user_with_member(&db).await;
        let row = |credential, sealed: &[u8], second| MemberCredentialRow {
            credential: guid(credential),
            guid: guid(credential + 10),
            sealed: sealed.to_vec(),
            metadata: Some(WORDS.to_owned()),
            created_at: at(second),
            updated_at: at(second),
        };
        let put = async |row: MemberCredentialRow| {
            db.write(move |tx| tx.put_member_credential(scope, 1, &row)).await.unwrap();
        };
        put(row(2, b"two", 1)).await;
        put(row(1, b"", 1)).await;
        put(MemberCredentialRow { guid: guid(77), ..row(1, b"one", 2) }).await;
        let read = async || db.write(move |tx| tx.member_credentials(scope, 1)).await.unwrap();
        let want = [MemberCredentialRow { updated_at: at(2), ..row(1, b"one", 1) }, row(2, b"two", 1)];
        assert_eq!(format!("{:?}", read().await), format!("{want:?}"), "{engine}: the first guid stays");
        db.write(move |tx| tx.erase_member_credentials(scope, 1)).await.unwrap();
        assert!(read().await.is_empty(), "{engine}");
    }
}
