//! Many jobs at once.
use crate::{
    Common, machine,
    machine::Machine,
    report::{Case, Report, progress},
    world::{Ground, World},
};
use anyhow::{Result, ensure};
use domain::enums::ConnectionStatus;
use std::time::{Duration, Instant};
use store::scope::SystemScope;

/// Bar of the rate, jobs a second.
const RATE_MIN: f64 = 150.0;
/// Bar of the peak of memory, MiB.
const MEMORY_MAX: f64 = 512.0;

/// Runs the benchmark.
pub(crate) fn run(common: &Common) -> Result<Report> {
    let (members, names) = if common.quick {
        (100, ["jobs_100_at_once", "jobs_100_memory"])
    } else {
        (1000, ["jobs_1000_at_once", "jobs_1000_memory"])
    };
    let ground = Ground::new(common, true)?;
    let machine = Machine::here(ground.place.store());
    ground.runtime.block_on(async {
        let world = World::with_default_settings(&ground.place).await?;
        progress(&format!("{members} members with their first aggregation"));
        let made = world.members(members).await?;
        world.advance(3600).await?;
        world.aggregate(&made).await?;
        progress("all of them again");
        let pid = std::process::id();
        let (begun, cpu) = (Instant::now(), machine::cpu_time(pid)?);
        let mut peak = machine::anonymous_memory(pid)?;
        world.engine.run_background().await?;
        while world.engine.db().unfinished_jobs(SystemScope::of_the_service()).await? > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            peak = peak.max(machine::anonymous_memory(pid)?);
        }
        let seconds = begun.elapsed().as_secs_f64();
        let cpu = machine::cpu_time(pid)?.saturating_sub(cpu).as_secs_f64();
        for (scope, guid) in &made {
            let member = world.engine.member(*scope, guid).await?.member.state;
            ensure!(member.status == Some(ConnectionStatus::Connected), "a member is {:?}", member.status);
        }
        world.close().await?;
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let (jobs, peak) = (members as f64, peak as f64 / f64::from(1 << 20));
        let rate = Case {
            name: names[0],
            requests_per_second: Some(jobs / seconds),
            cpu_us_per_request: Some(cpu * 1e6 / jobs),
            measured: jobs / seconds,
            unit: "jobs/s",
            ..Case::default()
        };
        let memory = Case { name: names[1], measured: peak, unit: "MiB", ..Case::default() };
        Ok(Report { cases: vec![rate.at_least(RATE_MIN), memory.at_most(MEMORY_MAX)], machine })
    })
}
