//! What the errors of the engine are to the caller: one table (`spec: conventions, 5`).
use crate::{
    error::ApiError,
    request_id::{self, RequestId},
};
use engine::Error;

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(resource) => Self::not_found(resource),
            Error::RequiredMissing => Self::params_missing(),
            Error::Missing(name) => Self::missing(&name),
            Error::Invalid(message) => Self { message, ..Self::missing("") },
            Error::Documented(text) => Self::refused(text),
            Error::UnknownSession => Self::session_unknown(),
            Error::ExpiredSession => Self::session_expired(),
            Error::BadApiToken => Self::api_token_bad(),
            Error::BadApiKey => Self::api_key_bad(),
            Error::NotEnabled(text) => Self::feature_off(text),
            Error::UserDisabled => Self::user_disabled(),
            Error::UserRestricted => Self::user_restricted(),
            Error::AddressNotAllowed => Self::source_refused(),
            Error::State(text) => Self::wrong_state(text),
            Error::Conflict(message) => Self { message, ..Self::job_running() },
            Error::IdInUse => Self::id_in_use(),
            Error::Member(text) => Self::member_conflict(text),
            Error::Rule(text) => Self::rule(text),
            // Every endpoint that can meet a taken key says so in its own words: this one forgot to.
            Error::Unique => internal("a unique key was taken"),
            Error::Internal(text) => internal(&text),
        }
    }
}

/// For reads that go to the store without the engine.
impl From<store::StoreError> for ApiError {
    fn from(error: store::StoreError) -> Self {
        Self::from(Error::from(error))
    }
}

fn internal(text: &str) -> ApiError {
    let id = request_id::current();
    tracing::error!(request_id = id.as_ref().map(RequestId::as_str), error = text, "a request failed");
    ApiError::internal()
}
