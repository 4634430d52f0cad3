//! The program as it is run: a server, commands beside it and after it, the demo.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

const STATEMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/riverside.ofx");

/// The program in a folder of its own, with nothing of ours in its environment.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tributary"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TRIBUTARY_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn run(folder: &Path, line: &str) -> Output {
    program(folder).args(line.split(' ')).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The JSON that a command prints, which must succeed.
fn json_of(folder: &Path, line: &str) -> Value {
    let output = run(folder, &format!("{line} --json"));
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a command that fails says, and its exit code.
fn refused(folder: &Path, line: &str) -> (i32, String) {
    let output = run(folder, line);
    (output.status.code().unwrap(), text(&output.stderr))
}

/// A server; killed if a test fails before it was stopped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path, line: &str) -> Self {
        let mut command = program(folder);
        command.args(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[expect(clippy::zombie_processes, reason = "a server that did not start has ended by itself")]
        let mut child = command.spawn().unwrap();
        let mut rest = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        loop {
            let start = said.len();
            assert!(rest.read_line(&mut said).unwrap() > 0, "the server ended: {said}");
            if let Some((_, address)) = said[start..].split_once("listening on http://") {
                let address = address.trim().to_owned();
                // What it says later is read on, or its log would fill the pipe.
                std::thread::spawn(move || std::io::copy(&mut rest, &mut std::io::stdout()));
                return Self { child, address };
            }
        }
    }

    fn call(&self, method: &str, path: &str, header: (&str, &str), body: &Value) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (name, value) = header;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{name}: {value}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap_or_default())
    }

    /// Sends SIGTERM and gives standard output.
    fn stop(mut self) -> String {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        assert_eq!(status.code(), Some(0), "{printed}");
        printed
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn commands_beside_a_server_and_after_it() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let data = folder.join("tributary-data");
    let server = Server::start(folder, "serve --sandbox --listen 127.0.0.1:0");
    let kept: Value = serde_json::from_slice(&std::fs::read(data.join("sandbox.json")).unwrap()).unwrap();
    let key = kept["api_key"].as_str().unwrap();
    for file in ["sandbox.json", "tributary.sock", "tributary.lock", "tributary.db", "master.key"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
    let jane = json!({"user": {"id": "jane"}});
    let (status, made) = server.call("POST", "/live/sandbox/users", ("MD-API-KEY", key), &jane);
    assert_eq!(status, 200, "{made}");
    let users = json_of(folder, "user list");
    assert_eq!(
        (users[0]["id"].as_str(), users[0]["guid"].as_str()),
        (Some("jane"), made["user"]["guid"].as_str())
    );

    let acme = json_of(folder, "client create acme --with shows_account_numbers=true");
    let (first, second) = (acme["api_key"].clone(), json_of(folder, "client key acme")["api_key"].clone());
    for key in [&first, &second] {
        let path = "/live/acme/users/nobody";
        assert_eq!(server.call("GET", path, ("MD-API-KEY", key.as_str().unwrap()), &Value::Null).0, 404);
    }
    let (code, said) = refused(folder, "client key acme");
    assert!(code == 1 && said.contains("--revoke"), "{said}");
    let keys = json_of(folder, "client key acme --list");
    let revoked = json_of(folder, &format!("client key acme --revoke {}", keys[0]["hash"].as_str().unwrap()));
    assert_eq!(revoked.as_array().unwrap().len(), 1);
    let statuses = [&first, &second].map(|key| {
        server.call("GET", "/live/acme/users/x", ("MD-API-KEY", key.as_str().unwrap()), &Value::Null).0
    });
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 1, "{statuses:?}");

    let strict =
        json_of(folder, "client set acme microdeposits=false blocked-routing-numbers=991234561,011000015");
    assert_eq!(strict["settings"]["microdeposits"], false);
    assert_eq!(strict["settings"]["blocked_routing_numbers"], json!(["991234561", "011000015"]));
    let blocked = json_of(folder, "microdeposit block 991234561 --note closed");
    assert_eq!((&blocked[0]["routing_number"], &blocked[0]["note"]), (&json!("991234561"), &json!("closed")));
    let (code, said) = refused(folder, "microdeposit block 99123456");
    assert!(code == 1 && said.contains("must be 9 digits"), "{said}");
    assert_eq!(json_of(folder, "microdeposit unblock 991234561"), json!([]));
    let (code, said) = refused(folder, "microdeposit unblock 991234561");
    assert!(code == 1 && said.contains("is not blocked"), "{said}");

    let (code, said) = refused(folder, "serve --listen 127.0.0.1:0");
    assert!(code == 1 && said.contains("a server runs already"), "{said}");
    let imported = json_of(folder, &format!("import --client sandbox --user jane {STATEMENT}"));
    assert_eq!(imported[0]["accounts"].as_array().unwrap().len(), 2);
    let doctor = json_of(folder, "doctor");
    assert_eq!(doctor["status"]["clients"], 2);
    let sandbox = json!({"name": "sandbox", "value": "true", "source": "--sandbox"});
    assert!(doctor["settings"].as_array().unwrap().contains(&sandbox), "the settings are the server's");
    assert_eq!(doctor["status"]["audit"]["broken_at"], Value::Null);

    let printed = server.stop();
    assert!(printed.contains(key), "{printed}");
    assert!(!data.join("tributary.sock").exists());
    let clients = json_of(folder, "client list");
    assert_eq!(clients.as_array().unwrap().iter().map(|c| c["keys"].as_u64().unwrap()).sum::<u64>(), 2);
    let user = json_of(folder, "user show jane --client sandbox");
    assert_eq!(user["members"][0]["accounts"].as_array().unwrap().len(), 2);
    json_of(folder, "client create late");
    json_of(folder, "doctor");

    let server = Server::start(folder, "serve --sandbox --listen 127.0.0.1:0");
    assert_eq!(json_of(folder, "client list").as_array().unwrap().len(), 3);
    let (status, _) = server.call("GET", "/live/sandbox/users/jane", ("MD-API-KEY", key), &Value::Null);
    assert_eq!(status, 200);
    assert!(!server.stop().contains(key), "the key is printed once");
}

#[tokio::test]
async fn on_postgresql_commands_connect_directly() {
    let Some((url, _guard)) = testkit::postgres::database().await else { return };
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    std::fs::write(folder.join("tributary.toml"), format!("database = {}\n", json!(url))).unwrap();
    let server = Server::start(folder, "serve --listen 127.0.0.1:0");
    let key = json_of(folder, "client create acme")["api_key"].clone();
    let jane = json!({"user": {"id": "jane"}});
    let (status, _) = server.call("POST", "/live/acme/users", ("MD-API-KEY", key.as_str().unwrap()), &jane);
    assert_eq!(status, 200);
    assert_eq!(json_of(folder, "user list")[0]["id"], "jane");
    let status = json_of(folder, "migrate");
    assert_eq!((&status["database"], &status["clients"]), (&json!("postgres"), &json!(1)));
    let settings = text(&run(folder, "doctor --json").stdout);
    assert!(settings.contains("[secret]") && !settings.contains(&url));
    server.stop();
    assert_eq!(json_of(folder, "user show jane")["client_id"], "acme");
}

#[test]
fn a_crashed_server_leaves_nothing_in_the_way() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let mut server = Server::start(folder, "serve --sandbox --listen 127.0.0.1:0");
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    assert!(folder.join("tributary-data/tributary.sock").exists());
    assert_eq!(json_of(folder, "client list")[0]["client_id"], "sandbox");
    Server::start(folder, "serve --sandbox --listen 127.0.0.1:0").stop();
}

#[test]
fn the_demo_walks_to_its_end() {
    let temporary = tempfile::tempdir().unwrap();
    let output = run(temporary.path(), "demo --exit");
    let (printed, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{printed}{said}");
    for what in [
        "CHALLENGED",
        "mfa_credentials",
        "CONNECTED",
        "Everyday Checking",
        "Riverside Credit Union",
        "3428.85",
    ] {
        assert!(printed.contains(what), "{what}: {printed}");
    }
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "it leaves nothing behind");
}

#[test]
fn one_broken_file_and_nothing_is_stored() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    json_of(folder, "client create acme");
    let whole = text(&std::fs::read(STATEMENT).unwrap()).replacen("<TRNAMT>-64.18", "<TRNAMT>lots", 1);
    std::fs::write(folder.join("broken.ofx"), whole).unwrap();
    let (code, said) = refused(folder, &format!("import --user jane --create-user {STATEMENT} broken.ofx"));
    assert_eq!(code, 1);
    assert!(said.contains("nothing was stored") && said.contains("broken.ofx: line "), "{said}");
    assert!(said.contains("TRNAMT: \"lots\" is not an amount"), "{said}");
    assert_eq!(json_of(folder, "user list"), json!([]));
    json_of(folder, &format!("import --user jane --create-user {STATEMENT}"));
    let again = json_of(folder, &format!("import --user jane --dry-run {STATEMENT}"));
    assert_eq!((&again[0]["dry_run"], &again[0]["accounts"][0]["unchanged"]), (&json!(true), &json!(15)));
}

#[test]
fn mistakes_are_explained() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let (code, said) = refused(folder, "user list");
    assert!(code == 1 && said.contains("there is no store in ./tributary-data"), "{said}");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "a wrong folder is not made");
    let (code, said) = refused(folder, "serve --set sesion_idle=1h");
    assert!(code == 2 && said.contains("did you mean the setting session_idle?"), "{said}");
    let output = program(folder).args(["doctor"]).env("TRIBUTARY_LISTNE", "x").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("did you mean the variable TRIBUTARY_LISTEN?"));
    std::fs::write(folder.join("tributary.toml"), "listen = \"nowhere\"\n").unwrap();
    let (code, said) = refused(folder, "serve");
    assert!(code == 1 && said.contains("listen: cannot listen on nowhere"), "{said}");
    json_of(folder, "client create acme");
    let key = folder.join("tributary-data/master.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = run(folder, "doctor");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("run `chmod 600 ./tributary-data/master.key`"));
}

#[test]
fn documents_for_programs() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let openapi: Value = serde_json::from_slice(&run(folder, "openapi").stdout).unwrap();
    assert!(openapi["paths"]["/members/{member_guid}"].is_object());
    assert!(text(&run(folder, "completions bash").stdout).contains("_tributary"));
    let settings = text(&run(folder, "doctor --settings --set session_idle=1h").stdout);
    assert!(
        settings.contains("\nsession_idle = \"1h\"\n") && settings.contains("\n# listen = "),
        "{settings}"
    );
}

#[test]
fn the_sandbox_is_moved_by_commands_beside_a_server_and_without_one() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let server = Server::start(folder, "serve --sandbox --listen 127.0.0.1:0");
    let said = |line: &str| {
        let output = run(folder, line);
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    assert_eq!(json_of(folder, "sandbox clock")["mode"], "real");
    let frozen = json_of(folder, "sandbox clock --freeze --at 2099-01-05");
    assert_eq!(frozen, json!({"mode": "frozen", "now": "2099-01-05T00:00:00.000Z"}));
    assert_eq!(said("sandbox clock"), "2099-01-05T00:00:00.000Z (frozen: stands still)\n");
    let moved = json_of(folder, "sandbox advance 1d12h");
    assert_eq!(moved, json!({"has_arrived": true, "mode": "frozen", "now": "2099-01-06T12:00:00.000Z"}));
    assert_eq!(json_of(folder, "sandbox advance --days 2")["now"], "2099-01-08T12:00:00.000Z");
    let (code, error) = refused(folder, "sandbox clock --freeze --at 2099-01-01");
    assert_eq!(code, 1);
    assert!(error.contains("never goes backwards"), "{error}");
    assert_eq!(refused(folder, "sandbox advance soon").0, 2);
    assert_eq!(refused(folder, "sandbox clock --real --at 2099-02-01").0, 2);
    assert_eq!(json_of(folder, "sandbox settle"), json!({"settled": true}));

    assert_eq!(json_of(folder, "sandbox faults list"), json!({"faults": []}));
    let added = json_of(
        folder,
        "sandbox faults add error --status 503 --institution mxbank --stage login --count 2 --probability 0.5",
    );
    let fault = json!({"count": 2, "institution_code": "mxbank", "kind": "error", "member_guid": null,
        "probability": 0.5, "stage": "login", "status": 503});
    assert_eq!(added, json!({"faults": [fault]}));
    let table = said("sandbox faults add latency --ms 250");
    for word in ["error 503", "mxbank", "login", "0.5", "latency 250 ms", "always"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    for (line, what) in [
        ("sandbox faults add flood", "kind: must be one of latency"),
        ("sandbox faults add latency", "ms"),
        ("sandbox faults add error --status 200", "status: must be between 400 and 599"),
        ("sandbox faults add drop --institution nobank", "institution_code: must be one of mxbank"),
        ("sandbox faults set nothing.json", "cannot read faults from nothing.json"),
    ] {
        let (code, error) = refused(folder, line);
        assert!(code == 1 && error.contains(what), "{line}: {error}");
    }
    let kept = json_of(folder, "sandbox faults list");
    assert_eq!(kept["faults"].as_array().unwrap().len(), 2);
    std::fs::write(folder.join("faults.json"), kept.to_string()).unwrap();
    assert_eq!(json_of(folder, "sandbox faults clear"), json!({"faults": []}));
    assert!(said("sandbox faults list").starts_with("No fault"));
    server.stop();

    assert_eq!(json_of(folder, "sandbox faults set faults.json"), kept, "without a server, too");
    assert_eq!(json_of(folder, "sandbox advance 60s")["now"], "2099-01-08T12:01:00.000Z");
    let server = Server::start(folder, "serve --sandbox --listen 127.0.0.1:0");
    assert_eq!(json_of(folder, "sandbox faults list"), kept);
    server.stop();

    let plain = tempfile::tempdir().unwrap();
    let server = Server::start(plain.path(), "serve --listen 127.0.0.1:0");
    for line in ["sandbox clock", "sandbox settle", "sandbox faults list", "sandbox advance 1d"] {
        let (code, error) = refused(plain.path(), line);
        assert!(code == 1 && error.contains("start the server with --sandbox"), "{line}: {error}");
    }
    server.stop();
}

/// A session of a new user of a client.
fn session(server: &Server, client: &str, key: &str, user: &str) -> String {
    let made = json!({"user": {"id": user}});
    assert_eq!(server.call("POST", &format!("/live/{client}/users"), ("MD-API-KEY", key), &made).0, 200);
    let path = format!("/sso/{client}/users/{user}/api_token.json");
    let (_, token) = server.call("GET", &path, ("MD-API-KEY", key), &Value::Null);
    let token = token["api_token"]["token"].as_str().unwrap();
    let (_, opened) = server.call("POST", "/sessions", ("MD-API-TOKEN", token), &Value::Null);
    opened["session"]["token"].as_str().unwrap().to_owned()
}

#[test]
fn an_operator_loads_institutions_and_looks_after_connections() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let list =
        "code,name,url,connector\nfirst,First Bank,https://first.example,bank\nsecond,Second Bank,,bank\n";
    std::fs::write(folder.join("list.csv"), list).unwrap();
    // Without a server: the store is made for it.
    let report = json_of(folder, "institutions load list.csv --yes");
    assert_eq!((&report["added"][0]["code"], &report["applied"]), (&json!("first"), &json!(true)));

    let server = Server::start(folder, "serve --sandbox --listen 127.0.0.1:0");
    let again = json_of(folder, "institutions load list.csv --yes");
    assert_eq!((&again["unchanged"], &again["changed"]), (&json!(2), &json!([])));
    std::fs::write(folder.join("list.csv"), list.replace("First Bank", "The First Bank")).unwrap();
    let (code, said) = refused(folder, "institutions load list.csv");
    assert!(code == 1 && said.contains("add --yes"), "{said}");
    let shown = text(&run(folder, "institutions load list.csv --dry-run").stdout);
    assert!(shown.contains("name: First Bank -> The First Bank") && shown.contains("1 changed"), "{shown}");
    let done = text(&run(folder, "institutions load list.csv --yes").stdout);
    assert!(done.contains("Done. 0 new, 1 changed, 0 retired, 1 as they were; 0 members changed."), "{done}");
    std::fs::write(folder.join("broken.csv"), "code,name\nmxbank,Mine\n,\n").unwrap();
    let (code, said) = refused(folder, "institutions load broken.csv --yes");
    assert!(code == 1 && said.contains("line 3: code: ") && said.contains("mend the list"), "{said}");
    let (_, said) = refused(folder, "institutions load list.txt");
    assert!(said.contains("must end with .csv or .json"), "{said}");

    let all = json_of(folder, "institutions list --search first");
    assert_eq!((all.as_array().unwrap().len(), &all[0]["connector"]), (1, &json!("bank")));
    json_of(folder, "institutions hide second");
    assert_eq!(json_of(folder, "institutions list --hidden --search bank")[0]["code"], "second");
    json_of(folder, "institutions retire second --yes");
    assert_eq!(json_of(folder, "institutions show second")["is_retired"], true);
    let (_, said) = refused(folder, "institutions show third");
    assert!(said.contains("`tributary institutions list --search TEXT` finds one"), "{said}");

    let kept = std::fs::read(folder.join("tributary-data/sandbox.json")).unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    let token = session(&server, "sandbox", kept["api_key"].as_str().unwrap(), "jane");
    let credential = |guid: &str, value: &str| json!({"credential_guid": guid, "value": value});
    let member = json!({"member": {"institution_code": "mxbank", "credentials": [
        credential("CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1", "mxuser"),
        credential("CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d", "LOCKED"),
    ]}});
    let (_, made) = server.call("POST", "/members", ("MD-SESSION-TOKEN", &token), &member);
    let guid = made["member"]["guid"].as_str().unwrap();
    while json_of(folder, &format!("member show {guid}"))["now"] != "no job runs" {}
    let members = json_of(folder, "member list --status LOCKED --institution mxbank");
    assert_eq!((&members[0]["guid"], &members[0]["user_id"]), (&json!(guid), &json!("jane")));
    let page = text(&run(folder, &format!("member show {guid}")).stdout);
    for what in [
        "LOCKED",
        "The institution blocks this login.",
        "none: LOCKED is left alone",
        "Its members",
        "1 LOCKED",
    ] {
        assert!(page.contains(what), "{what}: {page}");
    }
    let jobs = json_of(folder, "job list --since 1h --status HALTED");
    let job = jobs[0]["guid"].as_str().unwrap();
    let page = text(&run(folder, &format!("job show {job}")).stdout);
    for what in ["a worker took it", "ended HALTED", "The user must unlock the login at the institution."] {
        assert!(page.contains(what), "{what}: {page}");
    }
    assert_eq!(json_of(folder, &format!("member pause {guid}"))["connection_status"], "DISABLED");
    assert_eq!(json_of(folder, &format!("member resume {guid}"))["connection_status"], "LOCKED");
    let (code, said) = refused(folder, &format!("member close {guid}"));
    assert!(code == 1 && said.contains("add --yes"), "{said}");
    assert_eq!(json_of(folder, &format!("member close {guid} --yes"))["connection_status"], "CLOSED");
    let (_, said) = refused(folder, "job list --since soon");
    assert!(said.contains("write 45s, 15m, 3h or 14d"), "{said}");
    assert_eq!(json_of(folder, "doctor")["status"]["troubles"], json!([]));
    server.stop();
    assert_eq!(json_of(folder, "member list")[0]["connection_status"], "CLOSED");
}

#[tokio::test]
async fn on_postgresql_servers_follow_a_load() {
    let Some((url, _guard)) = testkit::postgres::database().await else { return };
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    std::fs::write(folder.join("tributary.toml"), format!("database = {}\n", json!(url))).unwrap();
    let server = Server::start(folder, "serve --listen 127.0.0.1:0");
    let key = json_of(folder, "client create acme")["api_key"].clone();
    let token = session(&server, "acme", key.as_str().unwrap(), "jane");
    std::fs::write(folder.join("list.json"), r#"[{"code": "first", "name": "First"}]"#).unwrap();
    let (_, said) = refused(folder, "institutions load list.json --yes");
    assert!(said.contains("line 1: names no connector"), "{said}");
    json_of(folder, "institutions load list.json --yes --connector bank");
    let read = || server.call("GET", "/institutions/first", ("MD-SESSION-TOKEN", &token), &Value::Null);
    while read().0 == 404 {}
    json_of(folder, "institutions hide first");
    while read().1["institution"]["is_hidden"] != true {}
    assert_eq!(json_of(folder, "member list"), json!([]));
    server.stop();
}

#[test]
fn descriptions_are_enriched_without_a_store() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let file = "description,amount,mcc\nSTARBUCKS STORE 08812 SEATTLE WA,-4.75,5814\nACME PAYROLL,2500,\n";
    std::fs::write(folder.join("a.csv"), file).unwrap();
    let output = run(folder, "enrich a.csv");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    assert!(printed.contains("\nStarbucks,Starbucks,Coffee Shops,is_expense,"), "{printed}");
    assert!(printed.contains("\nAcme Payroll,,Paycheck,is_income is_direct_deposit,"), "{printed}");
    assert!(run(folder, "enrich a.csv --output b.csv").status.success());
    assert_eq!(std::fs::read_to_string(folder.join("b.csv")).unwrap(), printed);
    assert_eq!(text(&run(folder, "enrich a.csv --json").stdout).lines().count(), 2);
    assert!(!folder.join("tributary-data").exists(), "no store is made");

    let (code, said) = refused(folder, "enrich a.csv --output ./a.csv");
    assert!(code == 1 && said.contains("overwrite"), "{said}");
    assert_eq!(std::fs::read_to_string(folder.join("a.csv")).unwrap(), file);
    let (code, said) = refused(folder, "enrich none.csv");
    assert!(code == 1 && said.contains("cannot open none.csv"), "{said}");
    let mut child = program(folder);
    child.args(["enrich", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{file}broken\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), printed));
    let said = text(&output.stderr);
    assert!(said.contains("line 4: 1 fields in place of 3") && said.contains("1 of 3 rows"), "{said}");
}
