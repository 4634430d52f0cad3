//! What a benchmark found, for people and for programs.
use crate::{Common, machine::Machine};
use anyhow::Result;
use serde::Serialize;

/// What a benchmark found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) cases: Vec<Case>,
    pub(crate) machine: Machine,
}

/// One line of it. `None` where there is no such number.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Or transactions a second.
    pub(crate) requests_per_second: Option<f64>,
    /// Or a transaction.
    pub(crate) cpu_us_per_request: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
    /// CPU time of the bare server by ours; of the first page by a later one's.
    pub(crate) ratio: Option<f64>,
    /// What is compared with the bar.
    pub(crate) measured: f64,
    /// What `measured` and `bar` are in.
    pub(crate) unit: &'static str,
    pub(crate) bar: Option<f64>,
    pub(crate) verdict: Option<&'static str>,
}

impl Case {
    /// Compares it with a bar that shall be reached.
    pub(crate) fn at_least(self, bar: f64) -> Self {
        let is_met = self.measured >= bar;
        self.judged(bar, is_met, "below the bar")
    }

    /// Compares it with a bar that shall not be passed.
    pub(crate) fn at_most(self, bar: f64) -> Self {
        let is_met = self.measured <= bar;
        self.judged(bar, is_met, "above the bar")
    }

    fn judged(self, bar: f64, is_met: bool, otherwise: &'static str) -> Self {
        Self { bar: Some(bar), verdict: Some(if is_met { "PASS" } else { otherwise }), ..self }
    }
}

impl Report {
    /// Prints it to standard output.
    pub(crate) fn print(&self, common: &Common) -> Result<()> {
        if common.json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        let m = &self.machine;
        println!(
            "\n{}, {} cores, {} GiB, {}; {} build; {}; load before: {:.1}\n",
            m.cpu, m.cores, m.memory_gib, m.system, m.build, m.store, m.load_before
        );
        if cfg!(debug_assertions) {
            println!("A debug build: these numbers mean nothing. Use cargo run --release -p bench.\n");
        }
        println!(
            "{:<28} {:>10} {:>9} {:>9} {:>7}  {:>22}  {:>8}",
            "", "per second", "CPU us", "p99 ms", "ratio", "measured", "bar"
        );
        for case in &self.cases {
            let number = |value: Option<f64>, decimals: usize| {
                value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
            };
            let decimals = if case.measured < 10.0 { 2 } else { 0 };
            println!(
                "{:<28} {:>10} {:>9} {:>9} {:>7}  {:>22}  {:>8}  {}",
                case.name,
                number(case.requests_per_second, 0),
                number(case.cpu_us_per_request, 2),
                number(case.p99_ms, 2),
                number(case.ratio, 3),
                format!("{:.decimals$} {}", case.measured, case.unit),
                number(case.bar, decimals),
                case.verdict.unwrap_or_default()
            );
        }
        Ok(())
    }
}

/// The one in the middle; 0 of none.
pub(crate) fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_unstable_by(f64::total_cmp);
    let (Some(low), Some(high)) =
        (numbers.get((numbers.len().max(1) - 1) / 2), numbers.get(numbers.len() / 2))
    else {
        return 0.0;
    };
    f64::midpoint(*low, *high)
}

/// The time that `share` of them do not pass.
pub(crate) fn percentile_ms(times: &mut [std::time::Duration], share: f64) -> f64 {
    times.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rank"
    )]
    let rank = (times.len() as f64 * share) as usize;
    times.get(rank.min(times.len().saturating_sub(1))).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

/// Prints how far a benchmark is, for people who wait.
pub(crate) fn progress(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn medians_and_percentiles() {
        assert!((median([3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median([4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median([]).abs() < f64::EPSILON);
        let mut times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert!((percentile_ms(&mut times, 0.99) - 199.0).abs() < f64::EPSILON);
        assert!(percentile_ms(&mut [], 0.99).abs() < f64::EPSILON);
    }

    #[test]
    fn bars_are_met_from_either_side() {
        let case = || Case { measured: 0.4, ..Case::default() };
        assert_eq!(case().at_least(0.4).verdict, Some("PASS"));
        assert_eq!(case().at_least(0.41).verdict, Some("below the bar"));
        assert_eq!(case().at_most(0.4).verdict, Some("PASS"));
        assert_eq!(case().at_most(0.39).verdict, Some("above the bar"));
    }
}
