//! One scan of a text: every name and phrase of the tables in it, and which merchant it is.
use crate::{
    Input, cleanse,
    flags::Phrases,
    fold,
    merchant::Strength,
    place,
    reason::{ConfirmedBy, MerchantReason},
    tables::{Role, Side, tables},
};
use domain::{category::Category, enums::TransactionType};

/// What a scan found.
#[derive(Debug)]
pub(crate) struct Scan {
    /// Place of the merchant in the registry, and why.
    pub(crate) merchant: Option<(u16, MerchantReason)>,
    /// The row of the word table that says of money that comes in what it is, and its phrase.
    pub(crate) income: Option<Word>,
    /// The first row of the word table that holds.
    pub(crate) word: Option<Word>,
    pub(crate) phrases: Phrases,
    /// The description, folded.
    pub(crate) words: String,
}

/// A row of the word table and the phrase of it that was found.
pub(crate) type Word = (u16, &'static str);

/// A pattern in a text.
#[derive(Debug, Clone, Copy)]
struct Hit {
    /// Of a merchant or a row.
    no: u16,
    pattern: &'static str,
    start: usize,
    end: usize,
}

impl Hit {
    /// Whether it is a part of another one: a bank called Metro is no underground.
    fn is_within(self, other: Self) -> bool {
        other.start <= self.start && self.end <= other.end
    }
}

/// What the text is made of: positions in the folded text.
struct Parts {
    text: String,
    /// Where the merchant's name may begin.
    begin: usize,
    /// Where the description ends.
    end: usize,
}

impl Parts {
    fn new(description: &str, memo: Option<&str>, extended_type: Option<&str>) -> Self {
        let mut text = String::with_capacity(description.len().saturating_add(32));
        let (head, rest) =
            description.split_at_checked(cleanse::head_len(description)).unwrap_or(("", description));
        fold::push(&mut text, head);
        let begin = text.len();
        fold::push(&mut text, rest);
        let end = text.len();
        for part in [memo, extended_type].into_iter().flatten() {
            fold::push(&mut text, part);
        }
        text.push(' ');
        Self { text, begin, end }
    }

    /// What follows a pattern in the description.
    fn after(&self, hit: Hit) -> &str {
        self.text.get(hit.end.saturating_sub(1)..self.end).unwrap_or_default().trim()
    }
}

/// Scans a description, and the memo and extended type of the input with it.
pub(crate) fn scan(description: &str, input: &Input<'_>) -> Scan {
    let tables = tables();
    let parts = Parts::new(description, input.memo, input.extended_type);
    let (mut merchants, mut rows) = (Vec::new(), Vec::new());
    let mut phrases = Phrases::default();
    for found in tables.automaton.find_overlapping_iter(&parts.text) {
        let at = found.pattern().as_usize();
        let (Some(role), Some(pattern)) = (tables.roles.get(at), tables.patterns.get(at)) else { continue };
        let hit = |no| Hit { no, pattern, start: found.start(), end: found.end() };
        match *role {
            // The space behind the last word belongs to the description.
            Role::Merchant(no, strength) if found.end() <= parts.end.saturating_add(1) => {
                merchants.push((hit(no), strength));
            }
            Role::Merchant(..) => {}
            Role::Word(no) => rows.push(hit(no)),
            Role::Flag(kind) => phrases.add(kind, pattern),
        }
    }
    let code = input.merchant_category_code.and_then(|code| tables.code(code)).map(|(category, _)| category);
    let merchant = best(&parts, &merchants, &rows, code);
    rows.retain(|row| merchant.is_none_or(|(of, _)| !row.is_within(of)));
    let (income, word) = words(&rows, input.transaction_type);
    let Parts { mut text, end, .. } = parts;
    text.truncate(end);
    text.push(' ');
    let merchant =
        merchant.map(|(hit, confirmed_by)| (hit.no, MerchantReason { pattern: hit.pattern, confirmed_by }));
    Scan { merchant, income, word, phrases, words: text }
}

/// The longest pattern that counts, ways of paying last; of equal ones the first.
fn best(
    parts: &Parts,
    merchants: &[(Hit, Strength)],
    rows: &[Hit],
    code: Option<&'static Category>,
) -> Option<(Hit, ConfirmedBy)> {
    let mut best: Option<((bool, usize), Hit, ConfirmedBy)> = None;
    for (hit, strength) in merchants {
        let is_payment = tables()
            .merchants
            .get(usize::from(hit.no))
            .is_some_and(|merchant| merchant.marks.is_payment_service);
        let rank = (!is_payment, hit.pattern.len());
        if best.is_some_and(|(other, ..)| other >= rank) {
            continue;
        }
        if let Some(confirmed_by) = confirmation(parts, *hit, *strength, rows, code) {
            best = Some((rank, *hit, confirmed_by));
        }
    }
    best.map(|(_, hit, confirmed_by)| (hit, confirmed_by))
}

fn confirmation(
    parts: &Parts,
    hit: Hit,
    strength: Strength,
    rows: &[Hit],
    code: Option<&'static Category>,
) -> Option<ConfirmedBy> {
    let is_first = hit.start <= parts.begin;
    match strength {
        Strength::Anywhere => return Some(ConfirmedBy::Itself),
        Strength::Start if is_first => return Some(ConfirmedBy::Beginning),
        Strength::Weak if is_first && place::is_none_or_place(parts.after(hit)) => {
            return Some(ConfirmedBy::Beginning);
        }
        Strength::Weak if !is_first => return None,
        Strength::Start | Strength::Weak => {}
    }
    let of = tables().merchants.get(usize::from(hit.no))?.category?;
    if code.is_some_and(|code| code.top_level() == of.top_level()) {
        return Some(ConfirmedBy::Code);
    }
    let says_the_same = |row: &&Hit| {
        !row.is_within(hit) && tables().words.get(usize::from(row.no)).is_some_and(|row| row.category == of)
    };
    rows.iter().find(says_the_same).map(|_| ConfirmedBy::Word)
}

/// The first rows that hold: of income, and at all.
fn words(rows: &[Hit], transaction_type: TransactionType) -> (Option<Word>, Option<Word>) {
    let side = |row: &Hit| tables().words.get(usize::from(row.no)).map(|row| row.side);
    let is_credit = transaction_type == TransactionType::Credit;
    let is_refund = rows.iter().any(|row| side(row) == Some(Side::Refund));
    let first = |holds: &dyn Fn(Side) -> bool| {
        let holding = rows.iter().filter(|row| side(row).is_some_and(holds));
        holding.min_by_key(|row| (row.no, row.start)).map(|row| (row.no, row.pattern))
    };
    let income = first(&|side| side == Side::Income && is_credit && !is_refund);
    let word = first(&|side| match side {
        Side::Income | Side::Refund => false,
        Side::Debit => !is_credit || is_refund,
        Side::Credit => is_credit,
        Side::Any => true,
    });
    (income, word)
}
