//! From what a feed says to stored rows: accounts matched by identity, transactions by the rules of
//! `spec: nexus-pfm, 16.2 and 16.3`.
//!
//! What equals the stored row by its digest is set aside before any write begins; the rest is written in chunks,
//! each a transaction, matched again under the user's lock. A batch that was cut short by a crash is completed by
//! the next one: nothing is written twice.
mod account;
mod rows;
mod transaction;

use crate::{Engine, Error, Result};
use domain::{
    enums::TransactionStatus,
    env::Clock,
    feed::{FeedAccount, FeedBatch, FeedTransaction},
    guid::JobGuid,
    time::Date,
    transaction as tr,
};
use std::collections::{HashMap, HashSet};
use store::{Tx, scope::UserScope};

pub(crate) use account::AccountKeys;
pub(crate) use rows::{account_columns, transaction_columns};

/// Transactions written by one commit.
const CHUNK: usize = 2000;

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
    /// Stores what a job fetched; says how many transactions were made and changed.
    pub(crate) async fn ingest_for_job(
        &self,
        scope: UserScope,
        job: JobGuid,
        fence: i64,
        batches: Vec<FeedBatch>,
    ) -> Result<(i64, i64)> {
        let Some(row) = self.db().job(scope, job).await? else { return Ok((0, 0)) };
        let target = Target { scope, member_no: row.member_no, job: Some((job, fence)) };
        let today = self.today();
        let mut sum = Ingested::default();
        for batch in batches {
            sum.add(&self.ingest(&target, batch, today, &mut |_| {}).await?);
        }
        Ok((sum.created, sum.updated))
    }

    /// Stores a batch whose balance is that of `balance_on`. `progress` hears how many transactions are done.
    pub(crate) async fn ingest(
        &self,
        target: &Target,
        batch: FeedBatch,
        balance_on: Date,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Ingested> {
        let FeedBatch { account, transactions, window, holdings, .. } = batch;
        let keys = self.account_keys(target.scope, &account);
        let known = self.known_account(target, &account, &keys).await?;
        let items = identified(transactions)?;
        let batch_keys: HashSet<i64> = items.iter().map(|item| item.key).collect();
        let (news, unchanged) = match known {
            Some(no) => changed_items(items, &self.db().feed_index(target.scope, no).await?),
            None => (items, 0),
        };
        progress(unchanged);
        let mut sum = Ingested { unchanged: unchanged.cast_signed(), ..Ingested::default() };
        let context =
            std::sync::Arc::new(Context { account, keys, window, holdings, batch_keys, balance_on });
        let mut chunks = Vec::new();
        let mut news = news.into_iter().peekable();
        loop {
            chunks.push(news.by_ref().take(CHUNK).collect::<Vec<Item>>());
            if news.peek().is_none() {
                break;
            }
        }
        for (index, chunk) in chunks.into_iter().enumerate() {
            let done = chunk.len() as u64;
            let (engine, target, context) = (self.clone(), target.clone(), context.clone());
            let written = self.db().write(move |tx| {
                if !target.still_holds(tx)? {
                    return Ok(Ingested::default());
                }
                engine.write_chunk(tx, &target, &context, &chunk, index == 0, known.is_none())
            });
            sum.add(&written.await?);
            progress(done);
        }
        Ok(sum)
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
        is_first: bool,
        was_unknown: bool,
    ) -> Result<Ingested> {
        let now = self.clock().now();
        let mut sum = Ingested::default();
        let stored = tx.accounts_of_member(target.scope, target.member_no)?;
        let found = account::find(&stored, &context.account, &context.keys).cloned();
        let row = if is_first || found.is_none() {
            self.write_account(tx, target, context, found, &mut sum, now)?
        } else {
            found.ok_or_else(|| Error::internal("the account went away"))?
        };
        let is_new = sum.accounts_created > 0 || (was_unknown && !is_first);
        self.write_transactions(tx, target.scope, context, &row, items, is_new, &mut sum)?;
        Ok(sum)
    }
}

/// What the chunks of a batch share.
struct Context {
    account: FeedAccount,
    keys: AccountKeys,
    window: Option<(Date, Date)>,
    holdings: Option<Vec<domain::feed::FeedHolding>>,
    /// Identities of the whole batch: a stored transaction with none of them is missing from it.
    batch_keys: HashSet<i64>,
    /// The day its balance is of.
    balance_on: Date,
}

impl Target {
    fn still_holds(&self, tx: &mut Tx<'_>) -> Result<bool> {
        if tx.user_for_update(self.scope)?.is_none() || tx.member_by_no(self.scope, self.member_no)?.is_none()
        {
            return Ok(false);
        }
        match self.job {
            Some((guid, fence)) => Ok(tx.holds_job(self.scope, guid, fence)?),
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

/// Those that are not stored word for word, and how many are.
fn changed_items(items: Vec<Item>, index: &[(i64, i64)]) -> (Vec<Item>, u64) {
    let index: HashMap<i64, i64> = index.iter().copied().collect();
    let all = items.len();
    let news: Vec<Item> =
        items.into_iter().filter(|item| index.get(&item.key) != Some(&item.digest)).collect();
    let unchanged = (all - news.len()) as u64;
    (news, unchanged)
}
