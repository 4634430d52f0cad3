//! Money moved between accounts of one login: always two legs of the same day and amount.
use super::{
    entry::Entry,
    ledger::Ledger,
    plan::key,
    seed::{day_of, last_of},
};
use domain::time::Date;

/// Monthly payments, hundredths.
pub(super) const MORTGAGE_PAYMENT: i64 = 118_000;
pub(super) const LOAN_PAYMENT: i64 = 28_500;
pub(super) const LINE_PAYMENT: i64 = 24_000;
/// Days of the month on which they are due.
pub(super) const MORTGAGE_DAY: i64 = 1;
pub(super) const LOAN_DAY: i64 = 17;
pub(super) const LINE_DAY: i64 = 18;
pub(super) const CARD_DAY: i64 = 25;

const SAVED: i64 = 30_000;
pub(super) const RELOAD: i64 = 6_000;
const PREMIUM: i64 = 5_000;

/// Money that moves from one account to another.
pub(super) struct Transfer {
    date: Date,
    tag: &'static str,
    from: &'static str,
    to: &'static str,
    cents: i64,
    /// What the account it leaves says.
    sent: &'static str,
    /// What the account it reaches says.
    received: &'static str,
}

impl Ledger {
    /// The transfers of a month for which both accounts exist, but for the one that ends it.
    fn transfers(&self, month: i32) -> Vec<Transfer> {
        let mut all = Vec::new();
        let mut add = |day: i64, tag, (from, to), cents, sent, received| {
            if self.bank().has(from) && self.bank().has(to) && cents > 0 {
                all.push(Transfer { date: day_of(month, day), tag, from, to, cents, sent, received });
            }
        };
        let thanks = "PAYMENT RECEIVED - THANK YOU";
        let from_checking = |to| (key::CHECKING, to);
        let payment = |name| (name, thanks);
        let (sent, received) = payment("MORTGAGE PAYMENT MX HOME LOANS");
        add(MORTGAGE_DAY, "mortgage", from_checking(key::MORTGAGE), MORTGAGE_PAYMENT, sent, received);
        let (sent, received) = ("ONLINE TRANSFER TO SAVINGS", "ONLINE TRANSFER FROM CHECKING");
        add(2, "saved", from_checking(key::SAVINGS), SAVED, sent, received);
        let (sent, received) = ("PREPAID CARD RELOAD", "RELOAD FROM CHECKING");
        add(6, "reload", from_checking(key::PREPAID), RELOAD, sent, received);
        let (sent, received) = ("ONLINE TRANSFER TO CHECKING", "ONLINE TRANSFER FROM SAVINGS");
        add(27, "unsaved", (key::SAVINGS, key::CHECKING), self.unsaved(month), sent, received);
        let (sent, received) = payment("AUTO LOAN PAYMENT");
        add(LOAN_DAY, "loan", from_checking(key::LOAN), LOAN_PAYMENT, sent, received);
        let (sent, received) = payment("HOME EQUITY LINE PAYMENT");
        add(LINE_DAY, "line", from_checking(key::LINE), LINE_PAYMENT, sent, received);
        let (sent, received) = ("LIFE INSURANCE PREMIUM HARBOR LIFE", "PREMIUM RECEIVED");
        add(22, "premium", from_checking(key::INSURANCE), PREMIUM, sent, received);
        let card = if self.bank().has(key::CARD) { self.statement(month - 1) } else { 0 };
        let (sent, received) = payment("CREDIT CARD PAYMENT REWARDS CARD");
        add(CARD_DAY, "card", from_checking(key::CARD), card, sent, received);
        if let Some((day, back, cents)) = self.advance(month) {
            let (sent, received) = ("OVERDRAFT LINE ADVANCE", "ADVANCE FROM LINE OF CREDIT");
            add(day, "advance", (key::OVERDRAFT_LINE, key::CHECKING), cents, sent, received);
            let (sent, received) = payment("LINE OF CREDIT PAYMENT");
            add(back, "repaid", from_checking(key::OVERDRAFT_LINE), cents, sent, received);
        }
        all
    }

    /// The legs of a month's transfers in one account.
    pub(super) fn legs(&self, account: &str, month: i32) -> Vec<Entry> {
        self.transfers(month).iter().filter_map(|transfer| transfer.leg(account)).collect()
    }

    /// What is left over at a month's end goes to the brokerage account, here or elsewhere; what lacks
    /// comes from it. So the next month begins where its days fit the account.
    pub(super) fn sweep(&self, month: i32) -> i64 {
        let (this, next) = (self.path(month), self.path(month + 1));
        this.start + this.change - next.start
    }

    /// The leg of that transfer in one account.
    pub(super) fn sweep_leg(&self, account: &str, month: i32) -> Option<Entry> {
        let cents = self.sweep(month);
        let date = last_of(month);
        if cents == 0 {
            return None;
        }
        if !self.bank().has(key::INVESTMENT) {
            let text = if cents > 0 {
                "ACH DEBIT NORTHSTAR INVESTMENTS CONTRIBUTION"
            } else {
                "ACH CREDIT NORTHSTAR INVESTMENTS WITHDRAWAL"
            };
            return (account == key::CHECKING).then(|| Entry::booked(date, "ACH", "sweep", -cents, text));
        }
        let (from, to) =
            if cents > 0 { (key::CHECKING, key::INVESTMENT) } else { (key::INVESTMENT, key::CHECKING) };
        let (sent, received) = if cents > 0 {
            ("ONLINE TRANSFER TO BROKERAGE", "CONTRIBUTION FROM CHECKING")
        } else {
            ("WITHDRAWAL TO CHECKING", "ONLINE TRANSFER FROM BROKERAGE")
        };
        Transfer { date, tag: "sweep", from, to, cents: cents.abs(), sent, received }.leg(account)
    }

    /// An advance of the overdraft line: day, day it is paid back, hundredths.
    fn advance(&self, month: i32) -> Option<(i64, i64, i64)> {
        let mut draw = self.seed().draw(key::OVERDRAFT_LINE, "advance", month);
        let day = draw.between(5, 10);
        let back = day + draw.between(8, 14);
        let cents = draw.between(4, 12) * 2_500;
        draw.chance(1, 2).then_some((day, back, cents))
    }

    /// What savings hold when a month begins: up and down between 6,000 and 24,000.
    pub(super) fn savings_start(&self, month: i32) -> i64 {
        let phase = self.seed().draw(key::SAVINGS, "phase", 0).between(0, 3_599_999);
        let at = (i64::from(month) * 11_700 + phase).rem_euclid(3_600_000);
        600_000 + at.min(3_600_000 - at)
    }

    /// Interest of a month: 4.1 % a year.
    pub(super) fn savings_interest(&self, month: i32) -> i64 {
        self.savings_start(month) * 41 / 12_000
    }

    /// What goes back from savings to checking in a month.
    fn unsaved(&self, month: i32) -> i64 {
        SAVED + self.savings_interest(month) + self.savings_start(month) - self.savings_start(month + 1)
    }
}

impl Transfer {
    fn leg(&self, account: &str) -> Option<Entry> {
        if account == self.from {
            Some(Entry::booked(self.date, "XFER", self.tag, -self.cents, self.sent))
        } else if account == self.to {
            Some(Entry::booked(self.date, "XFER", self.tag, self.cents, self.received))
        } else {
            None
        }
    }
}
