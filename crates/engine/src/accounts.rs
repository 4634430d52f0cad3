//! Accounts and transactions as clients read them.
use crate::{
    Engine, Error, Result, catalogue::Institution, ingest::account_columns, ingest::transaction_columns,
    numbers::open_numbers, session::Session,
};
use domain::{
    account, category,
    env::Clock,
    guid::{AccountGuid, MemberGuid, TransactionGuid},
    secret::SecretText,
    time::Date,
    transaction,
    value::Flags,
};
use std::sync::Arc;
use store::{
    StoreError,
    accounts::{AccountPlace, AccountRow},
    scope::UserScope,
    transactions::{AccountSet, TransactionFilter, TransactionView},
};
use vault::UserKey;

/// About how long a rendered transaction is, bytes.
const TRANSACTION_LENGTH_USUAL: usize = 3072;

/// An account with what its body shows of the things around it.
pub struct AccountView {
    /// The row.
    pub row: AccountRow,
    /// Where it belongs.
    pub place: AccountPlace,
    /// Its institution.
    pub institution: Arc<Institution>,
    whole_number: Option<SecretText>,
}

impl AccountView {
    /// Appends the account's JSON.
    pub fn render(&self, out: &mut Vec<u8>, session: &Session) -> Result<()> {
        let context = account::Context {
            user_guid: session.user_guid,
            member_guid: self.place.member,
            member_is_managed_by_user: self.place.is_managed_by_user,
            institution_guid: self.institution.guid,
            institution_code: &self.institution.code,
            whole_account_number: self.whole_number.as_ref(),
        };
        account::render(out, &account_columns(session.scope, &self.row), &self.row.data, &context)
            .map_err(Error::internal)
    }
}

/// Whose accounts or transactions are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// All of the user's.
    User,
    /// Those of one account.
    Account(AccountGuid),
    /// Those of one member.
    Member(MemberGuid),
}

/// The accounts that a call is about and where they belong, by number, deleted ones left out.
#[derive(Debug)]
pub struct Places {
    places: Vec<AccountPlace>,
    /// No other account of the user has rows, deleted ones that wait for their purge included.
    is_all: bool,
}

impl Places {
    fn of_account(&self, no: i64) -> Option<&AccountPlace> {
        let index = self.places.binary_search_by_key(&no, |place| place.no).ok()?;
        self.places.get(index)
    }

    /// The accounts of them that a list takes; `None` where no account can match.
    fn chosen(&self, query: &TransactionQuery) -> Option<AccountSet> {
        let is_wanted = |place: &&AccountPlace| {
            query.accounts.as_ref().is_none_or(|guids| guids.contains(&place.guid))
                && query.use_case.is_none_or(|use_case| has_use_case(place, use_case))
        };
        let chosen: Vec<i64> = self.places.iter().filter(is_wanted).map(|place| place.no).collect();
        match chosen.len() {
            0 => None,
            n if self.is_all && n == self.places.len() => Some(AccountSet::All),
            _ => Some(AccountSet::Some(chosen)),
        }
    }
}

fn has_use_case(place: &AccountPlace, use_case: &str) -> bool {
    place.use_cases.split(',').any(|known| known == use_case)
}

/// Which accounts a list takes; `None` takes any.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Of this member; 4040 where it is none of the user's.
    pub member: Option<MemberGuid>,
    /// Made by hand.
    pub is_manual: Option<bool>,
    /// Of members that the user manages.
    pub is_managed_by_user: Option<bool>,
    /// Of members that were made through Nexus or Connect.
    pub is_user_created: Option<bool>,
    /// Of members with this use case.
    pub use_case: Option<&'static str>,
}

impl AccountFilter {
    fn takes(&self, row: &AccountRow, place: &AccountPlace) -> bool {
        let is_manual = Flags(row.flags).has(account::Flag::IsManual);
        self.is_manual.is_none_or(|wanted| wanted == is_manual)
            && self.is_managed_by_user.is_none_or(|wanted| wanted == place.is_managed_by_user)
            && self.is_user_created.is_none_or(|wanted| wanted == place.is_user_created)
            && self.use_case.is_none_or(|use_case| has_use_case(place, use_case))
    }
}

/// Which transactions a list takes, and which of them are shown.
#[derive(Debug, Clone)]
pub struct TransactionQuery {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Only of these accounts; unknown guids match nothing.
    pub accounts: Option<Vec<AccountGuid>>,
    /// Only of members with this use case.
    pub use_case: Option<&'static str>,
    /// Rows to skip.
    pub offset: u64,
    /// Rows to take.
    pub limit: u32,
}

impl Engine {
    /// The accounts that a call is about; 4040 where the account or member is none of the user's.
    pub async fn places(&self, session: &Session, of: Of) -> Result<Places> {
        let mut places = self.db().account_places(session.scope).await?;
        let known = places.len();
        places.retain(|place| {
            !place.is_deleted
                && match of {
                    Of::User => true,
                    Of::Account(guid) => place.guid == guid,
                    Of::Member(guid) => place.member == guid,
                }
        });
        if places.is_empty() {
            match of {
                Of::User => {}
                Of::Account(_) => return Err(Error::NotFound("account")),
                // A member without accounts is one all the same.
                Of::Member(guid) => {
                    self.db().member(session.scope, guid).await?.ok_or(Error::NotFound("member"))?;
                }
            }
        }
        let is_all = places.len() == known;
        Ok(Places { places, is_all })
    }

    /// The user's accounts, by creation; all of them, or those that a filter takes.
    pub async fn account_views(
        &self,
        session: &Session,
        filter: Option<&AccountFilter>,
    ) -> Result<Vec<AccountView>> {
        let member = filter.and_then(|filter| filter.member);
        let places = self.places(session, member.map_or(Of::User, Of::Member)).await?;
        let rows = match (member, places.places.first()) {
            (None, _) => self.db().accounts(session.scope).await?,
            (Some(_), Some(place)) => self.db().accounts_of_member(session.scope, place.member_no).await?,
            (Some(_), None) => Vec::new(),
        };
        let key = self.key_of_numbers(session).await?;
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(place) = places.of_account(row.no) else { continue };
            if filter.is_none_or(|filter| filter.takes(&row, place)) {
                views.push(self.account_view(session, row, place.clone(), key.as_ref()).await?);
            }
        }
        Ok(views)
    }

    /// One of the user's accounts.
    pub async fn account(&self, session: &Session, guid: &str) -> Result<AccountView> {
        let not_found = || Error::NotFound("account");
        let guid = guid.parse::<AccountGuid>().map_err(|_| not_found())?;
        let row = self.db().account(session.scope, guid).await?.ok_or_else(not_found)?;
        let place = self.places(session, Of::Account(guid)).await?.places.pop().ok_or_else(not_found)?;
        let key = self.key_of_numbers(session).await?;
        self.account_view(session, row, place, key.as_ref()).await
    }

    async fn account_view(
        &self,
        session: &Session,
        row: AccountRow,
        place: AccountPlace,
        key: Option<&UserKey>,
    ) -> Result<AccountView> {
        self.know_institutions([place.institution]).await?;
        let institution = self.institution(place.institution)?;
        let whole_number = match key {
            Some(key) => self.whole_account_number(session.scope, row.no, key).await?,
            None => None,
        };
        Ok(AccountView { row, place, institution, whole_number })
    }

    /// What opens the user's account numbers, for clients that show them.
    async fn key_of_numbers(&self, session: &Session) -> Result<Option<UserKey>> {
        if !session.client.shows_account_numbers {
            return Ok(None);
        }
        self.key_of_user(session.scope).await.map(Some)
    }

    async fn whole_account_number(
        &self,
        scope: UserScope,
        account_no: i64,
        key: &UserKey,
    ) -> Result<Option<SecretText>> {
        let Some(row) = self.db().account_numbers(scope, account_no).await? else { return Ok(None) };
        Ok(Some(open_numbers(key, scope, &row)?.account_number))
    }

    /// Renders a page of transactions into `out`, separated by commas; says how many there are in all.
    pub async fn render_transactions(
        &self,
        out: &mut Vec<u8>,
        session: &Session,
        places: &Places,
        query: &TransactionQuery,
    ) -> Result<u64> {
        let scope = session.scope;
        let Some(accounts) = places.chosen(query) else { return Ok(0) };
        let filter = TransactionFilter { accounts, from: query.from, to: query.to };
        let count = self.db().count_transactions(scope, &filter).await?;
        let total = count.total().unsigned_abs();
        let rows = total.saturating_sub(query.offset).min(query.limit.into());
        if rows == 0 {
            return Ok(total);
        }
        out.reserve(usize::try_from(rows).unwrap_or(0).saturating_mul(TRANSACTION_LENGTH_USUAL));
        let mut is_first = true;
        let each = |view: TransactionView<'_>| {
            // An account that was made since the list was begun is not of this list.
            let Some(place) = places.of_account(view.account_no) else { return Ok(()) };
            if !std::mem::replace(&mut is_first, false) {
                out.push(b',');
            }
            render(out, session, &view, place)
        };
        let offset = i64::try_from(query.offset).unwrap_or(i64::MAX);
        self.db().transactions_page(scope, &filter, &count, offset, query.limit.into(), each).await?;
        Ok(total)
    }

    /// Renders one of the user's transactions.
    pub async fn render_transaction(&self, out: &mut Vec<u8>, session: &Session, guid: &str) -> Result<()> {
        let not_found = || Error::NotFound("transaction");
        let guid = guid.parse::<TransactionGuid>().map_err(|_| not_found())?;
        let row = self.db().transaction(session.scope, guid).await?.ok_or_else(not_found)?;
        let places = self.places(session, Of::User).await?;
        let place = places.of_account(row.account_no).ok_or_else(not_found)?;
        out.reserve(TRANSACTION_LENGTH_USUAL);
        Ok(render(out, session, &row.view(), place)?)
    }

    /// Today, in UTC.
    pub fn today(&self) -> Date {
        self.clock().now().date()
    }
}

fn render(
    out: &mut Vec<u8>,
    session: &Session,
    view: &TransactionView<'_>,
    place: &AccountPlace,
) -> store::Result<()> {
    let context = transaction::Context {
        user_guid: session.user_guid,
        member_guid: place.member,
        account_guid: place.guid,
        member_is_managed_by_user: place.is_managed_by_user,
    };
    let category = category::by_no(view.category_no).or_else(|| category::by_no(category::UNCATEGORIZED));
    let category = category.ok_or_else(|| StoreError::Database("no taxonomy".to_owned()))?;
    transaction::render(
        out,
        &transaction_columns(session.scope, view),
        view.data,
        &context,
        &category.names(),
    )
    .map_err(|e| StoreError::Database(e.to_string()))
}

#[cfg(test)]
mod tests;
