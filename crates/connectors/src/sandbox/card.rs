//! The credit card, and the accounts with few lines a month.
use super::{
    checking::{WITHDRAWN, refund, subscriptions},
    entry::Entry,
    ledger::Ledger,
    plan::key,
    purchases::trip,
    seed::{day_of, last_of, year_and_month},
    transfers::RELOAD,
};

impl Ledger {
    /// A month of the credit card.
    pub(super) fn card(&self, month: i32) -> Vec<Entry> {
        let mut entries = self.legs(key::CARD, month);
        entries.extend(self.card_charges(month));
        entries
    }

    /// What a month's statement of the card asks for: all but payments. Paid in full on the 25th of the next.
    pub(super) fn statement(&self, month: i32) -> i64 {
        self.remembered_statement(month, || -self.card_charges(month).iter().map(Entry::change).sum::<i64>())
    }

    fn card_charges(&self, month: i32) -> Vec<Entry> {
        let shopper = self.shopper(key::CARD);
        let mut entries = subscriptions(month);
        entries.extend(refund(shopper, month));
        let payment = 1;
        let mut booked = i64::try_from(entries.len()).unwrap_or(0) + payment;
        if let Some(trip) = trip(self.seed(), month) {
            booked += trip.lines();
            entries.extend(trip.entries(shopper, month));
        }
        let lines = self.seed().draw(key::CARD, "lines", month).between(35, 40);
        entries.extend(shopper.month(month, lines - booked));
        entries
    }

    /// A month of the savings account: two transfers and interest.
    pub(super) fn savings(&self, month: i32) -> Vec<Entry> {
        let mut entries = self.legs(key::SAVINGS, month);
        let interest = self.savings_interest(month);
        entries.push(Entry::booked(last_of(month), "INT", "interest", interest, "INTEREST PAID"));
        entries
    }

    /// A month of the euro account; it ends as it begins.
    pub(super) fn eur(&self, month: i32) -> Vec<Entry> {
        let interest = self.eur_start() * 2 / 1_200;
        let fee = 25_000 + self.seed().draw(key::EUR, "fee", month).between(0, 9) * 1_000;
        vec![
            Entry::booked(
                day_of(month, 6),
                "CREDIT",
                "fee",
                fee,
                "SEPA-GUTSCHRIFT HONORAR MEDIENHAUS ISAR GMBH",
            ),
            Entry::booked(
                day_of(month, 21),
                "DIRECTDEBIT",
                "flat",
                -(fee + interest),
                "SEPA-LASTSCHRIFT FERIENWOHNUNG TEGERNSEE VERWALTUNG",
            ),
            Entry::booked(last_of(month), "INT", "interest", interest, "HABENZINSEN"),
        ]
    }

    /// What the euro account holds when a month begins.
    pub(super) fn eur_start(&self) -> i64 {
        self.seed().draw(key::EUR, "start", 0).between(550_000, 2_400_000)
    }

    /// A month of the wallet: the cash withdrawn is spent.
    pub(super) fn cash(&self, month: i32) -> Vec<Entry> {
        let mut draw = self.seed().draw(key::CASH, "spent", month);
        let (market, tips) = (draw.between(15, 35) * 100, draw.between(10, 25) * 100);
        vec![
            Entry::booked(day_of(month, 4), "ATM", "cash", WITHDRAWN, "CASH FROM ATM"),
            Entry::booked(day_of(month, 9), "CASH", "market", -market, "FARMERS MARKET"),
            Entry::booked(day_of(month, 16), "CASH", "tips", -tips, "BARBER SHOP"),
            Entry::booked(day_of(month, 24), "CASH", "sitter", -(WITHDRAWN - market - tips), "BABYSITTER"),
        ]
    }

    /// A month of the prepaid card: the reload is spent.
    pub(super) fn prepaid(&self, month: i32) -> Vec<Entry> {
        let mut draw = self.seed().draw(key::PREPAID, "spent", month);
        let mut entries = self.legs(key::PREPAID, month);
        let shops = [
            (8, "school lunch", "MYSCHOOLBUCKS LUNCH"),
            (13, "games", "ROBLOX.COM GAMES"),
            (19, "cinema", "MEGAPLEX THEATRES #0114 LEHI UT"),
        ];
        let mut left = RELOAD;
        for (day, tag, text) in shops {
            let cents = draw.between(600, 1_800);
            left -= cents;
            entries.push(Entry::booked(day_of(month, day), "POS", tag, -cents, text));
        }
        entries.push(Entry::booked(day_of(month, 26), "POS", "snacks", -left, "7-ELEVEN #2214 LEHI UT"));
        entries
    }

    /// A month of the brokerage account: what came at the last month's end is invested.
    pub(super) fn investment(&self, month: i32) -> Vec<Entry> {
        let (_, of_year) = year_and_month(month);
        let mut entries: Vec<_> = self.sweep_leg(key::INVESTMENT, month).into_iter().collect();
        let came = self.sweep(month - 1);
        let (kind, text) = if came > 0 {
            ("BUY", "BUY VANGUARD TOTAL STOCK MARKET ETF")
        } else {
            ("SELL", "SELL VANGUARD TOTAL STOCK MARKET ETF")
        };
        if came != 0 {
            entries.push(Entry::booked(day_of(month, 5), kind, "invested", -came, text));
        }
        if of_year % 3 == 0 {
            let cents = self.seed().draw(key::INVESTMENT, "dividend", month).between(3_500, 9_000);
            let text = "DIVIDEND VANGUARD 500 INDEX FUND";
            entries.push(Entry::booked(day_of(month, 15), "DIV", "dividend", cents, text));
            let text = "BUY DIVIDEND REINVESTMENT VANGUARD 500 INDEX FUND";
            entries.push(Entry::booked(day_of(month, 16), "BUY", "reinvested", -cents, text));
        }
        if of_year == 5 || of_year == 11 {
            let text = "SELL MICROSOFT CORP";
            entries.push(Entry::booked(day_of(month, 10), "SELL", "sold", 50_000, text));
            let text = "BUY US TREASURY NOTE 4.25 11/15/2034";
            entries.push(Entry::booked(day_of(month, 11), "BUY", "bought", -50_000, text));
        }
        entries
    }
}
