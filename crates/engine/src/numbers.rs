//! Whole account numbers and account owners: what verifications and identifications bring (`spec: nexus-core, 7`).
//!
//! Both are encrypted with the user's key and lie beside the account, each with the run that brought it. A run that
//! completes is the whole truth of its member: what only earlier ones told goes.
use crate::{Engine, Error, Result, case::Case, client::ClientSettings, ingest::Target};
use domain::{
    enums::JobKind,
    env::Clock,
    feed::{FeedAccount, FeedOwner},
    guid::{AccountGuid, AccountNumberGuid, JobGuid, MemberGuid},
    numbers::AccountNumbers,
    secret::SecretText,
};
use serde::{Deserialize, Serialize};
use store::{
    Tx,
    accounts::AccountRow,
    jobs::Job,
    numbers::{NumbersRow, OwnerRow},
    scope::UserScope,
};
use vault::{Location, UserKey};
use zeroize::Zeroizing;

/// The numbers of an account, as shown.
#[derive(Debug, Clone)]
pub struct NumbersView {
    /// Guid, `ACN-`.
    pub guid: AccountNumberGuid,
    /// The account.
    pub account: AccountGuid,
    /// Its member.
    pub member: MemberGuid,
    /// The numbers.
    pub numbers: AccountNumbers,
}

/// An owner of an account, as shown.
#[derive(Debug, Clone)]
pub struct OwnerView {
    /// The account.
    pub account: AccountGuid,
    /// Its member.
    pub member: MemberGuid,
    /// The owner.
    pub owner: FeedOwner,
}

/// What is encrypted of numbers.
#[derive(Serialize, Deserialize)]
struct SealedNumbers {
    account_number: String,
    routing_number: String,
    institution_number: Option<String>,
    transit_number: Option<String>,
    passed_validation: Option<bool>,
}

/// What is encrypted of an owner.
#[derive(Serialize, Deserialize)]
struct SealedOwner {
    owner_name: Option<String>,
    address: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

/// 4030 unless the client may have jobs of this kind (`spec: nexus-core, 7`).
pub fn require_feature(client: &ClientSettings, kind: JobKind) -> Result<()> {
    let (is_on, text) = match kind {
        JobKind::Verification => {
            (client.account_verification, "Client does not have account verification enabled")
        }
        JobKind::Identification => {
            (client.account_identification, "Client does not have account identification enabled")
        }
        JobKind::History => {
            (client.extended_transaction_history, "Client does not have extended transaction history enabled")
        }
        _ => return Ok(()),
    };
    if is_on { Ok(()) } else { Err(Error::NotEnabled(text)) }
}

/// 4003 unless the member's institution can do jobs of this kind.
pub(crate) fn require_support(case: &Case, kind: JobKind) -> Result<()> {
    let institution = &case.institution;
    let (is_supported, text) = match kind {
        JobKind::Verification => (
            institution.supports_account_verification,
            "Member's institution does not support instant account verification",
        ),
        JobKind::Identification => (
            institution.supports_account_identification,
            "Member's institution does not support instant account identification",
        ),
        JobKind::History => (
            institution.supports_transaction_history,
            "Member's institution does not support extended transaction history",
        ),
        _ => return Ok(()),
    };
    if is_supported { Ok(()) } else { Err(Error::Documented(text)) }
}

impl Engine {
    /// The whole numbers of a member's accounts.
    pub async fn numbers_of_member(&self, scope: UserScope, member: &str) -> Result<Vec<NumbersView>> {
        let member = self.member(scope, member).await?.member;
        let rows = self.db().numbers_of_member(scope, member.no).await?;
        self.shown_numbers(scope, member.guid, rows).await
    }

    /// The whole numbers of an account, if it has them.
    pub async fn numbers_of_account(&self, scope: UserScope, account: &str) -> Result<Vec<NumbersView>> {
        let not_found = || Error::NotFound("account");
        let guid = account.parse::<AccountGuid>().map_err(|_| not_found())?;
        let places = self.db().account_places(scope).await?;
        let place = places.into_iter().find(|place| place.guid == guid && !place.is_deleted);
        let place = place.ok_or_else(not_found)?;
        let row = self.db().account_numbers(scope, place.no).await?;
        self.shown_numbers(scope, place.member, row.into_iter().collect()).await
    }

    async fn shown_numbers(
        &self,
        scope: UserScope,
        member: MemberGuid,
        rows: Vec<NumbersRow>,
    ) -> Result<Vec<NumbersView>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.key_of_user(scope).await?;
        rows.iter()
            .map(|row| {
                let numbers = open_numbers(&key, scope, row)?;
                Ok(NumbersView { guid: row.guid, account: row.account, member, numbers })
            })
            .collect()
    }

    /// The owners of a member's accounts.
    pub async fn owners_of_member(&self, scope: UserScope, member: &str) -> Result<Vec<OwnerView>> {
        let member = self.member(scope, member).await?.member;
        let rows = self.db().owners_of_member(scope, member.no).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.key_of_user(scope).await?;
        rows.iter()
            .map(|row| {
                let owner = open_owner(&key, scope, row)?;
                Ok(OwnerView { account: row.account, member: member.guid, owner })
            })
            .collect()
    }

    /// The key of a user's data, for reading.
    pub(crate) async fn key_of_user(&self, scope: UserScope) -> Result<UserKey> {
        let user = self.user(scope).await?;
        Ok(self.inner.keys.unwrap_user_key(&user.data_key, scope.number())?)
    }

    /// Keeps the whole numbers that a feed tells: those of a statement file, and those of a verification. Other jobs
    /// may not bring any (`spec: sandbox, 3`).
    pub(crate) fn write_numbers_of_feed(
        &self,
        tx: &mut Tx<'_>,
        target: &Target,
        row: &AccountRow,
        feed: &FeedAccount,
    ) -> Result<()> {
        let (Some(number), Some(routing)) = (&feed.account_number, &feed.routing_number) else {
            return Ok(());
        };
        let run = match target.job {
            None => None,
            Some((guid, _)) => match tx.job(target.scope, guid)? {
                Some(job) if job.state.kind == JobKind::Verification => Some(guid),
                _ => return Ok(()),
            },
        };
        let member = tx.member_by_no(target.scope, target.member_no)?;
        let institution = member.and_then(|member| self.catalogue().by_guid(member.institution));
        let countries = institution.as_ref().map(|it| it.iso_country_code.as_slice()).unwrap_or_default();
        let countries: Vec<&str> = countries.iter().map(crate::catalogue::CountryCode::as_str).collect();
        let numbers = AccountNumbers::of_feed(number, routing, &countries);
        self.write_numbers(tx, target.scope, row, &numbers, run)
    }

    /// Keeps the whole numbers of an account; equal ones are not encrypted again.
    pub(crate) fn write_numbers(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        account: &AccountRow,
        numbers: &AccountNumbers,
        run: Option<JobGuid>,
    ) -> Result<()> {
        let text = Zeroizing::new(serde_json::to_vec(&SealedNumbers::of(numbers)).map_err(Error::internal)?);
        let user = scope.number().to_be_bytes();
        let parts: [&[u8]; 3] = [&user, account.guid.as_bytes(), &text];
        let digest = self.inner.keyed.keyed_hash("account_numbers", &parts).to_vec();
        let known = tx.account_numbers(scope, account.no)?;
        let now = self.clock().now();
        match known {
            Some(known) if known.digest.as_ref() == Some(&digest) => {
                if let Some(run) = run.filter(|run| known.job != Some(*run)) {
                    tx.numbers_confirmed(scope, account.no, run)?;
                }
                Ok(())
            }
            _ => {
                let location = numbers_location(scope, account.guid.as_bytes());
                let row = NumbersRow {
                    account_no: account.no,
                    account: account.guid,
                    guid: AccountNumberGuid::new(now, self.entropy()),
                    sealed: self.user_key(tx, scope)?.seal(&location, &text, self.entropy()),
                    digest: Some(digest),
                    job: run,
                };
                Ok(tx.put_account_numbers(scope, &row, now)?)
            }
        }
    }

    /// Keeps the owners that an identification tells of an account.
    pub(crate) fn write_owners(
        &self,
        tx: &mut Tx<'_>,
        target: &Target,
        account: &AccountRow,
        owners: &[FeedOwner],
    ) -> Result<()> {
        let Some((run, _)) = target.job else { return Ok(()) };
        let is_identification =
            tx.job(target.scope, run)?.is_some_and(|job| job.state.kind == JobKind::Identification);
        if !is_identification {
            return Ok(());
        }
        let key = self.user_key(tx, target.scope)?;
        let rows = (1..)
            .zip(owners)
            .map(|(position, owner)| {
                let text = serde_json::to_vec(&SealedOwner::of(owner)).map_err(Error::internal)?;
                let place = owner_place(account.guid, position);
                let location = owner_location(target.scope, &place);
                let sealed = key.seal(&location, &Zeroizing::new(text), self.entropy());
                Ok(OwnerRow { account: account.guid, position, sealed })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(tx.put_account_owners(target.scope, account.no, run, &rows)?)
    }

    /// Whether a verification or identification has found nothing at all: code 1000.
    pub(crate) fn found_nothing(&self, tx: &mut Tx<'_>, case: &Case, job: &Job) -> Result<bool> {
        Ok(match job.state.kind {
            JobKind::Verification => tx.count_numbers_of_job(case.scope, case.member.no, job.guid)? == 0,
            JobKind::Identification => tx.count_owners_of_job(case.scope, case.member.no, job.guid)? == 0,
            _ => false,
        })
    }

    /// Removes what only earlier runs told: a completed one replaces it.
    pub(crate) fn replace_earlier(&self, tx: &mut Tx<'_>, case: &Case, job: &Job) -> Result<()> {
        match job.state.kind {
            JobKind::Verification => tx.drop_numbers_of_other_jobs(case.scope, case.member.no, job.guid)?,
            JobKind::Identification => tx.drop_owners_of_other_jobs(case.scope, case.member.no, job.guid)?,
            _ => {}
        }
        Ok(())
    }
}

fn numbers_location(scope: UserScope, row: &[u8]) -> Location<'_> {
    Location { table: "account_numbers", column: "sealed", row, user: scope.number() }
}

pub(crate) fn open_numbers(key: &UserKey, scope: UserScope, row: &NumbersRow) -> Result<AccountNumbers> {
    if row.digest.is_none() {
        // Written before numbers had a digest: under the account's number, account and routing number alone.
        let text = key.open(&numbers_location(scope, &row.account_no.to_be_bytes()), &row.sealed)?;
        let (account, routing): (String, String) = serde_json::from_slice(&text).map_err(Error::internal)?;
        return Ok(AccountNumbers::of_feed(&SecretText::new(account), &routing, &[]));
    }
    let text = key.open(&numbers_location(scope, row.account.as_bytes()), &row.sealed)?;
    let sealed: SealedNumbers = serde_json::from_slice(&text).map_err(Error::internal)?;
    Ok(AccountNumbers {
        account_number: SecretText::new(sealed.account_number),
        routing_number: sealed.routing_number,
        institution_number: sealed.institution_number,
        transit_number: sealed.transit_number,
        passed_validation: sealed.passed_validation,
    })
}

/// An owner's row: its account and its place among the owners.
fn owner_place(account: AccountGuid, position: i64) -> [u8; 24] {
    let mut place = [0; 24];
    let (guid, at) = place.split_at_mut(16);
    guid.copy_from_slice(account.as_bytes());
    at.copy_from_slice(&position.to_be_bytes());
    place
}

fn owner_location(scope: UserScope, place: &[u8; 24]) -> Location<'_> {
    Location { table: "account_owners", column: "sealed", row: place, user: scope.number() }
}

fn open_owner(key: &UserKey, scope: UserScope, row: &OwnerRow) -> Result<FeedOwner> {
    let place = owner_place(row.account, row.position);
    let text = key.open(&owner_location(scope, &place), &row.sealed)?;
    let sealed: SealedOwner = serde_json::from_slice(&text).map_err(Error::internal)?;
    Ok(FeedOwner {
        owner_name: sealed.owner_name,
        address: sealed.address,
        city: sealed.city,
        state: sealed.state,
        postal_code: sealed.postal_code,
        country: sealed.country,
        email: sealed.email,
        phone: sealed.phone,
    })
}

impl SealedNumbers {
    fn of(numbers: &AccountNumbers) -> Self {
        Self {
            account_number: numbers.account_number.expose().to_owned(),
            routing_number: numbers.routing_number.clone(),
            institution_number: numbers.institution_number.clone(),
            transit_number: numbers.transit_number.clone(),
            passed_validation: numbers.passed_validation,
        }
    }
}

impl SealedOwner {
    fn of(owner: &FeedOwner) -> Self {
        Self {
            owner_name: owner.owner_name.clone(),
            address: owner.address.clone(),
            city: owner.city.clone(),
            state: owner.state.clone(),
            postal_code: owner.postal_code.clone(),
            country: owner.country.clone(),
            email: owner.email.clone(),
            phone: owner.phone.clone(),
        }
    }
}
