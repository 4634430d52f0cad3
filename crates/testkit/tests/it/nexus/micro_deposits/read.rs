//! `GET /micro_deposits`, `GET /micro_deposits/{micro_deposit_guid}`
use super::{create, made, person, read, to};
use crate::support::{BETA, JSON, NEXUS, nobody};
use serde_json::{Value, json};
use testkit::both;

both!(the_list_is_newest_first_and_each_has_its_root, async |app| {
    let session = app.new_session().await;
    assert_eq!(app.get("/micro_deposits").token(&session.token).ok().await, json!({"micro_deposits": []}));
    let mut all = Vec::new();
    for body in [to("7331"), person(), to("7332")] {
        all.insert(0, json!({"micro_deposit": create(app, &session, body).await}));
    }
    // Paging is not asked for here, whatever the query says.
    for path in ["/micro_deposits", "/micro_deposits?page=2&records_per_page=10"] {
        let answer = app.get(path).token(&session.token).send().await.is(200);
        assert_eq!(answer.media(), NEXUS);
        assert_eq!(answer.json(), json!({"micro_deposits": all}));
    }
    let newest = &all[0]["micro_deposit"];
    assert_eq!(read(app, &session, newest["guid"].as_str().unwrap()).await, *newest);
});

both!(older_clients_get_ten_keys_without_a_root, async |app| {
    let session = app.new_session().await;
    made(app, &session, "7331").await;
    let whole =
        app.get("/micro_deposits").token(&session.token).ok().await["micro_deposits"][0]["micro_deposit"]
            .clone();
    let answer = app.get("/micro_deposits").token(&session.token).accept(BETA).send().await.is(200);
    assert_eq!(answer.media(), BETA);
    let body = answer.json();
    let item = body["micro_deposits"][0].as_object().unwrap();
    let keys: Vec<&String> = item.keys().collect();
    assert_eq!(
        keys,
        [
            "account_number",
            "account_type",
            "account_type_name",
            "created_at",
            "guid",
            "institution_name",
            "routing_number",
            "status",
            "status_name",
            "updated_at"
        ]
    );
    assert!(item.iter().all(|(key, value)| whole[key] == *value));
    // One alone is the same in all types.
    let path = format!("/micro_deposits/{}", whole["guid"].as_str().unwrap());
    for media in [BETA, JSON] {
        let one = app.get(&path).token(&session.token).accept(media).send().await.is(200);
        assert_eq!((one.media(), one.json()), (media, json!({"micro_deposit": whole})));
    }
});

both!(what_is_not_there, async |app| {
    let session = app.new_session().await;
    let deposit = made(app, &session, "7331").await;
    let other = app.user("U-2").await;
    let other = app.session(&other).await;
    for (token, guid) in [
        (&other.token, deposit.clone()),
        (&session.token, nobody("MIC")),
        (&session.token, "x".to_owned()),
        (&session.token, deposit.replace("MIC-", "MBR-")),
    ] {
        let path = format!("/micro_deposits/{guid}");
        assert_eq!(app.get(&path).token(token).fails(4040).await, "micro deposit not found");
        let body = json!({"deposit_amount_1": 0.09, "deposit_amount_2": 0.09});
        app.put(&path).token(token).json(body).fails(4040).await;
        app.delete(&path).token(token).fails(4040).await;
    }
    let list = app.get("/micro_deposits").token(&other.token).ok().await;
    assert_eq!(list["micro_deposits"], Value::Array(Vec::new()));
    let path = format!("/micro_deposits/{deposit}");
    app.post(&path).token(&session.token).fails(4050).await;
});
