//! `microdeposit block`, `microdeposit unblock`, `microdeposit blocked`.
use super::explain;
use engine::{Call, Engine, Error};
use serde::{Deserialize, Serialize};

/// A bank where no microdeposits are made.
#[derive(Serialize, Deserialize)]
pub(crate) struct BlockedInfo {
    pub(crate) routing_number: String,
    pub(crate) note: String,
    pub(crate) created_at: String,
}

pub(super) async fn block(
    engine: &Engine,
    call: &Call,
    routing_number: &str,
    note: &str,
) -> Result<Vec<BlockedInfo>, String> {
    engine.block_routing_number(call, routing_number, note).await.map_err(explain)?;
    list(engine).await
}

pub(super) async fn unblock(
    engine: &Engine,
    call: &Call,
    routing_number: &str,
) -> Result<Vec<BlockedInfo>, String> {
    engine.unblock_routing_number(call, routing_number).await.map_err(|error| match error {
        Error::NotFound(_) => format!(
            "routing number {routing_number} is not blocked; `tributary microdeposit blocked` shows those that are"
        ),
        other => explain(other),
    })?;
    list(engine).await
}

pub(super) async fn list(engine: &Engine) -> Result<Vec<BlockedInfo>, String> {
    let rows = engine.blocked_routing_numbers().await.map_err(explain)?;
    let info = rows.into_iter().map(|row| BlockedInfo {
        routing_number: row.routing_number,
        note: row.note,
        created_at: row.created_at.to_z(),
    });
    Ok(info.collect())
}
