//! Accounts (`spec: nexus-pfm, 2`): reads.
use crate::{
    app::App,
    auth::NexusSession,
    call::{Answer, Call, Params, path_guid},
    error::ApiError,
};
use axum::extract::State;
use domain::guid;
use engine::{AccountFilter, session::Session};
use utoipa_axum::{router::OpenApiRouter, routes};

/// About how long a rendered account is, bytes.
const LENGTH_USUAL: usize = 5120;

/// Values of the query's `use_case` (`spec: conventions, 6`).
pub(super) const USE_CASES: &[&str] = &["PFM", "MONEY_MOVEMENT"];

crate::schemas! {
    /// An account: 170 keys.
    Account = object(domain::account::keys());
    /// `{"account":{...}}`
    AccountAnswer = root("account", Account);
    /// `{"accounts":[...]}`
    AccountsAnswer = list("accounts", Account);
}

/// Every path of this part.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(list_created_by_partner))
        .routes(routes!(list_created_by_user))
        .routes(routes!(list_of_member))
        .routes(routes!(read))
}

/// List accounts
///
/// List the user's accounts, by creation, hidden and closed ones too.
#[utoipa::path(get, path = "/accounts",
    params(
        ("is_manual" = Option<bool>, Query, description = "Only accounts made by hand, or only others"),
        ("member_is_managed_by_user" = Option<bool>, Query, description = "Only of members that the user manages, or only of others"),
        ("use_case" = Option<String>, Query, description = "Only of members with this use case: PFM, MONEY_MOVEMENT"),
        ("page" = Option<i64>, Query, description = "Pages the list, which otherwise comes whole"),
        ("records_per_page" = Option<i64>, Query, description = "10 to 1000; pages the list"),
    ),
    responses((status = 200, description = "The accounts", body = AccountsAnswer)))]
async fn list(State(app): State<App>, session: NexusSession, call: Call) -> Result<Answer, ApiError> {
    let filter = AccountFilter {
        is_manual: call.query.boolean("is_manual")?,
        is_managed_by_user: call.query.boolean("member_is_managed_by_user")?,
        use_case: call.query.one_of("use_case", USE_CASES)?,
        ..AccountFilter::default()
    };
    answer(&app, &session, &filter, &call).await
}

/// List accounts created by the partner
///
/// List accounts of members that the partner made.
#[utoipa::path(get, path = "/accounts/created_by_partner",
    responses((status = 200, description = "The accounts", body = AccountsAnswer)))]
async fn list_created_by_partner(
    State(app): State<App>,
    session: NexusSession,
    call: Call,
) -> Result<Answer, ApiError> {
    let filter = AccountFilter { is_user_created: Some(false), ..AccountFilter::default() };
    answer(&app, &session, &filter, &call).await
}

/// List accounts created by the user
///
/// List accounts of members that were made through Nexus or Connect.
#[utoipa::path(get, path = "/accounts/created_by_user",
    responses((status = 200, description = "The accounts", body = AccountsAnswer)))]
async fn list_created_by_user(
    State(app): State<App>,
    session: NexusSession,
    call: Call,
) -> Result<Answer, ApiError> {
    let filter = AccountFilter { is_user_created: Some(true), ..AccountFilter::default() };
    answer(&app, &session, &filter, &call).await
}

/// List the accounts of a member
///
/// List the accounts of one member.
#[utoipa::path(get, path = "/members/{member_guid}/accounts",
    params(("member_guid" = String, Path, description = "Guid of the member")),
    responses((status = 200, description = "The accounts", body = AccountsAnswer)))]
async fn list_of_member(
    State(app): State<App>,
    session: NexusSession,
    Params(member): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    let member = path_guid::<guid::Member>(&member, "member")?;
    let filter = AccountFilter { member: Some(member), ..AccountFilter::default() };
    answer(&app, &session, &filter, &call).await
}

/// Read an account
///
/// Read one account.
#[utoipa::path(get, path = "/accounts/{account_guid}",
    params(("account_guid" = String, Path, description = "Guid of the account")),
    responses((status = 200, description = "The account", body = AccountAnswer)))]
async fn read(
    State(app): State<App>,
    session: NexusSession,
    Params(account): Params<String>,
    _call: Call,
) -> Result<Answer, ApiError> {
    let view = app.engine().account(&session, &account).await?;
    let mut out = Vec::with_capacity(LENGTH_USUAL);
    out.extend_from_slice(br#"{"account":"#);
    view.render(&mut out, &session)?;
    out.push(b'}');
    Ok(Answer::ok(out))
}

async fn answer(
    app: &App,
    session: &Session,
    filter: &AccountFilter,
    call: &Call,
) -> Result<Answer, ApiError> {
    let views = app.engine().account_views(session, Some(filter)).await?;
    whole_or_page("accounts", &views, LENGTH_USUAL, call, |out, view| Ok(view.render(out, session)?))
}

/// A list that comes whole, or as the page that was asked for; `length` is about that of one item.
pub(super) fn whole_or_page<T>(
    root: &str,
    items: &[T],
    length: usize,
    call: &Call,
    mut render: impl FnMut(&mut Vec<u8>, &T) -> Result<(), ApiError>,
) -> Result<Answer, ApiError> {
    let page = call.page_if_asked();
    let shown = page.map_or(items, |page| page.slice(items));
    let mut out = Vec::with_capacity(shown.len().saturating_mul(length).saturating_add(128));
    out.extend_from_slice(b"{\"");
    out.extend_from_slice(root.as_bytes());
    out.extend_from_slice(b"\":[");
    for (index, item) in shown.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        render(&mut out, item)?;
    }
    out.push(b']');
    if let Some(page) = page {
        out.push(b',');
        page.of_total(items.len() as u64).write(call.dialect(), &mut out);
    }
    out.push(b'}');
    Ok(Answer::ok(out))
}
