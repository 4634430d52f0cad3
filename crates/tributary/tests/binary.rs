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
    rest: BufReader<std::process::ChildStderr>,
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
                return Self { child, address: address.trim().to_owned(), rest };
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
        let mut said = String::new();
        self.rest.read_to_string(&mut said).unwrap();
        assert_eq!(status.code(), Some(0), "{said}");
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
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
