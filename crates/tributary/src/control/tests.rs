use super::*;
use crate::{commands::Changes, folder::Folder, reach, settings::Layers};

const STATEMENT: &[u8] = include_bytes!("../../data/riverside.ofx");

/// An engine on a store of its own, and its control socket.
struct Bench {
    service: Service,
    folder: Folder,
    stop: CancellationToken,
    _temporary: tempfile::TempDir,
}

async fn bench() -> Bench {
    let temporary = tempfile::tempdir().unwrap();
    let data_dir = temporary.path().display().to_string();
    let layers = Layers { arguments: vec![("data_dir".to_owned(), data_dir)], ..Layers::default() };
    let loaded = crate::settings::load(&layers).unwrap();
    let engine = reach::open_engine(&loaded.settings, false).await.unwrap();
    let service = Service { engine, settings: loaded.told().into() };
    let folder = Folder(loaded.settings.data_dir());
    Bench { service, folder, stop: CancellationToken::new(), _temporary: temporary }
}

/// Runs a control server beside its callers; it ends when they are done.
async fn beside<T>(bench: &Bench, callers: impl AsyncFnOnce(&Path) -> T) -> T {
    let socket = bench.folder.socket();
    let listener = faces::server::listen_unix(&socket).unwrap();
    let served = serve(listener, bench.service.clone(), Duration::from_secs(10), bench.stop.clone());
    let callers = async {
        let answer = callers(&socket).await;
        bench.stop.cancel();
        answer
    };
    tokio::join!(served, callers).1
}

async fn ask(socket: &Path, command: Command, payload: &[u8]) -> Result<Reply> {
    let stream = connect(socket).await.unwrap();
    call(stream, &command, payload, &mut |_, _| {}).await
}

fn create(client_id: &str) -> Command {
    let (client_id, name) = (client_id.to_owned(), "Acme".to_owned());
    Command::ClientCreate { client_id, name, settings: Changes::new(), key: None }
}

fn import(create_user: bool) -> Command {
    Command::Import { user: "jane".to_owned(), client_id: None, create_user, dry_run: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_over_the_socket_is_the_command_itself() {
    let bench = bench().await;
    beside(&bench, async |socket| {
        let Reply::NewKey(made) = ask(socket, create("acme"), b"").await.unwrap() else { panic!("no key") };
        let key = made.api_key.unwrap();
        bench.service.engine.client_of_key(Some(key.expose()), Some("acme"), None).await.unwrap();
        let over = ask(socket, Command::ClientList, b"").await.unwrap();
        let direct =
            commands::execute(&bench.service, Command::ClientList, b"", &mut |_, _| {}).await.unwrap();
        assert_eq!(serde_json::to_value(&over).unwrap(), serde_json::to_value(&direct).unwrap());
        let said = ask(socket, create("acme"), b"").await.map(drop).unwrap_err().to_string();
        assert_eq!(said, "client_id: a client with this id exists");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_takes_the_file_along_and_tells_its_progress() {
    let bench = bench().await;
    beside(&bench, async |socket| {
        ask(socket, create("acme"), b"").await.unwrap();
        let said = ask(socket, import(false), STATEMENT).await.map(drop).unwrap_err().to_string();
        assert!(said.contains("there is no user jane of client acme"), "{said}");
        let mut heard = Vec::new();
        let stream = connect(socket).await.unwrap();
        let reply =
            call(stream, &import(true), STATEMENT, &mut |done, total| heard.push((done, total))).await;
        let Reply::Import(report) = reply.unwrap() else { panic!("no report") };
        assert_eq!(report.institution, "Riverside Credit Union");
        assert_eq!(report.accounts.iter().map(|account| account.created).sum::<u64>(), 17);
        assert_eq!(heard.last(), Some(&(17, 17)));
        let Reply::Import(again) = ask(socket, import(false), STATEMENT).await.unwrap() else {
            panic!("no report")
        };
        assert!(again.accounts.iter().all(|account| account.created == 0 && account.is_known));
        let said = ask(socket, import(false), b"<OFX>").await.map(drop).unwrap_err().to_string();
        assert!(said.contains("cut off"), "{said}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_does_not_know_is_refused() {
    let bench = bench().await;
    beside(&bench, async |socket| {
        for (path, body, what) in [
            (PATH, "{\"command\":\"fly\"}\n", "does not know this command"),
            (PATH, "", "does not know this command"),
            ("/", "{\"command\":\"client_list\"}\n", ""),
        ] {
            let request = Request::post(path).header("host", "x").body(Full::from(body)).unwrap();
            let stream = connect(socket).await.unwrap();
            let (parts, answer) = http_client::call(stream, request).await.unwrap();
            let answer = String::from_utf8(answer).unwrap();
            assert_eq!(parts.status == StatusCode::OK, path == PATH);
            assert!(answer.contains(what) && answer.is_empty() == what.is_empty(), "{answer}");
        }
    })
    .await;
}

#[test]
fn a_key_in_a_command_survives_the_way() {
    let key = Some(domain::secret::SecretText::new("0123456789abcdef"));
    let command = Command::ClientCreate {
        client_id: "a".into(),
        name: "A".into(),
        settings: Changes::new(),
        key: key.clone(),
    };
    let text = serde_json::to_string(&command).unwrap();
    let Command::ClientCreate { key: read, .. } = serde_json::from_str(&text).unwrap() else {
        panic!("{text}")
    };
    assert_eq!(read, key);
}
