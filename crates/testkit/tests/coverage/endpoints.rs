//! The table: every endpoint, who may call it, a body that is right, and what it changes.
use crate::world::Person;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::app::{LOGIN, PASSWORD};

/// What a call must prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Nothing, for this reason.
    Public(&'static str),
    /// A one-time token: 4012.
    ApiToken,
    /// A session: 4010, 4011.
    Session,
    /// An API key, that of the client in the path: 4013.
    Key,
    /// The API key of any client: 4013.
    AnyKey,
}

/// What a call does to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    Reads,
    /// It changes something; the audit trail names this object.
    Changes(Object),
}

/// The object that the audit trail names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Object {
    /// The user.
    User,
    /// The member of the path.
    Member,
    /// The microdeposit of the path.
    Deposit,
    /// The member of the path, which waits for a consent.
    Pending,
    /// What the answer shows at this JSON pointer.
    Made(&'static str),
    /// The service itself.
    Service,
    /// A thing of this name.
    Named(&'static str),
}

/// An endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) guard: Guard,
    pub(crate) effect: Effect,
    /// A body that the endpoint takes, where it takes one.
    pub(crate) body: Option<fn(&Person) -> Value>,
    /// Bodies it refuses in the state that [`Person`] is in, and the codes.
    pub(crate) refused: &'static [(&'static str, u16)],
}

const fn reads(guard: Guard, method: &'static str, path: &'static str) -> Endpoint {
    Endpoint { method, path, guard, effect: Effect::Reads, body: None, refused: &[] }
}

const fn changes(guard: Guard, method: &'static str, path: &'static str, object: Object) -> Endpoint {
    Endpoint { effect: Effect::Changes(object), ..reads(guard, method, path) }
}

impl Endpoint {
    const fn takes(self, body: fn(&Person) -> Value) -> Self {
        Self { body: Some(body), ..self }
    }

    const fn refuses(self, refused: &'static [(&'static str, u16)]) -> Self {
        Self { refused, ..self }
    }

    /// Method and route, as the audit trail has it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether the path names something that belongs to a user.
    pub(crate) fn names_data(&self) -> bool {
        let others = ["{institution_guid}", "{category_guid}", "{client_id}", "{event}"];
        self.path.split('/').any(|part| part.starts_with('{') && !others.contains(&part))
    }
}

use Guard::{AnyKey, ApiToken, Key, Public, Session};
use Object::{Deposit, Made, Member, Named, Pending, Service, User};

/// Every endpoint, in the order of the contract.
#[rustfmt::skip]
pub(crate) const ALL: &[Endpoint] = &[
    changes(ApiToken, "POST", "/sessions", User).takes(|_| json!({"session": {"skip_aggregation": true}}))
        .refuses(&[("[]", 4000), (r#"{"session":{"skip_aggregation":"perhaps"}}"#, 4002)]),
    reads(Session, "GET", "/user"),
    reads(Session, "POST", "/institutions/search").takes(|_| json!({"institution": {"name": ""}})),
    reads(Session, "GET", "/institutions/{institution_guid}"),
    reads(Session, "GET", "/institutions/{institution_guid}/credentials"),
    reads(Session, "GET", "/institutions"),

    reads(Session, "GET", "/members"),
    changes(Session, "POST", "/members", Made("/member/guid")).takes(new_member).refuses(&[
        ("{}", 4001),
        (r#"{"member":{"institution_code":"mxbank"}}"#, 4002),
        (r#"{"member":{"institution_code":"mxbank","credentials":[{"credential_guid":"CRD-x","value":"x"}]}}"#, 4003),
        (r#"{"member":{"institution_code":"nobank","credentials":[{"credential_guid":"CRD-x","value":"x"}]}}"#, 4220),
    ]),
    changes(Session, "GET", "/members/aggregate", User),
    changes(Session, "POST", "/members/aggregate", User).takes(no_holdings).refuses(WRONG_OPTION),
    changes(Session, "GET", "/members/refresh", User),
    changes(Session, "POST", "/members/refresh", User).takes(no_holdings).refuses(WRONG_OPTION),
    reads(Session, "GET", "/members/{member_guid}"),
    changes(Session, "PUT", "/members/{member_guid}", Member).takes(|_| json!({"member": {"name": "A new name"}}))
        .refuses(&[
            ("{}", 4001),
            (r#"{"member":{"name":7}}"#, 4002),
            (r#"{"member":{"credentials":[{"credential_guid":"CRD-x","value":"x"}]}}"#, 4003),
            (r#"{"member":{"external_guid":"MBR-1"}}"#, 4222),
        ]),
    changes(Session, "DELETE", "/members/{member_guid}", Member),
    changes(Session, "GET", "/members/{member_guid}/aggregate", Member),
    changes(Session, "POST", "/members/{member_guid}/aggregate", Member).takes(no_holdings).refuses(WRONG_OPTION),
    changes(Session, "GET", "/members/{member_guid}/refresh", Member),
    changes(Session, "POST", "/members/{member_guid}/refresh", Member).takes(no_holdings).refuses(WRONG_OPTION),
    changes(Session, "POST", "/members/{member_guid}/check_balance", Member),
    reads(Session, "GET", "/members/{member_guid}/credentials"),
    changes(Session, "POST", "/members/{member_guid}/credentials", Member)
        .takes(|_| json!({"credential_guid": PASSWORD, "value": "any"}))
        .refuses(&[
            ("{}", 4001),
            (r#"{"member":{"value":"x"}}"#, 4002),
            (r#"{"credential":{"credential_guid":"CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d"}}"#, 4002),
            (r#"{"credential_guid":"CRD-x","value":"x"}"#, 4003),
        ]),
    reads(Session, "GET", "/member/{member_guid}/credentials"),
    changes(Session, "GET", "/members/{member_guid}/oauth_window_uri", Pending),
    reads(Session, "GET", "/members/{member_guid}/challenges"),
    changes(Session, "PUT", "/members/{member_guid}/resume", Member)
        .takes(|person| json!({"challenges": [{"guid": person.challenge, "value": "wrong"}]}))
        .refuses(&[
            ("{}", 4001),
            (r#"{"challenges":[]}"#, 4001),
            (r#"{"challenges":[{"guid":"CRD-x","value":"x"}]}"#, 4003),
        ]),
    reads(Session, "GET", "/jobs/{job_guid}"),
    reads(Session, "GET", "/jobs/{job_guid}/mfa_credentials"),
    changes(Session, "GET", "/jobs/{job_guid}/resume", Member),
    changes(Session, "PUT", "/jobs/{job_guid}/resume", Member),

    changes(Session, "POST", "/members/{member_guid}/verify", Member).takes(with_transactions).refuses(WRONG_PREMIUM),
    changes(Session, "POST", "/members/{member_guid}/identify", Member).takes(with_transactions).refuses(WRONG_PREMIUM),
    changes(Session, "POST", "/members/{member_guid}/extend_history", Member),
    reads(Session, "GET", "/members/{member_guid}/account_numbers"),
    reads(Session, "GET", "/accounts/{account_guid}/account_number"),
    reads(Session, "GET", "/accounts/{account_guid}/account_numbers"),
    reads(Session, "GET", "/members/{member_guid}/account_owners"),
    reads(Session, "GET", "/micro_deposits"),
    changes(Session, "POST", "/micro_deposits", Made("/micro_deposit/guid")).takes(new_deposit).refuses(&[
        ("{}", 4001),
        (r#"{"micro_deposit":{"first_name":"John"}}"#, 4002),
        (r#"{"micro_deposit":{"first_name":"John","last_name":"Doe","email":"nobody"}}"#, 4222),
    ]),
    reads(Session, "GET", "/micro_deposits/{micro_deposit_guid}"),
    changes(Session, "PUT", "/micro_deposits/{micro_deposit_guid}", Deposit)
        .takes(|_| json!({"micro_deposit": {"account_number": "7331", "routing_number": "991234561", "account_type": 1}}))
        .refuses(&[
            ("{}", 4001),
            (r#"{"micro_deposit":{}}"#, 4002),
            (r#"{"micro_deposit":{"account_number":"7331","routing_number":"99123456","account_type":1}}"#, 4222),
            (r#"{"deposit_amount_1":0.09}"#, 4002),
            (r#"{"deposit_amount_1":0.09,"deposit_amount_2":0.09}"#, 4222),
        ]),
    changes(Session, "DELETE", "/micro_deposits/{micro_deposit_guid}", Deposit),

    reads(Session, "GET", "/accounts"),
    reads(Session, "GET", "/accounts/created_by_partner"),
    reads(Session, "GET", "/accounts/created_by_user"),
    reads(Session, "GET", "/accounts/{account_guid}"),
    reads(Session, "GET", "/members/{member_guid}/accounts"),
    reads(Session, "GET", "/transactions"),
    reads(Session, "GET", "/transactions/{transaction_guid}"),
    reads(Session, "GET", "/accounts/{account_guid}/transactions"),
    reads(Session, "GET", "/members/{member_guid}/transactions"),
    reads(Session, "GET", "/categories"),
    reads(Session, "GET", "/categories/default"),
    reads(Session, "GET", "/categories/{category_guid}"),

    changes(Key, "GET", "/sso/{client_id}/users/{id}/api_token", User),
    changes(Key, "DELETE", "/sso/{client_id}/users/{id}/sessions", User),

    changes(Key, "POST", "/live/{client_id}/users", Made("/user/guid"))
        .takes(|person| json!({"user": {"id": format!("{}-new", person.id)}}))
        .refuses(&[
            ("", 4001),
            ("{}", 4002),
            (r#"{"user":{"id":"in-use"}}"#, 4091),
            (r#"{"user":{"id":"USR-1"}}"#, 4222),
            (r#"{"user":{"id":"new","email":"nobody"}}"#, 4222),
        ]),
    reads(Key, "GET", "/live/{client_id}/users/{user_id}"),
    changes(Key, "PUT", "/live/{client_id}/users/{user_id}", User)
        .takes(|_| json!({"user": {"first_name": "Walter"}}))
        .refuses(&[("", 4001), ("{}", 4002), (r#"{"user":{"gender":"X"}}"#, 4222)]),
    changes(Key, "DELETE", "/live/{client_id}/users/{user_id}", User),
    changes(Key, "PUT", "/live/{client_id}/users/{user_id}/remap_id", User)
        .takes(|person| json!({"user": {"id": format!("{}-other", person.id)}}))
        .refuses(&[("", 4001), ("{}", 4002), (r#"{"user":{"id":"in-use"}}"#, 4091)]),

    reads(AnyKey, "GET", "/sandbox/clock"),
    changes(AnyKey, "PUT", "/sandbox/clock", Service).takes(|_| json!({"clock": {"mode": "real"}}))
        .refuses(&[("", 4001), (r#"{"clock":{"mode":"x"}}"#, 4002), (r#"{"clock":{"now":"2000-01-01T00:00:00Z"}}"#, 4222)]),
    changes(AnyKey, "POST", "/sandbox/clock/advance", Service).takes(|_| json!({"seconds": 1}))
        .refuses(&[("{}", 4001), (r#"{"seconds":0}"#, 4222)]),
    reads(AnyKey, "POST", "/sandbox/settle"),
    reads(AnyKey, "GET", "/sandbox/faults"),
    changes(AnyKey, "PUT", "/sandbox/faults", Service).takes(|_| json!({"faults": []})).refuses(&[
        ("{}", 4001),
        (r#"{"faults":[{}]}"#, 4002),
        (r#"{"faults":[{"kind":"drop","institution_code":"nobank"}]}"#, 4222),
    ]),
    changes(AnyKey, "DELETE", "/sandbox/faults", Service),
    reads(AnyKey, "GET", "/sandbox/webhooks"),
    changes(AnyKey, "POST", "/sandbox/webhooks", Made("/webhook/event"))
        .takes(|_| json!({"webhook": {"event": "goal", "url": "https://receiver.example/hook"}}))
        .refuses(&[
            ("", 4001),
            ("{}", 4002),
            (r#"{"webhook":{"event":"x","url":"https://receiver.example/"}}"#, 4002),
            (r#"{"webhook":{"event":"goal","url":"https://10.0.0.1/"}}"#, 4222),
        ]),
    reads(AnyKey, "GET", "/sandbox/webhooks/failed"),
    changes(AnyKey, "POST", "/sandbox/webhooks/redeliver", Service),
    changes(AnyKey, "DELETE", "/sandbox/webhooks/{event}", Named("goal")),
    reads(AnyKey, "POST", "/sandbox/webhooks/{event}/test"),

    reads(Public("says only that the process runs"), "GET", "/health/live"),
    reads(Public("says only whether the store answers"), "GET", "/health/ready"),
    reads(Public("counts without names; the operator can give it a listener of its own"), "GET", "/metrics"),
    reads(Public("the document is the same for everybody"), "GET", "/openapi.json"),
    reads(Public("a page about the document"), "GET", "/docs"),
];

const WRONG_OPTION: &[(&str, u16)] = &[("[]", 4000), (r#"{"include_holdings":"perhaps"}"#, 4002)];

const WRONG_PREMIUM: &[(&str, u16)] = &[("[]", 4000), (r#"{"include_transactions":"perhaps"}"#, 4002)];

/// Guids that bodies and queries carry: each has its test in [`crate::isolation`].
pub(crate) const GUIDS_IN_BODIES: &[&str] = &[
    "POST /members institution_guid",
    "POST /members credential_guid",
    "POST /members external_guid",
    "PUT /members/{member_guid} credential_guid",
    "PUT /members/{member_guid} external_guid",
    "POST /members/{member_guid}/credentials credential_guid",
    "PUT /members/{member_guid}/resume guid",
    "PUT /sandbox/faults member_guid",
    "GET /transactions account_guids",
];

fn no_holdings(_: &Person) -> Value {
    json!({"include_holdings": false})
}

fn with_transactions(_: &Person) -> Value {
    json!({"include_transactions": true})
}

/// Without an account.
fn new_deposit(_: &Person) -> Value {
    json!({"micro_deposit": {"first_name": "John", "last_name": "Doe", "email": "john@example.com"}})
}

fn new_member(person: &Person) -> Value {
    let login = format!("mxuser.{}", person.id);
    let value = |guid, value: &str| json!({"credential_guid": guid, "value": value});
    json!({"member": {"institution_code": "mxbank", "credentials": [value(LOGIN, &login), value(PASSWORD, "any")]}})
}

/// Methods and paths of the OpenAPI document.
fn documented() -> BTreeSet<String> {
    let document = document();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
        let has = |method: &&str| item.get(method).is_some();
        methods.into_iter().filter(has).map(|m| format!("{} {path}", m.to_uppercase())).collect::<Vec<_>>()
    };
    document["paths"].as_object().unwrap().iter().flat_map(of_path).collect()
}

pub(crate) fn document() -> Value {
    serde_json::to_value(faces::app::openapi()).unwrap()
}

#[test]
fn the_table_holds_every_endpoint_of_the_document_and_no_other() {
    let listed: BTreeSet<String> = ALL.iter().map(Endpoint::name).collect();
    assert_eq!(listed.len(), ALL.len(), "an endpoint is listed twice");
    let documented = documented();
    let missing: Vec<_> = documented.difference(&listed).collect();
    let extra: Vec<_> = listed.difference(&documented).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing in the table: {missing:#?}\nnot documented: {extra:#?}"
    );
}

#[test]
fn every_change_that_takes_a_body_knows_bodies_that_are_refused() {
    for endpoint in ALL.iter().filter(|e| e.effect != Effect::Reads) {
        assert_eq!(endpoint.body.is_some(), !endpoint.refused.is_empty(), "{}", endpoint.name());
    }
}

#[test]
fn every_guid_that_a_body_or_query_carries_is_listed() {
    let document = document();
    let mut carried = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut names = BTreeSet::new();
            properties(&document, &operation["requestBody"], &mut names);
            for parameter in
                operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "query")
            {
                names.insert(parameter["name"].as_str().unwrap().trim_end_matches("[]").to_owned());
            }
            let guids = names.iter().filter(|name| name.ends_with("guid") || name.ends_with("guids"));
            carried.extend(guids.map(|name| format!("{} {path} {name}", method.to_uppercase())));
        }
    }
    let listed: BTreeSet<String> = GUIDS_IN_BODIES.iter().map(|&text| text.to_owned()).collect();
    assert_eq!(carried, listed);
}

/// Names of all properties of a schema and of those it refers to.
fn properties(document: &Value, schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str) {
                properties(document, document.pointer(name.trim_start_matches('#')).unwrap(), names);
            }
            if let Some(Value::Object(own)) = map.get("properties") {
                names.extend(own.keys().cloned());
            }
            map.values().for_each(|value| properties(document, value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| properties(document, item, names)),
        _ => {}
    }
}
