//! The static endpoints behind the token `test_session` (`spec: sandbox, 4`).
use crate::support::{API, JSON, NEXUS, is};
use serde_json::{Value, json};
use testkit::{App, Response, app::Setup, both};

const WORDS: [&str; 22] = [
    "CREATED",
    "PREVENTED",
    "DENIED",
    "CHALLENGED",
    "REJECTED",
    "LOCKED",
    "CONNECTED",
    "IMPEDED",
    "RECONNECTED",
    "DEGRADED",
    "DISCONNECTED",
    "DISCONTINUED",
    "CLOSED",
    "DELAYED",
    "FAILED",
    "UPDATED",
    "DISABLED",
    "IMPORTED",
    "RESUMED",
    "EXPIRED",
    "IMPAIRED",
    "PENDING",
];

async fn call(app: &App, method: &str, path: &str) -> Response {
    app.request(method, path).token("test_session").send().await
}

async fn member(app: &App, method: &str, path: &str) -> Value {
    let answer = call(app, method, path).await.is(200);
    assert_eq!(answer.media(), NEXUS, "{path}");
    answer.json()["member"].clone()
}

fn shown(member: &Value) -> (String, bool) {
    is(member["connection_status"].as_str().unwrap(), member["is_being_aggregated"] == true)
}

both!(a_member_in_the_state_of_each_word, async |app| {
    let session = app.new_session().await;
    let real = app.connected(&session, "x").await;
    let real = app.get(&format!("/members/{real}")).token(&session.token).send().await;
    for (id, word) in WORDS.into_iter().enumerate() {
        let path = format!("/members/{word}");
        let answer = call(app, "GET", &path).await.is(200);
        assert_eq!(answer.keys("/member"), real.keys("/member"), "{word}");
        let first = answer.json()["member"].clone();
        assert_eq!(first["connection_status"], word);
        assert_eq!(first["connection_status_id"], id, "{word}");
        assert_eq!(
            first["is_being_aggregated"],
            ["CHALLENGED", "RESUMED", "DELAYED"].contains(&word),
            "{word}"
        );
        let needs = ["DENIED", "PREVENTED", "IMPORTED", "IMPAIRED"].contains(&word);
        assert_eq!(first["needs_updated_credentials"], needs, "{word}");
        assert_eq!(first["is_oauth"], word == "PENDING");
        for (method, end) in [
            ("GET", "/"),
            ("GET", ".json"),
            ("PUT", ""),
            ("GET", "/aggregate"),
            ("GET", "/aggregate/"),
            ("POST", "/aggregate"),
            ("GET", "/refresh"),
        ] {
            let answer = call(app, method, &format!("{path}{end}")).await.is(200);
            assert_eq!(answer.json()["member"], first, "{method} {path}{end}");
        }
    }
    let test_member = member(app, "GET", "/members/test_member").await;
    assert_eq!(shown(&test_member), is("CONNECTED", false));
    let message = "The credentials entered do not match your credentials at this institution. Please re-enter your \
                   credentials to continue importing data.";
    assert_eq!(member(app, "GET", "/members/DENIED").await["connection_status_message"], message);
    let body = json!({"member": {"name": "anything"}});
    app.put("/members/test_member").token("test_session").json(body).ok().await;
});

both!(the_documented_samples, async |app| {
    let numbers = call(app, "GET", "/members/test_nexus_member/account_numbers").await.is(200);
    let expected = r#"{"account_numbers":[{"account_guid":"ACT-15f3a4de-cb45-d892-4480-6d05576011a8","account_number":"10001","guid":"ACN-320ec63f-0000-4000-8000-000000000001","institution_number":null,"member_guid":"MBR-c6536f4c-61dc-a047-5c45-ee38b8ba812a","passed_validation":true,"routing_number":"68899990000000","transit_number":null,"user_guid":"USR-11141024-90b3-1bce-cac9-c06ced52ab4c"}]}"#;
    assert_eq!((numbers.media(), numbers.text()), (NEXUS, expected));
    let owners = call(app, "GET", "/members/test_nexus_member/account_owners/").await.is(200);
    let expected = r#"{"account_owners":[{"account_guid":"ACT-f0c7d835-9668-4306-b8b4-ff60fc241e8d","address":"3401 N Thanksgiving Way","city":"Lehi","country":"United States","email":"mxuser.mx.com","first_name":null,"last_name":null,"member_guid":"MBR-84ca0882-ad6c-4f10-817f-c8c0de7424fa","owner_name":"MX Test","phone":"555-555-5555","postal_code":"84034","state":"Utah","user_guid":"USR-11141024-90b3-1bce-cac9-c06ced52ab4c"}]}"#;
    assert_eq!((owners.media(), owners.text()), (NEXUS, expected));
    for (path, expected) in [
        ("/members/unverified/account_numbers", json!({"account_numbers": []})),
        ("/members/unidentified/account_owners", json!({"account_owners": []})),
    ] {
        assert_eq!(call(app, "GET", path).await.is(200).json(), expected, "{path}");
    }
    let user = call(app, "GET", "/user").await.is(200);
    assert_eq!((user.media(), user.keys("/user").len()), (API, 21));
    assert_eq!(user.json()["user"]["first_name"], "John");
});

both!(verify_and_identify, async |app| {
    for word in ["test_nexus_member", "unverified", "unidentified"] {
        for job in ["verify", "identify"] {
            let member = member(app, "POST", &format!("/members/{word}/{job}")).await;
            assert_eq!(shown(&member), is("CREATED", true), "{word} {job}");
        }
    }
});

both!(the_challenge_and_its_answer, async |app| {
    let challenges = call(app, "GET", "/members/CHALLENGED/challenges").await.is(200).json();
    let question = "What city were you born in?";
    let expected = json!({"challenges": [{
        "field_name": question, "guid": "CRD-22f1b144-dde6-4c80-9d98-ca3c4900d173", "label": question, "type": "TEXT",
    }]});
    assert_eq!(challenges, expected);
    let answer =
        json!({"challenges": [{"guid": "CRD-22f1b144-dde6-4c80-9d98-ca3c4900d173", "value": "Lehi"}]});
    let path = "/members/CHALLENGED/resume";
    let resumed = app.put(path).token("test_session").json(answer).ok().await["member"].clone();
    assert_eq!(shown(&resumed), is("RESUMED", true));
    assert_eq!(resumed["guid"], member(app, "GET", "/members/CHALLENGED").await["guid"]);
});

both!(one_member_for_each_word, async |app| {
    for path in ["/members", "/members/", "/members.json"] {
        let members = call(app, "GET", path).await.is(200).json()["members"].clone();
        let members = members.as_array().unwrap();
        assert_eq!(members.len(), 23);
        for (member, word) in members[1..].iter().zip(WORDS) {
            assert_eq!(member["connection_status"], word);
        }
        let guids: std::collections::BTreeSet<_> = members.iter().map(|m| m["guid"].to_string()).collect();
        assert_eq!(guids.len(), 23);
    }
});

both!(all_else_is_not_there, async |app| {
    for (method, path) in [
        ("GET", "/members/connected"),
        ("GET", "/members/MBR-7c6f361b-e582-15b6-60c0-358f12466b4b"),
        ("GET", "/members/CONNECTED/challenges"),
        ("PUT", "/members/CONNECTED/resume"),
        ("GET", "/members/test_member/account_numbers"),
        ("GET", "/members/unverified/account_owners"),
        ("GET", "/members/unidentified/account_numbers"),
        ("POST", "/members/test_member/verify"),
        ("GET", "/members/test_nexus_member/verify"),
        ("POST", "/members/test_nexus_member/extend_history"),
        ("DELETE", "/members/test_member"),
        ("POST", "/members"),
        ("GET", "/members/aggregate"),
        ("POST", "/user"),
        ("GET", "/accounts"),
        ("GET", "/transactions"),
        ("GET", "/institutions/mxbank"),
        ("GET", "/jobs/JOB-d6bb804b-6d12-44f1-b0ad-403441c03372"),
        ("GET", "/nothing"),
        ("GET", "/"),
    ] {
        app.request(method, path).token("test_session").fails(4040).await;
    }
    // Faces with keys of their own know no such token, and opening a session needs none.
    app.get("/sandbox/clock").token("test_session").fails(4013).await;
    app.post("/sessions").token("test_session").fails(4012).await;
    app.get("/user").token("Test_session").fails(4010).await;
});

both!(media_types_and_bodies_as_usual, async |app| {
    let get = |accept: &str| app.get("/members/test_member").token("test_session").accept(accept);
    assert_eq!(get("application/json").send().await.is(200).media(), JSON);
    get("text/html").fails(4060).await;
    let put =
        |body: &'static str, media: &str| app.put("/members/LOCKED").token("test_session").raw(body, media);
    put("{}", "text/plain").fails(4150).await;
    put("{", "application/json").fails(4000).await;
    put(r#"{"name":"x"}"#, "application/json").ok().await;
    let head = call(app, "HEAD", "/members/test_member").await.is(200);
    assert_eq!(head.text(), "");
});

#[tokio::test]
async fn without_the_sandbox_it_is_an_unknown_token() {
    let app = App::sqlite_with(Setup { sandbox: false, ..Setup::default() }).await;
    for path in ["/members/test_member", "/user", "/members"] {
        app.get(path).token("test_session").fails(4010).await;
    }
    app.finish().await;
}
