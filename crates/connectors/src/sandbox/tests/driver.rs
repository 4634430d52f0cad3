//! Plays the engine: a clock that jumps over every wait, and answers from a list.
use crate::{
    Answer, Challenge, Connector, CredentialValue, Outcome, Refusal, Request, Step, Turn,
    sandbox::{
        SandboxBank, SandboxInstitution,
        faults::{Fault, FaultTable},
    },
};
use domain::{
    enums::{ConnectionStatus, JobKind},
    feed::FeedBatch,
    guid::CredentialGuid,
    secret::SecretText,
    time::{Date, Timestamp},
};
use std::{
    cell::RefCell,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

/// How a conversation ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Done,
    DoneThen(ConnectionStatus),
    Refused(Refusal),
    Failed,
    Forced(ConnectionStatus),
    /// No reply within ten minutes.
    TimedOut,
    /// A question nobody answered.
    Unanswered,
}

/// What happened in a conversation.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) end: End,
    pub(super) is_authenticated: bool,
    pub(super) challenges: Vec<Vec<Challenge>>,
    pub(super) data: Vec<Vec<FeedBatch>>,
    /// Service time until credentials and answers were accepted, and until the end.
    pub(super) accepted_after: Duration,
    pub(super) took: Duration,
}

/// A member's job.
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) login: &'static str,
    pub(super) password: String,
    pub(super) answers: Vec<Vec<&'static str>>,
    pub(super) now: Timestamp,
    pub(super) faults: RefCell<FaultTable>,
}

/// The member of every job.
pub(super) const MEMBER: &str = "MBR-7c6f361b-e582-15b6-60c0-358f12466b4b";

/// 2026-01-05T18:30:00Z, a Monday.
pub(super) fn monday() -> Timestamp {
    Timestamp::parse_rfc3339("2026-01-05T18:30:00Z").unwrap()
}

pub(super) fn job(institution_code: &str, password: &str) -> Job {
    let now = monday();
    Job {
        request: Request {
            kind: JobKind::Aggregation,
            user_external_guid: "user-1".to_owned(),
            member_guid: MEMBER.parse().unwrap(),
            institution_code: institution_code.to_owned(),
            member_status: ConnectionStatus::Created,
            history_from: now.date().plus_days(-90),
            include_transactions: true,
            include_holdings: true,
            is_background: false,
        },
        login: "mxuser",
        password: password.to_owned(),
        answers: Vec::new(),
        now,
        faults: RefCell::default(),
    }
}

impl Job {
    pub(super) fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self.request.history_from = now.date().plus_days(-90);
        self
    }

    pub(super) fn since(mut self, from: Date) -> Self {
        self.request.history_from = from;
        self
    }

    pub(super) fn kind(mut self, kind: JobKind) -> Self {
        self.request.kind = kind;
        self
    }

    pub(super) fn user(mut self, user: &str) -> Self {
        user.clone_into(&mut self.request.user_external_guid);
        self
    }

    pub(super) fn answered(mut self, answers: &[&'static str]) -> Self {
        self.answers = answers.iter().map(|answer| vec![*answer]).collect();
        self
    }

    pub(super) fn with_faults(self, faults: &[Fault]) -> Self {
        self.faults.borrow_mut().replace(faults.to_vec());
        self
    }

    pub(super) fn step(
        &self,
        continuation: Option<&[u8]>,
        answers: Option<&[Answer]>,
        now: Timestamp,
    ) -> Step {
        let credentials =
            [("LOGIN", self.login), ("PASSWORD", self.password.as_str())].map(|(field_name, value)| {
                CredentialValue {
                    credential_guid: CredentialGuid::from_bytes([0; 16]),
                    field_name: field_name.to_owned(),
                    value: SecretText::new(value),
                }
            });
        let faults = self.faults.borrow().at(&self.request.institution_code, MEMBER);
        let turn = Turn {
            request: &self.request,
            credentials: &credentials,
            continuation,
            answers,
            now,
            faults: &faults,
        };
        let bank = SandboxBank;
        let mut step = pin!(bank.step(turn));
        let Poll::Ready(step) = step.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("the sandbox never waits by itself");
        };
        let drawn = faults.drawn();
        let brings_data = matches!(step.outcome, Outcome::Data(_));
        assert!(!brings_data || drawn.is_empty(), "data in a step that has faults to count");
        assert!(self.faults.borrow_mut().count(&drawn), "nobody else draws");
        step
    }

    pub(super) fn run(&self) -> Story {
        let had_faults = self.faults.borrow().faults().len() > 0;
        let mut story = Story {
            end: End::TimedOut,
            is_authenticated: false,
            challenges: Vec::new(),
            data: Vec::new(),
            accepted_after: Duration::ZERO,
            took: Duration::ZERO,
        };
        let mut answers = self.answers.iter();
        let mut given: Option<Vec<Answer>> = None;
        let mut continuation: Option<Vec<u8>> = None;
        while story.took < Duration::from_secs(600) {
            let took = i64::try_from(story.took.as_micros()).unwrap();
            let step = self.step(continuation.as_deref(), given.as_deref(), self.now.plus_micros(took));
            given = None;
            continuation = Some(step.continuation);
            story.end = match step.outcome {
                Outcome::Progress => {
                    story.took += step.wait;
                    assert!(!step.wait.is_zero() || had_faults, "a bank that does nothing and does not wait");
                    continue;
                }
                Outcome::Authenticated => {
                    story.is_authenticated = true;
                    story.accepted_after = story.took;
                    story.took += step.wait;
                    continue;
                }
                Outcome::Data(batches) => {
                    assert!(story.is_authenticated, "data before the login");
                    story.data.push(batches);
                    story.took += step.wait;
                    continue;
                }
                Outcome::Challenge(challenges) => {
                    story.challenges.push(challenges);
                    match answers.next() {
                        Some(texts) => {
                            let answer = |text: &&str| Answer { value: SecretText::new(*text) };
                            given = Some(texts.iter().map(answer).collect());
                            continue;
                        }
                        None => End::Unanswered,
                    }
                }
                Outcome::Renewed(_) => panic!("credentials of the sandbox are not renewed"),
                Outcome::Done { then: None } => End::Done,
                Outcome::Done { then: Some(status) } => End::DoneThen(status),
                Outcome::Refused(refusal) => End::Refused(refusal),
                Outcome::Failed { .. } => End::Failed,
                Outcome::Forced(status) => End::Forced(status),
            };
            return story;
        }
        story.end = End::TimedOut;
        story
    }
}

#[test]
fn the_catalogue_has_the_guids_of_the_contract() {
    let guid = |code| SandboxInstitution::by_code(code).unwrap().guid.to_string();
    assert_eq!(guid("mxbank"), "INS-1572a04c-912b-59bf-5841-332c7dfafaef");
    assert_eq!(guid("mx_bank_oauth"), "INS-68e96dd6-eabd-42d3-9f05-416897f0746c");
    assert_eq!(guid("mxcu_oauth"), "INS-3f0b7c52-8a14-4e6d-9c21-5d70e1b8a946");
    assert_eq!(guid("mxcu"), "INS-b2d94e17-61fa-4c38-8e05-7a13cf2069d4");
    assert_eq!(guid("sandbox_ca"), "INS-c7518e3a-0d92-4b6f-a4e3-19f86b2d705c");
    assert_eq!(guid("sandbox_basic"), "INS-e8406d9b-f325-47ca-b91d-02c64a8e73f1");
    let credentials = |code| {
        let fields = SandboxInstitution::by_code(code).unwrap().credentials;
        fields.iter().map(|field| field.guid.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        credentials("mxbank"),
        ["CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1", "CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d"]
    );
    assert_eq!(
        credentials("mxcu"),
        ["CRD-10000001-61fa-4c38-8e05-7a13cf2069d4", "CRD-10000002-61fa-4c38-8e05-7a13cf2069d4"]
    );
    assert_eq!(credentials("mxcu_oauth"), [""; 0]);
    for institution in crate::sandbox::institutions() {
        assert!(institution.small_logo_url.contains(&institution.guid.to_string()), "{}", institution.code);
        assert!(institution.medium_logo_url.contains(&institution.guid.to_string()), "{}", institution.code);
    }
    assert_eq!(SandboxInstitution::MADE_AT.to_z(), "2016-09-21T22:03:55.000Z");
    assert_eq!(crate::sandbox::SandboxCredential::MADE_AT.to_z(), "2016-09-21T22:08:59.000Z");
}
