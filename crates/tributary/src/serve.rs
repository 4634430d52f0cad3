//! The server: opened, serving, and brought down in order.
use crate::{
    commands::{Service, explain},
    control,
    folder::{Folder, Held, write_private},
    machine::MachineEntropy,
    reach,
    settings::{Loaded, LogFormat, Settings},
};
use anyhow::{Context, Result, anyhow};
use domain::secret::SecretText;
use engine::{Call, Engine, client::ClientSettings};
use faces::{
    access_log::AccessLog,
    app::{self, App, AppSettings},
    layer::Faces,
    server,
};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::Path};
use tokio::{
    net::{TcpListener, UnixListener},
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// The client that the sandbox begins with.
pub(crate) const SANDBOX_CLIENT: &str = "sandbox";
/// Log target of the line that says the server is ready, which no level hides.
const READY: &str = "tributary::ready";

/// A server that has all it needs and serves once [`Server::run`] is called.
pub(crate) struct Server {
    pub(crate) service: Service,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    listener: TcpListener,
    faces: Faces,
    metrics: Option<(TcpListener, Faces)>,
    control: Option<(UnixListener, Folder)>,
    /// Kept until the engine is gone.
    held: Option<Held>,
}

/// `sandbox.json`.
#[derive(Serialize, Deserialize)]
struct SandboxFile {
    client_id: String,
    api_key: String,
}

/// The key of the sandbox's client after a start.
pub(crate) struct SandboxKey {
    /// The key, where it is known.
    pub(crate) key: Option<SecretText>,
    /// Whether this start made the client.
    pub(crate) is_new: bool,
}

/// `tributary serve`.
pub(crate) async fn serve(loaded: &Loaded) -> Result<()> {
    let settings = &loaded.settings;
    let signals = Signals::catch()?;
    let server = Server::open(loaded).await?;
    if settings.sandbox.0 {
        let sandbox = sandbox_client(&server.service.engine, settings).await?;
        if let (true, Some(key)) = (sandbox.is_new, &sandbox.key) {
            let file = Folder(settings.data_dir()).sandbox();
            crate::print(&format!(
                "Made the client `{SANDBOX_CLIENT}`. Its API key, also kept in {}:\n{}\n",
                file.display(),
                key.expose()
            ));
        }
    }
    let stop = CancellationToken::new();
    let whole_life = server.run(stop.clone());
    tokio::select! {
        ended = whole_life => ended,
        never = signals.cancel(stop) => never,
    }
}

/// SIGTERM and SIGINT, caught from the moment this is made: none that comes while the server starts is lost.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Catches them from now on.
    pub(crate) fn catch() -> Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Cancels `stop` at the first signal; comes back, with an error, at the second.
    pub(crate) async fn cancel(mut self, stop: CancellationToken) -> Result<()> {
        for count in 0.. {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
            if count > 0 {
                break;
            }
            tracing::info!("stopping: open requests are finished first; a second signal stops at once");
            stop.cancel();
        }
        Err(anyhow!("stopped at once by a second signal; requests that were open may be unanswered"))
    }
}

impl Server {
    /// Opens the store and all listeners.
    pub(crate) async fn open(loaded: &Loaded) -> Result<Self> {
        let settings = &loaded.settings;
        let folder = Folder(settings.data_dir());
        folder.prepare()?;
        let held = if settings.database.is_none() {
            reach::check_socket_path(&folder.socket())?;
            Some(reach::hold_for_server(&folder).await?)
        } else {
            None
        };
        let listener = listen(&settings.listen.0, "listen").await?;
        let address = listener.local_addr()?;
        let engine = reach::open_engine(settings, settings.sandbox.0).await?;
        engine.listens_at(address).map_err(|e| anyhow!(explain(e)))?;
        let app = App::new(engine.clone(), app_settings(settings, address));
        let faces = app::faces(&app, access_log(settings)?);
        let metrics = match &settings.metrics_listen {
            Some(own) => {
                let log = access_log(settings)?;
                Some((listen(&own.0, "metrics_listen").await?, app::metrics_faces(&app, log)))
            }
            None => None,
        };
        let control = if held.is_some() {
            let socket = server::listen_unix(&folder.socket());
            Some((socket.with_context(|| format!("cannot make {}", folder.socket().display()))?, folder))
        } else {
            None
        };
        let service = Service { engine, settings: loaded.told().into() };
        Ok(Self { service, address, listener, faces, metrics, control, held })
    }

    /// Serves until `stop` is cancelled and everything is written.
    pub(crate) async fn run(self, stop: CancellationToken) -> Result<()> {
        let Self { service, address, listener, faces, metrics, control, held } = self;
        let engine = service.engine.clone();
        engine.run_background().await.map_err(|e| anyhow!(explain(e)))?;
        tracing::info!(target: READY, "listening on http://{address}");
        let time_max = faces.limits().shutdown_time_max;
        let metrics = async {
            if let Some((listener, faces)) = metrics {
                if let Ok(address) = listener.local_addr() {
                    tracing::info!("metrics on http://{address}/metrics");
                }
                server::serve(listener, faces, stop.clone()).await;
            }
        };
        let control = async {
            if let Some((listener, folder)) = control {
                control::serve(listener, service.clone(), time_max, stop.clone()).await;
                // While the lock is still ours nobody else can have made a new one.
                let _gone = std::fs::remove_file(folder.socket());
            }
        };
        tokio::join!(server::serve(listener, faces, stop.clone()), metrics, control);
        let written = engine.shut_down().await.map_err(|e| anyhow!(explain(e)));
        drop((engine, service));
        drop(held);
        written?;
        tracing::info!("stopped");
        Ok(())
    }
}

async fn listen(address: &str, setting: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{setting}: cannot listen on {address}; name another ADDRESS:PORT, port 0 for a free one")
    })
}

fn app_settings(settings: &Settings, address: SocketAddr) -> AppSettings {
    let own = || format!("http://{address}");
    AppSettings {
        public_url: settings.public_url.as_ref().map_or_else(own, |url| url.0.clone()),
        limits: settings.limits(),
        hosts: settings.hosts(),
        proxies: settings.proxies.0.clone(),
        metrics_apart: settings.metrics_listen.is_some(),
    }
}

/// The access log, written to standard error by a thread of its own that ends with the last face.
fn access_log(settings: &Settings) -> Result<AccessLog> {
    let (log, writer) = AccessLog::new(settings.access_log());
    let thread = std::thread::Builder::new().name("access-log".to_owned());
    // Where standard error is closed there is nobody to tell.
    thread.spawn(move || writer.run(std::io::stderr()).unwrap_or_default())?;
    Ok(log)
}

/// Makes the sandbox's client where the store has no client at all.
pub(crate) async fn sandbox_client(engine: &Engine, settings: &Settings) -> Result<SandboxKey> {
    let path = Folder(settings.data_dir()).sandbox();
    let given = settings.sandbox_api_key.as_ref().map(|key| key.0.clone());
    let kept = read_sandbox_file(&path)?;
    let clients = engine.clients().await.map_err(|e| anyhow!(explain(e)))?;
    if !clients.is_empty() {
        if let Some(key) = &given
            && engine.client_of_key(Some(key.expose()), Some(SANDBOX_CLIENT), None).await.is_err()
        {
            tracing::warn!(
                "TRIBUTARY_SANDBOX_API_KEY is not a key of the client `{SANDBOX_CLIENT}`: it counts at the first \
                 start only; `tributary client key {SANDBOX_CLIENT}` makes a further key"
            );
        }
        return Ok(SandboxKey { key: given.or(kept), is_new: false });
    }
    // The file first: after a crash in between, the next start makes the client with the same key.
    let key = given.or(kept).unwrap_or_else(|| vault::ApiKey::issue(&MachineEntropy).0);
    let file = SandboxFile { client_id: SANDBOX_CLIENT.to_owned(), api_key: key.expose().to_owned() };
    write_private(&path, &serde_json::to_vec_pretty(&file)?)?;
    let call = Call::new("operator", "serve --sandbox", crate::machine::random_name());
    let settings = ClientSettings::default();
    let made = engine.create_client(&call, SANDBOX_CLIENT, "Sandbox", &settings, Some(&key)).await;
    made.map_err(|e| anyhow!("the sandbox's client: {}", explain(e)))?;
    Ok(SandboxKey { key: Some(key), is_new: true })
}

fn read_sandbox_file(path: &Path) -> Result<Option<SecretText>> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let file: SandboxFile = serde_json::from_slice(&bytes)
                .map_err(|_| anyhow!("{} is damaged: remove it, then start again", path.display()))?;
            Ok(Some(SecretText::new(file.api_key)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Starts logging to standard error.
pub(crate) fn start_log(settings: &Settings) {
    let filter = EnvFilter::new(format!("{},{READY}=info", settings.log_level.0));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
            lines.with_ansi(colours).init();
        }
        LogFormat::Json => lines.json().init(),
    }
}
