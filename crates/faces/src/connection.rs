//! The watch over one connection: how long it may take for headers, and how long it may do nothing.
//!
//! hyper's own time limit for headers also runs while a connection waits for its next request, so that 10 s
//! for headers and 75 s of keep-alive cannot both be had from it. Here the socket notes when bytes come and
//! go, the requests note when they begin and end, and one timer a connection looks at the notes.
use crate::limits::Limits;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

/// What is known of a connection. Times are milliseconds since it was opened.
#[derive(Debug)]
pub(crate) struct Activity {
    opened: Instant,
    multiplexed: AtomicBool,
    handling: AtomicU32,
    answering: AtomicU32,
    last_bytes: AtomicU64,
    headers_since: AtomicU64,
}

/// No headers are being waited for.
const NONE: u64 = u64::MAX;

/// What to do with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Look again at this moment.
    LookAt(Instant),
    /// Its headers took too long.
    Late,
    /// It has done nothing for too long.
    Idle,
}

impl Activity {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            opened: Instant::now(),
            multiplexed: AtomicBool::new(false),
            handling: AtomicU32::new(0),
            answering: AtomicU32::new(0),
            last_bytes: AtomicU64::new(0),
            headers_since: AtomicU64::new(0),
        })
    }

    fn at(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.opened).as_millis()).unwrap_or(NONE - 1)
    }

    fn bytes(&self, incoming: bool) {
        let now = self.at(Instant::now());
        self.last_bytes.store(now, Ordering::Relaxed);
        let waiting =
            self.handling.load(Ordering::Relaxed) == 0 && self.answering.load(Ordering::Relaxed) == 0;
        if incoming && waiting && !self.multiplexed.load(Ordering::Relaxed) {
            let _ = self.headers_since.compare_exchange(NONE, now, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// A request has its headers.
    pub(crate) fn begin(self: &Arc<Self>, multiplexed: bool) -> Handling {
        self.multiplexed.store(multiplexed, Ordering::Relaxed);
        self.handling.fetch_add(1, Ordering::Relaxed);
        self.headers_since.store(NONE, Ordering::Relaxed);
        Handling(Arc::clone(self))
    }

    /// What to do at this moment.
    pub(crate) fn verdict(&self, now: Instant, limits: &Limits) -> Verdict {
        if self.handling.load(Ordering::Relaxed) > 0 {
            return Verdict::LookAt(now + limits.header_time_max);
        }
        let until = |since: u64, allowed: Duration| self.opened + Duration::from_millis(since) + allowed;
        let headers_since = self.headers_since.load(Ordering::Relaxed);
        if headers_since != NONE && self.answering.load(Ordering::Relaxed) == 0 {
            let limit = until(headers_since, limits.header_time_max);
            return if limit <= now { Verdict::Late } else { Verdict::LookAt(limit) };
        }
        let limit = until(self.last_bytes.load(Ordering::Relaxed), limits.idle_time_max);
        if limit <= now {
            return Verdict::Idle;
        }
        // Bytes of a next request start a shorter time, so that it must not be slept over.
        Verdict::LookAt(limit.min(now + limits.header_time_max))
    }
}

/// A request that is being handled.
#[derive(Debug)]
pub(crate) struct Handling(Arc<Activity>);

impl Handling {
    /// The answer is there, and is now being sent.
    pub(crate) fn answered(self, body: Body) -> Watched {
        self.0.answering.fetch_add(1, Ordering::Relaxed);
        Watched { body, _answering: Answering(Arc::clone(&self.0)) }
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        self.0.handling.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Answering(Arc<Activity>);

impl Drop for Answering {
    fn drop(&mut self) {
        let now = self.0.at(Instant::now());
        self.0.last_bytes.store(now, Ordering::Relaxed);
        self.0.answering.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer; when it is dropped, it was sent.
#[derive(Debug)]
pub(crate) struct Watched {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket that notes when bytes come and go.
#[derive(Debug)]
pub(crate) struct Socket<T> {
    pub(crate) inner: T,
    pub(crate) activity: Arc<Activity>,
}

impl<T: AsyncRead + Unpin> AsyncRead for Socket<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.activity.bytes(true);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Socket<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        self.activity.bytes(false);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write_vectored(cx, bufs))?;
        self.activity.bytes(false);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(activity: &Activity, seconds: u64) -> Verdict {
        activity.verdict(activity.opened + Duration::from_secs(seconds), &Limits::default())
    }

    #[tokio::test]
    async fn headers_must_come_in_time() {
        let activity = Activity::new();
        assert!(matches!(after(&activity, 9), Verdict::LookAt(_)));
        assert_eq!(after(&activity, 11), Verdict::Late);
    }

    #[tokio::test]
    async fn a_request_has_no_limit_here_and_idleness_begins_after_its_answer() {
        let activity = Activity::new();
        let handling = activity.begin(false);
        assert!(matches!(after(&activity, 1000), Verdict::LookAt(_)));
        let body = handling.answered(Body::empty());
        assert!(matches!(after(&activity, 70), Verdict::LookAt(_)));
        assert_eq!(after(&activity, 80), Verdict::Idle, "the caller does not read its answer");
        drop(body);
        assert!(matches!(after(&activity, 70), Verdict::LookAt(_)));
        assert_eq!(after(&activity, 80), Verdict::Idle);
    }

    #[tokio::test]
    async fn bytes_of_a_next_request_start_the_shorter_time() {
        let activity = Activity::new();
        drop(activity.begin(false).answered(Body::empty()));
        assert!(matches!(after(&activity, 20), Verdict::LookAt(_)));
        activity.bytes(true);
        assert_eq!(after(&activity, 20), Verdict::Late);
        drop(activity.begin(true).answered(Body::empty()));
        activity.bytes(true);
        assert!(matches!(after(&activity, 20), Verdict::LookAt(_)), "frames of HTTP/2 are no headers");
    }
}
