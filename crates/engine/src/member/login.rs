//! What makes a new member: its institution, its login, its ids.
use super::{GivenCredential, LOGIN_FIELDS};
use crate::{
    Engine, Error, Result, case::Case, catalogue::Institution, client::ClientSettings,
    client::parse_settings, job::Wanted, oauth::WindowOptions,
};
use domain::{
    enums::FieldType,
    env::Clock,
    guid::{CredentialGuid, MemberGuid},
    machine::{self, Creation},
    secret::SecretText,
    time::Timestamp,
};
use std::sync::Arc;
use store::{Tx, members::Member, scope::UserScope, users::User};

/// What a call gives for a new member.
#[derive(Debug, Clone, Default)]
pub struct NewMember {
    /// Guid of the institution, as sent; wins over the code.
    pub institution_guid: Option<String>,
    /// Code of the institution.
    pub institution_code: Option<String>,
    /// Credentials.
    pub credentials: Vec<GivenCredential>,
    /// Whether OAuth is wanted.
    pub is_oauth: bool,
    /// How the user shall consent, by OAuth.
    pub window: WindowOptions,
    /// No first job.
    pub skip_aggregation: bool,
    /// The partner's id.
    pub external_guid: Option<String>,
    /// The partner's own text.
    pub metadata: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Use cases; kept only for clients that opted in.
    pub use_cases: Vec<String>,
    /// Never aggregate in the background.
    pub background_is_disabled: bool,
    /// Whether the first job takes transactions.
    pub include_transactions: Option<bool>,
}

impl NewMember {
    pub(super) fn wanted(&self) -> Wanted {
        Wanted { include_transactions: self.include_transactions.unwrap_or(true), include_holdings: true }
    }
}

/// The stored form of use cases: known names, each once, by name; `PFM` where there is none.
pub(super) fn joined_use_cases(given: &[String]) -> String {
    let mut known: Vec<&str> =
        ["MONEY_MOVEMENT", "PFM"].into_iter().filter(|name| given.iter().any(|g| g == name)).collect();
    if known.is_empty() {
        known.push("PFM");
    }
    known.sort_unstable_by_key(|name| *name != "PFM");
    known.join(",")
}

/// Two creations at the same time: the slower one meets the unique key of logins.
pub(super) fn in_use(error: Error) -> Error {
    match error {
        Error::Unique => duplicate(),
        other => other,
    }
}

fn duplicate() -> Error {
    Error::Member("A member with these credentials already exists for this institution.".into())
}

/// The user of a session, with other writes to their data excluded; 4031 where restricted.
pub(crate) fn unrestricted(tx: &mut Tx<'_>, scope: UserScope) -> Result<User> {
    let user = tx.user_for_update(scope)?.ok_or(Error::ExpiredSession)?;
    if user.is_restricted { Err(Error::UserRestricted) } else { Ok(user) }
}

/// What the operator set for the user's client.
pub(crate) fn settings_of_client(tx: &mut Tx<'_>, scope: UserScope) -> Result<ClientSettings> {
    let settings = tx.client_settings(scope.client())?;
    Ok(settings.map(|text| parse_settings(&text)).unwrap_or_default())
}

/// Whether members of the user's client keep the use cases they are given.
pub(crate) fn client_uses_use_cases(tx: &mut Tx<'_>, scope: UserScope) -> Result<bool> {
    Ok(settings_of_client(tx, scope)?.uses_use_cases)
}

/// Gives a member another partner's id.
pub(super) fn change_external_guid(tx: &mut Tx<'_>, case: &mut Case, external: Option<&str>) -> Result<()> {
    if case.member.external_guid.as_deref() == external {
        return Ok(());
    }
    if external.is_some_and(|e| e.starts_with("MBR-")) {
        return Err(Error::rule("external_guid: must not begin with MBR-"));
    }
    if let Some(new) = external
        && !tx.take_member_external_guid(case.scope, case.member.no, new)?
    {
        return Err(Error::Member("external_guid: already in use".into()));
    }
    if let Some(old) = case.member.external_guid.take() {
        tx.free_member_external_guid(case.scope, case.member.no, &old)?;
    }
    case.member.external_guid = external.map(str::to_owned);
    Ok(())
}

/// Whether a new member logs in by OAuth: it is asked for, or the institution offers nothing else.
pub(super) fn is_by_oauth(institution: &Institution, new: &NewMember) -> bool {
    institution.supports_oauth && (new.is_oauth || institution.credentials.is_empty())
}

impl Engine {
    pub(super) fn institution_for_new_member(&self, new: &NewMember) -> Result<Arc<Institution>> {
        let catalogue = self.catalogue();
        let named = new.institution_guid.as_deref().filter(|s| !s.is_empty());
        let named = named.or(new.institution_code.as_deref().filter(|s| !s.is_empty()));
        let named = named.ok_or_else(|| Error::missing("institution_guid"))?;
        let institution =
            catalogue.find(named).ok_or_else(|| Error::Member("Institution could not be found.".into()))?;
        if new.is_oauth && !institution.supports_oauth {
            return Err(Error::Documented("Member cannot use OAuth"));
        }
        Ok(institution)
    }

    /// The member to be, checked against those there are.
    pub(super) fn new_case(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        new: &NewMember,
        institution: Arc<Institution>,
        logins: &[(CredentialGuid, SecretText)],
        opted_in: bool,
    ) -> Result<Case> {
        let login_hash = self.login_hash(scope, &institution, logins);
        if let Some(hash) = &login_hash
            && tx.member_by_login(scope, institution.guid, hash)?.is_some()
        {
            return Err(duplicate());
        }
        if institution.is_hidden
            || institution.is_retired
            || settings_of_client(tx, scope)?.disabled_institutions.contains(&institution.code)
        {
            return Err(Error::rule("institution_guid: the institution is not open for new members"));
        }
        if new.external_guid.as_deref().is_some_and(|e| e.starts_with("MBR-")) {
            return Err(Error::rule("external_guid: must not begin with MBR-"));
        }
        let (no, count) = tx.next_member_no(scope)?;
        if count >= i64::from(self.settings().max_members_per_user) {
            let limit = self.settings().max_members_per_user;
            return Err(Error::Rule(format!("member: limit of {limit} reached").into()));
        }
        let mut member = self.blank_member(no, institution.guid);
        if let Some(hash) = &login_hash {
            member.state.aggregated_at =
                self.replace_deleted(tx, scope, &institution, hash, new.skip_aggregation)?;
        }
        member.login_hash = login_hash.map(|hash| hash.to_vec());
        member.external_guid.clone_from(&new.external_guid);
        member.metadata.clone_from(&new.metadata);
        member.name.clone_from(&new.name);
        member.background_is_disabled = new.background_is_disabled;
        member.use_cases = joined_use_cases(if opted_in { &new.use_cases } else { &[] });
        member.state.has_pfm = member.use_cases.split(',').any(|u| u == "PFM");
        Ok(Case { scope, member, job: None, institution, is_gone: false })
    }

    /// Re-creating a member purges the deleted ones of the same login; their numbers go to nobody else. Gives the
    /// `aggregated_at` that the new one takes over (`spec: nexus-core, 4`).
    pub(crate) fn replace_deleted(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        institution: &Institution,
        login_hash: &[u8; 32],
        skip_aggregation: bool,
    ) -> Result<Option<Timestamp>> {
        let mut aggregated_at = None;
        for (old, at) in tx.deleted_members_by_login(scope, institution.guid, login_hash)? {
            tx.purge_member(scope, old)?;
            aggregated_at = aggregated_at.max(at);
        }
        let now = self.clock().now();
        let throttle_end = |t| crate::after(t, self.settings_at(institution).aggregation_throttle);
        let inside = aggregated_at.is_some_and(|t| now < throttle_end(t));
        Ok(aggregated_at.filter(|_| skip_aggregation || inside))
    }

    /// A member without anything yet.
    pub(crate) fn blank_member(&self, no: i64, institution: domain::guid::InstitutionGuid) -> Member {
        let now = self.clock().now();
        let (state, _) = machine::create(Creation::NoCredentials, now);
        Member {
            no,
            guid: MemberGuid::new(now, self.entropy()),
            institution,
            external_guid: None,
            login_hash: None,
            name: None,
            metadata: None,
            use_cases: "PFM".to_owned(),
            background_is_disabled: false,
            is_managed_by_user: true,
            is_user_created: true,
            is_manual: false,
            job: None,
            state,
            due_at: None,
            user_is_barred: false,
            revision: 0,
            updated_at: now,
        }
    }

    /// The keyed hash of the login: LOGIN, else USERKEY, else the first by order.
    pub(crate) fn login_hash(
        &self,
        scope: UserScope,
        institution: &Institution,
        logins: &[(CredentialGuid, SecretText)],
    ) -> Option<[u8; 32]> {
        let of_type = |wanted: FieldType| {
            institution.credentials.iter().find(|c| c.field_type == i64::from(wanted.code()))
        };
        let field = LOGIN_FIELDS.into_iter().find_map(of_type).or_else(|| institution.credentials.first())?;
        let (_, login) = logins.iter().find(|(guid, _)| *guid == field.guid)?;
        let user = scope.number().to_be_bytes();
        let parts: [&[u8]; 3] = [&user, institution.guid.as_bytes(), login.expose().trim().as_bytes()];
        Some(self.inner.keyed.keyed_hash("login", &parts))
    }

    /// A changed login must not be another member's.
    pub(super) fn change_login(
        &self,
        tx: &mut Tx<'_>,
        case: &mut Case,
        institution: &Institution,
        given: &[(CredentialGuid, SecretText)],
    ) -> Result<()> {
        let Some(hash) = self.login_hash(case.scope, institution, given) else { return Ok(()) };
        let holder = tx.member_by_login(case.scope, institution.guid, &hash)?;
        if holder.is_some_and(|other| other.no != case.member.no) {
            return Err(duplicate());
        }
        case.member.login_hash = Some(hash.to_vec());
        Ok(())
    }
}
