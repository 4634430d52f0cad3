//! How a command reaches the store: through the server that holds it, or by holding it itself.
use crate::{
    commands::{self, Command, Progress, Reply, Service},
    control,
    folder::{Folder, Held},
    machine::{MachineClock, MachineEntropy},
    settings::{Loaded, Settings},
};
use anyhow::{Result, anyhow, bail};
use engine::{Engine, KeySource, Options};
use std::{path::Path, sync::Arc, time::Duration};
use store::OpenOptions;

/// How long a command waits for another one that holds the store.
const PATIENCE: Duration = Duration::from_secs(10);
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// The way to the store.
pub(crate) enum Reach {
    /// A server runs; each command takes a connection of its own.
    Server(Folder),
    /// This process has it.
    Own(Box<Own>),
}

/// A store that this process has opened.
pub(crate) struct Own {
    service: Service,
    /// Kept until the engine is gone.
    _held: Option<Held>,
}

/// How an engine is opened with these settings.
fn options(settings: &Settings, sandbox: bool) -> Result<Options> {
    let folder = Folder(settings.data_dir());
    let database = match &settings.database {
        Some(url) => OpenOptions::Postgres {
            url: url.0.expose().to_owned(),
            connections: settings.database_connections.0,
        },
        None => OpenOptions::Sqlite { path: folder.database() },
    };
    let key = match &settings.master_key {
        Some(key) => KeySource::Given(key.0.clone()),
        None => KeySource::File(folder.master_key()),
    };
    Ok(Options {
        database,
        key,
        sandbox,
        settings: settings.core(),
        machine_clock: Arc::new(MachineClock),
        outgoing: settings.outgoing()?,
        entropy: Arc::new(MachineEntropy),
    })
}

/// Opens the store in this process.
pub(crate) async fn open_engine(settings: &Settings, sandbox: bool) -> Result<Engine> {
    let opened = Engine::open(options(settings, sandbox)?).await;
    opened.map_err(|error| {
        if settings.database.is_some() {
            anyhow!(
                "cannot open the store: {error} (the setting database says where it is; is the server up?)"
            )
        } else {
            anyhow!("cannot open the store: {error}")
        }
    })
}

impl Reach {
    /// Finds the way. `purpose` names the command for others that wait; where there is no store yet, one is made
    /// only for commands that may (`creates`).
    pub(crate) async fn open(loaded: &Loaded, purpose: &str, creates: bool) -> Result<Self> {
        let settings = &loaded.settings;
        let folder = Folder(settings.data_dir());
        let mut held = None;
        if settings.database.is_none() {
            if !creates && !folder.database().exists() {
                bail!(
                    "there is no store in {}: name its folder with --data-dir, or start `tributary serve` to make one",
                    folder.0.display()
                );
            }
            folder.prepare()?;
            let deadline = tokio::time::Instant::now() + PATIENCE;
            held = loop {
                if control::connect(&folder.socket()).await.is_some() {
                    return Ok(Self::Server(folder));
                }
                if let Some(held) = folder.hold(purpose)? {
                    break Some(held);
                }
                if tokio::time::Instant::now() >= deadline {
                    return Err(busy(&folder));
                }
                tokio::time::sleep(BETWEEN_TRIES).await;
            };
        } else {
            folder.prepare()?;
        }
        // A store of the sandbox keeps its movable clock also while no server runs.
        let sandbox = settings.sandbox.0 || folder.sandbox().exists();
        let engine = open_engine(settings, sandbox).await?;
        let service = Service { engine, settings: loaded.told().into() };
        Ok(Self::Own(Box::new(Own { service, _held: held })))
    }

    /// Does a command.
    pub(crate) async fn call(
        &self,
        command: Command,
        payload: &[u8],
        progress: Progress<'_>,
    ) -> Result<Reply> {
        match self {
            Self::Server(folder) => {
                let Some(stream) = control::connect(&folder.socket()).await else {
                    bail!("the server on {} has stopped: run the command again", folder.0.display());
                };
                control::call(stream, &command, payload, progress).await
            }
            Self::Own(own) => {
                commands::execute(&own.service, command, payload, progress).await.map_err(|e| anyhow!(e))
            }
        }
    }

    /// Writes what is still in memory, and lets go.
    pub(crate) async fn close(self) -> Result<()> {
        match self {
            Self::Server(_) => Ok(()),
            Self::Own(own) => own.service.engine.shut_down().await.map_err(|e| anyhow!("{e}")),
        }
    }
}

/// The store is held by a process that answers no commands.
fn busy(folder: &Folder) -> anyhow::Error {
    anyhow!(
        "the store in {} is in use by \"{}\", which takes no commands: wait for it to end, or stop it",
        folder.0.display(),
        folder.holder()
    )
}

/// Takes the store for a server: the lock, with patience for a command that is about to end.
pub(crate) async fn hold_for_server(folder: &Folder) -> Result<Held> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(held) = folder.hold("serve")? {
            return Ok(held);
        }
        if control::connect(&folder.socket()).await.is_some() {
            bail!(
                "a server runs already on {} (\"{}\"): stop it, or name another folder with --data-dir",
                folder.0.display(),
                folder.holder()
            );
        }
        if tokio::time::Instant::now() >= deadline {
            return Err(busy(folder));
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
}

/// The longest path of a socket that the system takes.
const SOCKET_PATH_MAX: usize = 107;

/// Refuses a folder whose socket could not be made.
pub(crate) fn check_socket_path(path: &Path) -> Result<()> {
    let length = path.as_os_str().len();
    if length > SOCKET_PATH_MAX {
        bail!(
            "the path {} has {length} characters, more than the {SOCKET_PATH_MAX} a socket can have: name a shorter \
             folder with --data-dir",
            path.display()
        );
    }
    Ok(())
}
