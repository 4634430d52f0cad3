//! The durations and limits that an operator may change (`spec: nexus-core, 10.5`; conventions, 2).
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Durations and limits of members, jobs and sessions; all of service time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long a challenge set may be answered; 15 minutes.
    pub challenge_lifetime: Duration,
    /// How long after the start of a completed aggregation a CONNECTED member is not aggregated again; 3 hours.
    /// Institutions may have their own, then the caller puts it here; sandbox institutions have none (zero).
    pub aggregation_throttle: Duration,
    /// Time between two background aggregations of a member; 24 hours. A twelfth of it, either way, is the spread.
    pub background_interval: Duration,
    /// Time between two background aggregations in DISCONNECTED; 7 days (`spec: nexus-core, 10.4`).
    pub disconnected_interval: Duration,
    /// Age at which a PENDING member is purged; 1 hour.
    pub pending_lifetime: Duration,
    /// How long an OAuth URI may be visited; 1 hour.
    pub oauth_uri_lifetime: Duration,
    /// Time after which a member that is not yet connected shows DELAYED; 60 seconds.
    pub delayed_after: Duration,
    /// Longest work of a job, without the waits for answers; 10 minutes.
    pub job_time_limit: Duration,
    /// Refusals in a row at which a member becomes PREVENTED; 3.
    pub denied_limit: u32,
    /// Failures in a row at which a member becomes DEGRADED; 3.
    pub failed_limit: u32,
    /// Time without success after which a DEGRADED member becomes DISCONNECTED; 14 days.
    pub disconnected_after: Duration,
    /// Jobs worked on at once at one institution, so that one that hangs leaves room for the others; 8. The
    /// sandbox's have no such limit.
    pub jobs_per_institution: u32,
    /// Most members of one user; 100.
    pub max_members_per_user: u32,
    /// How long a deleted object is kept before it is purged (`soft_delete_days`); 14 days.
    pub soft_delete: Duration,
    /// How long an ended job can be read; 90 days.
    pub job_retention: Duration,
    /// Wrong tries at which a microdeposit becomes PREVENTED; 3.
    pub microdeposit_tries: u32,
    /// Days of history that a first aggregation takes; 90.
    pub first_history_days: u32,
    /// Days of history that a later aggregation takes; 15 (`spec: sandbox, 3`; partner, 4).
    pub later_history_days: u32,
    /// Months of history that `extend_history` takes; 24.
    pub extended_history_months: u32,
    /// Idle time that ends a session; 30 minutes (`spec: conventions, 2`).
    pub session_idle: Duration,
    /// Age that ends a session however busy it is; off by default.
    pub session_max_lifetime: Option<Duration>,
    /// How long a one-time API token or widget URL may be used; 10 minutes.
    pub api_token_lifetime: Duration,
    /// How long the receiver of a webhook may take to answer, of machine time; 15 seconds (`spec: partner, 7`).
    pub webhook_time_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            challenge_lifetime: Duration::from_secs(15 * MINUTE),
            aggregation_throttle: Duration::from_secs(3 * HOUR),
            background_interval: Duration::from_secs(DAY),
            disconnected_interval: Duration::from_secs(7 * DAY),
            pending_lifetime: Duration::from_secs(HOUR),
            oauth_uri_lifetime: Duration::from_secs(HOUR),
            delayed_after: Duration::from_secs(MINUTE),
            job_time_limit: Duration::from_secs(10 * MINUTE),
            denied_limit: 3,
            failed_limit: 3,
            disconnected_after: Duration::from_secs(14 * DAY),
            jobs_per_institution: 8,
            max_members_per_user: 100,
            soft_delete: Duration::from_secs(14 * DAY),
            job_retention: Duration::from_secs(90 * DAY),
            microdeposit_tries: 3,
            first_history_days: 90,
            later_history_days: 15,
            extended_history_months: 24,
            session_idle: Duration::from_secs(30 * MINUTE),
            session_max_lifetime: None,
            api_token_lifetime: Duration::from_secs(10 * MINUTE),
            webhook_time_limit: Duration::from_secs(15),
        }
    }
}
