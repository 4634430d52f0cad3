//! What the rows say in sentences: counters, throttle, due times, the tables of 10.3, 10.4 and 9.1.
use super::*;
use crate::enums::{ConnectionStatus as C, JobStatus as J};

const DISABLED: Event = Event::Disabled(Cause::User);
const ENABLED: Event = Event::Enabled(Cause::User);

/// A member and its job, driven event by event.
struct Story {
    member: MemberState,
    job: Option<JobState>,
    settings: Settings,
    now: Timestamp,
    last: Option<Transition>,
}

impl Story {
    fn new(how: Creation) -> Self {
        let now = Timestamp::from_seconds(1_700_000_000);
        let (member, job) = create(how, now);
        Self { member, job, settings: Settings::default(), now, last: None }
    }

    fn try_on(&mut self, event: Event) -> Result<(), Refusal> {
        let done = apply(&self.member, self.job.as_ref(), &event, &self.settings, self.now)?;
        self.member = done.member;
        self.job = done.new_job.or(done.job).or(self.job);
        self.last = Some(done);
        Ok(())
    }

    fn on(&mut self, events: &[Event]) -> &mut Self {
        for event in events {
            self.try_on(*event).unwrap_or_else(|refusal| panic!("{event:?}: {refusal}"));
        }
        self
    }

    fn pass(&mut self, micros: i64) -> &mut Self {
        self.now = self.now.plus_micros(micros);
        self
    }

    fn is(&self, expected: C) {
        assert_eq!(name(self.member.status), expected.name());
    }

    fn connected() -> Self {
        let mut story = Self::new(Creation::Credentials { skip_aggregation: false });
        story.on(&SUCCESS);
        story
    }

    fn due(&self) -> Option<Due> {
        next_due(&self.member, self.job.as_ref(), &self.settings)
    }

    fn may(&self, kind: JobKind, by: AskedBy) -> Result<(), NoStart> {
        may_start(&self.member, self.job.as_ref(), kind, by, &self.settings, self.now)
    }
}

const NEW: Creation = Creation::Credentials { skip_aggregation: false };
const ASK: Event = Event::AskJob { kind: JobKind::Aggregation, by: AskedBy::Call };
const FAIL: Event = Event::Failed { timed_out: false };
const UPDATE: Event = Event::UpdateCredentials { skip_aggregation: false };
const RESUME: Event = Event::Answered { by_update: false };
const SUCCESS: [Event; 4] =
    [Event::Take, Event::Authenticated, Event::Fetched, Event::Stored { nothing_found: false }];

fn ask(kind: JobKind) -> Event {
    Event::AskJob { kind, by: AskedBy::Call }
}

#[test]
fn members_begin_as_rows_1_2_3_and_32_say() {
    let begin = |how| {
        let (member, job) = create(how, Timestamp::EPOCH);
        assert_eq!(member.is_being_aggregated, job.is_some());
        (name(member.status), job.map(|job| job.status.name()), member.is_oauth)
    };
    assert_eq!(begin(NEW), ("CREATED", Some("INITIATED"), false));
    assert_eq!(begin(Creation::Credentials { skip_aggregation: true }), ("CREATED", None, false));
    assert_eq!(begin(Creation::OAuth), ("PENDING", None, true));
    assert_eq!(begin(Creation::Imported), ("IMPORTED", None, false));
    assert_eq!(begin(Creation::NoCredentials), ("null", None, false));
}

#[test]
fn a_success_writes_its_times_and_clears_the_counters() {
    let mut story = Story::new(NEW);
    story.on(&[Event::Take, FAIL, ASK, Event::Take, Event::CredentialsRefused, ASK]).pass(MINUTE);
    let taken = story.now;
    story.on(&[Event::Take]).pass(SECOND).on(&[Event::Authenticated]);
    assert_eq!((story.member.denials, story.member.failures), (0, 1), "row 16 forgives refusals only");
    story.on(&[Event::Fetched, Event::Stored { nothing_found: false }]);
    assert_eq!(story.member.failures, 0);
    assert_eq!(story.member.aggregated_at, Some(taken));
    assert_eq!(story.member.completed_aggregation_started_at, Some(taken));
    assert_eq!(story.member.successfully_aggregated_at, Some(story.now));
    let job = story.job.unwrap();
    assert!(job.is_authenticated && job.started_at == Some(taken) && job.finished_at == Some(story.now));
}

#[test]
fn the_third_refusal_in_a_row_prevents() {
    let mut story = Story::new(NEW);
    story
        .on(&[Event::Take, Event::CredentialsRefused, ASK, Event::Take, Event::CredentialsRefused])
        .is(C::Denied);
    story.on(&[ASK, Event::Take, Event::CredentialsRefused]).is(C::Prevented);
    assert_eq!(story.try_on(ASK), Err(Refusal::Start(NoStart::CredentialsFirst)));
    story.on(&[UPDATE, Event::Take, Event::CredentialsRefused]).is(C::Denied);
}

#[test]
fn the_third_failure_degrades_and_two_weeks_disconnect() {
    let mut story = Story::connected();
    story.on(&[ask(JobKind::Balance), Event::Take, FAIL, ASK, Event::Take, FAIL]).is(C::Failed);
    story.on(&[ASK, Event::Take, FAIL]).is(C::Degraded);
    assert_eq!(story.pass(14 * DAY - 1).try_on(Event::Sweep), Err(Refusal::NotDue));
    story.pass(1).on(&[Event::Sweep]).is(C::Disconnected);
    story.on(&[ASK]).is(C::Updated);
    story.on(&[Event::Take, FAIL]).is(C::Disconnected);
    story.on(&[ASK]).on(&SUCCESS).on(&[ask(JobKind::History), Event::Take, FAIL]).is(C::Failed);
}

#[test]
fn credentials_that_come_while_a_job_works_get_their_own_job_unless_it_succeeds() {
    let mut story = Story::new(NEW);
    story.on(&[Event::Take, Event::CredentialsRefused, ASK, Event::Take, UPDATE]).is(C::Updated);
    story.on(&[Event::CredentialsRefused]).is(C::Updated);
    assert_eq!(story.member.denials, 0, "the counters stay");
    assert_eq!(story.job.unwrap(), JobState::new(JobKind::Aggregation, false));
    story.on(&[Event::Take, UPDATE, Event::Authenticated]).is(C::Connected);
    story.on(&[Event::Fetched, Event::Stored { nothing_found: false }]).is(C::Connected);
    assert!(!story.member.is_being_aggregated);
    assert_eq!(story.member.update_while_running, UpdateWhileRunning::None);

    story.on(&[ask(JobKind::Verification), Event::Take, Event::Challenge, UPDATE]).is(C::Updated);
    assert_eq!(story.last.unwrap().job.unwrap().error, Some(JobError::Cancelled));
    assert_eq!(story.job.unwrap().kind, JobKind::Verification, "of the same kind");
}

#[test]
fn credentials_that_come_before_a_job_was_taken_are_the_ones_it_uses() {
    let mut story = Story::new(NEW);
    story.on(&[UPDATE, Event::Take, Event::CredentialsRefused]).is(C::Denied);
    story.on(&[ASK, Event::Take, UPDATE, Event::Take, Event::CredentialsRefused]).is(C::Denied);
}

#[test]
fn a_challenge_is_open_for_its_lifetime_and_each_round_has_its_own() {
    let mut story = Story::new(NEW);
    story.on(&[Event::Take, Event::Challenge]).pass(15 * MINUTE - 1);
    assert!(challenge_is_open(&story.job.unwrap(), story.now));
    story.on(&[RESUME]).is(C::Resumed);
    assert_eq!(story.try_on(RESUME), Err(Refusal::NotChallenged), "the first of two answers wins");
    story.on(&[Event::Challenge]);
    assert_eq!(story.try_on(Event::ChallengeExpired), Err(Refusal::NotDue));
    story.pass(15 * MINUTE);
    assert!(!challenge_is_open(&story.job.unwrap(), story.now));
    assert_eq!(story.try_on(RESUME), Err(Refusal::NotChallenged), "also before row 15 is written");
    assert_eq!(story.due(), Some(Due { at: story.now, event: Event::ChallengeExpired }));
    story.on(&[Event::ChallengeExpired]).is(C::Expired);
}

#[test]
fn waits_for_answers_are_no_work_and_delay_counts_from_take_and_answer() {
    let mut story = Story::new(NEW);
    assert_eq!(story.due(), None, "a job in the queue is not late");
    story.on(&[Event::Take]);
    let taken = story.now;
    assert_eq!(story.due(), Some(Due { at: taken.plus_micros(MINUTE), event: Event::DelayedDue }));
    assert_eq!(story.pass(MINUTE - 1).try_on(Event::DelayedDue), Err(Refusal::NotDue));
    story.pass(1).on(&[Event::DelayedDue]).is(C::Delayed);
    let limit =
        |micros| Some(Due { at: taken.plus_micros(micros), event: Event::Failed { timed_out: true } });
    assert_eq!(story.due(), limit(10 * MINUTE));
    story.on(&[Event::Challenge]).pass(12 * MINUTE).on(&[RESUME]);
    assert_eq!(story.due(), Some(Due { at: story.now.plus_micros(MINUTE), event: Event::DelayedDue }));
    story.pass(MINUTE).on(&[Event::DelayedDue]);
    assert_eq!(story.due(), limit(22 * MINUTE));
    assert_eq!(story.pass(8 * MINUTE - 1).try_on(Event::Failed { timed_out: true }), Err(Refusal::NotDue));
    story.on(&[Event::Challenge]).pass(2 * MINUTE).on(&[RESUME]).pass(MINUTE).on(&[Event::DelayedDue]);
    assert_eq!(story.due(), limit(24 * MINUTE), "of each round");
    let mut again = Story { last: None, ..story };
    again.on(&[Event::Take]).pass(MINUTE);
    let taken_again = again.job.unwrap();
    assert_eq!((taken_again.waited_micros, taken_again.answered_at), (0, None), "a new take counts anew");
    story.pass(MINUTE).on(&[Event::Failed { timed_out: true }]).is(C::Failed);
    assert_eq!(story.job.unwrap().error, Some(JobError::TimeLimit));
    assert_eq!(story.due(), None);
}

#[test]
fn a_stopped_service_takes_a_job_again_three_times() {
    let mut story = Story::new(NEW);
    story.on(&[Event::Take]).pass(9 * MINUTE).on(&[Event::Take, Event::Take, Event::Take]);
    assert_eq!(story.job.unwrap().started_at, Some(story.now));
    story.on(&[Event::Take]).is(C::Failed);
    assert_eq!(story.job.unwrap().error, Some(JobError::Institution));
}

#[test]
fn the_throttle_holds_in_connected_after_a_completed_aggregation() {
    let mut story = Story::connected();
    story.pass(3 * HOUR - 1);
    assert_eq!(story.may(JobKind::Aggregation, AskedBy::Call), Err(NoStart::Throttled));
    assert_eq!(story.may(JobKind::Aggregation, AskedBy::Session), Err(NoStart::Throttled));
    assert_eq!(story.may(JobKind::Aggregation, AskedBy::Background), Ok(()));
    for kind in [JobKind::Balance, JobKind::Verification, JobKind::Identification, JobKind::History] {
        assert_eq!(story.may(kind, AskedBy::Call), Ok(()));
    }
    story.on(&[ask(JobKind::Balance)]).on(&SUCCESS);
    assert_eq!(story.may(JobKind::Aggregation, AskedBy::Call), Err(NoStart::Throttled));
    story.pass(1);
    assert_eq!(story.may(JobKind::Aggregation, AskedBy::Call), Ok(()), "the balance job does not count");

    let mut story = Story::connected();
    story.on(&[ask(JobKind::Balance), Event::Take, FAIL]);
    assert_eq!(story.may(JobKind::Aggregation, AskedBy::Call), Ok(()), "only in CONNECTED");
    let mut sandbox = Story::connected();
    sandbox.settings.aggregation_throttle = std::time::Duration::ZERO;
    assert_eq!(sandbox.may(JobKind::Aggregation, AskedBy::Call), Ok(()));
}

/// The table of 10.4 for members at rest: by call, session, background.
const WHO_MAY_START: &str = "
null CLOSED PENDING DISCONTINUED DISABLED | 4050 | no  | no
PREVENTED IMPORTED IMPAIRED               | cred | no  | no
CREATED UPDATED                           | yes  | yes | no
CONNECTED FAILED DEGRADED IMPEDED         | yes  | yes | yes
DISCONNECTED                              | yes  | yes | yes
RECONNECTED REJECTED EXPIRED              | yes  | yes | no
LOCKED DENIED                             | yes  | no  | no
";

#[test]
fn who_may_start_a_job() {
    let now = Timestamp::from_seconds(1_700_000_000);
    let mut seen = 0;
    for line in WHO_MAY_START.trim().lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        for status_name in cells[0].split(' ') {
            let member = resting(status(status_name), now);
            let may =
                |member: &MemberState, kind, by| may_start(member, None, kind, by, &Settings::default(), now);
            let column = |by| may(&member, JobKind::Aggregation, by);
            let by_call = match cells[1] {
                "yes" => Ok(()),
                "cred" => Err(NoStart::CredentialsFirst),
                _ => Err(NoStart::NotAllowed),
            };
            let others = |cell: &str| if cell == "yes" { Ok(()) } else { Err(NoStart::PassedOver) };
            assert_eq!(column(AskedBy::Call), by_call, "{status_name}");
            for kind in &KINDS[1..] {
                assert_eq!(may(&member, *kind, AskedBy::Call), by_call, "{status_name}");
                let no_pfm = MemberState { has_pfm: false, ..member };
                assert_eq!(may(&no_pfm, *kind, AskedBy::Call), by_call, "{status_name}: no use case needed");
            }
            assert_eq!(column(AskedBy::Session), others(cells[2]), "{status_name}");
            assert_eq!(column(AskedBy::Background), others(cells[3]), "{status_name}");
            let is_due = background_due_at(&member, &Settings::default(), 7).is_some();
            assert_eq!(is_due, cells[3] == "yes", "{status_name}");
            let no_pfm = MemberState { has_pfm: false, ..member };
            assert_eq!(
                may(&no_pfm, JobKind::Aggregation, AskedBy::Call),
                Err(NoStart::NoUseCase),
                "403 is first"
            );
            assert_eq!(may(&no_pfm, JobKind::Aggregation, AskedBy::Session), Err(NoStart::PassedOver));
            assert_eq!(may(&no_pfm, JobKind::Aggregation, AskedBy::Background), Err(NoStart::PassedOver));
            seen += 1;
        }
    }
    assert_eq!(seen, 20, "every status but the three that only run");
}

#[test]
fn a_running_job_answers_202_for_its_kind_and_409_for_others() {
    for running in KINDS {
        let mut story = Story::new(Creation::Credentials { skip_aggregation: true });
        for events in
            [&[ask(running)][..], &[Event::Take], &[Event::Challenge], &[RESUME], &[Event::Authenticated]]
        {
            story.on(events);
            for kind in KINDS {
                let wanted =
                    if kind == running { NoStart::AlreadyRunning } else { NoStart::OtherKindRunning };
                assert_eq!(story.may(kind, AskedBy::Call), Err(wanted));
                assert_eq!(story.try_on(ask(kind)), Err(Refusal::Start(wanted)));
            }
            assert_eq!(story.may(JobKind::Aggregation, AskedBy::Session), Err(NoStart::PassedOver));
            assert_eq!(story.may(JobKind::Aggregation, AskedBy::Background), Err(NoStart::PassedOver));
        }
    }
    let codes = [NoStart::NoUseCase, NoStart::NotAllowed, NoStart::OtherKindRunning, NoStart::AlreadyRunning];
    assert_eq!(codes.map(NoStart::code), [Some(4030), Some(4050), Some(4090), None]);
}

#[test]
fn background_comes_after_a_day_spread_by_two_hours_and_after_a_week_in_disconnected() {
    let mut story = Story::connected();
    let settings = Settings::default();
    let at = |story: &Story, seed| {
        background_due_at(&story.member, &settings, seed).map(|t| t.micros_since(story.now))
    };
    assert_eq!(at(&story, 0), Some(22 * HOUR));
    assert_eq!(at(&story, (4 * HOUR) as u64), Some(26 * HOUR));
    assert_eq!(at(&story, (4 * HOUR) as u64 + 1), Some(22 * HOUR));
    assert!((0..1000).all(|n: u64| (22 * HOUR..=26 * HOUR).contains(&at(&story, n << 54 | n).unwrap())));
    story.member.status = Some(C::Disconnected);
    assert_eq!(at(&story, (2 * HOUR) as u64), Some(7 * DAY));
    let mut held = Story::new(Creation::Credentials { skip_aggregation: true });
    assert_eq!(at(&held, 5), None);
    held.member.is_managed_by_user = false;
    assert_eq!(at(&held, 5), Some(0), "On Demand: at once");
    held.member.aggregated_at = Some(held.now);
    assert_eq!(at(&held, 0), Some(22 * HOUR));
}

#[test]
fn disabled_gives_the_former_status_back_and_a_run_as_updated() {
    let mut story = Story::connected();
    story.on(&[DISABLED, DISABLED]).is(C::Disabled);
    story.on(&[ENABLED]).is(C::Connected);
    assert_eq!(story.member.former_status, None);
    story.pass(DAY).on(&[ASK, Event::Take, DISABLED]);
    assert_eq!(story.job.unwrap().status, J::Halted);
    story.on(&[ENABLED]).is(C::Updated);
    assert!(!story.member.is_being_aggregated);
    story.on(&[ASK, Event::Take, Event::Locked, DISABLED, UPDATE]).is(C::Disabled);
    story.on(&[ENABLED]).is(C::Updated);
}

#[test]
fn disabled_lasts_until_the_last_of_its_causes_ends_in_whatever_order() {
    let (paused, resumed) = (Event::Disabled(Cause::Operator), Event::Enabled(Cause::Operator));
    let (member, no_more) = (Event::Disabled(Cause::Member), Event::Enabled(Cause::Member));
    for order in [[resumed, ENABLED, no_more], [no_more, resumed, ENABLED], [ENABLED, no_more, resumed]] {
        let mut story = Story::connected();
        story.on(&[DISABLED, paused, member, paused]).is(C::Disabled);
        let [first, second, last] = order;
        story.on(&[first]).is(C::Disabled);
        assert_eq!(story.try_on(first), Err(Refusal::OutOfState), "it has ended");
        story.on(&[second]).is(C::Disabled);
        story.on(&[last]).is(C::Connected);
        assert!(story.member.disabled_by.is_empty());
    }
    let mut story = Story::connected();
    story.on(&[DISABLED, Event::Retired]).is(C::Discontinued);
    assert_eq!(story.try_on(ENABLED), Err(Refusal::OutOfState), "what came after stays");
    assert_eq!(Causes::from_code(i64::MAX).code(), 31);
    assert_eq!(Causes::from_code(-1), Causes::from_code(31));
}

#[test]
fn what_time_brings_to_a_member_at_rest() {
    let settings = Settings::default();
    let due = |story: &Story, background| {
        let due = member_due(&story.member, &settings, background, 0)?;
        Some((due.event, due.at.micros_since(story.now)))
    };
    let background = Event::AskJob { kind: JobKind::Aggregation, by: AskedBy::Background };
    let mut story = Story::connected();
    assert_eq!(due(&story, true), Some((background, 22 * HOUR)));
    assert_eq!(due(&story, false), None);
    story.on(&[background]);
    assert_eq!(due(&story, true), None, "a job runs");
    let story = Story::new(Creation::OAuth);
    assert_eq!(due(&story, false), Some((Event::PendingOld, HOUR)));
    let mut story = Story::connected();
    (story.member.status, story.member.failures) = (Some(C::Degraded), 3);
    assert_eq!(due(&story, true), Some((background, 22 * HOUR)));
    let (event, at) = due(&story, false).unwrap();
    assert_eq!(event, Event::Sweep);
    assert!((14 * DAY..14 * DAY + HOUR).contains(&at));
    let whole = story.now.plus_micros(at);
    assert_eq!(whole.as_micros() % HOUR, 0, "the sweep comes at whole hours");
    assert_eq!(story.try_on(Event::Sweep), Err(Refusal::NotDue));
    story.pass(at).on(&[Event::Sweep]).is(C::Disconnected);
    story.member.status = Some(C::Degraded);
    story.member.failures = 2;
    assert_eq!(due(&story, false), None, "no three failures");
    assert_eq!(whole_hour_from(whole), whole);
    assert_eq!(whole_hour_from(whole.plus_micros(1)), whole.plus_micros(HOUR));
}

#[test]
fn a_consent_makes_the_member_an_oauth_one_and_its_jobs_begin_in_the_foreground() {
    let mut story = Story::connected();
    story.pass(DAY).on(&[Event::AskJob { kind: JobKind::Aggregation, by: AskedBy::Background }]);
    assert!(story.job.unwrap().is_background);
    story.on(&[Event::Take, Event::Challenge, Event::ConsentGiven { skip_aggregation: false }]);
    assert!(story.member.is_oauth && !story.job.unwrap().is_background);
    assert_eq!(story.try_on(UPDATE), Err(Refusal::CredentialsCannotBeUpdated));
    let refused = Story::new(Creation::OAuth)
        .on(&[Event::Closed])
        .try_on(Event::ConsentGiven { skip_aggregation: false });
    assert!(refused.is_err(), "row 5: as if it had failed");
}

#[test]
fn pending_is_purged_after_an_hour_and_when_deleted() {
    let mut story = Story::new(Creation::OAuth);
    assert_eq!(story.pass(HOUR - 1).try_on(Event::PendingOld), Err(Refusal::NotDue));
    story.pass(1).on(&[Event::PendingOld]);
    assert_eq!(story.last.unwrap().fate, Fate::Purged);
    story.on(&[Event::Deleted]);
    assert_eq!(story.last.unwrap().fate, Fate::Purged);
    let mut story = Story::connected();
    story.on(&[Event::Deleted]);
    assert_eq!(story.last.unwrap().fate, Fate::Deleted);
}

#[test]
fn what_erases_credentials_and_what_an_empty_verification_says() {
    let mut story = Story::connected();
    story.on(&[ask(JobKind::Verification), Event::Take, Event::Authenticated, Event::Fetched]);
    story.on(&[Event::Stored { nothing_found: true }]);
    assert_eq!(story.job.unwrap().error.map(JobError::code), Some(1000));
    assert!(!story.last.unwrap().erase_credentials);
    story.on(&[ask(JobKind::History), Event::Take, Event::Forced(C::Imported)]).is(C::Imported);
    assert!(story.last.unwrap().erase_credentials);
    story.on(&[Event::Closed]);
    assert!(story.last.unwrap().erase_credentials);
}

#[test]
fn forced_ends_count_as_the_last_of_their_row() {
    let mut story = Story::new(NEW);
    story.on(&[Event::Take, Event::Forced(C::Degraded)]).pass(14 * DAY);
    story.on(&[Event::Sweep]).is(C::Disconnected);
    let mut story = Story::new(NEW);
    story.on(&[Event::Take, Event::Forced(C::Prevented)]);
    assert_eq!(story.member.denials, 3);
}

#[test]
fn messages_name_the_institution_and_nothing_else() {
    let shown = |status| status_message(Some(status), "MX {i} Bank");
    assert_eq!(shown(C::Connected).unwrap(), "Connected to MX {i} Bank...");
    assert_eq!(status_message(None, "MX Bank"), None);
    assert_eq!(shown(C::Pending), None);
    for status in C::ALL.iter().filter(|status| **status != C::Pending) {
        assert!(
            shown(*status).is_some_and(|text| !text.replace("MX {i} Bank", "").contains('{')),
            "{status:?}"
        );
    }
    let wanting: Vec<&str> = every_status().filter(|s| needs_updated_credentials(*s)).map(name).collect();
    assert_eq!(wanting, ["PREVENTED", "DENIED", "IMPORTED", "IMPAIRED"]);
    assert!(JobError::ALL.iter().all(|error| JobError::from_code(error.code().into()) == Some(*error)));
    assert_eq!(JobError::from_code(10), None);
    for code in 0..4 {
        assert_eq!(
            UpdateWhileRunning::from_code(code).map(UpdateWhileRunning::code),
            u8::try_from(code).ok().filter(|c| *c < 3)
        );
    }
}
