//! `sandbox clock`, `advance`, `settle`, `faults`.
use super::explain;
use domain::{env::Clock, time::Timestamp};
use engine::{Call, Engine, faults::Fault};
use serde::{Deserialize, Serialize};

/// Service time, and how it runs.
#[derive(Serialize, Deserialize)]
pub(crate) struct ClockInfo {
    pub(crate) mode: String,
    pub(crate) now: String,
    /// Whether it is where it was asked to be; else it goes on by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) has_arrived: Option<bool>,
}

fn check(engine: &Engine) -> Result<(), String> {
    if engine.is_sandbox() {
        return Ok(());
    }
    Err("there is no sandbox here: start the server with --sandbox, or name the folder of one with --data-dir".to_owned())
}

fn info(engine: &Engine) -> ClockInfo {
    let clock = engine.clock();
    ClockInfo { mode: clock.mode().name().to_owned(), now: clock.now().to_z(), has_arrived: None }
}

/// Shows service time, or sets it first. A time alone keeps the mode, but that real time becomes an offset.
pub(super) async fn clock(
    engine: &Engine,
    call: &Call,
    mode: Option<&str>,
    at_micros: Option<i64>,
) -> Result<ClockInfo, String> {
    check(engine)?;
    let present = engine.clock().mode().name();
    let alone = at_micros.map(|_| if present == "real" { "offset" } else { present });
    if let Some(mode) = mode.or(alone) {
        let at = at_micros.map(Timestamp::from_micros);
        engine.set_clock(call, mode, at).await.map_err(explain)?;
    }
    Ok(info(engine))
}

pub(super) async fn advance(engine: &Engine, call: &Call, seconds: i64) -> Result<ClockInfo, String> {
    check(engine)?;
    let progress = engine.advance_clock(call, seconds).await.map_err(explain)?;
    Ok(ClockInfo { has_arrived: Some(progress.is_done), ..info(engine) })
}

pub(super) async fn settle(engine: &Engine) -> Result<bool, String> {
    check(engine)?;
    engine.settle().await.map_err(explain)
}

pub(super) async fn faults(engine: &Engine) -> Result<Vec<Fault>, String> {
    check(engine)?;
    engine.faults().await.map_err(explain)
}

pub(super) async fn set_faults(
    engine: &Engine,
    call: &Call,
    faults: Vec<Fault>,
) -> Result<Vec<Fault>, String> {
    check(engine)?;
    engine.set_faults(call, faults).await.map_err(explain)?;
    self::faults(engine).await
}

pub(super) async fn add_fault(engine: &Engine, call: &Call, fault: Fault) -> Result<Vec<Fault>, String> {
    check(engine)?;
    engine.add_fault(call, fault).await.map_err(explain)?;
    faults(engine).await
}
