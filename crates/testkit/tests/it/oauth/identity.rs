//! Consents of the same bank identity end in one member (`spec: nexus-core, 4`).
use super::{Browser, connect_by_oauth, consent, new_member, window_uri};
use crate::support::{is, state};
use serde_json::json;
use testkit::both;

both!(two_consents_of_one_identity_are_one_member, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let older = connect_by_oauth(app, &session, "mxuser", "DENIED").await;
    assert_eq!(state(app, &session, &older).await, is("DENIED", false));
    let (newer, uri) = new_member(app, &session, json!({"external_guid": "M-2"})).await;
    let page = consent(app, &uri, "mxuser", "any").await.is(200);
    assert!(page.text().contains(&older) && !page.text().contains(&newer), "{page:?}");
    app.get(&format!("/members/{newer}")).token(&session.token).fails(4040).await;
    assert_eq!(state(app, &session, &older).await, is("UPDATED", true));
    app.pass(5).await;
    assert_eq!(state(app, &session, &older).await, is("CONNECTED", false), "by the new tokens");
    // What the purged one was called is free.
    new_member(app, &session, json!({"external_guid": "M-2"})).await;
});

both!(other_identities_institutions_and_users_are_others, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let one = connect_by_oauth(app, &session, "mxuser", "any").await;
    let two = connect_by_oauth(app, &session, "mxuser.2", "any").await;
    let elsewhere = json!({"institution_code": "mxcu_oauth"});
    let (three, uri) = new_member(app, &session, elsewhere).await;
    consent(app, &uri, "mxuser", "any").await.is(200);
    let user = app.user("U-2").await;
    let stranger = app.session(&user).await;
    let four = connect_by_oauth(app, &stranger, "mxuser", "any").await;
    app.pass(5).await;
    for member in [one, two, three] {
        assert_eq!(state(app, &session, &member).await, is("CONNECTED", false));
    }
    assert_eq!(state(app, &stranger, &four).await, is("CONNECTED", false));
});

both!(a_member_that_logs_in_as_another_ones_user_stays_what_it_is, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let one = connect_by_oauth(app, &session, "mxuser", "any").await;
    let two = connect_by_oauth(app, &session, "mxuser.2", "any").await;
    let uri = window_uri(app, &session, &two).await;
    let page = consent(app, &uri, "mxuser", "any").await.is(200);
    assert!(page.text().contains(&one), "{page:?}");
    assert_eq!(state(app, &session, &one).await, is("UPDATED", true));
    assert_eq!(state(app, &session, &two).await, is("CONNECTED", false));
    app.pass(5).await;
});

both!(a_member_may_change_its_user_at_the_bank, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let member = connect_by_oauth(app, &session, "mxuser", "any").await;
    let uri = window_uri(app, &session, &member).await;
    consent(app, &uri, "mxuser.2", "any").await.is(200);
    app.pass(5).await;
    // The identity it had is nobody's.
    let other = connect_by_oauth(app, &session, "mxuser", "any").await;
    assert_ne!(other, member);
    assert_eq!(state(app, &session, &other).await, is("CONNECTED", false));
});

both!(the_window_of_a_merged_member_is_gone, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    connect_by_oauth(app, &session, "mxuser", "any").await;
    let (_, uri) = new_member(app, &session, json!({})).await;
    let back = Browser::visit(app, &uri).await.decide(app, "mxuser", "any", "allow").await;
    back.get(app).await.is(200);
    assert_eq!(back.get(app).await.status, 410);
    app.pass(5).await;
});

both!(a_deleted_member_of_the_same_identity_is_purged, async |app| {
    app.listen().await;
    let session = app.new_session().await;
    let member = connect_by_oauth(app, &session, "mxuser", "any").await;
    app.delete(&format!("/members/{member}")).token(&session.token).send().await.is(204);
    let again = connect_by_oauth(app, &session, "mxuser", "any").await;
    assert_ne!(again, member);
    let accounts = app.get("/accounts").token(&session.token).ok().await;
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 3);
});
