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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::machine::{NoStart, Refusal};

    fn seen(error: Error) -> (u16, String) {
        let error = ApiError::from(error);
        (error.code, error.message.into_owned())
    }

    #[test]
    fn each_kind_has_its_code_and_keeps_its_public_words() {
        for (error, code, message) in [
            (Error::NotFound("member"), 4040, "member not found"),
            (Error::RequiredMissing, 4001, "Required params missing."),
            (Error::missing("name"), 4002, "param is missing or the value is empty: name"),
            (Error::Invalid("mode: must be one of a, b".into()), 4002, "mode: must be one of a, b"),
            (Error::Documented("Member cannot use OAuth"), 4003, "Member cannot use OAuth"),
            (Error::UnknownSession, 4010, "The session token is missing or unknown."),
            (Error::ExpiredSession, 4011, "The session has expired."),
            (Error::BadApiToken, 4012, "The API token is missing, used, expired or unknown."),
            (Error::BadApiKey, 4013, "The API key is missing or unknown."),
            (Refusal::Start(NoStart::NoUseCase).into(), 4030, "Member's use_cases do not include PFM"),
            (Error::UserDisabled, 4031, "User is disabled."),
            (Error::UserRestricted, 4031, "User is restricted."),
            (Error::AddressNotAllowed, 4032, "The source address is not allowed."),
            (Refusal::NotChallenged.into(), 4050, "Member is not challenged."),
            (
                Refusal::Start(NoStart::OtherKindRunning).into(),
                4090,
                "Another job is running for this member.",
            ),
            (Error::IdInUse, 4091, "The id is already in use."),
            (Error::Member("taken".into()), 4220, "taken"),
            (Error::rule("name: too long"), 4222, "name: too long"),
        ] {
            assert_eq!(seen(error), (code, message.to_owned()));
        }
    }

    #[test]
    fn what_is_internal_never_leaves() {
        for error in [Error::Unique, Error::internal("table users is locked")] {
            assert_eq!(seen(error), (5000, "Internal server error.".to_owned()));
        }
    }
}
