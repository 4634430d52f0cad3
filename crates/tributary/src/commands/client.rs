//! `client create`, `client set`, `client list`, `client key`.
use super::{Changes, explain};
use domain::secret::SecretText;
use engine::{
    Call, Engine, Error,
    client::{Client, ClientSettings},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A client as it is listed.
#[derive(Serialize, Deserialize)]
pub(crate) struct ClientInfo {
    pub(crate) client_id: String,
    pub(crate) guid: String,
    pub(crate) name: String,
    pub(crate) settings: ClientSettings,
    pub(crate) keys: usize,
}

/// A live key, without the key.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeyInfo {
    /// The first digits of its SHA-256: its name for `--revoke`.
    pub(crate) hash: String,
    pub(crate) label: String,
    pub(crate) created_at: String,
}

/// A key that was just made; shown this once.
#[derive(Serialize, Deserialize)]
pub(crate) struct NewKey {
    pub(crate) client_id: String,
    pub(crate) guid: String,
    #[serde(with = "super::secret")]
    pub(crate) api_key: Option<SecretText>,
}

/// Hexadecimal digits of a key's hash that are shown.
const HASH_DIGITS: usize = 12;

pub(super) async fn create(
    engine: &Engine,
    call: &Call,
    client_id: &str,
    name: &str,
    changes: &Changes,
    key: Option<SecretText>,
) -> Result<NewKey, String> {
    let settings = changed(&ClientSettings::default(), changes)?;
    let made = engine.create_client(call, client_id, name, &settings, key.as_ref()).await.map_err(explain)?;
    let (client, key) = made;
    Ok(NewKey { client_id: client.client_id, guid: client.guid.to_string(), api_key: Some(key) })
}

pub(super) async fn set(
    engine: &Engine,
    call: &Call,
    client_id: &str,
    changes: &Changes,
) -> Result<ClientInfo, String> {
    let client = find(engine, client_id).await?;
    let settings = changed(&client.settings, changes)?;
    engine.update_client(call, &client, &settings).await.map_err(explain)?;
    info(engine, find(engine, client_id).await?).await
}

pub(super) async fn list(engine: &Engine) -> Result<Vec<ClientInfo>, String> {
    let mut all = Vec::new();
    for client in engine.clients().await.map_err(explain)? {
        all.push(info(engine, client).await?);
    }
    Ok(all)
}

async fn info(engine: &Engine, client: Client) -> Result<ClientInfo, String> {
    let keys = engine.api_keys(&client).await.map_err(explain)?.len();
    let (guid, settings) = (client.guid.to_string(), (*client.settings).clone());
    Ok(ClientInfo { client_id: client.client_id, guid, name: client.name, settings, keys })
}

pub(super) async fn keys(engine: &Engine, client_id: &str) -> Result<Vec<KeyInfo>, String> {
    let client = find(engine, client_id).await?;
    let rows = engine.api_keys(&client).await.map_err(explain)?;
    let info = rows.into_iter().map(|row| KeyInfo {
        hash: hex::encode(&row.hash).chars().take(HASH_DIGITS).collect(),
        label: row.label,
        created_at: row.created_at.to_z(),
    });
    Ok(info.collect())
}

pub(super) async fn add_key(
    engine: &Engine,
    call: &Call,
    client_id: &str,
    label: &str,
) -> Result<NewKey, String> {
    let client = find(engine, client_id).await?;
    let key = engine.add_api_key(call, &client, label).await.map_err(|error| match error {
        Error::Rule(rule) => {
            format!("{rule} (`tributary client key {client_id} --list` shows them, `--revoke HASH` ends one)")
        }
        other => explain(other),
    })?;
    Ok(NewKey { client_id: client.client_id, guid: client.guid.to_string(), api_key: Some(key) })
}

pub(super) async fn revoke_key(
    engine: &Engine,
    call: &Call,
    client_id: &str,
    hash: &str,
) -> Result<Vec<KeyInfo>, String> {
    let client = find(engine, client_id).await?;
    engine.revoke_api_key(call, &client, &hash.to_lowercase()).await.map_err(|error| match error {
        Error::NotFound(_) => format!(
            "client {client_id} has not exactly one live key whose hash begins with \"{hash}\"; `tributary client \
             key {client_id} --list` shows them"
        ),
        other => explain(other),
    })?;
    keys(engine, client_id).await
}

/// A client by its id.
pub(super) async fn find(engine: &Engine, client_id: &str) -> Result<Client, String> {
    engine.client(client_id).await.map_err(|error| match error {
        Error::NotFound(_) => {
            format!("there is no client {client_id}; `tributary client list` shows those there are")
        }
        other => explain(other),
    })
}

/// Settings with some of them replaced: `true`, `false`, a text, `none`, or a list separated by commas.
fn changed(present: &ClientSettings, changes: &Changes) -> Result<ClientSettings, String> {
    let value = serde_json::to_value(present).map_err(|e| e.to_string())?;
    let Value::Object(mut settings) = value else { return Ok(present.clone()) };
    for (name, text) in changes {
        let names = names_of(&settings);
        let place = settings
            .get_mut(name)
            .ok_or_else(|| format!("clients have no setting {name}; there are: {names}"))?;
        *place = match place {
            Value::Bool(_) => Value::Bool(
                text.parse().map_err(|_| format!("{name}: \"{text}\" is neither true nor false"))?,
            ),
            Value::Array(_) => {
                text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(Value::from).collect()
            }
            _ if text.is_empty() || text == "none" => Value::Null,
            _ => Value::from(text.as_str()),
        };
    }
    let settings: ClientSettings = serde_json::from_value(Value::Object(settings))
        .map_err(|e| format!("settings of the client: {e}"))?;
    match settings.wrong_redirect_url() {
        Some(text) => Err(format!(
            "redirect_urls: \"{text}\" is the beginning of no address: write https://app.example/back or myapp://"
        )),
        None => Ok(settings),
    }
}

fn names_of(settings: &Map<String, Value>) -> String {
    settings.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(pairs: &[(&str, &str)]) -> Result<ClientSettings, String> {
        let changes = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        changed(&ClientSettings { disabled_institutions: vec!["x".into()], ..Default::default() }, &changes)
    }

    #[test]
    fn settings_of_a_client_from_texts() {
        let settings = change(&[
            ("shows_account_numbers", "true"),
            ("source_addresses", "10.0.0.1, ::1"),
            ("default_institution", "mxbank"),
            ("disabled_institutions", ""),
            ("redirect_urls", "https://app.example/back, myapp://"),
        ]);
        let settings = settings.unwrap();
        assert!(settings.shows_account_numbers && settings.disabled_institutions.is_empty());
        assert_eq!(settings.source_addresses.len(), 2);
        assert_eq!(settings.redirect_urls, ["https://app.example/back", "myapp://"]);
        assert_eq!(settings.default_institution.as_deref(), Some("mxbank"));
        assert_eq!(change(&[("default_institution", "none")]).unwrap().default_institution, None);
    }

    #[test]
    fn wrong_settings_of_a_client_are_refused() {
        assert!(change(&[("colour", "red")]).unwrap_err().contains("there are: "));
        assert!(change(&[("uses_use_cases", "maybe")]).unwrap_err().contains("neither true nor false"));
        assert!(change(&[("redirect_urls", "app.example")]).unwrap_err().contains("beginning of no address"));
        assert!(change(&[("source_addresses", "home")]).unwrap_err().contains("settings of the client"));
    }
}
