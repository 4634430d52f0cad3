//! Which institution holds which accounts. Source: `spec: sandbox, 3`.
use super::{
    merchants::{CANADA, Place, UTAH},
    seed::Seed,
};
use domain::enums::{AccountSubtype, AccountType};

/// Keys of the accounts, part of every hash: they never change.
pub(super) mod key {
    pub(in super::super) const CHECKING: &str = "checking";
    pub(in super::super) const SAVINGS: &str = "savings";
    pub(in super::super) const LOAN: &str = "loan";
    pub(in super::super) const CARD: &str = "card";
    pub(in super::super) const INVESTMENT: &str = "investment";
    pub(in super::super) const LINE: &str = "line";
    pub(in super::super) const MORTGAGE: &str = "mortgage";
    pub(in super::super) const PROPERTY: &str = "property";
    pub(in super::super) const CASH: &str = "cash";
    pub(in super::super) const INSURANCE: &str = "insurance";
    pub(in super::super) const PREPAID: &str = "prepaid";
    pub(in super::super) const OVERDRAFT_LINE: &str = "overdraft_line";
    pub(in super::super) const CERTIFICATE: &str = "certificate";
    pub(in super::super) const EUR: &str = "eur";
    pub(in super::super) const UNKNOWN: &str = "unknown";
}

/// An account of an institution.
pub(super) struct AccountPlan {
    /// One of [`key`].
    pub(super) key: &'static str,
    pub(super) account_type: AccountType,
    pub(super) subtype: Option<AccountSubtype>,
    pub(super) name: &'static str,
    pub(super) currency: &'static str,
    pub(super) holder: &'static str,
    pub(super) owners: &'static [OwnerPlan],
}

/// Somebody whom an account belongs to.
pub(super) struct OwnerPlan {
    pub(super) name: &'static str,
    pub(super) home: &'static Home,
    pub(super) email: &'static str,
    pub(super) phone: &'static str,
}

/// Where somebody lives.
pub(super) struct Home {
    pub(super) address: &'static str,
    pub(super) city: &'static str,
    pub(super) state: &'static str,
    pub(super) postal_code: &'static str,
    pub(super) country: &'static str,
}

/// What is particular to an institution.
pub(super) struct BankPlan {
    pub(super) code: &'static str,
    /// Where its customers shop.
    pub(super) places: &'static [Place],
    /// Canada: 0, the institution number (3 digits), the transit number (5 digits).
    pub(super) routing_number: &'static str,
    pub(super) accounts: &'static [AccountPlan],
}

impl BankPlan {
    /// The plan of the institution with this code.
    pub(super) fn by_code(code: &str) -> Option<&'static Self> {
        BANKS.iter().find(|bank| bank.code == code)
    }

    /// The account with this key.
    pub(super) fn account(&self, key: &str) -> Option<&'static AccountPlan> {
        self.accounts.iter().find(|account| account.key == key)
    }

    /// Whether it holds such an account.
    pub(super) fn has(&self, key: &str) -> bool {
        self.account(key).is_some()
    }
}

impl AccountPlan {
    /// Whether the account has been closed.
    pub(super) fn is_closed(&self) -> bool {
        self.key == key::CERTIFICATE
    }

    /// Whether `verify` delivers its numbers.
    pub(super) fn has_numbers(&self) -> bool {
        !self.is_closed() && matches!(self.account_type, AccountType::Checking | AccountType::Savings)
    }

    /// Its whole number, ten digits; none where there is nothing to number. The endings that the
    /// microdeposits act on are not used.
    pub(super) fn number(&self, seed: &Seed) -> Option<String> {
        if matches!(self.key, key::UNKNOWN | key::PROPERTY | key::CASH) {
            return None;
        }
        let mut draw = seed.draw(self.key, "number", 0);
        Some(format!("{:06}{:04}", draw.between(100_000, 999_999), draw.between(1_000, 9_999)))
    }
}

const TESTER: &str = "MX Test";

static LEHI: Home = Home {
    address: "3401 N Thanksgiving Way",
    city: "Lehi",
    state: "Utah",
    postal_code: "84034",
    country: "United States",
};
static SCHENECTADY: Home = Home {
    address: "123 Main Street",
    city: "Schenectady",
    state: "NY",
    postal_code: "12345",
    country: "United States",
};
static TORONTO: Home = Home {
    address: "100 King Street West",
    city: "Toronto",
    state: "Ontario",
    postal_code: "M5X 1A9",
    country: "Canada",
};

const fn owner(
    name: &'static str,
    home: &'static Home,
    email: &'static str,
    phone: &'static str,
) -> OwnerPlan {
    OwnerPlan { name, home, email, phone }
}

static TESTERS: &[OwnerPlan] = &[owner(TESTER, &LEHI, "mxuser.mx.com", "555-555-5555")];
static CANADIANS: &[OwnerPlan] = &[owner(TESTER, &TORONTO, "mxuser.mx.com", "555-555-5555")];
static SMITHS: &[OwnerPlan] = &[JOHN_SMITH, MARY_SMITH];
static JOHN: &[OwnerPlan] = &[JOHN_SMITH];
static MARY: &[OwnerPlan] = &[MARY_SMITH];
const JOHN_SMITH: OwnerPlan = owner("John Smith", &SCHENECTADY, "john.smith@example.com", "518-555-0101");
const MARY_SMITH: OwnerPlan = owner("Mary Smith", &SCHENECTADY, "mary.smith@example.com", "518-555-0102");

const fn account(
    key: &'static str,
    account_type: AccountType,
    subtype: Option<AccountSubtype>,
    name: &'static str,
) -> AccountPlan {
    AccountPlan { key, account_type, subtype, name, currency: "USD", holder: TESTER, owners: TESTERS }
}

const CHECKING: AccountPlan = account(key::CHECKING, AccountType::Checking, None, "Everyday Checking");
const SAVINGS: AccountPlan = account(key::SAVINGS, AccountType::Savings, None, "High Yield Savings");
const LOAN: AccountPlan = account(key::LOAN, AccountType::Loan, Some(AccountSubtype::Auto), "Auto Loan");
const CARD: AccountPlan = account(key::CARD, AccountType::CreditCard, None, "Rewards Credit Card");

const JOINT: &str = "John Smith and Mary Smith";

static BANKS: &[BankPlan] = &[
    BankPlan {
        code: "mxbank",
        places: UTAH,
        routing_number: "991234561",
        accounts: &[
            account(key::UNKNOWN, AccountType::Unknown, None, "Gift Balance"),
            CHECKING,
            SAVINGS,
            LOAN,
            CARD,
            account(key::INVESTMENT, AccountType::Investment, Some(AccountSubtype::Brokerage), "Brokerage"),
            account(key::LINE, AccountType::LineOfCredit, Some(AccountSubtype::Heloc), "Home Equity Line"),
            account(key::MORTGAGE, AccountType::Mortgage, None, "Home Mortgage"),
            account(key::PROPERTY, AccountType::Property, None, "Home in Lehi"),
            account(key::CASH, AccountType::Cash, None, "Wallet"),
            account(key::INSURANCE, AccountType::Insurance, Some(AccountSubtype::WholeLife), "Whole Life"),
            account(key::PREPAID, AccountType::Prepaid, None, "Prepaid Card"),
            account(key::OVERDRAFT_LINE, AccountType::CheckingLineOfCredit, None, "Overdraft Line of Credit"),
            account(
                key::CERTIFICATE,
                AccountType::Savings,
                Some(AccountSubtype::CertificateOfDeposit),
                "12 Month Certificate",
            ),
        ],
    },
    BankPlan {
        code: "mx_bank_oauth",
        places: UTAH,
        routing_number: "991234561",
        accounts: &[CHECKING, SAVINGS, CARD],
    },
    BankPlan {
        code: "mxcu_oauth",
        places: UTAH,
        routing_number: "991234561",
        accounts: &[
            AccountPlan { holder: JOINT, owners: SMITHS, ..CHECKING },
            AccountPlan { holder: JOINT, owners: SMITHS, ..SAVINGS },
            AccountPlan { holder: "John Smith", owners: JOHN, ..LOAN },
            AccountPlan { holder: "Mary Smith", owners: MARY, ..CARD },
        ],
    },
    BankPlan {
        code: "mxcu",
        places: UTAH,
        routing_number: "991234561",
        accounts: &[
            CHECKING,
            SAVINGS,
            AccountPlan { currency: "EUR", ..account(key::EUR, AccountType::Savings, None, "Euro Savings") },
            CARD,
        ],
    },
    BankPlan {
        code: "sandbox_ca",
        places: CANADA,
        routing_number: "089901234",
        accounts: &[
            AccountPlan { currency: "CAD", owners: CANADIANS, ..CHECKING },
            AccountPlan { currency: "CAD", owners: CANADIANS, ..SAVINGS },
        ],
    },
    BankPlan { code: "sandbox_basic", places: UTAH, routing_number: "991234561", accounts: &[CHECKING] },
];
