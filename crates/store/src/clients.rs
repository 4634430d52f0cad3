//! Clients (tenants), their API keys, and single values of the service.
use crate::{Db, Result, Row, Tx, params, scope::ClientScope, scope::SystemScope, statements};
use domain::{guid::ClientGuid, time::Timestamp};

macro_rules! columns {
    () => {
        "c.id, c.guid, c.client_id, c.name, c.settings, c.created_at"
    };
}

statements! {
    CLIENT_BY_KEY: Point = concat!("SELECT ", columns!(),
        " FROM api_keys k JOIN clients c ON c.id = k.client WHERE k.hash = ?1 AND k.revoked_at IS NULL");
    CLIENT_BY_ID: Point = concat!("SELECT ", columns!(), " FROM clients c WHERE c.client_id = ?1");
    CLIENT_BY_NUMBER: Point = concat!("SELECT ", columns!(), " FROM clients c WHERE c.id = ?1");
    CLIENT_SETTINGS: Point = "SELECT settings FROM clients WHERE id = ?1";
    CLIENTS: Page = concat!("SELECT ", columns!(), " FROM clients c ORDER BY c.id LIMIT 1000");
    INSERT_CLIENT: Point = "INSERT INTO clients (id, guid, client_id, name, settings, created_at, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";
    UPDATE_CLIENT_SETTINGS: Point = "UPDATE clients SET settings = ?2, updated_at = ?3 WHERE id = ?1";
    LIVE_KEYS: Point = "SELECT hash, label, created_at FROM api_keys WHERE client = ?1 AND revoked_at IS NULL \
        ORDER BY created_at, hash";
    INSERT_KEY: Point = "INSERT INTO api_keys (hash, client, label, created_at) VALUES (?1, ?2, ?3, ?4)";
    REVOKE_KEY: Point = "UPDATE api_keys SET revoked_at = ?3 WHERE client = ?1 AND hash = ?2 AND revoked_at IS NULL";
    META: Point = "SELECT value FROM meta WHERE name = ?1";
    SET_META: Point = "INSERT INTO meta (name, value) VALUES (?1, ?2) \
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    LOCK_META: Point = "UPDATE meta SET value = value WHERE name = ?1 RETURNING value";
    INSERT_META: Point = "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
    CHANGES_SINCE: Page = "SELECT seq, kind, subject FROM changes WHERE seq > ?1 ORDER BY seq LIMIT 100";
    LAST_CHANGE: Point = "SELECT value FROM counters WHERE name = 'changes'";
    TRIM_CHANGES: Page = "DELETE FROM changes WHERE seq <= ?1";
}

/// A client.
#[derive(Debug, Clone)]
pub struct Client {
    /// The right to its users.
    pub scope: ClientScope,
    /// Guid, `CLT-`.
    pub guid: ClientGuid,
    /// The partner's name of itself in paths.
    pub client_id: String,
    /// Name, for people.
    pub name: String,
    /// Settings of the client, JSON.
    pub settings: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A live API key, without the key.
#[derive(Debug, Clone)]
pub struct ApiKeyRow {
    /// SHA-256 of the key.
    pub hash: Vec<u8>,
    /// What the operator called it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
}

fn client(row: &Row<'_>) -> Result<Client> {
    Ok(Client {
        scope: ClientScope { client: row.int(0)? },
        guid: row.guid(1)?,
        client_id: row.string(2)?,
        name: row.string(3)?,
        settings: row.string(4)?,
        created_at: row.time(5)?,
    })
}

impl Db {
    /// The client a live API key belongs to.
    pub async fn client_by_key(&self, hash: &[u8; 32]) -> Result<Option<Client>> {
        self.query_one(&CLIENT_BY_KEY, params![hash], client).await
    }

    /// The client of a scope.
    pub async fn client(&self, scope: ClientScope) -> Result<Option<Client>> {
        self.query_one(&CLIENT_BY_NUMBER, params![scope.client], client).await
    }

    /// A client by its `client_id`: for the operator's commands.
    pub async fn client_by_id(&self, _: SystemScope, client_id: &str) -> Result<Option<Client>> {
        self.query_one(&CLIENT_BY_ID, params![client_id], client).await
    }

    /// All clients, oldest first.
    pub async fn clients(&self, _: SystemScope) -> Result<Vec<Client>> {
        self.query(&CLIENTS, &[], client).await
    }

    /// The client's live API keys, oldest first.
    pub async fn api_keys(&self, scope: ClientScope) -> Result<Vec<ApiKeyRow>> {
        self.query(&LIVE_KEYS, params![scope.client], |row| {
            Ok(ApiKeyRow { hash: row.blob(0)?.to_vec(), label: row.string(1)?, created_at: row.time(2)? })
        })
        .await
    }

    /// A single value of the service.
    pub async fn meta(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.query_one(&META, params![name], |row| Ok(row.blob(0)?.to_vec())).await
    }

    /// Number of the last change noted for other nodes.
    pub async fn last_change(&self) -> Result<i64> {
        Ok(self.query_one(&LAST_CHANGE, &[], |row| row.int(0)).await?.unwrap_or(0))
    }

    /// Changes after a number: their numbers, kinds and subjects.
    pub async fn changes_since(&self, seq: i64) -> Result<Vec<(i64, String, Vec<u8>)>> {
        self.query(&CHANGES_SINCE, params![seq], |row| {
            Ok((row.int(0)?, row.string(1)?, row.blob(2)?.to_vec()))
        })
        .await
    }
}

impl Tx<'_> {
    /// Makes a client.
    pub fn insert_client(
        &mut self,
        _: SystemScope,
        guid: ClientGuid,
        client_id: &str,
        name: &str,
        settings: &str,
        now: Timestamp,
    ) -> Result<ClientScope> {
        let id = self.next_number("clients")?;
        self.execute(&INSERT_CLIENT, params![id, guid, client_id, name, settings, now])?;
        Ok(ClientScope { client: id })
    }

    /// Replaces the settings of a client.
    pub fn update_client_settings(
        &mut self,
        scope: ClientScope,
        settings: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(&UPDATE_CLIENT_SETTINGS, params![scope.client, settings, now])?;
        Ok(())
    }

    /// The settings of a client, JSON.
    pub fn client_settings(&mut self, scope: ClientScope) -> Result<Option<String>> {
        self.query_one(&CLIENT_SETTINGS, params![scope.client], |row| row.string(0))
    }

    /// Live API keys of a client.
    pub fn api_key_hashes(&mut self, scope: ClientScope) -> Result<Vec<Vec<u8>>> {
        self.query(&LIVE_KEYS, params![scope.client], |row| Ok(row.blob(0)?.to_vec()))
    }

    /// Adds an API key.
    pub fn insert_api_key(
        &mut self,
        scope: ClientScope,
        hash: &[u8; 32],
        label: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(&INSERT_KEY, params![hash, scope.client, label, now]).map(drop)
    }

    /// Ends an API key; false where it is not a live one of the client.
    pub fn revoke_api_key(&mut self, scope: ClientScope, hash: &[u8], now: Timestamp) -> Result<bool> {
        Ok(self.execute(&REVOKE_KEY, params![scope.client, hash, now])? > 0)
    }

    /// Sets a single value of the service.
    pub fn set_meta(&mut self, name: &str, value: &[u8]) -> Result<()> {
        self.execute(&SET_META, params![name, value]).map(drop)
    }

    /// A single value of the service; no other write changes it before this one ends.
    pub fn lock_meta(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        self.query_one(&LOCK_META, params![name], |row| Ok(row.blob(0)?.to_vec()))
    }

    /// A single value of the service.
    pub fn meta(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        self.query_one(&META, params![name], |row| Ok(row.blob(0)?.to_vec()))
    }

    /// Sets a single value unless it is set; answers with the one that stands.
    pub fn meta_or_insert(&mut self, name: &str, value: &[u8]) -> Result<Vec<u8>> {
        self.execute(&INSERT_META, params![name, value])?;
        let stands = self.query_one(&META, params![name], |row| Ok(row.blob(0)?.to_vec()))?;
        Ok(stands.unwrap_or_else(|| value.to_vec()))
    }

    /// Forgets changes up to a number; nodes that were away longer start afresh.
    pub fn trim_changes(&mut self, _: SystemScope, up_to: i64) -> Result<u64> {
        self.execute(&TRIM_CHANGES, params![up_to])
    }
}
