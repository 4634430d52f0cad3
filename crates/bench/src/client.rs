//! A closed loop of keep-alive connections: each sends its next request when the answer to the last is there.
use anyhow::{Context, Result, bail, ensure};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// Connections at once.
pub(crate) const CONNECTIONS: usize = 8;
/// Bytes of an answer read at once.
const BUFFER: usize = 256 * 1024;

/// Requests ready to send; sent in turn.
#[derive(Clone)]
pub(crate) struct Requests(Arc<[Vec<u8>]>);

/// What a round came to.
#[derive(Debug, Default)]
pub(crate) struct Round {
    pub(crate) elapsed: Duration,
    /// Of each answered request.
    pub(crate) latencies: Vec<Duration>,
}

/// An answer as it came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Requests {
    /// `GET` this path, with each of these tokens.
    pub(crate) fn get(path: &str, tokens: &[String]) -> Self {
        let request = |token: &String| {
            format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/vnd.mx.nexus.v1+json\r\n\
                 MD-SESSION-TOKEN: {token}\r\n\r\n"
            )
            .into_bytes()
        };
        Self(tokens.iter().map(request).collect())
    }

    /// `POST` these bodies to these paths, the tokens in turn.
    pub(crate) fn post(requests: &[(String, String)], tokens: &[String]) -> Self {
        let request = |((path, body), token): (&(String, String), &String)| {
            format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/vnd.mx.nexus.v1+json\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\nMD-SESSION-TOKEN: {token}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        };
        Self(requests.iter().zip(tokens.iter().cycle()).map(request).collect())
    }

    /// Sends for so long, and tells what came of it; fails at the first answer that is not 200.
    pub(crate) async fn send_for(&self, to: SocketAddr, duration: Duration) -> Result<Round> {
        let end = Instant::now() + duration;
        self.send_while(to, move |_| Instant::now() < end).await
    }

    /// Sends every request once.
    pub(crate) async fn send_all(&self, to: SocketAddr) -> Result<Round> {
        let all = self.0.len();
        self.send_while(to, move |sent| sent < all).await
    }

    async fn send_while(
        &self,
        to: SocketAddr,
        more: impl Fn(usize) -> bool + Clone + Send + 'static,
    ) -> Result<Round> {
        let (started, sent) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (requests, sent, more) = (self.0.clone(), sent.clone(), more.clone());
            connections.spawn(async move {
                let mut connection = Connection::open(to).await?;
                let mut latencies = Vec::new();
                loop {
                    let at = sent.fetch_add(1, Ordering::Relaxed);
                    if !more(at) {
                        return anyhow::Ok(latencies);
                    }
                    let begun = Instant::now();
                    connection.exchange(&requests[at % requests.len()]).await?;
                    latencies.push(begun.elapsed());
                }
            });
        }
        // A client that sleeps must be woken, and the kernel charges that to the server, the more often the
        // slower it is. One that never sleeps costs both servers the same.
        let awake = connections.spawn(async {
            loop {
                tokio::task::yield_now().await;
            }
        });
        let mut round = Round::default();
        while let Some(latencies) = connections.join_next().await {
            round.latencies.extend(latencies??);
            if connections.len() == 1 {
                break;
            }
        }
        awake.abort();
        round.elapsed = started.elapsed();
        Ok(round)
    }

    /// The answer to the first of them.
    pub(crate) async fn first_answer(&self, to: SocketAddr) -> Result<Answer> {
        let request = self.0.first().context("no request")?;
        let mut connection = Connection::open(to).await?;
        let (head, length) = connection.begin(request).await?;
        let mut body = connection.buffer.split_off(head);
        let text = String::from_utf8(std::mem::take(&mut connection.buffer))?;
        let rest = length.checked_sub(body.len()).context("more than was announced")?;
        let begun = body.len();
        body.resize(begun + rest, 0);
        connection.stream.read_exact(&mut body[begun..]).await?;
        let status = text.get(9..12).and_then(|status| status.parse().ok()).context("no status")?;
        let headers = text.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Answer { status, headers, body })
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(BUFFER) })
    }

    /// Sends a request and reads until the head of the answer is there: its length, and that of the body.
    async fn begin(&mut self, request: &[u8]) -> Result<(usize, usize)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server hung up");
            if let Some(end) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = std::str::from_utf8(&self.buffer[..end])?;
                let length = head.lines().find_map(|line| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case("content-length").then(|| value.parse().ok())?
                });
                return Ok((end + 4, length.unwrap_or(0)));
            }
        }
    }

    /// Sends a request and reads its answer to the end.
    async fn exchange(&mut self, request: &[u8]) -> Result<()> {
        let (head, length) = self.begin(request).await?;
        if !self.buffer.starts_with(b"HTTP/1.1 200") {
            bail!("not 200:\n{}", String::from_utf8_lossy(&self.buffer));
        }
        let mut left = (head + length).saturating_sub(self.buffer.len());
        while left > 0 {
            self.buffer.clear();
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the server hung up");
            left = left.saturating_sub(read);
        }
        Ok(())
    }
}
