//! `doctor`: what is set, what is wrong, and how to mend it.
use crate::{
    commands::{Command, Reply, Status},
    folder::Folder,
    machine::MachineEntropy,
    print,
    reach::Reach,
    settings::{Loaded, Settings, Told},
    tables,
};
use anyhow::Result;
use connectors::ofx;
use engine::operator::Trouble;
use serde::Serialize;
use std::{fmt::Write as _, fs::Metadata, os::unix::fs::MetadataExt, path::Path};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    Ok,
    Warning,
    Problem,
}

/// What was looked at, and found.
#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    /// What was looked at.
    what: &'static str,
    /// What was found.
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

/// All that the doctor says.
#[derive(Serialize)]
struct Report {
    version: &'static str,
    settings_file: Option<String>,
    settings: Vec<Told>,
    status: Option<Box<Status>>,
    findings: Vec<Finding>,
}

/// Looks at everything and prints it; false where there is a problem.
pub(crate) async fn doctor(loaded: &Loaded) -> Result<bool> {
    let settings = &loaded.settings;
    let mut findings = Vec::new();
    look_at_files(settings, &mut findings);
    let mut status = look_at_store(loaded, &mut findings).await;
    // Those of the running server, where one answers: this process may have been given others.
    let told = status.as_mut().map_or_else(|| loaded.told(), |status| std::mem::take(&mut status.settings));
    look_at_settings(&told, &mut findings);
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        settings_file: loaded.file.as_ref().map(|file| file.display().to_string()),
        settings: told,
        status,
        findings,
    };
    if settings.json.0 {
        print(&format!("{}\n", serde_json::to_string_pretty(&report)?));
    } else {
        print(&for_people(&report));
    }
    Ok(report.findings.iter().all(|finding| finding.level != Level::Problem))
}

fn finding(level: Level, what: &'static str, found: impl Into<String>) -> Finding {
    Finding { level, what, found: found.into(), mend: None }
}

fn to_mend(level: Level, what: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Finding {
    Finding { level, what, found: found.into(), mend: Some(mend.into()) }
}

/// The data folder and the modes of what lies in it.
fn look_at_files(settings: &Settings, findings: &mut Vec<Finding>) {
    let folder = Folder(settings.data_dir());
    let shown = folder.0.display();
    let Ok(metadata) = std::fs::metadata(&folder.0) else {
        findings.push(to_mend(
            Level::Warning,
            "data folder",
            format!("{shown} does not exist"),
            "`tributary serve` makes it; if there is one already, name it with --data-dir",
        ));
        return;
    };
    let mut right = true;
    right &= closed_to_others("data folder", &folder.0, &metadata, 0o700, findings);
    for path in [folder.database(), folder.master_key(), folder.sandbox(), folder.lock(), folder.socket()] {
        if let Ok(metadata) = std::fs::metadata(&path) {
            right &= closed_to_others("file", &path, &metadata, 0o600, findings);
        }
    }
    if right {
        findings.push(finding(Level::Ok, "data folder", format!("{shown}, open to its owner alone")));
    }
}

fn closed_to_others(
    what: &'static str,
    path: &Path,
    metadata: &Metadata,
    mode: u32,
    findings: &mut Vec<Finding>,
) -> bool {
    let shown = path.display();
    let us = rustix::process::geteuid().as_raw();
    let present = metadata.mode() & 0o777;
    if metadata.uid() != us {
        let found = format!("{shown} belongs to user {}, and this is user {us}", metadata.uid());
        findings.push(to_mend(Level::Problem, what, found, format!("run `chown {us} {shown}`")));
        return false;
    }
    if present & 0o077 != 0 {
        let found = format!("{shown} has mode {present:03o}, so others can get at it");
        findings.push(to_mend(Level::Problem, what, found, format!("run `chmod {mode:o} {shown}`")));
        return false;
    }
    true
}

/// The master keys: given, or in their file. Never makes one.
fn look_at_keys(settings: &Settings, findings: &mut Vec<Finding>) {
    let path = Folder(settings.data_dir()).master_key();
    let (ring, from) = match &settings.master_key {
        Some(given) => (vault::KeyRing::from_given(&given.0), "given as a setting".to_owned()),
        None if !path.exists() && !Folder(settings.data_dir()).database().exists() => return,
        None => (vault::open_or_create(&path, true, &MachineEntropy), format!("from {}", path.display())),
    };
    findings.push(match ring {
        Ok(ring) => finding(
            Level::Ok,
            "master key",
            format!(
                "{}, {from}; {} keys in all. Keep a copy apart from the backups",
                ring.active(),
                ring.ids().count()
            ),
        ),
        Err(error) => finding(Level::Problem, "master key", error.to_string()),
    });
}

/// Settings that are allowed and seldom meant, and the limits nobody can set.
fn look_at_settings(told: &[Told], findings: &mut Vec<Finding>) {
    let value = |name: &str| {
        let found = told.iter().find(|told| told.name == name);
        found.and_then(|told| told.value.as_deref()).unwrap_or_default()
    };
    let listen = value("listen");
    let is_local = ["127.", "[::1]", "localhost:"].iter().any(|local| listen.starts_with(local));
    let is_sandbox = value("sandbox") == "true";
    if is_sandbox && !is_local {
        findings.push(to_mend(
            Level::Warning,
            "sandbox",
            format!("the sandbox is open to the network ({listen})"),
            "leave out --sandbox for real data, or listen on 127.0.0.1",
        ));
    }
    if value("public_url").is_empty() && !is_local {
        findings.push(to_mend(
            Level::Warning,
            "public_url",
            "addresses handed out name the listening address",
            "set public_url to what browsers and partners use, such as https://api.example.com",
        ));
    }
    if value("session_max_lifetime") != "off" {
        let found = "sessions end although they are used; the contract promises sliding ones";
        let mend = "leave session_max_lifetime off unless a rule of yours asks for it";
        findings.push(to_mend(Level::Warning, "session_max_lifetime", found, mend));
    }
    let rates = ["session_rate", "key_write_rate", "key_read_rate", "login_failures_per_minute"];
    for name in rates.into_iter().filter(|name| !is_sandbox && value(name) == "off") {
        let found = format!("{name} is off: one caller can take all, or guess on");
        findings.push(to_mend(Level::Warning, "rate limits", found, format!("remove {name}, or set it")));
    }
    findings.push(finding(
        Level::Ok,
        "fixed limits",
        format!(
            "a statement file {} MiB, {} accounts, {} transactions; a client {} API keys",
            ofx::FILE_BYTES_MAX >> 20,
            ofx::ACCOUNTS_MAX,
            ofx::TRANSACTIONS_MAX,
            engine::client::API_KEYS_MAX
        ),
    ));
}

/// The store: through the server, or opened here.
async fn look_at_store(loaded: &Loaded, findings: &mut Vec<Finding>) -> Option<Box<Status>> {
    let settings = &loaded.settings;
    let reach = match Reach::open(loaded, "doctor", false).await {
        Ok(reach) => reach,
        Err(error) => {
            let is_new = settings.database.is_none() && !Folder(settings.data_dir()).database().exists();
            let level = if is_new { Level::Warning } else { Level::Problem };
            look_at_keys(settings, findings);
            findings.push(finding(level, "store", format!("{error:#}")));
            return None;
        }
    };
    let by = match &reach {
        Reach::Server(_) => "a server runs and answers commands",
        Reach::Own(_) => "no server runs here",
    };
    findings.push(finding(Level::Ok, "server", by));
    if matches!(reach, Reach::Own(_)) {
        look_at_keys(settings, findings);
    }
    let reply = reach.call(Command::Status { with_audit: true }, &[], &mut |_, _| {}).await;
    if let Err(error) = reach.close().await {
        findings.push(finding(Level::Problem, "store", format!("{error:#}")));
    }
    match reply {
        Ok(Reply::Status(status)) => {
            look_at_status(&status, findings);
            Some(status)
        }
        Ok(_) => None,
        Err(error) => {
            findings.push(finding(Level::Problem, "store", format!("{error:#}")));
            None
        }
    }
}

fn look_at_status(status: &Status, findings: &mut Vec<Finding>) {
    let Status { database, schema_version, clients, unfinished_jobs, clock, .. } = status;
    findings.push(finding(
        Level::Ok,
        "store",
        format!(
            "{database}, schema version {schema_version}, {clients} clients, {unfinished_jobs} unfinished jobs, \
             service time {clock}"
        ),
    ));
    if status.version != env!("CARGO_PKG_VERSION") {
        let found =
            format!("the server is version {}, this program {}", status.version, env!("CARGO_PKG_VERSION"));
        findings.push(to_mend(Level::Warning, "version", found, "restart the server with this version"));
    }
    if *clients == 0 {
        let mend = "make one with `tributary client create CLIENT_ID`";
        findings.push(to_mend(Level::Warning, "clients", "there is no client, so nobody can call", mend));
    }
    for trouble in &status.troubles {
        findings.push(in_trouble(trouble));
    }
    let Some(audit) = &status.audit else { return };
    match audit.broken_at {
        None => findings.push(finding(
            Level::Ok,
            "audit trail",
            format!(
                "{} seals over {} rows fit, {} rows not sealed yet",
                audit.seals, audit.rows, audit.unsealed
            ),
        )),
        Some(seal) => findings.push(to_mend(
            Level::Problem,
            "audit trail",
            format!("seal {seal} does not fit its rows: a row was changed or removed"),
            "compare with a backup from before; keep this store as evidence",
        )),
    }
}

fn in_trouble(trouble: &Trouble) -> Finding {
    let Trouble { institution_code: code, members, failing, stale, ended, completed, .. } = trouble;
    let latest = trouble.latest_success_at.as_deref().unwrap_or("never");
    to_mend(
        Level::Warning,
        "institution",
        format!(
            "{code}: {failing} of {members} members fail, {stale} are stale; {completed} of {ended} jobs of the last \
             24 hours completed; latest success {latest}"
        ),
        format!("`tributary institutions show {code}`, `tributary job list --institution {code}` say why"),
    )
}

fn for_people(report: &Report) -> String {
    let mut text = format!("tributary {}\n", report.version);
    let file = report.settings_file.as_deref().unwrap_or("none");
    let _infallible = writeln!(text, "settings file: {file}\n");
    let rows = report.settings.iter().map(|setting| {
        [
            setting.name.clone(),
            setting.value.clone().unwrap_or_else(|| "-".to_owned()),
            setting.source.clone(),
        ]
    });
    text.push_str(&tables::table(["Setting", "Value", "From"], rows));
    text.push('\n');
    for finding in &report.findings {
        let mark = match finding.level {
            Level::Ok => "ok     ",
            Level::Warning => "WARNING",
            Level::Problem => "PROBLEM",
        };
        let _infallible = writeln!(text, "{mark}  {}: {}", finding.what, finding.found);
        if let Some(mend) = &finding.mend {
            let _infallible = writeln!(text, "         {mend}");
        }
    }
    text
}

/// All settings as a file to begin with: what is set stands as it is, the others as comments.
pub(crate) fn settings_file(loaded: &Loaded) -> String {
    let mut text = String::from(
        "# Settings of tributary. Remove the '#' in front of a setting to change it.\n\
         # Durations: 45s, 15m, 3h, 14d. Sizes: 8 KiB, 1 MiB. Secrets are better given as TRIBUTARY_* variables.\n",
    );
    for shown in loaded.settings.shown() {
        let source = loaded.source_of(shown.name);
        let value = shown.in_file.unwrap_or_else(|| "\"\"".to_owned());
        let is_hidden = shown.value.as_deref() == Some("[secret]");
        let comment = if source == "default" || is_hidden { "# " } else { "" };
        let from = if source == "default" { String::new() } else { format!(" (from {source})") };
        let _infallible = write!(text, "\n# {}{from}\n{comment}{} = {value}\n", shown.help, shown.name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{self, Layers};

    #[test]
    fn the_settings_file_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.toml");
        let arguments = vec![
            ("session_idle".to_owned(), "1h".to_owned()),
            ("proxies".to_owned(), "10.0.0.0/8,::1".to_owned()),
            ("headers_max".to_owned(), "7".to_owned()),
        ];
        let loaded = settings::load(&Layers { arguments, ..Layers::default() }).unwrap();
        let text = settings_file(&loaded);
        std::fs::write(&path, &text).unwrap();
        let again = settings::load(&Layers { file: Some(path.clone()), ..Layers::default() }).unwrap();
        assert_eq!(again.settings.core(), loaded.settings.core());
        assert_eq!(again.settings.limits(), loaded.settings.limits());
        assert_eq!(again.settings.proxies, loaded.settings.proxies);
        assert_eq!(again.source_of("headers_max"), path.display().to_string());
        // Every line that is commented out is a right one too.
        let (secret, unset) = ("\"[secret]\"", "= \"\"");
        let whole: String = text
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
            .filter(|line| !line.contains(secret) && !line.ends_with(unset))
            .collect::<Vec<_>>()
            .join("\n");
        std::fs::write(&path, whole).unwrap();
        settings::load(&Layers { file: Some(path), ..Layers::default() }).unwrap();
    }

    #[test]
    fn open_files_are_a_problem() {
        use std::os::unix::fs::PermissionsExt;
        let temporary = tempfile::tempdir().unwrap();
        let data_dir = temporary.path().display().to_string();
        let layers = Layers { arguments: vec![("data_dir".to_owned(), data_dir)], ..Layers::default() };
        let settings = settings::load(&layers).unwrap().settings;
        let mut findings = Vec::new();
        std::fs::set_permissions(temporary.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let key = Folder(settings.data_dir()).master_key();
        std::fs::write(&key, "x").unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        look_at_files(&settings, &mut findings);
        assert_eq!((findings.len(), findings[0].level), (1, Level::Problem));
        assert!(findings[0].mend.as_ref().unwrap().starts_with("run `chmod 600 "));
    }
}
