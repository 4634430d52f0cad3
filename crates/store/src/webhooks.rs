//! Webhooks of clients: one URL for each type of event, what is secret of it sealed.
use crate::{
    Db, Result, Row, Tx, params,
    scope::{ClientScope, SystemScope},
    statements,
};
use domain::{time::Timestamp, webhook::EventType};

macro_rules! columns {
    () => {
        "client, event, url, auth, sealed, off_at, created_at, updated_at"
    };
}

statements! {
    WEBHOOKS: Heavy = concat!("SELECT ", columns!(), " FROM webhooks ORDER BY client, event");
    WEBHOOK: Point = concat!("SELECT ", columns!(), " FROM webhooks WHERE client = ?1 AND event = ?2");
    PUT_WEBHOOK: Point = concat!("INSERT INTO webhooks (", columns!(), ") VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, ?6) \
        ON CONFLICT (client, event) DO UPDATE SET url = excluded.url, auth = excluded.auth, \
        sealed = excluded.sealed, off_at = NULL, updated_at = excluded.updated_at");
    TURN_WEBHOOK_OFF: Point = "UPDATE webhooks SET off_at = ?3, updated_at = ?3 \
        WHERE client = ?1 AND event = ?2 AND off_at IS NULL";
    DELETE_WEBHOOK: Point = "DELETE FROM webhooks WHERE client = ?1 AND event = ?2";
    DELETE_EVENTS_OF: Heavy = "DELETE FROM webhook_events WHERE client = ?1 AND event = ?2";
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Whose it is.
    pub client: ClientScope,
    /// What it hears of.
    pub event: EventType,
    /// Where it goes.
    pub url: String,
    /// Name of the kind of proof it shows.
    pub auth: String,
    /// Signing secret and that proof, sealed.
    pub sealed: Vec<u8>,
    /// When the receiver said that it is gone (410).
    pub off_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Latest change.
    pub updated_at: Timestamp,
}

fn webhook(row: &Row<'_>) -> Result<Option<Webhook>> {
    // A type of a newer version is passed over.
    let Some(event) = EventType::from_code(row.int(1)?) else { return Ok(None) };
    Ok(Some(Webhook {
        client: ClientScope { client: row.int(0)? },
        event,
        url: row.string(2)?,
        auth: row.string(3)?,
        sealed: row.blob(4)?.to_vec(),
        off_at: row.opt_time(5)?,
        created_at: row.time(6)?,
        updated_at: row.time(7)?,
    }))
}

fn code(event: EventType) -> i64 {
    event.code().into()
}

impl Db {
    /// Every webhook of every client: read once and kept in memory.
    pub async fn webhooks(&self, _: SystemScope) -> Result<Vec<Webhook>> {
        Ok(self.query(&WEBHOOKS, &[], webhook).await?.into_iter().flatten().collect())
    }
}

impl Tx<'_> {
    /// A client's webhook for a type of event.
    pub fn webhook(&mut self, scope: ClientScope, event: EventType) -> Result<Option<Webhook>> {
        Ok(self.query_one(&WEBHOOK, params![scope.client, code(event)], webhook)?.flatten())
    }

    /// Makes a webhook or replaces the one of its type, on again.
    pub fn put_webhook(&mut self, w: &Webhook) -> Result<()> {
        let params = params![w.client.client, code(w.event), &w.url, &w.auth, &w.sealed, w.updated_at];
        self.execute(&PUT_WEBHOOK, params).map(drop)
    }

    /// Turns a webhook off; false where it was.
    pub fn turn_webhook_off(&mut self, scope: ClientScope, event: EventType, now: Timestamp) -> Result<bool> {
        Ok(self.execute(&TURN_WEBHOOK_OFF, params![scope.client, code(event), now])? == 1)
    }

    /// Removes a webhook with all its events; false where there is none.
    pub fn delete_webhook(&mut self, scope: ClientScope, event: EventType) -> Result<bool> {
        self.execute(&DELETE_EVENTS_OF, params![scope.client, code(event)])?;
        Ok(self.execute(&DELETE_WEBHOOK, params![scope.client, code(event)])? == 1)
    }
}
