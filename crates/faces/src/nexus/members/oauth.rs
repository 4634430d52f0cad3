//! `GET /members/{member_guid}/oauth_window_uri`: where the user consents (`spec: nexus-core, 4`).
use super::docs;
use crate::{
    app::App,
    auth::{Audit, NexusSession},
    call::{Answer, Call, Params},
    error::ApiError,
    nexus::writable,
    object::{Object, rooted},
    query::Query,
};
use axum::extract::State;
use domain::enums::ReferralSource;
use engine::oauth::WindowOptions;

/// Characters that an address to return to may have.
pub(super) const URL_CHARS_MAX: usize = 2048;
/// Characters of a scheme.
const SCHEME_CHARS: std::ops::RangeInclusive<usize> = 2..=64;
/// Schemes that run something or read a file.
const SCHEMES_NEVER: [&str; 3] = ["javascript", "data", "file"];

/// What a query or body says of the consent, before its form was checked.
pub(super) struct Given {
    pub(super) client_redirect_url: Option<String>,
    pub(super) referral_source: Option<String>,
    pub(super) url_scheme: Option<String>,
    pub(super) skip_aggregation: bool,
    pub(super) include_transactions: Option<bool>,
}

impl Given {
    fn of_query(query: &Query) -> Result<Self, ApiError> {
        let text = |name, chars_max| Ok::<_, ApiError>(query.text(name, chars_max)?.map(str::to_owned));
        Ok(Self {
            client_redirect_url: text("client_redirect_url", URL_CHARS_MAX)?,
            referral_source: text("referral_source", 255)?,
            url_scheme: text("ui_message_webview_url_scheme", 255)?,
            skip_aggregation: query.boolean("skip_aggregation")?.unwrap_or(false),
            include_transactions: None,
        })
    }

    /// 4002 for what is none of the documented values.
    pub(super) fn checked(self) -> Result<WindowOptions, ApiError> {
        let source = match self.referral_source.as_deref() {
            None => ReferralSource::Browser,
            Some(name) => ReferralSource::ALL
                .iter()
                .copied()
                .find(|source| source.name() == name)
                .ok_or_else(|| ApiError::invalid("referral_source", "must be one of BROWSER, APP"))?,
        };
        if !self.url_scheme.as_deref().is_none_or(is_scheme) {
            let what = "must be the scheme of an app";
            return Err(ApiError::invalid("ui_message_webview_url_scheme", what));
        }
        Ok(WindowOptions {
            client_redirect_url: self.client_redirect_url,
            referral_source: source,
            url_scheme: self.url_scheme,
            skip_aggregation: self.skip_aggregation,
            include_transactions: self.include_transactions,
        })
    }
}

/// `^[a-z][a-z0-9+.-]{1,63}$` in any case, and none that runs something.
fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'))
        && SCHEME_CHARS.contains(&text.len())
        && !SCHEMES_NEVER.iter().any(|never| never.eq_ignore_ascii_case(text))
}

/// Get an OAuth window URI
///
/// The address where the user consents at the institution: good for one visit and one hour; a newer one cancels
/// the older.
#[utoipa::path(
    get,
    path = "/members/{member_guid}/oauth_window_uri",
    params(
        ("client_redirect_url" = Option<String>, Query, description = "Where the user returns, with `referral_source` APP; must begin with one of the client's redirect URLs."),
        ("referral_source" = Option<String>, Query, description = "`BROWSER` (default) or `APP`."),
        ("ui_message_webview_url_scheme" = Option<String>, Query, description = "Scheme of the messages to a web view."),
        ("skip_aggregation" = Option<bool>, Query, description = "True: no job after the consent."),
    ),
    responses(
        (status = 200, description = "The address.", body = docs::OauthWindowAnswer),
        (status = 400, description = "4002: a bad parameter; 4003: the institution has no OAuth."),
        (status = 403, description = "4031: the user is restricted."),
        (status = 405, description = "4050: the status does not allow it."),
        (status = 422, description = "4222: the member is managed by the partner."),
    )
)]
pub async fn window_uri(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    writable(&app, &session).await?;
    call.json()?;
    app.engine().member(session.scope, &guid).await?;
    let options = Given::of_query(&call.query)?.checked()?;
    let uri = app.engine().oauth_window_uri(&audit, session.scope, &guid, options).await?;
    Ok(Answer::ok(rooted("member", 320, |out| {
        let mut object = Object::open(out);
        object.guid("guid", uri.member());
        object.text("oauth_window_uri", &uri.at(app.public_url()));
        object.close();
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_of_apps() {
        for right in ["MX", "mx", "my-app", "com.example.app+x", &"a".repeat(64)] {
            assert!(is_scheme(right), "{right}");
        }
        for wrong in
            ["", "a", "1app", "my app", "my:app", "a/b", "JavaScript", "data", "FILE", "é", &"a".repeat(65)]
        {
            assert!(!is_scheme(wrong), "{wrong}");
        }
    }
}
