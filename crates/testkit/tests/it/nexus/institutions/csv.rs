//! `GET /institutions`: the file of all institutions (`spec: nexus-core, 3`).
use crate::support::each;
use serde_json::json;
use testkit::both;

const HEADER: &str = "guid,code,name,url,popularity,iso_country_code,supports_account_identification,\
    supports_account_verification,supports_oauth,supports_transaction_history,is_test,small_logo_url,medium_logo_url,\
    forgot_password_url,forgot_username_url,trouble_signing_in_url,created_at,updated_at";

both!(the_institutions_of_an_empty_search, async |app| {
    let session = app.new_session().await;
    for accept in ["", "application/json", "text/html"] {
        let request = app.get("/institutions").token(&session.token);
        let request = if accept.is_empty() { request } else { request.accept(accept) };
        let answer = request.send().await.is(200);
        assert_eq!(answer.media(), "text/csv; charset=utf-8");
        assert_eq!(answer.header("content-disposition"), r#"attachment; filename="institutions.csv""#);
        let lines: Vec<&str> = answer.text().split("\r\n").collect();
        assert_eq!((lines[0], lines.last()), (HEADER, Some(&"")));
        let bank = lines.iter().find(|line| line.contains(",mxbank,")).unwrap();
        assert!(bank.starts_with("INS-1572a04c-912b-59bf-5841-332c7dfafaef,mxbank,MX Bank,"), "{bank}");
        assert!(bank.contains(",US|CA,true,true,false,true,true,"), "{bank}");
        let all = json!({"institution": {"name": ""}});
        let all =
            app.post("/institutions/search?records_per_page=1000").token(&session.token).json(all).ok().await;
        assert_eq!(lines.len() - 2, each(&all["institutions"], "guid").len());
    }
    app.get("/institutions").fails(4010).await;
});
