//! The command line of Tributary: the server, the operator's commands and the demonstration.
//!
//! How to read it: `cli` is what can be typed; `settings` is where values come from; `commands` is what the operator
//! can ask of a store, done by one function whether a server runs (`control` carries the question to it) or not
//! (`reach` opens the store); `serve` is the server; `doctor` and `demo` are what they say.
mod cli;
mod commands;
mod control;
mod demo;
mod doctor;
mod enrich_file;
mod folder;
mod http_client;
mod machine;
mod operate;
mod reach;
mod serve;
mod settings;
mod tables;

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser};
use cli::{Cli, Command};
use settings::Loaded;
use std::{io::Write, process::ExitCode};

/// Done, but something failed; the last line says what to do.
const FAILED: u8 = 1;
/// The command line or a setting is wrong.
const MISUSED: u8 = 2;
/// Threads of the runtime for each core: one cold page of the database then holds up one of many.
const THREADS_PER_CORE: usize = 4;

/// Runs the program with the arguments and the environment of the process.
pub fn run() -> ExitCode {
    // Whatever is written is its owner's alone: the database too.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let cli = Cli::parse();
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let loaded = match settings::load(&cli.layers(environment)) {
        Ok(loaded) => loaded,
        Err(error) => return complain(&error, MISUSED),
    };
    match obey(cli, &loaded) {
        Ok(code) => code,
        Err(error) => complain(&error, FAILED),
    }
}

fn complain(error: &anyhow::Error, code: u8) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(code)
}

fn obey(cli: Cli, loaded: &Loaded) -> Result<ExitCode> {
    let settings = &loaded.settings;
    match cli.command {
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "tributary", &mut text);
            print(&String::from_utf8_lossy(&text));
        }
        Command::Openapi => print(&format!("{}\n", faces::app::openapi().to_pretty_json()?)),
        Command::Doctor { settings: true } => print(&doctor::settings_file(loaded)),
        Command::Doctor { settings: false } => {
            serve::start_log(settings);
            let is_well = runtime()?.block_on(doctor::doctor(loaded))?;
            return Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::from(FAILED) });
        }
        Command::Enrich { file, output } => {
            let is_read = enrich_file::run(settings.json.0, &file, output.as_deref())?;
            return Ok(if is_read { ExitCode::SUCCESS } else { ExitCode::from(FAILED) });
        }
        Command::Serve(_) => {
            serve::start_log(settings);
            runtime()?.block_on(serve::serve(loaded))?;
        }
        Command::Demo { exit, .. } => {
            runtime()?.block_on(demo::demo(loaded, exit))?;
        }
        command => {
            serve::start_log(settings);
            runtime()?.block_on(operate::operate(loaded, command))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(cores.saturating_mul(THREADS_PER_CORE))
        .enable_all()
        .build()
        .context("no threads to run on")
}

/// Prints to standard output; a reader that went away, as in `tributary user list | head`, is no error.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
