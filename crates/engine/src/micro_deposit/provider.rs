//! Where deposits are is what the provider says: asked on every read, and at minute 15 of every hour.
use super::{Change, Deposit, rules::ask_at};
use crate::{Call, Engine, Error, Result};
use connectors::microdeposit::{Order, Standing, Trouble};
use domain::{
    decimal::Money,
    enums::{AccountType, MicroDepositStatus as Status},
    env::Clock,
    guid::MicroDepositGuid,
    secret::SecretText,
    time::Timestamp,
};
use std::time::Duration;
use store::scope::{SystemScope, UserScope};

/// Longest a provider may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

impl Engine {
    /// Asks the provider about every microdeposit that is due; says how many. Any node may do it at any time.
    pub async fn refresh_microdeposits(&self) -> Result<usize> {
        let system = SystemScope::of_the_service();
        let mut asked = 0;
        while self.inner.deposits.is_some() && !self.inner.stop.is_cancelled() {
            let due = self.db().due_micro_deposits(system, self.clock().now()).await?;
            if due.is_empty() {
                break;
            }
            for (scope, guid) in due {
                if let Err(error) = self.refresh_due(scope, guid).await {
                    tracing::error!(%error, micro_deposit = %guid, "the provider was not asked");
                }
                self.put_off(scope, guid).await?;
                asked += 1;
            }
        }
        Ok(asked)
    }

    /// When [`Engine::refresh_microdeposits`] has something to do next, service time.
    pub async fn microdeposits_due_at(&self) -> Result<Option<Timestamp>> {
        if self.inner.deposits.is_none() {
            return Ok(None);
        }
        Ok(self.db().next_due_micro_deposit(SystemScope::of_the_service()).await?)
    }

    async fn refresh_due(&self, scope: UserScope, guid: MicroDepositGuid) -> Result<()> {
        let deposit = self.known_deposit(scope, &guid.to_string()).await?;
        self.follow_provider(scope, deposit).await.map(drop)
    }

    /// The next look at a microdeposit that is still due: nothing changed, or it could not be asked about. Those of
    /// a deleted user are looked at no more.
    async fn put_off(&self, scope: UserScope, guid: MicroDepositGuid) -> Result<()> {
        let now = self.clock().now();
        let written: Result<()> = self
            .db()
            .write(move |tx| {
                let is_there = tx.user_for_update(scope)?.is_some();
                let row = tx.micro_deposit(scope, guid)?;
                if row.is_some_and(|row| row.due_at.is_some_and(|at| at <= now)) {
                    tx.set_micro_deposit_due_at(scope, guid, is_there.then(|| ask_at(now)))?;
                }
                Ok(())
            })
            .await;
        written
    }

    /// Asks where a deposit is, if it waits for its provider, and writes what changed; `None` where it is gone.
    pub(super) async fn follow_provider(
        &self,
        scope: UserScope,
        deposit: Deposit,
    ) -> Result<Option<Deposit>> {
        let Some(order) = self.order_of(&deposit) else { return Ok(Some(deposit)) };
        let standing = self.ask(&order).await;
        if is_unchanged(&standing, deposit.row.status) {
            return Ok(Some(deposit));
        }
        let (engine, guid) = (self.clone(), deposit.row.guid);
        let followed = self.db().write(move |tx| {
            if tx.user_for_update(scope)?.is_none() {
                return Ok(None);
            }
            let Some(mut deposit) = engine.deposit_in(tx, scope, guid)? else { return Ok(None) };
            // Another reader may have been faster, and the owner of the account after it.
            if deposit.row.status.waits_for_provider() && !is_unchanged(&standing, deposit.row.status) {
                take_in(&mut deposit, &standing);
                engine.keep_deposit(tx, scope, &mut deposit, Change::Updated)?;
                let call = Call::new("service", "microdeposit status", "");
                engine.audit_user(tx, &call, scope, &guid.to_string())?;
            }
            Ok::<_, Error>(Some(deposit))
        });
        followed.await
    }

    /// What the provider is asked; `None` where it has nothing to say.
    fn order_of(&self, deposit: &Deposit) -> Option<Order> {
        let (row, details) = (&deposit.row, &deposit.details);
        if !row.status.waits_for_provider() {
            return None;
        }
        Some(Order {
            guid: row.guid,
            account_number: SecretText::new(details.account_number.as_deref()?),
            routing_number: details.routing_number.clone()?,
            account_type: AccountType::from_code(row.account_type?)?,
            first_name: details.first_name.clone(),
            last_name: details.last_name.clone(),
            initiated_at: row.initiated_at?,
            now: self.clock().now(),
        })
    }

    async fn ask(&self, order: &Order) -> Standing {
        let Some(provider) = &self.inner.deposits else { return Standing::Unknown { reason: None } };
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, provider.ask(order)).await;
        let standing = answer.unwrap_or_else(|_| Standing::Unknown { reason: Some("no answer".to_owned()) });
        if let Standing::Unknown { reason: Some(reason) } = &standing {
            tracing::warn!(reason, micro_deposit = %order.guid, "the provider of microdeposits does not answer");
        }
        standing
    }
}

fn is_unchanged(standing: &Standing, status: Status) -> bool {
    match standing {
        Standing::Unknown { .. } => true,
        Standing::Requested => status == Status::Requested,
        Standing::Deposited { .. } | Standing::Errored(_) | Standing::Rejected(_) => false,
    }
}

fn take_in(deposit: &mut Deposit, standing: &Standing) {
    let mut ended = |status, trouble: &Trouble| {
        deposit.row.error_code = Some(trouble.code.clone());
        deposit.row.error_message = Some(trouble.message.clone());
        status
    };
    deposit.row.status = match standing {
        Standing::Unknown { .. } => return,
        Standing::Requested => Status::Requested,
        Standing::Deposited { amounts } => {
            deposit.details.amounts = Some(amounts.map(Money::units));
            Status::Deposited
        }
        Standing::Errored(trouble) => ended(Status::Errored, trouble),
        Standing::Rejected(trouble) => ended(Status::Rejected, trouble),
    };
}
