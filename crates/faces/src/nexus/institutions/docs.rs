//! Keys of institutions and their credentials, for the document.
use crate::openapi::{Entry, boolean, integer, many, text, texts, time};

const INSTITUTION: &[Entry] = &[
    text("code", "Its code, unique."),
    time("created_at", "When it was added."),
    text("forgot_password_url", "Where a forgotten password is set anew.").or_null(),
    text("forgot_username_url", "Where a forgotten login is looked up.").or_null(),
    text("guid", "`INS-`."),
    boolean("has_checking_accounts", "Deprecated."),
    boolean("has_credit_card_accounts", "Deprecated."),
    boolean("has_investment_accounts", "Deprecated."),
    boolean("has_line_of_credit_accounts", "Deprecated."),
    boolean("has_loan_accounts", "Deprecated."),
    boolean("has_mortgage_accounts", "Deprecated."),
    boolean("has_savings_accounts", "Deprecated."),
    boolean("is_disabled_by_client", "The client does not offer it."),
    boolean("is_hidden", "False: open for new members."),
    boolean("is_test", "A bank of the sandbox."),
    texts("iso_country_code", "Alpha-2 codes."),
    text("medium_logo_url", "100 x 100.").or_null(),
    text("name", "Its name."),
    integer("popularity", "The more, the earlier in lists."),
    text("small_logo_url", "50 x 50.").or_null(),
    boolean("supports_account_identification", "Owners of accounts can be asked for."),
    boolean("supports_account_verification", "Numbers of accounts can be asked for."),
    boolean("supports_oauth", "Connections by OAuth."),
    boolean("supports_transaction_history", "History beyond the first aggregation."),
    text("trouble_signing_in_url", "Help with signing in.").or_null(),
    time("updated_at", "Latest change."),
    text("url", "Its site.").or_null(),
];

const CREDENTIAL: &[Entry] = &[
    integer("answer_field_type", "Always null.").or_null(),
    time("created_at", "Of the definition; of a challenge: when it was raised."),
    text("display_name", "Always null.").or_null(),
    integer("display_order", "From 1."),
    boolean("editable", "Always true."),
    boolean("escaped", "Always null.").or_null(),
    text("field_name", "`LOGIN`, `PASSWORD`, ...; of a challenge: the question.").or_null(),
    integer("field_type", "What kind of field it is."),
    text("field_type_name", "Name of `field_type`."),
    text("guid", "`CRD-`."),
    text("institution_guid", "`INS-`."),
    text("label", "What to show."),
    integer("max_length", "Always null.").or_null(),
    text("meta_data", "The picture of an IMAGE_DATA challenge, as a data URI.").or_null(),
    boolean("mfa", "True: a challenge."),
    boolean("optional", "It may be left out."),
    boolean("optional_mfa", "Always null.").or_null(),
    many("options", "CredentialOption", "What may be chosen: OPTIONS, RADIO and IMAGE_OPTIONS only.")
        .optional(),
    integer("size", "Always null.").or_null(),
    time("updated_at", "As `created_at`."),
    text("value_identifier", "Always null.").or_null(),
    text("value_mask", "Always null.").or_null(),
];

const CREDENTIAL_OPTION: &[Entry] = &[
    text("credential_guid", "The credential it belongs to."),
    text("data_uri", "The picture of IMAGE_OPTIONS.").optional(),
    text("guid", "`CRD-`: what to answer."),
    text("label", "What to show."),
    text("value", "Taken as an answer as well."),
];

const SEARCH: &[Entry] = &[
    text("name", "Name or code; name or url is required, and an empty name alone finds all.").optional(),
    text("url", "Login URL or host.").optional(),
    boolean("supports_account_identification", "True: only those.").optional(),
    boolean("supports_account_verification", "True: only those.").optional(),
    boolean("supports_transaction_history", "True: only those.").optional(),
];

crate::schemas! {
    /// An institution.
    Institution = entries(INSTITUTION);
    /// The answer of `GET /institutions/{institution_guid}`.
    InstitutionAnswer = single("institution", Institution);
    /// The answer of a search.
    InstitutionsAnswer = page("institutions", Institution);
    /// What is searched for.
    InstitutionSearch = entries(SEARCH);
    /// The body of a search.
    InstitutionSearchBody = root("institution", InstitutionSearch);
    /// A choice of a credential.
    CredentialOption = entries(CREDENTIAL_OPTION);
    /// A credential to send, or an open challenge.
    Credential = entries(CREDENTIAL; CredentialOption);
    /// The answer of lists of credentials.
    CredentialsAnswer = list("credentials", Credential);
}
