//! From the stored row of an account to its JSON.
use super::{Columns, FIELD_COUNT, FIELDS, FLAG_FIELDS, Field, Flag};
use crate::{
    blob::Corrupt,
    guid::{InstitutionGuid, MemberGuid, UserGuid},
    secret::SecretText,
    table::{Cells, EventIds, KeyDoc, Table},
    value::{Cell, Stored},
};
use std::sync::LazyLock;

pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::new(FIELDS, Field::ALL.iter().map(|field| field.tag())));

static EVENT_TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::of_events(FIELDS, Field::ALL.iter().map(|field| field.tag())));

/// What an account's answer shows of the things around it.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The user.
    pub user_guid: UserGuid,
    /// The member.
    pub member_guid: MemberGuid,
    /// Whether the user, not the partner, manages the member.
    pub member_is_managed_by_user: bool,
    /// The institution.
    pub institution_guid: InstitutionGuid,
    /// Its code.
    pub institution_code: &'a str,
    /// The whole account number, for clients that show it; otherwise its last four characters go out.
    pub whole_account_number: Option<&'a SecretText>,
}

/// Appends the 170 keys of an account. On an error nothing is appended.
pub fn render(
    out: &mut Vec<u8>,
    columns: &Columns,
    data: &[u8],
    context: &Context<'_>,
) -> Result<(), Corrupt> {
    render_with(&TABLE, out, columns, data, context)
}

/// Appends an account as webhooks tell it (`spec: partner, 7.1`). On an error nothing is appended.
pub fn render_event(
    out: &mut Vec<u8>,
    columns: &Columns,
    data: &[u8],
    context: &Context<'_>,
    ids: &EventIds<'_>,
) -> Result<(), Corrupt> {
    render_with(&EVENT_TABLE, out, columns, data, context)?;
    ids.append(out);
    Ok(())
}

fn render_with(
    table: &Table,
    out: &mut Vec<u8>,
    columns: &Columns,
    data: &[u8],
    context: &Context<'_>,
) -> Result<(), Corrupt> {
    let mut cells: Cells<'_, FIELD_COUNT> = Cells::default();
    TABLE.read(data, &mut cells)?;
    let institution_guid = context.institution_guid.to_string();
    let mut set = |field: Field, cell| cells.value[field.row()] = cell;
    set(Field::Guid, Cell::Guid(*b"ACT", columns.guid.as_bytes()));
    set(Field::UserGuid, Cell::Guid(*b"USR", context.user_guid.as_bytes()));
    set(Field::MemberGuid, Cell::Guid(*b"MBR", context.member_guid.as_bytes()));
    set(Field::MemberIsManagedByUser, Cell::Bool(context.member_is_managed_by_user));
    set(Field::InstitutionGuid, Cell::Text(&institution_guid));
    set(Field::InstitutionCode, Cell::Text(context.institution_code));
    set(Field::CreatedAt, columns.created_at.cell());
    set(Field::UpdatedAt, columns.updated_at.cell());
    set(Field::ImportedAt, columns.imported_at.as_ref().map_or(Cell::Null, Stored::cell));
    set(Field::Revision, Cell::Integer(columns.revision));
    for (field, flag) in FLAG_FIELDS {
        set(field, Cell::Bool(columns.flags.has(flag)));
    }
    set(Field::IsPersonal, Cell::Bool(!columns.flags.has(Flag::IsBusiness)));
    if let Some(whole) = context.whole_account_number {
        let row = Field::AccountNumber.row();
        cells.value[row] = Cell::Text(whole.expose());
        if cells.feed[row] != Cell::Null {
            cells.feed[row] = cells.value[row];
        }
    }
    table.render(out, &cells);
    Ok(())
}

/// Every key of an account's answer, in order.
pub fn keys() -> &'static [KeyDoc] {
    TABLE.keys()
}
