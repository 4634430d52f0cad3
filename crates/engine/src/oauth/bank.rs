//! The sandbox's banks by OAuth, as far as they are behind HTTP: codes, tokens, and the conversation of the sandbox
//! bank for whoever has a token (`spec: sandbox, 1`). Codes and tokens hold all the bank knows, sealed; the store keeps
//! of a grant only what one use and rotation need.
use crate::{Engine, Error, Result, after};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use connectors::{
    CredentialValue, Turn,
    oauth::{Asked, challenge_of, write_step},
    sandbox::is_revoked,
};
use domain::{env::Clock, guid::CredentialGuid, secret::SecretText, time::Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;
use vault::{Location, OneTimeValue, same};
use zeroize::Zeroizing;

/// How long a code may be redeemed, service time.
const CODE_LIFETIME: Duration = Duration::from_secs(300);
/// How long an access token is taken, service time.
const ACCESS_LIFETIME: Duration = Duration::from_secs(600);

/// What a user is asked to allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankRequest {
    /// Who asks: by the code of the institution it asks at.
    pub client_id: String,
    /// Where the user is sent back to.
    pub redirect_uri: String,
    /// The PKCE challenge, S256.
    pub challenge: String,
}

/// What a code or a refresh token is good for.
#[derive(Debug)]
pub struct BankTokens {
    /// For ten minutes.
    pub access: SecretText,
    /// For the next pair.
    pub refresh: SecretText,
    /// Seconds that the access token is taken.
    pub expires_in: u64,
    /// The bank's name of its user.
    pub login: SecretText,
}

/// Why the bank does not answer.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// The code or token is used, expired, revoked or none of the bank's.
    #[error("the code or token is not taken")]
    Refused,
    /// The request is malformed.
    #[error("the request is malformed")]
    Malformed,
    /// Our fault.
    #[error(transparent)]
    Engine(#[from] Error),
}

/// What a user allowed.
#[derive(Clone, Serialize, Deserialize)]
struct Grant {
    id: [u8; 16],
    institution: String,
    login: Zeroizing<String>,
    password: Zeroizing<String>,
}

#[derive(Serialize, Deserialize)]
struct Code {
    grant: Grant,
    redirect_uri: String,
    challenge: String,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct Access {
    grant: Grant,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct Refresh {
    grant: Grant,
    generation: i64,
}

impl Engine {
    /// The institution and challenge of a request that a state of ours belongs to: for a form that was posted
    /// without the page's query.
    pub async fn bank_request_of(&self, state: &str) -> Result<Option<(String, String)>> {
        let Some(hash) = OneTimeValue::hash(state) else { return Ok(None) };
        let Some((scope, window)) = self.db().oauth_window_by_state(hash.as_bytes()).await? else {
            return Ok(None);
        };
        let members = self.members(scope).await?;
        let view = members.into_iter().find(|view| view.member.no == window.member_no);
        Ok(view.zip(window.challenge).map(|(view, challenge)| (view.institution.code.clone(), challenge)))
    }

    /// Whether one of the sandbox's banks by OAuth has this code.
    pub fn is_bank_by_oauth(&self, code: &str) -> bool {
        let known = self.catalogue().find(code);
        known.is_some_and(|it| it.connector == crate::catalogue::SANDBOX_OAUTH && it.code == code)
    }

    /// A code for what a user allowed.
    pub fn bank_code(
        &self,
        request: &BankRequest,
        login: &SecretText,
        password: &SecretText,
    ) -> Result<SecretText> {
        let mut id = [0; 16];
        self.entropy().fill(&mut id);
        let text = |secret: &SecretText| Zeroizing::new(secret.expose().to_owned());
        let grant = Grant {
            id,
            institution: request.client_id.clone(),
            login: text(login),
            password: text(password),
        };
        let expires_at = after(self.clock().now(), CODE_LIFETIME).as_micros();
        let code = Code {
            grant,
            redirect_uri: request.redirect_uri.clone(),
            challenge: request.challenge.clone(),
            expires_at,
        };
        self.sealed("code", &code)
    }

    /// Redeems a code, once.
    pub async fn bank_redeem(
        &self,
        code: &str,
        verifier: &str,
        client_id: &str,
        redirect_uri: &str,
    ) -> Result<BankTokens, BankError> {
        let code: Code = self.opened("code", code).ok_or(BankError::Refused)?;
        let is_right = self.clock().now() < Timestamp::from_micros(code.expires_at)
            && code.grant.institution == client_id
            && code.redirect_uri == redirect_uri
            && same(challenge_of(verifier).as_bytes(), code.challenge.as_bytes());
        if !is_right {
            return Err(BankError::Refused);
        }
        let (id, now) = (code.grant.id, self.clock().now());
        let is_first: Result<bool> = self.db().write(move |tx| Ok(tx.insert_sandbox_grant(&id, now)?)).await;
        if !is_first? {
            return Err(BankError::Refused);
        }
        Ok(self.tokens_of(code.grant, 0)?)
    }

    /// The next pair of tokens; the refresh token that was used is worth nothing once its successor was used.
    pub async fn bank_refresh(&self, token: &str, client_id: &str) -> Result<BankTokens, BankError> {
        let token: Refresh = self.opened("refresh", token).ok_or(BankError::Refused)?;
        if token.grant.institution != client_id || is_revoked(&token.grant.password) {
            return Err(BankError::Refused);
        }
        let (id, generation, now) = (token.grant.id, token.generation, self.clock().now());
        let is_taken: Result<bool> =
            self.db().write(move |tx| Ok(tx.use_sandbox_grant(&id, generation, now)?)).await;
        if !is_taken? {
            return Err(BankError::Refused);
        }
        Ok(self.tokens_of(token.grant, generation.saturating_add(1))?)
    }

    /// The next step of a conversation for whoever has an access token.
    pub async fn bank_step(&self, token: &str, body: &[u8]) -> Result<Vec<u8>, BankError> {
        let token: Access = self.opened("access", token).ok_or(BankError::Refused)?;
        let now = self.clock().now();
        if now >= Timestamp::from_micros(token.expires_at) || is_revoked(&token.grant.password) {
            return Err(BankError::Refused);
        }
        let asked = Asked::read(body, &token.grant.institution).map_err(|_| BankError::Malformed)?;
        let credential = |field_name: &str, value: &str| CredentialValue {
            credential_guid: CredentialGuid::from_bytes([0; 16]),
            field_name: field_name.to_owned(),
            value: SecretText::new(value),
        };
        let credentials =
            [credential("LOGIN", &token.grant.login), credential("PASSWORD", &token.grant.password)];
        let bank = self.inner.connectors.read().get("sandbox").cloned().ok_or(BankError::Malformed)?;
        loop {
            let faults = self.faults_at(&token.grant.institution, asked.request.member_guid).await?;
            let turn = Turn {
                request: &asked.request,
                credentials: &credentials,
                continuation: asked.continuation.as_deref(),
                answers: asked.answers.as_deref(),
                now,
                faults: &faults,
            };
            let step = bank.step(turn).await;
            if self.count_faults(faults.drawn()).await? {
                return Ok(write_step(&step).map_err(Error::internal)?);
            }
        }
    }

    fn tokens_of(&self, grant: Grant, generation: i64) -> Result<BankTokens> {
        let login = SecretText::new(grant.login.as_str());
        let expires_at = after(self.clock().now(), ACCESS_LIFETIME).as_micros();
        let access = self.sealed("access", &Access { grant: grant.clone(), expires_at })?;
        let refresh = self.sealed("refresh", &Refresh { grant, generation })?;
        Ok(BankTokens { access, refresh, expires_in: ACCESS_LIFETIME.as_secs(), login })
    }

    fn sealed(&self, kind: &str, what: &impl Serialize) -> Result<SecretText> {
        let plain = Zeroizing::new(serde_json::to_vec(what).map_err(Error::internal)?);
        let sealed = self.inner.bank_key.seal(&location(kind), &plain, self.entropy());
        Ok(SecretText::new(URL_SAFE_NO_PAD.encode(sealed)))
    }

    fn opened<T: DeserializeOwned>(&self, kind: &str, text: &str) -> Option<T> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = self.inner.bank_key.open(&location(kind), &sealed).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

/// A code does not open as a token, nor one kind of token as the other.
fn location(kind: &str) -> Location<'_> {
    Location { table: "sandbox bank", column: kind, row: &[], user: 0 }
}
