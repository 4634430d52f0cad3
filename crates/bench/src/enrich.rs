//! Descriptions to merchants, categories and flags, next to reading their bytes once.
use crate::{
    Common,
    machine::{self, Core, Machine},
    report::{Case, Report, median, progress},
};
use ::enrich::{Input, Registry};
use anyhow::{Result, ensure};
use std::{hint::black_box, time::Instant};

/// Texts as banks write them; each is varied by its digits.
const TEXTS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../enrich/src/tests/golden.tsv"));

/// What one round took, for all descriptions.
struct Taken {
    seconds: f64,
    cpu_seconds: f64,
}

/// Runs the benchmark.
pub(crate) fn run(common: &Common) -> Result<Report> {
    let (rounds, count) = if common.quick { (2, 20_000) } else { (7, 200_000) };
    let machine = Machine::here("none");
    machine::pin(Core::Server);
    let pid = std::process::id();
    let texts = texts(count);
    let before = machine::anonymous_memory(pid)?;
    let begun = Instant::now();
    let registry = Registry::load();
    let load_ms = begun.elapsed().as_secs_f64() * 1e3;
    let after_load = machine::anonymous_memory(pid)?.saturating_sub(before);
    let (mut ours, mut bound) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        progress(&format!("round {round} of {rounds}"));
        let (taken, found) = timed(|| {
            let merchant = |text: &&String| registry.enrich(&Input::debit(text)).merchant.is_some();
            texts.iter().filter(merchant).count()
        })?;
        ensure!(found * 2 > count, "{found} of {count} descriptions have a merchant");
        ours.push(taken);
        let read = || texts.iter().map(|text| text.bytes().map(u64::from).sum::<u64>()).sum::<u64>();
        bound.push(timed(|| black_box(read()))?.0);
    }
    // What building the index took besides has gone back to the system by now.
    let memory = machine::anonymous_memory(pid)?.saturating_sub(before);
    let ratio = cpu_us(&bound, count) / cpu_us(&ours, count);
    let cases = vec![
        Case { ratio: Some(ratio), ..case("enrich", count, &ours) }.at_least(200_000.0),
        case("enrich_input_read_once", count, &bound),
        mebibytes("enrich_index", registry.bytes() as u64).at_most(20.0),
        mebibytes("enrich_memory", memory).at_most(20.0),
        mebibytes("enrich_memory_after_load", after_load),
        Case { name: "enrich_load", measured: load_ms, unit: "ms", ..Case::default() },
    ];
    Ok(Report { cases, machine })
}

/// The texts again and again, with other digits each time.
fn texts(count: usize) -> Vec<String> {
    let texts =
        TEXTS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split('\t').next());
    let vary = |(no, text): (usize, &str)| {
        let mut state = no;
        let digit = |c: char| {
            state = state.wrapping_mul(25_214_903_917).wrapping_add(11) % (1 << 48);
            let digit = u8::try_from((state >> 40) % 10).map_or(c, |digit| char::from(b'0' + digit));
            if c.is_ascii_digit() { digit } else { c }
        };
        text.chars().map(digit).collect()
    };
    texts.collect::<Vec<_>>().into_iter().cycle().take(count).enumerate().map(vary).collect()
}

fn timed<T>(work: impl FnOnce() -> T) -> Result<(Taken, T)> {
    let pid = std::process::id();
    let (begun, cpu) = (Instant::now(), machine::cpu_time(pid)?);
    let done = work();
    let seconds = begun.elapsed().as_secs_f64();
    Ok((Taken { seconds, cpu_seconds: machine::cpu_time(pid)?.saturating_sub(cpu).as_secs_f64() }, done))
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn cpu_us(taken: &[Taken], count: usize) -> f64 {
    median(taken.iter().map(|t| t.cpu_seconds * 1e6 / count as f64))
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn case(name: &'static str, count: usize, taken: &[Taken]) -> Case {
    let cpu_us = cpu_us(taken, count);
    Case {
        name,
        requests_per_second: Some(median(taken.iter().map(|t| count as f64 / t.seconds))),
        cpu_us_per_request: Some(cpu_us),
        measured: 1e6 / cpu_us,
        unit: "a second of one core",
        ..Case::default()
    }
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn mebibytes(name: &'static str, bytes: u64) -> Case {
    Case { name, measured: bytes as f64 / f64::from(1 << 20), unit: "MiB", ..Case::default() }
}
