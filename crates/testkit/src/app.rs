//! The whole service in the process of a test, over a fresh store.
//!
//! ```no_run
//! # async fn test() {
//! let app = testkit::App::sqlite().await;
//! let user = app.user("U-1").await;
//! let session = app.session(&user).await;
//! let member = app.connect(&session, "challenge").await;
//! app.pass(5).await;
//! assert_eq!(app.status(&session, &member).await, "CHALLENGED");
//! app.finish().await;
//! # }
//! ```
#![expect(
    clippy::missing_panics_doc,
    reason = "a test whose service cannot be had or used shall fail at once"
)]
#![expect(clippy::expect_used, reason = "a test whose service cannot be had or used shall fail at once")]
use crate::{
    capture::{self, Text},
    postgres,
    request::Request,
    time::{START, SeededEntropy, TestClock},
};
use axum::{body::Body, response::Response};
use domain::{env::Clock, secret::SecretText, time::Timestamp};
use engine::{
    Call, Engine, KeySource, Options,
    client::{Client, ClientSettings},
    import::Report,
    user::UserPatch,
};
use faces::{
    access_log::{AccessLog, AccessLogSettings},
    app::AppSettings,
    layer::Faces,
    limits::{Limits, Rates},
};
use http::Method;
use parking_lot::{Mutex, RwLock};
use serde_json::{Value, json};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};
use store::{OpenOptions, scope::SystemScope, users::User};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Name of the client that every application has.
pub const CLIENT_ID: &str = "partner";
/// Its API key.
pub const API_KEY: &str = "key-of-the-partner-0123456789";
/// What the service is called from outside.
pub const PUBLIC_URL: &str = "https://tributary.test";
/// LOGIN of `mxbank` (`spec: sandbox, 1`).
pub const LOGIN: &str = "CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1";
/// PASSWORD of `mxbank`.
pub const PASSWORD: &str = "CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d";
/// Guid of `mxbank`.
pub const MXBANK: &str = "INS-1572a04c-912b-59bf-5841-332c7dfafaef";

/// Connections of one application to PostgreSQL.
const CONNECTIONS: usize = 6;

/// How an application is made; the default is what nearly every test wants.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Whether the sandbox exists.
    pub sandbox: bool,
    /// Limits of the faces; rate limits are off.
    pub limits: Limits,
    /// Durations and limits of the engine.
    pub settings: domain::settings::Settings,
    /// Hosts, proxies and the like of the faces.
    pub faces: AppSettings,
    /// Settings of the client.
    pub client: ClientSettings,
    /// Seed of guids, tokens and keys.
    pub seed: u64,
    /// Where requests of the service may go.
    pub outgoing: connectors::http::Filter,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            sandbox: true,
            limits: Limits { rates: Rates::OFF, ..Limits::default() },
            settings: domain::settings::Settings::default(),
            faces: AppSettings { public_url: PUBLIC_URL.to_owned(), ..AppSettings::default() },
            client: ClientSettings::default(),
            seed: 7,
            outgoing: connectors::http::Filter::default(),
        }
    }
}

/// An open session of a user.
#[derive(Debug, Clone)]
pub struct Session {
    /// What goes into `MD-SESSION-TOKEN`.
    pub token: String,
}

/// Where the data is; dropped last.
struct Place {
    database: OpenOptions,
    folder: TempDir,
    _database: Option<postgres::Guard>,
}

/// What runs; a restart replaces it.
#[derive(Clone)]
struct Running {
    engine: Engine,
    faces: Faces,
}

/// The service, its clock, and what it said.
pub struct App {
    running: RwLock<Running>,
    setup: Setup,
    /// The clock of the service.
    pub clock: Arc<TestClock>,
    /// The client that every application has.
    pub client: Client,
    entropy: Arc<SeededEntropy>,
    access: Text,
    requests: AtomicUsize,
    logins: AtomicU32,
    users: Mutex<Vec<User>>,
    place: Place,
}

impl App {
    /// An application over a fresh SQLite file.
    pub async fn sqlite() -> Self {
        Self::sqlite_with(Setup::default()).await
    }

    /// An application over a fresh database of PostgreSQL; `None`, after a line that says why, without one.
    pub async fn postgres() -> Option<Self> {
        Self::postgres_with(Setup::default()).await
    }

    /// An application of one's own over a fresh SQLite file.
    pub async fn sqlite_with(setup: Setup) -> Self {
        let folder = folder();
        let database = OpenOptions::Sqlite { path: folder.path().join("store.sqlite") };
        Self::open(setup, Place { database, folder, _database: None }).await
    }

    /// An application of one's own over a fresh database of PostgreSQL.
    pub async fn postgres_with(setup: Setup) -> Option<Self> {
        let (url, guard) = postgres::database().await?;
        let database = OpenOptions::Postgres { url, connections: CONNECTIONS };
        Some(Self::open(setup, Place { database, folder: folder(), _database: Some(guard) }).await)
    }

    async fn open(setup: Setup, place: Place) -> Self {
        capture::log();
        let clock = Arc::new(TestClock::at(START));
        let entropy = Arc::new(SeededEntropy::new(setup.seed));
        let access = Text::default();
        let running = run(&setup, &place, &clock, &entropy, &access).await;
        let key = SecretText::new(API_KEY);
        let call = call();
        let made = running.engine.create_client(&call, CLIENT_ID, "Partner", &setup.client, Some(&key));
        let (client, _) = made.await.expect("a client");
        Self {
            running: RwLock::new(running),
            setup,
            clock,
            client,
            entropy,
            access,
            requests: AtomicUsize::new(0),
            logins: AtomicU32::new(0),
            users: Mutex::default(),
            place,
        }
    }

    /// What happens, below the faces.
    pub fn engine(&self) -> Engine {
        self.running.read().engine.clone()
    }

    /// `sqlite` or `postgres`.
    pub fn database_name(&self) -> &'static str {
        self.engine().db().engine_name()
    }

    /// Where the data is: for searches of the raw store.
    pub fn database(&self) -> &OpenOptions {
        &self.place.database
    }

    /// The folder of the master key, and of the SQLite file.
    pub fn folder(&self) -> PathBuf {
        self.place.folder.path().to_owned()
    }

    /// Ends the service in good order and starts it again on the same store.
    pub async fn restart(&self) {
        self.engine().shut_down().await.expect("a shutdown");
        self.start_again().await;
    }

    /// Starts the service again on the same store as if its process had been killed.
    pub async fn crash(&self) {
        self.start_again().await;
    }

    async fn start_again(&self) {
        let again = run(&self.setup, &self.place, &self.clock, &self.entropy, &self.access).await;
        *self.running.write() = again;
        if self.database_name() == "sqlite" {
            let system = SystemScope::of_the_service();
            let freed = self.engine().db().write(move |tx| tx.release_all_jobs(system)).await;
            freed.expect("jobs of the process that is gone");
            let freed = self.engine().db().write(move |tx| tx.free_all_events(system)).await;
            freed.expect("events of the process that is gone");
        }
    }

    /// Serves on a real socket until the service stops: the sandbox's banks by OAuth are reached there.
    pub async fn listen(&self) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a socket");
        let address = listener.local_addr().expect("an address");
        let Running { engine, faces } = self.running.read().clone();
        engine.listens_at(address).expect("a way to this server");
        let stop = engine.stop_token().clone();
        engine.tasks().spawn(faces::server::serve(listener, faces, stop));
        address
    }

    /// The time of the service.
    pub fn now(&self) -> Timestamp {
        self.engine().clock().now()
    }

    /// Does what is due now.
    pub async fn work(&self) {
        self.engine().work_due().await.expect("the work that is due");
    }

    /// Lets time pass, second by second where there is something to do, and does what becomes due, in the order
    /// of its times.
    pub async fn pass(&self, seconds: i64) {
        self.pass_micros(seconds * domain::time::MICROS_PER_SECOND).await;
    }

    /// The same, so many microseconds.
    pub async fn pass_micros(&self, micros: i64) {
        let engine = self.engine();
        let target = self.clock.now().plus_micros(micros);
        loop {
            engine.work_due().await.expect("the work that is due");
            let next = engine.next_due().await.expect("what is due next");
            let Some(at) = next.filter(|at| *at <= target) else { break };
            assert!(at > self.clock.now(), "a job or webhook is due and nobody takes it");
            self.clock.turn_to(at);
        }
        self.clock.turn_to(target);
        engine.deliver_due().await.expect("the webhooks that are due");
    }

    /// A new user of the client.
    pub async fn user(&self, id: &str) -> User {
        self.user_with(id, UserPatch::default()).await
    }

    /// A new user of the client with these fields.
    pub async fn user_with(&self, id: &str, patch: UserPatch) -> User {
        let user = self.engine().create_user(&call(), self.client.scope, id, patch).await.expect("a user");
        self.users.lock().push(user.clone());
        user
    }

    /// Takes in a user that was made elsewhere, so that [`App::finish`] looks at its members too.
    pub fn adopt(&self, user: User) {
        self.users.lock().push(user);
    }

    /// A one-time token of the user.
    pub async fn api_token(&self, user: &User) -> String {
        self.engine().issue_api_token(&call(), user).await.expect("an API token").expose().to_owned()
    }

    /// A session of the user, opened without an aggregation.
    pub async fn session(&self, user: &User) -> Session {
        let token = self.api_token(user).await;
        let body = json!({"session": {"skip_aggregation": true}});
        let answer = self.post("/sessions").api_token(&token).json(body).ok().await;
        Session { token: answer["session"]["token"].as_str().expect("a token").to_owned() }
    }

    /// A session of a new user.
    pub async fn new_session(&self) -> Session {
        let user = self.user("U-1").await;
        self.session(&user).await
    }

    /// A new member at `mxbank` with this password and a login of its own; its first job is created, not begun.
    pub async fn connect(&self, session: &Session, password: &str) -> String {
        let body = json!({"member": self.new_member(password)});
        let answer = self.post("/members").token(&session.token).json(body).ok().await;
        answer["member"]["guid"].as_str().expect("a guid").to_owned()
    }

    /// A member at `mxbank` with this password whose first job has run for ten minutes at most.
    pub async fn connected(&self, session: &Session, password: &str) -> String {
        let member = self.connect(session, password).await;
        self.pass(5).await;
        member
    }

    /// What `POST /members` takes for a member at `mxbank` with this password and a login of its own.
    pub fn new_member(&self, password: &str) -> Value {
        let login = match self.logins.fetch_add(1, Ordering::Relaxed) {
            0 => "mxuser".to_owned(),
            n => format!("mxuser.{}", n + 1),
        };
        json!({"institution_code": "mxbank", "credentials": credentials(&login, password)})
    }

    /// Imports a statement for the user.
    pub async fn import(&self, user: &User, statement: &str) -> Report {
        let statements = connectors::ofx::read(statement.as_bytes()).expect("a statement");
        let (engine, call) = (self.engine(), call());
        let done = engine.import_statements(&call, &self.client, user, statements, false, |_, _| {}).await;
        done.expect("an import")
    }

    /// The member as its session reads it.
    pub async fn member(&self, session: &Session, guid: &str) -> Value {
        self.get(&format!("/members/{guid}")).token(&session.token).ok().await["member"].clone()
    }

    /// The member's connection status.
    pub async fn status(&self, session: &Session, guid: &str) -> String {
        let member = self.member(session, guid).await;
        member["connection_status"].as_str().unwrap_or("null").to_owned()
    }

    /// The member's most recent job.
    pub async fn job(&self, session: &Session, member: &str) -> Value {
        let member = self.member(session, member).await;
        let guid = member["most_recent_job_guid"].as_str().expect("a job");
        self.get(&format!("/jobs/{guid}")).token(&session.token).ok().await["job"].clone()
    }

    /// The member's open challenges.
    pub async fn challenges(&self, session: &Session, member: &str) -> Vec<Value> {
        let path = format!("/members/{member}/challenges");
        let body = self.get(&path).token(&session.token).ok().await;
        body["challenges"].as_array().expect("challenges").clone()
    }

    /// Answers all open challenges of the member with this value.
    pub async fn answer(&self, session: &Session, member: &str, value: &str) -> Value {
        let open = self.challenges(session, member).await;
        let answers: Vec<Value> = open.iter().map(|c| json!({"guid": c["guid"], "value": value})).collect();
        let path = format!("/members/{member}/resume");
        let body = json!({"challenges": answers});
        self.put(&path).token(&session.token).json(body).ok().await["member"].clone()
    }

    /// A GET request.
    pub fn get(&self, uri: &str) -> Request<'_> {
        Request::new(self, Method::GET, uri)
    }

    /// A POST request.
    pub fn post(&self, uri: &str) -> Request<'_> {
        Request::new(self, Method::POST, uri)
    }

    /// A PUT request.
    pub fn put(&self, uri: &str) -> Request<'_> {
        Request::new(self, Method::PUT, uri)
    }

    /// A DELETE request.
    pub fn delete(&self, uri: &str) -> Request<'_> {
        Request::new(self, Method::DELETE, uri)
    }

    /// A request with any method.
    pub fn request(&self, method: &str, uri: &str) -> Request<'_> {
        Request::new(self, method.parse().expect("a method"), uri)
    }

    /// Answers a request as the server does.
    pub async fn handle(&self, request: http::Request<Body>, from: Option<IpAddr>) -> Response {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let faces = self.running.read().faces.clone();
        faces.handle(request, from).await
    }

    /// The access log: a line for every request so far.
    pub fn access_log(&self) -> String {
        self.access.with_lines(self.requests.load(Ordering::Relaxed))
    }

    /// Asserts that nothing is half done: every job that is not finished belongs to a member that shows it, and the
    /// audit trail is whole.
    pub async fn finish(&self) {
        let engine = self.engine();
        let users = self.users.lock().clone();
        let mut running = 0;
        for user in users {
            let members = engine.members(user.scope).await.expect("members");
            running += members.iter().filter(|view| view.member.state.is_being_aggregated).count();
        }
        let unfinished = engine.db().unfinished_jobs(SystemScope::of_the_service()).await.expect("jobs");
        assert_eq!(
            unfinished,
            i64::try_from(running).unwrap_or(-1),
            "unfinished jobs, members that have one"
        );
        engine.shut_down().await.expect("a shutdown");
        let report = engine.check_audit().await.expect("the audit trail");
        assert_eq!((report.broken_at, report.unsealed), (None, 0), "the audit trail");
    }
}

/// The two credentials of `mxbank`.
pub fn credentials(login: &str, password: &str) -> Value {
    json!([{"credential_guid": LOGIN, "value": login}, {"credential_guid": PASSWORD, "value": password}])
}

fn call() -> Call {
    Call::new("operator", "test", "test")
}

/// In memory where there is a place for that: nothing then waits for a disk.
fn folder() -> TempDir {
    let in_memory = TempDir::new_in("/dev/shm");
    in_memory.or_else(|_| TempDir::new()).expect("a temporary folder")
}

async fn run(
    setup: &Setup,
    place: &Place,
    clock: &Arc<TestClock>,
    entropy: &Arc<SeededEntropy>,
    access: &Text,
) -> Running {
    let options = Options {
        database: place.database.clone(),
        key: KeySource::File(place.folder.path().join("master.key")),
        sandbox: setup.sandbox,
        settings: setup.settings,
        machine_clock: clock.clone(),
        outgoing: setup.outgoing.clone(),
        entropy: entropy.clone(),
    };
    let engine = Engine::open(options).await.expect("an engine");
    let settings = AppSettings { limits: setup.limits.clone(), ..setup.faces.clone() };
    let app = faces::app::App::new(engine.clone(), settings);
    let every =
        AccessLogSettings { slow_from: Duration::MAX, sample_every: 1, ..AccessLogSettings::default() };
    let (log, writer) = AccessLog::new(every);
    let text = access.clone();
    // Ends when the faces are dropped.
    std::thread::spawn(move || writer.run(text));
    Running { faces: faces::app::faces(&app, log), engine }
}
