//! Banks that send what no bank should: the job ends FAILED with a reason for the operator, nothing of what was refused
//! is stored, and other jobs go on.
use crate::world::{World, call, credential};
use connectors::{Challenge, ChallengeOption, Connector, Outcome, Refusal, Step, Turn};
use domain::{
    account::Field,
    decimal::Money,
    enums::{AccountType, ConnectionStatus as C, FieldType, JobStatus, TransactionStatus, TransactionType},
    feed::{FeedAccount, FeedBatch, FeedTransaction},
    guid::CredentialGuid,
    time::{Date, Timestamp},
    value::Value,
};
use engine::member::NewMember;
use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use store::institutions::{InstitutionCredentialRow, InstitutionRow};

const LOGIN: &str = "CRD-10000001-0000-4000-8000-00000000bad1";
const MIB: usize = 1 << 20;
static LOGINS: AtomicUsize = AtomicUsize::new(1);

/// What a bank does in a step.
enum Line {
    Says(Outcome),
    /// The same, after so long.
    SaysLater(Outcome, Duration),
    /// Asks to remember so many bytes.
    Remembers(usize),
    Panics,
    NeverAnswers,
}

/// What a bank does in the step of this number.
type Script = fn(usize) -> Line;

/// A bank that follows a script, by the number of the step.
struct Bank {
    script: Script,
    steps: AtomicUsize,
}

impl Connector for Bank {
    fn step<'a>(&'a self, turn: Turn<'a>) -> Pin<Box<dyn Future<Output = Step> + Send + 'a>> {
        self.steps.fetch_add(1, Ordering::SeqCst);
        let n = turn.continuation.map_or(0, |bytes| usize::from_be_bytes(bytes[..8].try_into().unwrap()));
        let mut continuation = (n + 1).to_be_bytes().to_vec();
        let (outcome, wait) = match (self.script)(n) {
            Line::Says(outcome) => (outcome, Duration::ZERO),
            Line::SaysLater(outcome, wait) => (outcome, wait),
            Line::Remembers(bytes) => {
                continuation.resize(bytes, 0);
                (Outcome::Progress, Duration::ZERO)
            }
            Line::Panics => panic!("before there is anything to wait for"),
            Line::NeverAnswers => return Box::pin(std::future::pending()),
        };
        Box::pin(async move { Step { outcome, wait, continuation } })
    }
}

impl World {
    /// A member at a bank with this script; its first job is made.
    async fn at(&self, script: Script) -> (String, Arc<Bank>) {
        let bank = Arc::new(Bank { script, steps: AtomicUsize::new(0) });
        self.engine.register_connector("hostile", bank.clone());
        let guid = "INS-10000000-0000-4000-8000-00000000bad0".parse().unwrap();
        let at = Timestamp::EPOCH;
        let institution = InstitutionRow {
            guid,
            code: "hostile".to_owned(),
            name: "Hostile Bank".to_owned(),
            connector: "hostile".to_owned(),
            document: r#"{"is_test":true}"#.to_owned(),
            created_at: at,
            updated_at: at,
        };
        let login = InstitutionCredentialRow {
            guid: LOGIN.parse::<CredentialGuid>().unwrap(),
            institution: guid,
            display_order: 1,
            field_type: FieldType::Login.code().into(),
            field_name: "LOGIN".to_owned(),
            label: "Login".to_owned(),
            optional: false,
            created_at: at,
            updated_at: at,
        };
        self.engine.put_institutions(vec![institution], vec![login]).await.unwrap();
        let name = LOGINS.fetch_add(1, Ordering::SeqCst).to_string();
        let new = NewMember {
            institution_code: Some("hostile".to_owned()),
            credentials: vec![credential(LOGIN, &name)],
            ..NewMember::default()
        };
        (self.create(new).await, bank)
    }

    async fn accounts(&self) -> usize {
        self.engine.account_views(&self.session, None).await.unwrap().len()
    }

    /// Works, and asserts that the job failed for this reason with so many accounts stored.
    async fn fails(&self, script: Script, reason: &str, accounts: usize) {
        let (member, _) = self.at(script).await;
        self.pass(700).await;
        assert_eq!(self.status(&member).await, (Some(C::Failed), false), "{reason}");
        let job = self.job(&member).await;
        let told = job.reason.unwrap_or_default();
        assert!(told.contains(reason), "{told:?}, not {reason:?}");
        assert!(told.len() <= 500 && !told.contains(char::is_control), "{told:?}");
        assert_eq!((job.state.status, job.continuation), (JobStatus::Halted, None), "{reason}");
        assert_eq!(self.accounts().await, accounts, "{reason}");
        self.engine.delete_member(&call(), self.scope(), &member).await.unwrap();
    }

    /// Works, and asserts that the job was completed with so many transactions.
    async fn succeeds(&self, script: Script, transactions: i64) -> usize {
        let (member, bank) = self.at(script).await;
        self.pass(700).await;
        assert_eq!(self.status(&member).await, (Some(C::Connected), false));
        assert_eq!(self.job(&member).await.created_count, transactions);
        self.engine.delete_member(&call(), self.scope(), &member).await.unwrap();
        bank.steps.load(Ordering::SeqCst)
    }
}

fn account(id: &str) -> FeedAccount {
    FeedAccount {
        feed_id: Some(id.to_owned()),
        account_type: AccountType::Checking,
        account_subtype: None,
        name: "Checking".to_owned(),
        account_number: None,
        routing_number: None,
        account_holder_name: None,
        values: vec![(Field::Balance, Value::Money(Money::from_units(100)))],
    }
}

fn transaction(id: Option<usize>) -> FeedTransaction {
    FeedTransaction {
        feed_id: id.map(|id| id.to_string()),
        replaces: None,
        amount: Money::from_units(350),
        transaction_type: TransactionType::Debit,
        status: TransactionStatus::Posted,
        description: "COFFEE".to_owned(),
        memo: None,
        currency_code: None,
        posted_at: Some(Timestamp::from_seconds(1_767_000_000)),
        transacted_at: None,
        check_number: None,
        latitude: None,
        longitude: None,
        is_international: None,
        merchant_category_code: None,
        category: None,
        extended_transaction_type: String::new(),
    }
}

fn batch(transactions: Vec<FeedTransaction>) -> FeedBatch {
    FeedBatch {
        account: account("A-1"),
        transactions,
        window: None,
        reports_pending: false,
        is_complete: false,
        holdings: None,
        owners: None,
    }
}

fn says_data(transactions: Vec<FeedTransaction>) -> Line {
    Line::Says(Outcome::Data(vec![batch(transactions)]))
}

/// After the login: this, and nothing more.
fn after_login(n: usize, line: impl FnOnce() -> Line) -> Line {
    match n {
        0 => Line::Says(Outcome::Authenticated),
        1 => line(),
        _ => Line::Says(Outcome::Done { then: None }),
    }
}

/// Two transactions, one of which is bad: the good one is not stored either.
fn one_bad(n: usize, change: fn(&mut FeedTransaction)) -> Line {
    let mut bad = transaction(Some(1));
    change(&mut bad);
    after_login(n, || says_data(vec![transaction(Some(2)), bad]))
}

fn question(field_type: FieldType, label: String) -> Challenge {
    Challenge { field_type, label, field_name: None, image_data: None, options: Vec::new() }
}

fn asks(challenges: Vec<Challenge>) -> Line {
    Line::Says(Outcome::Challenge(challenges))
}

#[tokio::test]
async fn out_of_order() {
    let w = World::new().await;
    w.fails(|_| says_data(vec![transaction(Some(1))]), "data before the login was accepted", 0).await;
    w.fails(|_| Line::Says(Outcome::Authenticated), "said Authenticated out of order", 0).await;
    w.fails(|_| Line::Says(Outcome::Done { then: None }), "said Fetched out of order", 0).await;
    w.fails(|_| Line::Says(Outcome::Refused(Refusal::Answer)), "said AnswerRefused out of order", 0).await;
    w.fails(|_| Line::Says(Outcome::Forced(C::Created)), "out of order", 0).await;
    let steps = w.succeeds(|n| after_login(n, || Line::Says(Outcome::Done { then: None })), 0).await;
    assert_eq!(steps, 2, "nobody asks a bank again that is done");
}

#[tokio::test]
async fn without_an_end() {
    let w = World::new().await;
    w.fails(|_| Line::Says(Outcome::Progress), "did not end after 1000 steps", 0).await;
    w.fails(|n| after_login(n.min(1), || says_data(Vec::new())), "did not end after 1000 steps", 1).await;
    let later = |_| Line::SaysLater(Outcome::Progress, Duration::MAX);
    w.fails(later, "not done within its time limit", 0).await;
    w.fails(|_| Line::Remembers(100 * MIB), "remember more than 262144 bytes", 0).await;
    w.fails(|_| Line::Panics, "the connector panicked", 0).await;
    let long = |_| Line::Says(Outcome::Failed { reason: "a\0b\n".repeat(MIB) });
    w.fails(long, "a b a b", 0).await;
}

#[tokio::test]
async fn too_much_data() {
    let w = World::new().await;
    let many = |n| after_login(n, || says_data((0..60_000).map(|id| transaction(Some(id))).collect()));
    w.fails(many, "more accounts, transactions and holdings in one step than are taken: 50000 at most", 0)
        .await;
    // A million, thirty thousand at a time: what was stored before the limit stays.
    let endless = |n: usize| match n {
        0 => Line::Says(Outcome::Authenticated),
        _ => says_data((0..30_000).map(|_| transaction(Some(1))).collect()),
    };
    w.fails(endless, "more accounts, transactions and holdings than are taken: 250000 at most", 1).await;
    let accounts =
        |n| after_login(n, || Line::Says(Outcome::Data((0..50_001).map(|_| batch(Vec::new())).collect())));
    w.fails(accounts, "in one step", 0).await;
    let heavy = |n| {
        let one = || FeedTransaction { memo: Some("m".repeat(4096)), ..transaction(None) };
        after_login(n, || says_data((0..6_000).map(|_| one()).collect()))
    };
    w.fails(heavy, "bytes in one step", 0).await;
    let long = |n| {
        after_login(n, || {
            says_data(vec![FeedTransaction { description: "d".repeat(MIB), ..transaction(None) }])
        })
    };
    w.fails(long, "bytes of one text", 0).await;
}

#[tokio::test]
async fn bad_data() {
    let w = World::new().await;
    let wrong: [(Script, &str); 7] = [
        (|n| one_bad(n, |t| t.description = "a\0b".to_owned()), "a text with NUL in it"),
        (|n| one_bad(n, |t| t.amount = Money::from_units(10_000_000_000)), "more than 10 digits"),
        (|n| one_bad(n, |t| t.amount = Money::from_units(i64::MIN)), "more than 10 digits"),
        (|n| one_bad(n, |t| t.posted_at = Some(Timestamp::from_micros(i64::MIN))), "a date outside"),
        (|n| one_bad(n, |t| t.transacted_at = Some(Timestamp::from_micros(i64::MAX))), "a date outside"),
        (
            |n| {
                let values = vec![(Field::Balance, Value::Money(Money::from_units(i64::MAX)))];
                let account = FeedAccount { values, ..account("B") };
                after_login(n, || Line::Says(Outcome::Data(vec![FeedBatch { account, ..batch(Vec::new()) }])))
            },
            "more than 14 digits",
        ),
        (
            |n| {
                let window = Some((Date::from_days(20_000), Date::from_days(19_000)));
                after_login(n, || Line::Says(Outcome::Data(vec![FeedBatch { window, ..batch(Vec::new()) }])))
            },
            "ends before it begins",
        ),
    ];
    for (script, reason) in wrong {
        w.fails(script, reason, 0).await;
    }
}

#[tokio::test]
async fn ids_twice_or_missing_are_no_failure() {
    let w = World::new().await;
    let twice = |n| after_login(n, || says_data(vec![transaction(Some(1)), transaction(Some(1))]));
    w.succeeds(twice, 1).await;
    let without =
        |n| after_login(n, || says_data(vec![transaction(None), transaction(None), transaction(None)]));
    w.succeeds(without, 3).await;
}

#[tokio::test]
async fn what_came_before_the_failure_stays() {
    let w = World::new().await;
    let script = |n| match n {
        0 => Line::Says(Outcome::Authenticated),
        1 => says_data(vec![transaction(Some(1))]),
        _ => says_data(vec![FeedTransaction { description: "\0".to_owned(), ..transaction(Some(2)) }]),
    };
    let (member, _) = w.at(script).await;
    w.pass(5).await;
    let job = w.job(&member).await;
    assert_eq!((job.state.is_authenticated, job.created_count, w.accounts().await), (true, 1, 1));
}

#[tokio::test]
async fn questions_that_nobody_could_answer() {
    let w = World::new().await;
    w.fails(|_| asks(Vec::new()), "asked for answers, but no question", 0).await;
    let many = |_| asks((0..10_000).map(|_| question(FieldType::Text, "?".to_owned())).collect());
    w.fails(many, "more questions at once than are taken: 20 at most", 0).await;
    w.fails(|_| asks(vec![question(FieldType::Text, "?".repeat(10 * MIB))]), "bytes of a question", 0).await;
    w.fails(|_| asks(vec![question(FieldType::Password, "?".to_owned())]), "cannot be shown", 0).await;
    w.fails(|_| asks(vec![question(FieldType::Options, "?".to_owned())]), "cannot be shown", 0).await;
    let choices = |_| {
        let option = ChallengeOption { label: "a".to_owned(), value: "a".to_owned(), data_uri: None };
        let options = vec![option; 101];
        asks(vec![Challenge { options, ..question(FieldType::Options, "?".to_owned()) }])
    };
    w.fails(choices, "choices of a question", 0).await;
    let picture = |_| {
        let image_data = Some("p".repeat(10 * MIB));
        asks(vec![Challenge { image_data, ..question(FieldType::ImageData, "?".to_owned()) }])
    };
    w.fails(picture, "bytes of pictures", 0).await;
}

#[tokio::test]
async fn a_bank_that_never_answers_holds_up_its_own_job_only() {
    let w = World::new().await;
    let (silent, _) = w.at(|_| Line::NeverAnswers).await;
    let good = w.create(crate::world::small_member(1, "x")).await;
    // Machine time passes by itself where nothing but time is waited for.
    tokio::time::pause();
    w.pass(5).await;
    assert_eq!(w.status(&good).await, (Some(C::Connected), false));
    assert_eq!(w.status(&silent).await, (Some(C::Failed), false));
    assert_eq!(w.job(&silent).await.reason.unwrap(), "a step of the connector took too long");
}

#[tokio::test]
async fn workers_outlive_banks_that_panic() {
    let w = World::new().await;
    let mut bad = Vec::new();
    for _ in 0..20 {
        bad.push(w.at(|_| Line::Panics).await.0);
    }
    let good = w.create(crate::world::small_member(1, "IMPEDED")).await;
    w.engine.run_background().await.unwrap();
    for member in bad {
        while w.status(&member).await.1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(w.status(&member).await, (Some(C::Failed), false));
    }
    w.clock.advance_seconds(5);
    while w.status(&good).await.1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(w.status(&good).await, (Some(C::Impeded), false));
    w.engine.shut_down().await.unwrap();
}
