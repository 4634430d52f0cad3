//! What the sandbox says arrives as it was said; what is malformed does not arrive; card numbers never do.
use super::request;
use crate::{
    Connector, CredentialValue, Outcome, Step, Turn,
    oauth::{Asked, NotAsked, wire, write_step},
    sandbox::{SandboxBank, faults::Faults},
};
use domain::{
    enums::{ConnectionStatus, JobKind},
    feed::FeedBatch,
    guid::CredentialGuid,
    secret::SecretText,
    time::Timestamp,
};
use serde_json::{Value, json};
use std::time::Duration;

/// All steps of a job at a bank of the sandbox.
async fn conversation(institution_code: &str, password: &str, kind: JobKind) -> Vec<Step> {
    let credentials = [("LOGIN", "mxuser"), ("PASSWORD", password)].map(|(name, value)| CredentialValue {
        credential_guid: CredentialGuid::from_bytes([0; 16]),
        field_name: name.to_owned(),
        value: SecretText::new(value),
    });
    let mut request = request();
    request.kind = kind;
    institution_code.clone_into(&mut request.institution_code);
    let mut steps: Vec<Step> = Vec::new();
    let now = Timestamp::parse_rfc3339("2026-01-05T18:30:00Z").unwrap();
    while steps.len() < 20 {
        let continuation = steps.last().map(|step| step.continuation.as_slice());
        let turn = Turn {
            request: &request,
            credentials: &credentials,
            continuation,
            answers: None,
            now,
            faults: &Faults::default(),
        };
        steps.push(SandboxBank.step(turn).await);
        let last = &steps.last().unwrap().outcome;
        if !matches!(last, Outcome::Progress | Outcome::Authenticated | Outcome::Data(_)) {
            break;
        }
    }
    steps
}

#[tokio::test]
async fn what_the_bank_says_arrives_as_it_was_said() {
    for (code, password, kind) in [
        ("mxbank", "x", JobKind::Aggregation),
        ("mxcu_oauth", "x", JobKind::Aggregation),
        ("mx_bank_oauth", "RECONNECTED", JobKind::Aggregation),
        ("sandbox_ca", "PARTIAL", JobKind::Aggregation),
        ("mxbank", "image_options", JobKind::Aggregation),
        ("mxbank", "image", JobKind::Aggregation),
        ("mxbank", "many", JobKind::Aggregation),
        ("mxbank", "LOCKED", JobKind::Aggregation),
        ("mxbank", "IMPORTED", JobKind::Aggregation),
        ("mxbank", "UNAVAILABLE", JobKind::Aggregation),
    ] {
        for step in conversation(code, password, kind).await {
            let sent = write_step(&step).unwrap();
            let (outcome, wait, _) = wire::read_step(&sent).unwrap();
            let is_same = format!("{outcome:?}") == format!("{:?}", step.outcome);
            assert!(is_same, "{code} {password}");
            assert_eq!(wait, step.wait);
            if let (Outcome::Data(one), Outcome::Data(other)) = (&outcome, &step.outcome) {
                assert!(one == other, "numbers, which are not printed");
            }
        }
    }
}

/// An answer with one account and one transaction, changed.
fn answer(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut account = json!({
        "id": "a-1", "account_type": "CHECKING", "account_subtype": null, "name": "Checking", "number": "12345",
        "routing_number": null, "holder": null, "values": {"balance": "12.30"}, "window": ["2026-01-01", "2026-01-05"],
        "reports_pending": true, "is_complete": false, "holdings": null,
        "transactions": [{"id": "t-1", "replaces": null, "amount": "1.50", "is_credit": false, "is_pending": false,
            "description": "SHOP", "memo": null, "currency_code": null, "posted_at": 0, "transacted_at": null,
            "check_number": null, "latitude": null, "longitude": null, "is_international": null,
            "merchant_category_code": null, "category": null, "extended_transaction_type": ""}]
    });
    change(&mut account);
    json!({"wait_micros": 0, "continuation": "", "said": {"data": [account]}}).to_string().into_bytes()
}

fn read(answer: &[u8]) -> Result<Vec<FeedBatch>, String> {
    match wire::read_step(answer) {
        Ok((Outcome::Data(batches), ..)) => Ok(batches),
        Ok((other, ..)) => panic!("{other:?}"),
        Err(malformed) => Err(malformed.to_string()),
    }
}

#[test]
fn what_is_malformed_names_its_place_and_no_value() {
    read(&answer(|_| ())).unwrap();
    let long = "secret".repeat(1000);
    for (pointer, value, place) in [
        ("/account_type", json!("TEA"), "account_type"),
        ("/account_subtype", json!("TEA"), "account_subtype"),
        ("/name", json!(long), "name of an account"),
        ("/name", json!("a\0b"), "name of an account"),
        ("/values/balance", json!(12.5), "balance"),
        ("/values/balance", json!("secret"), "balance"),
        ("/values/balance", json!("1000000000000"), "balance"),
        ("/values/balance", json!("1e300"), "balance"),
        ("/window/0", json!("secret"), "window"),
        ("/transactions/0/amount", json!("secret"), "amount"),
        ("/transactions/0/amount", json!(""), "amount"),
        ("/transactions/0/description", json!(long), "description"),
        ("/transactions/0/latitude", json!("secret"), "latitude"),
        ("/transactions/0/id", json!(long), "id of a transaction"),
    ] {
        let text = read(&answer(|account| *account.pointer_mut(pointer).unwrap() = value)).unwrap_err();
        assert_eq!(text, format!("{place} is malformed or too long"), "{pointer}");
    }
    for change in [json!({"secret": "1"}), json!({"guid": "secret"})] {
        let text = read(&answer(|account| account["values"] = change)).unwrap_err();
        assert!(!text.contains("secret"), "{text}");
    }
    for gone in ["/transactions", "/name", "/values"] {
        let text = read(&answer(|account| *account.pointer_mut(gone).unwrap() = json!(7))).unwrap_err();
        assert!(text.starts_with("no answer of the interface"), "{text}");
    }
}

#[test]
fn there_are_limits_to_how_much_there_is() {
    let many = |account: &mut Value| {
        let one = account["transactions"][0].clone();
        account["transactions"] = vec![one; 100_001].into();
    };
    assert_eq!(read(&answer(many)).unwrap_err(), "more than 100000 transactions of an account");
    let mut all: Value = serde_json::from_slice(&answer(|_| ())).unwrap();
    let one = all["said"]["data"][0].clone();
    all["said"]["data"] = vec![one; 1001].into();
    assert_eq!(read(all.to_string().as_bytes()).unwrap_err(), "more than 1000 accounts");
    let waits = json!({"wait_micros": u64::MAX, "continuation": "", "said": "progress"}).to_string();
    assert_eq!(wire::read_step(waits.as_bytes()).unwrap().1, Duration::from_secs(3600));
}

#[test]
fn card_numbers_do_not_arrive() {
    let card = "4539578763621486";
    let batches = read(&answer(|account| {
        account["name"] = json!(format!("Card {card}"));
        account["number"] = json!(card);
        account["id"] = json!(card);
        account["values"]["nickname"] = json!(card);
        account["transactions"][0]["description"] = json!("POS 4539 5787 6362 1486");
        account["transactions"][0]["memo"] = json!(card);
        account["transactions"][0]["id"] = json!(format!("2026-{card}"));
    }));
    let batches = batches.unwrap();
    let text = format!("{batches:?} {}", batches[0].account.account_number.as_ref().unwrap().expose());
    assert!(text.contains("1486") && !text.contains(card) && !text.contains("4539 5787"), "{text}");
}

#[test]
fn bodies_that_ask_for_nothing() {
    for body in ["", "{}", "[]", r#"{"kind":"AGGREGATION"}"#] {
        assert_eq!(Asked::read(body.as_bytes(), "x").unwrap_err(), NotAsked);
    }
    let turn_request = request();
    let turn = Turn {
        request: &turn_request,
        credentials: &[],
        continuation: None,
        answers: None,
        now: Timestamp::EPOCH,
        faults: &Faults::default(),
    };
    let body = wire::write_asked(&turn, Some("AAEC")).unwrap();
    let asked = Asked::read(&body, "mx_bank_oauth").unwrap();
    assert_eq!(asked.request.member_status, ConnectionStatus::Created);
    assert_eq!(asked.request.history_from, turn_request.history_from);
    assert_eq!((asked.continuation, asked.answers.is_none()), (Some(vec![0, 1, 2]), true));
}
