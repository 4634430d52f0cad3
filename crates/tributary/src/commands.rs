//! The operator's commands: what each asks ([`Command`]), what comes back ([`Reply`]), and the one function that
//! does it, in the server or in the command's own process alike.
mod client;
mod deposit;
mod import;
mod operator;
mod sandbox;
mod status;
mod user;
mod webhook;

pub(crate) use client::{ClientInfo, KeyInfo, NewKey};
pub(crate) use deposit::BlockedInfo;
pub(crate) use operator::{InstitutionInfo, InstitutionPage, Load, MemberAct};
pub(crate) use sandbox::ClockInfo;
pub(crate) use status::Status;
pub(crate) use user::UserInfo;
pub(crate) use webhook::{FailedLine, ProofOrder, WebhookLine, WebhookOrder, WebhookReply};

use crate::{machine, settings::Told};
use domain::secret::SecretText;
use engine::{
    Call, Engine,
    catalogue::{Edit, LoadReport},
    faults::Fault,
    operator::{JobFilter, JobInfo, JobPage, MemberFilter, MemberInfo, MemberPage},
};
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
    /// Lets nobody make microdeposits at a bank.
    Block { routing_number: String, note: String },
    /// Takes that back.
    Unblock { routing_number: String },
    /// Banks that are blocked.
    Blocked,
    /// Imports the statement file behind the command.
    Import { user: String, client_id: Option<String>, create_user: bool, dry_run: bool },
    /// Loads the list of institutions behind the command, or shows what that would change.
    InstitutionsLoad(Load),
    /// Institutions of the catalogue.
    InstitutionsList { search: String, hidden: bool, retired: bool, limit: u32 },
    /// One institution, by guid or code.
    InstitutionsShow { institution: String },
    /// Hides, retires, ... an institution.
    InstitutionsEdit { institution: String, edit: Edit },
    /// Members of all users.
    MemberList(MemberFilter),
    /// One member.
    MemberShow { guid: String },
    /// Closes, pauses, resumes a member.
    MemberAct { guid: String, act: MemberAct },
    /// Jobs of all users.
    JobList(JobFilter),
    /// One job.
    JobShow { guid: String },
    /// Service time; set first where something is given. `at`: microseconds since 1970.
    SandboxClock { mode: Option<String>, at: Option<i64> },
    /// Moves service time forward.
    SandboxAdvance { seconds: i64 },
    /// Waits until nothing is due.
    SandboxSettle,
    /// The faults in force.
    FaultsList,
    /// Replaces all faults.
    FaultsSet { faults: Vec<Fault> },
    /// Adds a fault.
    FaultsAdd { fault: Box<Fault> },
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
    Blocked(Vec<BlockedInfo>),
    Import(engine::import::Report),
    Load(LoadReport),
    Institutions(Vec<InstitutionInfo>),
    Institution(Box<InstitutionPage>),
    Members(Vec<MemberInfo>),
    Member(Box<MemberPage>),
    Jobs(Vec<JobInfo>),
    Job(Box<JobPage>),
    Clock(ClockInfo),
    Settled(bool),
    Faults(Vec<Fault>),
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
        Command::Block { routing_number, note } => {
            deposit::block(engine, &call, &routing_number, &note).await.map(Reply::Blocked)
        }
        Command::Unblock { routing_number } => {
            deposit::unblock(engine, &call, &routing_number).await.map(Reply::Blocked)
        }
        Command::Blocked => deposit::list(engine).await.map(Reply::Blocked),
        Command::Import { user, client_id, create_user, dry_run } => {
            let order = import::Order { user, client_id, create_user, dry_run };
            import::import(engine, &call, order, payload, progress).await.map(Reply::Import)
        }
        Command::InstitutionsLoad(_)
        | Command::InstitutionsList { .. }
        | Command::InstitutionsShow { .. }
        | Command::InstitutionsEdit { .. } => institutions(engine, &call, command, payload, progress).await,
        Command::MemberList(_)
        | Command::MemberShow { .. }
        | Command::MemberAct { .. }
        | Command::JobList(_)
        | Command::JobShow { .. } => connections(engine, &call, command).await,
        Command::SandboxClock { mode, at } => {
            sandbox::clock(engine, &call, mode.as_deref(), at).await.map(Reply::Clock)
        }
        Command::SandboxAdvance { seconds } => {
            sandbox::advance(engine, &call, seconds).await.map(Reply::Clock)
        }
        Command::SandboxSettle => sandbox::settle(engine).await.map(Reply::Settled),
        Command::FaultsList => sandbox::faults(engine).await.map(Reply::Faults),
        Command::FaultsSet { faults } => sandbox::set_faults(engine, &call, faults).await.map(Reply::Faults),
        Command::FaultsAdd { fault } => sandbox::add_fault(engine, &call, *fault).await.map(Reply::Faults),
        Command::Webhook { client_id, order } => {
            webhook::webhook(engine, &call, &client_id, order).await.map(Reply::Webhook)
        }
        Command::Status { with_audit } => {
            status::status(service, with_audit).await.map(|status| Reply::Status(Box::new(status)))
        }
    }
}

/// Does a command about members and jobs.
async fn connections(engine: &Engine, call: &Call, command: Command) -> Result<Reply, String> {
    match command {
        Command::MemberList(filter) => {
            let named = filter.institution.clone().or_else(|| filter.user.clone()).unwrap_or_default();
            let found = engine.list_members(&filter).await;
            found.map(Reply::Members).map_err(|error| operator::missing(error, &named))
        }
        Command::MemberShow { guid } => {
            let page = engine.member_page(&guid).await;
            page.map(|page| Reply::Member(Box::new(page))).map_err(|error| operator::missing(error, &guid))
        }
        Command::MemberAct { guid, act } => {
            operator::act(engine, call, &guid, act).await.map(|page| Reply::Member(Box::new(page)))
        }
        Command::JobList(filter) => {
            let named = filter.member.clone().or_else(|| filter.institution.clone()).unwrap_or_default();
            let found = engine.list_jobs(&filter).await;
            found.map(Reply::Jobs).map_err(|error| operator::missing(error, &named))
        }
        Command::JobShow { guid } => {
            let page = engine.job_page(&guid).await;
            page.map(|page| Reply::Job(Box::new(page))).map_err(|error| operator::missing(error, &guid))
        }
        other => Err(format!("{} is no command about a connection", other.name())),
    }
}

/// Does a command about institutions.
async fn institutions(
    engine: &Engine,
    call: &Call,
    command: Command,
    payload: &[u8],
    progress: Progress<'_>,
) -> Result<Reply, String> {
    match command {
        Command::InstitutionsLoad(order) => {
            operator::load(engine, call, order, payload, progress).await.map(Reply::Load)
        }
        Command::InstitutionsList { search, hidden, retired, limit } => {
            Ok(Reply::Institutions(operator::list(engine, &search, hidden, retired, limit)))
        }
        Command::InstitutionsShow { institution } => {
            operator::show(engine, &institution).await.map(|page| Reply::Institution(Box::new(page)))
        }
        Command::InstitutionsEdit { institution, edit } => {
            operator::edit(engine, call, &institution, edit, progress).await.map(Reply::Load)
        }
        _ => Err("this is no command about institutions".to_owned()),
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
            Self::Block { .. } => "microdeposit block",
            Self::Unblock { .. } => "microdeposit unblock",
            Self::Blocked => "microdeposit blocked",
            Self::Import { .. } => "import",
            Self::InstitutionsLoad(_) => "institutions load",
            Self::InstitutionsList { .. } => "institutions list",
            Self::InstitutionsShow { .. } => "institutions show",
            Self::InstitutionsEdit { edit: Edit::Hide, .. } => "institutions hide",
            Self::InstitutionsEdit { edit: Edit::Unhide, .. } => "institutions unhide",
            Self::InstitutionsEdit { edit: Edit::Retire, .. } => "institutions retire",
            Self::InstitutionsEdit { edit: Edit::Unretire { .. }, .. } => "institutions unretire",
            Self::MemberList(_) => "member list",
            Self::MemberShow { .. } => "member show",
            Self::MemberAct { act: MemberAct::Close, .. } => "member close",
            Self::MemberAct { act: MemberAct::Pause, .. } => "member pause",
            Self::MemberAct { act: MemberAct::Resume, .. } => "member resume",
            Self::JobList(_) => "job list",
            Self::JobShow { .. } => "job show",
            Self::SandboxClock { .. } => "sandbox clock",
            Self::SandboxAdvance { .. } => "sandbox advance",
            Self::SandboxSettle => "sandbox settle",
            Self::FaultsList => "sandbox faults list",
            Self::FaultsSet { .. } => "sandbox faults set",
            Self::FaultsAdd { .. } => "sandbox faults add",
            Self::Webhook { .. } => "webhook",
            Self::Status { .. } => "status",
        }
    }

    /// Whether it may make a new store where there is none.
    pub(crate) const fn may_create(&self) -> bool {
        matches!(self, Self::ClientCreate { .. } | Self::InstitutionsLoad(_))
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
