//! Lists of transactions: what is counted and paged is what a plain list of all rows says.
use crate::support::{account, at, client, guid, institution, sparse_member, transaction, user};
use domain::time::Date;
use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{RngSeed, TestRunner},
};
use std::sync::atomic::{AtomicU64, Ordering};
use store::{
    Db, StoreError,
    scope::{ClientScope, UserScope},
    transactions::{AccountSet, TransactionFilter, TransactionRow},
};
use testkit::postgres::{Name, both_stores};

/// First day of the data; not a first of a month.
const FIRST_DAY: i32 = 19_750;
const DAYS: i32 = 3 * 365;
const ACCOUNTS_MAX: i64 = 22;

#[derive(Debug, Clone)]
struct Case {
    /// Account, day, second of `created_at`: few seconds, so that guids decide often.
    rows: Vec<(i64, i32, i64)>,
    filters: Vec<Filter>,
    /// Rows that move, and to which day.
    moves: Vec<(Index, i32)>,
    deletions: Vec<Index>,
}

#[derive(Debug, Clone)]
struct Filter {
    accounts: AccountSet,
    days: (i32, i32),
    page: i64,
}

fn day() -> impl Strategy<Value = i32> {
    // A crowded week, firsts and lasts of months, and anything in three years.
    prop_oneof![
        2 => 500..507i32,
        1 => (0..36i32).prop_map(|m| first_of(m) - FIRST_DAY),
        1 => (1..36i32).prop_map(|m| first_of(m) - FIRST_DAY - 1),
        4 => 0..DAYS,
    ]
}

fn first_of(month: i32) -> i32 {
    Date::first_of_month(Date::from_days(FIRST_DAY).month_index() + month).unwrap().days()
}

fn filter() -> impl Strategy<Value = Filter> {
    let some = |count| proptest::sample::subsequence((1..=ACCOUNTS_MAX).collect::<Vec<_>>(), count);
    let accounts = prop_oneof![
        Just(AccountSet::All),
        some(0..=1).prop_map(AccountSet::Some),
        some(2..=16).prop_map(AccountSet::Some),
        some(17..=22).prop_map(AccountSet::Some),
    ];
    let days = prop_oneof![
        Just((-40, DAYS + 40)),
        (-40..DAYS + 40, -40..DAYS + 40),
        day().prop_map(|day| (day, day)),
        (day(), 0..70i32).prop_map(|(day, more)| (day, day + more)),
    ];
    (accounts, days, 1..=100i64).prop_map(|(accounts, days, page)| Filter { accounts, days, page })
}

fn case() -> impl Strategy<Value = Case> {
    let rows = vec((1..=ACCOUNTS_MAX, day(), 0..3i64), 0..300);
    (rows, vec(filter(), 4), vec((any::<Index>(), day()), 0..30), vec(any::<Index>(), 0..30))
        .prop_map(|(rows, filters, moves, deletions)| Case { rows, filters, moves, deletions })
}

fn date(day: i32) -> Date {
    Date::from_days(FIRST_DAY + day)
}

/// The rows a filter takes, in the order of the contract (`spec: conventions, 6`).
fn plain_list(rows: &[TransactionRow], filter: &TransactionFilter) -> Vec<TransactionRow> {
    let taken = |account| match &filter.accounts {
        AccountSet::All => true,
        AccountSet::Some(some) => some.contains(&account),
    };
    let in_range = |row: &TransactionRow| row.date >= filter.from && row.date <= filter.to;
    let mut list: Vec<_> = rows.iter().filter(|r| taken(r.account_no) && in_range(r)).cloned().collect();
    list.sort_by_key(|r| (std::cmp::Reverse((r.date, r.created_at)), *r.guid.as_bytes()));
    list
}

async fn check(engine: Name, db: &Db, scope: UserScope, rows: &[TransactionRow], filters: &[Filter]) {
    for filter in filters {
        let wanted = TransactionFilter {
            accounts: filter.accounts.clone(),
            from: date(filter.days.0),
            to: date(filter.days.1),
        };
        let plain = plain_list(rows, &wanted);
        let count = db.count_transactions(scope, &wanted).await.unwrap();
        assert_eq!(count.total(), i64::try_from(plain.len()).unwrap(), "{engine} {filter:?}");
        let mut paged = Vec::new();
        let mut offset = 0;
        loop {
            let before = paged.len();
            let each = |view: store::transactions::TransactionView<'_>| {
                paged.push((view.guid, view.date, view.account_no));
                Ok(())
            };
            db.transactions_page(scope, &wanted, &count, offset, filter.page, each).await.unwrap();
            let is_full = paged.len() - before == usize::try_from(filter.page).unwrap();
            offset += filter.page;
            if !is_full {
                assert!(offset >= count.total(), "{engine} {filter:?}: a page in the middle is short");
                break;
            }
        }
        let plain: Vec<_> = plain.iter().map(|r| (r.guid, r.date, r.account_no)).collect();
        assert_eq!(paged, plain, "{engine} {filter:?}");
    }
}

/// A user with two members: the first has the odd accounts, the second the even ones.
async fn user_with_accounts(db: &Db, client: ClientScope) -> UserScope {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let scope = user(db, client, NEXT.fetch_add(1, Ordering::Relaxed)).await;
    let institution = institution(db).await;
    db.write(move |tx| {
        (1..=2).try_for_each(|no| tx.insert_member(scope, &sparse_member(no, institution)))?;
        (1..=ACCOUNTS_MAX).try_for_each(|no| tx.insert_account(scope, &account(no, 2 - no % 2)))
    })
    .await
    .unwrap();
    scope
}

/// Guids in no order of anything else.
fn shuffled(n: usize) -> u64 {
    u64::try_from(n + 1).unwrap().wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

async fn run(engine: Name, db: &Db, client: ClientScope, case: &Case) {
    let scope = user_with_accounts(db, client).await;
    let mut rows: Vec<TransactionRow> = (case.rows.iter().enumerate())
        .map(|(n, (account, day, second))| transaction(shuffled(n), *account, date(*day), at(*second)))
        .collect();
    let inserted = rows.clone();
    db.write(move |tx| tx.insert_transactions(scope, &inserted)).await.unwrap();
    check(engine, db, scope, &rows, &case.filters).await;

    let moves = if rows.is_empty() { &[] } else { case.moves.as_slice() };
    for (index, day) in moves {
        let row = &mut rows[index.index(case.rows.len())];
        let old = std::mem::replace(&mut row.date, date(*day));
        let row = row.clone();
        db.write(move |tx| tx.update_transaction(scope, &row, old)).await.unwrap();
    }
    check(engine, db, scope, &rows, &case.filters).await;

    for index in &case.deletions {
        if !rows.is_empty() {
            let row = rows.swap_remove(index.index(rows.len()));
            db.write(move |tx| tx.delete_transaction(scope, &row)).await.unwrap();
        }
    }
    check(engine, db, scope, &rows, &case.filters).await;

    db.write(move |tx| tx.purge_member(scope, 1)).await.unwrap();
    rows.retain(|row| row.account_no % 2 == 0);
    check(engine, db, scope, &rows, &case.filters).await;
}

#[test]
fn pages_are_the_plain_list_cut_in_pieces() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stores = runtime.block_on(both_stores());
    let clients: Vec<_> = stores.iter().map(|(_, db, _)| runtime.block_on(client(db, "bank"))).collect();
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 16,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    });
    let ran = runner.run(&case(), |case| {
        for ((engine, db, _), client) in stores.iter().zip(&clients) {
            runtime.block_on(run(engine, db, *client, &case));
        }
        Ok(())
    });
    ran.unwrap();
}

#[tokio::test]
async fn a_transaction_comes_back_as_it_went() {
    for (engine, db, _guard) in both_stores().await {
        let scope = user_with_accounts(&db, client(&db, "bank").await).await;
        let sparse = transaction(1, 1, date(0), at(1));
        let full = TransactionRow {
            amount: i64::MAX,
            transaction_type: 1,
            status: 2,
            category_no: 3,
            flags: i64::MIN,
            merchant: Some(guid(4)),
            parent: Some(guid(5)),
            feed_key: Some(-6),
            fingerprint: Some(7),
            feed_digest: 8,
            description_key: -9,
            data: (0..=255).collect(),
            ..transaction(2, 2, date(1), at(2))
        };
        let both = [sparse.clone(), full.clone()];
        db.write(move |tx| tx.insert_transactions(scope, &both)).await.unwrap();
        assert_eq!(db.transaction(scope, sparse.guid).await.unwrap(), Some(sparse.clone()), "{engine}");
        assert_eq!(db.transaction(scope, full.guid).await.unwrap(), Some(full.clone()), "{engine}");

        // All that can change goes over to the other row.
        let changed = TransactionRow {
            guid: sparse.guid,
            account_no: sparse.account_no,
            created_at: sparse.created_at,
            parent: None,
            ..full.clone()
        };
        let (write, old) = (changed.clone(), sparse.date);
        db.write(move |tx| tx.update_transaction(scope, &write, old)).await.unwrap();
        assert_eq!(db.transaction(scope, sparse.guid).await.unwrap(), Some(changed), "{engine}");
    }
}

#[tokio::test]
async fn one_users_transactions_are_not_anothers() {
    for (engine, db, _guard) in both_stores().await {
        let client = client(&db, "bank").await;
        let (mine, other) = (user_with_accounts(&db, client).await, user_with_accounts(&db, client).await);
        let row = transaction(1, 1, date(0), at(1));
        let insert = row.clone();
        db.write(move |tx| tx.insert_transactions(mine, std::slice::from_ref(&insert))).await.unwrap();
        assert_eq!(db.transaction(other, row.guid).await.unwrap(), None, "{engine}");
        let all = Filter { accounts: AccountSet::All, days: (-1, 1), page: 25 };
        check(engine, &db, other, &[], std::slice::from_ref(&all)).await;
        // Nor can the other change or delete it.
        let (changed, deleted) = (TransactionRow { amount: 1, ..row.clone() }, row.clone());
        db.write(move |tx| tx.update_transaction(other, &changed, changed.date)).await.unwrap();
        assert_eq!(db.transaction(mine, row.guid).await.unwrap(), Some(row.clone()), "{engine}");
        db.write(move |tx| tx.delete_transaction(other, &deleted)).await.unwrap();
        check(engine, &db, mine, std::slice::from_ref(&row), std::slice::from_ref(&all)).await;
        check(engine, &db, other, &[], std::slice::from_ref(&all)).await;
    }
}

#[tokio::test]
async fn the_feed_finds_its_own_again() {
    for (engine, db, _guard) in both_stores().await {
        let scope = user_with_accounts(&db, client(&db, "bank").await).await;
        let fed = |n, account, key, digest| TransactionRow {
            feed_key: key,
            feed_digest: digest,
            fingerprint: key.map(|key| key + 1),
            ..transaction(n, account, date(i32::try_from(n).unwrap()), at(1))
        };
        let rows = [
            fed(1, 1, Some(30), 1),
            fed(2, 1, Some(-20), 2),
            fed(3, 1, None, 3),
            fed(4, 2, Some(30), 4),
            fed(5, 1, Some(30), 5),
        ];
        let insert = rows.clone();
        db.write(move |tx| tx.insert_transactions(scope, &insert)).await.unwrap();
        let mut index = db.feed_index(scope, 1).await.unwrap();
        assert!(index.is_sorted_by_key(|(key, _)| *key), "{engine}");
        index.sort_unstable();
        assert_eq!(index, [(-20, 2), (30, 1), (30, 5)], "{engine}");
        let found = db.write(move |tx| tx.transactions_by_feed_key(scope, 1, 30)).await.unwrap();
        assert_eq!(found, [rows[0].clone(), rows[4].clone()], "{engine}");
        let window = db.feed_window(scope, 1, date(2), date(5)).await.unwrap();
        let told = |n: usize| (rows[n].guid, rows[n].feed_key.unwrap(), rows[n].fingerprint.unwrap());
        assert_eq!(window, [told(4), told(1)], "{engine}: what a feed told of");
        let counts = db.write(move |tx| {
            Ok::<_, StoreError>((tx.count_of_account(scope, 1)?, tx.count_of_account(scope, 9)?))
        });
        assert_eq!(counts.await.unwrap(), (4, 0), "{engine}");
        let (one, other) = (rows[2].clone(), guid(2));
        let read = db.write(move |tx| tx.transaction(scope, one.guid)).await.unwrap();
        assert_eq!(read, Some(rows[2].clone()), "{engine}");
        assert!(db.write(move |tx| tx.transaction(scope, other)).await.unwrap().is_some(), "{engine}");
    }
}
