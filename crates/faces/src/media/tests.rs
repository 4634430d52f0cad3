use super::*;
use http::HeaderValue;
use proptest::prelude::*;

fn accept(values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::ACCEPT, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn nexus(values: &[&str]) -> Option<&'static str> {
    negotiate_nexus(&accept(values), MediaType::Api).media.map(MediaType::as_str)
}

#[test]
fn absent_or_wildcard_gives_the_documented_type() {
    for values in
        [vec![], vec![""], vec!["*/*"], vec!["application/*"], vec!["text/html, */*;q=0.1"], vec!["*"]]
    {
        assert_eq!(nexus(&values), Some("application/vnd.mx.api.v1+json"), "{values:?}");
    }
}

#[test]
fn a_named_type_is_given() {
    for (name, media) in NEXUS_TYPES {
        assert_eq!(nexus(&[name]), Some(media.as_str()));
        assert_eq!(nexus(&[&name.to_uppercase()]), Some(media.as_str()));
        assert_eq!(nexus(&[&format!("{name}; charset=utf-8")]), Some(media.as_str()));
        assert_eq!(nexus(&[&format!("text/plain, {name}, */*")]), Some(media.as_str()));
        assert_eq!(nexus(&["text/plain", name]), Some(media.as_str()));
    }
    assert_eq!(nexus(&["application/vnd.moneydesktop.v1+json"]), Some("application/json"));
}

#[test]
fn only_others_is_not_acceptable() {
    for value in
        ["text/html", "application/xml", "text/*", "application/json;q=0", "*/*;q=0", "application/jso"]
    {
        assert_eq!(nexus(&[value]), None, "{value}");
    }
}

#[test]
fn quality_decides_and_zero_excludes() {
    assert_eq!(
        nexus(&["application/json;q=0.5, application/vnd.mx.nexus.v1+json;q=0.8"]),
        Some("application/vnd.mx.nexus.v1+json")
    );
    assert_eq!(nexus(&["application/json;q=0.5, */*;q=0.8"]), Some("application/vnd.mx.api.v1+json"));
    assert_eq!(nexus(&["application/vnd.mx.api.v1+json;q=0, */*"]), Some("application/json"));
    assert_eq!(nexus(&["application/*;q=0, */*"]), None);
    assert_eq!(
        nexus(&["text/x;a=\"b,application/json\", application/json;v=\";q=0\""]),
        Some("application/json")
    );
}

#[test]
fn the_2014_type_and_the_mx_types_are_noticed() {
    let accepted = negotiate_nexus(&accept(&["application/vnd.moneydesktop.v1+json"]), MediaType::Nexus);
    assert!(accepted.moneydesktop && !accepted.names_mx);
    let accepted = negotiate_nexus(&accept(&["application/vnd.mx.nexus.beta+json"]), MediaType::Nexus);
    assert!(!accepted.moneydesktop && accepted.names_mx);
}

#[test]
fn documented_types() {
    let of = |method: Method, path| documented_type(&method, path);
    assert_eq!(of(Method::GET, "/user"), MediaType::Api);
    assert_eq!(of(Method::PUT, "/user"), MediaType::Nexus);
    assert_eq!(of(Method::GET, "/accounts/ACT-1/account_number"), MediaType::Api);
    assert_eq!(of(Method::GET, "/members/MBR-1/account_numbers"), MediaType::Nexus);
    assert_eq!(of(Method::POST, "/tags"), MediaType::Api);
    assert_eq!(of(Method::PUT, "/transaction_rules/TXR-1"), MediaType::Api);
    assert_eq!(of(Method::GET, "/accounts"), MediaType::Nexus);
}

#[test]
fn partners_suffix_goes_before_accept_and_plain_types_are_kept() {
    let of = |suffix, value: &str| negotiate_partner(Face::Sso, suffix, &accept(&[value])).as_str();
    assert_eq!(of(Some(Suffix::Json), "application/vnd.moneydesktop.sso.v3+xml"), "application/json");
    assert_eq!(of(Some(Suffix::Xml), "application/json"), "application/xml");
    assert_eq!(
        of(None, "application/vnd.moneydesktop.sso.v3+xml"),
        "application/vnd.moneydesktop.sso.v3+xml"
    );
    assert_eq!(of(None, "application/vnd.moneydesktop.sso.v3"), "application/vnd.moneydesktop.sso.v3+json");
    assert_eq!(of(None, "application/xml"), "application/xml");
    assert_eq!(of(None, "application/json"), "application/json");
    assert_eq!(of(None, "image/png"), "application/vnd.moneydesktop.sso.v3+json");
    assert_eq!(of(None, "application/xml;q=0.2, a/b+json;q=0.3"), "application/vnd.moneydesktop.sso.v3+json");
    assert_eq!(
        negotiate_partner(Face::Live, None, &HeaderMap::new()).as_str(),
        "application/vnd.moneydesktop.mdx.v5+json"
    );
}

#[test]
fn request_types() {
    let of = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(value).unwrap());
        headers
    };
    assert!(nexus_takes(&HeaderMap::new()));
    assert!(nexus_takes(&of("Application/JSON; charset=utf-8")));
    assert!(nexus_takes(&of("application/vnd.moneydesktop.v1+json")));
    assert!(!nexus_takes(&of("application/x-www-form-urlencoded")));
    assert!(partner_sends_xml(&of("application/vnd.moneydesktop.mdx.v5+xml"), b"{}"));
    assert!(!partner_sends_xml(&of("application/json"), b"<a/>"));
    assert!(partner_sends_xml(&of("text/plain"), b" \n<a/>"));
    assert!(!partner_sends_xml(&HeaderMap::new(), b"{}"));
}

proptest! {
    #[test]
    fn no_accept_header_upsets_the_parser(value in "[ -~]{0,60}") {
        let headers = accept(&[&value]);
        negotiate_nexus(&headers, MediaType::Nexus);
        negotiate_partner(Face::Live, None, &headers);
    }
}
