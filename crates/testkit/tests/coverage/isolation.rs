//! Nobody gets at what is not theirs: every endpoint without proof, with bad or ended proof, with the proof of
//! another face, of another user and of another client (`spec: conventions, 1, 2, 5`).
use crate::{
    endpoints::{ALL, Effect, Endpoint, Guard},
    rows,
    world::{
        OTHER_CLIENT, OTHER_KEY, Person, Proof, Seen, body, nobody, one_credential, other_client,
        path_of_nobody, person, person_with_data, rightful, send,
    },
};
use serde_json::json;
use testkit::{
    App,
    app::{API_KEY, CLIENT_ID, LOGIN, PASSWORD},
    both,
};

/// Tables that a refused call may add to: a failed authentication is noted, and a failed login is counted.
const NOTES: &[&str] = &["audit"];

fn guarded(guards: &'static [Guard]) -> impl Iterator<Item = &'static Endpoint> {
    ALL.iter().filter(move |endpoint| guards.contains(&endpoint.guard))
}

const KEYS: &[Guard] = &[Guard::Key, Guard::AnyKey];
const SESSIONS: &[Guard] = &[Guard::Session];

/// The code of a call that proves nothing.
fn unproven(endpoint: &Endpoint) -> Option<u64> {
    match endpoint.guard {
        Guard::Public(_) => None,
        Guard::ApiToken => Some(4012),
        Guard::Session => Some(4010),
        Guard::Key | Guard::AnyKey => Some(4013),
    }
}

#[track_caller]
fn assert_refused(seen: &Seen, code: u64, what: &str) {
    assert_eq!((u64::from(seen.status), seen.code()), (code / 10, code), "{what}: {}", seen.text);
}

async fn each_is_refused(app: &App, victim: &Person, proof: Proof<'_>, what: &str) {
    let before = rows::all(app).await;
    for endpoint in ALL {
        let Some(code) = unproven(endpoint) else { continue };
        let path = victim.path(endpoint, CLIENT_ID);
        let mut paths = vec![path.clone()];
        if endpoint.guard != Guard::AnyKey {
            paths.push(format!("{path}.json"));
        }
        if matches!(endpoint.guard, Guard::Session | Guard::ApiToken) {
            paths.push(format!("{path}/"));
        }
        for path in paths {
            let seen = send(app, endpoint.method, &path, proof, body(endpoint, victim)).await;
            assert_refused(&seen, code, &format!("{what}: {} {path}", endpoint.method));
        }
    }
    rows::assert_same(&before, &rows::all(app).await, NOTES, what);
}

both!(without_proof_with_garbage_or_with_proof_of_another_kind_it_is_401, async |app| {
    let victim = person_with_data(app, &app.client, "U-1").await;
    let (session, api_token) = (victim.session.token.as_str(), victim.api_token.as_str());
    each_is_refused(app, &victim, Proof::default(), "no proof").await;
    let long = "A".repeat(86);
    for garbage in ["", "x", "Test_session", long.as_str(), "\u{e4}"] {
        let proof = Proof { session: Some(garbage), api_token: Some(garbage), key: Some(garbage) };
        each_is_refused(app, &victim, proof, "garbage").await;
    }
    let crossed = Proof { session: Some(API_KEY), api_token: Some(session), key: Some(api_token) };
    each_is_refused(app, &victim, crossed, "crossed").await;
    let crossed = Proof { session: Some(api_token), api_token: Some(API_KEY), key: Some(session) };
    each_is_refused(app, &victim, crossed, "crossed the other way").await;
});

both!(the_token_of_the_documentation_reaches_nothing_that_is_stored, async |app| {
    let victim = person_with_data(app, &app.client, "U-1").await;
    let before = rows::all(app).await;
    let proof = Proof { session: Some("test_session"), ..Proof::default() };
    for endpoint in guarded(SESSIONS) {
        let seen =
            send(app, endpoint.method, &victim.path(endpoint, ""), proof, body(endpoint, &victim)).await;
        let is_documented = ["GET /user", "GET /members"].contains(&endpoint.name().as_str());
        assert_eq!(seen.status, if is_documented { 200 } else { 404 }, "{}", endpoint.name());
        for text in victim.own() {
            // An error does not name what it did not look for; the documented user has nobody's guid.
            assert!(!seen.text.contains(&text), "{} shows {text}", endpoint.name());
        }
    }
    for (method, path) in [
        ("PUT", "/members/test_member"),
        ("GET", "/members/test_member/aggregate"),
        ("POST", "/members/test_nexus_member/verify"),
        ("PUT", "/members/CHALLENGED/resume"),
    ] {
        assert_eq!(send(app, method, path, proof, None).await.status, 200, "{method} {path}");
    }
    rows::assert_same(&before, &rows::all(app).await, &[], "the documented token");
});

both!(an_api_key_is_no_session_and_a_session_is_no_api_key, async |app| {
    let victim = person_with_data(app, &app.client, "U-1").await;
    for endpoint in guarded(SESSIONS) {
        let proof = Proof { key: Some(API_KEY), ..Proof::default() };
        let seen =
            send(app, endpoint.method, &victim.path(endpoint, CLIENT_ID), proof, body(endpoint, &victim))
                .await;
        assert_refused(&seen, 4010, &endpoint.name());
    }
    for endpoint in guarded(KEYS) {
        let proof = Proof { session: Some(&victim.session.token), ..Proof::default() };
        let seen =
            send(app, endpoint.method, &victim.path(endpoint, CLIENT_ID), proof, body(endpoint, &victim))
                .await;
        assert_refused(&seen, 4013, &endpoint.name());
    }
});

async fn sessions_are_over(app: &App, person: &Person, what: &str) {
    let before = rows::all(app).await;
    for endpoint in guarded(SESSIONS) {
        let seen = rightful(app, endpoint, person).await;
        assert_refused(&seen, 4011, &format!("{what}: {}", endpoint.name()));
    }
    rows::assert_same(&before, &rows::all(app).await, &[], what);
}

both!(an_idle_session_is_over, async |app| {
    let person = person(app, &app.client, "U-1").await;
    app.clock.advance_seconds(1800);
    sessions_are_over(app, &person, "idle").await;
    app.restart().await;
    sessions_are_over(app, &person, "idle, after a restart").await;
    app.clock.advance_seconds(3 * 86_400);
    app.engine().sweep().await.unwrap();
    sessions_are_over(app, &person, "idle, its row purged").await;
});

both!(a_session_ends_by_sso_with_a_disabled_user_and_with_a_deleted_one, async |app| {
    let key = Proof { key: Some(API_KEY), ..Proof::default() };
    let ends = [
        ("DELETE", "/sso/partner/users/U-0/sessions", None),
        ("PUT", "/live/partner/users/U-1", Some(json!({"user": {"is_disabled": true}}).to_string())),
        ("DELETE", "/live/partner/users/U-2", None),
    ];
    for (number, (method, path, body)) in ends.into_iter().enumerate() {
        let person = person(app, &app.client, &format!("U-{number}")).await;
        let ended = send(app, method, path, key, body).await;
        assert!(ended.status < 300, "{}", ended.text);
        sessions_are_over(app, &person, path).await;
        app.restart().await;
        sessions_are_over(app, &person, path).await;
        let token = Proof { api_token: Some(&person.api_token), ..Proof::default() };
        let seen = send(app, "POST", "/sessions", token, None).await;
        // A disabled user's token is not looked at: 4031.
        let code = if number == 1 { 4031 } else { 4012 };
        assert_refused(&seen, code, path);
    }
});

both!(what_is_another_users_does_not_exist, async |app| {
    let victim = person_with_data(app, &app.client, "U-1").await;
    let stranger = person(app, &app.client, "U-2").await;
    let neighbour = person(app, &other_client(app).await, "U-3").await;
    let before = rows::all(app).await;
    for endpoint in guarded(SESSIONS).filter(|e| e.names_data()) {
        for caller in [&stranger, &neighbour] {
            let proof = Proof::rightful(endpoint, caller, "");
            let theirs = victim.path(endpoint, "");
            let seen = send(app, endpoint.method, &theirs, proof, body(endpoint, &victim)).await;
            assert_refused(&seen, 4040, &endpoint.name());
            let nobodys = path_of_nobody(endpoint, "");
            assert_ne!(theirs, nobodys);
            let unknown = send(app, endpoint.method, &nobodys, proof, body(endpoint, &victim)).await;
            assert_eq!((seen.status, seen.text), (unknown.status, unknown.text), "{}", endpoint.name());
        }
    }
    rows::assert_same(&before, &rows::all(app).await, &[], "a stranger");
    // All of it is there for its owner.
    for endpoint in guarded(SESSIONS).filter(|e| e.effect == Effect::Reads) {
        assert_eq!(rightful(app, endpoint, &victim).await.status, 200, "{}", endpoint.name());
    }
});

both!(what_is_another_clients_does_not_exist, async |app| {
    let victim = person(app, &app.client, "U-1").await;
    let other = other_client(app).await;
    let twin = person(app, &other, "U-2").await;
    let before = rows::all(app).await;
    for endpoint in guarded(&[Guard::Key]) {
        let name = endpoint.name();
        // Another client's key for this client, and this one's id with another client's key, and nobody's id.
        for (client_id, key) in [(CLIENT_ID, OTHER_KEY), (OTHER_CLIENT, API_KEY), ("nobody", API_KEY)] {
            let proof = Proof { key: Some(key), ..Proof::default() };
            let path = victim.path(endpoint, client_id);
            assert_refused(
                &send(app, endpoint.method, &path, proof, body(endpoint, &victim)).await,
                4013,
                &name,
            );
        }
        if endpoint.names_data() {
            let proof = Proof { key: Some(OTHER_KEY), ..Proof::default() };
            let path = victim.path(endpoint, OTHER_CLIENT);
            let seen = send(app, endpoint.method, &path, proof, body(endpoint, &victim)).await;
            assert_refused(&seen, 4040, &name);
            let unknown = path_of_nobody(endpoint, OTHER_CLIENT);
            let unknown = send(app, endpoint.method, &unknown, proof, body(endpoint, &victim)).await;
            assert_eq!(seen.text, unknown.text, "{name}");
        }
    }
    rows::assert_same(&before, &rows::all(app).await, NOTES, "another client");
    let own = app.get(&format!("/live/{OTHER_CLIENT}/users/{}", twin.id)).header("md-api-key", OTHER_KEY);
    assert_eq!(own.ok().await["user"]["guid"], twin.user.guid.to_string());
});

both!(no_read_shows_what_is_another_users, async |app| {
    let victim = person_with_data(app, &app.client, "U-1").await;
    let stranger = person_with_data(app, &app.client, "U-2").await;
    for endpoint in ALL.iter().filter(|e| e.effect == Effect::Reads) {
        let seen = rightful(app, endpoint, &stranger).await;
        assert_eq!(seen.status, 200, "{}: {}", endpoint.name(), seen.text);
        for text in victim.own() {
            assert!(!seen.text.contains(&text), "{} shows {text}", endpoint.name());
        }
    }
});

both!(guids_of_another_user_in_a_body_are_as_unknown_ones, async |app| {
    let victim = person_with_data(app, &app.client, "U-1").await;
    let stranger = person(app, &app.client, "U-2").await;
    let before = rows::all(app).await;
    let call = async |method: &str, path: &str, body: serde_json::Value| {
        let proof = Proof { session: Some(&stranger.session.token), ..Proof::default() };
        send(app, method, path, proof, Some(body.to_string())).await
    };
    let (own, challenged) =
        (format!("/members/{}", stranger.member), format!("/members/{}", stranger.challenged));
    // An answer to a question that another user was asked, by all its names.
    for key in ["guid", "credential_guid"] {
        for guid in [victim.challenge.clone(), nobody("CRD")] {
            let answer = json!({"challenges": [{key: guid, "value": "correct"}]});
            let seen = call("PUT", &format!("{challenged}/resume"), answer).await;
            assert_refused(&seen, 4003, "an answer");
        }
    }
    for member in [&own, &challenged] {
        for guid in [victim.challenge.as_str(), nobody("CRD").as_str()] {
            let seen = call("PUT", member, one_credential(guid, "correct")).await;
            assert_refused(&seen, 4003, "a credential");
            let one = json!({"credential_guid": guid, "value": "correct"});
            let seen = call("POST", &format!("{member}/credentials"), one).await;
            assert_refused(&seen, 4003, "one credential");
        }
    }
    // Institutions and their credentials are everybody's; what is no institution is refused.
    for guid in [victim.member.clone(), nobody("INS")] {
        let member =
            json!({"institution_guid": guid, "credentials": [{"credential_guid": LOGIN, "value": "x"}]});
        assert_refused(&call("POST", "/members", json!({"member": member})).await, 4220, "an institution");
    }
    let credentials = json!([{"credential_guid": victim.challenge, "value": "x"}]);
    let member = json!({"institution_code": "mxbank", "credentials": credentials});
    assert_refused(&call("POST", "/members", json!({"member": member})).await, 4003, "credentials");
    rows::assert_same(&before, &rows::all(app).await, &[], "a guid in a body");
    // A filter by what is not theirs matches nothing.
    for name in ["account_guid", "account_guid[]", "account_guids[]"] {
        let path = format!("/transactions?{name}={}", victim.account);
        let page = app.get(&path).token(&stranger.session.token).ok().await;
        assert_eq!(page["transactions"], json!([]));
        assert_eq!(page["pagination"]["total_entries"], 0);
    }
});

both!(a_partners_id_of_a_member_is_unique_in_its_client_and_free_in_another, async |app| {
    let victim = person(app, &app.client, "U-1").await;
    let stranger = person(app, &app.client, "U-2").await;
    let neighbour = person(app, &other_client(app).await, "U-1").await;
    let call = async |person: &Person, method: &str, path: &str, member: serde_json::Value| {
        let proof = Proof { session: Some(&person.session.token), ..Proof::default() };
        send(app, method, path, proof, Some(json!({"member": member}).to_string())).await
    };
    let new = json!({"external_guid": "M-1", "institution_code": "mxbank", "credentials": [
        {"credential_guid": LOGIN, "value": "mxuser.x"}, {"credential_guid": PASSWORD, "value": "x"}]});
    let own = |person: &Person| format!("/members/{}", person.member);
    let id = json!({"external_guid": "M-1"});
    assert_eq!(call(&victim, "PUT", &own(&victim), id.clone()).await.status, 200);
    let before = rows::all(app).await;
    assert_refused(&call(&stranger, "PUT", &own(&stranger), id.clone()).await, 4220, "an update");
    assert_refused(&call(&stranger, "POST", "/members", new.clone()).await, 4220, "a create");
    rows::assert_same(&before, &rows::all(app).await, &[], "an id in use");
    assert_eq!(call(&neighbour, "PUT", &own(&neighbour), id).await.status, 200);
    // The partner's id of a user likewise, and a guid in the body of a create is not taken.
    let key = Proof { key: Some(API_KEY), ..Proof::default() };
    let mine = json!({"user": {"id": "U-9", "guid": victim.user.guid.to_string()}}).to_string();
    let made = send(app, "POST", "/live/partner/users", key, Some(mine)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert!(!made.text.contains(&victim.user.guid.to_string()), "{}", made.text);
    let taken = json!({"user": {"id": "U-1"}}).to_string();
    let before = rows::all(app).await;
    assert_refused(
        &send(app, "POST", "/live/partner/users", key, Some(taken.clone())).await,
        4091,
        "a create",
    );
    let seen = send(app, "PUT", "/live/partner/users/U-9/remap_id", key, Some(taken)).await;
    assert_refused(&seen, 4091, "a remap");
    rows::assert_same(&before, &rows::all(app).await, &[], "an id in use");
});

both!(a_one_time_token_opens_no_session_of_another_user, async |app| {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let (victim, stranger) = (person(app, &app.client, "U-1").await, person(app, &app.client, "U-2").await);
    let own = String::from_utf8(STANDARD.decode(&stranger.api_token).unwrap()).unwrap();
    let secret = own.split('|').nth(1).unwrap();
    let forged = STANDARD.encode(format!("{}|{secret}", victim.user.guid));
    let seen =
        send(app, "POST", "/sessions", Proof { api_token: Some(&forged), ..Proof::default() }, None).await;
    assert_refused(&seen, 4012, "a forged token");
    let read = app.get("/user").token(&victim.session.token).ok().await;
    assert_eq!(read["user"]["failed_token_login_attempts_count"], 1);
    // The stranger's own token was not used up by it.
    app.post("/sessions").api_token(&stranger.api_token).ok().await;
});
