//! Members and sessions: what is kept, what comes back, who gets in.
use crate::world::{World, call, new_member};
use domain::{enums::ConnectionStatus as C, secret::SecretText};
use engine::{Error, user::UserPatch};
use store::{members::Member, scope::SystemScope};

#[tokio::test]
async fn a_member_made_again_purges_all_deleted_ones_with_its_login() {
    let w = World::new().await;
    let mut guids = Vec::new();
    for _ in 0..2 {
        let member = w.connect("x").await;
        w.pass(5).await;
        w.engine.delete_member(&call(), w.scope(), &member).await.unwrap();
        guids.push(member);
    }
    let skipped = engine::member::NewMember { skip_aggregation: true, ..new_member("mxuser", "x") };
    let again = w.engine.create_member(&call(), w.scope(), skipped).await.unwrap().view;
    guids.push(again.member.guid.to_string());
    guids.dedup();
    assert_eq!(guids.len(), 3, "a new guid each time");
    assert!(again.member.state.aggregated_at.is_some(), "the deleted one's");
    let scope = w.scope();
    let places = w.engine.db().account_places(scope).await.unwrap();
    assert!(places.is_empty(), "what was deleted is purged, its accounts with it");
}

#[tokio::test]
async fn inside_the_throttle_a_member_made_again_keeps_the_old_start() {
    let w = World::new().await;
    // A bank with a throttle: the sandbox's, without being a test institution.
    let bank = w.engine.db().institutions().await.unwrap().into_iter().find(|i| i.code == "mxbank").unwrap();
    let credentials = w.engine.db().institution_credentials().await.unwrap();
    let mut credentials: Vec<_> = credentials.into_iter().filter(|c| c.institution == bank.guid).collect();
    let guid = "INS-00000000-0000-4000-8000-000000000001".parse().unwrap();
    let real = store::institutions::InstitutionRow {
        guid,
        code: "real".to_owned(),
        document: bank.document.replace("\"is_test\":true", "\"is_test\":false"),
        ..bank.clone()
    };
    for (n, credential) in credentials.iter_mut().enumerate() {
        credential.guid = format!("CRD-00000000-0000-4000-8000-00000000000{n}").parse().unwrap();
        credential.institution = guid;
    }
    let given: Vec<_> = credentials.iter().map(|c| c.guid.to_string()).collect();
    w.engine.put_institutions(vec![real], credentials).await.unwrap();
    let new = || engine::member::NewMember {
        institution_code: Some("real".to_owned()),
        credentials: given.iter().map(|guid| crate::world::credential(guid, "mxuser")).collect(),
        ..Default::default()
    };
    let first = w.engine.create_member(&call(), w.scope(), new()).await.unwrap().view;
    assert!(!first.institution.is_test);
    w.engine.work_due().await.unwrap();
    let first = w.engine.member(w.scope(), &first.member.guid.to_string()).await.unwrap();
    let start = first.member.state.aggregated_at;
    assert!(start.is_some());
    w.engine.delete_member(&call(), w.scope(), &first.member.guid.to_string()).await.unwrap();
    w.clock.advance_seconds(3600);
    let again = w.engine.create_member(&call(), w.scope(), new()).await.unwrap().view;
    assert!(again.member.state.is_being_aggregated);
    assert_eq!(again.member.state.aggregated_at, start);
}

#[tokio::test]
async fn a_closed_member_takes_no_credentials_whatever_else_is_wrong_with_them() {
    let w = World::new().await;
    let closed = w.connect_as("mxuser.1", "CLOSED").await;
    w.connect_as("mxuser.2", "x").await;
    w.pass(5).await;
    assert_eq!(w.status(&closed).await, (Some(C::Closed), false));
    let credentials = new_member("mxuser.2", "x").credentials;
    let patch = engine::member::MemberPatch { credentials, ..Default::default() };
    let refused = w.engine.update_member(&call(), w.scope(), &closed, patch).await.unwrap_err();
    assert_eq!(refused.to_string(), "Credentials cannot be updated.");
}

#[tokio::test]
async fn a_disabled_user_keeps_an_unused_token_and_gets_no_session() {
    let w = World::new().await;
    let token = w.engine.issue_api_token(&call(), &w.user).await.unwrap();
    let disabled = |is_disabled| UserPatch { is_disabled: Some(is_disabled), ..UserPatch::default() };
    w.engine.update_user(&call(), w.client.scope, "U-1", disabled(true)).await.unwrap();
    let open = async |token: &SecretText| w.engine.open_session(&call(), Some(token.expose()), true).await;
    assert!(matches!(open(&token).await, Err(Error::UserDisabled)));
    w.engine.update_user(&call(), w.client.scope, "U-1", disabled(false)).await.unwrap();
    assert!(open(&token).await.is_ok(), "it was not consumed");
    assert!(matches!(open(&token).await, Err(Error::BadApiToken)));
    let user = w.engine.user(w.scope()).await.unwrap();
    assert_eq!(user.failed_token_logins, 1);
}

#[tokio::test]
async fn the_sweep_purges_what_is_past_its_time() {
    let w = World::new().await;
    let member = w.connect("x").await;
    w.pass(5).await;
    let job = w.job(&member).await.guid;
    let kept: Member = w.engine.member(w.scope(), &w.connect_as("mxuser.2", "x").await).await.unwrap().member;
    w.pass(5).await;
    w.engine.delete_member(&call(), w.scope(), &member).await.unwrap();
    w.clock.advance_seconds(13 * 86_400);
    w.engine.sweep().await.unwrap();
    assert_eq!(w.engine.db().account_places(w.scope()).await.unwrap().len(), 28);
    w.clock.advance_seconds(2 * 86_400);
    w.engine.sweep().await.unwrap();
    assert_eq!(w.engine.db().account_places(w.scope()).await.unwrap().len(), 14);
    assert!(w.engine.job(w.scope(), &job.to_string()).await.is_ok(), "jobs outlive their member");
    w.clock.advance_seconds(80 * 86_400);
    w.engine.sweep().await.unwrap();
    assert!(w.engine.job(w.scope(), &job.to_string()).await.is_err());
    assert!(w.job(&kept.guid.to_string()).await.state.finished_at.is_some(), "the most recent one stays");

    w.engine.delete_user(&call(), w.client.scope, "U-1").await.unwrap();
    w.clock.advance_seconds(15 * 86_400);
    w.engine.sweep().await.unwrap();
    let users = w.engine.db().write(|tx| {
        tx.users_deleted_before(
            SystemScope::of_the_service(),
            domain::time::Timestamp::from_seconds(i64::from(u32::MAX)),
        )
    });
    assert_eq!(users.await.unwrap().len(), 0);
    assert!(w.engine.db().account_places(w.scope()).await.unwrap().is_empty());
}
