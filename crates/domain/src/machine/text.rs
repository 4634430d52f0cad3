//! Messages of statuses and errors, word for word.
use crate::enums::ConnectionStatus as C;

/// `error_message_code` of a job (`spec: nexus-core, 6.1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum JobError {
    /// DENIED, PREVENTED.
    CredentialsRefused = 1,
    /// REJECTED.
    AnswerRefused = 2,
    /// EXPIRED.
    AnswerLate = 3,
    /// LOCKED.
    Locked = 4,
    /// IMPEDED.
    Impeded = 5,
    /// FAILED, DEGRADED, DISCONNECTED.
    Institution = 6,
    /// FAILED, DEGRADED, DISCONNECTED.
    TimeLimit = 7,
    /// IMPAIRED.
    CredentialsMissing = 8,
    /// Rows 26, 28 to 31, 33.
    Cancelled = 9,
    /// CONNECTED; the job is COMPLETED.
    NothingFound = 1000,
}

impl JobError {
    /// Every error, by code.
    pub const ALL: [Self; 10] = [
        Self::CredentialsRefused,
        Self::AnswerRefused,
        Self::AnswerLate,
        Self::Locked,
        Self::Impeded,
        Self::Institution,
        Self::TimeLimit,
        Self::CredentialsMissing,
        Self::Cancelled,
        Self::NothingFound,
    ];

    /// The number on the wire and in the store.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The error with this code.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|error| i64::from(error.code()) == code)
    }

    /// `error_message`.
    pub const fn message(self) -> &'static str {
        match self {
            Self::CredentialsRefused => "The credentials were not accepted.",
            Self::AnswerRefused => "The answer was not accepted.",
            Self::AnswerLate => "The answer was not given in time.",
            Self::Locked => "The institution blocks this login.",
            Self::Impeded => "The institution needs the attention of the user.",
            Self::Institution => "The institution could not be reached or failed.",
            Self::TimeLimit => "The job took too long.",
            Self::CredentialsMissing => "Credentials are missing or were revoked.",
            Self::Cancelled => "The job was cancelled.",
            Self::NothingFound => "No account has numbers or owners.",
        }
    }
}

/// `needs_updated_credentials` (`spec: nexus-core, 4`).
pub const fn needs_updated_credentials(status: Option<C>) -> bool {
    matches!(status, Some(C::Denied | C::Prevented | C::Imported | C::Impaired))
}

/// `connection_status_message`, with the name of the institution (`spec: nexus-core, 9.1`).
pub fn status_message(status: Option<C>, institution: &str) -> Option<String> {
    let template = match status? {
        C::Pending => return None,
        C::Created | C::Updated | C::Resumed => "Connecting to {i}...",
        C::Prevented => {
            "The last 3 attempts to connect have failed. Please re-enter your credentials to continue importing data."
        }
        C::Denied => {
            "The credentials entered do not match your credentials at this institution. Please re-enter your credentials to continue importing data."
        }
        C::Challenged => "To authenticate your connection to {i}, please answer the following challenge(s).",
        C::Rejected => "The answer or answers provided were incorrect. Please try again.",
        C::Locked => {
            "Your account is locked. Please log in to the appropriate website for {i} and follow the steps to resolve the issue."
        }
        C::Connected => "Connected to {i}...",
        C::Impeded => {
            "Your attention is needed at this institution's website. Please log in to the appropriate website for {i} and follow the steps to resolve the issue."
        }
        C::Reconnected => "Reconnecting to {i}...",
        C::Degraded => "We are upgrading this connection. Please try again later.",
        C::Disconnected => {
            "It looks like your data from {i} cannot be imported. We are working to resolve the issue."
        }
        C::Discontinued => {
            "Connections to this institution are no longer supported. You may create a manual account and use manual transactions to track data for this account."
        }
        C::Closed => {
            "This connection has been closed. You may track this account manually. If reopened, you may connect the institution again."
        }
        C::Delayed => "Importing your data from {i} may take a while. Please check back later.",
        C::Failed => "There was a problem validating your credentials with {i}. Please try again later.",
        C::Disabled => {
            "Importing data from this institution has been disabled. Please contact us if you believe it has been disabled in error."
        }
        C::Imported | C::Impaired => {
            "You must re-authenticate before your data can be imported. Please enter your credentials for {i}."
        }
        C::Expired => "The answer or answers were not provided in time. Please try again.",
    };
    Some(template.replacen("{i}", institution, 1))
}
