//! Random histories through the whole service, on both databases: after every call each member, each job and each
//! list of challenges is what the model says. Many users live in one application, each with a history of its own;
//! only time is common to them.
//!
//! `TRIBUTARY_HISTORIES` says how many histories; a difference is shown with its seed and the shortest history that
//! still has it.
use super::{
    bank::Connection,
    dice::Dice,
    model::Job,
    user::{Answer, Op, PLACES, User, login},
};
use crate::support::nobody;
use domain::{
    enums::{ConnectionStatus as C, JobKind},
    env::Clock,
    time::Timestamp,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashSet},
    fmt::Debug,
    sync::Mutex,
    time::Duration,
};
use testkit::{
    App, Request,
    app::{Session, Setup},
};

/// Histories where nothing else is said.
const HISTORIES: usize = 200;
/// Users of one application.
const USERS: usize = 100;
/// Calls of one history.
const CALLS: usize = 10;
/// Applications at work at the same time: more than cores, because a database is waited for.
const THREADS: usize = 4;
/// A small institution: two accounts, which can be verified and identified, and have no extended history.
const INSTITUTION: &str = "sandbox_ca";
const LOGIN: &str = "CRD-10000001-0d92-4b6f-a4e3-19f86b2d705c";
const PASSWORD: &str = "CRD-10000002-0d92-4b6f-a4e3-19f86b2d705c";

/// A user of the service, and the model beside it.
struct Player<'a> {
    app: &'a App,
    id: String,
    session: Session,
    model: User,
    /// By place: the member's guid, and those of its jobs.
    guids: [(String, Vec<String>); PLACES],
    last: Option<Answer>,
    /// Jobs that ended and were compared: nothing comes after the end.
    ended: HashSet<String>,
}

impl<'a> Player<'a> {
    async fn new(app: &'a App, id: &str) -> Self {
        let user = app.user(id).await;
        let session = app.session(&user).await;
        Self {
            app,
            id: id.to_owned(),
            session,
            model: User::default(),
            guids: <_>::default(),
            last: None,
            ended: HashSet::new(),
        }
    }

    fn now(&self) -> i64 {
        self.app.clock.now().as_micros()
    }

    /// Makes a call, and compares what it answers and everything that can be read afterwards.
    async fn play(&mut self, op: Op) -> Result<(), String> {
        if self.model.is_left_out(op) {
            return Ok(());
        }
        let seen = self.send(op).await;
        let wanted = self.model.call(op, self.now());
        self.last = Some(wanted);
        same("answer", &seen, &wanted)?;
        let nothing_happened = self.model.is_disabled || op == Op::Wait(0);
        if nothing_happened { Ok(()) } else { self.compare(op).await }
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each call")]
    async fn send(&mut self, op: Op) -> Answer {
        let app = self.app;
        let member = |place: usize| match self.guids[place].0.as_str() {
            "" => nobody("MBR"),
            guid => guid.to_owned(),
        };
        let request = match op {
            Op::Wait(_) => return (200, 0),
            Op::Restrict(restrict) => {
                self.restrict(restrict).await;
                return (200, 0);
            }
            Op::OpenSession { skip } => return self.open_session(skip).await,
            Op::Disable(disable) => {
                let body = json!({"user": {"is_disabled": disable}});
                let path = format!("/live/partner/users/{}", self.id);
                let answer = app.put(&path).key().json(body).send().await;
                if !disable && self.model.is_disabled {
                    assert_eq!(self.open_session(true).await, (200, 0));
                }
                return (answer.status, 0);
            }
            Op::Create { place, password, is_stranger, skip, transactions } => {
                let known_as = self.model.members[place].as_ref().map(|c| c.known_as.clone());
                let login = known_as.unwrap_or_else(|| login(place, is_stranger));
                let credentials = [(LOGIN, login.as_str()), (PASSWORD, password)];
                let body = json!({"member": {
                    "institution_code": INSTITUTION, "credentials": given(&credentials),
                    "skip_aggregation": skip, "include_transactions": transactions,
                    "background_aggregation_is_disabled": true,
                }});
                app.post("/members").json(body)
            }
            Op::Update { place, password, with_login, skip } => {
                let login = login(place, false);
                let mut credentials = vec![(PASSWORD, password)];
                credentials.extend(with_login.then_some((LOGIN, login.as_str())));
                let body = json!({"member": {
                    "credentials": given(&credentials), "skip_aggregation": skip, "include_transactions": false,
                }});
                app.put(&format!("/members/{}", member(place))).json(body)
            }
            Op::Answer { place, answers, by_update } => self.answer(&member(place), answers, by_update).await,
            Op::AnswerToNothing { place } => resume(app, &member(place), &[]),
            Op::AnswerToAnother { place } => resume(app, &member(place), &[(&nobody("CRD"), "correct")]),
            Op::AnswerNot { place } => {
                let open = self.challenges(&member(place)).await;
                let first = open.first().map_or_else(|| nobody("CRD"), |c| text(c, "guid"));
                resume(app, &member(place), &[(&first, "")])
            }
            Op::Aggregate { place, transactions, holdings } => app.get(&format!(
                "/members/{}/aggregate?include_transactions={transactions}&include_holdings={holdings}",
                member(place)
            )),
            Op::AggregateAll => {
                app.post("/members/aggregate?include_transactions=false&include_holdings=false")
            }
            Op::CheckBalance { place } => app.post(&format!("/members/{}/check_balance", member(place))),
            Op::Premium { place, kind, transactions } => {
                let path = match kind {
                    JobKind::Verification => "verify",
                    JobKind::Identification => "identify",
                    _ => "extend_history",
                };
                let request = app.post(&format!("/members/{}/{path}", member(place)));
                if transactions { request.json(json!({"include_transactions": true})) } else { request }
            }
            Op::Delete { place } => app.delete(&format!("/members/{}", member(place))),
        };
        let answer = request.token(&self.session.token).send().await;
        let body: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
        match op {
            Op::Create { place, .. } if answer.status == 200 => {
                self.guids[place] = (text(&body["member"], "guid"), Vec::new());
            }
            Op::Delete { place } if answer.status == 204 => self.guids[place] = <_>::default(),
            _ => {}
        }
        (answer.status, u16::try_from(body["error"]["code"].as_u64().unwrap_or(0)).unwrap())
    }

    async fn answer(&self, member: &str, answers: [&str; 3], by_update: bool) -> Request<'a> {
        let open = self.challenges(member).await;
        let guids: Vec<String> = open.iter().map(|c| text(c, "guid")).collect();
        let answers: Vec<(&str, &str)> = guids.iter().map(String::as_str).zip(answers).collect();
        match (by_update, answers.is_empty()) {
            (_, true) => resume(self.app, member, &[(&nobody("CRD"), "correct")]),
            (false, _) => resume(self.app, member, &answers),
            (true, _) => {
                let body = json!({"member": {"credentials": given(&answers)}});
                self.app.put(&format!("/members/{member}")).json(body)
            }
        }
    }

    async fn challenges(&self, member: &str) -> Vec<Value> {
        let path = format!("/members/{member}/challenges");
        let answer = self.app.get(&path).token(&self.session.token).send().await;
        let body: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
        body["challenges"].as_array().cloned().unwrap_or_default()
    }

    async fn restrict(&self, is_restricted: bool) {
        let engine = self.app.engine();
        let user = engine.user_of_client(self.app.client.scope, &self.id).await.unwrap();
        let written = engine.db().write(move |tx| {
            let mut user = tx.user_for_update(user.scope)?.unwrap();
            user.is_restricted = is_restricted;
            tx.update_user(&user)
        });
        let written: store::Result<()> = written.await;
        written.unwrap();
    }

    async fn open_session(&mut self, skip: bool) -> Answer {
        let path = format!("/sso/partner/users/{}/api_token", self.id);
        let answer = self.app.get(&path).key().send().await;
        if answer.status != 200 {
            let code = answer.json()["error"]["code"].as_u64().unwrap();
            return (answer.status, u16::try_from(code).unwrap());
        }
        let token = text(&answer.json()["api_token"], "token");
        let body = json!({"session": {"skip_aggregation": skip}});
        let opened = self.app.post("/sessions").api_token(&token).json(body).ok().await;
        self.session = Session { token: text(&opened["session"], "token") };
        (200, 0)
    }

    async fn compare(&mut self, op: Op) -> Result<(), String> {
        let now = self.now();
        let body = self.app.get("/members").token(&self.session.token).ok().await;
        let listed = body["members"].as_array().unwrap();
        let guids: Vec<String> = listed.iter().map(|m| text(m, "guid")).collect();
        let wanted: Vec<String> = self.model.order.iter().map(|p| self.guids[*p].0.clone()).collect();
        same("members", &guids, &wanted)?;
        for (place, shown) in self.model.order.clone().into_iter().zip(listed) {
            let connection = self.model.members[place].clone().unwrap();
            let what = format!("member of place {place}");
            same(&what, &seen_member(shown), &wanted_member(&connection))
                .map_err(|e| format!("{e}\n{shown}"))?;
            self.compare_jobs(place, &connection, shown).await?;
            if op.place() == Some(place) {
                let path = format!("/members/{}", self.guids[place].0);
                let read = self.app.get(&path).token(&self.session.token).ok().await;
                same("the member, listed and read", shown, &read["member"])?;
            }
            let is_asked = connection.member.job_in(&[2]);
            if is_asked || op.place() == Some(place) {
                let open = self.challenges(&self.guids[place].0).await;
                let types: Vec<String> = open.iter().map(|c| text(c, "type")).collect();
                same("challenges", &types, &connection.open(now).iter().map(ToString::to_string).collect())?;
            }
        }
        Ok(())
    }

    /// The guids of jobs are new ones, and the last two jobs are as they should be.
    async fn compare_jobs(&mut self, place: usize, wanted: &Connection, shown: &Value) -> Result<(), String> {
        let (member, known) = &mut self.guids[place];
        let recent = shown["most_recent_job_guid"].as_str();
        let jobs = &wanted.member.jobs;
        if let Some(guid) = recent.filter(|guid| !known.iter().any(|k| k == guid)) {
            // One that began and was replaced between two looks was never seen.
            let unseen = (jobs.len() - 1).saturating_sub(known.len());
            known.extend(std::iter::repeat_n(String::new(), unseen));
            known.push(guid.to_owned());
        }
        same("jobs", &known.len(), &jobs.len())?;
        same("most recent job", &recent, &known.last().map(String::as_str))?;
        let (seen, mut ended) = (&self.ended, Vec::new());
        let unread = |guid: &String| !guid.is_empty() && !seen.contains(guid);
        for (guid, job) in known.iter().zip(jobs).rev().take(2).filter(|(guid, _)| unread(guid)) {
            let read = self.app.get(&format!("/jobs/{guid}")).token(&self.session.token).ok().await;
            let job_shown = &read["job"];
            same("job of its member", &text(job_shown, "member_guid"), member)?;
            same("job", &seen_job(job_shown), &wanted_job(job)).map_err(|e| format!("{e}\n{job_shown}"))?;
            ended.extend((job.status >= 6).then(|| guid.clone()));
        }
        self.ended.extend(ended);
        Ok(())
    }
}

type MemberShown = (Option<String>, Option<u64>, bool, bool, i64, Option<String>, Option<String>, bool);

fn seen_member(shown: &Value) -> MemberShown {
    let text = |key: &str| shown[key].as_str().map(str::to_owned);
    (
        text("connection_status"),
        shown["connection_status_id"].as_u64(),
        shown["is_being_aggregated"] == true,
        shown["needs_updated_credentials"] == true,
        shown["revision"].as_i64().unwrap(),
        text("aggregated_at"),
        text("successfully_aggregated_at"),
        shown["is_oauth"] == true,
    )
}

fn wanted_member(connection: &Connection) -> MemberShown {
    let member = &connection.member;
    (
        member.status.map(|status| status.name().to_owned()),
        member.status.map(|status| status.code().into()),
        member.runs(),
        member.is(&[C::Denied, C::Prevented, C::Imported, C::Impaired]),
        member.revision,
        member.aggregated.map(spelled),
        member.succeeded.map(spelled),
        member.is_oauth,
    )
}

type JobShown = (u64, Option<u64>, bool, String, String, Option<String>, Option<String>);

fn seen_job(shown: &Value) -> JobShown {
    let time = |key: &str| shown[key].as_str().map(str::to_owned);
    (
        shown["status"].as_u64().unwrap(),
        shown["error_message_code"].as_u64(),
        shown["is_authenticated"] == true,
        text(shown, "created_at"),
        text(shown, "updated_at"),
        time("started_at"),
        time("finished_at"),
    )
}

fn wanted_job(job: &Job) -> JobShown {
    (
        job.status.into(),
        job.error.map(u64::from),
        job.is_authenticated,
        spelled(job.created),
        spelled(job.updated),
        job.started.map(spelled),
        job.finished.map(spelled),
    )
}

fn spelled(micros: i64) -> String {
    Timestamp::from_micros(micros).to_z()
}

fn text(object: &Value, key: &str) -> String {
    object[key].as_str().unwrap_or_else(|| panic!("no {key}: {object}")).to_owned()
}

fn given(values: &[(&str, &str)]) -> Value {
    values.iter().map(|(guid, value)| json!({"credential_guid": guid, "value": value})).collect()
}

fn resume<'a>(app: &'a App, member: &str, answers: &[(&str, &str)]) -> Request<'a> {
    let answers: Value = answers.iter().map(|(guid, value)| json!({"guid": guid, "value": value})).collect();
    app.put(&format!("/members/{member}/resume")).json(json!({"challenges": answers}))
}

fn same<T: PartialEq + Debug>(what: &str, seen: &T, wanted: &T) -> Result<(), String> {
    if seen == wanted {
        Ok(())
    } else {
        Err(format!("{what}:\n   {seen:?}, and by the model\n   {wanted:?}"))
    }
}

/// Lets time pass; of no time nothing comes, not even the work that is due.
async fn wait(app: &App, op: Op) {
    if let Op::Wait(micros @ 1..) = op {
        app.pass_micros(micros).await;
    }
}

/// The history of a user: its calls, and the times between them that all users of its application share.
fn history(seed: u64, group: u64) -> Vec<Op> {
    let (mut own, mut common) = (Dice::new(seed), Dice::new(group ^ 0x5eed_0000));
    (0..CALLS).flat_map(|_| [Op::any(&mut own), Op::any_wait(&mut common)]).collect()
}

/// What the histories came past: statuses of members, and error codes.
type Seen = Mutex<BTreeSet<String>>;

/// Plays the histories of a group of users in step; the first difference, and whose it is.
async fn play_together(app: &App, group: u64, seeds: &[u64], seen: &Seen) -> Option<(u64, String)> {
    let mut players = Vec::new();
    for seed in seeds {
        players.push((*seed, history(*seed, group), Player::new(app, &format!("U-{seed}")).await));
    }
    for n in 0..2 * CALLS {
        wait(app, players[0].1[n]).await;
        for (seed, history, player) in &mut players {
            if let Err(text) = player.play(history[n]).await {
                return Some((*seed, text));
            }
            let statuses = player.model.members.iter().flatten().filter_map(|c| c.member.status);
            seen.lock().unwrap().extend(statuses.map(|status| status.name().to_owned()));
            seen.lock().unwrap().extend(player.last.map(|(status, code)| format!("{status}/{code}")));
        }
    }
    None
}

/// Plays one history alone: the first difference, and where.
async fn play_alone(app: &App, id: &str, history: &[Op]) -> Option<(usize, String)> {
    let mut player = Player::new(app, id).await;
    for (n, op) in history.iter().enumerate() {
        wait(app, *op).await;
        if let Err(text) = player.play(*op).await {
            return Some((n, text));
        }
    }
    None
}

/// The shortest history that still shows a difference: what can be left out is left out.
async fn shortest(app: &App, mut history: Vec<Op>) -> Option<(Vec<Op>, String)> {
    let (last, mut text) = play_alone(app, "S", &history).await?;
    history.truncate(last + 1);
    let mut n = 0;
    while n < history.len() {
        let mut shorter = history.clone();
        shorter.remove(n);
        if let Some((last, found)) = play_alone(app, &format!("S-{n}-{}", history.len()), &shorter).await {
            shorter.truncate(last + 1);
            (history, text) = (shorter, found);
        } else {
            n += 1;
        }
    }
    Some((history, text))
}

fn setup() -> Setup {
    let mut setup = Setup::default();
    // Days pass between two calls.
    setup.settings.session_idle = Duration::from_secs(10 * 365 * 86_400);
    setup
}

async fn open(is_postgres: bool) -> Option<App> {
    if is_postgres { App::postgres_with(setup()).await } else { Some(App::sqlite_with(setup()).await) }
}

/// One application with its users.
async fn play_group(is_postgres: bool, group: u64, seeds: &[u64], seen: &Seen) {
    let Some(app) = open(is_postgres).await else { return };
    let Some((whose, text)) = play_together(&app, group, seeds, seen).await else {
        app.finish().await;
        return;
    };
    let history = history(whose, group);
    let fresh = open(is_postgres).await.unwrap();
    match shortest(&fresh, history.clone()).await {
        Some((history, text)) => panic!("seed {whose} of group {group}: {history:#?}\n{text}"),
        None => panic!("seed {whose} of group {group}, not alone: {history:#?}\n{text}"),
    }
}

fn play_all(is_postgres: bool) {
    let wanted = std::env::var("TRIBUTARY_HISTORIES").ok().and_then(|text| text.parse().ok());
    let seeds: Vec<u64> = (0..wanted.unwrap_or(HISTORIES) as u64).collect();
    let groups: Vec<(u64, &[u64])> = (0..).zip(seeds.chunks(USERS)).collect();
    let seen = &Seen::default();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let mine: Vec<(u64, &[u64])> = groups.iter().copied().skip(thread).step_by(THREADS).collect();
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                for (group, seeds) in mine {
                    runtime.block_on(play_group(is_postgres, group, seeds, seen));
                }
            });
        }
    });
    let seen = seen.lock().unwrap();
    if seeds.len() >= 2000 && !seen.is_empty() {
        let statuses = C::ALL.iter().filter(|status| **status != C::Pending).map(|status| status.name());
        let answers = ["200/0", "202/0", "204/0", "400/4001", "400/4002", "400/4003", "401/4011", "403/4031"];
        let more = ["404/4040", "405/4050", "409/4090", "422/4220"];
        let missing: Vec<&str> =
            statuses.chain(answers).chain(more).filter(|what| !seen.contains(*what)).collect();
        assert!(missing.is_empty(), "no history came past {missing:?}");
    }
}

#[test]
fn sqlite() {
    play_all(false);
}

#[test]
fn postgres() {
    play_all(true);
}
