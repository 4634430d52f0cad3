//! Delivery: events that are due are leased, sent, and what came of it is written. Any node, at any time; a
//! receiver may get an event twice, never not at all.
//!
//! Requests are bounded in all and for each URL, so that a slow receiver holds up nobody but itself.
use super::{
    Hook,
    outbox::{HOLD_SECONDS, payload_at},
    send::Said,
};
use crate::{Engine, Error, Result};
use domain::{
    env::Clock,
    time::Timestamp,
    webhook::{Action, EventType, wait_after},
};
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use http::StatusCode;
use std::{sync::Arc, time::Duration};
use store::{
    scope::SystemScope,
    webhook_events::{EventRow, Tried},
};
use zeroize::Zeroizing;

/// Requests under way to one URL.
const URL_MAX: usize = 8;
/// Requests under way in all.
const ALL_MAX: usize = 64;
/// How long a sender has an event for itself, seconds of machine time; longer than any try takes.
const LEASE_SECONDS: i64 = 60;
/// Longest wait of the loop: another node, or a command, may have written an event.
const POLL: Duration = Duration::from_millis(250);

/// An event that this process has for itself.
struct Leased {
    hook: Arc<Hook>,
    event: EventRow,
}

impl Engine {
    /// Delivers until the service stops.
    pub(crate) async fn deliver_loop(self) {
        while !self.inner.stop.is_cancelled() {
            let taken = match self.take_due_events().await {
                Ok(taken) => taken,
                Err(error) => {
                    tracing::error!(%error, "due webhooks could not be taken");
                    Vec::new()
                }
            };
            let nap = if taken.is_empty() { POLL } else { Duration::ZERO };
            for leased in taken {
                let engine = self.clone();
                self.inner.tasks.spawn(async move {
                    engine.deliver_or_log(leased).await;
                    engine.inner.webhooks.wake.notify_one();
                });
            }
            tokio::select! {
                () = self.inner.webhooks.wake.notified() => {}
                () = tokio::time::sleep(nap) => {}
                () = self.inner.stop.cancelled() => {}
            }
        }
    }

    /// Delivers everything that is due at the present service time; says how many tries that were. For tests and
    /// for moving the sandbox clock.
    pub async fn deliver_due(&self) -> Result<usize> {
        let mut tries = 0;
        loop {
            let taken = self.take_due_events().await?;
            if taken.is_empty() {
                return Ok(tries);
            }
            tries += taken.len();
            let mut deliveries: FuturesUnordered<_> =
                taken.into_iter().map(|leased| self.deliver_or_log(leased)).collect();
            while deliveries.next().await.is_some() {}
        }
    }

    /// When the next event is due that some webhook waits for; service time.
    pub async fn next_due_event(&self) -> Result<Option<Timestamp>> {
        if self.inner.webhooks.hooks().is_empty() {
            return Ok(None);
        }
        let next = self.db().next_due_event(SystemScope::of_the_service()).await?;
        if next.is_none_or(|at| at > self.send_until()) {
            return Ok(next);
        }
        // One that was written while its webhook was turned off waits for the sweep, not for delivery.
        let mut next = None;
        for hook in self.inner.webhooks.hooks().iter().filter(|hook| hook.row.off_at.is_none()) {
            let of_hook = self.db().next_due_event_of(hook.row.client, hook.row.event).await?;
            next = [next, of_hook].into_iter().flatten().min();
        }
        Ok(next)
    }

    /// Up to when events are sent: where service time stands still, those are too that wait for others of their
    /// object.
    pub(crate) fn send_until(&self) -> Timestamp {
        let now = self.clock().now();
        if self.stands_still() { now.plus_seconds(HOLD_SECONDS) } else { now }
    }

    pub(crate) fn wake_delivery(&self) {
        self.inner.webhooks.wake.notify_one();
    }

    async fn take_due_events(&self) -> Result<Vec<Leased>> {
        let until = self.send_until();
        if self.next_due_event().await?.is_none_or(|due| due > until) {
            return Ok(Vec::new());
        }
        let lease_now = self.lease_now().await?;
        let mut found = Vec::new();
        for hook in self.inner.webhooks.hooks().iter().filter(|hook| hook.row.off_at.is_none()) {
            let free = self.free_places(&hook.row.url, &found);
            if free == 0 {
                continue;
            }
            let (client, limit) = (hook.row.client, i64::try_from(free).unwrap_or(0));
            let due = self.db().due_events(client, hook.row.event, until, lease_now, limit).await?;
            found.extend(due.into_iter().map(|event| Leased { hook: hook.clone(), event }));
        }
        if found.is_empty() {
            return Ok(found);
        }
        let lease_until = lease_now.plus_seconds(LEASE_SECONDS);
        let events: Vec<EventRow> = found.iter().map(|leased| leased.event.clone()).collect();
        let written = self.db().write(move |tx| {
            events
                .iter()
                .map(|event| tx.lease_event(event, lease_until))
                .collect::<store::Result<Vec<bool>>>()
        });
        let is_ours: store::Result<Vec<bool>> = written.await;
        let mut is_ours = is_ours?.into_iter();
        found.retain(|_| is_ours.next() == Some(true));
        let mut under_way = self.inner.webhooks.under_way.lock();
        for leased in &mut found {
            leased.event.fence += 1;
            *under_way.entry(leased.hook.row.url.clone()).or_default() += 1;
        }
        Ok(found)
    }

    /// How many more requests may go to a URL now.
    fn free_places(&self, url: &str, found: &[Leased]) -> usize {
        let under_way = self.inner.webhooks.under_way.lock();
        let of_url = under_way.get(url).copied().unwrap_or(0)
            + found.iter().filter(|leased| leased.hook.row.url == url).count();
        let in_all = under_way.values().sum::<usize>() + found.len();
        URL_MAX.saturating_sub(of_url).min(ALL_MAX.saturating_sub(in_all))
    }

    async fn deliver_or_log(&self, leased: Leased) {
        let url = leased.hook.row.url.clone();
        if let Err(error) = self.deliver(&leased).await {
            tracing::error!(%error, event = %hex::encode(leased.event.id), "a try was not written; its lease will run out");
        }
        let mut under_way = self.inner.webhooks.under_way.lock();
        if let Some(count) = under_way.get_mut(&url) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                under_way.remove(&url);
            }
        }
    }

    async fn deliver(&self, leased: &Leased) -> Result<()> {
        let Leased { hook, event } = leased;
        let said = match self.body_of(event).await? {
            Some(body) => self.send_event(hook, event.id, body).await,
            None => return Ok(()),
        };
        let is_accepted = said.as_ref().is_ok_and(|said| said.status.is_success());
        self.inner.webhooks.count(is_accepted);
        let is_gone = said.as_ref().is_ok_and(|said| said.status == StatusCode::GONE);
        let tried = self.tried(event, &said);
        let (event, client, of, now) = (event.clone(), hook.row.client, hook.row.event, self.clock().now());
        let written = self.db().write(move |tx| {
            tx.end_try(&event, event.fence, &tried)?;
            if is_gone && tx.turn_webhook_off(client, of, now)? {
                tx.give_up_events(client, of, now, "the receiver answered 410")?;
                tx.note_change("webhooks", &[])?;
            }
            Ok::<_, Error>(())
        });
        written.await?;
        if is_gone {
            self.reload_webhooks().await?;
        }
        Ok(())
    }

    /// The bytes that go out; `None` where the user was purged meanwhile.
    async fn body_of(&self, event: &EventRow) -> Result<Option<Vec<u8>>> {
        let Some(wrapped) = self.db().data_key(event.scope).await? else { return Ok(None) };
        let key = self.inner.keys.unwrap_user_key(&wrapped, event.scope.number())?;
        let payload: Zeroizing<Vec<u8>> = key.open(&payload_at(event.scope, &event.id), &event.payload)?;
        Ok(Some(body(event.event, event.action, &payload)))
    }

    fn tried(&self, event: &EventRow, said: &Result<Said, String>) -> Tried {
        let now = self.clock().now();
        let tries = event.tries.saturating_add(1);
        let outcome = match said {
            Ok(said) => said.status.as_u16().to_string(),
            Err(text) => text.clone(),
        };
        let ended =
            |is_accepted, outcome| Tried { tries, due_at: None, ended_at: Some(now), is_accepted, outcome };
        match said {
            Ok(said) if said.status.is_success() => ended(true, outcome),
            Ok(said) if said.status == StatusCode::GONE => ended(false, outcome),
            said => match wait_after(tries, self.entropy()) {
                Some(wait) => {
                    let asked = said.as_ref().ok().and_then(|said| said.retry_after).unwrap_or_default();
                    let due_at = Some(crate::after(now, wait.max(asked)));
                    Tried { tries, due_at, ended_at: None, is_accepted: false, outcome }
                }
                None => ended(false, outcome),
            },
        }
    }
}

/// The whole body of an event (`spec: partner, 7.1, 7.2`).
fn body(event: EventType, action: Action, payload: &[u8]) -> Vec<u8> {
    if !event.is_of_object() {
        return payload.to_vec();
    }
    let version = if event == EventType::MicroDeposit { r#""version":1,"# } else { "" };
    let mut body = format!(r#"{{"action":"{}",{version}"{}":"#, action.name(), event.name()).into_bytes();
    body.extend_from_slice(payload);
    body.push(b'}');
    body
}
