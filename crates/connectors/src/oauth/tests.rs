//! The connector against a bank that says what a test wants, over a real socket.
mod feeds;
mod server;

use super::{OauthBanks, Tokens, authorize_url, challenge_of, error_reason, token_field};
use crate::{
    Answer, Connector, CredentialValue, Outcome, Refusal, Request, Step, Turn,
    http::{Filter, HttpClient},
    oauth::{Authorization, ExchangeError},
    sandbox::faults::Faults,
};
use domain::{
    enums::{ConnectionStatus, JobKind, OauthErrorReason},
    guid::MemberGuid,
    secret::SecretText,
    time::Timestamp,
};
use server::{Reply, Scripted, closed_port};

pub(super) fn request() -> Request {
    let now = Timestamp::parse_rfc3339("2026-01-05T18:30:00Z").unwrap();
    Request {
        kind: JobKind::Aggregation,
        user_external_guid: "U-1".to_owned(),
        member_guid: MemberGuid::from_bytes([7; 16]),
        institution_code: "mx_bank_oauth".to_owned(),
        member_status: ConnectionStatus::Created,
        history_from: now.date().plus_days(-90),
        include_transactions: true,
        include_holdings: true,
        is_background: false,
    }
}

fn secret(text: &str) -> SecretText {
    SecretText::new(text)
}

fn tokens(access: &str, refresh: Option<&str>) -> Vec<CredentialValue> {
    let refresh = refresh.map(secret);
    Tokens { access: secret(access), refresh, identity: None }.credentials(None)
}

fn banks(bank: &Scripted) -> OauthBanks {
    let banks = OauthBanks::default();
    let filter = Filter { admitted: vec![bank.address], ..Filter::default() };
    banks.reach(HttpClient::new(filter).unwrap(), &format!("http://{}/bank/", bank.address));
    banks
}

async fn step(banks: &OauthBanks, credentials: &[CredentialValue], continuation: Option<&[u8]>) -> Step {
    let answers = [Answer { value: secret("an answer") }];
    let request = request();
    let now = Timestamp::EPOCH;
    banks
        .step(Turn {
            request: &request,
            credentials,
            continuation,
            answers: Some(&answers),
            now,
            faults: &Faults::default(),
        })
        .await
}

#[track_caller]
fn failed(step: &Step, reason: &str) {
    match &step.outcome {
        Outcome::Failed { reason: told } => assert!(told.contains(reason), "{told}"),
        other => panic!("{other:?}"),
    }
}

const PROGRESS: &str = r#"{"wait_micros":200000,"continuation":"AAEC","said":"progress"}"#;
const NEW_TOKENS: &str = r#"{"access_token":"A2","refresh_token":"R2","token_type":"Bearer"}"#;

#[test]
fn the_example_of_rfc_7636() {
    let challenge = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn the_page_keeps_its_own_query() {
    let with = Authorization { client_id: "c&d", redirect_uri: "https://us/x?y", state: "s", challenge: "h" };
    assert_eq!(
        authorize_url("https://bank/page?lang=en", &with).unwrap(),
        "https://bank/page?lang=en&response_type=code&client_id=c%26d&redirect_uri=https%3A%2F%2Fus%2Fx%3Fy&state=s\
         &code_challenge=h&code_challenge_method=S256"
    );
    assert_eq!(authorize_url("no page", &with), None);
}

#[test]
fn reasons_by_name_and_by_the_standard() {
    for (error, reason) in [
        ("cancelled", OauthErrorReason::Cancelled),
        ("denied", OauthErrorReason::Denied),
        ("impeded", OauthErrorReason::Impeded),
        ("provider_error", OauthErrorReason::ProviderError),
        ("server_error", OauthErrorReason::ServerError),
        ("session_error", OauthErrorReason::SessionError),
        ("access_denied", OauthErrorReason::Denied),
        ("temporarily_unavailable", OauthErrorReason::ServerError),
        ("invalid_scope", OauthErrorReason::ProviderError),
        ("", OauthErrorReason::UnknownError),
        ("tea", OauthErrorReason::UnknownError),
    ] {
        assert_eq!(error_reason(error), reason, "{error}");
    }
}

#[tokio::test]
async fn a_step_with_its_token_and_what_is_remembered() {
    let bank = Scripted::new(vec![Reply::ok(PROGRESS), Reply::ok(PROGRESS)]);
    let banks = banks(&bank);
    let first = step(&banks, &tokens("A1", Some("R1")), None).await;
    assert!(matches!(first.outcome, Outcome::Progress));
    assert_eq!(first.wait.as_millis(), 200);
    step(&banks, &tokens("A1", Some("R1")), Some(&first.continuation)).await;
    let heard = bank.heard();
    assert!(heard[0].starts_with("POST /bank/step HTTP/1.1\r\n"), "{}", heard[0]);
    assert!(heard[0].contains("authorization: Bearer A1\r\n"), "{}", heard[0]);
    assert!(heard[0].contains(r#""user":"U-1""#) && heard[0].contains(r#""continuation":null"#));
    assert!(heard[1].contains(r#""continuation":"AAEC""#) && heard[1].contains(r#""answers":["an answer"]"#));
}

#[tokio::test]
async fn a_refused_token_is_replaced_in_a_step_of_its_own() {
    let bank = Scripted::new(vec![
        Reply::status(401, "{}"),
        Reply::ok(NEW_TOKENS),
        Reply::status(401, "{}"),
        Reply::ok(r#"{"access_token":"A3"}"#),
    ]);
    let banks = banks(&bank);
    let renewed = step(&banks, &tokens("A1", Some("R1")), None).await;
    let Outcome::Renewed(new) = renewed.outcome else { panic!("{:?}", renewed.outcome) };
    let shown = |all: &[CredentialValue]| {
        all.iter()
            .map(|c| (token_field(c.credential_guid).unwrap(), c.value.expose().to_owned()))
            .collect::<Vec<_>>()
    };
    let expected = |access: &str| {
        vec![("OAUTH_ACCESS_TOKEN", access.to_owned()), ("OAUTH_REFRESH_TOKEN", "R2".to_owned())]
    };
    assert_eq!(shown(&new), expected("A2"));
    let refreshed = &bank.heard()[1];
    assert!(refreshed.starts_with("POST /bank/token HTTP/1.1\r\n"), "{refreshed}");
    assert!(refreshed.ends_with("grant_type=refresh_token&refresh_token=R1&client_id=mx_bank_oauth"));
    // A bank that does not rotate sends no refresh token: the old one stays.
    let renewed = step(&banks, &new, Some(&renewed.continuation)).await;
    let Outcome::Renewed(new) = renewed.outcome else { panic!("{:?}", renewed.outcome) };
    assert_eq!(shown(&new), expected("A3"));
}

#[tokio::test]
async fn a_consent_that_is_gone_impairs_and_trouble_fails() {
    for (status, body, impairs) in [
        (400, r#"{"error":"invalid_grant"}"#, true),
        (401, r#"{"error":"invalid_grant","error_description":"gone"}"#, true),
        (400, r#"{"error":"invalid_client"}"#, false),
        (500, r#"{"error":"invalid_grant"}"#, false),
        (503, "", false),
        (302, "", false),
        (200, "{}", false),
        (200, r#"{"access_token":""}"#, false),
        (200, "{\"access_token\":\"a\\u0000b\"}", false),
        (200, "<html>", false),
    ] {
        let bank = Scripted::new(vec![Reply::status(401, ""), Reply::status(status, body)]);
        let step = step(&banks(&bank), &tokens("A1", Some("R1")), None).await;
        match step.outcome {
            Outcome::Refused(Refusal::Impaired) => assert!(impairs, "{status} {body}"),
            Outcome::Failed { reason } => {
                assert!(!impairs && !reason.contains("R1"), "{status} {body}: {reason}");
            }
            other => panic!("{status} {body}: {other:?}"),
        }
    }
    let bank = Scripted::new(vec![Reply::status(401, "")]);
    let no_refresh = step(&banks(&bank), &tokens("A1", None), None).await;
    assert!(matches!(no_refresh.outcome, Outcome::Refused(Refusal::Impaired)));
    let none = step(&banks(&bank), &[], None).await;
    assert!(matches!(none.outcome, Outcome::Refused(Refusal::Impaired)));
}

#[tokio::test]
async fn a_bank_that_never_takes_its_own_tokens_is_left() {
    let both = [Reply::status(401, ""), Reply::ok(NEW_TOKENS)];
    let bank = Scripted::new(both.into_iter().cycle().take(20).collect());
    let banks = banks(&bank);
    let mut continuation = None;
    for _ in 0..5 {
        let renewed = step(&banks, &tokens("A1", Some("R1")), continuation.as_deref()).await;
        assert!(matches!(renewed.outcome, Outcome::Renewed(_)), "{:?}", renewed.outcome);
        continuation = Some(renewed.continuation);
    }
    let end = step(&banks, &tokens("A1", Some("R1")), continuation.as_deref()).await;
    failed(&end, "refuses the tokens that it has just given");
}

#[tokio::test]
async fn whatever_is_wrong_with_an_answer_is_a_failure_that_says_what() {
    let nested = "[".repeat(100_000);
    let long = format!(r#"{{"wait_micros":0,"continuation":"{}","said":"progress"}}"#, "A".repeat(70_000));
    for (reply, reason) in [
        (Reply::status(500, ""), "the institution answered 500"),
        (Reply::status(400, ""), "the institution answered 400"),
        (Reply::status(302, ""), "the institution answered 302"),
        (Reply::ok(""), "cannot be read"),
        (Reply::ok("null"), "cannot be read"),
        (Reply::ok(&nested), "cannot be read"),
        (Reply::ok(r#"{"wait_micros":-1,"continuation":"","said":"progress"}"#), "cannot be read"),
        (Reply::ok(r#"{"wait_micros":0,"continuation":"","said":"tea"}"#), "cannot be read"),
        (Reply::ok(r#"{"wait_micros":0,"continuation":"","said":{"forced":"TEA"}}"#), "status"),
        (Reply::ok(r#"{"wait_micros":0,"continuation":"","said":{"challenge":[]}}"#), "challenge"),
        (Reply::ok(&long), "continuation"),
        (Reply::cut_off(), "broke"),
        (Reply::huge(), "longer than 16777216 bytes"),
    ] {
        let bank = Scripted::new(vec![reply]);
        failed(&step(&banks(&bank), &tokens("A1", None), None).await, reason);
    }
    let banks = OauthBanks::default();
    failed(&step(&banks, &tokens("A1", None), None).await, "the address of the institution is not known");
    let closed = closed_port();
    let filter = Filter { admitted: vec![closed], ..Filter::default() };
    banks.reach(HttpClient::new(filter).unwrap(), &format!("http://{closed}"));
    failed(&step(&banks, &tokens("A1", None), None).await, "no connection could be made");
    let bank = Scripted::new(Vec::new());
    failed(&step(&self::banks(&bank), &tokens("A1", None), Some(b"garbage")).await, "not ours");
}

#[tokio::test]
async fn a_job_has_sixty_four_mebibytes() {
    let bank = Scripted::new(vec![Reply::ok(PROGRESS), Reply::ok(PROGRESS)]);
    let banks = banks(&bank);
    let after = |received: usize| format!(r#"{{"bank":null,"received":{received},"renewals":0}}"#);
    let whole = 64 << 20;
    let last = step(&banks, &tokens("A1", None), Some(after(whole - PROGRESS.len()).as_bytes())).await;
    assert!(matches!(last.outcome, Outcome::Progress), "{:?}", last.outcome);
    failed(&step(&banks, &tokens("A1", None), Some(&last.continuation)).await, "more than 64 MiB");
    let short = step(&banks, &tokens("A1", None), Some(after(whole - PROGRESS.len() + 1).as_bytes())).await;
    failed(&short, "longer than");
}

#[tokio::test]
async fn a_code_is_redeemed_with_its_verifier() {
    let answer = r#"{"access_token":"A1","refresh_token":"R1","sub":"somebody"}"#;
    let replies =
        vec![Reply::ok(answer), Reply::status(400, r#"{"error":"invalid_grant"}"#), Reply::status(502, "")];
    let bank = Scripted::new(replies);
    let banks = banks(&bank);
    let redeem = || async { banks.redeem(&secret("the code"), &secret("v"), "id", "https://us/back").await };
    let tokens = redeem().await.unwrap();
    assert_eq!(tokens.access.expose(), "A1");
    assert_eq!(tokens.identity.unwrap().expose(), "somebody");
    assert!(bank.heard()[0].ends_with(
        "grant_type=authorization_code&code=the+code&code_verifier=v&client_id=id&redirect_uri=https%3A%2F%2Fus%2Fback"
    ));
    assert_eq!(redeem().await.unwrap_err(), ExchangeError::Refused);
    assert!(matches!(redeem().await, Err(ExchangeError::Failed(reason)) if reason.contains("502")));
}
