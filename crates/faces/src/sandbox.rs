//! Control of the sandbox: its clock, faults of its banks, webhooks, waiting until nothing is due
//! (`spec: sandbox, 5`); and the static endpoints of the documentation (`spec: sandbox, 4`).

use crate::{
    app::App,
    auth::{Audit, SandboxClient},
    call::{Answer, Call},
    error::ApiError,
    fields::Fields,
    object::{Object, rooted},
    openapi::{Entry, boolean, integer, one, text, time},
};
use axum::extract::{FromRequestParts, State};
use domain::{env::Clock, json::push_bool, time::Timestamp};
use engine::{ServiceClock, client::Client, sandbox::ADVANCE_SECONDS_MAX, sandbox::Progress};
use http::request::Parts;
use utoipa_axum::{router::OpenApiRouter, routes};

mod bank;
pub(crate) mod documented;
pub mod faults;
pub mod webhooks;

pub(crate) use bank::PATHS as PAGES;

const SECONDS_PER_DAY: i64 = 86_400;
/// How service time can run.
const MODES: &[&str] = &["real", "offset", "frozen"];

const CLOCK: &[Entry] =
    &[text("mode", "`real`, `offset` (runs on from `now`) or `frozen`."), time("now", "Service time.")];
const FIELDS: &[Entry] = &[
    text("mode", "As it is where absent; but real time becomes an offset where `now` is sent.").optional(),
    time("now", "Any RFC 3339 time that is not in the past; as it is where absent.").optional(),
];
const BODY: &[Entry] = &[one("clock", "ClockFields", "What to set.")];
const PROGRESS: &[Entry] = &[integer("due", "Work known to be due."), integer("done", "Work done.")];
const MOVING: &[Entry] =
    &[one("clock", "ServiceTime", "Service time."), one("progress", "ClockProgress", "How far it is.")];
const ADVANCE: &[Entry] = &[
    integer("seconds", "Up to five years; one of the two is required.").optional(),
    integer("days", "Up to five years; added where both are sent.").optional(),
];
const SETTLED: &[Entry] = &[boolean("settled", "False: work is still due after a minute.")];

crate::schemas! {
    /// Service time.
    ServiceTime = entries(CLOCK);
    /// `{"clock":{...}}`
    ClockAnswer = root("clock", ServiceTime);
    /// What can be set of the clock.
    ClockFields = entries(FIELDS);
    /// The body that sets it.
    ClockBody = entries(BODY; ClockFields);
    /// How far an advance is.
    ClockProgress = entries(PROGRESS);
    /// The answer of an advance that goes on.
    ClockMovingAnswer = entries(MOVING; ServiceTime, ClockProgress);
    /// How far to go.
    AdvanceBody = entries(ADVANCE);
    /// Whether nothing is due any more.
    SettleAnswer = entries(SETTLED);
}

/// Every path of this part. The banks by OAuth are somebody else to the service, and so no part of its document.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(clock, set_clock))
        .routes(routes!(advance))
        .routes(routes!(settle))
        .routes(routes!(faults::faults, faults::set_faults, faults::delete_faults))
        .merge(bank::router())
        .merge(webhooks::router())
}

/// Proof that there is a sandbox and that the caller has an API key; without a sandbox there is no such path.
struct Sandbox(Client);

impl FromRequestParts<App> for Sandbox {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if !app.engine().is_sandbox() {
            return Err(ApiError::path_not_found());
        }
        SandboxClient::from_request_parts(parts, app).await.map(|proof| Self(proof.client))
    }
}

/// Read the clock
///
/// Read service time.
#[utoipa::path(get, path = "/sandbox/clock",
    responses((status = 200, description = "Service time", body = ClockAnswer)))]
async fn clock(State(app): State<App>, _sandbox: Sandbox, _call: Call) -> Result<Answer, ApiError> {
    Ok(Answer::ok(clock_body(app.engine().clock(), None)))
}

/// Set the clock
///
/// Set how service time runs; it never goes backwards.
#[utoipa::path(put, path = "/sandbox/clock",
    request_body(content = ClockBody, content_type = "application/json"),
    responses((status = 200, description = "Service time", body = ClockAnswer)))]
async fn set_clock(
    State(app): State<App>,
    _sandbox: Sandbox,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    let present = app.engine().clock().mode().name();
    let wanted = call.json()?.read("clock", &["mode", "now"], |f| wanted_clock(f, present))?;
    if let Some((mode, now)) = wanted {
        app.engine().set_clock(&audit, mode, now).await?;
    }
    Ok(Answer::ok(clock_body(app.engine().clock(), None)))
}

/// Advance the clock
///
/// Move service time forward; what falls due on the way is done in the order of its times.
#[utoipa::path(post, path = "/sandbox/clock/advance",
    request_body(content = AdvanceBody, content_type = "application/json"),
    responses(
        (status = 200, description = "Service time, now there", body = ClockAnswer),
        (status = 202, description = "It goes on; `progress` says how far it is", body = ClockMovingAnswer)))]
async fn advance(
    State(app): State<App>,
    _sandbox: Sandbox,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    let seconds = call.json()?.read_whole(seconds_of)?;
    let progress = app.engine().advance_clock(&audit, seconds).await?;
    let clock = app.engine().clock();
    Ok(if progress.is_done {
        Answer::ok(clock_body(clock, None))
    } else {
        Answer::accepted(clock_body(clock, Some(progress)))
    })
}

/// Wait until nothing is due
///
/// Wait until nothing is due, for a minute at most.
#[utoipa::path(post, path = "/sandbox/settle",
    responses((status = 200, description = "Whether nothing is due", body = SettleAnswer)))]
async fn settle(State(app): State<App>, _sandbox: Sandbox, _call: Call) -> Result<Answer, ApiError> {
    let settled = app.engine().settle().await?;
    Ok(Answer::ok(rooted("settled", 32, |out| push_bool(out, settled))))
}

/// What a body makes of the clock; nothing where it says nothing. A `now` alone keeps the mode, but that real time
/// becomes an offset, as it does in an advance.
fn wanted_clock(
    fields: &Fields,
    present: &'static str,
) -> Result<Option<(&'static str, Option<Timestamp>)>, ApiError> {
    let mode = fields.one_of("mode", MODES)?.kept()?;
    let now = fields.time("now")?.optional();
    Ok(match (mode, now) {
        (Some(mode), now) => Some((mode, now)),
        (None, Some(_)) => Some((if present == "real" { "offset" } else { present }, now)),
        (None, None) => None,
    })
}

/// How far to go: seconds, days, or both together.
fn seconds_of(fields: &Fields) -> Result<i64, ApiError> {
    let days_max = ADVANCE_SECONDS_MAX / SECONDS_PER_DAY;
    let seconds = fields.integer_between("seconds", 1, ADVANCE_SECONDS_MAX)?.optional();
    let days = fields.integer_between("days", 1, days_max)?.optional();
    if seconds.is_none() && days.is_none() {
        return Err(ApiError::missing("seconds"));
    }
    Ok(days.unwrap_or(0).saturating_mul(SECONDS_PER_DAY).saturating_add(seconds.unwrap_or(0)))
}

fn clock_body(clock: &ServiceClock, progress: Option<Progress>) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    let mut body = Object::open(&mut out);
    let mut object = Object::open(body.key("clock"));
    object.text("mode", clock.mode().name());
    object.z("now", Some(clock.now()));
    object.close();
    if let Some(Progress { due, done, .. }) = progress {
        let mut object = Object::open(body.key("progress"));
        object.int("due", due.cast_signed());
        object.int("done", done.cast_signed());
        object.close();
    }
    body.close();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Document;
    use std::sync::Arc;

    struct At(i64);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(self.0)
        }
    }

    fn document(text: &str) -> Document {
        Document::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_documented_clock() {
        let clock = ServiceClock::new(Arc::new(At(1_767_614_400)), engine::ClockMode::Real);
        let text = |progress| String::from_utf8(clock_body(&clock, progress)).unwrap();
        assert_eq!(text(None), r#"{"clock":{"mode":"real","now":"2026-01-05T12:00:00.000Z"}}"#);
        let progress = Progress { due: 7, done: 3, is_done: false };
        assert_eq!(
            text(Some(progress)),
            r#"{"clock":{"mode":"real","now":"2026-01-05T12:00:00.000Z"},"progress":{"due":7,"done":3}}"#
        );
    }

    #[test]
    fn what_a_body_makes_of_the_clock() {
        let of = |body: &str, present| {
            document(body).read("clock", &["mode", "now"], |f| wanted_clock(f, present))
        };
        let noon = Some(Timestamp::from_seconds(1_767_614_400));
        for (body, present, expected) in [
            (
                r#"{"clock":{"mode":"frozen","now":"2026-01-05T13:00:00+01:00"}}"#,
                "real",
                Some(("frozen", noon)),
            ),
            (r#"{"clock":{"mode":"frozen"}}"#, "real", Some(("frozen", None))),
            (r#"{"mode":"real","now":null}"#, "offset", Some(("real", None))),
            (r#"{"clock":{"now":"2026-01-05T12:00:00.000Z"}}"#, "real", Some(("offset", noon))),
            (r#"{"clock":{"now":"2026-01-05T12:00:00Z"}}"#, "frozen", Some(("frozen", noon))),
            (r#"{"clock":{}}"#, "frozen", None),
        ] {
            assert_eq!(of(body, present), Ok(expected), "{body}");
        }
        for (body, code) in [
            ("", 4001),
            ("{}", 4001),
            (r#"{"clock":{"mode":"fast"}}"#, 4002),
            (r#"{"clock":{"mode":null}}"#, 4002),
            (r#"{"clock":{"now":"2026-01-05"}}"#, 4002),
        ] {
            assert_eq!(of(body, "real").unwrap_err().code, code, "{body}");
        }
    }

    #[test]
    fn how_far_an_advance_goes() {
        let of = |body: &str| document(body).read_whole(seconds_of);
        assert_eq!(of(r#"{"seconds":90}"#), Ok(90));
        assert_eq!(of(r#"{"days":"2"}"#), Ok(172_800));
        assert_eq!(of(r#"{"days":1,"seconds":1}"#), Ok(86_401));
        for (body, code) in [
            ("", 4001),
            ("{}", 4001),
            (r#"{"hours":1}"#, 4002),
            (r#"{"seconds":"soon"}"#, 4002),
            (r#"{"seconds":0}"#, 4222),
            (r#"{"days":-1}"#, 4222),
            (r#"{"days":1831}"#, 4222),
            (r#"{"days":9223372036854775807}"#, 4222),
        ] {
            assert_eq!(of(body).unwrap_err().code, code, "{body}");
        }
    }
}
