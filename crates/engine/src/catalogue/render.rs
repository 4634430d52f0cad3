//! Institutions and their credentials as JSON, keys in alphabetical order.
use super::Institution;
use domain::{
    enums::FieldType,
    json::{push_bool, push_int, push_opt_str, push_str, push_z},
};
use store::institutions::InstitutionCredentialRow;

/// Appends the institution object, 27 keys (`spec: nexus-core, 3`).
pub fn render_institution(out: &mut Vec<u8>, institution: &Institution, is_disabled_by_client: bool) {
    text(out, "{\"code\":", &institution.code);
    out.extend_from_slice(b",\"created_at\":");
    push_z(out, Some(institution.created_at));
    opt_text(out, ",\"forgot_password_url\":", institution.forgot_password_url.as_deref());
    opt_text(out, ",\"forgot_username_url\":", institution.forgot_username_url.as_deref());
    out.extend_from_slice(b",\"guid\":\"");
    institution.guid.write_to(out);
    flag(out, "\",\"has_checking_accounts\":", institution.has_checking_accounts);
    flag(out, ",\"has_credit_card_accounts\":", institution.has_credit_card_accounts);
    flag(out, ",\"has_investment_accounts\":", institution.has_investment_accounts);
    flag(out, ",\"has_line_of_credit_accounts\":", institution.has_line_of_credit_accounts);
    flag(out, ",\"has_loan_accounts\":", institution.has_loan_accounts);
    flag(out, ",\"has_mortgage_accounts\":", institution.has_mortgage_accounts);
    flag(out, ",\"has_savings_accounts\":", institution.has_savings_accounts);
    flag(out, ",\"is_disabled_by_client\":", is_disabled_by_client);
    flag(out, ",\"is_hidden\":", institution.is_hidden);
    flag(out, ",\"is_test\":", institution.is_test);
    out.extend_from_slice(b",\"iso_country_code\":[");
    for (at, country) in institution.iso_country_code.iter().enumerate() {
        text(out, if at == 0 { "" } else { "," }, country.as_str());
    }
    opt_text(out, "],\"medium_logo_url\":", institution.medium_logo_url.as_deref());
    text(out, ",\"name\":", &institution.name);
    out.extend_from_slice(b",\"popularity\":");
    push_int(out, institution.popularity);
    opt_text(out, ",\"small_logo_url\":", institution.small_logo_url.as_deref());
    flag(out, ",\"supports_account_identification\":", institution.supports_account_identification);
    flag(out, ",\"supports_account_verification\":", institution.supports_account_verification);
    flag(out, ",\"supports_oauth\":", institution.supports_oauth);
    flag(out, ",\"supports_transaction_history\":", institution.supports_transaction_history);
    opt_text(out, ",\"trouble_signing_in_url\":", institution.trouble_signing_in_url.as_deref());
    out.extend_from_slice(b",\"updated_at\":");
    push_z(out, Some(institution.updated_at));
    opt_text(out, ",\"url\":", institution.url.as_deref());
    out.push(b'}');
}

/// Appends the credential object of a required credential, 21 keys; `options` as the 22nd where the type is
/// one of choices, and always under the 2014 dialect (`spec: nexus-core, 6.2`).
pub fn render_credential(out: &mut Vec<u8>, credential: &InstitutionCredentialRow, dialect2014: bool) {
    let field_type = FieldType::from_code(credential.field_type).unwrap_or(FieldType::Text);
    out.extend_from_slice(b"{\"answer_field_type\":null,\"created_at\":");
    push_z(out, Some(credential.created_at));
    out.extend_from_slice(b",\"display_name\":null,\"display_order\":");
    push_int(out, credential.display_order);
    text(out, ",\"editable\":true,\"escaped\":null,\"field_name\":", &credential.field_name);
    out.extend_from_slice(b",\"field_type\":");
    push_int(out, field_type.code().into());
    text(out, ",\"field_type_name\":", field_type.name());
    out.extend_from_slice(b",\"guid\":\"");
    credential.guid.write_to(out);
    out.extend_from_slice(b"\",\"institution_guid\":\"");
    credential.institution.write_to(out);
    text(out, "\",\"label\":", &credential.label);
    out.extend_from_slice(b",\"max_length\":null,\"meta_data\":null,\"mfa\":false");
    flag(out, ",\"optional\":", credential.optional);
    out.extend_from_slice(b",\"optional_mfa\":null");
    if dialect2014 || matches!(field_type, FieldType::Options | FieldType::Radio | FieldType::ImageOptions) {
        out.extend_from_slice(b",\"options\":[]");
    }
    out.extend_from_slice(b",\"size\":null,\"updated_at\":");
    push_z(out, Some(credential.updated_at));
    out.extend_from_slice(b",\"value_identifier\":null,\"value_mask\":null}");
}

fn text(out: &mut Vec<u8>, key: &str, value: &str) {
    out.extend_from_slice(key.as_bytes());
    push_str(out, value);
}

fn opt_text(out: &mut Vec<u8>, key: &str, value: Option<&str>) {
    out.extend_from_slice(key.as_bytes());
    push_opt_str(out, value);
}

fn flag(out: &mut Vec<u8>, key: &str, value: bool) {
    out.extend_from_slice(key.as_bytes());
    push_bool(out, value);
}
