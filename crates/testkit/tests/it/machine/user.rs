//! A user as the model sees it, and the calls it makes: what each of them answers.
use super::{
    bank::{Asked, Connection},
    dice::Dice,
    model::{DAY, MINUTE, No, SECOND},
};
use domain::{
    enums::{ConnectionStatus as C, JobKind},
    machine::{AskedBy, Cause, Event},
};

/// Members of one user: each has its place, and its login by it.
pub(super) const PLACES: usize = 3;

/// What a user, its partner or time does. Places count from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Op {
    Create {
        place: usize,
        password: &'static str,
        is_stranger: bool,
        skip: bool,
        transactions: bool,
    },
    Update {
        place: usize,
        password: &'static str,
        with_login: bool,
        skip: bool,
    },
    Answer {
        place: usize,
        answers: [&'static str; 3],
        by_update: bool,
    },
    AnswerToNothing {
        place: usize,
    },
    AnswerToAnother {
        place: usize,
    },
    AnswerNot {
        place: usize,
    },
    Aggregate {
        place: usize,
        transactions: bool,
        holdings: bool,
    },
    AggregateAll,
    CheckBalance {
        place: usize,
    },
    /// Verify, identify, extend_history.
    Premium {
        place: usize,
        kind: JobKind,
        transactions: bool,
    },
    Delete {
        place: usize,
    },
    OpenSession {
        skip: bool,
    },
    /// By the partner.
    Disable(bool),
    /// By the operator.
    Restrict(bool),
    /// Microseconds; 0: not even the work that is due is done.
    Wait(i64),
}

const PASSWORDS: [&str; 36] = [
    "good",
    "good",
    "good",
    "good",
    "correct",
    "challenge",
    "challenge",
    "options",
    "image",
    "image_options",
    "token",
    "two_step",
    "many",
    "BAD_REQUEST",
    "BAD_REQUEST",
    "SERVER_ERROR",
    "UNAVAILABLE",
    "TIMEOUT",
    "MALFORMED",
    "UNAUTHORIZED",
    "INVALID",
    "DENIED",
    "DENIED",
    "PREVENTED",
    "LOCKED",
    "IMPEDED",
    "DEGRADED",
    "DISCONNECTED",
    "DELAYED",
    "RECONNECTED",
    "RECONNECTED",
    "DISCONTINUED",
    "CLOSED",
    "DISABLED",
    "IMPORTED",
    "slow",
];
const MORE_PASSWORDS: [&str; 4] = ["IMPAIRED", "PARTIAL", "slow", "DISABLED"];
const ANSWERS: [&str; 24] = [
    "correct",
    "correct",
    "correct",
    "correct",
    "correct",
    "correct",
    "wrong",
    "repeat",
    "EXPIRED",
    "challenge",
    "sms",
    "email",
    "two_step",
    "many",
    "BAD_REQUEST",
    "DENIED",
    "LOCKED",
    "DISCONTINUED",
    "IMPORTED",
    "slow",
    "PARTIAL",
    "RECONNECTED",
    "TIMEOUT",
    "DISABLED",
];
const WAITS: [i64; 18] = [
    0,
    SECOND / 10,
    SECOND / 5,
    SECOND / 4,
    SECOND / 2,
    SECOND,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    5 * SECOND,
    11 * SECOND,
    65 * SECOND,
    130 * SECOND,
    11 * MINUTE,
    15 * MINUTE,
    16 * MINUTE,
    20 * MINUTE,
    DAY,
];

impl Op {
    pub(super) fn any(dice: &mut Dice) -> Self {
        // Mostly one member, so that its history gets somewhere.
        let place = if dice.once_in(4) { dice.below(PLACES) } else { 0 };
        let skip = dice.once_in(5);
        let word =
            |dice: &mut Dice| if dice.once_in(8) { dice.any(&MORE_PASSWORDS) } else { dice.any(&PASSWORDS) };
        match dice.below(30) {
            0..6 => Self::Create {
                place,
                password: word(dice),
                is_stranger: dice.once_in(12),
                skip,
                transactions: dice.once_in(6),
            },
            6..11 => Self::Update { place, password: word(dice), with_login: dice.once_in(2), skip },
            11..18 => {
                let answers = [dice.any(&ANSWERS), dice.any(&ANSWERS), dice.any(&ANSWERS)];
                Self::Answer { place, answers, by_update: dice.once_in(4) }
            }
            18 => dice.any(&[
                Self::AnswerToNothing { place },
                Self::AnswerToAnother { place },
                Self::AnswerNot { place },
            ]),
            19..24 => Self::Aggregate { place, transactions: dice.once_in(6), holdings: dice.once_in(3) },
            24 => Self::AggregateAll,
            25 => Self::CheckBalance { place },
            26 => {
                let kind = dice.any(&[JobKind::Verification, JobKind::Identification, JobKind::History]);
                Self::Premium { place, kind, transactions: dice.once_in(6) }
            }
            27 => dice.any(&[
                Self::Delete { place },
                Self::OpenSession { skip },
                Self::OpenSession { skip: false },
            ]),
            28 => dice.any(&[Self::Disable(true), Self::Disable(false), Self::Disable(false)]),
            _ => dice.any(&[Self::Restrict(true), Self::Restrict(false), Self::Restrict(false)]),
        }
    }

    pub(super) fn any_wait(dice: &mut Dice) -> Self {
        Self::Wait(dice.any(&WAITS))
    }

    pub(super) fn place(self) -> Option<usize> {
        match self {
            Self::Create { place, .. }
            | Self::Update { place, .. }
            | Self::Answer { place, .. }
            | Self::AnswerToNothing { place }
            | Self::AnswerToAnother { place }
            | Self::AnswerNot { place }
            | Self::Aggregate { place, .. }
            | Self::CheckBalance { place }
            | Self::Premium { place, .. }
            | Self::Delete { place } => Some(place),
            _ => None,
        }
    }
}

/// Status and error code of an answer; 0: no error.
pub(super) type Answer = (u16, u16);

const OK: Answer = (200, 0);
const ACCEPTED: Answer = (202, 0);

const fn error(code: u16) -> Answer {
    (code / 10, code)
}

fn answer(done: Result<(), No>) -> Answer {
    match done {
        Ok(()) => OK,
        Err(No::Accepted) => ACCEPTED,
        Err(No::Error(code, _)) => error(code),
        Err(no) => panic!("a call has no answer: {no:?}"),
    }
}

/// What becomes of a user's members.
#[derive(Debug, Clone, Default)]
pub(super) struct User {
    /// By place.
    pub(super) members: [Option<Connection>; PLACES],
    /// Places in the order in which their members were made.
    pub(super) order: Vec<usize>,
    /// Logins of deleted members, and when those had been aggregated.
    deleted: Vec<(String, Option<i64>)>,
    pub(super) is_disabled: bool,
    pub(super) is_restricted: bool,
}

impl User {
    /// Whether the contract leaves open, or the service cannot tell yet, what comes of it: of several causes of
    /// DISABLED.
    pub(super) fn is_left_out(&self, op: Op) -> bool {
        let is_paused = |c: &Connection| c.member.is(&[C::Disabled]);
        matches!(op, Op::Disable(true)) && !self.is_disabled && self.members.iter().flatten().any(is_paused)
    }

    /// The answer to a call, and what it does.
    #[expect(clippy::too_many_lines, clippy::match_same_arms, reason = "an arm for each call")]
    pub(super) fn call(&mut self, op: Op, now: i64) -> Answer {
        match op {
            Op::Wait(micros) => {
                if micros > 0 {
                    self.members.iter_mut().flatten().for_each(|c| c.work(now - micros, now));
                }
                return OK;
            }
            Op::Disable(disable) => {
                if disable != self.is_disabled {
                    self.is_disabled = disable;
                    let event =
                        if disable { Event::Disabled(Cause::User) } else { Event::Enabled(Cause::User) };
                    for connection in self.members.iter_mut().flatten() {
                        let _no_part = connection.tell(event, None, now);
                    }
                }
                return OK;
            }
            Op::Restrict(restrict) => {
                self.is_restricted = restrict;
                return OK;
            }
            Op::OpenSession { .. } if self.is_disabled => return error(4031),
            Op::OpenSession { skip } => {
                if !skip && !self.is_restricted {
                    self.ask_all(Asked { transactions: true, holdings: true }, now);
                }
                return OK;
            }
            _ if self.is_disabled => return error(4011),
            _ if self.is_restricted => return error(4031),
            Op::AggregateAll => {
                let is_empty = self.order.is_empty();
                let asked = Asked { transactions: false, holdings: false };
                let started = self.ask_all(asked, now);
                return if started || is_empty { OK } else { ACCEPTED };
            }
            Op::Create { .. } => return self.create(op, now),
            _ => {}
        }
        let place = op.place().unwrap();
        let Some(connection) = self.members[place].as_mut() else { return error(4040) };
        match op {
            Op::Update { password, with_login, skip, .. } => {
                connection.update(place, password, with_login, skip, now)
            }
            Op::Answer { answers, by_update, .. } => connection.answer(answers, by_update, now),
            Op::AnswerToNothing { .. } => error(4001),
            Op::AnswerToAnother { .. } | Op::AnswerNot { .. } if !connection.member.is_open(now) => {
                error(4050)
            }
            Op::AnswerToAnother { .. } => error(4003),
            Op::AnswerNot { .. } => error(4002),
            Op::Aggregate { transactions, holdings, .. } => {
                let event = Event::AskJob { kind: JobKind::Aggregation, by: AskedBy::Call };
                answer(connection.tell(event, Some(Asked { transactions, holdings }), now))
            }
            Op::CheckBalance { .. } => {
                let event = Event::AskJob { kind: JobKind::Balance, by: AskedBy::Call };
                answer(connection.tell(event, Some(Asked { transactions: true, holdings: true }), now))
            }
            // Not supported by the institution: said before the state.
            Op::Premium { kind: JobKind::History, .. } => error(4003),
            Op::Premium { kind, transactions, .. } => {
                let event = Event::AskJob { kind, by: AskedBy::Call };
                answer(connection.tell(event, Some(Asked { transactions, holdings: false }), now))
            }
            Op::Delete { .. } => {
                connection.tell(Event::Deleted, None, now).unwrap();
                self.deleted.push((connection.known_as.clone(), connection.member.aggregated));
                self.members[place] = None;
                self.order.retain(|other| *other != place);
                (204, 0)
            }
            _ => unreachable!("{op:?}"),
        }
    }

    fn create(&mut self, op: Op, now: i64) -> Answer {
        let Op::Create { place, password, is_stranger, skip, transactions } = op else { unreachable!() };
        if self.members[place].is_some() {
            return error(4220);
        }
        let asked = Asked { transactions, holdings: true };
        let login = login(place, is_stranger);
        let mut made = Connection::new(&login, password, skip, asked, now);
        // Re-created: the deleted one's time, with `skip_aggregation`; the sandbox has no throttle.
        let former = self.deleted.extract_if(.., |(of, _)| *of == login).filter_map(|(_, at)| at).max();
        made.member.aggregated = former.filter(|_| skip);
        self.members[place] = Some(made);
        self.order.push(place);
        OK
    }

    fn ask_all(&mut self, asked: Asked, now: i64) -> bool {
        let event = Event::AskJob { kind: JobKind::Aggregation, by: AskedBy::Session };
        let mut started = false;
        for connection in self.members.iter_mut().flatten() {
            started |= connection.tell(event, Some(asked), now).is_ok();
        }
        started
    }
}

/// The login of a place; one that the bank does not know.
pub(super) fn login(place: usize, is_stranger: bool) -> String {
    if is_stranger { format!("stranger.{place}") } else { format!("mxuser.{place}") }
}

impl Connection {
    fn update(&mut self, place: usize, password: &str, with_login: bool, skip: bool, now: i64) -> Answer {
        if self.member.is(&[C::Disabled]) {
            // The bank's word: an update ends it first.
            self.tell(Event::Enabled(Cause::Bank), None, now).unwrap();
        }
        let event = Event::UpdateCredentials { skip_aggregation: skip };
        let asked = Asked { transactions: false, holdings: true };
        let told = self.tell(event, Some(asked), now);
        if told.is_ok() {
            self.password = Some(password.to_owned());
            if with_login {
                self.known_as = login(place, false);
                self.login = Some(self.known_as.clone());
            }
        }
        answer(told)
    }

    fn answer(&mut self, answers: [&'static str; 3], by_update: bool, now: i64) -> Answer {
        let open = self.open(now).len();
        let told = self.tell(Event::Answered { by_update }, None, now);
        if told.is_ok() {
            self.answered(answers.iter().take(open).map(|text| (*text).to_owned()).collect(), now);
        }
        answer(told)
    }
}
