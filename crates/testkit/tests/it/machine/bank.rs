//! A model of the sandbox bank: what a word does, and when (`spec: sandbox, 2`). Each step takes 200 ms.
use super::model::{Member, SECOND};
use domain::{
    enums::{ConnectionStatus as C, JobKind},
    machine::Event,
};
use std::collections::VecDeque;

const STEP: i64 = SECOND / 5;

/// A round of questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quiz {
    Text,
    Options,
    Image,
    ImageOptions,
    Token,
    /// Where to send the code: the first round of `two_step`.
    Delivery,
    /// Three TEXT challenges.
    Many,
}

impl Quiz {
    /// The types of its challenges.
    pub(super) fn types(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["TEXT"],
            Self::Options | Self::Delivery => &["OPTIONS"],
            Self::Image => &["IMAGE_DATA"],
            Self::ImageOptions => &["IMAGE_OPTIONS"],
            Self::Token => &["TOKEN"],
            Self::Many => &["TEXT", "TEXT", "TEXT"],
        }
    }
}

/// What the bank says to credentials or answers.
#[derive(Debug, Clone, PartialEq)]
enum Says {
    Right,
    Later(i64),
    Nothing,
    Ends(Event),
}

/// The stages of a conversation; each is a step.
#[derive(Debug, Clone, PartialEq)]
enum Stage {
    LogIn,
    Thinks(Says),
    Asked(Quiz),
    /// Pieces of data that are still to come; `true`: the transactions.
    Sends(VecDeque<bool>),
}

#[derive(Debug, Clone)]
struct Talk {
    stage: Stage,
    login: Option<String>,
    password: Option<String>,
    questions: VecDeque<Quiz>,
    /// The transactions will fail.
    is_partial: bool,
    /// The member is moved after the job.
    moves: bool,
    answers: Vec<String>,
}

/// What a job was asked for with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) transactions: bool,
    pub(super) holdings: bool,
}

/// A member with its bank and stored credentials.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    pub(super) member: Member,
    pub(super) login: Option<String>,
    pub(super) password: Option<String>,
    /// The login that no other member of the user may have, also when credentials were erased.
    pub(super) known_as: String,
    asked: Asked,
    /// The status before the most recent job.
    before: Option<C>,
    talk: Option<Talk>,
    /// When the bank's next step is due.
    step: Option<i64>,
}

impl Connection {
    pub(super) fn new(login: &str, password: &str, skip: bool, asked: Asked, now: i64) -> Self {
        let mut member = Member::new(Some(C::Created), !skip, now);
        member.throttle = 0;
        Self {
            step: member.runs().then_some(now),
            member,
            login: Some(login.to_owned()),
            password: Some(password.to_owned()),
            known_as: login.to_owned(),
            asked,
            before: None,
            talk: None,
        }
    }

    /// Tells the member's machine; a job that begins is asked for with `asked`, one that replaces another as that was.
    pub(super) fn tell(
        &mut self,
        event: Event,
        asked: Option<Asked>,
        now: i64,
    ) -> Result<(), super::model::No> {
        let (before, jobs, erasures) = (self.member.status, self.member.jobs.len(), self.member.erasures);
        let replaces = self.member.runs();
        self.member.tell(event, now)?;
        if self.member.jobs.len() > jobs {
            self.asked = asked.filter(|_| !replaces).unwrap_or(self.asked);
            (self.before, self.talk, self.step) = (before, None, Some(now));
        } else if !self.member.runs() || self.member.job_in(&[2]) {
            self.step = None;
        }
        if self.member.erasures > erasures {
            (self.login, self.password) = (None, None);
        }
        Ok(())
    }

    /// The bank hears answers.
    pub(super) fn answered(&mut self, answers: Vec<String>, now: i64) {
        if let Some(talk) = self.talk.as_mut() {
            talk.answers = answers;
            self.step = Some(now);
        }
    }

    /// The questions that are open.
    pub(super) fn open(&self, now: i64) -> &'static [&'static str] {
        match self.talk.as_ref().map(|talk| &talk.stage) {
            Some(Stage::Asked(quiz)) if self.member.is_open(now) => quiz.types(),
            _ => &[],
        }
    }

    /// Everything that happens from one time to another, in its order; what time brings comes before the bank, and
    /// what was due before happens first.
    pub(super) fn work(&mut self, from: i64, until: i64) {
        loop {
            let due = self.member.next_due().map(|(at, event)| (at.max(from), event));
            let step = self.step.map(|at| at.max(from)).filter(|at| *at <= until);
            match (due.filter(|due| due.0 <= until), step) {
                (Some((at, event)), step) if step.is_none_or(|step| at <= step) => {
                    self.tell(event, None, at).unwrap();
                }
                (_, Some(at)) => self.step(at),
                (_, None) => return,
            }
        }
    }

    fn step(&mut self, now: i64) {
        self.step = None;
        if self.member.job_in(&[0]) {
            self.tell(Event::Take, None, now).unwrap();
            self.talk = Some(Talk {
                stage: Stage::LogIn,
                login: self.login.clone(),
                password: self.password.clone(),
                questions: VecDeque::new(),
                is_partial: false,
                moves: false,
                answers: Vec::new(),
            });
        }
        let mut talk = self.talk.take().unwrap();
        let events = self.say(&mut talk, now);
        self.talk = Some(talk);
        for event in events {
            self.tell(event, None, now).unwrap();
        }
    }

    fn say(&mut self, talk: &mut Talk, now: i64) -> Vec<Event> {
        match talk.stage.clone() {
            Stage::LogIn => {
                let (Some(login), Some(password)) = (&talk.login, talk.password.clone()) else {
                    return vec![Event::Impaired];
                };
                let says = if login.starts_with("mxuser") {
                    talk.hear(&password).unwrap_or(Says::Right)
                } else {
                    Says::Ends(Event::CredentialsRefused)
                };
                let is_background = self.member.jobs.last().is_some_and(|job| job.is_background);
                if self.before == Some(C::Reconnected) && !is_background {
                    talk.questions.push_front(Quiz::Token);
                    talk.moves = false;
                }
                self.think(talk, says, now);
                Vec::new()
            }
            Stage::Asked(quiz) => {
                let answers = std::mem::take(&mut talk.answers);
                let first = answers.iter().find(|answer| !is_right(answer, quiz));
                let says = match first.map(String::as_str) {
                    None => Says::Right,
                    Some("EXPIRED") => Says::Ends(Event::AnswerTooLate),
                    Some("repeat") => {
                        talk.questions.push_front(quiz);
                        Says::Right
                    }
                    Some(word) => talk.hear(word).unwrap_or(Says::Ends(Event::AnswerRefused)),
                };
                self.think(talk, says, now);
                Vec::new()
            }
            Stage::Thinks(Says::Ends(event)) => vec![event],
            Stage::Thinks(Says::Nothing) => Vec::new(),
            Stage::Thinks(_) => {
                if let Some(quiz) = talk.questions.pop_front() {
                    talk.stage = Stage::Asked(quiz);
                    return vec![Event::Challenge];
                }
                let kind = self.member.last().unwrap().kind;
                let is_balance = kind == JobKind::Balance;
                let has_own_piece = matches!(kind, JobKind::Verification | JobKind::Identification);
                let mut pieces = VecDeque::from([false]);
                pieces.extend(has_own_piece.then_some(false));
                pieces.extend((self.asked.transactions && !is_balance).then_some(true));
                pieces.extend((self.asked.holdings && !is_balance).then_some(false));
                talk.stage = Stage::Sends(pieces);
                self.step = Some(now + STEP);
                vec![Event::Authenticated]
            }
            Stage::Sends(mut pieces) => {
                if pieces.pop_front() == Some(true) && talk.is_partial {
                    return vec![Event::Failed { timed_out: false }];
                }
                if pieces.is_empty() {
                    let moved = talk.moves.then_some(Event::MovedConnector);
                    let done = [Event::Fetched, Event::Stored { nothing_found: false }];
                    return done.into_iter().chain(moved).collect();
                }
                talk.stage = Stage::Sends(pieces);
                self.step = Some(now + STEP);
                Vec::new()
            }
        }
    }

    fn think(&mut self, talk: &mut Talk, says: Says, now: i64) {
        self.step = match says {
            Says::Nothing => None,
            Says::Later(seconds) => Some(now + seconds * SECOND),
            _ => Some(now + STEP),
        };
        talk.stage = Stage::Thinks(says);
    }
}

impl Talk {
    /// What a listed word does; `None`: it is not listed.
    fn hear(&mut self, word: &str) -> Option<Says> {
        let asks: &[Quiz] = match word {
            "challenge" => &[Quiz::Text],
            "options" => &[Quiz::Options],
            "image" => &[Quiz::Image],
            "image_options" => &[Quiz::ImageOptions],
            "token" => &[Quiz::Token],
            "two_step" => &[Quiz::Delivery, Quiz::Token],
            "many" => &[Quiz::Many],
            _ => &[],
        };
        for quiz in asks.iter().rev() {
            self.questions.push_front(*quiz);
        }
        self.is_partial |= word == "PARTIAL";
        self.moves |= word == "RECONNECTED";
        if !asks.is_empty() || matches!(word, "PARTIAL" | "RECONNECTED") {
            return Some(Says::Right);
        }
        Some(match word {
            "slow" => Says::Later(10),
            "DELAYED" => Says::Later(120),
            "TIMEOUT" => Says::Nothing,
            "BAD_REQUEST" | "SERVER_ERROR" | "UNAVAILABLE" | "MALFORMED" => {
                Says::Ends(Event::Failed { timed_out: false })
            }
            "UNAUTHORIZED" | "INVALID" | "DENIED" => Says::Ends(Event::CredentialsRefused),
            "LOCKED" => Says::Ends(Event::Locked),
            "IMPEDED" => Says::Ends(Event::Impeded),
            "IMPAIRED" => Says::Ends(Event::Impaired),
            "PREVENTED" | "DEGRADED" | "DISCONNECTED" | "DISCONTINUED" | "CLOSED" | "DISABLED"
            | "IMPORTED" => Says::Ends(Event::Forced(C::from_name(word)?)),
            _ => return None,
        })
    }
}

fn is_right(answer: &str, quiz: Quiz) -> bool {
    answer == "correct" || quiz == Quiz::Delivery && matches!(answer, "sms" | "email")
}
