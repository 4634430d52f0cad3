//! What events say (`spec: partner, 7.1, 7.2`). Accounts and transactions come from their field tables.
use crate::{
    Error, Result, catalogue::Institution, ingest::account_columns, ingest::transaction_columns,
    micro_deposit::Deposit,
};
use domain::{
    account, category,
    enums::{ConnectionStatus, HoldingType},
    guid::AccountGuid,
    machine::{JobError, needs_updated_credentials, status_message},
    table::EventIds,
    time::Timestamp,
    transaction,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use store::{
    accounts::{AccountRow, HoldingRow},
    jobs::Job,
    members::Member,
    transactions::TransactionRow,
    users::User,
};

/// Whose an object is: what its event tells of the things around it.
pub(crate) struct Owner {
    pub(crate) user: User,
    pub(crate) member: Member,
    pub(crate) institution: Arc<Institution>,
}

fn epoch(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_seconds)
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// A user, exactly the documented keys.
pub(crate) fn user(user: &User) -> Vec<u8> {
    text(&json!({
        "birthday": user.birthday.map(|day| day.to_string()),
        "created_at": user.created_at.as_seconds(),
        "credit_score": user.credit_score,
        "email": user.email,
        "first_name": user.first_name,
        "gender": user.gender,
        "guid": user.guid.to_string(),
        "id": user.external_guid,
        "is_disabled": user.is_disabled,
        "last_name": user.last_name,
        "logged_in_at": epoch(user.logged_in_at),
        "metadata": user.metadata,
        "phone": user.phone,
        "postal_code": user.postal_code,
        "revision": user.revision,
        "updated_at": user.updated_at.as_seconds(),
    }))
}

/// A member: the keys of Nexus, with the partner's ids.
pub(crate) fn member(owner: &Owner) -> Vec<u8> {
    let Owner { user, member, institution } = owner;
    let state = &member.state;
    text(&json!({
        "aggregated_at": epoch(state.aggregated_at),
        "background_aggregation_is_disabled": member.background_is_disabled,
        "connection_status": state.status.map(ConnectionStatus::name),
        "connection_status_id": state.status.map(ConnectionStatus::code),
        "connection_status_message": status_message(state.status, &institution.name),
        "guid": member.guid.to_string(),
        "id": member.external_guid,
        "institution_code": institution.code,
        "institution_guid": institution.guid.to_string(),
        "is_being_aggregated": state.is_being_aggregated,
        "is_managed_by_user": member.is_managed_by_user,
        "is_manual": member.is_manual,
        "is_oauth": state.is_oauth,
        "is_user_created": member.is_user_created,
        "metadata": member.metadata,
        "most_recent_job_guid": member.job.map(|job| job.to_string()),
        "name": member.name.as_deref().unwrap_or(&institution.name),
        "needs_updated_credentials": needs_updated_credentials(state.status),
        "revision": member.revision,
        "successfully_aggregated_at": epoch(state.successfully_aggregated_at),
        "use_cases": member.use_cases.split(',').collect::<Vec<_>>(),
        "user_guid": user.guid.to_string(),
        "user_id": user.external_guid,
    }))
}

/// An account.
pub(crate) fn account(owner: &Owner, row: &AccountRow) -> Result<Vec<u8>> {
    let Owner { user, member, institution } = owner;
    let context = account::Context {
        user_guid: user.guid,
        member_guid: member.guid,
        member_is_managed_by_user: member.is_managed_by_user,
        institution_guid: institution.guid,
        institution_code: &institution.code,
        whole_account_number: None,
    };
    let ids = EventIds { user: &user.external_guid, member: member.external_guid.as_deref(), account: None };
    let mut out = Vec::new();
    account::render_event(&mut out, &account_columns(user.scope, row), &row.data, &context, &ids)
        .map_err(Error::internal)?;
    Ok(out)
}

/// The partner's, or the institution's, own id of an account.
pub(crate) fn account_id(owner: &Owner, row: &AccountRow) -> Result<Option<String>> {
    let record = account::Record::decode(&account_columns(owner.user.scope, row), &row.data);
    Ok(record.map_err(Error::internal)?.text(account::Field::ExternalGuid).map(str::to_owned))
}

/// A transaction.
pub(crate) fn transaction(
    owner: &Owner,
    account: AccountGuid,
    account_id: Option<&str>,
    row: &TransactionRow,
) -> Result<Vec<u8>> {
    let Owner { user, member, .. } = owner;
    let context = transaction::Context {
        user_guid: user.guid,
        member_guid: member.guid,
        account_guid: account,
        member_is_managed_by_user: member.is_managed_by_user,
    };
    let ids = EventIds {
        user: &user.external_guid,
        member: member.external_guid.as_deref(),
        account: Some(account_id),
    };
    let view = row.view();
    let category = category::by_no(view.category_no).or_else(|| category::by_no(category::UNCATEGORIZED));
    let category = category.ok_or_else(|| Error::internal("no taxonomy"))?;
    let columns = transaction_columns(user.scope, &view);
    let mut out = Vec::new();
    transaction::render_event(&mut out, &columns, &row.data, &context, &category.names(), &ids)
        .map_err(Error::internal)?;
    Ok(out)
}

/// Sourced fields of a holding (`spec: nexus-pfm, 13`).
const HOLDING_SOURCED: [&str; 11] = [
    "bond_coupon_rate",
    "bond_maturity_date",
    "cost_basis",
    "currency_code",
    "daily_change",
    "description",
    "isin",
    "market_value",
    "purchase_price",
    "shares",
    "symbol",
];
/// Of these the stored text is a number.
const HOLDING_NUMBERS: [&str; 6] =
    ["bond_coupon_rate", "cost_basis", "daily_change", "market_value", "purchase_price", "shares"];
/// Fields that no feed tells so far.
const HOLDING_UNTOLD: [&str; 14] = [
    "allocations_cash",
    "allocations_convertible",
    "allocations_foreign_bond",
    "allocations_foreign_stock",
    "allocations_other",
    "allocations_preferred",
    "allocations_unknown",
    "allocations_us_bond",
    "allocations_us_stock",
    "cost_basis_updated_at",
    "cusip",
    "feed_cusip",
    "deleted_at",
    "metadata",
];

/// A holding.
pub(crate) fn holding(
    owner: &Owner,
    account: AccountGuid,
    account_id: Option<&str>,
    row: &HoldingRow,
) -> Result<Vec<u8>> {
    let told: Map<String, Value> = serde_json::from_str(&row.document).map_err(Error::internal)?;
    let mut keys = Map::new();
    let mut sourced = |name: &str, value: Value| {
        let set_by = if value.is_null() { Value::Null } else { Value::from("FEED") };
        keys.insert(name.to_owned(), value.clone());
        keys.insert(format!("{name}_set_by"), set_by);
        keys.insert(format!("feed_{name}"), value);
    };
    for name in HOLDING_SOURCED {
        let value = told.get(name).cloned().unwrap_or(Value::Null);
        sourced(name, if HOLDING_NUMBERS.contains(&name) { number(&value) } else { value });
    }
    let kind = told.get("holding_type").and_then(Value::as_i64).and_then(HoldingType::from_code);
    sourced("holding_type", kind.map_or(Value::Null, |kind| kind.name().into()));
    for name in ["equity_classification", "fixed_income_classification"] {
        sourced(name, Value::Null);
    }
    for name in HOLDING_UNTOLD {
        keys.insert(name.to_owned(), Value::Null);
    }
    let Owner { user, member, .. } = owner;
    for (name, value) in [
        ("account_guid", json!(account.to_string())),
        ("account_id", json!(account_id)),
        ("created_at", json!(row.created_at.as_seconds())),
        ("guid", json!(row.guid.to_string())),
        ("id", told.get("feed_id").cloned().unwrap_or(Value::Null)),
        ("member_guid", json!(member.guid.to_string())),
        ("member_id", json!(member.external_guid)),
        ("updated_at", json!(row.updated_at.as_seconds())),
        ("user_guid", json!(user.guid.to_string())),
        ("user_id", json!(user.external_guid)),
    ] {
        keys.insert(name.to_owned(), value);
    }
    Ok(text(&Value::Object(keys)))
}

/// The number a text spells.
fn number(value: &Value) -> Value {
    value.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

/// A job that is complete: with counts, or with the accounts it was about.
pub(crate) fn completed(owner: &Owner, job: &Job, accounts: Option<&[AccountGuid]>) -> Vec<u8> {
    let finished = job.state.finished_at;
    let mut body = json!({
        "action": "member_data_updated",
        "completed_at": epoch(finished),
        "completed_on": finished.map(|at| at.date().to_string()),
        "is_background": job.state.is_background,
        "job_guid": job.guid.to_string(),
        "member_guid": owner.member.guid.to_string(),
        "type": job.state.kind.name(),
        "user_guid": owner.user.guid.to_string(),
        "user_id": owner.user.external_guid,
    });
    if let Some(accounts) = accounts {
        body["accounts"] = accounts.iter().map(AccountGuid::to_string).collect();
    } else {
        body["transactions_created_count"] = job.created_count.into();
        body["transactions_updated_count"] = job.updated_count.into();
    }
    text(&body)
}

/// A member that needs somebody's attention.
pub(crate) fn connection_status(owner: &Owner) -> Vec<u8> {
    let status = owner.member.state.status;
    text(&json!({
        "action": "CHANGED",
        "connection_status": status.map(ConnectionStatus::name),
        "connection_status_id": status.map(ConnectionStatus::code),
        "connection_status_message": status_message(status, &owner.institution.name),
        "member_guid": owner.member.guid.to_string(),
        "type": "CONNECTION_STATUS",
        "user_guid": owner.user.guid.to_string(),
        "user_id": owner.user.external_guid,
    }))
}

/// A job that waits for answers, or ended.
pub(crate) fn job_status(owner: &Owner, job: &Job) -> Vec<u8> {
    let state = &job.state;
    text(&json!({
        "action": "CHANGED",
        "error_message": state.error.map(JobError::message),
        "error_message_code": state.error.map(JobError::code),
        "is_background": state.is_background,
        "job_guid": job.guid.to_string(),
        "job_type": state.kind.name(),
        "member_guid": owner.member.guid.to_string(),
        "status": state.status.code(),
        "status_name": state.status.name(),
        "type": "JOB_STATUS",
        "user_guid": owner.user.guid.to_string(),
        "user_id": owner.user.external_guid,
    }))
}

/// A microdeposit: keeps texts of time and numbers, and has `verified_at` once it is verified.
pub(crate) fn micro_deposit(deposit: &Deposit, user: &User) -> Vec<u8> {
    let (row, details) = (&deposit.row, &deposit.details);
    let mut object = json!({
        "account_number": details.account_number,
        "account_type": row.account_type,
        "created_at": row.created_at.to_z(),
        "guid": row.guid.to_string(),
        "institution_guid": row.institution.map(|institution| institution.to_string()),
        "routing_number": details.routing_number,
        "status": row.status.code(),
        "status_name": row.status.name(),
        "updated_at": row.updated_at.to_z(),
        "user_guid": user.guid.to_string(),
        "user_id": user.external_guid,
    });
    if let Some(at) = row.verified_at {
        object["verified_at"] = at.to_z().into();
    }
    text(&object)
}
