//! `institutions ...`, `member ...`, `job ...`.
use super::{Progress, explain};
use engine::{
    Call, Engine, Error,
    catalogue::{Edit, Format, Institution, LoadReport, read_institutions},
    operator::{InstitutionHealth, MemberPage},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a list of institutions is taken.
#[derive(Serialize, Deserialize)]
pub(crate) struct Load {
    pub(crate) format: Format,
    pub(crate) connector: Option<String>,
    pub(crate) retire_missing: bool,
    /// False: only shown.
    pub(crate) apply: bool,
}

/// What is done to a member.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MemberAct {
    Close,
    Pause,
    Resume,
}

/// An institution in a list.
#[derive(Serialize, Deserialize)]
pub(crate) struct InstitutionInfo {
    pub(crate) guid: String,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) connector: String,
    pub(crate) iso_country_code: Vec<String>,
    pub(crate) popularity: i64,
    pub(crate) is_hidden: bool,
    pub(crate) is_retired: bool,
    pub(crate) is_test: bool,
}

/// An institution on one page.
#[derive(Serialize, Deserialize)]
pub(crate) struct InstitutionPage {
    #[serde(flatten)]
    pub(crate) health: InstitutionHealth,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    /// Everything else of it.
    pub(crate) document: Value,
    pub(crate) credentials: Vec<CredentialInfo>,
}

/// What an institution asks for.
#[derive(Serialize, Deserialize)]
pub(crate) struct CredentialInfo {
    pub(crate) guid: String,
    pub(crate) field_name: String,
    pub(crate) field_type: String,
    pub(crate) label: String,
    pub(crate) optional: bool,
}

pub(super) async fn load(
    engine: &Engine,
    call: &Call,
    order: Load,
    file: &[u8],
    progress: Progress<'_>,
) -> Result<LoadReport, String> {
    let entries = read_institutions(file, order.format)?;
    let plan = engine.plan_institutions(entries, order.connector.as_deref(), order.retire_missing).await;
    let plan = plan.map_err(explain)?;
    if !order.apply {
        return Ok(plan.report().clone());
    }
    engine.apply_institutions(call, plan, progress).await.map_err(explain)
}

pub(super) async fn edit(
    engine: &Engine,
    call: &Call,
    institution: &str,
    edit: Edit,
    progress: Progress<'_>,
) -> Result<LoadReport, String> {
    let plan = engine.plan_edit(institution, edit).await.map_err(|error| missing(error, institution))?;
    engine.apply_institutions(call, plan, progress).await.map_err(explain)
}

pub(super) fn list(
    engine: &Engine,
    search: &str,
    hidden: bool,
    retired: bool,
    limit: u32,
) -> Vec<InstitutionInfo> {
    let catalogue = engine.catalogue();
    let search = search.to_lowercase();
    let fits = |it: &&std::sync::Arc<Institution>| {
        let is_named = it.name.to_lowercase().contains(&search) || it.code.to_lowercase().contains(&search);
        is_named && (!hidden || it.is_hidden) && (!retired || it.is_retired)
    };
    let found = catalogue.institutions().iter().filter(fits).take(limit as usize);
    let info = found.map(|it| InstitutionInfo {
        guid: it.guid.to_string(),
        code: it.code.clone(),
        name: it.name.clone(),
        connector: it.connector.clone(),
        iso_country_code: it.iso_country_code.iter().map(|code| code.as_str().to_owned()).collect(),
        popularity: it.popularity,
        is_hidden: it.is_hidden,
        is_retired: it.is_retired,
        is_test: it.is_test,
    });
    info.collect()
}

pub(super) async fn show(engine: &Engine, named: &str) -> Result<InstitutionPage, String> {
    let it = engine.institution_named(named).map_err(|error| missing(error, named))?;
    let credentials = it.credentials.iter().map(|row| CredentialInfo {
        guid: row.guid.to_string(),
        field_name: row.field_name.clone(),
        field_type: domain::enums::FieldType::from_code(row.field_type)
            .map_or_else(|| row.field_type.to_string(), |kind| kind.name().to_owned()),
        label: row.label.clone(),
        optional: row.optional,
    });
    Ok(InstitutionPage {
        health: engine.institution_health(&it).await.map_err(explain)?,
        created_at: it.created_at.to_z(),
        updated_at: it.updated_at.to_z(),
        document: serde_json::to_value(&**it).map_err(|error| error.to_string())?,
        credentials: credentials.collect(),
    })
}

pub(super) async fn act(
    engine: &Engine,
    call: &Call,
    guid: &str,
    act: MemberAct,
) -> Result<MemberPage, String> {
    let done = match act {
        MemberAct::Close => engine.close_member(call, guid).await,
        MemberAct::Pause => engine.pause_member(call, guid).await,
        MemberAct::Resume => engine.resume_member(call, guid).await,
    };
    done.map_err(|error| missing(error, guid))
}

/// What is not there, with the command that lists what is.
pub(super) fn missing(error: Error, named: &str) -> String {
    match error {
        Error::NotFound("institution") => {
            format!("there is no institution {named}; `tributary institutions list --search TEXT` finds one")
        }
        Error::NotFound("member") => {
            format!("there is no member {named}; `tributary member list` shows those there are")
        }
        Error::NotFound("job") => {
            format!(
                "there is no job {named}; jobs are kept for a time; `tributary job list` shows the newest"
            )
        }
        Error::NotFound("user") => {
            format!("there is no user {named}; `tributary user list` shows those there are")
        }
        other => explain(other),
    }
}
