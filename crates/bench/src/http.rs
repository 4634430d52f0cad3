//! CPU time per request of the service and of a bare server, in turns.
use crate::{
    Common,
    child::Server,
    client::{Requests, Round},
    machine::{Core, Machine, pin},
    report::{Case, Report, median, percentile_ms, progress},
    server::FixedAnswer,
    world::{Ground, World},
};
use anyhow::{Result, ensure};
use connectors::ofx;
use std::{ffi::OsStr, path::Path, time::Duration};
use tokio::runtime::Runtime;

/// Transactions of the user whose pages are read.
const TRANSACTIONS: usize = 10_000;
/// Accounts they are in.
const ACCOUNTS: usize = 3;
/// The page that shall cost no more than a quarter above the first.
const FAR_PAGE: &str = "list_transactions_page_200";
/// Headers that the bare server makes itself.
const OWN_HEADERS: [&str; 3] = ["content-length", "date", "connection"];

/// A request that is measured, and its bar.
struct Wanted {
    name: &'static str,
    path: String,
    bar: f64,
}

/// A request in the course of the benchmark.
struct Running {
    wanted: Wanted,
    requests: Requests,
    bare: Server,
    /// CPU microseconds a request of each round.
    ours_us: Vec<f64>,
    bare_us: Vec<f64>,
    per_second: Vec<f64>,
    latencies: Vec<Duration>,
}

/// Runs the benchmark, for the cases whose name contains `case`.
pub(crate) fn run(common: &Common, case: &str) -> Result<Report> {
    let (rounds, sessions, time) = if common.quick {
        (3, 200, Duration::from_millis(300))
    } else {
        (8, 1000, Duration::from_millis(1500))
    };
    let ground = Ground::new(common, true)?;
    let machine = Machine::here(ground.place.store());
    progress("preparing a user with 10,000 transactions, sessions and a waiting job");
    let (mut wanted, tokens) = ground.runtime.block_on(prepare(&ground, sessions))?;
    wanted.retain(|wanted| wanted.name.contains(case));
    let mut arguments = ground.place.arguments();
    arguments.push("--pinned".as_ref());
    let ours = Server::start(&arguments)?;
    pin(Core::Client);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut running = Vec::new();
    for wanted in wanted {
        let requests = Requests::get(&wanted.path, &tokens);
        running.push(runtime.block_on(begin(wanted, requests, &ours, ground.folder()))?);
    }
    for round in 1..=rounds {
        progress(&format!("round {round} of {rounds}"));
        for case in &mut running {
            case.round(&runtime, &ours, time)?;
        }
    }
    ours.stop()?;
    let first_page = running.iter().find(|c| c.wanted.name == "list_transactions").map_or(0.0, Running::ours);
    Ok(Report { cases: running.into_iter().map(|case| case.finish(first_page)).collect(), machine })
}

async fn prepare(ground: &Ground, sessions: usize) -> Result<(Vec<Wanted>, Vec<String>)> {
    let world = World::new(&ground.place).await?;
    let user = world.user("U-1").await?;
    world.import(&user, ofx::generate(ACCOUNTS, TRANSACTIONS, 1).as_bytes()).await?;
    let job = world.challenged_job(&user).await?;
    let tokens = world.sessions(&[user], sessions).await?;
    world.close().await?;
    let list = |page: u32| {
        format!("/transactions?from_date=2000-01-01&to_date=2100-01-01&records_per_page=25&page={page}")
    };
    let wanted = vec![
        Wanted { name: "get_user", path: "/user".to_owned(), bar: 0.40 },
        Wanted { name: "get_job_mfa_credentials", path: format!("/jobs/{job}/mfa_credentials"), bar: 0.35 },
        Wanted { name: "list_transactions", path: list(1), bar: 0.15 },
        Wanted { name: FAR_PAGE, path: list(200), bar: 0.8 },
    ];
    Ok((wanted, tokens))
}

/// Asks the service once, and starts a bare server that answers the same; sends every token once, so that all
/// sessions are in memory.
async fn begin(wanted: Wanted, requests: Requests, ours: &Server, folder: &Path) -> Result<Running> {
    let answer = requests.first_answer(ours.address).await?;
    let body = String::from_utf8(answer.body)?;
    ensure!(answer.status == 200, "{}: {} {body}", wanted.path, answer.status);
    let is_same = |name: &str| !OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own));
    let headers = answer.headers.into_iter().filter(|(name, _)| is_same(name)).collect();
    let file = folder.join(format!("{}.json", wanted.name));
    std::fs::write(&file, serde_json::to_vec(&FixedAnswer { headers, body })?)?;
    let bare = Server::start(&["__bare".as_ref(), OsStr::new("--answer"), file.as_os_str()])?;
    requests.send_all(ours.address).await?;
    requests.send_all(bare.address).await?;
    Ok(Running {
        wanted,
        requests,
        bare,
        ours_us: Vec::new(),
        bare_us: Vec::new(),
        per_second: Vec::new(),
        latencies: Vec::new(),
    })
}

impl Running {
    fn round(&mut self, runtime: &Runtime, ours: &Server, time: Duration) -> Result<()> {
        let (round, cpu_us) = measured(runtime, &self.requests, ours, time)?;
        self.ours_us.push(cpu_us);
        self.per_second.push(count(&round) / round.elapsed.as_secs_f64());
        self.latencies.extend(round.latencies);
        let (_, cpu_us) = measured(runtime, &self.requests, &self.bare, time)?;
        self.bare_us.push(cpu_us);
        Ok(())
    }

    fn ours(&self) -> f64 {
        median(self.ours_us.iter().copied())
    }

    fn finish(mut self, first_page: f64) -> Case {
        let (ours, bare) = (self.ours(), median(self.bare_us));
        let ratio = if self.wanted.name == FAR_PAGE { first_page } else { bare } / ours;
        Case {
            name: self.wanted.name,
            requests_per_second: Some(median(self.per_second)),
            cpu_us_per_request: Some(ours),
            p99_ms: Some(percentile_ms(&mut self.latencies, 0.99)),
            ratio: Some(ratio),
            measured: ratio,
            unit: if self.wanted.name == FAR_PAGE { "of page 1" } else { "of hyper" },
            ..Case::default()
        }
        .at_least(self.wanted.bar)
    }
}

fn measured(runtime: &Runtime, requests: &Requests, server: &Server, time: Duration) -> Result<(Round, f64)> {
    let before = server.cpu_time()?;
    let round = runtime.block_on(requests.send_for(server.address, time))?;
    let used = server.cpu_time()?.saturating_sub(before);
    let cpu_us = used.as_secs_f64() * 1e6 / count(&round);
    Ok((round, cpu_us))
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn count(round: &Round) -> f64 {
    round.latencies.len() as f64
}
