//! The two requests of the protocol: for tokens (RFC 6749, 5) and, with one, for data.
use super::{ACCESS_TOKEN, REFRESH_TOKEN, token_field};
use crate::{
    CredentialValue,
    http::{HttpClient, HttpError, Limits},
};
use domain::{guid::CredentialGuid, secret::SecretText};
use http::{Request, StatusCode, header};
use serde::Deserialize;
use std::time::Duration;
use zeroize::Zeroizing;

/// Longest a request may take: a step may make two and has 45 seconds.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(20);
/// Bytes of an answer with tokens.
const TOKENS_BYTES_MAX: usize = 64 << 10;
/// Bytes of an answer with data.
const DATA_BYTES_MAX: usize = 16 << 20;
/// Characters of a token.
const TOKEN_CHARS_MAX: usize = 8 << 10;
/// Characters of the bank's name of its user.
const IDENTITY_CHARS_MAX: usize = 255;

/// Why there are no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The code or refresh token is worth nothing any more.
    #[error("the institution does not take the code or refresh token")]
    Refused,
    /// Anything else; for the operator, without secrets.
    #[error("{0}")]
    Failed(String),
}

/// Why there is no data.
pub(super) enum AskError {
    /// The access token is not taken.
    TokenRefused,
    /// Anything else; for the operator, without secrets.
    Failed(String),
}

/// What a consent, or a refresh, gives.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Shown with every request for data.
    pub access: SecretText,
    /// Good for the next pair.
    pub refresh: Option<SecretText>,
    /// The bank's own name of its user.
    pub identity: Option<SecretText>,
}

impl Tokens {
    /// As they are kept: a bank that sends no new refresh token goes on with the old one.
    pub fn credentials(&self, old_refresh: Option<&SecretText>) -> Vec<CredentialValue> {
        let credential = |guid: CredentialGuid, value: &SecretText| CredentialValue {
            credential_guid: guid,
            field_name: token_field(guid).unwrap_or_default().to_owned(),
            value: value.clone(),
        };
        let refresh = self.refresh.as_ref().or(old_refresh);
        let access = credential(ACCESS_TOKEN, &self.access);
        std::iter::once(access).chain(refresh.map(|token| credential(REFRESH_TOKEN, token))).collect()
    }
}

/// The bank's HTTP interface.
#[derive(Clone)]
pub(super) struct Bank {
    http: HttpClient,
    token_url: String,
    step_url: String,
}

/// An answer with tokens. Its `sub` is the user's name at the bank, as in OpenID Connect.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Zeroizing<String>,
    refresh_token: Option<Zeroizing<String>>,
    sub: Option<Zeroizing<String>>,
}

/// An answer without.
#[derive(Deserialize)]
struct TokenError {
    error: String,
}

impl Bank {
    pub(super) fn new(http: HttpClient, api_url: &str) -> Self {
        let api_url = api_url.trim_end_matches('/');
        Self { http, token_url: format!("{api_url}/token"), step_url: format!("{api_url}/step") }
    }

    /// Redeems a code.
    pub(super) async fn redeem(
        &self,
        code: &SecretText,
        verifier: &SecretText,
        client_id: &str,
        redirect_uri: &str,
    ) -> Result<Tokens, ExchangeError> {
        self.tokens(&[
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("code_verifier", verifier.expose()),
            ("client_id", client_id),
            ("redirect_uri", redirect_uri),
        ])
        .await
    }

    /// Asks for the next pair of tokens.
    pub(super) async fn refresh(&self, token: &SecretText, client_id: &str) -> Result<Tokens, ExchangeError> {
        let form =
            [("grant_type", "refresh_token"), ("refresh_token", token.expose()), ("client_id", client_id)];
        self.tokens(&form).await
    }

    async fn tokens(&self, form: &[(&str, &str)]) -> Result<Tokens, ExchangeError> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(&self.token_url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(body.into_bytes())
            .map_err(|_| ExchangeError::Failed("the request for tokens could not be written".to_owned()))?;
        let limits = Limits { timeout: REQUEST_TIME_MAX, body_max: TOKENS_BYTES_MAX };
        let answer = self.http.send(request, limits).await;
        let answer = answer.map_err(|error| ExchangeError::Failed(told("tokens", &error)))?;
        let (status, body) = (answer.status(), Zeroizing::new(answer.into_body()));
        if status != StatusCode::OK {
            let said = serde_json::from_slice::<TokenError>(&body).ok();
            let is_final =
                status.is_client_error() && said.as_ref().is_some_and(|it| it.error == "invalid_grant");
            return Err(if is_final {
                ExchangeError::Refused
            } else {
                ExchangeError::Failed(format!(
                    "asked for tokens, the institution answered {}",
                    status.as_u16()
                ))
            });
        }
        read_tokens(&body).ok_or_else(|| {
            ExchangeError::Failed("the institution's answer with tokens cannot be read".to_owned())
        })
    }

    /// Asks for data, within so many bytes.
    pub(super) async fn ask(
        &self,
        access: &SecretText,
        body: Vec<u8>,
        bytes_left: usize,
    ) -> Result<Vec<u8>, AskError> {
        let unwritten = |_| AskError::Failed("the request could not be written".to_owned());
        let bearer = Zeroizing::new(format!("Bearer {}", access.expose()));
        let mut bearer = header::HeaderValue::from_str(&bearer).map_err(|_| AskError::TokenRefused)?;
        bearer.set_sensitive(true);
        let request = Request::post(&self.step_url)
            .header(header::AUTHORIZATION, bearer)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(body)
            .map_err(unwritten)?;
        let limits = Limits { timeout: REQUEST_TIME_MAX, body_max: bytes_left.min(DATA_BYTES_MAX) };
        let answer = self.http.send(request, limits).await;
        let answer = answer.map_err(|error| AskError::Failed(told("data", &error)))?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            StatusCode::UNAUTHORIZED => Err(AskError::TokenRefused),
            status => Err(AskError::Failed(format!("the institution answered {}", status.as_u16()))),
        }
    }
}

fn told(what: &str, error: &HttpError) -> String {
    format!("asking the institution for {what}: {error}")
}

fn read_tokens(body: &[u8]) -> Option<Tokens> {
    let answer: TokenAnswer = serde_json::from_slice(body).ok()?;
    let token = |text: &Zeroizing<String>| {
        let fits = (1..=TOKEN_CHARS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| SecretText::new(text.as_str()))
    };
    let refresh = match &answer.refresh_token {
        Some(text) => Some(token(text)?),
        None => None,
    };
    let identity = answer.sub.filter(|sub| (1..=IDENTITY_CHARS_MAX).contains(&sub.chars().count()));
    Some(Tokens {
        access: token(&answer.access_token)?,
        refresh,
        identity: identity.map(|sub| SecretText::new(sub.as_str())),
    })
}
