//! Which addresses a client may send its users to.
use super::exit::is_allowed;

fn allows(prefix: &str, url: &str) -> bool {
    is_allowed(url, &[prefix.to_owned()])
}

#[test]
fn an_address_begins_with_what_the_operator_allowed() {
    for (prefix, url) in [
        ("https://app.example", "https://app.example"),
        ("https://app.example", "https://APP.example/x?y#z"),
        ("https://app.example/", "https://app.example:443/x"),
        ("https://app.example/back", "https://app.example/back"),
        ("https://app.example/back", "https://app.example/back/x"),
        ("https://app.example/back", "https://app.example/back?x"),
        ("https://app.example/back?a=1", "https://app.example/back?a=1&b=2"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/x"),
        ("myapp://", "myapp://anything/at/all"),
        ("myapp://back", "myapp://back"),
        ("myapp://back", "myapp://back/x"),
        ("com.example.app:/back", "com.example.app:/back/x"),
    ] {
        assert!(allows(prefix, url), "{prefix} {url}");
    }
}

#[test]
fn nothing_else_does() {
    for (prefix, url) in [
        ("https://app.example", "https://app.example.evil"),
        ("https://app.example", "https://app.example@evil"),
        ("https://app.example", "https://x@app.example"),
        ("https://app.example", "http://app.example"),
        ("https://app.example", "https://app.example:8443"),
        ("https://app.example/back", "https://app.example/backdoor"),
        ("https://app.example/back", "https://app.example/back/../x"),
        ("https://app.example/back", "https://app.example/back/%2e%2e/x"),
        ("https://app.example/back?a=1", "https://app.example/back"),
        ("https://app.example/back?a=1", "https://app.example/back/x?a=1"),
        ("myapp://", "myapp:x"),
        ("myapp://back", "myapp://backdoor"),
        ("javascript:", "javascript:alert(1)"),
        ("data:", "data:text/html,x"),
        ("file:///", "file:///etc/passwd"),
        ("https://app.example", "app.example"),
        ("https://app.example", ""),
        ("", "https://app.example"),
        ("app.example", "https://app.example"),
    ] {
        assert!(!allows(prefix, url), "{prefix} {url}");
    }
    assert!(!is_allowed("https://app.example", &[]));
}
