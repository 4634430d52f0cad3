//! What bodies say of a member.
use super::oauth;
use crate::{
    error::ApiError,
    fields::{Fields, Patch},
};
use engine::{
    job::Wanted,
    member::{GivenCredential, MemberPatch, NewMember},
    oauth::WindowOptions,
};

/// Fields of a create; one of them is enough where the root is left out.
pub(super) const CREATE: &[&str] = &[
    "institution_guid",
    "institution_code",
    "credentials",
    "is_oauth",
    "skip_aggregation",
    "external_guid",
    "metadata",
    "name",
    "use_cases",
    "background_aggregation_is_disabled",
    "include_transactions",
    "client_redirect_url",
    "referral_source",
    "ui_message_webview_url_scheme",
    "skip_webhook",
];

/// Fields of an update.
pub(super) const UPDATE: &[&str] = &[
    "credentials",
    "metadata",
    "name",
    "external_guid",
    "use_cases",
    "background_aggregation_is_disabled",
    "skip_aggregation",
    "include_transactions",
    "skip_webhook",
];

/// Fields of one credential.
pub(super) const CREDENTIAL: &[&str] = &["credential_guid", "value", "metadata"];

const USE_CASES: &[&str] = &["PFM", "MONEY_MOVEMENT"];
const CHARS_MAX: usize = 255;

/// Whether webhooks shall hear nothing of this write.
pub(super) fn is_quiet(fields: &Fields) -> Result<bool, ApiError> {
    truth(fields, "skip_webhook")
}

/// The fields of a create.
pub(super) fn create(fields: &Fields) -> Result<NewMember, ApiError> {
    let text = |name| Ok::<_, ApiError>(filled(fields.text(name, CHARS_MAX)?.optional()));
    Ok(NewMember {
        institution_guid: text("institution_guid")?,
        institution_code: text("institution_code")?,
        credentials: credentials(fields)?,
        is_oauth: truth(fields, "is_oauth")?,
        window: window(fields)?,
        skip_aggregation: truth(fields, "skip_aggregation")?,
        external_guid: text("external_guid")?,
        metadata: fields.metadata()?.optional(),
        name: text("name")?,
        use_cases: use_cases(fields)?.unwrap_or_default(),
        background_is_disabled: truth(fields, "background_aggregation_is_disabled")?,
        include_transactions: fields.boolean("include_transactions")?.optional(),
    })
}

/// The fields of a create that concern the consent.
fn window(fields: &Fields) -> Result<WindowOptions, ApiError> {
    let text = |name, chars_max| Ok::<_, ApiError>(filled(fields.text(name, chars_max)?.optional()));
    let given = oauth::Given {
        client_redirect_url: text("client_redirect_url", oauth::URL_CHARS_MAX)?,
        referral_source: text("referral_source", CHARS_MAX)?,
        url_scheme: text("ui_message_webview_url_scheme", CHARS_MAX)?,
        skip_aggregation: truth(fields, "skip_aggregation")?,
        include_transactions: fields.boolean("include_transactions")?.optional(),
    };
    given.checked()
}

/// The fields of an update: absent is unchanged, null clears.
pub(super) fn update(fields: &Fields) -> Result<MemberPatch, ApiError> {
    let text = |name| Ok::<_, ApiError>(fields.text(name, CHARS_MAX)?.patch().change().map(filled));
    Ok(MemberPatch {
        credentials: credentials(fields)?,
        metadata: fields.metadata()?.patch().change(),
        name: text("name")?,
        external_guid: text("external_guid")?,
        use_cases: use_cases(fields)?,
        background_is_disabled: fields
            .boolean("background_aggregation_is_disabled")?
            .patch()
            .change()
            .map(|value| value.unwrap_or(false)),
        skip_aggregation: truth(fields, "skip_aggregation")?,
        include_transactions: fields.boolean("include_transactions")?.optional(),
    })
}

/// A blank text is none.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn truth(fields: &Fields, name: &str) -> Result<bool, ApiError> {
    Ok(fields.boolean(name)?.optional().unwrap_or(false))
}

fn use_cases(fields: &Fields) -> Result<Option<Vec<String>>, ApiError> {
    let given = fields.texts("use_cases", CHARS_MAX)?.patch().change().map(Option::unwrap_or_default);
    if given.iter().flatten().any(|name| !USE_CASES.contains(&name.as_str())) {
        return Err(ApiError::invalid("use_cases", &format!("must be one of {}", USE_CASES.join(", "))));
    }
    Ok(given)
}

/// Which credential a value is for, and whether it is too long, the engine says in the institution's words.
fn credentials(fields: &Fields) -> Result<Vec<GivenCredential>, ApiError> {
    let given = fields.objects("credentials")?.optional().unwrap_or_default();
    given.iter().map(given_credential).collect()
}

fn given_credential(fields: &Fields) -> Result<GivenCredential, ApiError> {
    Ok(GivenCredential {
        guid: fields.text("credential_guid", CHARS_MAX)?.required()?,
        value: fields.secret("value", usize::MAX)?.optional(),
    })
}

/// One credential, and what is to become of its metadata.
pub(super) fn credential(fields: &Fields) -> Result<(GivenCredential, Patch<String>), ApiError> {
    Ok((given_credential(fields)?, fields.metadata()?.patch()))
}

/// What a job shall take along.
pub(super) fn wanted(fields: &Fields, otherwise: Wanted) -> Result<Wanted, ApiError> {
    let transactions = fields.boolean("include_transactions")?.optional();
    let holdings = fields.boolean("include_holdings")?.optional();
    Ok(Wanted {
        include_transactions: transactions.unwrap_or(otherwise.include_transactions),
        include_holdings: holdings.unwrap_or(otherwise.include_holdings),
    })
}

#[cfg(test)]
mod tests;
