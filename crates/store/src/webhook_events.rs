//! The outbox of webhooks: durable rows with a due time, a lease and a fence, as jobs have them.
//!
//! `due_at` is service time: when the event shall be sent next; null once it was accepted or given up.
//! `lease_until` is machine time. An event that was never leased has fence 0, and takes in later changes of its
//! object.
use crate::{
    Db, Param, Result, Row, Tx, params,
    scope::{ClientScope, SystemScope, UserScope},
    statements,
};
use domain::{
    time::Timestamp,
    webhook::{Action, EventType},
};

macro_rules! columns {
    () => {
        "user_id, client, id, event, action, payload, tries, due_at, lease_until, fence, made_at, ended_at, outcome"
    };
}

statements! {
    FRESH_EVENTS: Page = "SELECT id, object, action FROM webhook_events \
        WHERE user_id = ?1 AND event = ?2 AND made_at > ?3 AND fence = 0 AND object IS NOT NULL";
    INSERT_EVENT: Point = "INSERT INTO webhook_events (user_id, id, client, event, action, object, payload, made_at, \
        tries, due_at, lease_until, fence, is_accepted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, 0, 0)";
    MERGE_EVENT: Point = "UPDATE webhook_events SET action = ?3, payload = ?4 \
        WHERE user_id = ?1 AND id = ?2 AND fence = 0";
    DROP_EVENT: Point = "DELETE FROM webhook_events WHERE user_id = ?1 AND id = ?2 AND fence = 0";
    NEXT_DUE_EVENT: Point = "SELECT MIN(due_at) FROM webhook_events WHERE due_at IS NOT NULL";
    NEXT_DUE_EVENT_OF: Point = "SELECT MIN(due_at) FROM webhook_events \
        WHERE client = ?1 AND event = ?2 AND due_at IS NOT NULL";
    DUE_EVENTS: Page = concat!("SELECT ", columns!(), " FROM webhook_events WHERE client = ?1 AND event = ?2 \
        AND due_at <= ?3 AND lease_until <= ?4 ORDER BY due_at LIMIT ?5");
    LEASE_EVENT: Point = "UPDATE webhook_events SET lease_until = ?4, fence = fence + 1 \
        WHERE user_id = ?1 AND id = ?2 AND fence = ?3 AND due_at IS NOT NULL";
    END_EVENT: Point = "UPDATE webhook_events SET tries = ?4, due_at = ?5, lease_until = 0, ended_at = ?6, \
        is_accepted = ?7, outcome = ?8 WHERE user_id = ?1 AND id = ?2 AND fence = ?3";
    GIVE_UP_EVENTS: Heavy = "UPDATE webhook_events SET due_at = NULL, ended_at = ?3, outcome = ?4, \
        fence = fence + 1 WHERE client = ?1 AND event = ?2 AND due_at IS NOT NULL";
    GIVE_UP_UNHEARD: Heavy = "UPDATE webhook_events SET due_at = NULL, ended_at = ?1, outcome = 'nobody hears of it', \
        fence = fence + 1 WHERE due_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM webhooks w \
        WHERE w.client = webhook_events.client AND w.event = webhook_events.event AND w.off_at IS NULL)";
    FAILED_EVENTS: Heavy = concat!("SELECT ", columns!(), " FROM webhook_events \
        WHERE client = ?1 AND ended_at IS NOT NULL AND is_accepted = 0 ORDER BY ended_at DESC, id LIMIT ?2");
    SEND_AGAIN: Heavy = "UPDATE webhook_events SET due_at = ?3, ended_at = NULL, is_accepted = 0, tries = 0, \
        outcome = NULL WHERE client = ?1 AND id = ?2 AND ended_at IS NOT NULL";
    SEND_FAILED_AGAIN: Heavy = "UPDATE webhook_events SET due_at = ?2, ended_at = NULL, tries = 0, outcome = NULL \
        WHERE client = ?1 AND ended_at IS NOT NULL AND is_accepted = 0";
    FREE_EVENTS: Heavy = "UPDATE webhook_events SET lease_until = 0 WHERE due_at IS NOT NULL AND lease_until > 0";
    PENDING_EVENTS: Heavy = "SELECT COUNT(*) FROM webhook_events WHERE due_at IS NOT NULL";
    PURGE_EVENTS: Heavy = "DELETE FROM webhook_events WHERE (user_id, id) IN (SELECT e.user_id, e.id \
        FROM webhook_events e WHERE e.ended_at < ?1 AND (e.is_accepted = 1 OR e.ended_at < ?2) LIMIT ?3)";
}

/// An event to be written.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Id, on the wire too.
    pub id: [u8; 16],
    /// Its type.
    pub event: EventType,
    /// What it tells.
    pub action: Action,
    /// The object it is about.
    pub object: Option<[u8; 16]>,
    /// What goes out, sealed.
    pub payload: Vec<u8>,
    /// When the change was made; service time.
    pub made_at: Timestamp,
    /// When it shall be sent; service time.
    pub due_at: Timestamp,
    /// Machine time until which nobody takes it.
    pub held_until: Timestamp,
}

/// An event nobody has taken yet, by its object.
#[derive(Debug, Clone, Copy)]
pub struct FreshEvent {
    /// Its id.
    pub id: [u8; 16],
    /// The object it is about.
    pub object: [u8; 16],
    /// What it tells so far.
    pub action: Action,
}

/// An event as stored.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// Whose data it tells.
    pub scope: UserScope,
    /// Id, on the wire too.
    pub id: [u8; 16],
    /// Its type.
    pub event: EventType,
    /// What it tells.
    pub action: Action,
    /// What goes out, sealed.
    pub payload: Vec<u8>,
    /// Tries so far.
    pub tries: u32,
    /// When it is sent next.
    pub due_at: Option<Timestamp>,
    /// Fence at the time of the look.
    pub fence: i64,
    /// When the change was made.
    pub made_at: Timestamp,
    /// When it was accepted or given up.
    pub ended_at: Option<Timestamp>,
    /// What came of the latest try.
    pub outcome: Option<String>,
}

/// What came of a try.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Tries so far.
    pub tries: u32,
    /// The next one, service time.
    pub due_at: Option<Timestamp>,
    /// When it was accepted or given up.
    pub ended_at: Option<Timestamp>,
    /// Whether it was accepted.
    pub is_accepted: bool,
    /// What came of it, for the operator.
    pub outcome: String,
}

fn id(row: &Row<'_>, column: usize) -> Result<[u8; 16]> {
    Ok(row.blob(column)?.try_into().unwrap_or_default())
}

fn action(row: &Row<'_>, column: usize) -> Result<Action> {
    Ok(Action::from_code(row.int(column)?).unwrap_or(Action::Flat))
}

fn event(row: &Row<'_>) -> Result<Option<EventRow>> {
    let Some(event) = EventType::from_code(row.int(3)?) else { return Ok(None) };
    Ok(Some(EventRow {
        scope: UserScope { user: row.int(0)?, client: row.int(1)? },
        id: id(row, 2)?,
        event,
        action: action(row, 4)?,
        payload: row.blob(5)?.to_vec(),
        tries: u32::try_from(row.int(6)?).unwrap_or(0),
        due_at: row.opt_time(7)?,
        fence: row.int(9)?,
        made_at: row.time(10)?,
        ended_at: row.opt_time(11)?,
        outcome: row.opt_string(12)?,
    }))
}

fn code(event: EventType) -> i64 {
    event.code().into()
}

impl Db {
    /// When the next event is due.
    pub async fn next_due_event(&self, _: SystemScope) -> Result<Option<Timestamp>> {
        Ok(self.query_one(&NEXT_DUE_EVENT, &[], |row| row.opt_time(0)).await?.flatten())
    }

    /// When the next event of one webhook is due.
    pub async fn next_due_event_of(&self, scope: ClientScope, of: EventType) -> Result<Option<Timestamp>> {
        let params = params![scope.client, code(of)];
        Ok(self.query_one(&NEXT_DUE_EVENT_OF, params, |row| row.opt_time(0)).await?.flatten())
    }

    /// Events of one webhook that are due and not leased, earliest first.
    pub async fn due_events(
        &self,
        scope: ClientScope,
        of: EventType,
        now: Timestamp,
        machine_now: Timestamp,
        limit: i64,
    ) -> Result<Vec<EventRow>> {
        let params = params![scope.client, code(of), now, machine_now, limit];
        Ok(self.query(&DUE_EVENTS, params, event).await?.into_iter().flatten().collect())
    }

    /// Events of a client that were given up, latest first.
    pub async fn failed_events(&self, scope: ClientScope, limit: i64) -> Result<Vec<EventRow>> {
        Ok(self
            .query(&FAILED_EVENTS, params![scope.client, limit], event)
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    /// How many events are still to be sent.
    pub async fn pending_events(&self, _: SystemScope) -> Result<i64> {
        Ok(self.query_one(&PENDING_EVENTS, &[], |row| row.int(0)).await?.unwrap_or(0))
    }
}

impl Tx<'_> {
    /// Events about objects of this type that nobody has taken, made after a moment.
    pub fn fresh_events(
        &mut self,
        scope: UserScope,
        of: EventType,
        after: Timestamp,
    ) -> Result<Vec<FreshEvent>> {
        self.query(&FRESH_EVENTS, params![scope.user, code(of), after], |row| {
            Ok(FreshEvent { id: id(row, 0)?, object: id(row, 1)?, action: action(row, 2)? })
        })
    }

    /// Adds events.
    pub fn insert_events(&mut self, scope: UserScope, events: &[NewEvent]) -> Result<()> {
        let sets = events.iter().map(|e| {
            let object = e.object.map_or(Param::Null, Param::Short);
            let (event, action) = (code(e.event), i64::from(e.action.code()));
            vec![
                Param::from(scope.user),
                Param::Short(e.id),
                Param::from(scope.client),
                Param::from(event),
                Param::from(action),
                object,
                Param::from(&e.payload),
                Param::from(e.made_at),
                Param::from(e.due_at),
                Param::from(e.held_until),
            ]
        });
        self.execute_many(&INSERT_EVENT, sets).map(drop)
    }

    /// Lets an event that nobody has taken tell something later; false where somebody was faster.
    pub fn merge_event(
        &mut self,
        scope: UserScope,
        id: [u8; 16],
        action: Action,
        payload: &[u8],
    ) -> Result<bool> {
        let params = params![scope.user, &id, i64::from(action.code()), payload];
        Ok(self.execute(&MERGE_EVENT, params)? == 1)
    }

    /// Removes an event that nobody has taken; false where somebody was faster.
    pub fn drop_event(&mut self, scope: UserScope, id: [u8; 16]) -> Result<bool> {
        Ok(self.execute(&DROP_EVENT, params![scope.user, &id])? == 1)
    }

    /// Leases a due event to one sender; false where another was faster. Its fence is then one more.
    pub fn lease_event(&mut self, event: &EventRow, lease_until: Timestamp) -> Result<bool> {
        let params = params![event.scope.user, &event.id, event.fence, lease_until];
        Ok(self.execute(&LEASE_EVENT, params)? == 1)
    }

    /// Writes what came of a try, if its fence still holds.
    pub fn end_try(&mut self, event: &EventRow, fence: i64, tried: &Tried) -> Result<bool> {
        let params = params![
            event.scope.user,
            &event.id,
            fence,
            i64::from(tried.tries),
            tried.due_at,
            tried.ended_at,
            tried.is_accepted,
            &tried.outcome
        ];
        Ok(self.execute(&END_EVENT, params)? == 1)
    }

    /// Gives up all events of a webhook that are still to be sent.
    pub fn give_up_events(
        &mut self,
        scope: ClientScope,
        of: EventType,
        now: Timestamp,
        outcome: &str,
    ) -> Result<u64> {
        self.execute(&GIVE_UP_EVENTS, params![scope.client, code(of), now, outcome])
    }

    /// Gives up what no webhook waits for: written while its webhook was turned off or removed.
    pub fn give_up_unheard_events(&mut self, _: SystemScope, now: Timestamp) -> Result<u64> {
        self.execute(&GIVE_UP_UNHEARD, params![now])
    }

    /// Sends an event that ended once more; false where the client has none such.
    pub fn send_event_again(&mut self, scope: ClientScope, id: [u8; 16], now: Timestamp) -> Result<bool> {
        Ok(self.execute(&SEND_AGAIN, params![scope.client, &id, now])? == 1)
    }

    /// Sends all events of a client once more that were given up; says how many.
    pub fn send_failed_events_again(&mut self, scope: ClientScope, now: Timestamp) -> Result<u64> {
        self.execute(&SEND_FAILED_AGAIN, params![scope.client, now])
    }

    /// Ends the leases of a process that died: only where this one is the only one on the store.
    pub fn free_all_events(&mut self, _: SystemScope) -> Result<u64> {
        self.execute(&FREE_EVENTS, &[])
    }

    /// Removes events accepted before one moment and those given up before another, at most `limit`.
    pub fn purge_events(
        &mut self,
        _: SystemScope,
        accepted_before: Timestamp,
        failed_before: Timestamp,
        limit: i64,
    ) -> Result<u64> {
        self.execute(&PURGE_EVENTS, params![accepted_before, failed_before, limit])
    }
}
