//! What statuses and outcomes mean, and what to do about them, in an operator's words (`spec: nexus-core, 9.1, 10.4`).
use domain::{enums::ConnectionStatus as C, machine::JobError, timeline::Happened};

/// What a status means.
pub(super) const fn meaning(status: Option<C>) -> &'static str {
    match status {
        None => "There are no credentials: the user or the partner keeps the data by hand.",
        Some(C::Created) => "New, not yet aggregated.",
        Some(C::Prevented) => {
            "The institution refused the credentials three times in a row: blocked until updated."
        }
        Some(C::Denied) => "The institution refused the credentials.",
        Some(C::Challenged) => "The institution asked a question that waits for the user's answer.",
        Some(C::Rejected) => "The answer to the institution's question was wrong.",
        Some(C::Locked) => "The institution blocks this login.",
        Some(C::Connected) => "Authenticated; data is coming or there.",
        Some(C::Impeded) => "The user must act on the institution's own site.",
        Some(C::Reconnected) => "Moved to a new data source: a one-time code is likely.",
        Some(C::Degraded) => "It failed three times or more in a row.",
        Some(C::Disconnected) => "It failed three times or more in a row, without a success for two weeks.",
        Some(C::Discontinued) => "Connections to this institution are no longer offered.",
        Some(C::Closed) => "Closed; the credentials are erased.",
        Some(C::Delayed) => "It takes longer than expected and is not yet connected.",
        Some(C::Failed) => "The last attempt ended without connecting.",
        Some(C::Updated) => "Credentials were updated, or a new attempt began; not yet connected.",
        Some(C::Disabled) => {
            "Paused: the member, its user or its client is disabled, or an operator paused it."
        }
        Some(C::Imported) => "Imported or restored without credentials.",
        Some(C::Resumed) => "An answer was received; its result is not known yet.",
        Some(C::Expired) => "Nobody answered the institution's question in time.",
        Some(C::Impaired) => "Some or all credentials are missing, or a consent was revoked.",
        Some(C::Pending) => "The consent of the user is not completed.",
    }
}

/// What to do about a status.
pub(super) const fn advice(status: Option<C>) -> &'static str {
    match status {
        None => "Nothing: it does not update by itself.",
        Some(C::Created) => "The user, or a session, starts the first aggregation.",
        Some(C::Prevented | C::Denied | C::Imported) => "The user must update the credentials.",
        Some(C::Impaired) => "The user must update the credentials, or give consent again.",
        Some(C::Challenged) => "The user must answer; after the lifetime of the question it becomes EXPIRED.",
        Some(C::Rejected | C::Expired) => "The user must aggregate again and answer.",
        Some(C::Locked) => "The user must unlock the login at the institution, then aggregate.",
        Some(C::Impeded) => "The user must log in at the institution and do what it asks, then aggregate.",
        Some(C::Reconnected) => "The user must aggregate once and may have to enter a one-time code.",
        Some(C::Connected) => {
            "Nothing, unless the last success is old: then see its jobs and the institution."
        }
        Some(C::Degraded | C::Disconnected | C::Failed) => {
            "See the reasons of the last jobs. If many members of the institution fail, the institution or its \
             connector is in trouble; if this one alone, its user may have to update the credentials."
        }
        Some(C::Discontinued) => {
            "Nothing leads back but another connector: `tributary institutions unretire --reconnect`."
        }
        Some(C::Closed) => "Nothing: the user connects the institution again.",
        Some(C::Delayed | C::Updated | C::Resumed) => {
            "Wait for its job; at rest, the user or a session starts the next one."
        }
        Some(C::Disabled) => {
            "`tributary member resume`, or enable its user; the former status then comes back."
        }
        Some(C::Pending) => "The user goes to the consent page; after an hour the member is purged.",
    }
}

/// Why a status is left alone by the background, of those that are.
pub(super) const fn no_background(status: Option<C>) -> &'static str {
    match status {
        None => "it has no credentials",
        Some(C::Created) => "its first aggregation is started by the user or a session",
        Some(C::Updated | C::Resumed | C::Delayed | C::Challenged) => "an attempt is on its way",
        Some(C::Reconnected | C::Rejected | C::Expired) => "the institution would ask a question again",
        Some(C::Locked | C::Denied | C::Prevented | C::Imported | C::Impaired) => "the user must act first",
        Some(C::Disabled) => "it is paused",
        Some(_) => "it is over",
    }
}

/// What the operator can do about how a job ended.
pub(super) const fn job_advice(error: Option<JobError>) -> &'static str {
    match error {
        None => "Nothing.",
        Some(JobError::CredentialsRefused) => "The user must update the credentials.",
        Some(JobError::AnswerRefused | JobError::AnswerLate) => "The user must aggregate again and answer.",
        Some(JobError::Locked) => "The user must unlock the login at the institution.",
        Some(JobError::Impeded) => "The user must act at the institution.",
        Some(JobError::Institution) => {
            "Read the reason; see whether other members of the institution fail too."
        }
        Some(JobError::TimeLimit) => {
            "The institution was too slow; see whether that is so for all its members."
        }
        Some(JobError::CredentialsMissing) => "The user must update the credentials, or give consent again.",
        Some(JobError::Cancelled) => "Nothing: the last step says what cancelled it.",
        Some(JobError::NothingFound) => "Nothing: the institution gave no numbers or owners.",
    }
}

/// A line of a timeline for people.
pub(super) fn told(what: &Happened) -> String {
    match what {
        Happened::Taken => "a worker took it".to_owned(),
        Happened::Delayed => "it takes longer than expected".to_owned(),
        Happened::Asked(kinds) => {
            let mut names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            names.sort_unstable();
            names.dedup();
            let count = kinds.len();
            let noun = if count == 1 { "question" } else { "questions" };
            format!("the institution asked {count} {noun} ({})", names.join(", "))
        }
        Happened::Answered => "all was answered".to_owned(),
        Happened::Authenticated => "the login was accepted".to_owned(),
        Happened::Data { accounts, created, updated } => {
            format!("data of {accounts} accounts stored: {created} transactions new, {updated} changed")
        }
        Happened::Fetched => "all data was fetched".to_owned(),
        Happened::NewCredentials => "new credentials came while it worked".to_owned(),
        Happened::Ended { status, error, by } => {
            let why = match by.as_str() {
                "credentials" => ", replaced for new credentials",
                "moved" => ", the institution moved to another connector",
                "retired" => ", the institution was retired",
                "closed" => ", the member was closed",
                "disabled" => ", the member was disabled",
                "deleted" => ", the member was deleted",
                "time" => ", its time was over",
                "retakes" => ", the workers that had it stopped too often",
                _ => "",
            };
            let message = error.map_or("", JobError::message);
            let gap = if message.is_empty() { "" } else { ": " };
            format!("ended {}{why}{gap}{message}", status.name())
        }
    }
}
