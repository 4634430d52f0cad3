//! The rows of the table of flags (`spec: nexus-pfm, 16.6`).
use super::*;

fn names(flags: &Flags) -> String {
    let all = flags.all();
    let names: Vec<_> = all.iter().filter(|(_, reason)| reason.is_some()).map(|(name, _)| *name).collect();
    names.join(" ")
}

fn no(name: &str) -> i64 {
    category::by_name(name).unwrap().no
}

/// The flags of a text in a category.
fn flags_in(input: &Input<'_>, name: &str) -> String {
    let category = category::by_name(name).unwrap();
    names(&registry().flags(input, category.no, category.top_level().no))
}

#[test]
fn income_and_expense_follow_type_and_tree() {
    let (debit, credit) = (Input::debit("x"), Input::credit("x"));
    assert_eq!(flags_in(&credit, "Interest Income"), "is_income");
    assert_eq!(flags_in(&credit, "Income"), "is_income");
    assert_eq!(flags_in(&debit, "Income"), "");
    assert_eq!(flags_in(&debit, "Groceries"), "is_expense");
    assert_eq!(flags_in(&debit, "Uncategorized"), "is_expense");
    assert_eq!(flags_in(&credit, "Groceries"), "");
    assert_eq!(flags_in(&debit, "Transfer"), "");
    assert_eq!(flags_in(&debit, "Buy"), "");
}

#[test]
fn fees_are_debits_of_their_tree() {
    assert_eq!(flags_in(&Input::debit("x"), "Banking Fee"), "is_expense is_fee");
    assert_eq!(flags_in(&Input::credit("x"), "Banking Fee"), "");
    let phrases = [
        "OVERDRAFT",
        "OD FEE",
        "NSF",
        "INSUFFICIENT FUNDS",
        "NON-SUFFICIENT FUNDS",
        "RETURNED ITEM FEE",
        "Overdraft  fee",
    ];
    for text in phrases {
        assert_eq!(
            flags_in(&Input::debit(text), "Banking Fee"),
            "is_expense is_fee is_overdraft_fee",
            "{text}"
        );
        assert_eq!(flags_in(&Input::debit(text), "Groceries"), "is_expense", "{text}");
        assert_eq!(flags_in(&Input::credit(text), "Banking Fee"), "", "{text}");
    }
    assert_eq!(flags_in(&Input::debit("TRANSFER NSFX"), "Banking Fee"), "is_expense is_fee");
}

#[test]
fn payroll_advances_are_credits_by_registry_or_words() {
    for text in
        ["EARNIN ACTIVEHOURS", "PAYROLL ADVANCE", "PAY ADVANCE 12", "WAGE ADVANCE", "EARNED WAGE ACCESS"]
    {
        assert_eq!(flags_in(&Input::credit(text), "Transfer"), "is_payroll_advance", "{text}");
        assert_eq!(flags_in(&Input::debit(text), "Transfer"), "", "{text}");
    }
}

#[test]
fn direct_deposits_are_wages_into_deposit_accounts() {
    for text in ["DIRECT DEP", "DIRECT DEPOSIT", "DIR DEP", "DIRDEP", "PAYROLL", "SALARY"] {
        let credit = Input::credit(text);
        assert_eq!(flags_in(&credit, "Uncategorized"), "is_direct_deposit", "{text}");
        assert_eq!(flags_in(&Input { account_is_deposit: false, ..credit }, "Uncategorized"), "", "{text}");
        assert!(!flags_in(&Input::debit(text), "Uncategorized").contains("direct_deposit"), "{text}");
    }
    assert_eq!(flags_in(&Input::credit("ACME"), "Paycheck"), "is_income is_direct_deposit");
    assert_eq!(flags_in(&Input::credit("PAYROLL ADVANCE"), "Paycheck"), "is_income is_payroll_advance");
    assert_eq!(flags_in(&Input::credit("PAYROLLS"), "Uncategorized"), "");
}

#[test]
fn bills_are_debits_by_tree_category_or_words() {
    let debit = Input::debit("x");
    assert_eq!(flags_in(&debit, "Utilities"), "is_expense is_bill_pay");
    assert_eq!(flags_in(&debit, "Bills & Utilities"), "is_expense is_bill_pay");
    for name in [
        "Auto Insurance",
        "Auto Payment",
        "Credit Card Payment",
        "Health Insurance",
        "Home Insurance",
        "Life Insurance",
        "Mortgage & Rent",
        "Mortgage Payment",
        "Student Loan",
        "Tuition",
    ] {
        assert!(flags_in(&debit, name).contains("is_bill_pay"), "{name}");
        assert!(!flags_in(&Input::credit("x"), name).contains("is_bill_pay"), "{name}");
    }
    for text in ["BILL PAY", "BILLPAY", "BILL PMT", "BILL PAYMENT", "E-BILL", "EBILL"] {
        assert_eq!(flags_in(&Input::debit(text), "Groceries"), "is_expense is_bill_pay", "{text}");
        assert_eq!(flags_in(&Input::debit(text), "Late Fee"), "is_expense is_fee", "{text}");
    }
    assert_eq!(flags_in(&debit, "Home"), "is_expense");
}

#[test]
fn subscriptions_are_debits_by_registry_words_or_recurrence() {
    for text in ["NETFLIX.COM", "SOME SUBSCRIPTION", "CLUB MEMBERSHIP"] {
        assert_eq!(flags_in(&Input::debit(text), "Shopping"), "is_expense is_subscription", "{text}");
        assert_eq!(flags_in(&Input::debit(text), "Late Fee"), "is_expense is_fee", "{text}");
        assert_eq!(flags_in(&Input::credit(text), "Shopping"), "", "{text}");
    }
    let recurs = |is_recurring| Input { is_recurring, ..Input::debit("x") };
    for name in ["Music", "Entertainment", "Electronics & Software", "Gym"] {
        assert_eq!(flags_in(&recurs(Some(true)), name), "is_expense is_subscription", "{name}");
        assert_eq!(flags_in(&recurs(Some(false)), name), "is_expense", "{name}");
        assert_eq!(flags_in(&recurs(None), name), "is_expense", "{name}");
    }
    for name in ["Domain Names", "Fraud Protection", "Hosting", "Internet", "Television"] {
        assert_eq!(flags_in(&recurs(Some(true)), name), "is_expense is_bill_pay is_subscription", "{name}");
    }
    assert_eq!(flags_in(&recurs(Some(true)), "Groceries"), "is_expense");
}

#[test]
fn words_of_memo_and_extended_type_count_too() {
    let memo = Input { memo: Some("Monthly membership"), ..Input::debit("SOMETHING") };
    assert_eq!(flags_in(&memo, "Shopping"), "is_expense is_subscription");
    let of_type = Input { extended_type: Some("Direct_Deposit"), ..Input::credit("SOMETHING") };
    assert_eq!(flags_in(&of_type, "Uncategorized"), "is_direct_deposit");
}

#[test]
fn a_users_own_category_counts_as_what_it_lies_below() {
    let flags = registry().flags(&Input::debit("x"), category::FIRST_CUSTOM, no("Bills & Utilities"));
    assert_eq!(names(&flags), "is_expense is_bill_pay");
}

#[test]
fn a_flag_says_why() {
    let flags = registry().enrich(&Input::debit("NETFLIX.COM SUBSCRIPTION")).flags;
    assert_eq!(flags.is_subscription.unwrap().to_string(), "the registry says so of Netflix");
    assert_eq!(flags.is_bill_pay.unwrap().to_string(), "it is a debit in Bills & Utilities");
    let flags = registry().enrich(&Input::credit("ACME PAYROLL")).flags;
    assert_eq!(flags.is_income.unwrap().to_string(), "it is a credit in Income");
    assert_eq!(flags.is_direct_deposit.unwrap().to_string(), "its category is Paycheck");
}
