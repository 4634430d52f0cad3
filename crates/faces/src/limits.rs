//! Every limit of the HTTP faces, with the defaults of `spec: conventions, 8`.
use crate::dialect::Face;
use std::time::Duration;

/// The limits of requests and connections. All are settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body (4130).
    pub body_bytes_max: usize,
    /// Bytes of the body of `transactions/bulk` of Real Time (`spec: partner, 3`).
    pub bulk_bytes_max: usize,
    /// Bytes of a batch file (`spec: partner, 5`).
    pub upload_bytes_max: usize,
    /// Bytes of path and query (4140).
    pub uri_bytes_max: usize,
    /// Number of headers (4310).
    pub headers_max: usize,
    /// Bytes of all headers, names and values (4310).
    pub headers_bytes_max: usize,
    /// Time for a request (4080); not for `/sandbox`.
    pub request_time_max: Duration,
    /// Time for the upload of a batch file, in place of `request_time_max`.
    pub upload_time_max: Duration,
    /// Time until the headers of a request are there.
    pub header_time_max: Duration,
    /// Time a connection may wait for its next request, or for the caller to read on.
    pub idle_time_max: Duration,
    /// Connections at a time; further ones wait to be accepted.
    pub connections_max: usize,
    /// Requests at a time on one HTTP/2 connection.
    pub streams_max: u32,
    /// Time that open requests get to finish at a shutdown.
    pub shutdown_time_max: Duration,
    /// Bodies from this size on are compressed for callers that ask.
    pub compress_bytes_min: u64,
    /// Rate limits; with `--sandbox` they are off unless set.
    pub rates: Rates,
}

/// Rate limits (4290). `None` is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests of one session: a second, and in a burst.
    pub session: Option<Rate>,
    /// Writes with one API key.
    pub key_writes: Option<Rate>,
    /// Reads with one API key.
    pub key_reads: Option<Rate>,
    /// Failed `POST /sessions` a minute from one source address; of as many refused API keys the audit trail has a
    /// row each.
    pub login_failures_per_minute: Option<u32>,
    /// Sessions, keys or addresses that are remembered, each.
    pub keys_max: usize,
}

/// How often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Sustained, a second.
    pub per_second: u32,
    /// At once, after a pause.
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 1 << 20,
            bulk_bytes_max: 8 << 20,
            upload_bytes_max: 512 << 20,
            uri_bytes_max: 8 << 10,
            headers_max: 100,
            headers_bytes_max: 32 << 10,
            request_time_max: Duration::from_secs(30),
            upload_time_max: Duration::from_secs(600),
            header_time_max: Duration::from_secs(10),
            idle_time_max: Duration::from_secs(75),
            connections_max: 10_000,
            streams_max: 200,
            shutdown_time_max: Duration::from_secs(30),
            compress_bytes_min: 1025,
            rates: Rates::default(),
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            session: Some(Rate { per_second: 50, burst: 200 }),
            key_writes: Some(Rate { per_second: 750, burst: 750 }),
            key_reads: Some(Rate { per_second: 2000, burst: 2000 }),
            login_failures_per_minute: Some(20),
            keys_max: 200_000,
        }
    }
}

impl Rates {
    /// None at all: the default with `--sandbox`.
    pub const OFF: Self = Self {
        session: None,
        key_writes: None,
        key_reads: None,
        login_failures_per_minute: None,
        keys_max: 1024,
    };
}

impl Limits {
    /// Bytes that the body of a request to this path may have.
    pub fn body_max(&self, face: Face, path: &str) -> usize {
        match face {
            Face::Live if is_upload(path) => self.upload_bytes_max,
            Face::Live if path.ends_with("/transactions/bulk") => self.bulk_bytes_max,
            _ => self.body_bytes_max,
        }
    }

    /// Time that a request to this path may take; `None` is any.
    pub fn time_max(&self, face: Face, path: &str) -> Option<Duration> {
        match face {
            Face::Sandbox => None,
            Face::Live if is_upload(path) => Some(self.upload_time_max),
            _ => Some(self.request_time_max),
        }
    }
}

/// `/live/{client_id}/batch_files/{file_name}`
fn is_upload(path: &str) -> bool {
    path.split('/').nth(3) == Some("batch_files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_paths_have_their_own_limits() {
        let limits = Limits::default();
        assert_eq!(limits.body_max(Face::Nexus, "/members"), 1_048_576);
        assert_eq!(
            limits.body_max(Face::Live, "/live/c/users/u/members/m/accounts/a/transactions/bulk"),
            8 << 20
        );
        assert_eq!(limits.body_max(Face::Live, "/live/c/batch_files/x.csv"), 512 << 20);
        assert_eq!(limits.time_max(Face::Sandbox, "/sandbox/run"), None);
        assert_eq!(limits.time_max(Face::Nexus, "/x"), Some(Duration::from_secs(30)));
        assert_eq!(limits.time_max(Face::Live, "/live/c/batch_files/x.csv"), Some(Duration::from_secs(600)));
    }
}
