//! Clients, their keys, users and their sessions.
use crate::support::{
    SYSTEM, at, client, full_user, guid, insert_member, institution, sparse_member, sparse_user, user,
};
use store::{StoreError, users::User};
use testkit::postgres::both_stores;

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

        let purged = db.write(|tx| tx.purge_sessions(SYSTEM, at(30), at(0), 9)).await.unwrap();
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
        assert_eq!(db.write(|tx| tx.purge_sessions(SYSTEM, at(0), at(101), 9)).await.unwrap(), 1, "{engine}");
    }
}
