//! Microdeposits: two small amounts to an account, whose owner then names them (`spec: nexus-core, 8`).
//!
//! Every change goes through `Engine::keep_deposit`: one change, one commit. Who the deposit is for and which
//! account is meant is encrypted; a keyed hash finds equal accounts of the user.
mod provider;
mod rules;

use crate::{
    Call, Engine, Error, Result,
    catalogue::Institution,
    client::ClientSettings,
    member::{settings_of_client, unrestricted},
};
use domain::{
    decimal::Money,
    enums::{AccountType, MicroDepositStatus as Status},
    env::Clock,
    guid::MicroDepositGuid,
    secret::SecretText,
    webhook::Action,
};
use rules::{Amounts, ask_at};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{
    Tx,
    micro_deposits::{BlockedRow, MicroDepositRow},
    scope::{SystemScope, UserScope},
};
use vault::{Location, UserKey};
use zeroize::Zeroizing;

/// A microdeposit, opened.
#[derive(Debug, Clone)]
pub struct Deposit {
    /// Its row.
    pub row: MicroDepositRow,
    /// What of it is encrypted.
    pub details: Details,
    /// The institution with its routing number, where one is known.
    pub institution: Option<Arc<Institution>>,
}

/// Who a microdeposit is for, the account, and what was paid.
#[derive(Clone, Serialize, Deserialize)]
pub struct Details {
    /// As given.
    pub first_name: String,
    /// As given.
    pub last_name: String,
    /// As given.
    pub email: String,
    /// As given.
    pub account_name: Option<String>,
    /// Digits; none while PREINITIATED.
    pub account_number: Option<String>,
    /// Nine digits; none while PREINITIATED.
    pub routing_number: Option<String>,
    /// Hundredths, once DEPOSITED.
    amounts: Option<[i64; 2]>,
}

impl std::fmt::Debug for Details {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Details([secret])")
    }
}

/// A microdeposit to be.
#[derive(Debug, Clone)]
pub struct NewDeposit {
    /// Whose account it is.
    pub first_name: String,
    /// Whose account it is.
    pub last_name: String,
    /// Their address.
    pub email: String,
    /// What they call the account.
    pub account_name: Option<String>,
    /// The account; none: PREINITIATED.
    pub account: Option<DepositAccount>,
}

/// The account that is paid to; numbers of the right lengths.
#[derive(Debug, Clone)]
pub struct DepositAccount {
    /// Four to seventeen digits.
    pub account_number: SecretText,
    /// Nine digits.
    pub routing_number: String,
    /// CHECKING or SAVINGS.
    pub account_type: AccountType,
}

/// What happens to a microdeposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Created,
    Updated,
    Deleted,
}

impl Change {
    const fn action(self) -> Action {
        match self {
            Self::Created => Action::Created,
            Self::Updated => Action::Updated,
            Self::Deleted => Action::Deleted,
        }
    }
}

const NOT_FOUND: Error = Error::NotFound("micro deposit");

impl Engine {
    /// 4030 unless the client may have microdeposits and somebody makes them.
    pub fn require_deposits(&self, client: &ClientSettings) -> Result<()> {
        if client.microdeposits && self.inner.deposits.is_some() {
            return Ok(());
        }
        Err(Error::NotEnabled("Client does not have microdeposits enabled"))
    }

    /// The user's microdeposits, newest first; the provider is asked where they are.
    pub async fn micro_deposits(&self, scope: UserScope) -> Result<Vec<Deposit>> {
        let rows = self.db().micro_deposits(scope).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.key_of_user(scope).await?;
        let mut deposits = Vec::with_capacity(rows.len());
        for row in rows {
            let deposit = self.opened_deposit(&key, scope, row)?;
            // One that was deleted meanwhile is left out.
            deposits.extend(self.follow_provider(scope, deposit).await?);
        }
        Ok(deposits)
    }

    /// One of the user's microdeposits; the provider is asked where it is.
    pub async fn micro_deposit(&self, scope: UserScope, guid: &str) -> Result<Deposit> {
        let deposit = self.known_deposit(scope, guid).await?;
        self.follow_provider(scope, deposit).await?.ok_or(NOT_FOUND)
    }

    /// One of the user's microdeposits as it was last known.
    pub async fn known_deposit(&self, scope: UserScope, guid: &str) -> Result<Deposit> {
        let guid = guid.parse::<MicroDepositGuid>().map_err(|_| NOT_FOUND)?;
        let row = self.db().micro_deposit(scope, guid).await?.ok_or(NOT_FOUND)?;
        let key = self.key_of_user(scope).await?;
        self.opened_deposit(&key, scope, row)
    }

    /// Makes a microdeposit.
    pub async fn create_micro_deposit(
        &self,
        call: &Call,
        scope: UserScope,
        new: NewDeposit,
    ) -> Result<Deposit> {
        let (engine, call) = (self.clone(), call.clone());
        let made = self.db().write(move |tx| {
            tx.set_quiet(call.is_quiet);
            unrestricted(tx, scope)?;
            let client = settings_of_client(tx, scope)?;
            engine.require_deposits(&client)?;
            let mut deposit = engine.blank_deposit(tx, scope, &new)?;
            if let Some(account) = &new.account {
                engine.initiate(tx, scope, &client, &mut deposit, account)?;
            }
            engine.keep_deposit(tx, scope, &mut deposit, Change::Created)?;
            engine.audit_user(tx, &call, scope, &deposit.row.guid.to_string())?;
            Ok::<_, Error>(deposit)
        });
        made.await
    }

    /// Gives a PREINITIATED microdeposit its account.
    pub async fn complete_micro_deposit(
        &self,
        call: &Call,
        scope: UserScope,
        guid: MicroDepositGuid,
        account: DepositAccount,
        account_name: Option<String>,
    ) -> Result<Deposit> {
        self.change_deposit(call, scope, guid, move |engine, tx, client, deposit| {
            if deposit.row.status != Status::Preinitiated {
                return Err(Error::rule("Microdeposit is initiated already."));
            }
            if account_name.is_some() {
                deposit.details.account_name.clone_from(&account_name);
            }
            engine.initiate(tx, scope, client, deposit, &account)
        })
        .await
    }

    /// Compares what the owner of the account saw with what was paid. The provider is asked first.
    pub async fn verify_micro_deposit(
        &self,
        call: &Call,
        scope: UserScope,
        guid: MicroDepositGuid,
        amounts: [Money; 2],
    ) -> Result<Deposit> {
        self.micro_deposit(scope, &guid.to_string()).await?;
        self.change_deposit(call, scope, guid, move |engine, _, _, deposit| {
            if !deposit.row.status.takes_amounts() {
                return Err(Error::rule("Microdeposit is not ready to be verified."));
            }
            if deposit.details.amounts.is_some_and(|paid| Amounts::new(paid) == Amounts::of(amounts)) {
                deposit.row.status = Status::Verified;
                deposit.row.verified_at = Some(engine.clock().now());
                return Ok(());
            }
            deposit.row.tries += 1;
            let is_last = deposit.row.tries >= i64::from(engine.settings().microdeposit_tries);
            deposit.row.status = if is_last { Status::Prevented } else { Status::Denied };
            Ok(())
        })
        .await
    }

    /// Removes a microdeposit, whatever its status. What was paid stays paid.
    pub async fn delete_micro_deposit(
        &self,
        call: &Call,
        scope: UserScope,
        guid: MicroDepositGuid,
    ) -> Result<()> {
        let (engine, call) = (self.clone(), call.clone());
        self.db()
            .write(move |tx| {
                tx.set_quiet(call.is_quiet);
                unrestricted(tx, scope)?;
                let mut deposit = engine.deposit_in(tx, scope, guid)?.ok_or(NOT_FOUND)?;
                engine.keep_deposit(tx, scope, &mut deposit, Change::Deleted)?;
                engine.audit_user(tx, &call, scope, &guid.to_string())
            })
            .await
    }

    async fn change_deposit(
        &self,
        call: &Call,
        scope: UserScope,
        guid: MicroDepositGuid,
        change: impl Fn(&Self, &mut Tx<'_>, &ClientSettings, &mut Deposit) -> Result<()> + Send + 'static,
    ) -> Result<Deposit> {
        let (engine, call) = (self.clone(), call.clone());
        let changed = self.db().write(move |tx| {
            tx.set_quiet(call.is_quiet);
            unrestricted(tx, scope)?;
            let client = settings_of_client(tx, scope)?;
            let mut deposit = engine.deposit_in(tx, scope, guid)?.ok_or(NOT_FOUND)?;
            engine.require_deposits(&client)?;
            change(&engine, tx, &client, &mut deposit)?;
            engine.keep_deposit(tx, scope, &mut deposit, Change::Updated)?;
            engine.audit_user(tx, &call, scope, &guid.to_string())?;
            Ok::<_, Error>(deposit)
        });
        changed.await
    }

    /// Writes a change of a microdeposit: the one place that does.
    pub(crate) fn keep_deposit(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        deposit: &mut Deposit,
        change: Change,
    ) -> Result<()> {
        let now = self.clock().now();
        let Deposit { row, details, .. } = deposit;
        row.updated_at = now;
        row.due_at = row.status.waits_for_provider().then(|| match row.initiated_at {
            // It is placed at once.
            Some(at) if at == now && row.status == Status::Initiated => now,
            _ => ask_at(now),
        });
        let text = Zeroizing::new(serde_json::to_vec(details).map_err(Error::internal)?);
        let key = self.user_key(tx, scope)?;
        row.sealed = key.seal(&location(scope, &row.guid), &text, self.entropy());
        match change {
            Change::Created => tx.insert_micro_deposit(scope, row)?,
            Change::Updated => tx.update_micro_deposit(scope, row)?,
            Change::Deleted => tx.delete_micro_deposit(scope, row.no)?,
        }
        self.tell_micro_deposit(tx, scope, change.action(), deposit)
    }

    pub(crate) fn deposit_in(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        guid: MicroDepositGuid,
    ) -> Result<Option<Deposit>> {
        let Some(row) = tx.micro_deposit(scope, guid)? else { return Ok(None) };
        let key = self.user_key(tx, scope)?;
        self.opened_deposit(&key, scope, row).map(Some)
    }

    fn opened_deposit(&self, key: &UserKey, scope: UserScope, row: MicroDepositRow) -> Result<Deposit> {
        let text = key.open(&location(scope, &row.guid), &row.sealed)?;
        let details = serde_json::from_slice(&text).map_err(Error::internal)?;
        let institution = row.institution.and_then(|guid| self.catalogue().by_guid(guid));
        Ok(Deposit { row, details, institution })
    }

    /// Blocks a routing number for everybody.
    pub async fn block_routing_number(&self, call: &Call, routing_number: &str, note: &str) -> Result<()> {
        if !domain::numbers::is_routing_number(routing_number) {
            return Err(Error::rule("routing_number: must be 9 digits"));
        }
        let created_at = self.clock().now();
        let row = BlockedRow { routing_number: routing_number.to_owned(), note: note.to_owned(), created_at };
        let (engine, call) = (self.clone(), call.clone());
        self.db()
            .write(move |tx| {
                tx.block_routing_number(SystemScope::of_the_service(), &row)?;
                engine.audit(tx, &call, None, None, &row.routing_number)
            })
            .await
    }

    /// Lets a routing number be used again.
    pub async fn unblock_routing_number(&self, call: &Call, routing_number: &str) -> Result<()> {
        let (engine, call, number) = (self.clone(), call.clone(), routing_number.to_owned());
        self.db()
            .write(move |tx| {
                if !tx.unblock_routing_number(SystemScope::of_the_service(), &number)? {
                    return Err(Error::NotFound("blocked routing number"));
                }
                engine.audit(tx, &call, None, None, &number)
            })
            .await
    }

    /// Routing numbers that are blocked for everybody.
    pub async fn blocked_routing_numbers(&self) -> Result<Vec<BlockedRow>> {
        Ok(self.db().blocked_routing_numbers(SystemScope::of_the_service()).await?)
    }
}

fn location(scope: UserScope, guid: &MicroDepositGuid) -> Location<'_> {
    Location { table: "micro_deposits", column: "sealed", row: guid.as_bytes(), user: scope.number() }
}
