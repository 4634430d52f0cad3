//! The commands about the sandbox.
use crate::{
    cli::{FaultArgs, FaultsCommand, SandboxCommand},
    commands::Command,
    print, tables,
};
use anyhow::{Context, Result, anyhow, bail};
use engine::faults::Fault;
use faces::sandbox::faults::{from_json, to_json};
use serde_json::{Map, Value, json};
use std::{io::Read, path::Path};

/// Longest file of faults.
const FILE_BYTES_MAX: u64 = 1 << 20;
const SECONDS_PER_DAY: i64 = 86_400;

/// What to ask.
pub(super) fn command(asked: SandboxCommand) -> Result<Command> {
    Ok(match asked {
        SandboxCommand::Clock { freeze, offset, real, at } => {
            let modes = [(freeze, "frozen"), (offset, "offset"), (real, "real")];
            let mode = modes.into_iter().find_map(|(is_asked, mode)| is_asked.then(|| mode.to_owned()));
            Command::SandboxClock { mode, at: at.map(domain::time::Timestamp::as_micros) }
        }
        SandboxCommand::Advance { by, days } => {
            let days = days.unwrap_or(0).saturating_mul(SECONDS_PER_DAY);
            Command::SandboxAdvance { seconds: by.unwrap_or(0).saturating_add(days) }
        }
        SandboxCommand::Settle => Command::SandboxSettle,
        SandboxCommand::Faults(FaultsCommand::List) => Command::FaultsList,
        SandboxCommand::Faults(FaultsCommand::Set { file }) => Command::FaultsSet { faults: read(&file)? },
        SandboxCommand::Faults(FaultsCommand::Add(fault)) => {
            Command::FaultsAdd { fault: Box::new(of(fault)?) }
        }
        SandboxCommand::Faults(FaultsCommand::Clear) => Command::FaultsSet { faults: Vec::new() },
    })
}

/// Faults of a file, checked as those of a call are.
fn read(file: &Path) -> Result<Vec<Fault>> {
    let mut text = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().take(FILE_BYTES_MAX).read_to_end(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut text))
    };
    read.with_context(|| format!("cannot read faults from {}", file.display()))?;
    from_json(&text).map_err(|error| {
        anyhow!("{}: {} (write {{\"faults\":[{{\"kind\":\"drop\"}}]}})", file.display(), error.message)
    })
}

/// The fault of a command line, checked as that of a call is.
fn of(given: FaultArgs) -> Result<Fault> {
    let FaultArgs { kind, institution, member, stage, count, probability, ms, status, retry_after, name } =
        given;
    let mut fault = Map::new();
    let texts = [
        ("kind", Some(kind)),
        ("institution_code", institution),
        ("member_guid", member),
        ("stage", stage),
        ("probability", probability),
        ("name", name),
    ];
    let numbers = [("count", count), ("ms", ms), ("status", status), ("retry_after", retry_after)];
    let texts = texts.into_iter().map(|(name, text)| (name, text.map(Value::from)));
    let numbers = numbers.into_iter().map(|(name, number)| (name, number.map(Value::from)));
    for (name, value) in texts.chain(numbers) {
        if let Some(value) = value {
            fault.insert(name.to_owned(), value);
        }
    }
    let text = json!({"faults": [fault]}).to_string();
    let faults = from_json(text.as_bytes()).map_err(|error| anyhow!("{}", error.message))?;
    faults.into_iter().next().ok_or_else(|| anyhow!("no fault"))
}

/// Says whether nothing is due; a command that waited in vain failed.
pub(super) fn settled(json: bool, settled: bool) -> Result<()> {
    if json {
        print(&format!("{}\n", json!({"settled": settled})));
    } else if settled {
        print("Nothing is due.\n");
    }
    if settled {
        return Ok(());
    }
    bail!(
        "work is still due after a minute: see whether a bank is slow (`tributary sandbox faults list`), or wait again"
    )
}

/// The faults: as the call writes them, for machines.
pub(super) fn faults(json: bool, faults: &[Fault]) -> Result<()> {
    if json {
        let value: Value = serde_json::from_slice(&to_json(faults))?;
        print(&format!("{}\n", serde_json::to_string_pretty(&value)?));
    } else {
        print(&tables::faults(faults));
    }
    Ok(())
}
