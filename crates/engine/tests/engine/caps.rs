//! An institution that hangs leaves the others their workers.
use crate::world::{World, credential};
use domain::{
    enums::{ConnectionStatus, FieldType},
    env::Clock,
    guid::{CredentialGuid, InstitutionGuid},
    settings::Settings,
};
use engine::member::NewMember;
use store::{
    institutions::{InstitutionCredentialRow, InstitutionRow},
    jobs::{DueJob, Job},
    scope::SystemScope,
};

const SYSTEM: SystemScope = SystemScope::of_the_service();

/// A bank that is no sandbox institution; its jobs fail at their first step.
async fn bank(w: &World, code: &str) -> InstitutionGuid {
    let now = w.clock.now();
    let guid = InstitutionGuid::new(now, w.engine.entropy());
    let institution = InstitutionRow {
        guid,
        code: code.to_owned(),
        name: code.to_owned(),
        connector: "sandbox".to_owned(),
        document: "{}".to_owned(),
        created_at: now,
        updated_at: now,
    };
    let field = InstitutionCredentialRow {
        guid: CredentialGuid::new(now, w.engine.entropy()),
        institution: guid,
        display_order: 1,
        field_type: i64::from(FieldType::Login.code()),
        field_name: "LOGIN".to_owned(),
        label: "Login".to_owned(),
        optional: false,
        created_at: now,
        updated_at: now,
    };
    w.engine.put_institutions(vec![institution], vec![field]).await.unwrap();
    guid
}

async fn member(w: &World, code: &str, n: usize) -> String {
    let field = w.engine.catalogue().find(code).unwrap().credentials[0].guid.to_string();
    w.create(NewMember {
        institution_code: Some(code.to_owned()),
        credentials: vec![credential(&field, &format!("login-{n}"))],
        ..NewMember::default()
    })
    .await
}

/// Jobs of an institution that are due in ten seconds and in nobody's hands.
async fn free(w: &World, institution: InstitutionGuid) -> Vec<DueJob> {
    let due = w.engine.db().due_jobs(SYSTEM, w.clock.now().plus_seconds(10), w.clock.now(), &[], 1000);
    due.await.unwrap().into_iter().filter(|job| job.institution == institution).collect()
}

#[tokio::test]
async fn jobs_at_one_institution_have_a_limit_and_those_of_others_go_on() {
    let w = World::new().await;
    let cap = Settings::default().jobs_per_institution as usize;
    let (hangs, _) = (bank(&w, "hangs").await, bank(&w, "works").await);
    let mut members = Vec::new();
    for n in 0..cap + 3 {
        members.push(member(&w, "hangs", n).await);
    }
    let other = member(&w, "works", 0).await;
    let (scope, later) = (w.scope(), Some(w.clock.now().plus_seconds(10)));
    for guid in members.iter().chain([&other]) {
        let job = Job { due_at: later, step_at: later, ..w.job(guid).await };
        w.engine.db().write(move |tx| tx.update_job(scope, &job)).await.unwrap();
    }
    w.engine.run_background().await.unwrap();
    // Another node has as many of its jobs as there may be, and they do not come back.
    let lease = w.clock.now().plus_seconds(600);
    for job in free(&w, hangs).await.into_iter().take(cap) {
        w.engine.db().write(move |tx| tx.lease_job(&job, lease)).await.unwrap();
    }
    w.clock.advance_seconds(11);
    while w.status(&other).await.1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(w.status(&other).await, (Some(ConnectionStatus::Failed), false));
    assert_eq!(free(&w, hangs).await.len(), 3, "they wait");
    w.engine.db().write(|tx| tx.release_all_jobs(SYSTEM)).await.unwrap();
    for guid in &members {
        while w.status(guid).await.1 {
            tokio::task::yield_now().await;
        }
    }
    w.engine.shut_down().await.unwrap();
}
