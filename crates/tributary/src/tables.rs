//! Answers of commands for people.
pub(crate) mod operator;

use crate::commands::{BlockedInfo, ClientInfo, ClockInfo, FailedLine, KeyInfo, UserInfo, WebhookLine};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use domain::decimal::Rate;
use engine::{
    faults::{Fault, FaultKind},
    import::{AccountReport, LedgerCheck, Report},
};
use std::fmt::Write as _;

/// A table with a head, as wide as the terminal at most; columns of numbers are aligned to the right.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(head);
    let mut numbers = [true; N];
    for row in rows {
        for (is_number, cell) in numbers.iter_mut().zip(&row) {
            *is_number &= cell == "-" || cell.parse::<f64>().is_ok();
        }
        table.add_row(row);
    }
    for (column, _) in numbers.iter().enumerate().filter(|(_, is_number)| **is_number) {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{}\n", table.trim_fmt())
}

fn or_dash(value: Option<&str>) -> String {
    value.filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}

/// `2026-01-05 12:00` of `2026-01-05T12:00:00.000Z`.
fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

/// All clients.
pub(crate) fn clients(clients: &[ClientInfo]) -> String {
    if clients.is_empty() {
        return "No client yet: make one with `tributary client create CLIENT_ID`.\n".to_owned();
    }
    let rows = clients.iter().map(|client| {
        [
            client.client_id.clone(),
            client.name.clone(),
            client.keys.to_string(),
            settings(client),
            client.guid.clone(),
        ]
    });
    table(["Client", "Name", "Keys", "Settings", "Guid"], rows)
}

/// Webhooks of a client.
pub(crate) fn webhooks(webhooks: &[WebhookLine]) -> String {
    if webhooks.is_empty() {
        return "No webhook: make one with `tributary webhook add CLIENT_ID EVENT URL`.\n".to_owned();
    }
    let rows = webhooks.iter().map(|line| {
        let state = if line.is_on { "on" } else { "off: the receiver answered 410" };
        [line.event.clone(), line.url.clone(), line.auth.clone(), state.to_owned(), line.created_at.clone()]
    });
    table(["Event", "URL", "Auth", "State", "Since"], rows)
}

/// Events that were given up.
pub(crate) fn failed_events(events: &[FailedLine]) -> String {
    if events.is_empty() {
        return "No event was given up.\n".to_owned();
    }
    let rows = events.iter().map(|line| {
        let event = format!("{} {}", line.event, line.action);
        let ended = or_dash(line.ended_at.as_deref());
        [line.id.clone(), event.trim_end().to_owned(), line.tries.to_string(), ended, line.outcome.clone()]
    });
    table(["webhook-id", "Event", "Tries", "Given up", "Last outcome"], rows)
}

/// What differs from the default.
fn settings(client: &ClientInfo) -> String {
    let settings = &client.settings;
    let mut words = Vec::new();
    if settings.shows_account_numbers {
        words.push("shows account numbers".to_owned());
    }
    if settings.uses_use_cases {
        words.push("uses use cases".to_owned());
    }
    let premium = [
        (settings.account_verification, "account verification"),
        (settings.account_identification, "account identification"),
        (settings.extended_transaction_history, "extended transaction history"),
        (settings.microdeposits, "microdeposits"),
    ];
    words.extend(premium.iter().filter(|(is_on, _)| !is_on).map(|(_, name)| format!("no {name}")));
    if settings.splits_owner_names {
        words.push("splits owner names".to_owned());
    }
    if settings.prefers_account_verification {
        words.push("prefers account verification".to_owned());
    }
    if !settings.blocked_routing_numbers.is_empty() {
        words.push(format!("no microdeposits at {}", settings.blocked_routing_numbers.join(", ")));
    }
    if !settings.source_addresses.is_empty() {
        let all: Vec<String> = settings.source_addresses.iter().map(ToString::to_string).collect();
        words.push(format!("only from {}", all.join(", ")));
    }
    if let Some(institution) = &settings.default_institution {
        words.push(format!("default institution {institution}"));
    }
    if !settings.redirect_urls.is_empty() {
        words.push(format!("sends users back to {}", settings.redirect_urls.join(", ")));
    }
    if !settings.disabled_institutions.is_empty() {
        words.push(format!("without {}", settings.disabled_institutions.join(", ")));
    }
    or_dash(Some(&words.join("; ")))
}

/// Service time.
pub(crate) fn clock(clock: &ClockInfo) -> String {
    let how = match clock.mode.as_str() {
        "real" => "the machine's time",
        "offset" => "runs on",
        _ => "stands still",
    };
    let rest = match clock.has_arrived {
        Some(false) => "It is on its way and goes on by itself: `tributary sandbox settle` waits for it.\n",
        _ => "",
    };
    format!("{} ({}: {how})\n{rest}", clock.now, clock.mode)
}

/// Faults of the sandbox's banks.
pub(crate) fn faults(faults: &[Fault]) -> String {
    if faults.is_empty() {
        return "No fault: the banks of the sandbox work as they should.\n".to_owned();
    }
    let rows = faults.iter().map(|fault| {
        let what = match &fault.kind {
            FaultKind::Latency { ms } => format!("latency {ms} ms"),
            FaultKind::Error { status } => format!("error {status}"),
            FaultKind::RateLimited { retry_after: Some(seconds) } => {
                format!("rate_limited, again after {seconds} s")
            }
            FaultKind::MissingAccount { name } => format!("missing_account {name}"),
            other => other.name().to_owned(),
        };
        let whose = fault.member_guid.as_deref().or(fault.institution_code.as_deref());
        [
            what,
            fault.stage.name().to_owned(),
            whose.unwrap_or("all").to_owned(),
            fault.count.map_or_else(|| "always".to_owned(), |count| count.to_string()),
            Rate::from_units(fault.probability).to_string(),
        ]
    });
    table(["Fault", "Stage", "For", "Left", "Probability"], rows)
}

/// The keys of a client.
pub(crate) fn keys(keys: &[KeyInfo]) -> String {
    if keys.is_empty() {
        return "No live key: make one with `tributary client key CLIENT_ID`.\n".to_owned();
    }
    let rows = keys.iter().map(|key| [key.hash.clone(), key.label.clone(), minute(&key.created_at)]);
    table(["SHA-256 begins", "Label", "Made"], rows)
}

/// Banks where no microdeposits are made.
pub(crate) fn blocked(all: &[BlockedInfo]) -> String {
    if all.is_empty() {
        return "No routing number is blocked.\n".to_owned();
    }
    let rows =
        all.iter().map(|it| [it.routing_number.clone(), or_dash(Some(&it.note)), minute(&it.created_at)]);
    table(["Routing number", "Note", "Since"], rows)
}

/// Users.
pub(crate) fn users(users: &[UserInfo]) -> String {
    if users.is_empty() {
        return "No users.\n".to_owned();
    }
    let rows = users.iter().map(|user| {
        [
            user.id.clone(),
            user.client_id.clone(),
            state(user).to_owned(),
            minute(&user.created_at),
            user.logged_in_at.as_deref().map_or_else(|| "never".to_owned(), minute),
            user.guid.clone(),
        ]
    });
    table(["User", "Client", "State", "Made", "Last session", "Guid"], rows)
}

fn state(user: &UserInfo) -> &'static str {
    match (user.is_disabled, user.is_restricted) {
        (true, _) => "disabled",
        (false, true) => "restricted",
        (false, false) => "active",
    }
}

/// One user with members and accounts.
pub(crate) fn user(user: &UserInfo) -> String {
    let mut text = users(std::slice::from_ref(user));
    let members = user.members.as_deref().unwrap_or_default();
    if members.is_empty() {
        text.push_str("No members.\n");
        return text;
    }
    let rows = members.iter().map(|member| {
        let state = if member.is_being_aggregated { " (a job runs)" } else { "" };
        [
            member.name.clone(),
            format!("{}{state}", member.status.as_deref().unwrap_or("-")),
            member.successfully_aggregated_at.as_deref().map_or_else(|| "-".to_owned(), minute),
            member.accounts.len().to_string(),
            member.guid.clone(),
        ]
    });
    text.push_str(&table(["Member", "Status", "Last success", "Accounts", "Guid"], rows));
    let accounts =
        members.iter().flat_map(|member| member.accounts.iter().map(move |account| (member, account)));
    let rows: Vec<_> = accounts
        .map(|(member, account)| {
            let balance = or_dash(account.balance.as_deref());
            [member.name.clone(), account.account_type.clone(), balance, account.guid.clone()]
        })
        .collect();
    if !rows.is_empty() {
        text.push_str(&table(["Account of", "Type", "Balance", "Guid"], rows));
    }
    text
}

/// What an import found, or did.
pub(crate) fn import(file: &str, report: &Report) -> String {
    let mut text = format!("{file}: {}\n", report.institution);
    if report.accounts.is_empty() {
        text.push_str("  holds no statement.\n");
        return text;
    }
    let rows = report.accounts.iter().map(|account| {
        [
            account.name.clone(),
            account.account_type.clone(),
            or_dash(account.number.as_deref()),
            if account.is_known { "known" } else { "new" }.to_owned(),
            account
                .days
                .as_ref()
                .map_or_else(|| "-".to_owned(), |(first, last)| format!("{first} to {last}")),
            account.found.to_string(),
            counts(account, report.dry_run),
            ledger(&account.ledger),
        ]
    });
    let did = if report.dry_run { "Would be stored" } else { "Stored" };
    text.push_str(&table(
        ["Account", "Type", "Number", "Account is", "Days", "Transactions", did, "Balance"],
        rows,
    ));
    for account in &report.accounts {
        for notice in &account.notices {
            let _infallible = writeln!(text, "  {}: {notice}", account.name);
        }
    }
    text
}

fn counts(account: &AccountReport, dry_run: bool) -> String {
    let new = if dry_run { "new or changed" } else { "new" };
    let all = [
        (account.created, new),
        (account.updated, "changed"),
        (account.unchanged, "known"),
        (account.removed, "taken back"),
    ];
    let words: Vec<String> =
        all.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    or_dash(Some(&words.join(", ")))
}

fn ledger(check: &LedgerCheck) -> String {
    match check {
        LedgerCheck::Matches { balance } => format!("{balance}, matches the transactions"),
        LedgerCheck::Differs { balance, expected } => {
            format!("{balance}, but the transactions lead to {expected}")
        }
        LedgerCheck::NotChecked { reason } => format!("not checked: {reason}"),
    }
}
