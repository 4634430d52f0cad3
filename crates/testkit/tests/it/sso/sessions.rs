//! `DELETE /sso/{client_id}/users/{id}/sessions` (`spec: partner, 2`).
use testkit::both;

both!(ends_all_sessions_and_unused_tokens_of_the_user, async |app| {
    let (one, two) = (app.user("U-1").await, app.user("U-2").await);
    let (first, second, other) = (app.session(&one).await, app.session(&one).await, app.session(&two).await);
    let token = app.api_token(&one).await;
    let answer = app.delete("/sso/partner/users/U-1/sessions").key().send().await.is(204);
    assert!(answer.bytes.is_empty());
    for session in [&first, &second] {
        assert_eq!(app.get("/user").token(&session.token).fails(4011).await, "The session has expired.");
    }
    app.post("/sessions").api_token(&token).fails(4012).await;
    app.get("/user").token(&other.token).ok().await;
    app.restart().await;
    app.get("/user").token(&first.token).fails(4011).await;
    app.session(&one).await;
    app.delete("/sso/partner/users/U-1/sessions").key().send().await.is(204);
});

both!(as_the_partner_only, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    app.delete("/sso/partner/users/U-1/sessions").fails(4013).await;
    app.delete("/sso/partner/users/U-1/sessions").token(&session.token).fails(4013).await;
    app.delete("/sso/partner/users/U-9/sessions").key().fails(4040).await;
    app.get("/user").token(&session.token).ok().await;
});
