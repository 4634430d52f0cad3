//! Transactions of a feed (`spec: nexus-pfm, 16.3`, rules 1, 2 and 9): by the key; by the id the source says it
//! replaces; by the fingerprint of one whose own id is missing from the batch; else new.
use super::{Context, Ingested, Item, account::currency_of, rows};
use crate::{Engine, Error, Result};
use domain::{
    account,
    env::Clock,
    guid::{CategoryGuid, TransactionGuid},
    time::{Date, Timestamp},
    transaction::{self as tr, Defaults, Record},
    webhook::Action,
};
use std::collections::HashSet;
use store::{Tx, accounts::AccountRow, scope::UserScope, transactions::TransactionRow};

impl Engine {
    #[expect(clippy::too_many_arguments, reason = "one call, and each is a different thing")]
    pub(super) fn write_transactions(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        context: &Context,
        account: &AccountRow,
        items: &[Item],
        account_is_new: bool,
        sum: &mut Ingested,
        mut told: Option<&mut Vec<(Action, TransactionRow)>>,
    ) -> Result<()> {
        let now = self.clock().now();
        let record = account::Record::decode(&rows::account_columns(scope, account), &account.data)
            .map_err(Error::internal)?;
        let defaults = Defaults {
            currency_code: currency_of(&record),
            is_business: record.flags.has(account::Flag::IsBusiness),
            own_category: &|_: CategoryGuid| None,
        };
        let mut taken: HashSet<TransactionGuid> = HashSet::new();
        let mut fresh = Vec::new();
        for item in items {
            let mut found = None;
            if !account_is_new {
                found = matched(tx, scope, account.no, item, &taken)?;
                if found.is_none() {
                    found = reissued(tx, scope, context, item, &taken)?;
                }
            }
            match found {
                Some(row) => {
                    taken.insert(row.guid);
                    let changed = merge(tx, scope, item, row, &defaults, now, sum)?;
                    if let (Some(row), Some(told)) = (changed, told.as_deref_mut()) {
                        told.push((Action::Updated, row));
                    }
                }
                None => fresh.push(self.new_row(scope, account.no, item, &defaults, now)),
            }
        }
        sum.created += i64::try_from(fresh.len()).unwrap_or(i64::MAX);
        tx.insert_transactions(scope, &fresh)?;
        if let Some(told) = told {
            told.extend(fresh.into_iter().map(|row| (Action::Created, row)));
        }
        Ok(())
    }

    fn new_row(
        &self,
        scope: UserScope,
        account_no: i64,
        item: &Item,
        defaults: &Defaults<'_>,
        now: Timestamp,
    ) -> TransactionRow {
        let new = tr::New {
            user_id: scope.number(),
            guid: TransactionGuid::new(now, self.entropy()),
            account_no,
            feed_key: item.key,
            now,
        };
        rows::transaction_row(&Record::from_feed(&item.feed, &new, defaults), item.fingerprint)
    }
}

/// The stored transaction with the item's key, or with the id it replaces.
fn matched(
    tx: &mut Tx<'_>,
    scope: UserScope,
    account_no: i64,
    item: &Item,
    taken: &HashSet<TransactionGuid>,
) -> Result<Option<TransactionRow>> {
    let mut by_key = |key: i64| -> Result<Option<TransactionRow>> {
        let rows = tx.transactions_by_feed_key(scope, account_no, key)?;
        Ok(rows.into_iter().find(|row| !taken.contains(&row.guid)))
    };
    if let Some(row) = by_key(item.key)? {
        return Ok(Some(row));
    }
    match &item.feed.replaces {
        Some(id) => by_key(tr::feed_key(id)),
        None => Ok(None),
    }
}

/// The oldest stored transaction with this fingerprint whose own id is missing from the batch, if nobody gave it
/// another id since that was found.
fn reissued(
    tx: &mut Tx<'_>,
    scope: UserScope,
    context: &Context,
    item: &Item,
    taken: &HashSet<TransactionGuid>,
) -> Result<Option<TransactionRow>> {
    let alike = context.orphans.get(&item.fingerprint).map_or(&[][..], Vec::as_slice);
    for (guid, key) in alike.iter().rev().filter(|(guid, _)| !taken.contains(guid)) {
        if let Some(row) = tx.transaction(scope, *guid)?.filter(|row| row.feed_key == Some(*key)) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Merges an item into its stored transaction; writes nothing where nothing differs. Gives the row where a value
/// changed.
fn merge(
    tx: &mut Tx<'_>,
    scope: UserScope,
    item: &Item,
    mut row: TransactionRow,
    defaults: &Defaults<'_>,
    now: Timestamp,
    sum: &mut Ingested,
) -> Result<Option<TransactionRow>> {
    if row.feed_digest == item.digest && row.feed_key == Some(item.key) {
        sum.unchanged += 1;
        return Ok(None);
    }
    let columns = rows::transaction_columns(scope, &row.view());
    let mut record = Record::decode(&columns, &row.data).map_err(Error::internal)?;
    let merged = record.merge_feed(&item.feed, defaults);
    record.feed_key = item.key;
    if merged.changed {
        record.updated_at = now;
        sum.updated += 1;
    } else {
        sum.unchanged += 1;
    }
    let old_date: Date = row.date;
    row = rows::transaction_row(&record, item.fingerprint);
    tx.update_transaction(scope, &row, old_date)?;
    Ok(merged.changed.then_some(row))
}
