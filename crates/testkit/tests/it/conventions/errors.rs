//! Errors and the order of checks (`spec: conventions, 5`).
use crate::support::nobody;
use serde_json::json;
use testkit::both;

both!(paths_and_methods, async |app| {
    let session = app.new_session().await;
    for path in ["/", "/nothing", "/members/x/y/z", "//members", "/Members", "/jobs", "/members%2F"] {
        assert_eq!(app.get(path).token(&session.token).fails(4040).await, "path not found", "{path}");
        app.get(path).fails(4040).await;
    }
    for (method, path) in [
        ("DELETE", "/members"),
        ("PATCH", "/user"),
        ("POST", "/user"),
        ("PUT", "/sessions"),
        ("GET", "/sessions"),
        ("GET", "/institutions/search"),
        ("OPTIONS", "/members"),
        ("DELETE", "/members/aggregate"),
    ] {
        let answer = app.request(method, path).token(&session.token).send().await;
        if (method, path) == ("GET", "/institutions/search")
            || (method, path) == ("DELETE", "/members/aggregate")
        {
            // `search` and `aggregate` may also be read as a name.
            assert!([404, 405].contains(&answer.status), "{answer:?}");
            continue;
        }
        assert!(!answer.header("allow").is_empty(), "{method} {path}");
        assert_eq!(answer.fails(4050), "method not allowed");
        app.request(method, path).fails(4050).await;
    }
});

both!(head_is_get_without_the_body, async |app| {
    let session = app.new_session().await;
    let get = app.get("/user").token(&session.token).send().await.is(200);
    let head = app.request("HEAD", "/user").token(&session.token).send().await.is(200);
    assert!(head.bytes.is_empty());
    assert_eq!((head.media(), head.header("content-length")), (get.media(), get.header("content-length")));
});

both!(head_starts_nothing, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let job = app.member(&session, &member).await["most_recent_job_guid"].clone();
    for path in ["/members/aggregate".to_owned(), format!("/members/{member}/aggregate")] {
        let answer = app.request("HEAD", &path).token(&session.token).send().await;
        assert_eq!(answer.status, 405, "{path}");
    }
    assert_eq!(app.member(&session, &member).await["most_recent_job_guid"], job);
});

both!(each_check_comes_before_those_that_follow, async |app| {
    let session = app.new_session().await;
    let path = format!("/members/{}", nobody("MBR"));
    let big = "x".repeat((1 << 20) + 1);
    let put = |path: &str| app.put(path);
    // Everything is wrong; what comes first is taken away step by step.
    put("/nothing").accept("text/html").raw(big, "text/plain").fails(4130).await;
    put("/nothing").accept("text/html").raw("{", "text/plain").fails(4040).await;
    app.post(&path).accept("text/html").raw("{", "text/plain").fails(4050).await;
    put(&path).accept("text/html").raw("{", "text/plain").fails(4010).await;
    let with = |path: &str| put(path).token(&session.token);
    with(&path).accept("text/html").raw("{", "text/plain").fails(4060).await;
    with(&path).raw("{", "text/plain").fails(4150).await;
    with(&path).raw("{", "application/json").fails(4000).await;
    with(&path).raw("{}", "application/json").fails(4040).await;
    let member = format!("/members/{}", app.connected(&session, "CLOSED").await);
    with(&member).raw("{}", "application/json").fails(4001).await;
    let credentials =
        |guid: &str| json!({"credentials": [{"credential_guid": guid, "value": "x"}], "name": 5});
    with(&member).json(credentials("CRD-1")).fails(4002).await;
    with(&member)
        .json(json!({"credentials": [{"credential_guid": "CRD-1", "value": "x"}]}))
        .fails(4003)
        .await;
    let right = json!({"credentials": [{"credential_guid": testkit::app::PASSWORD, "value": "x"}]});
    with(&member).json(right).fails(4050).await;
});

both!(a_refused_call_changes_nothing, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let before = (app.member(&session, &member).await, app.get("/user").token(&session.token).ok().await);
    let path = format!("/members/{member}");
    for body in [
        json!({"name": "x", "metadata": 5}),
        json!({"name": "x", "external_guid": "MBR-x"}),
        json!({"name": "x", "credentials": [{}]}),
    ] {
        let answer = app.put(&path).token(&session.token).json(json!({"member": body})).send().await;
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    let after = (app.member(&session, &member).await, app.get("/user").token(&session.token).ok().await);
    assert_eq!(after, before);
});

both!(unknown_keys_are_ignored, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "x").await;
    let body = json!({"member": {"name": "x", "unknown": {"deep": []}}, "other": 1});
    app.put(&format!("/members/{member}?unknown=1&unknown[]=2&=&&"))
        .token(&session.token)
        .json(body)
        .ok()
        .await;
});

both!(every_path_of_the_document_wants_its_proof, async |app| {
    let document = app.get("/openapi.json").ok().await;
    let mut seen = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let face = path.split('/').nth(1).unwrap();
        if ["health", "metrics", "openapi.json", "docs"].contains(&face) || path == "/sessions" {
            continue;
        }
        let code = if ["sso", "live", "sandbox"].contains(&face) { 4013 } else { 4010 };
        let path = path.replace("{client_id}", "partner").replace('{', "x").replace('}', "");
        for method in ["get", "post", "put", "delete"] {
            if item[method].is_object() {
                app.request(&method.to_uppercase(), &path).fails(code).await;
                seen += 1;
            }
        }
    }
    assert!(seen >= 35, "{seen}");
});
