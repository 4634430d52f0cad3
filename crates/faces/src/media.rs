//! Media types: what an answer is sent as, and which request bodies are taken.
//! Source: `spec: conventions, 3 and 4`; for SSO and Real Time `spec: partner, 1`.
use crate::dialect::Face;
use http::{HeaderMap, Method, header};

/// A type that an answer can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/vnd.mx.nexus.v1+json`, the default of Nexus.
    Nexus,
    /// `application/vnd.mx.api.v1+json`, documented for a few endpoints of Nexus.
    Api,
    /// `application/vnd.mx.nexus.beta+json`, of older microdeposit clients.
    Beta,
    /// `application/json`.
    Json,
    /// `application/xml`.
    Xml,
    /// `application/vnd.moneydesktop.sso.v3+json`.
    SsoJson,
    /// `application/vnd.moneydesktop.sso.v3+xml`.
    SsoXml,
    /// `application/vnd.moneydesktop.mdx.v5+json`.
    LiveJson,
    /// `application/vnd.moneydesktop.mdx.v5+xml`.
    LiveXml,
}

impl MediaType {
    /// The text of the Content-Type header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nexus => "application/vnd.mx.nexus.v1+json",
            Self::Api => "application/vnd.mx.api.v1+json",
            Self::Beta => "application/vnd.mx.nexus.beta+json",
            Self::Json => "application/json",
            Self::Xml => "application/xml",
            Self::SsoJson => "application/vnd.moneydesktop.sso.v3+json",
            Self::SsoXml => "application/vnd.moneydesktop.sso.v3+xml",
            Self::LiveJson => "application/vnd.moneydesktop.mdx.v5+json",
            Self::LiveXml => "application/vnd.moneydesktop.mdx.v5+xml",
        }
    }

    /// Whether answers of this type are XML.
    pub const fn is_xml(self) -> bool {
        matches!(self, Self::Xml | Self::SsoXml | Self::LiveXml)
    }

    /// The JSON type that goes with this one.
    #[must_use]
    pub const fn as_json(self) -> Self {
        match self {
            Self::Xml => Self::Json,
            Self::SsoXml => Self::SsoJson,
            Self::LiveXml => Self::LiveJson,
            json => json,
        }
    }
}

/// The type of the 2014 dialect; it is answered as `application/json`.
const MONEYDESKTOP: &str = "application/vnd.moneydesktop.v1+json";

/// The types Nexus speaks, as named in Accept and Content-Type, with the type of the answer.
const NEXUS_TYPES: [(&str, MediaType); 5] = [
    ("application/vnd.mx.nexus.v1+json", MediaType::Nexus),
    ("application/vnd.mx.api.v1+json", MediaType::Api),
    ("application/vnd.mx.nexus.beta+json", MediaType::Beta),
    ("application/json", MediaType::Json),
    (MONEYDESKTOP, MediaType::Json),
];

/// How a Nexus request wants to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The type of the answer; `None` is 406/4060.
    pub media: Option<MediaType>,
    /// The type chosen is that of the 2014 dialect.
    pub moneydesktop: bool,
    /// A `vnd.mx` type is named.
    pub names_mx: bool,
}

/// The documented type of the answers of a Nexus endpoint, by its path without prefix and suffix.
pub fn documented_type(method: &Method, path: &str) -> MediaType {
    let mut parts = path.split('/').skip(1);
    let api = match (parts.next(), parts.next(), parts.next()) {
        (Some("user"), None, _) => *method == Method::GET || *method == Method::HEAD,
        (Some("accounts"), Some(_), Some("account_number" | "account_numbers"))
        | (Some("tags" | "taggings" | "transaction_rules"), _, _) => true,
        _ => false,
    };
    if api { MediaType::Api } else { MediaType::Nexus }
}

/// Chooses the type of a Nexus answer. Of equal quality a named type goes before a wildcard, then the first.
pub fn negotiate_nexus(headers: &HeaderMap, documented: MediaType) -> Accepted {
    let mut best: Option<(u16, bool, MediaType, bool)> = None;
    let (mut seen, mut names_mx, mut documented_refused, mut json_refused) = (false, false, false, false);
    let mut wildcard: Option<(u8, u16)> = None;
    for_each_range(headers, |range, quality| {
        seen = true;
        let specific = match range {
            "*/*" | "*" => Some(0),
            _ if range.eq_ignore_ascii_case("application/*") => Some(1),
            _ => None,
        };
        if let Some(specific) = specific {
            if wildcard.is_none_or(|(s, _)| specific > s) {
                wildcard = Some((specific, quality));
            }
            return;
        }
        let Some((name, media)) = NEXUS_TYPES.iter().find(|(name, _)| range.eq_ignore_ascii_case(name))
        else {
            return;
        };
        names_mx |= quality > 0 && matches!(media, MediaType::Nexus | MediaType::Api | MediaType::Beta);
        if quality == 0 {
            documented_refused |= *media == documented;
            json_refused |= *media == MediaType::Json;
        } else if best.is_none_or(|(q, ..)| quality > q) {
            best = Some((quality, true, *media, *name == MONEYDESKTOP));
        }
    });
    if !seen {
        return Accepted { media: Some(documented), moneydesktop: false, names_mx: false };
    }
    if let Some((_, quality)) = wildcard.filter(|(_, q)| *q > 0)
        && best.is_none_or(|(q, ..)| quality > q)
        && let Some(media) = match (documented_refused, json_refused) {
            (false, _) => Some(documented),
            (true, false) => Some(MediaType::Json),
            (true, true) => None,
        }
    {
        best = Some((quality, false, media, false));
    }
    Accepted {
        media: best.map(|(_, _, media, _)| media),
        moneydesktop: best.is_some_and(|(.., moneydesktop)| moneydesktop),
        names_mx,
    }
}

/// The type of an answer of SSO or Real Time: the suffix decides, else Accept, else JSON; never 406.
pub fn negotiate_partner(face: Face, suffix: Option<Suffix>, headers: &HeaderMap) -> MediaType {
    match suffix {
        Some(Suffix::Json) => return MediaType::Json,
        Some(Suffix::Xml) => return MediaType::Xml,
        None => {}
    }
    let (json, xml) = match face {
        Face::Sso => (MediaType::SsoJson, MediaType::SsoXml),
        _ => (MediaType::LiveJson, MediaType::LiveXml),
    };
    let mut best = (0, json);
    for_each_range(headers, |range, quality| {
        let range = range.to_ascii_lowercase();
        let media = match range.as_str() {
            "application/json" => MediaType::Json,
            "application/xml" => MediaType::Xml,
            _ if range.ends_with("+json") => json,
            _ if range.ends_with("+xml") => xml,
            _ => return,
        };
        if quality > best.0 {
            best = (quality, media);
        }
    });
    best.1
}

/// A suffix of a path that names the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suffix {
    /// `.json`
    Json,
    /// `.xml`
    Xml,
}

/// Whether Nexus takes a body of this Content-Type; absent or empty is fine.
pub fn nexus_takes(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let Ok(text) = value.to_str() else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence.is_empty() || NEXUS_TYPES.iter().any(|(name, _)| essence.eq_ignore_ascii_case(name))
}

/// Whether a body for SSO or Real Time is XML: its type says so, or says nothing and it begins with `<`.
pub fn partner_sends_xml(headers: &HeaderMap, body: &[u8]) -> bool {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence.ends_with("/xml") || essence.ends_with("+xml") {
        return true;
    }
    if essence.ends_with("/json") || essence.ends_with("+json") {
        return false;
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    body.trim_ascii_start().first() == Some(&b'<')
}

/// Calls `take(range, quality in thousandths)` for each media range of all Accept headers; parameters other
/// than `q` are read over, and a `q` that is no number counts as 1.
fn for_each_range(headers: &HeaderMap, mut take: impl FnMut(&str, u16)) {
    for value in headers.get_all(header::ACCEPT) {
        let Ok(text) = value.to_str() else { continue };
        for part in split_outside_quotes(text, b',') {
            let mut pieces = split_outside_quotes(part, b';').map(str::trim);
            let range = pieces.next().unwrap_or_default();
            if range.is_empty() {
                continue;
            }
            let quality = pieces
                .find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q=")))
                .map_or(1000, thousandths);
            take(range, quality);
        }
    }
}

/// `0.85` as 850; what is no number between 0 and 1 is 1000.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !matches!(whole, "" | "0") || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return 1000;
    }
    let mut places = fraction.bytes().chain(std::iter::repeat(b'0'));
    [100u16, 10, 1]
        .iter()
        .fold(0, |sum, weight| sum + weight * u16::from(places.next().unwrap_or(b'0').saturating_sub(b'0')))
}

/// Splits at a separator that does not stand inside a quoted string.
fn split_outside_quotes(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = current.bytes().position(|byte| {
            if escaped {
                escaped = false;
            } else if quoted && byte == b'\\' {
                escaped = true;
            } else if byte == b'"' {
                quoted = !quoted;
            }
            byte == separator && !quoted
        });
        let (part, after) = match end {
            Some(at) => (current.get(..at)?, current.get(at + 1..)),
            None => (current, None),
        };
        rest = after;
        Some(part)
    })
}

#[cfg(test)]
mod tests;
