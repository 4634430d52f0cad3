//! Headers that clients send and that must do no harm, and those of every answer (`spec: conventions, 3`).
use testkit::both;

both!(headers_that_do_no_harm, async |app| {
    let session = app.new_session().await;
    let plain = app.get("/user").token(&session.token).send().await.is(200);
    let odd = app
        .get("/user")
        .token(&session.token)
        .header("md-api-key", "whatever")
        .header("connection", "Upgrade, HTTP2-Settings")
        .header("upgrade", "h2c")
        .header("http2-settings", "AAMAAABkAAQCAAAAAAIAAAAA")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("content-length", "0")
        .header("mx-skip-webhook", "true")
        .header("cookie", "a=b")
        .header("x-forwarded-for", "1.2.3.4, nonsense")
        .header("accept-language", "de")
        .send()
        .await
        .is(200);
    assert_eq!(odd.bytes, plain.bytes);
    assert_eq!(odd.media(), plain.media());
});

both!(headers_of_every_answer, async |app| {
    let session = app.new_session().await;
    for (request, status) in
        [(app.get("/user").token(&session.token), 200), (app.get("/user"), 401), (app.get("/x"), 404)]
    {
        let answer = request.header("x-request-id", "mine-1").send().await.is(status);
        assert_eq!((answer.header("cache-control"), answer.header("x-request-id")), ("no-store", "mine-1"));
        for name in ["server", "x-powered-by", "set-cookie"] {
            assert_eq!(answer.header(name), "");
        }
    }
    let one = app.get("/user").send().await;
    let two = app.get("/user").header("x-request-id", "bad id\t").send().await;
    assert!(
        !one.header("x-request-id").is_empty() && one.header("x-request-id") != two.header("x-request-id")
    );
    assert!(!two.header("x-request-id").contains('\t'));
});

both!(bodies_above_one_kibibyte_are_compressed_for_who_asks, async |app| {
    let session = app.new_session().await;
    let plain = app.get("/categories").token(&session.token).send().await.is(200);
    assert_eq!(plain.header("content-encoding"), "");
    for (accepted, used) in [("gzip", "gzip"), ("br", "br"), ("deflate", "deflate"), ("identity", "")] {
        let answer = app
            .get("/categories")
            .token(&session.token)
            .header("accept-encoding", accepted)
            .send()
            .await
            .is(200);
        assert_eq!(answer.header("content-encoding"), used);
        assert_eq!(answer.bytes.len() < plain.bytes.len() / 2, !used.is_empty());
        assert_eq!(answer.media(), plain.media());
    }
    let any = app
        .get("/categories")
        .token(&session.token)
        .header("accept-encoding", "gzip, deflate, br")
        .send()
        .await
        .is(200);
    assert!(!any.header("content-encoding").is_empty());
    let small = app.get("/user").token(&session.token).header("accept-encoding", "gzip").send().await.is(200);
    assert_eq!(small.header("content-encoding"), "");
});
