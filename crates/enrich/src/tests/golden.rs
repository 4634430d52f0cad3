//! How good it is, on descriptions whose answer was written down before.
use super::*;

/// Shares of a hundred that must be reached; what it is now is printed by `cargo test -p enrich golden -- --nocapture`.
/// Merchants that are right of those found; found of those there are; categories that are right.
type Bars = (f64, f64, f64);

#[derive(Default)]
struct Count {
    rows: u32,
    named: u32,
    found: u32,
    right: u32,
    categories: u32,
}

fn share(part: u32, of: u32) -> f64 {
    100.0 * f64::from(part) / f64::from(of)
}

fn read(name: &str, table: &str, bars: Bars) {
    let registry = registry();
    let mut count = Count::default();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let [text, side, code, merchant, category] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let input = if side == "credit" { Input::credit(text) } else { Input::debit(text) };
        let input = Input { merchant_category_code: code.parse().ok(), ..input };
        let found = registry.enrich(&input);
        let name = found.merchant.map(|(merchant, _)| merchant.name);
        count.rows += 1;
        count.named += u32::from(merchant != "-");
        count.found += u32::from(name.is_some());
        count.right += u32::from(name == Some(merchant));
        count.categories += u32::from(found.category.name == category);
        if name.unwrap_or("-") != merchant || found.category.name != category {
            println!("{text}: {name:?}, {}; not {merchant}, {category}", found.category.name);
        }
    }
    let precision = share(count.right, count.found);
    let recall = share(count.right, count.named);
    let accuracy = share(count.categories, count.rows);
    println!(
        "{name}: {} descriptions, merchants {precision:.1} % precision, {recall:.1} % recall; categories {accuracy:.1} %",
        count.rows
    );
    assert!(precision >= bars.0 && recall >= bars.1 && accuracy >= bars.2, "{name}");
}

#[test]
fn the_golden_table_is_read_well() {
    read("golden", GOLDEN, (98.0, 98.0, 98.0));
}

#[test]
fn texts_that_the_tables_were_not_tried_on_are_read_well() {
    read("unseen", include_str!("unseen.tsv"), (96.0, 90.0, 90.0));
}
