//! The operator's commands: what each asks ([`Command`]), what comes back ([`Reply`]), and the one function that
//! does it, in the server or in the command's own process alike.
mod client;
mod import;
mod status;
mod user;
mod webhook;

pub(crate) use client::{ClientInfo, KeyInfo, NewKey};
pub(crate) use status::Status;
pub(crate) use user::UserInfo;
pub(crate) use webhook::{FailedLine, ProofOrder, WebhookLine, WebhookOrder, WebhookReply};

use crate::{machine, settings::Told};
use domain::secret::SecretText;
use engine::{Call, Engine};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Settings of a client by name, as the command line gives them.
pub(crate) type Changes = BTreeMap<String, String>;

/// What a command asks.
#[derive(Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Command {
    /// Makes a client with its first key: the given one, or a random one.
    ClientCreate {
        client_id: String,
        name: String,
        settings: Changes,
        #[serde(with = "secret")]
        key: Option<SecretText>,
    },
    /// Changes settings of a client.
    ClientSet { client_id: String, settings: Changes },
    /// All clients.
    ClientList,
    /// The live keys of a client.
    KeyList { client_id: String },
    /// A further key.
    KeyAdd { client_id: String, label: String },
    /// Ends the key whose hash begins so.
    KeyRevoke { client_id: String, hash: String },
    /// Users of a client, or of all clients.
    UserList { client_id: Option<String>, after: Option<String>, limit: u32 },
    /// One user, by guid or by the partner's id.
    UserShow { user: String, client_id: Option<String> },
    /// Imports the statement file behind the command.
    Import { user: String, client_id: Option<String>, create_user: bool, dry_run: bool },
    /// Webhooks of a client.
    Webhook { client_id: String, order: WebhookOrder },
    /// How the store is.
    Status { with_audit: bool },
}

/// What comes back.
#[derive(Serialize, Deserialize)]
#[serde(tag = "reply", content = "data", rename_all = "snake_case")]
pub(crate) enum Reply {
    Client(ClientInfo),
    Clients(Vec<ClientInfo>),
    NewKey(NewKey),
    Keys(Vec<KeyInfo>),
    Users(Vec<UserInfo>),
    User(Box<UserInfo>),
    Import(engine::import::Report),
    Webhook(WebhookReply),
    Status(Box<Status>),
}

/// What commands are done on: a store that is open, and the settings of the process that opened it.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) engine: Engine,
    pub(crate) settings: Arc<[Told]>,
}

/// Hears (done, total) while a command works.
pub(crate) type Progress<'a> = &'a mut (dyn FnMut(u64, u64) + Send);

/// Does a command. The error says what to do.
pub(crate) async fn execute(
    service: &Service,
    command: Command,
    payload: &[u8],
    progress: Progress<'_>,
) -> Result<Reply, String> {
    let engine = &service.engine;
    let call = Call::new("operator", command.name(), machine::random_name());
    match command {
        Command::ClientCreate { client_id, name, settings, key } => {
            client::create(engine, &call, &client_id, &name, &settings, key).await.map(Reply::NewKey)
        }
        Command::ClientSet { client_id, settings } => {
            client::set(engine, &call, &client_id, &settings).await.map(Reply::Client)
        }
        Command::ClientList => client::list(engine).await.map(Reply::Clients),
        Command::KeyList { client_id } => client::keys(engine, &client_id).await.map(Reply::Keys),
        Command::KeyAdd { client_id, label } => {
            client::add_key(engine, &call, &client_id, &label).await.map(Reply::NewKey)
        }
        Command::KeyRevoke { client_id, hash } => {
            client::revoke_key(engine, &call, &client_id, &hash).await.map(Reply::Keys)
        }
        Command::UserList { client_id, after, limit } => {
            user::list(engine, client_id.as_deref(), after.as_deref(), limit).await.map(Reply::Users)
        }
        Command::UserShow { user, client_id } => {
            user::show(engine, &user, client_id.as_deref()).await.map(|user| Reply::User(Box::new(user)))
        }
        Command::Import { user, client_id, create_user, dry_run } => {
            let order = import::Order { user, client_id, create_user, dry_run };
            import::import(engine, &call, order, payload, progress).await.map(Reply::Import)
        }
        Command::Webhook { client_id, order } => {
            webhook::webhook(engine, &call, &client_id, order).await.map(Reply::Webhook)
        }
        Command::Status { with_audit } => {
            status::status(service, with_audit).await.map(|status| Reply::Status(Box::new(status)))
        }
    }
}

impl Command {
    /// As the audit trail and the lock name it.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::ClientCreate { .. } => "client create",
            Self::ClientSet { .. } => "client set",
            Self::ClientList => "client list",
            Self::KeyList { .. } => "client key --list",
            Self::KeyAdd { .. } => "client key",
            Self::KeyRevoke { .. } => "client key --revoke",
            Self::UserList { .. } => "user list",
            Self::UserShow { .. } => "user show",
            Self::Import { .. } => "import",
            Self::Webhook { .. } => "webhook",
            Self::Status { .. } => "status",
        }
    }

    /// Whether it may make a new store where there is none.
    pub(crate) const fn may_create(&self) -> bool {
        matches!(self, Self::ClientCreate { .. })
    }
}

/// A secret crosses the socket, which only its owner can open, in plain.
pub(crate) mod secret {
    #![expect(clippy::ref_option, reason = "serde calls it so")]
    use domain::secret::SecretText;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(key: &Option<SecretText>, to: S) -> Result<S::Ok, S::Error> {
        key.as_ref().map(SecretText::expose).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretText>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(SecretText::new))
    }
}

/// An engine's error for the operator: internal texts are shown, who runs commands may see them.
pub(crate) fn explain(error: engine::Error) -> String {
    let text = error.to_string();
    drop(error);
    text
}
