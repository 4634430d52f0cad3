//! The institutions that this service brings along, as rows of the catalogue.
use super::{CountryCode, InstitutionDocument};
use connectors::sandbox::{SandboxCredential, SandboxInstitution};
use domain::{
    guid::{InstitutionGuid, MANUAL_INSTITUTION},
    time::Timestamp,
};
use store::institutions::{InstitutionCredentialRow, InstitutionRow};

/// Connector of the sandbox's banks that take credentials, and of those that are reached by OAuth.
const SANDBOX: &str = "sandbox";
pub(crate) const SANDBOX_OAUTH: &str = "sandbox_oauth";

/// Whether a connector is one of the sandbox's.
pub(crate) fn is_of_sandbox(connector: &str) -> bool {
    [SANDBOX, SANDBOX_OAUTH].contains(&connector)
}

/// The sandbox institutions with their credentials, and the Manual Institution (`spec: sandbox, 1`).
pub fn sandbox_rows() -> (Vec<InstitutionRow>, Vec<InstitutionCredentialRow>) {
    let all = connectors::sandbox::institutions();
    let rows = all.iter().map(sandbox_institution).chain([manual_institution_row()]).collect();
    let credentials =
        all.iter().flat_map(|of| of.credentials.iter().map(|it| sandbox_credential(of.guid, it))).collect();
    (rows, credentials)
}

/// The institution of manual accounts: hidden, so that nobody connects to it (`spec: nexus-pfm, 2`).
fn manual_institution_row() -> InstitutionRow {
    let document = InstitutionDocument { is_hidden: true, ..Default::default() };
    InstitutionRow {
        guid: MANUAL_INSTITUTION,
        code: "manual".to_owned(),
        name: "Manual Institution".to_owned(),
        connector: "manual".to_owned(),
        document: json(&document),
        created_at: SandboxInstitution::MADE_AT,
        updated_at: SandboxInstitution::MADE_AT,
    }
}

/// An institution found in a statement file: hidden, so that nobody connects to it.
pub fn statement_institution_row(
    guid: InstitutionGuid,
    code: &str,
    name: &str,
    url: Option<&str>,
    now: Timestamp,
) -> InstitutionRow {
    let document = InstitutionDocument { is_hidden: true, url: url.map(str::to_owned), ..Default::default() };
    InstitutionRow {
        guid,
        code: code.to_owned(),
        name: name.to_owned(),
        connector: "statements".to_owned(),
        document: json(&document),
        created_at: now,
        updated_at: now,
    }
}

/// The document as it is stored.
pub(crate) fn json(document: &InstitutionDocument) -> String {
    // Strings, flags and numbers under string keys: nothing in it that could fail.
    serde_json::to_string(document).unwrap_or_default()
}

/// Countries from their codes; what is none is left out.
pub(super) fn countries(codes: &[&str]) -> Vec<CountryCode> {
    codes.iter().filter_map(|code| code.parse().ok()).collect()
}

fn sandbox_institution(it: &SandboxInstitution) -> InstitutionRow {
    let document = InstitutionDocument {
        has_checking_accounts: it.has_checking_accounts,
        has_credit_card_accounts: it.has_credit_card_accounts,
        has_investment_accounts: it.has_investment_accounts,
        has_line_of_credit_accounts: it.has_line_of_credit_accounts,
        has_loan_accounts: it.has_loan_accounts,
        has_mortgage_accounts: it.has_mortgage_accounts,
        has_savings_accounts: it.has_savings_accounts,
        is_oauth_only: it.supports_oauth,
        is_test: true,
        iso_country_code: countries(it.iso_country_code),
        medium_logo_url: Some(it.medium_logo_url.to_owned()),
        popularity: it.popularity,
        routing_numbers: it.routing_number().map(str::to_owned).into_iter().collect(),
        small_logo_url: Some(it.small_logo_url.to_owned()),
        supports_account_identification: it.supports_account_identification,
        supports_account_verification: it.supports_account_verification,
        supports_oauth: it.supports_oauth,
        supports_transaction_history: it.supports_transaction_history,
        url: Some(it.url.to_owned()),
        ..Default::default()
    };
    InstitutionRow {
        guid: it.guid,
        code: it.code.to_owned(),
        name: it.name.to_owned(),
        connector: if it.supports_oauth { SANDBOX_OAUTH } else { SANDBOX }.to_owned(),
        document: json(&document),
        created_at: SandboxInstitution::MADE_AT,
        updated_at: SandboxInstitution::MADE_AT,
    }
}

fn sandbox_credential(institution: InstitutionGuid, it: &SandboxCredential) -> InstitutionCredentialRow {
    InstitutionCredentialRow {
        guid: it.guid,
        institution,
        display_order: it.display_order,
        field_type: it.field_type.code().into(),
        field_name: it.field_name.to_owned(),
        label: it.label.to_owned(),
        optional: false,
        created_at: SandboxCredential::MADE_AT,
        updated_at: SandboxCredential::MADE_AT,
    }
}
