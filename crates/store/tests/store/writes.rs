//! Writes: durable when answered, all or nothing, apart from each other.
use crate::support::{SYSTEM, WORDS, at, client, guid, sparse_user, user};
use futures_util::future::join_all;
use proptest::{prelude::*, test_runner::RngSeed};
use std::sync::{
    Arc, Barrier,
    atomic::{AtomicU32, Ordering},
};
use store::{Db, OpenOptions, Result, StoreError, Tx, params, statements};
use testkit::postgres::both_stores;

statements! {
    PUT: Point = "INSERT INTO counters (name, value) VALUES (?1, ?2)";
    ADD: Point = "UPDATE counters SET value = value + ?2 WHERE name = ?1";
    GET: Point = "SELECT value FROM counters WHERE name = ?1";
    COUNT: Point = "SELECT COUNT(*) FROM counters WHERE name LIKE 'w%'";
    ORDERED: Heavy = "SELECT name FROM meta ORDER BY name";
    NULLS: Point = "UPDATE users SET birthday = ?2, email = ?3 WHERE id = ?1 AND (gender = ?4 OR ?4 IS NULL)";
    NULL_COUNT: Point = "SELECT COUNT(*) FROM users WHERE birthday IS NULL AND email IS NULL AND id = ?1";
    WRONG_TYPE: Point = "UPDATE users SET birthday = ?2 WHERE id = ?1";
    NO_SUCH_CLIENT: Point = "INSERT INTO api_keys (hash, client, label, created_at) VALUES (?1, 4711, '', 0)";
}

async fn get(db: &Db, name: &str) -> Option<i64> {
    db.query_one(&GET, params![name], |row| row.int(0)).await.unwrap()
}

async fn put(db: &Db, name: String, value: i64) -> Result<u64> {
    db.write(move |tx| tx.execute(&PUT, params![&name, value])).await
}

/// An error of the caller's own.
#[derive(Debug, PartialEq)]
enum Trouble {
    Own,
    Store(String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

#[test]
fn these_statements_are_the_tests_own() {
    assert!(STATEMENTS.iter().all(|own| store::all_statements().iter().all(|s| !std::ptr::eq(*own, *s))));
}

#[tokio::test]
async fn writes_at_once_are_all_kept() {
    for (engine, db, _guard) in both_stores().await {
        let done = join_all((0..500).map(|n| put(&db, format!("w{n}"), n))).await;
        assert!(done.iter().all(|d| matches!(d, Ok(1))), "{engine}");
        assert_eq!(db.query_one(&COUNT, &[], |row| row.int(0)).await.unwrap(), Some(500), "{engine}");
    }
}

#[tokio::test]
async fn reads_that_belong_together_hold_nothing_while_they_wait() {
    for (engine, db, _guard) in both_stores().await {
        let reads = async {
            let before = get(&db, "t").await;
            put(&db, "t".to_owned(), 1).await.unwrap();
            let after = db.together(get(&db, "t")).await.unwrap();
            (before, after)
        };
        assert_eq!(db.together(reads).await.unwrap(), (None, Some(1)), "{engine}");
        assert_eq!(put(&db, "u".to_owned(), 2).await.unwrap(), 1, "{engine}");
        assert_eq!(get(&db, "u").await, Some(2), "{engine}");
    }
}

#[tokio::test]
async fn what_was_answered_is_there_when_the_store_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions::Sqlite { path: folder.path().join("store.sqlite") };
    let db = Db::open(&options).await.unwrap();
    for done in join_all((0..200).map(|n| put(&db, format!("w{n}"), n))).await {
        done.unwrap();
    }
    // A copy of the files as they are now is what a killed process would leave behind.
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        if !file.file_name().to_str().unwrap().ends_with("-shm") {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
    }
    let killed = Db::open(&OpenOptions::Sqlite { path: copy.path().join("store.sqlite") }).await.unwrap();
    assert_eq!(killed.query_one(&COUNT, &[], |row| row.int(0)).await.unwrap(), Some(200));
    drop(db);
    let closed = Db::open(&options).await.unwrap();
    assert_eq!(closed.query_one(&COUNT, &[], |row| row.int(0)).await.unwrap(), Some(200));
}

#[tokio::test]
async fn a_failing_write_takes_back_its_own_changes_only() {
    for (engine, db, _guard) in both_stores().await {
        let done = join_all((0..60).map(|n: i64| {
            db.write(move |tx| {
                tx.execute(&PUT, params![&format!("w{n}"), n])?;
                if n % 3 == 0 { Err(Trouble::Own) } else { Ok(n) }
            })
        }))
        .await;
        for (n, done) in (0..).zip(done) {
            let kept = get(&db, &format!("w{n}")).await;
            if n % 3 == 0 {
                assert_eq!((done, kept), (Err(Trouble::Own), None), "{engine}");
            } else {
                assert_eq!((done, kept), (Ok(n), Some(n)), "{engine}");
            }
        }
    }
}

#[tokio::test]
async fn a_panicking_write_takes_back_its_own_changes_only() {
    for (engine, db, _guard) in both_stores().await {
        let done = join_all((0..9).map(|n: i64| {
            db.write(move |tx| {
                tx.execute(&PUT, params![&format!("w{n}"), n])?;
                assert!(n % 3 != 0, "a defect");
                Ok::<_, StoreError>(n)
            })
        }))
        .await;
        for (n, done) in (0..).zip(done) {
            assert_eq!(done.is_ok(), n % 3 != 0, "{engine}");
            assert_eq!(get(&db, &format!("w{n}")).await.is_some(), n % 3 != 0, "{engine}");
        }
        put(&db, "w-after".to_owned(), 1).await.unwrap();
        assert_eq!(get(&db, "w-after").await, Some(1), "{engine}");
    }
}

#[tokio::test]
async fn a_unique_key_that_exists_is_its_own_error() {
    for (engine, db, _guard) in both_stores().await {
        let primary = [put(&db, "w".to_owned(), 1).await, put(&db, "w".to_owned(), 2).await];
        assert!(matches!(primary, [Ok(1), Err(StoreError::Unique(_))]), "{engine}: {primary:?}");
        assert_eq!(get(&db, "w").await, Some(1), "{engine}");

        let scope = client(&db, "bank").await;
        user(&db, scope, 1).await;
        let same = db.write(move |tx| {
            let mut user = sparse_user(tx.next_user(scope)?, 2);
            user.external_guid = "user-1".to_owned();
            tx.insert_user(&user)
        });
        assert!(matches!(same.await, Err(StoreError::Unique(_))), "{engine}");
    }
}

#[tokio::test]
async fn a_write_whose_statement_failed_is_not_kept_whatever_it_answers() {
    // PostgreSQL undoes such a transaction by itself; the answer must not say otherwise.
    for (engine, db, _guard) in both_stores().await {
        put(&db, "w".to_owned(), 1).await.unwrap();
        let done = db.write(|tx| {
            tx.execute(&PUT, params!["w2", 2])?;
            let _forgotten = tx.execute(&PUT, params!["w", 2]);
            Ok::<_, StoreError>(())
        });
        let Err(StoreError::Database(text)) = done.await else { panic!("{engine}: kept") };
        assert!(text.contains("unique key exists"), "{engine}: {text}");
        assert_eq!(get(&db, "w2").await, None, "{engine}");
    }
}

#[tokio::test]
async fn other_violations_are_errors_of_the_database() {
    for (engine, db, _guard) in both_stores().await {
        let orphan = db.write(|tx| tx.execute(&NO_SUCH_CLIENT, params![&[1u8; 32]])).await;
        assert!(matches!(orphan, Err(StoreError::Database(_))), "{engine}: {orphan:?}");
        let scope = client(&db, "bank").await;
        let number = user(&db, scope, 1).await.number();
        let text = db.write(move |tx| tx.execute(&WRONG_TYPE, params![number, "a text"])).await;
        assert!(matches!(text, Err(StoreError::Database(_))), "{engine}: {text:?}");
        put(&db, "w".to_owned(), 1).await.unwrap();
    }
}

#[tokio::test]
async fn a_write_sees_its_own_changes_and_readers_see_committed_ones() {
    for (engine, db, _guard) in both_stores().await {
        put(&db, "w".to_owned(), 1).await.unwrap();
        let inside = db.write(|tx| {
            tx.execute(&ADD, params!["w", 41])?;
            tx.query_one(&GET, params!["w"], |row| row.int(0))
        });
        assert_eq!(inside.await.unwrap(), Some(42), "{engine}");
        assert_eq!(get(&db, "w").await, Some(42), "{engine}");

        // While a write is under way, others still read what was before.
        let (written, look) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (w, l) = (written.clone(), look.clone());
        let write = db.write(move |tx| {
            tx.execute(&ADD, params!["w", 1])?;
            w.wait();
            l.wait();
            Ok::<_, StoreError>(())
        });
        let read = async {
            tokio::task::spawn_blocking(move || written.wait()).await.unwrap();
            let before = get(&db, "w").await;
            look.wait();
            before
        };
        let (done, before) = tokio::join!(write, read);
        done.unwrap();
        assert_eq!((before, get(&db, "w").await), (Some(42), Some(43)), "{engine}");
    }
}

#[tokio::test]
async fn null_parameters_have_no_type() {
    for (engine, db, _guard) in both_stores().await {
        let scope = client(&db, "bank").await;
        let number = user(&db, scope, 1).await.number();
        let set = |birthday: Option<i64>, email: Option<&'static str>, gender: Option<i64>| {
            db.write(move |tx| tx.execute(&NULLS, params![number, birthday, email, gender]))
        };
        let nulls = async || db.query_one(&NULL_COUNT, params![number], |row| row.int(0)).await;
        assert_eq!(set(Some(0), Some(""), None).await.unwrap(), 1, "{engine}");
        assert_eq!(nulls().await.unwrap(), Some(0), "{engine}: zero and empty are not null");
        assert_eq!(set(None, None, Some(0)).await.unwrap(), 0, "{engine}: null equals nothing");
        assert_eq!(set(None, None, None).await.unwrap(), 1, "{engine}");
        assert_eq!(nulls().await.unwrap(), Some(1), "{engine}");
    }
}

#[tokio::test]
async fn integers_keep_all_their_bits() {
    for (engine, db, _guard) in both_stores().await {
        for (n, value) in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX].into_iter().enumerate() {
            put(&db, format!("w{n}"), value).await.unwrap();
            assert_eq!(get(&db, &format!("w{n}")).await, Some(value), "{engine}");
        }
        // Sums beyond 64 bits are errors, not floats.
        let over = db.write(|tx| tx.execute(&ADD, params!["w5", 1])).await;
        let read = db.query_one(&GET, params!["w5"], |row| row.int(0)).await;
        assert!(over.is_err() && matches!(read, Ok(Some(i64::MAX))), "{engine}: {over:?} {read:?}");
    }
}

#[test]
fn texts_and_blobs_come_back_as_they_went() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stores = runtime.block_on(both_stores());
    let round_trip = |name: String, blob: Vec<u8>| {
        for (engine, db, _guard) in &stores {
            let (key, value) = (name.clone(), blob.clone());
            let found = runtime.block_on(async {
                db.write(move |tx| tx.set_meta(&key, &value)).await.unwrap();
                db.meta(&name).await.unwrap()
            });
            assert_eq!(found.as_ref(), Some(&blob), "{engine} {name:?}");
        }
    };
    round_trip(String::new(), Vec::new());
    round_trip(WORDS.to_owned(), (0..=255).collect());
    let config = ProptestConfig { cases: 40, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() };
    proptest!(config, |(
        name in "[^\0]{0,40}", blob in proptest::collection::vec(any::<u8>(), 0..200)
    )| round_trip(name, blob));
}

#[tokio::test]
async fn text_is_ordered_by_bytes() {
    let words = ["", " b", "A", "B", "Z", "_", "a", "b", "z", "ä", "é", "銀", "🏦"];
    for (engine, db, _guard) in both_stores().await {
        let put = db.write(move |tx| words.iter().rev().try_for_each(|word| tx.set_meta(word, &[])));
        put.await.unwrap();
        assert_eq!(db.query(&ORDERED, &[], |row| row.string(0)).await.unwrap(), words, "{engine}");
    }
}

#[tokio::test]
async fn two_writes_that_wait_for_each_other_both_succeed() {
    for (engine, db, _guard) in both_stores().await {
        if engine == "sqlite" {
            continue; // It has one writer: nobody waits for anybody.
        }
        put(&db, "w1".to_owned(), 0).await.unwrap();
        put(&db, "w2".to_owned(), 0).await.unwrap();
        let met = Arc::new(Barrier::new(2));
        let tries = Arc::new(AtomicU32::new(0));
        let crossing = |first: &'static str, second: &'static str| {
            let (met, tries) = (met.clone(), tries.clone());
            let mut is_first_try = true;
            db.write(move |tx: &mut Tx<'_>| {
                tries.fetch_add(1, Ordering::SeqCst);
                tx.execute(&ADD, params![first, 1])?;
                if std::mem::take(&mut is_first_try) {
                    met.wait();
                }
                tx.execute(&ADD, params![second, 1])
            })
        };
        let (one, two) = tokio::join!(crossing("w1", "w2"), crossing("w2", "w1"));
        assert_eq!((one.unwrap(), two.unwrap()), (1, 1), "{engine}");
        assert_eq!((get(&db, "w1").await, get(&db, "w2").await), (Some(2), Some(2)), "{engine}");
        assert!(tries.load(Ordering::SeqCst) > 2, "{engine}: nobody had to try again");
    }
}

#[tokio::test]
async fn numbers_are_given_once() {
    for (engine, db, _guard) in both_stores().await {
        let scope = client(&db, "bank").await;
        let made = (0..40).map(|_| db.write(move |tx| Ok::<_, StoreError>(tx.next_user(scope)?.number())));
        let mut numbers: Vec<i64> = join_all(made).await.into_iter().map(Result::unwrap).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=40).collect::<Vec<i64>>(), "{engine}");
    }
}

#[tokio::test]
async fn changes_for_other_nodes_are_numbered_in_the_order_of_their_commits() {
    for (engine, db, _guard) in both_stores().await {
        let noted = (0..20u8).map(|n| db.write(move |tx| tx.note_change("user", &[n])));
        join_all(noted).await.into_iter().for_each(Result::unwrap);
        assert_eq!(db.last_change().await.unwrap(), 20, "{engine}");
        let changes = db.changes_since(15).await.unwrap();
        assert_eq!(
            changes.iter().map(|(seq, ..)| *seq).collect::<Vec<_>>(),
            [16, 17, 18, 19, 20],
            "{engine}"
        );
        assert_eq!(db.write(|tx| tx.trim_changes(SYSTEM, 19)).await.unwrap(), 19, "{engine}");
        assert_eq!(db.changes_since(0).await.unwrap().len(), 1, "{engine}");
        assert_eq!(db.last_change().await.unwrap(), 20, "{engine}");
    }
}

#[tokio::test]
async fn a_client_is_not_made_twice() {
    for (engine, db, _guard) in both_stores().await {
        client(&db, "bank").await;
        let again = db.write(|tx| tx.insert_client(SYSTEM, guid(1), "bank", "", "{}", at(0)).map(drop)).await;
        assert!(matches!(again, Err(StoreError::Unique(_))), "{engine}");
        assert_eq!(db.clients(SYSTEM).await.unwrap().len(), 1, "{engine}");
    }
}
