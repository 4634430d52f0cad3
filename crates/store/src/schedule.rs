//! What service time brings to members by itself, and what is past its time (`spec: nexus-core, 10.2 and 10.4`).
use crate::{
    Db, Result, Tx, params,
    scope::{SystemScope, UserScope},
    statements,
};
use domain::{
    guid::TransactionGuid,
    time::{Date, Timestamp},
};

statements! {
    DUE_MEMBERS: Page = "SELECT m.user_id, u.client, m.no, m.due_at FROM members m JOIN users u ON u.id = m.user_id \
        WHERE m.due_at <= ?1 ORDER BY m.due_at LIMIT ?2";
    NEXT_DUE_MEMBER: Point = "SELECT MIN(due_at) FROM members WHERE due_at IS NOT NULL";
    EXPECTED_STARTS: Heavy = "SELECT CAST(COALESCE(SUM((?1 - due_at) / ?2 + 1), 0) AS BIGINT) FROM members \
        WHERE due_at <= ?1";
    MEMBERS_AFTER: Heavy = "SELECT m.user_id, u.client, m.no FROM members m JOIN users u ON u.id = m.user_id \
        WHERE (m.user_id > ?1 OR m.user_id = ?1 AND m.no > ?2) AND m.deleted_at IS NULL \
        ORDER BY m.user_id, m.no LIMIT ?3";
    SET_MEMBER_DUE: Point = "UPDATE members SET due_at = ?3 WHERE user_id = ?1 AND no = ?2";
    FIRST_DELETED_MEMBER: Point = "SELECT MIN(deleted_at) FROM members WHERE deleted_at IS NOT NULL";
    FIRST_DELETED_USER: Point = "SELECT MIN(deleted_at) FROM users WHERE deleted_at IS NOT NULL";
    FIRST_PENDING: Point = "SELECT MIN(created_at) FROM transactions WHERE status = 2";
    USERS_WITH_OLD_PENDING: Heavy = "SELECT DISTINCT t.user_id, u.client FROM transactions t \
        JOIN users u ON u.id = t.user_id WHERE t.status = 2 AND t.created_at <= ?1 LIMIT 100";
    OLD_PENDING: Heavy = "SELECT guid, account_no, date, feed_key FROM transactions \
        WHERE user_id = ?1 AND status = 2 AND created_at <= ?2 LIMIT ?3";
    DROP_TRANSACTION: Point = "DELETE FROM transactions WHERE user_id = ?1 AND guid = ?2";
    NOTE_DROPPED: Point = "INSERT INTO dropped_transactions (user_id, account_no, feed_key) VALUES (?1, ?2, ?3) \
        ON CONFLICT (user_id, account_no, feed_key) DO NOTHING";
    DROPPED: Page = "SELECT feed_key FROM dropped_transactions WHERE user_id = ?1 AND account_no = ?2";
    PURGE_DROPPED: Page = "DELETE FROM dropped_transactions WHERE user_id = ?1 AND account_no IN \
        (SELECT no FROM accounts WHERE user_id = ?1 AND member_no = ?2)";
    PURGE_USER_TRANSACTIONS: Heavy = "DELETE FROM transactions WHERE user_id = ?1 AND guid IN \
        (SELECT t.guid FROM transactions t WHERE t.user_id = ?1 LIMIT ?2)";
    PURGE_USER_BALANCES: Heavy = "DELETE FROM account_balances WHERE (user_id, account_no, date) IN \
        (SELECT b.user_id, b.account_no, b.date FROM account_balances b WHERE b.user_id = ?1 LIMIT ?2)";
    PURGE_USER_JOBS: Heavy = "DELETE FROM jobs WHERE user_id = ?1 AND guid IN \
        (SELECT j.guid FROM jobs j WHERE j.user_id = ?1 LIMIT ?2)";
    DELETED_USERS_BY_EXTERNAL: Page =
        "SELECT id, client FROM users WHERE client = ?1 AND external_guid = ?2 AND deleted_at IS NOT NULL \
        AND NOT EXISTS (SELECT 1 FROM webhook_events e WHERE e.user_id = users.id AND e.due_at IS NOT NULL)";
    DELETED_MEMBERS_BY_LOGIN: Page = "SELECT no FROM members \
        WHERE user_id = ?1 AND institution = ?2 AND login_hash = ?3 AND deleted_at IS NOT NULL ORDER BY no";
}

/// A member to which time brings something.
#[derive(Debug, Clone, Copy)]
pub struct DueMember {
    /// The right to its user's data.
    pub scope: UserScope,
    /// Its number.
    pub no: i64,
    /// When it is due.
    pub due_at: Timestamp,
}

/// The oldest of what is purged by age; `None` where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Oldest {
    /// When the member was deleted that has been so longest.
    pub deleted_member: Option<Timestamp>,
    /// The same of users.
    pub deleted_user: Option<Timestamp>,
    /// Creation of the oldest pending transaction.
    pub pending: Option<Timestamp>,
}

impl Db {
    /// Members to which time brings something until a moment, earliest first.
    pub async fn due_members(&self, _: SystemScope, by: Timestamp, limit: i64) -> Result<Vec<DueMember>> {
        self.query(&DUE_MEMBERS, params![by, limit], |row| {
            let scope = UserScope { user: row.int(0)?, client: row.int(1)? };
            Ok(DueMember { scope, no: row.int(2)?, due_at: row.time(3)? })
        })
        .await
    }

    /// When time brings something to a member next.
    pub async fn next_due_member(&self, _: SystemScope) -> Result<Option<Timestamp>> {
        Ok(self.query_one(&NEXT_DUE_MEMBER, &[], |row| row.opt_time(0)).await?.flatten())
    }

    /// About how often members will be due until a moment, each of them again after so many microseconds.
    pub async fn expected_starts(&self, _: SystemScope, until: Timestamp, interval: i64) -> Result<i64> {
        let params = params![until, interval.max(1)];
        Ok(self.query_one(&EXPECTED_STARTS, params, |row| row.int(0)).await?.unwrap_or(0))
    }

    /// Members of all users after this user and number, in their order.
    pub async fn members_after(
        &self,
        _: SystemScope,
        (user, no): (i64, i64),
        limit: i64,
    ) -> Result<Vec<(UserScope, i64)>> {
        self.query(&MEMBERS_AFTER, params![user, no, limit], |row| {
            Ok((UserScope { user: row.int(0)?, client: row.int(1)? }, row.int(2)?))
        })
        .await
    }

    /// The oldest of what is purged by age.
    pub async fn oldest(&self, _: SystemScope) -> Result<Oldest> {
        let first = async |statement| {
            Ok::<_, crate::StoreError>(self.query_one(statement, &[], |row| row.opt_time(0)).await?.flatten())
        };
        Ok(Oldest {
            deleted_member: first(&FIRST_DELETED_MEMBER).await?,
            deleted_user: first(&FIRST_DELETED_USER).await?,
            pending: first(&FIRST_PENDING).await?,
        })
    }

    /// Users with transactions that have been pending since a moment or longer, some of them.
    pub async fn users_with_old_pending(&self, _: SystemScope, by: Timestamp) -> Result<Vec<UserScope>> {
        self.query(&USERS_WITH_OLD_PENDING, params![by], |row| {
            Ok(UserScope { user: row.int(0)?, client: row.int(1)? })
        })
        .await
    }

    /// Feed keys of pending transactions of an account that were dropped for their age.
    pub async fn dropped_transactions(&self, scope: UserScope, account_no: i64) -> Result<Vec<i64>> {
        self.query(&DROPPED, params![scope.user, account_no], |row| row.int(0)).await
    }

    /// Deleted users of a client that had this id, of whom nothing is still to be told to a webhook.
    pub async fn deleted_users(
        &self,
        scope: crate::scope::ClientScope,
        external: &str,
    ) -> Result<Vec<UserScope>> {
        self.query(&DELETED_USERS_BY_EXTERNAL, params![scope.client, external], |row| {
            Ok(UserScope { user: row.int(0)?, client: row.int(1)? })
        })
        .await
    }

    /// Numbers of the user's deleted members with this login at an institution.
    pub async fn deleted_members(
        &self,
        scope: UserScope,
        institution: domain::guid::InstitutionGuid,
        login_hash: &[u8],
    ) -> Result<Vec<i64>> {
        let params = params![scope.user, institution, login_hash];
        self.query(&DELETED_MEMBERS_BY_LOGIN, params, |row| row.int(0)).await
    }
}

impl Tx<'_> {
    /// Writes when time brings something to a member; nothing else of it changes.
    pub fn set_member_due(&mut self, scope: UserScope, no: i64, due_at: Option<Timestamp>) -> Result<()> {
        self.execute(&SET_MEMBER_DUE, params![scope.user, no, due_at]).map(drop)
    }

    /// Deletes transactions of a user that have been pending since a moment or longer, at most `limit`, and notes
    /// that a feed does not bring them back; says how many (`spec: nexus-pfm, 16.3`, 6).
    pub fn drop_old_pending(&mut self, scope: UserScope, by: Timestamp, limit: i64) -> Result<u64> {
        self.lock_user(scope.user)?;
        let old: Vec<(TransactionGuid, i64, Date, Option<i64>)> =
            self.query(&OLD_PENDING, params![scope.user, by, limit], |row| {
                Ok((row.guid(0)?, row.int(1)?, row.date(2)?, row.opt_int(3)?))
            })?;
        for (guid, account_no, _, feed_key) in &old {
            self.execute(&DROP_TRANSACTION, params![scope.user, *guid])?;
            if let Some(key) = feed_key {
                self.execute(&NOTE_DROPPED, params![scope.user, *account_no, *key])?;
            }
        }
        self.count(scope, old.iter().map(|(_, account_no, date, _)| (*account_no, *date, -1)))?;
        Ok(old.len() as u64)
    }

    /// Forgets what was dropped from the accounts of a member that is purged.
    pub(crate) fn purge_dropped(&mut self, scope: UserScope, member_no: i64) -> Result<()> {
        self.execute(&PURGE_DROPPED, params![scope.user, member_no]).map(drop)
    }

    /// Removes some rows of a deleted user from the tables that may be long, at most `limit`; 0 when none is left
    /// and [`Tx::purge_user`] is short.
    pub fn purge_some_of_user(&mut self, scope: UserScope, limit: i64) -> Result<u64> {
        self.lock_user(scope.user)?;
        for statement in [&PURGE_USER_TRANSACTIONS, &PURGE_USER_BALANCES, &PURGE_USER_JOBS] {
            let purged = self.execute(statement, params![scope.user, limit])?;
            if purged > 0 {
                return Ok(purged);
            }
        }
        Ok(0)
    }
}
