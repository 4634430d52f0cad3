//! `GET /members` and `GET /members/{member_guid}` (`spec: nexus-core, 4`).
use crate::support::{NEXUS, each, nobody};
use serde_json::json;
use testkit::both;

/// The keys, in the order of the contract; `oauth_window_uri` is in none of these answers.
pub(crate) const MEMBER: [&str; 21] = [
    "aggregated_at",
    "background_aggregation_is_disabled",
    "connection_status",
    "connection_status_id",
    "connection_status_message",
    "external_guid",
    "guid",
    "institution_code",
    "institution_guid",
    "is_being_aggregated",
    "is_managed_by_user",
    "is_manual",
    "is_oauth",
    "is_user_created",
    "metadata",
    "most_recent_job_guid",
    "name",
    "needs_updated_credentials",
    "revision",
    "successfully_aggregated_at",
    "use_cases",
];

both!(a_member_through_its_first_job, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let guid = app.connect(&session, "x").await;
    let path = format!("/members/{guid}");
    let answer = app.get(&path).token(&session.token).send().await.is(200);
    assert_eq!(answer.media(), NEXUS);
    let mut keys = MEMBER.to_vec();
    keys.push("user_guid");
    assert_eq!(
        (answer.keys(""), answer.keys("/member")),
        (vec!["member".into()], keys.iter().map(ToString::to_string).collect())
    );
    let job = answer.json()["member"]["most_recent_job_guid"].as_str().unwrap().to_owned();
    assert!(job.starts_with("JOB-"));
    let expected = format!(
        r#"{{"member":{{"aggregated_at":null,"background_aggregation_is_disabled":false,"connection_status":"CREATED","connection_status_id":0,"connection_status_message":"Connecting to MX Bank...","external_guid":null,"guid":"{guid}","institution_code":"mxbank","institution_guid":"INS-1572a04c-912b-59bf-5841-332c7dfafaef","is_being_aggregated":true,"is_managed_by_user":true,"is_manual":false,"is_oauth":false,"is_user_created":true,"metadata":null,"most_recent_job_guid":"{job}","name":"MX Bank","needs_updated_credentials":false,"revision":0,"successfully_aggregated_at":null,"use_cases":["PFM"],"user_guid":"{}"}}}}"#,
        user.guid
    );
    assert_eq!(answer.text(), expected);
    app.pass(5).await;
    let member = app.member(&session, &guid).await;
    assert_eq!(
        (&member["connection_status"], &member["connection_status_id"], &member["connection_status_message"]),
        (&json!("CONNECTED"), &json!(6), &json!("Connected to MX Bank..."))
    );
    assert_eq!(member["is_being_aggregated"], false);
    assert_eq!(member["aggregated_at"], "2026-01-05T12:00:00.000Z");
    assert_eq!(member["successfully_aggregated_at"], "2026-01-05T12:00:00.000Z");
    assert_eq!(
        (&member["most_recent_job_guid"], &member["needs_updated_credentials"]),
        (&json!(job), &json!(false))
    );
    // Rows 1, 9, 16, 17, 18.
    assert_eq!(member["revision"], 4);
});

both!(members_are_listed_oldest_first_and_whole, async |app| {
    let session = app.new_session().await;
    let empty = app.get("/members").token(&session.token).send().await.is(200);
    assert_eq!((empty.media(), empty.text()), (NEXUS, r#"{"members":[]}"#));
    let mut guids = Vec::new();
    for _ in 0..3 {
        guids.push(app.connect(&session, "x").await);
        app.pass(1).await;
    }
    for query in ["", "?page=2&records_per_page=10"] {
        let list = app.get(&format!("/members{query}")).token(&session.token).send().await.is(200);
        assert_eq!(list.keys(""), ["members"], "never paged");
        assert_eq!(each(&list.json()["members"], "guid"), guids.iter().collect::<Vec<_>>());
        assert_eq!(list.json()["members"][0], app.member(&session, &guids[0]).await);
    }
});

both!(members_that_are_not_there, async |app| {
    let (one, two) = (app.user("U-1").await, app.user("U-2").await);
    let (session, other) = (app.session(&one).await, app.session(&two).await);
    let guid = app.connect(&session, "x").await;
    let upper = guid.to_uppercase();
    let job = guid.replace("MBR-", "JOB-");
    for (token, guid) in [
        (&other.token, guid.as_str()),
        (&session.token, &nobody("MBR")),
        (&session.token, &job),
        (&session.token, &upper),
        (&session.token, &guid[4..]),
        (&session.token, "MBR-"),
        (&session.token, "%00"),
        (&session.token, "%ff"),
    ] {
        let message = app.get(&format!("/members/{guid}")).token(token).fails(4040).await;
        assert!(message == "member not found" || guid == "%ff", "{message}");
    }
    assert_eq!(app.get("/members").token(&other.token).ok().await, json!({"members": []}));
});
