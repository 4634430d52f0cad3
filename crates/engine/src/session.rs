//! Sessions: one-time tokens, opening, the thirty idle minutes, and their end (`spec: conventions, 2`).
//!
//! A call finds its session in memory by the hash of its token; only the first one on a node reads the row.
//! The idle time slides in memory and is written behind, at most [`FLUSH_BEHIND_SECONDS`] late: after a crash a
//! session may end that much early, never live longer.
use crate::{Call, Engine, Error, Result, client::ClientSettings, client::parse_settings};
use domain::{
    env::Clock, guid::UserGuid, machine::AskedBy, secret::SecretText, time::Timestamp, webhook::Action,
};
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
};
use store::{
    scope::{SystemScope, UserScope},
    users::User,
};
use vault::{ApiToken, TokenHash};

/// Sessions kept in memory on a node; others are read again.
const CACHE_MAX: usize = 200_000;
/// Sessions whose times are written by one commit.
const FLUSH_MAX: usize = 1000;
/// How far the stored time of the latest call may lag behind, seconds.
pub const FLUSH_BEHIND_SECONDS: i64 = 60;

/// An open session.
#[derive(Debug)]
pub struct Session {
    /// The right to the user's data.
    pub scope: UserScope,
    /// The user.
    pub user_guid: UserGuid,
    /// The partner's id of the user.
    pub user_external_guid: String,
    /// Settings of the user's client.
    pub client: Arc<ClientSettings>,
    hash: [u8; 32],
    created_at: Timestamp,
    seen_at: AtomicI64,
    written_at: AtomicI64,
    is_dirty: AtomicBool,
    is_revoked: AtomicBool,
}

/// The sessions in memory.
pub struct Sessions {
    cache: Cache<[u8; 32], Arc<Session>>,
    dirty: Mutex<Vec<Arc<Session>>>,
    /// Counts what was dropped from memory: a row that was read before is not kept afterwards.
    drops: AtomicU64,
}

impl Sessions {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self { cache: Cache::new(CACHE_MAX), dirty: Mutex::new(Vec::new()), drops: AtomicU64::new(0) }
    }

    /// How many are in memory.
    pub fn len(&self) -> usize {
        self.cache.len()
    }

    /// Whether none is in memory.
    pub fn is_empty(&self) -> bool {
        self.cache.is_empty()
    }

    /// Drops what is in memory: the next call of each session reads its row again.
    pub(crate) fn forget_all(&self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
        self.cache.clear();
    }

    /// Drops a user's sessions from memory after they were ended in the store.
    pub(crate) fn forget_user(&self, scope_number: i64) {
        self.drops.fetch_add(1, Ordering::SeqCst);
        self.cache.retain(|_, session| {
            let gone = session.scope.number() == scope_number;
            if gone {
                session.is_revoked.store(true, Ordering::Release);
            }
            !gone
        });
    }

    fn touch(&self, session: &Arc<Session>, now: Timestamp) {
        session.seen_at.fetch_max(now.as_micros(), Ordering::AcqRel);
        let behind = now.as_micros() - session.written_at.load(Ordering::Acquire);
        if behind > FLUSH_BEHIND_SECONDS * domain::time::MICROS_PER_SECOND
            && !session.is_dirty.swap(true, Ordering::AcqRel)
        {
            self.dirty.lock().push(session.clone());
        }
    }
}

impl Session {
    fn is_over(&self, engine: &Engine, now: Timestamp) -> bool {
        let settings = engine.settings();
        let seen = Timestamp::from_micros(self.seen_at.load(Ordering::Acquire));
        let idle = now.micros_since(seen);
        let age = now.micros_since(self.created_at);
        let over =
            |limit: std::time::Duration, micros: i64| i128::from(micros) >= limit.as_micros().cast_signed();
        self.is_revoked.load(Ordering::Acquire)
            || over(settings.session_idle, idle)
            || settings.session_max_lifetime.is_some_and(|limit| over(limit, age))
    }
}

impl Engine {
    /// The session of a token; its thirty minutes begin anew.
    pub async fn authenticate(&self, token: Option<&str>) -> Result<Arc<Session>> {
        let hash = self.inner.tokens.check(token.ok_or(Error::UnknownSession)?);
        let hash = *hash.map_err(|_| Error::UnknownSession)?.as_bytes();
        let now = self.clock().now();
        if let Some(session) = self.sessions().cache.get(&hash)
            && !session.is_over(self, now)
        {
            self.sessions().touch(&session, now);
            return Ok(session);
        }
        // Not in memory, or over as far as this node knows: another node may know of later calls.
        let drops = self.sessions().drops.load(Ordering::SeqCst);
        let session = self.load_session(hash).await?.ok_or(Error::ExpiredSession)?;
        if session.is_over(self, now) {
            self.sessions().cache.remove(&hash);
            return Err(Error::ExpiredSession);
        }
        let session = match self.sessions().cache.get_value_or_guard_async(&hash).await {
            Ok(known) if !known.is_over(self, now) => known,
            Ok(_) => {
                self.sessions().cache.insert(hash, session.clone());
                session
            }
            Err(place) => {
                let _evicted_at_once = place.insert(session.clone());
                session
            }
        };
        if self.sessions().drops.load(Ordering::SeqCst) != drops {
            // It may have been ended after its row was read: the next call reads it again, and so does this one.
            self.sessions().cache.remove(&hash);
            self.load_session(hash).await?.ok_or(Error::ExpiredSession)?;
        }
        self.sessions().touch(&session, now);
        Ok(session)
    }

    async fn load_session(&self, hash: [u8; 32]) -> Result<Option<Arc<Session>>> {
        let row = self.db().session(&hash).await?;
        Ok(row.map(|row| {
            Arc::new(Session {
                scope: row.scope,
                user_guid: row.user_guid,
                user_external_guid: row.user_external_guid,
                client: self.shared_settings(&row.client_settings),
                hash,
                created_at: row.created_at,
                seen_at: AtomicI64::new(row.seen_at.as_micros()),
                written_at: AtomicI64::new(row.seen_at.as_micros()),
                is_dirty: AtomicBool::new(false),
                is_revoked: AtomicBool::new(false),
            })
        }))
    }

    /// One copy of equal settings for all sessions.
    fn shared_settings(&self, text: &str) -> Arc<ClientSettings> {
        let mut known = self.inner.client_settings.lock();
        if let Some(settings) = known.get(text) {
            return settings.clone();
        }
        let settings = Arc::new(parse_settings(text));
        known.insert(text.to_owned(), settings.clone());
        settings
    }

    /// Writes the times of sessions that are far enough behind; called every few seconds and at shutdown.
    pub async fn flush_sessions(&self) -> Result<()> {
        let dirty = std::mem::take(&mut *self.sessions().dirty.lock());
        if dirty.is_empty() {
            return Ok(());
        }
        let times: Vec<(Arc<Session>, i64)> = dirty
            .into_iter()
            .map(|session| {
                session.is_dirty.store(false, Ordering::Release);
                let seen = session.seen_at.load(Ordering::Acquire);
                (session, seen)
            })
            .collect();
        for some in times.chunks(FLUSH_MAX) {
            let mut rows: Vec<([u8; 32], i64)> = some.iter().map(|(s, seen)| (s.hash, *seen)).collect();
            // Nodes that write the same sessions lock them in the same order.
            rows.sort_unstable();
            let written = self.db().write(move |tx| {
                rows.iter().try_for_each(|(hash, seen)| tx.touch_session(hash, Timestamp::from_micros(*seen)))
            });
            let written: Result<(), store::StoreError> = written.await;
            written?;
            for (session, seen) in some {
                session.written_at.fetch_max(*seen, Ordering::AcqRel);
            }
        }
        Ok(())
    }

    /// Issues a one-time API token for a user (`spec: partner, 2`).
    pub async fn issue_api_token(&self, call: &Call, user: &User) -> Result<SecretText> {
        if user.is_disabled {
            return Err(Error::UserDisabled);
        }
        let (token, hash) = ApiToken::issue(user.guid, self.entropy());
        let expires_at = crate::after(self.clock().now(), self.settings().api_token_lifetime);
        let (engine, call, scope, guid) = (self.clone(), call.clone(), user.scope, user.guid);
        self.db()
            .write(move |tx| {
                tx.insert_api_token(scope, hash.as_bytes(), expires_at)?;
                engine.audit_user(tx, &call, scope, &guid.to_string())
            })
            .await?;
        Ok(token)
    }

    /// Opens a session with a one-time token (`spec: nexus-core, 1`). A refusal is noted here, once.
    pub async fn open_session(
        &self,
        call: &Call,
        api_token: Option<&str>,
        skip_aggregation: bool,
    ) -> Result<SecretText> {
        let (user_guid, api_token) = api_token.and_then(ApiToken::parse).ok_or(Error::BadApiToken)?;
        let (token, hash) = self.inner.tokens.issue(self.entropy());
        let (engine, noted) = (self.clone(), call.clone());
        let opened = self.db().write(move |tx| {
            engine.open_session_in(tx, &noted, user_guid, &api_token, &hash, skip_aggregation)
        });
        match opened.await {
            Ok(true) => {}
            Ok(false) => return Err(Error::BadApiToken),
            Err(Error::UserDisabled) => {
                // Its own write was undone, so that the token is not consumed.
                self.audit_refusal(call).await?;
                return Err(Error::UserDisabled);
            }
            Err(error) => return Err(error),
        }
        self.wake_workers();
        Ok(token)
    }

    /// False where the token is no good; the failed login is then counted, so that this is no error of the
    /// transaction.
    fn open_session_in(
        &self,
        tx: &mut store::Tx<'_>,
        call: &Call,
        user_guid: UserGuid,
        api_token: &TokenHash,
        hash: &TokenHash,
        skip_aggregation: bool,
    ) -> Result<bool> {
        tx.set_quiet(call.is_quiet);
        let now = self.clock().now();
        let Some(mut user) = tx.user_by_guid_for_update(SystemScope::of_the_service(), user_guid)? else {
            self.audit(tx, &call.failed(), None, None, "")?;
            return Ok(false);
        };
        user.revision += 1;
        user.updated_at = now;
        if !tx.use_api_token(user.scope, api_token.as_bytes(), now)? {
            user.failed_token_logins += 1;
            tx.update_user(&user)?;
            self.tell_user(tx, &user, Action::Updated)?;
            self.audit_user(tx, &call.failed(), user.scope, &user.guid.to_string())?;
            return Ok(false);
        }
        if user.is_disabled {
            // Nothing of this write is kept: the token is not consumed.
            return Err(Error::UserDisabled);
        }
        user.logged_in_at = Some(now);
        user.failed_token_logins = 0;
        tx.update_user(&user)?;
        self.tell_user(tx, &user, Action::Updated)?;
        tx.insert_session(user.scope, hash.as_bytes(), user.session_epoch, now)?;
        if !skip_aggregation && !user.is_restricted {
            self.start_jobs_of_user(tx, &user, AskedBy::Session, crate::job::Wanted::ALL)?;
        }
        self.audit_user(tx, call, user.scope, &user.guid.to_string())?;
        Ok(true)
    }

    /// Ends all sessions and unused tokens of a user.
    pub async fn end_sessions(&self, call: &Call, user: &User) -> Result<()> {
        let (engine, call, scope) = (self.clone(), call.clone(), user.scope);
        self.db()
            .write(move |tx| {
                let mut user = tx.user_for_update(scope)?.ok_or(Error::NotFound("user"))?;
                end_sessions_in(tx, &mut user)?;
                tx.update_user(&user)?;
                engine.audit_user(tx, &call, scope, &user.guid.to_string())
            })
            .await?;
        self.sessions().forget_user(user.scope.number());
        Ok(())
    }
}

/// Ends sessions within a write that changes the user; the caller writes the user and forgets the sessions.
pub(crate) fn end_sessions_in(tx: &mut store::Tx<'_>, user: &mut User) -> Result<()> {
    user.session_epoch += 1;
    tx.delete_sessions(user.scope)?;
    tx.note_change("user", &user.scope.number().to_be_bytes())?;
    Ok(())
}
