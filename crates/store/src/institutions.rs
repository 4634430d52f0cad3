//! The catalogue of institutions and the credentials they ask for.
use crate::{
    Db, Result, Row, Tx, params,
    scope::{SystemScope, UserScope},
    statements,
};
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
    DROP_INSTITUTION_CREDENTIAL: Point = "DELETE FROM institution_credentials WHERE guid = ?1";
    PUT_INSTITUTION_WORK: Point = "INSERT INTO institution_work (institution, kind, after_user, after_no, created_at) \
        SELECT m.institution, ?2, 0, 0, ?3 FROM members m WHERE m.institution = ?1 AND m.deleted_at IS NULL LIMIT 1 \
        ON CONFLICT (institution, kind) DO UPDATE SET after_user = 0, after_no = 0, created_at = excluded.created_at";
    INSTITUTION_WORK: Heavy = "SELECT institution, kind, after_user, after_no, created_at FROM institution_work \
        ORDER BY institution, kind LIMIT 1";
    TAKE_INSTITUTION_WORK: Point = "UPDATE institution_work SET after_no = after_no WHERE institution = ?1 AND kind = ?2 \
        RETURNING institution, kind, after_user, after_no, created_at";
    MOVE_INSTITUTION_WORK: Point = "UPDATE institution_work SET after_user = ?3, after_no = ?4 \
        WHERE institution = ?1 AND kind = ?2";
    END_INSTITUTION_WORK: Point = "DELETE FROM institution_work WHERE institution = ?1 AND kind = ?2";
    MEMBERS_OF_INSTITUTION: Page = "SELECT m.user_id, u.client, m.no FROM members m JOIN users u ON u.id = m.user_id \
        WHERE m.institution = ?1 AND (m.user_id, m.no) > (?2, ?3) AND m.deleted_at IS NULL \
        ORDER BY m.user_id, m.no LIMIT ?4";
    COUNT_MEMBERS_OF_INSTITUTION: Heavy = "SELECT COUNT(*) FROM members WHERE institution = ?1 AND deleted_at IS NULL";
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

/// What is still to be done to the members of an institution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstitutionWork {
    /// The institution.
    pub institution: InstitutionGuid,
    /// What.
    pub kind: WorkKind,
    /// The last member that was looked at: numbers of the user and of the member.
    pub after: (i64, i64),
    /// When the catalogue was changed.
    pub created_at: Timestamp,
}

/// What a change of the catalogue does to members (`spec: nexus-core, 10.2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkKind {
    /// The institution moved to another connector: row 28.
    Moved = 1,
    /// It was retired: row 29.
    Retired = 2,
    /// It asks for a credential that it did not ask for: row 27.
    Credentials = 3,
}

impl WorkKind {
    const fn code(self) -> i64 {
        self as i64
    }

    fn from_code(code: i64) -> Option<Self> {
        [Self::Moved, Self::Retired, Self::Credentials].into_iter().find(|kind| kind.code() == code)
    }
}

fn work(row: &Row<'_>) -> Result<Option<InstitutionWork>> {
    let Some(kind) = WorkKind::from_code(row.int(1)?) else { return Ok(None) };
    let after = (row.int(2)?, row.int(3)?);
    Ok(Some(InstitutionWork { institution: row.guid(0)?, kind, after, created_at: row.time(4)? }))
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

    /// Some work that is still to be done to members, if there is any.
    pub async fn institution_work(&self, _: SystemScope) -> Result<Option<InstitutionWork>> {
        Ok(self.query_one(&INSTITUTION_WORK, &[], work).await?.flatten())
    }

    /// How many members an institution has.
    pub async fn count_members_of_institution(&self, _: SystemScope, guid: InstitutionGuid) -> Result<u64> {
        let count = self.query_one(&COUNT_MEMBERS_OF_INSTITUTION, params![guid], |row| row.int(0)).await?;
        Ok(count.unwrap_or(0).unsigned_abs())
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

    /// Adds or replaces institutions.
    pub fn put_institutions<'r>(
        &mut self,
        _: SystemScope,
        rows: impl Iterator<Item = &'r InstitutionRow>,
    ) -> Result<()> {
        let sets = rows.map(|i| {
            let params =
                params![i.guid, &i.code, &i.name, &i.connector, &i.document, i.created_at, i.updated_at];
            params.to_vec()
        });
        self.execute_many(&PUT_INSTITUTION, sets).map(drop)
    }

    /// Adds or replaces credentials of institutions.
    pub fn put_institution_credentials<'r>(
        &mut self,
        _: SystemScope,
        rows: impl Iterator<Item = &'r InstitutionCredentialRow>,
    ) -> Result<()> {
        let sets = rows.map(|c| {
            let order = (c.display_order, c.field_type);
            let texts = (&c.field_name, &c.label);
            let times = (c.created_at, c.updated_at);
            params![c.guid, c.institution, order.0, order.1, texts.0, texts.1, c.optional, times.0, times.1]
                .to_vec()
        });
        self.execute_many(&PUT_INSTITUTION_CREDENTIAL, sets).map(drop)
    }

    /// Removes a credential that an institution no longer asks for.
    pub fn drop_institution_credential(&mut self, _: SystemScope, guid: CredentialGuid) -> Result<()> {
        self.execute(&DROP_INSTITUTION_CREDENTIAL, params![guid]).map(drop)
    }

    /// Notes what is to be done to all members of an institution, if it has any; what was half done begins anew.
    pub fn put_institution_work(
        &mut self,
        _: SystemScope,
        institution: InstitutionGuid,
        kind: WorkKind,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(&PUT_INSTITUTION_WORK, params![institution, kind.code(), now]).map(drop)
    }

    /// Work as it stands now, with other nodes kept from it until the end of the transaction; `None` once it is done.
    pub fn take_institution_work(
        &mut self,
        _: SystemScope,
        known: &InstitutionWork,
    ) -> Result<Option<InstitutionWork>> {
        let params = params![known.institution, known.kind.code()];
        Ok(self.query_one(&TAKE_INSTITUTION_WORK, params, work)?.flatten())
    }

    /// The next members of an institution after a place, at most `limit`: whose, and their numbers.
    pub fn members_of_institution(
        &mut self,
        _: SystemScope,
        institution: InstitutionGuid,
        after: (i64, i64),
        limit: i64,
    ) -> Result<Vec<(UserScope, i64)>> {
        self.query(&MEMBERS_OF_INSTITUTION, params![institution, after.0, after.1, limit], |row| {
            Ok((UserScope { user: row.int(0)?, client: row.int(1)? }, row.int(2)?))
        })
    }

    /// Notes how far work has come.
    pub fn move_institution_work(
        &mut self,
        _: SystemScope,
        work: &InstitutionWork,
        after: (i64, i64),
    ) -> Result<()> {
        let params = params![work.institution, work.kind.code(), after.0, after.1];
        self.execute(&MOVE_INSTITUTION_WORK, params).map(drop)
    }

    /// Removes work that is done.
    pub fn end_institution_work(&mut self, _: SystemScope, work: &InstitutionWork) -> Result<()> {
        self.execute(&END_INSTITUTION_WORK, params![work.institution, work.kind.code()]).map(drop)
    }
}
