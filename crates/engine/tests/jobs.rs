//! A job from its creation to its end, step by step, with a clock that is turned by hand.
use domain::{enums::ConnectionStatus as C, secret::SecretText};
use engine::{
    Call, Engine, KeySource, Options,
    client::ClientSettings,
    job::GivenAnswer,
    member::{GivenCredential, NewMember},
    user::UserPatch,
};
use std::sync::Arc;
use testkit::time::{SeededEntropy, START, TestClock};

struct World {
    engine: Engine,
    clock: Arc<TestClock>,
    session: Arc<engine::session::Session>,
    _folder: tempfile::TempDir,
}

fn call() -> Call {
    Call::new("operator", "test", "test")
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::at(START));
    let options = Options {
        database: store::OpenOptions::Sqlite { path: folder.path().join("t.db") },
        key: KeySource::File(folder.path().join("master.key")),
        sandbox: true,
        settings: domain::settings::Settings::default(),
        machine_clock: clock.clone(),
        entropy: Arc::new(SeededEntropy::new(7)),
    };
    let engine = Engine::open(options).await.unwrap();
    let (client, _) =
        engine.create_client(&call(), "c1", "One", &ClientSettings::default(), None).await.unwrap();
    let user = engine.create_user(&call(), client.scope, "U-1", UserPatch::default()).await.unwrap();
    let token = engine.issue_api_token(&call(), &user).await.unwrap();
    let token = engine.open_session(&call(), Some(token.expose()), false).await.unwrap();
    let session = engine.authenticate(Some(token.expose())).await.unwrap();
    World { engine, clock, session, _folder: folder }
}

impl World {
    async fn connect(&self, password: &str) -> String {
        let credential = |guid: &str, value: &str| GivenCredential {
            guid: guid.to_owned(),
            value: Some(SecretText::new(value)),
        };
        let new = NewMember {
            institution_code: Some("mxbank".to_owned()),
            credentials: vec![
                credential("CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1", "mxuser"),
                credential("CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d", password),
            ],
            ..NewMember::default()
        };
        let view = self.engine.create_member(&call(), self.session.scope, new).await.unwrap();
        assert_eq!(view.member.state.status, Some(C::Created));
        assert!(view.member.state.is_being_aggregated);
        view.member.guid.to_string()
    }

    /// Turns the clock second by second and does what is due.
    async fn pass(&self, seconds: i64) {
        for _ in 0..seconds {
            self.engine.work_due().await.unwrap();
            self.clock.advance_seconds(1);
        }
        self.engine.work_due().await.unwrap();
    }

    async fn status(&self, member: &str) -> (Option<C>, bool) {
        let view = self.engine.member(self.session.scope, member).await.unwrap();
        (view.member.state.status, view.member.state.is_being_aggregated)
    }

    async fn answer(&self, member: &str, value: &str) {
        let open = self.engine.member_challenges(self.session.scope, member).await.unwrap();
        let answers = open
            .iter()
            .map(|c| GivenAnswer { guid: c.guid.to_string(), value: Some(SecretText::new(value)) })
            .collect();
        let view = self.engine.resume(&call(), self.session.scope, member, answers).await.unwrap();
        assert_eq!(view.member.state.status, Some(C::Resumed));
    }
}

#[tokio::test]
async fn a_plain_login_ends_connected_with_accounts_and_transactions() {
    let w = world().await;
    let member = w.connect("anything").await;
    w.pass(5).await;
    assert_eq!(w.status(&member).await, (Some(C::Connected), false));
    assert_eq!(w.engine.account_views(&w.session, None).await.unwrap().len(), 14);
}

#[tokio::test]
async fn a_challenge_parks_the_job_until_it_is_answered() {
    let w = world().await;
    let member = w.connect("challenge").await;
    w.pass(3).await;
    assert_eq!(w.status(&member).await, (Some(C::Challenged), true));
    w.pass(600).await;
    assert_eq!(w.status(&member).await, (Some(C::Challenged), true));
    w.answer(&member, "correct").await;
    w.pass(5).await;
    assert_eq!(w.status(&member).await, (Some(C::Connected), false));
}

#[tokio::test]
async fn an_unanswered_challenge_expires_after_fifteen_minutes() {
    let w = world().await;
    let member = w.connect("challenge").await;
    w.pass(905).await;
    assert_eq!(w.status(&member).await, (Some(C::Expired), false));
}

#[tokio::test]
async fn a_silent_bank_is_shown_as_delayed_and_times_out() {
    let w = world().await;
    let member = w.connect("TIMEOUT").await;
    w.pass(65).await;
    assert_eq!(w.status(&member).await, (Some(C::Delayed), true));
    w.pass(600).await;
    assert_eq!(w.status(&member).await, (Some(C::Failed), false));
}
