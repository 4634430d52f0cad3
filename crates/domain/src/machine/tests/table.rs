//! Every row of `spec: nexus-core, 10.2` from every state; a state that no row names refuses the event.
use super::*;
use crate::enums::{ConnectionStatus as C, JobStatus};

/// `row | event | given | from | member | job`, where
/// from: `rest A B` or `rest but A B` (statuses without a running job), `run 1 3` (job
/// statuses), `run A B: 1 3` (both);
/// member: `=` or the new status, then whether it runs; job: `-`, its new status, `end n/e`, `new`.
const TABLE: &str = "
 4 | ConsentGiven           |              | rest PENDING                                             | CREATED run       | new
26 | ConsentGiven           |              | rest but null PENDING DISCONTINUED CLOSED DISABLED       | UPDATED run       | new
26 | ConsentGiven           |              | rest DISABLED                                            | = rest            | -
26 | ConsentGiven           |              | run 0 1 3 4 5                                            | UPDATED run       | -
26 | ConsentGiven           |              | run 2                                                    | UPDATED run       | end 9/9 new
 4 | ConsentGiven skip      |              | rest PENDING                                             | CREATED rest      | -
26 | ConsentGiven skip      |              | rest but null PENDING DISCONTINUED CLOSED DISABLED       | UPDATED rest      | -
26 | ConsentGiven skip      |              | rest DISABLED                                            | = rest            | -
26 | ConsentGiven skip      |              | run 0 1 3 4 5                                            | UPDATED run       | -
26 | ConsentGiven skip      |              | run 2                                                    | UPDATED rest      | end 9/9
 5 | ConsentFailed          |              | rest but                                                 | = rest            | -
 5 | ConsentFailed          |              | run 0 1 2 3 4 5                                          | = run             | -
 6 | PendingOld             |              | rest PENDING                                             | = rest            | -
 7 | AskJob Call            |              | rest CREATED CONNECTED RECONNECTED UPDATED               | = run             | new
 8 | AskJob Call            |              | rest DENIED REJECTED LOCKED IMPEDED DEGRADED DISCONNECTED FAILED EXPIRED | UPDATED run | new
 7 | AskJob Session         |              | rest CREATED CONNECTED RECONNECTED UPDATED               | = run             | new
 8 | AskJob Session         |              | rest REJECTED IMPEDED DEGRADED DISCONNECTED FAILED EXPIRED | UPDATED run     | new
 7 | AskJob Background      |              | rest CONNECTED                                           | = run             | new
 8 | AskJob Background      |              | rest FAILED DEGRADED IMPEDED DISCONNECTED                | UPDATED run       | new
 9 | Take                   |              | run 0 1 3 4 5                                            | = run             | 1
 9 | Take                   | 3 retakes    | run 0                                                    | = run             | 1
23 | Take                   | 3 retakes    | run 1 3 4 5                                              | FAILED rest       | end 9/6
10 | DelayedDue             |              | run CREATED UPDATED RECONNECTED RESUMED: 1 3 4 5         | DELAYED run       | -
11 | Challenge              |              | run 1 3 4 5                                              | CHALLENGED run    | 2
12 | Answered               | in time      | run 2                                                    | RESUMED run       | 3
12 | Answered by update     | in time      | run 2                                                    | UPDATED run       | 3
 - | Answered               |              |                                                          | =                 | -
 - | Answered by update     |              |                                                          | =                 | -
14 | AnswerRefused          |              | run 3                                                    | REJECTED rest     | end 8/2
15 | AnswerTooLate          |              | run 3                                                    | EXPIRED rest      | end 9/3
15 | ChallengeExpired       |              | run 2                                                    | EXPIRED rest      | end 9/3
 - | ChallengeExpired       | in time      |                                                          | =                 | -
16 | Authenticated          |              | run 1 3                                                  | CONNECTED run     | 4
17 | Fetched                |              | run 4                                                    | = run             | 5
18 | Stored                 |              | run 5                                                    | CONNECTED rest    | end 6
18 | Stored nothing         |              | run 5                                                    | CONNECTED rest    | end 6/1000
19 | CredentialsRefused     |              | run 1 3 4 5                                              | DENIED rest       | end 8/1
19 | CredentialsRefused     | denials 1    | run 1 3 4 5                                              | DENIED rest       | end 8/1
20 | CredentialsRefused     | denials 2    | run 1 3 4 5                                              | PREVENTED rest    | end 7/1
21 | Locked                 |              | run 1 3 4 5                                              | LOCKED rest       | end 9/4
22 | Impeded                |              | run 1 3 4 5                                              | IMPEDED rest      | end 9/5
23 | Failed                 |              | run 1 3 4 5                                              | FAILED rest       | end 9/6
23 | Failed                 | failures 1   | run 1 3 4 5                                              | FAILED rest       | end 9/6
24 | Failed                 | failures 2   | run 1 3 4 5                                              | DEGRADED rest     | end 9/6
25 | Failed                 | failures 2, 14 days | run 1 3 4 5                                       | DISCONNECTED rest | end 9/6
23 | TimedOut               |              | run 1 3 4 5                                              | FAILED rest       | end 9/7
24 | TimedOut               | failures 2   | run 1 3 4 5                                              | DEGRADED rest     | end 9/7
25 | TimedOut               | failures 2, 14 days | run 1 3 4 5                                       | DISCONNECTED rest | end 9/7
25 | Sweep                  | failures 3, 14 days | rest DEGRADED                                     | DISCONNECTED rest | -
 - | Sweep                  | failures 3   |                                                          | =                 | -
26 | UpdateCredentials      |              | rest but null PENDING DISCONTINUED CLOSED DISABLED       | UPDATED run       | new
26 | UpdateCredentials      |              | rest DISABLED                                            | = rest            | -
26 | UpdateCredentials      |              | run 0 1 3 4 5                                            | UPDATED run       | -
26 | UpdateCredentials      |              | run 2                                                    | UPDATED run       | end 9/9 new
26 | UpdateCredentials skip |              | rest but null PENDING DISCONTINUED CLOSED DISABLED       | UPDATED rest      | -
26 | UpdateCredentials skip |              | rest DISABLED                                            | = rest            | -
26 | UpdateCredentials skip |              | run 0 1 3 4 5                                            | UPDATED run       | -
26 | UpdateCredentials skip |              | run 2                                                    | UPDATED rest      | end 9/9
 - | UpdateCredentials      | oauth        |                                                          | =                 | -
27 | Impaired               |              | rest CREATED UPDATED CONNECTED FAILED DEGRADED IMPEDED DISCONNECTED RECONNECTED REJECTED EXPIRED LOCKED DENIED | IMPAIRED rest | -
27 | Impaired               |              | run 0 1 2 3 4 5                                          | IMPAIRED rest     | end 9/8
28 | MovedConnector         |              | rest but null PENDING PREVENTED DENIED CLOSED DISABLED IMPORTED IMPAIRED | RECONNECTED rest | -
28 | MovedConnector         |              | run 0 1 2 3 4 5                                          | RECONNECTED rest  | end 9/9
29 | Retired                |              | rest but null PENDING CLOSED                             | DISCONTINUED rest | -
29 | Retired                |              | run 0 1 2 3 4 5                                          | DISCONTINUED rest | end 9/9
30 | Closed                 |              | rest but                                                 | CLOSED rest       | -
30 | Closed                 |              | run 0 1 2 3 4 5                                          | CLOSED rest       | end 9/9
31 | Disabled               |              | rest but null PENDING                                    | DISABLED rest     | -
31 | Disabled               |              | run 0 1 2 3 4 5                                          | DISABLED rest     | end 9/9
31 | Enabled                | was LOCKED   | rest DISABLED                                            | LOCKED rest       | -
33 | Deleted                |              | rest but                                                 | = rest            | -
33 | Deleted                |              | run 0 1 2 3 4 5                                          | = rest            | end 9/9
   | section 4: newer credentials wait | | | |
14 | AnswerRefused          | updated      | run 3                                                    | UPDATED run       | end 8/2 new
15 | AnswerTooLate          | updated      | run 3                                                    | UPDATED run       | end 9/3 new
15 | ChallengeExpired       | updated      | run 2                                                    | UPDATED run       | end 9/3 new
18 | Stored                 | updated      | run 5                                                    | CONNECTED rest    | end 6
19 | CredentialsRefused     | updated      | run 1 3 4 5                                              | UPDATED run       | end 8/1 new
21 | Locked                 | updated      | run 1 3 4 5                                              | UPDATED run       | end 9/4 new
22 | Impeded                | updated      | run 1 3 4 5                                              | UPDATED run       | end 9/5 new
23 | Failed                 | updated      | run 1 3 4 5                                              | UPDATED run       | end 9/6 new
25 | TimedOut               | updated, failures 2, 14 days | run 1 3 4 5                              | UPDATED run       | end 9/7 new
23 | Failed                 | updated skip | run 1 3 4 5                                              | UPDATED rest      | end 9/6
28 | MovedConnector         | updated      | rest but null PENDING PREVENTED DENIED CLOSED DISABLED IMPORTED IMPAIRED | RECONNECTED rest | -
28 | MovedConnector         | updated      | run 0 1 2 3 4 5                                          | RECONNECTED rest  | end 9/9
   | sandbox, 2: forced statuses | | | |
20 | Forced PREVENTED       |              | run 1 3 4 5                                              | PREVENTED rest    | end 7/1
24 | Forced DEGRADED        |              | run 1 3 4 5                                              | DEGRADED rest     | end 9/6
25 | Forced DISCONNECTED    |              | run 1 3 4 5                                              | DISCONNECTED rest | end 9/6
32 | Forced IMPORTED        | updated      | run 1 3 4 5                                              | IMPORTED rest     | end 9/8
27 | Forced IMPAIRED        |              | run 1 3 4 5                                              | IMPAIRED rest     | end 9/8
29 | Forced DISCONTINUED    |              | run 1 3 4 5                                              | DISCONTINUED rest | end 9/9
30 | Forced CLOSED          |              | run 1 3 4 5                                              | CLOSED rest       | end 9/9
31 | Forced DISABLED        |              | run 1 3 4 5                                              | DISABLED rest     | end 9/9
28 | Forced RECONNECTED     |              | run 1 3 4 5                                              | RECONNECTED rest  | end 9/9
19 | Forced DENIED          |              | run 1 3 4 5                                              | DENIED rest       | end 8/1
15 | Forced EXPIRED         |              | run 3                                                    | EXPIRED rest      | end 9/3
14 | Forced REJECTED        |              | run 3                                                    | REJECTED rest     | end 8/2
21 | Forced LOCKED          |              | run 1 3 4 5                                              | LOCKED rest       | end 9/4
22 | Forced IMPEDED         |              | run 1 3 4 5                                              | IMPEDED rest      | end 9/5
23 | Forced FAILED          |              | run 1 3 4 5                                              | FAILED rest       | end 9/6
 - | Forced CONNECTED       |              |                                                          | =                 | -
";

struct Row {
    event: &'static str,
    given: &'static str,
    from: &'static str,
    member: &'static str,
    job: &'static str,
    line: &'static str,
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, event, given, from, member, job] = cells[..] else { panic!("{line}") };
        Row { event, given, from, member, job, line }
    };
    TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with("   |")).map(row).collect()
}

/// Every state a member can be in: at rest in each status that rests, and each pair that runs.
fn states() -> Vec<(Option<C>, Option<JobStatus>)> {
    let moves = |status: &Option<C>| matches!(status, Some(C::Challenged | C::Resumed | C::Delayed));
    let mut states: Vec<_> =
        every_status().filter(|status| !moves(status)).map(|status| (status, None)).collect();
    for status in [C::Created, C::Connected, C::Reconnected, C::Updated, C::Delayed, C::Resumed] {
        let jobs = JobStatus::ALL.iter().filter(|job| !job.is_final() && **job != JobStatus::Challenged);
        states.extend(jobs.map(|job| (Some(status), Some(*job))));
    }
    states.push((Some(C::Challenged), Some(JobStatus::Challenged)));
    states
}

fn matches(from: &str, (status, job): (Option<C>, Option<JobStatus>)) -> bool {
    let has = |names: &str| names.split(' ').any(|word| word == name(status));
    match (from.split_once(' '), job) {
        (Some(("rest", names)), None) => {
            names.strip_prefix("but").map_or_else(|| has(names), |names| !has(names))
        }
        (Some(("run", codes)), Some(job)) => {
            let (names, codes) = codes.split_once(": ").unwrap_or((name(status), codes));
            has(names) && codes.split(' ').any(|code| code == job.code().to_string())
        }
        _ => false,
    }
}

fn event(text: &str) -> Event {
    let (head, rest) = text.split_once(' ').unwrap_or((text, ""));
    let skip_aggregation = rest == "skip";
    let asked = |by| Event::AskJob { kind: JobKind::Aggregation, by };
    match (head, rest) {
        ("ConsentGiven", _) => Event::ConsentGiven { skip_aggregation },
        ("ConsentFailed", _) => Event::ConsentFailed,
        ("PendingOld", _) => Event::PendingOld,
        ("AskJob", "Call") => asked(AskedBy::Call),
        ("AskJob", "Session") => asked(AskedBy::Session),
        ("AskJob", "Background") => asked(AskedBy::Background),
        ("Take", _) => Event::Take,
        ("DelayedDue", _) => Event::DelayedDue,
        ("Challenge", _) => Event::Challenge,
        ("Answered", _) => Event::Answered { by_update: !rest.is_empty() },
        ("AnswerRefused", _) => Event::AnswerRefused,
        ("AnswerTooLate", _) => Event::AnswerTooLate,
        ("ChallengeExpired", _) => Event::ChallengeExpired,
        ("Authenticated", _) => Event::Authenticated,
        ("Fetched", _) => Event::Fetched,
        ("Stored", _) => Event::Stored { nothing_found: !rest.is_empty() },
        ("CredentialsRefused", _) => Event::CredentialsRefused,
        ("Locked", _) => Event::Locked,
        ("Impeded", _) => Event::Impeded,
        ("Failed", _) => Event::Failed { timed_out: false },
        ("TimedOut", _) => Event::Failed { timed_out: true },
        ("Sweep", _) => Event::Sweep,
        ("UpdateCredentials", _) => Event::UpdateCredentials { skip_aggregation },
        ("Impaired", _) => Event::Impaired,
        ("MovedConnector", _) => Event::MovedConnector,
        ("Retired", _) => Event::Retired,
        ("Closed", _) => Event::Closed,
        ("Disabled", _) => Event::Disabled(Cause::User),
        ("Enabled", _) => Event::Enabled(Cause::User),
        ("Deleted", _) => Event::Deleted,
        ("Forced", word) => Event::Forced(C::from_name(word).unwrap()),
        _ => panic!("{text}"),
    }
}

/// Rows in that state, twenty days after the creation: one success a day ago, the job taken twenty minutes ago.
fn given(
    text: &str,
    (status, job): (Option<C>, Option<JobStatus>),
    now: Timestamp,
) -> (MemberState, Option<JobState>) {
    let before = |micros: i64| Some(now.plus_micros(-micros));
    let mut member = resting(status, now.plus_micros(-20 * DAY));
    member.is_being_aggregated = job.is_some();
    member.successfully_aggregated_at = before(DAY);
    let mut job = job.map(|status| JobState { status, ..JobState::new(JobKind::Aggregation, false) });
    if let Some(job) = job.as_mut().filter(|job| job.status != JobStatus::Initiated) {
        (job.started_at, job.takes) = (before(20 * MINUTE), 1);
    }
    if let Some(job) = job.as_mut().filter(|job| job.status == JobStatus::Challenged) {
        (job.challenged_at, job.challenge_expires_at) = (before(16 * MINUTE), before(MINUTE));
    }
    for word in text.split(", ").filter(|word| !word.is_empty()) {
        match (word, job.as_mut()) {
            ("oauth", _) => member.is_oauth = true,
            ("14 days", _) => member.successfully_aggregated_at = None,
            ("updated", _) => member.update_while_running = UpdateWhileRunning::Restart,
            ("updated skip", _) => member.update_while_running = UpdateWhileRunning::Skip,
            ("was LOCKED", _) => {
                member.former_status = Some(C::Locked);
                member.disabled_by = Causes::NONE.with(Cause::User);
            }
            ("in time", Some(job)) => job.challenge_expires_at = Some(now.plus_micros(1)),
            ("3 retakes", Some(job)) if job.takes > 0 => job.takes = 4,
            ("in time" | "3 retakes", _) => {}
            _ => match word.split_once(' ').unwrap() {
                ("denials", count) => member.denials = count.parse().unwrap(),
                ("failures", count) => member.failures = count.parse().unwrap(),
                _ => panic!("{word}"),
            },
        }
    }
    (member, job)
}

/// The transition in the words of the table.
fn shown(before: &MemberState, transition: &Transition) -> (String, String) {
    let run = if transition.member.is_being_aggregated { "run" } else { "rest" };
    let status = if transition.member.status == before.status { "=" } else { name(transition.member.status) };
    let ended = transition.job.map(|job| match (job.status.is_final(), job.error) {
        (false, _) => job.status.code().to_string(),
        (true, None) => format!("end {}", job.status.code()),
        (true, Some(error)) => format!("end {}/{}", job.status.code(), error.code()),
    });
    let new = transition.new_job.map(|_| "new".to_owned());
    let job: Vec<String> = ended.into_iter().chain(new).collect();
    (format!("{status} {run}"), if job.is_empty() { "-".to_owned() } else { job.join(" ") })
}

#[test]
fn every_row_from_every_state() {
    let now = Timestamp::from_seconds(1_700_000_000);
    let rows = rows();
    for row in &rows {
        for state in states() {
            let (member, job) = given(row.given, state, now);
            let result = apply(&member, job.as_ref(), &event(row.event), &Settings::default(), now);
            let same = |other: &&Row| {
                (other.event, other.given) == (row.event, row.given) && matches(other.from, state)
            };
            let Some(expected) = rows.iter().find(same) else {
                assert!(result.is_err(), "{} | from {state:?}: {result:?}", row.line);
                continue;
            };
            let transition =
                result.unwrap_or_else(|refusal| panic!("{} | from {state:?}: {refusal}", expected.line));
            let (member_shown, job_shown) = shown(&member, &transition);
            let (target, run) = expected.member.split_once(' ').unwrap();
            let wanted =
                if target == name(member.status) { format!("= {run}") } else { expected.member.to_owned() };
            assert_eq!(member_shown, wanted, "{} | from {state:?}", expected.line);
            assert_eq!(job_shown, expected.job, "{} | from {state:?}", expected.line);
            let ended = transition.job.filter(|job| job.status.is_final());
            assert!(
                ended.is_none_or(|job| job.finished_at == Some(now) && job.challenge_expires_at.is_none())
            );
        }
    }
}
