//! What holds of any text.
use super::*;

fn described(registry: &Registry, text: &str) -> String {
    registry.enrich(&Input::debit(text)).description.into_owned()
}

fn is_stable(registry: &Registry, text: &str) {
    let once = described(registry, text);
    assert_eq!(described(registry, &once), once, "of {text:?}");
}

/// Words that rules are about, in any order, with anything between them.
fn bank_text() -> impl Strategy<Value = String> {
    let words = prop_oneof![
        proptest::sample::select(vec![
            "POS",
            "PURCHASE",
            "SQ *",
            "TST*",
            "PAYPAL *",
            "CARD",
            "1234",
            "XXXX1234",
            "#0412",
            "03/04",
            "04",
            "MAR",
            "ON",
            "LEHI",
            "UT",
            "SALT LAKE CITY",
            "CO",
            "USA",
            "TARGET",
            "SHELL",
            "BEST",
            "BUY",
            "JOE'S",
            "DINER",
            "joe",
            "Mc",
            "AT&T",
            "*",
            "-",
            "VISA",
            "ACH DEBIT",
            "GAP",
            "F1234",
            "SHELL57444",
            "Bank",
            "of",
            "THE",
            "REF",
            "7-11",
            "O'REILLY",
            "\u{df}",
            "\u{130}",
            "\u{fb01}",
            "\u{1c5}",
            "e\u{301}",
            "H\u{c9}B",
            "&",
            "+",
            "x",
            "TO",
            "IN",
        ])
        .prop_map(str::to_owned),
        "[A-Za-z]{1,7}",
        "[0-9*#/.-]{1,6}",
        "\\PC{0,4}",
    ];
    (proptest::collection::vec(words, 0..8), proptest::sample::select(vec![" ", "  ", "*", "/", ""]))
        .prop_map(|(words, between)| words.join(between))
}

#[test]
fn describing_a_description_changes_nothing() {
    let registry = registry();
    for line in GOLDEN.lines() {
        is_stable(&registry, line.split('\t').next().unwrap());
    }
}

#[test]
fn every_merchants_name_is_its_own() {
    let registry = registry();
    for merchant in registry.merchants() {
        let found = registry.enrich(&Input::debit(merchant.name));
        assert_eq!(found.description, merchant.name, "{:?}", found.merchant);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn cleansing_is_stable(text in bank_text()) {
        is_stable(&registry(), &text);
    }

    #[test]
    fn any_text_has_an_answer_and_always_the_same(
        text in "\\PC{0,60}", memo in proptest::option::of("\\PC{0,30}"), credit: bool, code: Option<u16>, recurs: Option<bool>,
    ) {
        let registry = registry();
        let input = if credit { Input::credit(&text) } else { Input::debit(&text) };
        let input = Input {
            memo: memo.as_deref(),
            merchant_category_code: code,
            check_number: memo.as_deref(),
            extended_type: memo.as_deref(),
            is_recurring: recurs,
            ..input
        };
        let found = registry.enrich(&input);
        prop_assert_eq!(&registry.enrich(&input), &found);
        let no = found.category.no;
        prop_assert_eq!(registry.flags(&input, no, found.category.top_level().no), found.flags);
        prop_assert!(found.flags.is_income.is_none() || found.flags.is_expense.is_none());
        prop_assert!(!found.description.is_empty() || text.is_empty());
    }
}
