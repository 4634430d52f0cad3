//! From the path on the wire to the path of the router: faces by host, suffixes, the trailing slash, and
//! which dialect is spoken. Source: `spec: conventions, 1 and 4`.
use crate::media::Suffix;
use http::{Uri, uri::PathAndQuery};
use std::borrow::Cow;

/// Which face a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// The root: what an application of an end user calls.
    Nexus,
    /// `/sso/{client_id}`.
    Sso,
    /// `/live/{client_id}`: Real Time.
    Live,
    /// `/download/{client_id}`: reporting.
    Reporting,
    /// `/sandbox`.
    Sandbox,
    /// `/platform`, with its own errors.
    Platform,
    /// `/health`, `/metrics`, `/openapi.json`.
    Operations,
    /// `/console`, `/connect`, `/md`, `/login`, `/oauth`, `/docs`: pages, with their own errors.
    Pages,
}

impl Face {
    /// The face that a path belongs to, by its first segment.
    pub fn of_path(path: &str) -> Self {
        match path.trim_start_matches('/').split('/').next().unwrap_or_default() {
            "sso" => Self::Sso,
            "live" => Self::Live,
            "download" => Self::Reporting,
            "sandbox" => Self::Sandbox,
            "platform" => Self::Platform,
            "health" | "metrics" | "openapi.json" => Self::Operations,
            "console" | "connect" | "md" | "login" | "oauth" | "docs" => Self::Pages,
            _ => Self::Nexus,
        }
    }

    /// Whether its errors have the body of `spec: conventions, 5`.
    pub const fn has_api_errors(self) -> bool {
        !matches!(self, Self::Platform | Self::Pages)
    }

    /// Whether partners speak to it in JSON or XML, by the rules of `spec: partner, 1`.
    pub const fn is_partner(self) -> bool {
        matches!(self, Self::Sso | Self::Live)
    }
}

/// Which shape paginated answers have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// `pagination`.
    #[default]
    Present,
    /// `pagination_data`, as clients of 2014 expect it.
    Old,
}

/// Host names under which a face is reachable without its prefix. Lower case, without a port.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    /// `--nexus-host`
    pub nexus: Option<String>,
    /// `--sso-host`
    pub sso: Option<String>,
    /// `--live-host`
    pub live: Option<String>,
    /// `--platform-host`
    pub platform: Option<String>,
}

impl Hosts {
    /// The face that a Host header (or authority) stands for.
    pub fn face(&self, host: &str) -> Option<Face> {
        let name = match host.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        let is = |own: &Option<String>| own.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        [
            (&self.nexus, Face::Nexus),
            (&self.sso, Face::Sso),
            (&self.live, Face::Live),
            (&self.platform, Face::Platform),
        ]
        .into_iter()
        .find_map(|(own, face)| is(own).then_some(face))
    }

    const fn any(&self) -> bool {
        self.nexus.is_some() || self.sso.is_some() || self.live.is_some() || self.platform.is_some()
    }
}

/// A path as the router knows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Normal<'a> {
    /// The path; percent-encoding is left as it was. `None`: this host has no such path.
    pub path: Option<Cow<'a, str>>,
    /// The face.
    pub face: Face,
    /// The suffix that was taken off.
    pub suffix: Option<Suffix>,
}

/// Reads a path as the face of its host, without suffix and trailing slash.
pub fn normalise<'a>(path: &'a str, host: Option<&str>, hosts: &Hosts) -> Normal<'a> {
    let by_host = host.filter(|_| hosts.any()).and_then(|host| hosts.face(host));
    let face = by_host.unwrap_or_else(|| Face::of_path(path));
    let nowhere =
        !path.starts_with('/') || (by_host == Some(Face::Nexus) && Face::of_path(path) != Face::Nexus);
    if nowhere {
        return Normal { path: None, face, suffix: None };
    }
    let (trimmed, suffix) = match face {
        Face::Nexus => {
            let open = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
            without(open, ".json").map_or((open, None), |rest| (rest, Some(Suffix::Json)))
        }
        Face::Sso | Face::Live => without(path, ".json")
            .map(|rest| (rest, Some(Suffix::Json)))
            .or_else(|| without(path, ".xml").map(|rest| (rest, Some(Suffix::Xml))))
            .unwrap_or((path, None)),
        _ => (path, None),
    };
    let prefix = match by_host {
        Some(Face::Sso) => "/sso",
        Some(Face::Live) => "/live",
        Some(Face::Platform) => "/platform",
        _ => "",
    };
    let path =
        if prefix.is_empty() { Cow::Borrowed(trimmed) } else { Cow::Owned(format!("{prefix}{trimmed}")) };
    Normal { path: Some(path), face, suffix }
}

/// The path without a suffix, where a name is left before it.
fn without<'a>(path: &'a str, suffix: &str) -> Option<&'a str> {
    path.strip_suffix(suffix).filter(|rest| !rest.ends_with('/') && !rest.is_empty())
}

/// The same URI with another path; the query is kept. `None` where the path is not one.
pub(crate) fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(path: &str) -> Normal<'_> {
        normalise(path, None, &Hosts::default())
    }

    fn hosts() -> Hosts {
        Hosts {
            nexus: Some("nexus.example".into()),
            sso: Some("sso.example".into()),
            live: Some("live.example".into()),
            platform: Some("platform.example".into()),
        }
    }

    #[test]
    fn suffixes_and_slashes_of_nexus() {
        for (wire, path, suffix) in [
            ("/users", "/users", None),
            ("/user.json", "/user", Some(Suffix::Json)),
            ("/members/", "/members", None),
            ("/members.json/", "/members", Some(Suffix::Json)),
            ("/members.xml", "/members.xml", None),
            ("/", "/", None),
            ("/.json", "/.json", None),
            ("/a%2Fb.json", "/a%2Fb", Some(Suffix::Json)),
        ] {
            assert_eq!(plain(wire), Normal { path: Some(path.into()), face: Face::Nexus, suffix }, "{wire}");
        }
    }

    #[test]
    fn suffixes_of_partner_faces_and_no_slash() {
        assert_eq!(plain("/sso/c/users/u/urls.xml").suffix, Some(Suffix::Xml));
        assert_eq!(plain("/live/c/users.json").path.as_deref(), Some("/live/c/users"));
        assert_eq!(plain("/live/c/users/").path.as_deref(), Some("/live/c/users/"));
        assert_eq!(plain("/openapi.json").path.as_deref(), Some("/openapi.json"));
        assert_eq!(plain("/platform/x.json").path.as_deref(), Some("/platform/x.json"));
    }

    #[test]
    fn a_host_stands_for_the_prefix() {
        let hosts = hosts();
        let of = |host, path| normalise(path, Some(host), &hosts);
        assert_eq!(
            of("SSO.example:8443", "/c/users/u/urls.json").path.as_deref(),
            Some("/sso/c/users/u/urls")
        );
        assert_eq!(of("live.example", "/c/users").face, Face::Live);
        assert_eq!(of("platform.example", "/users/").path.as_deref(), Some("/platform/users/"));
        assert_eq!(of("nexus.example", "/members/").path.as_deref(), Some("/members"));
        assert_eq!(of("nexus.example", "/sso/c/users").path, None);
        assert_eq!(of("other.example", "/sso/c/users").face, Face::Sso);
        assert_eq!(of("[::1]:80", "/members").face, Face::Nexus);
    }

    #[test]
    fn what_is_no_path_is_nowhere() {
        assert_eq!(plain("*").path, None);
        assert_eq!(plain("").path, None);
    }

    #[test]
    fn the_query_is_kept() {
        let uri: Uri = "http://h/members.json?page=2".parse().unwrap();
        assert_eq!(with_path(&uri, "/members").unwrap().to_string(), "http://h/members?page=2");
    }

    proptest! {
        #[test]
        fn normal_paths_stay(path in "/[a-z]{1,8}(/[a-zA-Z0-9_-]{1,8}){0,4}") {
            let normal = plain(&path);
            prop_assert_eq!(normal.path.as_deref(), Some(path.as_str()));
        }

        #[test]
        fn a_suffix_changes_nothing_but_itself(path in "/[a-z]{1,8}(/[a-zA-Z0-9_-]{1,8}){0,4}") {
            prop_assume!(Face::of_path(&path) == Face::Nexus);
            let json = format!("{path}.json");
            let normal = plain(&json);
            prop_assert_eq!(normal.path.as_deref(), Some(path.as_str()));
        }
    }
}
