//! Banks by OAuth 2.0: the authorization code with PKCE (S256) and `state`, refresh tokens that rotate, and the bank's
//! data over HTTP with the bearer token.
//!
//! How to use it: send the user to [`authorize_url`], redeem the code that comes back with [`OauthBanks::redeem`],
//! keep the tokens as credentials ([`Tokens::credentials`]) and hand the member's jobs to [`OauthBanks`]. An access
//! token that the bank no longer takes is replaced by a step of its own ([`Outcome::Renewed`]), so that the new refresh
//! token is kept before the old one is worth nothing. Source: RFC 6749, RFC 7636; `spec: nexus-core, 4, 10.2` (row 27).
mod client;
mod feed;
mod wire;

#[cfg(test)]
mod tests;

pub use client::{ExchangeError, Tokens};
pub use wire::{Asked, NotAsked, write_step};

use crate::{Connector, CredentialValue, Outcome, Refusal, Step, Turn, http::HttpClient};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use client::{AskError, Bank};
use domain::{
    enums::{FieldType, OauthErrorReason},
    guid::CredentialGuid,
    secret::SecretText,
};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{future::Future, pin::Pin, time::Duration};
use url::Url;

/// Bytes that all answers of a bank may have in one job.
const JOB_BYTES_MAX: usize = 64 << 20;
/// How often one job may replace its tokens.
const RENEWALS_MAX: u8 = 5;

/// What the user is sent to the bank with.
#[derive(Debug, Clone, Copy)]
pub struct Authorization<'a> {
    /// As the bank knows us.
    pub client_id: &'a str,
    /// Where the bank sends the user back to, exactly.
    pub redirect_uri: &'a str,
    /// What binds the way back to the way there.
    pub state: &'a str,
    /// The PKCE challenge.
    pub challenge: &'a str,
}

/// The bank's page with all it must know in its query; `None` where the page is no URL.
pub fn authorize_url(page: &str, with: &Authorization<'_>) -> Option<String> {
    let mut url = Url::parse(page).ok()?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", with.client_id)
        .append_pair("redirect_uri", with.redirect_uri)
        .append_pair("state", with.state)
        .append_pair("code_challenge", with.challenge)
        .append_pair("code_challenge_method", "S256");
    Some(url.into())
}

/// The PKCE challenge of a verifier: base64url of its SHA-256.
pub fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// What a bank's `error` means: its own name for it, else by RFC 6749, 4.1.2.1.
pub fn error_reason(error: &str) -> OauthErrorReason {
    match error {
        "access_denied" => OauthErrorReason::Denied,
        "temporarily_unavailable" => OauthErrorReason::ServerError,
        "invalid_request" | "unauthorized_client" | "unsupported_response_type" | "invalid_scope" => {
            OauthErrorReason::ProviderError
        }
        own => OauthErrorReason::from_name(own).unwrap_or(OauthErrorReason::UnknownError),
    }
}

/// The guids under which a member's tokens are kept; no institution asks for credentials of these guids.
const ACCESS_TOKEN: CredentialGuid = token_guid(FieldType::OauthAccessToken);
const REFRESH_TOKEN: CredentialGuid = token_guid(FieldType::OauthRefreshToken);

const fn token_guid(field: FieldType) -> CredentialGuid {
    CredentialGuid::from_bytes([0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, field.code()])
}

/// The name of the field that a stored credential is, where it is a token.
pub fn token_field(guid: CredentialGuid) -> Option<&'static str> {
    if guid == ACCESS_TOKEN {
        Some(FieldType::OauthAccessToken.name())
    } else if guid == REFRESH_TOKEN {
        Some(FieldType::OauthRefreshToken.name())
    } else {
        None
    }
}

/// The banks of the sandbox that are reached by OAuth: one HTTP interface for all of them.
#[derive(Default)]
pub struct OauthBanks {
    bank: RwLock<Option<Bank>>,
}

/// What a conversation remembers between two steps; no secret.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Remembered {
    /// What the bank remembers, base64.
    bank: Option<String>,
    /// Bytes received so far.
    received: usize,
    /// How often tokens were replaced.
    renewals: u8,
}

impl OauthBanks {
    /// Says where the interface is, and through what it is reached.
    pub fn reach(&self, http: HttpClient, api_url: &str) {
        *self.bank.write() = Some(Bank::new(http, api_url));
    }

    /// Redeems a code for tokens.
    pub async fn redeem(
        &self,
        code: &SecretText,
        verifier: &SecretText,
        client_id: &str,
        redirect_uri: &str,
    ) -> Result<Tokens, ExchangeError> {
        let bank = self.bank().ok_or(ExchangeError::Failed(UNREACHED.to_owned()))?;
        bank.redeem(code, verifier, client_id, redirect_uri).await
    }

    fn bank(&self) -> Option<Bank> {
        self.bank.read().clone()
    }
}

const UNREACHED: &str = "the address of the institution is not known: this process serves no sandbox";

impl Connector for OauthBanks {
    fn step<'a>(&'a self, turn: Turn<'a>) -> Pin<Box<dyn Future<Output = Step> + Send + 'a>> {
        Box::pin(async move {
            match self.bank() {
                Some(bank) => talk(&bank, &turn).await,
                None => failed(UNREACHED),
            }
        })
    }
}

async fn talk(bank: &Bank, turn: &Turn<'_>) -> Step {
    let Some(access) = token(turn.credentials, ACCESS_TOKEN) else {
        return end(Outcome::Refused(Refusal::Impaired));
    };
    let remembered = turn.continuation.map_or(Ok(Remembered::default()), serde_json::from_slice);
    let Ok(mut remembered) = remembered else { return failed("the continuation is not ours") };
    let Some(bytes_left) = JOB_BYTES_MAX.checked_sub(remembered.received).filter(|left| *left > 0) else {
        return failed("the institution sent more than 64 MiB in one job");
    };
    let asked = match wire::write_asked(turn, remembered.bank.as_deref()) {
        Ok(asked) => asked,
        Err(error) => return failed(&format!("the request could not be written: {error}")),
    };
    let answer = match bank.ask(access, asked, bytes_left).await {
        Ok(answer) => answer,
        Err(AskError::TokenRefused) => return renewed(bank, turn, remembered).await,
        Err(AskError::Failed(reason)) => return failed(&reason),
    };
    remembered.received = remembered.received.saturating_add(answer.len());
    match wire::read_step(&answer) {
        Ok((outcome, wait, own)) => {
            remembered.bank = Some(own);
            go_on(outcome, wait, &remembered)
        }
        Err(malformed) => failed(&format!("the answer of the institution cannot be read: {malformed}")),
    }
}

/// Replaces the tokens; the step that the bank refused is made again with the new ones.
async fn renewed(bank: &Bank, turn: &Turn<'_>, mut remembered: Remembered) -> Step {
    let Some(refresh) = token(turn.credentials, REFRESH_TOKEN) else {
        return end(Outcome::Refused(Refusal::Impaired));
    };
    if remembered.renewals >= RENEWALS_MAX {
        return failed("the institution refuses the tokens that it has just given");
    }
    remembered.renewals += 1;
    match bank.refresh(refresh, &turn.request.institution_code).await {
        Ok(tokens) => {
            let credentials = tokens.credentials(Some(refresh));
            go_on(Outcome::Renewed(credentials), Duration::ZERO, &remembered)
        }
        Err(ExchangeError::Refused) => end(Outcome::Refused(Refusal::Impaired)),
        Err(ExchangeError::Failed(reason)) => failed(&reason),
    }
}

fn token(credentials: &[CredentialValue], guid: CredentialGuid) -> Option<&SecretText> {
    credentials.iter().find(|credential| credential.credential_guid == guid).map(|found| &found.value)
}

fn go_on(outcome: Outcome, wait: Duration, remembered: &Remembered) -> Step {
    match serde_json::to_vec(remembered) {
        Ok(continuation) => Step { outcome, wait, continuation },
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(reason: &str) -> Step {
    end(Outcome::Failed { reason: reason.to_owned() })
}

fn end(outcome: Outcome) -> Step {
    Step { outcome, wait: Duration::ZERO, continuation: Vec::new() }
}
