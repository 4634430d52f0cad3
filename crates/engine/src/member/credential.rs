//! One credential at a time, or one answer to be kept: the deprecated way (`spec: nexus-core, 4 and 5`).
use super::{GivenCredential, MemberPatch, unrestricted};
use crate::{Call, Engine, Error, Result, case::Case};
use domain::{
    env::Clock,
    guid::{CredentialGuid, MemberCredentialGuid, MemberGuid},
    time::Timestamp,
};
use store::{Tx, scope::UserScope};

/// What was written: a credential of the member, or an answer to an open challenge.
#[derive(Debug, Clone)]
pub struct WrittenCredential {
    /// Guid, `MCR-`, from the first write on.
    pub guid: MemberCredentialGuid,
    /// The institution's credential, or the challenge.
    pub credential: CredentialGuid,
    /// The member.
    pub member: MemberGuid,
    /// The partner's own text.
    pub metadata: Option<String>,
    /// First write; of an answer, when the challenge was raised.
    pub created_at: Timestamp,
    /// This write.
    pub updated_at: Timestamp,
}

impl Engine {
    /// Replaces one credential without a job, or keeps the answer to one open challenge until the job is resumed.
    /// `metadata`: `None` leaves it, `Some(None)` clears it.
    pub async fn write_credential(
        &self,
        call: &Call,
        scope: UserScope,
        guid: &str,
        given: GivenCredential,
        metadata: Option<Option<String>>,
    ) -> Result<WrittenCredential> {
        let guid = guid.parse::<MemberGuid>().map_err(|_| Error::NotFound("member"))?;
        let (engine, call) = (self.clone(), call.clone());
        let written = self.db().write(move |tx| {
            unrestricted(tx, scope)?;
            let mut case = engine.case(tx, scope, guid)?;
            let written = engine.write_one(tx, &mut case, &given, metadata.as_ref())?;
            engine.audit_user(tx, &call, scope, &guid.to_string())?;
            Ok::<_, Error>(written)
        });
        written.await.map_err(super::login::in_use)
    }

    fn write_one(
        &self,
        tx: &mut Tx<'_>,
        case: &mut Case,
        given: &GivenCredential,
        metadata: Option<&Option<String>>,
    ) -> Result<WrittenCredential> {
        if !case.member.is_managed_by_user {
            return Err(Error::rule("Member is managed by the partner."));
        }
        if given.value.as_ref().is_none_or(|value| value.expose().is_empty()) {
            return Err(Error::missing("value"));
        }
        if self.are_answers(tx, case, std::slice::from_ref(given))? {
            let (credential, created_at) = self.keep_answer(tx, case, given)?;
            return Ok(WrittenCredential {
                guid: MemberCredentialGuid::from_bytes(*credential.as_bytes()),
                credential,
                member: case.member.guid,
                metadata: metadata.cloned().flatten(),
                created_at,
                updated_at: self.clock().now(),
            });
        }
        let patch = MemberPatch {
            credentials: vec![given.clone()],
            skip_aggregation: true,
            ..MemberPatch::default()
        };
        self.patch_credentials(tx, case, &patch)?;
        let (scope, no) = (case.scope, case.member.no);
        let rows = tx.member_credentials(scope, no)?;
        let row = rows.into_iter().find(|row| row.credential.to_string() == given.guid);
        let row = row.ok_or_else(|| Error::internal("a credential was not written"))?;
        if let Some(metadata) = metadata {
            tx.set_member_credential_metadata(scope, no, row.credential, metadata.as_deref())?;
        }
        Ok(WrittenCredential {
            guid: row.guid,
            credential: row.credential,
            member: case.member.guid,
            metadata: metadata.map_or(row.metadata, Clone::clone),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
