//! `webhook add`, `list`, `show`, `remove`, `test`, `failed`, `redeliver`.
use super::{client::find, explain};
use domain::{secret::SecretText, webhook::EventType};
use engine::{Call, Engine, Error, webhook::Proof};
use serde::{Deserialize, Serialize};

/// What is asked of webhooks of a client.
#[derive(Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(crate) enum WebhookOrder {
    /// Makes or replaces one.
    Add { event: String, url: String, proof: ProofOrder },
    /// All of them.
    List,
    /// One.
    Show { event: String },
    /// Removes one.
    Remove { event: String },
    /// Sends a test.
    Test { event: String },
    /// What was given up.
    Failed { limit: u32 },
    /// Sends again: one event, or all that were given up.
    Redeliver { id: Option<String> },
}

/// A proof on its way through the socket, which only its owner can open.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ProofOrder {
    None,
    Basic {
        user: String,
        #[serde(with = "super::secret")]
        password: Option<SecretText>,
    },
    Certificate {
        #[serde(with = "super::secret")]
        pem: Option<SecretText>,
    },
    OAuth {
        token_url: String,
        client_id: String,
        #[serde(with = "super::secret")]
        client_secret: Option<SecretText>,
        scope: Option<String>,
    },
}

impl ProofOrder {
    fn proof(self) -> Proof {
        let given = |secret: Option<SecretText>| secret.unwrap_or_else(|| SecretText::new(""));
        match self {
            Self::None => Proof::None,
            Self::Basic { user, password } => Proof::Basic { user, password: given(password) },
            Self::Certificate { pem } => Proof::Certificate { pem: given(pem) },
            Self::OAuth { token_url, client_id, client_secret, scope } => {
                Proof::OAuth { token_url, client_id, client_secret: given(client_secret), scope }
            }
        }
    }
}

/// A webhook as it is listed.
#[derive(Serialize, Deserialize)]
pub(crate) struct WebhookLine {
    pub(crate) event: String,
    pub(crate) url: String,
    pub(crate) auth: String,
    pub(crate) is_on: bool,
    pub(crate) created_at: String,
    /// Only of one that was just made.
    #[serde(with = "super::secret")]
    pub(crate) secret: Option<SecretText>,
}

/// An event that was given up.
#[derive(Serialize, Deserialize)]
pub(crate) struct FailedLine {
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) action: String,
    pub(crate) tries: u32,
    pub(crate) made_at: String,
    pub(crate) ended_at: Option<String>,
    pub(crate) outcome: String,
}

/// What comes of it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum WebhookReply {
    Webhooks { webhooks: Vec<WebhookLine> },
    Failed { events: Vec<FailedLine> },
    Tested { is_accepted: bool, outcome: String },
    Again { sent_again: u64 },
}

fn named(event: &str) -> Result<EventType, String> {
    EventType::from_name(event).ok_or_else(|| {
        let names: Vec<&str> = EventType::ALL.iter().map(|event| event.name()).collect();
        format!("there are no {event} events; there are: {}", names.join(", "))
    })
}

fn line(info: &engine::webhook::WebhookInfo, secret: Option<SecretText>) -> WebhookLine {
    WebhookLine {
        event: info.event.name().to_owned(),
        url: info.url.clone(),
        auth: info.auth.clone(),
        is_on: info.is_on,
        created_at: info.created_at.to_z(),
        secret,
    }
}

pub(super) async fn webhook(
    engine: &Engine,
    call: &Call,
    client_id: &str,
    order: WebhookOrder,
) -> Result<WebhookReply, String> {
    let client = find(engine, client_id).await?;
    let told = |error: Error| match error {
        Error::NotFound(what) => {
            format!(
                "client {client_id} has no such {what}; `tributary webhook list {client_id}` shows its webhooks"
            )
        }
        other => explain(other),
    };
    match order {
        WebhookOrder::Add { event, url, proof } => {
            let added = engine.add_webhook(call, &client, named(&event)?, &url, &proof.proof()).await;
            let (info, secret) = added.map_err(told)?;
            Ok(WebhookReply::Webhooks { webhooks: vec![line(&info, Some(secret))] })
        }
        WebhookOrder::List => list(engine, &client, None).await,
        WebhookOrder::Show { event } => {
            let event = named(&event)?;
            match list(engine, &client, Some(event)).await? {
                WebhookReply::Webhooks { webhooks } if webhooks.is_empty() => {
                    Err(told(Error::NotFound("webhook")))
                }
                found => Ok(found),
            }
        }
        WebhookOrder::Remove { event } => {
            engine.remove_webhook(call, &client, named(&event)?).await.map_err(told)?;
            list(engine, &client, None).await
        }
        WebhookOrder::Test { event } => {
            let tested = engine.test_webhook(&client, named(&event)?).await.map_err(told)?;
            Ok(WebhookReply::Tested { is_accepted: tested.is_accepted, outcome: tested.outcome })
        }
        WebhookOrder::Failed { limit } => {
            let events = engine.failed_events(&client, limit).await.map_err(told)?;
            let events = events.into_iter().map(|event| FailedLine {
                id: event.id,
                event: event.event.name().to_owned(),
                action: event.action.name().to_owned(),
                tries: event.tries,
                made_at: event.made_at.to_z(),
                ended_at: event.ended_at.map(domain::time::Timestamp::to_z),
                outcome: event.outcome,
            });
            Ok(WebhookReply::Failed { events: events.collect() })
        }
        WebhookOrder::Redeliver { id } => {
            let sent_again = engine.send_again(call, &client, id.as_deref()).await.map_err(told)?;
            Ok(WebhookReply::Again { sent_again })
        }
    }
}

async fn list(
    engine: &Engine,
    client: &engine::client::Client,
    only: Option<EventType>,
) -> Result<WebhookReply, String> {
    let all = engine.webhooks(client).await.map_err(explain)?;
    let wanted = all.iter().filter(|info| only.is_none_or(|event| info.event == event));
    Ok(WebhookReply::Webhooks { webhooks: wanted.map(|info| line(info, None)).collect() })
}
