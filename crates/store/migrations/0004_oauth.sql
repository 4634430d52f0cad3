-- Consents of users at their institutions.

-- The window of a member in which the user may consent: one at a time. The opaque part of its URI and the state that
-- goes to the institution are kept as hashes, the PKCE verifier sealed; the challenge is what the institution is told.
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
CREATE UNIQUE INDEX oauth_windows_uri ON oauth_windows (uri_hash);
CREATE UNIQUE INDEX oauth_windows_state ON oauth_windows (state_hash) WHERE state_hash IS NOT NULL;

-- What the sandbox's banks must remember of a grant: that its code was used, which refresh token was used last, and
-- when: what has not been used for long goes.
CREATE TABLE sandbox_grants (
    id BLOB NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sandbox_grants_used ON sandbox_grants (used_at);
