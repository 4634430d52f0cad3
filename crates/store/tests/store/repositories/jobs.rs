//! Jobs, their leases and their challenges.
use crate::support::{SYSTEM, at, full_job, guid, insert_job, sparse_job, user_with_member};
use domain::enums::JobStatus;
use store::jobs::{ChallengeRow, Job};
use testkit::postgres::both_stores;

#[tokio::test]
async fn jobs() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, member) = user_with_member(&db).await;
        let (sparse, full) = (sparse_job(1, &member), full_job(2, &member));
        for job in [&sparse, &full] {
            insert_job(&db, scope, job).await;
            assert_eq!(db.job(scope, job.guid).await.unwrap(), Some(job.clone()), "{engine}");
        }
        assert_eq!(db.unfinished_jobs(SYSTEM).await.unwrap(), 2, "{engine}");
        assert_eq!(db.next_due_job(SYSTEM).await.unwrap(), Some(at(14)), "{engine}");

        // All that can change goes over to the other job.
        let mut changed = Job {
            guid: sparse.guid,
            include_transactions: sparse.include_transactions,
            include_holdings: sparse.include_holdings,
            status_before: sparse.status_before,
            due_at: None,
            ..full.clone()
        };
        changed.state.kind = sparse.state.kind;
        changed.state.is_background = sparse.state.is_background;
        changed.state.is_authenticated = true;
        let write = changed.clone();
        db.write(move |tx| tx.update_job(scope, &write)).await.unwrap();
        assert_eq!(db.job(scope, sparse.guid).await.unwrap(), Some(changed.clone()), "{engine}");
        let inside = db.write(move |tx| tx.job(scope, changed.guid)).await.unwrap();
        assert_eq!(inside.map(|job| job.state), Some(changed.state), "{engine}");
        assert_eq!(db.unfinished_jobs(SYSTEM).await.unwrap(), 1, "{engine}");
        assert_eq!(db.next_due_job(SYSTEM).await.unwrap(), Some(at(20)), "{engine}");
    }
}

#[tokio::test]
async fn a_job_is_leased_to_one_worker() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, member) = user_with_member(&db).await;
        let job = sparse_job(1, &member);
        insert_job(&db, scope, &job).await;
        let due = async |now, machine| db.due_jobs(SYSTEM, at(now), at(machine), &[], 10).await.unwrap();
        assert!(due(13, 0).await.is_empty(), "{engine}: not yet due");
        let looked = due(14, 0).await[0];
        assert_eq!((looked.scope, looked.guid, looked.due_at), (scope, job.guid, at(14)), "{engine}");

        let lease = async |until| db.write(move |tx| tx.lease_job(&looked, at(until))).await.unwrap();
        let (one, two) = tokio::join!(lease(100), lease(100));
        let fence = one.or(two).unwrap();
        assert!(one.is_none() || two.is_none(), "{engine}: two have it");
        assert_eq!(fence, looked.fence + 1, "{engine}");
        assert!(due(14, 99).await.is_empty(), "{engine}: leased");
        assert_eq!(due(14, 100).await[0].fence, fence, "{engine}: the lease ran out");

        let renew =
            async |fence| db.write(move |tx| tx.renew_lease(scope, guid(1), fence, at(1000))).await.unwrap();
        let holds = async |fence| db.write(move |tx| tx.holds_job(scope, guid(1), fence)).await.unwrap();
        assert!(holds(fence).await && !holds(looked.fence).await, "{engine}");
        assert!(renew(fence).await && !renew(looked.fence).await, "{engine}");
        assert!(due(14, 999).await.is_empty(), "{engine}: the lease lasts longer");
        let free = async |machine| db.next_free_job(SYSTEM, at(machine), &[]).await.unwrap();
        assert_eq!((free(999).await, free(1000).await), (None, Some(at(14))), "{engine}");
        db.write(move |tx| tx.release_job(scope, guid(1), fence)).await.unwrap();
        assert_eq!(due(14, 1).await.len(), 1, "{engine}: given back");
        db.write(move |tx| tx.fence_job_off(scope, guid(1))).await.unwrap();
        assert!(!holds(fence).await, "{engine}");

        let next = due(14, 0).await[0];
        db.write(move |tx| tx.lease_job(&next, at(100))).await.unwrap().unwrap();
        assert_eq!(db.write(|tx| tx.release_all_jobs(SYSTEM)).await.unwrap(), 1, "{engine}");
        assert_eq!(due(14, 0).await.len(), 1, "{engine}");
    }
}

#[tokio::test]
async fn old_jobs_go_but_the_most_recent_of_a_member() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, mut member) = user_with_member(&db).await;
        for n in 1..=3 {
            let mut job = sparse_job(n, &member);
            job.state.status = JobStatus::Completed;
            job.state.finished_at = Some(at(i64::try_from(n).unwrap()));
            job.due_at = None;
            insert_job(&db, scope, &job).await;
        }
        insert_job(&db, scope, &sparse_job(4, &member)).await;
        member.job = Some(guid(1));
        db.write(move |tx| tx.update_member(scope, &member)).await.unwrap();
        assert_eq!(db.write(|tx| tx.delete_old_jobs(SYSTEM, at(3), 9)).await.unwrap(), 1, "{engine}");
        for (n, is_there) in [(1, true), (2, false), (3, true), (4, true)] {
            assert_eq!(db.job(scope, guid(n)).await.unwrap().is_some(), is_there, "{engine} {n}");
        }
        db.write(move |tx| tx.purge_member_jobs(scope, 1)).await.unwrap();
        assert!(db.job(scope, guid(4)).await.unwrap().is_none(), "{engine}");
    }
}

#[tokio::test]
async fn challenges_of_a_job() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, member) = user_with_member(&db).await;
        insert_job(&db, scope, &sparse_job(1, &member)).await;
        let row = |n| ChallengeRow {
            guid: guid(n),
            document: format!("{{\"n\": {n}}}"),
            answer: None,
            created_at: at(1),
        };
        let put = async |set: Vec<ChallengeRow>| {
            db.write(move |tx| tx.put_challenges(scope, guid(1), &set)).await.unwrap();
        };
        put(vec![row(9)]).await;
        put(vec![row(3), row(2)]).await;
        db.write(move |tx| tx.answer_challenge(scope, guid(1), guid(2), b"sealed")).await.unwrap();
        let want = [row(3), ChallengeRow { answer: Some(b"sealed".to_vec()), ..row(2) }];
        let read = db.challenges(scope, guid(1)).await.unwrap();
        assert_eq!(
            format!("{read:?}"),
            format!("{want:?}"),
            "{engine}: the set was replaced, its order kept"
        );
        db.write(move |tx| tx.delete_challenges(scope, guid(1))).await.unwrap();
        assert!(db.challenges(scope, guid(1)).await.unwrap().is_empty(), "{engine}");
    }
}
