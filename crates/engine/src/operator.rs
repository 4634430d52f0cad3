//! The operator's view across users: why a connection is not updating, what became of a job, how institutions do.
//! And what an operator does to a member: close, pause, resume. No secrets, no account data.
mod figures;
mod job;
mod list;
mod member;
mod words;

pub use figures::{Figures, InstitutionFigures, OUTCOMES, Trouble, outcome};
pub use job::{JobPage, Step};
pub use list::{JobFilter, JobInfo, MemberFilter, MemberInfo};
pub use member::{Background, InstitutionHealth, MemberPage};

pub(crate) use figures::FigureCache;

use crate::{Call, Engine, Error, Result, job::Wanted};
use domain::{
    guid::{InstitutionGuid, MemberGuid},
    machine::{Cause, Event},
};
use std::sync::Arc;
use store::scope::{SystemScope, UserScope};

use crate::catalogue::Institution;

const SYSTEM: SystemScope = SystemScope::of_the_service();

impl Engine {
    /// Closes a member: its credentials are erased (row 30).
    pub async fn close_member(&self, call: &Call, guid: &str) -> Result<MemberPage> {
        self.operate(call, guid, Event::Closed).await
    }

    /// Keeps a member DISABLED until [`Engine::resume_member`] (row 31).
    pub async fn pause_member(&self, call: &Call, guid: &str) -> Result<MemberPage> {
        self.operate(call, guid, Event::Disabled(Cause::Operator)).await
    }

    /// Ends the operator's pause (row 31); the member stays DISABLED while another cause holds.
    pub async fn resume_member(&self, call: &Call, guid: &str) -> Result<MemberPage> {
        self.operate(call, guid, Event::Enabled(Cause::Operator)).await
    }

    async fn operate(&self, call: &Call, guid: &str, event: Event) -> Result<MemberPage> {
        let (scope, member) = self.owned_member(guid).await?;
        let (engine, call) = (self.clone(), call.clone());
        let written = self.db().write(move |tx| {
            tx.user_for_update(scope)?.ok_or(Error::NotFound("user"))?;
            let mut case = engine.case(tx, scope, member)?;
            if engine.apply(tx, &mut case, event, Wanted::ALL)?.is_err() {
                let status = case.member.state.status.map_or("null", domain::enums::ConnectionStatus::name);
                return Err(Error::Rule(format!("the member's status, {status}, does not allow it").into()));
            }
            engine.audit_user(tx, &call, scope, &member.to_string())
        });
        written.await?;
        self.wake_workers();
        self.member_page(guid).await
    }

    async fn owned_member(&self, guid: &str) -> Result<(UserScope, MemberGuid)> {
        let guid = guid.parse().map_err(|_| Error::NotFound("member"))?;
        let scope = self.db().owner_of_member(SYSTEM, guid).await?.ok_or(Error::NotFound("member"))?;
        Ok((scope, guid))
    }

    /// An institution as commands name it, by guid or code, those of a sandbox that is off too.
    pub fn institution_named(&self, guid_or_code: &str) -> Result<Arc<Institution>> {
        let catalogue = self.catalogue();
        let by_guid = guid_or_code.parse().ok().and_then(|guid| catalogue.by_guid(guid));
        by_guid.or_else(|| catalogue.by_code(guid_or_code)).ok_or(Error::NotFound("institution"))
    }

    /// The code of an institution, for lists.
    fn code_of(&self, guid: InstitutionGuid) -> String {
        self.catalogue().by_guid(guid).map_or_else(|| guid.to_string(), |found| found.code.clone())
    }
}
