//! The audit trail: a row in the transaction of each change, sealed in batches afterwards.
use crate::{Db, Param, Result, Tx, params, scope::SystemScope, statements};
use domain::time::Timestamp;

macro_rules! columns {
    () => {
        "id, at, client, user_id, actor, action, object, request_id"
    };
}

statements! {
    INSERT_AUDIT: Point = concat!("INSERT INTO audit (", columns!(), ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    UNSEALED: Heavy = concat!("SELECT ", columns!(), " FROM audit WHERE sealed_by IS NULL ORDER BY id LIMIT 1000");
    SEALED: Heavy = concat!("SELECT ", columns!(), " FROM audit WHERE sealed_by = ?1 ORDER BY id");
    SEALED_BY_NONE: Heavy =
        "SELECT COUNT(*) FROM audit WHERE sealed_by IS NOT NULL AND (sealed_by < 1 OR sealed_by > ?1)";
    MARK_SEALED: Point = "UPDATE audit SET sealed_by = ?2 WHERE id = ?1";
    LAST_SEAL: Point = "SELECT seq, row_count, seal FROM audit_seals ORDER BY seq DESC LIMIT 1";
    SEALS: Heavy = "SELECT seq, row_count, seal FROM audit_seals WHERE seq > ?1 ORDER BY seq LIMIT 1000";
    INSERT_SEAL: Point = "INSERT INTO audit_seals (seq, row_count, seal) VALUES (?1, ?2, ?3)";
    AUDIT_OF_REQUEST: Heavy = concat!("SELECT ", columns!(), " FROM audit WHERE request_id = ?1 ORDER BY id");
}

/// Who did what to which object. No bodies, no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Sixteen bytes that order rows by time, as those of a guid.
    pub id: [u8; 16],
    /// Service time.
    pub at: Timestamp,
    /// Number of the client, where there is one.
    pub client: Option<i64>,
    /// Number of the user, where there is one.
    pub user: Option<i64>,
    /// `session`, `api_key`, `operator`, `job`.
    pub actor: &'static str,
    /// Method and route, or the command: `POST /members`.
    pub action: String,
    /// Guid of the object; empty where there is none.
    pub object: String,
    /// Id of the request.
    pub request_id: String,
}

/// A stored row of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id.
    pub id: Vec<u8>,
    /// All columns in one text, as sealed.
    pub text: String,
    /// Method and route, or the command.
    pub action: String,
    /// Guid of the object.
    pub object: String,
}

/// A seal over rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Number, from 1.
    pub seq: i64,
    /// How many rows it covers.
    pub row_count: i64,
    /// HMAC over the seal before it and the rows.
    pub seal: Vec<u8>,
}

fn audit_row(row: &crate::Row<'_>) -> Result<AuditRow> {
    let id = row.blob(0)?.to_vec();
    let or_dash = |n: Option<i64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let text = format!(
        "{}|{}|{}|{}|{}|{}|{}|{}",
        hex::encode(&id),
        row.int(1)?,
        or_dash(row.opt_int(2)?),
        or_dash(row.opt_int(3)?),
        row.str(4)?,
        row.str(5)?,
        row.str(6)?,
        row.str(7)?
    );
    Ok(AuditRow { id, text, action: row.string(5)?, object: row.string(6)? })
}

fn seal(row: &crate::Row<'_>) -> Result<Seal> {
    Ok(Seal { seq: row.int(0)?, row_count: row.int(1)?, seal: row.blob(2)?.to_vec() })
}

impl Db {
    /// Seals after a number, some of them.
    pub async fn audit_seals(&self, _: SystemScope, after: i64) -> Result<Vec<Seal>> {
        self.query(&SEALS, params![after], seal).await
    }

    /// The rows under a seal.
    pub async fn audit_sealed(&self, _: SystemScope, of: &Seal) -> Result<Vec<AuditRow>> {
        self.query(&SEALED, params![of.seq], audit_row).await
    }

    /// How many rows claim a seal that does not exist, the last one being this.
    pub async fn audit_sealed_by_none(&self, _: SystemScope, last: i64) -> Result<i64> {
        Ok(self.query_one(&SEALED_BY_NONE, params![last], |row| row.int(0)).await?.unwrap_or(0))
    }

    /// Rows not yet sealed, some of them.
    pub async fn audit_unsealed(&self, _: SystemScope) -> Result<Vec<AuditRow>> {
        self.query(&UNSEALED, &[], audit_row).await
    }

    /// The rows one request wrote.
    pub async fn audit_of_request(&self, _: SystemScope, request_id: &str) -> Result<Vec<AuditRow>> {
        self.query(&AUDIT_OF_REQUEST, params![request_id], audit_row).await
    }
}

impl Tx<'_> {
    /// Adds a row to the trail.
    pub fn audit(&mut self, entry: &AuditEntry) -> Result<()> {
        self.execute(
            &INSERT_AUDIT,
            params![
                &entry.id,
                entry.at,
                entry.client,
                entry.user,
                entry.actor,
                &entry.action,
                &entry.object,
                &entry.request_id
            ],
        )
        .map(drop)
    }

    /// Rows to seal, and the seal before them.
    pub fn audit_to_seal(&mut self, _: SystemScope) -> Result<(Option<Seal>, Vec<AuditRow>)> {
        let last = self.query_one(&LAST_SEAL, &[], seal)?;
        Ok((last, self.query(&UNSEALED, &[], audit_row)?))
    }

    /// Keeps a seal and marks its rows.
    pub fn insert_seal(&mut self, _: SystemScope, seal: &Seal, rows: &[AuditRow]) -> Result<()> {
        self.execute(&INSERT_SEAL, params![seal.seq, seal.row_count, &seal.seal])?;
        let marks = rows.iter().map(|row| vec![Param::from(&row.id), Param::from(seal.seq)]);
        self.execute_many(&MARK_SEALED, marks).map(drop)
    }
}
