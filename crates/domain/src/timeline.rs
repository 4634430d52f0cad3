//! The way of a job, step by step, for the operator: when what happened, in words without secrets.
//!
//! Kept as text in the job's own row, so that it is written by the statement that writes the transition, costs none
//! of its own, and goes when the job goes. A line is `MICROSECONDS WORD ARGUMENTS`, counted from the job's creation.
use crate::{
    enums::{FieldType, JobStatus},
    machine::{Event, JobError},
    time::Timestamp,
};
use std::fmt::{self, Write as _};

/// Lines kept of one job: three takes with several rounds of questions each fit. Of more, the last one gives way,
/// so that the beginning and the end are always there.
const LINES_MAX: usize = 64;
/// Kinds of questions named in one line.
const QUESTIONS_MAX: usize = 16;

/// What happened, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline(String);

/// One thing that happened to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// A worker took it: row 9. More than once: after a worker died.
    Taken,
    /// It takes longer than expected: row 10.
    Delayed,
    /// The institution asks: rows 11, 13. The kinds of its questions, never their text.
    Asked(Vec<FieldType>),
    /// All was answered: row 12.
    Answered,
    /// Credentials (and answers) were accepted: row 16.
    Authenticated,
    /// Data came and was stored.
    Data {
        /// Accounts, however often they came.
        accounts: u64,
        /// Transactions made.
        created: u64,
        /// Transactions changed.
        updated: u64,
    },
    /// All data was fetched: row 17.
    Fetched,
    /// New credentials came while it worked: row 26.
    NewCredentials,
    /// It ended, by what.
    Ended {
        /// Its final status.
        status: JobStatus,
        /// Its error.
        error: Option<JobError>,
        /// What ended it, a word of [`cause`].
        by: String,
    },
}

impl Timeline {
    /// As it was stored.
    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    /// As it is stored.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// Adds what happened at a moment to a job made at another. Data that follows on data is one with it.
    pub fn push(&mut self, created_at: Timestamp, now: Timestamp, what: &Happened) {
        let mut what = what.clone();
        let last = self.0.lines().next_back().unwrap_or_default();
        let before = parsed(last).map(|(_, happened)| happened);
        let sums_up = if let (
            Some(Happened::Data { accounts, created, updated }),
            Happened::Data { accounts: more, created: made, updated: changed },
        ) = (before, &mut what)
        {
            // Each stage tells of the same accounts.
            *more = accounts.max(*more);
            *made = made.saturating_add(created);
            *changed = changed.saturating_add(updated);
            true
        } else {
            false
        };
        if sums_up || self.0.lines().count() >= LINES_MAX {
            self.0.truncate(self.0.len().saturating_sub(last.len()).saturating_sub(1));
        }
        let _infallible = writeln!(self.0, "{} {what}", now.micros_since(created_at).max(0));
    }

    /// What happened and when, for a job made at this moment, oldest first.
    pub fn entries(&self, created_at: Timestamp) -> impl Iterator<Item = (Timestamp, Happened)> + '_ {
        self.0.lines().filter_map(parsed).map(move |(micros, what)| (created_at.plus_micros(micros), what))
    }
}

impl Happened {
    /// What a transition tells of a job that goes on; `None` where there is nothing to tell, or the caller knows
    /// more than the event.
    pub fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::Take => Self::Taken,
            Event::DelayedDue => Self::Delayed,
            Event::Answered { .. } => Self::Answered,
            Event::Authenticated => Self::Authenticated,
            Event::Fetched => Self::Fetched,
            Event::UpdateCredentials { .. } | Event::ConsentGiven { .. } => Self::NewCredentials,
            _ => return None,
        })
    }
}

/// A word for what ended a job.
pub const fn cause(event: &Event) -> &'static str {
    match event {
        Event::UpdateCredentials { .. } | Event::ConsentGiven { .. } => "credentials",
        Event::MovedConnector => "moved",
        Event::Retired => "retired",
        Event::Closed => "closed",
        Event::Disabled(_) => "disabled",
        Event::Deleted => "deleted",
        Event::ChallengeExpired | Event::Failed { timed_out: true } => "time",
        Event::Take => "retakes",
        _ => "institution",
    }
}

impl fmt::Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => f.write_str("taken"),
            Self::Delayed => f.write_str("delayed"),
            Self::Asked(kinds) => {
                write!(f, "asked {}", kinds.len())?;
                kinds.iter().take(QUESTIONS_MAX).try_for_each(|kind| write!(f, " {}", kind.name()))
            }
            Self::Answered => f.write_str("answered"),
            Self::Authenticated => f.write_str("authenticated"),
            Self::Data { accounts, created, updated } => write!(f, "data {accounts} {created} {updated}"),
            Self::Fetched => f.write_str("fetched"),
            Self::NewCredentials => f.write_str("credentials"),
            Self::Ended { status, error, by } => {
                let error = error.map_or(0, JobError::code);
                write!(f, "ended {} {error} {by}", status.name())
            }
        }
    }
}

/// A line; `None` where it is not one of this version's.
fn parsed(line: &str) -> Option<(i64, Happened)> {
    let mut words = line.split(' ');
    let micros = words.next()?.parse().ok()?;
    let word = words.next()?;
    let mut number = || words.next()?.parse::<u64>().ok();
    let what = match word {
        "taken" => Happened::Taken,
        "delayed" => Happened::Delayed,
        "asked" => {
            let count = usize::try_from(number()?).ok()?;
            let mut kinds: Vec<FieldType> = words.filter_map(FieldType::from_name).collect();
            // The kinds of the first ones stand for those that were not named.
            let named = *kinds.first().unwrap_or(&FieldType::Text);
            kinds.resize(count.min(1_000), named);
            Happened::Asked(kinds)
        }
        "answered" => Happened::Answered,
        "authenticated" => Happened::Authenticated,
        "data" => Happened::Data { accounts: number()?, created: number()?, updated: number()? },
        "fetched" => Happened::Fetched,
        "credentials" => Happened::NewCredentials,
        "ended" => Happened::Ended {
            status: JobStatus::from_name(words.next()?)?,
            error: JobError::from_code(words.next()?.parse().ok()?),
            by: words.next()?.to_owned(),
        },
        _ => return None,
    };
    Some((micros, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_000_000);

    fn told(all: &[(i64, Happened)]) -> Timeline {
        let mut timeline = Timeline::default();
        for (seconds, what) in all {
            timeline.push(START, START.plus_seconds(*seconds), what);
        }
        timeline
    }

    #[test]
    fn what_was_pushed_comes_back_with_its_time() {
        let all = [
            (0, Happened::Taken),
            (1, Happened::Asked(vec![FieldType::Text, FieldType::ImageData])),
            (9, Happened::Answered),
            (10, Happened::Authenticated),
            (11, Happened::Data { accounts: 2, created: 30, updated: 1 }),
            (12, Happened::Fetched),
            (13, Happened::NewCredentials),
            (70, Happened::Delayed),
            (
                80,
                Happened::Ended {
                    status: JobStatus::Halted,
                    error: Some(JobError::Institution),
                    by: "institution".to_owned(),
                },
            ),
        ];
        let timeline = Timeline::from_text(told(&all).as_text().to_owned());
        let back: Vec<_> = timeline.entries(START).collect();
        let expected: Vec<_> = all.map(|(at, what)| (START.plus_seconds(at), what)).into();
        assert_eq!(back, expected);
    }

    #[test]
    fn data_in_pieces_is_one_line() {
        let piece = |accounts, created| Happened::Data { accounts, created, updated: 1 };
        let timeline = told(&[(1, Happened::Authenticated), (2, piece(1, 10)), (5, piece(2, 7))]);
        let last = timeline.entries(START).last();
        let sum = Happened::Data { accounts: 2, created: 17, updated: 2 };
        assert_eq!(last, Some((START.plus_seconds(5), sum)));
        assert_eq!(timeline.entries(START).count(), 2);
    }

    #[test]
    fn it_is_bounded_and_keeps_its_end() {
        let many: Vec<_> =
            (0..500).map(|n| (n, if n % 2 == 0 { Happened::Answered } else { Happened::Delayed })).collect();
        let mut timeline = told(&many);
        let end = Happened::Ended { status: JobStatus::Completed, error: None, by: "institution".to_owned() };
        timeline.push(START, START.plus_seconds(501), &end);
        assert_eq!(timeline.entries(START).count(), LINES_MAX);
        assert_eq!(timeline.entries(START).last().map(|(_, what)| what), Some(end));
        let asked = told(&[(0, Happened::Asked(vec![FieldType::Text; 10_000]))]);
        assert!(asked.as_text().len() < 200, "{}", asked.as_text().len());
    }

    #[test]
    fn lines_of_a_newer_version_are_passed_over() {
        let timeline = Timeline::from_text("0 taken\n5 levitated 3\nnonsense\n7 fetched\n".to_owned());
        let words: Vec<Happened> = timeline.entries(START).map(|(_, what)| what).collect();
        assert_eq!(words, [Happened::Taken, Happened::Fetched]);
    }
}
