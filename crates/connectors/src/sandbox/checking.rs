//! The checking account: pay, bills, cash, cheques, fees, and the debit card.
use super::{
    entry::Entry,
    ledger::Ledger,
    plan::key,
    purchases::Shopper,
    seed::{day_of, days_in, year_and_month},
};

/// The year in which the pay cheque is 2,150.00 and, from March, streaming 15.49.
const BASE_YEAR: i32 = 2025;
const PAY: i64 = 215_000;
const BONUS: i64 = 100_000;
const RENT: i64 = 145_000;
pub(super) const WITHDRAWN: i64 = 8_000;
/// Where the account lies in the middle of its range.
const MIDDLE: i64 = 300_000;

/// How a month of the checking account goes, without the transfer that ends it.
#[derive(Clone, Copy)]
pub(super) struct Path {
    /// The balance it begins with: such that its days lie around the middle.
    pub(super) start: i64,
    /// The sum of its changes.
    pub(super) change: i64,
}

impl Ledger {
    /// A month of the checking account.
    pub(super) fn checking(&self, month: i32) -> Vec<Entry> {
        let mut entries = self.checking_days(month);
        entries.extend(self.sweep_leg(key::CHECKING, month));
        entries
    }

    /// How a month goes; remembered, for each month asks for the next.
    pub(super) fn path(&self, month: i32) -> Path {
        self.remembered_path(month, || {
            let mut changes = vec![0i64; usize::try_from(days_in(month)).unwrap_or(31)];
            let first = day_of(month, 1);
            for entry in self.checking_days(month) {
                let day = usize::try_from(entry.date.days() - first.days()).unwrap_or(0);
                if let Some(change) = changes.get_mut(day) {
                    *change += entry.change();
                }
            }
            let (mut low, mut high, mut sum) = (0, 0, 0);
            for change in changes {
                sum += change;
                low = low.min(sum);
                high = high.max(sum);
            }
            Path { start: MIDDLE - i64::midpoint(low, high), change: sum }
        })
    }

    fn checking_days(&self, month: i32) -> Vec<Entry> {
        let mut entries = self.legs(key::CHECKING, month);
        let pay = self.pay(month);
        entries.extend(pay.iter().map(|pay| self.plan(pay)));
        entries.extend(pay);
        entries.extend(self.bills(month));
        entries.extend(self.counter(month));
        let shopper = self.shopper(key::CHECKING);
        entries.extend(shopper.pair(month));
        if !self.bank().has(key::CARD) {
            entries.extend(subscriptions(month));
            entries.extend(refund(shopper, month));
        }
        let lines = self.seed().draw(key::CHECKING, "lines", month).between(49, 59);
        let transfer_at_the_end = 1;
        let booked = i64::try_from(entries.len()).unwrap_or(0) + transfer_at_the_end;
        entries.extend(shopper.month(month, lines - booked));
        entries
    }

    /// Every second Friday, 3 % more each January; and a bonus in December.
    fn pay(&self, month: i32) -> Vec<Entry> {
        let (year, of_year) = year_and_month(month);
        let mut cents = PAY;
        for _ in BASE_YEAR..year.min(BASE_YEAR + 40) {
            cents = (cents * 103 + 50) / 100;
        }
        for _ in year.max(BASE_YEAR - 40)..BASE_YEAR {
            cents = (cents * 100 + 51) / 103;
        }
        let week = self.seed().draw(key::CHECKING, "pay week", 0).between(0, 1) * 7;
        // 1970-01-02 was a Friday.
        let mut entries: Vec<_> = (1..=days_in(month))
            .map(|day| day_of(month, day))
            .filter(|date| (i64::from(date.days()) - 1 - week).rem_euclid(14) == 0)
            .map(|date| {
                let text = "DIRECT DEPOSIT ALPINE WORKS INC PAYROLL PPD";
                Entry::booked(date, "DIRECTDEP", "pay", cents, text)
            })
            .collect();
        if of_year == 12 {
            let text = "DIRECT DEPOSIT ALPINE WORKS INC BONUS PPD";
            entries.push(Entry::booked(day_of(month, 15), "DIRECTDEP", "bonus", BONUS, text));
        }
        entries
    }

    /// Part of each pay goes to investments elsewhere: more where less is to be paid here.
    fn plan(&self, pay: &Entry) -> Entry {
        let cents = match (self.bank().has(key::INVESTMENT), self.bank().has(key::CARD)) {
            (true, _) => 25_000,
            (false, true) => 40_000,
            (false, false) => 100_000,
        };
        let text = "ACH DEBIT NORTHSTAR INVESTMENTS PLAN";
        Entry::booked(pay.date, "ACH", format!("plan {}", pay.tag), -cents, text)
    }

    fn bills(&self, month: i32) -> Vec<Entry> {
        let (_, of_year) = year_and_month(month);
        // Heating in winter, cooling in summer.
        let season = match of_year {
            1 => 12_900,
            2 | 7 | 8 => 11_900,
            3 | 6 | 9 => 8_900,
            12 => 12_400,
            _ => 7_000,
        };
        let electricity =
            season + self.seed().draw(key::CHECKING, "electricity", month).between(-1_000, 1_100);
        let bill =
            |day, tag, cents: i64, text| Entry::booked(day_of(month, day), "DIRECTDEBIT", tag, -cents, text);
        let mut entries = vec![
            bill(8, "car insurance", 11_240, "GEICO AUTO INSURANCE PYMT"),
            bill(12, "electricity", electricity, "ROCKY MOUNTAIN POWER ELECTRIC BILL PAYMENT"),
            bill(15, "internet", 5_999, "COMCAST XFINITY INTERNET"),
            bill(20, "mobile", 4_500, "VERIZON WIRELESS BILL PAYMENT"),
        ];
        if !self.bank().has(key::MORTGAGE) {
            entries.push(bill(1, "rent", RENT, "WASATCH PROPERTY MGMT RENT WEB PMT"));
        }
        entries
    }

    /// Cash with its fee, a numbered cheque, and now and then a fee for an overdraft.
    fn counter(&self, month: i32) -> Vec<Entry> {
        let mut draw = self.seed().draw(key::CHECKING, "counter", month);
        let number = 1_000 + i64::from(month - BASE_YEAR * 12).rem_euclid(9_000);
        let cheque = draw.between(4_500, 18_000);
        let mut entries = vec![
            Entry::booked(day_of(month, 4), "ATM", "cash", -WITHDRAWN, "ATM WITHDRAWAL 0417 MAIN ST"),
            Entry::booked(day_of(month, 4), "FEE", "cash fee", -350, "ATM FEE NON NETWORK WITHDRAWAL"),
            Entry {
                check_number: Some(number.to_string()),
                ..Entry::booked(
                    day_of(month, draw.between(9, 24)),
                    "CHECK",
                    "cheque",
                    -cheque,
                    format!("CHECK {number}"),
                )
            },
        ];
        if draw.chance(1, 4) {
            let date = day_of(month, draw.between(10, 13));
            entries.push(Entry::booked(date, "FEE", "overdraft fee", -3_400, "OVERDRAFT FEE"));
        }
        entries
    }

    /// Who shops with the card of an account.
    pub(super) fn shopper(&self, account: &'static str) -> Shopper<'_> {
        Shopper {
            seed: self.seed(),
            account,
            is_credit_card: account == key::CARD,
            places: self.bank().places,
        }
    }
}

/// Streaming, music, gym and cloud storage.
pub(super) fn subscriptions(month: i32) -> Vec<Entry> {
    let (year, of_year) = year_and_month(month);
    let rises = i64::from(year - BASE_YEAR - i32::from(of_year < 3)).clamp(-4, 40);
    let bill =
        |day, tag, cents: i64, text| Entry::booked(day_of(month, day), "DIRECTDEBIT", tag, -cents, text);
    let mut entries = vec![
        bill(5, "streaming", 1_549 + 250 * rises, "NETFLIX.COM SUBSCRIPTION"),
        bill(9, "music", 1_099, "SPOTIFY USA SUBSCRIPTION"),
    ];
    if of_year <= 8 {
        entries.push(bill(3, "gym", 3_900, "VASA FITNESS GYM MEMBERSHIP"));
    }
    if of_year == 9 {
        entries.push(bill(14, "cloud storage", 9_999, "DROPBOX ANNUAL SUBSCRIPTION"));
    }
    entries
}

/// Every second month a purchase of the month before is paid back.
pub(super) fn refund(shopper: Shopper<'_>, month: i32) -> Option<Entry> {
    if month % 2 != 0 {
        return None;
    }
    let earlier = shopper.month(month - 1, 12);
    let as_made = |entry: &&Entry| {
        entry.settled == Some(entry.shown) && entry.purchase.as_ref().is_some_and(|p| !p.is_reissued)
    };
    let is_shop = |entry: &&Entry| entry.purchase.as_ref().is_some_and(|p| p.merchant_category_code == 5311);
    let bought = earlier.iter().filter(as_made).find(is_shop).or(earlier.iter().find(as_made))?;
    Some(Entry {
        memo: Some(format!("REFUND OF PURCHASE OF {}", bought.date)),
        ..Entry::booked(day_of(month, 7), "CREDIT", "refund", bought.shown, bought.description.clone())
    })
}
