//! What a connector may hand over in one step and in one conversation. Everything it says comes from a server that
//! is not ours: it is judged here, whole, before anything of it is stored. What is refused ends the job by row 23,
//! with a reason for the operator that repeats nothing of what was sent.
use connectors::{Challenge, Outcome, Step};
use domain::{
    decimal::{Money, Rate},
    enums::{FieldType, JobStatus},
    feed::{FeedAccount, FeedBatch, FeedHolding, FeedOwner, FeedTransaction},
    time::{Date, Timestamp},
    value::Value,
};
use serde::{Deserialize, Serialize};

/// Steps of one conversation. A step may take pages together; one that never ends would keep a worker busy.
pub(crate) const STEPS_MAX: u32 = 1_000;
/// Accounts, transactions, holdings and owners of one conversation: two years of a shop's account, many times over.
pub(crate) const ROWS_MAX: usize = 250_000;
/// The same of one step, all of which is in memory at once.
pub(crate) const STEP_ROWS_MAX: usize = 50_000;
/// Bytes of one step's data in memory. With what matching and writing make of it a job stays below 64 MiB.
pub(crate) const STEP_BYTES_MAX: usize = 24 << 20;
/// Bytes of one text of the data; the longest of real feeds have a few hundred.
pub(crate) const TEXT_BYTES_MAX: usize = 4_096;
/// What a connector may ask to remember: it is sealed, written and opened with every step.
pub(crate) const CONTINUATION_BYTES_MAX: usize = 256 << 10;
/// Questions of one set: a person answers them all at once, within fifteen minutes.
pub(crate) const QUESTIONS_MAX: usize = 20;
/// Choices of one question.
pub(crate) const OPTIONS_MAX: usize = 100;
/// Bytes of a question's or a choice's text.
pub(crate) const LABEL_BYTES_MAX: usize = 2_048;
/// Bytes of the pictures of one set, as data URIs: they are stored, and sent with every look at the challenges.
pub(crate) const PICTURES_BYTES_MAX: usize = 2 << 20;

/// Digits of an amount in all, and of a balance (`spec: conventions, 7`); of shares and rates as far as 64 bits go.
const AMOUNT_DIGITS: u32 = 10;
const BALANCE_DIGITS: u32 = 14;
const RATE_DIGITS: u32 = 18;
/// Days between which transactions lie: what is outside is a date that was misread.
const FIRST_YEAR: i32 = 1900;
const LAST_YEAR: i32 = 2199;

type Judged = Result<(), String>;

/// What a conversation has used up so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Used {
    steps: u32,
    rows: usize,
}

impl Used {
    /// With one more step; an error where the conversation has gone too far, or the step hands over too much.
    pub(super) fn with(self, step: &Step, status: JobStatus) -> Result<Self, String> {
        if step.continuation.len() > CONTINUATION_BYTES_MAX {
            return Err(format!("the connector asked to remember more than {CONTINUATION_BYTES_MAX} bytes"));
        }
        let mut used = Self { steps: self.steps.saturating_add(1), ..self };
        if used.steps > STEPS_MAX && !is_end(&step.outcome) {
            return Err(format!("the conversation did not end after {STEPS_MAX} steps"));
        }
        match &step.outcome {
            Outcome::Challenge(challenges) => questions(challenges)?,
            Outcome::Data(_) if status != JobStatus::Transferred => {
                return Err("the connector handed over data before the login was accepted".to_owned());
            }
            Outcome::Data(batches) => {
                let rows = data(batches)?;
                used.rows = used.rows.saturating_add(rows);
                at_most("accounts, transactions and holdings", used.rows, ROWS_MAX)?;
            }
            _ => {}
        }
        Ok(used)
    }
}

const fn is_end(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Progress | Outcome::Authenticated | Outcome::Challenge(_) | Outcome::Data(_))
}

fn at_most(what: &str, count: usize, limit: usize) -> Judged {
    if count <= limit {
        return Ok(());
    }
    Err(format!("the institution sent more {what} than are taken: {limit} at most"))
}

fn questions(challenges: &[Challenge]) -> Judged {
    if challenges.is_empty() {
        return Err("the institution asked for answers, but no question".to_owned());
    }
    at_most("questions at once", challenges.len(), QUESTIONS_MAX)?;
    let mut pictures = 0usize;
    for challenge in challenges {
        label(&challenge.label)?;
        challenge.field_name.as_deref().map_or(Ok(()), label)?;
        let has_choices = !challenge.options.is_empty();
        let is_right = match challenge.field_type {
            FieldType::Text | FieldType::Token => true,
            FieldType::ImageData => challenge.image_data.is_some(),
            FieldType::Options | FieldType::ImageOptions => has_choices,
            _ => false,
        };
        if !is_right {
            return Err("the institution asked a question that cannot be shown".to_owned());
        }
        at_most("choices of a question", challenge.options.len(), OPTIONS_MAX)?;
        for option in &challenge.options {
            label(&option.label)?;
            label(&option.value)?;
        }
        let shown = challenge.options.iter().filter_map(|option| option.data_uri.as_ref());
        pictures =
            shown.chain(&challenge.image_data).fold(pictures, |sum, uri| sum.saturating_add(uri.len()));
    }
    at_most("bytes of pictures with its questions", pictures, PICTURES_BYTES_MAX)
}

fn label(text: &str) -> Judged {
    at_most("bytes of a question", text.len(), LABEL_BYTES_MAX)
}

/// Judges all batches of a step; says how many rows they have.
fn data(batches: &[FeedBatch]) -> Result<usize, String> {
    let rows: usize = batches
        .iter()
        .map(|b| {
            let more = [b.holdings.as_ref().map(Vec::len), b.owners.as_ref().map(Vec::len)];
            1 + b.transactions.len() + more.into_iter().flatten().sum::<usize>()
        })
        .fold(0, usize::saturating_add);
    at_most("accounts, transactions and holdings in one step", rows, STEP_ROWS_MAX)?;
    let mut bytes = 0usize;
    for batch in batches {
        bytes = bytes.saturating_add(account(&batch.account)?);
        for transaction in &batch.transactions {
            bytes = bytes.saturating_add(self::transaction(transaction)?);
        }
        for holding in batch.holdings.iter().flatten() {
            bytes = bytes.saturating_add(self::holding(holding)?);
        }
        for owner in batch.owners.iter().flatten() {
            bytes = bytes.saturating_add(self::owner(owner)?);
        }
        if let Some((from, to)) = batch.window {
            day(from)?;
            day(to)?;
            if from > to {
                return Err("the institution sent a range of days that ends before it begins".to_owned());
            }
        }
        at_most("bytes in one step", bytes, STEP_BYTES_MAX)?;
    }
    Ok(rows)
}

fn account(account: &FeedAccount) -> Result<usize, String> {
    let mut bytes = size_of::<FeedBatch>() + text(&account.name)?;
    let number = account.account_number.as_ref().map(domain::secret::SecretText::expose);
    let texts = [account.feed_id.as_deref(), number, account.routing_number.as_deref()];
    for value in texts.into_iter().flatten().chain(account.account_holder_name.as_deref()) {
        bytes += text(value)?;
    }
    for (_, value) in &account.values {
        bytes += size_of_val(value);
        match value {
            Value::Money(value) => money(*value, BALANCE_DIGITS)?,
            Value::Rate(value) => rate(*value)?,
            Value::Text(value) => bytes += text(value)?,
            Value::Integer(_) | Value::Bool(_) | Value::Time(_) | Value::Date(_) => {}
        }
    }
    Ok(bytes)
}

fn transaction(t: &FeedTransaction) -> Result<usize, String> {
    money(t.amount, AMOUNT_DIGITS)?;
    for at in [t.posted_at, t.transacted_at].into_iter().flatten() {
        moment(at)?;
    }
    for degrees in [t.latitude, t.longitude].into_iter().flatten() {
        rate(degrees)?;
    }
    let mut bytes =
        size_of::<FeedTransaction>() + text(&t.description)? + text(&t.extended_transaction_type)?;
    let texts = [&t.feed_id, &t.replaces, &t.memo, &t.currency_code, &t.check_number, &t.category];
    for value in texts.into_iter().flatten() {
        bytes += text(value)?;
    }
    Ok(bytes)
}

fn holding(h: &FeedHolding) -> Result<usize, String> {
    for value in [h.purchase_price, h.market_value, h.cost_basis, h.daily_change].into_iter().flatten() {
        money(value, BALANCE_DIGITS)?;
    }
    for value in [h.shares, h.bond_coupon_rate].into_iter().flatten() {
        rate(value)?;
    }
    let mut bytes = size_of::<FeedHolding>();
    for value in [&h.feed_id, &h.description, &h.symbol, &h.isin, &h.currency_code].into_iter().flatten() {
        bytes += text(value)?;
    }
    Ok(bytes)
}

fn owner(o: &FeedOwner) -> Result<usize, String> {
    let mut bytes = size_of::<FeedOwner>();
    let texts =
        [&o.owner_name, &o.address, &o.city, &o.state, &o.postal_code, &o.country, &o.email, &o.phone];
    for value in texts.into_iter().flatten() {
        bytes += text(value)?;
    }
    Ok(bytes)
}

/// A text of the data; NUL is refused like everywhere (`spec: conventions, 7`).
fn text(text: &str) -> Result<usize, String> {
    at_most("bytes of one text", text.len(), TEXT_BYTES_MAX)?;
    if text.contains('\0') {
        return Err("the institution sent a text with NUL in it: it was read in a wrong encoding".to_owned());
    }
    Ok(text.len())
}

fn money(value: Money, digits: u32) -> Judged {
    if value.fits(digits) {
        Ok(())
    } else {
        Err(format!("the institution sent an amount of more than {digits} digits"))
    }
}

fn rate(value: Rate) -> Judged {
    if value.fits(RATE_DIGITS) {
        Ok(())
    } else {
        Err("the institution sent a rate that is too large".to_owned())
    }
}

fn moment(at: Timestamp) -> Judged {
    day(at.date())
}

fn day(day: Date) -> Judged {
    if (FIRST_YEAR..=LAST_YEAR).contains(&day.ymd().0) {
        return Ok(());
    }
    Err(format!("the institution sent a date outside the years {FIRST_YEAR} to {LAST_YEAR}"))
}
