//! Where the user goes after a consent (`spec: nexus-core, 4`), and where a client may send its users at all.
use domain::{
    enums::{OauthErrorReason, ReferralSource},
    guid::MemberGuid,
};
use serde_json::{Map, Value};
use store::oauth::OauthWindow;
use url::Url;

/// Schemes that run something, or read a file, in place of going somewhere.
const SCHEMES_NEVER: [&str; 6] = ["javascript", "data", "file", "vbscript", "blob", "about"];

/// Whether an address begins with one that the operator allowed. A prefix ends where a part of the path does, so
/// that `https://app.example` allows neither `https://app.example.evil` nor a user name before another host.
pub(super) fn is_allowed(url: &str, prefixes: &[String]) -> bool {
    let Some(url) = Url::parse(url).ok().filter(is_harmless) else { return false };
    prefixes.iter().any(|prefix| Url::parse(prefix).is_ok_and(|prefix| begins_with(&url, &prefix)))
}

fn is_harmless(url: &Url) -> bool {
    !SCHEMES_NEVER.contains(&url.scheme()) && url.username().is_empty() && url.password().is_none()
}

fn begins_with(url: &Url, prefix: &Url) -> bool {
    if prefix.host_str().is_none_or(str::is_empty) {
        // `myapp://` allows all that the app understands.
        return url.as_str().starts_with(prefix.as_str());
    }
    let same_place = url.scheme() == prefix.scheme()
        && url.host_str() == prefix.host_str()
        && url.port_or_known_default() == prefix.port_or_known_default();
    let rest = url.path().strip_prefix(prefix.path());
    let is_below = rest.is_some_and(|rest| {
        rest.is_empty() || rest.starts_with('/') || prefix.path().ends_with('/') || prefix.path().is_empty()
    });
    let same_query = prefix.query().is_none_or(|query| {
        url.path() == prefix.path() && url.query().is_some_and(|given| given.starts_with(query))
    });
    same_place && is_below && same_query
}

/// The address to go to; none: the page that tells its opener.
pub(super) fn location(
    window: &OauthWindow,
    member: MemberGuid,
    reason: Option<OauthErrorReason>,
) -> Option<String> {
    if let Some(scheme) = &window.url_scheme {
        let metadata = Value::Object(metadata(member, reason)).to_string();
        let metadata: String = url::form_urlencoded::byte_serialize(metadata.as_bytes()).collect();
        return Some(format!("{scheme}://oauthComplete/{}?metadata={metadata}", word(reason)));
    }
    let own =
        window.client_redirect_url.as_ref().filter(|_| window.referral_source == ReferralSource::App)?;
    let mut url = Url::parse(own).ok()?;
    let mut pairs = url.query_pairs_mut();
    pairs.append_pair("status", word(reason)).append_pair("member_guid", &member.to_string());
    if let Some(reason) = reason {
        pairs.append_pair("error_reason", reason.name());
    }
    drop(pairs);
    Some(url.into())
}

/// `success` or `error`.
pub(super) fn word(reason: Option<OauthErrorReason>) -> &'static str {
    if reason.is_none() { "success" } else { "error" }
}

/// What the app is told besides that.
pub(super) fn metadata(member: MemberGuid, reason: Option<OauthErrorReason>) -> Map<String, Value> {
    let mut metadata = Map::from_iter([("member_guid".to_owned(), Value::from(member.to_string()))]);
    if let Some(reason) = reason {
        metadata.insert("error_reason".to_owned(), reason.name().into());
    }
    metadata
}
