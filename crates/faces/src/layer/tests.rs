use super::*;
use crate::{
    access_log::{AccessLogSettings, AccessLogWriter},
    call::{Answer, Call, Params, path_guid},
    error::ApiError,
};
use axum::routing::{get, post};
use domain::{guid::Member, time::Timestamp};
use http_body_util::BodyExt;

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

const MEMBER: &str = "/members/MBR-11141024-90b3-1bce-cac9-c06ced52ab4c";

async fn list(call: Call) -> Result<Answer, ApiError> {
    let mut out = br#"{"members":[],"#.to_vec();
    call.page().of_total(0).write(call.dialect(), &mut out);
    out.push(b'}');
    Ok(Answer::ok(out))
}

async fn update(Params(guid): Params<String>, call: Call) -> Result<Answer, ApiError> {
    let body = call.json()?;
    path_guid::<Member>(&guid, "member")?;
    let name = body.read("member", &["name"], |f| f.text("name", 5)?.kept())?;
    Ok(Answer::ok(format!(r#"{{"member":{{"name":"{}"}}}}"#, name.unwrap_or_default())))
}

async fn panics() -> Answer {
    panic!("secret")
}

fn router() -> Router {
    Router::new()
        .route("/members", get(list).post(list))
        .route("/members/{member_guid}", get(list).put(update).delete(|| async { Answer::none() }))
        .route("/user", get(list))
        .route("/big", get(|| async { Answer::ok(vec![b' '; 1025]) }))
        .route("/small", get(|| async { Answer::ok(vec![b' '; 1024]) }))
        .route("/panic", get(panics))
        .route("/never", get(std::future::pending::<()>))
        .route("/sandbox/slow", get(tokio::task::yield_now))
        .route("/sso/{client_id}/users/{id}/urls", post(|_: Call| async { Answer::ok("{}") }))
        .route("/console", get(|| async { (StatusCode::NOT_FOUND, "a page") }))
}

fn faces_with(limits: Limits) -> (Faces, AccessLogWriter) {
    let (log, writer) = AccessLog::new(AccessLogSettings { sample_every: 0, ..Default::default() });
    let hosts = Hosts { sso: Some("sso.example".into()), ..Hosts::default() };
    let routes = vec!["/members/{member_guid}".into(), "/panic".into()];
    let around = Around { limits, hosts, proxies: Vec::new(), routes, log, clock: Arc::new(Zeros) };
    (Faces::new(router(), around, &Zeros), writer)
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
    fn code(&self) -> u64 {
        serde_json::from_slice::<serde_json::Value>(&self.body).unwrap()["error"]["code"].as_u64().unwrap()
    }
}

async fn send(faces: &Faces, method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = faces.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Reply { status: parts.status.as_u16(), headers: parts.headers, body }
}

async fn ask(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    send(&faces_with(Limits::default()).0, method, uri, headers, body).await
}

#[tokio::test]
async fn answers_have_the_type_asked_for_and_our_headers() {
    let reply = ask("GET", "/members", &[], "").await;
    assert_eq!(reply.header("content-type"), "application/vnd.mx.nexus.v1+json");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("x-request-id"), "00000000000000000000000000000001");
    assert_eq!(ask("GET", "/user", &[], "").await.header("content-type"), "application/vnd.mx.api.v1+json");
    let reply = ask("GET", "/user", &[("accept", "application/json"), ("x-request-id", "mine")], "").await;
    assert_eq!((reply.header("content-type"), reply.header("x-request-id")), ("application/json", "mine"));
}

#[tokio::test]
async fn errors_follow_accept_but_406_is_json() {
    let reply = ask("GET", "/nope", &[("accept", "application/vnd.mx.nexus.beta+json")], "").await;
    assert_eq!((reply.status, reply.header("content-type")), (404, "application/vnd.mx.nexus.beta+json"));
    assert_eq!(reply.text(), r#"{"error":{"code":4040,"message":"path not found"}}"#);
    let reply = ask("GET", "/members", &[("accept", "text/html")], "").await;
    assert_eq!((reply.code(), reply.header("content-type")), (4060, "application/json"));
}

#[tokio::test]
async fn a_wrong_method_says_which_are_allowed() {
    for method in ["PATCH", "DELETE", "OPTIONS"] {
        let reply = ask(method, "/members", &[], "").await;
        assert_eq!(reply.code(), 4050, "{method}");
        assert_eq!(reply.header("allow"), "GET,HEAD,POST");
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let get = ask("GET", "/members", &[], "").await;
    let head = ask("HEAD", "/members", &[], "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    assert_eq!(head.header("content-type"), get.header("content-type"));
    assert_eq!(
        (ask("HEAD", "/nope", &[], "").await.status, ask("HEAD", "/nope", &[], "").await.body.len()),
        (404, 0)
    );
}

#[tokio::test]
async fn the_2014_dialect() {
    let old = [("accept", "application/vnd.moneydesktop.v1+json")];
    let mx = [("accept", "application/vnd.mx.nexus.v1+json")];
    for (uri, headers) in [("/members.json", &[][..]), ("/members/", &old), ("/members.json/?page=1", &[])] {
        let reply = ask("GET", uri, headers, "").await;
        assert_eq!(reply.header("content-type"), "application/json", "{uri}");
        assert!(reply.text().contains(r#""pagination_data":"#), "{uri}");
    }
    let reply = ask("GET", "/members.json", &mx, "").await;
    assert_eq!(reply.header("content-type"), "application/vnd.mx.nexus.v1+json");
    assert!(reply.text().contains(r#""pagination":"#));
    assert!(ask("GET", "/members/", &[], "").await.text().contains(r#""pagination":"#));
}

#[tokio::test]
async fn content_types_are_looked_at_only_where_there_is_a_body() {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(ask("PUT", MEMBER, &form, r#"{"member":{}}"#).await.code(), 4150);
    for none in ["", "null", " \n"] {
        assert_eq!(ask("PUT", MEMBER, &form, none).await.code(), 4001, "{none:?}");
    }
    assert_eq!(
        ask("GET", "/members", &[("content-type", "text/html"), ("content-length", "0")], "").await.status,
        200
    );
}

#[tokio::test]
async fn bodies_rooted_and_unrooted() {
    for body in [r#"{"member":{"name":"x"}}"#, r#"{"name":" x "}"#, "\u{feff}{\"name\":\"x\"}"] {
        assert_eq!(ask("PUT", MEMBER, &[], body).await.text(), r#"{"member":{"name":"x"}}"#, "{body}");
    }
    for (body, code) in [
        ("{}", 4001),
        ("[]", 4000),
        ("{", 4000),
        (r#"{"name":5}"#, 4002),
        (r#"{"name":""}"#, 4002),
        (r#"{"name":"xxxxxx"}"#, 4222),
    ] {
        assert_eq!(ask("PUT", MEMBER, &[], body).await.code(), code, "{body}");
    }
    assert_eq!(
        ask("PUT", "/members/USR-1", &[], r#"{"name":"x"}"#).await.text(),
        r#"{"error":{"code":4040,"message":"member not found"}}"#
    );
    assert_eq!(ask("PUT", "/members/%FF", &[], r#"{"name":"x"}"#).await.code(), 4040);
    assert_eq!(ask("DELETE", MEMBER, &[], "").await.status, 204);
}

#[tokio::test]
async fn sizes_are_checked_before_anything_else() {
    let big = "x".repeat((1 << 20) + 1);
    assert_eq!(ask("PUT", MEMBER, &[], &big).await.code(), 4130);
    assert_eq!(ask("PUT", "/nope", &[("accept", "text/html")], &big).await.code(), 4130);
    assert_eq!(ask("GET", &format!("/members?x={}", "y".repeat(8182)), &[], "").await.code(), 4140);
    assert_eq!(ask("GET", &format!("/members?x={}", "y".repeat(8181)), &[], "").await.status, 200);
    let names: Vec<String> = (0..101).map(|n| format!("x-{n}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    assert_eq!(ask("GET", "/members", &many, "").await.code(), 4310);
    assert_eq!(ask("GET", "/members", &many[..100], "").await.status, 200);
    assert_eq!(ask("GET", "/members", &[("x", &"y".repeat(32 << 10))], "").await.code(), 4310);
}

/// A body that does not say how long it is.
struct Endless;
impl HttpBody for Endless {
    type Data = bytes::Bytes;
    type Error = Infallible;
    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<bytes::Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(hyper::body::Frame::data(bytes::Bytes::from_static(&[b' '; 1024])))))
    }
}

#[tokio::test]
async fn a_body_without_a_length_is_limited_too() {
    let (faces, _writer) = faces_with(Limits::default());
    let request = Request::put(MEMBER).body(Body::new(Endless)).unwrap();
    assert_eq!(faces.oneshot(request).await.unwrap().status(), 413);
}

#[tokio::test]
async fn time_runs_out_but_not_for_the_sandbox() {
    let (faces, _writer) = faces_with(Limits { request_time_max: Duration::ZERO, ..Limits::default() });
    assert_eq!(send(&faces, "GET", "/never", &[], "").await.code(), 4080);
    assert_eq!(send(&faces, "GET", "/sandbox/slow", &[], "").await.status, 200);
}

#[tokio::test]
async fn a_panic_is_our_fault_and_says_nothing() {
    let reply = ask("GET", "/panic", &[], "").await;
    assert_eq!(reply.code(), 5000);
    assert!(!reply.text().contains("secret"));
}

#[tokio::test]
async fn bodies_above_one_kibibyte_are_compressed_for_who_asks() {
    for encoding in ["gzip", "deflate", "br"] {
        let reply = ask("GET", "/big", &[("accept-encoding", encoding)], "").await;
        assert_eq!(reply.header("content-encoding"), encoding);
        assert!(reply.body.len() < 200);
        assert_eq!(reply.header("content-type"), "application/vnd.mx.nexus.v1+json");
    }
    assert_eq!(ask("GET", "/small", &[("accept-encoding", "gzip")], "").await.header("content-encoding"), "");
    assert_eq!(ask("GET", "/big", &[], "").await.body.len(), 1025);
}

#[tokio::test]
async fn partners_get_what_the_suffix_says() {
    let reply = ask("POST", "/sso/c/users/u/urls.xml", &[], "<url/>").await;
    assert_eq!(reply.header("content-type"), "application/xml");
    assert!(reply.text().contains("<error><code>4000</code>"), "{}", reply.text());
    let reply = ask("GET", "/sso/c/nope", &[("accept", "text/html")], "").await;
    assert_eq!(
        (reply.code(), reply.header("content-type")),
        (4040, "application/vnd.moneydesktop.sso.v3+json")
    );
    let text = [("content-type", "text/plain")];
    let reply = ask("POST", "/sso/c/users/u/urls.json", &text, "{}").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    assert_eq!(ask("POST", "/sso/c/users/u/urls/", &[], "").await.code(), 4040);
}

#[tokio::test]
async fn a_host_is_read_as_its_face() {
    let reply = ask("POST", "/c/users/u/urls.json", &[("host", "sso.example:443")], "").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    assert_eq!(ask("POST", "http://sso.example/c/users/u/urls", &[], "").await.status, 200);
    assert_eq!(ask("POST", "/c/users/u/urls", &[("host", "other")], "").await.code(), 4040);
}

#[tokio::test]
async fn pages_keep_their_own_errors() {
    let reply = ask("GET", "/console", &[], "").await;
    assert_eq!((reply.status, reply.text()), (404, "a page"));
}

#[tokio::test]
async fn the_log_names_the_route_and_the_metrics_count_it() {
    let (faces, writer) = faces_with(Limits::default());
    send(&faces, "PUT", &format!("{MEMBER}?token=t0ken"), &[], "{}").await;
    send(&faces, "GET", "/members", &[], "").await;
    let metrics = faces.metrics();
    drop(faces);
    let mut registry = prometheus_client::registry::Registry::default();
    registry.register_collector(Box::new(metrics));
    let mut scraped = String::new();
    prometheus_client::encoding::text::encode(&mut scraped, &registry).unwrap();
    let counted = r#"http_requests_total{route="/members/{member_guid}",method="PUT",status="4xx"} 1"#;
    assert!(scraped.contains(counted), "{scraped}");
    let mut out = Vec::new();
    writer.run(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 1, "only the error: {text}");
    assert!(text.contains(r#""route":"/members/{member_guid}","status":400,"code":4001,"#), "{text}");
    assert!(!text.contains("t0ken") && !text.contains("MBR-"));
}
