//! The machine against its specification: a table of every row, and the tables of 10.3 and 10.4. Random histories
//! against a second machine are where both can be told of: in the tests of the whole service.
use super::*;

mod rules;
mod table;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The kinds of jobs that are used (`spec: nexus-core, 9.3`).
const KINDS: [JobKind; 5] = [
    JobKind::Aggregation,
    JobKind::Verification,
    JobKind::Identification,
    JobKind::History,
    JobKind::Balance,
];

/// Every value of `connection_status`, null first.
fn every_status() -> impl Iterator<Item = Option<ConnectionStatus>> {
    std::iter::once(None).chain(ConnectionStatus::ALL.iter().copied().map(Some))
}

fn name(status: Option<ConnectionStatus>) -> &'static str {
    status.map_or("null", ConnectionStatus::name)
}

fn status(name: &str) -> Option<ConnectionStatus> {
    (name != "null").then(|| ConnectionStatus::from_name(name).expect("a connection status"))
}

/// A member created at `now` in this status, at rest.
fn resting(status: Option<ConnectionStatus>, now: Timestamp) -> MemberState {
    MemberState { status, ..create(Creation::NoCredentials, now).0 }
}
