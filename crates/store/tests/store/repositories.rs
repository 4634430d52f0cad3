//! What is stored comes back as it went, and only through the right scope.
use crate::support::{
    SYSTEM, WORDS, account, at, client, full_job, full_member, full_user, guid, institution, institution_row,
    sparse_job, sparse_member, sparse_user, transaction, user,
};
use domain::{enums::JobStatus, time::Date};
use store::{
    Db, Result, StoreError,
    accounts::AccountRow,
    audit::{AuditEntry, Seal},
    institutions::{InstitutionCredentialRow, InstitutionRow},
    jobs::{ChallengeRow, Job},
    members::{Member, MemberCredentialRow},
    scope::UserScope,
    transactions::{AccountSet, TransactionFilter},
    users::User,
};
use testkit::postgres::both_stores;

async fn insert_member(db: &Db, scope: UserScope, member: &Member) -> Result<()> {
    let member = member.clone();
    db.write(move |tx| tx.insert_member(scope, &member)).await
}

async fn insert_job(db: &Db, scope: UserScope, job: &Job) {
    let job = job.clone();
    db.write(move |tx| tx.insert_job(scope, &job)).await.unwrap();
}

/// A user with a stored member, number 1.
async fn user_with_member(db: &Db) -> (UserScope, Member) {
    let scope = user(db, client(db, "bank").await, 1).await;
    let member = sparse_member(1, institution(db).await);
    insert_member(db, scope, &member).await.unwrap();
    (scope, member)
}

#[tokio::test]
async fn clients_and_their_keys() {
    for (engine, db, _guard) in both_stores().await {
        let scope = client(&db, "bank").await;
        let other = client(&db, "other").await;
        let (first, second) = ([1u8; 32], [2u8; 32]);
        let label = "of the app";
        db.write(move |tx| tx.insert_api_key(scope, &second, label, at(2))).await.unwrap();
        db.write(move |tx| tx.insert_api_key(scope, &first, "", at(1))).await.unwrap();
        db.write(move |tx| tx.update_client_settings(scope, "{\"a\": 1}", at(2))).await.unwrap();

        let found = db.client_by_key(&first).await.unwrap().unwrap();
        assert_eq!((found.scope, found.client_id.as_str()), (scope, "bank"), "{engine}");
        assert_eq!((found.settings.as_str(), found.created_at), ("{\"a\": 1}", at(0)), "{engine}");
        let by_id = db.client_by_id(SYSTEM, "bank").await.unwrap().unwrap();
        assert_eq!(format!("{by_id:?}"), format!("{found:?}"), "{engine}");
        let all = db.clients(SYSTEM).await.unwrap();
        assert_eq!(all.iter().map(|c| c.scope).collect::<Vec<_>>(), [scope, other], "{engine}");

        let labels: Vec<_> =
            db.api_keys(scope).await.unwrap().into_iter().map(|k| (k.hash, k.label)).collect();
        assert_eq!(
            labels,
            [(first.to_vec(), String::new()), (second.to_vec(), label.to_owned())],
            "{engine}"
        );
        let revoke = async |scope| db.write(move |tx| tx.revoke_api_key(scope, &first, at(3))).await.unwrap();
        assert!(!revoke(other).await, "{engine}: another client's key");
        assert!(revoke(scope).await, "{engine}");
        assert!(!revoke(scope).await, "{engine}: revoked once");
        assert!(db.client_by_key(&first).await.unwrap().is_none(), "{engine}");
        assert!(db.client_by_key(&second).await.unwrap().is_some(), "{engine}");
    }
}

#[tokio::test]
async fn single_values_of_the_service() {
    for (engine, db, _guard) in both_stores().await {
        assert_eq!(db.meta("clock").await.unwrap(), None, "{engine}");
        let or_insert =
            async |value: &'static [u8]| db.write(move |tx| tx.meta_or_insert("clock", value)).await.unwrap();
        assert_eq!(or_insert(b"first").await, b"first", "{engine}");
        assert_eq!(or_insert(b"second").await, b"first", "{engine}");
        db.write(|tx| tx.set_meta("clock", b"third")).await.unwrap();
        assert_eq!(db.meta("clock").await.unwrap(), Some(b"third".to_vec()), "{engine}");
    }
}

#[tokio::test]
async fn users() {
    for (engine, db, _guard) in both_stores().await {
        let client_scope = client(&db, "bank").await;
        let other = client(&db, "other").await;
        let mut stored: Vec<User> = Vec::new();
        for make in [sparse_user, full_user] {
            let n = 1 + u64::try_from(stored.len()).unwrap();
            let made = db.write(move |tx| {
                let made = make(tx.next_user(client_scope)?, n);
                tx.insert_user(&made)?;
                Ok::<_, StoreError>(made)
            });
            stored.push(made.await.unwrap());
        }
        for user in &stored {
            let name = user.external_guid.as_str();
            let want = Some(user.clone());
            assert_eq!(db.user(user.scope).await.unwrap(), want, "{engine}");
            assert_eq!(db.user_by_guid(SYSTEM, user.guid).await.unwrap(), want, "{engine}");
            assert_eq!(db.user_by_external_guid(client_scope, name).await.unwrap(), want, "{engine}");
            assert_eq!(db.user_by_external_guid(other, name).await.unwrap(), None, "{engine}");
        }
        assert_eq!(db.users(client_scope, 0, 10).await.unwrap(), stored, "{engine}");
        assert_eq!(
            db.users(client_scope, stored[0].scope.number(), 1).await.unwrap(),
            stored[1..],
            "{engine}"
        );
        assert_eq!(db.users(other, 0, 10).await.unwrap(), [], "{engine}");

        // All that can change goes over to the other user.
        let changed = User {
            scope: stored[0].scope,
            guid: stored[0].guid,
            external_guid: "renamed".to_owned(),
            accepted_terms_at: stored[0].accepted_terms_at,
            has_accepted_terms: stored[0].has_accepted_terms,
            has_updated_terms: stored[0].has_updated_terms,
            data_key: b"wrapped".to_vec(),
            created_at: stored[0].created_at,
            ..stored[1].clone()
        };
        let write = changed.clone();
        let read = db.write(move |tx| {
            tx.update_user(&write)?;
            tx.set_data_key(write.scope, &write.data_key)?;
            Ok::<_, StoreError>((tx.user_for_update(write.scope)?, tx.data_key(write.scope)?))
        });
        assert_eq!(read.await.unwrap(), (Some(changed.clone()), Some(b"wrapped".to_vec())), "{engine}");
        assert_eq!(db.user(changed.scope).await.unwrap(), Some(changed), "{engine}");
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_its_id_free() {
    for (engine, db, _guard) in both_stores().await {
        let client_scope = client(&db, "bank").await;
        let scope = user(&db, client_scope, 1).await;
        insert_member(&db, scope, &sparse_member(1, institution(&db).await)).await.unwrap();
        let purge = db.write(move |tx| tx.purge_user(scope));
        purge.await.unwrap();
        assert!(db.user(scope).await.unwrap().is_some(), "{engine}: only deleted users are purged");

        db.write(move |tx| tx.delete_user(scope, at(50))).await.unwrap();
        assert_eq!(db.user(scope).await.unwrap(), None, "{engine}");
        assert_eq!(db.users(client_scope, 0, 10).await.unwrap(), [], "{engine}");
        let again = db.write(move |tx| {
            let again = User { guid: guid(2), ..sparse_user(tx.next_user(client_scope)?, 1) };
            tx.insert_user(&again)?;
            Ok::<_, StoreError>(again.scope)
        });
        let again = again.await.unwrap();
        let before =
            async |second| db.write(move |tx| tx.users_deleted_before(SYSTEM, at(second))).await.unwrap();
        assert_eq!(before(50).await, [], "{engine}");
        assert_eq!(before(51).await, [scope], "{engine}");
        db.write(move |tx| tx.purge_deleted_users(client_scope, "user-1")).await.unwrap();
        assert_eq!(before(51).await, [], "{engine}");
        assert_eq!(db.members(scope).await.unwrap(), [], "{engine}: its rows went with it");
        assert!(db.user(again).await.unwrap().is_some(), "{engine}: the new one stays");
    }
}

#[tokio::test]
async fn sessions() {
    for (engine, db, _guard) in both_stores().await {
        let scope = user(&db, client(&db, "bank").await, 1).await;
        let (live, old) = ([1u8; 32], [2u8; 32]);
        db.write(move |tx| tx.insert_session(scope, &live, 1, at(10))).await.unwrap();
        db.write(move |tx| tx.insert_session(scope, &old, 0, at(10))).await.unwrap();
        assert!(db.session(&old).await.unwrap().is_none(), "{engine}: of an earlier epoch");
        db.write(move |tx| tx.touch_session(&live, at(30))).await.unwrap();
        db.write(move |tx| tx.touch_session(&live, at(20))).await.unwrap();
        let found = db.session(&live).await.unwrap().unwrap();
        assert_eq!((found.created_at, found.seen_at), (at(10), at(30)), "{engine}: it only moves forward");
        assert_eq!((found.scope, found.user_guid), (scope, guid(1)), "{engine}");
        assert_eq!(
            (found.user_external_guid.as_str(), found.client_settings.as_str()),
            ("user-1", "{}"),
            "{engine}"
        );

        let purged = db.write(|tx| tx.purge_sessions(SYSTEM, at(30), at(0))).await.unwrap();
        assert_eq!(purged, 1, "{engine}");
        let disable =
            db.write(move |tx| tx.update_user(&User { is_disabled: true, ..sparse_user(scope, 1) }));
        disable.await.unwrap();
        assert!(db.session(&live).await.unwrap().is_none(), "{engine}: the user is disabled");
        let enable = db.write(move |tx| tx.update_user(&sparse_user(scope, 1)));
        enable.await.unwrap();
        assert!(db.session(&live).await.unwrap().is_some(), "{engine}");
        db.write(move |tx| tx.delete_sessions(scope)).await.unwrap();
        assert!(db.session(&live).await.unwrap().is_none(), "{engine}");
    }
}

#[tokio::test]
async fn one_time_tokens() {
    for (engine, db, _guard) in both_stores().await {
        let client = client(&db, "bank").await;
        let (mine, other) = (user(&db, client, 1).await, user(&db, client, 2).await);
        let token = [7u8; 32];
        db.write(move |tx| tx.insert_api_token(mine, &token, at(100))).await.unwrap();
        let take = async |scope, second| {
            db.write(move |tx| tx.use_api_token(scope, &token, at(second))).await.unwrap()
        };
        assert!(!take(other, 50).await, "{engine}: another user's");
        assert!(!take(mine, 100).await, "{engine}: expired");
        assert!(take(mine, 99).await, "{engine}");
        assert!(!take(mine, 99).await, "{engine}: used up");
        assert_eq!(db.write(|tx| tx.purge_sessions(SYSTEM, at(0), at(101))).await.unwrap(), 1, "{engine}");
    }
}

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
        assert_eq!(db.institution_credentials().await.unwrap(), [credential.clone()], "{engine}");

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
            let login = tx.deleted_member_by_login(scope, institution, &[0, 255, 39])?;
            Ok::<_, StoreError>((login, tx.members_deleted_before(SYSTEM, at(71))?))
        });
        let want = (Some((1, member.state.aggregated_at)), vec![(scope, 1)]);
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

#[tokio::test]
async fn jobs() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, member) = user_with_member(&db).await;
        let (sparse, full) = (sparse_job(1, &member), full_job(2, &member));
        for job in [&sparse, &full] {
            insert_job(&db, scope, job).await;
            assert_eq!(db.job(scope, job.guid).await.unwrap(), Some(job.clone()), "{engine}");
        }
        assert_eq!(db.unfinished_jobs(SYSTEM).await.unwrap(), 2, "{engine}");
        assert_eq!(db.next_due_job(SYSTEM).await.unwrap(), Some(at(14)), "{engine}");

        // All that can change goes over to the other job.
        let mut changed = Job {
            guid: sparse.guid,
            include_transactions: sparse.include_transactions,
            include_holdings: sparse.include_holdings,
            status_before: sparse.status_before,
            due_at: None,
            ..full.clone()
        };
        changed.state.kind = sparse.state.kind;
        changed.state.is_background = sparse.state.is_background;
        changed.state.is_authenticated = true;
        let write = changed.clone();
        db.write(move |tx| tx.update_job(scope, &write)).await.unwrap();
        assert_eq!(db.job(scope, sparse.guid).await.unwrap(), Some(changed.clone()), "{engine}");
        let inside = db.write(move |tx| tx.job(scope, changed.guid)).await.unwrap();
        assert_eq!(inside.map(|job| job.state), Some(changed.state), "{engine}");
        assert_eq!(db.unfinished_jobs(SYSTEM).await.unwrap(), 1, "{engine}");
        assert_eq!(db.next_due_job(SYSTEM).await.unwrap(), Some(at(20)), "{engine}");
    }
}

#[tokio::test]
async fn a_job_is_leased_to_one_worker() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, member) = user_with_member(&db).await;
        let job = sparse_job(1, &member);
        insert_job(&db, scope, &job).await;
        let due = async |now, machine| db.due_jobs(SYSTEM, at(now), at(machine), 10).await.unwrap();
        assert!(due(13, 0).await.is_empty(), "{engine}: not yet due");
        let looked = due(14, 0).await[0];
        assert_eq!((looked.scope, looked.guid, looked.due_at), (scope, job.guid, at(14)), "{engine}");

        let lease = async |until| db.write(move |tx| tx.lease_job(&looked, at(until))).await.unwrap();
        let (one, two) = tokio::join!(lease(100), lease(100));
        let fence = one.or(two).unwrap();
        assert!(one.is_none() || two.is_none(), "{engine}: two have it");
        assert_eq!(fence, looked.fence + 1, "{engine}");
        assert!(due(14, 99).await.is_empty(), "{engine}: leased");
        assert_eq!(due(14, 100).await[0].fence, fence, "{engine}: the lease ran out");

        let holds = async |fence| db.write(move |tx| tx.holds_job(scope, guid(1), fence)).await.unwrap();
        assert!(holds(fence).await && !holds(looked.fence).await, "{engine}");
        db.write(move |tx| tx.release_job(scope, guid(1), fence)).await.unwrap();
        assert_eq!(due(14, 1).await.len(), 1, "{engine}: given back");
        db.write(move |tx| tx.fence_job_off(scope, guid(1))).await.unwrap();
        assert!(!holds(fence).await, "{engine}");

        let next = due(14, 0).await[0];
        db.write(move |tx| tx.lease_job(&next, at(100))).await.unwrap().unwrap();
        assert_eq!(db.write(|tx| tx.release_all_jobs(SYSTEM)).await.unwrap(), 1, "{engine}");
        assert_eq!(due(14, 0).await.len(), 1, "{engine}");
    }
}

#[tokio::test]
async fn old_jobs_go_but_the_most_recent_of_a_member() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, mut member) = user_with_member(&db).await;
        for n in 1..=3 {
            let mut job = sparse_job(n, &member);
            job.state.status = JobStatus::Completed;
            job.state.finished_at = Some(at(i64::try_from(n).unwrap()));
            job.due_at = None;
            insert_job(&db, scope, &job).await;
        }
        insert_job(&db, scope, &sparse_job(4, &member)).await;
        member.job = Some(guid(1));
        db.write(move |tx| tx.update_member(scope, &member)).await.unwrap();
        assert_eq!(db.write(|tx| tx.delete_old_jobs(SYSTEM, at(3))).await.unwrap(), 1, "{engine}");
        for (n, is_there) in [(1, true), (2, false), (3, true), (4, true)] {
            assert_eq!(db.job(scope, guid(n)).await.unwrap().is_some(), is_there, "{engine} {n}");
        }
        db.write(move |tx| tx.purge_member_jobs(scope, 1)).await.unwrap();
        assert!(db.job(scope, guid(4)).await.unwrap().is_none(), "{engine}");
    }
}

#[tokio::test]
async fn challenges_of_a_job() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, member) = user_with_member(&db).await;
        insert_job(&db, scope, &sparse_job(1, &member)).await;
        let row = |n| ChallengeRow {
            guid: guid(n),
            document: format!("{{\"n\": {n}}}"),
            answer: None,
            created_at: at(1),
        };
        let put = async |set: Vec<ChallengeRow>| {
            db.write(move |tx| tx.put_challenges(scope, guid(1), &set)).await.unwrap();
        };
        put(vec![row(9)]).await;
        put(vec![row(3), row(2)]).await;
        db.write(move |tx| tx.answer_challenge(scope, guid(1), guid(2), b"sealed")).await.unwrap();
        let want = [row(3), ChallengeRow { answer: Some(b"sealed".to_vec()), ..row(2) }];
        let read = db.challenges(scope, guid(1)).await.unwrap();
        assert_eq!(
            format!("{read:?}"),
            format!("{want:?}"),
            "{engine}: the set was replaced, its order kept"
        );
        db.write(move |tx| tx.delete_challenges(scope, guid(1))).await.unwrap();
        assert!(db.challenges(scope, guid(1)).await.unwrap().is_empty(), "{engine}");
    }
}

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
                tx.put_account_numbers(scope, no, [0; 16], b"sealed", at(1))?;
                tx.put_account_numbers(scope, no, [1; 16], b"sealed again", at(2))?;
                tx.put_balance(scope, no, day, 1)?;
                tx.put_balance(scope, no, day, 2)?;
                tx.put_holding(scope, no, guid(n), 1, "{}", at(1))?;
                tx.put_holding(scope, no, guid(n + 10), 1, "{\"a\": 1}", at(2))?;
                tx.insert_transactions(scope, &[transaction(n, no, day, at(1))])?;
            }
            Ok::<_, StoreError>(())
        });
        write.await.unwrap();
        assert_eq!(db.account_numbers(scope, 1).await.unwrap(), Some(b"sealed again".to_vec()), "{engine}");
        db.write(move |tx| tx.purge_member(scope, 1)).await.unwrap();
        assert_eq!(db.account_numbers(scope, 1).await.unwrap(), None, "{engine}");
        assert_eq!(db.account_numbers(scope, 2).await.unwrap(), Some(b"sealed again".to_vec()), "{engine}");
        assert_eq!(db.accounts(scope).await.unwrap(), [account(2, 2)], "{engine}");
        assert_eq!(db.members(scope).await.unwrap(), [stays], "{engine}");
        assert!(db.transaction(scope, guid(1)).await.unwrap().is_none(), "{engine}");
        let all = TransactionFilter { accounts: AccountSet::All, from: day, to: day };
        assert_eq!(db.count_transactions(scope, &all).await.unwrap().total(), 1, "{engine}");
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
        assert_eq!(db.audit_seals(SYSTEM, 0).await.unwrap(), [seal.clone()], "{engine}");
        assert_eq!(db.audit_seals(SYSTEM, 1).await.unwrap(), [], "{engine}");
        assert_eq!(db.write(|tx| tx.audit_to_seal(SYSTEM)).await.unwrap(), (Some(seal), vec![]), "{engine}");
    }
}
