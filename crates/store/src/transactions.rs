//! Transactions: columns that SQL filters, sorts and sums, and one blob of the sparse rest.
//!
//! Lists are paged by number. To skip a thousand pages at the price of one, the rows of each month are counted
//! as they are written (`transaction_counts`): the page's month is found from the counts, and only rows of that
//! month are skipped one by one, in the index.
use crate::{Db, Param, Result, Row, Tx, params, scope::UserScope, statements};
use domain::{
    guid::{MerchantGuid, TransactionGuid},
    time::{Date, Timestamp},
};

/// What an answer shows.
macro_rules! shown {
    () => {
        "guid, account_no, date, created_at, updated_at, amount, transaction_type, status, category_no, flags, \
         merchant, parent, data"
    };
}

macro_rules! columns {
    () => {
        concat!(shown!(), ", feed_key, fingerprint, feed_digest, description_key")
    };
}

macro_rules! in_accounts {
    () => {
        "account_no IN (?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)"
    };
}

/// Accounts a list can be narrowed to in one statement; more are read in several and merged.
const ACCOUNTS_MAX: usize = 16;

statements! {
    TRANSACTION: Point = concat!("SELECT ", columns!(), " FROM transactions WHERE user_id = ?1 AND guid = ?2");
    TRANSACTIONS: Page = concat!("SELECT ", shown!(), " FROM transactions \
        WHERE user_id = ?1 AND date BETWEEN ?2 AND ?3 ORDER BY date DESC, created_at DESC, guid LIMIT ?4 OFFSET ?5");
    TRANSACTIONS_OF_ACCOUNT: Page = concat!("SELECT ", shown!(), " FROM transactions WHERE user_id = ?1 \
        AND account_no = ?6 AND date BETWEEN ?2 AND ?3 ORDER BY date DESC, created_at DESC, guid LIMIT ?4 OFFSET ?5");
    TRANSACTIONS_OF_ACCOUNTS: Page = concat!("SELECT ", columns!(), " FROM transactions WHERE user_id = ?1 AND ",
        in_accounts!(), " AND date BETWEEN ?2 AND ?3 ORDER BY date DESC, created_at DESC, guid LIMIT ?4 OFFSET ?5");
    DATES: Point = "SELECT (SELECT MIN(date) FROM transactions WHERE user_id = ?1), \
        (SELECT MAX(date) FROM transactions WHERE user_id = ?1)";
    DATES_OF_ACCOUNT: Point = "SELECT (SELECT MIN(date) FROM transactions WHERE user_id = ?1 AND account_no = ?2), \
        (SELECT MAX(date) FROM transactions WHERE user_id = ?1 AND account_no = ?2)";
    COUNT: Page = "SELECT COUNT(*) FROM transactions WHERE user_id = ?1 AND date BETWEEN ?2 AND ?3";
    COUNT_OF_ACCOUNT: Page = "SELECT COUNT(*) FROM transactions \
        WHERE user_id = ?1 AND account_no = ?4 AND date BETWEEN ?2 AND ?3";
    MONTHS: Page = "SELECT month, count FROM transaction_counts \
        WHERE user_id = ?1 AND account_no = ?2 AND month BETWEEN ?3 AND ?4 ORDER BY month DESC";
    INSERT_TRANSACTION: Point = concat!("INSERT INTO transactions (user_id, ", columns!(), ") VALUES (?1, ?2, ?3, ?4, \
        ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)");
    UPDATE_TRANSACTION: Point = "UPDATE transactions SET date = ?3, updated_at = ?4, amount = ?5, \
        transaction_type = ?6, status = ?7, category_no = ?8, flags = ?9, merchant = ?10, feed_key = ?11, \
        fingerprint = ?12, feed_digest = ?13, description_key = ?14, data = ?15 WHERE user_id = ?1 AND guid = ?2";
    DELETE_TRANSACTION: Point = "DELETE FROM transactions WHERE user_id = ?1 AND guid = ?2";
    ADD_COUNT: Point = "INSERT INTO transaction_counts (user_id, account_no, month, count) VALUES (?1, ?2, ?3, ?4) \
        ON CONFLICT (user_id, account_no, month) DO UPDATE SET count = transaction_counts.count + excluded.count";
    ALL_OF_ACCOUNT: Heavy = concat!("SELECT ", columns!(), " FROM transactions WHERE user_id = ?1 AND account_no = ?2");
    FEED_INDEX: Heavy = "SELECT feed_key, feed_digest FROM transactions \
        WHERE user_id = ?1 AND account_no = ?2 AND feed_key IS NOT NULL ORDER BY feed_key";
    BY_FEED_KEY: Point = concat!("SELECT ", columns!(), " FROM transactions \
        WHERE user_id = ?1 AND account_no = ?2 AND feed_key = ?3");
}

/// A transaction as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionRow {
    /// Guid, `TRN-`.
    pub guid: TransactionGuid,
    /// Number of its account.
    pub account_no: i64,
    /// Effective date.
    pub date: Date,
    /// When it was made.
    pub created_at: Timestamp,
    /// Latest change of a stored value.
    pub updated_at: Timestamp,
    /// Effective amount, hundredths, unsigned.
    pub amount: i64,
    /// Code of `TransactionType`.
    pub transaction_type: i64,
    /// Code of `TransactionStatus`.
    pub status: i64,
    /// Number of its category.
    pub category_no: i64,
    /// Bits of `domain::transaction`.
    pub flags: i64,
    /// Its merchant.
    pub merchant: Option<MerchantGuid>,
    /// The transaction it was split from.
    pub parent: Option<TransactionGuid>,
    /// Hash of the feed id, or of fingerprint and running number; none on manual ones.
    pub feed_key: Option<i64>,
    /// Hash of what makes two feed transactions look alike (`spec: nexus-pfm, TX-1`).
    pub fingerprint: Option<i64>,
    /// Hash of all the feed says.
    pub feed_digest: i64,
    /// Hash of N(description).
    pub description_key: i64,
    /// Everything else, encoded by `domain::transaction`.
    pub data: Vec<u8>,
}

/// A transaction on its way into an answer: borrowed from the database.
#[derive(Debug, Clone, Copy)]
pub struct TransactionView<'a> {
    /// Guid, `TRN-`.
    pub guid: TransactionGuid,
    /// Number of its account.
    pub account_no: i64,
    /// Effective date.
    pub date: Date,
    /// When it was made.
    pub created_at: Timestamp,
    /// Latest change of a stored value.
    pub updated_at: Timestamp,
    /// Effective amount, hundredths, unsigned.
    pub amount: i64,
    /// Code of `TransactionType`.
    pub transaction_type: i64,
    /// Code of `TransactionStatus`.
    pub status: i64,
    /// Number of its category.
    pub category_no: i64,
    /// Bits of `domain::transaction`.
    pub flags: i64,
    /// Its merchant.
    pub merchant: Option<MerchantGuid>,
    /// The transaction it was split from.
    pub parent: Option<TransactionGuid>,
    /// Everything else, encoded by `domain::transaction`.
    pub data: &'a [u8],
}

/// Which of the user's accounts a list takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountSet {
    /// All. Only where none is deleted and waits for its purge.
    All,
    /// Those with these numbers.
    Some(Vec<i64>),
}

/// A list of transactions: accounts and days, both ends included.
#[derive(Debug, Clone)]
pub struct TransactionFilter {
    /// Accounts.
    pub accounts: AccountSet,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

fn row_of(row: &Row<'_>) -> Result<TransactionRow> {
    Ok(TransactionRow {
        guid: row.guid(0)?,
        account_no: row.int(1)?,
        date: row.date(2)?,
        created_at: row.time(3)?,
        updated_at: row.time(4)?,
        amount: row.int(5)?,
        transaction_type: row.int(6)?,
        status: row.int(7)?,
        category_no: row.int(8)?,
        flags: row.int(9)?,
        merchant: row.opt_guid(10)?,
        parent: row.opt_guid(11)?,
        data: row.blob(12)?.to_vec(),
        feed_key: row.opt_int(13)?,
        fingerprint: row.opt_int(14)?,
        feed_digest: row.int(15)?,
        description_key: row.int(16)?,
    })
}

fn view_of<'a>(row: &'a Row<'_>) -> Result<TransactionView<'a>> {
    Ok(TransactionView {
        guid: row.guid(0)?,
        account_no: row.int(1)?,
        date: row.date(2)?,
        created_at: row.time(3)?,
        updated_at: row.time(4)?,
        amount: row.int(5)?,
        transaction_type: row.int(6)?,
        status: row.int(7)?,
        category_no: row.int(8)?,
        flags: row.int(9)?,
        merchant: row.opt_guid(10)?,
        parent: row.opt_guid(11)?,
        data: row.blob(12)?,
    })
}

impl TransactionRow {
    /// The row as it goes into an answer.
    pub fn view(&self) -> TransactionView<'_> {
        TransactionView {
            guid: self.guid,
            account_no: self.account_no,
            date: self.date,
            created_at: self.created_at,
            updated_at: self.updated_at,
            amount: self.amount,
            transaction_type: self.transaction_type,
            status: self.status,
            category_no: self.category_no,
            flags: self.flags,
            merchant: self.merchant,
            parent: self.parent,
            data: &self.data,
        }
    }
}

/// How many transactions a list has, and where its months begin: newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionCount {
    months: Vec<(i32, i64)>,
}

impl TransactionCount {
    /// All of the list.
    pub fn total(&self) -> i64 {
        self.months.iter().map(|(_, count)| count).sum()
    }

    /// For the row at `offset`: the last day of its month, and its offset within that month.
    fn seek(&self, mut offset: i64) -> Option<(Date, i64)> {
        for (month, count) in &self.months {
            if offset < *count {
                let last = Date::first_of_month(month + 1)?.plus_days(-1);
                return Some((last, offset));
            }
            offset -= count;
        }
        None
    }
}

impl Db {
    /// One of the user's transactions, also one of a deleted account.
    pub async fn transaction(
        &self,
        scope: UserScope,
        guid: TransactionGuid,
    ) -> Result<Option<TransactionRow>> {
        self.query_one(&TRANSACTION, params![scope.user, guid], row_of).await
    }

    /// Counts a list.
    pub async fn count_transactions(
        &self,
        scope: UserScope,
        filter: &TransactionFilter,
    ) -> Result<TransactionCount> {
        let mut months: Vec<(i32, i64)> = Vec::new();
        match &filter.accounts {
            AccountSet::All => self.count_months(scope, 0, filter, &mut months).await?,
            AccountSet::Some(accounts) => {
                for account in accounts {
                    self.count_months(scope, *account, filter, &mut months).await?;
                }
            }
        }
        months.sort_unstable_by_key(|(month, _)| std::cmp::Reverse(*month));
        Ok(TransactionCount { months })
    }

    async fn count_months(
        &self,
        scope: UserScope,
        account: i64,
        filter: &TransactionFilter,
        months: &mut Vec<(i32, i64)>,
    ) -> Result<()> {
        let (first, last) = (filter.from.month_index(), filter.to.month_index());
        let params = params![scope.user, account, i64::from(first), i64::from(last)];
        let counts = self
            .query(&MONTHS, params, |row| Ok((i32::try_from(row.int(0)?).unwrap_or(0), row.int(1)?)))
            .await?;
        // A month that the range may cut is counted row by row, if rows lie beyond the cut at all.
        let may_cut = counts.iter().any(|(month, _)| *month == first || *month == last);
        let (oldest, newest) =
            if may_cut { self.dates(scope, account).await? } else { (filter.from, filter.to) };
        for (month, mut count) in counts {
            let cut = (month == first && oldest < filter.from) || (month == last && newest > filter.to);
            if cut {
                count = self.count_exactly(scope, account, month, filter).await?;
            }
            if count > 0 {
                match months.iter_mut().find(|(known, _)| *known == month) {
                    Some((_, sum)) => *sum += count,
                    None => months.push((month, count)),
                }
            }
        }
        Ok(())
    }

    async fn dates(&self, scope: UserScope, account: i64) -> Result<(Date, Date)> {
        let ends = |row: &Row<'_>| Ok((row.opt_date(0)?, row.opt_date(1)?));
        let found = if account == 0 {
            self.query_one(&DATES, params![scope.user], ends).await?
        } else {
            self.query_one(&DATES_OF_ACCOUNT, params![scope.user, account], ends).await?
        };
        let (oldest, newest) = found.unwrap_or((None, None));
        Ok((oldest.unwrap_or(Date::from_days(i32::MAX)), newest.unwrap_or(Date::from_days(i32::MIN))))
    }

    async fn count_exactly(
        &self,
        scope: UserScope,
        account: i64,
        month: i32,
        filter: &TransactionFilter,
    ) -> Result<i64> {
        let begin = Date::first_of_month(month).unwrap_or(filter.from).max(filter.from);
        let end = Date::first_of_month(month + 1).map_or(filter.to, |d| d.plus_days(-1)).min(filter.to);
        let found = if account == 0 {
            self.query_one(&COUNT, params![scope.user, begin, end], |row| row.int(0)).await?
        } else {
            let params = params![scope.user, begin, end, account];
            self.query_one(&COUNT_OF_ACCOUNT, params, |row| row.int(0)).await?
        };
        Ok(found.unwrap_or(0))
    }

    /// Hands over the rows of a page: `date` descending, then `created_at` descending, then guid
    /// (`spec: conventions, 6`).
    pub async fn transactions_page(
        &self,
        scope: UserScope,
        filter: &TransactionFilter,
        count: &TransactionCount,
        offset: i64,
        limit: i64,
        mut each: impl FnMut(TransactionView<'_>) -> Result<()>,
    ) -> Result<()> {
        let Some((month_end, skip)) = count.seek(offset) else { return Ok(()) };
        let to = filter.to.min(month_end);
        let each_row = |row: &Row<'_>| each(view_of(row)?);
        match &filter.accounts {
            AccountSet::All => {
                let params = params![scope.user, filter.from, to, limit, skip];
                self.for_each(&TRANSACTIONS, params, each_row).await
            }
            AccountSet::Some(accounts) if accounts.len() == 1 => {
                let params = params![scope.user, filter.from, to, limit, skip, accounts[0]];
                self.for_each(&TRANSACTIONS_OF_ACCOUNT, params, each_row).await
            }
            AccountSet::Some(accounts) if accounts.len() <= ACCOUNTS_MAX => {
                let params = of_accounts(scope, (filter.from, to), (limit, skip), accounts);
                self.for_each(&TRANSACTIONS_OF_ACCOUNTS, &params, each_row).await
            }
            AccountSet::Some(accounts) => {
                let mut rows = Vec::new();
                for some in accounts.chunks(ACCOUNTS_MAX) {
                    let params = of_accounts(scope, (filter.from, to), (limit + skip, 0), some);
                    rows.extend(self.query(&TRANSACTIONS_OF_ACCOUNTS, &params, row_of).await?);
                }
                rows.sort_unstable_by(|a, b| {
                    (b.date, b.created_at).cmp(&(a.date, a.created_at)).then(a.guid.cmp(&b.guid))
                });
                let skip = usize::try_from(skip).unwrap_or(0);
                let limit = usize::try_from(limit).unwrap_or(0);
                rows.iter().skip(skip).take(limit).try_for_each(|row| each(row.view()))
            }
        }
    }

    /// Key and digest of every transaction the feed told of, by key: what need not be looked at again.
    pub async fn feed_index(&self, scope: UserScope, account_no: i64) -> Result<Vec<(i64, i64)>> {
        self.query(&FEED_INDEX, params![scope.user, account_no], |row| Ok((row.int(0)?, row.int(1)?))).await
    }
}

fn of_accounts<'a>(
    scope: UserScope,
    days: (Date, Date),
    page: (i64, i64),
    accounts: &[i64],
) -> Vec<Param<'a>> {
    let mut all: Vec<Param<'a>> = params![scope.user, days.0, days.1, page.0, page.1].to_vec();
    // Account numbers begin with 1: 0 fills the places that are not needed.
    all.extend((0..ACCOUNTS_MAX).map(|i| Param::Int(accounts.get(i).copied().unwrap_or(0))));
    all
}

impl Tx<'_> {
    /// Transactions with a feed key; nearly always none or one.
    pub fn transactions_by_feed_key(
        &mut self,
        scope: UserScope,
        account_no: i64,
        key: i64,
    ) -> Result<Vec<TransactionRow>> {
        // Ordered here: in the statement, the order leads SQLite to the key of the table, and through all of it.
        let mut rows = self.query(&BY_FEED_KEY, params![scope.user, account_no, key], row_of)?;
        rows.sort_unstable_by_key(|row| row.guid);
        Ok(rows)
    }

    /// One of the user's transactions.
    pub fn transaction(&mut self, scope: UserScope, guid: TransactionGuid) -> Result<Option<TransactionRow>> {
        self.query_one(&TRANSACTION, params![scope.user, guid], row_of)
    }

    /// Adds transactions and counts them.
    pub fn insert_transactions(&mut self, scope: UserScope, rows: &[TransactionRow]) -> Result<()> {
        let sets = rows.iter().map(|t| {
            params![
                scope.user,
                t.guid,
                t.account_no,
                t.date,
                t.created_at,
                t.updated_at,
                t.amount,
                t.transaction_type,
                t.status,
                t.category_no,
                t.flags,
                t.merchant,
                t.parent,
                &t.data,
                t.feed_key,
                t.fingerprint,
                t.feed_digest,
                t.description_key
            ]
            .to_vec()
        });
        self.execute_many(&INSERT_TRANSACTION, sets)?;
        self.count(scope, rows.iter().map(|t| (t.account_no, t.date, 1)))
    }

    /// Writes every column of a transaction that can change; `old_date` is the one it was counted under.
    pub fn update_transaction(&mut self, scope: UserScope, t: &TransactionRow, old_date: Date) -> Result<()> {
        let changed = self.execute(
            &UPDATE_TRANSACTION,
            params![
                scope.user,
                t.guid,
                t.date,
                t.updated_at,
                t.amount,
                t.transaction_type,
                t.status,
                t.category_no,
                t.flags,
                t.merchant,
                t.feed_key,
                t.fingerprint,
                t.feed_digest,
                t.description_key,
                &t.data
            ],
        )?;
        if changed == 0 || old_date.month_index() == t.date.month_index() {
            return Ok(());
        }
        self.count(scope, [(t.account_no, old_date, -1), (t.account_no, t.date, 1)].into_iter())
    }

    /// All transactions of an account.
    pub fn transactions_of_account(&mut self, scope: UserScope, no: i64) -> Result<Vec<TransactionRow>> {
        self.query(&ALL_OF_ACCOUNT, params![scope.user, no], row_of)
    }

    /// Removes a transaction.
    pub fn delete_transaction(&mut self, scope: UserScope, t: &TransactionRow) -> Result<()> {
        let deleted = self.execute(&DELETE_TRANSACTION, params![scope.user, t.guid])?;
        if deleted == 0 {
            return Ok(());
        }
        self.count(scope, std::iter::once((t.account_no, t.date, -1)))
    }

    /// Moves the counters of months: of each account, and of the user (account 0).
    pub(crate) fn count(
        &mut self,
        scope: UserScope,
        moves: impl Iterator<Item = (i64, Date, i64)>,
    ) -> Result<()> {
        let mut sums = std::collections::BTreeMap::<(i64, i32), i64>::new();
        for (account, date, n) in moves.flat_map(|(account, date, n)| [(account, date, n), (0, date, n)]) {
            *sums.entry((account, date.month_index())).or_default() += n;
        }
        let sets = sums
            .iter()
            .filter(|(_, n)| **n != 0)
            .map(|((account, month), n)| params![scope.user, *account, i64::from(*month), *n].to_vec());
        self.execute_many(&ADD_COUNT, sets).map(drop)
    }
}
