//! An engine of its own, a user with a session, and the sandbox bank.
use domain::{enums::ConnectionStatus as C, env::Clock, secret::SecretText};
use engine::{
    Call, Engine, KeySource, Options,
    client::{Client, ClientSettings},
    job::GivenAnswer,
    member::{GivenCredential, NewMember},
    user::UserPatch,
};
use std::sync::Arc;
use store::{
    OpenOptions,
    scope::{SystemScope, UserScope},
    users::User,
};
use testkit::time::{START, SeededEntropy, TestClock};

pub(crate) const LOGIN: &str = "CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1";
pub(crate) const PASSWORD: &str = "CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d";

pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) client: Client,
    pub(crate) user: User,
    pub(crate) session: Arc<engine::session::Session>,
    _folder: tempfile::TempDir,
}

pub(crate) fn call() -> Call {
    Call::new("operator", "test", "test")
}

/// An engine on a store that others may share.
pub(crate) async fn open(database: OpenOptions, clock: Arc<TestClock>, seed: u64) -> Engine {
    let options = Options {
        database,
        key: KeySource::Given(SecretText::new(
            "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        )),
        sandbox: true,
        settings: domain::settings::Settings::default(),
        machine_clock: clock,
        outgoing: connectors::http::Filter::default(),
        entropy: Arc::new(SeededEntropy::new(seed)),
    };
    Engine::open(options).await.unwrap()
}

pub(crate) fn credential(guid: &str, value: &str) -> GivenCredential {
    GivenCredential { guid: guid.to_owned(), value: Some(SecretText::new(value)) }
}

/// A member of the sandbox bank that is still to be made.
pub(crate) fn new_member(login: &str, password: &str) -> NewMember {
    NewMember {
        institution_code: Some("mxbank".to_owned()),
        credentials: vec![credential(LOGIN, login), credential(PASSWORD, password)],
        ..NewMember::default()
    }
}

/// A member of the sandbox bank that has one account only.
pub(crate) fn small_member(n: usize, password: &str) -> NewMember {
    let of_basic =
        |first: &str, value: &str| credential(&format!("CRD-{first}-f325-47ca-b91d-02c64a8e73f1"), value);
    NewMember {
        institution_code: Some("sandbox_basic".to_owned()),
        credentials: vec![of_basic("10000001", &format!("mxuser.{n}")), of_basic("10000002", password)],
        ..NewMember::default()
    }
}

/// Leases every job that is due, as a worker does that then dies; says how many.
pub(crate) async fn lease_all(engine: &Engine) -> usize {
    let system = SystemScope::of_the_service();
    let (now, machine_now) = (engine.clock().now(), engine.clock().machine_now());
    let due = engine.db().due_jobs(system, now, machine_now, &[], 1000).await.unwrap();
    for job in &due {
        let job = *job;
        let lease = engine.db().write(move |tx| tx.lease_job(&job, machine_now.plus_seconds(60)));
        assert!(lease.await.unwrap().is_some());
    }
    due.len()
}

impl World {
    pub(crate) async fn new() -> Self {
        // In memory where there is a place for that: nothing then waits for a disk.
        let folder = tempfile::TempDir::new_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let clock = Arc::new(TestClock::at(START));
        let engine = open(OpenOptions::Sqlite { path: folder.path().join("t.db") }, clock.clone(), 7).await;
        let (client, _) =
            engine.create_client(&call(), "c1", "One", &ClientSettings::default(), None).await.unwrap();
        let user = engine.create_user(&call(), client.scope, "U-1", UserPatch::default()).await.unwrap();
        let token = engine.issue_api_token(&call(), &user).await.unwrap();
        let token = engine.open_session(&call(), Some(token.expose()), false).await.unwrap();
        let session = engine.authenticate(Some(token.expose())).await.unwrap();
        Self { engine, clock, client, user, session, _folder: folder }
    }

    pub(crate) fn scope(&self) -> UserScope {
        self.session.scope
    }

    /// A member with this password; its first job is made.
    pub(crate) async fn connect(&self, password: &str) -> String {
        self.connect_as("mxuser", password).await
    }

    pub(crate) async fn connect_as(&self, login: &str, password: &str) -> String {
        self.create(new_member(login, password)).await
    }

    pub(crate) async fn create(&self, new: NewMember) -> String {
        let view = self.engine.create_member(&call(), self.scope(), new).await.unwrap().view;
        assert_eq!(view.member.state.status, Some(C::Created));
        assert!(view.member.state.is_being_aggregated);
        view.member.guid.to_string()
    }

    /// Turns the clock from one due time to the next, for so long, and does what is due.
    pub(crate) async fn pass(&self, seconds: i64) {
        let end = self.clock.now().plus_seconds(seconds);
        loop {
            self.engine.work_due().await.unwrap();
            let next = self.engine.next_due().await.unwrap();
            let Some(next) = next.filter(|at| *at <= end) else { break };
            // What is due already is in the hands of a worker that died.
            let soon = self.clock.now().plus_seconds(1).min(end);
            self.clock.turn_to(next.max(soon));
            if self.clock.now() >= end {
                break;
            }
        }
        self.clock.turn_to(end);
        self.engine.work_due().await.unwrap();
    }

    pub(crate) async fn status(&self, member: &str) -> (Option<C>, bool) {
        let view = self.engine.member(self.scope(), member).await.unwrap();
        (view.member.state.status, view.member.state.is_being_aggregated)
    }

    /// The most recent job of a member.
    pub(crate) async fn job(&self, member: &str) -> store::jobs::Job {
        let view = self.engine.member(self.scope(), member).await.unwrap();
        self.engine.job(self.scope(), &view.member.job.unwrap().to_string()).await.unwrap()
    }

    pub(crate) async fn answer(&self, member: &str, value: &str) {
        let open = self.engine.member_challenges(self.scope(), member).await.unwrap();
        let answers = open
            .iter()
            .map(|c| GivenAnswer { guid: c.guid.to_string(), value: Some(SecretText::new(value)) })
            .collect();
        let view = self.engine.resume(&call(), self.scope(), member, answers).await.unwrap();
        assert_eq!(view.member.state.status, Some(C::Resumed));
    }
}
