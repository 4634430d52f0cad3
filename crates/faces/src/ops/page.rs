//! The OpenAPI document as one page that needs nothing else.
use crate::openapi::operations;
use std::fmt::Write;
use utoipa::openapi::{OpenApi, RefOr, path::Operation};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
    color:#1b2430;background:#fff}code{font:13px ui-monospace,monospace}h2{margin-top:2.5rem}\
    details{border:1px solid #d7dde4;border-radius:6px;margin:.4rem 0;padding:.4rem .8rem}\
    summary{cursor:pointer}b{display:inline-block;min-width:4.5rem;font:600 13px ui-monospace,monospace}\
    table{border-collapse:collapse;width:100%;margin:.6rem 0}td,th{border-top:1px solid #e6eaef;padding:.25rem .5rem;\
    text-align:left;vertical-align:top}th{font-weight:600}.gone{text-decoration:line-through}\
    @media(prefers-color-scheme:dark){body{color:#dbe2ea;background:#12171d}\
    details,td,th{border-color:#2c3641}}";

/// The page.
pub(super) fn written(document: &OpenApi) -> String {
    let mut out = String::with_capacity(128 * 1024);
    let title = escaped(&document.info.title);
    out.push_str("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width\">");
    // Writing to a String cannot fail.
    let _ = write!(out, "<title>{title}</title><style>{STYLE}</style><h1>{title}</h1>");
    let about = document.info.description.as_deref().unwrap_or_default();
    let _ = write!(out, "<p>{}<p><a href=\"/openapi.json\">openapi.json</a>", escaped(about));
    let mut tag = "";
    for (path, item) in &document.paths.paths {
        for (method, operation) in operations(item) {
            let face = operation.tags.iter().flatten().next().map_or("", String::as_str);
            if face != tag {
                tag = face;
                let _ = write!(out, "<h2>{}</h2>", escaped(face));
            }
            write_operation(&mut out, method, path, operation);
        }
    }
    out.push_str("</html>\n");
    out
}

fn write_operation(out: &mut String, method: &str, path: &str, operation: &Operation) {
    let class = if operation.deprecated.is_some() { " class=\"gone\"" } else { "" };
    let summary = escaped(operation.summary.as_deref().unwrap_or_default());
    let path = escaped(path);
    let _ = write!(out, "<details><summary><b>{method}</b><code{class}>{path}</code> {summary}</summary>");
    if let Some(description) = &operation.description {
        let _ = write!(out, "<p>{}", escaped(description));
    }
    let params = operation.parameters.iter().flatten().filter_map(|param| match param {
        RefOr::T(param) => Some((param.name.as_str(), param.description.as_deref().unwrap_or_default())),
        RefOr::Ref(_) => None,
    });
    write_table(out, "Parameter", params);
    let responses = operation.responses.responses.iter().filter_map(|(status, response)| match response {
        RefOr::T(response) => Some((status.as_str(), response.description.as_str())),
        RefOr::Ref(_) => None,
    });
    write_table(out, "Answer", responses);
    out.push_str("</details>\n");
}

fn write_table<'a>(out: &mut String, heading: &str, rows: impl Iterator<Item = (&'a str, &'a str)>) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    let _ = write!(out, "<table><tr><th>{heading}<th>");
    for (name, text) in rows {
        let _ = write!(out, "<tr><td><code>{}</code><td>{}", escaped(name), escaped(text));
    }
    out.push_str("</table>");
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::openapi;

    #[test]
    fn every_call_is_on_the_page_and_nothing_is_fetched() {
        let document = openapi();
        let page = written(&document);
        for path in document.paths.paths.keys() {
            assert!(page.contains(&format!(">{path}</code>")), "{path}");
        }
        for outside in ["<script", "<link", "src=", "http://", "https://", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
        for face in ["Nexus", "Real Time", "SSO", "Operations"] {
            assert_eq!(page.matches(&format!("<h2>{face}</h2>")).count(), 1, "{face}");
        }
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(escaped("a<b>&\"c\""), "a&lt;b&gt;&amp;&quot;c&quot;");
    }
}
