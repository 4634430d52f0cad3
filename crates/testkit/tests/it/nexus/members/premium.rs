//! `POST /members/{member_guid}/verify`, `/identify`, `/extend_history` (`spec: nexus-core, 7`).
use crate::support::{OLD, is, list, member_at, nobody, run, state};
use engine::client::ClientSettings;
use serde_json::{Value, json};
use store::scope::SystemScope;
use testkit::{
    App,
    app::{Session, Setup},
    both,
};

const ALL: [&str; 3] = ["verify", "identify", "extend_history"];

fn path(member: &str, what: &str) -> String {
    format!("/members/{member}/{what}")
}

async fn transactions(app: &App, session: &Session, member: &str) -> u64 {
    let path = format!("/members/{member}/transactions?from_date=2020-01-01");
    app.get(&path).token(&session.token).ok().await["pagination"]["total_entries"].as_u64().unwrap()
}

/// A member at `mxbank` that has never had a job.
async fn untouched(app: &App, session: &Session) -> String {
    let mut body = app.new_member("x");
    body["skip_aggregation"] = json!(true);
    let made = app.post("/members").token(&session.token).json(json!({"member": body})).ok().await;
    made["member"]["guid"].as_str().unwrap().to_owned()
}

both!(a_job_is_made_and_a_second_call_finds_it, async |app| {
    let session = app.new_session().await;
    for what in ALL {
        let member = untouched(app, &session).await;
        let made = app.post(&path(&member, what)).token(&session.token).ok().await;
        assert_eq!(made["member"], app.member(&session, &member).await, "{what}");
        assert_eq!(
            (&made["member"]["connection_status"], &made["member"]["is_being_aggregated"]),
            (&json!("CREATED"), &json!(true))
        );
        let again = app.post(&path(&member, what)).token(&session.token).send().await.is(202).json();
        assert_eq!(again, made, "{what}");
        for other in ALL.into_iter().chain(["check_balance"]).filter(|other| *other != what) {
            let text = app.post(&path(&member, other)).token(&session.token).fails(4090).await;
            assert_eq!(text, "Another job is running for this member.");
        }
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is("CONNECTED", false), "{what}");
        let job = app.job(&session, &member).await;
        assert_eq!((&job["status_name"], &job["error_message_code"]), (&json!("COMPLETED"), &Value::Null));
    }
});

both!(never_throttled_and_no_use_case_is_needed, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    for what in ALL {
        run(app, &session, &member, what).await;
        run(app, &session, &member, what).await;
    }
});

both!(verify_and_identify_take_no_transactions_unless_told, async |app| {
    let session = app.new_session().await;
    for what in ["verify", "identify"] {
        let member = untouched(app, &session).await;
        run(app, &session, &member, what).await;
        assert_eq!(transactions(app, &session, &member).await, 0, "{what}");
        let accounts = list(app, &session, &path(&member, "accounts"), "accounts").await;
        assert_eq!(accounts.len(), 14);
        for body in [json!({"include_transactions": false}), json!({}), json!({"include_holdings": true})] {
            app.post(&path(&member, what)).token(&session.token).json(body).ok().await;
            app.pass(5).await;
        }
        assert_eq!(transactions(app, &session, &member).await, 0, "{what}");
        let body = json!({"include_transactions": "true"});
        app.post(&path(&member, what)).token(&session.token).json(body).ok().await;
        app.pass(5).await;
        assert!(transactions(app, &session, &member).await > 200, "{what}");
    }
});

both!(the_whole_history_is_24_months, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let first = transactions(app, &session, &member).await;
    run(app, &session, &member, "extend_history").await;
    let all = transactions(app, &session, &member).await;
    assert!(first < 450 && (2000..3500).contains(&all), "{first}, then {all}");
    let path = format!("/members/{member}/transactions?from_date=2020-01-01&records_per_page=1000&page=3");
    let oldest = app.get(&path).token(&session.token).ok().await;
    let oldest =
        oldest["transactions"].as_array().unwrap().last().unwrap()["date"].as_str().unwrap().to_owned();
    let today = app.now().date();
    let (year, month, _) = today.ymd();
    assert!(oldest.starts_with(&format!("{:04}-{month:02}", year - 2)), "{oldest}");
    run(app, &session, &member, "extend_history").await;
    assert_eq!(transactions(app, &session, &member).await, all);
});

both!(what_stands_in_the_way, async |app| {
    let session = app.new_session().await;
    let ask = async |member: &str, what: &str, code| {
        app.post(&path(member, what)).token(&session.token).fails(code).await
    };
    let (prevented, closed) =
        (app.connected(&session, "PREVENTED").await, app.connected(&session, "CLOSED").await);
    let basic = member_at(app, &session, "sandbox_basic", "mxuser").await;
    for (what, no_support) in [
        ("verify", "Member's institution does not support instant account verification"),
        ("identify", "Member's institution does not support instant account identification"),
        ("extend_history", "Member's institution does not support extended transaction history"),
    ] {
        assert_eq!(ask(&prevented, what, 4050).await, "Credentials must be updated first.");
        assert_eq!(ask(&closed, what, 4050).await, "Member cannot be aggregated.");
        assert_eq!(ask(&nobody("MBR"), what, 4040).await, "member not found");
        assert_eq!(ask(&basic, what, 4003).await, no_support);
        app.get(&path(&basic, what)).token(&session.token).fails(4050).await;
    }
    // 4003 comes before 4090, and 4002 before both.
    let running = json!({"credentials": [{"credential_guid": "CRD-10000002-f325-47ca-b91d-02c64a8e73f1", "value": "slow"}]});
    app.put(&format!("/members/{basic}")).token(&session.token).json(running).ok().await;
    assert_eq!(
        ask(&basic, "verify", 4003).await,
        "Member's institution does not support instant account verification"
    );
    let body = json!({"include_transactions": "perhaps"});
    app.post(&path(&basic, "verify")).token(&session.token).json(body).fails(4002).await;
    app.pass(30).await;
});

async fn with_client(client: ClientSettings) -> (App, Session, String) {
    let app = App::sqlite_with(Setup { client, ..Setup::default() }).await;
    let session = app.new_session().await;
    let member = app.connected(&session, "CLOSED").await;
    (app, session, member)
}

#[tokio::test]
async fn a_feature_that_is_off_is_403_before_all_else() {
    let off = ClientSettings {
        account_verification: false,
        account_identification: false,
        extended_transaction_history: false,
        ..ClientSettings::default()
    };
    let (app, session, member) = with_client(off).await;
    let basic = member_at(&app, &session, "sandbox_basic", "mxuser").await;
    for (what, text) in [
        ("verify", "Client does not have account verification enabled"),
        ("identify", "Client does not have account identification enabled"),
        ("extend_history", "Client does not have extended transaction history enabled"),
    ] {
        // Before 4003, 4050 and 4002; after 4000 and 4040.
        for member in [&member, &basic] {
            assert_eq!(app.post(&path(member, what)).token(&session.token).fails(4030).await, text);
        }
        let body = json!({"include_transactions": "perhaps"});
        app.post(&path(&member, what)).token(&session.token).json(body).fails(4030).await;
        app.post(&path(&member, what)).token(&session.token).json(json!([])).fails(4000).await;
        app.post(&path(&nobody("MBR"), what)).token(&session.token).fails(4040).await;
    }
    app.post(&path(&member, "check_balance")).token(&session.token).fails(4050).await;
    app.finish().await;
}

#[tokio::test]
async fn each_feature_has_its_own_switch() {
    for (number, what) in ALL.into_iter().enumerate() {
        let client = ClientSettings {
            account_verification: number == 0,
            account_identification: number == 1,
            extended_transaction_history: number == 2,
            ..ClientSettings::default()
        };
        let (app, session, member) = with_client(client).await;
        for other in ALL {
            let code = if other == what { 4050 } else { 4030 };
            app.post(&path(&member, other)).token(&session.token).fails(code).await;
        }
        app.finish().await;
    }
}

both!(a_question_in_the_middle, async |app| {
    let session = app.new_session().await;
    for what in ALL {
        let mut body = app.new_member("token");
        body["skip_aggregation"] = json!(true);
        let made = app.post("/members").token(&session.token).json(json!({"member": body})).ok().await;
        let member = made["member"]["guid"].as_str().unwrap().to_owned();
        app.post(&path(&member, what)).token(&session.token).ok().await;
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is("CHALLENGED", true), "{what}");
        app.answer(&session, &member, "correct").await;
        app.pass(5).await;
        assert_eq!(state(app, &session, &member).await, is("CONNECTED", false), "{what}");
        let numbers = list(app, &session, &path(&member, "account_numbers"), "account_numbers").await;
        let owners = list(app, &session, &path(&member, "account_owners"), "account_owners").await;
        assert_eq!((numbers.is_empty(), owners.is_empty()), (what != "verify", what != "identify"), "{what}");
    }
});

both!(the_old_dialect_works_here_too, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    for end in ["verify.json", "verify/"] {
        let body = json!({"member": {"include_transactions": false}});
        let path = path(&member, end);
        let made = app.post(&path).token(&session.token).header("accept", OLD).json(body).ok().await;
        assert_eq!(made["member"]["guid"], json!(member));
        app.pass(5).await;
    }
});

both!(new_credentials_in_the_middle_start_a_job_of_the_same_kind, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "challenge").await;
    app.answer(&session, &member, "correct").await;
    app.pass(5).await;
    app.post(&path(&member, "verify")).token(&session.token).ok().await;
    app.pass(5).await;
    assert_eq!(state(app, &session, &member).await, is("CHALLENGED", true));
    crate::support::new_password(app, &session, &member, "any").await;
    app.pass(5).await;
    let numbers = list(app, &session, &path(&member, "account_numbers"), "account_numbers").await;
    assert_eq!(numbers.len(), 2);
    let due = app.engine().db().next_due_job(SystemScope::of_the_service()).await.unwrap();
    assert_eq!(due, None);
});
