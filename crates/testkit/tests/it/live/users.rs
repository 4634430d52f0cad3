//! Users of Real Time (`spec: partner, 1 and 3`).
use crate::support::{JSON, is, state, stays_secret};
use serde_json::{Value, json};
use testkit::both;

const MDX: &str = "application/vnd.moneydesktop.mdx.v5+json";
/// The keys, in the order of the published answer.
const USER: [&str; 13] = [
    "id",
    "birthdate",
    "gender",
    "first_name",
    "guid",
    "last_name",
    "metadata",
    "credit_score",
    "email",
    "phone",
    "zip_code",
    "is_disabled",
    "logged_in_at",
];

fn walter() -> Value {
    json!({
        "id": "U-39XBF7", "birthdate": "1959-07-17", "gender": "MALE", "first_name": "Walter", "last_name": "White",
        "metadata": "Additional Information", "credit_score": 718, "email": "walterwhite@example.com",
        "phone": "(505) 555-1234", "zip_code": "87101",
    })
}

both!(the_published_user, async |app| {
    let answer = app.post("/live/partner/users").key().json(json!({"user": walter()})).send().await.is(200);
    assert_eq!(
        (answer.media(), answer.keys(""), answer.keys("/user")),
        (MDX, vec!["user".into()], USER.map(String::from).to_vec())
    );
    let made = answer.json()["user"].clone();
    for (key, value) in walter().as_object().unwrap() {
        assert_eq!(&made[key], value, "{key}");
    }
    assert_eq!((&made["is_disabled"], &made["logged_in_at"]), (&json!(false), &Value::Null));
    let read = app.get("/live/partner/users/U-39XBF7").key().send().await.is(200);
    assert_eq!(read.bytes, answer.bytes);
    let user = app.engine().user_of_client(app.client.scope, "U-39XBF7").await.unwrap();
    assert_eq!(made["guid"], user.guid.to_string());
    let session = app.session(&user).await;
    let nexus = app.get("/user").token(&session.token).ok().await["user"].clone();
    assert_eq!((&nexus["birthday"], &nexus["postal_code"]), (&made["birthdate"], &made["zip_code"]));
    assert_eq!(
        (&nexus["external_guid"], &nexus["gender"], &nexus["phone"]),
        (&made["id"], &json!(0), &json!("5055551234"))
    );
    let read = app.get("/live/partner/users/U-39XBF7").key().ok().await;
    assert_eq!(read["user"]["logged_in_at"], 1_767_614_400);
});

both!(only_the_id_is_required, async |app| {
    let made =
        app.post("/live/partner/users.json").key().json(json!({"user": {"id": "U-1"}})).send().await.is(200);
    assert_eq!((made.media(), made.keys("/user")), (JSON, USER.map(String::from).to_vec()));
    let user = made.json()["user"].clone();
    for key in [
        "birthdate",
        "gender",
        "first_name",
        "last_name",
        "metadata",
        "credit_score",
        "email",
        "phone",
        "zip_code",
        "logged_in_at",
    ] {
        assert!(user[key].is_null(), "{key}");
    }
    for (body, code) in [
        (json!({"user": {}}), 4002),
        (json!({"id": "U-2"}), 4002),
        (json!({"user": {"id": ""}}), 4002),
        (json!({"user": {"id": "USR-2"}}), 4222),
        (json!({"user": {"id": "U 2"}}), 4222),
        (json!({"user": {"id": "ü"}}), 4222),
        (json!({"user": {"id": "u".repeat(1025)}}), 4222),
    ] {
        app.post("/live/partner/users").key().json(body).fails(code).await;
    }
    let message = app.post("/live/partner/users").key().json(json!({})).send().await;
    assert!([4001, 4002].contains(&(message.json()["error"]["code"].as_i64().unwrap())));
    app.post("/live/partner/users").key().raw("", "").fails(4001).await;
    app.post("/live/partner/users").key().raw("[]", "").fails(4000).await;
    app.post("/live/partner/users").key().json(json!({"user": {"id": "u".repeat(1024)}})).ok().await;
});

both!(an_id_in_use, async |app| {
    app.post("/live/partner/users").key().json(json!({"user": {"id": "U-1"}})).ok().await;
    let message =
        app.post("/live/partner/users").key().json(json!({"user": {"id": "U-1"}})).fails(4091).await;
    assert_eq!(message, "The id is already in use.");
});

both!(an_update_changes_what_is_sent_and_null_clears, async |app| {
    app.post("/live/partner/users").key().json(json!({"user": walter()})).ok().await;
    let path = "/live/partner/users/U-39XBF7";
    let mut expected = app.get(path).key().ok().await;
    let put = async |fields: Value| app.put(path).key().json(json!({"user": fields})).ok().await;
    assert_eq!(put(json!({})).await, expected);
    expected["user"]["first_name"] = json!("Skyler");
    expected["user"]["gender"] = json!("FEMALE");
    expected["user"]["credit_score"] = json!(801);
    assert_eq!(
        put(json!({"first_name": "Skyler", "gender": "FEMALE", "credit_score": "801"})).await,
        expected
    );
    for key in ["birthdate", "email", "phone", "zip_code", "metadata"] {
        expected["user"][key] = Value::Null;
        assert_eq!(put(json!({key: null})).await, expected);
    }
    let user = app.engine().user_of_client(app.client.scope, "U-39XBF7").await.unwrap();
    let session = app.session(&user).await;
    let before = app.get("/user").token(&session.token).ok().await["user"]["revision"].as_i64().unwrap();
    put(json!({"first_name": "Skyler"})).await;
    put(json!({"first_name": "Marie"})).await;
    let after = app.get("/user").token(&session.token).ok().await["user"].clone();
    assert_eq!((&after["revision"], &after["first_name"]), (&json!(before + 1), &json!("Marie")));
});

both!(fields_that_break_a_rule, async |app| {
    app.post("/live/partner/users").key().json(json!({"user": walter()})).ok().await;
    let path = "/live/partner/users/U-39XBF7";
    let before = app.get(path).key().ok().await;
    for (name, value, code) in [
        ("first_name", json!("x".repeat(51)), 4222),
        ("email", json!("nobody"), 4222),
        ("gender", json!("male"), 4222),
        ("phone", json!("1".repeat(16)), 4222),
        ("zip_code", json!("x"), 4222),
        ("credit_score", json!(1001), 4222),
        ("metadata", json!("x".repeat(8193)), 4222),
        ("first_name", json!("nul\0"), 4222),
        ("birthdate", json!("yesterday"), 4002),
        ("is_disabled", json!("yes"), 4002),
        ("last_name", json!(5), 4002),
    ] {
        let message = app.put(path).key().json(json!({"user": {name: value}})).fails(code).await;
        assert!(message.contains(name), "{message}");
    }
    assert_eq!(app.get(path).key().ok().await, before);
});

both!(disabling_stops_the_members_and_enabling_brings_them_back, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let (rests, runs) = (app.connected(&session, "x").await, app.connected(&session, "slow").await);
    let put = async |is_disabled: bool| {
        let body = json!({"user": {"is_disabled": is_disabled}});
        app.put("/live/partner/users/U-1").key().json(body).ok().await["user"]["is_disabled"].clone()
    };
    assert_eq!(put(true).await, true);
    app.get("/members").token(&session.token).fails(4011).await;
    app.pass(60).await;
    assert_eq!(put(false).await, false);
    let session = app.session(&user).await;
    assert_eq!(state(app, &session, &rests).await, is("CONNECTED", false));
    assert_eq!(state(app, &session, &runs).await, is("UPDATED", false), "a former run state");
    let job = app.job(&session, &runs).await;
    assert_eq!((&job["status"], &job["error_message_code"]), (&json!(9), &json!(9)));
});

both!(a_deleted_user_is_gone_with_all_there_was, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    app.connected(&session, "canary-2b77-of-a-password").await;
    let answer = app.delete("/live/partner/users/U-1").key().send().await.is(204);
    assert!(answer.bytes.is_empty());
    app.get("/user").token(&session.token).fails(4011).await;
    app.get("/live/partner/users/U-1").key().fails(4040).await;
    app.delete("/live/partner/users/U-1").key().fails(4040).await;
    app.get("/sso/partner/users/U-1/api_token").key().fails(4040).await;
    let made = app.post("/live/partner/users").key().json(json!({"user": {"id": "U-1"}})).ok().await;
    assert_ne!(made["user"]["guid"], user.guid.to_string());
    let again = app.engine().user_of_client(app.client.scope, "U-1").await.unwrap();
    let again = app.session(&again).await;
    assert_eq!(app.get("/members").token(&again.token).ok().await, json!({"members": []}));
    stays_secret(app, "canary-2b77-of-a-password").await;
});

both!(a_new_id, async |app| {
    let user = app.user("U-1").await;
    app.user("U-2").await;
    let put = |id: &str| app.put("/live/partner/users/U-1/remap_id").key().json(json!({"user": {"id": id}}));
    put("U-2").fails(4091).await;
    put("USR-3").fails(4222).await;
    let answer = put("U-3").send().await.is(200);
    assert_eq!(answer.keys("/user"), USER);
    assert_eq!(
        (&answer.json()["user"]["id"], &answer.json()["user"]["guid"]),
        (&json!("U-3"), &json!(user.guid.to_string()))
    );
    put("U-4").fails(4040).await;
    app.get("/live/partner/users/U-3").key().ok().await;
    let session = app.session(&user).await;
    assert_eq!(app.get("/user").token(&session.token).ok().await["user"]["external_guid"], "U-3");
});

both!(keys_and_other_clients, async |app| {
    app.user("U-1").await;
    for request in [
        app.get("/live/partner/users/U-1"),
        app.put("/live/partner/users/U-1").json(json!({"user": {}})),
        app.delete("/live/partner/users/U-1"),
        app.post("/live/partner/users").json(json!({"user": {"id": "U-2"}})),
        app.get("/live/other/users/U-1").key(),
    ] {
        assert_eq!(request.fails(4013).await, "The API key is missing or unknown.");
    }
    app.get("/live/partner/users/U-9").key().fails(4040).await;
    app.get("/live/partner/users").key().fails(4050).await;
});

both!(content_types_are_never_refused, async |app| {
    for (media, id) in
        [("", "U-1"), ("text/plain", "U-2"), ("application/vnd.moneydesktop.mdx.v5+json", "U-3")]
    {
        let body = json!({"user": {"id": id}}).to_string();
        app.post("/live/partner/users").key().raw(body, media).accept("text/html").ok().await;
    }
});
