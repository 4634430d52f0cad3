//! A statement while it is read, and the account it becomes.
use super::{
    NOTICES_MAX, Notice, Statement,
    bank::{amount, currency_code},
    card,
    invest::{HeldPosition, Securities},
    reader::{Fault, Field, Lines, RawNotice},
    tags::Tag,
    value,
};
use domain::{
    account::Field as AccountField,
    decimal::Money,
    enums::{AccountSubtype, AccountType},
    feed::{FeedAccount, FeedBatch, FeedHolding, FeedTransaction},
    secret::SecretText,
    time::{Date, Timestamp},
    value::Value,
};
use std::borrow::Cow;

/// Characters of an account number that its name shows.
const NAME_DIGITS: usize = 4;

/// What was read of a statement so far.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    kind: Tag,
    offset: usize,
    currency: Option<String>,
    bank_id: Cow<'a, str>,
    number: Cow<'a, str>,
    /// The account number, where it is a card number.
    card: Option<String>,
    account_type: Cow<'a, str>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    as_of: Option<Timestamp>,
    ledger: Option<Money>,
    ledger_as_of: Option<Timestamp>,
    available: Option<Money>,
    cash: Option<Money>,
    plan_total: Option<Money>,
    pub(super) reports_pending: bool,
    pub(super) has_positions: bool,
    pub(super) transactions: Vec<FeedTransaction>,
    /// Transactions that are described by a security: index, and the security's id.
    pub(super) trades: Vec<(usize, String)>,
    pub(super) positions: Vec<HeldPosition>,
    pub(super) removed: Vec<String>,
    pub(super) notices: Vec<RawNotice>,
}

impl<'a> Builder<'a> {
    /// The statement that begins at this byte.
    pub(super) fn new(kind: Tag, offset: usize) -> Self {
        Self {
            kind,
            offset,
            currency: None,
            bank_id: Cow::default(),
            number: Cow::default(),
            card: None,
            account_type: Cow::default(),
            from: None,
            until: None,
            as_of: None,
            ledger: None,
            ledger_as_of: None,
            available: None,
            cash: None,
            plan_total: None,
            reports_pending: false,
            has_positions: false,
            transactions: Vec::new(),
            trades: Vec::new(),
            positions: Vec::new(),
            removed: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Keeps a notice.
    pub(super) fn note(&mut self, offset: usize, element: &'static str, text: &'static str) {
        if self.notices.len() < NOTICES_MAX {
            self.notices.push(RawNotice { offset, element, text });
        }
    }

    /// A text of a transaction as it may leave the module; `None` where there is none.
    pub(super) fn public(&self, field: Option<&Field<'_>>) -> Option<String> {
        let text = &field?.text;
        match &self.card {
            Some(card) => value::public(&card::mask_known(text, card)),
            None => value::public(text),
        }
    }

    /// An id of a transaction as it may leave the module; `None` where there is none.
    pub(super) fn public_id(&self, field: Option<&Field<'_>>) -> Option<String> {
        let id = &field?.text;
        match &self.card {
            Some(card) => value::public_id(&card::mask_known_id(id, card)),
            None => value::public_id(id),
        }
    }

    /// The bytes whose lines will be asked for.
    pub(super) fn offsets(&self) -> impl Iterator<Item = usize> {
        self.notices.iter().map(|notice| notice.offset).chain([self.offset])
    }

    /// Takes a value of the statement; `around` is the aggregate it stands in.
    pub(super) fn set(&mut self, tag: Tag, around: Tag, field: Field<'a>) -> Result<(), Fault> {
        match (around, tag) {
            (_, Tag::DefaultCurrency) => {
                self.currency = currency_code(&field.text);
                if self.currency.is_none() {
                    self.note(field.offset, "CURDEF", "not a currency code; left out");
                }
            }
            (Tag::Account, Tag::BankId) => self.bank_id = field.text,
            (Tag::Account, Tag::AccountId) => {
                self.card = card::card_digits(&field.text);
                self.number = field.text;
            }
            (Tag::Account, Tag::AccountType) => self.account_type = field.text,
            (Tag::Transactions, Tag::From) => self.from = self.date(&field, "DTSTART"),
            (Tag::Transactions, Tag::Until) => self.until = self.date(&field, "DTEND"),
            (Tag::LedgerBalance, Tag::BalanceAmount) => self.ledger = Some(amount(&field, "BALAMT")?),
            (Tag::AvailableBalance, Tag::BalanceAmount) => self.available = Some(amount(&field, "BALAMT")?),
            (Tag::LedgerBalance, Tag::AsOf) => self.ledger_as_of = self.date(&field, "LEDGERBAL/DTASOF"),
            (Tag::InvestmentStatement | Tag::LoanStatement, Tag::AsOf) => {
                self.as_of = self.date(&field, "DTASOF");
            }
            (Tag::InvestmentBalance, Tag::AvailableCash) => self.cash = Some(amount(&field, "AVAILCASH")?),
            (Tag::PlanBalance, Tag::Total) => self.plan_total = Some(amount(&field, "TOTAL")?),
            (Tag::LoanStatement, Tag::PrincipalBalance) if self.ledger.is_none() => {
                self.ledger = Some(amount(&field, "PRINBAL")?);
            }
            _ => {}
        }
        Ok(())
    }

    fn date(&mut self, field: &Field<'a>, element: &'static str) -> Option<Timestamp> {
        let moment = value::moment(&field.text);
        if moment.is_none() {
            self.note(field.offset, element, "not a date; left out");
        }
        moment
    }

    /// The statement, with what the whole file told.
    pub(super) fn finish(
        mut self,
        securities: &Securities,
        server_time: Option<Timestamp>,
        lines: &Lines,
    ) -> Statement {
        for (index, id) in std::mem::take(&mut self.trades) {
            if let (Some(transaction), Some(name)) = (self.transactions.get_mut(index), securities.name(&id))
            {
                name.clone_into(&mut transaction.description);
            }
        }
        let holdings = self.has_positions.then(|| securities.holdings(std::mem::take(&mut self.positions)));
        let (account_type, account_subtype, words) = self.account_type();
        let balance = self.balance(account_type, holdings.as_deref());
        let as_of = self.ledger_as_of.or(self.as_of).or(self.until).or(server_time);
        let number = card::mask(&self.number).into_owned();
        let account = FeedAccount {
            feed_id: None,
            account_type,
            account_subtype,
            name: name(words, &number),
            values: self.values(account_type, balance),
            account_number: (!number.is_empty()).then(|| SecretText::new(number)),
            routing_number: self.routing_number(),
            account_holder_name: None,
        };
        let window = self.window();
        let notices = self.notices.iter().map(|notice| Notice {
            line: lines.line(notice.offset),
            element: notice.element.to_owned(),
            text: notice.text,
        });
        Statement {
            notices: notices.collect(),
            batch: FeedBatch {
                account,
                transactions: self.transactions,
                window,
                reports_pending: self.reports_pending,
                is_complete: false,
                holdings,
                owners: None,
            },
            ledger_balance: balance.zip(as_of),
            removed: self.removed,
            line: lines.line(self.offset),
        }
    }

    /// Days by the same rule as those of the transactions, so that they compare.
    fn window(&self) -> Option<(Date, Date)> {
        let window = (self.from?.date(), self.until?.date());
        (window.0 <= window.1).then_some(window)
    }

    fn routing_number(&self) -> Option<String> {
        let is_routing_number = self.bank_id.len() == 9 && self.bank_id.bytes().all(|b| b.is_ascii_digit());
        is_routing_number.then(|| self.bank_id.to_string())
    }

    fn values(&self, account_type: AccountType, balance: Option<Money>) -> Vec<(AccountField, Value)> {
        let mut values = Vec::new();
        let mut add = |field, money: Option<Money>| {
            values.extend(money.map(|money| (field, Value::Money(money))));
        };
        if account_type.is_debt() {
            let credit = self.available.filter(|money| *money > Money::ZERO);
            add(AccountField::AvailableCredit, credit);
        } else {
            add(AccountField::AvailableBalance, self.available);
        }
        add(AccountField::Balance, balance);
        add(AccountField::CashBalance, self.cash);
        if account_type == AccountType::Investment {
            add(AccountField::TotalAccountValue, balance);
        }
        values.extend(self.currency.clone().map(|code| (AccountField::CurrencyCode, Value::Text(code))));
        values.sort_by_key(|(field, _)| *field);
        values
    }

    /// The balance with the contract's sign. OFX writes what is owed on cards and lines as negative; loans
    /// are written with either sign and are always owed.
    fn balance(&self, account_type: AccountType, holdings: Option<&[FeedHolding]>) -> Option<Money> {
        if let Some(ledger) = self.ledger {
            return match account_type {
                _ if self.kind == Tag::LoanStatement => Some(ledger.abs()),
                debt if debt.is_debt() => Money::ZERO.checked_sub(ledger),
                _ => Some(ledger),
            };
        }
        if self.kind != Tag::InvestmentStatement {
            return None;
        }
        self.plan_total.or_else(|| self.total_value(holdings?))
    }

    /// Cash and positions; `None` where a position has no value or one in another currency.
    fn total_value(&self, holdings: &[FeedHolding]) -> Option<Money> {
        let start = self.cash.unwrap_or(Money::ZERO);
        holdings.iter().try_fold(start, |sum, holding| {
            let is_own = holding.currency_code.is_none() || holding.currency_code == self.currency;
            sum.checked_add(holding.market_value.filter(|_| is_own)?)
        })
    }

    /// Type, subtype and the words for both.
    fn account_type(&self) -> (AccountType, Option<AccountSubtype>, &'static str) {
        use {AccountSubtype as Sub, AccountType as Type};
        let told = self.account_type.to_ascii_uppercase();
        match (self.kind, told.as_str()) {
            (Tag::CardStatement, _) | (Tag::BankStatement, "CREDITCARD") => {
                (Type::CreditCard, None, "Credit Card")
            }
            (Tag::InvestmentStatement, _) => (Type::Investment, None, "Investment"),
            (Tag::LoanStatement, "MORTGAGE") => (Type::Mortgage, None, "Mortgage"),
            (Tag::LoanStatement, "HELOC") => (Type::LineOfCredit, Some(Sub::Heloc), "Line of Credit"),
            (Tag::LoanStatement, "AUTO") => (Type::Loan, Some(Sub::Auto), "Auto Loan"),
            (Tag::LoanStatement, "STUDENT") => (Type::Loan, Some(Sub::Student), "Student Loan"),
            (Tag::LoanStatement, _) => (Type::Loan, None, "Loan"),
            (_, "CHECKING") => (Type::Checking, None, "Checking"),
            (_, "SAVINGS") => (Type::Savings, None, "Savings"),
            (_, "MONEYMRKT") => (Type::Savings, Some(Sub::MoneyMarket), "Money Market"),
            (_, "CD") => (Type::Savings, Some(Sub::CertificateOfDeposit), "Certificate of Deposit"),
            (_, "CREDITLINE") => (Type::LineOfCredit, None, "Line of Credit"),
            _ => (Type::Unknown, None, "Account"),
        }
    }
}

/// `Checking 5678`: the type and the last characters of the number.
fn name(words: &str, number: &str) -> String {
    let skipped = number.chars().count().saturating_sub(NAME_DIGITS);
    let tail: String = number.chars().skip(skipped).collect();
    format!("{words} {}", tail.trim()).trim_end().to_owned()
}
