//! The state machine of a member and its job (`spec: nexus-core, 10`). Pure: rows in, rows out.
//!
//! How to use it: load the member and its most recent job, call [`apply`] with what happened, and write the
//! [`Transition`] back in one commit. A refused event changes nothing. New members come from [`create`];
//! [`may_start`] says whether a job may start and what to answer if not; [`next_due`] says when to come back.
//! Nothing else in the service changes a connection status or a job status.
use crate::{
    enums::{ConnectionStatus, JobKind, JobStatus},
    settings::Settings,
    time::Timestamp,
};

mod causes;
mod due;
mod rows;
mod start;
#[cfg(test)]
mod tests;
mod text;

pub use causes::{Cause, Causes};
pub use due::{Due, background_due_at, challenge_is_open, member_due, next_due, whole_hour_from};
pub use rows::apply;
pub use start::{AskedBy, NoStart, may_start};
pub use text::{JobError, needs_updated_credentials, status_message};

/// How often an unfinished job is taken again after a stop of the service (`spec: nexus-core, 10.2`).
pub const RETAKES_MAX: u32 = 3;

/// What the machine reads and writes of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent columns under the contract's names")]
pub struct MemberState {
    /// `connection_status`; `None` where there are no credentials (manual and held-data members).
    pub status: Option<ConnectionStatus>,
    /// Whether a job exists that is not finished; the "run" of the specification.
    pub is_being_aggregated: bool,
    /// Whether the connection is by OAuth.
    pub is_oauth: bool,
    /// False: held by the partner (Real Time, Batch, On Demand).
    pub is_managed_by_user: bool,
    /// Whether `use_cases` has `PFM`.
    pub has_pfm: bool,
    /// Refusals of the credentials in a row.
    pub denials: u32,
    /// Failures in a row.
    pub failures: u32,
    /// While DISABLED: the status that comes back.
    pub former_status: Option<ConnectionStatus>,
    /// While DISABLED: what keeps it so.
    pub disabled_by: Causes,
    /// Whether credentials came while the running job worked with older ones.
    pub update_while_running: UpdateWhileRunning,
    /// When the member was created.
    pub created_at: Timestamp,
    /// Start of the most recent job of any kind.
    pub aggregated_at: Option<Timestamp>,
    /// End of the last COMPLETED job of any kind.
    pub successfully_aggregated_at: Option<Timestamp>,
    /// Start of the last AGGREGATION that reached COMPLETED: the throttle counts from it.
    pub completed_aggregation_started_at: Option<Timestamp>,
}

/// Whether credentials came while a job worked, and what its end then does (`spec: nexus-core, 4`, update).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum UpdateWhileRunning {
    /// None came.
    #[default]
    None = 0,
    /// They came: unless the job succeeds, a new one of its kind starts with them.
    Restart = 1,
    /// They came with `skip_aggregation`: the member shows UPDATED, no job starts.
    Skip = 2,
}

impl UpdateWhileRunning {
    /// The number in the store.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The value with this number.
    pub const fn from_code(code: i64) -> Option<Self> {
        match code {
            0 => Some(Self::None),
            1 => Some(Self::Restart),
            2 => Some(Self::Skip),
            _ => None,
        }
    }
}

/// What the machine reads and writes of a job. Its `updated_at` is the time of the transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobState {
    /// What it fetches.
    pub kind: JobKind,
    /// Where it is.
    pub status: JobStatus,
    /// Whether it was started by the schedule and nobody is there.
    pub is_background: bool,
    /// Whether credentials and MFA were accepted.
    pub is_authenticated: bool,
    /// `error_message_code`, once ended.
    pub error: Option<JobError>,
    /// When a worker took it, the last time.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How often it was taken.
    pub takes: u32,
    /// While CHALLENGED: when the question was raised.
    pub challenged_at: Option<Timestamp>,
    /// While CHALLENGED: when the lifetime of the set is over.
    pub challenge_expires_at: Option<Timestamp>,
    /// When the last answer came, since it was taken.
    pub answered_at: Option<Timestamp>,
    /// Microseconds spent waiting for answers since it was taken; they do not count as work.
    pub waited_micros: i64,
}

impl JobState {
    /// A job in the queue, INITIATED.
    pub const fn new(kind: JobKind, is_background: bool) -> Self {
        Self {
            kind,
            status: JobStatus::Initiated,
            is_background,
            is_authenticated: false,
            error: None,
            started_at: None,
            finished_at: None,
            takes: 0,
            challenged_at: None,
            challenge_expires_at: None,
            answered_at: None,
            waited_micros: 0,
        }
    }
}

/// What happened; the number is the row of `spec: nexus-core, 10.2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The consent of the user arrived: row 4.
    ConsentGiven {
        /// No job after it.
        skip_aggregation: bool,
    },
    /// The consent did not come about; also when the user is disabled: row 5.
    ConsentFailed,
    /// A PENDING member came to its age: row 6.
    PendingOld,
    /// A job is asked for: rows 7 and 8, by the rules of [`may_start`].
    AskJob {
        /// What it shall fetch.
        kind: JobKind,
        /// Who asks.
        by: AskedBy,
    },
    /// A worker takes the job, also again after a stop: row 9. Continuing after an answer is no take.
    Take,
    /// `delayed_after` is over: row 10.
    DelayedDue,
    /// The institution asks: rows 11 and 13.
    Challenge,
    /// All open challenges are answered: row 12.
    Answered {
        /// By the deprecated update of the member; shows UPDATED in place of RESUMED.
        by_update: bool,
    },
    /// The institution found an answer wrong: row 14.
    AnswerRefused,
    /// The institution found an answer too late by its own clock: row 15.
    AnswerTooLate,
    /// `challenge_lifetime` is over: row 15.
    ChallengeExpired,
    /// Credentials (and answers) were accepted: row 16.
    Authenticated,
    /// All data is fetched: row 17.
    Fetched,
    /// All data is stored: row 18.
    Stored {
        /// A verification or identification in which no account had numbers or owners: code 1000.
        nothing_found: bool,
    },
    /// The institution refused the credentials: rows 19 and 20.
    CredentialsRefused,
    /// The institution blocks the login: row 21.
    Locked,
    /// The user must act at the institution: row 22.
    Impeded,
    /// The job failed: rows 23 to 25.
    Failed {
        /// `job_time_limit` is over.
        timed_out: bool,
    },
    /// The hourly look for members without success: row 25.
    Sweep,
    /// New credentials are stored: row 26 and section 4. For credentials by OAuth see [`Event::ConsentGiven`].
    UpdateCredentials {
        /// No job after it.
        skip_aggregation: bool,
    },
    /// A credential is missing or the consent was revoked: row 27.
    Impaired,
    /// The operator moved the institution to another connector: row 28.
    MovedConnector,
    /// The operator retired the institution: row 29.
    Retired,
    /// Closed by user, client or operator: row 30.
    Closed,
    /// A cause of DISABLED began: row 31.
    Disabled(Cause),
    /// A cause of DISABLED ended; with the last one the former status comes back: row 31.
    Enabled(Cause),
    /// Deleted: row 33.
    Deleted,
    /// The sandbox bank makes the member take this status: the row that leads to it (`spec: sandbox, 2`).
    Forced(ConnectionStatus),
}

/// What to write. Compare `member` with what was loaded: equal means that the member's row did not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The member afterwards.
    pub member: MemberState,
    /// The running job afterwards, if it changed. Its challenge set is new if it is now CHALLENGED; in every
    /// other status no challenge is left open.
    pub job: Option<JobState>,
    /// A job to create with a new guid, which becomes `most_recent_job_guid`.
    pub new_job: Option<JobState>,
    /// Whether the stored credentials (and tokens) are erased.
    pub erase_credentials: bool,
    /// Whether the member stays.
    pub fate: Fate,
}

/// What becomes of the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Kept,
    /// It is gone, and purged after `soft_delete`.
    Deleted,
    /// It is gone at once, with what belongs to it.
    Purged,
}

/// Why an event changes nothing. The text is the public message where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No job may start.
    #[error("{0}")]
    Start(#[from] NoStart),
    /// 405/4050: the status does not take credentials, or the member is manual or by OAuth.
    #[error("Credentials cannot be updated.")]
    CredentialsCannotBeUpdated,
    /// 405/4050: no challenge is open, or its lifetime is over.
    #[error("Member is not challenged.")]
    NotChallenged,
    /// The event has no row from this state: it came after the end of the job, or does not concern the member.
    #[error("the event does not apply in this state")]
    OutOfState,
    /// The time of the event has not come.
    #[error("the event is not due")]
    NotDue,
}

/// How a member comes into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// With credentials, those of held-data members for On Demand included: rows 1 and 2.
    Credentials {
        /// No first job.
        skip_aggregation: bool,
    },
    /// By OAuth: row 3.
    OAuth,
    /// Imported or restored without credentials: row 32.
    Imported,
    /// Manual or held data: there never are credentials, the status is null.
    NoCredentials,
}

/// A new member and its first job: rows 1, 2, 3 and 32. `has_pfm` and `is_managed_by_user` begin as true.
pub fn create(how: Creation, now: Timestamp) -> (MemberState, Option<JobState>) {
    let (status, job) = match how {
        Creation::Credentials { skip_aggregation: false } => {
            (Some(ConnectionStatus::Created), Some(JobState::new(JobKind::Aggregation, false))) // row 1
        }
        Creation::Credentials { skip_aggregation: true } => (Some(ConnectionStatus::Created), None), // row 2
        Creation::OAuth => (Some(ConnectionStatus::Pending), None),                                  // row 3
        Creation::Imported => (Some(ConnectionStatus::Imported), None),                              // row 32
        Creation::NoCredentials => (None, None),
    };
    let member = MemberState {
        status,
        is_being_aggregated: job.is_some(),
        is_oauth: how == Creation::OAuth,
        is_managed_by_user: true,
        has_pfm: true,
        denials: 0,
        failures: 0,
        former_status: None,
        disabled_by: Causes::NONE,
        update_while_running: UpdateWhileRunning::None,
        created_at: now,
        aggregated_at: None,
        successfully_aggregated_at: None,
        completed_aggregation_started_at: None,
    };
    (member, job)
}

/// The job that makes the member "run", if there is one.
fn running<'a>(member: &MemberState, job: Option<&'a JobState>) -> Option<&'a JobState> {
    job.filter(|job| member.is_being_aggregated && !job.status.is_final())
}
