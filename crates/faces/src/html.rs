//! Pages for people: plain, without anything from elsewhere, and of use without scripts.
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::env::Entropy;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:10vh auto;padding:0 1rem;\
    color:#1b2430;background:#fff}label,legend{display:block;font-weight:600;margin-top:1rem}\
    input,select,button{font:inherit;padding:.5rem;margin-top:.25rem;width:100%;box-sizing:border-box}\
    button{margin-top:1.5rem;font-weight:600}\
    @media(prefers-color-scheme:dark){body{color:#dbe2ea;background:#12171d}}";

/// Tells the window that opened this one what came of it.
const SCRIPT: &str = "if(window.opener){window.opener.postMessage(\
    JSON.parse(document.getElementById(\"message\").textContent),\"*\")}";

/// A page.
pub(crate) struct Page<'a> {
    pub(crate) status: StatusCode,
    pub(crate) title: &'a str,
    /// Escaped already.
    pub(crate) body: String,
    /// What the window that opened this one is told.
    pub(crate) message: Option<Value>,
}

impl Page<'_> {
    /// The page with the headers that keep it from everything it does not need.
    pub(crate) fn response(self, entropy: &dyn Entropy) -> Response {
        let mut random = [0; 16];
        entropy.fill(&mut random);
        let nonce = STANDARD.encode(random);
        let title = escaped(self.title);
        let mut page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
             <style nonce=\"{nonce}\">{STYLE}</style></head><body><main><h1>{title}</h1>{}</main>",
            self.body
        );
        if let Some(message) = &self.message {
            let message = in_script(message);
            page.push_str("<script type=\"application/json\" id=\"message\">");
            page.push_str(&message);
            page.push_str("</script><script nonce=\"");
            page.push_str(&nonce);
            page.push_str("\">");
            page.push_str(SCRIPT);
            page.push_str("</script>");
        }
        page.push_str("</body></html>\n");
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        let mut response = (self.status, page).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        guarded(response)
    }
}

/// 302, for a browser that is not told where it came from.
pub(crate) fn redirect(location: &str) -> Option<Response> {
    let mut response = StatusCode::FOUND.into_response();
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(location).ok()?);
    Some(guarded(response))
}

fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A text inside HTML, attributes included.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// JSON inside a script: nothing in it ends the script or begins a comment.
fn in_script(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_and_values_stay_what_they_are() {
        assert_eq!(escaped("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
        let value = json!({"a": "</script><!--&"});
        let text = in_script(&value);
        assert!(!text.contains(['<', '>', '&']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn no_header_is_made_of_what_is_none() {
        assert!(redirect("https://app.example/\r\nset-cookie: x").is_none());
        assert_eq!(redirect("myapp://x").unwrap().headers()["location"], "myapp://x");
    }
}
