//! Sessions and one-time tokens: hashes only.
use crate::{
    Db, Result, Row, Tx, params,
    scope::{SystemScope, UserScope},
    statements,
};
use domain::{guid::UserGuid, time::Timestamp};

statements! {
    SESSION: Point = "SELECT u.id, u.client, u.guid, u.external_guid, c.settings, s.created_at, s.seen_at \
        FROM sessions s JOIN users u ON u.id = s.user_id JOIN clients c ON c.id = u.client \
        WHERE s.hash = ?1 AND s.epoch = u.session_epoch AND u.deleted_at IS NULL AND u.is_disabled = 0";
    INSERT_SESSION: Point = "INSERT INTO sessions (hash, user_id, epoch, created_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?4)";
    TOUCH_SESSION: Point = "UPDATE sessions SET seen_at = ?2 WHERE hash = ?1 AND seen_at < ?2";
    DELETE_SESSIONS: Page = "DELETE FROM sessions WHERE user_id = ?1";
    SESSIONS_SEEN_BEFORE: Heavy = "DELETE FROM sessions WHERE hash IN \
        (SELECT s.hash FROM sessions s WHERE s.seen_at < ?1 LIMIT ?2)";
    INSERT_API_TOKEN: Point = "INSERT INTO api_tokens (hash, user_id, expires_at) VALUES (?1, ?2, ?3)";
    USE_API_TOKEN: Point = "UPDATE api_tokens SET used_at = ?3 \
        WHERE hash = ?1 AND user_id = ?2 AND used_at IS NULL AND expires_at > ?3";
    DELETE_API_TOKENS: Page = "DELETE FROM api_tokens WHERE user_id = ?1";
    API_TOKENS_EXPIRED: Heavy = "DELETE FROM api_tokens WHERE hash IN \
        (SELECT t.hash FROM api_tokens t WHERE t.expires_at < ?1 LIMIT ?2)";
}

/// A session, as its token finds it.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// The right to the user's data.
    pub scope: UserScope,
    /// The user.
    pub user_guid: UserGuid,
    /// The partner's id of the user.
    pub user_external_guid: String,
    /// Settings of the client, JSON.
    pub client_settings: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Latest call, as far as it was written.
    pub seen_at: Timestamp,
}

fn session(row: &Row<'_>) -> Result<SessionRow> {
    Ok(SessionRow {
        scope: UserScope { user: row.int(0)?, client: row.int(1)? },
        user_guid: row.guid(2)?,
        user_external_guid: row.string(3)?,
        client_settings: row.string(4)?,
        created_at: row.time(5)?,
        seen_at: row.time(6)?,
    })
}

impl Db {
    /// The session of a token, unless revoked. Whether it has expired is for the caller to say.
    pub async fn session(&self, hash: &[u8; 32]) -> Result<Option<SessionRow>> {
        self.query_one(&SESSION, params![hash], session).await
    }
}

impl Tx<'_> {
    /// Opens a session of the user's present epoch.
    pub fn insert_session(
        &mut self,
        scope: UserScope,
        hash: &[u8; 32],
        epoch: i64,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(&INSERT_SESSION, params![hash, scope.user, epoch, now]).map(drop)
    }

    /// Moves the latest call of a session forward.
    pub fn touch_session(&mut self, hash: &[u8; 32], seen_at: Timestamp) -> Result<()> {
        self.execute(&TOUCH_SESSION, params![hash, seen_at]).map(drop)
    }

    /// Ends all sessions of a user and unused tokens.
    pub fn delete_sessions(&mut self, scope: UserScope) -> Result<()> {
        self.execute(&DELETE_SESSIONS, params![scope.user])?;
        self.execute(&DELETE_API_TOKENS, params![scope.user]).map(drop)
    }

    /// Ends all sessions of a user; unused tokens stay.
    pub fn end_sessions(&mut self, scope: UserScope) -> Result<()> {
        self.execute(&DELETE_SESSIONS, params![scope.user]).map(drop)
    }

    /// Removes rows of sessions and tokens that are long over, at most `limit` of each.
    pub fn purge_sessions(
        &mut self,
        _: SystemScope,
        seen_before: Timestamp,
        expired_before: Timestamp,
        limit: i64,
    ) -> Result<u64> {
        let sessions = self.execute(&SESSIONS_SEEN_BEFORE, params![seen_before, limit])?;
        Ok(sessions + self.execute(&API_TOKENS_EXPIRED, params![expired_before, limit])?)
    }

    /// Keeps a one-time token.
    pub fn insert_api_token(
        &mut self,
        scope: UserScope,
        hash: &[u8; 32],
        expires_at: Timestamp,
    ) -> Result<()> {
        self.execute(&INSERT_API_TOKEN, params![hash, scope.user, expires_at]).map(drop)
    }

    /// Uses up a one-time token; false where it is unknown, used or expired.
    pub fn use_api_token(&mut self, scope: UserScope, hash: &[u8; 32], now: Timestamp) -> Result<bool> {
        Ok(self.execute(&USE_API_TOKEN, params![hash, scope.user, now])? == 1)
    }
}
