-- When members are aggregated by themselves, and what keeps them from it.
-- due_at: service time of the next thing that time alone brings to the member: a background aggregation, the hourly
-- sweep of DEGRADED, the end of PENDING. Null where there is none; written with every change of the member. Rows of
-- before this migration get theirs from a reconciler of the service.
ALTER TABLE members ADD COLUMN due_at INTEGER;
CREATE INDEX members_due ON members (due_at) WHERE due_at IS NOT NULL;

-- Bits of the causes of DISABLED: 1 the member, 2 its user, 4 the operator, 8 the client, 16 the sandbox bank.
ALTER TABLE members ADD COLUMN disabled_by INTEGER NOT NULL DEFAULT 0;
UPDATE members SET disabled_by = 16 WHERE status = 16;
UPDATE members SET disabled_by = 2 WHERE status = 16 AND user_id IN (SELECT id FROM users WHERE is_disabled = 1);

-- Work on an institution at this moment, and due work without it.
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (due_at, institution) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_leased ON jobs (institution, lease_until) WHERE lease_until > 1;

-- What is purged by age.
CREATE INDEX users_deleted_at ON users (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX transactions_pending_age ON transactions (created_at) WHERE status = 2;

-- Pending transactions that were deleted for their age: not added again while the feed still lists them.
CREATE TABLE dropped_transactions (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_no INTEGER NOT NULL,
    feed_key INTEGER NOT NULL,
    PRIMARY KEY (user_id, account_no, feed_key)
) STRICT;
