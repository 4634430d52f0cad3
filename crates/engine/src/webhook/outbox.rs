//! The outbox: an event exists if and only if the change it tells of was committed, because both are one
//! transaction. Changes of one object within one second are one event.
use crate::{ClockMode, Engine, Error, Result, micro_deposit::Deposit};
use domain::{
    env::Clock,
    guid::{Guid, User},
    time::Timestamp,
    webhook::{Action, EventType},
};
use std::collections::HashMap;
use store::{
    Tx,
    scope::{ClientScope, UserScope},
    webhook_events::{FreshEvent, NewEvent},
};
use vault::Location;

/// How long an event about an object waits for others of the same object.
pub(super) const HOLD_SECONDS: i64 = 1;

/// Something to tell.
pub(crate) struct News {
    pub(crate) action: Action,
    /// The object it is about; none of a flat event.
    pub(crate) object: Option<[u8; 16]>,
    /// The object, or the whole body of a flat event; JSON.
    pub(crate) payload: Vec<u8>,
}

pub(super) fn payload_at(scope: UserScope, id: &[u8; 16]) -> Location<'_> {
    Location { table: "webhook_events", column: "payload", row: id, user: scope.number() }
}

impl Engine {
    /// Whether a client hears of such changes, as far as this node knows. Costs nothing where it has no webhooks.
    pub(crate) fn is_heard(&self, tx: &Tx<'_>, client: ClientScope, event: EventType) -> bool {
        !tx.is_quiet() && self.inner.webhooks.hears(client, event)
    }

    /// Whether a client hears of any of these.
    pub(crate) fn is_any_heard(&self, tx: &Tx<'_>, client: ClientScope, events: &[EventType]) -> bool {
        events.iter().any(|event| self.is_heard(tx, client, *event))
    }

    /// Whether service time stands still and nothing moves it on.
    pub(super) fn stands_still(&self) -> bool {
        matches!(self.clock().mode(), ClockMode::Frozen { .. }) && self.inner.clock_turn.try_lock().is_ok()
    }

    /// Adds what is to be told to the outbox, unless nobody hears it. The user's row is locked by the caller.
    pub(crate) fn tell(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        event: EventType,
        news: Vec<News>,
    ) -> Result<()> {
        if news.is_empty() || !self.is_heard(tx, scope.client(), event) {
            return Ok(());
        }
        // What is in memory may be old: the row decides.
        if tx.webhook(scope.client(), event)?.is_none_or(|row| row.off_at.is_some()) {
            return Ok(());
        }
        let now = self.clock().now();
        let key = self.user_key(tx, scope)?;
        let mut fresh = if news.iter().any(|n| matches!(n.action, Action::Updated | Action::Deleted)) {
            by_object(tx.fresh_events(scope, event, now.plus_seconds(-HOLD_SECONDS))?)
        } else {
            HashMap::new()
        };
        let seal = |id: &[u8; 16], payload: &[u8]| key.seal(&payload_at(scope, id), payload, self.entropy());
        let mut added = Vec::new();
        for News { action, object, payload } in news {
            if let Some(earlier) = object.and_then(|object| fresh.remove(&object)) {
                let is_merged = match earlier.action.then(action) {
                    Some(action) => {
                        tx.merge_event(scope, earlier.id, action, &seal(&earlier.id, &payload))?
                    }
                    None => tx.drop_event(scope, earlier.id)?,
                };
                if is_merged {
                    continue;
                }
            }
            let id = *Guid::<User>::new(now, self.entropy()).as_bytes();
            let payload = seal(&id, &payload);
            added.push(self.new_event(id, event, action, object, payload, now));
        }
        Ok(tx.insert_events(scope, &added)?)
    }

    fn new_event(
        &self,
        id: [u8; 16],
        event: EventType,
        action: Action,
        object: Option<[u8; 16]>,
        payload: Vec<u8>,
        now: Timestamp,
    ) -> NewEvent {
        let hold = if object.is_some() { HOLD_SECONDS } else { 0 };
        // A second of a clock that stands still never ends: then the machine's counts.
        let held_until = if hold > 0 && self.stands_still() {
            self.clock().machine_now().plus_seconds(hold)
        } else {
            Timestamp::from_micros(0)
        };
        let due_at = now.plus_seconds(hold);
        NewEvent { id, event, action, object, payload, made_at: now, due_at, held_until }
    }

    /// A microdeposit was made, changed or deleted.
    pub(crate) fn tell_micro_deposit(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        action: Action,
        deposit: &Deposit,
    ) -> Result<()> {
        if !self.is_heard(tx, scope.client(), EventType::MicroDeposit) {
            return Ok(());
        }
        let user = tx.user_for_update(scope)?.ok_or(Error::NotFound("user"))?;
        let payload = super::payload::micro_deposit(deposit, &user);
        let news = News { action, object: Some(*deposit.row.guid.as_bytes()), payload };
        self.tell(tx, scope, EventType::MicroDeposit, vec![news])
    }
}

fn by_object(events: Vec<FreshEvent>) -> HashMap<[u8; 16], FreshEvent> {
    events.into_iter().map(|event| (event.object, event)).collect()
}
