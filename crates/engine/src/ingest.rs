//! From what a feed says to stored rows: accounts matched by identity, transactions by the rules of
//! `spec: nexus-pfm, 16.2 and 16.3`.
//!
//! What equals the stored row by its digest is set aside before any write begins; the rest is written in chunks,
//! each a transaction, matched again under the user's lock. A batch that was cut short by a crash is completed by
//! the next one: nothing is written twice.
mod account;
mod rows;
mod transaction;

use crate::{Engine, Error, Result, worker::News};
use domain::{
    account::Field,
    decimal::Money,
    enums::TransactionStatus,
    env::Clock,
    feed::{FeedAccount, FeedBatch, FeedTransaction},
    guid::{JobGuid, TransactionGuid},
    time::{Date, Timestamp},
    transaction as tr,
    value::Value,
};
use std::collections::{HashMap, HashSet};
use store::{Tx, accounts::AccountRow, scope::UserScope};

pub(crate) use account::AccountKeys;
pub(crate) use rows::{account_columns, transaction_columns};

/// Transactions written by one commit.
const CHUNK: usize = 2000;

/// Days of a window that is read whole: a daily job's.
const RECENT_DAYS: i32 = 31;

/// Digits of an amount in all (`spec: conventions, 7`).
const AMOUNT_DIGITS: u32 = 10;

/// What a batch came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ingested {
    /// Accounts made.
    pub accounts_created: i64,
    /// Accounts of which a stored value changed.
    pub accounts_updated: i64,
    /// Transactions made.
    pub created: i64,
    /// Transactions of which a stored value changed.
    pub updated: i64,
    /// Transactions that were there already, word for word.
    pub unchanged: i64,
}

impl Ingested {
    pub(crate) fn add(&mut self, other: &Self) {
        self.accounts_created += other.accounts_created;
        self.accounts_updated += other.accounts_updated;
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }
}

/// A transaction of a batch with its identity.
struct Item {
    key: i64,
    fingerprint: i64,
    digest: i64,
    feed: FeedTransaction,
}

/// For whom data is written.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) scope: UserScope,
    pub(crate) member_no: i64,
    /// The job whose fence must still hold.
    pub(crate) job: Option<(JobGuid, i64)>,
}

impl Engine {
    /// What of the data that a job fetched is not stored yet. Where that is more than a commit should hold it is
    /// written at once, in chunks; else it is left for the write of the step.
    pub(crate) async fn news_of_job(&self, target: Target, batches: Vec<FeedBatch>) -> Result<News> {
        let today = self.today();
        let stored = self.db().accounts_of_member(target.scope, target.member_no).await?;
        let mut prepared = Vec::with_capacity(batches.len());
        for batch in batches {
            let balance = DayBalance { on: today, balance: told_balance(&batch.account) };
            prepared.push(self.prepare(&target, batch, balance, &stored).await?);
        }
        if prepared.iter().map(|p| p.items.len()).sum::<usize>() <= CHUNK {
            return Ok(News { prepared, ..News::default() });
        }
        let mut sum = Ingested::default();
        for batch in prepared {
            sum.add(&self.write_in_chunks(&target, batch, &mut |_| {}).await?);
        }
        Ok(News { counts: (sum.created, sum.updated), ..News::default() })
    }

    /// Stores a batch with the balance of a day. `progress` hears how many transactions are done.
    pub(crate) async fn ingest(
        &self,
        target: &Target,
        batch: FeedBatch,
        balance: DayBalance,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Ingested> {
        let stored = self.db().accounts_of_member(target.scope, target.member_no).await?;
        let prepared = self.prepare(target, batch, balance, &stored).await?;
        progress(prepared.unchanged.unsigned_abs());
        self.write_in_chunks(target, prepared, progress).await
    }

    /// Sets aside what is stored word for word, and finds what may get a new id.
    async fn prepare(
        &self,
        target: &Target,
        batch: FeedBatch,
        balance: DayBalance,
        stored: &[AccountRow],
    ) -> Result<Prepared> {
        let FeedBatch { account, transactions, window, holdings, owners, .. } = batch;
        let keys = self.account_keys(target.scope, &account);
        let known = account::find(stored, &account, &keys).map(|row| row.no);
        let mut items = identified(transactions)?;
        let batch_keys: HashSet<i64> = items.iter().map(|item| item.key).collect();
        let mut unchanged = 0;
        let mut recent = None;
        if let Some(no) = known.filter(|_| !items.is_empty()) {
            // What a few days do not show may be stored all the same: it is matched again when it is written.
            let few = window.filter(|(from, to)| to.days().saturating_sub(from.days()) <= RECENT_DAYS);
            let index = if let Some((from, to)) = few {
                let rows = self.db().feed_recent(target.scope, no, from, to).await?;
                let index = rows.iter().map(|row| (row.feed_key, row.feed_digest)).collect();
                recent = Some(rows);
                index
            } else {
                self.db().feed_index(target.scope, no).await?
            };
            (items, unchanged) = changed_items(items, &index);
            if items.iter().any(|item| item.feed.status == TransactionStatus::Pending) {
                // Those dropped for their age do not come back while the feed lists them (TX-6).
                let dropped = self.db().dropped_transactions(target.scope, no).await?;
                items.retain(|item| {
                    item.feed.status != TransactionStatus::Pending || !dropped.contains(&item.key)
                });
            }
        }
        let orphans = match (known, window, recent) {
            (_, _, Some(rows)) => {
                let known = rows.into_iter().filter_map(|r| Some((r.guid, r.feed_key, r.fingerprint?)));
                orphans_of(known, &batch_keys)
            }
            (Some(no), Some((from, to)), None) if !items.is_empty() => {
                let rows = self.db().feed_window(target.scope, no, from, to).await?;
                orphans_of(rows.into_iter(), &batch_keys)
            }
            _ => HashMap::new(),
        };
        let context = std::sync::Arc::new(Context { account, keys, holdings, owners, orphans, balance });
        Ok(Prepared { context, items, unchanged: unchanged.cast_signed(), is_known: known.is_some() })
    }

    /// Writes a batch, each chunk a transaction.
    async fn write_in_chunks(
        &self,
        target: &Target,
        prepared: Prepared,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Ingested> {
        let Prepared { context, items, unchanged, is_known } = prepared;
        let mut sum = Ingested { unchanged, ..Ingested::default() };
        let mut chunks = Vec::new();
        let mut items = items.into_iter().peekable();
        loop {
            chunks.push(items.by_ref().take(CHUNK).collect::<Vec<Item>>());
            if items.peek().is_none() {
                break;
            }
        }
        for (index, chunk) in chunks.into_iter().enumerate() {
            let done = chunk.len() as u64;
            let (engine, target, context) = (self.clone(), target.clone(), context.clone());
            // How many transactions the account has if only this batch has written to it.
            let own = (!is_known).then_some(sum.created);
            let lease_until = self.lease_now().await?.plus_seconds(crate::worker::LEASE_SECONDS);
            let written = self.db().write(move |tx| {
                if !target.still_holds(tx, lease_until)? {
                    return Ok(Ingested::default());
                }
                let mut stored = tx.accounts_of_member(target.scope, target.member_no)?;
                engine.write_chunk(tx, &target, &context, &chunk, (index == 0, own), &mut stored)
            });
            sum.add(&written.await?);
            progress(done);
        }
        Ok(sum)
    }

    /// Writes batches within the write of a job's step; says how many transactions were made and changed.
    pub(crate) fn write_prepared(
        &self,
        tx: &mut Tx<'_>,
        target: &Target,
        prepared: &[Prepared],
    ) -> Result<(i64, i64)> {
        let mut stored = tx.accounts_of_member(target.scope, target.member_no)?;
        let mut sum = Ingested::default();
        for batch in prepared {
            let own = (!batch.is_known).then_some(0);
            let written =
                self.write_chunk(tx, target, &batch.context, &batch.items, (true, own), &mut stored)?;
            sum.add(&written);
        }
        Ok((sum.created, sum.updated))
    }

    /// The number of the stored account that a feed's is.
    pub(crate) async fn known_account(
        &self,
        target: &Target,
        account: &FeedAccount,
        keys: &AccountKeys,
    ) -> Result<Option<i64>> {
        let stored = self.db().accounts_of_member(target.scope, target.member_no).await?;
        Ok(account::find(&stored, account, keys).map(|row| row.no))
    }

    /// How many of a batch's transactions are not stored word for word; nothing is written.
    pub(crate) async fn count_news(
        &self,
        target: &Target,
        known: Option<i64>,
        transactions: Vec<FeedTransaction>,
    ) -> Result<u64> {
        let items = identified(transactions)?;
        Ok(match known {
            Some(no) => changed_items(items, &self.db().feed_index(target.scope, no).await?).0,
            None => items,
        }
        .len() as u64)
    }

    /// Under the user's lock: the account, then its transactions.
    fn write_chunk(
        &self,
        tx: &mut Tx<'_>,
        target: &Target,
        context: &Context,
        items: &[Item],
        (is_first, own): (bool, Option<i64>),
        stored: &mut Vec<AccountRow>,
    ) -> Result<Ingested> {
        let now = self.clock().now();
        let owner = self.owner_if_heard(tx, target.scope, target.member_no)?;
        let mut sum = Ingested::default();
        let found = account::find(stored, &context.account, &context.keys).cloned();
        let row = if is_first || found.is_none() {
            self.write_account(tx, target, context, found, owner.as_ref(), &mut sum, now)?
        } else {
            found.ok_or_else(|| Error::internal("the account went away"))?
        };
        stored.retain(|other| other.no != row.no);
        stored.push(row.clone());
        if items.is_empty() {
            return Ok(sum);
        }
        // Another import of the same account may have come in between: then nothing is taken for new unseen.
        let is_new = sum.accounts_created > 0
            || match own {
                Some(own) => tx.count_of_account(target.scope, row.no)? == own,
                None => false,
            };
        let mut told = owner.as_ref().map(|_| Vec::new());
        self.write_transactions(tx, target.scope, context, &row, items, is_new, &mut sum, told.as_mut())?;
        if let (Some(owner), Some(told)) = (owner, told) {
            self.tell_transactions(tx, &owner, &row, &told)?;
        }
        Ok(sum)
    }
}

/// A batch without what is stored word for word.
pub(crate) struct Prepared {
    context: std::sync::Arc<Context>,
    items: Vec<Item>,
    unchanged: i64,
    is_known: bool,
}

/// What the chunks of a batch share.
struct Context {
    account: FeedAccount,
    keys: AccountKeys,
    holdings: Option<Vec<domain::feed::FeedHolding>>,
    owners: Option<Vec<domain::feed::FeedOwner>>,
    /// Stored transactions of the window that the batch does not have: they may get a new id.
    orphans: Orphans,
    balance: DayBalance,
}

/// By fingerprint, newest first: guid, and the key they had when they were looked for.
type Orphans = HashMap<i64, Vec<(TransactionGuid, i64)>>;

/// What the balance of a day was, as far as the feed tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DayBalance {
    pub(crate) on: Date,
    pub(crate) balance: Option<Money>,
}

/// The balance a feed tells of an account.
pub(crate) fn told_balance(account: &FeedAccount) -> Option<Money> {
    account.values.iter().find_map(|(field, value)| match (field, value) {
        (Field::Balance, Value::Money(money)) => Some(*money),
        _ => None,
    })
}

impl Target {
    /// Data that a job fetched.
    pub(crate) const fn of_job(scope: UserScope, member_no: i64, job: JobGuid, fence: i64) -> Self {
        Self { scope, member_no, job: Some((job, fence)) }
    }

    /// Whether what was fetched may still be written; the job's lease then lasts until the given machine time.
    fn still_holds(&self, tx: &mut Tx<'_>, lease_until: Timestamp) -> Result<bool> {
        if tx.user_for_update(self.scope)?.is_none() || tx.member_by_no(self.scope, self.member_no)?.is_none()
        {
            return Ok(false);
        }
        match self.job {
            Some((guid, fence)) => Ok(tx.renew_lease(self.scope, guid, fence, lease_until)?),
            None => Ok(true),
        }
    }
}

/// Gives every transaction its identity (TX-1). Of an id given twice the last counts; without ids, equals are
/// numbered, so that three equal coffees stay three.
fn identified(transactions: Vec<FeedTransaction>) -> Result<Vec<Item>> {
    let mut items: Vec<Item> = Vec::with_capacity(transactions.len());
    let mut by_key: HashMap<i64, usize> = HashMap::with_capacity(transactions.len());
    let mut equals: HashMap<i64, u32> = HashMap::new();
    for feed in transactions {
        if !feed.amount.fits(AMOUNT_DIGITS) {
            return Err(Error::Rule(
                format!("amount: {} has more than {AMOUNT_DIGITS} digits", feed.amount).into(),
            ));
        }
        let fingerprint = tr::fingerprint(&feed);
        let key = if let Some(id) = &feed.feed_id {
            tr::feed_key(id)
        } else {
            let n = equals.entry(fingerprint).or_default();
            let key = tr::fingerprint_key(fingerprint, *n);
            *n += 1;
            key
        };
        let item = Item { key, fingerprint, digest: tr::feed_digest(&feed), feed };
        match by_key.entry(key) {
            std::collections::hash_map::Entry::Occupied(place) => {
                // POSTED wins over PENDING of the same id, whatever their order (TX-7).
                let held = &mut items[*place.get()];
                let goes_back = held.feed.status == TransactionStatus::Posted
                    && item.feed.status == TransactionStatus::Pending;
                if !goes_back {
                    *held = item;
                }
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(items.len());
                items.push(item);
            }
        }
    }
    Ok(items)
}

/// Stored transactions of the window whose ids the batch does not have.
fn orphans_of(
    stored: impl Iterator<Item = (TransactionGuid, i64, i64)>,
    batch_keys: &HashSet<i64>,
) -> Orphans {
    let mut orphans = Orphans::new();
    for (guid, key, fingerprint) in stored.filter(|(_, key, _)| !batch_keys.contains(key)) {
        orphans.entry(fingerprint).or_default().push((guid, key));
    }
    orphans
}

/// Those that are not stored word for word, and how many are.
fn changed_items(items: Vec<Item>, index: &[(i64, i64)]) -> (Vec<Item>, u64) {
    let index: HashMap<i64, i64> = index.iter().copied().collect();
    let all = items.len();
    let news: Vec<Item> =
        items.into_iter().filter(|item| index.get(&item.key) != Some(&item.digest)).collect();
    let unchanged = (all - news.len()) as u64;
    (news, unchanged)
}
