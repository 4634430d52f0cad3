//! The catalogue of institutions and the credentials they ask for.
use crate::{Db, Result, Row, Tx, params, scope::SystemScope, statements};
use domain::{
    guid::{CredentialGuid, InstitutionGuid},
    time::Timestamp,
};

statements! {
    INSTITUTIONS: Heavy =
        "SELECT guid, code, name, connector, document, created_at, updated_at FROM institutions ORDER BY guid";
    INSTITUTION_CREDENTIALS: Heavy = "SELECT guid, institution, display_order, field_type, field_name, label, \
        optional, created_at, updated_at FROM institution_credentials ORDER BY institution, display_order";
    PUT_INSTITUTION: Point = "INSERT INTO institutions (guid, code, name, connector, document, created_at, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (guid) DO UPDATE SET code = excluded.code, \
        name = excluded.name, connector = excluded.connector, document = excluded.document, \
        updated_at = excluded.updated_at";
    PUT_INSTITUTION_CREDENTIAL: Point = "INSERT INTO institution_credentials (guid, institution, display_order, \
        field_type, field_name, label, optional, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
        ON CONFLICT (guid) DO UPDATE SET display_order = excluded.display_order, field_type = excluded.field_type, \
        field_name = excluded.field_name, label = excluded.label, optional = excluded.optional, \
        updated_at = excluded.updated_at";
}

/// A row of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstitutionRow {
    /// Guid, `INS-`.
    pub guid: InstitutionGuid,
    /// Code, unique.
    pub code: String,
    /// Name.
    pub name: String,
    /// Which connector talks to it: `sandbox`, `statements`, `manual`.
    pub connector: String,
    /// Everything else, JSON.
    pub document: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// Latest change.
    pub updated_at: Timestamp,
}

/// A credential that an institution asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstitutionCredentialRow {
    /// Guid, `CRD-`.
    pub guid: CredentialGuid,
    /// The institution.
    pub institution: InstitutionGuid,
    /// From 1.
    pub display_order: i64,
    /// Code of `FieldType`.
    pub field_type: i64,
    /// `LOGIN`, `PASSWORD`, ...
    pub field_name: String,
    /// What to show.
    pub label: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// Latest change.
    pub updated_at: Timestamp,
}

fn institution(row: &Row<'_>) -> Result<InstitutionRow> {
    Ok(InstitutionRow {
        guid: row.guid(0)?,
        code: row.string(1)?,
        name: row.string(2)?,
        connector: row.string(3)?,
        document: row.string(4)?,
        created_at: row.time(5)?,
        updated_at: row.time(6)?,
    })
}

fn credential(row: &Row<'_>) -> Result<InstitutionCredentialRow> {
    Ok(InstitutionCredentialRow {
        guid: row.guid(0)?,
        institution: row.guid(1)?,
        display_order: row.int(2)?,
        field_type: row.int(3)?,
        field_name: row.string(4)?,
        label: row.string(5)?,
        optional: row.bool(6)?,
        created_at: row.time(7)?,
        updated_at: row.time(8)?,
    })
}

impl Db {
    /// The whole catalogue; it is kept in memory.
    pub async fn institutions(&self) -> Result<Vec<InstitutionRow>> {
        self.query(&INSTITUTIONS, &[], institution).await
    }

    /// The credentials of all institutions, by institution and order.
    pub async fn institution_credentials(&self) -> Result<Vec<InstitutionCredentialRow>> {
        self.query(&INSTITUTION_CREDENTIALS, &[], credential).await
    }
}

impl Tx<'_> {
    /// Adds or replaces an institution.
    pub fn put_institution(&mut self, _: SystemScope, i: &InstitutionRow) -> Result<()> {
        self.execute(
            &PUT_INSTITUTION,
            params![i.guid, &i.code, &i.name, &i.connector, &i.document, i.created_at, i.updated_at],
        )
        .map(drop)
    }

    /// Adds or replaces a credential of an institution.
    pub fn put_institution_credential(&mut self, _: SystemScope, c: &InstitutionCredentialRow) -> Result<()> {
        self.execute(
            &PUT_INSTITUTION_CREDENTIAL,
            params![
                c.guid,
                c.institution,
                c.display_order,
                c.field_type,
                &c.field_name,
                &c.label,
                c.optional,
                c.created_at,
                c.updated_at
            ],
        )
        .map(drop)
    }
}
