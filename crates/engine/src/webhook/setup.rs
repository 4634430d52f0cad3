//! Setting webhooks up: by the operator, and in sandbox mode over HTTP.
use super::{Hook, WebhookCounts};
use crate::{Call, Engine, Error, Result, client::Client};
use domain::{
    env::Clock,
    secret::SecretText,
    time::Timestamp,
    webhook::{Action, EventType},
};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock, atomic::Ordering};
use store::{
    scope::{ClientScope, SystemScope},
    webhooks::Webhook,
};
use vault::{Location, WebhookSecret};

/// Longest URL, bytes.
const URL_BYTES_MAX: usize = 2048;

/// What a webhook shows its receiver besides the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Nothing.
    None,
    /// HTTP Basic.
    Basic {
        /// Name.
        user: String,
        /// Password.
        password: SecretText,
    },
    /// A client certificate.
    Certificate {
        /// PEM of the private key and the chain.
        pem: SecretText,
    },
    /// A bearer token by OAuth2 client credentials.
    OAuth {
        /// Where tokens are asked for.
        token_url: String,
        /// Id of the client there.
        client_id: String,
        /// Its secret.
        client_secret: SecretText,
        /// What is asked for.
        scope: Option<String>,
    },
}

impl Proof {
    /// Names of the kinds.
    pub const KINDS: [&'static str; 4] = ["none", "basic", "certificate", "oauth"];

    /// Its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::None => Self::KINDS[0],
            Self::Basic { .. } => Self::KINDS[1],
            Self::Certificate { .. } => Self::KINDS[2],
            Self::OAuth { .. } => Self::KINDS[3],
        }
    }
}

/// The stored form of what is secret, sealed: signing secret, then the parts of the proof.
#[derive(Serialize, Deserialize)]
struct Sealed {
    secret: String,
    parts: Vec<String>,
}

impl Sealed {
    fn of(secret: &SecretText, proof: &Proof) -> Self {
        let texts: Vec<&str> = match proof {
            Proof::None => Vec::new(),
            Proof::Basic { user, password } => vec![user, password.expose()],
            Proof::Certificate { pem } => vec![pem.expose()],
            Proof::OAuth { token_url, client_id, client_secret, scope } => {
                let required = [token_url, client_id, client_secret.expose()];
                required.into_iter().chain(scope.as_deref()).collect()
            }
        };
        Self { secret: secret.expose().to_owned(), parts: texts.into_iter().map(str::to_owned).collect() }
    }

    fn proof(self, kind: &str) -> Option<(WebhookSecret, Proof)> {
        let secret = WebhookSecret::parse(&SecretText::new(self.secret))?;
        let mut parts = self.parts.into_iter();
        let proof = match kind {
            "none" => Proof::None,
            "basic" => Proof::Basic { user: parts.next()?, password: SecretText::new(parts.next()?) },
            "certificate" => Proof::Certificate { pem: SecretText::new(parts.next()?) },
            "oauth" => Proof::OAuth {
                token_url: parts.next()?,
                client_id: parts.next()?,
                client_secret: SecretText::new(parts.next()?),
                scope: parts.next(),
            },
            _ => return None,
        };
        Some((secret, proof))
    }
}

/// A webhook, without what is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookInfo {
    /// What it hears of.
    pub event: EventType,
    /// Where it goes.
    pub url: String,
    /// Kind of its proof.
    pub auth: String,
    /// False: its receiver answered 410, and nothing is sent until it is added again.
    pub is_on: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Latest change.
    pub updated_at: Timestamp,
}

impl From<&Webhook> for WebhookInfo {
    fn from(row: &Webhook) -> Self {
        Self {
            event: row.event,
            url: row.url.clone(),
            auth: row.auth.clone(),
            is_on: row.off_at.is_none(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// An event that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedEvent {
    /// Its `webhook-id`.
    pub id: String,
    /// Its type.
    pub event: EventType,
    /// What it tells of its object.
    pub action: Action,
    /// Tries so far.
    pub tries: u32,
    /// When the change was made.
    pub made_at: Timestamp,
    /// When it was given up.
    pub ended_at: Option<Timestamp>,
    /// What came of the last try.
    pub outcome: String,
}

/// What a receiver said to a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Whether it accepted.
    pub is_accepted: bool,
    /// Its status, or why there is none.
    pub outcome: String,
}

fn sealed_row(client: ClientScope, event: EventType) -> [u8; 9] {
    let mut row = [0; 9];
    row[..8].copy_from_slice(&client.number().to_be_bytes());
    row[8] = event.code();
    row
}

fn sealed_at(row: &[u8; 9]) -> Location<'_> {
    Location { table: "webhooks", column: "sealed", row, user: 0 }
}

impl Engine {
    /// The client's webhooks.
    pub async fn webhooks(&self, client: &Client) -> Result<Vec<WebhookInfo>> {
        let all = self.db().webhooks(SystemScope::of_the_service()).await?;
        Ok(all.iter().filter(|row| row.client == client.scope).map(WebhookInfo::from).collect())
    }

    /// Makes a webhook, or replaces the one of its type; its signing secret is shown only here.
    pub async fn add_webhook(
        &self,
        call: &Call,
        client: &Client,
        event: EventType,
        url: &str,
        proof: &Proof,
    ) -> Result<(WebhookInfo, SecretText)> {
        self.check_webhook(url, proof)?;
        let secret = WebhookSecret::issue(self.entropy());
        let text = serde_json::to_vec(&Sealed::of(&secret, proof)).map_err(Error::internal)?;
        let text = zeroize::Zeroizing::new(text);
        let place = sealed_row(client.scope, event);
        let now = self.clock().now();
        let row = Webhook {
            client: client.scope,
            event,
            url: url.to_owned(),
            auth: proof.kind().to_owned(),
            sealed: self.inner.service_key.seal(&sealed_at(&place), &text, self.entropy()),
            off_at: None,
            created_at: now,
            updated_at: now,
        };
        let (engine, call, scope) = (self.clone(), call.clone(), client.scope);
        let written = self.db().write(move |tx| {
            tx.put_webhook(&row)?;
            tx.note_change("webhooks", &[])?;
            engine.audit(tx, &call, Some(scope.number()), None, event.name())?;
            let row = tx.webhook(scope, event)?.ok_or_else(|| Error::internal("a webhook is gone"))?;
            Ok::<_, Error>(WebhookInfo::from(&row))
        });
        let info = written.await?;
        self.reload_webhooks().await?;
        Ok((info, secret))
    }

    fn check_webhook(&self, url: &str, proof: &Proof) -> Result<()> {
        let checked = |name: &str, url: &str| match self.http().check(url) {
            _ if url.len() > URL_BYTES_MAX => {
                Err(Error::Rule(format!("{name}: at most {URL_BYTES_MAX} bytes").into()))
            }
            Err(refused) => Err(Error::Rule(format!("{name}: {refused}").into())),
            Ok(_) => Ok(()),
        };
        checked("url", url)?;
        match proof {
            Proof::OAuth { token_url, .. } => checked("token_url", token_url),
            Proof::Certificate { pem } => match self.http().with_certificate(pem.expose().as_bytes()) {
                Ok(_) => Ok(()),
                Err(refused) => Err(Error::Rule(format!("certificate: {refused}").into())),
            },
            Proof::Basic { user, .. } if user.contains(':') => {
                Err(Error::rule("user: must not hold a colon"))
            }
            Proof::None | Proof::Basic { .. } => Ok(()),
        }
    }

    /// Removes a webhook with all its events.
    pub async fn remove_webhook(&self, call: &Call, client: &Client, event: EventType) -> Result<()> {
        let (engine, call, scope) = (self.clone(), call.clone(), client.scope);
        let removed = self.db().write(move |tx| {
            if !tx.delete_webhook(scope, event)? {
                return Err(Error::NotFound("webhook"));
            }
            tx.note_change("webhooks", &[])?;
            engine.audit(tx, &call, Some(scope.number()), None, event.name())
        });
        removed.await?;
        self.reload_webhooks().await
    }

    /// Sends an event that tells nothing; once, at once.
    pub async fn test_webhook(&self, client: &Client, event: EventType) -> Result<Tested> {
        self.reload_webhooks().await?;
        let hook = self.hook(client.scope, event).ok_or(Error::NotFound("webhook"))?;
        let mut id = [0; 16];
        self.entropy().fill(&mut id);
        let body = format!(r#"{{"action":"test","type":"{}"}}"#, event.name().to_uppercase());
        Ok(match self.send_event(&hook, id, body.into_bytes()).await {
            Ok(said) => {
                Tested { is_accepted: said.status.is_success(), outcome: said.status.as_u16().to_string() }
            }
            Err(outcome) => Tested { is_accepted: false, outcome },
        })
    }

    /// The client's events that were given up, latest first.
    pub async fn failed_events(&self, client: &Client, limit: u32) -> Result<Vec<FailedEvent>> {
        let rows = self.db().failed_events(client.scope, limit.into()).await?;
        let failed = rows.into_iter().map(|row| FailedEvent {
            id: super::send::id_text(row.id),
            event: row.event,
            action: row.action,
            tries: row.tries,
            made_at: row.made_at,
            ended_at: row.ended_at,
            outcome: row.outcome.unwrap_or_default(),
        });
        Ok(failed.collect())
    }

    /// Sends an event of the client once more, accepted or given up, or all that were given up; says how many.
    pub async fn send_again(&self, call: &Call, client: &Client, id: Option<&str>) -> Result<u64> {
        let id = id.map(|id| super::send::id_of(id).ok_or(Error::NotFound("event"))).transpose()?;
        let (engine, call, scope, now) = (self.clone(), call.clone(), client.scope, self.clock().now());
        let again = self.db().write(move |tx| {
            let count = match id {
                None => tx.send_failed_events_again(scope, now)?,
                Some(id) if tx.send_event_again(scope, id, now)? => 1,
                Some(_) => return Err(Error::NotFound("event")),
            };
            engine.audit(tx, &call, Some(scope.number()), None, "")?;
            Ok(count)
        });
        let count = again.await?;
        self.inner.webhooks.wake.notify_one();
        Ok(count)
    }

    /// Counts for `/metrics`.
    pub async fn webhook_counts(&self) -> Result<WebhookCounts> {
        let webhooks = &self.inner.webhooks;
        let has_any = !webhooks.hooks().is_empty();
        let pending =
            if has_any { self.db().pending_events(SystemScope::of_the_service()).await? } else { 0 };
        Ok(WebhookCounts {
            accepted: webhooks.accepted.load(Ordering::Relaxed),
            failed: webhooks.failed.load(Ordering::Relaxed),
            pending: pending.unsigned_abs(),
        })
    }

    /// Reads all webhooks anew.
    pub(crate) async fn reload_webhooks(&self) -> Result<()> {
        let rows = self.db().webhooks(SystemScope::of_the_service()).await?;
        let hooks = rows.into_iter().map(|row| self.opened_hook(row)).collect::<Result<Vec<_>>>()?;
        self.inner.webhooks.replace(hooks);
        Ok(())
    }

    fn opened_hook(&self, row: Webhook) -> Result<Arc<Hook>> {
        let place = sealed_row(row.client, row.event);
        let text = self.inner.service_key.open(&sealed_at(&place), &row.sealed)?;
        let sealed: Sealed = serde_json::from_slice(&text).map_err(Error::internal)?;
        let (secret, proof) =
            sealed.proof(&row.auth).ok_or_else(|| Error::internal("a webhook's secrets are unreadable"))?;
        Ok(Arc::new(Hook { row, secret, proof, http: OnceLock::new() }))
    }

    pub(super) fn hook(&self, client: ClientScope, event: EventType) -> Option<Arc<Hook>> {
        let hooks = self.inner.webhooks.hooks();
        hooks.iter().find(|hook| hook.row.client == client && hook.row.event == event).cloned()
    }
}
