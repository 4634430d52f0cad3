//! Texts of others: what the sandbox's banks write, and statement files.
use super::*;

const SANDBOX: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../connectors/src/sandbox/merchants.rs");
const STATEMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../connectors/testdata/ofx");

/// Merchants of the sandbox that nobody else knows; their code says what they are.
const LOCAL: &[&str] = &[
    "TST* RED IGUANA",
    "SQ *NOODLE HOUSE",
    "TST* THE COPPER ONION",
    "SQ *MILLCREEK COFFEE",
    "TST* PUBLIK COFFEE",
];

/// Merchants of the sandbox with the merchant category codes of their trades.
fn sandbox() -> Vec<(String, u16)> {
    let source = std::fs::read_to_string(SANDBOX).unwrap();
    let trades = source.split("const TRADES").nth(1).unwrap();
    let (mut code, mut all) = (0, Vec::new());
    for line in trades.lines().map(|line| line.trim().trim_end_matches(',')) {
        if let Some(number) = line.strip_prefix("merchant_category_code: ") {
            code = number.parse().unwrap();
        }
        let quoted = line.split_once('"').map(|(_, rest)| rest).and_then(|rest| rest.strip_suffix('"'));
        all.extend(quoted.map(|name| (name.to_owned(), code)));
    }
    assert_eq!(all.len(), 120);
    all
}

#[test]
fn the_sandboxs_merchants_are_known() {
    let registry = registry();
    let mut unknown = Vec::new();
    for (name, code) in sandbox() {
        for text in [format!("{name} #0412 SALT LAKE CITY UT"), format!("{name} 8F2A6C10")] {
            let bare = registry.enrich(&Input::debit(&text));
            let input = Input { merchant_category_code: Some(code), ..Input::debit(&text) };
            let found = registry.enrich(&input);
            if found.merchant.is_none() && !LOCAL.contains(&name.as_str()) {
                unknown.push(text.clone());
            }
            assert_ne!(found.category.no, category::UNCATEGORIZED, "{text}");
            assert!(
                found.flags.is_expense.is_some() || found.category.top_level().name == "Transfer",
                "{text}"
            );
            assert!(bare.merchant.is_none() || bare.description == found.description, "{text}");
            assert!(!found.description.contains("0412") && !found.description.contains("8F2A6C10"), "{text}");
            assert!(!found.description.contains("UT") && !found.description.contains('*'), "{text}");
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn statements_are_described_and_stay_so() {
    let registry = registry();
    let mut count = 0;
    for file in std::fs::read_dir(STATEMENTS).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let names = text.split("<NAME>").skip(1).filter_map(|rest| rest.split(['<', '\r', '\n']).next());
        for name in names.filter(|name| !name.is_empty()) {
            let described = registry.enrich(&Input::debit(name)).description.into_owned();
            assert!(!described.is_empty());
            assert_eq!(registry.enrich(&Input::debit(&described)).description, described, "of {name}");
            count += 1;
        }
    }
    assert!(count >= 10, "{count}");
    let merchant =
        registry.enrich(&Input::debit("MCDONALD'S #112")).merchant.map(|(merchant, _)| merchant.name);
    assert_eq!(merchant, Some("McDonald's"));
}
