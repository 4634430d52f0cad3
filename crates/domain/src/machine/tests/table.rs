//! Every row of `spec: nexus-core, 10.2` from every state: all 23 statuses (null included), without a job, with an
//! ended one, and with one in each status. What no row names is refused with the contract's words.
use super::*;
use crate::enums::{ConnectionStatus as C, JobStatus as J};

/// `row | event | given | from | member | job | also`, where
/// from: `rest A B` or `rest but A B` (statuses without a running job), `run 1 3` (job statuses), `run A B: 1 3`
/// (both), `any`;
/// member: `=` or the new status, then whether it runs (`=` alone: as before); job: `-`, its new status, `end n/e`,
/// `new`; also: everything else that changes of the member. An event without a `from` has no row.
/// Before: one denial, one failure, one success a day ago, created twenty days ago; the job is a background one.
const TABLE: &str = "
 4 | ConsentGiven           |              | rest PENDING                                             | CREATED run       | new             | oauth
26 | ConsentGiven           |              | rest but null PENDING DISCONTINUED CLOSED DISABLED       | UPDATED run       | new             | oauth denials=0 failures=0
26 | ConsentGiven           |              | rest DISABLED                                            | = rest            | -               | oauth denials=0 failures=0 former=UPDATED
26 | ConsentGiven           |              | run 0                                                    | UPDATED run       | -               | oauth denials=0 failures=0
26 | ConsentGiven           |              | run 1 3 4 5                                              | UPDATED run     | -               | oauth denials=0 failures=0 newer=restart
26 | ConsentGiven           |              | run 2                                                    | UPDATED run       | end 9/9 new     | oauth denials=0 failures=0
 4 | ConsentGiven skip      |              | rest PENDING                                             | CREATED rest      | -               | oauth
26 | ConsentGiven skip      |              | rest but null PENDING DISCONTINUED CLOSED DISABLED       | UPDATED rest      | -               | oauth denials=0 failures=0
26 | ConsentGiven skip      |              | rest DISABLED                                            | = rest            | -               | oauth denials=0 failures=0 former=UPDATED
26 | ConsentGiven skip      |              | run 0                                                    | UPDATED run       | -               | oauth denials=0 failures=0
26 | ConsentGiven skip      |              | run 1 3 4 5                                              | UPDATED run     | -               | oauth denials=0 failures=0 newer=skip
26 | ConsentGiven skip      |              | run 2                                                    | UPDATED rest      | end 9/9         | oauth denials=0 failures=0
 5 | ConsentFailed          |              | any                                                      | =                 | -               |
 6 | PendingOld             |              | rest PENDING                                             | = rest            | -               | purged
 - | PendingOld             | early        |                                                          |                   |                 |
 7 | AskJob Call            |              | rest CREATED CONNECTED RECONNECTED UPDATED               | = run             | new             |
 8 | AskJob Call            |              | rest DENIED REJECTED LOCKED IMPEDED DEGRADED DISCONNECTED FAILED EXPIRED | UPDATED run | new   |
 7 | AskJob Session         |              | rest CREATED CONNECTED RECONNECTED UPDATED               | = run             | new             |
 8 | AskJob Session         |              | rest REJECTED IMPEDED DEGRADED DISCONNECTED FAILED EXPIRED | UPDATED run     | new             |
 7 | AskJob Background      |              | rest CONNECTED                                           | = run             | new background  |
 8 | AskJob Background      |              | rest FAILED DEGRADED IMPEDED DISCONNECTED                | UPDATED run       | new background  |
 9 | Take                   |              | run 0 1 3 4 5                                            | = run             | 1               | began
 9 | Take                   | 3 retakes    | run 0                                                    | = run             | 1               | began
23 | Take                   | 3 retakes    | run 1 3 4 5                                              | FAILED rest       | end 9/6         | failures=2
10 | DelayedDue             |              | run CREATED UPDATED RECONNECTED RESUMED: 1 3 4 5         | DELAYED run       | -               |
 - | DelayedDue             | early        |                                                          |                   |                 |
11 | Challenge              |              | run 1 3 4 5                                              | CHALLENGED run    | 2               |
12 | Answered               | in time      | run 2                                                    | RESUMED run       | 3               |
12 | Answered by update     | in time      | run 2                                                    | UPDATED run       | 3               |
 - | Answered               |              |                                                          |                   |                 |
 - | Answered by update     |              |                                                          |                   |                 |
14 | AnswerRefused          |              | run 3                                                    | REJECTED rest     | end 8/2         |
15 | AnswerTooLate          |              | run 3                                                    | EXPIRED rest      | end 9/3         |
15 | ChallengeExpired       |              | run 2                                                    | EXPIRED rest      | end 9/3         |
 - | ChallengeExpired       | in time      |                                                          |                   |                 |
16 | Authenticated          |              | run 1 3                                                  | CONNECTED run     | 4               | denials=0
17 | Fetched                |              | run 4                                                    | = run             | 5               |
18 | Stored                 |              | run 5                                                    | CONNECTED rest    | end 6           | succeeded throttled failures=0
18 | Stored                 | balance      | run 5                                                    | CONNECTED rest    | end 6           | succeeded failures=0
18 | Stored nothing         | balance      | run 5                                                    | CONNECTED rest    | end 6/1000      | succeeded failures=0
19 | CredentialsRefused     | denials 0    | run 1 3 4 5                                              | DENIED rest       | end 8/1         | denials=1
19 | CredentialsRefused     |              | run 1 3 4 5                                              | DENIED rest       | end 8/1         | denials=2
20 | CredentialsRefused     | denials 2    | run 1 3 4 5                                              | PREVENTED rest    | end 7/1         | denials=3
21 | Locked                 |              | run 1 3 4 5                                              | LOCKED rest       | end 9/4         |
22 | Impeded                |              | run 1 3 4 5                                              | IMPEDED rest      | end 9/5         |
23 | Failed                 | failures 0   | run 1 3 4 5                                              | FAILED rest       | end 9/6         | failures=1
23 | Failed                 |              | run 1 3 4 5                                              | FAILED rest       | end 9/6         | failures=2
24 | Failed                 | failures 2   | run 1 3 4 5                                              | DEGRADED rest     | end 9/6         | failures=3
24 | Failed                 | failures 7   | run 1 3 4 5                                              | DEGRADED rest     | end 9/6         | failures=8
23 | Failed                 | 14 days      | run 1 3 4 5                                              | FAILED rest       | end 9/6         | failures=2
25 | Failed                 | failures 2, 14 days | run 1 3 4 5                                       | DISCONNECTED rest | end 9/6         | failures=3
25 | Failed                 | failures 2, never | run 1 3 4 5                                         | DISCONNECTED rest | end 9/6         | failures=3
23 | TimedOut               |              | run 1 3 4 5                                              | FAILED rest       | end 9/7         | failures=2
 - | TimedOut               | early        |                                                          |                   |                 |
24 | TimedOut               | failures 2   | run 1 3 4 5                                              | DEGRADED rest     | end 9/7         | failures=3
25 | TimedOut               | failures 2, 14 days | run 1 3 4 5                                       | DISCONNECTED rest | end 9/7         | failures=3
25 | Sweep                  | failures 3, 14 days | rest DEGRADED                                     | DISCONNECTED rest | -               |
25 | Sweep                  | failures 3, never | rest DEGRADED                                       | DISCONNECTED rest | -               |
 - | Sweep                  | failures 3, early |                                                     |                   |                 |
26 | UpdateCredentials      |              | rest but null PENDING DISCONTINUED CLOSED DISABLED       | UPDATED run       | new             | denials=0 failures=0
26 | UpdateCredentials      |              | rest DISABLED                                            | = rest            | -               | denials=0 failures=0 former=UPDATED
26 | UpdateCredentials      |              | run 0                                                    | UPDATED run       | -               | denials=0 failures=0
26 | UpdateCredentials      |              | run 1 3 4 5                                              | UPDATED run     | -               | denials=0 failures=0 newer=restart
26 | UpdateCredentials      |              | run 2                                                    | UPDATED run       | end 9/9 new     | denials=0 failures=0
26 | UpdateCredentials skip |              | rest but null PENDING DISCONTINUED CLOSED DISABLED       | UPDATED rest      | -               | denials=0 failures=0
26 | UpdateCredentials skip |              | rest DISABLED                                            | = rest            | -               | denials=0 failures=0 former=UPDATED
26 | UpdateCredentials skip |              | run 0                                                    | UPDATED run       | -               | denials=0 failures=0
26 | UpdateCredentials skip |              | run 1 3 4 5                                              | UPDATED run     | -               | denials=0 failures=0 newer=skip
26 | UpdateCredentials skip |              | run 2                                                    | UPDATED rest      | end 9/9         | denials=0 failures=0
26 | UpdateCredentials      | updated skip | rest but null PENDING DISCONTINUED CLOSED DISABLED       | UPDATED run       | new             | denials=0 failures=0
26 | UpdateCredentials      | updated skip | rest DISABLED                                            | = rest            | -               | denials=0 failures=0 former=UPDATED
26 | UpdateCredentials      | updated skip | run 0                                                    | UPDATED run       | -               | denials=0 failures=0
26 | UpdateCredentials      | updated skip | run 2                                                    | UPDATED run       | end 9/9 new     | denials=0 failures=0
26 | UpdateCredentials      | updated skip | run 1 3 4 5                                              | UPDATED run     | -               | denials=0 failures=0 newer=restart
 - | UpdateCredentials      | oauth        |                                                          |                   |                 |
27 | Impaired               |              | rest CREATED UPDATED CONNECTED FAILED DEGRADED IMPEDED DISCONNECTED RECONNECTED REJECTED EXPIRED LOCKED DENIED | IMPAIRED rest | - |
27 | Impaired               |              | run 0 1 2 3 4 5                                          | IMPAIRED rest     | end 9/8         |
28 | MovedConnector         |              | rest but null PENDING PREVENTED DENIED CLOSED DISABLED IMPORTED IMPAIRED | RECONNECTED rest | - | former=null
28 | MovedConnector         |              | run 0 1 2 3 4 5                                          | RECONNECTED rest | end 9/9 | former=null
29 | Retired                |              | rest but null PENDING CLOSED                             | DISCONTINUED rest | -               | former=null
29 | Retired                |              | run 0 1 2 3 4 5                                          | DISCONTINUED rest | end 9/9         | former=null
30 | Closed                 |              | rest but                                                 | CLOSED rest       | -               | former=null erased
30 | Closed                 |              | run 0 1 2 3 4 5                                          | CLOSED rest       | end 9/9         | former=null erased
31 | Disabled               |              | rest but null PENDING DISABLED                           | DISABLED rest     | -               | former=before
31 | Disabled               |              | rest DISABLED                                            | = rest            | -               |
31 | Disabled               |              | run 0 1 2 3 4 5                                          | DISABLED rest     | end 9/9         | former=UPDATED
31 | Enabled                |              | rest DISABLED                                            | LOCKED rest       | -               | former=null
33 | Deleted                |              | rest but PENDING                                         | = rest            | -               | deleted
33 | Deleted                |              | rest PENDING                                             | = rest            | -               | purged
33 | Deleted                |              | run 0 1 2 3 4 5                                          | = rest            | end 9/9         | deleted
   | section 4: newer credentials wait | | | | |
14 | AnswerRefused          | updated      | run 3                                                    | UPDATED run       | end 8/2 new     |
15 | AnswerTooLate          | updated      | run 3                                                    | UPDATED run       | end 9/3 new     |
15 | ChallengeExpired       | updated      | run 2                                                    | UPDATED run       | end 9/3 new     |
18 | Stored                 | updated      | run 5                                                    | CONNECTED rest    | end 6           | succeeded throttled failures=0
19 | CredentialsRefused     | updated      | run 1 3 4 5                                              | UPDATED run       | end 8/1 new     |
20 | CredentialsRefused     | updated, denials 2 | run 1 3 4 5                                        | UPDATED run       | end 7/1 new     |
21 | Locked                 | updated      | run 1 3 4 5                                              | UPDATED run       | end 9/4 new     |
22 | Impeded                | updated, balance | run 1 3 4 5                                          | UPDATED run       | end 9/5 new     |
23 | Failed                 | updated      | run 1 3 4 5                                              | UPDATED run       | end 9/6 new     |
25 | TimedOut               | updated, failures 2, 14 days | run 1 3 4 5                              | UPDATED run       | end 9/7 new     |
27 | Impaired               | updated      | rest CREATED UPDATED CONNECTED FAILED DEGRADED IMPEDED DISCONNECTED RECONNECTED REJECTED EXPIRED LOCKED DENIED | IMPAIRED rest | - |
27 | Impaired               | updated      | run 0                                                    | IMPAIRED rest     | end 9/8         |
27 | Impaired               | updated      | run 1 2 3 4 5                                            | UPDATED run       | end 9/8 new     |
 9 | Take                   | updated      | run 0 1 3 4 5                                            | = run             | 1               | began newer=none
14 | AnswerRefused          | updated skip | run 3                                                    | UPDATED rest      | end 8/2         |
15 | AnswerTooLate          | updated skip | run 3                                                    | UPDATED rest      | end 9/3         |
15 | ChallengeExpired       | updated skip | run 2                                                    | UPDATED rest      | end 9/3         |
19 | CredentialsRefused     | updated skip | run 1 3 4 5                                              | UPDATED rest      | end 8/1         |
21 | Locked                 | updated skip | run 1 3 4 5                                              | UPDATED rest      | end 9/4         |
22 | Impeded                | updated skip | run 1 3 4 5                                              | UPDATED rest      | end 9/5         |
23 | Failed                 | updated skip | run 1 3 4 5                                              | UPDATED rest      | end 9/6         |
28 | MovedConnector         | updated      | rest but null PENDING PREVENTED DENIED CLOSED DISABLED IMPORTED IMPAIRED | RECONNECTED rest | - | former=null
28 | MovedConnector         | updated      | run 0 1 2 3 4 5                                          | RECONNECTED rest | end 9/9 | former=null
   | sandbox, 2: forced statuses | | | | |
20 | Forced PREVENTED       |              | run 1 3 4 5                                              | PREVENTED rest    | end 7/1         | denials=3
24 | Forced DEGRADED        |              | run 1 3 4 5                                              | DEGRADED rest     | end 9/6         | failures=3
25 | Forced DISCONNECTED    |              | run 1 3 4 5                                              | DISCONNECTED rest | end 9/6         | failures=3
32 | Forced IMPORTED        | updated      | run 1 3 4 5                                              | IMPORTED rest     | end 9/8         | erased
27 | Forced IMPAIRED        |              | run 1 3 4 5                                              | IMPAIRED rest     | end 9/8         |
29 | Forced DISCONTINUED    |              | run 1 3 4 5                                              | DISCONTINUED rest | end 9/9         | former=null
30 | Forced CLOSED          |              | run 1 3 4 5                                              | CLOSED rest       | end 9/9         | former=null erased
31 | Forced DISABLED        |              | run 1 3 4 5                                              | DISABLED rest     | end 9/9         | former=UPDATED
28 | Forced RECONNECTED     |              | run 1 3 4 5                                              | RECONNECTED rest | end 9/9 | former=null
19 | Forced DENIED          |              | run 1 3 4 5                                              | DENIED rest       | end 8/1         | denials=2
15 | Forced EXPIRED         |              | run 3                                                    | EXPIRED rest      | end 9/3         |
14 | Forced REJECTED        |              | run 3                                                    | REJECTED rest     | end 8/2         |
21 | Forced LOCKED          |              | run 1 3 4 5                                              | LOCKED rest       | end 9/4         |
22 | Forced IMPEDED         |              | run 1 3 4 5                                              | IMPEDED rest      | end 9/5         |
23 | Forced FAILED          |              | run 1 3 4 5                                              | FAILED rest       | end 9/6         | failures=2
 - | Forced CONNECTED       |              |                                                          |                   |                 |
 - | Forced CREATED         |              |                                                          |                   |                 |
 - | Forced CHALLENGED      |              |                                                          |                   |                 |
 - | Forced DELAYED         |              |                                                          |                   |                 |
 - | Forced UPDATED         |              |                                                          |                   |                 |
 - | Forced RESUMED         |              |                                                          |                   |                 |
 - | Forced PENDING         |              |                                                          |                   |                 |
";

struct Row {
    event: &'static str,
    given: &'static str,
    from: &'static str,
    member: &'static str,
    job: &'static str,
    also: &'static str,
    line: &'static str,
}

/// A status, and that of the member's most recent job.
type State = (Option<C>, Option<J>);

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, event, given, from, member, job, also] = cells[..] else { panic!("{line}") };
        Row { event, given, from, member, job, also, line }
    };
    TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with("   |")).map(row).collect()
}

/// Every pair that comes about: of all 23 x 11 those left out have a job that runs in a status that never does, or
/// none in one that always does.
fn states() -> impl Iterator<Item = State> {
    let jobs = || std::iter::once(None).chain(J::ALL.iter().copied().map(Some));
    every_status()
        .flat_map(move |status| jobs().map(move |job| (status, job)))
        .filter(|state| comes_about(*state))
}

fn comes_about((status, job): State) -> bool {
    match (status, job.filter(|job| !job.is_final())) {
        (Some(C::Challenged), job) => job == Some(J::Challenged),
        (_, Some(J::Challenged)) | (Some(C::Resumed | C::Delayed), None | Some(J::Initiated)) => false,
        (Some(C::Created | C::Connected | C::Reconnected | C::Updated | C::Resumed | C::Delayed), _) => true,
        (_, job) => job.is_none(),
    }
}

fn matches(from: &str, (status, job): State) -> bool {
    let among = |names: &str| names.split(' ').any(|word| word == name(status));
    let is_meant =
        |names: &str| names.strip_prefix("but").map_or_else(|| among(names), |spared| !among(spared));
    let (how, what) = from.split_once(' ').unwrap_or((from, "but"));
    match (how, job.filter(|job| !job.is_final())) {
        ("any", _) => true,
        ("rest", None) => is_meant(what),
        ("run", Some(job)) => {
            let (whose, codes) = what.split_once(": ").unwrap_or((name(status), what));
            is_meant(whose) && codes.split(' ').any(|code| code == job.code().to_string())
        }
        _ => false,
    }
}

/// The events of a row; a job may be asked for in every kind.
fn events(text: &str) -> Vec<Event> {
    let (head, rest) = text.split_once(' ').unwrap_or((text, ""));
    let by = match rest {
        "Session" => AskedBy::Session,
        "Background" => AskedBy::Background,
        _ => AskedBy::Call,
    };
    let skip_aggregation = rest == "skip";
    vec![match head {
        "AskJob" => return KINDS.map(|kind| Event::AskJob { kind, by }).to_vec(),
        "ConsentGiven" => Event::ConsentGiven { skip_aggregation },
        "ConsentFailed" => Event::ConsentFailed,
        "PendingOld" => Event::PendingOld,
        "Take" => Event::Take,
        "DelayedDue" => Event::DelayedDue,
        "Challenge" => Event::Challenge,
        "Answered" => Event::Answered { by_update: !rest.is_empty() },
        "AnswerRefused" => Event::AnswerRefused,
        "AnswerTooLate" => Event::AnswerTooLate,
        "ChallengeExpired" => Event::ChallengeExpired,
        "Authenticated" => Event::Authenticated,
        "Fetched" => Event::Fetched,
        "Stored" => Event::Stored { nothing_found: !rest.is_empty() },
        "CredentialsRefused" => Event::CredentialsRefused,
        "Locked" => Event::Locked,
        "Impeded" => Event::Impeded,
        "Failed" => Event::Failed { timed_out: false },
        "TimedOut" => Event::Failed { timed_out: true },
        "Sweep" => Event::Sweep,
        "UpdateCredentials" => Event::UpdateCredentials { skip_aggregation },
        "Impaired" => Event::Impaired,
        "MovedConnector" => Event::MovedConnector,
        "Retired" => Event::Retired,
        "Closed" => Event::Closed,
        "Disabled" => Event::Disabled(Cause::User),
        "Enabled" => Event::Enabled(Cause::User),
        "Deleted" => Event::Deleted,
        "Forced" => Event::Forced(C::from_name(rest).unwrap()),
        _ => panic!("{text}"),
    }]
}

fn is_worked_on(job: &JobState) -> bool {
    !job.status.is_final() && job.status != J::Initiated
}

/// Rows in that state; the job was taken twenty minutes ago.
fn given(text: &str, (status, job): State, now: Timestamp) -> (MemberState, Option<JobState>) {
    let before = |micros: i64| Some(now.plus_micros(-micros));
    let mut member = resting(status, now.plus_micros(-20 * DAY));
    member.is_being_aggregated = job.is_some_and(|job| !job.is_final());
    (member.denials, member.failures) = (1, 1);
    member.successfully_aggregated_at = before(DAY);
    member.former_status = Some(C::Locked);
    if status == Some(C::Disabled) {
        member.disabled_by = Causes::NONE.with(Cause::User);
    }
    let mut job = job.map(|status| JobState { status, ..JobState::new(JobKind::Aggregation, true) });
    if let Some(job) = job.as_mut().filter(|job| job.status != J::Initiated) {
        (job.started_at, job.takes, job.waited_micros) = (before(20 * MINUTE), 1, MINUTE);
    }
    if let Some(job) = job.as_mut().filter(|job| job.status == J::Challenged) {
        (job.challenged_at, job.challenge_expires_at) = (before(16 * MINUTE), before(MINUTE));
    }
    for word in text.split(", ").filter(|word| !word.is_empty()) {
        match (word, job.as_mut()) {
            ("oauth", _) => member.is_oauth = true,
            ("14 days", _) => member.successfully_aggregated_at = before(14 * DAY),
            ("never", _) => member.successfully_aggregated_at = None,
            ("updated", Some(job)) if is_worked_on(job) => {
                member.update_while_running = UpdateWhileRunning::Restart;
            }
            ("updated skip", Some(job)) if is_worked_on(job) => {
                member.update_while_running = UpdateWhileRunning::Skip;
            }
            ("balance", Some(job)) => job.kind = JobKind::Balance,
            ("in time", Some(job)) => job.challenge_expires_at = Some(now.plus_micros(1)),
            ("3 retakes", Some(job)) if job.takes > 0 => job.takes = 4,
            ("early", job) => {
                member.created_at = now.plus_micros(1 - HOUR);
                if let Some(job) = job.filter(|job| job.started_at.is_some()) {
                    job.started_at = before(MINUTE - 1);
                }
            }
            ("in time" | "3 retakes" | "balance" | "updated" | "updated skip", _) => {}
            _ => match word.split_once(' ').unwrap() {
                ("denials", count) => member.denials = count.parse().unwrap(),
                ("failures", count) => member.failures = count.parse().unwrap(),
                _ => panic!("{word}"),
            },
        }
    }
    (member, job)
}

/// The transition that the row describes, every field.
fn expected(
    row: &Row,
    (before, job): (MemberState, Option<JobState>),
    kind: JobKind,
    now: Timestamp,
) -> Transition {
    let running = job.filter(|job| !job.status.is_final());
    let mut wanted = Transition {
        member: before,
        job: row.job.split(" new").next().and_then(|cell| job_after(cell, running?, now)),
        new_job: None,
        erase_credentials: false,
        fate: Fate::Kept,
    };
    if row.job.contains("new") {
        let kind = wanted.job.map_or(kind, |ended| ended.kind);
        wanted.new_job = Some(JobState::new(kind, row.job.contains("background")));
    }
    let member = &mut wanted.member;
    let (target, run) = row.member.split_once(' ').unwrap_or((row.member, ""));
    if target != "=" {
        member.status = status(target);
    }
    if !run.is_empty() {
        member.is_being_aggregated = run == "run";
    }
    if run == "rest" || row.job.starts_with("end") {
        member.update_while_running = UpdateWhileRunning::None;
    }
    for word in row.also.split_whitespace() {
        match word.split_once('=').unwrap_or((word, "")) {
            ("oauth", _) => member.is_oauth = true,
            ("began", _) => member.aggregated_at = Some(now),
            ("succeeded", _) => member.successfully_aggregated_at = Some(now),
            ("throttled", _) => member.completed_aggregation_started_at = running.unwrap().started_at,
            ("denials", count) => member.denials = count.parse().unwrap(),
            ("failures", count) => member.failures = count.parse().unwrap(),
            ("newer", "restart") => member.update_while_running = UpdateWhileRunning::Restart,
            ("newer", "skip") => member.update_while_running = UpdateWhileRunning::Skip,
            ("newer", _) => member.update_while_running = UpdateWhileRunning::None,
            ("former", "before") => member.former_status = before.status,
            ("former", name) => member.former_status = status(name),
            ("erased", _) => wanted.erase_credentials = true,
            ("deleted", _) => wanted.fate = Fate::Deleted,
            ("purged", _) => wanted.fate = Fate::Purged,
            _ => panic!("{word}"),
        }
    }
    wanted.member.disabled_by = match (wanted.member.status, row.event) {
        (Some(C::Disabled), "Forced DISABLED") => Causes::NONE.with(Cause::Bank),
        (Some(C::Disabled), _) => Causes::NONE.with(Cause::User),
        _ => Causes::NONE,
    };
    wanted
}

/// The running job after what the cell says; `None` where it does not change.
fn job_after(cell: &str, job: JobState, now: Timestamp) -> Option<JobState> {
    let asked = |challenged_at, challenge_expires_at| JobState { challenged_at, challenge_expires_at, ..job };
    let waited = job.challenged_at.map_or(0, |since| now.micros_since(since));
    Some(match cell {
        "-" | "new" => return None,
        "1" => JobState {
            status: J::Requested,
            started_at: Some(now),
            takes: job.takes + 1,
            answered_at: None,
            waited_micros: 0,
            ..job
        },
        "2" => JobState { status: J::Challenged, ..asked(Some(now), Some(now.plus_micros(15 * MINUTE))) },
        "3" => JobState {
            status: J::Received,
            answered_at: Some(now),
            waited_micros: job.waited_micros + waited,
            ..asked(None, None)
        },
        "4" => JobState { status: J::Transferred, is_authenticated: true, ..job },
        "5" => JobState { status: J::Processed, ..job },
        _ => {
            let (code, error) =
                cell.strip_prefix("end ").unwrap().split_once('/').unwrap_or((&cell[4..], ""));
            JobState {
                status: J::from_code(code.parse().unwrap()).unwrap(),
                error: error.parse().ok().and_then(JobError::from_code),
                finished_at: Some(now),
                ..asked(None, None)
            }
        }
    })
}

/// How an event is refused that has no row from this state.
fn is_refused_rightly(event: Event, refusal: Refusal, is_early: bool) -> bool {
    match event {
        Event::AskJob { .. } => matches!(refusal, Refusal::Start(_)),
        Event::UpdateCredentials { .. } | Event::ConsentGiven { .. } => {
            refusal == Refusal::CredentialsCannotBeUpdated
        }
        Event::Answered { .. } => refusal == Refusal::NotChallenged,
        _ => refusal == if is_early { Refusal::NotDue } else { Refusal::OutOfState },
    }
}

#[test]
fn every_row_from_every_state() {
    let now = Timestamp::from_seconds(1_700_000_000);
    let rows = rows();
    for row in &rows {
        let same = |other: &&Row, state| {
            (other.event, other.given) == (row.event, row.given) && matches(other.from, state)
        };
        let in_time = |other: &&Row, state| other.event == row.event && matches(other.from, state);
        for (state, event) in
            states().flat_map(|state| events(row.event).into_iter().map(move |e| (state, e)))
        {
            let before = given(row.given, state, now);
            let result = apply(&before.0, before.1.as_ref(), &event, &Settings::default(), now);
            let kind = if let Event::AskJob { kind, .. } = event { kind } else { JobKind::Aggregation };
            match (rows.iter().find(|other| same(other, state)), result) {
                (Some(row), result) => {
                    let wanted = expected(row, before, kind, now);
                    assert_eq!(result, Ok(wanted), "{} | from {state:?}", row.line);
                    let job = wanted.new_job.or(wanted.job).or(before.1).map(|job| job.status);
                    let is_gone = wanted.fate != Fate::Kept;
                    assert!(is_gone || comes_about((wanted.member.status, job)), "{} | {state:?}", row.line);
                }
                (None, Err(refusal)) => {
                    let is_early = matches!(row.given, "early" | "in time" | "failures 3, early")
                        && rows.iter().any(|other| in_time(&other, state));
                    let is_right = is_refused_rightly(event, refusal, is_early);
                    assert!(is_right, "{} | from {state:?}: {refusal:?}", row.line);
                }
                (None, Ok(done)) => panic!("{} | from {state:?}: {done:?}", row.line),
            }
        }
    }
}

#[test]
fn the_table_has_every_event() {
    let mut names: Vec<&str> = rows().iter().map(|row| row.event).collect();
    names.dedup();
    let forced = C::ALL.iter().all(|status| names.contains(&format!("Forced {}", status.name()).as_str()));
    assert!(forced, "a status without a word is refused");
    let mut rows: Vec<&str> =
        TABLE.lines().filter_map(|line| line.split('|').next()).map(str::trim).collect();
    rows.retain(|row| row.parse::<u8>().is_ok());
    let missing: Vec<u8> = (4..=33).filter(|row| !rows.contains(&row.to_string().as_str())).collect();
    assert_eq!(missing, [13], "row 13 is row 11 of a later round; 1 to 3 are creations");
}
