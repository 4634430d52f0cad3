//! Eight holdings whose prices walk by date, the same for everybody. Source: `spec: sandbox, 3`.
use super::{
    ledger::Ledger,
    plan::{AccountPlan, key},
    seed::Seed,
};
use domain::{
    decimal::{Money, Rate},
    enums::HoldingType,
    feed::FeedHolding,
    time::Date,
};

/// Something that can be held.
struct Security {
    key: &'static str,
    holding_type: HoldingType,
    description: &'static str,
    symbol: Option<&'static str>,
    isin: Option<&'static str>,
    /// Hundredths, about which the price walks.
    price: i64,
    /// Hundredths of a percent the price strays at most.
    stray: i64,
    /// Whole shares, fewest and most.
    shares: (i64, i64),
    /// Percent, in millionths, and the day a bond is paid back.
    bond: Option<(i64, (i32, u32, u32))>,
}

const fn security(
    key: &'static str,
    holding_type: HoldingType,
    description: &'static str,
    price: i64,
    stray: i64,
    shares: (i64, i64),
) -> Security {
    Security { key, holding_type, description, symbol: None, isin: None, price, stray, shares, bond: None }
}

static SECURITIES: &[Security] = &[
    Security {
        symbol: Some("AAPL"),
        isin: Some("US0378331005"),
        ..security("apple", HoldingType::Equity, "Apple Inc", 22_600, 1_400, (5, 40))
    },
    Security {
        symbol: Some("MSFT"),
        isin: Some("US5949181045"),
        ..security("microsoft", HoldingType::Equity, "Microsoft Corp", 43_000, 1_200, (3, 20))
    },
    Security {
        symbol: Some("JNJ"),
        isin: Some("US4781601046"),
        ..security("johnson", HoldingType::Equity, "Johnson & Johnson", 15_600, 800, (5, 40))
    },
    Security {
        symbol: Some("VTI"),
        isin: Some("US9229087690"),
        ..security(
            "market",
            HoldingType::ExchangeTradedFund,
            "Vanguard Total Stock Market ETF",
            28_500,
            900,
            (10, 60),
        )
    },
    Security {
        symbol: Some("VFIAX"),
        isin: Some("US9229087104"),
        ..security(
            "index",
            HoldingType::MutualFund,
            "Vanguard 500 Index Fund Admiral Shares",
            53_000,
            900,
            (5, 30),
        )
    },
    Security {
        symbol: Some("T4.25-34"),
        isin: Some("US91282CLW90"),
        bond: Some((4_250_000, (2034, 11, 15))),
        ..security(
            "note",
            HoldingType::FixedIncome,
            "US Treasury Note 4.25% 11/15/2034",
            9_870,
            200,
            (20, 80),
        )
    },
    Security {
        symbol: Some("SPAXX"),
        ..security(
            "money market",
            HoldingType::MoneyMarket,
            "Fidelity Government Money Market Fund",
            100,
            0,
            (500, 4_000),
        )
    },
    security(
        "timber",
        HoldingType::AlternativeInvestment,
        "Riverbend Timber Partners LP",
        10_250,
        300,
        (10, 50),
    ),
];

impl Ledger {
    /// The holdings of an account; `None` where it cannot have any.
    pub(super) fn holdings(&self, account: &AccountPlan, today: Date) -> Option<Vec<FeedHolding>> {
        (account.key == key::INVESTMENT)
            .then(|| SECURITIES.iter().map(|security| self.holding(security, today)).collect())
    }

    /// What all holdings are worth, in hundredths.
    pub(super) fn holdings_value(&self, today: Date) -> i64 {
        SECURITIES.iter().map(|security| value(self.shares(security), security.price_on(today))).sum()
    }

    /// Shares in millionths; funds are held in thousandths of a share.
    fn shares(&self, security: &Security) -> i64 {
        let mut draw = self.seed().draw(key::INVESTMENT, security.key, 0);
        let whole = draw.between(security.shares.0, security.shares.1);
        let part = draw.between(0, 999) * i64::from(security.holding_type == HoldingType::MutualFund);
        whole * 1_000_000 + part * 1_000
    }

    fn holding(&self, security: &Security, today: Date) -> FeedHolding {
        let shares = self.shares(security);
        let price = security.price_on(today);
        let before = security.price_on(today.plus_days(-1));
        let part = self.seed().draw(key::INVESTMENT, security.key, 1).between(60, 95);
        let bought = if security.stray == 0 { security.price } else { security.price * part / 100 };
        let money = |cents: i64| Some(Money::from_units(cents));
        FeedHolding {
            feed_id: Some(self.seed().id(key::INVESTMENT, security.key, Date::from_days(0))),
            holding_type: security.holding_type,
            description: Some(security.description.to_owned()),
            symbol: security.symbol.map(str::to_owned),
            isin: security.isin.map(str::to_owned),
            shares: Some(Rate::from_units(shares)),
            purchase_price: money(bought),
            market_value: money(value(shares, price)),
            cost_basis: money(value(shares, bought)),
            daily_change: money(value(shares, price) - value(shares, before)),
            currency_code: Some("USD".to_owned()),
            bond_coupon_rate: security.bond.map(|(coupon, _)| Rate::from_units(coupon)),
            bond_maturity_date: security.bond.and_then(|(_, (y, m, d))| Date::from_ymd(y, m, d)),
        }
    }
}

impl Security {
    /// The price on a day, in hundredths; on a weekend that of Friday. Between the corners of four grids of
    /// days it goes in straight lines, so that it walks without a memory.
    fn price_on(&self, date: Date) -> i64 {
        // 1970-01-01 was a Thursday: Saturday is 2, Sunday 3.
        let day = i64::from(date.days());
        let day = day - (day.rem_euclid(7) - 1) * i64::from(matches!(day.rem_euclid(7), 2 | 3));
        let seed = Seed::common("sandbox-v1|prices");
        let stray: i64 = [(128, 8), (32, 4), (8, 2), (1, 1)]
            .iter()
            .map(|(grid, weight): &(i64, i64)| {
                let (corner, past) = (day.div_euclid(*grid), day.rem_euclid(*grid));
                let at = |corner: i64| {
                    seed.draw(self.key, "price", corner * 1_000 + grid).between(-self.stray, self.stray)
                };
                (at(corner) * (grid - past) + at(corner + 1) * past) * weight / grid
            })
            .sum();
        self.price + self.price * stray / 15 / 10_000
    }
}

/// Shares (millionths) times a price (hundredths), rounded half up to hundredths.
fn value(shares: i64, cents: i64) -> i64 {
    let exact = i128::from(shares) * i128::from(cents);
    i64::try_from((exact + 500_000).div_euclid(1_000_000)).unwrap_or(i64::MAX)
}
