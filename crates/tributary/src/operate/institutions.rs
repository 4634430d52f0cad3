//! `institutions ...`: a list is read, what it changes is shown, and done once that is wanted.
use super::{output, progress_bar, show};
use crate::{
    cli::InstitutionsCommand as Asked,
    commands::{Command, Load, Reply},
    print,
    reach::Reach,
    settings::{Loaded, Settings},
    tables,
};
use anyhow::{Context, Result, bail};
use connectors::ofx::FILE_BYTES_MAX;
use engine::catalogue::{Edit, Format, LoadReport};
use std::{
    io::{IsTerminal, Write},
    path::Path,
};

/// Does a command about institutions.
pub(super) async fn operate(loaded: &Loaded, asked: Asked) -> Result<()> {
    let settings = &loaded.settings;
    let edit = |institution, edit| Command::InstitutionsEdit { institution, edit };
    let command = match asked {
        Asked::Load { file, connector, retire_missing, dry_run, yes } => {
            let format = format_of(&file)?;
            let bytes = read(&file)?;
            let order = |apply| {
                let connector = connector.clone();
                Command::InstitutionsLoad(Load { format, connector, retire_missing, apply })
            };
            let reach = Reach::open(loaded, "institutions load", true).await?;
            let done = load(settings, &reach, &bytes, order, dry_run, yes).await;
            reach.close().await?;
            return done;
        }
        Asked::List { search, hidden, retired, limit } => {
            Command::InstitutionsList { search, hidden, retired, limit }
        }
        Asked::Show { institution } => Command::InstitutionsShow { institution },
        Asked::Hide { institution } => edit(institution, Edit::Hide),
        Asked::Unhide { institution } => edit(institution, Edit::Unhide),
        Asked::Retire { institution, yes } => {
            let question =
                format!("Retire {institution}? Its members become DISCONTINUED, which has no way back");
            if !yes && !confirmed(settings, &question)? {
                return Ok(());
            }
            edit(institution, Edit::Retire)
        }
        Asked::Unretire { institution, reconnect } => edit(institution, Edit::Unretire { reconnect }),
    };
    let reach = Reach::open(loaded, command.name(), false).await?;
    let reply = reach.call(command, &[], &mut |_, _| {}).await;
    reach.close().await?;
    show(settings, &reply?)
}

async fn load(
    settings: &Settings,
    reach: &Reach,
    bytes: &[u8],
    order: impl Fn(bool) -> Command,
    dry_run: bool,
    yes: bool,
) -> Result<()> {
    let json = settings.json.0;
    let planned = report(reach.call(order(false), bytes, &mut |_, _| {}).await?)?;
    let is_nothing = planned.added.is_empty() && planned.changed.is_empty() && planned.retired.is_empty();
    if dry_run || is_nothing {
        return output(json, &planned, || tables::operator::load(&planned));
    }
    if !json {
        print(&tables::operator::load(&planned));
    }
    if !yes && !confirmed(settings, "Apply this?")? {
        return Ok(());
    }
    let bar = progress_bar(json, "loading", "done");
    let mut tell = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let reply = reach.call(order(true), bytes, &mut tell).await;
    bar.finish_and_clear();
    let done = report(reply.context("the load was cut off: repeat it, it goes on where it stopped")?)?;
    output(json, &done, || tables::operator::loaded(&done))
}

fn report(reply: Reply) -> Result<LoadReport> {
    match reply {
        Reply::Load(report) => Ok(report),
        _ => bail!("the store gave no report"),
    }
}

/// Asks on the terminal; where there is none, somebody must have said yes before.
pub(super) fn confirmed(settings: &Settings, question: &str) -> Result<bool> {
    if settings.json.0 || !std::io::stdin().is_terminal() {
        bail!("nobody can be asked here: add --yes");
    }
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    let is_yes = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
    if !is_yes {
        eprintln!("Nothing was changed.");
    }
    Ok(is_yes)
}

fn format_of(file: &Path) -> Result<Format> {
    match file.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase).as_deref() {
        Some("csv") => Ok(Format::Csv),
        Some("json") => Ok(Format::Json),
        _ => bail!("{}: the name of a list must end with .csv or .json", file.display()),
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let size = std::fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.len();
    let max = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    if size > max {
        bail!("{}: larger than {} MiB: split it", file.display(), max >> 20);
    }
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}
