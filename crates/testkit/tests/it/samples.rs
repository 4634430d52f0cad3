//! The samples of the contract as an oracle for key names and JSON types.
//!
//! `data/samples.txt` holds what the published samples say: a line for each key of each file, with the JSON type it
//! has there. With `TRIBUTARY_SPEC_DIR` set to the folder of the contract the table is made anew from its `samples`
//! and compared; with `TRIBUTARY_WRITE_SAMPLES` set too, it is written.
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::Path,
};
use testkit::{Response, both};

const TABLE: &str = include_str!("../../data/samples.txt");

/// Types by path (`accounts[].name`) of each file.
type Facts = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn collect(value: &Value, path: &str, facts: &mut BTreeMap<String, BTreeSet<String>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    facts.entry(path.to_owned()).or_default().insert(kind.to_owned());
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, &format!("{path}[]"), facts)),
        Value::Object(map) => {
            for (key, item) in map {
                collect(item, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, facts);
            }
        }
        _ => {}
    }
}

fn of_folder(samples: &Path) -> Facts {
    let mut facts = Facts::new();
    for part in ["core", "pfm"] {
        for entry in std::fs::read_dir(samples.join(part)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let name = format!("{part}/{}", name.strip_suffix(".json").unwrap());
            let value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            collect(&value, "", facts.entry(name).or_default());
        }
    }
    facts
}

fn written(facts: &Facts) -> String {
    let mut text = String::new();
    for (file, keys) in facts {
        writeln!(text, "{file}").unwrap();
        for (path, kinds) in keys.iter().filter(|(path, _)| !path.is_empty()) {
            let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
            writeln!(text, "\t{path}\t{}", kinds.join(" ")).unwrap();
        }
    }
    text
}

fn table() -> Facts {
    let mut facts = Facts::new();
    let mut file = String::new();
    for line in TABLE.lines() {
        match line.strip_prefix('\t').and_then(|line| line.split_once('\t')) {
            None => line.clone_into(&mut file),
            Some((path, kinds)) => {
                let kinds = kinds.split(' ').map(str::to_owned).collect();
                facts.entry(file.clone()).or_default().insert(path.to_owned(), kinds);
            }
        }
    }
    facts
}

#[test]
fn the_table_is_that_of_the_samples() {
    let Some(folder) = std::env::var_os("TRIBUTARY_SPEC_DIR") else { return };
    let text = written(&of_folder(&Path::new(&folder).join("samples")));
    if std::env::var_os("TRIBUTARY_WRITE_SAMPLES").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/data/samples.txt"), &text).unwrap();
    }
    assert!(text == TABLE, "data/samples.txt differs from the samples: run with TRIBUTARY_WRITE_SAMPLES=1");
}

/// Keys that the contract lets be null although the samples show a value (`spec: nexus-core`).
const NULLABLE: &[&str] = &[
    "user.accepted_terms_and_conditions_at",
    "user.birthday",
    "user.email",
    "user.first_name",
    "user.gender",
    "user.last_name",
    "institution.forgot_password_url",
    "institution.forgot_username_url",
    "institution.medium_logo_url",
    "institution.small_logo_url",
    "institution.trouble_signing_in_url",
    "institution.url",
    "member.aggregated_at",
    "member.connection_status_message",
    "member.external_guid",
    "member.metadata",
    "member.most_recent_job_guid",
    "member.successfully_aggregated_at",
    "job.finished_at",
    "job.started_at",
    "job.error_message",
    "job.error_message_code",
    "category.parent_guid",
    "credential.max_length",
    "credential.size",
];

/// The name of the object that a path lies in: `members[].name` is `member.name`.
fn named(path: &str) -> String {
    let path = path.replace("[]", "");
    let Some((root, key)) = path.split_once('.') else { return path };
    let root = match root {
        "categories" => "category",
        other => other.strip_suffix('s').unwrap_or(other),
    };
    format!("{root}.{key}")
}

/// Whether the contract lets this key be null; whole numbers of the samples may be decimals where it says so.
fn rule(path: &str) -> (bool, bool) {
    use domain::table::JsonType;
    let name = named(path);
    let Some((root, key)) = name.split_once('.') else { return (false, false) };
    let keys = match root {
        "account" => domain::account::keys(),
        "transaction" => domain::transaction::keys(),
        _ => return (NULLABLE.contains(&name.as_str()), false),
    };
    let known = keys.iter().find(|known| known.name == key);
    known.map_or((false, false), |known| (known.nullable, matches!(known.json_type, JsonType::Number)))
}

/// Asserts that an answer has exactly the keys of the sample and their types.
fn like(file: &str, answer: &Response) {
    let table = table();
    let sample = table.get(file).unwrap_or_else(|| panic!("no sample {file}"));
    let mut found = BTreeMap::new();
    collect(&answer.json(), "", &mut found);
    found.remove("");
    let keys = |of: &BTreeMap<String, BTreeSet<String>>| -> BTreeSet<String> { of.keys().cloned().collect() };
    assert_eq!(keys(&found), keys(sample), "{file}");
    for (path, kinds) in &found {
        let (may_be_null, is_decimal) = rule(path);
        let shown = &sample[path];
        for kind in kinds {
            let fits = shown.contains(kind)
                || (kind == "null" && may_be_null)
                || (["integer", "number"].contains(&kind.as_str()) && is_decimal)
                || (shown.len() == 1 && shown.contains("null"));
            assert!(fits, "{file}: {path} is {kind}, in the sample {shown:?}");
        }
    }
    // Every object of a list has all of the keys.
    let value = answer.json();
    for list in value.as_object().unwrap().values().filter_map(Value::as_array) {
        let first: Option<BTreeSet<&String>> =
            list.first().and_then(Value::as_object).map(|o| o.keys().collect());
        for item in list.iter().filter_map(Value::as_object) {
            assert_eq!(Some(item.keys().collect()), first, "{file}");
        }
    }
}

both!(every_answer_has_the_keys_and_types_of_its_sample, async |app| {
    let user = app.user("U-1").await;
    let api_token = app.get("/sso/partner/users/U-1/api_token").key().send().await;
    like("core/SSO.GET.users.{id}.api_token", &api_token);
    let token = api_token.json()["api_token"]["token"].as_str().unwrap().to_owned();
    like("core/POST.sessions", &app.post("/sessions").api_token(&token).send().await);
    like("core/error", &app.post("/sessions").api_token(&token).send().await);
    let session = app.session(&user).await;
    let get = async |path: &str| app.get(path).token(&session.token).send().await;
    like("core/GET.user", &get("/user").await);
    like("core/GET.institutions.{institution_guid}", &get("/institutions/mxbank").await);
    like(
        "core/GET.institutions.{institution_guid}.credentials",
        &get("/institutions/mxbank/credentials").await,
    );
    let search = json!({"institution": {"name": "mx"}});
    let post = |path: &str| app.post(path).token(&session.token);
    like("core/POST.institutions.search", &post("/institutions/search").json(search.clone()).send().await);
    like("core/POST.institutions.search~2014", &post("/institutions/search.json").json(search).send().await);
    let member = json!({"member": app.new_member("challenge")});
    let made = post("/members").json(member).send().await;
    like("core/POST.members", &made);
    let member = made.json()["member"]["guid"].as_str().unwrap().to_owned();
    let at = |end: &str| format!("/members/{member}{end}");
    app.pass(5).await;
    like("core/GET.members.{member_guid}.challenges", &get(&at("/challenges")).await);
    let job = made.json()["member"]["most_recent_job_guid"].as_str().unwrap().to_owned();
    like("core/GET.jobs.{job_guid}", &get(&format!("/jobs/{job}")).await);
    like("core/GET.jobs.{job_guid}.mfa_credentials", &get(&format!("/jobs/{job}/mfa_credentials")).await);
    let open = app.challenges(&session, &member).await;
    let one = json!({"credential_guid": open[0]["guid"], "value": "challenge", "metadata": "Additional information"});
    let written = post(&at("/credentials")).json(one).send().await;
    like("core/POST.members.{member_guid}.credentials", &written);
    like("core/GET.jobs.{job_guid}.resume", &get(&format!("/jobs/{job}/resume")).await);
    app.pass(5).await;
    let open = app.challenges(&session, &member).await;
    let body = json!({"challenges": [{"guid": open[0]["guid"], "value": "correct"}]});
    let resumed = app.put(&at("/resume")).token(&session.token).json(body).send().await;
    like("core/PUT.members.{member_guid}.resume", &resumed);
    app.pass(5).await;
    like("core/GET.members", &get("/members").await);
    like("core/GET.members.{member_guid}", &get(&at("")).await);
    like("core/GET.member.{member_guid}.credentials", &get(&format!("/member/{member}/credentials")).await);
    like("core/GET.members.{member_guid}.credentials", &get(&at("/credentials")).await);
    let updated = app.put(&at("")).token(&session.token).json(json!({"name": "Mine"})).send().await;
    like("core/PUT.members.{member_guid}", &updated);
    for (file, path) in [
        ("core/GET.members.{member_guid}.aggregate", at("/aggregate")),
        ("core/GET.members.{member_guid}.refresh", at("/refresh")),
        ("core/GET.members.aggregate", "/members/aggregate".to_owned()),
        ("core/GET.members.refresh", "/members/refresh".to_owned()),
    ] {
        like(file, &get(&path).await);
    }
    let by_oauth = json!({"member": {"institution_code": "mx_bank_oauth", "is_oauth": true, "metadata": "m",
        "ui_message_webview_url_scheme": "MX"}});
    let made = post("/members").json(by_oauth).send().await;
    like("core/POST.members~oauth", &made);
    let pending = made.json()["member"]["guid"].as_str().unwrap().to_owned();
    let window = get(&format!("/members/{pending}/oauth_window_uri")).await;
    like("core/GET.members.{member_guid}.oauth_window_uri", &window);
    let account = get("/accounts").await.json()["accounts"][1]["guid"].as_str().unwrap().to_owned();
    let transaction =
        get("/transactions").await.json()["transactions"][0]["guid"].as_str().unwrap().to_owned();
    for (file, path) in [
        ("GET.accounts", "/accounts".to_owned()),
        ("GET.accounts.created_by_user", "/accounts/created_by_user".to_owned()),
        ("GET.accounts.{account_guid}", format!("/accounts/{account}")),
        ("GET.members.{member_guid}.accounts", at("/accounts")),
        ("GET.transactions", "/transactions".to_owned()),
        ("GET.accounts.{account_guid}.transactions", format!("/accounts/{account}/transactions")),
        ("GET.members.{member_guid}.transactions", at("/transactions")),
        ("GET.transactions.{transaction_guid}", format!("/transactions/{transaction}")),
        ("GET.categories", "/categories".to_owned()),
        ("GET.categories.default", "/categories/default".to_owned()),
    ] {
        like(&format!("pfm/{file}"), &get(&path).await);
    }
    let plain = app.connected(&session, "x").await;
    let checked = post(&format!("/members/{plain}/check_balance")).send().await;
    like("core/POST.members.{member_guid}.check_balance", &checked);
    let live = json!({"user": {"id": "U-2", "credit_score": 700, "email": "a@b.cd", "phone": "5055551234", "zip_code": "87101",
        "birthdate": "1959-07-17", "gender": "MALE", "first_name": "W", "last_name": "W", "metadata": "m"}});
    like("core/LIVE.POST.users", &app.post("/live/partner/users").key().json(live).send().await);
    let renamed =
        app.put("/live/partner/users/U-2/remap_id").key().json(json!({"user": {"id": "U-3"}})).send().await;
    like("core/LIVE.PUT.users.{user_id}.remap_id", &renamed);
});

both!(every_answer_about_premium_jobs_has_the_keys_and_types_of_its_sample, async |app| {
    let session = app.new_session().await;
    let member = app.connected(&session, "x").await;
    let get = async |path: &str| app.get(path).token(&session.token).send().await;
    for what in ["verify", "identify", "extend_history"] {
        let made = app.post(&format!("/members/{member}/{what}")).token(&session.token).send().await;
        like(&format!("core/POST.members.{{member_guid}}.{what}"), &made);
        app.pass(5).await;
    }
    let numbers = get(&format!("/members/{member}/account_numbers")).await;
    like("core/GET.members.{member_guid}.account_numbers", &numbers);
    let account = numbers.json()["account_numbers"][0]["account_guid"].as_str().unwrap().to_owned();
    let number = get(&format!("/accounts/{account}/account_number")).await;
    like("core/GET.accounts.{account_guid}.account_number", &number);
    let owners = get(&format!("/members/{member}/account_owners")).await;
    like("core/GET.members.{member_guid}.account_owners", &owners);
});

both!(every_answer_about_microdeposits_has_the_keys_and_types_of_its_sample, async |app| {
    let user = app.user("U-1").await;
    let session = app.session(&user).await;
    let body = json!({"micro_deposit": {"account_name": "Checking", "account_number": "7331", "account_type": 1,
        "email": "fake.email@mxexample.com", "first_name": "John", "last_name": "Doe", "routing_number": "991234561"}});
    let made = app.post("/micro_deposits").token(&session.token).json(body).send().await;
    like("core/POST.micro_deposits", &made);
    app.pass(86_400).await;
    let session = app.session(&user).await;
    let path = format!("/micro_deposits/{}", made.json()["micro_deposit"]["guid"].as_str().unwrap());
    let amounts = json!({"deposit_amount_1": 0.09, "deposit_amount_2": 0.09});
    let verified = app.put(&path).token(&session.token).json(amounts).send().await;
    like("core/PUT.micro_deposits.{micro_deposit_guid}", &verified);
    like("core/GET.micro_deposits.{micro_deposit_guid}", &app.get(&path).token(&session.token).send().await);
    like("core/GET.micro_deposits", &app.get("/micro_deposits").token(&session.token).send().await);
    let beta = app.get("/micro_deposits").token(&session.token).accept("application/vnd.mx.nexus.beta+json");
    like("core/GET.micro_deposits~beta", &beta.send().await);
});
