//! What the writes of users, members, jobs and feeds have to tell: each is called in the write itself, and does
//! nothing where nobody hears it.
use super::{outbox::News, payload, payload::Owner};
use crate::{Engine, Error, Result, case::Case};
use domain::{
    enums::{ConnectionStatus, JobKind, JobStatus},
    webhook::{Action, EventType},
};
use store::{
    Tx,
    accounts::{AccountRow, HoldingRow},
    jobs::Job,
    scope::{ClientScope, UserScope},
    transactions::TransactionRow,
    users::User,
};

/// Events that tell of a transition of a member and its job.
const OF_TRANSITIONS: [EventType; 8] = [
    EventType::Member,
    EventType::ConnectionStatus,
    EventType::JobStatus,
    EventType::Aggregation,
    EventType::History,
    EventType::Balance,
    EventType::Verification,
    EventType::Identification,
];
/// Events about what a member's feed brought.
const OF_DATA: [EventType; 3] = [EventType::Account, EventType::Transaction, EventType::Holding];

/// Statuses that a `connection_status` event tells of.
const fn needs_attention(status: ConnectionStatus) -> bool {
    use ConnectionStatus as C;
    matches!(
        status,
        C::Challenged
            | C::Denied
            | C::Expired
            | C::Impaired
            | C::Impeded
            | C::Locked
            | C::Prevented
            | C::Rejected
    )
}

/// Statuses that a `job_status` event tells of.
const fn is_told(status: JobStatus) -> bool {
    use JobStatus as J;
    matches!(status, J::Challenged | J::Completed | J::Prevented | J::Denied | J::Halted)
}

/// The event of a job that is complete.
const fn completion(kind: JobKind) -> Option<EventType> {
    match kind {
        JobKind::Aggregation => Some(EventType::Aggregation),
        JobKind::History => Some(EventType::History),
        JobKind::Balance => Some(EventType::Balance),
        JobKind::Verification => Some(EventType::Verification),
        JobKind::Identification => Some(EventType::Identification),
        _ => None,
    }
}

/// How a member and its job were before a transition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    status: Option<ConnectionStatus>,
    job: Option<JobStatus>,
}

impl Before {
    pub(crate) fn of(case: &Case) -> Self {
        Self { status: case.member.state.status, job: case.job.as_ref().map(|job| job.state.status) }
    }
}

fn flat(payload: Vec<u8>) -> Vec<News> {
    vec![News { action: Action::Flat, object: None, payload }]
}

impl Engine {
    /// A user was made, changed or deleted.
    pub(crate) fn tell_user(&self, tx: &mut Tx<'_>, user: &User, action: Action) -> Result<()> {
        if !self.is_heard(tx, user.scope.client(), EventType::User) {
            return Ok(());
        }
        let news = News { action, object: Some(*user.guid.as_bytes()), payload: payload::user(user) };
        self.tell(tx, user.scope, EventType::User, vec![news])
    }

    /// A member was made, changed or deleted.
    pub(crate) fn tell_member(&self, tx: &mut Tx<'_>, case: &Case, action: Action) -> Result<()> {
        if !self.is_heard(tx, case.scope.client(), EventType::Member) {
            return Ok(());
        }
        let owner = owner_of(tx, case)?;
        self.tell_member_of(tx, &owner, action)
    }

    fn tell_member_of(&self, tx: &mut Tx<'_>, owner: &Owner, action: Action) -> Result<()> {
        let object = Some(*owner.member.guid.as_bytes());
        let news = News { action, object, payload: payload::member(owner) };
        self.tell(tx, owner.user.scope, EventType::Member, vec![news])
    }

    /// An event of the state machine was written. `job` is the job it was applied to, as it is now; comes before
    /// the rows of a deleted member go.
    pub(crate) fn tell_transition(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
        before: Before,
        job: Option<&Job>,
        is_deleted: bool,
    ) -> Result<()> {
        let client = case.scope.client();
        let hears_data = is_deleted && self.is_any_heard(tx, client, &OF_DATA);
        if !hears_data && !self.is_any_heard(tx, client, &OF_TRANSITIONS) {
            return Ok(());
        }
        let owner = owner_of(tx, case)?;
        if hears_data {
            self.tell_data_deleted(tx, &owner)?;
        }
        self.tell_member_of(tx, &owner, if is_deleted { Action::Deleted } else { Action::Updated })?;
        let status = case.member.state.status;
        if status != before.status && status.is_some_and(needs_attention) && !is_deleted {
            let news = flat(payload::connection_status(&owner));
            self.tell(tx, case.scope, EventType::ConnectionStatus, news)?;
        }
        let Some(job) = job.filter(|job| Some(job.state.status) != before.job && is_told(job.state.status))
        else {
            return Ok(());
        };
        self.tell(tx, case.scope, EventType::JobStatus, flat(payload::job_status(&owner, job)))?;
        match completion(job.state.kind).filter(|_| job.state.status == JobStatus::Completed) {
            Some(event) => self.tell_completed(tx, &owner, job, event),
            None => Ok(()),
        }
    }

    fn tell_completed(&self, tx: &mut Tx<'_>, owner: &Owner, job: &Job, event: EventType) -> Result<()> {
        let scope = owner.user.scope;
        if !self.is_heard(tx, scope.client(), event) {
            return Ok(());
        }
        let accounts = match event {
            EventType::Verification => {
                Some(tx.accounts_with_numbers_of_job(scope, job.member_no, job.guid)?)
            }
            EventType::Identification => {
                Some(tx.accounts_with_owners_of_job(scope, job.member_no, job.guid)?)
            }
            _ => None,
        };
        self.tell(tx, scope, event, flat(payload::completed(owner, job, accounts.as_deref())))
    }

    /// Everything below a member goes with it (`spec: nexus-pfm, 18`).
    fn tell_data_deleted(&self, tx: &mut Tx<'_>, owner: &Owner) -> Result<()> {
        let scope = owner.user.scope;
        for account in tx.accounts_of_member(scope, owner.member.no)? {
            if self.is_heard(tx, scope.client(), EventType::Transaction) {
                let rows = tx.transactions_of_account(scope, account.no)?;
                let changes: Vec<_> = rows.into_iter().map(|row| (Action::Deleted, row)).collect();
                self.tell_transactions(tx, owner, &account, &changes)?;
            }
            if self.is_heard(tx, scope.client(), EventType::Holding) {
                let rows = tx.holdings(scope, account.no)?;
                let changes: Vec<_> = rows.into_iter().map(|row| (Action::Deleted, row)).collect();
                self.tell_holdings(tx, owner, &account, &changes)?;
            }
            self.tell_account(tx, owner, &account, Action::Deleted)?;
        }
        Ok(())
    }

    /// An account was made, changed or deleted.
    pub(crate) fn tell_account(
        &self,
        tx: &mut Tx<'_>,
        owner: &Owner,
        row: &AccountRow,
        action: Action,
    ) -> Result<()> {
        if !self.is_heard(tx, owner.user.scope.client(), EventType::Account) {
            return Ok(());
        }
        let payload = payload::account(owner, row)?;
        let news = News { action, object: Some(*row.guid.as_bytes()), payload };
        self.tell(tx, owner.user.scope, EventType::Account, vec![news])
    }

    /// Transactions of an account were made, changed or deleted.
    pub(crate) fn tell_transactions(
        &self,
        tx: &mut Tx<'_>,
        owner: &Owner,
        account: &AccountRow,
        changes: &[(Action, TransactionRow)],
    ) -> Result<()> {
        if changes.is_empty() || !self.is_heard(tx, owner.user.scope.client(), EventType::Transaction) {
            return Ok(());
        }
        let id = payload::account_id(owner, account)?;
        let news = changes.iter().map(|(action, row)| {
            let payload = payload::transaction(owner, account.guid, id.as_deref(), row)?;
            Ok(News { action: *action, object: Some(*row.guid.as_bytes()), payload })
        });
        let news = news.collect::<Result<Vec<_>>>()?;
        self.tell(tx, owner.user.scope, EventType::Transaction, news)
    }

    /// Holdings of an account were made, changed or deleted.
    pub(crate) fn tell_holdings(
        &self,
        tx: &mut Tx<'_>,
        owner: &Owner,
        account: &AccountRow,
        changes: &[(Action, HoldingRow)],
    ) -> Result<()> {
        if changes.is_empty() || !self.is_heard(tx, owner.user.scope.client(), EventType::Holding) {
            return Ok(());
        }
        let id = payload::account_id(owner, account)?;
        let news = changes.iter().map(|(action, row)| {
            let payload = payload::holding(owner, account.guid, id.as_deref(), row)?;
            Ok(News { action: *action, object: Some(*row.guid.as_bytes()), payload })
        });
        let news = news.collect::<Result<Vec<_>>>()?;
        self.tell(tx, owner.user.scope, EventType::Holding, news)
    }

    /// Whose data a feed brings, if its client hears of any of it.
    pub(crate) fn owner_if_heard(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        member_no: i64,
    ) -> Result<Option<Owner>> {
        let client: ClientScope = scope.client();
        if !self.is_any_heard(tx, client, &OF_DATA) {
            return Ok(None);
        }
        let user = tx.user_for_update(scope)?.ok_or(Error::NotFound("user"))?;
        let member = tx.member_by_no(scope, member_no)?.ok_or(Error::NotFound("member"))?;
        let institution = self.institution(member.institution)?;
        Ok(Some(Owner { user, member, institution }))
    }
}

fn owner_of(tx: &mut Tx<'_>, case: &Case) -> Result<Owner> {
    let user = tx.user_for_update(case.scope)?.ok_or(Error::NotFound("user"))?;
    Ok(Owner { user, member: case.member.clone(), institution: case.institution.clone() })
}
