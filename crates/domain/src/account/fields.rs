//! The field table of accounts (`spec: nexus-pfm, 2`).
use crate::{
    enums::{AccountSubtype, AccountType, FederalInsuranceStatus, PropertyType},
    table::{
        Enumeration, Faces, Names, Rule,
        Settable::{Any, Manual},
        enumeration, field, rows,
    },
    value::FieldKind::{Bool, Code, Date, Guid, Integer, Money, Rate, Text, Time},
};

/// Balances: 14 digits, 2 after the point.
const BALANCE: Rule = Rule::Number { digits: 14, places: 2, min: None, max: None };
/// Limits and sums owed: balances that are not negative.
const UNSIGNED: Rule = Rule::Number { digits: 14, places: 2, min: Some(0), max: None };
/// Percentages a year.
const PERCENT: Rule = Rule::Number { digits: 10, places: 6, min: Some(0), max: Some(100) };
const NAME: Rule = Rule::Chars(255);

/// `ANY` is read as UNKNOWN.
const ACCOUNT_TYPES: Enumeration = Enumeration {
    code_of: |name| {
        let name = if name.eq_ignore_ascii_case("ANY") { "UNKNOWN" } else { name };
        AccountType::from_name(name).map(|value| i64::from(value.code()))
    },
    ..enumeration!(AccountType)
};

rows! {
    Apr = 1, field("apr", Rate, "Annual percentage rate").sourced().set(Any, PERCENT).clearable();
    Apy = 2, field("apy", Rate, "Annual percentage yield").sourced().set(Any, PERCENT).clearable();
    AvailableBalance = 3, field("available_balance", Money, "What can be drawn now").sourced().set(Manual, BALANCE).clearable();
    Balance = 4, field("balance", Money, "Balance; positive when money is owed on debt types").sourced().set(Manual, BALANCE);
    CashBalance = 5, field("cash_balance", Money, "Cash in an investment account").sourced().set(Manual, BALANCE).clearable();
    CashSurrenderValue = 6, field("cash_surrender_value", Money, "What an insurance pays when given up").sourced().set(Manual, BALANCE).clearable();
    CreditLimit = 7, field("credit_limit", Money, "Credit limit").sourced().set(Any, UNSIGNED).clearable();
    DeathBenefit = 8, field("death_benefit", Money, "What an insurance pays on death").sourced().set(Manual, BALANCE).clearable();
    HoldingsValue = 9, field("holdings_value", Money, "Sum of the market values of the holdings").sourced();
    InterestRate = 10, field("interest_rate", Rate, "Interest rate, percent").sourced().set(Any, PERCENT).clearable();
    LastPayment = 11, field("last_payment", Money, "Amount of the last payment").sourced().set(Manual, BALANCE).clearable();
    LoanAmount = 12, field("loan_amount", Money, "Amount of the loan").sourced().set(Manual, BALANCE).clearable();
    MinimumBalance = 13, field("minimum_balance", Money, "Balance the account must hold").sourced().set(Manual, BALANCE).clearable();
    MinimumPayment = 14, field("minimum_payment", Money, "Least payment due").sourced().set(Any, UNSIGNED).clearable();
    OriginalBalance = 15, field("original_balance", Money, "Balance at the start").sourced().set(Any, UNSIGNED).clearable();
    PayoffBalance = 16, field("payoff_balance", Money, "What it takes to pay the loan off").sourced().set(Manual, BALANCE).clearable();
    StatementBalance = 17, field("statement_balance", Money, "Balance of the last statement").sourced().set(Manual, BALANCE).clearable();
    TotalAccountValue = 18, field("total_account_value", Money, "Cash and holdings together").sourced();
    AccountNumber = 19, field("account_number", Text, "Account number: its last four characters, unless the client shows it whole").sourced();
    CurrencyCode = 20, field("currency_code", Text, "ISO 4217 code").sourced().set(Manual, Rule::Currency);
    Name = 21, field("name", Text, "Name of the account").sourced().set(Any, NAME).required().alias(&["user_name"]);
    Nickname = 22, field("nickname", Text, "What the user calls it").sourced().set(Any, NAME).clearable();
    DayPaymentIsDue = 23, field("day_payment_is_due", Integer, "Day of the month a payment is due").sourced().set(Any, Rule::Between(1, 31)).clearable();
    IsClosed = 24, field("is_closed", Bool, "Whether the account is closed").sourced().always().set(Manual, Rule::None);
    LastPaymentAt = 25, field("last_payment_at", Time, "When the last payment was made").sourced().set(Manual, Rule::None).clearable();
    PaymentDueAt = 26, field("payment_due_at", Time, "When the next payment is due").sourced().set(Any, Rule::None).clearable();
    MaturesOn = 27, field("matures_on", Date, "Day it matures").sourced().set(Manual, Rule::None).clearable();
    StartedOn = 28, field("started_on", Date, "Day it was opened").sourced().set(Manual, Rule::None).clearable();
    AccountType = 29, field("account_type", Code, "Type").sourced().codes(ACCOUNT_TYPES, Names::Both).always().set(Any, Rule::None).required();
    AccountSubtype = 30, field("account_subtype", Code, "Subtype, one of those of the type").sourced().codes(enumeration!(AccountSubtype), Names::Both).set(Any, Rule::None).clearable();
    AvailableCredit = 31, field("available_credit", Money, "What is left of the credit limit").faces(Faces::SourcedWithoutFeed).set(Manual, BALANCE).clearable();
    RoutingNumber = 32, field("routing_number", Text, "Routing number of the bank").faces(Faces::WithFeed);
    LocalizedName = 33, field("localized_name", Text, "Name in the user's language").faces(Faces::WithFeed);

    AccountHolderName = 192, field("account_holder_name", Text, "Name of the holder");
    ExternalGuid = 193, field("external_guid", Text, "The institution's or partner's own id of the account");
    FederalInsuranceStatus = 194, field("federal_insurance_status", Code, "Whether deposits are insured").faces(Faces::NameOnly).codes(enumeration!(FederalInsuranceStatus), Names::None);
    InsuredName = 195, field("insured_name", Text, "Name of the insured person");
    Metadata = 196, field("metadata", Text, "Any text of the client").set(Any, Rule::Bytes(8192)).clearable();
    CalculatedApr = 197, field("calculated_apr", Rate, "Annual percentage rate as the institution computes it");
    MarginBalance = 198, field("margin_balance", Money, "Balance of the margin loan");
    PayOutAmount = 199, field("pay_out_amount", Money, "What an insurance pays out");
    PendingBalance = 200, field("pending_balance", Money, "Balance with pending transactions");
    PremiumAmount = 201, field("premium_amount", Money, "Premium of an insurance");
    TodayUglAmount = 202, field("today_ugl_amount", Money, "Unrealized gain or loss of today");
    TodayUglPercentage = 203, field("today_ugl_percentage", Rate, "Unrealized gain or loss of today, percent");
    TotalAccountValueUgl = 204, field("total_account_value_ugl", Money, "Unrealized gain or loss of the account");
    PropertyType = 205, field("property_type", Code, "Kind of a property").codes(enumeration!(PropertyType), Names::Effective).set(Any, Rule::None).clearable();

    Guid = 224, field("guid", Guid(*b"ACT"), "Guid of the account").always();
    UserGuid = 225, field("user_guid", Guid(*b"USR"), "Guid of the user").always();
    MemberGuid = 226, field("member_guid", Guid(*b"MBR"), "Guid of the member").always();
    InstitutionGuid = 227, field("institution_guid", Guid(*b"INS"), "Guid of the institution").always();
    InstitutionCode = 228, field("institution_code", Text, "Code of the institution").always();
    CreatedAt = 229, field("created_at", Time, "When it was created here").always();
    UpdatedAt = 230, field("updated_at", Time, "When a value of it last changed").always();
    ImportedAt = 231, field("imported_at", Time, "When it was last aggregated successfully");
    Revision = 232, field("revision", Integer, "0 at create, one more with every change").always();
    MemberIsManagedByUser = 233, field("member_is_managed_by_user", Bool, "Whether the user, not the partner, manages the member").always();
    IsManual = 234, field("is_manual", Bool, "Whether the user made it by hand").always();
    IsHidden = 235, field("is_hidden", Bool, "Left out of every computation").always().set(Any, Rule::None);
    IsBusiness = 236, field("is_business", Bool, "Whether it is a business account").always().set(Any, Rule::None);
    IsPersonal = 237, field("is_personal", Bool, "Always the opposite of `is_business`").always().set(Any, Rule::None);
    IsExcludedFromAccounts = 238, field("is_excluded_from_accounts", Bool, "Left out of the list of accounts on our own pages").always().set(Any, Rule::None);
    IsExcludedFromBudgets = 239, field("is_excluded_from_budgets", Bool, "Left out of budgets").always().set(Any, Rule::None);
    IsExcludedFromCashFlow = 240, field("is_excluded_from_cash_flow", Bool, "Left out of the cash flow").always().set(Any, Rule::None);
    IsExcludedFromDebts = 241, field("is_excluded_from_debts", Bool, "Left out of reminders of debt payments").always().set(Any, Rule::None);
    IsExcludedFromGoals = 242, field("is_excluded_from_goals", Bool, "Not offered for goals").always().set(Any, Rule::None);
    IsExcludedFromInvestments = 243, field("is_excluded_from_investments", Bool, "Left out of investments on our own pages").always().set(Any, Rule::None);
    IsExcludedFromNetWorth = 244, field("is_excluded_from_net_worth", Bool, "Left out of the net worth on our own pages").always().set(Any, Rule::None);
    IsExcludedFromSpending = 245, field("is_excluded_from_spending", Bool, "Left out of spending plans").always().set(Any, Rule::None);
    IsExcludedFromTransactions = 246, field("is_excluded_from_transactions", Bool, "Its transactions are left out of every computation").always().set(Any, Rule::None);
    IsExcludedFromTrends = 247, field("is_excluded_from_trends", Bool, "Left out of category totals").always().set(Any, Rule::None);
}

/// Whether a type may have a subtype (`spec: nexus-pfm, 2.1`).
pub const fn subtype_belongs(account_type: super::AccountType, subtype: super::AccountSubtype) -> bool {
    use super::AccountType as T;
    match account_type {
        _ if subtype.code() == 0 => true,
        T::Savings => matches!(subtype.code(), 1 | 2 | 42 | 43 | 46),
        T::Checking => matches!(subtype.code(), 42 | 46),
        T::Loan => matches!(subtype.code(), 3..=8 | 25..=27),
        T::Investment => matches!(subtype.code(), 9..=24 | 29..=31 | 42..=52),
        T::LineOfCredit => matches!(subtype.code(), 8 | 28),
        T::Insurance => matches!(subtype.code(), 30..=41),
        _ => false,
    }
}
