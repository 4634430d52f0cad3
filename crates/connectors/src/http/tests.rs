//! Where requests may go, and what an answer may cost.
use super::*;
use std::io::{Read as _, Write as _};

fn check(url: &str) -> Result<(), HttpError> {
    Filter::default().check(url).map(drop)
}

#[test]
fn only_public_addresses_are_public() {
    for private in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "ff02::1",
    ] {
        assert!(!is_public(private.parse().unwrap()), "{private}");
    }
    for public in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1111", "2001:4860:4860::8888"] {
        assert!(is_public(public.parse().unwrap()), "{public}");
    }
}

#[test]
fn urls_are_judged_by_scheme_host_and_port() {
    assert_eq!(check("https://example.com/hook"), Ok(()));
    assert_eq!(check("http://example.com/hook"), Err(HttpError::NotAllowed("plain HTTP")));
    assert_eq!(check("ftp://example.com/"), Err(HttpError::NotAllowed("neither HTTP nor HTTPS")));
    assert_eq!(check("https://127.0.0.1/"), Err(HttpError::NotAllowed("not a public address")));
    // Other spellings of 127.0.0.1.
    for url in ["https://2130706433/", "https://0x7f.1/", "https://[::ffff:127.0.0.1]/", "https://127.1/"] {
        assert_eq!(check(url), Err(HttpError::NotAllowed("not a public address")), "{url}");
    }
    assert_eq!(check("https://u:p@example.com/"), Err(HttpError::NotAllowed("a URL with a user name")));
    assert_eq!(check("nonsense"), Err(HttpError::Malformed("the URL")));
}

#[test]
fn an_admitted_address_is_admitted_with_its_port_only() {
    let filter = Filter { admitted: vec!["127.0.0.1:4000".parse().unwrap()], ..Filter::default() };
    assert!(filter.check("http://127.0.0.1:4000/x").is_ok());
    assert!(filter.check("http://127.0.0.1:4001/x").is_err());
    assert!(filter.check("http://127.0.0.2:4000/x").is_err());
}

#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_refused_when_connecting() {
    let client = HttpClient::new(Filter { allow_plain: true, ..Filter::default() }).unwrap();
    let request = http::Request::get("http://localhost:9/").body(Vec::new()).unwrap();
    let limits = Limits { timeout: Duration::from_secs(5), body_max: 10 };
    let refused = client.send(request, limits).await.unwrap_err();
    assert_eq!(refused, HttpError::NotAllowed("the name resolves to no public address"));
}

/// A server that answers one connection with these bytes and closes it.
fn one_answer(bytes: &'static [u8]) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _read = stream.read(&mut [0; 4096]);
        let _written = stream.write_all(bytes);
    });
    address
}

async fn ask(bytes: &'static [u8], body_max: usize) -> Result<http::Response<Vec<u8>>, HttpError> {
    let address = one_answer(bytes);
    let client = HttpClient::new(Filter { admitted: vec![address], ..Filter::default() }).unwrap();
    let request = http::Request::get(format!("http://{address}/")).body(Vec::new()).unwrap();
    client.send(request, Limits { timeout: Duration::from_secs(10), body_max }).await
}

#[tokio::test]
async fn an_answer_is_read_whole_and_redirects_are_not_followed() {
    let answer =
        ask(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 2\r\n\r\nhi", 2).await;
    let answer = answer.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_slice()), (302, &b"hi"[..]));
}

#[tokio::test]
async fn an_answer_that_is_too_long_or_broken_off_is_an_error() {
    let long = ask(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", 2).await;
    assert_eq!(long.unwrap_err(), HttpError::TooLarge(2));
    let short = ask(b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\nabc", 99).await;
    assert_eq!(short.unwrap_err(), HttpError::Broken);
}

/// A server that answers one connection with a head, and then with this again and again until nobody listens; says how
/// many bytes it got rid of.
fn endless(head: &'static [u8], again: &'static [u8]) -> (SocketAddr, std::thread::JoinHandle<usize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let sender = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _read = stream.read(&mut [0; 4096]);
        let mut sent = 0;
        let mut next = head;
        while stream.write_all(next).is_ok() {
            sent += next.len();
            next = again;
        }
        sent
    });
    (address, sender)
}

/// Waits for the end of the server; the connection is closed meanwhile.
async fn sent_by(sender: std::thread::JoinHandle<usize>) -> usize {
    tokio::task::spawn_blocking(move || sender.join().unwrap()).await.unwrap()
}

async fn ask_at(address: SocketAddr, limits: Limits) -> Result<http::Response<Vec<u8>>, HttpError> {
    let client = HttpClient::new(Filter { admitted: vec![address], ..Filter::default() }).unwrap();
    let request = http::Request::get(format!("http://{address}/")).body(Vec::new()).unwrap();
    client.send(request, limits).await
}

/// What lies in the buffers of two sockets and of the connection at most, beyond what was read.
const IN_FLIGHT: usize = 16 << 20;

#[tokio::test]
async fn zeros_without_an_end_are_read_up_to_the_limit_only() {
    const ZEROS: &[u8] = &[0; 64 << 10];
    let body_max = 1 << 20;
    let limits = Limits { timeout: Duration::from_secs(60), body_max };
    for head in [
        &b"HTTP/1.1 200 OK\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\ncontent-encoding: gzip\r\n\r\n",
    ] {
        let (address, sender) = endless(head, ZEROS);
        assert_eq!(ask_at(address, limits).await.unwrap_err(), HttpError::TooLarge(body_max));
        let sent = sent_by(sender).await;
        assert!(sent < body_max + IN_FLIGHT, "{sent} bytes were taken");
    }
}

#[tokio::test]
async fn headers_and_chunks_without_an_end_are_given_up() {
    let limits = Limits { timeout: Duration::from_secs(60), body_max: 16 << 10 };
    let (address, sender) =
        endless(b"HTTP/1.1 200 OK\r\n", b"x-padding: 0123456789012345678901234567890123456789\r\n");
    assert_eq!(ask_at(address, limits).await.unwrap_err(), HttpError::Broken);
    assert!(sent_by(sender).await < IN_FLIGHT);
    let (address, sender) =
        endless(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"4\r\nzero\r\n");
    assert_eq!(ask_at(address, limits).await.unwrap_err(), HttpError::TooLarge(16 << 10));
    assert!(sent_by(sender).await < IN_FLIGHT);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let limits = Limits { timeout: Duration::from_millis(50), body_max: 10 };
    assert_eq!(ask_at(listener.local_addr().unwrap(), limits).await.unwrap_err(), HttpError::Timeout);
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_an_answer_and_nobody_goes_there() {
    let private = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    private.set_nonblocking(true).unwrap();
    let to = private.local_addr().unwrap();
    let head =
        format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{to}/\r\ncontent-length: 0\r\n\r\n");
    let answer = ask(Box::leak(head.into_boxed_str()).as_bytes(), 10).await.unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(private.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody came");
    // Whoever reads the header and asks for it is refused.
    assert_eq!(ask_other(to).await, HttpError::NotAllowed("plain HTTP"));
}

async fn ask_other(address: SocketAddr) -> HttpError {
    let client = HttpClient::new(Filter::default()).unwrap();
    let request = http::Request::get(format!("http://{address}/")).body(Vec::new()).unwrap();
    let limits = Limits { timeout: Duration::from_secs(5), body_max: 10 };
    client.send(request, limits).await.unwrap_err()
}

#[tokio::test]
async fn what_an_answer_says_of_itself_is_not_believed() {
    // Neither unpacked nor read as text: the bytes as they came, for whoever parses them.
    let packed = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n\
        content-length: 4\r\n\r\n\x1f\x8b\xff\xfe";
    let answer = ask(packed, 10).await.unwrap();
    assert_eq!(answer.body().as_slice(), b"\x1f\x8b\xff\xfe");
    let nonsense = ask(b"\xff\xfe\0\0 not HTTP at all\r\n\r\n", 10).await;
    assert_eq!(nonsense.unwrap_err(), HttpError::Broken);
}
