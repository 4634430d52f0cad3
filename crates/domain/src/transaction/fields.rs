//! The field table of transactions (`spec: nexus-pfm, 3`).
use crate::{
    enums::{TransactionStatus, TransactionType},
    table::{
        Faces, Names, Rule,
        Settable::{Any, Manual},
        enumeration, field, rows,
    },
    value::FieldKind::{Bool, Code, Date, Guid, Integer, Money, Rate, Text, Time},
};

rows! {
    Description = 1, field("description", Text, "What it was for: the user's words, a rule's, or the cleansed text of the feed").sourced().always().set(Any, Rule::Chars(1024)).required().alias(&["user_description"]);
    CurrencyCode = 2, field("currency_code", Text, "ISO 4217 code").sourced().set(Manual, Rule::Currency);
    IsInternational = 3, field("is_international", Bool, "Whether it was made abroad").sourced().set(Manual, Rule::None).clearable();
    Latitude = 4, field("latitude", Rate, "Degrees north").sourced().set(Manual, Rule::Number { digits: 10, places: 6, min: Some(-90), max: Some(90) }).clearable();
    Longitude = 5, field("longitude", Rate, "Degrees east").sourced().set(Manual, Rule::Number { digits: 10, places: 6, min: Some(-180), max: Some(180) }).clearable();
    Memo = 6, field("memo", Text, "Memo").sourced().set(Any, Rule::Chars(1024)).clearable();
    CheckNumberString = 7, field("check_number_string", Text, "Number of a cheque").faces(Faces::WithFeed).set(Manual, Rule::Chars(64)).clearable();
    PostedAt = 8, field("posted_at", Time, "When it was posted; noon where only the day is known").sourced();
    TransactedAt = 9, field("transacted_at", Time, "When it was made; noon where only the day is known").sourced();
    Amount = 10, field("amount", Money, "Unsigned amount; the type gives the direction").sourced().always().set(Manual, Rule::Number { digits: 10, places: 2, min: Some(0), max: None }).required();
    TransactionType = 11, field("transaction_type", Code, "Direction").sourced().codes(enumeration!(TransactionType), Names::Both).always().set(Manual, Rule::None).required().alias(&["type"]);
    Status = 12, field("status", Code, "Whether it is final").sourced().codes(enumeration!(TransactionStatus), Names::Effective).always();
    Category = 13, field("category", Integer, "The category").faces(Faces::SetByOnly);
    Date = 14, field("date", Date, "Day it counts for").faces(Faces::SourcedWithoutFeed).set(Any, Rule::DaysAhead(366)).required().alias(&["transacted_on"]);

    ExternalGuid = 192, field("external_guid", Text, "The institution's or partner's own id of the transaction");
    ExtendedTransactionType = 193, field("extended_transaction_type", Text, "The source's own kind of transaction; empty if unknown").always();
    MerchantCategoryCode = 194, field("merchant_category_code", Integer, "ISO 18245 code");
    Metadata = 195, field("metadata", Text, "Any text of the client").set(Any, Rule::Bytes(8192)).clearable();
    LocalizedDescription = 196, field("localized_description", Text, "Description in the user's language");
    LocalizedMemo = 197, field("localized_memo", Text, "Memo in the user's language");
    MerchantLocationGuid = 198, field("merchant_location_guid", Guid(*b"MCL"), "Place of the merchant");
    ScheduledPaymentGuid = 199, field("scheduled_payment_guid", Guid(*b"SCP"), "Scheduled payment it pays");
    RuleGuid = 200, field("rule_guid", Guid(*b"TXR"), "Rule that fired on it last; kept inside").faces(Faces::Hidden);

    Guid = 224, field("guid", Guid(*b"TRN"), "Guid of the transaction").always();
    AccountGuid = 225, field("account_guid", Guid(*b"ACT"), "Guid of the account").always();
    MemberGuid = 226, field("member_guid", Guid(*b"MBR"), "Guid of the member").always();
    UserGuid = 227, field("user_guid", Guid(*b"USR"), "Guid of the user").always();
    MerchantGuid = 228, field("merchant_guid", Guid(*b"MCH"), "Guid of the merchant");
    ParentGuid = 229, field("parent_guid", Guid(*b"TRN"), "The transaction this is a part of");
    CategoryGuid = 230, field("category_guid", Guid(*b"CAT"), "Guid of the category").set(Any, Rule::None).clearable();
    CategoryName = 231, field("category_name", Text, "Name of the category");
    TopLevelCategoryGuid = 232, field("top_level_category_guid", Guid(*b"CAT"), "Guid of the category's parent, or its own at the top").always();
    TopLevelCategoryName = 233, field("top_level_category_name", Text, "Name of that category").always();
    CreatedAt = 234, field("created_at", Time, "When it was created here").always();
    UpdatedAt = 235, field("updated_at", Time, "When a value of it last changed").always();
    CheckNumber = 236, field("check_number", Integer, "Number of a cheque, where it is a number; deprecated").sourced();
    PostedOn = 237, field("posted_on", Date, "UTC day of `posted_at`").faces(Faces::WithFeed);
    TransactedOn = 238, field("transacted_on", Date, "UTC day of `transacted_at`").faces(Faces::WithFeed);
    IsBillPay = 239, field("is_bill_pay", Bool, "Pays a bill").always();
    IsDirectDeposit = 240, field("is_direct_deposit", Bool, "A direct deposit").always();
    IsExpense = 241, field("is_expense", Bool, "An expense").always();
    IsFee = 242, field("is_fee", Bool, "A fee").always();
    IsIncome = 243, field("is_income", Bool, "Income").always();
    IsOverdraftFee = 244, field("is_overdraft_fee", Bool, "A fee for an overdraft").always();
    IsPayrollAdvance = 245, field("is_payroll_advance", Bool, "An advance on pay").always();
    IsSubscription = 246, field("is_subscription", Bool, "Pays a subscription").always();
    IsRecurring = 247, field("is_recurring", Bool, "Comes again and again; null where too little is known; deprecated");
    HasBeenSplit = 248, field("has_been_split", Bool, "Whether it has parts").always();
    HasBeenViewed = 249, field("has_been_viewed", Bool, "Whether the user has seen it").always().set(Any, Rule::None);
    IsBusiness = 250, field("is_business", Bool, "Whether it is of a business").always().set(Any, Rule::None);
    IsFlagged = 251, field("is_flagged", Bool, "Whether the user marked it").always().set(Any, Rule::None);
    IsHidden = 252, field("is_hidden", Bool, "Left out of every computation").always().set(Any, Rule::None);
    MemberIsManagedByUser = 253, field("member_is_managed_by_user", Bool, "Whether the user, not the partner, manages the member").always();
}
