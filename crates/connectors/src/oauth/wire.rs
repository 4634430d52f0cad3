//! What is asked of the bank for a step of a conversation, and its answer, as JSON. Both ends are here: the banks of
//! the sandbox speak it too. Everything that comes in has a limit.
use super::feed::{self, Account};
use crate::{Answer, Challenge, ChallengeOption, Outcome, Refusal, Request, Step, Turn};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    enums::{ConnectionStatus, FieldType, JobKind},
    secret::SecretText,
    time::Date,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Bytes that a bank may have remembered for it, as base64.
const CONTINUATION_MAX: usize = 64 << 10;
/// Questions of one set, and choices of one question.
const QUESTIONS_MAX: usize = 20;
const OPTIONS_MAX: usize = 100;
/// Characters of a question's texts, and of a picture.
const TEXT_CHARS_MAX: usize = 4096;
const IMAGE_CHARS_MAX: usize = 1 << 20;
/// The longest wait between two steps that a bank may ask for.
const WAIT_MAX: Duration = Duration::from_secs(3600);

/// Why an answer cannot be read; names a place, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) String);

impl Malformed {
    pub(super) fn at(place: &str) -> Self {
        Self(format!("{place} is malformed or too long"))
    }
}

#[derive(Serialize, Deserialize)]
struct Ask {
    kind: String,
    user: String,
    member: String,
    member_status: String,
    history_from: String,
    include_transactions: bool,
    include_holdings: bool,
    is_background: bool,
    continuation: Option<String>,
    answers: Option<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
struct Reply {
    wait_micros: u64,
    continuation: String,
    said: Said,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Progress,
    Authenticated,
    Challenge(Vec<Question>),
    Data(Vec<Account>),
    Done(Option<String>),
    Refused(Refused),
    Failed(String),
    Forced(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Refused {
    Credentials,
    Answer,
    AnswerTooLate,
    Locked,
    Impeded,
    Impaired,
}

#[derive(Serialize, Deserialize)]
struct Question {
    field_type: String,
    label: String,
    field_name: Option<String>,
    image_data: Option<String>,
    options: Vec<Choice>,
}

#[derive(Serialize, Deserialize)]
struct Choice {
    label: String,
    value: String,
    data_uri: Option<String>,
}

/// A step that was asked for, as a bank reads it; the institution is that of the bearer token.
#[derive(Debug)]
pub struct Asked {
    /// What the job wants.
    pub request: Request,
    /// What the bank asked to remember.
    pub continuation: Option<Vec<u8>>,
    /// Answers to its questions.
    pub answers: Option<Vec<Answer>>,
}

/// The body asks for no step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body asks for no step of a conversation")]
pub struct NotAsked;

/// The body that asks for the next step.
pub(super) fn write_asked(turn: &Turn<'_>, continuation: Option<&str>) -> Result<Vec<u8>, serde_json::Error> {
    let request = turn.request;
    serde_json::to_vec(&Ask {
        kind: request.kind.name().to_owned(),
        user: request.user_external_guid.clone(),
        member: request.member_guid.to_string(),
        member_status: request.member_status.name().to_owned(),
        history_from: request.history_from.to_string(),
        include_transactions: request.include_transactions,
        include_holdings: request.include_holdings,
        is_background: request.is_background,
        continuation: continuation.map(str::to_owned),
        answers: turn.answers.map(|all| all.iter().map(|it| it.value.expose().to_owned()).collect()),
    })
}

impl Asked {
    /// Reads the body of a request for a step at an institution.
    pub fn read(body: &[u8], institution_code: &str) -> Result<Self, NotAsked> {
        let ask: Ask = serde_json::from_slice(body).map_err(|_| NotAsked)?;
        let request = Request {
            kind: JobKind::from_name(&ask.kind).ok_or(NotAsked)?,
            user_external_guid: ask.user,
            member_guid: ask.member.parse().map_err(|_| NotAsked)?,
            institution_code: institution_code.to_owned(),
            member_status: ConnectionStatus::from_name(&ask.member_status).ok_or(NotAsked)?,
            history_from: ask.history_from.parse::<Date>().map_err(|_| NotAsked)?,
            include_transactions: ask.include_transactions,
            include_holdings: ask.include_holdings,
            is_background: ask.is_background,
        };
        let continuation = ask.continuation.map(|text| STANDARD.decode(text)).transpose();
        let answer = |text: String| Answer { value: SecretText::new(text) };
        Ok(Self {
            request,
            continuation: continuation.map_err(|_| NotAsked)?,
            answers: ask.answers.map(|all| all.into_iter().map(answer).collect()),
        })
    }
}

/// A bank's answer.
pub fn write_step(step: &Step) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Reply {
        wait_micros: u64::try_from(step.wait.as_micros()).unwrap_or(u64::MAX),
        continuation: STANDARD.encode(&step.continuation),
        said: said(&step.outcome),
    })
}

fn said(outcome: &Outcome) -> Said {
    match outcome {
        Outcome::Progress => Said::Progress,
        Outcome::Authenticated => Said::Authenticated,
        Outcome::Challenge(questions) => Said::Challenge(questions.iter().map(question).collect()),
        Outcome::Data(batches) => Said::Data(batches.iter().map(feed::written).collect()),
        Outcome::Renewed(_) => Said::Failed("credentials do not leave the bank this way".to_owned()),
        Outcome::Done { then } => Said::Done(then.map(|status| status.name().to_owned())),
        Outcome::Refused(refusal) => Said::Refused(match refusal {
            Refusal::Credentials => Refused::Credentials,
            Refusal::Answer => Refused::Answer,
            Refusal::AnswerTooLate => Refused::AnswerTooLate,
            Refusal::Locked => Refused::Locked,
            Refusal::Impeded => Refused::Impeded,
            Refusal::Impaired => Refused::Impaired,
        }),
        Outcome::Failed { reason } => Said::Failed(reason.clone()),
        Outcome::Forced(status) => Said::Forced(status.name().to_owned()),
    }
}

fn question(it: &Challenge) -> Question {
    let choice = |option: &ChallengeOption| Choice {
        label: option.label.clone(),
        value: option.value.clone(),
        data_uri: option.data_uri.clone(),
    };
    Question {
        field_type: it.field_type.name().to_owned(),
        label: it.label.clone(),
        field_name: it.field_name.clone(),
        image_data: it.image_data.clone(),
        options: it.options.iter().map(choice).collect(),
    }
}

/// Reads a bank's answer: what happened, the wait, and what to remember for it.
pub(super) fn read_step(body: &[u8]) -> Result<(Outcome, Duration, String), Malformed> {
    let reply: Reply = serde_json::from_slice(body)
        .map_err(|error| Malformed(format!("no answer of the interface, at {}", error.column())))?;
    if reply.continuation.len() > CONTINUATION_MAX {
        return Err(Malformed::at("continuation"));
    }
    let outcome = match reply.said {
        Said::Progress => Outcome::Progress,
        Said::Authenticated => Outcome::Authenticated,
        Said::Challenge(questions) => Outcome::Challenge(read_questions(questions)?),
        Said::Data(accounts) => Outcome::Data(feed::read(accounts)?),
        Said::Done(then) => Outcome::Done { then: then.as_deref().map(status).transpose()? },
        Said::Refused(refused) => Outcome::Refused(match refused {
            Refused::Credentials => Refusal::Credentials,
            Refused::Answer => Refusal::Answer,
            Refused::AnswerTooLate => Refusal::AnswerTooLate,
            Refused::Locked => Refusal::Locked,
            Refused::Impeded => Refusal::Impeded,
            Refused::Impaired => Refusal::Impaired,
        }),
        Said::Failed(reason) => Outcome::Failed { reason },
        Said::Forced(name) => Outcome::Forced(status(&name)?),
    };
    Ok((outcome, Duration::from_micros(reply.wait_micros).min(WAIT_MAX), reply.continuation))
}

fn status(name: &str) -> Result<ConnectionStatus, Malformed> {
    ConnectionStatus::from_name(name).ok_or_else(|| Malformed::at("status"))
}

fn read_questions(questions: Vec<Question>) -> Result<Vec<Challenge>, Malformed> {
    if !(1..=QUESTIONS_MAX).contains(&questions.len()) {
        return Err(Malformed::at("challenge"));
    }
    questions.into_iter().map(read_question).collect()
}

fn read_question(it: Question) -> Result<Challenge, Malformed> {
    let field_type = FieldType::from_name(&it.field_type).filter(|field_type| {
        use FieldType::{ImageData, ImageOptions, Options, Text, Token};
        matches!(field_type, Text | Token | Options | ImageData | ImageOptions)
    });
    let text = |text: &str| text.chars().count() <= TEXT_CHARS_MAX;
    let image = |image: Option<&String>| {
        image.is_none_or(|it| it.len() <= IMAGE_CHARS_MAX && it.starts_with("data:image/"))
    };
    let is_right = text(&it.label)
        && it.field_name.as_deref().is_none_or(text)
        && image(it.image_data.as_ref())
        && it.options.len() <= OPTIONS_MAX
        && it.options.iter().all(|o| text(&o.label) && text(&o.value) && image(o.data_uri.as_ref()));
    let field_type = field_type.filter(|_| is_right).ok_or_else(|| Malformed::at("challenge"))?;
    let option = |o: Choice| ChallengeOption { label: o.label, value: o.value, data_uri: o.data_uri };
    Ok(Challenge {
        field_type,
        label: it.label,
        field_name: it.field_name,
        image_data: it.image_data,
        options: it.options.into_iter().map(option).collect(),
    })
}
