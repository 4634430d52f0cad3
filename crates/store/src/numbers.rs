//! Whole account numbers and account owners, encrypted, each with the run that brought it.
use crate::{Db, Result, Row, Tx, params, scope::UserScope, statements};
use domain::{
    guid::{AccountGuid, AccountNumberGuid, JobGuid},
    time::Timestamp,
};

macro_rules! numbers_columns {
    () => {
        "n.account_no, a.guid, n.guid, n.sealed, n.digest, n.job"
    };
}

macro_rules! numbers_of_accounts {
    () => {
        " FROM accounts a JOIN account_numbers n ON n.user_id = a.user_id AND n.account_no = a.no "
    };
}

statements! {
    NUMBERS: Point = concat!("SELECT ", numbers_columns!(), numbers_of_accounts!(),
        "WHERE a.user_id = ?1 AND a.no = ?2 AND a.deleted_at IS NULL");
    NUMBERS_OF_MEMBER: Page = concat!("SELECT ", numbers_columns!(), numbers_of_accounts!(),
        "WHERE a.user_id = ?1 AND a.member_no = ?2 AND a.deleted_at IS NULL ORDER BY a.no");
    PUT_NUMBERS: Point = "INSERT INTO account_numbers \
        (user_id, account_no, guid, sealed, digest, job, created_at, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT (user_id, account_no) DO UPDATE SET \
        sealed = excluded.sealed, digest = excluded.digest, job = excluded.job, updated_at = excluded.updated_at";
    NUMBERS_CONFIRMED: Point = "UPDATE account_numbers SET job = ?3 WHERE user_id = ?1 AND account_no = ?2";
    ACCOUNTS_WITH_NUMBERS: Page = concat!("SELECT a.guid", numbers_of_accounts!(),
        "WHERE a.user_id = ?1 AND a.member_no = ?2 AND n.job = ?3 AND a.deleted_at IS NULL ORDER BY a.no");
    COUNT_NUMBERS: Page = "SELECT COUNT(*) FROM account_numbers WHERE user_id = ?1 AND job = ?3 AND account_no IN \
        (SELECT no FROM accounts WHERE user_id = ?1 AND member_no = ?2)";
    DROP_OTHER_NUMBERS: Page = "DELETE FROM account_numbers WHERE user_id = ?1 AND (job IS NULL OR job <> ?3) \
        AND account_no IN (SELECT no FROM accounts WHERE user_id = ?1 AND member_no = ?2)";
    PURGE_NUMBERS: Page = "DELETE FROM account_numbers WHERE user_id = ?1 AND account_no IN \
        (SELECT no FROM accounts WHERE user_id = ?1 AND member_no = ?2)";
    OWNERS_OF_MEMBER: Page = "SELECT a.guid, o.position, o.sealed, a.no FROM accounts a \
        JOIN account_owners o ON o.user_id = a.user_id AND o.account_no = a.no \
        WHERE a.user_id = ?1 AND a.member_no = ?2 AND a.deleted_at IS NULL";
    INSERT_OWNER: Point = "INSERT INTO account_owners (user_id, account_no, position, job, sealed) \
        VALUES (?1, ?2, ?3, ?4, ?5)";
    DROP_OWNERS: Page = "DELETE FROM account_owners WHERE user_id = ?1 AND account_no = ?2";
    ACCOUNTS_WITH_OWNERS: Page = "SELECT a.guid FROM accounts a \
        WHERE a.user_id = ?1 AND a.member_no = ?2 AND a.deleted_at IS NULL AND EXISTS \
        (SELECT 1 FROM account_owners o WHERE o.user_id = ?1 AND o.account_no = a.no AND o.job = ?3) ORDER BY a.no";
    COUNT_OWNERS: Page = "SELECT COUNT(*) FROM account_owners WHERE user_id = ?1 AND job = ?3 AND account_no IN \
        (SELECT no FROM accounts WHERE user_id = ?1 AND member_no = ?2)";
    DROP_OTHER_OWNERS: Page = "DELETE FROM account_owners WHERE user_id = ?1 AND job <> ?3 AND account_no IN \
        (SELECT no FROM accounts WHERE user_id = ?1 AND member_no = ?2)";
    PURGE_OWNERS: Page = "DELETE FROM account_owners WHERE user_id = ?1 AND account_no IN \
        (SELECT no FROM accounts WHERE user_id = ?1 AND member_no = ?2)";
}

/// The numbers of an account, encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumbersRow {
    /// Number of the account.
    pub account_no: i64,
    /// The account.
    pub account: AccountGuid,
    /// Guid, `ACN-`.
    pub guid: AccountNumberGuid,
    /// The numbers, encrypted.
    pub sealed: Vec<u8>,
    /// Keyed hash of the numbers; none in rows of before there was one.
    pub digest: Option<Vec<u8>>,
    /// The verification that brought them; none for those of a statement file or a partner.
    pub job: Option<JobGuid>,
}

/// An owner of an account, encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerRow {
    /// The account.
    pub account: AccountGuid,
    /// Place among the account's owners, from 1.
    pub position: i64,
    /// The owner, encrypted.
    pub sealed: Vec<u8>,
}

fn numbers(row: &Row<'_>) -> Result<NumbersRow> {
    Ok(NumbersRow {
        account_no: row.int(0)?,
        account: row.guid(1)?,
        guid: row.guid(2)?,
        sealed: row.blob(3)?.to_vec(),
        digest: row.opt_blob(4)?.map(<[u8]>::to_vec),
        job: row.opt_guid(5)?,
    })
}

fn owner(row: &Row<'_>) -> Result<OwnerRow> {
    Ok(OwnerRow { account: row.guid(0)?, position: row.int(1)?, sealed: row.blob(2)?.to_vec() })
}

impl Db {
    /// The numbers of an account.
    pub async fn account_numbers(&self, scope: UserScope, account_no: i64) -> Result<Option<NumbersRow>> {
        self.query_one(&NUMBERS, params![scope.user, account_no], numbers).await
    }

    /// The numbers of a member's accounts, by account.
    pub async fn numbers_of_member(&self, scope: UserScope, member_no: i64) -> Result<Vec<NumbersRow>> {
        self.query(&NUMBERS_OF_MEMBER, params![scope.user, member_no], numbers).await
    }

    /// The owners of a member's accounts, by account.
    pub async fn owners_of_member(&self, scope: UserScope, member_no: i64) -> Result<Vec<OwnerRow>> {
        let of_account = |row: &Row<'_>| Ok((row.int(3)?, owner(row)?));
        let mut owners = self.query(&OWNERS_OF_MEMBER, params![scope.user, member_no], of_account).await?;
        owners.sort_unstable_by_key(|(account_no, owner)| (*account_no, owner.position));
        Ok(owners.into_iter().map(|(_, owner)| owner).collect())
    }
}

impl Tx<'_> {
    /// The numbers of an account.
    pub fn account_numbers(&mut self, scope: UserScope, account_no: i64) -> Result<Option<NumbersRow>> {
        self.query_one(&NUMBERS, params![scope.user, account_no], numbers)
    }

    /// Keeps the numbers of an account; the guid of the first write stays.
    pub fn put_account_numbers(&mut self, scope: UserScope, row: &NumbersRow, now: Timestamp) -> Result<()> {
        let digest = row.digest.as_ref();
        let params = params![scope.user, row.account_no, row.guid, &row.sealed, digest, row.job, now];
        self.execute(&PUT_NUMBERS, params).map(drop)
    }

    /// Notes that a run brought the numbers that are there.
    pub fn numbers_confirmed(&mut self, scope: UserScope, account_no: i64, job: JobGuid) -> Result<()> {
        self.execute(&NUMBERS_CONFIRMED, params![scope.user, account_no, job]).map(drop)
    }

    /// A member's accounts that a run brought numbers of.
    pub fn accounts_with_numbers_of_job(
        &mut self,
        scope: UserScope,
        member_no: i64,
        job: JobGuid,
    ) -> Result<Vec<AccountGuid>> {
        self.query(&ACCOUNTS_WITH_NUMBERS, params![scope.user, member_no, job], |row| row.guid(0))
    }

    /// A member's accounts that a run brought owners of.
    pub fn accounts_with_owners_of_job(
        &mut self,
        scope: UserScope,
        member_no: i64,
        job: JobGuid,
    ) -> Result<Vec<AccountGuid>> {
        self.query(&ACCOUNTS_WITH_OWNERS, params![scope.user, member_no, job], |row| row.guid(0))
    }

    /// How many of a member's accounts a run brought numbers of.
    pub fn count_numbers_of_job(&mut self, scope: UserScope, member_no: i64, job: JobGuid) -> Result<i64> {
        let params = params![scope.user, member_no, job];
        Ok(self.query_one(&COUNT_NUMBERS, params, |row| row.int(0))?.unwrap_or(0))
    }

    /// Removes the numbers of a member's accounts that other runs brought.
    pub fn drop_numbers_of_other_jobs(
        &mut self,
        scope: UserScope,
        member_no: i64,
        job: JobGuid,
    ) -> Result<()> {
        self.execute(&DROP_OTHER_NUMBERS, params![scope.user, member_no, job]).map(drop)
    }

    /// Replaces the owners of an account.
    pub fn put_account_owners(
        &mut self,
        scope: UserScope,
        account_no: i64,
        job: JobGuid,
        owners: &[OwnerRow],
    ) -> Result<()> {
        self.execute(&DROP_OWNERS, params![scope.user, account_no])?;
        for o in owners {
            self.execute(&INSERT_OWNER, params![scope.user, account_no, o.position, job, &o.sealed])?;
        }
        Ok(())
    }

    /// How many owners of a member's accounts a run brought.
    pub fn count_owners_of_job(&mut self, scope: UserScope, member_no: i64, job: JobGuid) -> Result<i64> {
        let params = params![scope.user, member_no, job];
        Ok(self.query_one(&COUNT_OWNERS, params, |row| row.int(0))?.unwrap_or(0))
    }

    /// Removes the owners of a member's accounts that other runs brought.
    pub fn drop_owners_of_other_jobs(
        &mut self,
        scope: UserScope,
        member_no: i64,
        job: JobGuid,
    ) -> Result<()> {
        self.execute(&DROP_OTHER_OWNERS, params![scope.user, member_no, job]).map(drop)
    }

    /// Removes the numbers and owners of a member's accounts.
    pub(crate) fn purge_numbers_of_member(&mut self, scope: UserScope, member_no: i64) -> Result<()> {
        self.execute(&PURGE_NUMBERS, params![scope.user, member_no])?;
        self.execute(&PURGE_OWNERS, params![scope.user, member_no]).map(drop)
    }
}
