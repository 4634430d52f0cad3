//! Microdeposits (`spec: nexus-core, 8`).
mod create;
mod delete;
mod provider;
mod read;
mod update;

use crate::support::guid;
use domain::{enums::MicroDepositStatus as Status, guid::MicroDepositGuid};
use engine::client::ClientSettings;
use serde_json::{Value, json};
use testkit::{
    App,
    app::{Session, Setup},
};

const ROUTING: &str = "991234561";

/// What a create takes, without an account.
fn person() -> Value {
    json!({"first_name": "John", "last_name": "Doe", "email": "fake.email@mxexample.com"})
}

/// What a create takes for this account.
fn to(account_number: &str) -> Value {
    let mut body = person();
    body["account_number"] = json!(account_number);
    body["routing_number"] = json!(ROUTING);
    body["account_type"] = json!(1);
    body
}

async fn create(app: &App, session: &Session, body: Value) -> Value {
    let answer =
        app.post("/micro_deposits").token(&session.token).json(json!({"micro_deposit": body})).ok().await;
    answer["micro_deposit"].clone()
}

/// A microdeposit to this account, as it was made.
async fn made(app: &App, session: &Session, account_number: &str) -> String {
    let deposit = create(app, session, to(account_number)).await;
    assert_eq!(deposit["status_name"], "INITIATED");
    guid(&deposit)
}

/// One whose amounts are in the account.
async fn deposited(app: &App, session: &mut Session) -> String {
    let deposit = made(app, session, "7331").await;
    app.pass(86_400).await;
    let user = app.engine().user_of_client(app.client.scope, "U-1").await.unwrap();
    *session = app.session(&user).await;
    assert_eq!(status(app, session, &deposit).await, "DEPOSITED");
    deposit
}

async fn read(app: &App, session: &Session, deposit: &str) -> Value {
    app.get(&format!("/micro_deposits/{deposit}")).token(&session.token).ok().await["micro_deposit"].clone()
}

async fn status(app: &App, session: &Session, deposit: &str) -> String {
    read(app, session, deposit).await["status_name"].as_str().unwrap().to_owned()
}

/// The status in the store, where nobody has asked the provider.
async fn stored(app: &App, deposit: &str) -> Status {
    let user = app.engine().user_of_client(app.client.scope, "U-1").await.unwrap();
    let deposit: MicroDepositGuid = deposit.parse().unwrap();
    app.engine().db().micro_deposit(user.scope, deposit).await.unwrap().unwrap().status
}

async fn amounts(app: &App, session: &Session, deposit: &str, one: Value, two: Value) -> testkit::Response {
    let body = json!({"deposit_amount_1": one, "deposit_amount_2": two});
    app.put(&format!("/micro_deposits/{deposit}")).token(&session.token).json(body).send().await
}

async fn with_client(client: ClientSettings) -> (App, Session) {
    let app = App::sqlite_with(Setup { client, ..Setup::default() }).await;
    let session = app.new_session().await;
    (app, session)
}
