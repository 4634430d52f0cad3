//! Why enrichment says what it says. Every reason prints as a sentence.
use std::fmt;

/// Where the description comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DescriptionReason {
    /// It is the merchant's name.
    MerchantName,
    /// It is what was left of the feed's text.
    Cleansed,
    /// Nothing would be left: it is the feed's text.
    FeedText,
}

/// Why it is this merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MerchantReason {
    /// The pattern of the registry, folded.
    pub pattern: &'static str,
    /// What let it count.
    pub confirmed_by: ConfirmedBy,
}

/// What lets a pattern count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmedBy {
    /// It is distinctive and counts anywhere.
    Itself,
    /// It stands where the text begins.
    Beginning,
    /// The merchant category code says the same.
    Code,
    /// Another word of the text says the same.
    Word,
}

/// Why it is this category (`spec: nexus-pfm, CL-3`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CategoryReason {
    /// The merchant's, of this name.
    Merchant(&'static str),
    /// That of this merchant category code, which is called so.
    Code(u16, &'static str),
    /// The text has this phrase of the word table.
    Words(&'static str),
    /// The extended transaction type is this.
    Type(&'static str),
    /// There is a check number.
    CheckNumber,
    /// Nothing else is known.
    NothingKnown,
}

/// Why a flag is true (`spec: nexus-pfm, 16.6`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagReason {
    /// It is a credit, and its category lies below this top-level one.
    CreditIn(&'static str),
    /// It is a debit, and its category lies below this top-level one.
    DebitIn(&'static str),
    /// Its category is this.
    Category(&'static str),
    /// The text has this phrase.
    Words(&'static str),
    /// The registry marks the merchant of this name so.
    Registry(&'static str),
    /// It recurs, and its category is, or lies below, this.
    RecurringIn(&'static str),
}

impl fmt::Display for DescriptionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MerchantName => "the description is the merchant's name",
            Self::Cleansed => "the description is the feed's text without what only machines read",
            Self::FeedText => "the description is the feed's text",
        })
    }
}

impl fmt::Display for MerchantReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.confirmed_by {
            ConfirmedBy::Itself => "",
            ConfirmedBy::Beginning => " at its beginning",
            ConfirmedBy::Code => ", and the merchant category code fits",
            ConfirmedBy::Word => ", and another word fits",
        };
        write!(f, "the text has \"{}\"{how}", self.pattern)
    }
}

impl fmt::Display for CategoryReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Merchant(name) => write!(f, "the category is that of {name}"),
            Self::Code(code, "") => write!(f, "the category is that of merchant category code {code:04}"),
            Self::Code(code, name) => {
                write!(f, "the category is that of merchant category code {code:04} ({name})")
            }
            Self::Words(phrase) => write!(f, "the category is that of the words \"{phrase}\""),
            Self::Type(word) => write!(f, "the category is that of the transaction type {word}"),
            Self::CheckNumber => f.write_str("there is a check number"),
            Self::NothingKnown => f.write_str("nothing says what the category is"),
        }
    }
}

impl fmt::Display for FlagReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreditIn(name) => write!(f, "it is a credit in {name}"),
            Self::DebitIn(name) => write!(f, "it is a debit in {name}"),
            Self::Category(name) => write!(f, "its category is {name}"),
            Self::Words(phrase) => write!(f, "the text has \"{phrase}\""),
            Self::Registry(name) => write!(f, "the registry says so of {name}"),
            Self::RecurringIn(name) => write!(f, "it recurs, in {name}"),
        }
    }
}
