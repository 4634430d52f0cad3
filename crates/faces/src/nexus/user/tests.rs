use super::*;

/// Keys of the published sample.
const SAMPLE: &str = "accepted_terms_and_conditions_at birthday credit_score email email_is_verified external_guid \
    failed_token_login_attempts_count first_name gender guid has_accepted_terms_and_conditions \
    has_updated_terms_and_conditions is_disabled is_restricted last_name logged_in_at metadata phone \
    phone_is_verified postal_code revision";

#[test]
fn the_document_has_the_keys_of_the_sample() {
    assert_eq!(USER.iter().map(|entry| entry.name).collect::<Vec<_>>().join(" "), SAMPLE);
}
