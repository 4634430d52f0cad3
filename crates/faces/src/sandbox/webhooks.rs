//! Webhooks of the caller's client, in sandbox mode: what the operator's command does elsewhere.
use super::Sandbox;
use crate::{
    app::App,
    auth::Audit,
    call::{Answer, Call, Params},
    error::ApiError,
    fields::Fields,
    object::{Object, array, rooted},
    openapi::{Entry, boolean, integer, one, text, time},
};
use axum::extract::State;
use domain::{json::push_int, secret::SecretText, webhook::EventType};
use engine::webhook::{FailedEvent, Proof, Tested, WebhookInfo};
use utoipa_axum::{router::OpenApiRouter, routes};

const CHARS_MAX: usize = 4096;
const PEM_CHARS_MAX: usize = 64 * 1024;
/// Failed events that are listed.
const FAILED_MAX: u32 = 100;

const WEBHOOK: &[Entry] = &[
    text("auth", "`none`, `basic`, `certificate` or `oauth`."),
    time("created_at", "When it was made."),
    text("event", "The type of events."),
    boolean("is_on", "False: the receiver answered 410."),
    time("updated_at", "Latest change."),
    text("url", "Where events go."),
];
const NEW: &[Entry] = &[
    text("secret", "Signing secret, `whsec_` and base64; shown only here."),
    one("webhook", "SandboxWebhook", "The webhook."),
];
const FIELDS: &[Entry] = &[
    text("event", "A resource, such as `member`, or a flat event, such as `job_status`."),
    text("url", "HTTPS and a public address, unless the operator allows others."),
    text("auth", "`none`, `basic`, `certificate` or `oauth`; `none` where absent.").optional(),
    text("user", "With `basic`.").optional(),
    text("password", "With `basic`.").optional(),
    text("certificate", "With `certificate`: PEM of the private key and the chain.").optional(),
    text("token_url", "With `oauth`.").optional(),
    text("oauth_client_id", "With `oauth`.").optional(),
    text("oauth_client_secret", "With `oauth`.").optional(),
    text("scope", "With `oauth`.").optional(),
];
const BODY: &[Entry] = &[one("webhook", "SandboxWebhookFields", "What to set up.")];
const TESTED: &[Entry] = &[
    boolean("is_accepted", "Whether the receiver answered 2xx."),
    text("outcome", "Its status, or why there is none."),
];
const FAILED: &[Entry] = &[
    text("action", "What it tells of its object; empty of a flat event."),
    time("ended_at", "When it was given up."),
    text("event", "Its type."),
    text("id", "Its `webhook-id`."),
    time("made_at", "When the change was made."),
    text("outcome", "What came of the last try."),
    integer("tries", "How many there were."),
];
const AGAIN: &[Entry] = &[text("id", "A `webhook-id`; absent: all that failed.").optional()];
const COUNT: &[Entry] = &[integer("events", "How many are sent again.")];

crate::schemas! {
    /// A webhook.
    SandboxWebhook = entries(WEBHOOK);
    /// All webhooks of the client.
    SandboxWebhooksAnswer = list("webhooks", SandboxWebhook);
    /// A webhook that was just made.
    SandboxNewWebhook = entries(NEW; SandboxWebhook);
    /// What makes a webhook.
    SandboxWebhookFields = entries(FIELDS);
    /// `{"webhook":{...}}`
    SandboxWebhookBody = entries(BODY; SandboxWebhookFields);
    /// What a receiver said to a test.
    SandboxWebhookTested = entries(TESTED);
    /// `{"test":{...}}`
    SandboxWebhookTestAnswer = root("test", SandboxWebhookTested);
    /// An event that was given up.
    SandboxFailedEvent = entries(FAILED);
    /// Events that were given up, latest first.
    SandboxFailedEventsAnswer = list("events", SandboxFailedEvent);
    /// What to send again.
    SandboxRedeliverBody = entries(AGAIN);
    /// How many are sent again.
    SandboxRedeliverAnswer = entries(COUNT);
}

/// Every path of this part.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(failed))
        .routes(routes!(redeliver))
        .routes(routes!(remove))
        .routes(routes!(test))
}

/// List webhooks
///
/// List the webhooks of the client whose key is sent.
#[utoipa::path(get, path = "/sandbox/webhooks",
    responses((status = 200, description = "The webhooks", body = SandboxWebhooksAnswer)))]
async fn list(State(app): State<App>, Sandbox(client): Sandbox, _call: Call) -> Result<Answer, ApiError> {
    let all = app.engine().webhooks(&client).await?;
    Ok(Answer::ok(rooted("webhooks", 256, |out| array(out, &all, render))))
}

/// Add a webhook
///
/// Make a webhook, or replace the one of its type. Every type of events has one URL.
#[utoipa::path(post, path = "/sandbox/webhooks",
    request_body(content = SandboxWebhookBody, content_type = "application/json"),
    responses((status = 200, description = "The webhook and its secret", body = SandboxNewWebhook)))]
async fn add(
    State(app): State<App>,
    Sandbox(client): Sandbox,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    let (event, url, proof) = call.json()?.read_partner("webhook", wanted)?;
    let (info, secret) = app.engine().add_webhook(&audit, &client, event, &url, &proof).await?;
    let mut out = Vec::with_capacity(512);
    let mut body = Object::open(&mut out);
    body.text("secret", secret.expose());
    render(body.key("webhook"), &info);
    body.close();
    Ok(Answer::ok(out))
}

/// Remove a webhook
///
/// Remove a webhook; its events, sent or not, go with it.
#[utoipa::path(delete, path = "/sandbox/webhooks/{event}",
    params(("event" = String, Path, description = "The type of events")),
    responses((status = 204, description = "It is gone")))]
async fn remove(
    State(app): State<App>,
    Sandbox(client): Sandbox,
    Params(event): Params<String>,
    Audit(audit): Audit,
    _call: Call,
) -> Result<Answer, ApiError> {
    app.engine().remove_webhook(&audit, &client, named(&event)?).await?;
    Ok(Answer::none())
}

/// Test a webhook
///
/// Send an event that tells nothing, once, and say what the receiver answered.
#[utoipa::path(post, path = "/sandbox/webhooks/{event}/test",
    params(("event" = String, Path, description = "The type of events")),
    responses((status = 200, description = "What came of it", body = SandboxWebhookTestAnswer)))]
async fn test(
    State(app): State<App>,
    Sandbox(client): Sandbox,
    Params(event): Params<String>,
    _call: Call,
) -> Result<Answer, ApiError> {
    let Tested { is_accepted, outcome } = app.engine().test_webhook(&client, named(&event)?).await?;
    Ok(Answer::ok(rooted("test", 128, |out| {
        let mut object = Object::open(out);
        object.flag("is_accepted", is_accepted);
        object.text("outcome", &outcome);
        object.close();
    })))
}

/// List failed events
///
/// List events that were given up within the last seven days, latest first, 100 at most.
#[utoipa::path(get, path = "/sandbox/webhooks/failed",
    responses((status = 200, description = "The events", body = SandboxFailedEventsAnswer)))]
async fn failed(State(app): State<App>, Sandbox(client): Sandbox, _call: Call) -> Result<Answer, ApiError> {
    let all = app.engine().failed_events(&client, FAILED_MAX).await?;
    Ok(Answer::ok(rooted("events", 1024, |out| array(out, &all, render_failed))))
}

/// Redeliver events
///
/// Send an event once more, or all that failed.
#[utoipa::path(post, path = "/sandbox/webhooks/redeliver",
    request_body(content = SandboxRedeliverBody, content_type = "application/json"),
    responses((status = 200, description = "How many", body = SandboxRedeliverAnswer)))]
async fn redeliver(
    State(app): State<App>,
    Sandbox(client): Sandbox,
    Audit(audit): Audit,
    call: Call,
) -> Result<Answer, ApiError> {
    let body = call.json()?;
    let id = if body.is_none() {
        None
    } else {
        body.read_whole(|fields| Ok(fields.text("id", CHARS_MAX)?.optional()))?
    };
    let count = app.engine().send_again(&audit, &client, id.as_deref()).await?;
    Ok(Answer::ok(rooted("events", 16, |out| push_int(out, count.cast_signed()))))
}

fn named(event: &str) -> Result<EventType, ApiError> {
    EventType::from_name(event).ok_or_else(|| ApiError::not_found("webhook"))
}

fn wanted(fields: &Fields) -> Result<(EventType, String, Proof), ApiError> {
    let names: Vec<&'static str> = EventType::ALL.iter().map(|event| event.name()).collect();
    let event = fields.one_of("event", &names)?.required()?;
    let event = EventType::from_name(event).ok_or_else(|| ApiError::missing("event"))?;
    let url = fields.text("url", CHARS_MAX)?.required()?;
    let required = |name| fields.text(name, PEM_CHARS_MAX)?.required();
    let secret = |name| Ok::<_, ApiError>(SecretText::new(required(name)?));
    let proof = match fields.one_of("auth", &Proof::KINDS)?.optional() {
        None | Some("none") => Proof::None,
        Some("basic") => Proof::Basic { user: required("user")?, password: secret("password")? },
        Some("certificate") => Proof::Certificate { pem: secret("certificate")? },
        Some(_) => Proof::OAuth {
            token_url: required("token_url")?,
            client_id: required("oauth_client_id")?,
            client_secret: secret("oauth_client_secret")?,
            scope: fields.text("scope", CHARS_MAX)?.optional(),
        },
    };
    Ok((event, url, proof))
}

fn render(out: &mut Vec<u8>, info: &WebhookInfo) {
    let mut object = Object::open(out);
    object.text("auth", &info.auth);
    object.z("created_at", Some(info.created_at));
    object.text("event", info.event.name());
    object.flag("is_on", info.is_on);
    object.z("updated_at", Some(info.updated_at));
    object.text("url", &info.url);
    object.close();
}

fn render_failed(out: &mut Vec<u8>, event: &FailedEvent) {
    let mut object = Object::open(out);
    object.text("action", event.action.name());
    object.z("ended_at", event.ended_at);
    object.text("event", event.event.name());
    object.text("id", &event.id);
    object.z("made_at", Some(event.made_at));
    object.text("outcome", &event.outcome);
    object.int("tries", event.tries.into());
    object.close();
}
