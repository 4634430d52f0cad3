//! What happens: sessions, users, members and their jobs, the conversation with an institution, ingest.
//!
//! How to use it: open an [`Engine`] with [`Engine::open`], call its methods from a face or a command, and start
//! [`Engine::run_background`] in a server. Every write is one transaction that holds the change, its jobs and its
//! audit row; every method that reaches a user's data takes the [`store::scope::UserScope`] that proves the right
//! to it. Tests own time: they give the clock, call [`Engine::work_due`] in place of the background loop, and
//! move service time with [`Engine::advance_clock`].
mod accounts;
mod audit;
mod case;
pub mod catalogue;
pub mod client;
mod clock;
mod due;
mod error;
pub mod faults;
pub mod import;
mod ingest;
pub mod job;
pub mod member;
pub mod micro_deposit;
pub mod numbers;
pub mod oauth;
pub mod operator;
pub mod sandbox;
mod schedule;
pub mod session;
mod setup;
mod sweep;
pub mod user;
pub mod webhook;
mod worker;

pub use accounts::{AccountFilter, AccountView, Of, Places, TransactionQuery};
pub use audit::{AuditReport, Call};
pub use clock::{ClockMode, ServiceClock};
pub use error::Error;
pub use ingest::Ingested;
pub use setup::{KeySource, Options};

use catalogue::Catalogue;
use client::ClientSettings;
use connectors::{Connector, http::HttpClient, microdeposit::MicrodepositProvider, oauth::OauthBanks};
use domain::{env::Entropy, settings::Settings, time::Timestamp};
use parking_lot::{Mutex, RwLock};
use session::Sessions;
use std::{collections::HashMap, sync::Arc, time::Duration};
use store::{Db, Tx, scope::UserScope};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::{AuditSeal, KeyRing, Keyed, SessionTokens, UserKey};

/// What everything in this crate answers with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The engine; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
    /// The service's, or one that stands at the time of the work that is done.
    clock: ServiceClock,
}

pub(crate) struct Inner {
    pub(crate) db: Db,
    /// Service time when this process began.
    pub(crate) opened_at: Timestamp,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) settings: Settings,
    pub(crate) is_sandbox: bool,
    pub(crate) keys: KeyRing,
    pub(crate) tokens: SessionTokens,
    pub(crate) keyed: Keyed,
    pub(crate) audit_seal: AuditSeal,
    pub(crate) service_key: UserKey,
    pub(crate) webhooks: webhook::Webhooks,
    pub(crate) sessions: Sessions,
    pub(crate) client_settings: Mutex<HashMap<String, Arc<ClientSettings>>>,
    pub(crate) catalogue: RwLock<Arc<Catalogue>>,
    pub(crate) http: RwLock<HttpClient>,
    /// Who makes microdeposits; without one nobody can.
    pub(crate) deposits: Option<Arc<dyn MicrodepositProvider>>,
    pub(crate) connectors: RwLock<HashMap<&'static str, Arc<dyn Connector>>>,
    pub(crate) figures: operator::FigureCache,
    pub(crate) oauth_banks: Arc<OauthBanks>,
    pub(crate) bank_key: UserKey,
    pub(crate) work: Notify,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    /// One advance of the sandbox clock at a time.
    pub(crate) clock_turn: tokio::sync::Mutex<()>,
    /// What the present advance has done.
    pub(crate) progress: due::Progress,
    /// Jobs that this process works on.
    pub(crate) at_work: Mutex<worker::AtWork>,
    /// Whole hour of the last sweep of this process.
    pub(crate) swept_at: Mutex<Option<Timestamp>>,
}

impl Engine {
    /// The store.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// Service time.
    pub fn clock(&self) -> &ServiceClock {
        &self.clock
    }

    /// The same engine with a clock that stands at a moment: for work that is done in the order of its times while
    /// service time moves.
    pub(crate) fn standing_at(&self, moment: Timestamp) -> Self {
        Self { inner: self.inner.clone(), clock: self.clock.standing_at(moment) }
    }

    /// Randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.inner.entropy
    }

    /// Durations and limits.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Whether the sandbox exists.
    pub fn is_sandbox(&self) -> bool {
        self.inner.is_sandbox
    }

    /// The catalogue of institutions as it is now.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.inner.catalogue.read().clone()
    }

    /// The way out to servers of others.
    pub fn http(&self) -> HttpClient {
        self.inner.http.read().clone()
    }

    /// Adds a connector, or replaces the one of this name: institutions name it.
    pub fn register_connector(&self, name: &'static str, connector: Arc<dyn Connector>) {
        self.inner.connectors.write().insert(name, connector);
    }

    /// The sessions in memory.
    pub fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// Background tasks; shutdown waits for them.
    pub fn tasks(&self) -> &TaskTracker {
        &self.inner.tasks
    }

    /// Cancelled when the service stops.
    pub fn stop_token(&self) -> &CancellationToken {
        &self.inner.stop
    }

    pub(crate) fn wake_workers(&self) {
        self.inner.work.notify_one();
    }

    pub(crate) fn user_key(&self, tx: &mut Tx<'_>, scope: UserScope) -> Result<UserKey> {
        let wrapped = tx.data_key(scope)?.ok_or(Error::NotFound("user"))?;
        Ok(self.inner.keys.unwrap_user_key(&wrapped, scope.number())?)
    }
}

/// The moment so long after another.
pub(crate) fn after(moment: Timestamp, duration: Duration) -> Timestamp {
    moment.plus_micros(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}
