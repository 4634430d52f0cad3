//! The control socket: while a server holds the store, commands go to it, over HTTP on a unix socket that only its
//! owner may open. A request is a line of JSON, the [`Command`], and behind it what the command takes (a statement
//! file). The answer is lines of JSON: any number of `progress`, then one `reply` or `error`.
use crate::{
    commands::{self, Command, Progress, Reply, Service},
    http_client,
};
use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use connectors::ofx::FILE_BYTES_MAX;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited, channel::Channel};
use hyper::{body::Body, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, path::Path, pin::pin, sync::Arc, time::Duration};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

#[cfg(test)]
mod tests;

/// Commands that run at a time: each may hold a whole file in memory.
const COMMANDS_MAX: usize = 4;
/// Lines that may wait for the command to read them; further progress is not told.
const LINES_MAX: usize = 16;
/// Largest command line in front of a file.
const COMMAND_BYTES_MAX: usize = 1 << 20;
/// Time until a command has said what it wants.
const HEADER_TIME_MAX: Duration = Duration::from_secs(10);
/// Pause after the system could not give a socket.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const PATH: &str = "/command";

/// A line of the answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Progress { done: u64, total: u64 },
    Reply(Reply),
    Error(String),
}

/// Serves commands until `stop` is cancelled; those that run then get `time_max` to finish. An import that is cut off
/// ends between two commits, and can be repeated.
pub(crate) async fn serve(
    listener: UnixListener,
    service: Service,
    time_max: Duration,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(COMMANDS_MAX));
    let tracker = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.accept().await)
            } => accepted,
        };
        let (place, Ok((stream, _))) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (service, stop, commands) = (service.clone(), stop.clone(), tracker.clone());
        tracker.spawn(async move {
            let _place = place;
            connection(stream, &service, &commands, &stop).await;
        });
    }
    drop(listener);
    tracker.close();
    if tokio::time::timeout(time_max, tracker.wait()).await.is_err() {
        tracing::warn!("a command was cut off by the shutdown");
    }
}

async fn connection(stream: UnixStream, service: &Service, commands: &TaskTracker, stop: &CancellationToken) {
    let answers = service_fn(async |request| Ok::<_, Infallible>(answer(request, service, commands).await));
    let mut builder = http1::Builder::new();
    builder.keep_alive(false).timer(TokioTimer::new()).header_read_timeout(HEADER_TIME_MAX);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), answers));
    tokio::select! {
        // Its errors are those of a command that went away.
        _ = served.as_mut() => return,
        () = stop.cancelled() => served.as_mut().graceful_shutdown(),
    }
    let _gone = served.await;
}

async fn answer<B>(request: Request<B>, service: &Service, commands: &TaskTracker) -> Response<Channel<Bytes>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut lines, body) = Channel::new(LINES_MAX);
    let mut response = Response::new(body);
    if request.method() != Method::POST || request.uri().path() != PATH {
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    let limit = FILE_BYTES_MAX.saturating_add(COMMAND_BYTES_MAX);
    let taken = Limited::new(request.into_body(), limit).collect().await;
    let service = service.clone();
    // A task of its own: a command whose caller went away is still done as a whole.
    commands.spawn(async move {
        let last = match taken {
            Ok(taken) => {
                let mut tell = |done, total| {
                    let _full =
                        lines.try_send(hyper::body::Frame::data(line(&Line::Progress { done, total })));
                };
                take(&service, &taken.to_bytes(), &mut tell).await
            }
            Err(error) => Line::Error(format!("the command was not taken: {error}")),
        };
        let _gone = lines.send_data(line(&last)).await;
    });
    response
}

async fn take(service: &Service, bytes: &[u8], progress: Progress<'_>) -> Line {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (head, payload) = bytes.split_at(end);
    let Ok(command) = serde_json::from_slice::<Command>(head) else {
        return Line::Error(format!(
            "the running server is tributary {} and does not know this command: use the same version, or restart it",
            env!("CARGO_PKG_VERSION")
        ));
    };
    match commands::execute(service, command, payload.get(1..).unwrap_or_default(), progress).await {
        Ok(reply) => Line::Reply(reply),
        Err(error) => Line::Error(error),
    }
}

fn line(line: &Line) -> Bytes {
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    text.into()
}

/// The socket of a running server; `None` where none answers.
pub(crate) async fn connect(socket: &Path) -> Option<UnixStream> {
    UnixStream::connect(socket).await.ok()
}

/// Lets the running server do a command.
pub(crate) async fn call(
    stream: UnixStream,
    command: &Command,
    payload: &[u8],
    progress: Progress<'_>,
) -> Result<Reply> {
    let mut body = serde_json::to_vec(command)?;
    body.push(b'\n');
    body.extend_from_slice(payload);
    let request = Request::post(PATH).header("host", "tributary").body(Full::from(body))?;
    let mut rest = Vec::new();
    let mut last = None;
    let parts = http_client::stream(stream, request, |piece| {
        rest.extend_from_slice(piece);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            match serde_json::from_slice(&line).context("the server's answer is of another version")? {
                Line::Progress { done, total } => progress(done, total),
                Line::Reply(reply) => last = Some(Ok(reply)),
                Line::Error(error) => last = Some(Err(anyhow!(error))),
            }
        }
        Ok(())
    });
    let parts = parts.await.context("the running server did not finish the command")?;
    if parts.status != StatusCode::OK {
        bail!("the running server is of another version: use the same one, or restart it");
    }
    last.unwrap_or_else(|| {
        Err(anyhow!("the running server stopped before the command was done: run it again"))
    })
}
