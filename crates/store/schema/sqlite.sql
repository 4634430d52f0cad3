CREATE TABLE account_balances (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_no INTEGER NOT NULL,
    date INTEGER NOT NULL,
    balance INTEGER NOT NULL,
    PRIMARY KEY (user_id, account_no, date)
) STRICT;
CREATE TABLE account_numbers (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_no INTEGER NOT NULL,
    guid BLOB NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL, job BLOB, digest BLOB,
    PRIMARY KEY (user_id, account_no)
) STRICT;
CREATE TABLE account_owners (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_no INTEGER NOT NULL,
    position INTEGER NOT NULL,
    job BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (user_id, account_no, position)
) STRICT;
CREATE TABLE accounts (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    no INTEGER NOT NULL,
    guid BLOB NOT NULL,
    member_no INTEGER NOT NULL,
    account_type INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    balance INTEGER,
    feed_key INTEGER NOT NULL,
    name_key INTEGER NOT NULL,
    number_hash BLOB,
    feed_digest INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    imported_at INTEGER,
    deleted_at INTEGER,
    data BLOB NOT NULL,
    PRIMARY KEY (user_id, no)
) STRICT;
CREATE TABLE api_keys (
    hash BLOB NOT NULL PRIMARY KEY,
    client INTEGER NOT NULL REFERENCES clients (id),
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE TABLE api_tokens (
    hash BLOB NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE TABLE audit (
    id BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    client INTEGER,
    user_id INTEGER,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    request_id TEXT NOT NULL,
    sealed_by INTEGER
) STRICT;
CREATE TABLE audit_seals (
    seq INTEGER NOT NULL PRIMARY KEY,
    row_count INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE TABLE blocked_routing_numbers (
    routing_number TEXT NOT NULL PRIMARY KEY,
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE categories (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    no INTEGER NOT NULL,
    guid BLOB NOT NULL,
    parent_no INTEGER NOT NULL,
    name TEXT NOT NULL,
    metadata TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, no)
) STRICT;
CREATE TABLE challenges (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    job BLOB NOT NULL,
    display_order INTEGER NOT NULL,
    guid BLOB NOT NULL,
    document TEXT NOT NULL,
    answer BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, job, display_order)
) STRICT;
CREATE TABLE changes (
    seq INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject BLOB NOT NULL
) STRICT;
CREATE TABLE clients (
    id INTEGER NOT NULL PRIMARY KEY,
    guid BLOB NOT NULL UNIQUE,
    client_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
CREATE TABLE dropped_transactions (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_no INTEGER NOT NULL,
    feed_key INTEGER NOT NULL,
    PRIMARY KEY (user_id, account_no, feed_key)
) STRICT;
CREATE TABLE holdings (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    guid BLOB NOT NULL,
    account_no INTEGER NOT NULL,
    feed_key INTEGER NOT NULL,
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, guid)
) STRICT;
CREATE TABLE institution_credentials (
    guid BLOB NOT NULL PRIMARY KEY,
    institution BLOB NOT NULL REFERENCES institutions (guid),
    display_order INTEGER NOT NULL,
    field_type INTEGER NOT NULL,
    field_name TEXT NOT NULL,
    label TEXT NOT NULL,
    optional INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE institution_work (
    institution BLOB NOT NULL REFERENCES institutions (guid),
    kind INTEGER NOT NULL,
    after_user INTEGER NOT NULL,
    after_no INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (institution, kind)
) STRICT;
CREATE TABLE institutions (
    guid BLOB NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    connector TEXT NOT NULL,
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE jobs (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    guid BLOB NOT NULL,
    member_no INTEGER NOT NULL,
    member BLOB NOT NULL,
    institution BLOB NOT NULL,
    kind INTEGER NOT NULL,
    status INTEGER NOT NULL,
    error_code INTEGER,
    is_authenticated INTEGER NOT NULL,
    is_background INTEGER NOT NULL,
    include_transactions INTEGER NOT NULL,
    include_holdings INTEGER NOT NULL,
    history_from INTEGER NOT NULL,
    status_before INTEGER,
    reason TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    updated_at INTEGER NOT NULL,
    takes INTEGER NOT NULL,
    challenged_at INTEGER,
    challenge_expires_at INTEGER,
    answered_at INTEGER,
    waited_micros INTEGER NOT NULL,
    step_at INTEGER,
    due_at INTEGER,
    lease_until INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    continuation BLOB,
    created_count INTEGER NOT NULL,
    updated_count INTEGER NOT NULL, timeline TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (user_id, guid)
) STRICT;
CREATE TABLE member_credentials (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    member_no INTEGER NOT NULL,
    credential BLOB NOT NULL,
    guid BLOB NOT NULL,
    sealed BLOB NOT NULL,
    metadata TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, member_no, credential)
) STRICT;
CREATE TABLE member_external_guids (
    client INTEGER NOT NULL REFERENCES clients (id),
    external_guid TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    member_no INTEGER NOT NULL,
    PRIMARY KEY (client, external_guid)
) STRICT;
CREATE TABLE members (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    no INTEGER NOT NULL,
    guid BLOB NOT NULL,
    institution BLOB NOT NULL REFERENCES institutions (guid),
    external_guid TEXT,
    login_hash BLOB,
    name TEXT,
    metadata TEXT,
    use_cases TEXT NOT NULL,
    background_is_disabled INTEGER NOT NULL,
    is_managed_by_user INTEGER NOT NULL,
    is_user_created INTEGER NOT NULL,
    is_manual INTEGER NOT NULL,
    is_oauth INTEGER NOT NULL,
    status INTEGER,
    former_status INTEGER,
    is_running INTEGER NOT NULL,
    denials INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    update_while_running INTEGER NOT NULL,
    job BLOB,
    aggregated_at INTEGER,
    successfully_aggregated_at INTEGER,
    completed_aggregation_started_at INTEGER,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER, due_at INTEGER, disabled_by INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, no)
) STRICT;
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
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
CREATE TABLE oauth_windows (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    member_no INTEGER NOT NULL,
    uri_hash BLOB NOT NULL,
    state_hash BLOB,
    verifier BLOB,
    challenge TEXT,
    state INTEGER NOT NULL,
    error_reason INTEGER,
    client_redirect_url TEXT,
    referral_source INTEGER NOT NULL,
    url_scheme TEXT,
    skip_aggregation INTEGER NOT NULL,
    include_transactions INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    visited_at INTEGER,
    returned_at INTEGER,
    PRIMARY KEY (user_id, member_no)
) STRICT;
CREATE TABLE sandbox_grants (
    id BLOB NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT;
CREATE TABLE schema_migrations (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT;
CREATE TABLE sessions (
    hash BLOB NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE TABLE transaction_counts (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_no INTEGER NOT NULL,
    month INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (user_id, account_no, month)
) STRICT;
CREATE TABLE transactions (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    guid BLOB NOT NULL,
    account_no INTEGER NOT NULL,
    date INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    transaction_type INTEGER NOT NULL,
    status INTEGER NOT NULL,
    category_no INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    merchant BLOB,
    parent BLOB,
    feed_key INTEGER,
    fingerprint INTEGER,
    feed_digest INTEGER NOT NULL,
    description_key INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (user_id, guid)
) STRICT;
CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY,
    guid BLOB NOT NULL UNIQUE,
    client INTEGER NOT NULL REFERENCES clients (id),
    external_guid TEXT NOT NULL,
    birthday INTEGER,
    credit_score INTEGER,
    email TEXT,
    email_is_verified INTEGER NOT NULL,
    first_name TEXT,
    last_name TEXT,
    gender INTEGER,
    metadata TEXT,
    phone TEXT,
    phone_is_verified INTEGER NOT NULL,
    postal_code TEXT,
    accepted_terms_at INTEGER,
    has_accepted_terms INTEGER NOT NULL,
    has_updated_terms INTEGER NOT NULL,
    failed_token_logins INTEGER NOT NULL,
    is_disabled INTEGER NOT NULL,
    is_restricted INTEGER NOT NULL,
    is_excluded_from_analytics INTEGER NOT NULL,
    logged_in_at INTEGER,
    revision INTEGER NOT NULL,
    session_epoch INTEGER NOT NULL,
    data_key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;
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
CREATE UNIQUE INDEX accounts_guid ON accounts (user_id, guid);
CREATE INDEX accounts_member ON accounts (user_id, member_no);
CREATE INDEX api_keys_client ON api_keys (client);
CREATE INDEX api_tokens_user ON api_tokens (user_id);
CREATE INDEX audit_request ON audit (request_id);
CREATE INDEX audit_sealed ON audit (sealed_by, id) WHERE sealed_by IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (id) WHERE sealed_by IS NULL;
CREATE UNIQUE INDEX categories_guid ON categories (user_id, guid);
CREATE UNIQUE INDEX holdings_feed ON holdings (user_id, account_no, feed_key);
CREATE INDEX jobs_due ON jobs (due_at, institution) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_leased ON jobs (institution, lease_until) WHERE lease_until > 1;
CREATE INDEX jobs_member ON jobs (user_id, member_no);
CREATE INDEX jobs_of_guid ON jobs (guid);
CREATE INDEX member_external_guids_user ON member_external_guids (user_id);
CREATE INDEX members_deleted ON members (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX members_due ON members (due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX members_guid ON members (user_id, guid);
CREATE INDEX members_institution ON members (institution, user_id, no);
CREATE UNIQUE INDEX members_login ON members (user_id, institution, login_hash)
    WHERE deleted_at IS NULL AND login_hash IS NOT NULL;
CREATE INDEX members_of_guid ON members (guid);
CREATE INDEX micro_deposits_due ON micro_deposits (due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX micro_deposits_guid ON micro_deposits (user_id, guid);
CREATE INDEX micro_deposits_number ON micro_deposits (user_id, number_hash) WHERE number_hash IS NOT NULL;
CREATE UNIQUE INDEX oauth_windows_state ON oauth_windows (state_hash) WHERE state_hash IS NOT NULL;
CREATE UNIQUE INDEX oauth_windows_uri ON oauth_windows (uri_hash);
CREATE INDEX sandbox_grants_used ON sandbox_grants (used_at);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX transactions_account ON transactions (user_id, account_no, date DESC, created_at DESC, guid);
CREATE INDEX transactions_category ON transactions (user_id, category_no, date DESC, created_at DESC, guid);
CREATE INDEX transactions_date ON transactions (user_id, date DESC, created_at DESC, guid, account_no);
CREATE INDEX transactions_description ON transactions (user_id, description_key);
CREATE INDEX transactions_feed ON transactions (user_id, account_no, feed_key, feed_digest);
CREATE INDEX transactions_parent ON transactions (user_id, parent) WHERE parent IS NOT NULL;
CREATE INDEX transactions_pending ON transactions (user_id, account_no, created_at) WHERE status = 2;
CREATE INDEX transactions_pending_age ON transactions (created_at) WHERE status = 2;
CREATE INDEX transactions_updated ON transactions (user_id, updated_at);
CREATE INDEX users_client ON users (client, id) WHERE deleted_at IS NULL;
CREATE INDEX users_deleted ON users (client, external_guid) WHERE deleted_at IS NOT NULL;
CREATE INDEX users_deleted_at ON users (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX users_external ON users (client, external_guid) WHERE deleted_at IS NULL;
CREATE INDEX webhook_events_due ON webhook_events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_events_ended ON webhook_events (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX webhook_events_failed ON webhook_events (client, ended_at) WHERE ended_at IS NOT NULL AND is_accepted = 0;
CREATE INDEX webhook_events_fresh ON webhook_events (user_id, event, made_at) WHERE fence = 0;
CREATE INDEX webhook_events_of ON webhook_events (client, event, due_at) WHERE due_at IS NOT NULL;
