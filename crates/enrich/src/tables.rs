//! The tables that are built in, and the automaton that finds all their names and phrases in one scan.
use crate::{
    flags::{FLAG_PHRASES, FlagPhrase},
    fold::folded,
    merchant::{Marks, Merchant, Strength},
};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use domain::category::{self, Category};
use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

/// What a pattern stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// A merchant, by its place in the registry.
    Merchant(u16, Strength),
    /// A row of the word table.
    Word(u16),
    /// A phrase of `spec: nexus-pfm, 16.6`.
    Flag(FlagPhrase),
}

/// When a row of the word table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Of money that comes in, whoever sends it.
    Income,
    /// Of debits; of credits that are refunds.
    Debit,
    /// Of credits.
    Credit,
    /// Of both.
    Any,
    /// It makes a credit a refund.
    Refund,
}

/// A row of the word table.
#[derive(Debug)]
pub(crate) struct WordRow {
    pub(crate) side: Side,
    pub(crate) category: &'static Category,
}

/// Some codes in a row.
#[derive(Debug)]
struct CodeRow {
    first: u16,
    last: u16,
    category: &'static Category,
    name: &'static str,
}

/// Words that stand before a merchant's name.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    /// By their first word, longest first; the words after it, and whether an asterisk must follow.
    pub(crate) by_word: HashMap<&'static str, Vec<(Vec<&'static str>, bool)>>,
}

/// All that is built in.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) merchants: Vec<Merchant>,
    pub(crate) words: Vec<WordRow>,
    pub(crate) heads: Heads,
    pub(crate) cities: HashSet<&'static str>,
    /// Finds every pattern; its numbers are places in `roles` and `patterns`.
    pub(crate) automaton: AhoCorasick,
    pub(crate) roles: Vec<Role>,
    pub(crate) patterns: Vec<&'static str>,
    codes: Vec<CodeRow>,
    types: HashMap<&'static str, &'static Category>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);

/// The tables, made on first use.
pub(crate) fn tables() -> &'static Tables {
    &TABLES
}

/// Fields of the rows of a table; comments and empty lines are left out.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').map(str::trim).collect())
}

fn phrases(field: &'static str) -> impl Iterator<Item = &'static str> {
    field.split('|').map(str::trim).filter(|phrase| !phrase.is_empty())
}

impl Tables {
    fn new() -> Self {
        let mut found = Patterns::default();
        let merchants = merchants(&mut found);
        let (words, types) = words(&mut found);
        for (phrase, flag) in FLAG_PHRASES {
            found.push(phrase, Role::Flag(*flag));
        }
        let automaton = found.automaton();
        let heads = heads();
        let cities = rows(include_str!("../data/cities.txt")).flatten().flat_map(phrases).collect();
        let Patterns { patterns, roles } = found;
        Self { merchants, words, heads, cities, automaton, roles, patterns, codes: codes(), types }
    }

    /// The category and the name of a merchant category code.
    pub(crate) fn code(&self, code: u16) -> Option<(&'static Category, &'static str)> {
        let after = self.codes.partition_point(|row| row.first <= code);
        let row = self.codes.get(after.checked_sub(1)?)?;
        (code <= row.last).then_some((row.category, row.name))
    }

    /// The category of an extended transaction type.
    pub(crate) fn of_type(&self, extended_type: &str) -> Option<(&'static str, &'static Category)> {
        let lower = extended_type.trim().to_ascii_lowercase();
        self.types.get_key_value(lower.as_str()).map(|(word, category)| (*word, *category))
    }

    /// Bytes of memory: the automaton, the lists, and the texts they point into.
    pub(crate) fn bytes(&self) -> usize {
        let lists = size_of_val(self.merchants.as_slice())
            .saturating_add(size_of_val(self.roles.as_slice()))
            .saturating_add(size_of_val(self.patterns.as_slice()))
            .saturating_add(size_of_val(self.codes.as_slice()));
        let texts =
            include_str!("../data/registry.tsv").len().saturating_add(include_str!("../data/mcc.tsv").len());
        self.automaton.memory_usage().saturating_add(lists).saturating_add(texts)
    }
}

#[derive(Default)]
struct Patterns {
    patterns: Vec<&'static str>,
    roles: Vec<Role>,
}

impl Patterns {
    fn push(&mut self, pattern: &'static str, role: Role) {
        self.patterns.push(pattern);
        self.roles.push(role);
    }

    /// Every pattern between spaces: a border of words is then part of it.
    #[expect(clippy::expect_used, reason = "the patterns are built in, and far from the automaton's limits")]
    fn automaton(&self) -> AhoCorasick {
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::ContiguousNFA)).prefilter(false);
        builder
            .build(self.patterns.iter().map(|pattern| folded(pattern)))
            .expect("an automaton of our tables")
    }
}

/// A category by its name; `None` of `-` and of the empty name.
fn category_of(name: &str) -> Option<&'static Category> {
    category::by_name(name)
}

fn merchants(found: &mut Patterns) -> Vec<Merchant> {
    let mut merchants = Vec::new();
    for row in rows(include_str!("../data/registry.tsv")) {
        let ([name, category, credit, marks, website, patterns], Ok(no)) =
            (row.as_slice(), u16::try_from(merchants.len()))
        else {
            continue;
        };
        let has = |mark| marks.split(' ').any(|m| m == mark);
        let marks = Marks {
            is_subscription: has("subscription"),
            is_payroll_advance: has("advance"),
            is_payment_service: has("payment"),
        };
        let category = category_of(category);
        merchants.push(Merchant {
            name,
            website_url: Some(*website).filter(|website| !website.is_empty()),
            category,
            credit_category: category_of(credit).or(category),
            marks,
        });
        for (strength, pattern) in phrases(patterns).filter_map(|text| text.split_at_checked(1)) {
            found.push(pattern, Role::Merchant(no, Strength::of(strength)));
        }
    }
    merchants
}

type Types = HashMap<&'static str, &'static Category>;

fn words(found: &mut Patterns) -> (Vec<WordRow>, Types) {
    let (mut words, mut types) = (Vec::new(), HashMap::new());
    for row in rows(include_str!("../data/words.tsv")) {
        let [side, category, texts] = row.as_slice() else { continue };
        let (Some(category), Ok(no)) = (category_of(category), u16::try_from(words.len())) else { continue };
        let side = match *side {
            "income" => Side::Income,
            "debit" => Side::Debit,
            "credit" => Side::Credit,
            "refund" => Side::Refund,
            "type" => {
                types.extend(phrases(texts).map(|word| (word, category)));
                continue;
            }
            _ => Side::Any,
        };
        words.push(WordRow { side, category });
        for phrase in phrases(texts) {
            found.push(phrase, Role::Word(no));
        }
    }
    (words, types)
}

fn codes() -> Vec<CodeRow> {
    let row = |row: Vec<&'static str>| {
        let [first, last, category, name] = row.as_slice() else { return None };
        Some(CodeRow {
            first: first.parse().ok()?,
            last: last.parse().ok()?,
            category: category_of(category)?,
            name,
        })
    };
    rows(include_str!("../data/mcc.tsv")).filter_map(row).collect()
}

fn heads() -> Heads {
    let mut heads = Heads::default();
    for field in rows(include_str!("../data/processors.txt")).flatten() {
        let (has_asterisk, field) = field.strip_prefix("* ").map_or((false, field), |rest| (true, rest));
        for phrase in phrases(field) {
            let mut words = phrase.split(' ');
            let Some(first) = words.next() else { continue };
            heads.by_word.entry(first).or_default().push((words.collect(), has_asterisk));
        }
    }
    for phrases in heads.by_word.values_mut() {
        phrases.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
    }
    heads
}

#[cfg(test)]
mod tests;
