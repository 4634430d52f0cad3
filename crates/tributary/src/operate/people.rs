//! `member ...` and `job ...`.
use super::institutions::confirmed;
use crate::{
    cli::{JobCommand, JobListArgs, MemberCommand, MemberListArgs},
    commands::{Command, MemberAct},
    settings::Settings,
};
use anyhow::{Context, Result};
use engine::operator::{JobFilter, MemberFilter};

/// What a command about members asks; nothing where it was thought better of.
pub(super) fn member_command(settings: &Settings, asked: MemberCommand) -> Result<Option<Command>> {
    let act = |guid, act| Some(Command::MemberAct { guid, act });
    Ok(match asked {
        MemberCommand::List(MemberListArgs { status, institution, user, stale, limit }) => {
            let stale_seconds = stale.as_deref().map(seconds).transpose()?;
            Some(Command::MemberList(MemberFilter { status, institution, user, stale_seconds, limit }))
        }
        MemberCommand::Show { guid } => Some(Command::MemberShow { guid }),
        MemberCommand::Close { guid, yes } => {
            let question = format!("Close {guid}? Its credentials are erased, which has no way back");
            if yes || confirmed(settings, &question)? { act(guid, MemberAct::Close) } else { None }
        }
        MemberCommand::Pause { guid } => act(guid, MemberAct::Pause),
        MemberCommand::Resume { guid } => act(guid, MemberAct::Resume),
    })
}

/// What a command about jobs asks.
pub(super) fn job_command(asked: JobCommand) -> Result<Command> {
    Ok(match asked {
        JobCommand::List(JobListArgs { member, institution, status, since, limit }) => {
            let since_seconds = since.as_deref().map(seconds).transpose()?;
            Command::JobList(JobFilter { member, institution, status, since_seconds, limit })
        }
        JobCommand::Show { guid } => Command::JobShow { guid },
    })
}

/// Seconds of `45s`, `15m`, `3h`, `14d`.
fn seconds(text: &str) -> Result<i64> {
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => 0,
    };
    let number = text.get(..text.len().saturating_sub(1)).and_then(|number| number.parse::<u32>().ok());
    let seconds = number.filter(|_| unit > 0).map(|number| i64::from(number).saturating_mul(unit));
    seconds.with_context(|| format!("{text:?} is no time: write 45s, 15m, 3h or 14d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, expected) in [("45s", 45), ("15m", 900), ("3h", 10_800), ("14d", 1_209_600), ("0s", 0)] {
            assert_eq!(seconds(text).unwrap(), expected, "{text}");
        }
        for text in ["", "h", "3", "-3h", "3 h", "3w", "½h"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
