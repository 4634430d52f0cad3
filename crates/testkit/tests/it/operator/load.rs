//! Loading a list of institutions (`spec: nexus-core, 3`).
use super::{LOGIN_AND_PASSWORD, bank, load, load_bank, operator, plan};
use engine::catalogue::{Edit, Format, LoadReport};
use serde_json::{Value, json};
use store::scope::SystemScope;
use testkit::{App, app::MXBANK, both};

const LIST: &str = "\u{feff}code,name,url,popularity,iso_country_code,supports_oauth,connector,is_hidden\n\
    first,First Bank,https://first.example,10,US|CA,false,bank,false\n\
    second,\"Second, \"\"the\"\" Bank\",,5,,true,other,true\n";

fn codes(changes: &[engine::catalogue::Change]) -> Vec<&str> {
    changes.iter().map(|change| change.code.as_str()).collect()
}

fn fields(report: &LoadReport) -> Vec<(&str, Value, Value)> {
    let all = report.changed.iter().flat_map(|change| &change.fields);
    all.map(|it| (it.field.as_str(), it.old.clone(), it.new.clone())).collect()
}

both!(a_list_is_shown_and_then_applied, async |app| {
    let session = app.new_session().await;
    let shown = plan(app, LIST, Format::Csv, false).await.unwrap();
    assert_eq!((codes(&shown.added), shown.applied), (vec!["first", "second"], false));
    app.get("/institutions/first").token(&session.token).fails(4040).await;

    let done = load(app, LIST, Format::Csv, false).await;
    assert_eq!((codes(&done.added), done.applied), (vec!["first", "second"], true));
    assert_eq!(done.warnings.len(), 2, "no such connectors: {:?}", done.warnings);
    let read = app.get("/institutions/first").token(&session.token).ok().await["institution"].clone();
    assert_eq!(read["guid"], done.added[0].guid);
    assert_eq!((&read["name"], &read["popularity"]), (&json!("First Bank"), &json!(10)));
    assert_eq!(read["iso_country_code"], json!(["US", "CA"]));
    let hidden = app.get("/institutions/second").token(&session.token).ok().await["institution"].clone();
    assert_eq!((&hidden["name"], &hidden["url"]), (&json!("Second, \"the\" Bank"), &Value::Null));
    assert_eq!((&hidden["is_hidden"], &hidden["supports_oauth"]), (&json!(true), &json!(true)));

    let again = load(app, LIST, Format::Csv, false).await;
    assert_eq!((again.unchanged, again.added.len(), again.changed.len()), (2, 0, 0));
});

both!(a_change_is_told_field_by_field_and_moves_updated_at, async |app| {
    let session = app.new_session().await;
    load(app, LIST, Format::Csv, false).await;
    let times = async |code: &str| {
        let read = app.get(&format!("/institutions/{code}")).token(&session.token).ok().await;
        [read["institution"]["created_at"].clone(), read["institution"]["updated_at"].clone()]
    };
    let (first, second) = (times("first").await, times("second").await);
    app.pass(60).await;
    let list = "name,code,supports_account_verification,popularity\nFirst Bank,first,true,11\n";
    let done = load(app, list, Format::Csv, false).await;
    assert_eq!(
        fields(&done),
        [("popularity", json!(10), json!(11)), ("supports_account_verification", json!(false), json!(true)),]
    );
    assert_eq!(done.missing, 1, "what a list leaves out stays");
    let now = times("first").await;
    assert_eq!(now[0], first[0]);
    assert_ne!(now[1], first[1]);
    assert_eq!(times("second").await, second);
});

both!(what_a_row_leaves_out_stays_and_an_empty_url_is_none, async |app| {
    load(app, LIST, Format::Csv, false).await;
    let done = load(app, "code,name,url,connector\nfirst,First Bank,,\n", Format::Csv, false).await;
    assert_eq!(fields(&done), [("url", json!("https://first.example"), Value::Null)]);
});

both!(a_list_of_our_own_changes_nothing, async |app| {
    // As `GET /institutions` gives it, without the sandbox's own.
    let session = app.new_session().await;
    load(app, LIST, Format::Csv, false).await;
    let answer = app.get("/institutions").token(&session.token).send().await.is(200);
    let text = String::from_utf8(answer.bytes.to_vec()).unwrap();
    let own: Vec<&str> =
        text.lines().filter(|line| line.starts_with("guid,") || line.contains("first")).collect();
    assert_eq!(own.len(), 2, "{text}");
    let report = plan(app, &own.join("\r\n"), Format::Csv, false).await.unwrap();
    assert_eq!((report.unchanged, report.changed.len()), (1, 0), "{report:?}");
});

both!(json_with_credentials, async |app| {
    let session = app.new_session().await;
    load_bank(
        app,
        "first",
        json!({"has_loan_accounts": true, "forgot_password_url": "https://first.example/f"}),
    )
    .await;
    let asked = async || {
        let read = app.get("/institutions/first/credentials").token(&session.token).ok().await;
        read["credentials"].as_array().unwrap().clone()
    };
    let before = asked().await;
    let names: Vec<&Value> = before.iter().map(|it| &it["field_name"]).collect();
    assert_eq!(names, ["LOGIN", "PASSWORD"]);
    assert_eq!((&before[0]["field_type"], &before[1]["display_order"]), (&json!(3), &json!(2)));
    // One goes, one is renamed and keeps its guid, one comes.
    let changed = json!([
        {"field_name": "PASSWORD", "field_type": "PASSWORD", "label": "Secret word"},
        {"field_name": "PIN", "field_type": "TEXT", "label": "PIN", "optional": true},
    ]);
    let report = load_bank(app, "first", json!({"credentials": changed})).await;
    assert_eq!(fields(&report), [("credentials", json!(["LOGIN", "PASSWORD"]), json!(["PASSWORD", "PIN"]))]);
    let after = asked().await;
    let labels: Vec<&Value> = after.iter().map(|it| &it["label"]).collect();
    assert_eq!(labels, ["Secret word", "PIN"]);
    assert_eq!(after[0]["guid"], before[1]["guid"]);
    let again = load_bank(app, "first", json!({"credentials": changed})).await;
    assert_eq!(again.unchanged, 1);
});

both!(guids_are_given_or_made_of_the_code, async |app| {
    let guid = "INS-11141024-90b3-1bce-cac9-c06ced52ab4c";
    let list = json!([{"code": "a", "name": "A", "guid": guid}, {"code": "b", "name": "B"}]).to_string();
    let report = load(app, &list, Format::Json, false).await;
    assert_eq!(report.added[0].guid, guid);
    let other = App::sqlite().await;
    let same = load(&other, &list, Format::Json, false).await;
    assert_eq!(same.added[1].guid, report.added[1].guid, "the same code, the same guid, on any server");
    // A guid may take another code.
    let renamed =
        load(app, &json!([{"code": "z", "name": "A", "guid": guid}]).to_string(), Format::Json, false).await;
    assert_eq!(fields(&renamed), [("code", json!("a"), json!("z"))]);
    let taken = json!([{"code": "b", "name": "A", "guid": guid}]).to_string();
    let refused = plan(app, &taken, Format::Json, false).await.unwrap_err();
    assert!(refused.contains("the code \"b\" is that of INS-"), "{refused}");
});

both!(what_the_program_brings_along_cannot_be_loaded_over, async |app| {
    for list in [
        json!([{"code": "mxbank", "name": "Mine"}]),
        json!([{"code": "mine", "name": "Mine", "guid": MXBANK}]),
        json!([{"code": "manual", "name": "Mine"}]),
        json!([{"code": "mine", "name": "Mine", "guid": "INS-MANUAL-0000-4000-8000-000000000000"}]),
    ] {
        let refused = plan(app, &list.to_string(), Format::Json, false).await.unwrap_err();
        assert!(refused.contains("that the program brings along"), "{refused}");
    }
    for edit in [Edit::Hide, Edit::Retire] {
        let refused = app.engine().plan_edit("mxbank", edit).await.unwrap_err().to_string();
        assert!(refused.contains("that the program brings along"), "{refused}");
    }
    let connector = json!([{"code": "mine", "name": "Mine", "connector": "sandbox"}]).to_string();
    assert!(plan(app, &connector, Format::Json, false).await.unwrap_err().contains("connector: \"sandbox\""));
});

both!(missing_ones_are_retired_where_that_is_asked_for, async |app| {
    load(app, LIST, Format::Csv, false).await;
    let short = "code,name\nfirst,First Bank\n";
    assert_eq!(plan(app, short, Format::Csv, false).await.unwrap().missing, 1);
    let done = load(app, short, Format::Csv, true).await;
    assert_eq!((codes(&done.retired), done.missing), (vec!["second"], 0));
    assert!(app.engine().institution_named("second").unwrap().is_retired);
    assert!(!app.engine().institution_named("mxbank").unwrap().is_retired, "the sandbox's own stay");
    let again = load(app, short, Format::Csv, true).await;
    assert_eq!((again.retired.len(), again.missing), (0, 1));
});

both!(thousands_are_loaded_in_batches_with_an_audit_row_each, async |app| {
    let rows: Vec<Value> = (0..1200).map(|n| bank(&format!("bank_{n}"), &json!({"popularity": n}))).collect();
    let list = Value::from(rows).to_string();
    let report = load(app, &list, Format::Json, false).await;
    assert_eq!(report.added.len(), 1200);
    let rows = app.engine().db().audit_of_request(SystemScope::of_the_service(), "run-1").await.unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().any(|row| row.object.ends_with(" and 199 more")), "{rows:?}");
    assert_eq!(load(app, &list, Format::Json, false).await.unchanged, 1200);
    assert_eq!(app.engine().institution_named("bank_1199").unwrap().credentials.len(), 2);
});

both!(hidden_ones_and_the_way_back, async |app| {
    let session = app.new_session().await;
    load_bank(app, "first", json!({})).await;
    let found = async || {
        let body = json!({"institution": {"name": "first"}});
        let read = app.post("/institutions/search").token(&session.token).json(body).ok().await;
        read["pagination"]["total_entries"].as_i64().unwrap()
    };
    assert_eq!(found().await, 1);
    for (edit, expected) in [(Edit::Hide, 0), (Edit::Unhide, 1), (Edit::Retire, 0)] {
        let engine = app.engine();
        let planned = engine.plan_edit("first", edit).await.unwrap();
        engine.apply_institutions(&operator(), planned, &mut |_, _| {}).await.unwrap();
        assert_eq!(found().await, expected, "{edit:?}");
        assert_eq!(engine.plan_edit("first", edit).await.unwrap().report().unchanged, 1, "{edit:?}");
        app.get("/institutions/first").token(&session.token).ok().await;
    }
});

/// What a list says, and what is said of it.
const MISTAKES: &[(&str, &str)] = &[
    ("", "there is no column \"code\""),
    ("name,url\nA,\n", "there is no column \"code\""),
    (
        "code,name,colour\na,A,red\n",
        "the column \"colour\" is not known: remove or rename it; there are: guid, code",
    ),
    ("code,name,code\na,A,a\n", "the column \"code\" is there twice"),
    ("code,name\na\n", "line 2: it has not as many cells"),
    ("code,name\na,A\n,B\n", "line 3: code: 1 to 128 characters"),
    ("code,name\na,\n", "line 2: name: is missing"),
    ("code,name\na b,A\n", "line 2: code: 1 to 128 characters"),
    ("code,name\nINS-1,A\n", "not beginning with INS-"),
    ("code,name\na,A\nb,B\na,C\n", "line 4: the code \"a\" is on line 2 already"),
    ("code,name,is_hidden\na,A,yes\n", "line 2: is_hidden: \"yes\" is neither true nor false"),
    ("code,name,popularity\na,A,much\n", "line 2: popularity: \"much\" is no whole number"),
    ("code,name,popularity\na,A,-1\n", "line 2: popularity: must be a whole number, 0 or more"),
    ("code,name,iso_country_code\na,A,USA\n", "line 2: iso_country_code: must be countries of two letters"),
    ("code,name,url\na,A,first.example\n", "line 2: url: \"first.example\" is no whole address"),
    ("code,name,url\na,A,ftp://first.example\n", "line 2: url: \"ftp://first.example\" is no whole address"),
    ("code,name,guid\na,A,INS-1\n", "line 2: guid: \"INS-1\" is no guid of an institution"),
    ("code,name,connector\na,A,My Bank\n", "line 2: connector: \"My Bank\": 1 to 64 lower-case letters"),
    ("code,name,created_at\na,A,today\n", "line 2: created_at: \"today\" is no time"),
    ("code,name,credentials\na,A,LOGIN\n", "line 2: credentials: is no JSON"),
    (
        "code,name,credentials\na,A,\"[{\"\"field_name\"\":\"\"X\"\"}]\"\n",
        "line 2: credentials: missing field",
    ),
    (
        "code,name,credentials\na,A,\"[{\"\"field_name\"\":\"\"X\"\",\"\"label\"\":\"\"X\"\",\"\"field_type\"\":17}]\"\n",
        "line 2: credentials: 17: no type that somebody can be asked for",
    ),
];

#[tokio::test]
async fn mistakes_are_told_with_their_line() {
    let app = App::sqlite().await;
    for (list, expected) in MISTAKES {
        let refused = plan(&app, list, Format::Csv, false).await.unwrap_err();
        assert!(refused.contains(expected), "{list:?}: {refused}");
    }
    let json = "[\n {\"code\": \"a\", \"name\": \"A\"},\n\n {\"code\": \"b\",\n \"name\": 7},\n 8]";
    let refused = plan(&app, json, Format::Json, false).await.unwrap_err();
    assert!(refused.contains("line 6: an institution must be an object"), "{refused}");
    let refused = plan(&app, &json.replace(" 8]", " {}]"), Format::Json, false).await.unwrap_err();
    assert!(refused.contains("line 4: name: must be a text\n  line 6: code: is missing"), "{refused}");
    let refused = plan(&app, "{}", Format::Json, false).await.unwrap_err();
    assert!(refused.contains("must be a JSON array"), "{refused}");
    let twice = format!("[{{\"code\":\"a\",\"name\":\"A\",\"credentials\":{LOGIN_AND_PASSWORD}}}]")
        .replace("PASSWORD", "LOGIN");
    assert!(plan(&app, &twice, Format::Json, false).await.unwrap_err().contains("\"LOGIN\" is there twice"));
    let latin = b"code,name\na,Caf\xe9\n";
    let refused = engine::catalogue::read_institutions(latin, Format::Csv).unwrap_err();
    assert!(refused.contains("line 2: the list is not UTF-8"), "{refused}");
    let many = (0..50).map(|n| format!("b{n},")).collect::<Vec<_>>().join("\n");
    let refused = plan(&app, &format!("code,name\n{many}"), Format::Csv, false).await.unwrap_err();
    assert!(refused.contains("and 30 more"), "{refused}");
    let engine = app.engine();
    let entries = engine::catalogue::read_institutions(b"code,name\na,A\n", Format::Csv).unwrap();
    let refused = engine.plan_institutions(entries, None, false).await.unwrap_err().to_string();
    assert!(
        refused.contains("line 2: names no connector: add a column connector, or give --connector"),
        "{refused}"
    );
    assert!(engine.institution_named("a").is_err(), "nothing was changed");
}
