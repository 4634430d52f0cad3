//! Accounts, transactions and holdings as JSON: decimals as texts, times as microseconds, fields by their names of the
//! contract. What comes in has limits, and card numbers in it are masked.
use super::wire::Malformed;
use crate::ofx::{mask, mask_id};
use domain::{
    account::{FIELDS, Field},
    decimal::{Decimal, Money, Rate},
    enums::{AccountSubtype, AccountType, HoldingType, TransactionStatus, TransactionType},
    feed::{FeedAccount, FeedBatch, FeedHolding, FeedOwner, FeedTransaction},
    secret::SecretText,
    time::{Date, Timestamp},
    value::{FieldKind, Value},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Accounts of one answer; transactions and holdings of one account.
const ACCOUNTS_MAX: usize = 1000;
const TRANSACTIONS_MAX: usize = 100_000;
const HOLDINGS_MAX: usize = 10_000;
/// Owners of one account.
const OWNERS_MAX: usize = 100;
/// Characters of a text.
const CHARS_MAX: usize = 4096;
/// Digits of sums and of rates (`spec: conventions, 7`).
const MONEY_DIGITS: u32 = 14;
const RATE_DIGITS: u32 = 18;

#[derive(Serialize, Deserialize)]
pub(super) struct Account {
    id: Option<String>,
    #[serde(rename = "account_type")]
    kind: String,
    #[serde(rename = "account_subtype")]
    subtype: Option<String>,
    name: String,
    number: Option<String>,
    routing_number: Option<String>,
    holder: Option<String>,
    values: BTreeMap<String, serde_json::Value>,
    transactions: Vec<Transaction>,
    window: Option<(String, String)>,
    reports_pending: bool,
    is_complete: bool,
    holdings: Option<Vec<Holding>>,
    #[serde(default)]
    owners: Option<Vec<Owner>>,
}

#[derive(Serialize, Deserialize)]
struct Owner {
    name: Option<String>,
    address: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Transaction {
    id: Option<String>,
    replaces: Option<String>,
    amount: String,
    is_credit: bool,
    is_pending: bool,
    description: String,
    memo: Option<String>,
    currency_code: Option<String>,
    posted_at: Option<i64>,
    transacted_at: Option<i64>,
    check_number: Option<String>,
    latitude: Option<String>,
    longitude: Option<String>,
    is_international: Option<bool>,
    merchant_category_code: Option<u16>,
    category: Option<String>,
    extended_transaction_type: String,
}

#[derive(Serialize, Deserialize)]
struct Holding {
    id: Option<String>,
    #[serde(rename = "holding_type")]
    kind: String,
    description: Option<String>,
    symbol: Option<String>,
    isin: Option<String>,
    shares: Option<String>,
    purchase_price: Option<String>,
    market_value: Option<String>,
    cost_basis: Option<String>,
    daily_change: Option<String>,
    currency_code: Option<String>,
    bond_coupon_rate: Option<String>,
    bond_maturity_date: Option<String>,
}

fn shown(text: &impl ToString) -> String {
    text.to_string()
}

/// An account with what belongs to it, as a bank sends it.
pub(super) fn written(batch: &FeedBatch) -> Account {
    let account = &batch.account;
    Account {
        id: account.feed_id.clone(),
        kind: account.account_type.name().to_owned(),
        subtype: account.account_subtype.map(|it| it.name().to_owned()),
        name: account.name.clone(),
        number: account.account_number.as_ref().map(|it| it.expose().to_owned()),
        routing_number: account.routing_number.clone(),
        holder: account.account_holder_name.clone(),
        values: account
            .values
            .iter()
            .map(|(field, it)| (field.name().to_owned(), written_value(it)))
            .collect(),
        transactions: batch.transactions.iter().map(written_transaction).collect(),
        window: batch.window.map(|(from, to)| (from.to_string(), to.to_string())),
        reports_pending: batch.reports_pending,
        is_complete: batch.is_complete,
        holdings: batch.holdings.as_ref().map(|all| all.iter().map(written_holding).collect()),
        owners: batch.owners.as_ref().map(|all| all.iter().map(written_owner).collect()),
    }
}

fn written_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Money(it) => it.to_string().into(),
        Value::Rate(it) => it.to_string().into(),
        Value::Text(it) => it.as_str().into(),
        Value::Integer(it) => (*it).into(),
        Value::Bool(it) => (*it).into(),
        Value::Time(it) => it.as_micros().into(),
        Value::Date(it) => it.to_string().into(),
    }
}

fn written_transaction(it: &FeedTransaction) -> Transaction {
    Transaction {
        id: it.feed_id.clone(),
        replaces: it.replaces.clone(),
        amount: it.amount.to_string(),
        is_credit: it.transaction_type == TransactionType::Credit,
        is_pending: it.status == TransactionStatus::Pending,
        description: it.description.clone(),
        memo: it.memo.clone(),
        currency_code: it.currency_code.clone(),
        posted_at: it.posted_at.map(Timestamp::as_micros),
        transacted_at: it.transacted_at.map(Timestamp::as_micros),
        check_number: it.check_number.clone(),
        latitude: it.latitude.as_ref().map(shown),
        longitude: it.longitude.as_ref().map(shown),
        is_international: it.is_international,
        merchant_category_code: it.merchant_category_code,
        category: it.category.clone(),
        extended_transaction_type: it.extended_transaction_type.clone(),
    }
}

fn written_holding(it: &FeedHolding) -> Holding {
    Holding {
        id: it.feed_id.clone(),
        kind: it.holding_type.name().to_owned(),
        description: it.description.clone(),
        symbol: it.symbol.clone(),
        isin: it.isin.clone(),
        shares: it.shares.as_ref().map(shown),
        purchase_price: it.purchase_price.as_ref().map(shown),
        market_value: it.market_value.as_ref().map(shown),
        cost_basis: it.cost_basis.as_ref().map(shown),
        daily_change: it.daily_change.as_ref().map(shown),
        currency_code: it.currency_code.clone(),
        bond_coupon_rate: it.bond_coupon_rate.as_ref().map(shown),
        bond_maturity_date: it.bond_maturity_date.as_ref().map(shown),
    }
}

fn written_owner(it: &FeedOwner) -> Owner {
    Owner {
        name: it.owner_name.clone(),
        address: it.address.clone(),
        city: it.city.clone(),
        state: it.state.clone(),
        postal_code: it.postal_code.clone(),
        country: it.country.clone(),
        email: it.email.clone(),
        phone: it.phone.clone(),
    }
}

/// What a bank sent.
pub(super) fn read(accounts: Vec<Account>) -> Result<Vec<FeedBatch>, Malformed> {
    if accounts.len() > ACCOUNTS_MAX {
        return Err(Malformed(format!("more than {ACCOUNTS_MAX} accounts")));
    }
    accounts.into_iter().map(read_account).collect()
}

fn read_account(it: Account) -> Result<FeedBatch, Malformed> {
    if it.transactions.len() > TRANSACTIONS_MAX {
        return Err(Malformed(format!("more than {TRANSACTIONS_MAX} transactions of an account")));
    }
    if it.holdings.as_ref().is_some_and(|all| all.len() > HOLDINGS_MAX) {
        return Err(Malformed(format!("more than {HOLDINGS_MAX} holdings of an account")));
    }
    let mut values: Vec<(Field, Value)> =
        it.values.iter().map(|(name, value)| read_value(name, value)).collect::<Result<_, _>>()?;
    values.sort_unstable_by_key(|(field, _)| *field);
    let account_type = AccountType::from_name(&it.kind).ok_or_else(|| Malformed::at("account_type"))?;
    let subtype = it
        .subtype
        .as_deref()
        .map(|name| AccountSubtype::from_name(name).ok_or_else(|| Malformed::at("account_subtype")));
    let window =
        it.window.map(|(from, to)| Ok::<_, Malformed>((date("window", &from)?, date("window", &to)?)));
    let account = FeedAccount {
        feed_id: id("id of an account", it.id)?,
        account_type,
        account_subtype: subtype.transpose()?,
        name: text("name of an account", &it.name)?,
        account_number: opt_text("number", it.number)?.map(SecretText::new),
        routing_number: opt_text("routing_number", it.routing_number)?,
        account_holder_name: opt_text("holder", it.holder)?,
        values,
    };
    if it.owners.as_ref().is_some_and(|all| all.len() > OWNERS_MAX) {
        return Err(Malformed(format!("more than {OWNERS_MAX} owners of an account")));
    }
    let owners = it.owners.map(|all| all.into_iter().map(read_owner).collect::<Result<_, _>>());
    let holdings = it.holdings.map(|all| all.into_iter().map(read_holding).collect::<Result<_, _>>());
    Ok(FeedBatch {
        account,
        transactions: it.transactions.into_iter().map(read_transaction).collect::<Result<_, _>>()?,
        window: window.transpose()?,
        reports_pending: it.reports_pending,
        is_complete: it.is_complete,
        holdings: holdings.transpose()?,
        owners: owners.transpose()?,
    })
}

fn read_owner(it: Owner) -> Result<FeedOwner, Malformed> {
    Ok(FeedOwner {
        owner_name: opt_text("name of an owner", it.name)?,
        address: opt_text("address of an owner", it.address)?,
        city: opt_text("city of an owner", it.city)?,
        state: opt_text("state of an owner", it.state)?,
        postal_code: opt_text("postal_code of an owner", it.postal_code)?,
        country: opt_text("country of an owner", it.country)?,
        email: opt_text("email of an owner", it.email)?,
        phone: opt_text("phone of an owner", it.phone)?,
    })
}

fn read_value(name: &str, value: &serde_json::Value) -> Result<(Field, Value), Malformed> {
    let known = FIELDS.iter().zip(Field::ALL).find(|(doc, _)| doc.name == name).map(|(_, field)| *field);
    let field = known.ok_or_else(|| Malformed("an account has a field that is none".to_owned()))?;
    let value = match field.kind() {
        FieldKind::Money => value.as_str().and_then(|it| money(name, it).ok()).map(Value::Money),
        FieldKind::Rate => value.as_str().and_then(|it| rate(name, it).ok()).map(Value::Rate),
        FieldKind::Text => value.as_str().and_then(|it| text(name, it).ok()).map(Value::Text),
        FieldKind::Integer | FieldKind::Code => value.as_i64().map(Value::Integer),
        FieldKind::Bool => value.as_bool().map(Value::Bool),
        FieldKind::Time => value.as_i64().map(Timestamp::from_micros).map(Value::Time),
        FieldKind::Date => value.as_str().and_then(|it| it.parse().ok()).map(Value::Date),
        FieldKind::Guid(_) => None,
    };
    value.map(|value| (field, value)).ok_or_else(|| Malformed::at(name))
}

fn read_transaction(it: Transaction) -> Result<FeedTransaction, Malformed> {
    Ok(FeedTransaction {
        feed_id: id("id of a transaction", it.id)?,
        replaces: id("replaces", it.replaces)?,
        amount: money("amount", &it.amount)?,
        transaction_type: if it.is_credit { TransactionType::Credit } else { TransactionType::Debit },
        status: if it.is_pending { TransactionStatus::Pending } else { TransactionStatus::Posted },
        description: text("description", &it.description)?,
        memo: opt_text("memo", it.memo)?,
        currency_code: opt_text("currency_code", it.currency_code)?,
        posted_at: it.posted_at.map(Timestamp::from_micros),
        transacted_at: it.transacted_at.map(Timestamp::from_micros),
        check_number: opt_text("check_number", it.check_number)?,
        latitude: it.latitude.map(|it| rate("latitude", &it)).transpose()?,
        longitude: it.longitude.map(|it| rate("longitude", &it)).transpose()?,
        is_international: it.is_international,
        merchant_category_code: it.merchant_category_code,
        category: opt_text("category", it.category)?,
        extended_transaction_type: text("extended_transaction_type", &it.extended_transaction_type)?,
    })
}

fn read_holding(it: Holding) -> Result<FeedHolding, Malformed> {
    let money = |name: &str, it: Option<String>| it.map(|it| money(name, &it)).transpose();
    let rate = |name: &str, it: Option<String>| it.map(|it| rate(name, &it)).transpose();
    Ok(FeedHolding {
        feed_id: id("id of a holding", it.id)?,
        holding_type: HoldingType::from_name(&it.kind).ok_or_else(|| Malformed::at("holding_type"))?,
        description: opt_text("description", it.description)?,
        symbol: opt_text("symbol", it.symbol)?,
        isin: opt_text("isin", it.isin)?,
        shares: rate("shares", it.shares)?,
        purchase_price: money("purchase_price", it.purchase_price)?,
        market_value: money("market_value", it.market_value)?,
        cost_basis: money("cost_basis", it.cost_basis)?,
        daily_change: money("daily_change", it.daily_change)?,
        currency_code: opt_text("currency_code", it.currency_code)?,
        bond_coupon_rate: rate("bond_coupon_rate", it.bond_coupon_rate)?,
        bond_maturity_date: it.bond_maturity_date.map(|it| date("bond_maturity_date", &it)).transpose()?,
    })
}

fn text(place: &str, text: &str) -> Result<String, Malformed> {
    // A text with NUL is one that no database takes.
    if text.chars().count() > CHARS_MAX || text.contains('\0') {
        return Err(Malformed::at(place));
    }
    Ok(mask(text).into_owned())
}

fn opt_text(place: &str, it: Option<String>) -> Result<Option<String>, Malformed> {
    it.map(|it| text(place, &it)).transpose()
}

fn id(place: &str, it: Option<String>) -> Result<Option<String>, Malformed> {
    let Some(it) = it else { return Ok(None) };
    text(place, &it)?;
    Ok(Some(mask_id(&it).into_owned()))
}

fn money(place: &str, text: &str) -> Result<Money, Malformed> {
    decimal(place, text, MONEY_DIGITS)
}

fn rate(place: &str, text: &str) -> Result<Rate, Malformed> {
    decimal(place, text, RATE_DIGITS)
}

fn decimal<const S: u32>(place: &str, text: &str, digits: u32) -> Result<Decimal<S>, Malformed> {
    let parsed = Decimal::parse_rounded(text).ok().filter(|it| it.fits(digits));
    parsed.ok_or_else(|| Malformed::at(place))
}

fn date(place: &str, text: &str) -> Result<Date, Malformed> {
    text.parse().map_err(|_| Malformed::at(place))
}
