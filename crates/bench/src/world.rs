//! What the benchmarks stand on: a store, a client, users with sessions and data.
use crate::{
    Common,
    machine::{MachineClock, entropy},
};
use anyhow::{Context, Result, ensure};
use clap::Args;
use connectors::ofx;
use domain::{
    enums::{ConnectionStatus, JobKind},
    env::Clock,
    secret::SecretText,
    settings::Settings,
};
use engine::{
    Call, Engine, KeySource, Options,
    client::{Client, ClientSettings},
    import::Report,
    job::Wanted,
    member::{GivenCredential, NewMember},
    user::UserPatch,
};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use store::{OpenOptions, scope::UserScope, users::User};
use tempfile::TempDir;
use tokio::{runtime::Runtime, task::JoinSet};

/// Sessions opened at once.
const SESSIONS_AT_ONCE: usize = 64;
/// Time that the sandbox's bank gets to ask its question.
const CHALLENGE_WAIT: Duration = Duration::from_secs(60);
/// Connections to PostgreSQL, as in a small installation.
const CONNECTIONS: usize = 16;
/// Longer than any benchmark.
const LONG: Duration = Duration::from_secs(30 * 86_400);

/// Where a store is.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// Folder of the key, and of the store where that is a file
    #[arg(long)]
    pub(crate) folder: PathBuf,
    /// URL of the store on PostgreSQL
    #[arg(long)]
    pub(crate) postgres: Option<String>,
    /// With the sandbox's banks
    #[arg(long)]
    pub(crate) sandbox: bool,
}

/// A fresh place for one benchmark.
pub(crate) struct Ground {
    pub(crate) place: Place,
    folder: Option<TempDir>,
    pub(crate) runtime: Runtime,
}

impl Ground {
    /// Beside this program: that is on a disk, which a temporary folder of the system may not be.
    pub(crate) fn new(common: &Common, sandbox: bool) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(beside()?)?;
        Self::at(common, sandbox, folder.path().to_owned(), Some(folder))
    }

    /// In a folder that stays.
    pub(crate) fn kept(common: &Common, name: &str) -> Result<Self> {
        let folder = beside()?.join(name);
        std::fs::create_dir_all(&folder)?;
        Self::at(common, false, folder, None)
    }

    fn at(common: &Common, sandbox: bool, path: PathBuf, folder: Option<TempDir>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let postgres = match common.postgres.as_deref() {
            None => None,
            Some("") => {
                let made = runtime.block_on(testkit::postgres::empty_database());
                Some(made.context("no PostgreSQL is installed here: give the URL of an empty database")?)
            }
            Some(url) => Some(url.to_owned()),
        };
        Ok(Self { place: Place { folder: path, postgres, sandbox }, folder, runtime })
    }

    /// The folder of the store.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.as_ref().map_or(&self.place.folder, TempDir::path)
    }
}

fn beside() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.parent().context("no folder")?.to_owned())
}

impl Place {
    /// The arguments that start a server on this store.
    pub(crate) fn arguments(&self) -> Vec<&OsStr> {
        let mut arguments = vec!["__server".as_ref(), "--folder".as_ref(), self.folder.as_os_str()];
        if let Some(url) = &self.postgres {
            arguments.extend([OsStr::new("--postgres"), url.as_ref()]);
        }
        if self.sandbox {
            arguments.push("--sandbox".as_ref());
        }
        arguments
    }

    /// `sqlite` or `postgres`.
    pub(crate) const fn store(&self) -> &'static str {
        if self.postgres.is_some() { "postgres" } else { "sqlite" }
    }
}

/// Opens the engine as a server does; sessions and challenges outlast the benchmark.
pub(crate) async fn open(place: &Place) -> Result<Engine> {
    let settings = Settings {
        challenge_lifetime: LONG,
        session_idle: LONG,
        background_interval: LONG,
        ..Settings::default()
    };
    open_with(place, &settings).await
}

async fn open_with(place: &Place, settings: &Settings) -> Result<Engine> {
    let database = match &place.postgres {
        Some(url) => OpenOptions::Postgres { url: url.clone(), connections: CONNECTIONS },
        None => OpenOptions::Sqlite { path: place.folder.join("store.sqlite") },
    };
    let options = Options {
        database,
        key: KeySource::File(place.folder.join("master.key")),
        sandbox: place.sandbox,
        settings: *settings,
        machine_clock: Arc::new(MachineClock),
        outgoing: connectors::http::Filter::default(),
        entropy: entropy(),
    };
    Ok(Engine::open(options).await?)
}

/// An engine with a client whose users take part.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) client: Client,
    call: Call,
}

impl World {
    /// On a store without clients.
    pub(crate) async fn new(place: &Place) -> Result<Self> {
        Self::over(open(place).await?).await
    }

    /// The same with the settings of a server that nobody has set.
    pub(crate) async fn with_default_settings(place: &Place) -> Result<Self> {
        Self::over(open_with(place, &Settings::default()).await?).await
    }

    async fn over(engine: Engine) -> Result<Self> {
        let call = Call::new("operator", "bench", "bench");
        let (client, _) =
            engine.create_client(&call, "bench", "Bench", &ClientSettings::default(), None).await?;
        Ok(Self { engine, client, call })
    }

    /// A user.
    pub(crate) async fn user(&self, external: &str) -> Result<User> {
        let text = |text: &str| Some(Some(text.to_owned()));
        let patch = UserPatch {
            first_name: text("Jo"),
            last_name: text("Example"),
            email: text("jo@example.com"),
            ..UserPatch::default()
        };
        Ok(self.engine.create_user(&self.call, self.client.scope, external, patch).await?)
    }

    /// Makes so many users, each with a member of the sandbox's largest bank, and waits for their first jobs.
    pub(crate) async fn members(&self, count: usize) -> Result<Vec<(UserScope, String)>> {
        let mut made = Vec::with_capacity(count);
        for index in 0..count {
            let user = self.user(&format!("U-{index}")).await?;
            let member = self.engine.create_member(&self.call, user.scope, new_member("x")).await?;
            made.push((user.scope, member.view.member.guid.to_string()));
        }
        self.advance(60).await?;
        Ok(made)
    }

    /// Moves the clock, as far as it takes.
    pub(crate) async fn advance(&self, seconds: i64) -> Result<()> {
        let target = self.engine.clock().now().plus_seconds(seconds);
        self.engine.advance_clock(&self.call, seconds).await?;
        while self.engine.clock().now() < target {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        ensure!(self.engine.settle().await?, "work is left over");
        Ok(())
    }

    /// Asks for an aggregation of each of the members.
    pub(crate) async fn aggregate(&self, members: &[(UserScope, String)]) -> Result<()> {
        for (scope, guid) in members {
            let asked =
                self.engine.ask_job(&self.call, *scope, guid, JobKind::Aggregation, Wanted::ALL).await?;
            ensure!(asked.started, "no job was made");
        }
        Ok(())
    }

    /// Opens so many sessions, spread over the users; their tokens.
    pub(crate) async fn sessions(&self, users: &[User], count: usize) -> Result<Vec<String>> {
        let mut tokens = Vec::with_capacity(count);
        let mut tasks = JoinSet::new();
        for user in users.iter().cycle().take(count) {
            if tasks.len() == SESSIONS_AT_ONCE {
                tokens.extend(tasks.join_next().await.transpose()?.transpose()?);
            }
            let (engine, call, user) = (self.engine.clone(), self.call.clone(), user.clone());
            tasks.spawn(async move {
                let token = engine.issue_api_token(&call, &user).await?;
                let token = engine.open_session(&call, Some(token.expose()), true).await?;
                anyhow::Ok(token.expose().to_owned())
            });
        }
        while let Some(token) = tasks.join_next().await {
            tokens.push(token??);
        }
        Ok(tokens)
    }

    /// Imports a statement file, from its bytes to acknowledged rows.
    pub(crate) async fn import(&self, user: &User, file: &[u8]) -> Result<Report> {
        let statements = ofx::read(file)?;
        Ok(self
            .engine
            .import_statements(&self.call, &self.client, user, statements, false, |_, _| {})
            .await?)
    }

    /// The guid of a job that waits for the answer to a challenge.
    pub(crate) async fn challenged_job(&self, user: &User) -> Result<String> {
        let new = new_member("challenge");
        let member =
            self.engine.create_member(&self.call, user.scope, new).await?.view.member.guid.to_string();
        let begun = Instant::now();
        loop {
            self.engine.work_due().await?;
            let member = self.engine.member(user.scope, &member).await?.member;
            if let (Some(ConnectionStatus::Challenged), Some(job)) = (member.state.status, member.job) {
                return Ok(job.to_string());
            }
            ensure!(begun.elapsed() < CHALLENGE_WAIT, "the bank asked nothing");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Closes the store.
    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.engine.shut_down().await?)
    }
}

/// A member of the sandbox's largest bank with this password.
fn new_member(password: &str) -> NewMember {
    let credential = |guid: &str, value: &str| GivenCredential {
        guid: guid.to_owned(),
        value: Some(SecretText::new(value)),
    };
    NewMember {
        institution_code: Some("mxbank".to_owned()),
        credentials: vec![
            credential("CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1", "mxuser"),
            credential("CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d", password),
        ],
        ..NewMember::default()
    }
}
