//! Merchants of the registry and their locations.
use domain::{
    category::Category,
    guid::{MerchantGuid, MerchantLocationGuid},
};
use uuid::Uuid;

/// Guids of merchants are derived from their names in this name space; it never changes.
const NAMESPACE: Uuid = Uuid::from_u128(0x5b1f_0c52_6f3e_4c0a_9d57_3a1e_8c24_d0f6);

/// A merchant of the registry.
#[derive(Debug, PartialEq, Eq)]
pub struct Merchant {
    /// Its name, unlike every other's.
    pub name: &'static str,
    /// Its site.
    pub website_url: Option<&'static str>,
    /// Category of debits; none of a merchant that says nothing of it, such as a bank.
    pub category: Option<&'static Category>,
    /// Category of credits: that of debits (a refund) or one of its own.
    pub credit_category: Option<&'static Category>,
    /// What else the registry knows.
    pub marks: Marks,
}

/// What the registry marks a merchant as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// What it is paid for is a subscription.
    pub is_subscription: bool,
    /// It pays wages in advance.
    pub is_payroll_advance: bool,
    /// A way of paying: another merchant in the same text counts more.
    pub is_payment_service: bool,
}

/// Where a pattern counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strength {
    /// Anywhere.
    Anywhere,
    /// At the beginning; elsewhere with a hint of the category.
    Start,
    /// At the beginning, and only with something that confirms it.
    Weak,
}

impl Strength {
    pub(crate) fn of(letter: &str) -> Self {
        match letter {
            "A" => Self::Anywhere,
            "B" => Self::Start,
            _ => Self::Weak,
        }
    }
}

impl Merchant {
    /// Its guid: UUID version 5 of its name.
    pub fn guid(&self) -> MerchantGuid {
        MerchantGuid::from_bytes(Uuid::new_v5(&NAMESPACE, self.name.as_bytes()).into_bytes())
    }
}

/// A location of a merchant, from the operator's registry; none are built in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Its guid.
    pub guid: MerchantLocationGuid,
    /// Whose it is.
    pub merchant_guid: MerchantGuid,
    /// The number by which card networks know it.
    pub store_number: Option<String>,
    /// Its town.
    pub city: Option<String>,
    /// Its state or province: `UT`.
    pub region_code: Option<String>,
}
