//! Sealed rows of the audit trail cannot be changed, removed or added without its check saying so.
use crate::{rows, world::person};
use engine::AuditReport;
use testkit::{App, both};

/// Three batches of sealed rows.
async fn sealed(app: &App) -> AuditReport {
    for id in ["U-1", "U-2", "U-3"] {
        person(app, &app.client, id).await;
        assert!(app.engine().seal_audit().await.unwrap() > 3);
    }
    let report = app.engine().check_audit().await.unwrap();
    assert_eq!((report.seals, report.unsealed, report.broken_at), (3, 0, None));
    assert_eq!(app.engine().seal_audit().await.unwrap(), 0, "nothing is sealed twice");
    report
}

/// What the check says after a change, which is then taken back.
async fn after(app: &App, change: &str, back: &str) -> Option<i64> {
    let before = rows::all(app).await;
    rows::change(app, change).await;
    assert_ne!(before, rows::all(app).await, "{change} changed nothing");
    let report = app.engine().check_audit().await.unwrap();
    rows::change(app, back).await;
    assert_eq!(app.engine().check_audit().await.unwrap().broken_at, None, "after {back}");
    report.broken_at
}

const SECOND: &str = "(SELECT id FROM audit WHERE sealed_by = 2 ORDER BY id LIMIT 1)";
const ADD: &str = "INSERT INTO audit (id, at, client, user_id, actor, action, object, request_id, sealed_by) \
     SELECT id, at, client, user_id, actor, action, object, request_id, sealed_by FROM kept";

both!(a_changed_row_shows, async |app| {
    sealed(app).await;
    for (column, value) in [
        ("actor", "'nobody'"),
        ("action", "'nothing'"),
        ("object", "'nobody'"),
        ("request_id", "'none'"),
        ("at", "at + 1"),
        ("client", "NULL"),
        ("user_id", "7"),
    ] {
        rows::change(app, &format!("CREATE TABLE kept AS SELECT * FROM audit WHERE id = {SECOND}")).await;
        let change = format!("UPDATE audit SET {column} = {value} WHERE id = {SECOND}");
        let back = format!("DELETE FROM audit WHERE id = {SECOND}; {ADD}; DROP TABLE kept");
        assert_eq!(after(app, &change, &back).await, Some(2), "{column}");
    }
});

both!(a_removed_row_shows, async |app| {
    sealed(app).await;
    for seal in 1..=3 {
        let first = format!("(SELECT id FROM audit WHERE sealed_by = {seal} ORDER BY id LIMIT 1)");
        rows::change(app, &format!("CREATE TABLE kept AS SELECT * FROM audit WHERE id = {first}")).await;
        let change = format!("DELETE FROM audit WHERE id = {first}");
        assert_eq!(after(app, &change, &format!("{ADD}; DROP TABLE kept")).await, Some(seal));
    }
});

both!(an_added_row_shows, async |app| {
    sealed(app).await;
    let id = if app.database_name() == "sqlite" { "x'00'" } else { "'\\x00'::bytea" };
    for seal in 1..=4 {
        // The fourth seal does not exist: a row under it would never be sealed and never be checked.
        let change = format!(
            "INSERT INTO audit (id, at, actor, action, object, request_id, sealed_by) \
             VALUES ({id}, 0, 'session', 'POST /members', '', '', {seal})"
        );
        assert_eq!(after(app, &change, &format!("DELETE FROM audit WHERE id = {id}")).await, Some(seal));
    }
});

both!(a_row_that_moved_and_a_seal_that_changed_or_went_show, async |app| {
    sealed(app).await;
    rows::change(app, &format!("CREATE TABLE kept AS SELECT * FROM audit WHERE id = {SECOND}")).await;
    let change = format!("UPDATE audit SET sealed_by = 1 WHERE id = {SECOND}");
    let back = "DELETE FROM audit WHERE id IN (SELECT id FROM kept)";
    assert_eq!(after(app, &change, &format!("{back}; {ADD}; DROP TABLE kept")).await, Some(1));
    rows::change(app, "CREATE TABLE kept_seals AS SELECT * FROM audit_seals").await;
    let back = "DELETE FROM audit_seals; INSERT INTO audit_seals SELECT * FROM kept_seals";
    let of_third = "(SELECT seal FROM kept_seals WHERE seq = 3)";
    let change = format!("UPDATE audit_seals SET seal = {of_third} WHERE seq = 1");
    assert_eq!(after(app, &change, back).await, Some(1));
    assert_eq!(after(app, "UPDATE audit_seals SET row_count = 1 WHERE seq = 2", back).await, Some(2));
    for seal in 1..=3 {
        let found = after(app, &format!("DELETE FROM audit_seals WHERE seq = {seal}"), back).await;
        assert!(found.is_some_and(|at| at >= seal), "without seal {seal}: {found:?}");
    }
    rows::change(app, "DROP TABLE kept_seals").await;
});
