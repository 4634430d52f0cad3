//! The way to the institution and back: one visit, one return, and what came of it in one commit (rows 4 and 5).
use super::exit;
use crate::{Call, Engine, Error, Result, after, case::Case, job::Wanted};
use connectors::oauth::{Authorization, ExchangeError, Tokens, authorize_url, challenge_of, error_reason};
use domain::{
    enums::{ConnectionStatus, OauthErrorReason, OauthState},
    env::Clock,
    guid::MemberGuid,
    machine::Event,
    secret::SecretText,
};
use serde_json::{Value, json};
use store::{Tx, oauth::OauthWindow, scope::UserScope};
use vault::{Location, OneTimeValue, TokenHash};

/// How the institution sends the user back.
#[derive(Debug, Clone)]
pub enum Returned {
    /// With a code for tokens.
    Code(SecretText),
    /// With an error, in the institution's words; empty where it said nothing.
    Error(String),
}

/// What came of a consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentEnd {
    /// The member it ended in.
    pub member: MemberGuid,
    /// Why it did not come about.
    pub reason: Option<OauthErrorReason>,
    /// Where the user goes; none: the page that tells its opener.
    pub location: Option<String>,
}

impl ConsentEnd {
    fn new(window: &OauthWindow, member: MemberGuid, reason: Option<OauthErrorReason>) -> Self {
        Self { member, reason, location: exit::location(window, member, reason) }
    }

    /// The message to the opener, JSON.
    pub fn message(&self) -> Value {
        let kind = format!("oauthComplete/{}", exit::word(self.reason));
        json!({"mx": true, "type": kind, "metadata": exit::metadata(self.member, self.reason)})
    }
}

/// A return with a code: what the exchange needs.
struct Claim {
    code: SecretText,
    verifier: SecretText,
    client_id: String,
}

/// What the first commit of a return found.
enum Claimed {
    /// No such state, or not any more.
    Nothing,
    /// The consent failed.
    Ended(ConsentEnd),
    /// The code is to be redeemed.
    Open(Claim),
}

/// The page at the institution where the user consents. All institutions by OAuth are the sandbox's.
fn authorize_page(public_url: &str) -> String {
    format!("{public_url}/sandbox/oauth/authorize")
}

/// Where institutions send users back to, exactly.
pub(super) fn redirect_uri(public_url: &str) -> String {
    format!("{public_url}/oauth/redirect_from")
}

impl Engine {
    /// The visit of a window's URI: where at the institution the user goes. `None`: used, expired or foreign.
    pub async fn begin_consent(
        &self,
        call: &Call,
        member: &str,
        opaque: &str,
        public_url: &str,
    ) -> Result<Option<String>> {
        let (Ok(member), Some(uri_hash)) = (member.parse::<MemberGuid>(), OneTimeValue::hash(opaque)) else {
            return Ok(None);
        };
        let (state, state_hash) = OneTimeValue::issue(self.entropy());
        let (verifier, _) = OneTimeValue::issue(self.entropy());
        let challenge = challenge_of(verifier.expose());
        let (engine, call, told) = (self.clone(), call.clone(), challenge.clone());
        let visited = self.db().write(move |tx| {
            let Some((scope, mut window)) = tx.oauth_window_by_uri(uri_hash.as_bytes())? else {
                return Ok(None);
            };
            let Some(case) = engine.case_of_window(tx, scope, &window)? else { return Ok(None) };
            if window.visited_at.is_some() || case.member.guid != member {
                return Ok(None);
            }
            let now = engine.clock().now();
            let key = engine.user_key(tx, scope)?;
            let at = verifier_location(scope, state_hash.as_bytes());
            window.verifier = Some(key.seal(&at, verifier.expose().as_bytes(), engine.entropy()));
            window.state_hash = Some(*state_hash.as_bytes());
            window.challenge = Some(told.clone());
            window.visited_at = Some(now);
            window.expires_at = after(now, engine.settings().oauth_uri_lifetime);
            tx.put_oauth_window(scope, &window)?;
            engine.audit_user(tx, &call, scope, &member.to_string())?;
            Ok::<_, Error>(Some(case.institution.code.clone()))
        });
        let Some(client_id) = visited.await? else { return Ok(None) };
        let with = Authorization {
            client_id: &client_id,
            redirect_uri: &redirect_uri(public_url),
            state: state.expose(),
            challenge: &challenge,
        };
        let url = authorize_url(&authorize_page(public_url), &with);
        url.map(Some).ok_or_else(|| Error::internal("public_url is no URL"))
    }

    /// The return from the institution. `None`: the state is used, expired or foreign, and nothing changed.
    pub async fn end_consent(
        &self,
        call: &Call,
        state: &str,
        returned: Returned,
        public_url: &str,
    ) -> Result<Option<ConsentEnd>> {
        let Some(hash) = OneTimeValue::hash(state) else { return Ok(None) };
        let claim = match self.claim(call, hash, returned).await? {
            Claimed::Nothing => return Ok(None),
            Claimed::Ended(end) => return Ok(Some(end)),
            Claimed::Open(claim) => claim,
        };
        let redirect_uri = redirect_uri(public_url);
        let redeemed =
            self.inner.oauth_banks.redeem(&claim.code, &claim.verifier, &claim.client_id, &redirect_uri);
        let tokens = match redeemed.await {
            Ok(tokens) => Ok(tokens),
            Err(error) => {
                tracing::warn!(%error, institution = claim.client_id, "a consent gave no tokens");
                Err(match error {
                    ExchangeError::Refused => OauthErrorReason::ProviderError,
                    ExchangeError::Failed(_) => OauthErrorReason::ServerError,
                })
            }
        };
        let (engine, call) = (self.clone(), call.clone());
        let ended = self.db().write(move |tx| {
            let Some((scope, window)) = tx.oauth_window_by_state(hash.as_bytes())? else { return Ok(None) };
            let Some(case) = engine.case_of_window(tx, scope, &window)? else { return Ok(None) };
            let end = match &tokens {
                Ok(tokens) => engine.consent_given(tx, case, window, tokens)?,
                Err(reason) => engine.consent_failed(tx, case, window, *reason)?,
            };
            engine.audit_user(tx, &call, scope, &end.member.to_string())?;
            Ok::<_, Error>(Some(end))
        });
        let ended = ended.await?;
        self.wake_workers();
        Ok(ended)
    }

    /// Uses the state up; a second return finds nothing.
    async fn claim(&self, call: &Call, hash: TokenHash, returned: Returned) -> Result<Claimed> {
        let (engine, call) = (self.clone(), call.clone());
        let claimed = self.db().write(move |tx| {
            let Some((scope, mut window)) = tx.oauth_window_by_state(hash.as_bytes())? else {
                return Ok(Claimed::Nothing);
            };
            let Some(case) = engine.case_of_window(tx, scope, &window)? else { return Ok(Claimed::Nothing) };
            if window.returned_at.is_some() {
                return Ok(Claimed::Nothing);
            }
            window.returned_at = Some(engine.clock().now());
            engine.audit_user(tx, &call, scope, &case.member.guid.to_string())?;
            let code = match &returned {
                Returned::Code(code) => code.clone(),
                Returned::Error(error) => {
                    let end = engine.consent_failed(tx, case, window, error_reason(error))?;
                    return Ok(Claimed::Ended(end));
                }
            };
            let key = engine.user_key(tx, scope)?;
            let sealed = window.verifier.as_deref().unwrap_or_default();
            let verifier = key.open(&verifier_location(scope, hash.as_bytes()), sealed)?;
            let verifier = SecretText::new(std::str::from_utf8(&verifier).map_err(Error::internal)?);
            tx.put_oauth_window(scope, &window)?;
            Ok::<_, Error>(Claimed::Open(Claim { code, verifier, client_id: case.institution.code.clone() }))
        });
        claimed.await
    }

    /// The member of a window that is still open; `None` where its time is over, or the member's is.
    fn case_of_window(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        window: &OauthWindow,
    ) -> Result<Option<Case>> {
        let now = self.clock().now();
        if window.state != OauthState::Pending || now >= window.expires_at {
            return Ok(None);
        }
        let Some(member) = tx.member_by_no(scope, window.member_no)? else { return Ok(None) };
        let is_old = member.state.status == Some(ConnectionStatus::Pending)
            && now >= after(member.state.created_at, self.settings().pending_lifetime);
        if is_old { Ok(None) } else { self.case_of(tx, scope, member).map(Some) }
    }

    /// Row 5.
    fn consent_failed(
        &self,
        tx: &mut Tx<'_>,
        mut case: Case,
        mut window: OauthWindow,
        reason: OauthErrorReason,
    ) -> Result<ConsentEnd> {
        window.state = OauthState::Errored;
        window.error_reason = Some(reason);
        window.verifier = None;
        tx.put_oauth_window(case.scope, &window)?;
        self.apply(tx, &mut case, Event::ConsentFailed, Wanted::ALL)??;
        Ok(ConsentEnd::new(&window, case.member.guid, Some(reason)))
    }

    /// Row 4, or row 5 where the user or the member may not.
    fn consent_given(
        &self,
        tx: &mut Tx<'_>,
        mut case: Case,
        mut window: OauthWindow,
        tokens: &Tokens,
    ) -> Result<ConsentEnd> {
        let user = tx.user_for_update(case.scope)?.ok_or(Error::NotFound("user"))?;
        if user.is_disabled {
            return self.consent_failed(tx, case, window, OauthErrorReason::SessionError);
        }
        let identity = tokens.identity.as_ref().map(|identity| self.identity_hash(&case, identity));
        let older = match &identity {
            Some(hash) => tx.member_by_login(case.scope, case.member.institution, hash)?,
            None => None,
        };
        let skip_aggregation = window.skip_aggregation || user.is_restricted;
        if let Some(older) = older.filter(|older| older.no != case.member.no) {
            let mut older = self.case_of(tx, case.scope, older)?;
            if !self.take_tokens(tx, &mut older, &window, skip_aggregation, tokens)? {
                return self.consent_failed(tx, case, window, OauthErrorReason::ServerError);
            }
            let end = ConsentEnd::new(&window, older.member.guid, None);
            if case.member.state.status == Some(ConnectionStatus::Pending) {
                self.apply(tx, &mut case, Event::Deleted, Wanted::ALL)??; // purges it and its window
            } else {
                close_window(tx, &case, &mut window)?;
            }
            return Ok(end);
        }
        if let Some(hash) = identity {
            if case.member.state.status == Some(ConnectionStatus::Pending) {
                let (scope, institution) = (case.scope, case.institution.clone());
                let old = self.replace_deleted(tx, scope, &institution, &hash, skip_aggregation)?;
                case.member.state.aggregated_at = old;
            }
            case.member.login_hash = Some(hash.to_vec());
        }
        if !self.take_tokens(tx, &mut case, &window, skip_aggregation, tokens)? {
            return self.consent_failed(tx, case, window, OauthErrorReason::ServerError);
        }
        close_window(tx, &case, &mut window)?;
        Ok(ConsentEnd::new(&window, case.member.guid, None))
    }

    /// Gives a member its tokens and, unless skipped, its job; false where its status does not take them.
    fn take_tokens(
        &self,
        tx: &mut Tx<'_>,
        case: &mut Case,
        window: &OauthWindow,
        skip_aggregation: bool,
        tokens: &Tokens,
    ) -> Result<bool> {
        let wanted = Wanted { include_transactions: window.include_transactions, include_holdings: true };
        if self.apply(tx, case, Event::ConsentGiven { skip_aggregation }, wanted)?.is_err() {
            return Ok(false);
        }
        tx.erase_member_credentials(case.scope, case.member.no)?;
        let credentials = tokens.credentials(None).into_iter().map(|c| (c.credential_guid, c.value));
        self.store_credentials(tx, case, &credentials.collect::<Vec<_>>())?;
        Ok(true)
    }

    /// Tells whether two consents are of the same user at the same institution.
    fn identity_hash(&self, case: &Case, identity: &SecretText) -> [u8; 32] {
        let user = case.scope.number().to_be_bytes();
        let parts: [&[u8]; 3] = [&user, case.member.institution.as_bytes(), identity.expose().as_bytes()];
        self.inner.keyed.keyed_hash("oauth identity", &parts)
    }

    /// Keeps tokens that the institution gave in place of those of a running job. Where the user consented anew in the
    /// meantime the newer ones stay: those of the job end with it.
    pub(crate) fn keep_renewed(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
        credentials: &[connectors::CredentialValue],
    ) -> Result<()> {
        if case.member.state.update_while_running != domain::machine::UpdateWhileRunning::None {
            return Ok(());
        }
        let renewed: Vec<_> = credentials.iter().map(|c| (c.credential_guid, c.value.clone())).collect();
        self.store_credentials(tx, case, &renewed)
    }
}

fn close_window(tx: &mut Tx<'_>, case: &Case, window: &mut OauthWindow) -> Result<()> {
    window.state = OauthState::Success;
    window.verifier = None;
    Ok(tx.put_oauth_window(case.scope, window)?)
}

fn verifier_location(scope: UserScope, state_hash: &[u8; 32]) -> Location<'_> {
    Location { table: "oauth_windows", column: "verifier", row: state_hash, user: scope.number() }
}
