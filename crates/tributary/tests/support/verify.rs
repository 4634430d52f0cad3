//! What a server that was started again must show.
use crate::{
    http::{Answer, Client},
    model::User,
    server::KEY,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One advance of the clock: longer than a challenge waits for its answer and a job may take.
const ADVANCE_SECONDS: u32 = 960;
/// Advances after which every job must have ended: a job that times out may be followed by another.
const ADVANCES_MAX: u32 = 5;

/// Looks at the server as the partner and as its users.
pub(crate) struct Verifier(pub(crate) Client);

impl Verifier {
    fn send(&mut self, method: &str, path: &str, header: (&str, &str), body: Option<&Value>) -> Answer {
        self.0.send(method, path, &[header], body).unwrap()
    }

    fn ok(&mut self, method: &str, path: &str, header: (&str, &str), body: Option<&Value>) -> Value {
        let answer = self.send(method, path, header, body);
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
        answer.body
    }

    /// Every user is there as acknowledged; those that are gone get no session.
    pub(crate) fn users(&mut self, users: &mut [User]) {
        for user in users {
            let key = ("md-api-key", KEY);
            let answer = self.send("GET", &format!("/live/sandbox/users/{}", user.id), key, None);
            let metadata = answer.body["user"]["metadata"].as_str().map(str::to_owned);
            assert!(matches!(answer.status, 200 | 404), "{}", answer.body);
            assert!(user.metadata.may_be(&metadata), "{} has {metadata:?}: {user:?}", user.id);
            user.metadata.sent(metadata.clone());
            user.metadata.acknowledged();
            if metadata.is_none() {
                user.session = None;
            }
        }
    }

    /// Sessions that were opened are open.
    pub(crate) fn sessions(&mut self, users: &[User]) {
        for (user, token) in users.iter().filter_map(|user| Some((user, user.session.as_deref()?))) {
            let read = self.ok("GET", "/user", ("md-session-token", token), None);
            assert_eq!(read["user"]["external_guid"], user.id);
        }
    }

    /// A session of a user that is there.
    fn session(&mut self, user: &User) -> Option<String> {
        if user.metadata.may_be(&None) {
            return None;
        }
        let path = format!("/sso/sandbox/users/{}/api_token", user.id);
        let token = self.ok("GET", &path, ("md-api-key", KEY), None);
        let token = token["api_token"]["token"].as_str().unwrap();
        let skip = json!({"session": {"skip_aggregation": true}});
        let session = self.ok("POST", "/sessions", ("md-api-token", token), Some(&skip));
        Some(session["session"]["token"].as_str().unwrap().to_owned())
    }

    /// Every member is there once and as acknowledged, and asks nothing that was answered.
    pub(crate) fn members(&mut self, users: &mut [User]) {
        for user in users {
            let Some(token) = self.session(user) else { continue };
            let token = ("md-session-token", token.as_str());
            let listed = self.ok("GET", "/members", token, None);
            let listed = listed["members"].as_array().unwrap();
            let names: Vec<&str> = listed.iter().map(|m| m["external_guid"].as_str().unwrap()).collect();
            assert_unique(&names, &user.id);
            let known: BTreeSet<&str> = user.members.iter().map(|member| member.name.as_str()).collect();
            assert!(names.iter().all(|name| known.contains(name)), "{}: {names:?}", user.id);
            for member in &mut user.members {
                let found = listed.iter().find(|m| m["external_guid"] == member.name.as_str());
                let metadata = found.map(|m| m["metadata"].as_str().unwrap().to_owned());
                assert!(member.metadata.may_be(&metadata), "{metadata:?}: {member:?}");
                member.metadata.sent(metadata);
                member.metadata.acknowledged();
                let Some(found) = found else { continue };
                let guid = found["guid"].as_str().unwrap();
                assert!(member.guid.is_none() || member.guid.as_deref() == Some(guid), "{guid}: {member:?}");
                member.jobs.extend(found["most_recent_job_guid"].as_str().map(str::to_owned));
                let open = self.ok("GET", &format!("/members/{guid}/challenges"), token, None);
                let is_open = |c: &Value| member.answered.contains(c["guid"].as_str().unwrap());
                assert!(!open["challenges"].as_array().unwrap().iter().any(is_open), "{open}: {member:?}");
            }
        }
    }

    /// Lets time pass until every job has ended.
    pub(crate) fn jobs_end(&mut self, users: &[User]) {
        let mut open = vec![String::new()];
        for _ in 0..ADVANCES_MAX {
            let advance = json!({"seconds": ADVANCE_SECONDS});
            let answer = self.send("POST", "/sandbox/clock/advance", ("md-api-key", KEY), Some(&advance));
            assert!(matches!(answer.status, 200 | 202), "{}", answer.body);
            if answer.status == 202 {
                // It goes on by itself, and this waits for it.
                self.ok("POST", "/sandbox/settle", ("md-api-key", KEY), None);
            }
            open = self.open_jobs(users);
            if open.is_empty() {
                break;
            }
        }
        assert!(open.is_empty(), "jobs that do not end: {open:#?}");
    }

    fn open_jobs(&mut self, users: &[User]) -> Vec<String> {
        let mut open = Vec::new();
        for user in users {
            let Some(token) = self.session(user) else { continue };
            let token = ("md-session-token", token.as_str());
            for job in user.members.iter().flat_map(|member| &member.jobs) {
                let job = self.ok("GET", &format!("/jobs/{job}"), token, None);
                if job["job"]["finished_at"].is_null() {
                    open.push(job.to_string());
                }
            }
            let listed = self.ok("GET", "/members", token, None);
            let running =
                listed["members"].as_array().unwrap().iter().filter(|m| m["is_being_aggregated"] == true);
            open.extend(running.map(Value::to_string));
        }
        open
    }

    /// Accounts and transactions of every member are there once; how many transactions there are.
    pub(crate) fn data(&mut self, users: &[User]) -> usize {
        let mut count = 0;
        for user in users {
            let Some(token) = self.session(user) else { continue };
            let token = ("md-session-token", token.as_str());
            for member in user.members.iter().filter(|member| !member.metadata.may_be(&None)) {
                let Some(guid) = &member.guid else { continue };
                let list = self.ok("GET", &format!("/members/{guid}/accounts"), token, None);
                let accounts = list["accounts"].as_array().unwrap();
                assert_unique(&ids(accounts), guid);
                let path = format!("/members/{guid}/transactions?records_per_page=1000&from_date=2000-01-01");
                let list = self.ok("GET", &path, token, None);
                let transactions = list["transactions"].as_array().unwrap();
                assert_eq!(list["pagination"]["total_entries"], transactions.len());
                let of_account =
                    |t: &Value| format!("{} {}", t["account_guid"], t["external_guid"].as_str().unwrap());
                let ids: Vec<String> = transactions.iter().map(of_account).collect();
                assert_unique(&ids, guid);
                count += ids.len();
            }
        }
        count
    }
}

fn ids(list: &[Value]) -> Vec<&str> {
    list.iter().map(|item| item["external_guid"].as_str().unwrap()).collect()
}

fn assert_unique<T: Ord + std::fmt::Debug>(names: &[T], what: &str) {
    let once: BTreeSet<&T> = names.iter().collect();
    assert_eq!(once.len(), names.len(), "{what} has something twice: {names:?}");
}
