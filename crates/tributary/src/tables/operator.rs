//! Institutions, members and jobs for people.
use super::{minute, or_dash, table};
use crate::commands::{InstitutionInfo, InstitutionPage};
use engine::{
    catalogue::{Change, LoadReport},
    operator::{InstitutionHealth, JobInfo, JobPage, MemberInfo, MemberPage},
};
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write as _};

/// Changes of a kind that are shown one by one.
const CHANGES_SHOWN: usize = 20;

fn time(at: Option<&str>) -> String {
    at.map_or_else(|| "-".to_owned(), minute)
}

/// Lines of a page: what, and its value.
fn page(lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (what, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        let _infallible = writeln!(text, "{what:width$}  {value}");
    }
    text
}

fn counts(counts: &BTreeMap<String, i64>) -> String {
    let words: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// What a load changes.
pub(crate) fn load(report: &LoadReport) -> String {
    let mut text = String::new();
    for (what, changes) in
        [("new", &report.added), ("changed", &report.changed), ("retired", &report.retired)]
    {
        for change in changes.iter().take(CHANGES_SHOWN) {
            one_change(&mut text, what, change);
        }
        if changes.len() > CHANGES_SHOWN {
            let _infallible = writeln!(text, "{what}: and {} more", changes.len() - CHANGES_SHOWN);
        }
    }
    text.push_str(&summary(report));
    text
}

/// What a load did.
pub(crate) fn loaded(report: &LoadReport) -> String {
    format!("Done. {}", summary(report))
}

fn one_change(text: &mut String, what: &str, change: &Change) {
    let _infallible = writeln!(text, "{what}: {}  {}  {}", change.code, change.name, change.guid);
    for field in &change.fields {
        let _infallible =
            writeln!(text, "    {}: {} -> {}", field.field, value(&field.old), value(&field.new));
    }
    if !change.members_become.is_empty() {
        let _infallible = writeln!(text, "    members become {}", change.members_become.join(", "));
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(all) => {
            let words: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
            if words.is_empty() { "none".to_owned() } else { words.join("|") }
        }
        other => other.to_string(),
    }
}

fn summary(report: &LoadReport) -> String {
    let mut text = format!(
        "{} new, {} changed, {} retired, {} as they were",
        report.added.len(),
        report.changed.len(),
        report.retired.len(),
        report.unchanged
    );
    if report.missing > 0 {
        let _infallible = write!(text, ", {} not in the list", report.missing);
    }
    if report.applied {
        let _infallible = write!(text, "; {} members changed", report.members_changed);
    }
    text.push_str(".\n");
    for warning in &report.warnings {
        let _infallible = writeln!(text, "WARNING  {warning}");
    }
    text
}

/// Institutions.
pub(crate) fn institutions(all: &[InstitutionInfo]) -> String {
    if all.is_empty() {
        return "No institution fits.\n".to_owned();
    }
    let rows = all.iter().map(|it| {
        let states = [(it.is_retired, "retired"), (it.is_hidden, "hidden"), (it.is_test, "test")];
        let states: Vec<&str> = states.into_iter().filter_map(|(is, word)| is.then_some(word)).collect();
        [
            it.code.clone(),
            it.name.clone(),
            it.connector.clone(),
            or_dash(Some(&it.iso_country_code.join("|"))),
            it.popularity.to_string(),
            or_dash(Some(&states.join(", "))),
            it.guid.clone(),
        ]
    });
    table(["Code", "Name", "Connector", "Countries", "Popularity", "State", "Guid"], rows)
}

fn health(it: &InstitutionHealth) -> Vec<(&'static str, String)> {
    let states = [(it.is_retired, "retired"), (it.is_hidden, "hidden")];
    let states: Vec<&str> = states.into_iter().filter_map(|(is, word)| is.then_some(word)).collect();
    vec![
        ("Institution", format!("{}  {}  {}", it.code, it.name, it.guid)),
        ("Connector", it.connector.clone()),
        ("State", states.join(", ")),
        ("Its members", counts(&it.members)),
        ("Stale members", it.stale.to_string()),
        ("Its latest success", time(it.latest_success_at.as_deref())),
        ("Its jobs, 24 h", counts(&it.ended_24h)),
    ]
}

/// One institution.
pub(crate) fn institution(it: &InstitutionPage) -> String {
    let mut lines = health(&it.health);
    lines.push(("Made", minute(&it.created_at)));
    lines.push(("Changed", minute(&it.updated_at)));
    let mut text = page(&lines);
    if let Value::Object(document) = &it.document {
        let set = document.iter().filter(|(_, held)| !matches!(held, Value::Null | Value::Bool(false)));
        text.push_str(&table(["Key", "Value"], set.map(|(key, held)| [key.clone(), value(held)])));
    }
    if !it.credentials.is_empty() {
        let rows = it.credentials.iter().map(|row| {
            let optional = if row.optional { "optional" } else { "required" }.to_owned();
            [row.field_name.clone(), row.field_type.clone(), row.label.clone(), optional, row.guid.clone()]
        });
        text.push_str(&table(["Asks for", "Type", "Label", "Is", "Guid"], rows));
    }
    text
}

/// Members.
pub(crate) fn members(all: &[MemberInfo]) -> String {
    if all.is_empty() {
        return "No member fits.\n".to_owned();
    }
    let rows = all.iter().map(|it| {
        let runs = if it.is_being_aggregated { " (a job runs)" } else { "" };
        [
            it.guid.clone(),
            it.user_id.clone(),
            it.institution_code.clone(),
            format!("{}{runs}", or_dash(it.connection_status.as_deref())),
            it.failures.to_string(),
            time(it.successfully_aggregated_at.as_deref()),
        ]
    });
    table(["Member", "User", "Institution", "Status", "Failures", "Last success"], rows)
}

/// One member.
pub(crate) fn member(it: &MemberPage) -> String {
    let background = match &it.background.next_at {
        Some(at) => format!("about {}", minute(at)),
        None => format!("none: {}", it.background.why_not.join("; ")),
    };
    let former = it.former_status.as_ref().map(|status| format!(" ({status} comes back)"));
    let mut lines = vec![
        ("Member", format!("{} of user {} ({})", it.guid, it.user_id, it.user_guid)),
        ("Status", format!("{}{}", or_dash(it.connection_status.as_deref()), former.unwrap_or_default())),
        ("Meaning", it.meaning.clone()),
        ("Since", format!("{} or longer", minute(&it.updated_at))),
        ("Now", it.now.clone()),
        ("Last success", time(it.successfully_aggregated_at.as_deref())),
        ("Last attempt", time(it.aggregated_at.as_deref())),
        ("Failures in a row", it.failures.to_string()),
        ("Refusals in a row", it.denials.to_string()),
        ("Next by itself", background),
        ("The user sees", it.connection_status_message.clone().unwrap_or_default()),
        ("What to do", it.advice.clone()),
    ];
    lines.extend(health(&it.institution));
    let mut text = page(&lines);
    if it.jobs.is_empty() {
        text.push_str("It had no job.\n");
    } else {
        text.push_str(&jobs(&it.jobs));
    }
    text
}

/// Jobs.
pub(crate) fn jobs(all: &[JobInfo]) -> String {
    if all.is_empty() {
        return "No job fits.\n".to_owned();
    }
    let rows = all.iter().map(|it| {
        let why = it.reason.as_deref().or(it.error_message.as_deref());
        [
            it.guid.clone(),
            minute(&it.created_at),
            it.institution_code.clone(),
            or_dash(it.job_type.as_deref()),
            or_dash(it.status.as_deref()),
            or_dash(why),
        ]
    });
    table(["Job", "Made", "Institution", "Type", "Status", "Why"], rows)
}

/// One job.
pub(crate) fn job(it: &JobPage) -> String {
    let job = &it.job;
    let error = job
        .error_message_code
        .map(|code| format!("{code}: {}", job.error_message.as_deref().unwrap_or_default()));
    let current = if it.is_most_recent { "" } else { " (by a later job)" };
    let lines = [
        ("Job", format!("{} {}", job.guid, or_dash(job.job_type.as_deref()))),
        ("Member", format!("{} of user {}", job.member_guid, job.user_guid)),
        ("Institution", job.institution_code.clone()),
        ("Status", or_dash(job.status.as_deref())),
        ("Error", error.unwrap_or_default()),
        ("Reason", job.reason.clone().unwrap_or_default()),
        ("Took", format!("{}, of which waiting for answers {}", span(it.elapsed_ms), span(it.waited_ms))),
        ("Taken by workers", format!("{} times", job.takes)),
        ("Next look", it.due_at.as_deref().map(minute).unwrap_or_default()),
        ("Transactions", format!("{} new, {} changed", it.transactions_created, it.transactions_updated)),
        ("Member is", format!("{}{current}", or_dash(it.connection_status.as_deref()))),
        ("The user sees", it.connection_status_message.clone().unwrap_or_default()),
        ("What to do", it.advice.clone()),
    ];
    let mut text = page(&lines);
    let rows = it.steps.iter().map(|step| [second(&step.at), span(step.after_ms), step.what.clone()]);
    text.push_str(&table(["At", "After", "What"], rows));
    text
}

/// `2026-01-05 12:00:07` of `2026-01-05T12:00:07.000Z`.
fn second(time: &str) -> String {
    time.get(..19).unwrap_or(time).replace('T', " ")
}

/// `1.25 s`, `3 min 20 s`, `2 h 5 min`.
fn span(ms: i64) -> String {
    let seconds = ms / 1000;
    match seconds {
        ..60 => format!("{}.{:03} s", seconds, ms % 1000),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}
