//! Time until a server answers, on a large store.
use crate::{
    Common,
    child::Server,
    client::Requests,
    machine::Machine,
    report::{Case, Report, median, progress},
    world::{Ground, World},
};
use anyhow::{Result, ensure};
use connectors::ofx;
use std::time::Instant;

/// Transactions of one user, in so many accounts.
const OF_A_USER: usize = 100_000;
const ACCOUNTS: usize = 10;

/// Runs the benchmark. With `keep` the store stays for the next run.
pub(crate) fn run(common: &Common, keep: bool) -> Result<Report> {
    let (rounds, users, name) = if common.quick {
        (2, 1, "start_100000_transactions")
    } else {
        (5, 10, "start_1000000_transactions")
    };
    let ground =
        if keep { Ground::kept(common, &format!("bench-{name}"))? } else { Ground::new(common, false)? };
    let machine = Machine::here(ground.place.store());
    let done = ground.folder().join("prepared");
    if !done.exists() || ground.place.postgres.is_some() {
        ground.runtime.block_on(prepare(&ground, users))?;
        std::fs::write(done, "")?;
    }
    let health = Requests::get("/health/ready", &[String::new()]);
    let mut times = Vec::new();
    for round in 1..=rounds {
        progress(&format!("start {round} of {rounds}"));
        let begun = Instant::now();
        let server = Server::start(&ground.place.arguments())?;
        let answer = ground.runtime.block_on(health.first_answer(server.address))?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        ensure!(answer.status == 200, "not ready: {}", answer.status);
        server.stop()?;
    }
    let case = Case { name, measured: median(times), unit: "ms", ..Case::default() };
    Ok(Report { cases: vec![case.at_most(300.0)], machine })
}

async fn prepare(ground: &Ground, users: usize) -> Result<()> {
    let world = World::new(&ground.place).await?;
    for index in 1..=users {
        progress(&format!("importing {} of {} transactions", index * OF_A_USER, users * OF_A_USER));
        let user = world.user(&format!("U-{index}")).await?;
        let file = ofx::generate(ACCOUNTS, OF_A_USER, index as u64);
        world.import(&user, file.as_bytes()).await?;
    }
    world.close().await
}
