//! A receiver on a socket of its own: it keeps what it gets and answers as it is told.
use domain::{secret::SecretText, webhook::EventType};
use engine::{Call, webhook::Proof};
use http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::Mutex;
use serde_json::Value;
use std::{collections::VecDeque, net::SocketAddr, sync::Arc};
use testkit::App;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// How a request is answered.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// A status, a line of headers (may be empty) and a body.
    Says(u16, String, String),
    /// Nothing, and the connection stays.
    Hangs,
    /// Nothing, and the connection ends.
    Closes,
}

impl Reply {
    pub(super) fn status(status: u16) -> Self {
        Self::Says(status, String::new(), String::new())
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    scheme: &'static str,
    state: Arc<State>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct State {
    received: Mutex<Vec<Received>>,
    script: Mutex<VecDeque<Reply>>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        Self::start_with(None).await
    }

    /// A receiver that speaks TLS.
    pub(super) async fn start_with(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let scheme = if tls.is_some() { "https" } else { "http" };
        let mut tasks = JoinSet::new();
        let of_listener = state.clone();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (state, tls) = (of_listener.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => serve(stream, &state).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &state).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, scheme, state, _tasks: tasks }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// What the next requests are answered; all others get 204.
    pub(super) fn will(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.script.lock().extend(replies);
    }

    /// What came so far, in the order of its coming; it is forgotten here.
    pub(super) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.state.received.lock())
    }

    /// Lets a client of the application send events of these types here; gives the secret of the last one.
    pub(super) async fn hears(&self, app: &App, events: &[EventType]) -> SecretText {
        self.hears_with(app, events, &Proof::None).await
    }

    pub(super) async fn hears_with(&self, app: &App, events: &[EventType], proof: &Proof) -> SecretText {
        app.engine().admit(self.address).unwrap();
        let call = Call::new("operator", "test", "test");
        let mut last = SecretText::new("");
        for event in events {
            let url = self.url(&format!("/{}", event.name()));
            let added = app.engine().add_webhook(&call, &app.client, *event, &url, proof).await;
            last = added.unwrap().1;
        }
        last
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, state: &State) {
    while let Some(received) = read(&mut stream).await {
        let reply = state.script.lock().pop_front().unwrap_or_else(|| Reply::status(204));
        state.received.lock().push(received);
        match reply {
            Reply::Says(status, header, body) => {
                let header = if header.is_empty() { header } else { format!("{header}\r\n") };
                let length =
                    if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
                let answer = format!("HTTP/1.1 {status} X\r\n{header}{length}\r\n{body}");
                if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
                    return;
                }
            }
            Reply::Hangs => std::future::pending().await,
            Reply::Closes => return,
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: HeaderMap = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()))
        .collect();
    let length: usize = headers.get("content-length")?.to_str().ok()?.parse().ok()?;
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received { path, headers, body: String::from_utf8(body).unwrap() })
}
