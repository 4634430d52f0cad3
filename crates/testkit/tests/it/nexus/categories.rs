//! `/categories` (`spec: nexus-pfm, 4`).
use crate::support::{NEXUS, each, guid, nobody};
use serde_json::{Value, json};
use testkit::both;

both!(the_whole_taxonomy, async |app| {
    let session = app.new_session().await;
    let answer = app.get("/categories").token(&session.token).send().await.is(200);
    assert_eq!(
        (answer.media(), answer.keys("")),
        (NEXUS, vec!["categories".to_owned()]),
        "whole, without pagination"
    );
    let keys =
        ["created_at", "guid", "is_default", "is_income", "metadata", "name", "parent_guid", "updated_at"];
    assert_eq!(answer.keys("/categories/0"), keys);
    let body = answer.json();
    let list = body["categories"].as_array().unwrap();
    assert_eq!(list.len(), 118);
    assert_eq!(list.iter().filter(|c| c["parent_guid"].is_null()).count(), 21);
    for category in list {
        assert_eq!(category["is_default"], true);
        for key in ["created_at", "metadata", "updated_at"] {
            assert!(category[key].is_null());
        }
        assert!(guid(category).starts_with("CAT-"));
    }
    let income: Vec<&Value> = list.iter().filter(|c| c["is_income"] == true).collect();
    assert_eq!((income.len(), &income[0]["name"]), (6, &json!("Income")));
});

both!(parents_by_name_each_followed_by_its_children_by_name, async |app| {
    let session = app.new_session().await;
    let body = app.get("/categories").token(&session.token).ok().await;
    let list = body["categories"].as_array().unwrap();
    let names = |list: Vec<&Value>| -> Vec<String> {
        list.iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
    };
    let parents = names(list.iter().filter(|c| c["parent_guid"].is_null()).collect());
    assert!(parents.is_sorted(), "{parents:?}");
    let mut parent = Value::Null;
    for (at, category) in list.iter().enumerate() {
        if category["parent_guid"].is_null() {
            parent = category["guid"].clone();
            let children = names(list[at + 1..].iter().take_while(|c| !c["parent_guid"].is_null()).collect());
            assert!(children.is_sorted(), "{children:?}");
        } else {
            assert_eq!(category["parent_guid"], parent);
        }
    }
});

both!(defaults_and_single_ones, async |app| {
    let session = app.new_session().await;
    let all = app.get("/categories").token(&session.token).send().await.is(200);
    let defaults = app.get("/categories/default").token(&session.token).send().await.is(200);
    assert_eq!(all.bytes, defaults.bytes);
    for category in all.json()["categories"].as_array().unwrap().iter().take(10) {
        let answer =
            app.get(&format!("/categories/{}", guid(category))).token(&session.token).send().await.is(200);
        assert_eq!(answer.keys(""), ["category"]);
        assert_eq!(&answer.json()["category"], category);
    }
    for guid in [nobody("CAT"), "x".to_owned()] {
        let message = app.get(&format!("/categories/{guid}")).token(&session.token).fails(4040).await;
        assert_eq!(message, "category not found");
    }
    app.get("/categories").fails(4010).await;
});

both!(pages_where_they_are_asked_for, async |app| {
    let session = app.new_session().await;
    let all = app.get("/categories").token(&session.token).ok().await;
    let mut paged = Vec::new();
    for page in 1..=3 {
        let body =
            app.get(&format!("/categories?page={page}&records_per_page=50")).token(&session.token).ok().await;
        assert_eq!(
            body["pagination"],
            json!({"current_page": page, "per_page": 50, "total_entries": 118, "total_pages": 3})
        );
        paged.extend(body["categories"].as_array().unwrap().clone());
    }
    assert_eq!(each(&Value::from(paged), "guid"), each(&all["categories"], "guid"));
});
