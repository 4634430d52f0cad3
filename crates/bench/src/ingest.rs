//! Statements from text to acknowledged rows.
use crate::{
    Common, machine,
    machine::Machine,
    report::{Case, Report, median, progress},
    world::{Ground, World},
};
use anyhow::{Result, ensure};
use connectors::ofx;
use std::time::Instant;

/// Accounts of the file.
const ACCOUNTS: usize = 10;

/// What one import took.
struct Taken {
    seconds: f64,
    cpu_seconds: f64,
}

/// Runs the benchmark.
pub(crate) fn run(common: &Common) -> Result<Report> {
    let (rounds, transactions) = if common.quick { (1, 10_000) } else { (5, 100_000) };
    let ground = Ground::new(common, false)?;
    let machine = Machine::here(ground.place.store());
    let bars = if ground.place.postgres.is_some() { (8_000.0, 50_000.0) } else { (20_000.0, 50_000.0) };
    ground.runtime.block_on(async {
        let world = World::new(&ground.place).await?;
        let (mut first, mut again) = (Vec::new(), Vec::new());
        for round in 1..=rounds {
            progress(&format!("file {round} of {rounds}"));
            let file = ofx::generate(ACCOUNTS, transactions, round);
            let other = re_encoded(&file);
            let user = world.user(&format!("U-{round}")).await?;
            let (taken, report) = timed(world.import(&user, file.as_bytes())).await?;
            let created: u64 = report.accounts.iter().map(|account| account.created).sum();
            ensure!(created == transactions as u64, "{created} of {transactions} transactions were made");
            first.push(taken);
            let (taken, report) = timed(world.import(&user, &other)).await?;
            let unchanged: u64 = report.accounts.iter().map(|account| account.unchanged).sum();
            ensure!(unchanged == transactions as u64, "{unchanged} of {transactions} were known");
            again.push(taken);
        }
        world.close().await?;
        let cases = vec![
            case("ingest_ofx", transactions, &first).at_least(bars.0),
            case("ingest_ofx_again", transactions, &again).at_least(bars.1),
        ];
        Ok(Report { cases, machine })
    })
}

async fn timed<T>(import: impl Future<Output = Result<T>>) -> Result<(Taken, T)> {
    let pid = std::process::id();
    let (begun, cpu) = (Instant::now(), machine::cpu_time(pid)?);
    let report = import.await?;
    let seconds = begun.elapsed().as_secs_f64();
    let cpu_seconds = machine::cpu_time(pid)?.saturating_sub(cpu).as_secs_f64();
    Ok((Taken { seconds, cpu_seconds }, report))
}

/// The same statements as UTF-16 with its byte order mark, and one byte of the header changed.
fn re_encoded(file: &str) -> Vec<u8> {
    let other = file.replacen("NEWFILEUID:NONE", "NEWFILEUID:NONF", 1);
    let units = std::iter::once(0xfeff).chain(other.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn case(name: &'static str, transactions: usize, taken: &[Taken]) -> Case {
    let n = transactions as f64;
    let per_second = median(taken.iter().map(|t| n / t.seconds));
    Case {
        name,
        requests_per_second: Some(per_second),
        cpu_us_per_request: Some(median(taken.iter().map(|t| t.cpu_seconds * 1e6 / n))),
        measured: per_second,
        unit: "transactions/s",
        ..Case::default()
    }
}
