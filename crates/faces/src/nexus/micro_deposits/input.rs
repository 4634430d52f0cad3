//! What is sent for microdeposits.
use crate::{body::Document, error::ApiError, fields::Fields, json::Json, live::is_email};
use domain::{
    decimal::Money,
    enums::AccountType,
    numbers::{is_account_number, is_routing_number},
    secret::SecretText,
};
use engine::micro_deposit::{DepositAccount, NewDeposit};

/// Fields of a create.
pub(super) const CREATE: &[&str] = &[
    "first_name",
    "last_name",
    "email",
    "account_number",
    "routing_number",
    "account_type",
    "account_name",
    SKIP_WEBHOOK,
];

/// Fields of a completion.
pub(super) const COMPLETE: &[&str] =
    &["account_number", "routing_number", "account_type", "account_name", SKIP_WEBHOOK];

/// True: no webhook for this write (`spec: conventions, 7`).
const SKIP_WEBHOOK: &str = "skip_webhook";

/// What makes an account.
const ACCOUNT: &[&str] = &["account_number", "routing_number", "account_type"];

const AMOUNTS: [&str; 2] = ["deposit_amount_1", "deposit_amount_2"];
/// Fields of a verification.
const VERIFY: &[&str] = &["deposit_amount_1", "deposit_amount_2", SKIP_WEBHOOK];

/// Characters of a name or address at most.
const CHARS_MAX: usize = 255;
/// The smallest and the largest amount, hundredths.
const CENTS: std::ops::RangeInclusive<i64> = 1..=99;

/// A microdeposit to make: the account's three fields are all there or none.
pub(super) fn create(fields: &Fields) -> Result<NewDeposit, ApiError> {
    fields.require(&["first_name", "last_name", "email"])?;
    let has_account = ACCOUNT.iter().any(|name| fields.raw(name).is_some_and(|json| *json != Json::Null));
    if has_account {
        fields.require(ACCOUNT)?;
    }
    let email = fields.text("email", CHARS_MAX)?.required()?;
    if !is_email(&email) {
        fields.broken("email", "must be an email address");
    }
    Ok(NewDeposit {
        first_name: fields.text("first_name", CHARS_MAX)?.required()?,
        last_name: fields.text("last_name", CHARS_MAX)?.required()?,
        email,
        account_name: fields.text("account_name", CHARS_MAX)?.optional(),
        account: if has_account { Some(account(fields)?) } else { None },
    })
}

/// The account of a microdeposit that has none yet, and its name if one is sent.
pub(super) fn complete(fields: &Fields) -> Result<(DepositAccount, Option<String>), ApiError> {
    fields.require(ACCOUNT)?;
    Ok((account(fields)?, fields.text("account_name", CHARS_MAX)?.optional()))
}

/// Whether the write is to tell no webhook.
pub(super) fn is_quiet(fields: &Fields) -> Result<bool, ApiError> {
    Ok(fields.boolean(SKIP_WEBHOOK)?.optional().unwrap_or(false))
}

fn account(fields: &Fields) -> Result<DepositAccount, ApiError> {
    let number = fields.secret("account_number", CHARS_MAX)?.required()?;
    let number = SecretText::new(number.expose().trim());
    if !is_account_number(number.expose()) {
        fields.broken("account_number", "must be 4 to 17 digits");
    }
    let routing_number = fields.text("routing_number", CHARS_MAX)?.required()?;
    if !is_routing_number(&routing_number) {
        fields.broken("routing_number", "must be 9 digits");
    }
    Ok(DepositAccount { account_number: number, routing_number, account_type: account_type(fields)? })
}

/// By code, code as a string, or name; what is none of them is a broken rule.
fn account_type(fields: &Fields) -> Result<AccountType, ApiError> {
    let name = "account_type";
    let known = match fields.raw(name) {
        Some(Json::Text(text)) => AccountType::from_name(text.trim())
            .or_else(|| text.trim().parse().ok().and_then(AccountType::from_code)),
        _ => fields.integer(name)?.optional().and_then(AccountType::from_code),
    };
    let Some(known @ (AccountType::Checking | AccountType::Savings)) = known else {
        fields.broken(name, "must be 1 (CHECKING) or 2 (SAVINGS)");
        return Ok(AccountType::Unknown);
    };
    Ok(known)
}

/// Whether a body is about amounts, be it under the root.
pub(super) fn has_amounts(body: &Document) -> Result<bool, ApiError> {
    let found = body
        .read_if_any("micro_deposit", &AMOUNTS, |fields| Ok(AMOUNTS.iter().any(|name| fields.has(name))))?;
    Ok(found == Some(true))
}

/// Both amounts: 4002 for one that is missing or not from 0.01 to 0.99; and whether the write is to be quiet.
pub(super) fn amounts(body: &Document) -> Result<([Money; 2], bool), ApiError> {
    let read = |fields: &Fields| {
        fields.require(&AMOUNTS)?;
        Ok(([amount(fields, "deposit_amount_1")?, amount(fields, "deposit_amount_2")?], is_quiet(fields)?))
    };
    match body.read_if_any("micro_deposit", VERIFY, read)? {
        Some(amounts) => Ok(amounts),
        None => body.read_whole(read),
    }
}

fn amount(fields: &Fields, name: &str) -> Result<Money, ApiError> {
    let text = match fields.raw(name) {
        Some(Json::Number(text)) => text.as_ref(),
        Some(Json::Text(text)) => text.trim(),
        _ => return Err(ApiError::invalid(name, "must be a number")),
    };
    let amount = Money::parse(text).ok().filter(|amount| CENTS.contains(&amount.units()));
    amount.ok_or_else(|| ApiError::invalid(name, "must be between 0.01 and 0.99"))
}

#[cfg(test)]
mod tests;
