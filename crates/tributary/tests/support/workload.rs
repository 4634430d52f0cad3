//! A partner's server and the application of its users, writing as fast as they can until the server is gone.
use crate::{
    http::{Answer, Client},
    model::{Maybe, Member, Numbers, User},
    server::KEY,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, io, net::SocketAddr, sync::mpsc::Sender};

const LOGIN: &str = "CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1";
const PASSWORD: &str = "CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d";
/// Passwords of the sandbox: each takes a job another way. The first one fetches data.
const WORDS: &[&str] = &[
    "any",
    "challenge",
    "challenge",
    "challenge",
    "two_step",
    "many",
    "DENIED",
    "SERVER_ERROR",
    "LOCKED",
    "PARTIAL",
    "slow",
    "TIMEOUT",
];

/// One caller with users of its own.
pub(crate) struct Worker {
    client: Client,
    acknowledged: Sender<()>,
    numbers: Numbers,
    /// Distinguishes its names from those of all others.
    name: String,
    writes: u32,
    pub(crate) users: Vec<User>,
    /// Ids of requests that were acknowledged, and of those that nobody knows about.
    pub(crate) done: Vec<String>,
    pub(crate) unknown: Vec<String>,
}

enum Who<'a> {
    Partner,
    User(&'a str),
    Token(&'a str),
}

impl Worker {
    pub(crate) fn new(address: SocketAddr, name: String, seed: u64, acknowledged: Sender<()>) -> Self {
        let client = Client::connect(address).unwrap();
        let (users, done, unknown) = (Vec::new(), Vec::new(), Vec::new());
        Self { client, acknowledged, numbers: Numbers(seed), name, writes: 0, users, done, unknown }
    }

    /// Works until the server is gone.
    pub(crate) fn run(mut self) -> Self {
        while self.step().is_ok() {}
        self
    }

    fn step(&mut self) -> io::Result<()> {
        if self.users.len() < 2 {
            return self.create_user();
        }
        let user = self.numbers.below(self.users.len());
        let is_there = !self.users[user].metadata.may_be(&None);
        match self.numbers.below(20) {
            0 | 1 => self.create_user(),
            _ if !is_there => Ok(()),
            2 if self.users.len() > 4 => self.delete_user(user),
            3..=5 => self.update_user(user),
            _ if self.users[user].session.is_none() => self.open_session(user),
            6..=11 if self.users[user].members.len() < 6 => self.create_member(user),
            kind => {
                let there: Vec<usize> = (0..self.users[user].members.len())
                    .filter(|at| !self.users[user].members[*at].metadata.may_be(&None))
                    .collect();
                let Some(&member) = there.get(self.numbers.below(there.len().max(1))) else {
                    return self.create_member(user);
                };
                match kind {
                    12 => self.delete_member(user, member),
                    13 | 14 => self.update_member(user, member),
                    15 => self.aggregate(user, member),
                    _ => self.resume(user, member),
                }
            }
        }
    }

    /// A write: counted when acknowledged. Refusals of these codes are fine.
    fn write(
        &mut self,
        method: &str,
        path: &str,
        who: &Who<'_>,
        body: Option<&Value>,
        fine: &[u64],
    ) -> io::Result<Option<Value>> {
        self.writes += 1;
        let id = format!("{}-{}", self.name, self.writes);
        let (header, value) = match who {
            Who::Partner => ("md-api-key", KEY),
            Who::User(token) => ("md-session-token", *token),
            Who::Token(token) => ("md-api-token", *token),
        };
        match self.client.send(method, path, &[(header, value), ("x-request-id", &id)], body) {
            Ok(Answer { status: 200..=299, body }) => {
                self.done.push(id);
                // Nobody counts any more once the server is to be killed.
                let _heard = self.acknowledged.send(());
                Ok(Some(body))
            }
            Ok(Answer { status, body }) => {
                let code = body["error"]["code"].as_u64().unwrap_or(0);
                assert!(fine.contains(&code), "{method} {path}: {status} {body}");
                Ok(None)
            }
            Err(error) => {
                self.unknown.push(id);
                Err(error)
            }
        }
    }

    fn text(&mut self) -> String {
        format!("{}-{}", self.name, self.numbers.below(1_000_000_000))
    }

    fn create_user(&mut self) -> io::Result<()> {
        let (id, text) = (format!("{}-u{}", self.name, self.users.len()), self.text());
        let mut metadata = Maybe::is(None);
        metadata.sent(Some(text.clone()));
        self.users.push(User { id: id.clone(), metadata, session: None, members: Vec::new() });
        let body = json!({"user": {"id": id, "metadata": text}});
        self.write("POST", "/live/sandbox/users", &Who::Partner, Some(&body), &[])?;
        self.users.last_mut().unwrap().metadata.acknowledged();
        Ok(())
    }

    fn update_user(&mut self, user: usize) -> io::Result<()> {
        let text = self.text();
        self.users[user].metadata.sent(Some(text.clone()));
        let (path, body) = (self.user_path(user), json!({"user": {"metadata": text}}));
        self.write("PUT", &path, &Who::Partner, Some(&body), &[])?;
        self.users[user].metadata.acknowledged();
        Ok(())
    }

    fn delete_user(&mut self, user: usize) -> io::Result<()> {
        self.users[user].metadata.sent(None);
        let path = self.user_path(user);
        // Whether it ends with the user or not, it is not looked at again.
        self.users[user].session = None;
        self.write("DELETE", &path, &Who::Partner, None, &[])?;
        self.users[user].metadata.acknowledged();
        Ok(())
    }

    fn user_path(&self, user: usize) -> String {
        format!("/live/sandbox/users/{}", self.users[user].id)
    }

    fn open_session(&mut self, user: usize) -> io::Result<()> {
        let path = format!("/sso/sandbox/users/{}/api_token", self.users[user].id);
        let token = self.write("GET", &path, &Who::Partner, None, &[])?.unwrap();
        let token = token["api_token"]["token"].as_str().unwrap().to_owned();
        let body = json!({"session": {"skip_aggregation": true}});
        let opened = self.write("POST", "/sessions", &Who::Token(&token), Some(&body), &[])?.unwrap();
        self.users[user].session = Some(opened["session"]["token"].as_str().unwrap().to_owned());
        Ok(())
    }

    fn create_member(&mut self, user: usize) -> io::Result<()> {
        let name = format!("{}-m{}", self.users[user].id, self.users[user].members.len());
        let (text, word) = (self.text(), WORDS[self.numbers.below(WORDS.len())]);
        let mut metadata = Maybe::is(None);
        metadata.sent(Some(text.clone()));
        let (jobs, answered) = (BTreeSet::new(), BTreeSet::new());
        self.users[user].members.push(Member { name: name.clone(), guid: None, metadata, jobs, answered });
        let credential = |guid, value| json!({"credential_guid": guid, "value": value});
        let login = format!("mxuser.{name}");
        let body = json!({"member": {"institution_code": "mxbank", "external_guid": name, "metadata": text,
            "credentials": [credential(LOGIN, login.as_str()), credential(PASSWORD, word)]}});
        let member = self.users[user].members.len() - 1;
        let made = self.member_write(user, member, "POST", "/members", Some(&body), &[])?.unwrap();
        let member = &mut self.users[user].members[member];
        member.guid = Some(made["member"]["guid"].as_str().unwrap().to_owned());
        member.metadata.acknowledged();
        Ok(())
    }

    /// A write of a member; its answer may name a new job.
    fn member_write(
        &mut self,
        user: usize,
        member: usize,
        method: &str,
        path: &str,
        body: Option<&Value>,
        fine: &[u64],
    ) -> io::Result<Option<Value>> {
        let token = self.users[user].session.clone().unwrap();
        let answer = self.write(method, path, &Who::User(&token), body, fine)?;
        let job = answer.as_ref().and_then(|body| body["member"]["most_recent_job_guid"].as_str());
        self.users[user].members[member].jobs.extend(job.map(str::to_owned));
        Ok(answer)
    }

    fn member_path(&self, user: usize, member: usize) -> String {
        format!("/members/{}", self.users[user].members[member].guid.as_deref().unwrap())
    }

    fn update_member(&mut self, user: usize, member: usize) -> io::Result<()> {
        let (text, word) = (self.text(), WORDS[self.numbers.below(WORDS.len())]);
        let mut fields = json!({"metadata": text});
        if self.numbers.below(2) == 0 {
            fields["credentials"] = json!([{"credential_guid": PASSWORD, "value": word}]);
        }
        self.users[user].members[member].metadata.sent(Some(text));
        let (path, body) = (self.member_path(user, member), json!({"member": fields}));
        self.member_write(user, member, "PUT", &path, Some(&body), &[])?;
        self.users[user].members[member].metadata.acknowledged();
        Ok(())
    }

    fn aggregate(&mut self, user: usize, member: usize) -> io::Result<()> {
        let path = format!("{}/aggregate", self.member_path(user, member));
        self.member_write(user, member, "POST", &path, None, &[4050]).map(drop)
    }

    fn delete_member(&mut self, user: usize, member: usize) -> io::Result<()> {
        self.users[user].members[member].metadata.sent(None);
        let path = self.member_path(user, member);
        self.member_write(user, member, "DELETE", &path, None, &[])?;
        self.users[user].members[member].metadata.acknowledged();
        Ok(())
    }

    /// Answers what is asked now, if anything.
    fn resume(&mut self, user: usize, member: usize) -> io::Result<()> {
        let path = self.member_path(user, member);
        let token = self.users[user].session.clone().unwrap();
        let headers = [("md-session-token", token.as_str())];
        let open = self.client.send("GET", &format!("{path}/challenges"), &headers, None)?;
        assert_eq!(open.status, 200, "{}", open.body);
        let guids: Vec<String> = open.body["challenges"].as_array().unwrap().iter().map(guid).collect();
        if guids.is_empty() {
            return Ok(());
        }
        let value = ["correct", "correct", "challenge", "wrong"][self.numbers.below(4)];
        let answers: Vec<Value> = guids.iter().map(|guid| json!({"guid": guid, "value": value})).collect();
        let (path, body) = (format!("{path}/resume"), json!({"challenges": answers}));
        if self.member_write(user, member, "PUT", &path, Some(&body), &[])?.is_some() {
            self.users[user].members[member].answered.extend(guids);
        }
        Ok(())
    }
}

fn guid(value: &Value) -> String {
    value["guid"].as_str().unwrap().to_owned()
}
