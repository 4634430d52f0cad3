//! Time to answer `POST /institutions/search` over a large catalogue.
use crate::{
    Common,
    child::Server,
    client::Requests,
    machine::{Core, Machine, pin},
    report::{Case, Report, median, percentile_ms, progress},
    world::{Ground, World},
};
use anyhow::{Result, ensure};
use engine::catalogue::{Institution, synthetic_rows};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// Institutions of the catalogue.
const INSTITUTIONS: u32 = 20_000;
/// Searches of one kind that take turns.
const VARIANTS: usize = 200;
/// Longest time of the fastest 99 of 100 answers, milliseconds.
const P99_MS_MAX: f64 = 2.0;

/// What is asked: the query of the address, and the body.
type Search = (&'static str, Value);

/// Searches of one kind.
struct Kind {
    name: &'static str,
    searches: Vec<Search>,
}

/// Runs the benchmark.
pub(crate) fn run(common: &Common) -> Result<Report> {
    let (rounds, time) =
        if common.quick { (2, Duration::from_millis(300)) } else { (5, Duration::from_millis(1500)) };
    let ground = Ground::new(common, false)?;
    let machine = Machine::here(ground.place.store());
    progress("preparing 20,000 institutions");
    let (kinds, tokens) = ground.runtime.block_on(prepare(&ground))?;
    let mut arguments = ground.place.arguments();
    arguments.push("--pinned".as_ref());
    let server = Server::start(&arguments)?;
    pin(Core::Client);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut cases = Vec::new();
    for kind in kinds {
        progress(kind.name);
        let requests: Vec<(String, String)> = kind
            .searches
            .into_iter()
            .map(|(query, body)| {
                (format!("/institutions/search{query}"), json!({"institution": body}).to_string())
            })
            .collect();
        let requests = Requests::post(&requests, &tokens);
        let answer = runtime.block_on(requests.first_answer(server.address))?;
        ensure!(answer.status == 200, "{}: {}", kind.name, String::from_utf8_lossy(&answer.body));
        runtime.block_on(requests.send_all(server.address))?;
        let (mut latencies, mut per_second, mut cpu_us) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let before = server.cpu_time()?;
            let round = runtime.block_on(requests.send_for(server.address, time))?;
            let used = server.cpu_time()?.saturating_sub(before);
            #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
            let count = round.latencies.len() as f64;
            per_second.push(count / round.elapsed.as_secs_f64());
            cpu_us.push(used.as_secs_f64() * 1e6 / count);
            latencies.extend(round.latencies);
        }
        let p99 = percentile_ms(&mut latencies, 0.99);
        let case = Case {
            name: kind.name,
            requests_per_second: Some(median(per_second)),
            cpu_us_per_request: Some(median(cpu_us)),
            p99_ms: Some(p99),
            measured: p99,
            unit: "ms p99",
            ..Case::default()
        };
        cases.push(case.at_most(P99_MS_MAX));
    }
    server.stop()?;
    Ok(Report { cases, machine })
}

async fn prepare(ground: &Ground) -> Result<(Vec<Kind>, Vec<String>)> {
    let world = World::new(&ground.place).await?;
    let (rows, credentials) = synthetic_rows(INSTITUTIONS, 1);
    world.engine.put_institutions(rows, credentials).await?;
    let user = world.user("U-1").await?;
    let tokens = world.sessions(&[user], 100).await?;
    let kinds = kinds(world.engine.catalogue().institutions());
    world.close().await?;
    Ok((kinds, tokens))
}

fn kinds(institutions: &[Arc<Institution>]) -> Vec<Kind> {
    let step = (institutions.len() / VARIANTS).max(1);
    let some = || institutions.iter().step_by(step);
    // The manual institution has no address, and an absent one is no search.
    let with_url = || some().filter(|it| it.url.is_some());
    let names = |shape: fn(&str) -> String, query: &'static str| -> Vec<Search> {
        some().map(|it| (query, json!({"name": shape(&it.name)}))).collect()
    };
    let letters = ('a'..='z').map(|letter| ("", json!({"name": letter.to_string()})));
    let beginnings = names(|name| name.chars().take(4).collect(), "");
    let filtered = some().map(|it| {
        let first = it.name.split(' ').next().unwrap_or_default();
        let filters = json!({"name": first, "supports_account_verification": true,
            "supports_transaction_history": true});
        ("?iso_country_code[]=US&iso_country_code[]=CA", filters)
    });
    let mut kinds = vec![
        Kind { name: "search_one_letter", searches: letters.collect() },
        Kind { name: "search_as_typed", searches: beginnings },
        Kind { name: "search_exact_name", searches: names(str::to_owned, "") },
        Kind { name: "search_url", searches: with_url().map(|it| ("", json!({"url": it.url}))).collect() },
        Kind { name: "search_filters_countries", searches: filtered.collect() },
        Kind {
            name: "search_all_in_a_country",
            searches: vec![("?iso_country_code=CA", json!({"name": ""}))],
        },
        Kind { name: "search_deep_page", searches: vec![("?page=700", json!({"name": ""}))] },
    ];
    let mut all: Vec<Search> = Vec::new();
    for turn in 0..VARIANTS {
        all.extend(kinds.iter().filter_map(|kind| kind.searches.get(turn % kind.searches.len()).cloned()));
    }
    kinds.insert(0, Kind { name: "search_mixed", searches: all });
    kinds
}
