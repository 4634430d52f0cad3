//! Opening an engine: store, keys, clock, catalogue.
use crate::{
    ClockMode, Engine, Error, Inner, Result, ServiceClock, catalogue,
    catalogue::{Catalogue, SANDBOX_OAUTH, is_of_sandbox},
    due::Progress,
    operator,
    session::Sessions,
};
use connectors::{
    Connector,
    http::{Filter, HttpClient},
    microdeposit::MicrodepositProvider,
    oauth::OauthBanks,
    sandbox::{SandboxBank, SandboxDeposits},
};
use domain::{
    env::{Clock, Entropy},
    guid::InstitutionGuid,
    secret::SecretText,
    settings::Settings,
};
use parking_lot::{Mutex, RwLock};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};
use store::{
    Db, OpenOptions,
    institutions::{InstitutionCredentialRow, InstitutionRow},
    scope::SystemScope,
};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::KeyRing;

/// Name of the wrapped root secret in the store.
const ROOT: &str = "root_secret";
/// Name of the sandbox clock in the store.
pub(crate) const CLOCK: &str = "sandbox_clock";

/// Where the master key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A file; made on the first start.
    File(PathBuf),
    /// Given, base64 or hexadecimal.
    Given(SecretText),
}

/// How an engine is opened.
#[derive(Clone)]
pub struct Options {
    /// The store.
    pub database: OpenOptions,
    /// The master key.
    pub key: KeySource,
    /// Whether the sandbox exists.
    pub sandbox: bool,
    /// Durations and limits.
    pub settings: Settings,
    /// The machine's clock.
    pub machine_clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Where requests of ours may go.
    pub outgoing: Filter,
}

impl Engine {
    /// Opens the store, the keys and the catalogue.
    pub async fn open(options: Options) -> Result<Self> {
        let db = Db::open(&options.database).await?;
        Self::with_db(db, options).await
    }

    /// Lets requests of ours go to an address that the filter would refuse: this server's own, behind which the
    /// sandbox's banks by OAuth are (`spec: sandbox, 1`).
    pub fn admit(&self, address: SocketAddr) -> Result<()> {
        let http = self.http().admitting(address).map_err(Error::internal)?;
        *self.inner.http.write() = http;
        Ok(())
    }

    /// Says where this process listens: in sandbox mode the banks by OAuth are there. Without a sandbox it changes
    /// nothing.
    pub fn listens_at(&self, address: SocketAddr) -> Result<()> {
        if !self.is_sandbox() {
            return Ok(());
        }
        // Whoever listens on all addresses is reached on that of the machine itself.
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        let own = SocketAddr::new(ip, address.port());
        self.admit(own)?;
        self.inner.oauth_banks.reach(self.http(), &format!("http://{own}/sandbox/oauth"));
        Ok(())
    }

    async fn with_db(db: Db, options: Options) -> Result<Self> {
        let stored_root = db.meta(ROOT).await?;
        let keys = match &options.key {
            KeySource::File(path) => vault::open_or_create(path, stored_root.is_some(), &*options.entropy),
            KeySource::Given(text) => KeyRing::from_given(text),
        };
        let keys = keys.map_err(Error::internal)?;
        let wrapped_root = if let Some(wrapped) = stored_root {
            wrapped
        } else {
            let (wrapped, _) = keys.new_root(&*options.entropy);
            // Another node may have been faster: the one that stands counts.
            db.write(move |tx| tx.meta_or_insert(ROOT, &wrapped)).await?
        };
        let root = keys.open_root(&wrapped_root)?;
        let mode = match db.meta(CLOCK).await? {
            Some(text) if options.sandbox => serde_json::from_slice(&text).map_err(Error::internal)?,
            _ => ClockMode::Real,
        };
        let clock = ServiceClock::new(options.machine_clock, mode);
        let bank: Arc<dyn Connector> = Arc::new(SandboxBank);
        let deposits: Arc<dyn MicrodepositProvider> = Arc::new(SandboxDeposits);
        let oauth_banks = Arc::new(OauthBanks::default());
        let by_oauth: Arc<dyn Connector> = oauth_banks.clone();
        let connectors = if options.sandbox {
            HashMap::from([("sandbox", bank), (SANDBOX_OAUTH, by_oauth)])
        } else {
            HashMap::new()
        };
        let http = HttpClient::new(options.outgoing).map_err(Error::internal)?;
        let (opened_at, figures) = (clock.now(), operator::FigureCache::new(clock.now()));
        let engine = Self {
            clock,
            inner: Arc::new(Inner {
                oauth_banks,
                bank_key: root.sandbox_bank_key(),
                http: RwLock::new(http),
                tokens: root.session_tokens(1),
                keyed: root.keyed(),
                audit_seal: root.audit_seal(),
                service_key: root.service_key(),
                webhooks: crate::webhook::Webhooks::default(),
                db,
                opened_at,
                entropy: options.entropy,
                settings: options.settings,
                is_sandbox: options.sandbox,
                keys,
                sessions: Sessions::new(),
                client_settings: Mutex::new(HashMap::new()),
                catalogue: RwLock::new(Arc::new(
                    Catalogue::build(Vec::new(), Vec::new(), options.sandbox).map_err(Error::internal)?,
                )),
                deposits: options.sandbox.then_some(deposits),
                connectors: RwLock::new(connectors),
                figures,
                work: Notify::new(),
                tasks: TaskTracker::new(),
                stop: CancellationToken::new(),
                clock_turn: tokio::sync::Mutex::new(()),
                progress: Progress::default(),
                at_work: Mutex::default(),
                swept_at: Mutex::new(None),
            }),
        };
        engine.load_built_in_institutions().await?;
        engine.reload_webhooks().await?;
        Ok(engine)
    }

    /// Puts the institutions that come with the program into the catalogue: the manual one, and in sandbox mode
    /// the sandbox's.
    async fn load_built_in_institutions(&self) -> Result<()> {
        let (mut rows, mut credentials) = catalogue::sandbox_rows();
        if !self.inner.is_sandbox {
            rows.retain(|row| !is_of_sandbox(&row.connector));
            credentials.clear();
        }
        self.put_institutions(rows, credentials).await
    }

    /// Adds or replaces institutions and reads the catalogue anew. Rows that are equal already are not written.
    pub async fn put_institutions(
        &self,
        mut rows: Vec<InstitutionRow>,
        mut credentials: Vec<InstitutionCredentialRow>,
    ) -> Result<()> {
        let known = self.db().institutions().await?;
        let known: HashMap<_, _> = known.into_iter().map(|row| (row.guid, row)).collect();
        rows.retain(|row| known.get(&row.guid) != Some(row));
        let known = self.db().institution_credentials().await?;
        let known: HashMap<_, _> = known.into_iter().map(|row| (row.guid, row)).collect();
        credentials.retain(|row| known.get(&row.guid) != Some(row));
        if !rows.is_empty() || !credentials.is_empty() {
            let written = self.db().write(move |tx| {
                let system = SystemScope::of_the_service();
                rows.iter().try_for_each(|row| tx.put_institution(system, row))?;
                credentials.iter().try_for_each(|row| tx.put_institution_credential(system, row))?;
                tx.note_change("catalogue", &[])
            });
            written.await.map_err(|e: store::StoreError| Error::from(e))?;
        }
        self.reload_catalogue().await
    }

    /// Reads the catalogue anew if one of these is not in it: another node, or a command, added it just now.
    pub(crate) async fn know_institutions(
        &self,
        guids: impl IntoIterator<Item = InstitutionGuid>,
    ) -> Result<()> {
        let catalogue = self.catalogue();
        let is_unknown = guids.into_iter().any(|guid| catalogue.by_guid(guid).is_none());
        if is_unknown { self.reload_catalogue().await } else { Ok(()) }
    }

    /// Reads the catalogue anew.
    pub(crate) async fn reload_catalogue(&self) -> Result<()> {
        let rows = self.db().institutions().await?;
        let credentials = self.db().institution_credentials().await?;
        let catalogue =
            Catalogue::build(rows, credentials, self.inner.is_sandbox).map_err(Error::internal)?;
        *self.inner.catalogue.write() = Arc::new(catalogue);
        Ok(())
    }
}
