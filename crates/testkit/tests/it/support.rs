//! What the tests of several paths share.
use serde_json::{Value, json};
use testkit::{App, app::Session};

pub(crate) const NEXUS: &str = "application/vnd.mx.nexus.v1+json";
pub(crate) const API: &str = "application/vnd.mx.api.v1+json";
pub(crate) const BETA: &str = "application/vnd.mx.nexus.beta+json";
pub(crate) const OLD: &str = "application/vnd.moneydesktop.v1+json";
pub(crate) const JSON: &str = "application/json";

/// A guid of the right shape that nobody has.
pub(crate) fn nobody(prefix: &str) -> String {
    format!("{prefix}-11141024-90b3-1bce-cac9-c06ced52ab4c")
}

/// The guid of a body's object.
pub(crate) fn guid(body: &Value) -> String {
    body["guid"].as_str().unwrap_or_else(|| panic!("no guid: {body}")).to_owned()
}

/// Members of a list by one of their keys.
pub(crate) fn each<'a>(list: &'a Value, key: &str) -> Vec<&'a Value> {
    list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter().map(|item| &item[key]).collect()
}

/// Updates the member's credentials.
pub(crate) async fn new_password(app: &App, session: &Session, member: &str, password: &str) -> Value {
    let credentials = json!([{"credential_guid": testkit::app::PASSWORD, "value": password}]);
    update(app, session, member, json!({"credentials": credentials})).await
}

/// Updates the member.
pub(crate) async fn update(app: &App, session: &Session, member: &str, fields: Value) -> Value {
    let path = format!("/members/{member}");
    let body = json!({"member": fields});
    app.put(&path).token(&session.token).json(body).ok().await["member"].clone()
}

/// Asks for an aggregation of the member.
pub(crate) async fn aggregate(app: &App, session: &Session, member: &str) -> testkit::Response {
    app.get(&format!("/members/{member}/aggregate")).token(&session.token).send().await
}

/// A name of the member's status and whether a job runs.
pub(crate) async fn state(app: &App, session: &Session, member: &str) -> (String, bool) {
    let member = app.member(session, member).await;
    let status = member["connection_status"].as_str().unwrap_or("null").to_owned();
    (status, member["is_being_aggregated"] == true)
}

/// State as [`state`] gives it.
pub(crate) fn is(status: &str, runs: bool) -> (String, bool) {
    (status.to_owned(), runs)
}

/// Asserts that a secret is neither in the store nor in anything the service says of itself.
pub(crate) async fn stays_secret(app: &App, secret: &str) {
    assert!(!app.access_log().contains(secret), "in the access log");
    assert!(!testkit::capture::log().get().contains(secret), "in the log");
    let store = raw_store(app).await;
    assert!(!store.contains(secret) && !store.contains(&hex::encode(secret)), "in the store");
}

/// Every text and every byte of the store, as far as it can be read as text; bytes of PostgreSQL are hexadecimal.
pub(crate) async fn raw_store(app: &App) -> String {
    match app.database() {
        store::OpenOptions::Sqlite { path } => {
            let mut all = String::new();
            for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
                let path = file.unwrap().path();
                if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("store.sqlite")) {
                    all.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
                }
            }
            all
        }
        store::OpenOptions::Postgres { url, .. } => {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            let reading = async move {
                let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
                let mut all = String::new();
                for table in client.query(tables, &[]).await.unwrap() {
                    let table: String = table.get(0);
                    let rows = format!("SELECT t::text, row_to_json(t)::text FROM {table} t");
                    for row in client.query(&rows, &[]).await.unwrap() {
                        let text: String = row.get(0);
                        all.push_str(&text);
                        all.push('\n');
                    }
                }
                all
            };
            let (all, ended) = tokio::join!(reading, connection);
            ended.unwrap();
            all
        }
    }
}

/// A connected member at a sandbox institution whose credentials share its uuid (`spec: sandbox, 1`).
pub(crate) async fn member_at(app: &App, session: &Session, code: &str, login: &str) -> String {
    let of = |first: &str| {
        let rest = match code {
            "mxcu" => "61fa-4c38-8e05-7a13cf2069d4",
            "sandbox_ca" => "0d92-4b6f-a4e3-19f86b2d705c",
            "sandbox_basic" => "f325-47ca-b91d-02c64a8e73f1",
            other => panic!("{other} has credentials of its own"),
        };
        format!("CRD-{first}-{rest}")
    };
    let credentials = json!([
        {"credential_guid": of("10000001"), "value": login},
        {"credential_guid": of("10000002"), "value": "any"},
    ]);
    let member = json!({"member": {"institution_code": code, "credentials": credentials}});
    let made = app.post("/members").token(&session.token).json(member).ok().await;
    app.pass(5).await;
    guid(&made["member"])
}

/// Asks for a job of the member by the end of a path, and lets it run.
pub(crate) async fn run(app: &App, session: &Session, member: &str, what: &str) {
    app.post(&format!("/members/{member}/{what}")).token(&session.token).ok().await;
    app.pass(5).await;
    assert_eq!(state(app, session, member).await, is("CONNECTED", false), "{what}");
}

/// A list by its path and root.
pub(crate) async fn list(app: &App, session: &Session, path: &str, root: &str) -> Vec<Value> {
    let body = app.get(path).token(&session.token).ok().await;
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), [root]);
    body[root].as_array().unwrap().clone()
}
