account_balances.user_id bigint NOT NULL
account_balances.account_no bigint NOT NULL
account_balances.date bigint NOT NULL
account_balances.balance bigint NOT NULL
account_numbers.user_id bigint NOT NULL
account_numbers.account_no bigint NOT NULL
account_numbers.guid bytea NOT NULL
account_numbers.sealed bytea NOT NULL
account_numbers.created_at bigint NOT NULL
account_numbers.updated_at bigint NOT NULL
account_numbers.job bytea
account_numbers.digest bytea
account_owners.user_id bigint NOT NULL
account_owners.account_no bigint NOT NULL
account_owners.position bigint NOT NULL
account_owners.job bytea NOT NULL
account_owners.sealed bytea NOT NULL
accounts.user_id bigint NOT NULL
accounts.no bigint NOT NULL
accounts.guid bytea NOT NULL
accounts.member_no bigint NOT NULL
accounts.account_type bigint NOT NULL
accounts.flags bigint NOT NULL
accounts.balance bigint
accounts.feed_key bigint NOT NULL
accounts.name_key bigint NOT NULL
accounts.number_hash bytea
accounts.feed_digest bigint NOT NULL
accounts.revision bigint NOT NULL
accounts.created_at bigint NOT NULL
accounts.updated_at bigint NOT NULL
accounts.imported_at bigint
accounts.deleted_at bigint
accounts.data bytea NOT NULL
api_keys.hash bytea NOT NULL
api_keys.client bigint NOT NULL
api_keys.label text COLLATE C NOT NULL
api_keys.created_at bigint NOT NULL
api_keys.revoked_at bigint
api_tokens.hash bytea NOT NULL
api_tokens.user_id bigint NOT NULL
api_tokens.expires_at bigint NOT NULL
api_tokens.used_at bigint
audit.id bytea NOT NULL
audit.at bigint NOT NULL
audit.client bigint
audit.user_id bigint
audit.actor text COLLATE C NOT NULL
audit.action text COLLATE C NOT NULL
audit.object text COLLATE C NOT NULL
audit.request_id text COLLATE C NOT NULL
audit.sealed_by bigint
audit_seals.seq bigint NOT NULL
audit_seals.row_count bigint NOT NULL
audit_seals.seal bytea NOT NULL
blocked_routing_numbers.routing_number text COLLATE C NOT NULL
blocked_routing_numbers.note text COLLATE C NOT NULL
blocked_routing_numbers.created_at bigint NOT NULL
categories.user_id bigint NOT NULL
categories.no bigint NOT NULL
categories.guid bytea NOT NULL
categories.parent_no bigint NOT NULL
categories.name text COLLATE C NOT NULL
categories.metadata text COLLATE C
categories.created_at bigint NOT NULL
categories.updated_at bigint NOT NULL
challenges.user_id bigint NOT NULL
challenges.job bytea NOT NULL
challenges.display_order bigint NOT NULL
challenges.guid bytea NOT NULL
challenges.document text COLLATE C NOT NULL
challenges.answer bytea
challenges.created_at bigint NOT NULL
changes.seq bigint NOT NULL
changes.kind text COLLATE C NOT NULL
changes.subject bytea NOT NULL
clients.id bigint NOT NULL
clients.guid bytea NOT NULL
clients.client_id text COLLATE C NOT NULL
clients.name text COLLATE C NOT NULL
clients.settings text COLLATE C NOT NULL
clients.created_at bigint NOT NULL
clients.updated_at bigint NOT NULL
counters.name text COLLATE C NOT NULL
counters.value bigint NOT NULL
dropped_transactions.user_id bigint NOT NULL
dropped_transactions.account_no bigint NOT NULL
dropped_transactions.feed_key bigint NOT NULL
holdings.user_id bigint NOT NULL
holdings.guid bytea NOT NULL
holdings.account_no bigint NOT NULL
holdings.feed_key bigint NOT NULL
holdings.document text COLLATE C NOT NULL
holdings.created_at bigint NOT NULL
holdings.updated_at bigint NOT NULL
institution_credentials.guid bytea NOT NULL
institution_credentials.institution bytea NOT NULL
institution_credentials.display_order bigint NOT NULL
institution_credentials.field_type bigint NOT NULL
institution_credentials.field_name text COLLATE C NOT NULL
institution_credentials.label text COLLATE C NOT NULL
institution_credentials.optional bigint NOT NULL
institution_credentials.created_at bigint NOT NULL
institution_credentials.updated_at bigint NOT NULL
institution_work.institution bytea NOT NULL
institution_work.kind bigint NOT NULL
institution_work.after_user bigint NOT NULL
institution_work.after_no bigint NOT NULL
institution_work.created_at bigint NOT NULL
institutions.guid bytea NOT NULL
institutions.code text COLLATE C NOT NULL
institutions.name text COLLATE C NOT NULL
institutions.connector text COLLATE C NOT NULL
institutions.document text COLLATE C NOT NULL
institutions.created_at bigint NOT NULL
institutions.updated_at bigint NOT NULL
jobs.user_id bigint NOT NULL
jobs.guid bytea NOT NULL
jobs.member_no bigint NOT NULL
jobs.member bytea NOT NULL
jobs.institution bytea NOT NULL
jobs.kind bigint NOT NULL
jobs.status bigint NOT NULL
jobs.error_code bigint
jobs.is_authenticated bigint NOT NULL
jobs.is_background bigint NOT NULL
jobs.include_transactions bigint NOT NULL
jobs.include_holdings bigint NOT NULL
jobs.history_from bigint NOT NULL
jobs.status_before bigint
jobs.reason text COLLATE C
jobs.created_at bigint NOT NULL
jobs.started_at bigint
jobs.finished_at bigint
jobs.updated_at bigint NOT NULL
jobs.takes bigint NOT NULL
jobs.challenged_at bigint
jobs.challenge_expires_at bigint
jobs.answered_at bigint
jobs.waited_micros bigint NOT NULL
jobs.step_at bigint
jobs.due_at bigint
jobs.lease_until bigint NOT NULL
jobs.fence bigint NOT NULL
jobs.continuation bytea
jobs.created_count bigint NOT NULL
jobs.updated_count bigint NOT NULL
jobs.timeline text COLLATE C NOT NULL DEFAULT ''::text
member_credentials.user_id bigint NOT NULL
member_credentials.member_no bigint NOT NULL
member_credentials.credential bytea NOT NULL
member_credentials.guid bytea NOT NULL
member_credentials.sealed bytea NOT NULL
member_credentials.metadata text COLLATE C
member_credentials.created_at bigint NOT NULL
member_credentials.updated_at bigint NOT NULL
member_external_guids.client bigint NOT NULL
member_external_guids.external_guid text COLLATE C NOT NULL
member_external_guids.user_id bigint NOT NULL
member_external_guids.member_no bigint NOT NULL
members.user_id bigint NOT NULL
members.no bigint NOT NULL
members.guid bytea NOT NULL
members.institution bytea NOT NULL
members.external_guid text COLLATE C
members.login_hash bytea
members.name text COLLATE C
members.metadata text COLLATE C
members.use_cases text COLLATE C NOT NULL
members.background_is_disabled bigint NOT NULL
members.is_managed_by_user bigint NOT NULL
members.is_user_created bigint NOT NULL
members.is_manual bigint NOT NULL
members.is_oauth bigint NOT NULL
members.status bigint
members.former_status bigint
members.is_running bigint NOT NULL
members.denials bigint NOT NULL
members.failures bigint NOT NULL
members.update_while_running bigint NOT NULL
members.job bytea
members.aggregated_at bigint
members.successfully_aggregated_at bigint
members.completed_aggregation_started_at bigint
members.revision bigint NOT NULL
members.created_at bigint NOT NULL
members.updated_at bigint NOT NULL
members.deleted_at bigint
members.due_at bigint
members.disabled_by bigint NOT NULL DEFAULT 0
meta.name text COLLATE C NOT NULL
meta.value bytea NOT NULL
micro_deposits.user_id bigint NOT NULL
micro_deposits.no bigint NOT NULL
micro_deposits.guid bytea NOT NULL
micro_deposits.status bigint NOT NULL
micro_deposits.account_type bigint
micro_deposits.institution bytea
micro_deposits.number_hash bytea
micro_deposits.error_code text COLLATE C
micro_deposits.error_message text COLLATE C
micro_deposits.tries bigint NOT NULL
micro_deposits.sealed bytea NOT NULL
micro_deposits.initiated_at bigint
micro_deposits.due_at bigint
micro_deposits.created_at bigint NOT NULL
micro_deposits.updated_at bigint NOT NULL
micro_deposits.verified_at bigint
oauth_windows.user_id bigint NOT NULL
oauth_windows.member_no bigint NOT NULL
oauth_windows.uri_hash bytea NOT NULL
oauth_windows.state_hash bytea
oauth_windows.verifier bytea
oauth_windows.challenge text COLLATE C
oauth_windows.state bigint NOT NULL
oauth_windows.error_reason bigint
oauth_windows.client_redirect_url text COLLATE C
oauth_windows.referral_source bigint NOT NULL
oauth_windows.url_scheme text COLLATE C
oauth_windows.skip_aggregation bigint NOT NULL
oauth_windows.include_transactions bigint NOT NULL
oauth_windows.created_at bigint NOT NULL
oauth_windows.expires_at bigint NOT NULL
oauth_windows.visited_at bigint
oauth_windows.returned_at bigint
sandbox_grants.id bytea NOT NULL
sandbox_grants.generation bigint NOT NULL
sandbox_grants.used_at bigint NOT NULL
schema_migrations.version bigint NOT NULL
schema_migrations.name text COLLATE C NOT NULL
schema_migrations.checksum text COLLATE C NOT NULL
sessions.hash bytea NOT NULL
sessions.user_id bigint NOT NULL
sessions.epoch bigint NOT NULL
sessions.created_at bigint NOT NULL
sessions.seen_at bigint NOT NULL
transaction_counts.user_id bigint NOT NULL
transaction_counts.account_no bigint NOT NULL
transaction_counts.month bigint NOT NULL
transaction_counts.count bigint NOT NULL
transactions.user_id bigint NOT NULL
transactions.guid bytea NOT NULL
transactions.account_no bigint NOT NULL
transactions.date bigint NOT NULL
transactions.created_at bigint NOT NULL
transactions.updated_at bigint NOT NULL
transactions.amount bigint NOT NULL
transactions.transaction_type bigint NOT NULL
transactions.status bigint NOT NULL
transactions.category_no bigint NOT NULL
transactions.flags bigint NOT NULL
transactions.merchant bytea
transactions.parent bytea
transactions.feed_key bigint
transactions.fingerprint bigint
transactions.feed_digest bigint NOT NULL
transactions.description_key bigint NOT NULL
transactions.data bytea NOT NULL
users.id bigint NOT NULL
users.guid bytea NOT NULL
users.client bigint NOT NULL
users.external_guid text COLLATE C NOT NULL
users.birthday bigint
users.credit_score bigint
users.email text COLLATE C
users.email_is_verified bigint NOT NULL
users.first_name text COLLATE C
users.last_name text COLLATE C
users.gender bigint
users.metadata text COLLATE C
users.phone text COLLATE C
users.phone_is_verified bigint NOT NULL
users.postal_code text COLLATE C
users.accepted_terms_at bigint
users.has_accepted_terms bigint NOT NULL
users.has_updated_terms bigint NOT NULL
users.failed_token_logins bigint NOT NULL
users.is_disabled bigint NOT NULL
users.is_restricted bigint NOT NULL
users.is_excluded_from_analytics bigint NOT NULL
users.logged_in_at bigint
users.revision bigint NOT NULL
users.session_epoch bigint NOT NULL
users.data_key bytea NOT NULL
users.created_at bigint NOT NULL
users.updated_at bigint NOT NULL
users.deleted_at bigint
webhook_events.user_id bigint NOT NULL
webhook_events.id bytea NOT NULL
webhook_events.client bigint NOT NULL
webhook_events.event bigint NOT NULL
webhook_events.action bigint NOT NULL
webhook_events.object bytea
webhook_events.payload bytea NOT NULL
webhook_events.made_at bigint NOT NULL
webhook_events.tries bigint NOT NULL
webhook_events.due_at bigint
webhook_events.lease_until bigint NOT NULL
webhook_events.fence bigint NOT NULL
webhook_events.ended_at bigint
webhook_events.is_accepted bigint NOT NULL
webhook_events.outcome text COLLATE C
webhooks.client bigint NOT NULL
webhooks.event bigint NOT NULL
webhooks.url text COLLATE C NOT NULL
webhooks.auth text COLLATE C NOT NULL
webhooks.sealed bytea NOT NULL
webhooks.off_at bigint
webhooks.created_at bigint NOT NULL
webhooks.updated_at bigint NOT NULL
ALTER TABLE account_balances ADD CONSTRAINT account_balances_pkey PRIMARY KEY (user_id, account_no, date);
ALTER TABLE account_balances ADD CONSTRAINT account_balances_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE account_numbers ADD CONSTRAINT account_numbers_pkey PRIMARY KEY (user_id, account_no);
ALTER TABLE account_numbers ADD CONSTRAINT account_numbers_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE account_owners ADD CONSTRAINT account_owners_pkey PRIMARY KEY (user_id, account_no, "position");
ALTER TABLE account_owners ADD CONSTRAINT account_owners_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE accounts ADD CONSTRAINT accounts_pkey PRIMARY KEY (user_id, no);
ALTER TABLE accounts ADD CONSTRAINT accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_client_fkey FOREIGN KEY (client) REFERENCES clients(id);
ALTER TABLE api_keys ADD CONSTRAINT api_keys_pkey PRIMARY KEY (hash);
ALTER TABLE api_tokens ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (hash);
ALTER TABLE api_tokens ADD CONSTRAINT api_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE audit ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE audit_seals ADD CONSTRAINT audit_seals_pkey PRIMARY KEY (seq);
ALTER TABLE blocked_routing_numbers ADD CONSTRAINT blocked_routing_numbers_pkey PRIMARY KEY (routing_number);
ALTER TABLE categories ADD CONSTRAINT categories_pkey PRIMARY KEY (user_id, no);
ALTER TABLE categories ADD CONSTRAINT categories_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE challenges ADD CONSTRAINT challenges_pkey PRIMARY KEY (user_id, job, display_order);
ALTER TABLE challenges ADD CONSTRAINT challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE changes ADD CONSTRAINT changes_pkey PRIMARY KEY (seq);
ALTER TABLE clients ADD CONSTRAINT clients_client_id_key UNIQUE (client_id);
ALTER TABLE clients ADD CONSTRAINT clients_guid_key UNIQUE (guid);
ALTER TABLE clients ADD CONSTRAINT clients_pkey PRIMARY KEY (id);
ALTER TABLE counters ADD CONSTRAINT counters_pkey PRIMARY KEY (name);
ALTER TABLE dropped_transactions ADD CONSTRAINT dropped_transactions_pkey PRIMARY KEY (user_id, account_no, feed_key);
ALTER TABLE dropped_transactions ADD CONSTRAINT dropped_transactions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE holdings ADD CONSTRAINT holdings_pkey PRIMARY KEY (user_id, guid);
ALTER TABLE holdings ADD CONSTRAINT holdings_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE institution_credentials ADD CONSTRAINT institution_credentials_institution_fkey FOREIGN KEY (institution) REFERENCES institutions(guid);
ALTER TABLE institution_credentials ADD CONSTRAINT institution_credentials_pkey PRIMARY KEY (guid);
ALTER TABLE institution_work ADD CONSTRAINT institution_work_institution_fkey FOREIGN KEY (institution) REFERENCES institutions(guid);
ALTER TABLE institution_work ADD CONSTRAINT institution_work_pkey PRIMARY KEY (institution, kind);
ALTER TABLE institutions ADD CONSTRAINT institutions_code_key UNIQUE (code);
ALTER TABLE institutions ADD CONSTRAINT institutions_pkey PRIMARY KEY (guid);
ALTER TABLE jobs ADD CONSTRAINT jobs_pkey PRIMARY KEY (user_id, guid);
ALTER TABLE jobs ADD CONSTRAINT jobs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE member_credentials ADD CONSTRAINT member_credentials_pkey PRIMARY KEY (user_id, member_no, credential);
ALTER TABLE member_credentials ADD CONSTRAINT member_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE member_external_guids ADD CONSTRAINT member_external_guids_client_fkey FOREIGN KEY (client) REFERENCES clients(id);
ALTER TABLE member_external_guids ADD CONSTRAINT member_external_guids_pkey PRIMARY KEY (client, external_guid);
ALTER TABLE member_external_guids ADD CONSTRAINT member_external_guids_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE members ADD CONSTRAINT members_institution_fkey FOREIGN KEY (institution) REFERENCES institutions(guid);
ALTER TABLE members ADD CONSTRAINT members_pkey PRIMARY KEY (user_id, no);
ALTER TABLE members ADD CONSTRAINT members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE meta ADD CONSTRAINT meta_pkey PRIMARY KEY (name);
ALTER TABLE micro_deposits ADD CONSTRAINT micro_deposits_pkey PRIMARY KEY (user_id, no);
ALTER TABLE micro_deposits ADD CONSTRAINT micro_deposits_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE oauth_windows ADD CONSTRAINT oauth_windows_pkey PRIMARY KEY (user_id, member_no);
ALTER TABLE oauth_windows ADD CONSTRAINT oauth_windows_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE sandbox_grants ADD CONSTRAINT sandbox_grants_pkey PRIMARY KEY (id);
ALTER TABLE schema_migrations ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE sessions ADD CONSTRAINT sessions_pkey PRIMARY KEY (hash);
ALTER TABLE sessions ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE transaction_counts ADD CONSTRAINT transaction_counts_pkey PRIMARY KEY (user_id, account_no, month);
ALTER TABLE transaction_counts ADD CONSTRAINT transaction_counts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE transactions ADD CONSTRAINT transactions_pkey PRIMARY KEY (user_id, guid);
ALTER TABLE transactions ADD CONSTRAINT transactions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE users ADD CONSTRAINT users_client_fkey FOREIGN KEY (client) REFERENCES clients(id);
ALTER TABLE users ADD CONSTRAINT users_guid_key UNIQUE (guid);
ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE webhook_events ADD CONSTRAINT webhook_events_pkey PRIMARY KEY (user_id, id);
ALTER TABLE webhook_events ADD CONSTRAINT webhook_events_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE webhooks ADD CONSTRAINT webhooks_client_fkey FOREIGN KEY (client) REFERENCES clients(id);
ALTER TABLE webhooks ADD CONSTRAINT webhooks_pkey PRIMARY KEY (client, event);
CREATE UNIQUE INDEX account_balances_pkey ON public.account_balances USING btree (user_id, account_no, date);
CREATE UNIQUE INDEX account_numbers_pkey ON public.account_numbers USING btree (user_id, account_no);
CREATE UNIQUE INDEX account_owners_pkey ON public.account_owners USING btree (user_id, account_no, "position");
CREATE UNIQUE INDEX accounts_guid ON public.accounts USING btree (user_id, guid);
CREATE INDEX accounts_member ON public.accounts USING btree (user_id, member_no);
CREATE UNIQUE INDEX accounts_pkey ON public.accounts USING btree (user_id, no);
CREATE INDEX api_keys_client ON public.api_keys USING btree (client);
CREATE UNIQUE INDEX api_keys_pkey ON public.api_keys USING btree (hash);
CREATE UNIQUE INDEX api_tokens_pkey ON public.api_tokens USING btree (hash);
CREATE INDEX api_tokens_user ON public.api_tokens USING btree (user_id);
CREATE UNIQUE INDEX audit_pkey ON public.audit USING btree (id);
CREATE INDEX audit_request ON public.audit USING btree (request_id);
CREATE INDEX audit_sealed ON public.audit USING btree (sealed_by, id) WHERE (sealed_by IS NOT NULL);
CREATE INDEX audit_unsealed ON public.audit USING btree (id) WHERE (sealed_by IS NULL);
CREATE UNIQUE INDEX audit_seals_pkey ON public.audit_seals USING btree (seq);
CREATE UNIQUE INDEX blocked_routing_numbers_pkey ON public.blocked_routing_numbers USING btree (routing_number);
CREATE UNIQUE INDEX categories_guid ON public.categories USING btree (user_id, guid);
CREATE UNIQUE INDEX categories_pkey ON public.categories USING btree (user_id, no);
CREATE UNIQUE INDEX challenges_pkey ON public.challenges USING btree (user_id, job, display_order);
CREATE UNIQUE INDEX changes_pkey ON public.changes USING btree (seq);
CREATE UNIQUE INDEX clients_client_id_key ON public.clients USING btree (client_id);
CREATE UNIQUE INDEX clients_guid_key ON public.clients USING btree (guid);
CREATE UNIQUE INDEX clients_pkey ON public.clients USING btree (id);
CREATE UNIQUE INDEX counters_pkey ON public.counters USING btree (name);
CREATE UNIQUE INDEX dropped_transactions_pkey ON public.dropped_transactions USING btree (user_id, account_no, feed_key);
CREATE UNIQUE INDEX holdings_feed ON public.holdings USING btree (user_id, account_no, feed_key);
CREATE UNIQUE INDEX holdings_pkey ON public.holdings USING btree (user_id, guid);
CREATE UNIQUE INDEX institution_credentials_pkey ON public.institution_credentials USING btree (guid);
CREATE UNIQUE INDEX institution_work_pkey ON public.institution_work USING btree (institution, kind);
CREATE UNIQUE INDEX institutions_code_key ON public.institutions USING btree (code);
CREATE UNIQUE INDEX institutions_pkey ON public.institutions USING btree (guid);
CREATE INDEX jobs_due ON public.jobs USING btree (due_at, institution) WHERE (due_at IS NOT NULL);
CREATE INDEX jobs_finished ON public.jobs USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX jobs_leased ON public.jobs USING btree (institution, lease_until) WHERE (lease_until > 1);
CREATE INDEX jobs_member ON public.jobs USING btree (user_id, member_no);
CREATE INDEX jobs_of_guid ON public.jobs USING btree (guid);
CREATE UNIQUE INDEX jobs_pkey ON public.jobs USING btree (user_id, guid);
CREATE UNIQUE INDEX member_credentials_pkey ON public.member_credentials USING btree (user_id, member_no, credential);
CREATE UNIQUE INDEX member_external_guids_pkey ON public.member_external_guids USING btree (client, external_guid);
CREATE INDEX member_external_guids_user ON public.member_external_guids USING btree (user_id);
CREATE INDEX members_deleted ON public.members USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX members_due ON public.members USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE UNIQUE INDEX members_guid ON public.members USING btree (user_id, guid);
CREATE INDEX members_institution ON public.members USING btree (institution, user_id, no);
CREATE UNIQUE INDEX members_login ON public.members USING btree (user_id, institution, login_hash) WHERE ((deleted_at IS NULL) AND (login_hash IS NOT NULL));
CREATE INDEX members_of_guid ON public.members USING btree (guid);
CREATE UNIQUE INDEX members_pkey ON public.members USING btree (user_id, no);
CREATE UNIQUE INDEX meta_pkey ON public.meta USING btree (name);
CREATE INDEX micro_deposits_due ON public.micro_deposits USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE UNIQUE INDEX micro_deposits_guid ON public.micro_deposits USING btree (user_id, guid);
CREATE INDEX micro_deposits_number ON public.micro_deposits USING btree (user_id, number_hash) WHERE (number_hash IS NOT NULL);
CREATE UNIQUE INDEX micro_deposits_pkey ON public.micro_deposits USING btree (user_id, no);
CREATE UNIQUE INDEX oauth_windows_pkey ON public.oauth_windows USING btree (user_id, member_no);
CREATE UNIQUE INDEX oauth_windows_state ON public.oauth_windows USING btree (state_hash) WHERE (state_hash IS NOT NULL);
CREATE UNIQUE INDEX oauth_windows_uri ON public.oauth_windows USING btree (uri_hash);
CREATE UNIQUE INDEX sandbox_grants_pkey ON public.sandbox_grants USING btree (id);
CREATE INDEX sandbox_grants_used ON public.sandbox_grants USING btree (used_at);
CREATE UNIQUE INDEX schema_migrations_pkey ON public.schema_migrations USING btree (version);
CREATE UNIQUE INDEX sessions_pkey ON public.sessions USING btree (hash);
CREATE INDEX sessions_user ON public.sessions USING btree (user_id);
CREATE UNIQUE INDEX transaction_counts_pkey ON public.transaction_counts USING btree (user_id, account_no, month);
CREATE INDEX transactions_account ON public.transactions USING btree (user_id, account_no, date DESC, created_at DESC, guid);
CREATE INDEX transactions_category ON public.transactions USING btree (user_id, category_no, date DESC, created_at DESC, guid);
CREATE INDEX transactions_date ON public.transactions USING btree (user_id, date DESC, created_at DESC, guid, account_no);
CREATE INDEX transactions_description ON public.transactions USING btree (user_id, description_key);
CREATE INDEX transactions_feed ON public.transactions USING btree (user_id, account_no, feed_key, feed_digest);
CREATE INDEX transactions_parent ON public.transactions USING btree (user_id, parent) WHERE (parent IS NOT NULL);
CREATE INDEX transactions_pending ON public.transactions USING btree (user_id, account_no, created_at) WHERE (status = 2);
CREATE INDEX transactions_pending_age ON public.transactions USING btree (created_at) WHERE (status = 2);
CREATE UNIQUE INDEX transactions_pkey ON public.transactions USING btree (user_id, guid);
CREATE INDEX transactions_updated ON public.transactions USING btree (user_id, updated_at);
CREATE INDEX users_client ON public.users USING btree (client, id) WHERE (deleted_at IS NULL);
CREATE INDEX users_deleted ON public.users USING btree (client, external_guid) WHERE (deleted_at IS NOT NULL);
CREATE INDEX users_deleted_at ON public.users USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE UNIQUE INDEX users_external ON public.users USING btree (client, external_guid) WHERE (deleted_at IS NULL);
CREATE UNIQUE INDEX users_guid_key ON public.users USING btree (guid);
CREATE UNIQUE INDEX users_pkey ON public.users USING btree (id);
CREATE INDEX webhook_events_due ON public.webhook_events USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX webhook_events_ended ON public.webhook_events USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX webhook_events_failed ON public.webhook_events USING btree (client, ended_at) WHERE ((ended_at IS NOT NULL) AND (is_accepted = 0));
CREATE INDEX webhook_events_fresh ON public.webhook_events USING btree (user_id, event, made_at) WHERE (fence = 0);
CREATE INDEX webhook_events_of ON public.webhook_events USING btree (client, event, due_at) WHERE (due_at IS NOT NULL);
CREATE UNIQUE INDEX webhook_events_pkey ON public.webhook_events USING btree (user_id, id);
CREATE UNIQUE INDEX webhooks_pkey ON public.webhooks USING btree (client, event);
