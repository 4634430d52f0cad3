//! Who may start a job (`spec: nexus-core, 10.3 and 10.4`).
use super::{JobState, MemberState, Settings, due::after, running};
use crate::{
    enums::{ConnectionStatus as C, JobKind},
    time::Timestamp,
};

/// Who asks for a job; the three columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy {
    /// A call for this one member.
    Call,
    /// `aggregate` of all members, the opening of a session, a widget URL.
    Session,
    /// The schedule.
    Background,
}

/// Why no job starts, and the answer to a call. The text is the public message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoStart {
    /// 403: the member is not for personal finance.
    #[error("Member's use_cases do not include PFM")]
    NoUseCase,
    /// 405: not in this status.
    #[error("Member cannot be aggregated.")]
    NotAllowed,
    /// 405: not before new credentials.
    #[error("Credentials must be updated first.")]
    CredentialsFirst,
    /// 409: a job of another kind runs.
    #[error("Another job is running for this member.")]
    OtherKindRunning,
    /// 202: a job of this kind runs.
    #[error("a job of this kind runs already")]
    AlreadyRunning,
    /// 202: aggregated a short time ago.
    #[error("the member was aggregated a short time ago")]
    Throttled,
    /// Left out of what concerns many members; never the answer to a call for one.
    #[error("the member is passed over")]
    PassedOver,
}

impl NoStart {
    /// The error code of a call's answer (`spec: conventions, 5`); `None` where the answer is 202 with the member.
    pub const fn code(self) -> Option<u16> {
        match self {
            Self::NoUseCase => Some(4030),
            Self::NotAllowed | Self::CredentialsFirst => Some(4050),
            Self::OtherKindRunning => Some(4090),
            Self::AlreadyRunning | Self::Throttled | Self::PassedOver => None,
        }
    }
}

/// Whether a job may start now, and if not, why. `job` is the member's most recent one. For `Background` the
/// caller has found the member due ([`super::background_due_at`]).
pub fn may_start(
    member: &MemberState,
    job: Option<&JobState>,
    kind: JobKind,
    by: AskedBy,
    settings: &Settings,
    now: Timestamp,
) -> Result<(), NoStart> {
    match by {
        AskedBy::Call => by_call(member, job, kind, settings, now),
        AskedBy::Session if !member.has_pfm || matches!(member.status, Some(C::Locked | C::Denied)) => {
            Err(NoStart::PassedOver)
        }
        AskedBy::Session => by_call(member, job, kind, settings, now).map_err(|reason| match reason {
            NoStart::Throttled => reason,
            _ => NoStart::PassedOver,
        }),
        AskedBy::Background if member.has_pfm && !member.is_being_aggregated && in_background(member) => {
            Ok(())
        }
        AskedBy::Background => Err(NoStart::PassedOver),
    }
}

/// The first column, in the order of checks of 10.3.
fn by_call(
    member: &MemberState,
    job: Option<&JobState>,
    kind: JobKind,
    settings: &Settings,
    now: Timestamp,
) -> Result<(), NoStart> {
    if kind == JobKind::Aggregation && !member.has_pfm {
        return Err(NoStart::NoUseCase);
    }
    if let Some(job) = running(member, job) {
        // No status that answers 405 can have a running job.
        return Err(if job.kind == kind { NoStart::AlreadyRunning } else { NoStart::OtherKindRunning });
    }
    allowed_at_rest(member.status)?;
    let throttled_until =
        member.completed_aggregation_started_at.map(|start| after(start, settings.aggregation_throttle));
    let is_throttled = kind == JobKind::Aggregation
        && member.status == Some(C::Connected)
        && throttled_until.is_some_and(|end| now < end);
    if is_throttled { Err(NoStart::Throttled) } else { Ok(()) }
}

/// The first column for a member at rest.
pub(super) const fn allowed_at_rest(status: Option<C>) -> Result<(), NoStart> {
    match status {
        Some(
            C::Created
            | C::Updated
            | C::Connected
            | C::Failed
            | C::Degraded
            | C::Impeded
            | C::Disconnected
            | C::Reconnected
            | C::Rejected
            | C::Expired
            | C::Locked
            | C::Denied,
        ) => Ok(()),
        Some(C::Prevented | C::Imported | C::Impaired) => Err(NoStart::CredentialsFirst),
        // The last three never are at rest.
        None
        | Some(
            C::Pending | C::Discontinued | C::Closed | C::Disabled | C::Challenged | C::Resumed | C::Delayed,
        ) => Err(NoStart::NotAllowed),
    }
}

/// The third column.
pub(super) const fn in_background(member: &MemberState) -> bool {
    match member.status {
        Some(C::Connected | C::Failed | C::Degraded | C::Impeded | C::Disconnected) => true,
        Some(C::Created) => !member.is_managed_by_user,
        _ => false,
    }
}
