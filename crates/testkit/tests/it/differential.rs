//! The same history on SQLite and PostgreSQL, with the same clock and seed, gives the same answers byte by byte.
use crate::support::raw_store;
use connectors::ofx;
use serde_json::{Value, json};
use testkit::{
    App, Request,
    app::{LOGIN, PASSWORD, Session, credentials},
};

/// A history on one database, and every answer in it.
struct History<'a> {
    app: &'a App,
    session: Session,
    answers: Vec<String>,
}

impl History<'_> {
    async fn send(&mut self, request: Request<'_>) -> Value {
        let answer = request.send().await;
        self.answers.push(format!("{answer:?}\n{} {}", answer.media(), answer.text()));
        serde_json::from_slice(&answer.bytes).unwrap_or_default()
    }

    async fn get(&mut self, path: &str) -> Value {
        let (app, token) = (self.app, self.session.token.clone());
        self.send(app.get(path).token(&token)).await
    }

    async fn write(&mut self, method: &str, path: &str, body: Value) -> Value {
        let (app, token) = (self.app, self.session.token.clone());
        self.send(app.request(method, path).token(&token).json(body)).await
    }

    async fn log_in(&mut self, user: &str, skip_aggregation: bool) {
        let app = self.app;
        let token = self.send(app.get(&format!("/sso/partner/users/{user}/api_token")).key()).await;
        let token = token["api_token"]["token"].as_str().unwrap().to_owned();
        let body = json!({"session": {"skip_aggregation": skip_aggregation}});
        let opened = self.send(app.post("/sessions").api_token(&token).json(body)).await;
        self.session = Session { token: opened["session"]["token"].as_str().unwrap().to_owned() };
    }

    async fn connect(&mut self, login: &str, password: &str) -> String {
        let body =
            json!({"member": {"institution_code": "mxbank", "credentials": credentials(login, password)}});
        let made = self.write("POST", "/members", body).await;
        made["member"]["guid"].as_str().unwrap_or_default().to_owned()
    }

    /// Everything that can be read now.
    async fn look(&mut self) {
        for path in ["/user", "/members", "/accounts", "/accounts?page=2&records_per_page=10", "/categories"]
        {
            self.get(path).await;
        }
        let accounts = self.get("/accounts").await;
        let accounts: Vec<Value> = accounts["accounts"].as_array().cloned().unwrap_or_default();
        for query in [
            "",
            "?page=2&records_per_page=100",
            "?from_date=2025-12-20&to_date=2026-01-02&records_per_page=1000",
            "?use_case=MONEY_MOVEMENT",
            ".json?page=3",
        ] {
            self.get(&format!("/transactions{query}")).await;
        }
        for account in accounts.iter().take(3) {
            let guid = account["guid"].as_str().unwrap();
            self.get(&format!("/accounts/{guid}/transactions?records_per_page=50")).await;
            self.get(&format!("/transactions?account_guids[]={guid}&to_date=2025-12-31")).await;
        }
        let members = self.get("/members").await;
        for member in members["members"].as_array().unwrap() {
            let guid = member["guid"].as_str().unwrap();
            self.get(&format!("/members/{guid}/challenges")).await;
            self.get(&format!("/members/{guid}/transactions")).await;
            if let Some(job) = member["most_recent_job_guid"].as_str() {
                self.get(&format!("/jobs/{job}")).await;
                self.get(&format!("/jobs/{job}/mfa_credentials")).await;
            }
        }
    }

    async fn answer(&mut self, member: &str, value: &str) {
        let open = self.get(&format!("/members/{member}/challenges")).await;
        let answers: Vec<Value> = open["challenges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| json!({"guid": c["guid"], "value": value}))
            .collect();
        self.write("PUT", &format!("/members/{member}/resume"), json!({"challenges": answers})).await;
    }
}

/// Users and the first members.
async fn begin(h: &mut History<'_>) -> Vec<String> {
    for (id, name) in [("U-1", "Zoë"), ("U-2", "Æsc")] {
        let body =
            json!({"user": {"id": id, "first_name": name, "birthdate": "1990-02-28", "metadata": "é"}});
        h.send(h.app.post("/live/partner/users").key().json(body)).await;
    }
    h.send(h.app.post("/live/partner/users").key().json(json!({"user": {"id": "U-1"}}))).await;
    h.log_in("U-2", true).await;
    h.connect("mxuser", "x").await;
    h.log_in("U-1", false).await;
    let mut members = Vec::new();
    for (tag, word) in ["x", "challenge", "two_step", "DENIED", "BAD_REQUEST", "slow"].into_iter().enumerate()
    {
        members.push(h.connect(&format!("mxuser.{tag}"), word).await);
        h.app.pass(1).await;
    }
    h.connect("mxuser.0", "again").await;
    h.look().await;
    members
}

async fn live_on(h: &mut History<'_>, members: &[String]) {
    h.answer(&members[1], "correct").await;
    h.answer(&members[2], "email").await;
    h.app.pass(20).await;
    h.answer(&members[2], "wrong").await;
    h.get("/members/aggregate").await;
    h.app.pass(20).await;
    let patch = json!({"name": "Ours", "external_guid": "M-1", "metadata": "it's \"here\""});
    h.write("PUT", &format!("/members/{}", members[0]), json!({"member": patch})).await;
    h.write("PUT", &format!("/members/{}", members[1]), json!({"external_guid": "M-1"})).await;
    let given = json!({"credentials": [{"credential_guid": PASSWORD, "value": "many"}]});
    h.write("PUT", &format!("/members/{}", members[3]), given).await;
    let given = json!({"credentials": [{"credential_guid": LOGIN, "value": "mxuser.0"}]});
    h.write("PUT", &format!("/members/{}", members[4]), given).await;
    h.app.pass(950).await;
    h.write("DELETE", &format!("/members/{}", members[1]), json!(null)).await;
    h.connect("mxuser.1", "x").await;
    h.app.pass(5).await;
    h.look().await;
    h.app.pass(3 * 86_400).await;
    h.get("/user").await;
    h.log_in("U-1", false).await;
    h.app.pass(60).await;
    h.look().await;
}

async fn import(h: &mut History<'_>) {
    let user = h.app.engine().user_of_client(h.app.client.scope, "U-1").await.unwrap();
    for (count, seed) in [(60, 1), (60, 1), (80, 1)] {
        let report = h.app.import(&user, &ofx::generate(2, count, seed)).await;
        h.answers.push(format!("{report:?}"));
    }
    h.get("/transactions?from_date=2023-01-01&to_date=2030-01-01&records_per_page=1000").await;
    h.look().await;
}

async fn end(h: &mut History<'_>) {
    h.app.restart().await;
    h.look().await;
    h.send(h.app.put("/live/partner/users/U-1").key().json(json!({"user": {"is_disabled": true}}))).await;
    h.get("/user").await;
    h.send(h.app.put("/live/partner/users/U-1").key().json(json!({"user": {"is_disabled": false}}))).await;
    h.log_in("U-1", true).await;
    h.look().await;
    h.send(h.app.delete("/live/partner/users/U-2").key()).await;
    h.app.pass(20 * 86_400).await;
    h.app.engine().sweep().await.unwrap();
    h.send(h.app.get("/live/partner/users/U-2").key()).await;
    h.log_in("U-1", false).await;
    h.app.pass(60).await;
    h.look().await;
}

async fn history(app: &App) -> Vec<String> {
    let mut h = History { app, session: Session { token: String::new() }, answers: Vec::new() };
    let members = begin(&mut h).await;
    live_on(&mut h, &members).await;
    import(&mut h).await;
    end(&mut h).await;
    h.answers
}

/// Asserts that the answers are the same, and shows where they are not.
#[track_caller]
fn same(expected: &[String], found: &[String]) {
    for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
        let differs = expected.bytes().zip(found.bytes()).position(|(a, b)| a != b);
        let differs = differs.unwrap_or(expected.len().min(found.len()));
        if expected != found {
            let call = expected.lines().next().unwrap_or_default();
            let around =
                |text: &str| -> String { text.chars().skip(differs.saturating_sub(300)).take(600).collect() };
            let call: String = call.chars().take(80).collect();
            panic!("answer {at}, {call}:\n{}\n{}", around(expected), around(found));
        }
    }
    assert_eq!(found.len(), expected.len());
}

#[tokio::test]
async fn the_same_history_on_both_databases() {
    let sqlite = App::sqlite().await;
    let expected = history(&sqlite).await;
    assert!(expected.len() > 250, "{}", expected.len());
    if let Some(postgres) = App::postgres().await {
        same(&expected, &history(&postgres).await);
        assert!(!raw_store(&postgres).await.contains("mxuser.0"));
    } else {
        same(&expected, &history(&App::sqlite().await).await);
    }
}
