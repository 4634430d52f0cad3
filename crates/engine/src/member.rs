//! Members: create, read, update, delete, aggregate (`spec: nexus-core, 4`).
use crate::{
    Call, Engine, Error, Result,
    case::Case,
    catalogue::Institution,
    job::{GivenAnswer, Wanted},
    oauth::{WindowUri, check_window},
};
use connectors::oauth::token_field;
use domain::{
    enums::{ConnectionStatus, FieldType, JobKind, JobStatus},
    env::Clock,
    guid::{CredentialGuid, MemberCredentialGuid, MemberGuid},
    machine::{self, AskedBy, Cause, Creation, Event, NoStart, Refusal},
    secret::SecretText,
    webhook::Action,
};
use std::sync::Arc;
use store::{
    Tx,
    members::{Member, MemberCredentialRow},
    scope::UserScope,
};
use vault::Location;

mod credential;
mod login;

pub use credential::WrittenCredential;
pub use login::NewMember;
pub(crate) use login::{client_uses_use_cases, settings_of_client, unrestricted};

/// Longest value of a credential, characters.
pub const CREDENTIAL_LENGTH_MAX: usize = 1024;
/// Text for guids that are not of the institution now.
const STALE_CREDENTIALS: &str = "The credential guids submitted are no longer valid. Check the Institution Required \
     Credentials endpoint for the most recent credentials.";

/// A member and its institution: what a body shows.
#[derive(Debug, Clone)]
pub struct MemberView {
    /// The member.
    pub member: Member,
    /// Its institution.
    pub institution: Arc<Institution>,
}

/// A member that was just made.
#[derive(Debug, Clone)]
pub struct Created {
    /// The member.
    pub view: MemberView,
    /// Where the user consents, at an institution by OAuth.
    pub window: Option<WindowUri>,
}

impl From<Case> for MemberView {
    fn from(case: Case) -> Self {
        Self { member: case.member, institution: case.institution }
    }
}

/// A credential as a client sends it.
#[derive(Debug, Clone)]
pub struct GivenCredential {
    /// Guid of the institution's credential, or of a challenge, as sent.
    pub guid: String,
    /// The value, never trimmed; none where it is missing.
    pub value: Option<SecretText>,
}

/// What a call may change of a member; `None`: unchanged, `Some(None)`: cleared.
#[derive(Debug, Clone, Default)]
pub struct MemberPatch {
    /// New credentials, or answers.
    pub credentials: Vec<GivenCredential>,
    /// The partner's own text.
    pub metadata: Option<Option<String>>,
    /// Name; cleared: the institution's.
    pub name: Option<Option<String>>,
    /// The partner's id.
    pub external_guid: Option<Option<String>>,
    /// Use cases.
    pub use_cases: Option<Vec<String>>,
    /// Never aggregate in the background.
    pub background_is_disabled: Option<bool>,
    /// No job after new credentials.
    pub skip_aggregation: bool,
    /// Whether that job takes transactions.
    pub include_transactions: Option<bool>,
}

/// What came of asking for a job.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The member.
    pub view: MemberView,
    /// False: nothing changed, the answer is 202.
    pub started: bool,
}

impl Engine {
    /// The user's members, oldest first.
    pub async fn members(&self, scope: UserScope) -> Result<Vec<MemberView>> {
        let members = self.db().members(scope).await?;
        self.know_institutions(members.iter().map(|member| member.institution)).await?;
        members.into_iter().map(|member| self.member_view(member)).collect()
    }

    /// One of the user's members.
    pub async fn member(&self, scope: UserScope, guid: &str) -> Result<MemberView> {
        let guid = guid.parse::<MemberGuid>().map_err(|_| Error::NotFound("member"))?;
        let member = self.db().member(scope, guid).await?.ok_or(Error::NotFound("member"))?;
        self.know_institutions([member.institution]).await?;
        self.member_view(member)
    }

    fn member_view(&self, member: Member) -> Result<MemberView> {
        Ok(MemberView { institution: self.institution(member.institution)?, member })
    }

    /// Makes a member and, unless skipped, its first job (rows 1 and 2); at an institution by OAuth a PENDING one
    /// (row 3), with the window in which the user may consent.
    pub async fn create_member(&self, call: &Call, scope: UserScope, new: NewMember) -> Result<Created> {
        self.purge_left_by_login(scope, &new).await?;
        let (engine, call) = (self.clone(), call.clone());
        let created = self.db().write(move |tx| {
            tx.set_quiet(call.is_quiet);
            let user = unrestricted(tx, scope)?;
            let opted_in = client_uses_use_cases(tx, scope)?;
            let institution = engine.institution_for_new_member(&new)?;
            let (logins, how) = if login::is_by_oauth(&institution, &new) {
                check_window(tx, scope, &new.window)?;
                (Vec::new(), Creation::OAuth)
            } else {
                let logins = checked_credentials(&institution, &new.credentials, true)?;
                (logins, Creation::Credentials { skip_aggregation: new.skip_aggregation })
            };
            let mut case = engine.new_case(tx, scope, &new, institution, &logins, opted_in)?;
            engine.store_credentials(tx, &case, &logins)?;
            engine.create_case(tx, &mut case, how, new.wanted())?;
            let window = match how {
                Creation::OAuth => Some(engine.open_window(tx, &case, &new.window)?),
                _ => None,
            };
            engine.audit_user(tx, &call, user.scope, &case.member.guid.to_string())?;
            Ok::<_, Error>(Created { view: case.into(), window })
        });
        let created = created.await.map_err(login::in_use)?;
        self.wake_workers();
        Ok(created)
    }

    /// What deleted members with this login left goes in short writes, so that the creation, which purges them, is
    /// one too. What is wrong with the new member is said there.
    async fn purge_left_by_login(&self, scope: UserScope, new: &NewMember) -> Result<()> {
        let Ok(institution) = self.institution_for_new_member(new) else { return Ok(()) };
        let Ok(logins) = checked_credentials(&institution, &new.credentials, true) else { return Ok(()) };
        if let Some(hash) = self.login_hash(scope, &institution, &logins) {
            for no in self.db().deleted_members(scope, institution.guid, &hash).await? {
                self.purge_transactions_of_member(scope, no).await?;
            }
        }
        Ok(())
    }

    /// Writes the new member, and its job with it.
    pub(crate) fn create_case(
        &self,
        tx: &mut Tx<'_>,
        case: &mut Case,
        how: Creation,
        wanted: Wanted,
    ) -> Result<()> {
        let now = self.clock().now();
        let (state, job) = machine::create(how, now);
        let kept = &case.member.state;
        case.member.state = machine::MemberState {
            has_pfm: kept.has_pfm,
            is_managed_by_user: kept.is_managed_by_user,
            aggregated_at: kept.aggregated_at,
            ..state
        };
        if let Some(state) = job {
            let job = self.first_job(case, state, wanted);
            tx.insert_job(case.scope, &job)?;
            case.member.job = Some(job.guid);
            case.job = Some(job);
        }
        case.member.due_at = self.member_due(&case.member).map(|due| due.at);
        tx.insert_member(case.scope, &case.member)?;
        if let Some(external) = &case.member.external_guid
            && !tx.take_member_external_guid(case.scope, case.member.no, external)?
        {
            return Err(Error::Member("external_guid: already in use".into()));
        }
        self.tell_member(tx, case, Action::Created)
    }

    /// Changes a member; new credentials start a job, answers let one go on.
    pub async fn update_member(
        &self,
        call: &Call,
        scope: UserScope,
        guid: &str,
        patch: MemberPatch,
    ) -> Result<MemberView> {
        let guid = guid.parse::<MemberGuid>().map_err(|_| Error::NotFound("member"))?;
        let (engine, call) = (self.clone(), call.clone());
        let view = self.db().write(move |tx| {
            tx.set_quiet(call.is_quiet);
            unrestricted(tx, scope)?;
            let mut case = engine.case(tx, scope, guid)?;
            engine.patch_member(tx, &mut case, &patch)?;
            engine.audit_user(tx, &call, scope, &guid.to_string())?;
            Ok::<_, Error>(case.into())
        });
        let view = view.await.map_err(login::in_use)?;
        self.wake_workers();
        Ok(view)
    }

    fn patch_member(&self, tx: &mut Tx<'_>, case: &mut Case, patch: &MemberPatch) -> Result<()> {
        let scope = case.scope;
        let is_held = !case.member.is_managed_by_user;
        if is_held
            && (!patch.credentials.is_empty() || patch.external_guid.is_some() || patch.use_cases.is_some())
        {
            return Err(Error::rule("Member is managed by the partner."));
        }
        let before = case.member.clone();
        if let Some(metadata) = &patch.metadata {
            case.member.metadata.clone_from(metadata);
        }
        if let Some(name) = &patch.name {
            case.member.name.clone_from(name);
        }
        if let Some(disabled) = patch.background_is_disabled {
            case.member.background_is_disabled = disabled;
        }
        if let Some(use_cases) = &patch.use_cases
            && client_uses_use_cases(tx, scope)?
        {
            case.member.use_cases = login::joined_use_cases(use_cases);
            case.member.state.has_pfm = case.member.use_cases.split(',').any(|u| u == "PFM");
        }
        if let Some(external) = &patch.external_guid {
            login::change_external_guid(tx, case, external.as_deref())?;
        }
        if !patch.credentials.is_empty() {
            // Its transition writes the member, with what was changed above: one change, one revision.
            return self.patch_credentials(tx, case, patch);
        }
        if case.member != before {
            case.member.revision += 1;
            case.member.updated_at = self.clock().now();
            self.write_member(tx, scope, &mut case.member)?;
            self.tell_member(tx, case, Action::Updated)?;
        }
        Ok(())
    }

    fn patch_credentials(&self, tx: &mut Tx<'_>, case: &mut Case, patch: &MemberPatch) -> Result<()> {
        if self.are_answers(tx, case, &patch.credentials)? {
            if patch.skip_aggregation {
                return Err(Error::Documented(
                    "skip_aggregation must not be set when answering a challenge.",
                ));
            }
            let answers: Vec<GivenAnswer> = patch
                .credentials
                .iter()
                .map(|c| GivenAnswer { guid: c.guid.clone(), value: c.value.clone() })
                .collect();
            return self.answer(tx, case, &answers, true);
        }
        if case.member.is_manual || case.member.state.is_oauth || case.member.state.status.is_none() {
            return Err(Refusal::CredentialsCannotBeUpdated.into());
        }
        let given = checked_credentials(&case.institution, &patch.credentials, false)?;
        if matches!(
            case.member.state.status,
            Some(ConnectionStatus::Pending | ConnectionStatus::Discontinued | ConnectionStatus::Closed)
        ) {
            // Before the rules of the domain: the state (`spec: conventions, 5`, order of checks).
            return Err(Refusal::CredentialsCannotBeUpdated.into());
        }
        let institution = case.institution.clone();
        self.change_login(tx, case, &institution, &given)?;
        if case.member.state.status == Some(ConnectionStatus::Disabled) && case.institution.is_test {
            // Where the bank's own word disabled it, an update ends that first (`spec: sandbox, 2`).
            let _refused = self.apply(tx, case, Event::Enabled(Cause::Bank), Wanted::ALL)?;
        }
        let wanted = Wanted {
            include_transactions: patch.include_transactions.unwrap_or(true),
            include_holdings: true,
        };
        if let (Some(given), Some(job)) = (patch.include_transactions, case.job.as_mut())
            && job.state.status == JobStatus::Challenged
        {
            // It ends now, and the job in its place takes along what it would have taken, but for this.
            job.include_transactions = given;
        }
        let event = Event::UpdateCredentials { skip_aggregation: patch.skip_aggregation };
        self.apply(tx, case, event, wanted)??;
        self.store_credentials(tx, case, &given)
    }

    /// Whether the guids are those of open challenges: all or none must be.
    fn are_answers(&self, tx: &mut Tx<'_>, case: &Case, given: &[GivenCredential]) -> Result<bool> {
        let now = self.clock().now();
        let Some(job) = case.job.as_ref().filter(|job| machine::challenge_is_open(&job.state, now)) else {
            return Ok(false);
        };
        let open: Vec<String> =
            tx.challenges(case.scope, job.guid)?.iter().map(|row| row.guid.to_string()).collect();
        let answers = given.iter().filter(|c| open.contains(&c.guid)).count();
        if answers != 0 && answers != given.len() {
            return Err(Error::Documented(crate::job::STALE_CHALLENGES));
        }
        Ok(answers != 0)
    }

    /// Deletes a member; its running job ends, its data goes with it (row 33).
    pub async fn delete_member(&self, call: &Call, scope: UserScope, guid: &str) -> Result<()> {
        let guid = guid.parse::<MemberGuid>().map_err(|_| Error::NotFound("member"))?;
        let (engine, call) = (self.clone(), call.clone());
        self.db()
            .write(move |tx| {
                tx.set_quiet(call.is_quiet);
                unrestricted(tx, scope)?;
                let mut case = engine.case(tx, scope, guid)?;
                if !case.member.is_managed_by_user {
                    return Err(Error::rule("Member is managed by the partner."));
                }
                engine.apply(tx, &mut case, Event::Deleted, Wanted::ALL)??;
                engine.audit_user(tx, &call, scope, &guid.to_string())
            })
            .await
    }

    /// Asks for a job of one member (`spec: nexus-core, 10.3, 10.4`, first column).
    pub async fn ask_job(
        &self,
        call: &Call,
        scope: UserScope,
        guid: &str,
        kind: JobKind,
        wanted: Wanted,
    ) -> Result<Asked> {
        let guid = guid.parse::<MemberGuid>().map_err(|_| Error::NotFound("member"))?;
        let (engine, call) = (self.clone(), call.clone());
        let asked = self.db().write(move |tx| {
            tx.set_quiet(call.is_quiet);
            unrestricted(tx, scope)?;
            let mut case = engine.case(tx, scope, guid)?;
            crate::numbers::require_support(&case, kind)?;
            let started =
                match engine.apply(tx, &mut case, Event::AskJob { kind, by: AskedBy::Call }, wanted)? {
                    Ok(()) => true,
                    Err(Refusal::Start(NoStart::AlreadyRunning | NoStart::Throttled)) => false,
                    Err(refusal) => return Err(refusal.into()),
                };
            engine.audit_user(tx, &call, scope, &guid.to_string())?;
            Ok::<_, Error>(Asked { view: case.into(), started })
        });
        let asked = asked.await?;
        self.wake_workers();
        Ok(asked)
    }

    /// Asks for a job of every member; false where none was created although there are members.
    pub async fn ask_jobs(
        &self,
        call: &Call,
        scope: UserScope,
        wanted: Wanted,
    ) -> Result<(Vec<MemberView>, bool)> {
        let (engine, call) = (self.clone(), call.clone());
        let started = self.db().write(move |tx| {
            tx.set_quiet(call.is_quiet);
            let user = unrestricted(tx, scope)?;
            let members = tx.members(scope)?;
            let with_credentials = members.iter().filter(|m| !m.is_manual).collect::<Vec<_>>();
            if !with_credentials.is_empty() && with_credentials.iter().all(|m| !m.state.has_pfm) {
                return Err(Refusal::Start(NoStart::NoUseCase).into());
            }
            let is_empty = members.is_empty();
            let started = engine.start_jobs_of_user(tx, &user, AskedBy::Session, wanted)?;
            engine.audit_user(tx, &call, scope, &user.guid.to_string())?;
            Ok::<_, Error>(started > 0 || is_empty)
        });
        let started = started.await?;
        self.wake_workers();
        Ok((self.members(scope).await?, started))
    }

    pub(crate) fn store_credentials(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
        given: &[(CredentialGuid, SecretText)],
    ) -> Result<()> {
        let now = self.clock().now();
        let key = self.user_key(tx, case.scope)?;
        for (credential, value) in given {
            let row = credential_row_key(&case.member, *credential);
            let location = credential_location(case.scope, &row);
            tx.put_member_credential(
                case.scope,
                case.member.no,
                &MemberCredentialRow {
                    credential: *credential,
                    guid: MemberCredentialGuid::new(now, self.entropy()),
                    sealed: key.seal(&location, value.expose().as_bytes(), self.entropy()),
                    metadata: None,
                    created_at: now,
                    updated_at: now,
                },
            )?;
        }
        Ok(())
    }

    /// The stored credentials of a member, opened for its connector.
    pub(crate) fn opened_credentials(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
    ) -> Result<Vec<connectors::CredentialValue>> {
        let key = self.user_key(tx, case.scope)?;
        let rows = tx.member_credentials(case.scope, case.member.no)?;
        rows.iter()
            .map(|row| {
                let row_key = credential_row_key(&case.member, row.credential);
                let value = key.open(&credential_location(case.scope, &row_key), &row.sealed)?;
                let known = case.institution.credentials.iter().find(|c| c.guid == row.credential);
                Ok(connectors::CredentialValue {
                    credential_guid: row.credential,
                    field_name: match known {
                        Some(credential) => credential.field_name.clone(),
                        None => token_field(row.credential).unwrap_or_default().to_owned(),
                    },
                    value: SecretText::new(std::str::from_utf8(&value).map_err(Error::internal)?),
                })
            })
            .collect()
    }
}

/// The credentials given, each once, checked against what the institution asks for now.
fn checked_credentials(
    institution: &Institution,
    given: &[GivenCredential],
    all_required: bool,
) -> Result<Vec<(CredentialGuid, SecretText)>> {
    if given.is_empty() {
        return Err(Error::missing("credentials"));
    }
    let mut checked: Vec<(CredentialGuid, SecretText)> = Vec::with_capacity(given.len());
    for credential in given {
        let known = institution.credentials.iter().find(|c| c.guid.to_string() == credential.guid);
        let known = known.ok_or(Error::Documented(STALE_CREDENTIALS))?;
        let name = || known.field_name.clone();
        let value = credential.value.as_ref().filter(|v| !v.expose().is_empty());
        let value = value.ok_or_else(|| Error::missing(name()))?;
        if value.expose().chars().count() > CREDENTIAL_LENGTH_MAX {
            return Err(Error::Rule(
                format!("{}: at most {CREDENTIAL_LENGTH_MAX} characters", name()).into(),
            ));
        }
        checked.retain(|(guid, _)| *guid != known.guid);
        checked.push((known.guid, value.clone()));
    }
    let missing = institution
        .credentials
        .iter()
        .find(|c| !c.optional && !checked.iter().any(|(guid, _)| *guid == c.guid))
        .filter(|_| all_required);
    match missing {
        Some(credential) => Err(Error::missing(credential.field_name.clone())),
        None => Ok(checked),
    }
}

fn credential_row_key(member: &Member, credential: CredentialGuid) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(member.guid.as_bytes());
    key[16..].copy_from_slice(credential.as_bytes());
    key
}

fn credential_location(scope: UserScope, row: &[u8; 32]) -> Location<'_> {
    Location { table: "member_credentials", column: "sealed", row, user: scope.number() }
}

/// The kind of the field that is a member's login, most telling first (`spec: nexus-core, 4`).
pub(crate) const LOGIN_FIELDS: [FieldType; 2] = [FieldType::Login, FieldType::Userkey];
