//! Random histories against a second machine, made of look-ups by name.
use super::*;
use proptest::prelude::*;

/// What a bank's word does: allowed job statuses, and the member's status.
const ENDS: [(&str, &str, &str); 7] = [
    ("AnswerRefused", "3", "REJECTED"),
    ("AnswerTooLate", "3", "EXPIRED"),
    ("ChallengeExpired", "2", "EXPIRED"),
    ("CredentialsRefused", "1345", "DENIED"),
    ("Locked", "1345", "LOCKED"),
    ("Impeded", "1345", "IMPEDED"),
    ("Failed", "1345", "FAILED"),
];
/// What an operator's word does: statuses it spares, and the status it sets.
const HALTS: [(&str, &str, &str); 4] = [
    ("MovedConnector", "null PENDING PREVENTED DENIED CLOSED DISABLED IMPORTED IMPAIRED", "RECONNECTED"),
    ("Retired", "null PENDING CLOSED", "DISCONTINUED"),
    ("Closed", "", "CLOSED"),
    ("Disabled", "null PENDING", "DISABLED"),
];

/// Causes of DISABLED in the histories.
const CAUSES: [&str; 2] = ["User", "Operator"];

#[derive(Clone, Debug, PartialEq)]
struct Model {
    status: &'static str,
    /// Status of the running job.
    job: Option<u8>,
    denials: u32,
    failures: u32,
    former: &'static str,
    /// What keeps it DISABLED.
    causes: Vec<&'static str>,
    /// Newer credentials wait; whether a job is to start with them.
    newer: Option<bool>,
    /// Times: creation or success, take, answer, question; microseconds.
    success: i64,
    taken: i64,
    answered: i64,
    asked: i64,
    waited: i64,
    takes: u32,
    throttled: i64,
}

impl Model {
    /// The model after the event, or `None` where it is refused.
    fn after(&self, event: Event, now: i64) -> Option<Self> {
        let mut m = self.clone();
        let text = format!("{event:?}");
        let word = text.split([' ', '(']).next().unwrap();
        let skip = text.contains("skip_aggregation: true");
        let job = self.job.map(|code| code.to_string());
        let in_job = |codes: &str| job.as_ref().is_some_and(|code| codes.contains(code.as_str()));
        let is = |names: &str| names.split(' ').any(|name| name == self.status);
        let ok = match word {
            "ConsentFailed" => true,
            "ConsentGiven" if is("PENDING") => {
                (m.status, m.job, m.takes) = ("CREATED", (!skip).then_some(0), 0);
                true
            }
            "ConsentGiven" | "UpdateCredentials" => m.update(skip),
            "AskJob" => m.ask(&text, now),
            "Take" if self.takes == 4 && in_job("1345") => {
                return self.after(Event::Failed { timed_out: false }, now);
            }
            "Take" => {
                (m.job, m.taken, m.answered, m.waited, m.newer) = (Some(1), now, 0, 0, None);
                m.takes += 1;
                in_job("01345")
            }
            "DelayedDue" => {
                m.status = "DELAYED";
                is("CREATED UPDATED RECONNECTED RESUMED")
                    && in_job("1345")
                    && now >= self.taken.max(self.answered) + MINUTE
            }
            "Challenge" => {
                (m.status, m.job, m.asked) = ("CHALLENGED", Some(2), now);
                in_job("1345")
            }
            "Answered" => {
                let status = if text.contains("true") { "UPDATED" } else { "RESUMED" };
                (m.status, m.job, m.answered, m.waited) =
                    (status, Some(3), now, self.waited + now - self.asked);
                in_job("2") && now < self.asked + 15 * MINUTE
            }
            "Authenticated" => {
                (m.status, m.job, m.denials) = ("CONNECTED", Some(4), 0);
                in_job("13")
            }
            "Fetched" => {
                m.job = Some(5);
                in_job("4")
            }
            "Stored" => {
                (m.status, m.job, m.failures, m.newer) = ("CONNECTED", None, 0, None);
                (m.success, m.throttled) = (now, self.taken + 3 * HOUR);
                in_job("5")
            }
            "Sweep" => {
                m.status = "DISCONNECTED";
                is("DEGRADED") && now >= self.success + 14 * DAY
            }
            "Impaired" if job.is_some() => m.end("IMPAIRED"),
            "Impaired" => {
                m.status = "IMPAIRED";
                self.clone().ask("Call", i64::MAX)
            }
            "Enabled" => {
                m.causes.retain(|cause| !text.contains(cause));
                if m.causes.is_empty() {
                    (m.status, m.former) = (self.former, "");
                }
                is("DISABLED") && m.causes != self.causes
            }
            "Disabled" if is("DISABLED") => {
                m.causes.extend(CAUSES.iter().filter(|c| text.contains(*c) && !self.causes.contains(c)));
                true
            }
            "PendingOld" | "Deleted" | "Forced" => unreachable!("not part of a history"),
            _ => m.told(word, &text, now),
        };
        ok.then_some(m)
    }

    /// A word of [`HALTS`] or [`ENDS`].
    fn told(&mut self, word: &str, text: &str, now: i64) -> bool {
        let timed_out = text.contains("timed_out: true");
        let before = self.clone();
        if let Some((_, spared, status)) = HALTS.iter().find(|halt| halt.0 == word) {
            let former = if before.job.is_some() { "UPDATED" } else { before.status };
            (self.status, self.job, self.newer) = (status, None, None);
            self.former = if word == "Disabled" { former } else { "" };
            self.causes = CAUSES.into_iter().filter(|cause| text.contains(cause)).collect();
            return !spared.split(' ').any(|name| name == before.status);
        }
        let (_, jobs, status) = ENDS.iter().find(|end| end.0 == word).expect("a word of the tables");
        let is_late = now >= before.taken + 10 * MINUTE + before.waited;
        let is_expired = now >= before.asked + 15 * MINUTE;
        let job = before.job.map(|code| code.to_string());
        job.is_some_and(|code| jobs.contains(&code))
            && (!timed_out || is_late)
            && (word != "ChallengeExpired" || is_expired)
            && self.refuse(status, now)
    }

    fn ask(&mut self, who: &str, now: i64) -> bool {
        let column = match who {
            who if who.contains("Background") => "CONNECTED FAILED DEGRADED IMPEDED DISCONNECTED",
            who if who.contains("Session") => {
                "CREATED UPDATED CONNECTED FAILED DEGRADED IMPEDED DISCONNECTED RECONNECTED REJECTED EXPIRED"
            }
            _ => {
                "CREATED UPDATED CONNECTED FAILED DEGRADED IMPEDED DISCONNECTED RECONNECTED REJECTED EXPIRED LOCKED DENIED"
            }
        };
        let is_throttled = self.status == "CONNECTED" && now < self.throttled && !who.contains("Background");
        let ok = self.job.is_none() && column.split(' ').any(|name| name == self.status) && !is_throttled;
        if !["CREATED", "CONNECTED", "RECONNECTED", "UPDATED"].contains(&self.status) {
            self.status = "UPDATED";
        }
        (self.job, self.takes) = (Some(0), 0);
        ok
    }

    fn update(&mut self, skip: bool) -> bool {
        (self.denials, self.failures) = (0, 0);
        match (self.status, self.job) {
            ("null" | "PENDING" | "DISCONTINUED" | "CLOSED", _) => return false,
            ("DISABLED", _) => self.former = "UPDATED",
            (_, Some(0)) => self.status = "UPDATED",
            (_, Some(1 | 3 | 4 | 5)) => (self.status, self.newer) = ("UPDATED", Some(!skip)),
            _ => (self.status, self.job, self.takes, self.newer) = ("UPDATED", (!skip).then_some(0), 0, None),
        }
        true
    }

    /// An end by the bank, with its counters.
    fn refuse(&mut self, status: &'static str, now: i64) -> bool {
        let counts = (self.denials, self.failures);
        let status = match status {
            "DENIED" => {
                self.denials += 1;
                if self.denials < 3 { "DENIED" } else { "PREVENTED" }
            }
            "FAILED" => {
                self.failures += 1;
                match (self.failures, now >= self.success + 14 * DAY) {
                    (..3, _) => "FAILED",
                    (_, false) => "DEGRADED",
                    (_, true) => "DISCONNECTED",
                }
            }
            other => other,
        };
        if self.newer.is_some() {
            (self.denials, self.failures) = counts;
        }
        self.end(status)
    }

    fn end(&mut self, status: &'static str) -> bool {
        let restarts = self.newer == Some(true);
        self.status = if self.newer.is_some() { "UPDATED" } else { status };
        (self.job, self.takes, self.newer) = (restarts.then_some(0), 0, None);
        true
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    let bank = prop::sample::select(vec![
        Event::Challenge,
        Event::Authenticated,
        Event::Fetched,
        Event::Stored { nothing_found: false },
        Event::AnswerRefused,
        Event::AnswerTooLate,
        Event::CredentialsRefused,
        Event::Locked,
        Event::Impeded,
        Event::Failed { timed_out: false },
        Event::Impaired,
    ]);
    let timer = prop::sample::select(vec![
        Event::DelayedDue,
        Event::ChallengeExpired,
        Event::Failed { timed_out: true },
        Event::Sweep,
        Event::Take,
    ]);
    let asked = prop::sample::select(vec![AskedBy::Call, AskedBy::Session, AskedBy::Background])
        .prop_map(|by| Event::AskJob { kind: JobKind::Aggregation, by });
    let user = prop_oneof![
        any::<bool>().prop_map(|skip_aggregation| Event::UpdateCredentials { skip_aggregation }),
        any::<bool>().prop_map(|by_update| Event::Answered { by_update }),
        any::<bool>().prop_map(|skip_aggregation| Event::ConsentGiven { skip_aggregation }),
    ];
    let operator = prop::sample::select(vec![
        Event::MovedConnector,
        Event::Retired,
        Event::Closed,
        Event::Disabled(Cause::User),
        Event::Disabled(Cause::Operator),
        Event::Enabled(Cause::User),
        Event::Enabled(Cause::Operator),
        Event::ConsentFailed,
    ]);
    prop_oneof![6 => bank, 3 => timer, 4 => Just(Event::Take), 4 => asked, 2 => user, 1 => operator]
}

fn any_creation() -> impl Strategy<Value = Creation> {
    prop_oneof![
        6 => any::<bool>().prop_map(|skip_aggregation| Creation::Credentials { skip_aggregation }),
        2 => Just(Creation::OAuth),
        1 => Just(Creation::Imported),
        1 => Just(Creation::NoCredentials),
    ]
}

/// Seconds between two events: mostly few, so that jobs get somewhere.
fn any_wait() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => 0..5i64,
        4 => prop::sample::select(vec![59, 60, 300, 600, 899, 900, 10_800, 86_400, 8 * 86_400]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]
    #[test]
    fn random_histories_agree_with_the_model(
        how in any_creation(),
        history in prop::collection::vec((any_event(), any_wait()), 1..60),
    ) {
        let settings = Settings::default();
        let mut now = Timestamp::from_seconds(1_700_000_000);
        let (mut member, mut job) = create(how, now);
        let mut model = Model {
            status: name(member.status), job: job.map(|job| job.status.code()), denials: 0, failures: 0, former: "",
            causes: Vec::new(), newer: None, success: now.as_micros(), taken: 0, answered: 0, asked: 0, waited: 0, takes: 0, throttled: 0,
        };
        for (event, wait) in history {
            now = now.plus_seconds(wait);
            // Credentials by OAuth are renewed by consent alone, a rule of its own.
            let asked = MemberState { is_oauth: false, ..member };
            let result = apply(&asked, job.as_ref(), &event, &settings, now);
            let expected = model.after(event, now.as_micros());
            prop_assert_eq!(result.is_ok(), expected.is_some(), "{:?} in {:?}: {:?}", event, model, result);
            if let (Ok(done), Some(after)) = (result, expected) {
                (member, job, model) = (done.member, done.new_job.or(done.job).or(job), after);
            }
            let runs = job.filter(|job| !job.status.is_final());
            prop_assert_eq!(name(member.status), model.status, "{:?}", event);
            prop_assert_eq!(runs.map(|job| job.status.code()), model.job, "{:?}", event);
            prop_assert_eq!((member.denials, member.failures), (model.denials, model.failures));
            prop_assert_eq!(member.is_being_aggregated, runs.is_some());
            let only_running = matches!(model.status, "CHALLENGED" | "RESUMED" | "DELAYED");
            prop_assert!(runs.is_some() || !only_running, "{}", model.status);
            prop_assert_eq!(model.status == "CHALLENGED", model.job == Some(2));
            if let Some(due) = next_due(&member, job.as_ref(), &settings) {
                let at = |moment| apply(&member, job.as_ref(), &due.event, &settings, moment);
                prop_assert!(at(due.at).is_ok(), "{:?}", due);
                prop_assert_eq!(at(due.at.plus_micros(-1)), Err(Refusal::NotDue), "{:?}", due);
            }
        }
    }
}
