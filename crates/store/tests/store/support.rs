//! Rows to store, and raw looks into a database beside the store.
use domain::{
    enums::{ConnectionStatus, JobKind, JobStatus},
    guid::{Guid, InstitutionGuid, Kind},
    machine::{Causes, JobError, JobState, MemberState, UpdateWhileRunning},
    time::{Date, Timestamp},
    timeline::Timeline,
};
use store::{
    Db, Result, StoreError,
    accounts::AccountRow,
    institutions::InstitutionRow,
    jobs::Job,
    members::Member,
    scope::{ClientScope, SystemScope, UserScope},
    transactions::TransactionRow,
    users::User,
};
use tokio::task::JoinSet;

pub(crate) const SYSTEM: SystemScope = SystemScope::of_the_service();
/// Text that a wrong encoding or collation would change.
pub(crate) const WORDS: &str = "Ünï ⟡ 銀行 🏦 'quoted' ?1 $1 \\ \"x\" \u{1}";

/// A guid that says which one it is.
pub(crate) fn guid<K: Kind>(n: u64) -> Guid<K> {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    Guid::from_bytes(bytes)
}

/// Some second of 2026.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_225_600 + second)
}

/// A client of its own name.
pub(crate) async fn client(db: &Db, name: &'static str) -> ClientScope {
    let n = name.bytes().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    db.write(move |tx| tx.insert_client(SYSTEM, guid(n), name, "A bank", "{}", at(0))).await.unwrap()
}

/// A stored user; `n` makes the partner's id and the guid.
pub(crate) async fn user(db: &Db, client: ClientScope, n: u64) -> UserScope {
    db.write(move |tx| {
        let user = sparse_user(tx.next_user(client)?, n);
        tx.insert_user(&user)?;
        Ok::<_, StoreError>(user.scope)
    })
    .await
    .unwrap()
}

/// A user with everything that may be absent absent.
pub(crate) fn sparse_user(scope: UserScope, n: u64) -> User {
    User {
        scope,
        guid: guid(n),
        external_guid: format!("user-{n}"),
        birthday: None,
        credit_score: None,
        email: None,
        email_is_verified: false,
        first_name: None,
        last_name: None,
        gender: None,
        metadata: None,
        phone: None,
        phone_is_verified: false,
        postal_code: None,
        accepted_terms_at: None,
        has_accepted_terms: false,
        has_updated_terms: false,
        failed_token_logins: 0,
        is_disabled: false,
        is_restricted: false,
        is_excluded_from_analytics: false,
        logged_in_at: None,
        revision: 1,
        session_epoch: 1,
        data_key: Vec::new(),
        created_at: at(1),
        updated_at: at(1),
    }
}

/// A user with everything there, no two columns of a type alike.
pub(crate) fn full_user(scope: UserScope, n: u64) -> User {
    User {
        birthday: Date::from_ymd(1969, 7, 20),
        credit_score: Some(712),
        email: Some("a@b.example".to_owned()),
        email_is_verified: true,
        first_name: Some(WORDS.to_owned()),
        last_name: Some(String::new()),
        gender: Some(1),
        metadata: Some("{\"a\": 1}".to_owned()),
        phone: Some("+4912345".to_owned()),
        phone_is_verified: false,
        postal_code: Some("10115".to_owned()),
        accepted_terms_at: Some(at(2)),
        has_accepted_terms: true,
        has_updated_terms: false,
        failed_token_logins: 3,
        is_disabled: true,
        is_restricted: false,
        is_excluded_from_analytics: true,
        logged_in_at: Some(at(3)),
        revision: 17,
        session_epoch: 5,
        data_key: (0..=255).collect(),
        updated_at: at(4),
        ..sparse_user(scope, n)
    }
}

/// A stored institution, for members to belong to.
pub(crate) async fn institution(db: &Db) -> InstitutionGuid {
    let row = institution_row(1);
    let guid = row.guid;
    db.write(move |tx| tx.put_institution(SYSTEM, &row)).await.unwrap();
    guid
}

pub(crate) fn institution_row(n: u64) -> InstitutionRow {
    InstitutionRow {
        guid: guid(n),
        code: format!("bank-{n}"),
        name: WORDS.to_owned(),
        connector: "sandbox".to_owned(),
        document: "{}".to_owned(),
        created_at: at(5),
        updated_at: at(6),
    }
}

/// A member with everything that may be absent absent.
pub(crate) fn sparse_member(no: i64, institution: InstitutionGuid) -> Member {
    Member {
        no,
        guid: guid(no.unsigned_abs()),
        institution,
        external_guid: None,
        login_hash: None,
        name: None,
        metadata: None,
        use_cases: "PFM".to_owned(),
        background_is_disabled: false,
        is_managed_by_user: true,
        is_user_created: true,
        is_manual: false,
        job: None,
        state: MemberState {
            status: None,
            is_being_aggregated: false,
            is_oauth: false,
            is_managed_by_user: true,
            has_pfm: true,
            denials: 0,
            failures: 0,
            former_status: None,
            disabled_by: Causes::NONE,
            update_while_running: UpdateWhileRunning::None,
            created_at: at(7),
            aggregated_at: None,
            successfully_aggregated_at: None,
            completed_aggregation_started_at: None,
        },
        due_at: None,
        user_is_barred: false,
        revision: 1,
        updated_at: at(8),
    }
}

/// A member with everything there, no two columns of a type alike.
pub(crate) fn full_member(no: i64, institution: InstitutionGuid) -> Member {
    let sparse = sparse_member(no, institution);
    Member {
        external_guid: Some(format!("member-{no}")),
        login_hash: Some(vec![0, 255, 39]),
        name: Some(WORDS.to_owned()),
        metadata: Some("m".to_owned()),
        use_cases: "MONEY_MOVEMENT".to_owned(),
        background_is_disabled: true,
        is_managed_by_user: false,
        is_user_created: false,
        is_manual: true,
        job: Some(guid(99)),
        state: MemberState {
            status: Some(ConnectionStatus::Degraded),
            is_being_aggregated: true,
            is_oauth: true,
            is_managed_by_user: false,
            has_pfm: false,
            denials: 2,
            failures: 4,
            former_status: Some(ConnectionStatus::Connected),
            disabled_by: Causes::from_code(5),
            update_while_running: UpdateWhileRunning::Skip,
            aggregated_at: Some(at(9)),
            successfully_aggregated_at: Some(at(10)),
            completed_aggregation_started_at: Some(at(11)),
            ..sparse.state
        },
        due_at: Some(at(12)),
        revision: 6,
        ..sparse
    }
}

/// A job in the queue.
pub(crate) fn sparse_job(n: u64, member: &Member) -> Job {
    Job {
        guid: guid(n),
        member_no: member.no,
        member: member.guid,
        institution: member.institution,
        state: JobState::new(JobKind::Aggregation, false),
        include_transactions: true,
        include_holdings: false,
        history_from: Date::from_days(20_000),
        status_before: None,
        reason: None,
        created_at: at(12),
        updated_at: at(13),
        due_at: Some(at(14)),
        step_at: None,
        continuation: None,
        created_count: 0,
        updated_count: 0,
        timeline: Timeline::default(),
    }
}

/// A job with everything there, no two columns of a type alike.
pub(crate) fn full_job(n: u64, member: &Member) -> Job {
    Job {
        state: JobState {
            kind: JobKind::Statement,
            status: JobStatus::Challenged,
            is_background: true,
            is_authenticated: false,
            error: Some(JobError::NothingFound),
            started_at: Some(at(15)),
            finished_at: Some(at(16)),
            takes: 2,
            challenged_at: Some(at(17)),
            challenge_expires_at: Some(at(18)),
            answered_at: Some(at(19)),
            waited_micros: 123,
        },
        include_transactions: false,
        include_holdings: true,
        status_before: Some(ConnectionStatus::Created),
        reason: Some(WORDS.to_owned()),
        due_at: Some(at(20)),
        step_at: Some(at(24)),
        continuation: Some(vec![0, 1, 2]),
        created_count: 7,
        updated_count: 8,
        timeline: Timeline::from_text(format!("5 {WORDS}\n")),
        ..sparse_job(n, member)
    }
}

pub(crate) async fn insert_member(db: &Db, scope: UserScope, member: &Member) -> Result<()> {
    let member = member.clone();
    db.write(move |tx| tx.insert_member(scope, &member)).await
}

pub(crate) async fn insert_job(db: &Db, scope: UserScope, job: &Job) {
    let job = job.clone();
    db.write(move |tx| tx.insert_job(scope, &job)).await.unwrap();
}

pub(crate) async fn user_with_member(db: &Db) -> (UserScope, Member) {
    let scope = user(db, client(db, "bank").await, 1).await;
    let member = sparse_member(1, institution(db).await);
    insert_member(db, scope, &member).await.unwrap();
    (scope, member)
}

/// An account of a member.
pub(crate) fn account(no: i64, member_no: i64) -> AccountRow {
    AccountRow {
        no,
        guid: guid(no.unsigned_abs()),
        member_no,
        account_type: 1,
        flags: 0,
        balance: None,
        feed_key: no,
        name_key: i64::MIN,
        number_hash: None,
        feed_digest: i64::MAX,
        revision: 1,
        created_at: at(21),
        updated_at: at(22),
        imported_at: None,
        data: Vec::new(),
    }
}

/// A transaction.
pub(crate) fn transaction(n: u64, account_no: i64, date: Date, created_at: Timestamp) -> TransactionRow {
    TransactionRow {
        guid: guid(n),
        account_no,
        date,
        created_at,
        updated_at: at(23),
        amount: 1_234,
        transaction_type: 2,
        status: 1,
        category_no: 5,
        flags: 0,
        merchant: None,
        parent: None,
        feed_key: None,
        fingerprint: None,
        feed_digest: 0,
        description_key: 0,
        data: Vec::new(),
    }
}

/// A connection beside the store's.
pub(crate) struct Postgres {
    pub(crate) client: tokio_postgres::Client,
    _driver: JoinSet<Result<(), tokio_postgres::Error>>,
}

impl Postgres {
    pub(crate) async fn connect(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        Self { client, _driver: driver }
    }

    /// The text in the first column of every row.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        self.client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }
}

/// Compares with a checked-in file; `TRIBUTARY_BLESS=1` writes it instead.
pub(crate) fn assert_file(name: &str, actual: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("TRIBUTARY_BLESS").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if expected != actual {
        let changed = |from: &str, to: &str, mark| {
            let missing = from.lines().filter(|line| !to.lines().any(|other| other == *line));
            missing.map(|line| [mark, line].join(" ")).collect::<Vec<_>>().join("\n")
        };
        let (gone, come) = (changed(&expected, actual, "-"), changed(actual, &expected, "+"));
        panic!("{name} is not what it was (TRIBUTARY_BLESS=1 accepts it):\n{gone}\n{come}");
    }
}
