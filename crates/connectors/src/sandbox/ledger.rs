//! The books of one login: months of entries, and the balances that follow from them.
//!
//! A month of an account is made from the seed alone, so that every window of history has the same rows.
use super::{
    checking::Path,
    entry::Entry,
    plan::{AccountPlan, BankPlan, key},
    seed::{Seed, day_of},
    transfers::{CARD_DAY, LINE_DAY, LINE_PAYMENT, LOAN_DAY, LOAN_PAYMENT, MORTGAGE_DAY, MORTGAGE_PAYMENT},
};
use domain::{
    feed::FeedTransaction,
    time::{Date, Timestamp},
};
use std::{cell::RefCell, collections::BTreeMap};

/// Month from which the payments of loans are counted: January 2024.
const FIRST_PAYMENT: i32 = 2024 * 12;

/// The books of one login.
pub(super) struct Ledger {
    seed: Seed,
    bank: &'static BankPlan,
    paths: RefCell<BTreeMap<i32, Path>>,
    statements: RefCell<BTreeMap<i32, i64>>,
}

impl Ledger {
    /// The books of a seed at an institution.
    pub(super) fn new(seed: Seed, bank: &'static BankPlan) -> Self {
        Self { seed, bank, paths: RefCell::default(), statements: RefCell::default() }
    }

    pub(super) fn seed(&self) -> &Seed {
        &self.seed
    }

    pub(super) fn bank(&self) -> &'static BankPlan {
        self.bank
    }

    /// The accounts, in their order.
    pub(super) fn accounts(&self) -> &'static [AccountPlan] {
        self.bank.accounts
    }

    /// The path of a month of the checking account, worked out once.
    pub(super) fn remembered_path(&self, month: i32, work_out: impl FnOnce() -> Path) -> Path {
        if let Some(path) = self.paths.borrow().get(&month) {
            return *path;
        }
        let path = work_out();
        self.paths.borrow_mut().insert(month, path);
        path
    }

    /// The sum of a statement of the card, worked out once.
    pub(super) fn remembered_statement(&self, month: i32, work_out: impl FnOnce() -> i64) -> i64 {
        if let Some(cents) = self.statements.borrow().get(&month) {
            return *cents;
        }
        let cents = work_out();
        self.statements.borrow_mut().insert(month, cents);
        cents
    }

    /// What a month brings to an account, in the order of time.
    pub(super) fn month(&self, account: &str, month: i32) -> Vec<Entry> {
        let mut entries = match account {
            key::CHECKING => self.checking(month),
            key::SAVINGS => self.savings(month),
            key::CARD => self.card(month),
            key::EUR => self.eur(month),
            key::CASH => self.cash(month),
            key::PREPAID => self.prepaid(month),
            key::INVESTMENT => self.investment(month),
            _ => self.legs(account, month),
        };
        let second = |entry: &Entry| entry.purchase.as_ref().and_then(|purchase| purchase.second);
        entries.sort_by(|a, b| (a.date, second(a), &a.tag).cmp(&(b.date, second(b), &b.tag)));
        entries
    }

    /// What the feed tells now of the days from `from`, oldest first.
    pub(super) fn transactions(
        &self,
        account: &AccountPlan,
        from: Date,
        now: Timestamp,
    ) -> Vec<FeedTransaction> {
        (from.month_index()..=now.date().month_index())
            .flat_map(|month| self.month(account.key, month))
            .filter(|entry| entry.date >= from)
            .filter_map(|entry| entry.told(&self.seed, account.key, account.currency, now))
            .collect()
    }

    /// The balance now, in hundredths: what is owed where the account is a debt.
    pub(super) fn balance(&self, account: &str, now: Timestamp) -> i64 {
        let month = now.date().month_index();
        let fixed = |low: i64, high: i64| self.seed.draw(account, "balance", 0).between(low, high) * 100;
        match account {
            key::UNKNOWN => 10_000,
            key::CHECKING => self.path(month).start + self.posted(account, now),
            key::SAVINGS => self.savings_start(month) + self.posted(account, now),
            key::EUR => self.eur_start() + self.posted(account, now),
            key::CARD => self.statement(month - 1) - self.posted(account, now),
            key::LOAN => 800_000 + LOAN_PAYMENT * self.payments_left(account, now, LOAN_DAY, 49),
            key::LINE => LINE_PAYMENT * self.payments_left(account, now, LINE_DAY, 50),
            key::MORTGAGE => {
                18_000_000 + MORTGAGE_PAYMENT * self.payments_left(account, now, MORTGAGE_DAY, 118)
            }
            key::PROPERTY => fixed(250_000, 450_000),
            key::CASH => fixed(40, 110) + self.posted(account, now),
            key::PREPAID => fixed(20, 200) + self.posted(account, now),
            key::INSURANCE => 1_200_000,
            key::OVERDRAFT_LINE => fixed(0, 550) - self.posted(account, now),
            key::INVESTMENT => self.investment_cash(now) + self.holdings_value(now.date()),
            _ => 0,
        }
    }

    /// The cash of the brokerage account: what came at the last month's end lies in it until invested.
    pub(super) fn investment_cash(&self, now: Timestamp) -> i64 {
        let start = self.seed.draw(key::INVESTMENT, "cash", 0).between(300_000, 600_000);
        start + self.sweep(now.date().month_index() - 1) + self.posted(key::INVESTMENT, now)
    }

    /// The change since the month began by what is posted; what is left from before and is still pending
    /// has been counted already and is taken out.
    fn posted(&self, account: &str, now: Timestamp) -> i64 {
        let month = now.date().month_index();
        let changes = |month, is_settled: bool| -> i64 {
            let entries = self.month(account, month);
            let chosen = entries.iter().filter(|entry| entry.is_settled(now) == is_settled);
            chosen.map(Entry::change).sum()
        };
        changes(month, true) - changes(month - 1, false)
    }

    /// What is pending now, in hundredths: the sum of what the feed shows.
    pub(super) fn pending(&self, account: &str, now: Timestamp) -> i64 {
        let month = now.date().month_index();
        (month - 1..=month)
            .flat_map(|month| self.month(account, month))
            .filter(|entry| entry.is_made(now) && !entry.is_settled(now))
            .map(|entry| entry.shown)
            .sum()
    }

    /// Monthly payments still to be made; a debt that is paid off begins anew.
    fn payments_left(&self, account: &str, now: Timestamp, day: i64, of: i64) -> i64 {
        let (_, _, today) = now.date().ymd();
        let made = now.date().month_index() - FIRST_PAYMENT + i32::from(i64::from(today) >= day);
        let before = self.seed.draw(account, "payments made", 0).between(0, 11);
        of - (i64::from(made) + before).rem_euclid(of)
    }

    /// The latest payment of the card: its day and what it paid.
    pub(super) fn card_payment(&self, now: Timestamp) -> (Date, i64) {
        let month = now.date().month_index();
        let last = if day_of(month, CARD_DAY) <= now.date() { month } else { month - 1 };
        (day_of(last, CARD_DAY), self.statement(last - 1))
    }
}
