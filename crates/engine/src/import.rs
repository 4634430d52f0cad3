//! Import of statements: a member for each institution found in a file, accounts matched by number, transactions
//! by the identity rules of `spec: nexus-pfm, 16.3`. Importing the same or an overlapping file again changes nothing.
use crate::{
    Call, Engine, Error, Ingested, Result,
    catalogue::statement_institution_row,
    client::Client,
    ingest::{DayBalance, Target, told_balance},
};
use connectors::ofx::{Statement, StatementInstitution, Statements};
use domain::{
    account::Field,
    decimal::Money,
    env::Clock,
    guid::{InstitutionGuid, MemberGuid},
    machine::Creation,
    transaction as tr,
    webhook::Action,
};
use serde::{Deserialize, Serialize};
use store::{scope::UserScope, users::User};

/// Namespace of the guids of institutions found in statements: the same everywhere.
const STATEMENT_NAMESPACE: [u8; 16] = *b"ofx-institution!";
/// Fields that tell a balance of a day; an older statement does not overwrite a newer one's.
const BALANCES: [Field; 5] = [
    Field::Balance,
    Field::AvailableBalance,
    Field::AvailableCredit,
    Field::CashBalance,
    Field::TotalAccountValue,
];

/// What an import found and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Name of the institution.
    pub institution: String,
    /// Guid of the member the accounts belong to; none after a dry run that would make it.
    pub member_guid: Option<String>,
    /// Its accounts, in the order of the file.
    pub accounts: Vec<AccountReport>,
    /// Whether nothing was stored.
    pub dry_run: bool,
}

/// What an import found and did of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountReport {
    /// Name.
    pub name: String,
    /// Name of its type.
    pub account_type: String,
    /// The last four characters of its number.
    pub number: Option<String>,
    /// Whether it was known before.
    pub is_known: bool,
    /// Transactions in the file.
    pub found: u64,
    /// Transactions made; in a dry run: that are new or differ.
    pub created: u64,
    /// Transactions changed.
    pub updated: u64,
    /// Transactions that were there already.
    pub unchanged: u64,
    /// Transactions the file takes back.
    pub removed: u64,
    /// First and last day of its transactions.
    pub days: Option<(String, String)>,
    /// The check of its ledger balance.
    pub ledger: LedgerCheck,
    /// What was odd in the file, and where.
    pub notices: Vec<String>,
}

/// Whether the ledger balance agrees with an earlier one and the transactions since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum LedgerCheck {
    /// It does.
    Matches {
        /// The balance.
        balance: String,
    },
    /// It does not.
    Differs {
        /// The balance the statement tells.
        balance: String,
        /// The balance the transactions lead to.
        expected: String,
    },
    /// It could not be checked.
    NotChecked {
        /// Why.
        reason: String,
    },
}

impl Engine {
    /// Imports the statements of one file for a user. `progress` hears (done, total) transactions.
    pub async fn import_statements(
        &self,
        call: &Call,
        client: &Client,
        user: &User,
        statements: Statements,
        dry_run: bool,
        mut progress: impl FnMut(u64, u64) + Send,
    ) -> Result<Report> {
        if user.scope.client() != client.scope {
            return Err(Error::NotFound("user"));
        }
        let total: u64 = statements.accounts.iter().map(|s| s.batch.transactions.len() as u64).sum();
        let name = institution_name(&statements.institution);
        let institution = institution_guid(&statements.institution);
        let known = self.statement_member(user.scope, institution).await?;
        let member = match known {
            Some((no, guid)) => {
                if !dry_run {
                    self.note_import(call, user.scope, guid).await?;
                }
                Some((no, guid))
            }
            None if dry_run || statements.accounts.is_empty() => None,
            None => {
                Some(self.make_statement_member(call, user.scope, institution, &name, &statements).await?)
            }
        };
        let mut report = Report {
            institution: name,
            member_guid: member.map(|(_, guid)| guid.to_string()),
            accounts: Vec::with_capacity(statements.accounts.len()),
            dry_run,
        };
        let mut done = 0;
        for statement in statements.accounts {
            let target = Target { scope: user.scope, member_no: member.map_or(0, |(no, _)| no), job: None };
            let mut count = |n: u64| {
                done += n;
                progress(done, total);
            };
            let account = self.import_account(&target, statement, dry_run, &mut count).await?;
            report.accounts.push(account);
        }
        Ok(report)
    }

    /// An import into a member that is there is noted before its first rows, which come in many transactions.
    async fn note_import(&self, call: &Call, scope: UserScope, member: MemberGuid) -> Result<()> {
        let (engine, call) = (self.clone(), call.clone());
        self.db().write(move |tx| engine.audit_user(tx, &call, scope, &member.to_string())).await
    }

    async fn statement_member(
        &self,
        scope: UserScope,
        institution: InstitutionGuid,
    ) -> Result<Option<(i64, MemberGuid)>> {
        let members = self.db().members(scope).await?;
        let found = members.iter().find(|m| m.institution == institution && m.state.status.is_none());
        Ok(found.map(|m| (m.no, m.guid)))
    }

    async fn make_statement_member(
        &self,
        call: &Call,
        scope: UserScope,
        institution: InstitutionGuid,
        name: &str,
        statements: &Statements,
    ) -> Result<(i64, MemberGuid)> {
        let code = format!("ofx_{}", hex::encode(&institution.as_bytes()[..8]));
        let url = statements.institution.org.as_deref().filter(|org| org.contains('.') && !org.contains(' '));
        let now = self.clock().now();
        if self.catalogue().by_guid(institution).is_none() {
            let row = statement_institution_row(institution, &code, name, url, now);
            self.put_institutions(vec![row], Vec::new()).await?;
        }
        let (engine, call) = (self.clone(), call.clone());
        self.db()
            .write(move |tx| {
                let user = tx.user_for_update(scope)?.ok_or(Error::NotFound("user"))?;
                let members = tx.members(scope)?;
                if let Some(m) =
                    members.iter().find(|m| m.institution == institution && m.state.status.is_none())
                {
                    return Ok((m.no, m.guid));
                }
                let (no, _) = tx.next_member_no(scope)?;
                let member = engine.blank_member(no, institution);
                let institution = engine.institution(institution)?;
                let mut case = crate::case::Case { scope, member, job: None, institution, is_gone: false };
                engine.create_case(tx, &mut case, Creation::NoCredentials, crate::job::Wanted::ALL)?;
                engine.audit_user(tx, &call, user.scope, &case.member.guid.to_string())?;
                Ok((case.member.no, case.member.guid))
            })
            .await
    }

    async fn import_account(
        &self,
        target: &Target,
        statement: Statement,
        dry_run: bool,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<AccountReport> {
        let Statement { mut batch, ledger_balance, mut removed, notices, .. } = statement;
        for feed in &mut batch.transactions {
            self.key_masked_ids(target.scope, feed.feed_id.iter_mut().chain(&mut feed.replaces));
        }
        self.key_masked_ids(target.scope, removed.iter_mut());
        let keys = self.account_keys(target.scope, &batch.account);
        let known = self.known_account(target, &batch.account, &keys).await?;
        let balance_on = ledger_balance.map_or_else(|| self.today(), |(_, at)| at.date());
        let day_balance = DayBalance { on: balance_on, balance: told_balance(&batch.account) };
        if let Some(no) = known
            && self.db().latest_balance(target.scope, no).await?.is_some_and(|latest| latest > balance_on)
        {
            batch.account.values.retain(|(field, _)| !BALANCES.contains(field));
        }
        let mut report = blank_report(&batch, known.is_some(), dry_run);
        report.notices =
            notices.iter().map(|n| format!("line {}, {}: {}", n.line, n.element, n.text)).collect();
        let is_debt = batch.account.account_type.is_debt();
        if dry_run {
            let found = batch.transactions.len() as u64;
            report.created = self.count_news(target, known, batch.transactions).await?;
            report.unchanged = found - report.created;
            progress(found);
            report.ledger = LedgerCheck::NotChecked { reason: "nothing was stored".to_owned() };
            return Ok(report);
        }
        let removed_keys: Vec<i64> = removed.iter().map(|id| tr::feed_key(id)).collect();
        let account = batch.account.clone();
        let Ingested { created, updated, unchanged, .. } =
            self.ingest(target, batch, day_balance, progress).await?;
        report.created = created.unsigned_abs();
        report.updated = updated.unsigned_abs();
        report.unchanged = unchanged.unsigned_abs();
        let no = self.known_account(target, &account, &keys).await?;
        let no = no.ok_or_else(|| Error::internal("an imported account is gone"))?;
        report.removed = self.remove_imported(target, no, removed_keys).await?;
        report.ledger = self.check_ledger(target.scope, no, day_balance, is_debt).await?;
        Ok(report)
    }

    /// An id that held a card number comes with a plain digest of it, by which the number could be searched for:
    /// what is stored is a keyed hash instead.
    fn key_masked_ids<'a>(&self, scope: UserScope, ids: impl Iterator<Item = &'a mut String>) {
        for id in ids.filter(|id| id.contains(connectors::ofx::MASK)) {
            let user = scope.number().to_be_bytes();
            let hash = self.inner.keyed.keyed_hash("masked_feed_id", &[&user, id.as_bytes()]);
            *id = format!("masked-{}", hex::encode(&hash[..16]));
        }
    }

    async fn remove_imported(&self, target: &Target, account_no: i64, keys: Vec<i64>) -> Result<u64> {
        if keys.is_empty() {
            return Ok(0);
        }
        let (engine, scope, member_no) = (self.clone(), target.scope, target.member_no);
        self.db()
            .write(move |tx| {
                tx.user_for_update(scope)?.ok_or(Error::NotFound("user"))?;
                let owner = engine.owner_if_heard(tx, scope, member_no)?;
                let mut removed = Vec::new();
                for key in &keys {
                    for row in tx.transactions_by_feed_key(scope, account_no, *key)? {
                        tx.delete_transaction(scope, &row)?;
                        removed.push((Action::Deleted, row));
                    }
                }
                let accounts = tx.accounts_of_member(scope, member_no)?;
                let account = accounts.iter().find(|row| row.no == account_no);
                if let (Some(owner), Some(account)) = (owner, account) {
                    engine.tell_transactions(tx, &owner, account, &removed)?;
                }
                Ok(removed.len() as u64)
            })
            .await
    }

    /// Compares a statement's balance with an earlier one and the transactions since.
    async fn check_ledger(
        &self,
        scope: UserScope,
        account_no: i64,
        DayBalance { on, balance }: DayBalance,
        is_debt: bool,
    ) -> Result<LedgerCheck> {
        let not_checked = |reason: &str| Ok(LedgerCheck::NotChecked { reason: reason.to_owned() });
        let Some(balance) = balance else {
            return not_checked("the statement tells no balance");
        };
        let Some((day, earlier)) = self.db().balance_before(scope, account_no, on).await? else {
            return not_checked("there is no earlier balance to start from");
        };
        let sum = self.db().sum_between(scope, account_no, day, on).await?;
        let expected = if is_debt { earlier.saturating_sub(sum) } else { earlier.saturating_add(sum) };
        let expected = Money::from_units(expected);
        Ok(if expected == balance {
            LedgerCheck::Matches { balance: balance.to_string() }
        } else {
            LedgerCheck::Differs { balance: balance.to_string(), expected: expected.to_string() }
        })
    }
}

fn blank_report(batch: &domain::feed::FeedBatch, is_known: bool, dry_run: bool) -> AccountReport {
    let days = batch.transactions.iter().filter_map(tr::feed_day);
    let days = days.clone().min().zip(days.max()).map(|(a, b)| (a.to_string(), b.to_string()));
    let number = batch.account.account_number.as_ref().map(|number| {
        let all: Vec<char> = number.expose().chars().collect();
        all.iter().skip(all.len().saturating_sub(4)).collect()
    });
    let reason = if dry_run { "nothing was stored" } else { "not looked at" };
    AccountReport {
        name: batch.account.name.clone(),
        account_type: batch.account.account_type.name().to_owned(),
        number,
        is_known,
        found: batch.transactions.len() as u64,
        created: 0,
        updated: 0,
        unchanged: 0,
        removed: 0,
        days,
        ledger: LedgerCheck::NotChecked { reason: reason.to_owned() },
        notices: Vec::new(),
    }
}

fn institution_name(institution: &StatementInstitution) -> String {
    institution.name().map_or_else(|| "Statements".to_owned(), str::to_owned)
}

/// The same institution has the same guid on any server.
fn institution_guid(institution: &StatementInstitution) -> InstitutionGuid {
    let key = institution.key().unwrap_or_else(|| "unknown".to_owned());
    let namespace = uuid::Uuid::from_bytes(STATEMENT_NAMESPACE);
    InstitutionGuid::from_bytes(uuid::Uuid::new_v5(&namespace, key.as_bytes()).into_bytes())
}
