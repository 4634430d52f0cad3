//! From the stored row of a transaction to its JSON: the hot path of every list.
use super::{Columns, FIELD_COUNT, FIELDS, FLAG_FIELDS, Field, recurring};
use crate::{
    blob::Corrupt,
    category::CategoryNames,
    guid::{AccountGuid, MemberGuid, UserGuid},
    table::{Cells, EventIds, KeyDoc, Table},
    time::Timestamp,
    value::{Cell, Stored},
};
use std::sync::LazyLock;

pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::new(FIELDS, Field::ALL.iter().map(|field| field.tag())));

static EVENT_TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::of_events(FIELDS, Field::ALL.iter().map(|field| field.tag())));

/// The cells of a transaction.
pub(super) type Row<'a> = Cells<'a, FIELD_COUNT>;

/// About how long a rendered transaction is.
const USUAL_LENGTH: usize = 3072;

/// What a transaction's answer shows of the things above it; one for each account in a page.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The user.
    pub user_guid: UserGuid,
    /// The member.
    pub member_guid: MemberGuid,
    /// The account.
    pub account_guid: AccountGuid,
    /// Whether the user, not the partner, manages the member.
    pub member_is_managed_by_user: bool,
}

/// Appends the 97 keys of a transaction. On an error nothing is appended.
pub fn render(
    out: &mut Vec<u8>,
    columns: &Columns,
    data: &[u8],
    context: &Context,
    category: &CategoryNames<'_>,
) -> Result<(), Corrupt> {
    render_with(&TABLE, out, columns, data, context, category)
}

/// Appends a transaction as webhooks tell it (`spec: partner, 7.1`). On an error nothing is appended.
pub fn render_event(
    out: &mut Vec<u8>,
    columns: &Columns,
    data: &[u8],
    context: &Context,
    category: &CategoryNames<'_>,
    ids: &EventIds<'_>,
) -> Result<(), Corrupt> {
    render_with(&EVENT_TABLE, out, columns, data, context, category)?;
    ids.append(out);
    Ok(())
}

fn render_with(
    table: &Table,
    out: &mut Vec<u8>,
    columns: &Columns,
    data: &[u8],
    context: &Context,
    category: &CategoryNames<'_>,
) -> Result<(), Corrupt> {
    let mut cells = Row::default();
    read(columns, data, &mut cells)?;
    derive(&mut cells);
    let mut set = |field: Field, cell| cells.value[field.row()] = cell;
    set(Field::Guid, Cell::Guid(*b"TRN", columns.guid.as_bytes()));
    set(Field::AccountGuid, Cell::Guid(*b"ACT", context.account_guid.as_bytes()));
    set(Field::MemberGuid, Cell::Guid(*b"MBR", context.member_guid.as_bytes()));
    set(Field::UserGuid, Cell::Guid(*b"USR", context.user_guid.as_bytes()));
    set(Field::MemberIsManagedByUser, Cell::Bool(context.member_is_managed_by_user));
    if let Some(merchant) = &columns.merchant {
        set(Field::MerchantGuid, Cell::Guid(*b"MCH", merchant.as_bytes()));
    }
    if let Some(parent) = &columns.parent {
        set(Field::ParentGuid, Cell::Guid(*b"TRN", parent.as_bytes()));
    }
    set(Field::CategoryGuid, Cell::Guid(*b"CAT", category.guid.as_bytes()));
    set(Field::CategoryName, Cell::Text(category.name));
    set(Field::TopLevelCategoryGuid, Cell::Guid(*b"CAT", category.top_level_guid.as_bytes()));
    set(Field::TopLevelCategoryName, Cell::Text(category.top_level_name));
    set(Field::CreatedAt, columns.created_at.cell());
    set(Field::UpdatedAt, columns.updated_at.cell());
    for (field, flag) in FLAG_FIELDS {
        set(field, Cell::Bool(columns.flags.has(flag)));
    }
    set(Field::IsRecurring, recurring(columns.flags).map_or(Cell::Null, Cell::Bool));
    out.reserve(USUAL_LENGTH);
    table.render(out, &cells);
    Ok(())
}

/// Every key of a transaction's answer, in order.
pub fn keys() -> &'static [KeyDoc] {
    TABLE.keys()
}

/// The stored fields of a row, those of columns included.
pub(super) fn read<'a>(columns: &'a Columns, data: &'a [u8], cells: &mut Row<'a>) -> Result<(), Corrupt> {
    TABLE.read(data, cells)?;
    cells.column(Field::Amount.row(), columns.amount.cell());
    cells.column(Field::TransactionType.row(), columns.transaction_type.cell());
    cells.column(Field::Status.row(), columns.status.cell());
    cells.column(Field::Category.row(), columns.category_no.cell());
    cells.column(Field::Date.row(), columns.date.cell());
    let extended = Field::ExtendedTransactionType.row();
    if cells.value[extended] == Cell::Null {
        cells.value[extended] = Cell::Text("");
    }
    Ok(())
}

/// The second spellings: days beside times, the number beside the text of a cheque's number.
fn derive(cells: &mut Row<'_>) {
    for (from, to, spell) in [
        (Field::PostedAt, Field::PostedOn, day as fn(Cell<'_>) -> Cell<'static>),
        (Field::TransactedAt, Field::TransactedOn, day),
        (Field::CheckNumberString, Field::CheckNumber, number),
    ] {
        cells.value[to.row()] = spell(cells.value[from.row()]);
        cells.feed[to.row()] = spell(cells.feed[from.row()]);
        cells.source[to.row()] = cells.source[from.row()];
    }
}

fn day(cell: Cell<'_>) -> Cell<'static> {
    match cell {
        Cell::Time(seconds) => Cell::Date(Timestamp::from_seconds(seconds).date()),
        _ => Cell::Null,
    }
}

/// A cheque's number, where it is all digits and fits 31 bits.
fn number(cell: Cell<'_>) -> Cell<'static> {
    match cell {
        Cell::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse::<i32>().map_or(Cell::Null, |number| Cell::Integer(number.into()))
        }
        _ => Cell::Null,
    }
}
