//! The machine of the domain and the model, told the same things: 100,000 random histories.
use super::{
    dice::Dice,
    model::{DAY, HOUR, MINUTE, Member, No, SECOND},
};
use domain::{
    enums::{ConnectionStatus as C, JobKind},
    machine::{
        self, AskedBy, Cause, Creation, Event, Fate, JobState, MemberState, NoStart, Refusal,
        UpdateWhileRunning,
    },
    settings::Settings,
    time::Timestamp,
};
use std::collections::HashSet;

const HISTORIES: u64 = 100_000;
const START: i64 = 1_700_000_000 * SECOND;
const EVENTS_MAX: usize = 40;
const KINDS: [JobKind; 6] = [
    JobKind::Aggregation,
    JobKind::Aggregation,
    JobKind::Verification,
    JobKind::Identification,
    JobKind::History,
    JobKind::Balance,
];

/// How a member begins.
#[derive(Debug, Clone, Copy)]
struct Beginning {
    how: Creation,
    has_pfm: bool,
    is_managed_by_user: bool,
    /// Spreads background jobs over the day.
    seed: u64,
}

/// The machine, and the model beside it.
struct Pair {
    member: MemberState,
    job: Option<JobState>,
    jobs: usize,
    erasures: u32,
    is_gone: bool,
    model: Member,
    settings: Settings,
    seed: u64,
}

impl Pair {
    fn new(begin: Beginning) -> Self {
        let (mut member, job) = machine::create(begin.how, Timestamp::from_micros(START));
        (member.has_pfm, member.is_managed_by_user) = (begin.has_pfm, begin.is_managed_by_user);
        let status = match begin.how {
            Creation::Credentials { .. } => Some(C::Created),
            Creation::OAuth => Some(C::Pending),
            Creation::Imported => Some(C::Imported),
            Creation::NoCredentials => None,
        };
        let has_job = matches!(begin.how, Creation::Credentials { skip_aggregation: false });
        let mut model = Member::new(status, has_job, START);
        (model.has_pfm, model.is_managed_by_user) = (begin.has_pfm, begin.is_managed_by_user);
        let (settings, seed) = (Settings::default(), begin.seed);
        Self { member, job, jobs: job.iter().len(), erasures: 0, is_gone: false, model, settings, seed }
    }

    fn tell(&mut self, event: Event, now: i64) -> Result<(), String> {
        let at = Timestamp::from_micros(now);
        let result = machine::apply(&self.member, self.job.as_ref(), &event, &self.settings, at);
        let expected = self.model.tell(event, now);
        match (result, expected) {
            (Ok(done), Ok(())) => {
                (self.member, self.job) = (done.member, done.new_job.or(done.job).or(self.job));
                self.jobs += done.new_job.iter().len();
                self.erasures += u32::from(done.erase_credentials);
                self.is_gone = done.fate != Fate::Kept;
                self.compare(now)
            }
            (Err(refusal), Err(no)) if agree(refusal, no) => Ok(()),
            (result, expected) => Err(format!("{result:?}, and by the model {expected:?}")),
        }
    }

    fn compare(&self, now: i64) -> Result<(), String> {
        let (m, model) = (&self.member, &self.model);
        let micros = |time: Option<Timestamp>| time.map(Timestamp::as_micros);
        let newer = match m.update_while_running {
            UpdateWhileRunning::None => None,
            UpdateWhileRunning::Restart => Some(false),
            UpdateWhileRunning::Skip => Some(true),
        };
        let former = m.former_status.filter(|_| m.status == Some(C::Disabled));
        let job = self.job.as_ref();
        same("status", &m.status, &model.status)?;
        same("run", &m.is_being_aggregated, &(model.runs() && !model.is_gone))?;
        same("is_oauth", &m.is_oauth, &model.is_oauth)?;
        same("denials, failures", &(m.denials, m.failures), &(model.denials, model.failures))?;
        same("former status", &former, &model.former)?;
        same("aggregated_at", &micros(m.aggregated_at), &model.aggregated)?;
        same("successfully_aggregated_at", &micros(m.successfully_aggregated_at), &model.succeeded)?;
        same("throttle", &micros(m.completed_aggregation_started_at), &model.completed_start)?;
        let needs = matches!(m.status, Some(C::Denied | C::Prevented | C::Imported | C::Impaired));
        same("needs_updated_credentials", &machine::needs_updated_credentials(m.status), &needs)?;
        same("gone", &self.is_gone, &model.is_gone)?;
        same("credentials erased", &self.erasures, &model.erasures)?;
        same("jobs made", &self.jobs, &model.jobs.len())?;
        let seen = job.map(|j| (j.kind, j.is_background, j.status.code(), j.is_authenticated));
        let wanted = model.jobs.last();
        same("job", &seen, &wanted.map(|j| (j.kind, j.is_background, j.status, j.is_authenticated)))?;
        let seen =
            job.map(|j| (j.error.map(machine::JobError::code), micros(j.started_at), micros(j.finished_at)));
        same("end of the job", &seen, &wanted.map(|j| (j.error, j.started, j.finished)))?;
        let is_open = job.is_some_and(|job| machine::challenge_is_open(job, Timestamp::from_micros(now)));
        same("open", &(is_open && m.is_being_aggregated), &model.is_open(now))?;
        if self.is_gone {
            return Ok(());
        }
        same("newer credentials", &newer, &model.newer)?;
        let due = machine::next_due(m, job, &self.settings).map(|due| (due.at.as_micros(), due.event));
        same("next due", &due, &model.next_due())?;
        let due = micros(machine::background_due_at(m, &self.settings, self.seed));
        let window = model.background_window();
        same("background", &due.is_some(), &window.is_some())?;
        let is_inside = due.zip(window).is_none_or(|(at, (from, to))| (from..=to).contains(&at));
        same("background in its window", &is_inside, &true)
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, seen: &T, wanted: &T) -> Result<(), String> {
    if seen == wanted { Ok(()) } else { Err(format!("{what}: {seen:?}, and by the model {wanted:?}")) }
}

#[expect(clippy::match_same_arms, reason = "a line for each kind of refusal")]
fn agree(refusal: Refusal, no: No) -> bool {
    match (refusal, no) {
        (Refusal::Start(start), No::Error(code, text)) => {
            start.code() == Some(code) && start.to_string() == text
        }
        (Refusal::CredentialsCannotBeUpdated | Refusal::NotChallenged, No::Error(code, text)) => {
            code == 4050 && refusal.to_string() == text
        }
        (Refusal::Start(NoStart::AlreadyRunning), No::Accepted) => true,
        (Refusal::Start(NoStart::Throttled), No::Accepted | No::PassedOver) => true,
        (Refusal::Start(NoStart::PassedOver), No::PassedOver | No::Accepted) => true,
        (Refusal::OutOfState, No::Unwritten) | (Refusal::NotDue, No::TooEarly) => true,
        _ => false,
    }
}

/// An event, and microseconds before it; `None`: until the next thing is due, or a moment before.
type Told = (Event, Option<i64>);

fn beginning(dice: &mut Dice) -> Beginning {
    let skip_aggregation = dice.once_in(4);
    let how = match dice.below(10) {
        0 | 1 => Creation::OAuth,
        2 => Creation::Imported,
        3 => Creation::NoCredentials,
        _ => Creation::Credentials { skip_aggregation },
    };
    let seed = dice.below(usize::MAX >> 34) as u64;
    Beginning { how, has_pfm: !dice.once_in(8), is_managed_by_user: !dice.once_in(8), seed }
}

fn told(dice: &mut Dice) -> Told {
    let skip_aggregation = dice.once_in(3);
    let event = match dice.below(30) {
        0..4 => Event::Take,
        4 | 5 => Event::Challenge,
        6..9 => Event::Authenticated,
        9 | 10 => Event::Fetched,
        11 | 12 => Event::Stored { nothing_found: dice.once_in(4) },
        13..16 => dice.any(&[
            Event::AnswerRefused,
            Event::AnswerTooLate,
            Event::CredentialsRefused,
            Event::CredentialsRefused,
            Event::Locked,
            Event::Impeded,
            Event::Impaired,
            Event::Failed { timed_out: false },
            Event::Failed { timed_out: false },
            Event::Failed { timed_out: false },
        ]),
        16..19 => dice.any(&[
            Event::DelayedDue,
            Event::ChallengeExpired,
            Event::Failed { timed_out: true },
            Event::Sweep,
            Event::PendingOld,
        ]),
        19..23 => {
            let by = dice.any(&[AskedBy::Call, AskedBy::Call, AskedBy::Session, AskedBy::Background]);
            Event::AskJob { kind: dice.any(&KINDS), by }
        }
        23 | 24 => Event::UpdateCredentials { skip_aggregation },
        25 | 26 => Event::Answered { by_update: dice.once_in(3) },
        27 => Event::ConsentGiven { skip_aggregation },
        28 => Event::Forced(dice.any(C::ALL)),
        _ => dice.any(&[
            Event::MovedConnector,
            Event::Retired,
            Event::Closed,
            Event::Disabled(Cause::User),
            Event::Disabled(Cause::Operator),
            Event::Enabled(Cause::User),
            Event::Enabled(Cause::Operator),
            Event::Enabled(Cause::Bank),
            Event::ConsentFailed,
            Event::Deleted,
        ]),
    };
    let wait = match dice.below(12) {
        0..7 => Some(i64::try_from(dice.below(5)).unwrap() * SECOND),
        7 | 8 => None,
        _ => Some(dice.any(&[1, MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, DAY, 8 * DAY])),
    };
    (event, wait)
}

/// What the histories came past.
#[derive(Default)]
struct Seen {
    statuses: HashSet<Option<C>>,
    ends: HashSet<(u8, Option<u16>)>,
}

/// The first difference, with the event it came with.
fn difference(begin: Beginning, history: &[Told], seen: &mut Seen) -> Option<(usize, String)> {
    let mut pair = Pair::new(begin);
    let mut now = START;
    for (n, (event, wait)) in history.iter().enumerate() {
        now += match (wait, pair.model.next_due()) {
            (Some(micros), _) => *micros,
            (None, Some((at, _))) => (at - now - i64::try_from(n % 2).unwrap()).max(0),
            (None, None) => 0,
        };
        if let Err(text) = pair.tell(*event, now) {
            return Some((n, text));
        }
        seen.statuses.insert(pair.model.status);
        seen.ends.extend(pair.model.jobs.last().map(|job| (job.status, job.error)));
        if pair.is_gone {
            break;
        }
    }
    None
}

#[test]
fn random_histories_agree_with_the_model() {
    let mut seen = Seen::default();
    for seed in 0..HISTORIES {
        let mut dice = Dice::new(seed);
        let begin = beginning(&mut dice);
        let mut history: Vec<Told> = (0..=dice.below(EVENTS_MAX)).map(|_| told(&mut dice)).collect();
        let Some((mut last, mut text)) = difference(begin, &history, &mut seen) else { continue };
        history.truncate(last + 1);
        // What can be left out is left out.
        let mut n = 0;
        while n < history.len() {
            let mut shorter = history.clone();
            shorter.remove(n);
            if let Some(found) = difference(begin, &shorter, &mut seen) {
                (last, text) = found;
                shorter.truncate(last + 1);
                history = shorter;
            } else {
                n += 1;
            }
        }
        panic!("seed {seed}: {begin:?}\n{history:#?}\n{text}");
    }
    assert_eq!(seen.statuses.len(), 23, "every status, null included");
    let errors = seen.ends.iter().filter_map(|end| end.1).collect::<HashSet<u16>>();
    assert_eq!(errors.len(), 10, "every end");
}
