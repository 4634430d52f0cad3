//! What an operator asks and does across users, below the command line: the catalogue, the timelines of jobs, the
//! pages of members and jobs, the figures.
mod acts;
mod figures;
mod lists;
mod load;
mod members;
mod pages;

use engine::{
    Call,
    catalogue::{Format, LoadReport, read_institutions},
};
use serde_json::{Value, json};
use testkit::{App, app::Session};

/// Credentials of an institution as a list writes them.
const LOGIN_AND_PASSWORD: &str = r#"[{"field_name":"LOGIN","field_type":"LOGIN","label":"User"},
    {"field_name":"PASSWORD","field_type":1,"label":"Password"}]"#;

fn operator() -> Call {
    Call::new("operator", "institutions load", "run-1")
}

async fn plan(app: &App, text: &str, format: Format, retire_missing: bool) -> Result<LoadReport, String> {
    let entries = read_institutions(text.as_bytes(), format)?;
    let planned = app.engine().plan_institutions(entries, Some("bank"), retire_missing).await;
    Ok(planned.map_err(|error| error.to_string())?.report().clone())
}

async fn load(app: &App, text: &str, format: Format, retire_missing: bool) -> LoadReport {
    let entries = read_institutions(text.as_bytes(), format).unwrap();
    let engine = app.engine();
    let planned = engine.plan_institutions(entries, Some("bank"), retire_missing).await.unwrap();
    engine.apply_institutions(&operator(), planned, &mut |_, _| {}).await.unwrap()
}

/// An institution in a JSON list, with a login and a password.
fn bank(code: &str, fields: &Value) -> Value {
    let credentials: Value = serde_json::from_str(LOGIN_AND_PASSWORD).unwrap();
    let mut bank = json!({"code": code, "name": code.to_uppercase(), "credentials": credentials});
    for (key, value) in fields.as_object().unwrap() {
        bank[key] = value.clone();
    }
    bank
}

/// Loads one institution.
async fn load_bank(app: &App, code: &str, fields: Value) -> LoadReport {
    load(app, &json!([bank(code, &fields)]).to_string(), Format::Json, false).await
}

/// A new member at an institution that was loaded; answers with its guid.
async fn connect(app: &App, session: &Session, code: &str, login: &str, fields: Value) -> String {
    let asked = app.get(&format!("/institutions/{code}/credentials")).token(&session.token).ok().await;
    let of_field = |field: &Value| match field["field_name"].as_str() {
        Some("LOGIN") => login.to_owned(),
        _ => "secret".to_owned(),
    };
    let given: Vec<Value> = asked["credentials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| json!({"credential_guid": field["guid"], "value": of_field(field)}))
        .collect();
    let mut member = json!({"institution_code": code, "credentials": given});
    for (key, value) in fields.as_object().unwrap() {
        member[key] = value.clone();
    }
    let made = app.post("/members").token(&session.token).json(json!({"member": member})).ok().await;
    made["member"]["guid"].as_str().unwrap().to_owned()
}
