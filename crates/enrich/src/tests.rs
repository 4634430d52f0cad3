use super::*;
use proptest::prelude::*;

mod corpora;
mod examples;
mod flags;
mod golden;
mod properties;

/// The golden and all other texts of the tests, for rules that hold of any text.
const GOLDEN: &str = include_str!("tests/golden.tsv");

fn registry() -> Registry {
    Registry::load()
}
