//! Between the rows of the store and the records of the domain: every column by name.
use domain::{
    account,
    decimal::Money,
    enums::{AccountType, TransactionStatus, TransactionType},
    transaction,
    value::Flags,
};
use store::{
    accounts::AccountRow,
    scope::UserScope,
    transactions::{TransactionRow, TransactionView},
};

/// The columns of an account's record.
pub(crate) fn account_columns(scope: UserScope, row: &AccountRow) -> account::Columns {
    account::Columns {
        user_id: scope.number(),
        account_no: row.no,
        guid: row.guid,
        member_no: row.member_no,
        account_type: AccountType::from_code(row.account_type).unwrap_or(AccountType::Unknown),
        flags: Flags(row.flags),
        balance: row.balance.map(Money::from_units),
        created_at: row.created_at,
        updated_at: row.updated_at,
        imported_at: row.imported_at,
        revision: row.revision,
        feed_key: row.feed_key,
        name_key: row.name_key,
    }
}

/// The row of an account's record.
pub(super) fn account_row(
    record: &account::Record,
    number_hash: Option<Vec<u8>>,
    feed_digest: i64,
) -> AccountRow {
    let (columns, data) = record.encode();
    AccountRow {
        no: columns.account_no,
        guid: columns.guid,
        member_no: columns.member_no,
        account_type: i64::from(columns.account_type.code()),
        flags: columns.flags.0,
        balance: columns.balance.map(Money::units),
        feed_key: columns.feed_key,
        name_key: columns.name_key,
        number_hash,
        feed_digest,
        revision: columns.revision,
        created_at: columns.created_at,
        updated_at: columns.updated_at,
        imported_at: columns.imported_at,
        data,
    }
}

/// The columns of a transaction's record, as far as rendering and reading need them.
pub(crate) fn transaction_columns(scope: UserScope, view: &TransactionView<'_>) -> transaction::Columns {
    transaction::Columns {
        user_id: scope.number(),
        guid: view.guid,
        account_no: view.account_no,
        date: view.date,
        created_at: view.created_at,
        updated_at: view.updated_at,
        amount: Money::from_units(view.amount),
        transaction_type: TransactionType::from_code(view.transaction_type).unwrap_or(TransactionType::Debit),
        status: TransactionStatus::from_code(view.status).unwrap_or(TransactionStatus::Posted),
        category_no: view.category_no,
        flags: Flags(view.flags),
        merchant: view.merchant,
        parent: view.parent,
        feed_key: 0,
        feed_digest: 0,
        description_key: 0,
    }
}

/// The row of a transaction's record.
pub(super) fn transaction_row(record: &transaction::Record, fingerprint: i64) -> TransactionRow {
    let (columns, data) = record.encode();
    TransactionRow {
        guid: columns.guid,
        account_no: columns.account_no,
        date: columns.date,
        created_at: columns.created_at,
        updated_at: columns.updated_at,
        amount: columns.amount.units(),
        transaction_type: i64::from(columns.transaction_type.code()),
        status: i64::from(columns.status.code()),
        category_no: columns.category_no,
        flags: columns.flags.0,
        merchant: columns.merchant,
        parent: columns.parent,
        feed_key: Some(columns.feed_key),
        fingerprint: Some(fingerprint),
        feed_digest: columns.feed_digest,
        description_key: columns.description_key,
        data,
    }
}
