//! The machine: its time, its cores, what a process used of it.
use anyhow::{Context, Result};
use domain::{
    env::{Clock, Entropy},
    time::Timestamp,
};
use rustix::thread::CpuSet;
use serde::Serialize;
use std::{
    fs,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use testkit::time::SeededEntropy;

/// The machine's clock.
pub(crate) struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "the home of machine time in this program")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// Randomness that differs from process to process; nothing here is a secret.
pub(crate) fn entropy() -> Arc<dyn Entropy> {
    let seed = MachineClock.now().as_micros().unsigned_abs() ^ (u64::from(std::process::id()) << 40);
    Arc::new(SeededEntropy::new(seed))
}

/// Which core a process keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Core {
    /// The first: servers.
    Server,
    /// The second: clients. On a machine of one core nothing is pinned.
    Client,
}

/// Keeps this process, with the threads it is yet to start, to one core. Says nothing where that is not allowed:
/// the numbers then swing more.
pub(crate) fn pin(core: Core) {
    let Ok(allowed) = rustix::thread::sched_getaffinity(None) else { return };
    let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
    let ([first, .., last], true) = (&cores[..], cores.len() > 1) else { return };
    let mut set = CpuSet::new();
    set.set(if core == Core::Server { *first } else { *last });
    let _unpinned = rustix::thread::sched_setaffinity(None, &set);
}

/// CPU time of all threads of a process.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration> {
    let mut nanos = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread that ended in between had next to nothing to do.
        if let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) {
            nanos += text.split(' ').next().and_then(|n| n.parse::<u64>().ok()).context("schedstat")?;
        }
    }
    Ok(Duration::from_nanos(nanos))
}

/// Anonymous memory of a process, bytes.
pub(crate) fn anonymous_memory(pid: u32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kib = line_value(&text, "RssAnon:").and_then(|value| value.split(' ').next()?.parse::<u64>().ok());
    Ok(kib.context("RssAnon")? * 1024)
}

/// What the numbers were measured on.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: u64,
    pub(crate) system: String,
    /// Load of the minute before the benchmark began.
    pub(crate) load_before: f64,
    pub(crate) store: &'static str,
    pub(crate) build: &'static str,
}

impl Machine {
    /// This one, now.
    pub(crate) fn here(store: &'static str) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let memory = read("/proc/meminfo");
        let kib = line_value(&memory, "MemTotal:").and_then(|v| v.split(' ').next()?.parse::<u64>().ok());
        Self {
            cpu: line_value(&read("/proc/cpuinfo"), "model name").unwrap_or("unknown").to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: kib.unwrap_or(0).div_ceil(1024 * 1024),
            system: format!("Linux {}", read("/proc/sys/kernel/osrelease").trim()),
            load_before: read("/proc/loadavg").split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0),
            store,
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
        }
    }
}

fn line_value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches([':', ' ', '\t']).trim())
}
