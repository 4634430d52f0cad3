//! Jobs as clients see them: reading, challenges, answers.
use crate::{Call, Engine, Error, Result, case::Case, catalogue::Institution, member::GivenCredential};
use connectors::Challenge;
use domain::{
    enums::FieldType,
    env::Clock,
    guid::{CredentialGuid, JobGuid, MemberGuid},
    machine::{AskedBy, Event, Refusal, challenge_is_open},
    secret::SecretText,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{
    Tx,
    jobs::{ChallengeRow, Job},
    scope::UserScope,
    users::User,
};
use vault::{Location, UserKey};

/// What a job shall take along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Transactions.
    pub include_transactions: bool,
    /// Holdings.
    pub include_holdings: bool,
}

impl Wanted {
    /// Everything.
    pub const ALL: Self = Self { include_transactions: true, include_holdings: true };

    pub(crate) fn of(job: &Job) -> Self {
        Self { include_transactions: job.include_transactions, include_holdings: job.include_holdings }
    }
}

/// An open challenge, as rendered.
#[derive(Debug, Clone)]
pub struct OpenChallenge {
    /// Guid, `CRD-`.
    pub guid: CredentialGuid,
    /// From 1.
    pub display_order: i64,
    /// When it was raised.
    pub created_at: Timestamp,
    /// The question.
    pub question: Question,
}

/// The stored form of a question; JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Code of the field type.
    pub field_type: u8,
    /// What to show.
    pub label: String,
    /// The institution's name of the field.
    pub field_name: Option<String>,
    /// The picture of IMAGE_DATA.
    pub image_data: Option<String>,
    /// What may be chosen.
    pub options: Vec<QuestionOption>,
}

/// A choice of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionOption {
    /// Guid, `CRD-`.
    pub guid: String,
    /// What to show.
    pub label: String,
    /// What the institution wants to hear.
    pub value: String,
    /// The picture of IMAGE_OPTIONS.
    pub data_uri: Option<String>,
}

impl Question {
    /// The field type.
    pub fn field_type(&self) -> FieldType {
        FieldType::from_code(i64::from(self.field_type)).unwrap_or(FieldType::Text)
    }

    /// What the institution is told for what a client sent: an option's guid or label becomes its value.
    fn value_of(&self, answer: &SecretText) -> SecretText {
        let text = answer.expose();
        let chosen = self.options.iter().find(|o| o.guid == text || o.value == text || o.label == text);
        chosen.map_or_else(|| answer.clone(), |option| SecretText::new(option.value.as_str()))
    }
}

/// An answer as a client sends it.
#[derive(Debug, Clone)]
pub struct GivenAnswer {
    /// The challenge's guid, as sent.
    pub guid: String,
    /// The answer, never trimmed; none where the value is missing.
    pub value: Option<SecretText>,
}

/// Text for guids that are not of the open set (`spec: nexus-core, 5`).
pub(crate) const STALE_CHALLENGES: &str = "The challenge guids submitted are not valid.";

impl Engine {
    /// One of the user's jobs.
    pub async fn job(&self, scope: UserScope, guid: &str) -> Result<Job> {
        let guid = guid.parse::<JobGuid>().map_err(|_| Error::NotFound("job"))?;
        self.db().job(scope, guid).await?.ok_or(Error::NotFound("job"))
    }

    /// The open challenges of a job; none unless it waits for answers and their lifetime is not over.
    pub async fn open_challenges(&self, scope: UserScope, job: &Job) -> Result<Vec<OpenChallenge>> {
        if !challenge_is_open(&job.state, self.clock().now()) {
            return Ok(Vec::new());
        }
        opened(self.db().challenges(scope, job.guid).await?)
    }

    /// The open challenges of a member.
    pub async fn member_challenges(&self, scope: UserScope, member: &str) -> Result<Vec<OpenChallenge>> {
        let member = self.member(scope, member).await?;
        match member.member.job {
            Some(guid) => match self.db().job(scope, guid).await? {
                Some(job) => self.open_challenges(scope, &job).await,
                None => Ok(Vec::new()),
            },
            None => Ok(Vec::new()),
        }
    }

    /// Answers all open challenges of a member (`spec: nexus-core, 5`, resume).
    pub async fn resume(
        &self,
        call: &Call,
        scope: UserScope,
        member: &str,
        answers: Vec<GivenAnswer>,
    ) -> Result<crate::member::MemberView> {
        let guid = member.parse::<MemberGuid>().map_err(|_| Error::NotFound("member"))?;
        let (engine, call) = (self.clone(), call.clone());
        let view = self.db().write(move |tx| {
            tx.set_quiet(call.is_quiet);
            crate::member::unrestricted(tx, scope)?;
            let mut case = engine.case(tx, scope, guid)?;
            engine.answer(tx, &mut case, &answers, false)?;
            engine.audit_user(tx, &call, scope, &guid.to_string())?;
            Ok::<_, Error>(case.into())
        });
        let view = view.await?;
        self.wake_workers();
        Ok(view)
    }

    /// Writes answers and lets the job go on. Order of checks: state, guids, completeness.
    pub(crate) fn answer(
        &self,
        tx: &mut Tx<'_>,
        case: &mut Case,
        answers: &[GivenAnswer],
        by_update: bool,
    ) -> Result<()> {
        let now = self.clock().now();
        let Some(job) = case.job.clone().filter(|job| challenge_is_open(&job.state, now)) else {
            return Err(Refusal::NotChallenged.into());
        };
        let open = opened(tx.challenges(case.scope, job.guid)?)?;
        let known = |guid: &str| open.iter().any(|c| c.guid.to_string() == guid);
        if !answers.iter().all(|a| known(&a.guid)) {
            return Err(Error::Documented(STALE_CHALLENGES));
        }
        let key = self.user_key(tx, case.scope)?;
        for challenge in &open {
            let guid = challenge.guid.to_string();
            let given = answers.iter().rev().find(|a| a.guid == guid).and_then(|a| a.value.as_ref());
            let Some(value) = given.filter(|v| !v.expose().is_empty()) else {
                return Err(Error::missing(challenge.question.label.clone()));
            };
            let value = challenge.question.value_of(value);
            let sealed = seal_answer(self, &key, case.scope, challenge.guid, &value);
            tx.answer_challenge(case.scope, job.guid, challenge.guid, &sealed)?;
        }
        self.go_on_answered(tx, case, by_update)
    }

    /// Keeps the answer to one open challenge until the job is resumed; says which it is and when it was raised.
    pub(crate) fn keep_answer(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
        given: &GivenCredential,
    ) -> Result<(CredentialGuid, Timestamp)> {
        let job = case.member.job.ok_or(Refusal::NotChallenged)?;
        let open = opened(tx.challenges(case.scope, job)?)?;
        let asked = open.iter().find(|challenge| challenge.guid.to_string() == given.guid);
        let asked = asked.ok_or(Error::Documented(STALE_CHALLENGES))?;
        let value = given.value.as_ref().ok_or_else(|| Error::missing("value"))?;
        let key = self.user_key(tx, case.scope)?;
        let sealed = seal_answer(self, &key, case.scope, asked.guid, &asked.question.value_of(value));
        tx.answer_challenge(case.scope, job, asked.guid, &sealed)?;
        Ok((asked.guid, asked.created_at))
    }

    /// Lets a job go on with the answers that were kept (`spec: nexus-core, 6.1`, deprecated).
    pub async fn resume_job(&self, call: &Call, scope: UserScope, guid: &str) -> Result<Job> {
        let guid = guid.parse::<JobGuid>().map_err(|_| Error::NotFound("job"))?;
        let (engine, call) = (self.clone(), call.clone());
        let job = self.db().write(move |tx| {
            crate::member::unrestricted(tx, scope)?;
            let job = tx.job(scope, guid)?.ok_or(Error::NotFound("job"))?;
            let Some(mut case) = engine.case_of_job(tx, scope, guid)? else {
                return Err(Refusal::NotChallenged.into());
            };
            if !challenge_is_open(&job.state, engine.clock().now()) {
                return Err(Refusal::NotChallenged.into());
            }
            if let Some(row) = tx.challenges(scope, guid)?.into_iter().find(|row| row.answer.is_none()) {
                let label = opened(vec![row])?.into_iter().next().map(|open| open.question.label);
                return Err(Error::missing(label.unwrap_or_default()));
            }
            engine.go_on_answered(tx, &mut case, false)?;
            engine.audit_user(tx, &call, scope, &case.member.guid.to_string())?;
            case.job.ok_or_else(|| Error::internal("a job that goes on is gone"))
        });
        let job = job.await?;
        self.wake_workers();
        Ok(job)
    }

    /// Row 12, for answers that are written.
    fn go_on_answered(&self, tx: &mut Tx<'_>, case: &mut Case, by_update: bool) -> Result<()> {
        let job = case.job.as_mut().ok_or(Refusal::NotChallenged)?;
        job.step_at = Some(self.clock().now());
        let wanted = Wanted::of(job);
        self.apply(tx, case, Event::Answered { by_update }, wanted)??;
        Ok(())
    }

    /// The answers that were kept, in the order of the questions.
    pub(crate) fn kept_answers(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
        job: &Job,
    ) -> Result<Vec<connectors::Answer>> {
        let key = self.user_key(tx, case.scope)?;
        let rows = tx.challenges(case.scope, job.guid)?;
        rows.iter()
            .filter_map(|row| row.answer.as_ref().map(|sealed| (row.guid, sealed)))
            .map(|(guid, sealed)| {
                let value = key.open(&answer_location(case.scope, guid.as_bytes()), sealed)?;
                let text = std::str::from_utf8(&value).map_err(Error::internal)?;
                Ok(connectors::Answer { value: SecretText::new(text) })
            })
            .collect()
    }

    /// Replaces the challenge set of a job.
    pub(crate) fn raise_challenges(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        job: JobGuid,
        challenges: &[Challenge],
    ) -> Result<()> {
        let now = self.clock().now();
        let rows = challenges.iter().map(|c| self.challenge_row(c, now)).collect::<Result<Vec<_>>>()?;
        Ok(tx.put_challenges(scope, job, &rows)?)
    }

    fn challenge_row(&self, challenge: &Challenge, now: Timestamp) -> Result<ChallengeRow> {
        let option = |o: &connectors::ChallengeOption| QuestionOption {
            guid: CredentialGuid::new(now, self.entropy()).to_string(),
            label: o.label.clone(),
            value: o.value.clone(),
            data_uri: o.data_uri.clone(),
        };
        let question = Question {
            field_type: challenge.field_type.code(),
            label: challenge.label.clone(),
            field_name: challenge.field_name.clone(),
            image_data: challenge.image_data.clone(),
            options: challenge.options.iter().map(option).collect(),
        };
        let document = serde_json::to_string(&question).map_err(Error::internal)?;
        Ok(ChallengeRow {
            guid: CredentialGuid::new(now, self.entropy()),
            document,
            answer: None,
            created_at: now,
        })
    }

    /// Starts jobs for all members that may have one now; says how many, and whether a member could not for want
    /// of the use case.
    pub(crate) fn start_jobs_of_user(
        &self,
        tx: &mut Tx<'_>,
        user: &User,
        by: AskedBy,
        wanted: Wanted,
    ) -> Result<usize> {
        let mut started = 0;
        for member in tx.members(user.scope)? {
            let mut case = self.case_of(tx, user.scope, member)?;
            let event = Event::AskJob { kind: domain::enums::JobKind::Aggregation, by };
            if self.apply(tx, &mut case, event, wanted)?.is_ok() {
                started += 1;
            }
        }
        Ok(started)
    }

    /// The institution of a member, as loaded.
    pub(crate) fn institution(&self, guid: domain::guid::InstitutionGuid) -> Result<Arc<Institution>> {
        let found = self.catalogue().by_guid(guid);
        found.ok_or_else(|| Error::internal(format!("institution {guid} is not in the catalogue")))
    }
}

fn opened(rows: Vec<ChallengeRow>) -> Result<Vec<OpenChallenge>> {
    (1..)
        .zip(rows)
        .map(|(display_order, row)| {
            let question = serde_json::from_str(&row.document).map_err(Error::internal)?;
            Ok(OpenChallenge { guid: row.guid, display_order, created_at: row.created_at, question })
        })
        .collect()
}

fn answer_location(scope: UserScope, guid: &[u8; 16]) -> Location<'_> {
    Location { table: "challenges", column: "answer", row: guid, user: scope.number() }
}

fn seal_answer(
    engine: &Engine,
    key: &UserKey,
    scope: UserScope,
    guid: CredentialGuid,
    value: &SecretText,
) -> Vec<u8> {
    key.seal(&answer_location(scope, guid.as_bytes()), value.expose().as_bytes(), engine.entropy())
}
