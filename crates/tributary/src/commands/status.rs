//! How the store is, for `doctor` and `migrate`.
use super::{Service, explain};
use crate::settings::Told;
use engine::{Engine, operator::Trouble};
use serde::{Deserialize, Serialize};
use store::scope::SystemScope;

/// Institutions in trouble that are named.
const TROUBLES_MAX: usize = 5;

/// How the store is.
#[derive(Serialize, Deserialize)]
pub(crate) struct Status {
    /// Version of the program that answers.
    pub(crate) version: String,
    /// `sqlite` or `postgres`.
    pub(crate) database: String,
    /// Version of the schema.
    pub(crate) schema_version: i64,
    pub(crate) clients: usize,
    pub(crate) unfinished_jobs: i64,
    pub(crate) is_sandbox: bool,
    /// How service time runs.
    pub(crate) clock: String,
    /// The institutions that fail most members.
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) audit: Option<Audit>,
    /// Settings of the process that answers.
    pub(crate) settings: Vec<Told>,
}

/// What the check of the audit trail found.
#[derive(Serialize, Deserialize)]
pub(crate) struct Audit {
    pub(crate) seals: u64,
    pub(crate) rows: u64,
    pub(crate) unsealed: u64,
    /// Number of the first seal that does not fit its rows.
    pub(crate) broken_at: Option<i64>,
}

pub(super) async fn status(service: &Service, with_audit: bool) -> Result<Status, String> {
    let engine = &service.engine;
    let db = engine.db();
    let system = SystemScope::of_the_service();
    let text = |error: store::StoreError| error.to_string();
    let audit = if with_audit {
        let report = engine.check_audit().await.map_err(explain)?;
        let engine::AuditReport { seals, rows, unsealed, broken_at } = report;
        Some(Audit { seals, rows, unsealed, broken_at })
    } else {
        None
    };
    let troubles = engine.troubles(TROUBLES_MAX).await.map_err(explain)?;
    Ok(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: db.engine_name().to_owned(),
        schema_version: schema_version(engine).await.map_err(text)?,
        clients: engine.clients().await.map_err(explain)?.len(),
        unfinished_jobs: db.unfinished_jobs(system).await.map_err(text)?,
        is_sandbox: engine.is_sandbox(),
        clock: engine.clock().mode().name().to_owned(),
        troubles,
        audit,
        settings: service.settings.to_vec(),
    })
}

async fn schema_version(engine: &Engine) -> store::Result<i64> {
    let applied =
        store::all_statements().into_iter().find(|statement| statement.name == "APPLIED_MIGRATIONS");
    let Some(applied) = applied else { return Ok(0) };
    let versions = engine.db().query(applied, &[], |row| row.int(0)).await?;
    Ok(versions.into_iter().max().unwrap_or(0))
}
