//! The words that, as a password or as an answer, decide how a conversation ends.
//! Source: `spec: sandbox, 2`.
use crate::{Outcome, Refusal};
use domain::enums::ConnectionStatus;
use serde::{Deserialize, Serialize};

/// What a word does, whether it is a password or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// Decides the login.
    Verdict(Verdict),
    /// Right, but the bank asks these questions first.
    Ask(&'static [Quiz]),
    /// Right, but the transactions will fail.
    Partial,
    /// Right, and the member is moved after the job.
    Reconnected,
}

/// A question of the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Quiz {
    /// One TEXT question.
    Text,
    /// A choice of words.
    Options,
    /// A picture to be read.
    Image,
    /// A choice of pictures.
    ImageOptions,
    /// A one-time code.
    Token,
    /// Where to send the code: the first round of `two_step`.
    Delivery,
    /// Three TEXT questions at once.
    Many,
}

/// How a login or an answer is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Verdict {
    /// Accepted.
    Right,
    /// Accepted after this many seconds.
    After(i64),
    /// Never answered.
    Never,
    /// The institution answers with this HTTP status.
    Status(u16),
    /// The institution's answer makes no sense.
    Malformed,
    /// Credentials refused.
    Denied,
    /// The answer is wrong.
    Wrong,
    /// The answer comes too late.
    TooLate,
    /// The login is locked.
    Locked,
    /// The user must act.
    Impeded,
    /// The password counts as missing.
    Impaired,
    /// The member takes the status with this code.
    Forced(u8),
}

impl Verdict {
    const fn forced(status: ConnectionStatus) -> Self {
        Self::Forced(status.code())
    }

    /// How the conversation ends; `None` where it goes on.
    pub(super) fn ending(self) -> Option<Outcome> {
        let refusal = match self {
            Self::Right | Self::After(_) | Self::Never => return None,
            Self::Status(status) => {
                return Some(Outcome::Failed { reason: format!("the institution answered {status}") });
            }
            Self::Malformed => {
                return Some(Outcome::Failed {
                    reason: "the answer of the institution cannot be parsed".to_owned(),
                });
            }
            Self::Forced(code) => {
                return ConnectionStatus::from_code(i64::from(code)).map(Outcome::Forced);
            }
            Self::Denied => Refusal::Credentials,
            Self::Wrong => Refusal::Answer,
            Self::TooLate => Refusal::AnswerTooLate,
            Self::Locked => Refusal::Locked,
            Self::Impeded => Refusal::Impeded,
            Self::Impaired => Refusal::Impaired,
        };
        Some(Outcome::Refused(refusal))
    }
}

/// What a password does: anything not listed is right.
pub(super) fn password(text: &str) -> Word {
    word(text).unwrap_or(Word::Verdict(Verdict::Right))
}

/// Whether a password means, at a bank by OAuth, that the consent was revoked.
pub fn is_revoked(password: &str) -> bool {
    self::password(password) == Word::Verdict(Verdict::Impaired)
}

/// What an answer to a question does: anything not listed is wrong.
pub(super) fn answer(text: &str, asked: Quiz) -> Word {
    match (text, asked) {
        ("correct", _) | ("sms" | "email", Quiz::Delivery) => Word::Verdict(Verdict::Right),
        ("repeat", _) => Word::Ask(again(asked)),
        ("EXPIRED", _) => Word::Verdict(Verdict::TooLate),
        _ => word(text).unwrap_or(Word::Verdict(Verdict::Wrong)),
    }
}

/// What several answers do: the first that is not `correct` decides, and one for each question is due.
pub(super) fn answers<'a>(texts: impl Iterator<Item = &'a str>, asked: Quiz) -> Word {
    let right = Word::Verdict(Verdict::Right);
    let mut given = 0;
    for text in texts {
        given += 1;
        let word = answer(text, asked);
        if word != right {
            return word;
        }
    }
    if given < asked.questions() { Word::Verdict(Verdict::Wrong) } else { right }
}

impl Quiz {
    /// How many questions there are in the set.
    const fn questions(self) -> usize {
        if matches!(self, Self::Many) { 3 } else { 1 }
    }
}

const fn again(asked: Quiz) -> &'static [Quiz] {
    match asked {
        Quiz::Text => &[Quiz::Text],
        Quiz::Options => &[Quiz::Options],
        Quiz::Image => &[Quiz::Image],
        Quiz::ImageOptions => &[Quiz::ImageOptions],
        Quiz::Token => &[Quiz::Token],
        Quiz::Delivery => &[Quiz::Delivery],
        Quiz::Many => &[Quiz::Many],
    }
}

fn word(text: &str) -> Option<Word> {
    let verdict = match text {
        "challenge" => return Some(Word::Ask(&[Quiz::Text])),
        "options" => return Some(Word::Ask(&[Quiz::Options])),
        "image" => return Some(Word::Ask(&[Quiz::Image])),
        "image_options" => return Some(Word::Ask(&[Quiz::ImageOptions])),
        "token" => return Some(Word::Ask(&[Quiz::Token])),
        "two_step" => return Some(Word::Ask(&[Quiz::Delivery, Quiz::Token])),
        "many" => return Some(Word::Ask(&[Quiz::Many])),
        "PARTIAL" => return Some(Word::Partial),
        "RECONNECTED" => return Some(Word::Reconnected),
        "BAD_REQUEST" => Verdict::Status(400),
        "SERVER_ERROR" => Verdict::Status(500),
        "UNAVAILABLE" => Verdict::Status(503),
        "TIMEOUT" => Verdict::Never,
        "MALFORMED" => Verdict::Malformed,
        "UNAUTHORIZED" | "INVALID" | "DENIED" => Verdict::Denied,
        "LOCKED" => Verdict::Locked,
        "IMPEDED" => Verdict::Impeded,
        "IMPAIRED" => Verdict::Impaired,
        "PREVENTED" => Verdict::forced(ConnectionStatus::Prevented),
        "DEGRADED" => Verdict::forced(ConnectionStatus::Degraded),
        "DISCONNECTED" => Verdict::forced(ConnectionStatus::Disconnected),
        "DISCONTINUED" => Verdict::forced(ConnectionStatus::Discontinued),
        "CLOSED" => Verdict::forced(ConnectionStatus::Closed),
        "DISABLED" => Verdict::forced(ConnectionStatus::Disabled),
        "IMPORTED" => Verdict::forced(ConnectionStatus::Imported),
        "DELAYED" => Verdict::After(120),
        "slow" => Verdict::After(10),
        _ => return None,
    };
    Some(Word::Verdict(verdict))
}
