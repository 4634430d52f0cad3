//! The made-up data: always the same, in its ranges, and moving on with time by the rules.
use super::driver::{Job, job, monday};
use domain::{
    account::Field,
    decimal::Money,
    enums::{AccountType, JobKind, TransactionStatus, TransactionType},
    feed::{FeedBatch, FeedTransaction},
    time::{Date, Timestamp},
    value::Value,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What a job brought: accounts with their transactions.
pub(super) fn books(job: &Job) -> Vec<FeedBatch> {
    job.run().data.into_iter().find(|batches| batches.iter().any(|batch| batch.window.is_some())).unwrap()
}

pub(super) fn history(institution_code: &str, user: &str, now: Timestamp) -> Vec<FeedBatch> {
    books(&job(institution_code, "").user(user).at(now).kind(JobKind::History))
}

fn count(batches: &[FeedBatch]) -> usize {
    batches.iter().map(|batch| batch.transactions.len()).sum()
}

pub(super) fn of(batches: &[FeedBatch], account_type: AccountType) -> &FeedBatch {
    batches.iter().find(|batch| batch.account.account_type == account_type).unwrap()
}

pub(super) fn date(transaction: &FeedTransaction) -> Date {
    transaction.transacted_at.or(transaction.posted_at).unwrap().date()
}

pub(super) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) fn noon(text: &str) -> Timestamp {
    day(text).noon()
}

pub(super) fn cents(batch: &FeedBatch, field: Field) -> i64 {
    let value = batch.account.values.iter().find(|(of, _)| *of == field).map(|(_, value)| value);
    let Some(Value::Money(money)) = value else { panic!("{field:?} of {}", batch.account.name) };
    money.units()
}

pub(super) fn said<'a>(batch: &'a FeedBatch, text: &'a str) -> impl Iterator<Item = &'a FeedTransaction> {
    batch.transactions.iter().filter(move |transaction| transaction.description.contains(text))
}

#[test]
fn as_many_transactions_as_the_contract_says() {
    for user in ["user-1", "user-2", "a", "b", "c", "0a1f"] {
        for now in ["2025-03-02", "2026-01-05", "2026-11-22"] {
            let first = count(&books(&job("mxbank", "").user(user).at(noon(now))));
            assert!((300..=360).contains(&first), "{user} {now}: {first} in 90 days");
            let all = count(&history("mxbank", user, noon(now)));
            assert!((2_300..=2_900).contains(&all), "{user} {now}: {all} in 24 months");
        }
    }
}

#[test]
fn each_account_has_its_number_of_transactions_a_month() {
    let ranges = [
        (AccountType::Unknown, 0, 0),
        (AccountType::Checking, 45, 60),
        (AccountType::Savings, 3, 3),
        (AccountType::Loan, 1, 1),
        (AccountType::CreditCard, 30, 40),
        (AccountType::Investment, 2, 4),
        (AccountType::LineOfCredit, 1, 1),
        (AccountType::Mortgage, 1, 1),
        (AccountType::Property, 0, 0),
        (AccountType::Cash, 4, 4),
        (AccountType::Insurance, 1, 1),
        (AccountType::Prepaid, 5, 5),
        (AccountType::CheckingLineOfCredit, 0, 3),
    ];
    for user in ["user-1", "u2", "u3"] {
        let batches = history("mxbank", user, monday());
        for (account_type, low, high) in ranges {
            let mut months = BTreeMap::new();
            for transaction in &of(&batches, account_type).transactions {
                *months.entry(date(transaction).month_index()).or_insert(0) += 1;
            }
            let whole = day("2024-02-01").month_index()..day("2026-01-01").month_index();
            for month in whole {
                let made = months.get(&month).copied().unwrap_or(0);
                assert!((low..=high).contains(&made), "{user} {account_type:?}: {made} in {month}");
            }
        }
    }
}

#[test]
fn balances_stay_in_their_ranges() {
    for user in 0..12 {
        let user = format!("user-{user}");
        for step in 0..24 {
            let now = day("2025-01-01").plus_days(step * 29).midnight().plus_seconds(i64::from(step) * 3_571);
            let mut job = job("mxbank", "").user(&user).at(now).kind(JobKind::Balance);
            job.login = if step % 2 == 0 { "mxuser" } else { "test_atrium.x" };
            let batches = job.run().data.remove(0);
            for (account_type, low, high) in [
                (AccountType::Unknown, 100, 100),
                (AccountType::Checking, 1_200, 4_800),
                (AccountType::Savings, 5_000, 25_000),
                (AccountType::Loan, 8_000, 22_000),
                (AccountType::CreditCard, 400, 3_000),
                (AccountType::LineOfCredit, 0, 12_000),
                (AccountType::Mortgage, 180_000, 320_000),
                (AccountType::Property, 250_000, 450_000),
                (AccountType::Cash, 40, 200),
                (AccountType::Insurance, 12_000, 12_000),
                (AccountType::Prepaid, 20, 300),
                (AccountType::CheckingLineOfCredit, 0, 900),
            ] {
                let balance = cents(of(&batches, account_type), Field::Balance);
                assert!(
                    (low * 100..=high * 100).contains(&balance),
                    "{user} {now} {account_type:?}: {}",
                    Money::from_units(balance)
                );
            }
        }
    }
}

#[test]
fn the_accounts_of_every_institution() {
    let names = |code| {
        let batches = job(code, "").run().data.remove(0);
        let types: Vec<_> = batches.iter().map(|batch| batch.account.account_type.code()).collect();
        for batch in &batches {
            assert!(batch.account.values.is_sorted_by_key(|(field, _)| *field), "{}", batch.account.name);
            assert!(batch.account.routing_number.is_none() && batch.account.account_holder_name.is_none());
            let number = batch.account.account_number.as_ref();
            assert!(number.is_none_or(|number| number.expose().len() == 4), "the last four digits");
        }
        types
    };
    assert_eq!(names("mxbank"), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 2]);
    assert_eq!(names("mx_bank_oauth"), [1, 2, 4]);
    assert_eq!(names("mxcu_oauth"), [1, 2, 3, 4]);
    assert_eq!(names("mxcu"), [1, 2, 2, 4]);
    assert_eq!(names("sandbox_ca"), [1, 2]);
    assert_eq!(names("sandbox_basic"), [1]);
}

#[test]
fn what_the_credit_card_and_the_certificate_say() {
    let batches = job("mxbank", "").run().data.remove(0);
    let card = of(&batches, AccountType::CreditCard);
    assert_eq!(cents(card, Field::CreditLimit), 1_000_000);
    assert!(card.account.values.contains(&(Field::Apr, Value::Rate("21.99".parse().unwrap()))));
    assert_eq!(cents(of(&batches, AccountType::Insurance), Field::CashSurrenderValue), 1_200_000);
    assert_eq!(cents(of(&batches, AccountType::LineOfCredit), Field::CreditLimit), 5_000_000);
    assert_eq!(cents(of(&batches, AccountType::CheckingLineOfCredit), Field::CreditLimit), 100_000);
    let closed = batches.last().unwrap();
    assert!(closed.account.values.contains(&(Field::IsClosed, Value::Bool(true))));
    assert_eq!(cents(closed, Field::Balance), 0);
}

#[test]
fn numbers_come_with_verify_only_and_owners_with_identify_only() {
    let of_kind = |code, kind| job(code, "").kind(kind).run().data;
    let mut data = of_kind("mxbank", JobKind::Verification);
    let (numbers, plain) = (data.remove(1), data.remove(0));
    let open = |batch: &&FeedBatch| {
        matches!(batch.account.account_type, AccountType::Checking | AccountType::Savings)
            && batch.account.name != "12 Month Certificate"
    };
    let names = |batches: &[&FeedBatch]| batches.iter().map(|b| b.account.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        names(&numbers.iter().collect::<Vec<_>>()),
        names(&plain.iter().filter(open).collect::<Vec<_>>())
    );
    for batch in &numbers {
        assert_eq!(batch.account.routing_number.as_deref(), Some("991234561"));
        let number = batch.account.account_number.as_ref().unwrap().expose();
        assert_eq!(number.len(), 10);
        assert!(number[6..] > *"0999", "no ending that microdeposits act on");
        let short = plain.iter().find(|b| b.account.feed_id == batch.account.feed_id).unwrap();
        let short = short.account.account_number.as_ref().unwrap().expose();
        assert!(short.len() == 4 && number.ends_with(short));
    }
    let canadian = of_kind("sandbox_ca", JobKind::Verification).remove(1);
    assert_eq!(canadian[0].account.routing_number.as_deref(), Some("089901234"));
    assert!(domain::numbers::has_check_digit("991234561"));
    for kind in [JobKind::Aggregation, JobKind::Balance, JobKind::History, JobKind::Identification] {
        let all = of_kind("mxbank", kind).into_iter().flatten();
        assert!(all.map(|batch| batch.account.routing_number).all(|number| number.is_none()), "{kind:?}");
    }
}

#[test]
fn owners_come_with_identify_only_one_for_each_account_and_owner() {
    let owners = |code, kind| {
        let last = job(code, "").kind(kind).run().data.into_iter().nth(1).unwrap_or_default();
        let names = |batch: FeedBatch| -> Vec<String> {
            batch.owners.unwrap_or_default().into_iter().filter_map(|owner| owner.owner_name).collect()
        };
        last.into_iter().map(names).collect::<Vec<_>>()
    };
    let (john, mary) = ("John Smith", "Mary Smith");
    let smiths = owners("mxcu_oauth", JobKind::Identification);
    assert_eq!(smiths, [vec![john, mary], vec![john, mary], vec![john], vec![mary]]);
    assert_eq!(owners("mxcu", JobKind::Identification), vec![vec!["MX Test"]; 4]);
    for kind in [JobKind::Aggregation, JobKind::Verification] {
        assert!(owners("mxcu", kind).concat().is_empty(), "{kind:?}");
    }
    let batches = job("mxcu_oauth", "").kind(JobKind::Identification).run().data.remove(1);
    let holders: Vec<_> = batches.into_iter().filter_map(|b| b.account.account_holder_name).collect();
    let joint = "John Smith and Mary Smith";
    assert_eq!(holders, [joint, joint, john, mary]);
}

#[test]
fn the_same_login_gets_the_same_data_and_another_one_other_data() {
    let books_of = |user, login| {
        let mut job = job("mxbank", "").user(user);
        job.login = login;
        books(&job)
    };
    assert_eq!(books_of("user-1", "mxuser"), books_of("user-1", "mxuser"));
    let ids = |batches: Vec<FeedBatch>| -> BTreeSet<_> {
        batches.into_iter().flat_map(|batch| batch.transactions).map(|t| t.feed_id).collect()
    };
    let first = ids(books_of("user-1", "mxuser"));
    assert!(first.is_disjoint(&ids(books_of("user-1", "mxuser.2"))));
    assert!(first.is_disjoint(&ids(books_of("user-2", "mxuser"))));
}

#[test]
fn every_window_has_the_same_rows() {
    let all = history("mxbank", "user-1", monday());
    let from = day("2025-12-21");
    let late = books(&job("mxbank", "").since(from));
    for (all, late) in all.iter().zip(&late) {
        let expected: Vec<_> = all.transactions.iter().filter(|t| date(t) >= from).cloned().collect();
        assert_eq!(late.transactions, expected, "{}", all.account.name);
        assert_eq!(late.window, Some((from, monday().date())));
        assert!(late.reports_pending && !late.is_complete);
    }
    assert_eq!(all[0].window, Some((day("2024-01-05"), monday().date())), "24 months");
    let more = books(&job("mxbank", "").since(day("2019-01-01")));
    assert_eq!(count(&more), count(&all), "no more than 24 months");
}

#[test]
fn every_row_can_be_shown() {
    for code in ["mxbank", "mx_bank_oauth", "mxcu_oauth", "mxcu", "sandbox_ca", "sandbox_basic"] {
        for batch in history(code, "user-1", monday()) {
            let mut ids = BTreeSet::new();
            for transaction in &batch.transactions {
                assert!(transaction.amount > Money::ZERO, "{transaction:?}");
                assert!(transaction.amount.fits(10));
                assert!(!transaction.description.trim().is_empty());
                assert!(!transaction.extended_transaction_type.is_empty());
                assert!(date(transaction) <= monday().date());
                assert!(ids.insert(transaction.feed_id.clone().unwrap()), "two of {transaction:?}");
                let is_pending = transaction.status == TransactionStatus::Pending;
                assert_eq!(transaction.posted_at.is_none(), is_pending);
                if is_pending {
                    let account_type = batch.account.account_type;
                    assert!(matches!(account_type, AccountType::Checking | AccountType::CreditCard));
                }
            }
            assert!(batch.transactions.is_sorted_by_key(date));
        }
    }
}

#[test]
fn own_transfers_have_two_legs() {
    for code in ["mxbank", "mx_bank_oauth", "mxcu_oauth", "mxcu", "sandbox_ca", "sandbox_basic"] {
        let batches = history(code, "user-1", monday());
        let mut legs: BTreeMap<(Date, Money), i64> = BTreeMap::new();
        for transaction in batches.iter().flat_map(|batch| &batch.transactions) {
            if transaction.extended_transaction_type == "XFER" {
                let sign = if transaction.transaction_type == TransactionType::Credit { 1 } else { -1 };
                *legs.entry((date(transaction), transaction.amount)).or_default() += sign;
            }
        }
        assert!(legs.values().all(|sum| *sum == 0), "{code}: {legs:?}");
        let fewest = if code == "mxbank" { 24 * 8 } else { 24 * (batches.len() - 1) };
        assert!(legs.len() >= fewest.saturating_sub(24), "{code}: {}", legs.len());
    }
}

#[test]
fn the_card_is_paid_by_its_statement() {
    let batches = history("mxbank", "user-1", monday());
    let card = of(&batches, AccountType::CreditCard);
    let sum: i64 =
        card.transactions
            .iter()
            .filter(|t| date(t).month_index() == day("2025-11-01").month_index())
            .filter(|t| t.extended_transaction_type != "XFER")
            .map(|t| {
                if t.transaction_type == TransactionType::Debit {
                    t.amount.units()
                } else {
                    -t.amount.units()
                }
            })
            .sum();
    let paid: Vec<_> = said(card, "PAYMENT RECEIVED").filter(|t| date(t) == day("2025-12-25")).collect();
    assert_eq!(paid[0].amount.units(), sum);
}

#[test]
fn balances_move_by_what_is_posted() {
    for account_type in
        [AccountType::Checking, AccountType::Savings, AccountType::CreditCard, AccountType::Cash]
    {
        for start in ["2025-11-20", "2025-12-28"] {
            let earlier = history("mxbank", "user-1", noon(start));
            let later = history("mxbank", "user-1", noon(start).plus_seconds(86_400 * 9));
            let posted = |batches| -> i64 {
                let of = |t: &&FeedTransaction| {
                    t.status == TransactionStatus::Posted && date(t) >= day("2025-11-01")
                };
                let change = |t: &FeedTransaction| match t.transaction_type {
                    TransactionType::Credit => t.amount.units(),
                    TransactionType::Debit => -t.amount.units(),
                };
                super::data::of(batches, account_type).transactions.iter().filter(of).map(change).sum()
            };
            let balance = |batches| cents(super::data::of(batches, account_type), Field::Balance);
            let sign = if account_type.is_debt() { -1 } else { 1 };
            assert_eq!(
                balance(&later) - balance(&earlier),
                sign * (posted(&later) - posted(&earlier)),
                "{account_type:?} from {start}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// A later look adds days and settles pendings; what was posted stays as it was.
    #[test]
    fn time_only_adds_or_posts(user in "[a-z]{1,6}", start in 20_100i32..20_800, hours in 1i64..400) {
        let now = Date::from_days(start).midnight().plus_seconds(50_000);
        let from = Date::from_days(start - 40);
        let before = books(&job("mxcu", "").user(&user).at(now).since(from));
        let after = books(&job("mxcu", "").user(&user).at(now.plus_seconds(hours * 3_600)).since(from));
        for (before, after) in before.iter().zip(&after) {
            let later: BTreeMap<_, _> = after.transactions.iter().map(|t| (&t.feed_id, t)).collect();
            let earlier: BTreeMap<_, _> = before.transactions.iter().map(|t| (&t.feed_id, t)).collect();
            for posted in before.transactions.iter().filter(|t| t.status == TransactionStatus::Posted) {
                prop_assert_eq!(later.get(&posted.feed_id).copied(), Some(posted));
            }
            for pending in after.transactions.iter().filter(|t| t.status == TransactionStatus::Pending) {
                if let Some(earlier) = earlier.get(&pending.feed_id) {
                    prop_assert_eq!(*earlier, pending);
                }
            }
        }
    }
}
