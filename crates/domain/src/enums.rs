//! Every enumeration of the contract: a code, and the NAME that goes with it on the wire.

macro_rules! enums {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal $text:literal,)+ })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $(#[doc = $text] $variant = $code,)+
        }

        impl $name {
            /// Every value, by code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The number on the wire and in the store.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The upper-case name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value with this code.
            pub const fn from_code(code: i64) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// The value with this name, in any case.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name().eq_ignore_ascii_case(name))
            }
        }
    )*};
}

enums! {
    /// Who set the effective value of a sourced field.
    SetBy {
        Feed = 1 "FEED",
        User = 2 "USER",
        System = 3 "SYSTEM",
    }
    /// Type of an account (`spec: nexus-pfm, 2.1`).
    AccountType {
        Unknown = 0 "UNKNOWN",
        Checking = 1 "CHECKING",
        Savings = 2 "SAVINGS",
        Loan = 3 "LOAN",
        CreditCard = 4 "CREDIT_CARD",
        Investment = 5 "INVESTMENT",
        LineOfCredit = 6 "LINE_OF_CREDIT",
        Mortgage = 7 "MORTGAGE",
        Property = 8 "PROPERTY",
        Cash = 9 "CASH",
        Insurance = 10 "INSURANCE",
        Prepaid = 11 "PREPAID",
        CheckingLineOfCredit = 12 "CHECKING_LINE_OF_CREDIT",
    }
    /// Subtype of an account (`spec: nexus-pfm, 2.1`).
    AccountSubtype {
        None = 0 "NONE",
        MoneyMarket = 1 "MONEY_MARKET",
        CertificateOfDeposit = 2 "CERTIFICATE_OF_DEPOSIT",
        Auto = 3 "AUTO",
        Student = 4 "STUDENT",
        SmallBusiness = 5 "SMALL_BUSINESS",
        Personal = 6 "PERSONAL",
        PersonalWithCollateral = 7 "PERSONAL_WITH_COLLATERAL",
        HomeEquity = 8 "HOME_EQUITY",
        Plan401K = 9 "PLAN_401_K",
        Plan403B = 10 "PLAN_403_B",
        Plan529 = 11 "PLAN_529",
        Ira = 12 "IRA",
        RolloverIra = 13 "ROLLOVER_IRA",
        RothIra = 14 "ROTH_IRA",
        Taxable = 15 "TAXABLE",
        NonTaxable = 16 "NON_TAXABLE",
        Brokerage = 17 "BROKERAGE",
        Trust = 18 "TRUST",
        UniformGiftsToMinorsAct = 19 "UNIFORM_GIFTS_TO_MINORS_ACT",
        Plan457 = 20 "PLAN_457",
        Pension = 21 "PENSION",
        EmployeeStockOwnershipPlan = 22 "EMPLOYEE_STOCK_OWNERSHIP_PLAN",
        SimplifiedEmployeePension = 23 "SIMPLIFIED_EMPLOYEE_PENSION",
        SimpleIra = 24 "SIMPLE_IRA",
        Boat = 25 "BOAT",
        Powersports = 26 "POWERSPORTS",
        Rv = 27 "RV",
        Heloc = 28 "HELOC",
        PlanRoth401K = 29 "PLAN_ROTH_401_K",
        FixedAnnuity = 30 "FIXED_ANNUITY",
        VariableAnnuity = 31 "VARIABLE_ANNUITY",
        VehicleInsurance = 32 "VEHICLE_INSURANCE",
        Disability = 33 "DISABILITY",
        Health = 34 "HEALTH",
        LongTermCare = 35 "LONG_TERM_CARE",
        PropertyAndCasualty = 36 "PROPERTY_AND_CASUALTY",
        UniversalLife = 37 "UNIVERSAL_LIFE",
        TermLife = 38 "TERM_LIFE",
        WholeLife = 39 "WHOLE_LIFE",
        AccidentalDeathAndDismemberment = 40 "ACCIDENTAL_DEATH_AND_DISMEMBERMENT",
        VariableUniversalLife = 41 "VARIABLE_UNIVERSAL_LIFE",
        Hsa = 42 "HSA",
        TaxFreeSavingsAccount = 43 "TAX_FREE_SAVINGS_ACCOUNT",
        Individual = 44 "INDIVIDUAL",
        RegisteredRetirementIncomeFund = 45 "REGISTERED_RETIREMENT_INCOME_FUND",
        CashManagementAccount = 46 "CASH_MANAGEMENT_ACCOUNT",
        EmployeeStockPurchasePlan = 47 "EMPLOYEE_STOCK_PURCHASE_PLAN",
        RegisteredEducationSavingsPlan = 48 "REGISTERED_EDUCATION_SAVINGS_PLAN",
        ProfitSharingPlan = 49 "PROFIT_SHARING_PLAN",
        UniformTransferToMinorsAct = 50 "UNIFORM_TRANSFER_TO_MINORS_ACT",
        DefinedBenefitPlan = 51 "DEFINED_BENEFIT_PLAN",
        RegisteredPensionPlan = 52 "REGISTERED_PENSION_PLAN",
    }
    /// Kind of a property account.
    PropertyType {
        RealEstate = 0 "REAL_ESTATE",
        Vehicle = 1 "VEHICLE",
        Art = 2 "ART",
        Jewelry = 3 "JEWELRY",
        Furniture = 4 "FURNITURE",
        Appliances = 5 "APPLIANCES",
        Computer = 6 "COMPUTER",
        Electronics = 7 "ELECTRONICS",
        SportsEquipment = 8 "SPORTS_EQUIPMENT",
        Miscellaneous = 9 "MISCELLANEOUS",
    }
    /// Whether deposits are insured.
    FederalInsuranceStatus {
        UnknownInsured = 0 "UNKNOWN_INSURED",
        Insured = 1 "INSURED",
        NotInsured = 2 "NOT_INSURED",
    }
    /// Direction of a transaction.
    TransactionType {
        Credit = 1 "CREDIT",
        Debit = 2 "DEBIT",
    }
    /// Whether a transaction is final.
    TransactionStatus {
        Posted = 1 "POSTED",
        Pending = 2 "PENDING",
    }
    /// Kind of a holding.
    HoldingType {
        Unknown = 0 "UNKNOWN",
        MoneyMarket = 1 "MONEY_MARKET",
        Equity = 2 "EQUITY",
        MutualFund = 3 "MUTUAL_FUND",
        ExchangeTradedFund = 4 "EXCHANGE_TRADED_FUND",
        FixedIncome = 5 "FIXED_INCOME",
        CertificateOfDeposit = 6 "CERTIFICATE_OF_DEPOSIT",
        Cash = 7 "CASH",
        Options = 8 "OPTIONS",
        Annuity = 9 "ANNUITY",
        UnitInvestmentTrust = 10 "UNIT_INVESTMENT_TRUST",
        HedgeFund = 11 "HEDGE_FUND",
        AlternativeInvestment = 12 "ALTERNATIVE_INVESTMENT",
    }
    /// Class of an equity holding.
    EquityClassification {
        Unknown = 0 "UNKNOWN",
        LargeCap = 1 "LARGE_CAP",
        MidCap = 2 "MID_CAP",
        SmallCap = 3 "SMALL_CAP",
        MicroCap = 4 "MICRO_CAP",
        InternationalDeveloped = 5 "INTERNATIONAL_DEVELOPED",
        EmergingMarkets = 6 "EMERGING_MARKETS",
        RealEstate = 7 "REAL_ESTATE",
        Preferred = 8 "PREFERRED",
    }
    /// Class of a fixed-income holding.
    FixedIncomeClassification {
        Unknown = 0 "UNKNOWN",
        Government = 1 "GOVERNMENT",
        Municipal = 2 "MUNICIPAL",
        Corporate = 3 "CORPORATE",
        MortgageBacked = 4 "MORTGAGE_BACKED",
        AssetBacked = 5 "ASSET_BACKED",
        HighYield = 6 "HIGH_YIELD",
        International = 7 "INTERNATIONAL",
        InflationProtected = 8 "INFLATION_PROTECTED",
        CashEquivalent = 9 "CASH_EQUIVALENT",
    }
    /// State of a member's connection (`spec: nexus-core, 9.1`).
    ConnectionStatus {
        Created = 0 "CREATED",
        Prevented = 1 "PREVENTED",
        Denied = 2 "DENIED",
        Challenged = 3 "CHALLENGED",
        Rejected = 4 "REJECTED",
        Locked = 5 "LOCKED",
        Connected = 6 "CONNECTED",
        Impeded = 7 "IMPEDED",
        Reconnected = 8 "RECONNECTED",
        Degraded = 9 "DEGRADED",
        Disconnected = 10 "DISCONNECTED",
        Discontinued = 11 "DISCONTINUED",
        Closed = 12 "CLOSED",
        Delayed = 13 "DELAYED",
        Failed = 14 "FAILED",
        Updated = 15 "UPDATED",
        Disabled = 16 "DISABLED",
        Imported = 17 "IMPORTED",
        Resumed = 18 "RESUMED",
        Expired = 19 "EXPIRED",
        Impaired = 20 "IMPAIRED",
        Pending = 21 "PENDING",
    }
    /// State of a job (`spec: nexus-core, 9.2`). 6 to 9 are final.
    JobStatus {
        Initiated = 0 "INITIATED",
        Requested = 1 "REQUESTED",
        Challenged = 2 "CHALLENGED",
        Received = 3 "RECEIVED",
        Transferred = 4 "TRANSFERRED",
        Processed = 5 "PROCESSED",
        Completed = 6 "COMPLETED",
        Prevented = 7 "PREVENTED",
        Denied = 8 "DENIED",
        Halted = 9 "HALTED",
    }
    /// State of a microdeposit (`spec: nexus-core, 9.5`).
    MicroDepositStatus {
        Initiated = 0 "INITIATED",
        Requested = 1 "REQUESTED",
        Deposited = 2 "DEPOSITED",
        Verified = 3 "VERIFIED",
        Errored = 4 "ERRORED",
        Denied = 5 "DENIED",
        Prevented = 6 "PREVENTED",
        Conflicted = 7 "CONFLICTED",
        Rejected = 8 "REJECTED",
        Preinitiated = 9 "PREINITIATED",
    }
    /// Kind of a credential field (`spec: nexus-core, 9.4`).
    FieldType {
        Text = 0 "TEXT",
        Password = 1 "PASSWORD",
        Options = 2 "OPTIONS",
        Login = 3 "LOGIN",
        Checkbox = 4 "CHECKBOX",
        Radio = 5 "RADIO",
        Url = 6 "URL",
        Hidden = 7 "HIDDEN",
        ImageUrl = 8 "IMAGE_URL",
        ContentUrl = 9 "CONTENT_URL",
        Custom = 10 "CUSTOM",
        Cludge = 11 "CLUDGE",
        Token = 12 "TOKEN",
        ImageData = 13 "IMAGE_DATA",
        ImageOptions = 14 "IMAGE_OPTIONS",
        Userkey = 15 "USERKEY",
        Oauth2Url = 16 "OAUTH2_URL",
        OauthAccessToken = 17 "OAUTH_ACCESS_TOKEN",
        OauthRefreshToken = 18 "OAUTH_REFRESH_TOKEN",
    }
    /// Where a consent of the user is (`spec: nexus-core, 4`).
    OauthState {
        Unknown = 0 "UNKNOWN",
        Pending = 1 "PENDING",
        Success = 2 "SUCCESS",
        Errored = 3 "ERRORED",
    }
    /// Why a consent did not come about (`spec: nexus-core, 4`).
    OauthErrorReason {
        UnknownError = 0 "UNKNOWN_ERROR",
        Cancelled = 1 "CANCELLED",
        Denied = 2 "DENIED",
        Impeded = 3 "IMPEDED",
        ProviderError = 4 "PROVIDER_ERROR",
        ServerError = 5 "SERVER_ERROR",
        SessionError = 6 "SESSION_ERROR",
    }
    /// Where the user comes from when consenting, and so where the end page leads to (`spec: nexus-core, 4`).
    ReferralSource {
        Browser = 0 "BROWSER",
        App = 1 "APP",
    }
    /// What a job fetches (`spec: nexus-core, 9.3`).
    JobKind {
        Aggregation = 0 "AGGREGATION",
        Verification = 1 "VERIFICATION",
        Identification = 2 "IDENTIFICATION",
        History = 3 "HISTORY",
        Statement = 4 "STATEMENT",
        Order = 5 "ORDER",
        Reward = 6 "REWARD",
        Balance = 7 "BALANCE",
        MicroDeposit = 8 "MICRO_DEPOSIT",
        Tax = 9 "TAX",
        CreditReport = 10 "CREDIT_REPORT",
        Combination = 11 "COMBINATION",
    }
}

impl AccountType {
    /// Types whose balance is positive when money is owed (`spec: nexus-pfm, 2.1`).
    pub const fn is_debt(self) -> bool {
        matches!(
            self,
            Self::Loan | Self::CreditCard | Self::LineOfCredit | Self::Mortgage | Self::CheckingLineOfCredit
        )
    }
}

impl JobStatus {
    /// Whether the job has ended.
    pub const fn is_final(self) -> bool {
        self.code() >= 6
    }
}

impl MicroDepositStatus {
    /// Whether the next change comes from the provider.
    pub const fn waits_for_provider(self) -> bool {
        matches!(self, Self::Initiated | Self::Requested)
    }

    /// Whether amounts may be tried.
    pub const fn takes_amounts(self) -> bool {
        matches!(self, Self::Deposited | Self::Denied)
    }

    /// Whether another one for the same account is in conflict with it (`spec: nexus-core, 8`).
    pub const fn holds_account(self) -> bool {
        self.waits_for_provider() || self.takes_amounts() || matches!(self, Self::Verified)
    }
}
