//! `GET /members/{member_guid}/credentials` and `GET /member/{member_guid}/credentials` (`spec: nexus-core, 4`).
use crate::support::{NEXUS, nobody};
use testkit::{app::MXBANK, both};

both!(those_of_the_institution_never_the_values, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "canary-of-a-value").await;
    let token = &session.token;
    let institution =
        app.get(&format!("/institutions/{MXBANK}/credentials")).token(token).send().await.is(200);
    for path in [format!("/members/{member}/credentials"), format!("/member/{member}/credentials")] {
        let answer = app.get(&path).token(token).send().await.is(200);
        assert_eq!((answer.media(), answer.keys("")), (NEXUS, vec!["credentials".to_owned()]));
        assert_eq!(answer.text(), institution.text());
        assert!(!answer.text().contains("canary") && !answer.text().contains("mxuser"));
    }
});

both!(members_that_are_not_there, async |app| {
    let session = app.new_session().await;
    for root in ["member", "members"] {
        let path = format!("/{root}/{}/credentials", nobody("MBR"));
        assert_eq!(app.get(&path).token(&session.token).fails(4040).await, "member not found");
    }
});
