//! Commands about the sandbox, as people read them.
use clap::{Args, Subcommand};
use domain::time::{Date, Timestamp};
use std::path::PathBuf;

/// Commands about the sandbox.
#[derive(Subcommand)]
pub(crate) enum SandboxCommand {
    /// Shows service time, or sets how it runs; it never goes backwards
    Clock {
        /// It stands still
        #[arg(long, conflicts_with_all = ["offset", "real"])]
        freeze: bool,
        /// It runs on, from now or from --at
        #[arg(long, conflicts_with = "real")]
        offset: bool,
        /// It is the machine's time again
        #[arg(long, conflicts_with = "at")]
        real: bool,
        /// The time it shall show, such as 2026-01-05T12:00:00Z or 2026-01-05
        #[arg(long, value_name = "TIME", value_parser = moment)]
        at: Option<Timestamp>,
    },
    /// Moves service time forward; what falls due on the way is done in the order of its times
    Advance {
        /// How far: 90s, 15m, 12h, 3d, or several of them together, such as 1d12h
        #[arg(value_name = "DURATION", required_unless_present = "days", value_parser = seconds)]
        by: Option<i64>,
        /// So many days (more)
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=1_830))]
        days: Option<i64>,
    },
    /// Waits until nothing is due, for a minute at most; fails where something still is
    Settle,
    /// Faults of the sandbox's banks
    #[command(subcommand)]
    Faults(FaultsCommand),
}

/// Commands about faults.
#[derive(Subcommand)]
pub(crate) enum FaultsCommand {
    /// Lists the faults that are in force; one that has struck its last time is gone
    List,
    /// Replaces all faults by those of a file, as GET /sandbox/faults writes them
    Set {
        /// The file ('-': standard input)
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Adds a fault behind those that are there
    Add(FaultArgs),
    /// Deletes all faults
    Clear,
}

/// A fault.
#[derive(Args)]
pub(crate) struct FaultArgs {
    /// latency (with --ms), error (--status), rate_limited (--retry-after), timeout, drop, malformed, empty,
    /// missing_account (--name) or changed_ids
    pub(crate) kind: String,
    /// Only at this institution, such as mxbank
    #[arg(long, value_name = "CODE")]
    pub(crate) institution: Option<String>,
    /// Only for this member
    #[arg(long, value_name = "GUID")]
    pub(crate) member: Option<String>,
    /// login, accounts, transactions, holdings, numbers, owners; default: any of them
    #[arg(long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Strikes so often, then is gone; default: until it is deleted
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<i64>,
    /// From 0 to 1; default: 1
    #[arg(long, value_name = "P")]
    pub(crate) probability: Option<String>,
    /// Milliseconds that each answer comes late
    #[arg(long, value_name = "N")]
    pub(crate) ms: Option<i64>,
    /// HTTP status of the bank's answer
    #[arg(long, value_name = "N")]
    pub(crate) status: Option<i64>,
    /// Seconds that the bank asks to wait
    #[arg(long, value_name = "SECONDS")]
    pub(crate) retry_after: Option<i64>,
    /// Name of the account that is missing
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// A moment, or a day, which begins at midnight UTC.
fn moment(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<Date>().ok().map(Date::midnight);
    let time = Timestamp::parse_rfc3339(text).ok().or_else(day);
    time.ok_or_else(|| "write a time such as 2026-01-05T12:00:00Z, or a day such as 2026-01-05".to_owned())
}

/// Seconds of a duration such as `1d12h`.
fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || "write a duration such as 90s, 15m, 12h, 3d or 1d12h".to_owned();
    let mut rest = text;
    let mut sum: i64 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = rest.split_at(end);
        let number: i64 = number.parse().map_err(|_| wrong())?;
        let of_unit = match unit.chars().next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            _ => return Err(wrong()),
        };
        sum = number.checked_mul(of_unit).and_then(|n| sum.checked_add(n)).ok_or_else(wrong)?;
        rest = unit.get(1..).unwrap_or_default();
    }
    if sum > 0 { Ok(sum) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_moments() {
        for (text, expected) in [
            ("90s", 90),
            ("15m", 900),
            ("12h", 43_200),
            ("3d", 259_200),
            ("1d12h", 129_600),
            ("1d1d", 172_800),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in
            ["", "3", "d", "3x", "0s", "-1d", "1.5d", "3 d", "99999999999999999999d", "9999999999999999d"]
        {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(moment("2026-01-05").unwrap().to_z(), "2026-01-05T00:00:00.000Z");
        assert_eq!(moment("2026-01-05T13:00:00+01:00").unwrap().to_z(), "2026-01-05T12:00:00.000Z");
        assert!(moment("tomorrow").is_err());
    }
}
