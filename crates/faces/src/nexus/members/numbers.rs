//! Whole account numbers and account owners (`spec: nexus-core, 7`).
use crate::{
    app::App,
    auth::NexusSession,
    call::{Answer, Call, Params},
    error::ApiError,
    object::{Object, array, rooted},
    openapi::{Entry, boolean, text},
};
use axum::extract::State;
use domain::{guid::UserGuid, text::split_name};
use engine::numbers::{NumbersView, OwnerView};

/// Bytes of an item, about.
const BYTES: usize = 400;

const NUMBERS: &[Entry] = &[
    text("account_guid", "`ACT-`."),
    text("account_number", "The whole number, leading zeros kept."),
    text("guid", "`ACN-`."),
    text("institution_number", "Three digits; Canada.").or_null(),
    text("member_guid", "`MBR-`."),
    boolean("passed_validation", "Lengths and check digits are right; null where no rule is known.")
        .or_null(),
    text("routing_number", "Of the bank; in Canada the transit number."),
    text("transit_number", "Five digits; Canada.").or_null(),
    text("user_guid", "`USR-`."),
];

const OWNER: &[Entry] = &[
    text("account_guid", "`ACT-`."),
    text("address", "Street and number.").or_null(),
    text("city", "City.").or_null(),
    text("country", "Country.").or_null(),
    text("email", "Address.").or_null(),
    text("first_name", "Null unless the client has name splitting on.").or_null(),
    text("last_name", "Null unless the client has name splitting on.").or_null(),
    text("member_guid", "`MBR-`."),
    text("owner_name", "The whole name.").or_null(),
    text("phone", "Phone.").or_null(),
    text("postal_code", "Postal code.").or_null(),
    text("state", "State or province.").or_null(),
    text("user_guid", "`USR-`."),
];

crate::schemas! {
    /// Account and routing number of an account.
    AccountNumber = entries(NUMBERS);
    /// `{"account_numbers":[...]}`
    AccountNumbersAnswer = list("account_numbers", AccountNumber);
    /// An owner of an account.
    AccountOwner = entries(OWNER);
    /// `{"account_owners":[...]}`
    AccountOwnersAnswer = list("account_owners", AccountOwner);
}

/// List the account numbers of a member
///
/// Of the accounts that have both account and routing number. Never paged; none before the first verification.
#[utoipa::path(
    get,
    path = "/members/{member_guid}/account_numbers",
    responses((status = 200, description = "The numbers.", body = AccountNumbersAnswer))
)]
pub async fn of_member(
    State(app): State<App>,
    session: NexusSession,
    Params(guid): Params<String>,
    _call: Call,
) -> Result<Answer, ApiError> {
    let views = app.engine().numbers_of_member(session.scope, &guid).await?;
    Ok(Answer::ok(numbers(&views, session.user_guid)))
}

/// Read the numbers of an account
///
/// A list of one item, or of none. Never paged.
#[utoipa::path(
    get,
    path = "/accounts/{account_guid}/account_number",
    responses((status = 200, description = "The numbers.", body = AccountNumbersAnswer))
)]
pub async fn of_account(
    State(app): State<App>,
    session: NexusSession,
    Params(guid): Params<String>,
    _call: Call,
) -> Result<Answer, ApiError> {
    let views = app.engine().numbers_of_account(session.scope, &guid).await?;
    Ok(Answer::ok(numbers(&views, session.user_guid)))
}

/// List the account owners of a member
///
/// One item for each account and owner. Never paged; none before the first identification.
#[utoipa::path(
    get,
    path = "/members/{member_guid}/account_owners",
    responses((status = 200, description = "The owners.", body = AccountOwnersAnswer))
)]
pub async fn owners(
    State(app): State<App>,
    session: NexusSession,
    Params(guid): Params<String>,
    _call: Call,
) -> Result<Answer, ApiError> {
    let views = app.engine().owners_of_member(session.scope, &guid).await?;
    let splits = session.client.splits_owner_names;
    Ok(Answer::ok(rooted("account_owners", BYTES * views.len() + 24, |out| {
        array(out, &views, |out, view| owner(out, view, session.user_guid, splits));
    })))
}

fn numbers(views: &[NumbersView], user: UserGuid) -> Vec<u8> {
    rooted("account_numbers", BYTES * views.len() + 24, |out| {
        array(out, views, |out, view| {
            let numbers = &view.numbers;
            let mut object = Object::open(out);
            object.guid("account_guid", view.account);
            object.text("account_number", numbers.account_number.expose());
            object.guid("guid", view.guid);
            object.opt_text("institution_number", numbers.institution_number.as_deref());
            object.guid("member_guid", view.member);
            match numbers.passed_validation {
                Some(passed) => object.flag("passed_validation", passed),
                None => object.null("passed_validation"),
            }
            object.text("routing_number", &numbers.routing_number);
            object.opt_text("transit_number", numbers.transit_number.as_deref());
            object.guid("user_guid", user);
            object.close();
        });
    })
}

fn owner(out: &mut Vec<u8>, view: &OwnerView, user: UserGuid, splits: bool) {
    let owner = &view.owner;
    let name = owner.owner_name.as_deref().filter(|_| splits);
    let (first, last) = name.map(split_name).unwrap_or_default();
    let mut object = Object::open(out);
    object.guid("account_guid", view.account);
    object.opt_text("address", owner.address.as_deref());
    object.opt_text("city", owner.city.as_deref());
    object.opt_text("country", owner.country.as_deref());
    object.opt_text("email", owner.email.as_deref());
    object.opt_text("first_name", first.as_deref());
    object.opt_text("last_name", last.as_deref());
    object.guid("member_guid", view.member);
    object.opt_text("owner_name", owner.owner_name.as_deref());
    object.opt_text("phone", owner.phone.as_deref());
    object.opt_text("postal_code", owner.postal_code.as_deref());
    object.opt_text("state", owner.state.as_deref());
    object.guid("user_guid", user);
    object.close();
}
