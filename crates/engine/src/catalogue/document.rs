//! What of an institution is kept as JSON beside its columns.
use serde::{Deserialize, Serialize};

/// The `document` column of an institution: what is absent is false, null, zero or empty; unknown keys are
/// ignored. Addresses are whole URLs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "the contract's institution is a row of flags")]
#[expect(missing_docs, reason = "the keys of the contract: nexus-core, 3")]
pub struct InstitutionDocument {
    pub forgot_password_url: Option<String>,
    pub forgot_username_url: Option<String>,
    pub has_checking_accounts: bool,
    pub has_credit_card_accounts: bool,
    pub has_investment_accounts: bool,
    pub has_line_of_credit_accounts: bool,
    pub has_loan_accounts: bool,
    pub has_mortgage_accounts: bool,
    pub has_savings_accounts: bool,
    pub is_hidden: bool,
    /// It offers nothing but OAuth. Taken as true for an institution with OAuth and no credentials.
    pub is_oauth_only: bool,
    /// No longer offered: searches leave it out, reads and members keep it.
    pub is_retired: bool,
    pub is_test: bool,
    pub iso_country_code: Vec<CountryCode>,
    pub medium_logo_url: Option<String>,
    pub popularity: i64,
    /// Routing numbers of its accounts: what a microdeposit's bank is called.
    pub routing_numbers: Vec<String>,
    pub small_logo_url: Option<String>,
    pub supports_account_identification: bool,
    pub supports_account_verification: bool,
    pub supports_oauth: bool,
    pub supports_transaction_history: bool,
    pub trouble_signing_in_url: Option<String>,
    pub url: Option<String>,
}

/// ISO 3166-1 alpha-2, upper-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode([u8; 2]);

/// The text is not two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an ISO 3166-1 alpha-2 country code")]
pub struct NotACountry;

impl CountryCode {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::str::FromStr for CountryCode {
    type Err = NotACountry;

    /// Takes two letters of A to Z in any case; whether such a country exists is not asked.
    fn from_str(text: &str) -> Result<Self, NotACountry> {
        let letters = <[u8; 2]>::try_from(text.as_bytes()).map_err(|_| NotACountry)?;
        let shaped = letters.iter().all(u8::is_ascii_alphabetic);
        shaped.then(|| Self(letters.map(|letter| letter.to_ascii_uppercase()))).ok_or(NotACountry)
    }
}

impl TryFrom<String> for CountryCode {
    type Error = NotACountry;

    fn try_from(text: String) -> Result<Self, NotACountry> {
        text.parse()
    }
}

impl From<CountryCode> for String {
    fn from(code: CountryCode) -> Self {
        code.as_str().to_owned()
    }
}
