//! `POST /institutions/search`.
use super::{BYTES, docs, with_pagination};
use crate::{
    app::App,
    auth::NexusSession,
    call::{Answer, Call},
    error::ApiError,
    object::{array, rooted},
};
use axum::extract::State;
use engine::catalogue::{CountryCode, Query, render_institution};

const KNOWN: &[&str] = &[
    "name",
    "url",
    "supports_account_identification",
    "supports_account_verification",
    "supports_transaction_history",
    "account_types",
];
/// Characters of a name or address that is searched for.
const CHARS_MAX: usize = 1024;

/// What is searched for.
struct Wanted {
    name: Option<String>,
    url: Option<String>,
    identification: bool,
    verification: bool,
    history: bool,
}

/// Search institutions
///
/// By name, by address, or both. Every word of the name must be the beginning of a word of the institution's;
/// an empty name alone finds all. Hidden institutions, and those that the client disabled, are left out.
#[utoipa::path(
    post,
    path = "/institutions/search",
    params(
        ("page" = Option<i64>, Query, description = "From 1."),
        ("records_per_page" = Option<i64>, Query, description = "10 to 1000, 25 by default; also `records_per_age`."),
        ("iso_country_code" = Option<Vec<String>>, Query, description = "Any of these countries, alpha-2."),
    ),
    request_body(content = docs::InstitutionSearchBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The page.", body = docs::InstitutionsAnswer),
        (status = 400, description = "4001: no body or root; 4002: neither name nor url, or a malformed country."),
    )
)]
pub async fn search(State(app): State<App>, session: NexusSession, call: Call) -> Result<Answer, ApiError> {
    let wanted = call.json()?.read("institution", KNOWN, |fields| {
        let flag = |name| Ok::<_, ApiError>(fields.boolean(name)?.optional().unwrap_or(false));
        Ok(Wanted {
            name: fields.text("name", CHARS_MAX)?.optional(),
            url: fields.text("url", CHARS_MAX)?.optional().filter(|url| !url.is_empty()),
            identification: flag("supports_account_identification")?,
            verification: flag("supports_account_verification")?,
            history: flag("supports_transaction_history")?,
        })
    })?;
    if wanted.name.is_none() && wanted.url.is_none() {
        return Err(ApiError::missing("institution"));
    }
    let countries = countries(&call)?;
    let (page, catalogue) = (call.page(), app.engine().catalogue());
    let found = catalogue.search(&Query {
        name: wanted.name.as_deref(),
        url: wanted.url.as_deref(),
        countries: &countries,
        supports_account_identification: wanted.identification,
        supports_account_verification: wanted.verification,
        supports_transaction_history: wanted.history,
        disabled: &session.client.disabled_institutions,
        offset: page.offset(),
        limit: page.per_page,
    });
    let mut out = rooted("institutions", BYTES * found.page.len() + 200, |out| {
        array(out, &found.page, |out, institution| render_institution(out, institution, false));
    });
    with_pagination(&mut out, page.of_total(found.total), call.dialect());
    Ok(Answer::ok(out))
}

fn countries(call: &Call) -> Result<Vec<CountryCode>, ApiError> {
    let malformed = |_| ApiError::invalid("iso_country_code", "must be an ISO 3166-1 alpha-2 code");
    call.query.array("iso_country_code").into_iter().map(|code| code.parse().map_err(malformed)).collect()
}
