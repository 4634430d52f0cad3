//! Media types (`spec: conventions, 3`).
use crate::support::{API, BETA, JSON, NEXUS, OLD};
use testkit::both;

both!(the_documented_type_unless_accept_names_another, async |app| {
    let session = app.new_session().await;
    for (path, documented) in [("/user", API), ("/members", NEXUS), ("/accounts", NEXUS), ("/nothing", NEXUS)]
    {
        for (accept, media) in [
            ("", documented),
            ("*/*", documented),
            ("application/*", documented),
            (NEXUS, NEXUS),
            (API, API),
            (BETA, BETA),
            (JSON, JSON),
            (OLD, JSON),
            ("application/json; charset=utf-8", JSON),
            ("text/html, application/json;q=0.5", JSON),
            ("application/json;q=0.1, application/vnd.mx.nexus.v1+json;q=0.9", NEXUS),
            ("application/json;q=0, application/vnd.mx.api.v1+json", API),
            ("text/html, */*;q=0.1", documented),
        ] {
            let request = app.get(path).token(&session.token);
            let request = if accept.is_empty() { request } else { request.accept(accept) };
            assert_eq!(request.send().await.media(), media, "{path}: {accept}");
        }
    }
});

both!(types_that_are_not_spoken, async |app| {
    let session = app.new_session().await;
    for accept in ["text/html", "application/xml", "application/vnd.mx.nexus.v1+xml", "application/json;q=0"]
    {
        let answer = app.get("/members").token(&session.token).accept(accept).send().await;
        assert_eq!(answer.media(), JSON, "{accept}");
        answer.fails(4060);
    }
});

both!(errors_follow_accept, async |app| {
    for (accept, media) in [(BETA, BETA), (JSON, JSON), (OLD, JSON), ("*/*", NEXUS)] {
        let answer = app.get("/members").accept(accept).send().await;
        assert_eq!(answer.media(), media);
        answer.fails(4010);
    }
    let answer = app.get("/user").send().await;
    assert_eq!(answer.media(), API);
    answer.fails(4010);
});

both!(types_of_bodies, async |app| {
    let session = app.new_session().await;
    let member = app.connect(&session, "x").await;
    let path = format!("/members/{member}");
    let put = |media: &str| app.put(&path).token(&session.token).raw(r#"{"member":{"name":"x"}}"#, media);
    for media in ["", NEXUS, API, BETA, OLD, JSON, "application/json; charset=utf-8", "Application/JSON"] {
        put(media).ok().await;
    }
    for media in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "application/vnd.mx.nexus.v1+xml",
    ] {
        put(media).fails(4150).await;
    }
    // Not looked at where there is no body.
    app.put(&path).token(&session.token).raw("", "text/plain").fails(4001).await;
    app.get(&path).token(&session.token).raw("", "text/plain").ok().await;
    app.delete(&path).token(&session.token).raw("null", "text/plain").send().await.is(204);
});
