//! Webhooks: who hears of what, the outbox, its delivery (`spec: partner, 7`).
//!
//! A client has one URL for each type of event. All of them are in memory, so that a write for a client without
//! webhooks costs nothing more; a write that has something to tell looks its webhook up again in its own
//! transaction. Other nodes hear of a new webhook within a second or two, like of all that is kept in memory.
pub(crate) mod deliver;
mod outbox;
pub(crate) mod payload;
mod send;
mod setup;
pub(crate) mod tell;

pub use setup::{FailedEvent, Proof, Tested, WebhookInfo};

use connectors::http::HttpClient;
use domain::{secret::SecretText, time::Timestamp, webhook::EventType};
use parking_lot::{Mutex, RwLock};
use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};
use store::{scope::ClientScope, webhooks::Webhook as Row};
use tokio::sync::Notify;
use vault::WebhookSecret;

/// A webhook in memory, ready to send.
pub(crate) struct Hook {
    row: Row,
    secret: WebhookSecret,
    proof: Proof,
    /// The way out that shows the webhook's certificate, once it was needed.
    http: OnceLock<HttpClient>,
}

/// A bearer token and the machine time it is used until.
type Token = (SecretText, Timestamp);

/// All webhooks of all clients, and what their delivery remembers.
#[derive(Default)]
pub(crate) struct Webhooks {
    hooks: RwLock<Arc<Vec<Arc<Hook>>>>,
    /// Types that clients hear of, as bits.
    heard: RwLock<HashMap<i64, u32>>,
    tokens: Mutex<HashMap<(i64, EventType), Token>>,
    /// Requests under way by URL.
    under_way: Mutex<HashMap<String, usize>>,
    wake: Notify,
    accepted: AtomicU64,
    failed: AtomicU64,
}

/// Counts for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WebhookCounts {
    /// Events that receivers accepted, by this process.
    pub accepted: u64,
    /// Tries that failed, by this process.
    pub failed: u64,
    /// Events still to be sent, by all processes.
    pub pending: u64,
}

impl Webhooks {
    fn replace(&self, hooks: Vec<Arc<Hook>>) {
        let mut heard: HashMap<i64, u32> = HashMap::new();
        for hook in hooks.iter().filter(|hook| hook.row.off_at.is_none()) {
            *heard.entry(hook.row.client.number()).or_default() |= hook.row.event.bit();
        }
        *self.heard.write() = heard;
        self.tokens.lock().clear();
        *self.hooks.write() = Arc::new(hooks);
    }

    fn hooks(&self) -> Arc<Vec<Arc<Hook>>> {
        self.hooks.read().clone()
    }

    fn hears(&self, client: ClientScope, event: EventType) -> bool {
        let heard = self.heard.read();
        heard.get(&client.number()).is_some_and(|events| events & event.bit() != 0)
    }

    fn count(&self, is_accepted: bool) {
        let counter = if is_accepted { &self.accepted } else { &self.failed };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
