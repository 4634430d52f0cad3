//! The operator's commands from the command line to what is printed.
mod institutions;
mod people;
mod webhook;

use crate::{
    cli::{ClientCommand, Command as Asked, MicrodepositCommand, UserCommand},
    commands::{Command, NewKey, Reply},
    print,
    reach::Reach,
    settings::{Loaded, Settings},
    tables,
};
use anyhow::{Context, Result, bail};
use connectors::ofx;
use domain::secret::SecretText;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    io::Read,
    path::{Path, PathBuf},
};

mod sandbox;

/// Longest secret that is read from a file.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// Does one command of the operator.
pub(crate) async fn operate(loaded: &Loaded, asked: Asked) -> Result<()> {
    let settings = &loaded.settings;
    let command = match asked {
        Asked::Client(asked) => client_command(asked)?,
        Asked::User(UserCommand::List { client, after, limit }) => {
            Command::UserList { client_id: client, after, limit }
        }
        Asked::User(UserCommand::Show { user, client }) => Command::UserShow { user, client_id: client },
        Asked::Microdeposit(asked) => match asked {
            MicrodepositCommand::Block { routing_number, note } => Command::Block { routing_number, note },
            MicrodepositCommand::Unblock { routing_number } => Command::Unblock { routing_number },
            MicrodepositCommand::Blocked => Command::Blocked,
        },
        Asked::Webhook(asked) => webhook::command(asked)?,
        Asked::Import { files, user, client, create_user, dry_run } => {
            let order =
                || Command::Import { user: user.clone(), client_id: client.clone(), create_user, dry_run };
            return import(loaded, &files, order).await;
        }
        Asked::Institutions(asked) => return institutions::operate(loaded, asked).await,
        Asked::Member(asked) => match people::member_command(settings, asked)? {
            Some(command) => command,
            None => return Ok(()),
        },
        Asked::Job(asked) => people::job_command(asked)?,
        Asked::Sandbox(asked) => sandbox::command(asked)?,
        Asked::Migrate => return migrate(loaded).await,
        _ => bail!("this is no command about a store"),
    };
    let reach = Reach::open(loaded, command.name(), command.may_create()).await?;
    let reply = reach.call(command, &[], &mut |_, _| {}).await;
    reach.close().await?;
    show(settings, &reply?)
}

fn client_command(asked: ClientCommand) -> Result<Command> {
    Ok(match asked {
        ClientCommand::Create { client_id, name, key_from, with } => Command::ClientCreate {
            name: name.unwrap_or_else(|| client_id.clone()),
            client_id,
            settings: with.into_iter().collect(),
            key: key_from.as_deref().map(read_secret).transpose()?,
        },
        ClientCommand::Set { client_id, settings } => {
            Command::ClientSet { client_id, settings: settings.into_iter().collect() }
        }
        ClientCommand::List => Command::ClientList,
        ClientCommand::Key { client_id, list: true, .. } => Command::KeyList { client_id },
        ClientCommand::Key { client_id, revoke: Some(hash), .. } => Command::KeyRevoke { client_id, hash },
        ClientCommand::Key { client_id, label, .. } => Command::KeyAdd { client_id, label },
    })
}

/// A secret from a file, without the blanks around it.
fn read_secret(path: &Path) -> Result<SecretText> {
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().take(SECRET_BYTES_MAX).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(SECRET_BYTES_MAX).read_to_string(&mut text))
    };
    read.with_context(|| format!("cannot read the secret from {}", path.display()))?;
    Ok(SecretText::new(text.trim()))
}

fn show(settings: &Settings, reply: &Reply) -> Result<()> {
    let json = settings.json.0;
    match reply {
        Reply::Clients(all) => output(json, all, || tables::clients(all)),
        Reply::Client(one) => output(json, one, || tables::clients(std::slice::from_ref(one))),
        Reply::Keys(all) => output(json, all, || tables::keys(all)),
        Reply::NewKey(key) => output(json, key, || new_key(key)),
        Reply::Users(all) => output(json, all, || tables::users(all)),
        Reply::User(one) => output(json, one, || tables::user(one)),
        Reply::Blocked(all) => output(json, all, || tables::blocked(all)),
        Reply::Institutions(all) => output(json, all, || tables::operator::institutions(all)),
        Reply::Institution(one) => output(json, one, || tables::operator::institution(one)),
        Reply::Members(all) => output(json, all, || tables::operator::members(all)),
        Reply::Member(one) => output(json, one, || tables::operator::member(one)),
        Reply::Jobs(all) => output(json, all, || tables::operator::jobs(all)),
        Reply::Job(one) => output(json, one, || tables::operator::job(one)),
        Reply::Load(report) => output(json, report, || tables::operator::load(report)),
        Reply::Clock(clock) => output(json, clock, || tables::clock(clock)),
        Reply::Settled(settled) => sandbox::settled(json, *settled),
        Reply::Faults(faults) => sandbox::faults(json, faults),
        Reply::Webhook(reply) => output(json, reply, || webhook::text(reply)),
        Reply::Import(_) | Reply::Status(_) => Ok(()),
    }
}

fn new_key(key: &NewKey) -> String {
    let text = key.api_key.as_ref().map(SecretText::expose).unwrap_or_default();
    format!("API key of client `{}`; it is not shown again:\n{text}\n", key.client_id)
}

fn output<T: Serialize + ?Sized>(json: bool, value: &T, people: impl FnOnce() -> String) -> Result<()> {
    if json {
        print(&format!("{}\n", serde_json::to_string_pretty(value)?));
    } else {
        print(&people());
    }
    Ok(())
}

async fn migrate(loaded: &Loaded) -> Result<()> {
    let reach = Reach::open(loaded, "migrate", true).await?;
    let through_server = matches!(reach, Reach::Server(_));
    let reply = reach.call(Command::Status { with_audit: false }, &[], &mut |_, _| {}).await;
    reach.close().await?;
    let Reply::Status(status) = reply? else { bail!("the store gave no status") };
    let by = if through_server { "; the running server brought it there" } else { "" };
    output(loaded.settings.json.0, &status, || {
        format!(
            "The {} store has schema version {}, which is up to date{by}.\n",
            status.database, status.schema_version
        )
    })
}

/// Reads all files; then, if none is broken, imports one after the other.
async fn import(loaded: &Loaded, files: &[PathBuf], order: impl Fn() -> Command) -> Result<()> {
    let mut contents = Vec::with_capacity(files.len());
    let mut broken = Vec::new();
    for path in files {
        match read_statement(path) {
            Ok(bytes) => contents.push((path.display().to_string(), bytes)),
            Err(error) => broken.push(format!("{}: {error:#}", path.display())),
        }
    }
    if !broken.is_empty() {
        bail!("nothing was stored, because of\n  {}\nmend or leave out what is broken", broken.join("\n  "));
    }
    let command = order();
    let reach = Reach::open(loaded, command.name(), command.may_create()).await?;
    let imported = import_all(&loaded.settings, &reach, contents, order).await;
    reach.close().await?;
    imported
}

async fn import_all(
    settings: &Settings,
    reach: &Reach,
    contents: Vec<(String, Vec<u8>)>,
    order: impl Fn() -> Command,
) -> Result<()> {
    let mut reports = Vec::new();
    for (file, bytes) in contents {
        let bar = progress_bar(settings.json.0, &file, "transactions");
        let mut tell = |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        };
        let imported = reach.call(order(), &bytes, &mut tell).await.with_context(|| match reports.len() {
            0 => format!("{file}: nothing was stored"),
            done => format!("{file}: not stored; {done} files before it were"),
        });
        bar.finish_and_clear();
        let Reply::Import(report) = imported? else { bail!("{file}: the store gave no report") };
        if !settings.json.0 {
            print(&tables::import(&file, &report));
        }
        reports.push(FileReport { file, report });
    }
    if settings.json.0 {
        print(&format!("{}\n", serde_json::to_string_pretty(&reports)?));
    }
    Ok(())
}

/// The report of a file, for machines.
#[derive(Serialize)]
struct FileReport {
    file: String,
    #[serde(flatten)]
    report: engine::import::Report,
}

/// The bytes of a statement that can be read; else where it is damaged.
fn read_statement(path: &PathBuf) -> Result<Vec<u8>> {
    let size = std::fs::metadata(path)?.len();
    let max = u64::try_from(ofx::FILE_BYTES_MAX).unwrap_or(u64::MAX);
    if size > max {
        bail!("the file is larger than {} MiB", max >> 20);
    }
    let bytes = std::fs::read(path)?;
    ofx::read(&bytes)?;
    Ok(bytes)
}

/// A bar on standard error, where that is a terminal.
fn progress_bar(is_hidden: bool, file: &str, of_what: &str) -> ProgressBar {
    if is_hidden {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let template = format!("{{msg}} [{{wide_bar}}] {{pos}}/{{len}} {of_what}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.set_message(file.to_owned());
    bar
}
