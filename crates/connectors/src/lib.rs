//! Conversations with institutions: the sandbox bank, banks by OAuth, and statement files.
//!
//! How to use it: the engine takes a job, finds the institution's [`Connector`] and calls
//! [`Connector::step`] until the step says that the conversation ended. A step is small: it says what
//! happened ([`Outcome`]), how long to wait before the next one (service time), and what to remember until
//! then (`continuation`, opaque, stored encrypted). A connector keeps nothing itself and never sees the
//! store, so that any worker can make the next step, also after a restart.
//!
//! Statement files are read by [`ofx`], which gives the same [`domain::feed::FeedBatch`]es.
use domain::{
    enums::{ConnectionStatus, FieldType, JobKind},
    feed::FeedBatch,
    guid::{CredentialGuid, MemberGuid},
    secret::SecretText,
    time::{Date, Timestamp},
};
use std::{future::Future, pin::Pin, time::Duration};

pub mod http;
pub mod microdeposit;
pub mod oauth;
pub mod ofx;
pub mod sandbox;

/// One kind of institution behind one way of talking to it.
pub trait Connector: Send + Sync {
    /// Makes the next step of a conversation. Never panics on what the institution sends.
    fn step<'a>(&'a self, turn: Turn<'a>) -> Pin<Box<dyn Future<Output = Step> + Send + 'a>>;
}

/// What the engine knows when it asks for the next step.
#[derive(Debug)]
pub struct Turn<'a> {
    /// What is wanted.
    pub request: &'a Request,
    /// The member's stored credentials.
    pub credentials: &'a [CredentialValue],
    /// What the previous step asked to remember; `None` on the first step of a job, and again when a job
    /// is taken anew after its worker died.
    pub continuation: Option<&'a [u8]>,
    /// Answers to the challenges of the previous step, in their order; `None` if none were asked for.
    pub answers: Option<&'a [Answer]>,
    /// Service time.
    pub now: Timestamp,
    /// What goes wrong at a bank of the sandbox; nothing at others.
    pub faults: &'a sandbox::faults::Faults,
}

/// What a job wants from an institution; the same on every step.
#[derive(Debug, Clone)]
pub struct Request {
    /// Kind of the job.
    pub kind: JobKind,
    /// The partner's id of the user.
    pub user_external_guid: String,
    /// Whose job it is.
    pub member_guid: MemberGuid,
    /// Code of the institution.
    pub institution_code: String,
    /// Status of the member before this job began; a moved member (RECONNECTED) may be asked for a code.
    pub member_status: ConnectionStatus,
    /// First day of history wanted.
    pub history_from: Date,
    /// Whether transactions are wanted.
    pub include_transactions: bool,
    /// Whether holdings are wanted.
    pub include_holdings: bool,
    /// Whether nobody is there to answer a question.
    pub is_background: bool,
}

/// A stored credential.
#[derive(Debug, Clone)]
pub struct CredentialValue {
    /// Which of the institution's credentials.
    pub credential_guid: CredentialGuid,
    /// Its field: `LOGIN`, `PASSWORD`, ...
    pub field_name: String,
    /// The value, never trimmed.
    pub value: SecretText,
}

/// An answer to a challenge.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was given. For OPTIONS and IMAGE_OPTIONS the engine has turned an option's guid or label into
    /// the option's `value`; a text that matches no option is passed as it is.
    pub value: SecretText,
}

/// What came of a step.
#[derive(Debug)]
pub struct Step {
    /// What happened.
    pub outcome: Outcome,
    /// Service time to let pass before the next step. Not used when the conversation ended.
    pub wait: Duration,
    /// What to hand to the next step.
    pub continuation: Vec<u8>,
}

/// What happened in a step. Rows are those of `spec: nexus-core, 10.2`.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing yet; go on after the wait.
    Progress,
    /// Credentials (and answers) were accepted: row 16.
    Authenticated,
    /// The institution asks: row 11 or 13. Answers come in the same order.
    Challenge(Vec<Challenge>),
    /// Data of some accounts, to be stored at once. Only after `Authenticated`.
    Data(Vec<FeedBatch>),
    /// The institution gave new credentials in place of those of the turn, such as tokens: to be kept for good before
    /// they are used, in the next step, which has the answers of this one again.
    Renewed(Vec<CredentialValue>),
    /// All data was handed over: rows 17 and 18. `then` is a status the member takes after the job
    /// completed (sandbox word `RECONNECTED`).
    Done {
        /// Status after completion, if not CONNECTED.
        then: Option<ConnectionStatus>,
    },
    /// The institution refused: rows 14, 19 to 22, 27.
    Refused(Refusal),
    /// An error; rows 23 to 25. The reason is for the operator and holds no secret.
    Failed {
        /// What went wrong, one line.
        reason: String,
    },
    /// The conversation ended and the member takes this status at once, as if an operator had set it
    /// (sandbox words `PREVENTED`, `DEGRADED`, `DISCONTINUED`, ...).
    Forced(ConnectionStatus),
}

/// How an institution refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Credentials are wrong: rows 19, 20.
    Credentials,
    /// An answer is wrong: row 14.
    Answer,
    /// An answer came too late, by the institution's own clock: row 15.
    AnswerTooLate,
    /// The login is locked: row 21.
    Locked,
    /// The user must act at the institution: row 22.
    Impeded,
    /// A credential is missing, or the consent was revoked: row 27.
    Impaired,
}

/// A question of the institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// TEXT, TOKEN, OPTIONS, IMAGE_DATA or IMAGE_OPTIONS.
    pub field_type: FieldType,
    /// The question, as shown.
    pub label: String,
    /// The institution's name of the field; often the question itself.
    pub field_name: Option<String>,
    /// `data:image/png;base64,...` for IMAGE_DATA.
    pub image_data: Option<String>,
    /// What may be chosen, for OPTIONS and IMAGE_OPTIONS.
    pub options: Vec<ChallengeOption>,
}

/// One choice of a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeOption {
    /// What to show.
    pub label: String,
    /// What the institution wants to hear.
    pub value: String,
    /// `data:image/png;base64,...` for IMAGE_OPTIONS.
    pub data_uri: Option<String>,
}
