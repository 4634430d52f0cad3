//! Keys of microdeposits and what is sent for them, for the document.
use crate::openapi::{Entry, boolean, integer, number, one, text, time};

const DEPOSIT: &[Entry] = &[
    text("account_name", "What the owner calls the account.").or_null(),
    text("account_number", "The whole number; null while PREINITIATED.").or_null(),
    integer("account_type", "1 CHECKING, 2 SAVINGS; null while PREINITIATED.").or_null(),
    text("account_type_name", "Name of the type.").or_null(),
    time("created_at", "When it was made."),
    text("email", "Address of the owner."),
    text(
        "error_code",
        "Why it was rejected or failed: INVALID, BLOCKED, CLIENT_BLOCKED, IAV_PREFERRED, or the provider's.",
    )
    .or_null(),
    text("error_message", "The same for people.").or_null(),
    text("first_name", "Of the owner."),
    text("guid", "`MIC-`."),
    text("institution_name", "The institution with this routing number.").or_null(),
    text("last_name", "Of the owner."),
    text("routing_number", "Nine digits; null while PREINITIATED.").or_null(),
    integer("status", "Where it is."),
    text("status_name", "Name of `status`."),
    time("updated_at", "Latest change."),
    time("verified_at", "When the right amounts were given.").or_null(),
];

const ROOTED: &[Entry] = &[one("micro_deposit", "MicroDeposit", "The microdeposit.")];

const CREATE: &[Entry] = &[
    text("first_name", "Of the owner."),
    text("last_name", "Of the owner."),
    text("email", "Address of the owner."),
    text("account_number", "4 to 17 digits; with `routing_number` and `account_type`, or none of them.")
        .optional(),
    text("routing_number", "Nine digits.").optional(),
    integer("account_type", "1 CHECKING, 2 SAVINGS.").optional(),
    text("account_name", "What the owner calls the account.").or_null().optional(),
    boolean("skip_webhook", "True: no webhook for this write.").optional(),
];

const COMPLETE: &[Entry] = &[
    text("account_number", "4 to 17 digits."),
    text("routing_number", "Nine digits."),
    integer("account_type", "1 CHECKING, 2 SAVINGS."),
    text("account_name", "What the owner calls the account.").or_null().optional(),
    boolean("skip_webhook", "True: no webhook for this write.").optional(),
];

const UPDATE: &[Entry] = &[
    number("deposit_amount_1", "One of the amounts, 0.01 to 0.99.").optional(),
    number("deposit_amount_2", "The other one.").optional(),
    boolean("skip_webhook", "True: no webhook for this write.").optional(),
    one("micro_deposit", "MicroDepositComplete", "The account of a PREINITIATED one.").optional(),
];

crate::schemas! {
    /// Two small amounts to an account.
    MicroDeposit = entries(DEPOSIT);
    /// `{"micro_deposit":{...}}`
    MicroDepositAnswer = root("micro_deposit", MicroDeposit);
    /// An item of the list.
    MicroDepositItem = entries(ROOTED; MicroDeposit);
    /// `{"micro_deposits":[{"micro_deposit":{...}}]}`
    MicroDepositsAnswer = list("micro_deposits", MicroDepositItem);
    /// A microdeposit to make.
    MicroDepositCreate = entries(CREATE);
    /// The body of a create.
    MicroDepositCreateBody = root("micro_deposit", MicroDepositCreate);
    /// The account of a microdeposit that has none yet.
    MicroDepositComplete = entries(COMPLETE);
    /// Both amounts, or the account.
    MicroDepositUpdateBody = entries(UPDATE; MicroDepositComplete);
}
