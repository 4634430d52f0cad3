//! `POST /institutions/search` (`spec: nexus-core, 3`).
use super::read::INSTITUTION;
use crate::support::{NEXUS, OLD};
use serde_json::{Value, json};
use testkit::{App, app::Session, both};

async fn codes(app: &App, session: &Session, query: &str, institution: Value) -> Vec<String> {
    let path = format!("/institutions/search{query}");
    let body = app.post(&path).token(&session.token).json(json!({"institution": institution})).ok().await;
    let found = body["institutions"].as_array().unwrap();
    found.iter().map(|i| i["code"].as_str().unwrap().to_owned()).collect()
}

both!(a_page_of_institutions, async |app| {
    let session = app.new_session().await;
    let body = json!({"institution": {"name": "MX Bank", "account_types": [1, {}]}});
    let answer = app.post("/institutions/search").token(&session.token).json(body).send().await.is(200);
    assert_eq!(
        (answer.media(), answer.keys("")),
        (NEXUS, vec!["institutions".to_owned(), "pagination".to_owned()])
    );
    assert_eq!(answer.keys("/institutions/0"), INSTITUTION);
    assert_eq!(answer.keys("/pagination"), ["current_page", "per_page", "total_entries", "total_pages"]);
    assert_eq!(answer.json()["institutions"][0]["code"], "mxbank");
});

both!(by_name, async |app| {
    let session = app.new_session().await;
    for name in ["MX Bank", "mx bank", "bank mx", "b m", "MX-Bank", "m'x bánk", "mxbank"] {
        let found = codes(app, &session, "", json!({"name": name})).await;
        assert_eq!(found.first().map(String::as_str), Some("mxbank"), "{name}");
    }
    for name in ["ank", "mx bankk", "MXBANK", "nothing like it"] {
        let found = codes(app, &session, "", json!({"name": name})).await;
        assert!(!found.contains(&"mxbank".to_owned()), "{name}: {found:?}");
    }
    let all = codes(app, &session, "", json!({"name": ""})).await;
    for code in ["mxbank", "mxcu", "sandbox_ca", "sandbox_basic"] {
        assert!(all.contains(&code.to_owned()), "{all:?}");
    }
    assert!(!all.contains(&"manual".to_owned()), "hidden: {all:?}");
});

both!(by_country_and_support, async |app| {
    let session = app.new_session().await;
    let name = json!({"name": ""});
    let canada = codes(app, &session, "?iso_country_code[]=CA", name.clone()).await;
    let mut sorted = canada.clone();
    sorted.sort();
    assert_eq!(sorted, ["mxbank", "sandbox_ca"]);
    assert_eq!(codes(app, &session, "?iso_country_code=CA", name.clone()).await, canada);
    let both = codes(app, &session, "?iso_country_code[]=CA&iso_country_code[]=US", name.clone()).await;
    assert_eq!(both, codes(app, &session, "", name.clone()).await);
    assert_eq!(codes(app, &session, "?iso_country_code[]=FR", name).await, Vec::<String>::new());
    for flag in
        ["supports_account_identification", "supports_account_verification", "supports_transaction_history"]
    {
        let found = codes(app, &session, "", json!({"name": "", flag: true})).await;
        assert!(
            found.contains(&"mxbank".to_owned()) && !found.contains(&"sandbox_basic".to_owned()),
            "{found:?}"
        );
        let unfiltered = codes(app, &session, "", json!({"name": "", flag: "false"})).await;
        assert!(unfiltered.contains(&"sandbox_basic".to_owned()));
    }
    let bad = app.post("/institutions/search?iso_country_code[]=Canada").token(&session.token);
    bad.json(json!({"institution": {"name": ""}})).fails(4002).await;
});

both!(bodies_that_say_nothing, async |app| {
    let session = app.new_session().await;
    for body in ["", "null", "{}", r#"{"member":{"name":"x"}}"#] {
        let message = app.post("/institutions/search").token(&session.token).raw(body, "").fails(4001).await;
        assert_eq!(message, "Required params missing.", "{body}");
    }
    for body in [r#"{"institution":{"url":""}}"#, r#"{"institution":{"supports_account_verification":true}}"#]
    {
        let message = app.post("/institutions/search").token(&session.token).raw(body, "").fails(4002).await;
        assert_eq!(message, "param is missing or the value is empty: institution", "{body}");
    }
    app.post("/institutions/search").token(&session.token).raw("[]", "").fails(4000).await;
    app.post("/institutions/search").raw("{}", "").fails(4010).await;
});

both!(an_unrooted_body_and_the_old_pages, async |app| {
    let session = app.new_session().await;
    let answer = app
        .post("/institutions/search.json?page=1")
        .token(&session.token)
        .json(json!({"name": "MX Bank"}))
        .send()
        .await
        .is(200);
    assert_eq!(
        (answer.media(), answer.keys("")),
        ("application/json", vec!["institutions".to_owned(), "pagination_data".to_owned()])
    );
    let data = answer.json()["pagination_data"].clone();
    let mut keys = answer.keys("/pagination_data");
    keys.sort();
    assert_eq!(keys, ["current_page", "records_on_current_page", "total_pages", "total_records_found"]);
    assert_eq!((&data["current_page"], &data["total_pages"]), (&json!(1), &json!(1)));
    assert_eq!(data["records_on_current_page"], data["total_records_found"]);
    let old = app
        .post("/institutions/search")
        .accept(OLD)
        .token(&session.token)
        .json(json!({"name": "MX Bank"}))
        .send()
        .await
        .is(200);
    assert_eq!(old.bytes, answer.bytes);
});

both!(pages_under_either_spelling, async |app| {
    let session = app.new_session().await;
    let body = json!({"institution": {"name": ""}});
    for (query, page, per_page) in [
        ("?page=2&records_per_page=10", 2, 10),
        ("?records_per_age=10", 1, 10),
        ("?page=0&records_per_page=9", 1, 25),
        ("?page=x&records_per_page=1001", 1, 25),
        ("?page=7&records_per_page=1000", 7, 1000),
    ] {
        let read = app
            .post(&format!("/institutions/search{query}"))
            .token(&session.token)
            .json(body.clone())
            .ok()
            .await;
        let pagination = &read["pagination"];
        assert_eq!(
            (&pagination["current_page"], &pagination["per_page"]),
            (&json!(page), &json!(per_page)),
            "{query}"
        );
        if page > 1 {
            assert_eq!(read["institutions"], json!([]), "past the last page");
        }
    }
});
