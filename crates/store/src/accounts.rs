//! Accounts: a few columns that SQL filters by, and one blob of the sparse rest.
use crate::{Db, Result, Row, Tx, params, scope::UserScope, statements};
use domain::{
    guid::{AccountGuid, Guid, InstitutionGuid, MemberGuid, TransactionGuid},
    time::{Date, Timestamp},
};

macro_rules! columns {
    () => {
        "no, guid, member_no, account_type, flags, balance, feed_key, name_key, number_hash, feed_digest, revision, \
         created_at, updated_at, imported_at, data"
    };
}

statements! {
    ACCOUNTS: Page = concat!("SELECT ", columns!(),
        " FROM accounts WHERE user_id = ?1 AND deleted_at IS NULL ORDER BY no");
    ACCOUNTS_OF_MEMBER: Page = concat!("SELECT ", columns!(),
        " FROM accounts WHERE user_id = ?1 AND member_no = ?2 AND deleted_at IS NULL ORDER BY no");
    ACCOUNT: Point = concat!("SELECT ", columns!(),
        " FROM accounts WHERE user_id = ?1 AND guid = ?2 AND deleted_at IS NULL");
    ACCOUNT_DIRECTORY: Page = "SELECT a.no, a.guid, a.member_no, m.guid, m.institution, m.is_managed_by_user, \
        m.is_user_created, m.use_cases, a.deleted_at, m.is_manual FROM accounts a \
        JOIN members m ON m.user_id = a.user_id AND m.no = a.member_no WHERE a.user_id = ?1 ORDER BY a.no";
    NEXT_ACCOUNT_NO: Point = "SELECT COALESCE(MAX(no), 0) + 1 FROM accounts WHERE user_id = ?1";
    INSERT_ACCOUNT: Point = concat!("INSERT INTO accounts (user_id, ", columns!(), ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, \
        ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
    UPDATE_ACCOUNT: Point = "UPDATE accounts SET account_type = ?3, flags = ?4, balance = ?5, feed_key = ?6, \
        name_key = ?7, number_hash = ?8, feed_digest = ?9, revision = ?10, updated_at = ?11, imported_at = ?12, \
        data = ?13 WHERE user_id = ?1 AND no = ?2";
    ACCOUNTS_IMPORTED: Page = "UPDATE accounts SET imported_at = ?3 \
        WHERE user_id = ?1 AND member_no = ?2 AND deleted_at IS NULL AND imported_at IS NOT NULL";
    PUT_BALANCE: Point = "INSERT INTO account_balances (user_id, account_no, date, balance) VALUES (?1, ?2, ?3, ?4) \
        ON CONFLICT (user_id, account_no, date) DO UPDATE SET balance = excluded.balance \
        WHERE account_balances.balance <> excluded.balance";
    BALANCE_BEFORE: Point = "SELECT date, balance FROM account_balances \
        WHERE user_id = ?1 AND account_no = ?2 AND date < ?3 ORDER BY date DESC LIMIT 1";
    LATEST_BALANCE: Point = "SELECT MAX(date) FROM account_balances WHERE user_id = ?1 AND account_no = ?2";
    SUM_BETWEEN: Heavy = "SELECT CAST(COALESCE(SUM(CASE WHEN transaction_type = 1 THEN amount ELSE -amount END), 0) \
        AS BIGINT) FROM transactions WHERE user_id = ?1 AND account_no = ?2 AND date > ?3 AND date <= ?4 AND status = 1 \
        AND parent IS NULL";
    ACCOUNT_COUNT: Page = "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM transaction_counts \
        WHERE user_id = ?1 AND account_no = ?2";
    IN_WINDOW: Heavy = "SELECT guid, feed_key, fingerprint FROM transactions WHERE user_id = ?1 AND account_no = ?2 \
        AND date BETWEEN ?3 AND ?4 AND feed_key IS NOT NULL AND fingerprint IS NOT NULL \
        ORDER BY date DESC, created_at DESC, guid";
    RECENT: Page = "SELECT guid, feed_key, fingerprint, feed_digest FROM transactions WHERE user_id = ?1 \
        AND account_no = ?2 AND date BETWEEN ?3 AND ?4 AND feed_key IS NOT NULL ORDER BY date DESC, created_at DESC, guid";
    PURGE_BALANCES: Heavy = "DELETE FROM account_balances WHERE user_id = ?1 AND account_no IN \
        (SELECT no FROM accounts WHERE user_id = ?1 AND member_no = ?2)";
    PURGE_COUNTS: Heavy = "DELETE FROM transaction_counts WHERE user_id = ?1 AND account_no IN \
        (SELECT no FROM accounts WHERE user_id = ?1 AND member_no = ?2)";
    PURGE_TRANSACTIONS: Heavy = "DELETE FROM transactions WHERE user_id = ?1 AND account_no IN \
        (SELECT no FROM accounts WHERE user_id = ?1 AND member_no = ?2)";
    PURGE_TRANSACTIONS_SOME: Heavy = "DELETE FROM transactions WHERE user_id = ?1 AND guid IN \
        (SELECT t.guid FROM transactions t WHERE t.user_id = ?1 AND t.account_no IN \
        (SELECT a.no FROM accounts a WHERE a.user_id = ?1 AND a.member_no = ?2 AND a.deleted_at IS NOT NULL) LIMIT ?3)";
    PURGE_HOLDINGS: Heavy = "DELETE FROM holdings WHERE user_id = ?1 AND account_no IN \
        (SELECT no FROM accounts WHERE user_id = ?1 AND member_no = ?2)";
    PURGE_ACCOUNTS: Page = "DELETE FROM accounts WHERE user_id = ?1 AND member_no = ?2";
    RECOUNT_CLEAR: Page = "DELETE FROM transaction_counts WHERE user_id = ?1 AND account_no = 0";
    RECOUNT: Heavy = "INSERT INTO transaction_counts (user_id, account_no, month, count) \
        SELECT user_id, 0, month, CAST(SUM(count) AS BIGINT) FROM transaction_counts \
        WHERE user_id = ?1 AND account_no <> 0 GROUP BY user_id, month";
    HOLDINGS: Page = "SELECT guid, feed_key, document, created_at, updated_at FROM holdings \
        WHERE user_id = ?1 AND account_no = ?2 ORDER BY feed_key";
    HOLDING_KEYS: Page = "SELECT feed_key FROM holdings WHERE user_id = ?1 AND account_no = ?2 ORDER BY feed_key";
    DELETE_HOLDING: Point = "DELETE FROM holdings WHERE user_id = ?1 AND account_no = ?2 AND feed_key = ?3";
    PUT_HOLDING: Point = "INSERT INTO holdings (user_id, guid, account_no, feed_key, document, created_at, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT (user_id, account_no, feed_key) \
        DO UPDATE SET document = excluded.document, updated_at = excluded.updated_at \
        WHERE holdings.document <> excluded.document";
}

/// An account as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Number within the user, from 1; kept for life.
    pub no: i64,
    /// Guid, `ACT-`.
    pub guid: AccountGuid,
    /// The member it belongs to.
    pub member_no: i64,
    /// Code of `AccountType`.
    pub account_type: i64,
    /// Bits of `domain::account`.
    pub flags: i64,
    /// Effective balance, hundredths.
    pub balance: Option<i64>,
    /// Hash of the feed id, or of what stands for it.
    pub feed_key: i64,
    /// Hash of N(name).
    pub name_key: i64,
    /// Keyed hash of the account number as delivered.
    pub number_hash: Option<Vec<u8>>,
    /// Hash of all the feed says.
    pub feed_digest: i64,
    /// Counts changes.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Latest change of a stored value.
    pub updated_at: Timestamp,
    /// Latest successful aggregation or import.
    pub imported_at: Option<Timestamp>,
    /// Everything else, encoded by `domain::account`.
    pub data: Vec<u8>,
}

/// A holding as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldingRow {
    /// Guid, `HOL-`.
    pub guid: Guid<domain::guid::Holding>,
    /// Its identity within the account.
    pub feed_key: i64,
    /// What the feed says of it, JSON.
    pub document: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Latest change.
    pub updated_at: Timestamp,
}

/// Where an account belongs: what every transaction's body tells of its account and member.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent columns of the contract")]
pub struct AccountPlace {
    /// Number of the account.
    pub no: i64,
    /// The account.
    pub guid: AccountGuid,
    /// Number of the member.
    pub member_no: i64,
    /// The member.
    pub member: MemberGuid,
    /// Its institution.
    pub institution: InstitutionGuid,
    /// Whether the user manages the member.
    pub is_managed_by_user: bool,
    /// Whether the member was made through Nexus or Connect.
    pub is_user_created: bool,
    /// Whether the member's use cases include the wanted one is asked of this list.
    pub use_cases: String,
    /// Whether the account is deleted and waits for its purge.
    pub is_deleted: bool,
    /// Whether the member is the user's manual one.
    pub is_manual: bool,
}

fn account(row: &Row<'_>) -> Result<AccountRow> {
    Ok(AccountRow {
        no: row.int(0)?,
        guid: row.guid(1)?,
        member_no: row.int(2)?,
        account_type: row.int(3)?,
        flags: row.int(4)?,
        balance: row.opt_int(5)?,
        feed_key: row.int(6)?,
        name_key: row.int(7)?,
        number_hash: row.opt_blob(8)?.map(<[u8]>::to_vec),
        feed_digest: row.int(9)?,
        revision: row.int(10)?,
        created_at: row.time(11)?,
        updated_at: row.time(12)?,
        imported_at: row.opt_time(13)?,
        data: row.blob(14)?.to_vec(),
    })
}

fn place(row: &Row<'_>) -> Result<AccountPlace> {
    Ok(AccountPlace {
        no: row.int(0)?,
        guid: row.guid(1)?,
        member_no: row.int(2)?,
        member: row.guid(3)?,
        institution: row.guid(4)?,
        is_managed_by_user: row.bool(5)?,
        is_user_created: row.bool(6)?,
        use_cases: row.string(7)?,
        is_deleted: row.opt_int(8)?.is_some(),
        is_manual: row.bool(9)?,
    })
}

/// What a stored transaction of a feed is known by.
#[derive(Debug, Clone, Copy)]
pub struct RecentRow {
    /// Guid, `TRN-`.
    pub guid: TransactionGuid,
    /// Identity within the account.
    pub feed_key: i64,
    /// Hash of what may get another id.
    pub fingerprint: Option<i64>,
    /// Digest of all the feed said.
    pub feed_digest: i64,
}

impl Db {
    /// The user's accounts, oldest first.
    pub async fn accounts(&self, scope: UserScope) -> Result<Vec<AccountRow>> {
        self.query(&ACCOUNTS, params![scope.user], account).await
    }

    /// The accounts of one member.
    pub async fn accounts_of_member(&self, scope: UserScope, member_no: i64) -> Result<Vec<AccountRow>> {
        self.query(&ACCOUNTS_OF_MEMBER, params![scope.user, member_no], account).await
    }

    /// One of the user's accounts.
    pub async fn account(&self, scope: UserScope, guid: AccountGuid) -> Result<Option<AccountRow>> {
        self.query_one(&ACCOUNT, params![scope.user, guid], account).await
    }

    /// All the user's accounts and where they belong, deleted ones included.
    pub async fn account_places(&self, scope: UserScope) -> Result<Vec<AccountPlace>> {
        self.query(&ACCOUNT_DIRECTORY, params![scope.user], place).await
    }

    /// The last known balance before a day, and its day.
    pub async fn balance_before(
        &self,
        scope: UserScope,
        account_no: i64,
        day: Date,
    ) -> Result<Option<(Date, i64)>> {
        let params = params![scope.user, account_no, day];
        self.query_one(&BALANCE_BEFORE, params, |row| Ok((row.date(0)?, row.int(1)?))).await
    }

    /// The day of the latest known balance.
    pub async fn latest_balance(&self, scope: UserScope, account_no: i64) -> Result<Option<Date>> {
        let params = params![scope.user, account_no];
        Ok(self.query_one(&LATEST_BALANCE, params, |row| row.opt_date(0)).await?.flatten())
    }

    /// Credits less debits posted after one day up to another, hundredths.
    pub async fn sum_between(&self, scope: UserScope, account_no: i64, after: Date, to: Date) -> Result<i64> {
        let params = params![scope.user, account_no, after, to];
        Ok(self.query_one(&SUM_BETWEEN, params, |row| row.int(0)).await?.unwrap_or(0))
    }

    /// Guid, key and fingerprint of the account's transactions of some days that a feed told of, newest first.
    pub async fn feed_window(
        &self,
        scope: UserScope,
        account_no: i64,
        from: Date,
        to: Date,
    ) -> Result<Vec<(TransactionGuid, i64, i64)>> {
        let params = params![scope.user, account_no, from, to];
        self.query(&IN_WINDOW, params, |row| Ok((row.guid(0)?, row.int(1)?, row.int(2)?))).await
    }

    /// The same for a few days, with digests, and also without a fingerprint: what a job that comes every day looks
    /// at, so it is read on the spot.
    pub async fn feed_recent(
        &self,
        scope: UserScope,
        account_no: i64,
        from: Date,
        to: Date,
    ) -> Result<Vec<RecentRow>> {
        let params = params![scope.user, account_no, from, to];
        self.query(&RECENT, params, |row| {
            let (guid, feed_key) = (row.guid(0)?, row.int(1)?);
            Ok(RecentRow { guid, feed_key, fingerprint: row.opt_int(2)?, feed_digest: row.int(3)? })
        })
        .await
    }
}

impl Tx<'_> {
    /// The accounts of one member.
    pub fn accounts_of_member(&mut self, scope: UserScope, member_no: i64) -> Result<Vec<AccountRow>> {
        self.query(&ACCOUNTS_OF_MEMBER, params![scope.user, member_no], account)
    }

    /// The number of the user's next account.
    pub fn next_account_no(&mut self, scope: UserScope) -> Result<i64> {
        Ok(self.query_one(&NEXT_ACCOUNT_NO, params![scope.user], |row| row.int(0))?.unwrap_or(1))
    }

    /// How many transactions an account has.
    pub fn count_of_account(&mut self, scope: UserScope, account_no: i64) -> Result<i64> {
        let params = params![scope.user, account_no];
        Ok(self.query_one(&ACCOUNT_COUNT, params, |row| row.int(0))?.unwrap_or(0))
    }

    /// Makes an account.
    pub fn insert_account(&mut self, scope: UserScope, a: &AccountRow) -> Result<()> {
        self.execute(
            &INSERT_ACCOUNT,
            params![
                scope.user,
                a.no,
                a.guid,
                a.member_no,
                a.account_type,
                a.flags,
                a.balance,
                a.feed_key,
                a.name_key,
                a.number_hash.as_ref(),
                a.feed_digest,
                a.revision,
                a.created_at,
                a.updated_at,
                a.imported_at,
                &a.data
            ],
        )
        .map(drop)
    }

    /// Writes every column of an account that can change.
    pub fn update_account(&mut self, scope: UserScope, a: &AccountRow) -> Result<()> {
        self.execute(
            &UPDATE_ACCOUNT,
            params![
                scope.user,
                a.no,
                a.account_type,
                a.flags,
                a.balance,
                a.feed_key,
                a.name_key,
                a.number_hash.as_ref(),
                a.feed_digest,
                a.revision,
                a.updated_at,
                a.imported_at,
                &a.data
            ],
        )
        .map(drop)
    }

    /// Notes a successful aggregation of a member on the accounts its feed has told of.
    pub fn accounts_imported(&mut self, scope: UserScope, member_no: i64, now: Timestamp) -> Result<()> {
        self.execute(&ACCOUNTS_IMPORTED, params![scope.user, member_no, now]).map(drop)
    }

    /// Records the balance of a day.
    pub fn put_balance(&mut self, scope: UserScope, account_no: i64, date: Date, balance: i64) -> Result<()> {
        self.execute(&PUT_BALANCE, params![scope.user, account_no, date, balance]).map(drop)
    }

    /// Keeps a holding; the one with the same key is replaced, its guid stays.
    pub fn put_holding(
        &mut self,
        scope: UserScope,
        account_no: i64,
        guid: Guid<domain::guid::Holding>,
        feed_key: i64,
        document: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(&PUT_HOLDING, params![scope.user, guid, account_no, feed_key, document, now]).map(drop)
    }

    /// The holdings of an account.
    pub fn holdings(&mut self, scope: UserScope, account_no: i64) -> Result<Vec<HoldingRow>> {
        self.query(&HOLDINGS, params![scope.user, account_no], |row| {
            Ok(HoldingRow {
                guid: row.guid(0)?,
                feed_key: row.int(1)?,
                document: row.string(2)?,
                created_at: row.time(3)?,
                updated_at: row.time(4)?,
            })
        })
    }

    /// Removes the holdings of an account that a complete list of them does not have (`spec: nexus-pfm, HO-1`).
    pub fn keep_holdings(&mut self, scope: UserScope, account_no: i64, kept: &[i64]) -> Result<()> {
        let known = self.query(&HOLDING_KEYS, params![scope.user, account_no], |row| row.int(0))?;
        for key in known.into_iter().filter(|key| !kept.contains(key)) {
            self.execute(&DELETE_HOLDING, params![scope.user, account_no, key])?;
        }
        Ok(())
    }

    /// Removes some transactions of a member's deleted accounts, at most `limit`: so that the purge of a large
    /// member is many short writes. The counters go with [`Tx::purge_accounts_of_member`].
    pub fn purge_some_transactions(&mut self, scope: UserScope, member_no: i64, limit: i64) -> Result<u64> {
        self.lock_user(scope.user)?;
        self.execute(&PURGE_TRANSACTIONS_SOME, params![scope.user, member_no, limit])
    }

    /// Removes the rows of all accounts of a member.
    pub fn purge_accounts_of_member(&mut self, scope: UserScope, member_no: i64) -> Result<()> {
        let of_member = params![scope.user, member_no];
        self.purge_numbers_of_member(scope, member_no)?;
        self.execute(&PURGE_BALANCES, of_member)?;
        self.purge_dropped(scope, member_no)?;
        self.execute(&PURGE_HOLDINGS, of_member)?;
        self.execute(&PURGE_TRANSACTIONS, of_member)?;
        self.execute(&PURGE_COUNTS, of_member)?;
        self.execute(&PURGE_ACCOUNTS, of_member)?;
        self.execute(&RECOUNT_CLEAR, params![scope.user])?;
        self.execute(&RECOUNT, params![scope.user]).map(drop)
    }
}
