//! Accounts as the feed tells them. Source: `spec: sandbox, 3`.
use super::{
    ledger::Ledger,
    plan::{AccountPlan, OwnerPlan, key},
    seed::{day_of, last_of},
    transfers::{CARD_DAY, LINE_DAY, LINE_PAYMENT, LOAN_DAY, LOAN_PAYMENT, MORTGAGE_DAY, MORTGAGE_PAYMENT},
};
use domain::{
    account::Field,
    decimal::{Money, Rate},
    feed::{FeedAccount, FeedBatch, FeedOwner},
    secret::SecretText,
    time::{Date, Timestamp},
    value::Value,
};

/// What the feed tells of accounts besides their balances and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// No more: numbers are masked.
    Plain,
    /// Whole numbers.
    Numbers,
    /// Owners.
    Owners,
}

impl Ledger {
    /// A batch for each account, with neither transactions nor holdings.
    pub(super) fn batches(&self, part: Part, now: Timestamp) -> Vec<FeedBatch> {
        self.accounts()
            .iter()
            .map(|account| FeedBatch {
                account: self.feed_account(account, part, now),
                transactions: Vec::new(),
                window: None,
                reports_pending: true,
                is_complete: false,
                holdings: None,
                owners: (part == Part::Owners).then(|| account.owners.iter().map(feed_owner).collect()),
            })
            .collect()
    }

    fn feed_account(&self, account: &AccountPlan, part: Part, now: Timestamp) -> FeedAccount {
        let number = account.number(self.seed());
        let is_verified = part == Part::Numbers && account.has_numbers();
        let told = |number: String| {
            if is_verified { number } else { number.chars().skip(number.len().saturating_sub(4)).collect() }
        };
        let mut values = self.values(account, now);
        values.sort_by_key(|(field, _)| *field);
        FeedAccount {
            feed_id: Some(self.seed().id(account.key, "account", Date::from_days(0))),
            account_type: account.account_type,
            account_subtype: account.subtype,
            name: account.name.to_owned(),
            account_number: number.map(told).map(SecretText::new),
            routing_number: is_verified.then(|| self.bank().routing_number.to_owned()),
            account_holder_name: (part == Part::Owners).then(|| account.holder.to_owned()),
            values,
        }
    }

    fn values(&self, account: &AccountPlan, now: Timestamp) -> Vec<(Field, Value)> {
        let balance = self.balance(account.key, now);
        let mut values = vec![
            (Field::Balance, money(balance)),
            (Field::CurrencyCode, Value::Text(account.currency.to_owned())),
            (Field::IsClosed, Value::Bool(account.is_closed())),
        ];
        match account.key {
            key::CHECKING => {
                let available = balance - self.pending(account.key, now);
                values.push((Field::AvailableBalance, money(available)));
            }
            key::SAVINGS | key::EUR => {
                values.push((Field::AvailableBalance, money(balance)));
                let apy = if account.key == key::EUR { 2_000_000 } else { 4_180_000 };
                values.push((Field::Apy, rate(apy)));
            }
            key::CERTIFICATE => values.extend([
                (Field::Apy, rate(4_500_000)),
                (Field::StartedOn, Value::Date(day_of(2021 * 12 + 2, 15))),
                (Field::MaturesOn, Value::Date(day_of(2022 * 12 + 2, 15))),
            ]),
            key::PREPAID | key::CASH => values.push((Field::AvailableBalance, money(balance))),
            key::CARD => values.extend(self.card_values(balance, now)),
            key::LOAN => {
                let terms = Terms { day: LOAN_DAY, payment: LOAN_PAYMENT, interest: 5_490_000 };
                values.extend(terms.values(balance, 2_196_500, now));
            }
            key::MORTGAGE => {
                let terms = Terms { day: MORTGAGE_DAY, payment: MORTGAGE_PAYMENT, interest: 3_875_000 };
                values.extend(terms.values(balance, 31_924_000, now));
            }
            key::LINE => {
                let terms = Terms { day: LINE_DAY, payment: LINE_PAYMENT, interest: 8_250_000 };
                values.extend(terms.values(balance, 1_200_000, now));
                values.push((Field::CreditLimit, money(5_000_000)));
            }
            key::OVERDRAFT_LINE => {
                values.extend([(Field::CreditLimit, money(100_000)), (Field::Apr, rate(18_000_000))]);
            }
            key::INSURANCE => values.extend([
                (Field::CashSurrenderValue, money(balance)),
                (Field::DeathBenefit, money(25_000_000)),
            ]),
            key::INVESTMENT => values.extend([
                (Field::CashBalance, money(self.investment_cash(now))),
                (Field::TotalAccountValue, money(balance)),
            ]),
            _ => {}
        }
        values
    }

    fn card_values(&self, balance: i64, now: Timestamp) -> Vec<(Field, Value)> {
        let statement = self.statement(now.date().month_index() - 1);
        let (paid_on, paid) = self.card_payment(now);
        let minimum = (statement / 50).max(2_500).min(balance.max(0));
        vec![
            (Field::CreditLimit, money(1_000_000)),
            (Field::Apr, rate(21_990_000)),
            (Field::StatementBalance, money(statement)),
            (Field::MinimumPayment, money(minimum)),
            (Field::LastPayment, money(paid)),
            (Field::LastPaymentAt, Value::Time(paid_on.noon())),
            (Field::DayPaymentIsDue, Value::Integer(CARD_DAY)),
            (Field::PaymentDueAt, Value::Time(next(CARD_DAY, now.date()).noon())),
        ]
    }
}

/// The terms of a loan: day of the month, payment, interest in millionths of a percent.
struct Terms {
    day: i64,
    payment: i64,
    interest: i64,
}

impl Terms {
    fn values(&self, balance: i64, original: i64, now: Timestamp) -> Vec<(Field, Value)> {
        let due = next(self.day, now.date());
        let paid_on = day_of(due.month_index() - 1, self.day);
        vec![
            (Field::InterestRate, rate(self.interest)),
            (Field::OriginalBalance, money(original)),
            (Field::PayoffBalance, money(balance)),
            (Field::MinimumPayment, money(self.payment)),
            (Field::LastPayment, money(self.payment)),
            (Field::LastPaymentAt, Value::Time(paid_on.noon())),
            (Field::DayPaymentIsDue, Value::Integer(self.day)),
            (Field::PaymentDueAt, Value::Time(due.noon())),
        ]
    }
}

/// The next such day of a month after today.
fn next(day: i64, today: Date) -> Date {
    let month = today.month_index();
    let this = day_of(month, day);
    if this > today { this } else { day_of(month + 1, day).min(last_of(month + 1)) }
}

fn feed_owner(owner: &OwnerPlan) -> FeedOwner {
    let text = |text: &str| Some(text.to_owned());
    FeedOwner {
        owner_name: text(owner.name),
        address: text(owner.home.address),
        city: text(owner.home.city),
        state: text(owner.home.state),
        postal_code: text(owner.home.postal_code),
        country: text(owner.home.country),
        email: text(owner.email),
        phone: text(owner.phone),
    }
}

fn money(cents: i64) -> Value {
    Value::Money(Money::from_units(cents))
}

fn rate(millionths: i64) -> Value {
    Value::Rate(Rate::from_units(millionths))
}
