use super::*;
use crate::{
    access_log::{AccessLog, AccessLogSettings},
    call::{Answer, Call, SourceAddress},
    dialect::Hosts,
    layer::Around,
};
use axum::{Router, routing::get};
use domain::{
    env::{Clock, Entropy},
    time::Timestamp,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
};

struct Zeros;
impl Entropy for Zeros {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}
impl Clock for Zeros {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }
}

async fn source(SourceAddress(source): SourceAddress, _: Call) -> Answer {
    Answer::ok(format!("{source:?}"))
}

struct Running {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    gate: Arc<Gate>,
    served: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// A handler that says when it was entered, and waits until it may leave.
#[derive(Default)]
struct Gate {
    entered: Notify,
    leave: Notify,
}

fn faces(limits: Limits, gate: &Arc<Gate>) -> Faces {
    let (log, _writer) = AccessLog::new(AccessLogSettings::default());
    let around = Around {
        limits,
        hosts: Hosts::default(),
        proxies: vec![],
        routes: vec![],
        log,
        clock: Arc::new(Zeros),
    };
    let gate = Arc::clone(gate);
    let slow = get(async move || {
        gate.entered.notify_one();
        gate.leave.notified().await;
        Answer::ok("{}")
    });
    Faces::new(Router::new().route("/source", get(source)).route("/slow", slow), around, &Zeros)
}

async fn start(limits: Limits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let gate = Arc::default();
    let served = Box::pin(serve(listener, faces(limits, &gate), stop.clone()));
    Running { address, stop, gate, served }
}

/// Runs the server beside a caller until the caller is done.
async fn beside<T>(mut running: Running, caller: impl AsyncFnOnce(std::net::SocketAddr) -> T) -> T {
    let caller = caller(running.address);
    tokio::select! {
        () = running.served.as_mut() => panic!("the server ended"),
        answer = caller => answer,
    }
}

async fn raw(address: std::net::SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn headers_of_an_upgrade_to_http2_do_no_harm() {
    let request = b"GET /source HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\
        Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 0\r\nContent-Type: text/html\r\n\
        MD-API-KEY: k\r\n\r\n";
    let answer = beside(start(Limits::default()).await, async |address| raw(address, request).await).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("Some(127.0.0.1)"), "{answer}");
}

#[tokio::test]
async fn too_many_headers_or_a_long_uri_get_our_body() {
    let headers = "x: y\r\n".repeat(101);
    let many = format!("GET /source HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    let uri = "y".repeat(8192);
    let long = format!("GET /{uri} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    for (request, status, code) in [(many, "431", "4310"), (long, "414", "4140")] {
        let answer =
            beside(start(Limits::default()).await, async |address| raw(address, request.as_bytes()).await)
                .await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains(&format!(r#"{{"error":{{"code":{code},"#)), "{answer}");
    }
}

#[tokio::test]
async fn http2_with_prior_knowledge() {
    beside(start(Limits::default()).await, async |address| {
        let stream = TcpStream::connect(address).await.unwrap();
        let io = TokioIo::new(stream);
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        let request = Request::get("http://x/source").body(Body::empty()).unwrap();
        let answer = async {
            let answer = sender.send_request(request).await.unwrap();
            assert_eq!((answer.status(), answer.version()), (http::StatusCode::OK, Version::HTTP_2));
        };
        tokio::select! {
            () = answer => {}
            ended = connection => panic!("{ended:?}"),
        }
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_never_finishes_its_headers_is_cut_off() {
    let limits = Limits { header_time_max: Duration::from_millis(20), ..Limits::default() };
    let answer =
        beside(start(limits).await, async |address| raw(address, b"GET / HTTP/1.1\r\nHost").await).await;
    assert_eq!(answer, "");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let limits = Limits {
        header_time_max: Duration::from_secs(1),
        idle_time_max: Duration::from_millis(20),
        ..Limits::default()
    };
    let answer = beside(start(limits).await, async |address| {
        raw(address, b"GET /source HTTP/1.1\r\nHost: x\r\n\r\n").await
    })
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn a_shutdown_lets_open_requests_finish() {
    let Running { address, stop, gate, served } = start(Limits::default()).await;
    let caller = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        gate.entered.notified().await;
        stop.cancel();
        gate.leave.notify_one();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    };
    let ((), answer) = tokio::join!(served, caller);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_shutdown_has_a_deadline() {
    let limits = Limits { shutdown_time_max: Duration::from_millis(1), ..Limits::default() };
    let Running { address, stop, gate, served } = start(limits).await;
    let caller = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        gate.entered.notified().await;
        stop.cancel();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    };
    let ((), answer) = tokio::join!(served, caller);
    assert!(answer.is_empty());
}

#[tokio::test]
async fn no_more_connections_than_places() {
    let limits = Limits { connections_max: 1, ..Limits::default() };
    let running = start(limits).await;
    let gate = Arc::clone(&running.gate);
    beside(running, async |address| {
        let mut first = TcpStream::connect(address).await.unwrap();
        first.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        gate.entered.notified().await;
        let mut second = TcpStream::connect(address).await.unwrap();
        let request = b"GET /source HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        second.write_all(request).await.unwrap();
        gate.leave.notify_one();
        assert!(first.read(&mut [0; 256]).await.unwrap() > 0);
        let waiting = second.try_read(&mut [0; 256]).unwrap_err();
        assert_eq!(waiting.kind(), io::ErrorKind::WouldBlock, "no place while the first is open");
        drop(first);
        let mut answer = String::new();
        second.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn a_unix_socket_of_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::temp_dir().join(format!("faces-{}.sock", std::process::id()));
    drop(listen_unix(&path).unwrap());
    let listener = listen_unix(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let served = serve(listener, faces(Limits::default(), &Arc::default()), CancellationToken::new());
    let caller = async {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(b"GET /source HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer = tokio::select! {
        () = served => panic!("the server ended"),
        answer = caller => answer,
    };
    assert!(answer.ends_with("None"), "{answer}");
    std::fs::remove_file(path).unwrap();
}
