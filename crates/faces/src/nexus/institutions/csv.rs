//! institutions.csv: the columns and their order (`spec: nexus-core, 3`).
use engine::catalogue::{CountryCode, Institution};
use std::sync::Arc;

const HEADER: &str = "guid,code,name,url,popularity,iso_country_code,supports_account_identification,\
    supports_account_verification,supports_oauth,supports_transaction_history,is_test,small_logo_url,\
    medium_logo_url,forgot_password_url,forgot_username_url,trouble_signing_in_url,created_at,updated_at\r\n";

/// The whole file.
pub(super) fn written(institutions: &[&Arc<Institution>]) -> String {
    let mut out = String::with_capacity(HEADER.len() + 512 * institutions.len());
    out.push_str(HEADER);
    for institution in institutions {
        for (at, cell) in cells(institution).iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            push_cell(&mut out, cell);
        }
        out.push_str("\r\n");
    }
    out
}

fn cells(institution: &Institution) -> [String; 18] {
    let url = |url: &Option<String>| url.clone().unwrap_or_default();
    let countries: Vec<&str> = institution.iso_country_code.iter().map(CountryCode::as_str).collect();
    [
        institution.guid.to_string(),
        institution.code.clone(),
        institution.name.clone(),
        url(&institution.url),
        institution.popularity.to_string(),
        countries.join("|"),
        institution.supports_account_identification.to_string(),
        institution.supports_account_verification.to_string(),
        institution.supports_oauth.to_string(),
        institution.supports_transaction_history.to_string(),
        institution.is_test.to_string(),
        url(&institution.small_logo_url),
        url(&institution.medium_logo_url),
        url(&institution.forgot_password_url),
        url(&institution.forgot_username_url),
        url(&institution.trouble_signing_in_url),
        institution.created_at.to_z(),
        institution.updated_at.to_z(),
    ]
}

/// Quotes a cell where RFC 4180 demands it.
fn push_cell(out: &mut String, cell: &str) {
    if cell.contains([',', '"', '\r', '\n']) {
        out.push('"');
        out.push_str(&cell.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let mut out = String::new();
        push_cell(&mut out, "plain");
        push_cell(&mut out, "a,\"b\"\n");
        assert_eq!(out, "plain\"a,\"\"b\"\"\n\"");
        assert_eq!(HEADER.split(',').count(), 18);
    }
}
