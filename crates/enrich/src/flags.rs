//! The flags of `spec: nexus-pfm, 16.6`, each with why it is true. `is_recurring` is an input: it needs the history.
use crate::{
    Input,
    merchant::Merchant,
    reason::FlagReason::{self, Category as OfCategory, CreditIn, DebitIn, RecurringIn, Registry, Words},
};
use domain::{category, enums::TransactionType};

/// What a phrase says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlagPhrase {
    Overdraft,
    PayrollAdvance,
    DirectDeposit,
    BillPay,
    Subscription,
}
use FlagPhrase::{BillPay, DirectDeposit, Overdraft, PayrollAdvance, Subscription};

/// The phrases of the table, in words: a hyphen is a space.
pub(crate) const FLAG_PHRASES: &[(&str, FlagPhrase)] = &[
    ("overdraft", Overdraft),
    ("od fee", Overdraft),
    ("nsf", Overdraft),
    ("insufficient funds", Overdraft),
    ("non sufficient funds", Overdraft),
    ("returned item fee", Overdraft),
    ("payroll advance", PayrollAdvance),
    ("pay advance", PayrollAdvance),
    ("wage advance", PayrollAdvance),
    ("earned wage", PayrollAdvance),
    ("direct dep", DirectDeposit),
    ("direct deposit", DirectDeposit),
    ("dir dep", DirectDeposit),
    ("dirdep", DirectDeposit),
    ("payroll", DirectDeposit),
    ("salary", DirectDeposit),
    ("bill pay", BillPay),
    ("billpay", BillPay),
    ("bill pmt", BillPay),
    ("bill payment", BillPay),
    ("e bill", BillPay),
    ("ebill", BillPay),
    ("subscription", Subscription),
    ("membership", Subscription),
];

/// Categories outside Bills & Utilities whose debits are bills.
const BILLS: &[&str] = &[
    "Auto Insurance",
    "Auto Payment",
    "Credit Card Payment",
    "Health Insurance",
    "Home Insurance",
    "Life Insurance",
    "Mortgage & Rent",
    "Mortgage Payment",
    "Student Loan",
    "Tuition",
];

/// Categories outside Entertainment in which what recurs is a subscription.
const SUBSCRIPTIONS: &[&str] = &[
    "Domain Names",
    "Electronics & Software",
    "Fraud Protection",
    "Gym",
    "Hosting",
    "Internet",
    "Television",
];

/// The phrases a text has, the first of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Phrases([Option<&'static str>; 5]);

impl Phrases {
    pub(crate) fn add(&mut self, kind: FlagPhrase, phrase: &'static str) {
        if let Some(slot) = self.0.get_mut(kind as usize) {
            slot.get_or_insert(phrase);
        }
    }

    fn get(&self, kind: FlagPhrase) -> Option<FlagReason> {
        self.0.get(kind as usize).copied().flatten().map(Words)
    }
}

/// The flags: why each that is true is true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// A credit below Income.
    pub is_income: Option<FlagReason>,
    /// A debit that is neither income, transfer nor investment.
    pub is_expense: Option<FlagReason>,
    /// A debit below Fees & Charges.
    pub is_fee: Option<FlagReason>,
    /// A fee for an overdraft.
    pub is_overdraft_fee: Option<FlagReason>,
    /// Wages before they are due.
    pub is_payroll_advance: Option<FlagReason>,
    /// Wages and the like, paid into an account of a deposit type.
    pub is_direct_deposit: Option<FlagReason>,
    /// The payment of a bill.
    pub is_bill_pay: Option<FlagReason>,
    /// The payment of a subscription.
    pub is_subscription: Option<FlagReason>,
}

impl Flags {
    /// Every flag by its name, in the order of the contract's table.
    pub fn all(&self) -> [(&'static str, Option<FlagReason>); 8] {
        [
            ("is_income", self.is_income),
            ("is_expense", self.is_expense),
            ("is_fee", self.is_fee),
            ("is_overdraft_fee", self.is_overdraft_fee),
            ("is_payroll_advance", self.is_payroll_advance),
            ("is_direct_deposit", self.is_direct_deposit),
            ("is_bill_pay", self.is_bill_pay),
            ("is_subscription", self.is_subscription),
        ]
    }
}

/// The flags of a transaction in a category, given by its number and that of its top-level one: a user's own
/// category counts as what it lies below.
pub(crate) fn flags(
    input: &Input<'_>,
    phrases: &Phrases,
    merchant: Option<&'static Merchant>,
    category_no: i64,
    top_level_no: i64,
) -> Flags {
    let name = |no| category::by_no(no).map_or("", |category| category.name);
    let (category, tree) = (name(category_no), name(top_level_no));
    let is_credit = input.transaction_type == TransactionType::Credit;
    let credit = |reason: Option<FlagReason>| reason.filter(|_| is_credit);
    let debit = |reason: Option<FlagReason>| reason.filter(|_| !is_credit);
    let when = |holds: bool, reason: FlagReason| holds.then_some(reason);
    let marked = |is_marked: fn(&Merchant) -> bool| {
        merchant.filter(|merchant| is_marked(merchant)).map(|merchant| Registry(merchant.name))
    };

    let is_fee = debit(when(tree == "Fees & Charges", DebitIn("Fees & Charges")));
    let not_fee = |reason: Option<FlagReason>| debit(reason).filter(|_| is_fee.is_none());
    let is_payroll_advance =
        credit(marked(|merchant| merchant.marks.is_payroll_advance).or(phrases.get(PayrollAdvance)));
    let is_direct_deposit =
        credit(when(category == "Paycheck", OfCategory(category)).or(phrases.get(DirectDeposit)));
    let is_bill = when(tree == "Bills & Utilities", DebitIn("Bills & Utilities"))
        .or(when(BILLS.contains(&category), OfCategory(category)))
        .or(phrases.get(BillPay));
    let recurs_in = when(tree == "Entertainment", RecurringIn(tree))
        .or(when(SUBSCRIPTIONS.contains(&category), RecurringIn(category)))
        .filter(|_| input.is_recurring == Some(true));
    let is_subscription =
        marked(|merchant| merchant.marks.is_subscription).or(phrases.get(Subscription)).or(recurs_in);
    Flags {
        is_income: credit(when(tree == "Income", CreditIn(tree))),
        is_expense: debit(when(!["Income", "Transfer", "Investments"].contains(&tree), DebitIn(tree))),
        is_fee,
        is_overdraft_fee: is_fee.and(phrases.get(Overdraft)),
        is_payroll_advance,
        is_direct_deposit: is_direct_deposit
            .filter(|_| input.account_is_deposit && is_payroll_advance.is_none()),
        is_bill_pay: not_fee(is_bill),
        is_subscription: not_fee(is_subscription),
    }
}
