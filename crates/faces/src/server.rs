//! Serving: HTTP/1.1 and HTTP/2 (with prior knowledge) on one listener, within limits, until told to stop.
use crate::{
    connection::{Activity, Socket, Verdict, Watched},
    layer::Faces,
    limits::Limits,
};
use axum::body::{Body, HttpBody};
use http::{Request, Response, Version};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use std::{convert::Infallible, io, net::IpAddr, path::Path, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::Semaphore,
    time::{Instant, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Pause after the system could not give a socket (no file handles left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Where connections come from.
pub trait Listener: Send + Sync {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Waits for the next one, with the address of the peer if it has one.
    fn next(&self) -> impl Future<Output = io::Result<(Self::Stream, Option<IpAddr>)>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<(TcpStream, Option<IpAddr>)> {
        let (stream, peer) = self.accept().await?;
        stream.set_nodelay(true)?;
        Ok((stream, Some(peer.ip().to_canonical())))
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<(UnixStream, Option<IpAddr>)> {
        let (stream, _) = self.accept().await?;
        Ok((stream, None))
    }
}

/// Listens on a unix socket that only its owner may use; one left behind by an earlier run is replaced.
/// The caller holds the lock of the folder it lies in.
pub fn listen_unix(path: &Path) -> io::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serves until `stop` is cancelled; then no connection is accepted, open requests get
/// `shutdown_time_max` to finish, and what is left is cut off.
pub async fn serve(listener: impl Listener, faces: Faces, stop: CancellationToken) {
    let limits = Arc::new(faces.limits().clone());
    let builder = Arc::new(builder(&limits));
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let tracker = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.next().await)
            } => accepted,
        };
        match accepted {
            (place, Ok((stream, peer))) => {
                let (faces, limits, builder, stop) =
                    (faces.clone(), Arc::clone(&limits), Arc::clone(&builder), stop.clone());
                tracker.spawn(async move {
                    let _place = place;
                    connection(stream, peer, &faces, &builder, &limits, &stop).await;
                });
            }
            (_, Err(error)) if is_of_one_connection(&error) => {}
            (_, Err(error)) => {
                tracing::warn!(%error, "cannot accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, InvalidInput};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | InvalidInput)
}

/// hyper, with limits a little above ours, so that ours answer with a body where they can.
fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let bytes = (limits.headers_bytes_max + limits.uri_bytes_max).saturating_mul(2).max(8192);
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_headers(limits.headers_max + limits.headers_max / 4)
        .max_buf_size(bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_max)
        .max_header_list_size(u32::try_from(bytes).unwrap_or(u32::MAX));
    builder
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Option<IpAddr>,
    faces: &Faces,
    builder: &Builder<TokioExecutor>,
    limits: &Limits,
    stop: &CancellationToken,
) {
    let activity = Activity::new();
    let service = {
        let (faces, activity) = (faces.clone(), Arc::clone(&activity));
        service_fn(move |request| answer(faces.clone(), Arc::clone(&activity), request, peer))
    };
    let socket = Socket { inner: stream, activity: Arc::clone(&activity) };
    let mut served = pin!(builder.serve_connection(TokioIo::new(socket), service));
    let mut look = pin!(sleep_until(Instant::now() + limits.header_time_max));
    let mut stopped = pin!(stop.cancelled());
    let mut cut_off: Option<Instant> = None;
    loop {
        tokio::select! {
            // Its errors are the peer's: it went away, or spoke no HTTP.
            _ = served.as_mut() => return,
            () = stopped.as_mut(), if cut_off.is_none() => {
                served.as_mut().graceful_shutdown();
                let at = Instant::now() + limits.shutdown_time_max;
                cut_off = Some(at);
                look.as_mut().reset(at);
            }
            () = look.as_mut() => {
                if cut_off.is_some() {
                    return;
                }
                match activity.verdict(Instant::now(), limits) {
                    Verdict::LookAt(at) => look.as_mut().reset(at),
                    Verdict::Late => return,
                    Verdict::Idle => {
                        // HTTP/2 says goodbye first; it has as long for that as for headers.
                        served.as_mut().graceful_shutdown();
                        let at = Instant::now() + limits.header_time_max;
                        cut_off = Some(at);
                        look.as_mut().reset(at);
                    }
                }
            }
        }
    }
}

async fn answer(
    faces: Faces,
    activity: Arc<Activity>,
    request: Request<Incoming>,
    peer: Option<IpAddr>,
) -> Result<Response<Watched>, Infallible> {
    let handling = activity.begin(request.version() == Version::HTTP_2);
    let request = request.map(|body| if body.is_end_stream() { Body::empty() } else { Body::new(body) });
    let response = faces.handle(request, peer).await;
    Ok(response.map(|body| handling.answered(body)))
}

#[cfg(test)]
mod tests;
