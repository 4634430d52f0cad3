use super::*;
use crate::fold;

#[test]
fn every_row_is_read() {
    let lines = |text: &'static str| rows(text).count();
    let tables = tables();
    assert_eq!(tables.merchants.len(), lines(include_str!("../../data/registry.tsv")));
    assert_eq!(tables.codes.len(), lines(include_str!("../../data/mcc.tsv")));
    let types = rows(include_str!("../../data/words.tsv")).filter(|row| row[0] == "type").count();
    assert_eq!(tables.words.len() + types, lines(include_str!("../../data/words.tsv")));
    for row in rows(include_str!("../../data/words.tsv")) {
        let sides = ["income", "debit", "credit", "any", "type", "refund"];
        assert!(sides.contains(&row[0]), "{row:?}");
        assert!(category_of(row[1]).is_some(), "{row:?}");
    }
    assert!(tables.merchants.len() > 5_000);
}

#[test]
fn patterns_are_folded_and_each_has_one_owner() {
    let tables = tables();
    let mut owners = HashMap::new();
    for (pattern, role) in tables.patterns.iter().zip(&tables.roles) {
        assert_eq!(fold::folded(pattern), format!(" {pattern} "), "{pattern:?} is not folded");
        if let Role::Merchant(no, _) = role {
            assert_eq!(owners.insert(*pattern, *no), None, "{pattern:?} has two owners");
        }
    }
    let mut names = HashSet::new();
    for merchant in &tables.merchants {
        assert!(names.insert(merchant.name), "{} is there twice", merchant.name);
    }
}

#[test]
fn codes_are_in_order_and_do_not_overlap() {
    let codes = &tables().codes;
    assert!(codes.iter().all(|row| row.first <= row.last));
    assert!(codes.windows(2).all(|pair| pair[0].last < pair[1].first));
    let name = |code| tables().code(code).map(|(category, _)| category.name);
    assert_eq!(name(5411), Some("Groceries"));
    assert_eq!(name(5812), Some("Restaurants"));
    assert_eq!(name(5943), Some("Office Supplies"));
    assert_eq!((name(3000), name(3299)), (Some("Air Travel"), Some("Air Travel")));
    assert_eq!(name(3512), Some("Hotel"));
    assert_eq!((name(0), name(1), name(9999)), (None, None, None));
}

#[test]
fn the_index_is_small() {
    assert!(tables().bytes() < 20 << 20, "{} bytes", tables().bytes());
}
