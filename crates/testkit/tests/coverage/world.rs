//! People of the tests, and calls on their behalf.
use crate::endpoints::{Endpoint, Guard};
use axum::body::Body;
use domain::{secret::SecretText, webhook::EventType};
use engine::{
    Call,
    client::{Client, ClientSettings},
    user::UserPatch,
};
use http::HeaderMap;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use store::users::User;
use testkit::{
    App,
    app::{API_KEY, CLIENT_ID, MXBANK, Session},
    request::HERE,
};

/// The other client of the service.
pub(crate) const OTHER_CLIENT: &str = "neighbour";
/// Its API key.
pub(crate) const OTHER_KEY: &str = "key-of-the-neighbour-9876543210";
/// A default category.
const CATEGORY: &str = "CAT-7829f71c-2e8c-afa5-2f55-fa3634b89874";

/// A user with an open session, a member at rest and one that is challenged.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// The partner's id.
    pub(crate) id: String,
    pub(crate) user: User,
    pub(crate) session: Session,
    /// A fresh one-time token.
    pub(crate) api_token: String,
    pub(crate) member: String,
    pub(crate) job: String,
    pub(crate) challenged: String,
    pub(crate) challenge: String,
    /// A member that waits for a consent.
    pub(crate) pending: String,
    /// An account and a transaction, of a person who has data.
    pub(crate) account: String,
    pub(crate) transaction: String,
    /// A microdeposit without an account.
    pub(crate) deposit: String,
}

/// A user whose member failed and may be aggregated again at once; no data.
pub(crate) async fn person(app: &App, client: &Client, id: &str) -> Person {
    with_password(app, client, id, "SERVER_ERROR").await
}

/// A user whose member is connected, with accounts and transactions.
pub(crate) async fn person_with_data(app: &App, client: &Client, id: &str) -> Person {
    let person = with_password(app, client, id, "any").await;
    let read = async |path| app.get(path).token(&person.session.token).ok().await;
    let (accounts, transactions) = (read("/accounts").await, read("/transactions").await);
    let first = |list: &Value| list[0]["guid"].as_str().unwrap().to_owned();
    let (account, transaction) = (first(&accounts["accounts"]), first(&transactions["transactions"]));
    Person { account, transaction, ..person }
}

async fn with_password(app: &App, client: &Client, id: &str, password: &str) -> Person {
    let call = Call::new("operator", "test", "test");
    let engine = app.engine();
    let user = engine.create_user(&call, client.scope, id, UserPatch::default()).await.unwrap();
    app.adopt(user.clone());
    // A webhook that nothing is sent to: its port is closed.
    engine.admit("127.0.0.1:9".parse().unwrap()).unwrap();
    let (event, url) = (EventType::Goal, "http://127.0.0.1:9/");
    engine.add_webhook(&call, client, event, url, &engine::webhook::Proof::None).await.unwrap();
    let session = app.session(&user).await;
    let member = app.connected(&session, password).await;
    let challenged = app.connected(&session, "challenge").await;
    let job = app.job(&session, &challenged).await["guid"].as_str().unwrap().to_owned();
    let challenge = app.challenges(&session, &challenged).await[0]["guid"].as_str().unwrap().to_owned();
    // The answer is written one by one, too: the job can be resumed with it.
    let one = json!({"credential_guid": challenge, "value": "wrong"});
    app.post(&format!("/members/{challenged}/credentials")).token(&session.token).json(one).ok().await;
    let api_token = app.api_token(&user).await;
    let by_oauth = json!({"member": {"institution_code": "mx_bank_oauth"}});
    let made = app.post("/members").token(&session.token).json(by_oauth).ok().await;
    let pending = made["member"]["guid"].as_str().unwrap().to_owned();
    let (account, transaction) = (nobody("ACT"), nobody("TRN"));
    let id = id.to_owned();
    let deposit =
        json!({"micro_deposit": {"first_name": "Mary", "last_name": "Doe", "email": "mary@example.com"}});
    let deposit = app.post("/micro_deposits").token(&session.token).json(deposit).ok().await;
    let deposit = deposit["micro_deposit"]["guid"].as_str().unwrap().to_owned();
    Person {
        id,
        user,
        session,
        api_token,
        member,
        job,
        challenged,
        challenge,
        pending,
        account,
        transaction,
        deposit,
    }
}

/// Makes the other client.
pub(crate) async fn other_client(app: &App) -> Client {
    let (key, call) = (SecretText::new(OTHER_KEY), Call::new("operator", "test", "test"));
    let (engine, settings) = (app.engine(), ClientSettings::default());
    engine.create_client(&call, OTHER_CLIENT, "Neighbour", &settings, Some(&key)).await.unwrap().0
}

/// A guid of the right shape that nobody has.
pub(crate) fn nobody(prefix: &str) -> String {
    format!("{prefix}-11141024-90b3-1bce-cac9-c06ced52ab4c")
}

impl Person {
    /// The endpoint's path with what is this person's.
    pub(crate) fn path(&self, endpoint: &Endpoint, client_id: &str) -> String {
        let member = match endpoint.path {
            path if path.ends_with("/resume") => &self.challenged,
            path if path.ends_with("/oauth_window_uri") => &self.pending,
            _ => &self.member,
        };
        endpoint
            .path
            .replace("{client_id}", client_id)
            .replace("{id}", &self.id)
            .replace("{user_id}", &self.id)
            .replace("{member_guid}", member)
            .replace("{job_guid}", &self.job)
            .replace("{account_guid}", &self.account)
            .replace("{transaction_guid}", &self.transaction)
            .replace("{micro_deposit_guid}", &self.deposit)
            .replace("{institution_guid}", MXBANK)
            .replace("{category_guid}", CATEGORY)
            .replace("{event}", "goal")
    }

    /// Guids and the like that no answer to another user may hold.
    pub(crate) fn own(&self) -> Vec<String> {
        let guids = [
            &self.member,
            &self.job,
            &self.challenged,
            &self.challenge,
            &self.account,
            &self.transaction,
            &self.deposit,
            &self.pending,
        ];
        let mut own: Vec<String> = guids.into_iter().cloned().collect();
        own.push(self.user.guid.to_string());
        own
    }
}

/// The endpoint's path with what nobody has.
pub(crate) fn path_of_nobody(endpoint: &Endpoint, client_id: &str) -> String {
    let known = endpoint
        .path
        .replace("{client_id}", client_id)
        .replace("{id}", "nobody")
        .replace("{user_id}", "nobody");
    ["member", "job", "account", "transaction", "micro_deposit"].into_iter().fold(known, |path, name| {
        let prefix = match name {
            "member" => "MBR",
            "job" => "JOB",
            "account" => "ACT",
            "micro_deposit" => "MIC",
            _ => "TRN",
        };
        path.replace(&format!("{{{name}_guid}}"), &nobody(prefix))
    })
}

/// An answer as the caller sees it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Seen {
    /// The code of an error; 0 for an answer that is none.
    pub(crate) fn code(&self) -> u64 {
        serde_json::from_str::<Value>(&self.text)
            .ok()
            .and_then(|body| body["error"]["code"].as_u64())
            .unwrap_or(0)
    }

    pub(crate) fn request_id(&self) -> &str {
        self.headers["x-request-id"].to_str().unwrap()
    }
}

/// What a call proves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Proof<'a> {
    pub(crate) session: Option<&'a str>,
    pub(crate) api_token: Option<&'a str>,
    pub(crate) key: Option<&'a str>,
}

impl<'a> Proof<'a> {
    /// What the endpoint asks for, of this person and this key.
    pub(crate) fn rightful(endpoint: &Endpoint, person: &'a Person, key: &'a str) -> Self {
        let none = Self::default();
        match endpoint.guard {
            Guard::Public(_) => none,
            Guard::ApiToken => Self { api_token: Some(&person.api_token), ..none },
            Guard::Session => Self { session: Some(&person.session.token), ..none },
            Guard::Key | Guard::AnyKey => Self { key: Some(key), ..none },
        }
    }
}

/// Sends a call; unlike a [`testkit::Request`] it may answer 500.
pub(crate) async fn send(
    app: &App,
    method: &str,
    path: &str,
    proof: Proof<'_>,
    body: Option<String>,
) -> Seen {
    let mut request = http::Request::builder().method(method).uri(path);
    let named =
        [("md-session-token", proof.session), ("md-api-token", proof.api_token), ("md-api-key", proof.key)];
    for (name, value) in named {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let request = request.body(Body::from(body.unwrap_or_default())).unwrap();
    let (parts, body) = app.handle(request, Some(HERE)).await.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Seen { status: parts.status.as_u16(), headers: parts.headers, text }
}

/// The call as this person, or the server of the client of the application, rightly makes it.
pub(crate) async fn rightful(app: &App, endpoint: &Endpoint, person: &Person) -> Seen {
    let proof = Proof::rightful(endpoint, person, API_KEY);
    send(app, endpoint.method, &person.path(endpoint, CLIENT_ID), proof, body(endpoint, person)).await
}

/// The body that the endpoint takes.
pub(crate) fn body(endpoint: &Endpoint, person: &Person) -> Option<String> {
    endpoint.body.map(|body| body(person).to_string())
}

/// A body with the value of one credential.
pub(crate) fn one_credential(guid: &str, value: &str) -> Value {
    json!({"member": {"credentials": [{"credential_guid": guid, "value": value}]}})
}
