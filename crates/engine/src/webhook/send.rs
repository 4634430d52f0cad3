//! One request to a receiver: proof, signature, answer (`spec: partner, 7`).
use super::{Hook, Proof};
use crate::Engine;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use connectors::http::{HttpClient, Limits};
use domain::{secret::SecretText, time::Timestamp};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use std::time::Duration;

/// Bytes of a receiver's answer that are read: it is not looked at.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// A token is used until so many seconds before its end.
const TOKEN_MARGIN_SECONDS: i64 = 30;
/// How long a token is used whose answer does not say it, seconds.
const TOKEN_SECONDS_UNSAID: i64 = 300;
/// Longest wait a receiver may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(86_400);
const ID_PREFIX: &str = "msg_";

/// What a receiver answered.
pub(super) struct Said {
    pub(super) status: StatusCode,
    /// How long it asks to be left alone.
    pub(super) retry_after: Option<Duration>,
}

/// `webhook-id` of an event.
pub(super) fn id_text(id: [u8; 16]) -> String {
    format!("{ID_PREFIX}{}", hex::encode(id))
}

/// The event of a `webhook-id`.
pub(super) fn id_of(text: &str) -> Option<[u8; 16]> {
    let mut id = [0; 16];
    hex::decode_to_slice(text.strip_prefix(ID_PREFIX)?, &mut id).ok()?;
    Some(id)
}

impl Engine {
    /// Sends a body once. An error is a text for the operator; it never holds a secret.
    pub(super) async fn send_event(&self, hook: &Hook, id: [u8; 16], body: Vec<u8>) -> Result<Said, String> {
        let http = self.http_of(hook)?;
        // The receiver compares it with its own clock, which no sandbox moves.
        let timestamp = self.clock().machine_now().as_seconds();
        let id = id_text(id);
        let signature = hook.secret.sign(&id, timestamp, &body);
        let mut request = Request::post(&hook.row.url)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(header::ACCEPT, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(body)
            .map_err(|_| "the URL is malformed".to_owned())?;
        if let Some(value) = self.authorization(hook).await? {
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        let answer = http.send(request, self.webhook_limits()).await.map_err(|e| e.to_string())?;
        let status = answer.status();
        if status == StatusCode::UNAUTHORIZED {
            self.inner.webhooks.tokens.lock().remove(&(hook.row.client.number(), hook.row.event));
        }
        let may_ask = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let asked = || retry_after(answer.headers(), self.clock().machine_now());
        Ok(Said { status, retry_after: may_ask.then(asked).flatten() })
    }

    fn webhook_limits(&self) -> Limits {
        Limits { timeout: self.settings().webhook_time_limit, body_max: ANSWER_BYTES_MAX }
    }

    fn http_of(&self, hook: &Hook) -> Result<HttpClient, String> {
        let Proof::Certificate { pem } = &hook.proof else { return Ok(self.http()) };
        if let Some(http) = hook.http.get() {
            return Ok(http.clone());
        }
        let http = self.http().with_certificate(pem.expose().as_bytes()).map_err(|e| e.to_string())?;
        Ok(hook.http.get_or_init(|| http).clone())
    }

    async fn authorization(&self, hook: &Hook) -> Result<Option<HeaderValue>, String> {
        let text = match &hook.proof {
            Proof::None | Proof::Certificate { .. } => return Ok(None),
            Proof::Basic { user, password } => basic(user, password),
            Proof::OAuth { .. } => {
                let token = self.bearer(hook).await?;
                SecretText::new(format!("Bearer {}", token.expose()))
            }
        };
        let value = HeaderValue::from_str(text.expose());
        let mut value = value.map_err(|_| "the proof cannot stand in a header".to_owned())?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// The bearer token: the one in memory, or a new one.
    async fn bearer(&self, hook: &Hook) -> Result<SecretText, String> {
        let key = (hook.row.client.number(), hook.row.event);
        let now = self.clock().machine_now();
        if let Some((token, until)) = self.inner.webhooks.tokens.lock().get(&key)
            && *until > now
        {
            return Ok(token.clone());
        }
        let Proof::OAuth { token_url, client_id, client_secret, scope } = &hook.proof else {
            return Err("there is no token for this webhook".to_owned());
        };
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let asked = scope.as_ref().map(|scope| format!("&scope={}", encoded(scope)));
        let form = format!("grant_type=client_credentials{}", asked.unwrap_or_default());
        let secret = SecretText::new(encoded(client_secret.expose()));
        let proof = basic(&encoded(client_id), &secret);
        let mut proof = HeaderValue::from_str(proof.expose())
            .map_err(|_| "the client's secret is malformed".to_owned())?;
        proof.set_sensitive(true);
        let request = Request::post(token_url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, proof)
            .body(form.into_bytes())
            .map_err(|_| "the token URL is malformed".to_owned())?;
        let answer = self.http().send(request, self.webhook_limits()).await;
        let answer = answer.map_err(|e| format!("the token URL: {e}"))?;
        if !answer.status().is_success() {
            return Err(format!("the token URL answered {}", answer.status().as_u16()));
        }
        let (token, seconds) = token_of(answer.body()).ok_or("the token URL gave no token")?;
        let until = now.plus_seconds(seconds.saturating_sub(TOKEN_MARGIN_SECONDS));
        self.inner.webhooks.tokens.lock().insert(key, (token.clone(), until));
        Ok(token)
    }
}

fn basic(user: &str, password: &SecretText) -> SecretText {
    SecretText::new(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose()))))
}

/// A token and how long it lives, seconds.
fn token_of(body: &[u8]) -> Option<(SecretText, i64)> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let token = body.get("access_token")?.as_str().filter(|token| !token.is_empty())?;
    let seconds = body.get("expires_in").and_then(serde_json::Value::as_i64);
    Some((SecretText::new(token), seconds.unwrap_or(TOKEN_SECONDS_UNSAID)))
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            Timestamp::parse_http_date(text)?.as_seconds().saturating_sub(now.as_seconds()).try_into().ok()?
        }
    };
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, text.parse().unwrap());
        retry_after(&headers, Timestamp::from_seconds(784_111_700)).map(|wait| wait.as_secs())
    }

    #[test]
    fn retry_after_in_both_forms() {
        assert_eq!(after("120"), Some(120));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(77));
        assert_eq!(after("Sun, 06 Nov 1994 08:00:00 GMT"), None);
        assert_eq!(after("soon"), None);
        assert_eq!(after("99999999999"), Some(86_400));
    }

    #[test]
    fn ids_there_and_back() {
        assert_eq!(id_of(&id_text([7; 16])), Some([7; 16]));
        assert_eq!((id_of("msg_07"), id_of("evt_"), id_of("")), (None, None, None));
    }

    #[test]
    fn tokens_with_and_without_a_lifetime() {
        let seconds = |body: &str| token_of(body.as_bytes()).map(|(_, seconds)| seconds);
        assert_eq!(seconds(r#"{"access_token":"a","expires_in":3600}"#), Some(3600));
        assert_eq!(seconds(r#"{"access_token":"a"}"#), Some(300));
        assert_eq!((seconds(r#"{"access_token":""}"#), seconds("<html>")), (None, None));
    }
}
