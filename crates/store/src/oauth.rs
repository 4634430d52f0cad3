//! Consents: the window in which a user may give one, and what the sandbox's banks remember of those they got.
use crate::{
    Db, Result, Row, Tx, params,
    scope::{SystemScope, UserScope},
    statements,
};
use domain::{
    enums::{OauthErrorReason, OauthState, ReferralSource},
    time::Timestamp,
};

macro_rules! columns {
    () => {
        "SELECT w.user_id, u.client, w.member_no, w.uri_hash, w.state_hash, w.verifier, w.challenge, w.state, \
         w.error_reason, w.client_redirect_url, w.referral_source, w.url_scheme, w.skip_aggregation, \
         w.include_transactions, w.created_at, w.expires_at, w.visited_at, w.returned_at \
         FROM oauth_windows w JOIN users u ON u.id = w.user_id "
    };
}

statements! {
    OAUTH_WINDOW_BY_URI: Point = concat!(columns!(), "WHERE w.uri_hash = ?1 AND u.deleted_at IS NULL");
    OAUTH_WINDOW_BY_STATE: Point = concat!(columns!(), "WHERE w.state_hash = ?1 AND u.deleted_at IS NULL");
    OAUTH_WINDOW: Point = concat!(columns!(), "WHERE w.user_id = ?1 AND w.member_no = ?2");
    PUT_OAUTH_WINDOW: Point = "INSERT INTO oauth_windows (user_id, member_no, uri_hash, state_hash, verifier, \
        challenge, state, error_reason, client_redirect_url, referral_source, url_scheme, skip_aggregation, \
        include_transactions, created_at, expires_at, visited_at, returned_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) \
        ON CONFLICT (user_id, member_no) DO UPDATE SET uri_hash = excluded.uri_hash, \
        state_hash = excluded.state_hash, verifier = excluded.verifier, challenge = excluded.challenge, \
        state = excluded.state, error_reason = excluded.error_reason, \
        client_redirect_url = excluded.client_redirect_url, referral_source = excluded.referral_source, \
        url_scheme = excluded.url_scheme, skip_aggregation = excluded.skip_aggregation, \
        include_transactions = excluded.include_transactions, created_at = excluded.created_at, \
        expires_at = excluded.expires_at, visited_at = excluded.visited_at, returned_at = excluded.returned_at";
    DELETE_OAUTH_WINDOW: Point = "DELETE FROM oauth_windows WHERE user_id = ?1 AND member_no = ?2";
    INSERT_SANDBOX_GRANT: Point = "INSERT INTO sandbox_grants (id, generation, used_at) VALUES (?1, 0, ?2) \
        ON CONFLICT (id) DO NOTHING";
    USE_SANDBOX_GRANT: Point = "INSERT INTO sandbox_grants (id, generation, used_at) VALUES (?1, ?2, ?3) \
        ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, used_at = excluded.used_at \
        WHERE sandbox_grants.generation <= excluded.generation";
    PURGE_SANDBOX_GRANTS: Heavy = "DELETE FROM sandbox_grants WHERE id IN \
        (SELECT g.id FROM sandbox_grants g WHERE g.used_at < ?1 LIMIT ?2)";
}

/// The window of a member in which the user may consent at the institution, every column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthWindow {
    /// Number of the member within the user.
    pub member_no: i64,
    /// SHA-256 of the opaque part of its URI.
    pub uri_hash: [u8; 32],
    /// SHA-256 of the state that went to the institution, once its URI was visited.
    pub state_hash: Option<[u8; 32]>,
    /// The PKCE verifier, encrypted.
    pub verifier: Option<Vec<u8>>,
    /// The PKCE challenge: no secret.
    pub challenge: Option<String>,
    /// Where the consent is.
    pub state: OauthState,
    /// Why it did not come about.
    pub error_reason: Option<OauthErrorReason>,
    /// Where the user returns to.
    pub client_redirect_url: Option<String>,
    /// Where the user comes from.
    pub referral_source: ReferralSource,
    /// Scheme of the messages to a web view.
    pub url_scheme: Option<String>,
    /// No job after the consent.
    pub skip_aggregation: bool,
    /// Whether that job takes transactions.
    pub include_transactions: bool,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Until when its next step may be taken: the visit, then the return.
    pub expires_at: Timestamp,
    /// When its URI was visited.
    pub visited_at: Option<Timestamp>,
    /// When the institution sent the user back.
    pub returned_at: Option<Timestamp>,
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}

fn window(row: &Row<'_>) -> Result<(UserScope, OauthWindow)> {
    let scope = UserScope { user: row.int(0)?, client: row.int(1)? };
    let window = OauthWindow {
        member_no: row.int(2)?,
        uri_hash: hash(row.blob(3)?),
        state_hash: row.opt_blob(4)?.map(hash),
        verifier: row.opt_blob(5)?.map(<[u8]>::to_vec),
        challenge: row.opt_string(6)?,
        state: OauthState::from_code(row.int(7)?).unwrap_or(OauthState::Unknown),
        error_reason: row.opt_int(8)?.and_then(OauthErrorReason::from_code),
        client_redirect_url: row.opt_string(9)?,
        referral_source: ReferralSource::from_code(row.int(10)?).unwrap_or(ReferralSource::Browser),
        url_scheme: row.opt_string(11)?,
        skip_aggregation: row.bool(12)?,
        include_transactions: row.bool(13)?,
        created_at: row.time(14)?,
        expires_at: row.time(15)?,
        visited_at: row.opt_time(16)?,
        returned_at: row.opt_time(17)?,
    };
    Ok((scope, window))
}

impl Db {
    /// The window whose URI has this hash, with the right to its user's data: the URI is the proof.
    pub async fn oauth_window_by_uri(&self, hash: &[u8; 32]) -> Result<Option<(UserScope, OauthWindow)>> {
        self.query_one(&OAUTH_WINDOW_BY_URI, params![hash], window).await
    }

    /// The window whose state has this hash, with the right to its user's data: the state is the proof.
    pub async fn oauth_window_by_state(&self, hash: &[u8; 32]) -> Result<Option<(UserScope, OauthWindow)>> {
        self.query_one(&OAUTH_WINDOW_BY_STATE, params![hash], window).await
    }
}

impl Tx<'_> {
    /// The window whose URI has this hash; other writes to its user's data wait.
    pub fn oauth_window_by_uri(&mut self, hash: &[u8; 32]) -> Result<Option<(UserScope, OauthWindow)>> {
        let Some((scope, _)) = self.query_one(&OAUTH_WINDOW_BY_URI, params![hash], window)? else {
            return Ok(None);
        };
        self.lock_user(scope.user)?;
        self.query_one(&OAUTH_WINDOW_BY_URI, params![hash], window)
    }

    /// The window whose state has this hash; other writes to its user's data wait.
    pub fn oauth_window_by_state(&mut self, hash: &[u8; 32]) -> Result<Option<(UserScope, OauthWindow)>> {
        let Some((scope, _)) = self.query_one(&OAUTH_WINDOW_BY_STATE, params![hash], window)? else {
            return Ok(None);
        };
        self.lock_user(scope.user)?;
        self.query_one(&OAUTH_WINDOW_BY_STATE, params![hash], window)
    }

    /// A member's window.
    pub fn oauth_window(&mut self, scope: UserScope, member_no: i64) -> Result<Option<OauthWindow>> {
        let found = self.query_one(&OAUTH_WINDOW, params![scope.user, member_no], window)?;
        Ok(found.map(|(_, window)| window))
    }

    /// Opens a member's window, or writes what became of it; an earlier one is gone.
    pub fn put_oauth_window(&mut self, scope: UserScope, w: &OauthWindow) -> Result<()> {
        self.execute(
            &PUT_OAUTH_WINDOW,
            params![
                scope.user,
                w.member_no,
                &w.uri_hash,
                w.state_hash.as_ref(),
                w.verifier.as_ref(),
                w.challenge.as_ref(),
                i64::from(w.state.code()),
                w.error_reason.map(|reason| i64::from(reason.code())),
                w.client_redirect_url.as_ref(),
                i64::from(w.referral_source.code()),
                w.url_scheme.as_ref(),
                w.skip_aggregation,
                w.include_transactions,
                w.created_at,
                w.expires_at,
                w.visited_at,
                w.returned_at
            ],
        )
        .map(drop)
    }

    /// Closes a member's window: what was given out of it is worth nothing from now on.
    pub fn delete_oauth_window(&mut self, scope: UserScope, member_no: i64) -> Result<()> {
        self.execute(&DELETE_OAUTH_WINDOW, params![scope.user, member_no]).map(drop)
    }

    /// A bank of the sandbox hands out the first tokens of a grant; false where its code was used before.
    pub fn insert_sandbox_grant(&mut self, id: &[u8; 16], now: Timestamp) -> Result<bool> {
        Ok(self.execute(&INSERT_SANDBOX_GRANT, params![id, now])? == 1)
    }

    /// A bank of the sandbox takes a refresh token; false where a later one was used already. The one that was used
    /// last is taken again: whoever asked may not have got the answer. Of a grant that was purged any is taken.
    pub fn use_sandbox_grant(&mut self, id: &[u8; 16], generation: i64, now: Timestamp) -> Result<bool> {
        Ok(self.execute(&USE_SANDBOX_GRANT, params![id, generation, now])? == 1)
    }

    /// Forgets grants that were last used before a moment; says how many.
    pub fn purge_sandbox_grants(
        &mut self,
        _: SystemScope,
        used_before: Timestamp,
        limit: i64,
    ) -> Result<u64> {
        self.execute(&PURGE_SANDBOX_GRANTS, params![used_before, limit])
    }
}
