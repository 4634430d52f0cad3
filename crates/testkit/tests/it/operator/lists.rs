//! Lists of members and jobs over all users.
use engine::operator::{JobFilter, MemberFilter};
use testkit::{App, both};

async fn members(app: &App, filter: MemberFilter) -> Vec<String> {
    let limit = if filter.limit == 0 { 100 } else { filter.limit };
    let all = app.engine().list_members(&MemberFilter { limit, ..filter }).await.unwrap();
    all.into_iter().map(|it| it.guid).collect()
}

async fn jobs(app: &App, filter: JobFilter) -> Vec<(String, String)> {
    let limit = if filter.limit == 0 { 100 } else { filter.limit };
    let all = app.engine().list_jobs(&JobFilter { limit, ..filter }).await.unwrap();
    all.into_iter().map(|it| (it.member_guid, it.status.unwrap())).collect()
}

both!(members_of_all_users, async |app| {
    let (jane, joe) = (app.user("jane").await, app.user("joe").await);
    let (of_jane, of_joe) = (app.session(&jane).await, app.session(&joe).await);
    let connected = app.connected(&of_jane, "any-word").await;
    let denied = app.connected(&of_joe, "DENIED").await;
    let late = app.connected(&of_joe, "any-word").await;
    assert_eq!(
        members(app, MemberFilter::default()).await,
        [connected.clone(), denied.clone(), late.clone()]
    );
    let by = |status: &str| MemberFilter { status: Some(status.to_owned()), ..MemberFilter::default() };
    assert_eq!(members(app, by("denied")).await, std::slice::from_ref(&denied));
    assert_eq!(members(app, by("null")).await, Vec::<String>::new());
    let of_user = |guid: String| MemberFilter { user: Some(guid), ..MemberFilter::default() };
    assert_eq!(members(app, of_user(joe.guid.to_string())).await, [denied.clone(), late.clone()]);
    let at = |code: &str| MemberFilter { institution: Some(code.to_owned()), ..MemberFilter::default() };
    assert_eq!(members(app, at("mxbank")).await.len(), 3);
    assert_eq!(members(app, at("mxcu")).await.len(), 0);
    assert_eq!(
        members(app, MemberFilter { limit: 2, ..at("mxbank") }).await,
        [connected.clone(), denied.clone()]
    );
    let stale = MemberFilter { stale_seconds: Some(3600), ..MemberFilter::default() };
    assert_eq!(members(app, stale.clone()).await.len(), 0);
    app.pass(4000).await;
    let of_joe = app.session(&joe).await;
    app.get(&format!("/members/{late}/aggregate")).token(&of_joe.token).ok().await;
    app.pass(5).await;
    assert_eq!(members(app, stale).await, [connected, denied]);
    let unknown = app.engine().list_members(&by("BROKEN")).await.unwrap_err().to_string();
    assert!(unknown.starts_with("there is no status BROKEN; there are: CREATED, "), "{unknown}");
    assert!(app.engine().list_members(&at("nowhere")).await.is_err());
});

both!(jobs_newest_first, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let first = app.connected(&session, "any-word").await;
    let second = app.connected(&session, "SERVER_ERROR").await;
    app.pass(7200).await;
    let session = app.session(&user).await;
    app.get(&format!("/members/{second}/aggregate")).token(&session.token).ok().await;
    app.pass(5).await;
    let (done, halted) = ("COMPLETED".to_owned(), "HALTED".to_owned());
    let all =
        [(second.clone(), halted.clone()), (second.clone(), halted.clone()), (first.clone(), done.clone())];
    assert_eq!(jobs(app, JobFilter::default()).await, all);
    assert_eq!(jobs(app, JobFilter { limit: 1, ..JobFilter::default() }).await, all[..1]);
    let since = JobFilter { since_seconds: Some(3600), ..JobFilter::default() };
    assert_eq!(jobs(app, since.clone()).await, all[..1]);
    let of_first = JobFilter { member: Some(first.clone()), ..JobFilter::default() };
    assert_eq!(jobs(app, of_first.clone()).await, all[2..]);
    assert_eq!(jobs(app, JobFilter { since_seconds: Some(3600), ..of_first }).await, []);
    let completed = JobFilter { status: Some("COMPLETED".to_owned()), ..JobFilter::default() };
    assert_eq!(jobs(app, completed).await, all[2..]);
    let elsewhere = JobFilter { institution: Some("mxcu".to_owned()), ..JobFilter::default() };
    assert_eq!(jobs(app, elsewhere).await, []);
    let unknown = JobFilter { status: Some("LOST".to_owned()), limit: 1, ..JobFilter::default() };
    let unknown = app.engine().list_jobs(&unknown).await.unwrap_err().to_string();
    assert!(unknown.starts_with("there is no job status LOST; there are: INITIATED, "), "{unknown}");
});
