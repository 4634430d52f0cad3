//! Faults of the bank: what shall go wrong, where, how often. Source: `spec: sandbox, 5`.
//!
//! How to use it: keep a [`FaultTable`], give the conversation with a bank the faults that are [`FaultTable::at`]
//! its institution and member, and let the bank ask [`Faults::strike`] at each stage. What was drawn there
//! ([`Faults::drawn`]) is counted by [`FaultTable::count`] in the commit of the step; where that says no, somebody
//! else drew in between, and the step must be made anew. A step in which something was drawn delivers no data, so
//! that nothing but its own commit has to be taken back.
use super::seed::Seed;
use domain::feed::{FeedBatch, FeedTransaction};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// A probability of one, in millionths.
pub const CERTAIN: i64 = 1_000_000;

/// What shall go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Only at this institution.
    pub institution_code: Option<String>,
    /// Only for this member, `MBR-`.
    pub member_guid: Option<String>,
    /// Where in the conversation.
    pub stage: FaultStage,
    /// What.
    pub kind: FaultKind,
    /// How often it still happens; `None`: until it is deleted.
    pub count: Option<u32>,
    /// How likely it is each time, in millionths.
    pub probability: i64,
}

/// A stage of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultStage {
    /// The credentials are sent.
    Login,
    /// Accounts are fetched.
    Accounts,
    /// Transactions are fetched.
    Transactions,
    /// Holdings are fetched.
    Holdings,
    /// Account numbers are fetched (with the accounts, in a verification).
    Numbers,
    /// Owners are fetched (with the accounts, in an identification).
    Owners,
    /// Each of them.
    Any,
}

impl FaultStage {
    /// All stages.
    pub const ALL: &[Self] = &[
        Self::Login,
        Self::Accounts,
        Self::Transactions,
        Self::Holdings,
        Self::Numbers,
        Self::Owners,
        Self::Any,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Accounts => "accounts",
            Self::Transactions => "transactions",
            Self::Holdings => "holdings",
            Self::Numbers => "numbers",
            Self::Owners => "owners",
            Self::Any => "any",
        }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer comes so many milliseconds late.
    Latency {
        /// Milliseconds of service time.
        ms: u32,
    },
    /// The bank answers with this HTTP status.
    Error {
        /// 400 to 599.
        status: u16,
    },
    /// The bank answers 429.
    RateLimited {
        /// `Retry-After`, seconds.
        retry_after: Option<u32>,
    },
    /// The bank never answers.
    Timeout,
    /// The connection is cut in the middle of the answer.
    Drop,
    /// The answer cannot be parsed.
    Malformed,
    /// The answer has no accounts.
    Empty,
    /// The answer lacks the account of this name.
    MissingAccount {
        /// Name of the account.
        name: String,
    },
    /// All ids of the answer are new.
    ChangedIds,
}

impl FaultKind {
    /// Names of all kinds.
    pub const NAMES: &[&str] = &[
        "latency",
        "error",
        "rate_limited",
        "timeout",
        "drop",
        "malformed",
        "empty",
        "missing_account",
        "changed_ids",
    ];

    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Error { .. } => "error",
            Self::RateLimited { .. } => "rate_limited",
            Self::Timeout => "timeout",
            Self::Drop => "drop",
            Self::Malformed => "malformed",
            Self::Empty => "empty",
            Self::MissingAccount { .. } => "missing_account",
            Self::ChangedIds => "changed_ids",
        }
    }

    /// Whether it is about data: it cannot strike a login.
    pub const fn is_about_data(&self) -> bool {
        matches!(self, Self::Empty | Self::MissingAccount { .. } | Self::ChangedIds)
    }
}

/// The faults of the sandbox, as they are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultTable {
    /// Number of the next fault: those of a table that was replaced are never taken for new ones.
    next: u64,
    faults: Vec<Armed>,
}

/// A fault that may strike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Armed {
    number: u64,
    /// How often it was drawn.
    draws: u64,
    fault: Fault,
}

/// That a fault was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    number: u64,
    /// How often it had been drawn before.
    draws: u64,
    has_struck: bool,
}

impl FaultTable {
    /// The faults, in their order.
    pub fn faults(&self) -> impl ExactSizeIterator<Item = &Fault> {
        self.faults.iter().map(|armed| &armed.fault)
    }

    /// Puts these in the place of all.
    pub fn replace(&mut self, faults: Vec<Fault>) {
        self.faults.clear();
        for fault in faults {
            self.faults.push(Armed { number: self.next, draws: 0, fault });
            self.next += 1;
        }
    }

    /// Those that may strike a conversation.
    pub fn at(&self, institution_code: &str, member_guid: &str) -> Faults {
        let is_here = |armed: &&Armed| {
            let fault = &armed.fault;
            fault.institution_code.as_deref().is_none_or(|code| code == institution_code)
                && fault.member_guid.as_deref().is_none_or(|guid| guid == member_guid)
        };
        Faults { armed: self.faults.iter().filter(is_here).cloned().collect(), drawn: Mutex::default() }
    }

    /// Counts what was drawn; one that has struck its last time goes. False, and nothing counted, where one of
    /// them was drawn by somebody else in between, or is gone.
    pub fn count(&mut self, drawn: &[Drawn]) -> bool {
        let is_fresh = |drawn: &Drawn| {
            let armed = self.faults.iter().find(|armed| armed.number == drawn.number);
            armed.is_some_and(|armed| armed.draws == drawn.draws)
        };
        if !drawn.iter().all(is_fresh) {
            return false;
        }
        for drawn in drawn {
            if let Some(armed) = self.faults.iter_mut().find(|armed| armed.number == drawn.number) {
                armed.draws += 1;
                if let Some(count) = armed.fault.count.as_mut().filter(|_| drawn.has_struck) {
                    *count = count.saturating_sub(1);
                }
            }
        }
        self.faults.retain(|armed| armed.fault.count != Some(0));
        true
    }
}

/// The faults that may strike one conversation, and which of them were drawn.
#[derive(Debug, Default)]
pub struct Faults {
    armed: Vec<Armed>,
    drawn: Mutex<Vec<Drawn>>,
}

/// What strikes at a stage.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Strike {
    /// How late the answer comes.
    pub latency: Duration,
    /// How the conversation breaks off, if it does.
    pub breach: Option<Breach>,
    /// What becomes of the data.
    pub bends: Vec<Bend>,
    /// Whether a draw must be counted, or something happens: data waits for another step.
    pub is_noted: bool,
}

/// How a conversation breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// An answer with this HTTP status, and `Retry-After` where there is one.
    Status(u16, Option<u32>),
    /// No answer, ever.
    Silence,
    /// The connection is cut in the middle of the answer.
    Cut,
    /// The answer cannot be parsed.
    Malformed,
}

/// What becomes of data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bend {
    /// There are no accounts.
    Empty,
    /// The account of this name is not there.
    Missing(String),
    /// All ids are new; the text makes them so.
    NewIds(Renewed, String),
}

/// Whose ids are new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Renewed {
    /// Accounts, and all that they hold.
    All,
    /// Transactions.
    Transactions,
    /// Holdings.
    Holdings,
}

impl Faults {
    /// What was drawn and is to be counted.
    pub fn drawn(&self) -> Vec<Drawn> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What strikes at these stages, which are one request to the bank. Faults act in their order; after one that
    /// breaks the conversation off none is drawn.
    pub fn strike(&self, stages: &[FaultStage], seed: &Seed) -> Strike {
        let mut strike = Strike::default();
        let is_login = stages.contains(&FaultStage::Login);
        for armed in &self.armed {
            let Armed { number, draws, fault } = armed;
            let is_here = fault.stage == FaultStage::Any || stages.contains(&fault.stage);
            if !is_here || is_login && fault.kind.is_about_data() {
                continue;
            }
            let has_struck = armed.strikes(seed);
            if fault.count.is_some() || fault.probability < CERTAIN {
                let drawn = Drawn { number: *number, draws: *draws, has_struck };
                self.drawn.lock().unwrap_or_else(PoisonError::into_inner).push(drawn);
                strike.is_noted = true;
            }
            if !has_struck {
                continue;
            }
            strike.is_noted = true;
            strike.add(armed, stages);
            if strike.breach.is_some() {
                break;
            }
        }
        strike
    }
}

impl Armed {
    /// Whether the draw hits: the same for the same login, fault and number of the draw.
    fn strikes(&self, seed: &Seed) -> bool {
        let number = i64::try_from(self.draws).unwrap_or(i64::MAX);
        let mut draw = seed.draw("fault", &self.number.to_string(), number);
        self.fault.probability >= CERTAIN || draw.between(1, CERTAIN) <= self.fault.probability
    }
}

impl Strike {
    fn add(&mut self, armed: &Armed, stages: &[FaultStage]) {
        let breach = match &armed.fault.kind {
            FaultKind::Latency { ms } => return self.latency += Duration::from_millis(u64::from(*ms)),
            FaultKind::Empty => return self.bends.push(Bend::Empty),
            FaultKind::MissingAccount { name } => return self.bends.push(Bend::Missing(name.clone())),
            FaultKind::ChangedIds => {
                let renewed = match stages.first() {
                    Some(FaultStage::Transactions) => Renewed::Transactions,
                    Some(FaultStage::Holdings) => Renewed::Holdings,
                    _ => Renewed::All,
                };
                let salt = format!("{}/{}", armed.number, armed.draws);
                return self.bends.push(Bend::NewIds(renewed, salt));
            }
            FaultKind::Error { status } => Breach::Status(*status, None),
            FaultKind::RateLimited { retry_after } => Breach::Status(429, *retry_after),
            FaultKind::Timeout => Breach::Silence,
            FaultKind::Drop => Breach::Cut,
            FaultKind::Malformed => Breach::Malformed,
        };
        self.breach = Some(breach);
    }
}

/// Bends what the bank is about to send.
pub fn bend(batches: &mut Vec<FeedBatch>, bends: &[Bend]) {
    for bend in bends {
        match bend {
            Bend::Empty => batches.clear(),
            Bend::Missing(name) => batches.retain(|batch| batch.account.name != *name),
            Bend::NewIds(renewed, salt) => {
                for batch in batches.iter_mut() {
                    renew(batch, *renewed, salt);
                }
            }
        }
    }
}

fn renew(batch: &mut FeedBatch, renewed: Renewed, salt: &str) {
    let change = |id: &mut Option<String>| {
        if let Some(id) = id {
            let digest = Sha256::digest(format!("{salt}|{id}"));
            *id = hex::encode(digest.get(..12).unwrap_or_default());
        }
    };
    if renewed == Renewed::All {
        change(&mut batch.account.feed_id);
    }
    if renewed != Renewed::Holdings {
        for FeedTransaction { feed_id, replaces, .. } in &mut batch.transactions {
            change(feed_id);
            change(replaces);
        }
    }
    if renewed != Renewed::Transactions {
        batch.holdings.iter_mut().flatten().for_each(|holding| change(&mut holding.feed_id));
    }
}
