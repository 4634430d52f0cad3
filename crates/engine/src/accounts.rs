//! Accounts and transactions as clients read them.
use crate::{
    Engine, Error, Result, catalogue::Institution, ingest::account_columns, ingest::transaction_columns,
    session::Session,
};
use domain::{
    account, category,
    env::Clock,
    guid::{AccountGuid, Guid, TransactionGuid},
    secret::SecretText,
    time::Date,
    transaction,
};
use std::sync::Arc;
use store::{
    StoreError,
    accounts::{AccountPlace, AccountRow},
    scope::UserScope,
    transactions::{AccountSet, TransactionFilter, TransactionView},
};
use vault::Location;

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

/// Which transactions a list takes.
#[derive(Debug, Clone)]
pub struct TransactionQuery {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Only of these accounts; unknown guids match nothing.
    pub accounts: Option<Vec<String>>,
    /// Only of members with this use case.
    pub use_case: Option<String>,
    /// Only of this member.
    pub member: Option<i64>,
    /// Rows to skip.
    pub offset: i64,
    /// Rows to take.
    pub limit: i64,
}

/// A rendered page.
pub struct TransactionPage {
    /// How many there are in all.
    pub total: i64,
}

impl Engine {
    /// Accounts of the user, by creation; `member`: only that member's.
    pub async fn account_views(&self, session: &Session, member: Option<i64>) -> Result<Vec<AccountView>> {
        let places = self.db().account_places(session.scope).await?;
        let rows = match member {
            Some(no) => self.db().accounts_of_member(session.scope, no).await?,
            None => self.db().accounts(session.scope).await?,
        };
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(view) = self.account_view(session, row, &places).await? {
                views.push(view);
            }
        }
        Ok(views)
    }

    /// One of the user's accounts.
    pub async fn account(&self, session: &Session, guid: &str) -> Result<AccountView> {
        let guid = guid.parse::<AccountGuid>().map_err(|_| Error::NotFound("account"))?;
        let row = self.db().account(session.scope, guid).await?.ok_or(Error::NotFound("account"))?;
        let places = self.db().account_places(session.scope).await?;
        self.account_view(session, row, &places).await?.ok_or(Error::NotFound("account"))
    }

    async fn account_view(
        &self,
        session: &Session,
        row: AccountRow,
        places: &[AccountPlace],
    ) -> Result<Option<AccountView>> {
        let Some(place) = places.iter().find(|place| place.no == row.no).cloned() else { return Ok(None) };
        let institution = self.institution(place.institution)?;
        let whole_number = if session.client.shows_account_numbers {
            self.whole_account_number(session.scope, row.no).await?
        } else {
            None
        };
        Ok(Some(AccountView { row, place, institution, whole_number }))
    }

    async fn whole_account_number(&self, scope: UserScope, account_no: i64) -> Result<Option<SecretText>> {
        let Some(sealed) = self.db().account_numbers(scope, account_no).await? else { return Ok(None) };
        let Some(user) = self.db().user(scope).await? else { return Ok(None) };
        let key = self.inner.keys.unwrap_user_key(&user.data_key, scope.number())?;
        let no = account_no.to_be_bytes();
        let location =
            Location { table: "account_numbers", column: "sealed", row: &no, user: scope.number() };
        let text = key.open(&location, &sealed)?;
        let (number, _): (String, String) = serde_json::from_slice(&text).map_err(Error::internal)?;
        Ok(Some(SecretText::new(number)))
    }

    /// Renders a page of transactions into `out`, separated by commas; says how many there are in all.
    pub async fn render_transactions(
        &self,
        out: &mut Vec<u8>,
        session: &Session,
        query: &TransactionQuery,
    ) -> Result<TransactionPage> {
        let scope = session.scope;
        let places = self.db().account_places(scope).await?;
        let Some(accounts) = account_set(&places, query) else { return Ok(TransactionPage { total: 0 }) };
        let filter = TransactionFilter { accounts, from: query.from, to: query.to };
        let count = self.db().count_transactions(scope, &filter).await?;
        let mut is_first = true;
        let each = |view: TransactionView<'_>| {
            if !std::mem::replace(&mut is_first, false) {
                out.push(b',');
            }
            let place = places.iter().find(|place| place.no == view.account_no);
            let place =
                place.ok_or_else(|| StoreError::Database("a transaction without account".to_owned()))?;
            render(out, session, &view, place)
        };
        self.db().transactions_page(scope, &filter, &count, query.offset, query.limit, each).await?;
        Ok(TransactionPage { total: count.total() })
    }

    /// Renders one of the user's transactions.
    pub async fn render_transaction(&self, out: &mut Vec<u8>, session: &Session, guid: &str) -> Result<()> {
        let not_found = Error::NotFound("transaction");
        let Ok(guid) = guid.parse::<TransactionGuid>() else { return Err(not_found) };
        let Some(row) = self.db().transaction(session.scope, guid).await? else { return Err(not_found) };
        let places = self.db().account_places(session.scope).await?;
        let place = places.iter().find(|place| place.no == row.account_no && !place.is_deleted);
        let Some(place) = place else { return Err(not_found) };
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

/// The accounts a query means; `None` where no account can match.
fn account_set(places: &[AccountPlace], query: &TransactionQuery) -> Option<AccountSet> {
    let wanted: Option<Vec<AccountGuid>> =
        query.accounts.as_ref().map(|guids| guids.iter().filter_map(|g| g.parse().ok()).collect());
    let is_wanted = |place: &&AccountPlace| {
        !place.is_deleted
            && query.member.is_none_or(|no| place.member_no == no)
            && wanted.as_ref().is_none_or(|guids: &Vec<Guid<_>>| guids.contains(&place.guid))
            && query.use_case.as_ref().is_none_or(|u| place.use_cases.split(',').any(|known| known == u))
    };
    let chosen: Vec<i64> = places.iter().filter(is_wanted).map(|place| place.no).collect();
    match chosen.len() {
        0 => None,
        n if n == places.len() => Some(AccountSet::All),
        _ => Some(AccountSet::Some(chosen)),
    }
}
