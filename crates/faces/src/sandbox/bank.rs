//! The sandbox's banks by OAuth, over HTTP on this server's own listener (`spec: sandbox, 1`): the page where a user
//! allows, the tokens (RFC 6749, 5; RFC 7636), and the data for whoever has one.
use crate::{
    app::App,
    body,
    call::Answer,
    error::ApiError,
    html::{Page, escaped, redirect},
    query::Query,
};
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::secret::SecretText;
use engine::oauth::{BankError, BankRequest, BankTokens};
use http::{HeaderValue, StatusCode, Uri, header};
use serde_json::json;
use std::fmt::Write;
use utoipa_axum::router::OpenApiRouter;
use zeroize::Zeroizing;

/// The paths, for counts and log lines.
pub(crate) const PATHS: &[&str] =
    &["/sandbox/oauth/authorize", "/sandbox/oauth/token", "/sandbox/oauth/step"];

/// What a user may decide: the value of the form, and what the page calls it.
const DECISIONS: [(&str, &str); 7] = [
    ("allow", "Allow"),
    ("cancelled", "Cancel"),
    ("denied", "Deny"),
    ("impeded", "The bank needs the user's attention"),
    ("provider_error", "The bank fails"),
    ("server_error", "The bank's server fails"),
    ("session_error", "The session at the bank is over"),
];
/// Bytes of a form.
const FORM_BYTES_MAX: usize = 64 << 10;
/// Characters of a user name or password, and of a state.
const CHARS_MAX: usize = 255;

/// Every path.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route("/sandbox/oauth/authorize", get(page).post(decide))
        .route("/sandbox/oauth/token", post(tokens))
        .route("/sandbox/oauth/step", post(step))
}

/// The pairs of a query or form; of equal names the last counts.
struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    fn of_bytes(bytes: &[u8]) -> Self {
        let pairs = url::form_urlencoded::parse(bytes);
        Self(pairs.map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned()))).collect())
    }

    fn get(&self, name: &str) -> &str {
        self.0.iter().rev().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }
}

fn is_there(app: &App) -> Result<(), ApiError> {
    if app.engine().is_sandbox() { Ok(()) } else { Err(ApiError::path_not_found()) }
}

fn own_redirect_uri(app: &App) -> String {
    format!("{}/oauth/redirect_from", app.public_url())
}

/// What the query asks the user to allow; the text says what is wrong with it.
fn request_of(app: &App, query: &Query) -> Result<BankRequest, &'static str> {
    let given = |name| query.get(name).unwrap_or_default();
    if given("response_type") != "code" {
        return Err("response_type must be code");
    }
    if given("redirect_uri") != own_redirect_uri(app) {
        return Err("redirect_uri is not that of this client");
    }
    if !app.engine().is_bank_by_oauth(given("client_id")) {
        return Err("client_id is unknown");
    }
    if given("code_challenge_method") != "S256" || given("code_challenge").len() != 43 {
        return Err("a code_challenge by S256 is needed");
    }
    Ok(BankRequest {
        client_id: given("client_id").to_owned(),
        redirect_uri: given("redirect_uri").to_owned(),
        challenge: given("code_challenge").to_owned(),
    })
}

fn refused(app: &App, what: &str) -> Response {
    let body = format!("<p role=\"alert\">{}</p><p>Go back to your app and begin again.</p>", escaped(what));
    Page { status: StatusCode::BAD_REQUEST, title: "The bank cannot go on", body, message: None }
        .response(app.engine().entropy())
}

/// The page where the user decides.
async fn page(State(app): State<App>, uri: Uri) -> Result<Response, ApiError> {
    is_there(&app)?;
    let query = Query::of(&uri);
    let request = match request_of(&app, &query) {
        Ok(request) => request,
        Err(what) => return Ok(refused(&app, what)),
    };
    let state = query.get("state").unwrap_or_default();
    if !(1..=CHARS_MAX).contains(&state.len()) {
        return Ok(refused(&app, "a state is needed"));
    }
    let mut options = String::new();
    for (value, text) in DECISIONS {
        // Writing to a String cannot fail.
        let _ = write!(options, "<option value=\"{value}\">{text}</option>");
    }
    let body = format!(
        "<p>A bank of the sandbox, <code>{}</code>. An app asks for your accounts and transactions.</p>\
         <form method=\"post\"><input type=\"hidden\" name=\"state\" value=\"{}\">\
         <label for=\"username\">User name</label>\
         <input id=\"username\" name=\"username\" value=\"mxuser\" autocomplete=\"off\" autocapitalize=\"none\">\
         <label for=\"password\">Password</label>\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"off\">\
         <label for=\"decision\">Decision</label><select id=\"decision\" name=\"decision\">{options}</select>\
         <button type=\"submit\">Continue</button></form>",
        escaped(&request.client_id),
        escaped(state)
    );
    let page = Page { status: StatusCode::OK, title: "Connect your bank", body, message: None };
    Ok(page.response(app.engine().entropy()))
}

/// What the user decided: back to where the request came from.
async fn decide(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    is_there(&app)?;
    let (parts, body) = request.into_parts();
    let form = Form::of_bytes(&body::read(body, FORM_BYTES_MAX).await?);
    let (state, decision) = (form.get("state"), form.get("decision"));
    let query = Query::of(&parts.uri);
    let request = if query.get("client_id").is_some() {
        request_of(&app, &query)
    } else {
        // Posted without the page's query: the bank remembers what the state was for.
        let known = app.engine().bank_request_of(state).await?;
        known
            .map(|(client_id, challenge)| BankRequest {
                client_id,
                challenge,
                redirect_uri: own_redirect_uri(&app),
            })
            .ok_or("the state is unknown")
    };
    let request = match request {
        Ok(request) if (1..=CHARS_MAX).contains(&state.len()) => request,
        Ok(_) => return Ok(refused(&app, "a state is needed")),
        Err(what) => return Ok(refused(&app, what)),
    };
    if !DECISIONS.iter().any(|(value, _)| *value == decision) {
        return Ok(refused(&app, "the decision is none of those offered"));
    }
    let mut answer = url::form_urlencoded::Serializer::new(String::new());
    answer.append_pair("state", state);
    if decision == "allow" {
        let (username, password) = (form.get("username"), form.get("password"));
        let fits = |text: &str| (1..=CHARS_MAX).contains(&text.chars().count());
        if !fits(username) || !fits(password) {
            return Ok(refused(&app, "a user name and a password of at most 255 characters are needed"));
        }
        let code =
            app.engine().bank_code(&request, &SecretText::new(username), &SecretText::new(password))?;
        answer.append_pair("code", code.expose());
    } else {
        answer.append_pair("error", decision);
    }
    let location = format!("{}?{}", request.redirect_uri, answer.finish());
    redirect(&location).ok_or_else(ApiError::internal)
}

/// Tokens for a code or a refresh token.
async fn tokens(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    is_there(&app)?;
    let form = Form::of_bytes(&body::read(request.into_body(), FORM_BYTES_MAX).await?);
    let engine = app.engine();
    let tokens = match form.get("grant_type") {
        "authorization_code" => {
            let (code, verifier) = (form.get("code"), form.get("code_verifier"));
            engine.bank_redeem(code, verifier, form.get("client_id"), form.get("redirect_uri")).await
        }
        "refresh_token" => engine.bank_refresh(form.get("refresh_token"), form.get("client_id")).await,
        _ => return Ok(token_error("unsupported_grant_type")),
    };
    match tokens {
        Ok(tokens) => Ok(Answer::ok(token_body(&tokens)).into_response()),
        Err(BankError::Refused) => Ok(token_error("invalid_grant")),
        Err(BankError::Malformed) => Ok(token_error("invalid_request")),
        Err(BankError::Engine(error)) => Err(error.into()),
    }
}

fn token_body(tokens: &BankTokens) -> String {
    json!({
        "access_token": tokens.access.expose(),
        "expires_in": tokens.expires_in,
        "refresh_token": tokens.refresh.expose(),
        "sub": tokens.login.expose(),
        "token_type": "Bearer",
    })
    .to_string()
}

fn token_error(error: &'static str) -> Response {
    own_error(StatusCode::BAD_REQUEST, error)
}

/// An error by RFC 6749, which is not of the form of ours.
fn own_error(status: StatusCode, error: &'static str) -> Response {
    let media = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, media)], json!({"error": error}).to_string()).into_response()
}

/// The next step of a conversation, for whoever has an access token.
async fn step(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    is_there(&app)?;
    let (parts, body) = request.into_parts();
    let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let body = body::read(body, app.settings().limits.body_bytes_max).await?;
    match app.engine().bank_step(token, &body).await {
        Ok(answer) => Ok(Answer::ok(answer).into_response()),
        Err(BankError::Refused) => {
            let mut response = own_error(StatusCode::UNAUTHORIZED, "invalid_token");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            Ok(response)
        }
        Err(BankError::Malformed) => Ok(own_error(StatusCode::BAD_REQUEST, "invalid_request")),
        Err(BankError::Engine(error)) => Err(error.into()),
    }
}
