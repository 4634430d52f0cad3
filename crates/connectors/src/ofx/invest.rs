//! Investments: `BUY*`, `SELL*`, `INCOME` and the like as transactions, `POS*` as holdings, `SECLIST` as names.
use super::{
    ErrorKind,
    account::Builder,
    bank::{amount, currency_code, no_date, required_amount},
    error::quote,
    reader::{Fault, Field, at},
    tags::Tag,
    value::{self, LoneComma, public},
};
use domain::{
    decimal::{Money, Rate},
    enums::{HoldingType, TransactionStatus, TransactionType},
    feed::{FeedHolding, FeedTransaction},
    time::Date,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Bytes of the digest that is the id of a holding.
const DIGEST_BYTES: usize = 8;

/// The id of a security as its kind and number.
fn security_id(number: Option<&Field<'_>>, kind: Option<&Field<'_>>) -> Option<String> {
    let kind = kind.map(|field| field.text.to_ascii_uppercase()).unwrap_or_default();
    Some(format!("{kind}:{}", number?.text.to_ascii_uppercase()))
}

/// The values of the transaction that is being read; of a value given twice the first counts.
#[derive(Debug, Default)]
pub(super) struct Action<'a> {
    id: Option<Field<'a>>,
    traded: Option<Field<'a>>,
    settled: Option<Field<'a>>,
    memo: Option<Field<'a>>,
    total: Option<Field<'a>>,
    fraction_cash: Option<Field<'a>>,
    unique_id: Option<Field<'a>>,
    unique_id_type: Option<Field<'a>>,
    currency: Option<Field<'a>>,
    income_type: Option<Field<'a>>,
    transfer: Option<Field<'a>>,
}

impl<'a> Action<'a> {
    /// Takes a value; `top` is the aggregate right around it.
    pub(super) fn set(&mut self, tag: Tag, top: Tag, field: Field<'a>) {
        let slot = match tag {
            Tag::Id => &mut self.id,
            Tag::TradeDate => &mut self.traded,
            Tag::SettleDate => &mut self.settled,
            Tag::Memo => &mut self.memo,
            Tag::Total => &mut self.total,
            Tag::FractionCash => &mut self.fraction_cash,
            Tag::UniqueId => &mut self.unique_id,
            Tag::UniqueIdType => &mut self.unique_id_type,
            Tag::CurrencySymbol if top == Tag::Currency => &mut self.currency,
            Tag::IncomeType => &mut self.income_type,
            Tag::TransferAction => &mut self.transfer,
            _ => return,
        };
        slot.get_or_insert(field);
    }

    /// Adds the transaction to its statement; `name` is the name of its aggregate.
    pub(super) fn finish(self, name: &'a str, offset: usize, builder: &mut Builder<'a>) -> Result<(), Fault> {
        let name = name.to_ascii_uppercase();
        let signed = self.amount(&name, offset)?;
        let moment = |field: &Option<Field<'a>>| field.as_ref().and_then(|f| value::moment(&f.text));
        let (traded, settled) = (moment(&self.traded), moment(&self.settled));
        if traded.is_none() && settled.is_none() {
            return Err(no_date(self.traded.as_ref().or(self.settled.as_ref()), offset, "DTTRADE"));
        }
        for (field, moment, element) in
            [(&self.traded, traded, "INVTRAN/DTTRADE"), (&self.settled, settled, "INVTRAN/DTSETTLE")]
        {
            if let (Some(field), None) = (field, moment) {
                builder.note(field.offset, element, "not a date; the other date of the trade was taken");
            }
        }
        if let Some(id) = security_id(self.unique_id.as_ref(), self.unique_id_type.as_ref()) {
            builder.trades.push((builder.transactions.len(), id));
        }
        let memo = builder.public(self.memo.as_ref());
        let income_type = builder.public(self.income_type.as_ref());
        builder.transactions.push(FeedTransaction {
            feed_id: builder.public_id(self.id.as_ref()),
            replaces: None,
            amount: signed.abs(),
            transaction_type: self.direction(&name, signed),
            status: TransactionStatus::Posted,
            description: memo.clone().unwrap_or_else(|| name.clone()),
            memo,
            currency_code: self.currency.as_ref().and_then(|field| currency_code(&field.text)),
            posted_at: settled.or(traded),
            transacted_at: traded,
            check_number: None,
            latitude: None,
            longitude: None,
            is_international: None,
            merchant_category_code: None,
            category: None,
            extended_transaction_type: income_type.map_or(name, |kind| kind.to_uppercase()),
        });
        Ok(())
    }

    /// The money that moved; movements of shares alone have none.
    fn amount(&self, name: &str, offset: usize) -> Result<Money, Fault> {
        if let Some(total) = &self.total {
            return amount(total, "TOTAL");
        }
        match name {
            "SPLIT" | "TRANSFER" | "JRNLSEC" | "CLOSUREOPT" => {
                self.fraction_cash.as_ref().map_or(Ok(Money::ZERO), |field| amount(field, "FRACCASH"))
            }
            _ => required_amount(None, offset, "TOTAL"),
        }
    }

    /// Buying and costs take money, whatever sign the broker writes; else the sign decides.
    fn direction(&self, name: &str, signed: Money) -> TransactionType {
        let takes = name.starts_with("BUY") || matches!(name, "REINVEST" | "INVEXPENSE" | "MARGININTEREST");
        let is_out = self.transfer.as_ref().is_some_and(|f| f.text.eq_ignore_ascii_case("OUT"));
        if takes || signed.is_negative() || (signed == Money::ZERO && is_out) {
            TransactionType::Debit
        } else {
            TransactionType::Credit
        }
    }
}

/// The values of the position that is being read.
#[derive(Debug, Default)]
pub(super) struct Position<'a> {
    unique_id: Option<Field<'a>>,
    unique_id_type: Option<Field<'a>>,
    held_in: Option<Field<'a>>,
    long_or_short: Option<Field<'a>>,
    source: Option<Field<'a>>,
    units: Option<Field<'a>>,
    market_value: Option<Field<'a>>,
    currency: Option<Field<'a>>,
}

/// A position before its security is known.
#[derive(Debug)]
pub(super) struct HeldPosition {
    security: Option<String>,
    /// What tells it from other positions of the same security.
    place: String,
    holding: FeedHolding,
}

impl<'a> Position<'a> {
    /// Takes a value; `top` is the aggregate right around it.
    pub(super) fn set(&mut self, tag: Tag, top: Tag, field: Field<'a>) {
        let slot = match tag {
            Tag::UniqueId => &mut self.unique_id,
            Tag::UniqueIdType => &mut self.unique_id_type,
            Tag::HeldIn => &mut self.held_in,
            Tag::PositionType => &mut self.long_or_short,
            Tag::Source401k => &mut self.source,
            Tag::Units => &mut self.units,
            Tag::MarketValue => &mut self.market_value,
            Tag::CurrencySymbol if top == Tag::Currency => &mut self.currency,
            _ => return,
        };
        slot.get_or_insert(field);
    }

    /// Adds the position to its statement; `name` is the name of its aggregate.
    pub(super) fn finish(self, name: &str, builder: &mut Builder<'a>) -> Result<(), Fault> {
        let upper = |field: &Option<Field<'a>>| {
            field.as_ref().map(|field| field.text.to_ascii_uppercase()).unwrap_or_default()
        };
        let is_short = upper(&self.long_or_short) == "SHORT";
        let units = self.units.as_ref().map(units).transpose()?;
        let is_isin = upper(&self.unique_id_type) == "ISIN";
        let holding_type = match name.to_ascii_uppercase().as_str() {
            "POSSTOCK" => HoldingType::Equity,
            "POSMF" => HoldingType::MutualFund,
            "POSDEBT" => HoldingType::FixedIncome,
            "POSOPT" => HoldingType::Options,
            _ => HoldingType::Unknown,
        };
        builder.positions.push(HeldPosition {
            security: security_id(self.unique_id.as_ref(), self.unique_id_type.as_ref()),
            place: [&self.held_in, &self.long_or_short, &self.source].map(upper).join(":"),
            holding: FeedHolding {
                feed_id: None,
                holding_type,
                description: None,
                symbol: None,
                isin: self.unique_id.filter(|_| is_isin).and_then(|field| public(&field.text)),
                shares: units.map(|units| if is_short { negative(units) } else { units }),
                purchase_price: None,
                market_value: self.market_value.map(|field| amount(&field, "MKTVAL")).transpose()?,
                cost_basis: None,
                daily_change: None,
                currency_code: self.currency.and_then(|field| currency_code(&field.text)),
                bond_coupon_rate: None,
                bond_maturity_date: None,
            },
        });
        Ok(())
    }
}

fn units(field: &Field<'_>) -> Result<Rate, Fault> {
    value::decimal(&field.text, LoneComma::Decimal)
        .ok_or_else(|| at(field.offset, "UNITS", ErrorKind::NotAnAmount(quote(&field.text))))
}

fn negative(units: Rate) -> Rate {
    Rate::ZERO.checked_sub(units.abs()).unwrap_or(units)
}

/// The values of the security that is being read; the first `SECID` is its own, another one its underlying.
#[derive(Debug, Default)]
pub(super) struct Security<'a> {
    unique_id: Option<Field<'a>>,
    unique_id_type: Option<Field<'a>>,
    name: Option<Field<'a>>,
    ticker: Option<Field<'a>>,
    asset_class: Option<Field<'a>>,
    coupon: Option<Field<'a>>,
    matures: Option<Field<'a>>,
}

impl<'a> Security<'a> {
    /// Takes a value.
    pub(super) fn set(&mut self, tag: Tag, field: Field<'a>) {
        let slot = match tag {
            Tag::UniqueId => &mut self.unique_id,
            Tag::UniqueIdType => &mut self.unique_id_type,
            Tag::SecurityName => &mut self.name,
            Tag::Ticker => &mut self.ticker,
            Tag::AssetClass => &mut self.asset_class,
            Tag::CouponRate => &mut self.coupon,
            Tag::MaturityDate => &mut self.matures,
            _ => return,
        };
        slot.get_or_insert(field);
    }
}

/// What is known of a security.
#[derive(Debug)]
struct Facts {
    name: Option<String>,
    symbol: Option<String>,
    is_money_market: bool,
    coupon: Option<Rate>,
    matures: Option<Date>,
}

/// The securities of a file, by id; of an id given twice the first counts.
#[derive(Debug, Default)]
pub(super) struct Securities(HashMap<String, Facts>);

impl Securities {
    /// Keeps a security.
    pub(super) fn add(&mut self, security: Security<'_>) {
        let Some(id) = security_id(security.unique_id.as_ref(), security.unique_id_type.as_ref()) else {
            return;
        };
        self.0.entry(id).or_insert_with(|| Facts {
            name: security.name.and_then(|field| public(&field.text)),
            symbol: security.ticker.and_then(|field| public(&field.text)),
            is_money_market: security.asset_class.is_some_and(|f| f.text.eq_ignore_ascii_case("MONEYMRKT")),
            coupon: security.coupon.and_then(|f| value::decimal(&f.text, LoneComma::Decimal)),
            matures: security.matures.and_then(|f| value::moment(&f.text)).map(domain::time::Timestamp::date),
        });
    }

    /// The name of a security.
    pub(super) fn name(&self, id: &str) -> Option<&str> {
        self.0.get(id)?.name.as_deref()
    }

    /// The holdings behind positions. Their ids are digests, since the numbers of securities (CUSIP) may not
    /// be published; positions that nothing tells apart are numbered.
    pub(super) fn holdings(&self, positions: Vec<HeldPosition>) -> Vec<FeedHolding> {
        let mut seen = HashMap::new();
        let holdings = positions.into_iter().map(|position| {
            let HeldPosition { security, place, mut holding } = position;
            if let Some(facts) = security.as_ref().and_then(|id| self.0.get(id)) {
                holding.description.clone_from(&facts.name);
                holding.symbol.clone_from(&facts.symbol);
                holding.bond_coupon_rate = facts.coupon;
                holding.bond_maturity_date = facts.matures;
                if facts.is_money_market {
                    holding.holding_type = HoldingType::MoneyMarket;
                }
            }
            holding.feed_id = security.map(|security| unique_id(&mut seen, &security, &place));
            holding
        });
        holdings.collect()
    }
}

fn unique_id(seen: &mut HashMap<String, u32>, security: &str, place: &str) -> String {
    let digest = Sha256::digest(format!("{security}/{place}").as_bytes());
    let id = hex::encode(digest.get(..DIGEST_BYTES).unwrap_or_default());
    let count = seen.entry(id.clone()).or_default();
    *count = count.saturating_add(1);
    if *count == 1 { id } else { format!("{id}-{count}") }
}
