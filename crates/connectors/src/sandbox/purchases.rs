//! Daily life: a month's purchases of a credit card or a checking account, and a trip a year.
use super::{
    entry::{Entry, Purchase},
    merchants::{ABROAD, Abroad, Change, Place, Style, TRADES, Trade},
    seed::{Draw, Seed, day_of, days_in, year_and_month},
};
use domain::time::Date;

/// Whose purchases.
#[derive(Clone, Copy)]
pub(super) struct Shopper<'a> {
    pub(super) seed: &'a Seed,
    pub(super) account: &'static str,
    /// A credit card; else the debit card of a checking account.
    pub(super) is_credit_card: bool,
    pub(super) places: &'static [Place],
}

/// What happens to a purchase between pending and posted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    SameId,
    NewId,
    NewAmount,
    Disappears,
}

/// Of ten purchases: six post with the same id, two with a new one, one with another amount, one disappears.
const FATES: [Fate; 10] = [
    Fate::SameId,
    Fate::NewId,
    Fate::SameId,
    Fate::SameId,
    Fate::NewAmount,
    Fate::SameId,
    Fate::NewId,
    Fate::SameId,
    Fate::Disappears,
    Fate::SameId,
];

/// Longest time a purchase is pending, in days.
pub(super) const PENDING_DAYS_MAX: i64 = 3;

impl Shopper<'_> {
    /// So many purchases that stay, and those that disappear among them, all outside the trip.
    pub(super) fn month(&self, month: i32, count: i64) -> Vec<Entry> {
        let mut draw = self.seed.draw(self.account, "purchases", month);
        let offset = draw.between(0, 9);
        let trip = trip(self.seed, month);
        let mut entries = Vec::new();
        let mut kept = 0;
        let mut index = 0;
        while kept < count {
            let fate = usize::try_from((index + offset).rem_euclid(10))
                .ok()
                .and_then(|at| FATES.get(at))
                .copied()
                .unwrap_or(Fate::SameId);
            let mut date = day_of(month, draw.between(1, days_in(month)));
            while trip.as_ref().is_some_and(|trip| trip.is_on(date)) {
                date = day_of(month, draw.between(1, days_in(month)));
            }
            if let Some(entry) = self.purchase(&mut draw, date, index, fate) {
                kept += i64::from(entry.settled.is_some());
                entries.push(entry);
            }
            index += 1;
        }
        entries
    }

    fn purchase(&self, draw: &mut Draw, date: Date, index: i64, fate: Fate) -> Option<Entry> {
        let trade = self.trade(draw, fate)?;
        let merchant = draw.pick(trade.merchants)?;
        let (low, high) = trade.cents;
        // Larger things are bought on credit.
        let cents = draw.skewed(low, high) * if self.is_credit_card { 11 } else { 10 } / 10;
        let (shown, settled) = match (fate, trade.change) {
            (Fate::Disappears, _) => (cents, None),
            (Fate::NewAmount, Change::Tip) => (cents, Some(cents + cents * draw.between(12, 22) / 100)),
            (Fate::NewAmount, Change::Fuel) => (100, Some(cents)),
            _ => (cents, Some(cents)),
        };
        let (description, place) = self.describe(draw, trade, merchant)?;
        Some(Entry {
            date,
            tag: format!("purchase {index}"),
            shown,
            settled,
            is_credit: false,
            description,
            memo: None,
            check_number: None,
            kind: "POS",
            purchase: Some(Purchase {
                second: self.second(draw),
                pending_days: i32::try_from(draw.between(1, PENDING_DAYS_MAX)).unwrap_or(1),
                is_reissued: matches!(fate, Fate::NewId | Fate::NewAmount),
                merchant_category_code: trade.merchant_category_code,
                place,
                is_international: false,
            }),
        })
    }

    /// A trade by its share; where the amount is to change, one in which it can.
    fn trade(&self, draw: &mut Draw, fate: Fate) -> Option<&'static Trade> {
        let share = |trade: &Trade| if self.is_credit_card { trade.share.0 } else { trade.share.1 };
        let fits = |trade: &&Trade| fate != Fate::NewAmount || trade.change != Change::No;
        let total: i64 = TRADES.iter().filter(fits).map(share).sum();
        let mut left = draw.between(1, total);
        TRADES.iter().filter(fits).find(|trade| {
            left -= share(trade);
            left <= 0
        })
    }

    /// The raw description; everybody goes to two stores of a chain.
    fn describe(
        &self,
        draw: &mut Draw,
        trade: &Trade,
        merchant: &str,
    ) -> Option<(String, Option<(i64, i64)>)> {
        if trade.style == Style::Web {
            let reference = format!("{:08X}", draw.between(0x1000_0000, 0xffff_ffff));
            return Some((format!("{merchant} {reference}"), None));
        }
        let mut store = self.seed.draw(merchant, "store", draw.between(0, 1));
        let place = store.pick(self.places)?;
        let number = store.between(100, 9_899);
        let description = format!("{merchant} #{number:04} {} {}", place.town, place.region);
        Some((description, Some(place.at)))
    }

    /// Credit cards tell the time.
    fn second(&self, draw: &mut Draw) -> Option<i64> {
        let second = draw.between(14 * 3600, 24 * 3600 - 1);
        self.is_credit_card.then_some(second)
    }

    /// Two equal purchases of one day that are both real.
    pub(super) fn pair(&self, month: i32) -> Vec<Entry> {
        let mut draw = self.seed.draw(self.account, "pair", month);
        let Some(trade) = TRADES.iter().find(|trade| trade.merchant_category_code == 5814) else {
            return Vec::new();
        };
        let day = draw.between(18, 26);
        let Some(merchant) = draw.pick(trade.merchants) else { return Vec::new() };
        let Some((description, place)) = self.describe(&mut draw, trade, merchant) else {
            return Vec::new();
        };
        let cents = draw.between(trade.cents.0, trade.cents.1);
        let purchase = Purchase {
            second: self.second(&mut draw),
            pending_days: 1,
            is_reissued: false,
            merchant_category_code: trade.merchant_category_code,
            place,
            is_international: false,
        };
        ["pair first", "pair second"]
            .map(|tag| Entry {
                purchase: Some(purchase.clone()),
                ..Entry::booked(day_of(month, day), "POS", tag, -cents, description.clone())
            })
            .to_vec()
    }
}

/// Ten days abroad.
pub(super) struct Trip {
    first: Date,
    purchases: i64,
    abroad: &'static Abroad,
}

/// The trip of a month; there is one a year, between April and October.
pub(super) fn trip(seed: &Seed, month: i32) -> Option<Trip> {
    let (year, of_year) = year_and_month(month);
    let mut draw = seed.draw("", "trip", year);
    if draw.between(4, 10) != i64::from(of_year) {
        return None;
    }
    let first = day_of(month, draw.between(3, 12));
    let purchases = draw.between(6, 10);
    draw.pick(ABROAD).map(|abroad| Trip { first, purchases, abroad })
}

impl Trip {
    fn is_on(&self, date: Date) -> bool {
        date >= self.first && date <= self.last()
    }

    fn last(&self) -> Date {
        self.first.plus_days(9)
    }

    /// How many lines the trip makes: purchases, and a fee.
    pub(super) fn lines(&self) -> i64 {
        self.purchases + 1
    }

    /// The purchases abroad, and the fee for them.
    pub(super) fn entries(&self, shopper: Shopper<'_>, month: i32) -> Vec<Entry> {
        let mut draw = shopper.seed.draw(shopper.account, "abroad", month);
        let mut entries = Vec::new();
        let mut total = 0;
        for index in 0..self.purchases {
            if let Some(entry) = self.purchase(&mut draw, shopper, index) {
                total += entry.shown;
                entries.push(entry);
            }
        }
        let fee = (total * 3 + 50) / 100;
        entries.push(Entry::booked(self.last(), "FEE", "foreign fee", -fee, "FOREIGN TRANSACTION FEE"));
        entries
    }

    fn purchase(&self, draw: &mut Draw, shopper: Shopper<'_>, index: i64) -> Option<Entry> {
        let (merchant, merchant_category_code) = draw.pick(self.abroad.merchants)?;
        let date = self.first.plus_days(i32::try_from(draw.between(0, 9)).unwrap_or(0));
        // The rate moves a little from day to day.
        let rate = self.abroad.rate + self.abroad.rate * i64::from(date.days().rem_euclid(13) - 6) / 1_000;
        let original = draw.skewed(600, 6_000) * 1_000_000 / self.abroad.rate;
        let cents = (original * rate + 500_000) / 1_000_000;
        let memo = format!(
            "FOREIGN AMOUNT {}.{:02} {} EXCHANGE RATE {}.{:06}",
            original / 100,
            original % 100,
            self.abroad.currency,
            rate / 1_000_000,
            rate % 1_000_000,
        );
        Some(Entry {
            memo: Some(memo),
            purchase: Some(Purchase {
                second: shopper.second(draw),
                pending_days: i32::try_from(draw.between(1, PENDING_DAYS_MAX)).unwrap_or(1),
                is_reissued: draw.chance(1, 5),
                merchant_category_code: *merchant_category_code,
                place: Some(self.abroad.at),
                is_international: true,
            }),
            ..Entry::booked(
                date,
                "POS",
                format!("abroad {index}"),
                -cents,
                format!("{merchant} {} {}", self.abroad.town, self.abroad.country),
            )
        })
    }
}
