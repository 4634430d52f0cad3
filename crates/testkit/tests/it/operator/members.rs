//! What a change of the catalogue does to members: rows 27 to 29 (`spec: nexus-core, 10.2`).
use super::{LOGIN_AND_PASSWORD, bank, connect, load, load_bank, operator};
use crate::support::{guid, is, state};
use engine::catalogue::{Edit, Format};
use serde_json::{Value, json};
use store::{institutions::WorkKind, scope::SystemScope};
use testkit::{App, app::Session, both};

const SYSTEM: SystemScope = SystemScope::of_the_service();

/// Members of `first` in the statuses that the rows tell apart, by name.
async fn members(app: &App, session: &Session) -> Vec<(&'static str, String)> {
    let skip = json!({"skip_aggregation": true});
    let at_rest = connect(app, session, "first", "at-rest", skip.clone()).await;
    let failed = connect(app, session, "first", "failed", json!({})).await;
    app.pass(5).await;
    assert_eq!(state(app, session, &failed).await, is("FAILED", false));
    let paused = connect(app, session, "first", "paused", skip.clone()).await;
    app.engine().pause_member(&operator(), &paused).await.unwrap();
    let closed = connect(app, session, "first", "closed", skip).await;
    app.engine().close_member(&operator(), &closed).await.unwrap();
    let running = connect(app, session, "first", "running", json!({})).await;
    assert_eq!(state(app, session, &running).await, is("CREATED", true));
    vec![
        ("at rest", at_rest),
        ("failed", failed),
        ("paused", paused),
        ("closed", closed),
        ("running", running),
    ]
}

async fn states(
    app: &App,
    session: &Session,
    members: &[(&'static str, String)],
) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for (name, guid) in members {
        let (status, runs) = state(app, session, guid).await;
        assert!(!runs, "{name}");
        all.push((*name, status));
    }
    all
}

fn expected(all: [&'static str; 5]) -> Vec<(&'static str, String)> {
    let names = ["at rest", "failed", "paused", "closed", "running"];
    names.into_iter().zip(all.map(str::to_owned)).collect()
}

both!(another_connector_reconnects_members, async |app| {
    let session = app.new_session().await;
    load_bank(app, "first", json!({})).await;
    let members = members(app, &session).await;
    let report = load_bank(app, "first", json!({"connector": "other"})).await;
    assert_eq!(report.changed[0].members_become, ["RECONNECTED"]);
    assert_eq!(report.members_changed, 3);
    let all = ["RECONNECTED", "RECONNECTED", "DISABLED", "CLOSED", "RECONNECTED"];
    assert_eq!(states(app, &session, &members).await, expected(all));
    let job = app.job(&session, &members[4].1).await;
    assert_eq!((&job["status"], &job["error_message_code"]), (&json!(9), &json!(9)));
    // Once: who comes back to the new connector is left alone.
    assert_eq!(load_bank(app, "first", json!({"connector": "other"})).await.members_changed, 0);
});

both!(a_retired_institution_discontinues_members_and_stays_readable, async |app| {
    let session = app.new_session().await;
    load_bank(app, "first", json!({})).await;
    let members = members(app, &session).await;
    let engine = app.engine();
    let planned = engine.plan_edit("first", Edit::Retire).await.unwrap();
    let report = engine.apply_institutions(&operator(), planned, &mut |_, _| {}).await.unwrap();
    assert_eq!(
        (report.retired[0].members_become.as_slice(), report.members_changed),
        (&["DISCONTINUED".to_owned()][..], 4)
    );
    let all = ["DISCONTINUED", "DISCONTINUED", "DISCONTINUED", "CLOSED", "DISCONTINUED"];
    assert_eq!(states(app, &session, &members).await, expected(all));
    let job = app.job(&session, &members[4].1).await;
    assert_eq!((&job["status"], &job["error_message_code"]), (&json!(9), &json!(9)));
    app.get("/institutions/first").token(&session.token).ok().await;
    let member =
        json!({"institution_code": "first", "credentials": [{"credential_guid": "x", "value": "y"}]});
    let asked = app.get("/institutions/first/credentials").token(&session.token).ok().await;
    let given: Vec<Value> = asked["credentials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| json!({"credential_guid": guid(field), "value": "new"}))
        .collect();
    let mut body = json!({"member": member});
    body["member"]["credentials"] = given.into();
    app.post("/members").token(&session.token).json(body).fails(4222).await;
    app.get(&format!("/members/{}/aggregate", members[0].1)).token(&session.token).fails(4050).await;

    // Offered again: members stay, unless they are brought back as row 28 does.
    let planned = engine.plan_edit("first", Edit::Unretire { reconnect: false }).await.unwrap();
    let report = engine.apply_institutions(&operator(), planned, &mut |_, _| {}).await.unwrap();
    assert_eq!(report.members_changed, 0);
    assert!(report.warnings[0].contains("members stay DISCONTINUED"), "{:?}", report.warnings);
    app.pass(1).await;
    let planned = engine.plan_edit("first", Edit::Unretire { reconnect: true }).await.unwrap();
    let report = engine.apply_institutions(&operator(), planned, &mut |_, _| {}).await.unwrap();
    assert_eq!(report.members_changed, 4);
    let all = ["RECONNECTED", "RECONNECTED", "RECONNECTED", "CLOSED", "RECONNECTED"];
    assert_eq!(states(app, &session, &members).await, expected(all));
});

both!(a_credential_that_is_required_now_impairs_those_who_lack_it, async |app| {
    let session = app.new_session().await;
    load_bank(app, "first", json!({})).await;
    let members = members(app, &session).await;
    let mut asks: Value = serde_json::from_str(LOGIN_AND_PASSWORD).unwrap();
    let pin =
        |optional: bool| json!({"field_name": "PIN", "field_type": 0, "label": "PIN", "optional": optional});
    asks.as_array_mut().unwrap().push(pin(true));
    let report = load_bank(app, "first", json!({"credentials": asks})).await;
    assert_eq!((report.members_changed, report.changed.len()), (0, 1), "an optional one harms nobody");
    let has_it = connect(app, &session, "first", "has-it", json!({"skip_aggregation": true})).await;
    asks[2] = pin(false);
    let report = load_bank(app, "first", json!({"credentials": asks})).await;
    assert_eq!(report.changed[0].members_become, ["IMPAIRED"]);
    assert_eq!(report.members_changed, 3);
    let all = ["IMPAIRED", "IMPAIRED", "DISABLED", "CLOSED", "IMPAIRED"];
    assert_eq!(states(app, &session, &members).await, expected(all));
    let job = app.job(&session, &members[4].1).await;
    assert_eq!((&job["status"], &job["error_message_code"]), (&json!(9), &json!(8)));
    assert_eq!(state(app, &session, &has_it).await, is("CREATED", false));
    let member = app.member(&session, &members[0].1).await;
    assert_eq!(member["needs_updated_credentials"], true);
    // With the credential given, it goes on.
    let asked = app.get("/institutions/first/credentials").token(&session.token).ok().await;
    let pin = json!([{"credential_guid": asked["credentials"][2]["guid"], "value": "1234"}]);
    crate::support::update(app, &session, &members[0].1, json!({"credentials": pin})).await;
    assert_eq!(state(app, &session, &members[0].1).await, is("UPDATED", true));
});

both!(what_a_crash_left_undone_is_done_by_whoever_comes, async |app| {
    let session = app.new_session().await;
    load_bank(app, "first", json!({})).await;
    let skip = json!({"skip_aggregation": true});
    let member = connect(app, &session, "first", "one", skip.clone()).await;
    app.pass(10).await;
    // The change of the catalogue and the note of what is to be done are one commit; then the process dies.
    let institution = app.engine().institution_named("first").unwrap().guid;
    let mut row = app.engine().db().institutions().await.unwrap();
    row.retain(|row| row.guid == institution);
    let mut row = row.pop().unwrap();
    "other".clone_into(&mut row.connector);
    row.updated_at = app.now();
    let now = app.now();
    let engine = app.engine();
    let written = engine.db().write(move |tx| {
        tx.put_institutions(SYSTEM, std::iter::once(&row))?;
        tx.put_institution_work(SYSTEM, institution, WorkKind::Moved, now)
    });
    written.await.unwrap();
    app.crash().await;
    app.pass(10).await;
    // Who came after the change speaks with the new connector already.
    let later = connect(app, &session, "first", "two", skip).await;
    assert_eq!(state(app, &session, &member).await, is("CREATED", false));
    assert_eq!(app.engine().reconcile_members(&mut |_, _| {}).await.unwrap(), 1);
    assert_eq!(state(app, &session, &member).await, is("RECONNECTED", false));
    assert_eq!(state(app, &session, &later).await, is("CREATED", false));
    assert_eq!(app.engine().db().institution_work(SYSTEM).await.unwrap(), None);
    assert_eq!(app.engine().reconcile_members(&mut |_, _| {}).await.unwrap(), 0);
});

both!(hundreds_of_members_follow_in_batches_and_on_two_nodes_once, async |app| {
    load_bank(app, "first", json!({})).await;
    let skip = json!({"skip_aggregation": true});
    let mut all = Vec::new();
    for n in 0..5 {
        let user = app.user(&format!("U-{n}")).await;
        let session = app.session(&user).await;
        for m in 0..24 {
            all.push((
                session.clone(),
                connect(app, &session, "first", &format!("login-{m}"), skip.clone()).await,
            ));
        }
    }
    let institution = app.engine().institution_named("first").unwrap().guid;
    let now = app.now();
    let engine = app.engine();
    let work =
        engine.db().write(move |tx| tx.put_institution_work(SYSTEM, institution, WorkKind::Moved, now));
    work.await.unwrap();
    let (one, other) = (app.engine(), app.engine());
    let (mut heard, mut heard_too) = (Vec::new(), Vec::new());
    let (mut hear, mut hear_too) =
        (|done, total| heard.push((done, total)), |done, total| heard_too.push((done, total)));
    let (a, b) = tokio::join!(one.reconcile_members(&mut hear), other.reconcile_members(&mut hear_too));
    assert_eq!(a.unwrap() + b.unwrap(), 120);
    let looked: u64 =
        [&heard, &heard_too].into_iter().filter_map(|it| it.last()).map(|(done, _)| *done).sum();
    assert_eq!(looked, 120, "{heard:?} {heard_too:?}");
    for (session, member) in all {
        let member = app.member(&session, &member).await;
        assert_eq!((&member["connection_status"], &member["revision"]), (&json!("RECONNECTED"), &json!(1)));
    }
});

both!(a_conversation_does_not_go_on_with_another_connector, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    assert_eq!(app.status(&session, &member).await, "CHALLENGED");
    let mut rows = app.engine().db().institutions().await.unwrap();
    rows.retain(|row| row.code == "mxbank");
    "other".clone_into(&mut rows[0].connector);
    app.engine().put_institutions(rows, Vec::new()).await.unwrap();
    app.answer(&session, &member, "correct").await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("RECONNECTED", false));
    let job = app.job(&session, &member).await;
    assert_eq!((&job["status"], &job["error_message_code"]), (&json!(9), &json!(9)));
});

both!(institutions_that_a_client_disabled_are_left_out_and_refused, async |app| {
    let session = app.new_session().await;
    load(
        app,
        &json!([bank("first", &json!({})), bank("second", &json!({}))]).to_string(),
        Format::Json,
        false,
    )
    .await;
    let mut settings = (*app.client.settings).clone();
    settings.disabled_institutions = vec!["first".to_owned()];
    app.engine().update_client(&operator(), &app.client, &settings).await.unwrap();
    let body = json!({"institution": {"name": ""}});
    let found = app.post("/institutions/search").token(&session.token).json(body).ok().await;
    let codes: Vec<&str> =
        found["institutions"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"second") && !codes.contains(&"first"), "{codes:?}");
    let read = app.get("/institutions/first").token(&session.token).ok().await;
    assert_eq!(read["institution"]["is_disabled_by_client"], true);
    let asked = app.get("/institutions/first/credentials").token(&session.token).ok().await;
    let given: Vec<Value> = asked["credentials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| json!({"credential_guid": guid(field), "value": "x"}))
        .collect();
    let body = json!({"member": {"institution_code": "first", "credentials": given}});
    app.post("/members").token(&session.token).json(body).fails(4222).await;
});
