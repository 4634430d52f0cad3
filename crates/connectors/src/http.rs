//! The one way out: every request to somebody else's server goes through [`HttpClient`].
//!
//! It connects to public addresses only (what a name resolves to is checked at the moment of connecting, so that
//! a name cannot be pointed elsewhere in between), follows no redirects, uses no proxy, and bounds time and size
//! of every answer. An operator may allow private addresses; single addresses are admitted by [`Filter::admitted`].
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use url::{Host, Url};

#[cfg(test)]
mod tests;

/// How long connecting may take (`spec: partner, 7`).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Idle connections to one server that are kept.
const IDLE_MAX: usize = 4;

/// Where requests may go.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whether private, loopback and link-local addresses are allowed: the operator's decision.
    pub allow_private: bool,
    /// Whether plain HTTP is allowed; to an admitted address it always is.
    pub allow_plain: bool,
    /// Addresses that are allowed by exact address and port, where a URL names them by number.
    pub admitted: Vec<SocketAddr>,
    /// PEM of certificate authorities that are trusted besides those of the machine.
    pub authorities: Vec<u8>,
}

/// Why there is no answer. No variant repeats a URL, a header or a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Not an address that a request may go to.
    #[error("the address is not allowed: {0}")]
    NotAllowed(&'static str),
    /// The request could not be built.
    #[error("the request is malformed: {0}")]
    Malformed(&'static str),
    /// No connection.
    #[error("no connection could be made")]
    Connect,
    /// No complete answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke in the middle of the answer.
    #[error("the connection broke before the answer was complete")]
    Broken,
    /// The answer is longer than allowed.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
}

/// What an answer may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time from the start until the whole answer is there (machine time).
    pub timeout: Duration,
    /// Bytes of the body.
    pub body_max: usize,
}

/// A client for requests to others; cheap to clone.
#[derive(Clone)]
pub struct HttpClient {
    client: reqwest::Client,
    filter: Filter,
}

impl HttpClient {
    /// A client with this filter.
    pub fn new(filter: Filter) -> Result<Self, HttpError> {
        Self::build(filter, None)
    }

    /// The same client, but showing a certificate: PEM of the private key and the chain.
    pub fn with_certificate(&self, pem: &[u8]) -> Result<Self, HttpError> {
        let identity = reqwest::Identity::from_pem(pem)
            .map_err(|_| HttpError::Malformed("the client certificate is no PEM of a key and its chain"))?;
        Self::build(self.filter.clone(), Some(identity))
    }

    /// A client that may also ask this address.
    pub fn admitting(&self, address: SocketAddr) -> Result<Self, HttpError> {
        let mut filter = self.filter.clone();
        filter.admitted.push(address);
        Self::new(filter)
    }

    fn build(filter: Filter, identity: Option<reqwest::Identity>) -> Result<Self, HttpError> {
        let resolver = Arc::new(FilteredResolver { allow_private: filter.allow_private });
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(resolver)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(IDLE_MAX)
            .user_agent(concat!("tributary/", env!("CARGO_PKG_VERSION")));
        let authorities = reqwest::Certificate::from_pem_bundle(&filter.authorities)
            .map_err(|_| HttpError::Malformed("the certificate authorities are no PEM"))?;
        let builder = builder.tls_certs_merge(authorities);
        let builder = match identity {
            Some(identity) => builder.identity(identity),
            None => builder,
        };
        let client = builder.build().map_err(|_| HttpError::Malformed("the TLS configuration"))?;
        Ok(Self { client, filter })
    }

    /// Whether requests may go to a URL, as far as its text tells; names are checked again when they are resolved.
    pub fn check(&self, url: &str) -> Result<Url, HttpError> {
        self.filter.check(url)
    }

    /// Sends a request and reads the whole answer. Redirects are answers like any other.
    pub async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> Result<http::Response<Vec<u8>>, HttpError> {
        let (head, body) = request.into_parts();
        let url = self.filter.check(&head.uri.to_string())?;
        let request = self.client.request(head.method, url).headers(head.headers).body(body);
        match tokio::time::timeout(limits.timeout, receive(request, limits.body_max)).await {
            Ok(answer) => answer,
            Err(_) => Err(HttpError::Timeout),
        }
    }
}

async fn receive(
    request: reqwest::RequestBuilder,
    body_max: usize,
) -> Result<http::Response<Vec<u8>>, HttpError> {
    let mut answer = request.send().await.map_err(|error| told(&error))?;
    let mut out = http::Response::new(Vec::new());
    *out.status_mut() = answer.status();
    *out.headers_mut() = std::mem::take(answer.headers_mut());
    while let Some(chunk) = answer.chunk().await.map_err(|error| told(&error))? {
        if out.body().len().saturating_add(chunk.len()) > body_max {
            return Err(HttpError::TooLarge(body_max));
        }
        out.body_mut().extend_from_slice(&chunk);
    }
    Ok(out)
}

fn told(error: &reqwest::Error) -> HttpError {
    let is_refused_name = std::iter::successors(std::error::Error::source(error), |e| e.source())
        .any(|e| e.downcast_ref::<PrivateAddress>().is_some());
    if is_refused_name {
        HttpError::NotAllowed("the name resolves to no public address")
    } else if error.is_timeout() {
        HttpError::Timeout
    } else if error.is_connect() {
        HttpError::Connect
    } else {
        HttpError::Broken
    }
}

impl Filter {
    /// Whether a URL may be asked, as far as its text tells.
    pub fn check(&self, url: &str) -> Result<Url, HttpError> {
        let url = Url::parse(url).map_err(|_| HttpError::Malformed("the URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(HttpError::NotAllowed("a URL with a user name"));
        }
        let address = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(_)) => None,
            None => return Err(HttpError::NotAllowed("a URL without a host")),
        };
        let port = url.port_or_known_default();
        let is_admitted =
            address.zip(port).is_some_and(|(ip, port)| self.admitted.contains(&SocketAddr::new(ip, port)));
        match url.scheme() {
            "https" => {}
            "http" if self.allow_plain || is_admitted => {}
            "http" => return Err(HttpError::NotAllowed("plain HTTP")),
            _ => return Err(HttpError::NotAllowed("neither HTTP nor HTTPS")),
        }
        if let Some(ip) = address
            && !(is_admitted || self.allow_private || is_public(ip))
        {
            return Err(HttpError::NotAllowed("not a public address"));
        }
        Ok(url)
    }
}

/// Resolves names to public addresses only.
struct FilteredResolver {
    allow_private: bool,
}

/// A name has addresses, but none that is allowed.
#[derive(Debug, thiserror::Error)]
#[error("the name resolves to no public address")]
struct PrivateAddress;

impl Resolve for FilteredResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> =
                found.into_iter().filter(|a| allow_private || is_public(a.ip())).collect();
            if allowed.is_empty() {
                return Err(PrivateAddress.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is one of the public network.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0 // this network
        || a >= 240 // reserved, broadcast
        || (a == 100 && (64..128).contains(&b)) // carrier-grade address translation
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || (a == 192 && b == 88 && c == 99) // 6to4 relays
        || (a == 198 && (18..20).contains(&b)); // benchmarks
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(mapped) = ip.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [s0, s1, s2, s3, s4, s5, s6, s7] = ip.segments();
    let inner = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    if [s0, s1, s2, s3, s4, s5] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return is_public_v4(inner(s6, s7)); // NAT64
    }
    if s0 == 0x2002 {
        return is_public_v4(inner(s1, s2)); // 6to4
    }
    let is_global_unicast = s0 & 0xe000 == 0x2000;
    let is_special = match s0 {
        0x2001 => s1 < 0x0200 || s1 == 0x0db8, // Teredo, benchmarks, documentation
        0x3fff => s1 < 0x1000,                 // documentation
        _ => false,
    };
    is_global_unicast && !is_special
}
