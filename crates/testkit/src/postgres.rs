//! A private PostgreSQL server for the tests of one process, and fresh stores on both engines.
//!
//! The server is made of the installed programs at first use, listens on a socket in a temporary folder only,
//! and goes away with the process, however that ends: a shell that waits for the end of its input stops it.
//! Where PostgreSQL is not installed, tests run on SQLite alone and say so; with
//! `TRIBUTARY_TEST_POSTGRES=require` they fail instead.
#![expect(clippy::expect_used, reason = "a test that cannot have its store shall fail at once")]
use std::{
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};
use store::{Db, OpenOptions};
use tokio::sync::OnceCell;

/// `sqlite` or `postgres`, for messages.
pub type Name = &'static str;

/// Connections of one store of a test: few, so that tests that run side by side do not use the server up.
const CONNECTIONS: usize = 6;
/// Name of the database that holds the schema and is copied for each test.
const TEMPLATE: &str = "template_store";

static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
static MIGRATED: OnceCell<()> = OnceCell::const_new();
static SAID: OnceLock<()> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(1);

/// Keeps what a store of a test stands on; dropped after the store's last use, it removes it.
#[derive(Debug)]
pub struct Guard {
    _folder: Option<tempfile::TempDir>,
    _database: Option<Database>,
}

/// A database that is removed when this is dropped.
#[derive(Debug)]
struct Database {
    cluster: &'static Cluster,
    name: String,
}

impl Drop for Database {
    fn drop(&mut self) {
        // Where the server's shell is gone, so is the database.
        let _unheard = writeln!(&self.cluster.life, "{}", self.name);
    }
}

/// A running server. Its process ends when `life` is closed, at the latest with this process.
#[derive(Debug)]
struct Cluster {
    socket_folder: String,
    _wrapper: Child,
    life: ChildStdin,
}

/// URL of a fresh database with the schema of the store, and what removes it; `None` where there is no PostgreSQL.
///
/// # Panics
/// If there is a server that makes none, or none where one is required.
pub async fn database() -> Option<(String, Guard)> {
    let (cluster, name) = migrated().await?;
    let url = cluster.url(&name);
    Some((url, Guard { _folder: None, _database: Some(Database { cluster, name }) }))
}

/// A fresh database with the schema of the store.
async fn migrated() -> Option<(&'static Cluster, String)> {
    let cluster = cluster()?;
    let make_template = async || {
        let url = cluster.create(TEMPLATE, "template0").await;
        let options = OpenOptions::Postgres { url, connections: 1 };
        Db::open(&options).await.expect("the schema of the store on PostgreSQL");
    };
    MIGRATED.get_or_init(make_template).await;
    let name = fresh_name();
    cluster.create(&name, TEMPLATE).await;
    Some((cluster, name))
}

/// URL of a fresh database without any table; `None` where there is no PostgreSQL.
///
/// # Panics
/// If there is a server that makes none, or none where one is required.
pub async fn empty_database() -> Option<String> {
    Some(cluster()?.create(&fresh_name(), "template0").await)
}

/// A fresh store in a SQLite file and, where there is PostgreSQL, a fresh one on it.
///
/// # Panics
/// If one cannot be made.
pub async fn both_stores() -> Vec<(Name, Db, Guard)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sqlite = OpenOptions::Sqlite { path: folder.path().join("store.sqlite") };
    let db = Db::open(&sqlite).await.expect("a store on SQLite");
    let mut stores = vec![("sqlite", db, Guard { _folder: Some(folder), _database: None })];
    if let Some((cluster, name)) = migrated().await {
        let url = cluster.url(&name);
        let options = OpenOptions::Postgres { url, connections: CONNECTIONS };
        let db = Db::open(&options).await.expect("a store on PostgreSQL");
        stores.push(("postgres", db, Guard { _folder: None, _database: Some(Database { cluster, name }) }));
    }
    stores
}

fn fresh_name() -> String {
    format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn cluster() -> Option<&'static Cluster> {
    match CLUSTER.get_or_init(start) {
        Ok(cluster) => Some(cluster),
        Err(why) => {
            let is_required = std::env::var("TRIBUTARY_TEST_POSTGRES").is_ok_and(|v| v == "require");
            assert!(!is_required, "the PostgreSQL half of the tests is required: {why}");
            SAID.get_or_init(|| {
                // Straight to the terminal: what a test prints is hidden while it passes.
                let _unheard = writeln!(std::io::stderr(), "skipped the PostgreSQL half: {why}");
            });
            None
        }
    }
}

fn start() -> Result<Cluster, String> {
    let bin = programs().ok_or("no initdb and postgres in PATH or /usr/lib/postgresql/*/bin")?;
    let mut shell = as_somebody()?;
    shell.args(["sh", "-c", include_str!("cluster.sh"), "sh"]).arg(&bin).current_dir("/");
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut wrapper = shell.spawn().map_err(|e| format!("{shell:?}: {e}"))?;
    let (Some(life), Some(answer), Some(mut trouble)) =
        (wrapper.stdin.take(), wrapper.stdout.take(), wrapper.stderr.take())
    else {
        return Err("the server's shell has no pipes".to_owned());
    };
    let mut socket_folder = String::new();
    BufReader::new(answer).read_line(&mut socket_folder).map_err(|e| e.to_string())?;
    if socket_folder.is_empty() {
        let mut text = String::new();
        let _as_much_as_there_is = trouble.read_to_string(&mut text);
        return Err(format!("the server in {} did not start: {}", bin.display(), text.trim()));
    }
    Ok(Cluster { socket_folder: socket_folder.trim().to_owned(), _wrapper: wrapper, life })
}

/// The folder of the server's programs, the newest version where there are several.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_unstable();
    let installed = versions.into_iter().rev().map(|(_, bin)| bin);
    let is_complete = |bin: &Path| ["initdb", "postgres", "pg_ctl"].iter().all(|p| bin.join(p).is_file());
    let found = std::env::split_paths(&path).chain(installed).find(|bin| is_complete(bin))?;
    // What is in PATH may be links to some of the programs: all of them are where the links lead.
    Some(found.join("initdb").canonicalize().ok()?.parent()?.to_owned())
}

/// A command that runs its arguments; PostgreSQL refuses to run as root, so then as another user.
fn as_somebody() -> Result<Command, String> {
    let id = |args: &[&str]| {
        let output = Command::new("id").args(args).output().ok().filter(|o| o.status.success())?;
        String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
    };
    if id(&["-u"]).as_deref() != Some("0") {
        return Ok(Command::new("env"));
    }
    let user =
        ["postgres", "nobody"].into_iter().find_map(|user| Some((id(&["-u", user])?, id(&["-g", user])?)));
    let (uid, gid) = user.ok_or("root may not run PostgreSQL, and there is no user postgres or nobody")?;
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".to_owned()]);
    Ok(command)
}

impl Cluster {
    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.socket_folder.replace('/', "%2F"))
    }

    async fn create(&self, name: &str, template: &str) -> String {
        let (client, connection) = tokio_postgres::connect(&self.url("postgres"), tokio_postgres::NoTls)
            .await
            .expect("a connection to the server of the tests");
        let sql = format!("CREATE DATABASE {name} TEMPLATE {template}");
        let made = async move { client.batch_execute(&sql).await };
        // The connection ends by itself once the client is gone.
        let (made, ended) = tokio::join!(made, connection);
        made.and(ended).expect("a fresh database");
        self.url(name)
    }
}
