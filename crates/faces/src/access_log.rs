//! The access log: one line for errors, slow requests and a sample of the others, through a bounded channel.
//!
//! A line names the route, never the path, so that no token of a URL is in it, and no query.
use std::{
    io::{self, Write},
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Duration,
};

/// Which requests are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessLogSettings {
    /// Requests that took at least this long are logged.
    pub slow_from: Duration,
    /// Every so many-th of the other requests is logged; 0: none.
    pub sample_every: u64,
    /// Lines that may wait to be written; further ones are lost, and counted.
    pub lines_max: usize,
}

impl Default for AccessLogSettings {
    fn default() -> Self {
        Self { slow_from: Duration::from_secs(1), sample_every: 100, lines_max: 4096 }
    }
}

/// The side of the requests: never waits.
#[derive(Debug)]
pub struct AccessLog {
    lines: SyncSender<Vec<u8>>,
    settings: AccessLogSettings,
    seen: AtomicU64,
    lost: AtomicU64,
}

/// The side that writes; give it a thread of its own.
#[derive(Debug)]
pub struct AccessLogWriter(Receiver<Vec<u8>>);

/// What is logged of a request.
#[derive(Debug)]
pub struct Entry<'a> {
    /// RFC 3339, machine time.
    pub time: String,
    /// The id of the request.
    pub id: &'a str,
    /// The method.
    pub method: &'a str,
    /// The route, with its parameters' names: `/members/{member_guid}`.
    pub route: &'a str,
    /// HTTP status.
    pub status: u16,
    /// Our code of an error.
    pub code: Option<u16>,
    /// How long it took.
    pub elapsed: Duration,
}

impl AccessLog {
    /// Both sides. The writer ends when this side is dropped.
    pub fn new(settings: AccessLogSettings) -> (Self, AccessLogWriter) {
        let (lines, receiver) = sync_channel(settings.lines_max);
        (
            Self { lines, settings, seen: AtomicU64::new(0), lost: AtomicU64::new(0) },
            AccessLogWriter(receiver),
        )
    }

    /// Whether a request with this outcome is logged.
    pub fn wants(&self, status: u16, elapsed: Duration) -> bool {
        if status >= 400 || elapsed >= self.settings.slow_from {
            return true;
        }
        let every = self.settings.sample_every;
        every > 0 && self.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(every)
    }

    /// Logs one request, unless too many lines wait.
    pub fn write(&self, entry: &Entry<'_>) {
        if self.lines.try_send(entry.line()).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Lines lost so far.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Entry<'_> {
    /// One JSON object. Its texts are of our making or checked, and need no escaping.
    fn line(&self) -> Vec<u8> {
        let Self { time, id, method, route, status, code, elapsed } = self;
        let code = code.map_or_else(String::new, |code| format!(r#","code":{code}"#));
        let micros = elapsed.as_micros();
        format!(
            "{{\"time\":\"{time}\",\"request_id\":\"{id}\",\"method\":\"{method}\",\"route\":\"{route}\",\"status\":{status}{code},\"micros\":{micros}}}\n"
        )
        .into_bytes()
    }
}

impl AccessLogWriter {
    /// Writes lines until the other side is gone; flushes whenever none is waiting.
    pub fn run(self, mut out: impl Write) -> io::Result<()> {
        while let Ok(line) = self.0.recv() {
            out.write_all(&line)?;
            for line in self.0.try_iter() {
                out.write_all(&line)?;
            }
            out.flush()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str) -> Entry<'_> {
        Entry {
            time: "2024-01-01T00:00:00.000Z".into(),
            id,
            method: "GET",
            route: "/members/{member_guid}",
            status: 404,
            code: Some(4040),
            elapsed: Duration::from_micros(120),
        }
    }

    #[test]
    fn errors_slow_ones_and_a_sample() {
        let (log, _writer) = AccessLog::new(AccessLogSettings { sample_every: 10, ..Default::default() });
        assert!(log.wants(401, Duration::ZERO));
        assert!(log.wants(200, Duration::from_secs(1)));
        let sampled = (0..100).filter(|_| log.wants(200, Duration::ZERO)).count();
        assert_eq!(sampled, 10);
        let (log, _writer) = AccessLog::new(AccessLogSettings { sample_every: 0, ..Default::default() });
        assert!(!log.wants(200, Duration::ZERO));
    }

    #[test]
    fn lines_are_written_and_those_too_many_are_counted() {
        let (log, writer) = AccessLog::new(AccessLogSettings { lines_max: 2, ..Default::default() });
        for id in ["a", "b", "c"] {
            log.write(&entry(id));
        }
        assert_eq!(log.lost(), 1);
        drop(log);
        let mut out = Vec::new();
        writer.run(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 2);
        let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(line["route"], "/members/{member_guid}");
        assert_eq!((line["code"].as_u64(), line["micros"].as_u64()), (Some(4040), Some(120)));
    }
}
