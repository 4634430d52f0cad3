//! Transactions (`spec: nexus-pfm, 3`): reads.
use super::accounts::USE_CASES;
use crate::{
    app::App,
    auth::NexusSession,
    call::{Answer, Call, Params, path_guid},
    error::ApiError,
};
use axum::extract::State;
use domain::guid::{self, AccountGuid};
use engine::{Of, TransactionQuery, session::Session};
use utoipa_axum::{router::OpenApiRouter, routes};

crate::schemas! {
    /// A transaction: 97 keys.
    Transaction = object(domain::transaction::keys());
    /// `{"transaction":{...}}`
    TransactionAnswer = root("transaction", Transaction);
    /// `{"transactions":[...],"pagination":{...}}`
    TransactionsAnswer = page("transactions", Transaction);
}

/// Every path of this part.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(list_of_account))
        .routes(routes!(list_of_member))
        .routes(routes!(read))
}

/// List transactions
///
/// List the user's transactions, newest first, hidden ones, split parents and their children too.
#[utoipa::path(get, path = "/transactions",
    params(
        ("from_date" = Option<String>, Query, description = "First date; 120 days ago where absent"),
        ("to_date" = Option<String>, Query, description = "Last date; 5 days ahead where absent"),
        ("account_guids[]" = Option<Vec<String>>, Query, description = "Only of these accounts"),
        ("use_case" = Option<String>, Query, description = "Only of members with this use case: PFM, MONEY_MOVEMENT"),
        ("page" = Option<i64>, Query, description = "Number of the page, from 1"),
        ("records_per_page" = Option<i64>, Query, description = "10 to 1000; 25 where absent"),
    ),
    responses((status = 200, description = "A page of transactions", body = TransactionsAnswer)))]
async fn list(State(app): State<App>, session: NexusSession, call: Call) -> Result<Answer, ApiError> {
    answer(&app, &session, Of::User, &call).await
}

/// List the transactions of an account
///
/// List the transactions of one account, newest first.
#[utoipa::path(get, path = "/accounts/{account_guid}/transactions",
    params(
        ("account_guid" = String, Path, description = "Guid of the account"),
        ("from_date" = Option<String>, Query, description = "First date; 120 days ago where absent"),
        ("to_date" = Option<String>, Query, description = "Last date; 5 days ahead where absent"),
        ("page" = Option<i64>, Query, description = "Number of the page, from 1"),
        ("records_per_page" = Option<i64>, Query, description = "10 to 1000; 25 where absent"),
    ),
    responses((status = 200, description = "A page of transactions", body = TransactionsAnswer)))]
async fn list_of_account(
    State(app): State<App>,
    session: NexusSession,
    Params(account): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    let account = path_guid::<guid::Account>(&account, "account")?;
    answer(&app, &session, Of::Account(account), &call).await
}

/// List the transactions of a member
///
/// List the transactions of one member, newest first.
#[utoipa::path(get, path = "/members/{member_guid}/transactions",
    params(
        ("member_guid" = String, Path, description = "Guid of the member"),
        ("from_date" = Option<String>, Query, description = "First date; 120 days ago where absent"),
        ("to_date" = Option<String>, Query, description = "Last date; 5 days ahead where absent"),
        ("page" = Option<i64>, Query, description = "Number of the page, from 1"),
        ("records_per_page" = Option<i64>, Query, description = "10 to 1000; 25 where absent"),
    ),
    responses((status = 200, description = "A page of transactions", body = TransactionsAnswer)))]
async fn list_of_member(
    State(app): State<App>,
    session: NexusSession,
    Params(member): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    let member = path_guid::<guid::Member>(&member, "member")?;
    answer(&app, &session, Of::Member(member), &call).await
}

/// Read a transaction
///
/// Read one transaction.
#[utoipa::path(get, path = "/transactions/{transaction_guid}",
    params(("transaction_guid" = String, Path, description = "Guid of the transaction")),
    responses((status = 200, description = "The transaction", body = TransactionAnswer)))]
async fn read(
    State(app): State<App>,
    session: NexusSession,
    Params(transaction): Params<String>,
    _call: Call,
) -> Result<Answer, ApiError> {
    let mut out = br#"{"transaction":"#.to_vec();
    app.engine().render_transaction(&mut out, &session, &transaction).await?;
    out.push(b'}');
    Ok(Answer::ok(out))
}

/// The hottest path of all: rows go from the store straight into the answer.
async fn answer(app: &App, session: &Session, of: Of, call: &Call) -> Result<Answer, ApiError> {
    app.engine().db().together(rendered(app, session, of, call)).await?
}

async fn rendered(app: &App, session: &Session, of: Of, call: &Call) -> Result<Answer, ApiError> {
    let places = app.engine().places(session, of).await?;
    let query = query_of(app, of, call)?;
    let mut out = br#"{"transactions":["#.to_vec();
    let total = app.engine().render_transactions(&mut out, session, &places, &query).await?;
    out.extend_from_slice(b"],");
    call.page().of_total(total).write(call.dialect(), &mut out);
    out.push(b'}');
    Ok(Answer::ok(out))
}

/// The filters; those beside the dates are only for the list of all transactions.
fn query_of(app: &App, of: Of, call: &Call) -> Result<TransactionQuery, ApiError> {
    let days = call.query.dates(app.engine().today())?;
    let (accounts, use_case) = match of {
        Of::User => (call.query.array("account_guid"), call.query.one_of("use_case", USE_CASES)?),
        Of::Account(_) | Of::Member(_) => (Vec::new(), None),
    };
    let page = call.page();
    Ok(TransactionQuery {
        from: *days.start(),
        to: *days.end(),
        accounts: guids(&accounts),
        use_case,
        offset: page.offset(),
        limit: page.per_page,
    })
}

/// Accounts of a filter. What is no guid matches nothing, as an unknown one does; no value is no filter.
fn guids(texts: &[&str]) -> Option<Vec<AccountGuid>> {
    (!texts.is_empty()).then(|| texts.iter().filter_map(|text| text.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_of_unknown_guids_is_a_filter() {
        let guid = "ACT-15f3a4de-cb45-d892-4480-6d05576011a8";
        assert_eq!(guids(&[]), None);
        assert_eq!(guids(&["ACT-x", "MBR-7c6f361b-e582-15b6-60c0-358f12466b4b"]), Some(Vec::new()));
        assert_eq!(guids(&["x", guid]), Some(vec![guid.parse().unwrap()]));
    }
}
