//! The steps of the demo.
use super::show;
use crate::{
    commands::{self, Command, Reply, Service},
    http_client, machine, print,
    serve::SANDBOX_CLIENT,
    tables,
};
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use domain::secret::SecretText;
use http::{Request, header};
use http_body_util::Full;
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{net::TcpStream, time::Instant};

/// A statement of a made-up credit union.
const STATEMENT: &[u8] = include_bytes!("../../data/riverside.ofx");
const STATEMENT_NAME: &str = "crates/tributary/data/riverside.ofx";
/// Days that hold the statement.
const STATEMENT_DAYS: &str = "from_date=2026-01-01&to_date=2026-01-31";
const BETWEEN_POLLS: Duration = Duration::from_millis(250);
const POLL_MAX: Duration = Duration::from_secs(60);
const CALL_MAX: Duration = Duration::from_secs(30);
/// Transactions that are printed.
const TRANSACTIONS_SHOWN: usize = 12;

/// One walk through all steps.
pub(super) struct Walk {
    service: Service,
    address: SocketAddr,
    api_key: SecretText,
    data_dir: String,
    /// The partner's id of the user.
    user: String,
    session: SecretText,
}

/// The header that says who calls, with the name of the shell variable that is shown in place of its value.
#[derive(Clone, Copy)]
struct By<'a>(&'static str, &'static str, &'a SecretText);

impl Walk {
    /// A walk for a user of its own.
    pub(super) fn new(service: Service, address: SocketAddr, api_key: SecretText, data_dir: String) -> Self {
        let id: String = machine::random_name().chars().take(6).collect();
        let (user, session) = (format!("jane-{id}"), SecretText::new(""));
        Self { service, address, api_key, data_dir, user, session }
    }

    /// All steps; the first that fails ends it. `is_over`: the server ends with them.
    pub(super) async fn all(mut self, is_over: bool) -> Result<()> {
        print(&format!(
            "A server with the sandbox runs on http://{address}. To follow along in another terminal:\n  \
             export URL=http://{address} API_KEY={key}\n",
            address = self.address,
            key = self.api_key.expose()
        ));
        self.open_session().await.context("opening a session")?;
        let member = self.connect_bank().await.context("connecting a bank")?;
        self.answer_question(&member).await.context("answering the bank's question")?;
        self.read_money().await.context("reading accounts and transactions")?;
        self.import_statement().await.context("importing a statement")?;
        if is_over {
            print("\nDone: all of it came back as it should.\n");
            return Ok(());
        }
        print(&format!(
            "\nThe server goes on serving; Ctrl-C ends it. To go on with this session (it ends after 30 idle minutes):\n  \
             export URL=http://{address} SESSION={session}\n  curl \"$URL/user\" -H \"MD-SESSION-TOKEN: $SESSION\"\n  \
             open http://{address}/docs\n  tributary --data-dir {dir} user show {user}\n",
            address = self.address,
            session = self.session.expose(),
            dir = self.data_dir,
            user = self.user
        ));
        Ok(())
    }

    async fn open_session(&mut self) -> Result<()> {
        step("The partner's server makes a user (Real Time)");
        let key = By("MD-API-KEY", "API_KEY", &self.api_key);
        let body = json!({"user": {"first_name": "Jane", "id": self.user}});
        let path = format!("/live/{SANDBOX_CLIENT}/users");
        self.call("POST", &path, key, Some(&body), &["user", "guid", "id", "first_name"]).await?;

        step("It asks for a one-time token for that user (SSO)");
        let path = format!("/sso/{SANDBOX_CLIENT}/users/{}/api_token", self.user);
        let answer = self.call("GET", &path, key, None, &[]).await?;
        let token = SecretText::new(text(&answer, "/api_token/token")?);

        step("The user's app opens a session with it (Nexus)");
        let by = By("MD-API-TOKEN", "API_TOKEN", &token);
        let answer = self.call("POST", "/sessions", by, None, &[]).await?;
        self.session = SecretText::new(text(&answer, "/session/token")?);
        Ok(())
    }

    async fn connect_bank(&self) -> Result<String> {
        step("The app looks for the user's bank, and what the bank asks for");
        let body = json!({"institution": {"name": "mx bank"}});
        let keys = ["institutions", "code", "guid", "name"];
        let answer = self.call("POST", "/institutions/search", self.by(), Some(&body), &keys).await?;
        let found = list(&answer, "institutions")?.iter().find(|found| found["code"] == "mxbank");
        let institution = text(found.context("the sandbox has no institution mxbank")?, "/guid")?;
        let path = format!("/institutions/{institution}/credentials");
        let keys = ["credentials", "field_name", "guid", "label"];
        let answer = self.call("GET", &path, self.by(), None, &keys).await?;

        step("It connects the bank; the sandbox takes the password `challenge` as: ask a question first");
        let values = |name: &str| if name == "PASSWORD" { "challenge" } else { "mxuser" };
        let credentials = list(&answer, "credentials")?.iter().map(|credential| {
            let name = credential["field_name"].as_str().unwrap_or_default();
            json!({"credential_guid": credential["guid"], "value": values(name)})
        });
        let credentials: Vec<Value> = credentials.collect();
        let body = json!({"member": {"credentials": credentials, "institution_guid": institution}});
        let answer = self.call("POST", "/members", self.by(), Some(&body), MEMBER).await?;
        text(&answer, "/member/guid")
    }

    async fn answer_question(&self, member: &str) -> Result<()> {
        step("It polls until the bank asks");
        let path = format!("/members/{member}");
        let answer = self.poll(&path, |member| member["connection_status"] == "CHALLENGED").await?;
        let job = text(&answer, "/member/most_recent_job_guid")?;

        step("It reads the question: as a challenge, and, as older apps do, as a credential of the job");
        let challenges = format!("{path}/challenges");
        let answer = self.call("GET", &challenges, self.by(), None, &[]).await?;
        let job = format!("/jobs/{job}/mfa_credentials");
        let keys = ["credentials", "guid", "label", "field_type_name", "mfa"];
        self.call("GET", &job, self.by(), None, &keys).await?;

        step("The user answers `correct`, and the app polls until all data is there");
        let answers = list(&answer, "challenges")?.iter();
        let answers: Vec<Value> =
            answers.map(|challenge| json!({"guid": challenge["guid"], "value": "correct"})).collect();
        let body = json!({ "challenges": answers });
        self.call("PUT", &format!("{path}/resume"), self.by(), Some(&body), MEMBER).await?;
        let done = |member: &Value| {
            member["connection_status"] == "CONNECTED" && member["is_being_aggregated"] == false
        };
        self.poll(&path, done).await.map(drop)
    }

    async fn read_money(&self) -> Result<()> {
        step("Accounts and the latest transactions");
        let (accounts, transactions) = ("/accounts", "/transactions");
        let keys = ["accounts", "name", "balance"];
        let answer = self.call("GET", accounts, self.by(), None, &keys).await?;
        let all = list(&answer, "accounts")?;
        if all.is_empty() {
            bail!("the bank was connected, but there is no account");
        }
        print(&show::accounts(all));
        let keys = ["transactions", "date", "description", "amount", "pagination", "total_entries"];
        let answer = self.call("GET", transactions, self.by(), None, &keys).await?;
        let all = list(&answer, "transactions")?;
        if all.is_empty() {
            bail!("the bank was connected, but there is no transaction");
        }
        print(&show::transactions(all, TRANSACTIONS_SHOWN));
        Ok(())
    }

    async fn import_statement(&self) -> Result<()> {
        step("The operator imports a statement file of another bank for the same user");
        print(&format!(
            "  $ tributary --data-dir {} import --user {} {STATEMENT_NAME}\n",
            self.data_dir, self.user
        ));
        let command = Command::Import {
            user: self.user.clone(),
            client_id: Some(SANDBOX_CLIENT.to_owned()),
            create_user: false,
            dry_run: false,
        };
        let reply = commands::execute(&self.service, command, STATEMENT, &mut |_, _| {}).await;
        let Reply::Import(report) = reply.map_err(anyhow::Error::msg)? else { bail!("no report came back") };
        print(&tables::import("riverside.ofx", &report));
        let member = report.member_guid.context("the import made no member")?;

        step("The app sees it at once, like any other bank");
        let path = format!("/members/{member}/accounts");
        let keys = ["accounts", "name", "balance"];
        let answer = self.call("GET", &path, self.by(), None, &keys).await?;
        print(&show::accounts(list(&answer, "accounts")?));
        let path = format!("/members/{member}/transactions?{STATEMENT_DAYS}");
        let keys = ["transactions", "date", "description", "amount", "pagination", "total_entries"];
        let answer = self.call("GET", &path, self.by(), None, &keys).await?;
        let all = list(&answer, "transactions")?;
        if all.is_empty() {
            bail!("the statement was imported, but there is no transaction");
        }
        print(&show::transactions(all, TRANSACTIONS_SHOWN));
        Ok(())
    }

    fn by(&self) -> By<'_> {
        By("MD-SESSION-TOKEN", "SESSION", &self.session)
    }

    /// Makes a call, shows it, and gives the answer's body; another status than 2xx is an error.
    async fn call(
        &self,
        method: &str,
        path: &str,
        by: By<'_>,
        body: Option<&Value>,
        keys: &[&str],
    ) -> Result<Value> {
        print(&show::curl(method, path, (by.0, by.1), body));
        let (status, answer) = self.send(method, path, by, body).await?;
        print(&format!("    {status} {}\n", show::shortened(&answer, keys)));
        Ok(answer)
    }

    /// Reads a member until it is as wanted, showing each change of its status.
    async fn poll(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let deadline = Instant::now() + POLL_MAX;
        let mut last = String::new();
        loop {
            if last.is_empty() {
                print(&show::curl("GET", path, ("MD-SESSION-TOKEN", "SESSION"), None));
            }
            let (status, answer) = self.send("GET", path, self.by(), None).await?;
            let shown = show::shortened(&answer, MEMBER);
            if shown != last {
                print(&format!("    {status} {shown}\n"));
                last = shown;
            }
            if wanted(&answer["member"]) {
                return Ok(answer);
            }
            if Instant::now() >= deadline {
                bail!("the member did not get there within {} seconds", POLL_MAX.as_secs());
            }
            tokio::time::sleep(BETWEEN_POLLS).await;
        }
    }

    async fn send(&self, method: &str, path: &str, by: By<'_>, body: Option<&Value>) -> Result<(u16, Value)> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.address.to_string())
            .header(header::ACCEPT, "application/json")
            .header(by.0, by.2.expose());
        let mut bytes = Bytes::new();
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json");
            bytes = body.to_string().into();
        }
        let request = request.body(Full::new(bytes))?;
        let exchange = async {
            let stream = TcpStream::connect(self.address).await?;
            http_client::call(stream, request).await
        };
        let answer = tokio::time::timeout(CALL_MAX, exchange).await;
        let (parts, body) = answer.with_context(|| format!("{method} {path}: no answer in time"))??;
        let text = String::from_utf8_lossy(&body);
        if !parts.status.is_success() {
            bail!("{method} {path} answered {}: {text}", parts.status);
        }
        let value = serde_json::from_slice(&body).with_context(|| format!("{method} {path}: {text}"))?;
        Ok((parts.status.as_u16(), value))
    }
}

const MEMBER: &[&str] = &["member", "guid", "connection_status", "is_being_aggregated"];

fn step(title: &str) {
    print(&format!("\n== {title}\n"));
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).with_context(|| format!("the answer has no {pointer}"))
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a [Value]> {
    let found = value.get(key).and_then(Value::as_array);
    found.map(Vec::as_slice).with_context(|| format!("the answer has no list {key}"))
}
