-- Account owners and microdeposits.

-- Which run brought the numbers, and a keyed hash of them, so that equal ones are not encrypted again.
ALTER TABLE account_numbers ADD COLUMN job BLOB;
ALTER TABLE account_numbers ADD COLUMN digest BLOB;

-- Owners of accounts, encrypted, and which run brought them.
CREATE TABLE account_owners (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_no INTEGER NOT NULL,
    position INTEGER NOT NULL,
    job BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (user_id, account_no, position)
) STRICT;

-- Who and which account is meant is encrypted; the hash finds equal accounts of the user. due_at is service
-- time: when the provider is asked again; null once it has nothing more to say.
CREATE TABLE micro_deposits (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    no INTEGER NOT NULL,
    guid BLOB NOT NULL,
    status INTEGER NOT NULL,
    account_type INTEGER,
    institution BLOB,
    number_hash BLOB,
    error_code TEXT,
    error_message TEXT,
    tries INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    initiated_at INTEGER,
    due_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    verified_at INTEGER,
    PRIMARY KEY (user_id, no)
) STRICT;
CREATE UNIQUE INDEX micro_deposits_guid ON micro_deposits (user_id, guid);
CREATE INDEX micro_deposits_number ON micro_deposits (user_id, number_hash) WHERE number_hash IS NOT NULL;
CREATE INDEX micro_deposits_due ON micro_deposits (due_at) WHERE due_at IS NOT NULL;

-- Banks that the operator lets nobody make microdeposits at.
CREATE TABLE blocked_routing_numbers (
    routing_number TEXT NOT NULL PRIMARY KEY,
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
