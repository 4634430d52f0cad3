//! The dialect of 2014 (`spec: conventions, 4`).
use crate::support::{JSON, NEXUS, OLD};
use serde_json::json;
use testkit::both;

both!(a_suffix_and_a_slash_on_every_path, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let job = app.member(&session, &member).await["most_recent_job_guid"].as_str().unwrap().to_owned();
    for path in [
        "/user".to_owned(),
        "/members".to_owned(),
        format!("/members/{member}"),
        format!("/members/{member}/challenges"),
        format!("/members/{member}/accounts"),
        format!("/jobs/{job}"),
        "/categories".to_owned(),
        "/accounts".to_owned(),
        "/institutions/mxbank".to_owned(),
    ] {
        let plain = app.get(&path).token(&session.token).ok().await;
        for end in ["/", ".json", ".json/", ".json?x=1", "/?x=1"] {
            let answer = app.get(&format!("{path}{end}")).token(&session.token).send().await.is(200);
            if end.contains("json") {
                assert_eq!(answer.media(), JSON, "{path}{end}");
            }
            let mut body = answer.json();
            if let Some(data) = body.as_object_mut().unwrap().remove("pagination_data") {
                assert!(end.contains("json") && data["current_page"] == 1);
                body["pagination"] = plain["pagination"].clone();
            }
            assert_eq!(body, plain, "{path}{end}");
        }
        let mx = app.get(&format!("{path}.json")).accept(NEXUS).token(&session.token).send().await.is(200);
        assert_eq!((mx.media(), mx.json()), (NEXUS, plain));
    }
});

both!(pages_of_that_time, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let present = app.get("/transactions?page=2").token(&session.token).ok().await;
    for (path, accept) in [
        ("/transactions.json?page=2", ""),
        ("/transactions?page=2", OLD),
        ("/transactions/?page=2", OLD),
        ("/transactions.json?page=2", JSON),
    ] {
        let request = app.get(path).token(&session.token);
        let request = if accept.is_empty() { request } else { request.accept(accept) };
        let answer = request.send().await.is(200);
        assert_eq!(
            (answer.media(), answer.keys("")),
            (JSON, vec!["transactions".to_owned(), "pagination_data".to_owned()])
        );
        let body = answer.json();
        assert_eq!(body["transactions"], present["transactions"]);
        let expected = json!({
            "current_page": 2, "records_on_current_page": 25, "total_pages": present["pagination"]["total_pages"],
            "total_records_found": present["pagination"]["total_entries"],
        });
        assert_eq!(body["pagination_data"], expected, "{path} {accept}");
    }
    let mx = app.get("/transactions.json?page=2").accept(NEXUS).token(&session.token).ok().await;
    assert_eq!(mx, present);
});

both!(bodies_of_that_time, async |app| {
    let user = app.user("U-1").await;
    let token = app.api_token(&user).await;
    let body = app.post("/sessions.json").api_token(&token).accept(OLD).raw("null", OLD).ok().await;
    let token = body["session"]["token"].as_str().unwrap();
    let made = app
        .post("/members.json")
        .token(token)
        .accept(OLD)
        .raw(app.new_member("x").to_string(), OLD)
        .ok()
        .await;
    let member = made["member"]["guid"].as_str().unwrap();
    let renamed =
        app.put(&format!("/members/{member}.json")).token(token).json(json!({"name": "Mine"})).ok().await;
    assert_eq!(renamed["member"]["name"], "Mine");
    app.get(&format!("/members/{member}/aggregate.json")).token(token).raw("null", JSON).send().await.is(202);
    app.delete(&format!("/members/{member}.json")).token(token).send().await.is(204);
});

both!(partners_have_the_suffix_but_no_slash, async |app| {
    app.user("U-1").await;
    app.get("/live/partner/users/U-1.json").key().ok().await;
    app.get("/sso/partner/users/U-1/api_token.json").key().ok().await;
    app.get("/sso/partner/users/U-1/api_token/").key().fails(4040).await;
});
