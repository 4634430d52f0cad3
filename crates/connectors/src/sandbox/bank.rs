//! The conversation: login, questions, accounts, transactions, holdings. Source: `spec: sandbox, 2`.
use super::{
    accounts::Part,
    ledger::Ledger,
    plan::BankPlan,
    questions::challenges,
    seed::Seed,
    words::{self, Quiz, Verdict, Word},
};
use crate::{Connector, Outcome, Request, Step, Turn};
use domain::{
    enums::{ConnectionStatus, JobKind},
    feed::FeedBatch,
    time::{Date, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::{future::Future, pin::Pin, time::Duration};

/// Service time of a step of the bank.
const STEP: Duration = Duration::from_millis(200);
/// The longest wait between two steps of a silent bank, so that limits of time are seen in time.
const PATIENCE: Duration = Duration::from_secs(20);
/// Months of history the bank holds.
const HISTORY_MONTHS: i32 = 24;

/// The bank behind every sandbox institution.
#[derive(Debug, Clone, Copy, Default)]
pub struct SandboxBank;

impl Connector for SandboxBank {
    fn step<'a>(&'a self, turn: Turn<'a>) -> Pin<Box<dyn Future<Output = Step> + Send + 'a>> {
        Box::pin(async move { talk(&turn) })
    }
}

/// What the bank remembers between two steps. Holds no secret.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    stage: Stage,
    /// Questions still to be asked, in order.
    queue: Vec<Quiz>,
    /// Whether the transactions will fail.
    is_partial: bool,
    /// Whether the member is moved after the job.
    is_moved_after: bool,
}

/// What the bank does next.
#[derive(Debug, Serialize, Deserialize)]
enum Stage {
    /// Says what it thinks of the credentials or answers sent at this time (microseconds).
    Deciding { verdict: Verdict, sent_at: i64 },
    /// Waits for answers.
    Asked(Quiz),
    /// Sends the accounts.
    Accounts,
    /// Sends whole numbers.
    Numbers,
    /// Sends owners.
    Owners,
    /// Sends the transactions.
    Transactions,
    /// Sends the holdings.
    Holdings,
    /// Has no more to say.
    End,
}

fn talk(turn: &Turn<'_>) -> Step {
    let Some(bank) = BankPlan::by_code(&turn.request.institution_code) else {
        return end(Outcome::Failed { reason: "no such sandbox institution".to_owned() });
    };
    let state = match turn.continuation {
        None => None,
        Some(bytes) => match serde_json::from_slice::<State>(bytes) {
            Ok(state) => Some(state),
            Err(_) => return end(Outcome::Failed { reason: "the continuation is not ours".to_owned() }),
        },
    };
    let Some(state) = state else { return log_in(turn) };
    match state.stage {
        Stage::Deciding { verdict, sent_at } => decide(state, verdict, sent_at, turn.now),
        Stage::Asked(quiz) => hear(state, quiz, turn),
        Stage::Accounts | Stage::Numbers | Stage::Owners | Stage::Transactions | Stage::Holdings => {
            fetch(state, turn, bank)
        }
        Stage::End => {
            let then = state.is_moved_after.then_some(ConnectionStatus::Reconnected);
            end(Outcome::Done { then })
        }
    }
}

/// Sends the credentials.
fn log_in(turn: &Turn<'_>) -> Step {
    let (Some(login), Some(password)) = (credential(turn, "LOGIN"), credential(turn, "PASSWORD")) else {
        return end(Outcome::Refused(crate::Refusal::Impaired));
    };
    let request = turn.request;
    let asks_token = request.member_status == ConnectionStatus::Reconnected && !request.is_background;
    let word = if is_user(login) { words::password(password) } else { Word::Verdict(Verdict::Denied) };
    let mut state = State { stage: Stage::End, queue: Vec::new(), is_partial: false, is_moved_after: false };
    let verdict = take(&mut state, word);
    if asks_token {
        // The code answers the move; it is not followed by another one.
        state.queue.insert(0, Quiz::Token);
        state.is_moved_after = false;
    }
    state.stage = Stage::Deciding { verdict, sent_at: turn.now.as_micros() };
    go_on(Outcome::Progress, STEP, &state)
}

/// Hears the answers to a question.
fn hear(mut state: State, quiz: Quiz, turn: &Turn<'_>) -> Step {
    let Some(answers) = turn.answers else { return ask(state, quiz) };
    let word = words::answers(answers.iter().map(|answer| answer.value.expose()), quiz);
    let verdict = take(&mut state, word);
    state.stage = Stage::Deciding { verdict, sent_at: turn.now.as_micros() };
    go_on(Outcome::Progress, STEP, &state)
}

/// Notes what a word means for later, and says how it is taken now.
fn take(state: &mut State, word: Word) -> Verdict {
    match word {
        Word::Verdict(verdict) => return verdict,
        Word::Ask(quizzes) => drop(state.queue.splice(0..0, quizzes.iter().copied())),
        Word::Partial => state.is_partial = true,
        Word::Reconnected => state.is_moved_after = true,
    }
    Verdict::Right
}

fn decide(mut state: State, verdict: Verdict, sent_at: i64, now: Timestamp) -> Step {
    if let Some(ending) = verdict.ending() {
        return end(ending);
    }
    let silence = match verdict {
        Verdict::Never => PATIENCE,
        Verdict::After(seconds) => {
            let until = Timestamp::from_micros(sent_at).plus_seconds(seconds);
            Duration::from_micros(u64::try_from(until.micros_since(now)).unwrap_or(0))
        }
        _ => Duration::ZERO,
    };
    if !silence.is_zero() {
        return go_on(Outcome::Progress, silence.min(PATIENCE), &state);
    }
    if state.queue.is_empty() {
        state.stage = Stage::Accounts;
        return go_on(Outcome::Authenticated, STEP, &state);
    }
    let quiz = state.queue.remove(0);
    ask(state, quiz)
}

fn ask(mut state: State, quiz: Quiz) -> Step {
    state.stage = Stage::Asked(quiz);
    go_on(Outcome::Challenge(challenges(quiz)), Duration::ZERO, &state)
}

/// Sends accounts, then numbers or owners, transactions, holdings, as far as they are wanted.
fn fetch(mut state: State, turn: &Turn<'_>, bank: &'static BankPlan) -> Step {
    let Some(login) = credential(turn, "LOGIN") else {
        return end(Outcome::Refused(crate::Refusal::Impaired));
    };
    let request = turn.request;
    let seed = Seed::new(&request.user_external_guid, bank.code, login);
    let ledger = Ledger::new(seed, bank);
    let batches = match state.stage {
        Stage::Accounts => ledger.batches(Part::Plain, turn.now),
        Stage::Numbers => with_numbers(&ledger, turn.now),
        Stage::Owners => ledger.batches(Part::Owners, turn.now),
        Stage::Transactions if state.is_partial => {
            let reason = "the institution broke off while it sent transactions".to_owned();
            return end(Outcome::Failed { reason });
        }
        Stage::Transactions => with_transactions(&ledger, request, turn.now),
        _ => with_holdings(&ledger, turn.now),
    };
    state.stage = after(&state.stage, request);
    let wait = if matches!(state.stage, Stage::End) { Duration::ZERO } else { STEP };
    go_on(Outcome::Data(batches), wait, &state)
}

/// What is sent after the data of a stage.
fn after(stage: &Stage, request: &Request) -> Stage {
    let is_balance = request.kind == JobKind::Balance;
    match (stage, request.kind) {
        (Stage::Accounts, JobKind::Verification) => Stage::Numbers,
        (Stage::Accounts, JobKind::Identification) => Stage::Owners,
        (Stage::Accounts | Stage::Numbers | Stage::Owners, _)
            if request.include_transactions && !is_balance =>
        {
            Stage::Transactions
        }
        (Stage::Holdings, _) => Stage::End,
        _ if request.include_holdings && !is_balance => Stage::Holdings,
        _ => Stage::End,
    }
}

/// Only of the accounts that have whole numbers.
fn with_numbers(ledger: &Ledger, now: Timestamp) -> Vec<FeedBatch> {
    let mut batches = ledger.batches(Part::Numbers, now);
    batches.retain(|batch| batch.account.routing_number.is_some());
    batches
}

fn with_transactions(ledger: &Ledger, request: &Request, now: Timestamp) -> Vec<FeedBatch> {
    let today = now.date();
    let oldest = months_before(today, HISTORY_MONTHS);
    let from =
        if request.kind == JobKind::History { oldest } else { request.history_from.max(oldest) }.min(today);
    let mut batches = ledger.batches(Part::Plain, now);
    for (batch, account) in batches.iter_mut().zip(ledger.accounts()) {
        batch.transactions = ledger.transactions(account, from, now);
        batch.window = Some((from, today));
    }
    batches
}

fn with_holdings(ledger: &Ledger, now: Timestamp) -> Vec<FeedBatch> {
    let mut batches = ledger.batches(Part::Plain, now);
    for (batch, account) in batches.iter_mut().zip(ledger.accounts()) {
        batch.holdings = ledger.holdings(account, now.date());
    }
    batches.retain(|batch| batch.holdings.is_some());
    batches
}

/// The same day of an earlier month, or the last one it has.
fn months_before(day: Date, months: i32) -> Date {
    let (_, _, of_month) = day.ymd();
    let index = day.month_index().saturating_sub(months);
    let first = super::seed::day_of(index, 1);
    let last = super::seed::last_of(index);
    first.plus_days(i32::try_from(of_month).unwrap_or(1) - 1).min(last)
}

/// User names: `mxuser`, `test_atrium`, either followed by `.` and a tag.
fn is_user(login: &str) -> bool {
    ["mxuser", "test_atrium"].iter().any(|name| {
        login
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.len() > 1 && rest.starts_with('.'))
    })
}

fn credential<'a>(turn: &Turn<'a>, field_name: &str) -> Option<&'a str> {
    turn.credentials
        .iter()
        .find(|credential| credential.field_name == field_name)
        .map(|credential| credential.value.expose())
}

fn go_on(outcome: Outcome, wait: Duration, state: &State) -> Step {
    match serde_json::to_vec(state) {
        Ok(continuation) => Step { outcome, wait, continuation },
        Err(error) => end(Outcome::Failed { reason: error.to_string() }),
    }
}

fn end(outcome: Outcome) -> Step {
    Step { outcome, wait: Duration::ZERO, continuation: Vec::new() }
}
