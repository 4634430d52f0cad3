//! Clients, their settings and API keys.
use crate::{Call, Engine, Error, Result};
use domain::{env::Clock, guid::ClientGuid, secret::SecretText};
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, sync::Arc};
use store::{
    clients::ApiKeyRow,
    scope::{ClientScope, SystemScope},
};
use vault::ApiKey;

/// Live keys of one client: two, so that one can be replaced while the other works.
pub const API_KEYS_MAX: usize = 2;

/// Digits of a key's hash that name it, at least.
const KEY_PREFIX_MIN: usize = 4;

/// What an operator may set for a client. Stored as JSON; unknown keys are kept out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ClientSettings {
    /// Shows whole account numbers in account bodies in place of the last four characters.
    pub shows_account_numbers: bool,
    /// Whether members keep the `use_cases` they are given (`spec: nexus-core, 4`).
    pub uses_use_cases: bool,
    /// Whether `verify` may be called.
    pub account_verification: bool,
    /// Whether `identify` may be called.
    pub account_identification: bool,
    /// Whether `extend_history` may be called.
    pub extended_transaction_history: bool,
    /// Whether microdeposits may be made.
    pub microdeposits: bool,
    /// Whether names of account owners are split into first and last name.
    pub splits_owner_names: bool,
    /// Whether microdeposits are refused at institutions that support verification (`IAV_PREFERRED`).
    pub prefers_account_verification: bool,
    /// Routing numbers at which no microdeposits are made (`CLIENT_BLOCKED`).
    pub blocked_routing_numbers: Vec<String>,
    /// Addresses the partner's server may call from; empty: any.
    pub source_addresses: Vec<IpAddr>,
    /// Guid or code of the institution of members that name none.
    pub default_institution: Option<String>,
    /// Beginnings of the addresses that users may be sent to after a consent (`spec: nexus-core, 4`, OAuth); empty:
    /// none.
    pub redirect_urls: Vec<String>,
    /// Codes of institutions that users of this client may not connect.
    pub disabled_institutions: Vec<String>,
}

/// The premium features are on: nothing comes of them before a call asks for it, and who runs the server can
/// switch each off.
impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            shows_account_numbers: false,
            uses_use_cases: false,
            account_verification: true,
            account_identification: true,
            extended_transaction_history: true,
            microdeposits: true,
            splits_owner_names: false,
            prefers_account_verification: false,
            blocked_routing_numbers: Vec::new(),
            source_addresses: Vec::new(),
            default_institution: None,
            disabled_institutions: Vec::new(),
            redirect_urls: Vec::new(),
        }
    }
}

impl ClientSettings {
    /// The first redirect URL that is none, and so would allow nothing.
    pub fn wrong_redirect_url(&self) -> Option<&str> {
        self.redirect_urls.iter().map(String::as_str).find(|text| url::Url::parse(text).is_err())
    }
}

/// A client, as known to a request.
#[derive(Debug, Clone)]
pub struct Client {
    /// The right to its users.
    pub scope: ClientScope,
    /// Guid, `CLT-`.
    pub guid: ClientGuid,
    /// Name in paths.
    pub client_id: String,
    /// Name, for people.
    pub name: String,
    /// Its settings.
    pub settings: Arc<ClientSettings>,
}

impl From<store::clients::Client> for Client {
    fn from(row: store::clients::Client) -> Self {
        Self {
            scope: row.scope,
            guid: row.guid,
            client_id: row.client_id,
            name: row.name,
            settings: Arc::new(parse_settings(&row.settings)),
        }
    }
}

/// Reads stored settings; what cannot be read is the default, so that a newer version's row does no harm.
pub(crate) fn parse_settings(text: &str) -> ClientSettings {
    serde_json::from_str(text).unwrap_or_default()
}

impl Engine {
    /// The client that an API key belongs to, if it is the one the path names and calls from an allowed address.
    pub async fn client_of_key(
        &self,
        key: Option<&str>,
        client_id: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<Client> {
        let hash = ApiKey::hash(key.ok_or(Error::BadApiKey)?).map_err(|_| Error::BadApiKey)?;
        let row = self.db().client_by_key(hash.as_bytes()).await?.ok_or(Error::BadApiKey)?;
        let client = Client::from(row);
        if client_id.is_some_and(|id| id != client.client_id) {
            return Err(Error::BadApiKey);
        }
        let allowed = &client.settings.source_addresses;
        if !allowed.is_empty() && !from.is_some_and(|a| allowed.contains(&a.to_canonical())) {
            return Err(Error::AddressNotAllowed);
        }
        Ok(client)
    }

    /// A client by its `client_id`: for the operator.
    pub async fn client(&self, client_id: &str) -> Result<Client> {
        let row = self.db().client_by_id(SystemScope::of_the_service(), client_id).await?;
        row.map(Client::from).ok_or(Error::NotFound("client"))
    }

    /// All clients, oldest first.
    pub async fn clients(&self) -> Result<Vec<Client>> {
        let rows = self.db().clients(SystemScope::of_the_service()).await?;
        Ok(rows.into_iter().map(Client::from).collect())
    }

    /// The client's live API keys.
    pub async fn api_keys(&self, client: &Client) -> Result<Vec<ApiKeyRow>> {
        Ok(self.db().api_keys(client.scope).await?)
    }

    /// Makes a client with its first API key: a given one (`given`), or a random one, which is shown only here.
    pub async fn create_client(
        &self,
        call: &Call,
        client_id: &str,
        name: &str,
        settings: &ClientSettings,
        given: Option<&SecretText>,
    ) -> Result<(Client, SecretText)> {
        let well_formed = (1..=64).contains(&client_id.len())
            && client_id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if !well_formed {
            return Err(Error::rule("client_id: 1 to 64 letters, digits, '-', '_' or '.'"));
        }
        if self.db().client_by_id(SystemScope::of_the_service(), client_id).await?.is_some() {
            return Err(Error::rule("client_id: a client with this id exists"));
        }
        let (key, hash) = match given {
            Some(key) => {
                let hash = ApiKey::hash(key.expose())
                    .map_err(|_| Error::rule("API key: 16 to 256 visible ASCII characters"))?;
                (key.clone(), hash)
            }
            None => ApiKey::issue(self.entropy()),
        };
        let now = self.clock().now();
        let guid = ClientGuid::new(now, self.entropy());
        let settings = serde_json::to_string(settings).map_err(Error::internal)?;
        let (engine, call, id, name) = (self.clone(), call.clone(), client_id.to_owned(), name.to_owned());
        let written = self.db().write(move |tx| {
            let scope = tx.insert_client(SystemScope::of_the_service(), guid, &id, &name, &settings, now)?;
            tx.insert_api_key(scope, hash.as_bytes(), "first", now)?;
            engine.audit(tx, &call, Some(scope.number()), None, &guid.to_string())
        });
        written.await?;
        Ok((self.client(client_id).await?, key))
    }

    /// Replaces the settings of a client.
    pub async fn update_client(&self, call: &Call, client: &Client, settings: &ClientSettings) -> Result<()> {
        let now = self.clock().now();
        let text = serde_json::to_string(settings).map_err(Error::internal)?;
        let (engine, call, client) = (self.clone(), call.clone(), client.clone());
        self.db()
            .write(move |tx| {
                tx.update_client_settings(client.scope, &text, now)?;
                tx.note_change("client", client.guid.as_bytes())?;
                engine.audit(tx, &call, Some(client.scope.number()), None, &client.guid.to_string())
            })
            .await?;
        self.sessions().forget_all();
        Ok(())
    }

    /// Adds an API key to a client that has fewer than two; it is shown only here.
    pub async fn add_api_key(&self, call: &Call, client: &Client, label: &str) -> Result<SecretText> {
        let (key, hash) = ApiKey::issue(self.entropy());
        let now = self.clock().now();
        let (engine, call, client, label) = (self.clone(), call.clone(), client.clone(), label.to_owned());
        self.db()
            .write(move |tx| {
                if tx.api_key_hashes(client.scope)?.len() >= API_KEYS_MAX {
                    return Err(Error::rule("a client has two API keys at most: revoke one first"));
                }
                tx.insert_api_key(client.scope, hash.as_bytes(), &label, now)?;
                engine.audit(tx, &call, Some(client.scope.number()), None, &client.guid.to_string())
            })
            .await?;
        Ok(key)
    }

    /// Ends the API key whose hash begins with these hexadecimal digits.
    pub async fn revoke_api_key(&self, call: &Call, client: &Client, hash_prefix: &str) -> Result<()> {
        if hash_prefix.len() < KEY_PREFIX_MIN {
            return Err(Error::Rule(
                format!("at least {KEY_PREFIX_MIN} digits of the key's hash are needed").into(),
            ));
        }
        let keys = self.api_keys(client).await?;
        let mut matching = keys.iter().filter(|k| hex::encode(&k.hash).starts_with(hash_prefix));
        let (Some(key), None) = (matching.next(), matching.next()) else {
            return Err(Error::NotFound("api key"));
        };
        let hash = key.hash.clone();
        let now = self.clock().now();
        let (engine, call, client) = (self.clone(), call.clone(), client.clone());
        self.db()
            .write(move |tx| {
                if !tx.revoke_api_key(client.scope, &hash, now)? {
                    return Err(Error::NotFound("api key"));
                }
                engine.audit(tx, &call, Some(client.scope.number()), None, &client.guid.to_string())
            })
            .await
    }
}
