-- Webhooks: who hears of what, and what is still to be sent.

-- One URL for each type of event of a client. What is secret lies in `sealed`.
CREATE TABLE webhooks (
    client INTEGER NOT NULL REFERENCES clients (id),
    event INTEGER NOT NULL,
    url TEXT NOT NULL,
    auth TEXT NOT NULL,
    sealed BLOB NOT NULL,
    off_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (client, event)
) STRICT;

-- The outbox: written in the transaction of the change. `due_at` is service time, null once it was accepted or
-- given up; `lease_until` is machine time.
CREATE TABLE webhook_events (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    client INTEGER NOT NULL,
    event INTEGER NOT NULL,
    action INTEGER NOT NULL,
    object BLOB,
    payload BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due_at INTEGER,
    lease_until INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    ended_at INTEGER,
    is_accepted INTEGER NOT NULL,
    outcome TEXT,
    PRIMARY KEY (user_id, id)
) STRICT;
CREATE INDEX webhook_events_due ON webhook_events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_events_of ON webhook_events (client, event, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_events_fresh ON webhook_events (user_id, event, made_at) WHERE fence = 0;
CREATE INDEX webhook_events_ended ON webhook_events (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX webhook_events_failed ON webhook_events (client, ended_at) WHERE ended_at IS NOT NULL AND is_accepted = 0;
