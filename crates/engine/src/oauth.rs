//! Members by OAuth: the window in which a user may consent at the institution (`spec: nexus-core, 4`).
//!
//! A member has one window at a time, and a newer one replaces it. Its URI is good for one visit, which leads to the
//! institution with a `state` of one use; what came of the consent is written once (`consent`). URI and state are
//! their own proof: the store makes the right to the user's data from the row that their hashes find.
mod bank;
mod consent;
mod exit;
#[cfg(test)]
mod tests;

pub use bank::{BankError, BankRequest, BankTokens};
pub use consent::{ConsentEnd, Returned};

use crate::{
    Call, Engine, Error, Result, after,
    case::Case,
    member::{settings_of_client, unrestricted},
};
use domain::{
    enums::{ConnectionStatus, OauthState, ReferralSource},
    env::Clock,
    guid::MemberGuid,
    machine::{NoStart, Refusal},
    secret::SecretText,
};
use store::{Tx, oauth::OauthWindow, scope::UserScope};
use vault::OneTimeValue;

/// How a user shall consent, as asked for; the faces check the form of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowOptions {
    /// Where the user returns; must begin with one of the client's redirect URLs.
    pub client_redirect_url: Option<String>,
    /// Where the user comes from.
    pub referral_source: ReferralSource,
    /// Scheme of the messages to a web view.
    pub url_scheme: Option<String>,
    /// No job after the consent.
    pub skip_aggregation: bool,
    /// Whether that job takes transactions; none: as the member's window before, else yes.
    pub include_transactions: Option<bool>,
}

impl Default for WindowOptions {
    fn default() -> Self {
        Self {
            client_redirect_url: None,
            referral_source: ReferralSource::Browser,
            url_scheme: None,
            skip_aggregation: false,
            include_transactions: None,
        }
    }
}

/// Where the user consents: shown once, good for one visit.
#[derive(Debug, Clone)]
pub struct WindowUri {
    member: MemberGuid,
    opaque: SecretText,
    referral_source: ReferralSource,
    url_scheme: Option<String>,
}

impl WindowUri {
    /// The member whose window it is.
    pub fn member(&self) -> MemberGuid {
        self.member
    }

    /// The whole address at a server that is called this from outside.
    pub fn at(&self, public_url: &str) -> String {
        let (member, opaque) = (self.member, self.opaque.expose());
        let source = self.referral_source.name();
        let mut uri = format!("{public_url}/oauth/predirect_to/{member}/{opaque}?referral_source={source}");
        if let Some(scheme) = &self.url_scheme {
            uri.push_str("&ui_message_webview_url_scheme=");
            uri.extend(url::form_urlencoded::byte_serialize(scheme.as_bytes()));
        }
        uri
    }
}

impl Engine {
    /// Opens a window for one of the user's members; an earlier one is worth nothing from then on.
    pub async fn oauth_window_uri(
        &self,
        call: &Call,
        scope: UserScope,
        guid: &str,
        options: WindowOptions,
    ) -> Result<WindowUri> {
        let guid = guid.parse::<MemberGuid>().map_err(|_| Error::NotFound("member"))?;
        let (engine, call) = (self.clone(), call.clone());
        self.db()
            .write(move |tx| {
                unrestricted(tx, scope)?;
                let case = engine.case(tx, scope, guid)?;
                check_window(tx, scope, &options)?;
                if !case.institution.supports_oauth {
                    return Err(Error::Documented("Member cannot use OAuth"));
                }
                let status = case.member.state.status;
                if let Some(
                    ConnectionStatus::Discontinued | ConnectionStatus::Closed | ConnectionStatus::Disabled,
                ) = status
                {
                    return Err(Refusal::Start(NoStart::NotAllowed).into());
                }
                if !case.member.is_managed_by_user {
                    return Err(Error::rule("Member is managed by the partner."));
                }
                let uri = engine.open_window(tx, &case, &options)?;
                engine.audit_user(tx, &call, scope, &guid.to_string())?;
                Ok(uri)
            })
            .await
    }

    /// Writes a member's window and gives its URI.
    pub(crate) fn open_window(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
        options: &WindowOptions,
    ) -> Result<WindowUri> {
        let (opaque, hash) = OneTimeValue::issue(self.entropy());
        let now = self.clock().now();
        let include_transactions = match options.include_transactions {
            Some(given) => given,
            None => tx.oauth_window(case.scope, case.member.no)?.is_none_or(|old| old.include_transactions),
        };
        let window = OauthWindow {
            member_no: case.member.no,
            uri_hash: *hash.as_bytes(),
            state_hash: None,
            verifier: None,
            challenge: None,
            state: OauthState::Pending,
            error_reason: None,
            client_redirect_url: options.client_redirect_url.clone(),
            referral_source: options.referral_source,
            url_scheme: options.url_scheme.clone(),
            skip_aggregation: options.skip_aggregation,
            include_transactions,
            created_at: now,
            expires_at: after(now, self.settings().oauth_uri_lifetime),
            visited_at: None,
            returned_at: None,
        };
        tx.put_oauth_window(case.scope, &window)?;
        Ok(WindowUri {
            member: case.member.guid,
            opaque,
            referral_source: window.referral_source,
            url_scheme: window.url_scheme,
        })
    }
}

/// 4002 for a place the client's users may not be sent to.
pub(crate) fn check_window(tx: &mut Tx<'_>, scope: UserScope, options: &WindowOptions) -> Result<()> {
    let Some(url) = &options.client_redirect_url else { return Ok(()) };
    if exit::is_allowed(url, &settings_of_client(tx, scope)?.redirect_urls) {
        return Ok(());
    }
    Err(Error::Invalid("client_redirect_url: must begin with one of the redirect URLs of the client".into()))
}
