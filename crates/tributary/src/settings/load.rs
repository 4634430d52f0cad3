//! Reading settings from where they are, and saying where each came from.
use super::{NAMES, Number, Period, Settings, Switch, Told};
use anyhow::{Context, Result, bail, ensure};
use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};
use std::path::{Path, PathBuf};

/// The settings file that is read where it exists and none is named.
const DEFAULT_FILE: &str = "tributary.toml";
const PREFIX: &str = "TRIBUTARY_";
/// Variables with our prefix that are no settings: the name of the file, and switches of the test suite.
const NO_SETTINGS: &[&str] =
    &["CONFIG", "BLESS", "CRASH_ROUNDS", "CRASH_SEED", "HISTORIES", "SPEC_DIR", "WRITE_SAMPLES"];
const TESTS: &str = "TEST_";

/// What is laid over the defaults.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    /// The settings file named on the command line.
    pub(crate) file: Option<PathBuf>,
    /// The environment.
    pub(crate) environment: Vec<(String, String)>,
    /// The command line: names and values.
    pub(crate) arguments: Vec<(String, String)>,
}

/// Settings, and where each came from.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// The settings.
    pub(crate) settings: Settings,
    /// The settings file that was read.
    pub(crate) file: Option<PathBuf>,
    figment: Figment,
}

impl Loaded {
    /// All settings in force, with where each came from.
    pub(crate) fn told(&self) -> Vec<Told> {
        let settings = &self.settings;
        let told = settings.shown().into_iter().map(|shown| Told {
            name: shown.name.to_owned(),
            source: self.source_of(shown.name),
            value: shown.value.or_else(|| settings.unset_rate(shown.name)),
        });
        told.collect()
    }

    /// Where a setting came from: `default`, a file, a variable or an option.
    pub(crate) fn source_of(&self, name: &str) -> String {
        self.figment.find_metadata(name).map_or_else(|| "default".to_owned(), |from| origin(&from.name, name))
    }
}

/// One layer of texts.
struct Texts<'a>(&'static str, &'a [(String, String)]);

impl Provider for Texts<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.0)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let values = self.1.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
        Ok(Profile::Default.collect(values.collect::<Dict>()))
    }
}

const ENVIRONMENT: &str = "environment";
const COMMAND_LINE: &str = "command line";

fn origin(layer: &str, name: &str) -> String {
    match layer {
        ENVIRONMENT => format!("{PREFIX}{}", name.to_uppercase()),
        COMMAND_LINE => format!("--{}", name.replace('_', "-")),
        file => file.to_owned(),
    }
}

/// Lays the layers over the defaults; an unknown or malformed setting is an error that says where it stands.
pub(crate) fn load(layers: &Layers) -> Result<Loaded> {
    let mut environment = Vec::new();
    let mut file = layers.file.clone();
    for (variable, value) in &layers.environment {
        let Some(name) = variable.strip_prefix(PREFIX) else { continue };
        if name == "CONFIG" && file.is_none() && !value.is_empty() {
            file = Some(PathBuf::from(value));
        }
        if NO_SETTINGS.contains(&name) || name.starts_with(TESTS) {
            continue;
        }
        let name = name.to_lowercase();
        known(&name, |name| format!("the variable {PREFIX}{}", name.to_uppercase()))?;
        if !value.is_empty() {
            environment.push((name, value.clone()));
        }
    }
    let file = match file {
        Some(file) => {
            ensure!(file.is_file(), "there is no settings file {}", file.display());
            Some(file)
        }
        None => Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.is_file()),
    };
    let mut figment = Figment::new();
    if let Some(file) = &file {
        figment = figment.merge(OfFile(file));
    }
    for (name, _) in &layers.arguments {
        known(name, |name| format!("the setting {name}"))?;
    }
    figment = figment.merge(Texts(ENVIRONMENT, &environment)).merge(Texts(COMMAND_LINE, &layers.arguments));
    let settings: Settings = figment.extract().map_err(|error| explain(&error))?;
    check(&settings)?;
    Ok(Loaded { settings, file, figment })
}

/// The settings file; its unknown names are refused with the nearest known one.
struct OfFile<'a>(&'a Path);

impl Provider for OfFile<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.0.display().to_string())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let data = Toml::file_exact(self.0).data().map_err(|e| {
            figment::Error::from(format!("the settings file {} cannot be read: {e}", self.0.display()))
        })?;
        for name in data.values().flat_map(Dict::keys) {
            known(name, |name| format!("{}: the setting {name}", self.0.display()))
                .map_err(|e| figment::Error::from(e.to_string()))?;
        }
        Ok(data)
    }
}

/// Refuses a name nobody knows.
fn known(name: &str, what: impl Fn(&str) -> String) -> Result<()> {
    if NAMES.contains(&name) {
        return Ok(());
    }
    let nearest = NAMES.iter().map(|known| (distance(name, known), *known)).min();
    let hint = match nearest {
        Some((distance, known)) if distance <= name.len().div_ceil(3) => {
            format!("; did you mean {}?", what(known))
        }
        _ => String::new(),
    };
    bail!("{} is unknown{hint} `tributary doctor --settings` lists all settings", what(name))
}

/// Letters to insert, remove or replace on the way from one name to another.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let here = (diagonal + usize::from(x != y)).min(*cell + 1).min(left + 1);
            diagonal = std::mem::replace(cell, here);
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

fn explain(error: &figment::Error) -> anyhow::Error {
    let name = error.path.join(".");
    let from = error.metadata.as_ref().map(|from| origin(&from.name, &name));
    match from {
        Some(from) if !name.is_empty() => anyhow::anyhow!("{name} (from {from}): {}", error.kind),
        _ => anyhow::anyhow!("{}", error.kind),
    }
}

/// Values that would make the service useless.
fn check(settings: &Settings) -> Result<()> {
    let periods: [(&str, Period); 9] = [
        ("challenge_lifetime", settings.challenge_lifetime),
        ("job_time_limit", settings.job_time_limit),
        ("background_interval", settings.background_interval),
        ("disconnected_interval", settings.disconnected_interval),
        ("session_idle", settings.session_idle),
        ("api_token_lifetime", settings.api_token_lifetime),
        ("request_time_max", settings.request_time_max),
        ("header_time_max", settings.header_time_max),
        ("idle_time_max", settings.idle_time_max),
    ];
    for (name, period) in periods {
        ensure!(!period.0.is_zero(), "{name}: must be longer than nothing");
    }
    let (connections, database) = (settings.connections_max.0, settings.database_connections.0);
    let headers = settings.headers_max.0;
    let jobs = settings.jobs_per_institution.0 as usize;
    for (name, number) in [
        ("connections_max", connections),
        ("database_connections", database),
        ("headers_max", headers),
        ("jobs_per_institution", jobs),
    ] {
        ensure!(number > 0, "{name}: must be at least 1");
    }
    for (name, rate) in [
        ("session_rate", settings.session_rate),
        ("key_write_rate", settings.key_write_rate),
        ("key_read_rate", settings.key_read_rate),
        ("session_burst", Some(Switch(Some(settings.session_burst)))),
    ] {
        ensure!(
            rate != Some(Switch(Some(Number(0)))),
            "{name}: must be at least 1; to have no limit, write off"
        );
    }
    if let Some(database) = &settings.database {
        let url = database.0.expose();
        ensure!(
            url.starts_with("postgres://") || url.starts_with("postgresql://"),
            "database: must be postgres://user:password@host/name; for SQLite leave it out, its file is \
             tributary.db in the data folder"
        );
    }
    if let Some(url) = &settings.public_url {
        let host = url.0.strip_prefix("https://").or_else(|| url.0.strip_prefix("http://"));
        ensure!(
            host.is_some_and(|host| !host.is_empty() && !host.contains(['?', '#'])),
            "public_url: must be https://host or http://host, with a path at most"
        );
    }
    tracing_subscriber::EnvFilter::try_new(&settings.log_level.0)
        .with_context(|| format!("log_level: \"{}\" is no filter of log lines", settings.log_level.0))?;
    Ok(())
}
