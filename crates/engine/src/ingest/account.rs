//! Accounts of a feed (`spec: nexus-pfm, 16.2`).
use super::{Context, Ingested, Target, rows};
use crate::{Engine, Error, Result, webhook::payload::Owner};
use domain::{
    account::{self, Field, Record},
    enums::AccountType,
    feed::{FeedAccount, FeedHolding},
    guid::{AccountGuid, HoldingGuid},
    hash::Hash64,
    time::Timestamp,
    webhook::{Action, EventType},
};
use std::collections::BTreeMap;
use store::{
    Tx,
    accounts::{AccountRow, HoldingRow},
    scope::UserScope,
};

/// What an account is found by.
#[derive(Debug, Clone)]
pub(crate) struct AccountKeys {
    feed_key: Option<i64>,
    number_hash: Option<Vec<u8>>,
    name_key: i64,
    account_type: AccountType,
    digest: i64,
}

/// The stored account that a feed's is (AC-1): by feed id; without one by type and number; without a number by
/// type and name. A new feed id takes over an account that is equal by the latter.
pub(super) fn find<'a>(
    stored: &'a [AccountRow],
    feed: &FeedAccount,
    keys: &AccountKeys,
) -> Option<&'a AccountRow> {
    let of_type = |row: &&AccountRow| row.account_type == i64::from(keys.account_type.code());
    let by_id = keys.feed_key.and_then(|key| stored.iter().find(|row| row.feed_key == key));
    by_id.or_else(|| {
        let mut same_type = stored.iter().filter(of_type);
        match &keys.number_hash {
            Some(hash) => same_type.find(|row| row.number_hash.as_ref() == Some(hash)),
            None if feed.feed_id.is_none() => {
                same_type.find(|row| row.number_hash.is_none() && row.name_key == keys.name_key)
            }
            None => None,
        }
    })
}

impl Engine {
    pub(crate) fn account_keys(&self, scope: UserScope, feed: &FeedAccount) -> AccountKeys {
        let user = scope.number().to_be_bytes();
        let number_hash = feed.account_number.as_ref().map(|number| {
            self.inner
                .keyed
                .keyed_hash("account_number", &[&user, number.expose().trim().as_bytes()])
                .to_vec()
        });
        AccountKeys {
            feed_key: feed.feed_id.as_deref().map(account::feed_key),
            number_hash,
            name_key: account::name_key(feed.account_type, &feed.name),
            account_type: feed.account_type,
            digest: account::feed_digest(feed),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one call, and each is a different thing")]
    /// Makes the account or merges what the feed says into it; nothing is written where nothing changed.
    pub(super) fn write_account(
        &self,
        tx: &mut Tx<'_>,
        target: &Target,
        context: &Context,
        mut found: Option<AccountRow>,
        owner: Option<&Owner>,
        sum: &mut Ingested,
        now: Timestamp,
    ) -> Result<AccountRow> {
        let scope = target.scope;
        let (feed, keys) = (&context.account, &context.keys);
        let is_same = |old: &AccountRow| {
            let number_is_same = keys.number_hash.is_none() || old.number_hash == keys.number_hash;
            old.feed_digest == keys.digest && old.imported_at.is_some() && number_is_same
        };
        let row = if let Some(old) = found.take_if(|old| is_same(old)) {
            old
        } else if let Some(old) = found {
            let mut record =
                Record::decode(&rows::account_columns(scope, &old), &old.data).map_err(Error::internal)?;
            let changed = record.merge_feed(feed);
            if changed {
                record.touch(now);
                sum.accounts_updated += 1;
            }
            let number_hash = keys.number_hash.clone().or_else(|| old.number_hash.clone());
            let is_same = !changed && number_hash == old.number_hash && old.feed_digest == keys.digest;
            record.imported_at = Some(record.imported_at.unwrap_or(now));
            let row = rows::account_row(&record, number_hash, keys.digest);
            if !is_same {
                tx.update_account(scope, &row)?;
            }
            row
        } else {
            let new = account::New {
                user_id: scope.number(),
                account_no: tx.next_account_no(scope)?,
                guid: AccountGuid::new(now, self.entropy()),
                member_no: target.member_no,
                now,
            };
            let mut record = Record::from_feed(feed, &new);
            record.imported_at = Some(now);
            let row = rows::account_row(&record, keys.number_hash.clone(), keys.digest);
            tx.insert_account(scope, &row)?;
            sum.accounts_created += 1;
            row
        };
        if let Some(owner) = owner
            && sum.accounts_created + sum.accounts_updated > 0
        {
            let action = if sum.accounts_created > 0 { Action::Created } else { Action::Updated };
            self.tell_account(tx, owner, &row, action)?;
        }
        if let Some(balance) = context.balance.balance {
            tx.put_balance(scope, row.no, context.balance.on, balance.units())?;
        }
        self.write_numbers_of_feed(tx, target, &row, feed)?;
        if let Some(owners) = &context.owners {
            self.write_owners(tx, target, &row, owners)?;
        }
        if let Some(holdings) = &context.holdings {
            self.write_holdings(tx, scope, &row, holdings, owner, now)?;
        }
        Ok(row)
    }

    fn write_holdings(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        account: &AccountRow,
        holdings: &[FeedHolding],
        owner: Option<&Owner>,
        now: Timestamp,
    ) -> Result<()> {
        let account_no = account.no;
        let owner = owner.filter(|_| self.is_heard(tx, scope.client(), EventType::Holding));
        let before = if owner.is_some() { tx.holdings(scope, account_no)? } else { Vec::new() };
        for holding in holdings {
            let guid = HoldingGuid::new(now, self.entropy());
            let document = holding_document(holding).to_string();
            tx.put_holding(scope, account_no, guid, holding_key(holding), &document, now)?;
        }
        let kept: Vec<i64> = holdings.iter().map(holding_key).collect();
        tx.keep_holdings(scope, account_no, &kept)?;
        match owner {
            Some(owner) => {
                let changes = changed_holdings(before, tx.holdings(scope, account_no)?);
                self.tell_holdings(tx, owner, account, &changes)
            }
            None => Ok(()),
        }
    }
}

/// What became of holdings, all in the order of their keys.
fn changed_holdings(before: Vec<HoldingRow>, after: Vec<HoldingRow>) -> Vec<(Action, HoldingRow)> {
    let mut gone: BTreeMap<i64, HoldingRow> = before.into_iter().map(|row| (row.feed_key, row)).collect();
    let mut changes = Vec::new();
    for row in after {
        match gone.remove(&row.feed_key) {
            None => changes.push((Action::Created, row)),
            Some(old) if old.document != row.document => changes.push((Action::Updated, row)),
            Some(_) => {}
        }
    }
    changes.extend(gone.into_values().map(|row| (Action::Deleted, row)));
    changes
}

/// Identity of a holding within its account (`spec: nexus-pfm, HO-1`).
fn holding_key(holding: &FeedHolding) -> i64 {
    let hash = Hash64::new(20);
    if let Some(id) = &holding.feed_id {
        return hash.int(1).text(id).finish();
    }
    let named = holding.symbol.as_deref().or(holding.isin.as_deref());
    let description = holding.description.as_deref().map(domain::text::normalized);
    hash.int(2)
        .int(i64::from(holding.holding_type.code()))
        .opt_text(named.or(description.as_deref()))
        .finish()
}

/// What the feed says of a holding, exact: decimals as text.
fn holding_document(h: &FeedHolding) -> serde_json::Value {
    fn text<T: ToString>(value: Option<T>) -> Option<String> {
        value.map(|value| value.to_string())
    }
    serde_json::json!({
        "feed_id": h.feed_id,
        "holding_type": h.holding_type.code(),
        "description": h.description,
        "symbol": h.symbol,
        "isin": h.isin,
        "shares": text(h.shares),
        "purchase_price": text(h.purchase_price),
        "market_value": text(h.market_value),
        "cost_basis": text(h.cost_basis),
        "daily_change": text(h.daily_change),
        "currency_code": h.currency_code,
        "bond_coupon_rate": text(h.bond_coupon_rate),
        "bond_maturity_date": text(h.bond_maturity_date),
    })
}

/// Currency that transactions of an account take where they tell none.
pub(super) fn currency_of(record: &Record) -> Option<&str> {
    record.text(Field::CurrencyCode)
}
