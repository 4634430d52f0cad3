//! Users.
use crate::{
    Db, Result, Row, Tx, params,
    scope::{ClientScope, SystemScope, UserScope},
    statements,
};
use domain::{
    guid::UserGuid,
    time::{Date, Timestamp},
};

macro_rules! columns {
    () => {
        "id, client, guid, external_guid, birthday, credit_score, email, email_is_verified, first_name, last_name, \
         gender, metadata, phone, phone_is_verified, postal_code, accepted_terms_at, has_accepted_terms, \
         has_updated_terms, failed_token_logins, is_disabled, is_restricted, is_excluded_from_analytics, \
         logged_in_at, revision, session_epoch, data_key, created_at, updated_at"
    };
}

statements! {
    USER: Point = concat!("SELECT ", columns!(), " FROM users WHERE id = ?1 AND deleted_at IS NULL");
    USER_BY_EXTERNAL: Point = concat!("SELECT ", columns!(),
        " FROM users WHERE client = ?1 AND external_guid = ?2 AND deleted_at IS NULL");
    USER_BY_GUID: Point = concat!("SELECT ", columns!(),
        " FROM users WHERE guid = ?1 AND deleted_at IS NULL");
    DELETED_BY_EXTERNAL: Point =
        "SELECT id FROM users WHERE client = ?1 AND external_guid = ?2 AND deleted_at IS NOT NULL \
        AND NOT EXISTS (SELECT 1 FROM webhook_events e WHERE e.user_id = users.id AND e.due_at IS NOT NULL)";
    USERS_OF_CLIENT: Page = concat!("SELECT ", columns!(),
        " FROM users WHERE client = ?1 AND id > ?2 AND deleted_at IS NULL ORDER BY id LIMIT ?3");
    INSERT_USER: Point = concat!("INSERT INTO users (", columns!(), ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, \
        ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)");
    UPDATE_USER: Point = "UPDATE users SET external_guid = ?2, birthday = ?3, credit_score = ?4, email = ?5, \
        email_is_verified = ?6, first_name = ?7, last_name = ?8, gender = ?9, metadata = ?10, phone = ?11, \
        phone_is_verified = ?12, postal_code = ?13, failed_token_logins = ?14, is_disabled = ?15, \
        is_restricted = ?16, is_excluded_from_analytics = ?17, logged_in_at = ?18, revision = ?19, \
        session_epoch = ?20, updated_at = ?21 WHERE id = ?1";
    SET_DATA_KEY: Point = "UPDATE users SET data_key = ?2 WHERE id = ?1";
    DELETE_USER: Point = "UPDATE users SET deleted_at = ?2, session_epoch = session_epoch + 1, revision = revision + 1 \
        WHERE id = ?1 AND deleted_at IS NULL";
    PURGE_USER: Heavy = "DELETE FROM users WHERE id = ?1 AND deleted_at IS NOT NULL";
    USERS_DELETED_BEFORE: Heavy = "SELECT id, client FROM users WHERE deleted_at < ?1 LIMIT 100";
    DATA_KEY: Point = "SELECT data_key FROM users WHERE id = ?1";
}

/// A user, every column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent columns of the contract")]
pub struct User {
    /// The right to the user's data.
    pub scope: UserScope,
    /// Guid, `USR-`.
    pub guid: UserGuid,
    /// The partner's id.
    pub external_guid: String,
    /// Day of birth.
    pub birthday: Option<Date>,
    /// 0 to 1000.
    pub credit_score: Option<i64>,
    /// Address.
    pub email: Option<String>,
    /// Whether the address was verified.
    pub email_is_verified: bool,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// 0 male, 1 female.
    pub gender: Option<i64>,
    /// The partner's own text.
    pub metadata: Option<String>,
    /// Digits, a leading `+` kept.
    pub phone: Option<String>,
    /// Whether the phone was verified.
    pub phone_is_verified: bool,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Latest acceptance of terms.
    pub accepted_terms_at: Option<Timestamp>,
    /// Whether initial terms were accepted.
    pub has_accepted_terms: bool,
    /// Whether newer terms wait for acceptance.
    pub has_updated_terms: bool,
    /// Failed logins since the last good one.
    pub failed_token_logins: i64,
    /// No sessions, no jobs.
    pub is_disabled: bool,
    /// Reads only.
    pub is_restricted: bool,
    /// Left out of statistics.
    pub is_excluded_from_analytics: bool,
    /// Latest session.
    pub logged_in_at: Option<Timestamp>,
    /// Counts changes.
    pub revision: i64,
    /// Sessions of an earlier epoch are over.
    pub session_epoch: i64,
    /// The user's data key, wrapped by the master key.
    pub data_key: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Latest change.
    pub updated_at: Timestamp,
}

fn user(row: &Row<'_>) -> Result<User> {
    Ok(User {
        scope: UserScope { user: row.int(0)?, client: row.int(1)? },
        guid: row.guid(2)?,
        external_guid: row.string(3)?,
        birthday: row.opt_date(4)?,
        credit_score: row.opt_int(5)?,
        email: row.opt_string(6)?,
        email_is_verified: row.bool(7)?,
        first_name: row.opt_string(8)?,
        last_name: row.opt_string(9)?,
        gender: row.opt_int(10)?,
        metadata: row.opt_string(11)?,
        phone: row.opt_string(12)?,
        phone_is_verified: row.bool(13)?,
        postal_code: row.opt_string(14)?,
        accepted_terms_at: row.opt_time(15)?,
        has_accepted_terms: row.bool(16)?,
        has_updated_terms: row.bool(17)?,
        failed_token_logins: row.int(18)?,
        is_disabled: row.bool(19)?,
        is_restricted: row.bool(20)?,
        is_excluded_from_analytics: row.bool(21)?,
        logged_in_at: row.opt_time(22)?,
        revision: row.int(23)?,
        session_epoch: row.int(24)?,
        data_key: row.blob(25)?.to_vec(),
        created_at: row.time(26)?,
        updated_at: row.time(27)?,
    })
}

impl Db {
    /// The user of a scope; `None` once deleted.
    pub async fn user(&self, scope: UserScope) -> Result<Option<User>> {
        self.query_one(&USER, params![scope.user], user).await
    }

    /// A client's user by the partner's id.
    pub async fn user_by_external_guid(&self, scope: ClientScope, external: &str) -> Result<Option<User>> {
        self.query_one(&USER_BY_EXTERNAL, params![scope.client, external], user).await
    }

    /// A user by guid: for the operator's commands.
    pub async fn user_by_guid(&self, _: SystemScope, guid: UserGuid) -> Result<Option<User>> {
        self.query_one(&USER_BY_GUID, params![guid], user).await
    }

    /// The user's wrapped data key, of a deleted user too; `None` once purged.
    pub async fn data_key(&self, scope: UserScope) -> Result<Option<Vec<u8>>> {
        self.query_one(&DATA_KEY, params![scope.user], |row| Ok(row.blob(0)?.to_vec())).await
    }

    /// A client's users after a number, at most `limit`.
    pub async fn users(&self, scope: ClientScope, after: i64, limit: i64) -> Result<Vec<User>> {
        self.query(&USERS_OF_CLIENT, params![scope.client, after, limit], user).await
    }
}

impl Tx<'_> {
    /// The user of a scope, with other writes to the user's data excluded until this one is over.
    pub fn user_for_update(&mut self, scope: UserScope) -> Result<Option<User>> {
        self.lock_user(scope.user)?;
        self.query_one(&USER, params![scope.user], user)
    }

    /// A client's user by the partner's id, likewise.
    pub fn user_by_external_for_update(
        &mut self,
        scope: ClientScope,
        external: &str,
    ) -> Result<Option<User>> {
        let found = self.query_one(&USER_BY_EXTERNAL, params![scope.client, external], user)?;
        match found {
            Some(found) => self.user_for_update(found.scope),
            None => Ok(None),
        }
    }

    /// A user by guid, likewise.
    pub fn user_by_guid_for_update(&mut self, _: SystemScope, guid: UserGuid) -> Result<Option<User>> {
        match self.query_one(&USER_BY_GUID, params![guid], user)? {
            Some(found) => self.user_for_update(found.scope),
            None => Ok(None),
        }
    }

    /// The number the next user of this client will have: the data key is bound to it.
    pub fn next_user(&mut self, scope: ClientScope) -> Result<UserScope> {
        Ok(UserScope { user: self.next_number("users")?, client: scope.client })
    }

    /// Makes a user.
    pub fn insert_user(&mut self, u: &User) -> Result<()> {
        self.execute(
            &INSERT_USER,
            params![
                u.scope.user,
                u.scope.client,
                u.guid,
                &u.external_guid,
                u.birthday,
                u.credit_score,
                u.email.as_ref(),
                u.email_is_verified,
                u.first_name.as_ref(),
                u.last_name.as_ref(),
                u.gender,
                u.metadata.as_ref(),
                u.phone.as_ref(),
                u.phone_is_verified,
                u.postal_code.as_ref(),
                u.accepted_terms_at,
                u.has_accepted_terms,
                u.has_updated_terms,
                u.failed_token_logins,
                u.is_disabled,
                u.is_restricted,
                u.is_excluded_from_analytics,
                u.logged_in_at,
                u.revision,
                u.session_epoch,
                &u.data_key,
                u.created_at,
                u.updated_at
            ],
        )
        .map(drop)
    }

    /// Writes every column of a user that can change.
    pub fn update_user(&mut self, u: &User) -> Result<()> {
        self.execute(
            &UPDATE_USER,
            params![
                u.scope.user,
                &u.external_guid,
                u.birthday,
                u.credit_score,
                u.email.as_ref(),
                u.email_is_verified,
                u.first_name.as_ref(),
                u.last_name.as_ref(),
                u.gender,
                u.metadata.as_ref(),
                u.phone.as_ref(),
                u.phone_is_verified,
                u.postal_code.as_ref(),
                u.failed_token_logins,
                u.is_disabled,
                u.is_restricted,
                u.is_excluded_from_analytics,
                u.logged_in_at,
                u.revision,
                u.session_epoch,
                u.updated_at
            ],
        )
        .map(drop)
    }

    /// Replaces the wrapped data key: rotation of the master key.
    pub fn set_data_key(&mut self, scope: UserScope, data_key: &[u8]) -> Result<()> {
        self.execute(&SET_DATA_KEY, params![scope.user, data_key]).map(drop)
    }

    /// Deletes a user softly; rows are purged later.
    pub fn delete_user(&mut self, scope: UserScope, now: Timestamp) -> Result<()> {
        self.execute(&DELETE_USER, params![scope.user, now]).map(drop)
    }

    /// Purges deleted users that had this id: it is given away again (`spec: partner, 3`). Where webhooks have still
    /// to tell of one, its rows are hidden as before and purged later.
    pub fn purge_deleted_users(&mut self, scope: ClientScope, external: &str) -> Result<()> {
        let ids = self.query(&DELETED_BY_EXTERNAL, params![scope.client, external], |row| row.int(0))?;
        ids.into_iter().try_for_each(|id| self.execute(&PURGE_USER, params![id]).map(drop))
    }

    /// Users deleted before a moment, some of them.
    pub fn users_deleted_before(&mut self, _: SystemScope, before: Timestamp) -> Result<Vec<UserScope>> {
        self.query(&USERS_DELETED_BEFORE, params![before], |row| {
            Ok(UserScope { user: row.int(0)?, client: row.int(1)? })
        })
    }

    /// Removes every row of a deleted user, its data key with them.
    pub fn purge_user(&mut self, scope: UserScope) -> Result<()> {
        self.execute(&PURGE_USER, params![scope.user]).map(drop)
    }

    /// The user's wrapped data key.
    pub fn data_key(&mut self, scope: UserScope) -> Result<Option<Vec<u8>>> {
        self.query_one(&DATA_KEY, params![scope.user], |row| Ok(row.blob(0)?.to_vec()))
    }
}
