//! `GET /user` (`spec: nexus-core, 2`).
use crate::support::API;
use domain::time::Date;
use engine::user::UserPatch;
use serde_json::json;
use testkit::both;

/// The keys, in the order of the published answer.
pub(crate) const USER: [&str; 21] = [
    "accepted_terms_and_conditions_at",
    "birthday",
    "credit_score",
    "email",
    "email_is_verified",
    "external_guid",
    "failed_token_login_attempts_count",
    "first_name",
    "gender",
    "guid",
    "has_accepted_terms_and_conditions",
    "has_updated_terms_and_conditions",
    "is_disabled",
    "is_restricted",
    "last_name",
    "logged_in_at",
    "metadata",
    "phone",
    "phone_is_verified",
    "postal_code",
    "revision",
];

both!(a_user_of_whom_nothing_is_known, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let answer = app.get("/user").token(&session.token).send().await.is(200);
    assert_eq!(answer.media(), API);
    let expected = format!(
        r#"{{"user":{{"accepted_terms_and_conditions_at":null,"birthday":null,"credit_score":0,"email":null,"email_is_verified":false,"external_guid":"U-1","failed_token_login_attempts_count":0,"first_name":null,"gender":null,"guid":"{}","has_accepted_terms_and_conditions":false,"has_updated_terms_and_conditions":false,"is_disabled":false,"is_restricted":false,"last_name":null,"logged_in_at":"2026-01-05T12:00:00+00:00","metadata":null,"phone":null,"phone_is_verified":false,"postal_code":"","revision":1}}}}"#,
        user.guid
    );
    assert_eq!(answer.text(), expected);
    assert_eq!(answer.header("content-length"), expected.len().to_string());
});

both!(a_user_of_whom_everything_is_known, async |app| {
    let patch = UserPatch {
        birthday: Some(Date::from_ymd(2011, 3, 28)),
        credit_score: Some(Some(718)),
        email: Some(Some("fake.email@mxexample.com".to_owned())),
        first_name: Some(Some("Zoë \"<'&>=".to_owned())),
        last_name: Some(Some("Doe\u{1f389}".to_owned())),
        gender: Some(Some(0)),
        metadata: Some(Some("  never\ttrimmed\n ".to_owned())),
        phone: Some(Some("+15055551234".to_owned())),
        postal_code: Some(Some("84043".to_owned())),
        ..UserPatch::default()
    };
    let user = app.user_with("U-201709221210", patch).await;
    let session = app.session(&user).await;
    let answer = app.get("/user").token(&session.token).send().await.is(200);
    assert_eq!(answer.keys(""), ["user"]);
    assert_eq!(answer.keys("/user"), USER);
    let read = answer.json()["user"].clone();
    assert_eq!(read["birthday"], "2011-03-28");
    assert_eq!((&read["credit_score"], &read["gender"]), (&json!(718), &json!(0)));
    assert_eq!(read["email"], "fake.email@mxexample.com");
    assert_eq!((&read["first_name"], &read["last_name"]), (&json!("Zoë \"<'&>="), &json!("Doe\u{1f389}")));
    assert_eq!(read["metadata"], "  never\ttrimmed\n ");
    assert_eq!((&read["phone"], &read["postal_code"]), (&json!("+15055551234"), &json!("84043")));
    // Out raw: nothing but the escaping of JSON.
    assert!(answer.text().contains(r#""first_name":"Zoë \"<'&>=","#), "{}", answer.text());
});

both!(the_query_and_the_body_do_no_harm, async |app| {
    let session = app.new_session().await;
    let plain = app.get("/user").token(&session.token).send().await.is(200);
    let odd = app.get("/user?page=2&x[]=1&%").token(&session.token).raw("", "text/html").send().await.is(200);
    assert_eq!(plain.bytes, odd.bytes);
});

both!(each_session_reads_its_own_user, async |app| {
    let (one, two) = (app.user("U-1").await, app.user("U-2").await);
    let (first, second) = (app.session(&one).await, app.session(&two).await);
    for (session, user) in [(&first, "U-1"), (&second, "U-2"), (&first, "U-1")] {
        assert_eq!(app.get("/user").token(&session.token).ok().await["user"]["external_guid"], user);
    }
});
