//! What the description of a transaction says: a cleansed text, a merchant, a category, flags, each with its reason.
//! Pure: the data is built in, nothing is read or written (`spec: nexus-pfm, 16.4 and 16.6`).
//!
//! How to use it: take [`Registry::load`] once, give it an [`Input`] for each transaction, and read the [`Enriched`]
//! answer. When only the category changes (a user's or a rule's), ask [`Registry::flags`] for the new flags.
//!
//! ```
//! let registry = enrich::Registry::load();
//! let input = enrich::Input::debit("AMZN MKTP US*2K4AB12C0");
//! let found = registry.enrich(&input);
//! assert_eq!(found.description, "Amazon");
//! assert_eq!(found.category.name, "Shopping");
//! assert_eq!(found.category_reason.to_string(), "the category is that of Amazon");
//! ```
mod cleanse;
mod flags;
mod fold;
mod location;
mod merchant;
mod place;
mod reason;
mod scan;
mod tables;
#[cfg(test)]
mod tests;

pub use flags::Flags;
pub use merchant::{Location, Marks, Merchant};
pub use reason::{CategoryReason, ConfirmedBy, DescriptionReason, FlagReason, MerchantReason};

use domain::{
    category::{self, Category},
    enums::TransactionType,
    guid::MerchantGuid,
};
use scan::{Scan, Word, scan};
use std::{borrow::Cow, collections::HashMap};
use tables::{Tables, tables};

/// What is known of a transaction before enrichment.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The feed's description; of manual transactions and scheduled payments the description.
    pub description: &'a str,
    /// Its memo.
    pub memo: Option<&'a str>,
    /// Its direction.
    pub transaction_type: TransactionType,
    /// ISO 18245.
    pub merchant_category_code: Option<u16>,
    /// Its check number.
    pub check_number: Option<&'a str>,
    /// What the feed calls its type: `DIRECTDEP`.
    pub extended_type: Option<&'a str>,
    /// Whether its account is of a deposit type.
    pub account_is_deposit: bool,
    /// Whether it recurs, where the history says so.
    pub is_recurring: Option<bool>,
}

impl<'a> Input<'a> {
    /// A debit of which nothing else is known.
    pub fn debit(description: &'a str) -> Self {
        Self {
            description,
            memo: None,
            transaction_type: TransactionType::Debit,
            merchant_category_code: None,
            check_number: None,
            extended_type: None,
            account_is_deposit: true,
            is_recurring: None,
        }
    }

    /// A credit to an account of a deposit type, of which nothing else is known.
    pub fn credit(description: &'a str) -> Self {
        Self { transaction_type: TransactionType::Credit, ..Self::debit(description) }
    }
}

/// What enrichment makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enriched<'a> {
    /// The system's description (`spec: nexus-pfm, CL-4`).
    pub description: Cow<'a, str>,
    /// Where it comes from.
    pub description_reason: DescriptionReason,
    /// The merchant, and why it is this one.
    pub merchant: Option<(&'static Merchant, MerchantReason)>,
    /// The merchant's location that the text names.
    pub location: Option<&'a Location>,
    /// The system's category (`spec: nexus-pfm, CL-3`).
    pub category: &'static Category,
    /// Why it is this one.
    pub category_reason: CategoryReason,
    /// The flags that follow.
    pub flags: Flags,
}

/// Merchants, words and codes, built in; locations, from the operator.
#[derive(Debug)]
pub struct Registry {
    tables: &'static Tables,
    locations: HashMap<MerchantGuid, Vec<Location>>,
}

impl Registry {
    /// The registry; the first one takes some tens of milliseconds.
    pub fn load() -> Self {
        Self { tables: tables(), locations: HashMap::new() }
    }

    /// The registry with the operator's locations.
    #[must_use]
    pub fn with_locations(self, locations: impl IntoIterator<Item = Location>) -> Self {
        let mut by_merchant: HashMap<MerchantGuid, Vec<Location>> = HashMap::new();
        for location in locations {
            by_merchant.entry(location.merchant_guid).or_default().push(location);
        }
        Self { locations: by_merchant, ..self }
    }

    /// All merchants, by name.
    pub fn merchants(&self) -> &'static [Merchant] {
        &self.tables.merchants
    }

    /// Memory of what is built in, bytes.
    pub fn bytes(&self) -> usize {
        self.tables.bytes()
    }

    /// Description, merchant, category and flags of a transaction.
    pub fn enrich<'a>(&'a self, input: &Input<'a>) -> Enriched<'a> {
        let mut found = scan(input.description, input);
        let mut cleansed = None;
        if found.merchant.is_none() {
            // A name may stand free only when what is between its words is gone.
            let text = cleanse::cleansed(input.description);
            if let Some(text) = text.as_deref().filter(|text| *text != input.description) {
                found.merchant = scan(text, input).merchant;
            }
            cleansed = text;
        }
        let merchant = found
            .merchant
            .and_then(|(no, reason)| Some((self.tables.merchants.get(usize::from(no))?, reason)));
        let (description, description_reason) = match (merchant, cleansed) {
            (Some((merchant, _)), _) => (Cow::Borrowed(merchant.name), DescriptionReason::MerchantName),
            (None, Some(text)) => (Cow::Owned(text), DescriptionReason::Cleansed),
            (None, None) => (Cow::Borrowed(input.description), DescriptionReason::FeedText),
        };
        let (category, category_reason) =
            self.category(input, merchant.map(|(merchant, _)| merchant), &found);
        let flags = flags::flags(
            input,
            &found.phrases,
            merchant.map(|(merchant, _)| merchant),
            category.no,
            category.top_level().no,
        );
        let location = merchant
            .filter(|_| !self.locations.is_empty())
            .and_then(|(merchant, _)| self.locations.get(&merchant.guid()))
            .and_then(|locations| location::find(&found.words, locations));
        Enriched { description, description_reason, merchant, location, category, category_reason, flags }
    }

    /// The flags of a transaction that was given a category, by its number and that of its top-level one.
    pub fn flags(&self, input: &Input<'_>, category_no: i64, top_level_no: i64) -> Flags {
        let merchant = self.enrich(input).merchant.map(|(merchant, _)| merchant);
        flags::flags(input, &scan(input.description, input).phrases, merchant, category_no, top_level_no)
    }

    /// The first of `spec: nexus-pfm, CL-3` that answers. A merchant answers for credits as for refunds: not where the
    /// text says that they are wages, interest or the like.
    fn category(
        &self,
        input: &Input<'_>,
        merchant: Option<&'static Merchant>,
        found: &Scan,
    ) -> (&'static Category, CategoryReason) {
        let of_word = |(no, phrase): Word| {
            let row = self.tables.words.get(usize::from(no))?;
            Some((row.category, CategoryReason::Words(phrase)))
        };
        let of_merchant = || {
            let merchant = merchant?;
            let category = match input.transaction_type {
                TransactionType::Credit => merchant.credit_category,
                TransactionType::Debit => merchant.category,
            };
            Some((category?, CategoryReason::Merchant(merchant.name)))
        };
        let of_code = || {
            let code = input.merchant_category_code?;
            let (category, name) = self.tables.code(code)?;
            Some((category, CategoryReason::Code(code, name)))
        };
        let of_type = || {
            let (word, category) = self.tables.of_type(input.extended_type?)?;
            Some((category, CategoryReason::Type(word)))
        };
        let of_check = || {
            input.check_number.filter(|number| number.chars().any(|c| c.is_ascii_digit() && c != '0'))?;
            Some((category::by_name("Check")?, CategoryReason::CheckNumber))
        };
        let uncategorized = category::by_no(category::UNCATEGORIZED);
        found
            .income
            .and_then(of_word)
            .or_else(of_merchant)
            .or_else(of_code)
            .or_else(|| found.word.and_then(of_word))
            .or_else(of_type)
            .or_else(of_check)
            .unwrap_or((uncategorized.unwrap_or(&category::defaults()[0]), CategoryReason::NothingKnown))
    }
}
