//! Faults of the sandbox's banks: kept in the store, so that all nodes have the same at once (`spec: sandbox, 5`).
//!
//! A fault is drawn before a step of the bank and counted in the commit of that step. Where another step drew the
//! same fault in between, the step is void and made anew: a fault that shall strike once strikes once, whatever
//! nodes run or die meanwhile. The banks behind HTTP know no worker: they count before they answer.
use crate::{Call, Engine, Error, Result, case::Case};
pub use connectors::sandbox::faults::{CERTAIN, Drawn, Fault, FaultKind, FaultStage, FaultTable, Faults};
use connectors::sandbox::institutions;
use domain::guid::MemberGuid;
use store::Tx;

/// Name of the faults in the store.
const FAULTS: &str = "sandbox_faults";
/// No faults, as they are stored.
const NONE: &[u8] = br#"{"next":0,"faults":[]}"#;
/// Most faults there may be at a time.
pub const FAULTS_MAX: usize = 100;

impl Engine {
    /// The faults that are in force, in the order in which they act.
    pub async fn faults(&self) -> Result<Vec<Fault>> {
        Ok(table(self.db().meta(FAULTS).await?)?.faults().cloned().collect())
    }

    /// Puts these in the place of all.
    pub async fn set_faults(&self, call: &Call, faults: Vec<Fault>) -> Result<()> {
        self.change_faults(call, move |_| faults.clone()).await
    }

    /// Adds one behind those that are there.
    pub async fn add_fault(&self, call: &Call, fault: Fault) -> Result<()> {
        let with = move |table: &FaultTable| table.faults().chain([&fault]).cloned().collect();
        self.change_faults(call, with).await
    }

    async fn change_faults(
        &self,
        call: &Call,
        change: impl Fn(&FaultTable) -> Vec<Fault> + Send + 'static,
    ) -> Result<()> {
        let (engine, call) = (self.clone(), call.clone());
        self.db()
            .write(move |tx| {
                tx.meta_or_insert(FAULTS, NONE)?;
                let mut table = table(tx.lock_meta(FAULTS)?)?;
                let faults = change(&table);
                check(&faults)?;
                table.replace(faults);
                put(tx, &table)?;
                engine.audit(tx, &call, None, None, "")
            })
            .await
    }

    /// The faults that may strike the next step of a member's job.
    pub(crate) fn faults_of(&self, tx: &mut Tx<'_>, case: &Case) -> Result<Faults> {
        if !self.is_sandbox() || case.institution.connector != "sandbox" {
            return Ok(Faults::default());
        }
        let table = table(tx.meta(FAULTS)?)?;
        Ok(table.at(&case.institution.code, &case.member.guid.to_string()))
    }

    /// The faults that may strike a step of a bank that is not asked by a worker but over HTTP.
    pub(crate) async fn faults_at(&self, institution_code: &str, member: MemberGuid) -> Result<Faults> {
        Ok(table(self.db().meta(FAULTS).await?)?.at(institution_code, &member.to_string()))
    }

    /// Counts what such a step drew, before it is answered. False: the step is void.
    pub(crate) async fn count_faults(&self, drawn: Vec<Drawn>) -> Result<bool> {
        if drawn.is_empty() {
            return Ok(true);
        }
        self.db().write(move |tx| count(tx, &drawn)).await
    }
}

/// Counts what a step drew, in its commit. False: the step is void.
pub(crate) fn count(tx: &mut Tx<'_>, drawn: &[Drawn]) -> Result<bool> {
    if drawn.is_empty() {
        return Ok(true);
    }
    let mut table = table(tx.lock_meta(FAULTS)?)?;
    let is_counted = table.count(drawn);
    if is_counted {
        put(tx, &table)?;
    }
    Ok(is_counted)
}

fn table(stored: Option<Vec<u8>>) -> Result<FaultTable> {
    stored.map_or_else(
        || Ok(FaultTable::default()),
        |text| serde_json::from_slice(&text).map_err(Error::internal),
    )
}

fn put(tx: &mut Tx<'_>, table: &FaultTable) -> Result<()> {
    let text = serde_json::to_vec(table).map_err(Error::internal)?;
    Ok(tx.set_meta(FAULTS, &text)?)
}

/// What no single field shows.
fn check(faults: &[Fault]) -> Result<()> {
    if faults.len() > FAULTS_MAX {
        return Err(Error::Rule(format!("faults: at most {FAULTS_MAX}").into()));
    }
    for fault in faults {
        if let Some(code) = &fault.institution_code
            && !institutions().iter().any(|institution| institution.code == code)
        {
            let codes: Vec<&str> = institutions().iter().map(|institution| institution.code).collect();
            return Err(Error::Rule(format!("institution_code: must be one of {}", codes.join(", ")).into()));
        }
        if fault.stage == FaultStage::Login && fault.kind.is_about_data() {
            let text = format!("stage: {} is about data, which a login does not bring", fault.kind.name());
            return Err(Error::Rule(text.into()));
        }
    }
    Ok(())
}
