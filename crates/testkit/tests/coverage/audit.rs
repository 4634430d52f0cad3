//! The audit trail holds every change once, in the transaction of the change, and no refusal but those of
//! authentication (house rules on security: no bodies, no secrets).
use crate::{
    endpoints::{ALL, Effect, Endpoint, Guard, Object},
    rows::{self, Rows},
    world::{Person, Proof, Seen, body, nobody, person, person_with_data, rightful, send},
};
use engine::Call;
use serde_json::{Value, json};
use store::{audit::AuditRow, scope::SystemScope};
use testkit::{
    App,
    app::{API_KEY, CLIENT_ID},
    both,
};

fn changing() -> impl Iterator<Item = (&'static Endpoint, Object)> {
    ALL.iter().filter_map(|endpoint| match endpoint.effect {
        Effect::Changes(object) => Some((endpoint, object)),
        Effect::Reads => None,
    })
}

/// The audit rows that came since, as the store reads them, with those of the answer's request.
async fn since(app: &App, before: &Rows, seen: &Seen) -> (usize, Vec<AuditRow>) {
    let after = rows::all(app).await;
    let of_request =
        app.engine().db().audit_of_request(SystemScope::of_the_service(), seen.request_id()).await;
    (rows::added(before, &after, "audit").len(), of_request.unwrap())
}

fn object_of(object: Object, endpoint: &Endpoint, person: &Person, seen: &Seen) -> String {
    match object {
        Object::User => person.user.guid.to_string(),
        Object::Member if endpoint.path.ends_with("/resume") => person.challenged.clone(),
        Object::Member => person.member.clone(),
        Object::Deposit => person.deposit.clone(),
        Object::Pending => person.pending.clone(),
        Object::Service => String::new(),
        Object::Named(name) => name.to_owned(),
        Object::Made(pointer) => {
            let body: Value = serde_json::from_str(&seen.text).unwrap();
            body.pointer(pointer).and_then(Value::as_str).unwrap().to_owned()
        }
    }
}

both!(every_change_writes_one_row, async |app| {
    for (number, (endpoint, object)) in changing().enumerate() {
        let person = person(app, &app.client, &format!("U-{number}")).await;
        let before = rows::all(app).await;
        let seen = rightful(app, endpoint, &person).await;
        let name = endpoint.name();
        assert!(matches!(seen.status, 200 | 204), "{name}: {} {}", seen.status, seen.text);
        let (added, of_request) = since(app, &before, &seen).await;
        let [row] = &of_request[..] else { panic!("{name}: {of_request:?}") };
        assert_eq!(added, 1, "{name}: rows besides that of the request");
        assert_eq!(
            (&row.action, &row.object),
            (&name, &object_of(object, endpoint, &person, &seen)),
            "{name}"
        );
    }
});

both!(reads_write_nothing_at_all, async |app| {
    let person = person_with_data(app, &app.client, "U-1").await;
    let before = rows::all(app).await;
    for endpoint in ALL.iter().filter(|e| e.effect == Effect::Reads) {
        let seen = rightful(app, endpoint, &person).await;
        assert_eq!(seen.status, 200, "{}: {}", endpoint.name(), seen.text);
        rows::assert_same(&before, &rows::all(app).await, &[], &endpoint.name());
    }
});

both!(a_refused_change_writes_nothing_at_all, async |app| {
    let person = person(app, &app.client, "U-1").await;
    crate::world::person(app, &app.client, "in-use").await;
    let before = rows::all(app).await;
    for (endpoint, _) in changing() {
        let name = endpoint.name();
        let proof = Proof::rightful(endpoint, &person, API_KEY);
        let path = person.path(endpoint, CLIENT_ID);
        let broken = endpoint.body.map(|_| ("{\"", 4000));
        for (body, code) in broken.into_iter().chain(endpoint.refused.iter().copied()) {
            let seen = send(app, endpoint.method, &path, proof, Some(body.to_owned())).await;
            assert_eq!(seen.code(), u64::from(code), "{name} {body}: {}", seen.text);
        }
        if endpoint.names_data() {
            let path =
                path.replace(&person.member, &nobody("MBR")).replace(&person.challenged, &nobody("MBR"));
            let path = path.replace("/U-1", "/U-9").replace(&person.deposit, &nobody("MIC"));
            let path = path.replace(&person.job, &nobody("JOB"));
            let path = path.replace(&person.pending, &nobody("MBR"));
            let seen = send(app, endpoint.method, &path, proof, body(endpoint, &person)).await;
            assert_eq!(seen.code(), 4040, "{name}: {}", seen.text);
        }
        rows::assert_same(&before, &rows::all(app).await, &[], &name);
    }
    rows::change(app, "UPDATE users SET is_restricted = 1").await;
    let before = rows::all(app).await;
    for (endpoint, _) in changing().filter(|(e, _)| e.guard == Guard::Session) {
        let seen = rightful(app, endpoint, &person).await;
        assert_eq!(seen.code(), 4031, "{}: {}", endpoint.name(), seen.text);
    }
    rows::assert_same(&before, &rows::all(app).await, &[], "a restricted user");
});

both!(a_change_that_cannot_be_noted_does_not_happen, async |app| {
    let person = person(app, &app.client, "U-1").await;
    rows::break_audit(app).await;
    let before = rows::all(app).await;
    for (endpoint, _) in changing() {
        let seen = rightful(app, endpoint, &person).await;
        assert_eq!(seen.code(), 5000, "{}: {} {}", endpoint.name(), seen.status, seen.text);
        rows::assert_same(&before, &rows::all(app).await, &[], &endpoint.name());
    }
    let mend = match app.database_name() {
        "sqlite" => "DROP TRIGGER no_audit",
        _ => "ALTER TABLE audit DROP CONSTRAINT no_audit",
    };
    rows::change(app, mend).await;
});

both!(every_import_writes_one_row_and_a_dry_run_none, async |app| {
    let user = app.user("U-1").await;
    let call = Call::new("operator", "import", "import");
    for (dry_run, rows_added) in [(true, 0), (false, 1), (true, 0), (false, 1)] {
        let statements = connectors::ofx::read(crate::canaries::statement().as_bytes()).unwrap();
        let before = rows::all(app).await;
        let engine = app.engine();
        let imported = engine.import_statements(&call, &app.client, &user, statements, dry_run, |_, _| {});
        let member = imported.await.unwrap().member_guid;
        let of_import = engine.db().audit_of_request(SystemScope::of_the_service(), "import").await.unwrap();
        assert_eq!(rows::added(&before, &rows::all(app).await, "audit").len(), rows_added);
        assert!(of_import.iter().all(|row| Some(&row.object) == member.as_ref()), "{of_import:?}");
    }
});

both!(failed_authentication_with_a_key_or_a_one_time_token_is_noted, async |app| {
    let person = person(app, &app.client, "U-1").await;
    let bad = "bad-key-that-is-long-enough";
    for endpoint in ALL.iter().filter(|e| !matches!(e.guard, Guard::Public(_) | Guard::Session)) {
        for text in [None, Some(bad)] {
            let before = rows::all(app).await;
            let proof = Proof { key: text, api_token: text, ..Proof::default() };
            let path = person.path(endpoint, CLIENT_ID);
            let seen = send(app, endpoint.method, &path, proof, body(endpoint, &person)).await;
            assert_eq!(seen.status, 401, "{}", endpoint.name());
            let (added, of_request) = since(app, &before, &seen).await;
            let [row] = &of_request[..] else { panic!("{}: {of_request:?}", endpoint.name()) };
            assert_eq!((added, &row.action), (1, &format!("{} refused", endpoint.name())));
            assert!(!row.text.contains(bad), "{}", row.text);
        }
    }
});

both!(a_refused_login_is_noted_once, async |app| {
    let user = app.user("U-1").await;
    let (used, forgotten) = (app.api_token(&user).await, app.api_token(&app.user("U-2").await).await);
    app.post("/sessions").api_token(&used).ok().await;
    app.delete("/live/partner/users/U-2").key().send().await.is(204);
    let disabled = app.api_token(&app.user("U-3").await).await;
    let disable = json!({"user": {"is_disabled": true}});
    app.put("/live/partner/users/U-3").key().json(disable).ok().await;
    for (token, status) in [(&used, 401), (&forgotten, 401), (&disabled, 403)] {
        let before = rows::all(app).await;
        let proof = Proof { api_token: Some(token), ..Proof::default() };
        let seen = send(app, "POST", "/sessions", proof, None).await;
        let (added, of_request) = since(app, &before, &seen).await;
        assert_eq!((seen.status, added), (status, 1), "{of_request:?}");
        assert!(of_request.iter().all(|row| row.action == "POST /sessions refused"), "{of_request:?}");
    }
});

both!(a_session_token_that_is_none_costs_the_store_nothing, async |app| {
    // It is told by its MAC; a row for each would let anybody fill the trail.
    let person = person(app, &app.client, "U-1").await;
    let before = rows::all(app).await;
    for endpoint in ALL.iter().filter(|e| e.guard == Guard::Session) {
        let proof = Proof { session: Some("garbage"), ..Proof::default() };
        let seen =
            send(app, endpoint.method, &person.path(endpoint, ""), proof, body(endpoint, &person)).await;
        assert_eq!(seen.code(), 4010, "{}", endpoint.name());
    }
    rows::assert_same(&before, &rows::all(app).await, &[], "garbage");
});
