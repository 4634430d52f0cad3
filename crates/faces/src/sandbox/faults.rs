//! Faults of the sandbox's banks on the wire (`spec: sandbox, 5`).
use super::Sandbox;
use crate::{
    app::App,
    auth::Audit,
    body::Document,
    call::{Answer, Call},
    error::ApiError,
    fields::Fields,
    json::Json,
    object::{Object, array, rooted},
    openapi::{Entry, integer, many, number, text},
};
use axum::extract::State;
use domain::{decimal::Rate, guid};
use engine::faults::{CERTAIN, Fault, FaultKind, FaultStage};

/// Digits of a probability in all; six of them after the point.
const PROBABILITY_DIGITS: u32 = 7;
/// Longest latency, milliseconds.
const LATENCY_MS_MAX: i64 = 3_600_000;
/// Longest `Retry-After`, seconds.
const RETRY_AFTER_SECONDS_MAX: i64 = 86_400;
/// Highest count.
const COUNT_MAX: i64 = 1_000_000;
/// Longest code or name, characters.
const CHARS_MAX: usize = 255;

const FAULT: &[Entry] = &[
    integer("count", "How often it still strikes; absent or null: until it is deleted.").or_null().optional(),
    text("institution_code", "Only at this institution.").or_null().optional(),
    text(
        "kind",
        "`latency`, `error`, `rate_limited`, `timeout`, `drop`, `malformed`, `empty`, `missing_account` or \
         `changed_ids`.",
    ),
    text("member_guid", "Only for this member, `MBR-`.").or_null().optional(),
    integer("ms", "`latency`: milliseconds that each answer comes late.").optional(),
    text("name", "`missing_account`: name of the account.").optional(),
    number("probability", "From 0 to 1, drawn from the seed each time; 1 where absent.").optional(),
    integer("retry_after", "`rate_limited`: seconds.").or_null().optional(),
    text(
        "stage",
        "`login`, `accounts`, `transactions`, `holdings`, `numbers`, `owners` or `any` (where absent).",
    )
    .optional(),
    integer("status", "`error`: 400 to 599.").optional(),
];
const FAULTS: &[Entry] = &[many("faults", "SandboxFault", "In the order in which they act.")];

crate::schemas! {
    /// What shall go wrong at the sandbox's banks.
    SandboxFault = entries(FAULT);
    /// `{"faults":[...]}`
    SandboxFaults = entries(FAULTS; SandboxFault);
}

/// Read the faults
///
/// Those that are in force. One that has struck its last time is gone.
#[utoipa::path(get, path = "/sandbox/faults",
    responses((status = 200, description = "The faults", body = SandboxFaults)))]
pub(super) async fn faults(
    State(app): State<App>,
    _sandbox: Sandbox,
    _call: Call,
) -> Result<Answer, ApiError> {
    Ok(Answer::ok(to_json(&app.engine().faults().await?)))
}

/// Set the faults
///
/// Replace all faults by these, of which the first acts first.
#[utoipa::path(put, path = "/sandbox/faults",
    request_body(content = SandboxFaults, content_type = "application/json"),
    responses((status = 200, description = "The faults", body = SandboxFaults)))]
pub(super) async fn set_faults(
    State(app): State<App>,
    _sandbox: Sandbox,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    app.engine().set_faults(&audit, read(&call.json()?)?).await?;
    Ok(Answer::ok(to_json(&app.engine().faults().await?)))
}

/// Delete the faults
///
/// All of them.
#[utoipa::path(delete, path = "/sandbox/faults", responses((status = 204, description = "There are none")))]
pub(super) async fn delete_faults(
    State(app): State<App>,
    _sandbox: Sandbox,
    Audit(audit): Audit,
    _call: Call,
) -> Result<Answer, ApiError> {
    app.engine().set_faults(&audit, Vec::new()).await?;
    Ok(Answer::none())
}

/// Faults as clients and files write them: `{"faults":[...]}`.
pub fn from_json(text: &[u8]) -> Result<Vec<Fault>, ApiError> {
    read(&Document::parse(text)?)
}

/// `{"faults":[...]}`
pub fn to_json(faults: &[Fault]) -> Vec<u8> {
    rooted("faults", 256 * faults.len() + 16, |out| array(out, faults, write))
}

fn read(body: &Document) -> Result<Vec<Fault>, ApiError> {
    body.read_whole(|fields| {
        let faults = fields.objects("faults")?.optional().ok_or_else(|| ApiError::missing("faults"))?;
        faults.iter().map(fault).collect()
    })
}

fn fault(fields: &Fields) -> Result<Fault, ApiError> {
    let code = match fields.raw("institution_code") {
        None | Some(Json::Null) => None,
        Some(_) => Some(fields.text("institution_code", CHARS_MAX)?.required()?),
    };
    let member = fields.guid::<guid::Member>("member_guid", "member")?.optional();
    let stages: Vec<&'static str> = FaultStage::ALL.iter().map(|stage| stage.name()).collect();
    let stage = fields.one_of("stage", &stages)?.optional().unwrap_or(FaultStage::Any.name());
    let stage = FaultStage::ALL.iter().copied().find(|known| known.name() == stage);
    let count = fields.integer_between("count", 1, COUNT_MAX)?.optional();
    let probability = fields.decimal::<6>("probability", PROBABILITY_DIGITS)?.optional();
    let probability = probability.map_or(CERTAIN, Rate::units);
    if !(0..=CERTAIN).contains(&probability) {
        fields.broken("probability", "must be between 0 and 1");
    }
    Ok(Fault {
        institution_code: code,
        member_guid: member.map(|guid| guid.to_string()),
        stage: stage.unwrap_or(FaultStage::Any),
        kind: kind(fields)?,
        count: count.and_then(|count| u32::try_from(count).ok()),
        probability,
    })
}

fn kind(fields: &Fields) -> Result<FaultKind, ApiError> {
    let whole = |name, from, to| fields.integer_between(name, from, to);
    Ok(match fields.one_of("kind", FaultKind::NAMES)?.required()? {
        "latency" => {
            let ms = whole("ms", 1, LATENCY_MS_MAX)?.required()?;
            FaultKind::Latency { ms: u32::try_from(ms).unwrap_or(0) }
        }
        "error" => {
            let status = whole("status", 400, 599)?.required()?;
            FaultKind::Error { status: u16::try_from(status).unwrap_or(0) }
        }
        "rate_limited" => {
            let seconds = whole("retry_after", 0, RETRY_AFTER_SECONDS_MAX)?.optional();
            FaultKind::RateLimited { retry_after: seconds.and_then(|n| u32::try_from(n).ok()) }
        }
        "timeout" => FaultKind::Timeout,
        "drop" => FaultKind::Drop,
        "malformed" => FaultKind::Malformed,
        "empty" => FaultKind::Empty,
        "missing_account" => FaultKind::MissingAccount { name: fields.text("name", CHARS_MAX)?.required()? },
        _ => FaultKind::ChangedIds,
    })
}

fn write(out: &mut Vec<u8>, fault: &Fault) {
    let mut object = Object::open(out);
    object.opt_int("count", fault.count.map(i64::from));
    object.opt_text("institution_code", fault.institution_code.as_deref());
    object.text("kind", fault.kind.name());
    object.opt_text("member_guid", fault.member_guid.as_deref());
    match &fault.kind {
        FaultKind::Latency { ms } => object.int("ms", i64::from(*ms)),
        FaultKind::MissingAccount { name } => object.text("name", name),
        _ => {}
    }
    Rate::from_units(fault.probability).write_to(object.key("probability"));
    if let FaultKind::RateLimited { retry_after } = &fault.kind {
        object.opt_int("retry_after", retry_after.map(i64::from));
    }
    object.text("stage", fault.stage.name());
    if let FaultKind::Error { status } = &fault.kind {
        object.int("status", i64::from(*status));
    }
    object.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fault: &str) -> Result<Fault, ApiError> {
        from_json(format!(r#"{{"faults":[{fault}]}}"#).as_bytes()).map(|mut faults| faults.remove(0))
    }

    #[test]
    fn what_is_read_is_written_again() {
        for (fault, written) in [
            (
                r#"{"kind":"drop"}"#,
                r#"{"count":null,"institution_code":null,"kind":"drop","member_guid":null,"probability":1,"stage":"any"}"#,
            ),
            (
                r#"{"kind":"latency","ms":"250","count":3,"stage":"login","institution_code":"mxbank"}"#,
                r#"{"count":3,"institution_code":"mxbank","kind":"latency","member_guid":null,"ms":250,"probability":1,"stage":"login"}"#,
            ),
            (
                r#"{"kind":"error","status":503,"probability":0.25,"member_guid":"MBR-7c6f361b-e582-15b6-60c0-358f12466b4b"}"#,
                r#"{"count":null,"institution_code":null,"kind":"error","member_guid":"MBR-7c6f361b-e582-15b6-60c0-358f12466b4b","probability":0.25,"stage":"any","status":503}"#,
            ),
            (
                r#"{"kind":"rate_limited","retry_after":30,"stage":"transactions"}"#,
                r#"{"count":null,"institution_code":null,"kind":"rate_limited","member_guid":null,"probability":1,"retry_after":30,"stage":"transactions"}"#,
            ),
            (
                r#"{"kind":"missing_account","name":"Wallet","stage":"accounts"}"#,
                r#"{"count":null,"institution_code":null,"kind":"missing_account","member_guid":null,"name":"Wallet","probability":1,"stage":"accounts"}"#,
            ),
        ] {
            let read = of(fault).unwrap();
            let text = String::from_utf8(to_json(std::slice::from_ref(&read))).unwrap();
            assert_eq!(text, format!(r#"{{"faults":[{written}]}}"#));
            assert_eq!(of(written), Ok(read), "what was written can be read");
        }
        for kind in ["timeout", "malformed", "empty", "changed_ids"] {
            assert_eq!(of(&format!(r#"{{"kind":"{kind}"}}"#)).unwrap().kind.name(), kind);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (fault, code, name) in [
            ("{}", 4002, "kind"),
            (r#"{"kind":"flood"}"#, 4002, "kind: must be one of latency, error, rate_limited"),
            (r#"{"kind":"latency"}"#, 4002, "ms"),
            (r#"{"kind":"latency","ms":"long"}"#, 4002, "ms: must be a number"),
            (r#"{"kind":"latency","ms":0}"#, 4222, "ms: must be between 1 and 3600000"),
            (r#"{"kind":"error"}"#, 4002, "status"),
            (r#"{"kind":"error","status":200}"#, 4222, "status: must be between 400 and 599"),
            (r#"{"kind":"rate_limited","retry_after":-1}"#, 4222, "retry_after"),
            (r#"{"kind":"missing_account"}"#, 4002, "name"),
            (r#"{"kind":"drop","stage":"logout"}"#, 4002, "stage: must be one of login, accounts"),
            (r#"{"kind":"drop","count":0}"#, 4222, "count: must be between 1"),
            (r#"{"kind":"drop","count":true}"#, 4002, "count"),
            (r#"{"kind":"drop","probability":1.5}"#, 4222, "probability: must be between 0 and 1"),
            (r#"{"kind":"drop","probability":-0.5}"#, 4222, "probability"),
            (r#"{"kind":"drop","probability":"often"}"#, 4002, "probability"),
            (r#"{"kind":"drop","probability":0.0000001}"#, 4222, "probability"),
            (r#"{"kind":"drop","institution_code":""}"#, 4002, "institution_code"),
            (r#"{"kind":"drop","member_guid":"MBR-1"}"#, 4222, "member_guid: no such member"),
        ] {
            let error = of(fault).unwrap_err();
            assert_eq!(error.code, code, "{fault}");
            assert!(error.message.contains(name), "{fault}: {}", error.message);
        }
        for (body, code) in
            [("", 4001), ("{}", 4001), ("[]", 4000), (r#"{"faults":{}}"#, 4002), (r#"{"fault":[]}"#, 4002)]
        {
            assert_eq!(from_json(body.as_bytes()).unwrap_err().code, code, "{body}");
        }
        assert_eq!(from_json(br#"{"faults":[]}"#), Ok(Vec::new()));
    }
}
