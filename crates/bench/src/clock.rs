//! A year of service time.
use crate::{
    Common, machine,
    machine::Machine,
    report::{Case, Report, progress},
    world::{Ground, World},
};
use anyhow::{Result, ensure};
use domain::{enums::ConnectionStatus, env::Clock};
use std::time::Instant;

/// Longest time between two background aggregations: a day, and the spread of both.
const BETWEEN_SECONDS: i64 = 29 * 3600;

/// Runs the benchmark.
pub(crate) fn run(common: &Common) -> Result<Report> {
    let (members, days, name) =
        if common.quick { (20, 30, "clock_month_20_members") } else { (100, 365, "clock_year_100_members") };
    let ground = Ground::new(common, true)?;
    let machine = Machine::here(ground.place.store());
    ground.runtime.block_on(async {
        let world = World::with_default_settings(&ground.place).await?;
        progress(&format!("{members} members with their first aggregation"));
        let made = world.members(members).await?;
        progress(&format!("{days} days"));
        let (begun, cpu) = (Instant::now(), machine::cpu_time(std::process::id())?);
        world.advance(i64::from(days) * 86_400).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let cpu = machine::cpu_time(std::process::id())?.saturating_sub(cpu).as_secs_f64();
        let now = world.engine.clock().now();
        for (scope, guid) in &made {
            let member = world.engine.member(*scope, guid).await?.member.state;
            let last = member.successfully_aggregated_at.map_or(i64::MAX, |at| now.micros_since(at));
            ensure!(member.status == Some(ConnectionStatus::Connected), "a member is {:?}", member.status);
            ensure!(last < BETWEEN_SECONDS * 1_000_000, "a member was last aggregated {last} us ago");
        }
        world.close().await?;
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let jobs = members as f64 * f64::from(days);
        let case = Case {
            name,
            requests_per_second: Some(jobs / seconds),
            cpu_us_per_request: Some(cpu * 1e6 / jobs),
            measured: seconds,
            unit: "s",
            ..Case::default()
        };
        Ok(Report { cases: vec![if common.quick { case } else { case.at_most(120.0) }], machine })
    })
}
