//! `DELETE /micro_deposits/{micro_deposit_guid}`
use super::{amounts, create, deposited, made, person, status, to};
use crate::support::guid;
use serde_json::json;
use testkit::both;

both!(in_any_status, async |app| {
    let mut session = app.new_session().await;
    let verified = deposited(app, &mut session).await;
    amounts(app, &session, &verified, json!(0.09), json!(0.09)).await.is(200);
    let mut invalid = to("1111");
    invalid["routing_number"] = json!("991234560");
    let mut all = vec![
        (verified, "VERIFIED"),
        (guid(&create(app, &session, person()).await), "PREINITIATED"),
        (guid(&create(app, &session, invalid).await), "REJECTED"),
        (guid(&create(app, &session, to("7331")).await), "CONFLICTED"),
    ];
    for (number, name) in [("10000", "ERRORED"), ("10002", "REQUESTED")] {
        all.push((made(app, &session, number).await, name));
    }
    app.pass(60).await;
    all.push((made(app, &session, "7332").await, "INITIATED"));
    for (deposit, name) in &all {
        assert_eq!(status(app, &session, deposit).await, *name);
        let path = format!("/micro_deposits/{deposit}");
        let gone = app.delete(&path).token(&session.token).send().await.is(204);
        assert_eq!(gone.text(), "");
        assert_eq!(app.get(&path).token(&session.token).fails(4040).await, "micro deposit not found");
        app.delete(&path).token(&session.token).fails(4040).await;
    }
    assert_eq!(app.get("/micro_deposits").token(&session.token).ok().await, json!({"micro_deposits": []}));
    assert_eq!(app.engine().microdeposits_due_at().await.unwrap(), None, "nobody is asked any more");
});
