//! Secrets go in by every door, and are then looked for in everything the service keeps and says.
use crate::world::{Proof, send};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use connectors::ofx;
use engine::Call;
use serde_json::json;
use std::fmt::Write;
use store::OpenOptions;
use testkit::{
    App,
    app::{API_KEY, LOGIN, PASSWORD, Session, credentials},
    both, capture,
};

/// What must be found nowhere.
struct Canaries {
    secrets: Vec<(&'static str, String)>,
    /// Bodies of errors, and other answers that hold no secret by contract.
    answers: String,
}

const LOGIN_1: &str = "mxuser.canary-login-one-7c1f";
const LOGIN_2: &str = "canary-login-two-91d4";
const PASSWORD_1: &str = "canary-password-one-5be2";
const PASSWORD_2: &str = "canary-p\u{e4}ssword-two-<&\">-83aa";
const ANSWER: &str = "canary-answer-2f60";
const STRAY: &str = "canary-stray-b7d9";
/// Passes the Luhn test; groups and separators as people write them.
const CARD: &str = "4539578763621486";
const CARD_GROUPED: &str = "4539 5787 6362 1486";
const CARD_DASHED: &str = "4539-5787-6362-1486";
/// The number of an account; no card.
const NUMBER: &str = "00123498765401";
const ROUTING: &str = "991234561";
/// The account of a microdeposit, and who it is for.
const DEPOSIT_NUMBER: &str = "90817263544";
const DEPOSIT_OWNER: &str = "canary-owner-4d2e";
/// Where an account owner of the sandbox lives.
const OWNER_ADDRESS: &str = "3401 N Thanksgiving Way";

fn constants() -> Vec<(&'static str, String)> {
    [
        ("login", LOGIN_1),
        ("the tag of a login", "canary-login-one-7c1f"),
        ("refused login", LOGIN_2),
        ("password", PASSWORD_1),
        ("updated password", PASSWORD_2),
        ("answer", ANSWER),
        ("secret in the wrong place", STRAY),
        ("API key", API_KEY),
        ("card number", CARD),
        ("card number in groups", CARD_GROUPED),
        ("card number with dashes", CARD_DASHED),
        ("the card number but for its last digit", &CARD[..15]),
        ("account number", NUMBER),
        ("account number of a microdeposit", DEPOSIT_NUMBER),
        ("owner of a microdeposit", DEPOSIT_OWNER),
        ("address of an account owner", OWNER_ADDRESS),
    ]
    .map(|(name, text)| (name, text.to_owned()))
    .to_vec()
}

/// A bank account and a card, with card numbers in every place that a bank could write one.
pub(crate) fn statement() -> String {
    let transaction = |id: &str, name: &str, memo: &str| {
        format!(
            "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20251220120000<TRNAMT>-12.30<FITID>{id}<NAME>{name}<MEMO>{memo}</STMTTRN>"
        )
    };
    let rows = [
        transaction(CARD, "SHOP", "plain"),
        transaction(&format!("2025-{CARD}-1"), "SHOP", &format!("CARD {CARD} PURCHASE")),
        transaction("3", &format!("POS {CARD_GROUPED}"), &format!("paid with {CARD_DASHED}, thanks")),
        transaction("4", &format!("X{CARD}"), "TRANSFER FROM SAVINGS"),
    ];
    format!(
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\
         COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0\
         <SEVERITY>INFO</STATUS><DTSERVER>20260101120000<LANGUAGE>ENG<FI><ORG>Canary Bank<FID>77</FI></SONRS>\
         </SIGNONMSGSRSV1>{}{}</OFX>",
        format_args!(
            "<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD\
             <BANKACCTFROM><BANKID>{ROUTING}<ACCTID>{NUMBER}<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>\
             <DTSTART>20251201<DTEND>20260101{}</BANKTRANLIST><LEDGERBAL><BALAMT>10.00<DTASOF>20260101</LEDGERBAL>\
             </STMTRS></STMTTRNRS></BANKMSGSRSV1>",
            rows.concat()
        ),
        format_args!(
            "<CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>2<STATUS><CODE>0<SEVERITY>INFO</STATUS><CCSTMTRS><CURDEF>USD\
             <CCACCTFROM><ACCTID>{CARD}</CCACCTFROM><BANKTRANLIST><DTSTART>20251201<DTEND>20260101{}</BANKTRANLIST>\
             <LEDGERBAL><BALAMT>-10.00<DTASOF>20260101</LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1>",
            rows.concat()
        )
    )
}

impl Canaries {
    /// Sends what must be refused, with this code, and keeps the answer.
    async fn refused(
        &mut self,
        app: &App,
        method: &str,
        path: &str,
        proof: Proof<'_>,
        body: &str,
        code: u64,
    ) {
        let seen = send(app, method, path, proof, Some(body.to_owned())).await;
        assert_eq!(seen.code(), code, "{method} {path}: {} {}", seen.status, seen.text);
        self.answers.push_str(&seen.text);
        writeln!(self.answers, "{:?}", seen.headers).unwrap();
    }

    fn look(&self, place: &str, bytes: &[u8]) {
        let text = searchable(bytes);
        for (name, secret) in &self.secrets {
            for (form, needle) in forms(secret) {
                let found = text.find(&searchable(&needle));
                let around = found.map(|at| text[..at].chars().rev().take(60).collect::<String>());
                let around = around.map(|text| text.chars().rev().collect::<String>());
                assert!(found.is_none(), "{name} is in {place} ({form}), after {around:?}");
            }
        }
    }
}

/// One character for each byte: the search of a text is fast without optimisation.
fn searchable(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The shapes in which a text hides: as it is, in JSON, hexadecimal, base64 at each of its three places, UTF-16.
fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let json = json!(secret).to_string();
    let units = || secret.encode_utf16();
    let mut forms = vec![
        ("text", secret.as_bytes().to_vec()),
        ("JSON", json.trim_matches('"').as_bytes().to_vec()),
        ("hexadecimal", hex::encode(secret).into_bytes()),
        ("upper-case hexadecimal", hex::encode_upper(secret).into_bytes()),
        ("UTF-16LE", units().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16BE", units().flat_map(u16::to_be_bytes).collect()),
    ];
    for shift in 0..3 {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(secret.as_bytes());
        let text = STANDARD.encode(&shifted);
        // Characters at the ends depend on what stands beside the secret.
        let (from, to) = ([0, 2, 3][shift], text.len() / 4 * 4 - 4);
        let whole = &text[from..to];
        forms.push(("base64", whole.into()));
        forms.push(("base64url", whole.replace('+', "-").replace('/', "_").into()));
    }
    forms
}

/// Every file of a SQLite store byte by byte, or a dump of PostgreSQL with its bytes as they are.
async fn stored(app: &App) -> Vec<(String, Vec<u8>)> {
    match app.database() {
        OpenOptions::Sqlite { path } => {
            let files = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|file| file.unwrap().path());
            let files = files.filter(|file| {
                file.file_name().is_some_and(|name| name.to_string_lossy().contains("sqlite"))
            });
            let read = |file: std::path::PathBuf| (file.display().to_string(), std::fs::read(&file).unwrap());
            let read: Vec<_> = files.map(read).collect();
            assert!(read.iter().any(|(name, bytes)| name.ends_with("-wal") && !bytes.is_empty()));
            read
        }
        OpenOptions::Postgres { .. } => {
            let tables = crate::rows::all(app).await;
            tables
                .into_iter()
                .map(|(table, rows)| (format!("table {table}"), with_bytes(&rows.join("\n"))))
                .collect()
        }
    }
}

/// The text, followed by all bytea values in it, decoded.
fn with_bytes(text: &str) -> Vec<u8> {
    let mut all = text.as_bytes().to_vec();
    for part in text.split("\\\\x").skip(1) {
        let end = part.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(part.len());
        all.push(b'\n');
        all.extend_from_slice(&hex::decode(&part[..end]).unwrap());
    }
    all
}

/// Members: create, update, answers, refusals by the bank, failures of the connector.
async fn connect(app: &App, session: &Session, canaries: &mut Canaries) {
    let proof = Proof { session: Some(&session.token), ..Proof::default() };
    let create = async |login: &str, password: &str| {
        let member = json!({"institution_code": "mxbank", "credentials": credentials(login, password)});
        let made = app.post("/members").token(&session.token).json(json!({"member": member})).ok().await;
        made["member"]["guid"].as_str().unwrap().to_owned()
    };
    let member = create(LOGIN_1, PASSWORD_1).await;
    app.pass(5).await;
    assert_eq!(app.status(session, &member).await, "CONNECTED");
    let update = |password: &str| json!({"member": {"credentials": [{"credential_guid": PASSWORD, "value": password}]}});
    app.put(&format!("/members/{member}")).token(&session.token).json(update(PASSWORD_2)).ok().await;
    app.pass(5).await;
    let denied = create(LOGIN_2, PASSWORD_1).await;
    app.pass(5).await;
    assert_eq!(app.status(session, &denied).await, "DENIED");
    let same = json!({"institution_code": "mxbank", "credentials": credentials(LOGIN_1, PASSWORD_1)});
    canaries.refused(app, "POST", "/members", proof, &json!({"member": same}).to_string(), 4220).await;
    for word in ["SERVER_ERROR", "MALFORMED", "TIMEOUT", "PARTIAL", "IMPAIRED"] {
        let failed = create(&format!("{LOGIN_1}.{word}"), word).await;
        app.pass(900).await;
        assert_ne!(app.status(session, &failed).await, "CONNECTED");
    }
    for word in ["challenge", "token", "many", "options", "image"] {
        let asked = create(&format!("{LOGIN_1}.{word}"), word).await;
        app.pass(5).await;
        let resume = format!("/members/{asked}/resume");
        let unknown = json!({"challenges": [{"guid": LOGIN, "value": ANSWER}]}).to_string();
        canaries.refused(app, "PUT", &resume, proof, &unknown, 4003).await;
        app.answer(session, &asked, ANSWER).await;
        // Stored until the institution has it, in the clear nowhere.
        canaries.look(
            "the store while an answer waits",
            &stored(app).await.into_iter().flat_map(|(_, b)| b).collect::<Vec<_>>(),
        );
        app.pass(5).await;
        assert_eq!(app.status(session, &asked).await, "REJECTED");
        let late = json!({"challenges": [{"guid": LOGIN, "value": ANSWER}]}).to_string();
        canaries.refused(app, "PUT", &resume, proof, &late, 4050).await;
    }
}

/// Numbers and owners of a member, and microdeposits: right ones, and ones that are refused.
async fn premium(app: &App, session: &Session, canaries: &mut Canaries) {
    let own = Proof { session: Some(&session.token), ..Proof::default() };
    let member = app.connected(session, "any").await;
    for what in ["verify", "identify"] {
        app.post(&format!("/members/{member}/{what}")).token(&session.token).ok().await;
        app.pass(5).await;
    }
    let read =
        async |end: &str| app.get(&format!("/members/{member}/{end}")).token(&session.token).ok().await;
    let numbers = read("account_numbers").await;
    for item in numbers["account_numbers"].as_array().unwrap() {
        canaries.secrets.push(("verified number", item["account_number"].as_str().unwrap().to_owned()));
    }
    let owners = read("account_owners").await;
    assert_eq!(owners["account_owners"][0]["address"], OWNER_ADDRESS);
    let email = format!("{DEPOSIT_OWNER}@example.com");
    let deposit = |routing: &str, email: &str| {
        json!({"micro_deposit": {"first_name": DEPOSIT_OWNER, "last_name": DEPOSIT_OWNER, "email": email,
            "account_number": DEPOSIT_NUMBER, "routing_number": routing, "account_type": 1}})
    };
    let made = app.post("/micro_deposits").token(&session.token).json(deposit(ROUTING, &email)).ok().await;
    assert_eq!(made["micro_deposit"]["account_number"], DEPOSIT_NUMBER);
    app.post("/micro_deposits").token(&session.token).json(deposit("991234560", &email)).ok().await;
    for (body, code) in [
        (deposit("99123456", &email), 4222),
        (deposit(ROUTING, DEPOSIT_OWNER), 4222),
        (deposit(STRAY, STRAY), 4222),
        (json!({"micro_deposit": {"first_name": [STRAY], "last_name": STRAY, "email": STRAY}}), 4002),
    ] {
        canaries.refused(app, "POST", "/micro_deposits", own, &body.to_string(), code).await;
    }
    let path = format!("/micro_deposits/{}", made["micro_deposit"]["guid"].as_str().unwrap());
    let amounts = json!({"deposit_amount_1": STRAY, "deposit_amount_2": DEPOSIT_NUMBER}).to_string();
    canaries.refused(app, "PUT", &path, own, &amounts, 4002).await;
    app.pass(120).await;
    app.get(&path).token(&session.token).ok().await;
}

/// Bodies, paths, queries and headers that are wrong and have a secret in them.
async fn stray(app: &App, session: &Session, canaries: &mut Canaries) {
    let own = Proof { session: Some(&session.token), ..Proof::default() };
    let key = Proof { key: Some(API_KEY), ..Proof::default() };
    let garbage = Proof { session: Some(STRAY), api_token: Some(STRAY), key: Some(STRAY) };
    let credentials = |guid: &str, value: serde_json::Value| json!({"member": {"institution_code": "mxbank", "credentials": [{"credential_guid": guid, "value": value}]}});
    for (method, path, proof, body, code) in [
        ("POST", "/members", own, format!(r#"{{"member":{{"credentials":"{STRAY}"#), 4000),
        ("POST", "/members", own, format!(r#""{STRAY}""#), 4000),
        ("POST", "/members", own, credentials(STRAY, STRAY.into()).to_string(), 4003),
        ("POST", "/members", own, credentials(LOGIN, STRAY.into()).to_string(), 4002),
        ("POST", "/members", own, credentials(LOGIN, json!([STRAY])).to_string(), 4002),
        ("POST", "/members", own, credentials(LOGIN, json!({STRAY: STRAY})).to_string(), 4002),
        ("POST", "/members", own, credentials(LOGIN, STRAY.repeat(99).into()).to_string(), 4222),
        ("POST", "/members", own, json!({"member": {"credentials": STRAY}}).to_string(), 4002),
        ("POST", "/members", own, json!({"member": {"use_cases": [STRAY]}}).to_string(), 4002),
        ("POST", "/members", own, json!({"member": {"is_oauth": STRAY}}).to_string(), 4002),
        ("POST", "/members", own, json!({STRAY: STRAY}).to_string(), 4001),
        ("POST", "/members", garbage, String::new(), 4010),
        ("POST", "/sessions", garbage, String::new(), 4012),
        ("POST", "/institutions/search", own, json!({"institution": {"name": [STRAY]}}).to_string(), 4002),
        ("GET", "/members/canary-stray-b7d9", own, String::new(), 4040),
        ("GET", "/canary-stray-b7d9", own, String::new(), 4040),
        ("GET", "/members/canary-stray-b7d9/challenges?x=canary-stray-b7d9", own, String::new(), 4040),
        ("GET", "/transactions?from_date=canary-stray-b7d9", own, String::new(), 4002),
        ("GET", "/accounts?use_case=canary-stray-b7d9", own, String::new(), 4002),
        ("POST", "/live/partner/users", key, format!(r#"{{"user":{{"id":"{STRAY}"#), 4000),
        ("POST", "/live/partner/users", key, json!({"user": {"id": "n", "email": STRAY}}).to_string(), 4222),
        ("POST", "/live/partner/users", key, json!({"user": {"id": "n", "gender": STRAY}}).to_string(), 4222),
        (
            "POST",
            "/live/partner/users",
            key,
            json!({"user": {"id": "n", "birthdate": STRAY}}).to_string(),
            4002,
        ),
        ("GET", "/live/canary-stray-b7d9/users/canary-stray-b7d9", garbage, String::new(), 4013),
        ("GET", "/sso/partner/users/canary-stray-b7d9/api_token", key, String::new(), 4040),
        ("PUT", "/sandbox/clock", key, json!({"clock": {"mode": STRAY}}).to_string(), 4002),
    ] {
        canaries.refused(app, method, path, proof, &body, code).await;
    }
}

async fn import(app: &App, user: &store::users::User) {
    let call = Call::new("operator", "import", "import");
    for dry_run in [true, false, false] {
        let statements = ofx::read(statement().as_bytes()).unwrap();
        assert_eq!(statements.accounts.len(), 2);
        let engine = app.engine();
        let report =
            engine.import_statements(&call, &app.client, user, statements, dry_run, |_, _| {}).await.unwrap();
        assert_eq!(report.accounts.iter().map(|account| account.found).sum::<u64>(), 8);
    }
    let error =
        ofx::read(statement().replace("<TRNAMT>-12.30", &format!("<TRNAMT>{CARD}x")).as_bytes()).unwrap_err();
    assert!(!error.to_string().contains(CARD), "{error}");
}

both!(no_secret_is_found_anywhere, async |app| {
    let mut canaries = Canaries { secrets: constants(), answers: String::new() };
    let user = app.user("U-1").await;
    let api_token = app.api_token(&user).await;
    let opened = app.post("/sessions").api_token(&api_token).ok().await;
    let session = Session { token: opened["session"]["token"].as_str().unwrap().to_owned() };
    let decoded = String::from_utf8(STANDARD.decode(&api_token).unwrap()).unwrap();
    canaries.secrets.push(("session token", session.token.clone()));
    canaries.secrets.push(("secret half of the API token", decoded.split('|').nth(1).unwrap().to_owned()));
    canaries.secrets.push(("API token", api_token.clone()));
    let used = Proof { api_token: Some(&api_token), ..Proof::default() };
    canaries.refused(app, "POST", "/sessions", used, "", 4012).await;
    connect(app, &session, &mut canaries).await;
    let forged = STANDARD.encode(format!("{}|{}", user.guid, "5".repeat(64)));
    let forged = Proof { api_token: Some(&forged), ..Proof::default() };
    canaries.refused(app, "POST", "/sessions", forged, "", 4012).await;
    // Time has passed: the session is over, and another one reads all there is.
    let over = Proof { session: Some(&session.token), ..Proof::default() };
    app.clock.advance_seconds(3600);
    canaries.refused(app, "GET", "/user", over, "", 4011).await;
    let session = app.session(&user).await;
    canaries.secrets.push(("second session token", session.token.clone()));
    import(app, &user).await;
    premium(app, &session, &mut canaries).await;
    stray(app, &session, &mut canaries).await;
    for path in ["/user", "/members", "/accounts", "/transactions?records_per_page=1000&from_date=2020-01-01"]
    {
        let text = app.get(path).token(&session.token).send().await.is(200).text().to_owned();
        canaries.answers.push_str(&text);
    }
    assert!(canaries.answers.contains("1486"), "the last four digits are shown");
    app.engine().seal_audit().await.unwrap();
    canaries.look("an answer", canaries.answers.as_bytes());
    canaries.look("the access log", app.access_log().as_bytes());
    canaries.look("the log", capture::log().get().as_bytes());
    for (place, bytes) in stored(app).await {
        canaries.look(&place, &bytes);
    }
});

#[test]
fn every_form_is_found_where_it_is() {
    let canaries = Canaries { secrets: constants(), answers: String::new() };
    for (name, secret) in &canaries.secrets {
        for shift in 0..6 {
            let text = format!("{}{secret}and more", &"before"[..shift]);
            let hidden = STANDARD.encode(&text).into_bytes();
            let is_found =
                forms(secret).iter().any(|(_, needle)| searchable(&hidden).contains(&searchable(needle)));
            assert!(is_found, "{name} in base64 after {shift} characters");
        }
    }
    let bytes = with_bytes(&format!("{{\"a\":\"\\\\x{}\"}}", hex::encode(CARD)));
    assert!(searchable(&bytes).contains(CARD));
}
