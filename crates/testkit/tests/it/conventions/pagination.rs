//! Pages (`spec: conventions, 6`).
use serde_json::json;
use testkit::both;

both!(what_counts_as_absent, async |app| {
    let session = app.new_session().await;
    app.connected(&session, "x").await;
    let total = app.get("/transactions").token(&session.token).ok().await["pagination"]["total_entries"]
        .as_u64()
        .unwrap();
    for (query, page, per_page) in [
        ("", 1, 25),
        ("page=1", 1, 25),
        ("page=0", 1, 25),
        ("page=-3", 1, 25),
        ("page=two", 1, 25),
        ("page=", 1, 25),
        ("page=3", 3, 25),
        ("records_per_page=9", 1, 25),
        ("records_per_page=10", 1, 10),
        ("records_per_page=1000", 1, 1000),
        ("records_per_page=1001", 1, 25),
        ("records_per_page=ten", 1, 25),
        ("records_per_page=-1&page=2", 2, 25),
        ("page=99999999&records_per_page=100", 99_999_999, 100),
    ] {
        let body = app.get(&format!("/transactions?{query}")).token(&session.token).ok().await;
        let pages = total.div_ceil(per_page);
        let expected =
            json!({"current_page": page, "per_page": per_page, "total_entries": total, "total_pages": pages});
        assert_eq!(body["pagination"], expected, "{query}");
        let shown = body["transactions"].as_array().unwrap().len() as u64;
        assert_eq!(shown, total.saturating_sub((page - 1) * per_page).min(per_page), "{query}");
    }
});

both!(an_empty_list_has_one_page, async |app| {
    let session = app.new_session().await;
    let body = app.get("/transactions").token(&session.token).send().await.is(200);
    assert_eq!(
        body.text(),
        r#"{"transactions":[],"pagination":{"current_page":1,"per_page":25,"total_entries":0,"total_pages":1}}"#
    );
    let body = app.get("/transactions?page=4").token(&session.token).ok().await;
    assert_eq!(body["pagination"]["current_page"], 4);
});

both!(lists_that_are_never_paged, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    let job = app.member(&session, &member).await["most_recent_job_guid"].as_str().unwrap().to_owned();
    for (path, root) in [
        ("/members".to_owned(), "members"),
        (format!("/members/{member}/credentials"), "credentials"),
        (format!("/members/{member}/challenges"), "challenges"),
        (format!("/jobs/{job}/mfa_credentials"), "credentials"),
        ("/institutions/mxbank/credentials".to_owned(), "credentials"),
    ] {
        for query in ["", "?page=2&records_per_page=10", ".json?page=1"] {
            let answer = app.get(&format!("{path}{query}")).token(&session.token).send().await.is(200);
            assert_eq!(answer.keys(""), [root], "{path}{query}");
            assert!(!answer.json()[root].as_array().unwrap().is_empty());
        }
    }
});
