//! Why something did not happen. Each kind has one place in the table of `spec: conventions, 5`.
use domain::machine::{NoStart, Refusal};
use std::borrow::Cow;

/// An error of the engine. Every kind but [`Error::Internal`] is for the client to read; the faces turn it into
/// status, code and message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 4040: no such thing, or not the caller's. The word is the resource, singular, with spaces.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// 4001: no body, no root.
    #[error("Required params missing.")]
    RequiredMissing,
    /// 4002: a required field is missing or empty.
    #[error("param is missing or the value is empty: {0}")]
    Missing(Cow<'static, str>),
    /// 4002: a field has a bad type or format; the text says which and what is allowed.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    /// 4003: the endpoint's own documented message.
    #[error("{0}")]
    Documented(&'static str),
    /// 4010: no token, or none of ours.
    #[error("The session token is missing or unknown.")]
    UnknownSession,
    /// 4011: a session that is over.
    #[error("The session has expired.")]
    ExpiredSession,
    /// 4012: a bad one-time token.
    #[error("The API token is missing, used, expired or unknown.")]
    BadApiToken,
    /// 4013: a bad API key, or one of another client.
    #[error("The API key is missing or unknown.")]
    BadApiKey,
    /// 4030: a feature or use case is not enabled.
    #[error("{0}")]
    NotEnabled(&'static str),
    /// 4031: the user is disabled.
    #[error("User is disabled.")]
    UserDisabled,
    /// 4031: the user is restricted.
    #[error("User is restricted.")]
    UserRestricted,
    /// 4032: the source address is not on the client's list.
    #[error("The source address is not allowed.")]
    AddressNotAllowed,
    /// 4050: the state does not allow it.
    #[error("{0}")]
    State(Cow<'static, str>),
    /// 4090: another kind of job runs.
    #[error("{0}")]
    Conflict(Cow<'static, str>),
    /// 4091: the partner's id is in use.
    #[error("The id is already in use.")]
    IdInUse,
    /// 4220: a member like this exists, or its institution does not.
    #[error("{0}")]
    Member(Cow<'static, str>),
    /// 4222: any other rule of the domain; the text names the field and the rule.
    #[error("{0}")]
    Rule(Cow<'static, str>),
    /// A unique key was taken by another write at the same time; turned into the endpoint's own error.
    #[error("unique key exists")]
    Unique,
    /// 5000: our fault; the text is for the log only.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// 4002 for a missing field.
    pub fn missing(name: impl Into<Cow<'static, str>>) -> Self {
        Self::Missing(name.into())
    }

    /// 4222 with a text.
    pub fn rule(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Rule(text.into())
    }

    /// A defect or a damaged store.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }
}

impl From<store::StoreError> for Error {
    fn from(error: store::StoreError) -> Self {
        match error {
            store::StoreError::Unique(_) => Self::Unique,
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<vault::OpenError> for Error {
    fn from(error: vault::OpenError) -> Self {
        Self::Internal(error.to_string())
    }
}

/// A refusal of the state machine as the answer to a call. Those that are answered 202 are not errors and are
/// looked at before.
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Start(NoStart::NoUseCase) => Self::NotEnabled("Member's use_cases do not include PFM"),
            Refusal::Start(NoStart::OtherKindRunning) => Self::Conflict(refusal.to_string().into()),
            Refusal::OutOfState | Refusal::NotDue => Self::Internal(refusal.to_string()),
            _ => Self::State(refusal.to_string().into()),
        }
    }
}
