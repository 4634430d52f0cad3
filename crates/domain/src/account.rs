//! Accounts: the table of their sourced fields (`spec: nexus-pfm, 2`).
use crate::value::FieldKind;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $code:literal $name:literal $kind:ident,)+) => {
        /// A sourced field of an account. The number is its tag in the stored blob and never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Field {
            $(#[doc = $name] $variant = $code,)+
        }

        impl Field {
            /// Every field, by tag.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The tag in the stored blob.
            pub const fn tag(self) -> u8 {
                self as u8
            }

            /// The key on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it holds.
            pub const fn kind(self) -> FieldKind {
                match self { $(Self::$variant => FieldKind::$kind,)+ }
            }
        }
    };
}

fields! {
    Apr = 1 "apr" Rate,
    Apy = 2 "apy" Rate,
    AvailableBalance = 3 "available_balance" Money,
    Balance = 4 "balance" Money,
    CashBalance = 5 "cash_balance" Money,
    CashSurrenderValue = 6 "cash_surrender_value" Money,
    CreditLimit = 7 "credit_limit" Money,
    DeathBenefit = 8 "death_benefit" Money,
    HoldingsValue = 9 "holdings_value" Money,
    InterestRate = 10 "interest_rate" Rate,
    LastPayment = 11 "last_payment" Money,
    LoanAmount = 12 "loan_amount" Money,
    MinimumBalance = 13 "minimum_balance" Money,
    MinimumPayment = 14 "minimum_payment" Money,
    OriginalBalance = 15 "original_balance" Money,
    PayoffBalance = 16 "payoff_balance" Money,
    StatementBalance = 17 "statement_balance" Money,
    TotalAccountValue = 18 "total_account_value" Money,
    AccountNumber = 19 "account_number" Text,
    CurrencyCode = 20 "currency_code" Text,
    Name = 21 "name" Text,
    Nickname = 22 "nickname" Text,
    DayPaymentIsDue = 23 "day_payment_is_due" Integer,
    IsClosed = 24 "is_closed" Bool,
    LastPaymentAt = 25 "last_payment_at" Time,
    PaymentDueAt = 26 "payment_due_at" Time,
    MaturesOn = 27 "matures_on" Date,
    StartedOn = 28 "started_on" Date,
    AccountType = 29 "account_type" Code,
    AccountSubtype = 30 "account_subtype" Code,
    AvailableCredit = 31 "available_credit" Money,
    RoutingNumber = 32 "routing_number" Text,
    LocalizedName = 33 "localized_name" Text,
}
