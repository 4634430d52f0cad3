use super::*;
use crate::body::Document;
use domain::guid::{ClientGuid, Guid};
use store::{
    Db, OpenOptions, StoreError,
    scope::{SystemScope, UserScope},
};

/// What a body under the root `user` makes of a user.
fn read(user: &str) -> Result<UserPatch, ApiError> {
    Document::parse(format!(r#"{{"user":{user}}}"#).as_bytes())?.read_partner("user", patch_of)
}

fn code(user: &str) -> u16 {
    read(user).unwrap_err().code
}

async fn scope() -> UserScope {
    let db = Db::open(&OpenOptions::Sqlite { path: ":memory:".into() }).await.unwrap();
    let made = db.write(|tx| {
        let guid: ClientGuid = Guid::from_bytes([1; 16]);
        let now = Timestamp::EPOCH;
        let client = tx.insert_client(SystemScope::of_the_service(), guid, "c", "C", "{}", now)?;
        tx.next_user(client)
    });
    let made: Result<UserScope, StoreError> = made.await;
    made.unwrap()
}

/// The user of the published samples.
fn walter(scope: UserScope) -> User {
    User {
        scope,
        guid: "USR-c4321d57-9ae4-1fe3-6c4e-96a84fb92b50".parse().unwrap(),
        external_guid: "U-39XBF7".to_owned(),
        birthday: Some("1959-07-17".parse().unwrap()),
        credit_score: Some(718),
        email: Some("walterwhite@example.com".to_owned()),
        email_is_verified: false,
        first_name: Some("Walter".to_owned()),
        last_name: Some("White".to_owned()),
        gender: Some(0),
        metadata: Some("Additional Information".to_owned()),
        phone: Some("5055551234".to_owned()),
        phone_is_verified: false,
        postal_code: Some("87101".to_owned()),
        accepted_terms_at: None,
        has_accepted_terms: false,
        has_updated_terms: false,
        failed_token_logins: 0,
        is_disabled: false,
        is_restricted: false,
        is_excluded_from_analytics: false,
        logged_in_at: None,
        revision: 0,
        session_epoch: 0,
        data_key: Vec::new(),
        created_at: Timestamp::EPOCH,
        updated_at: Timestamp::EPOCH,
    }
}

fn rendered(user: &User) -> String {
    let mut out = Vec::new();
    render(&mut out, user);
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn the_answer_of_the_published_sample() {
    let mut user = walter(scope().await);
    let sample = r#"{"id":"U-39XBF7","birthdate":"1959-07-17","gender":"MALE","first_name":"Walter","guid":"USR-c4321d57-9ae4-1fe3-6c4e-96a84fb92b50","last_name":"White","metadata":"Additional Information","credit_score":718,"email":"walterwhite@example.com","phone":"(505) 555-1234","zip_code":"87101","is_disabled":false,"logged_in_at":null}"#;
    assert_eq!(rendered(&user), sample);
    let keys: Vec<&str> = USER.iter().map(|entry| entry.name).collect();
    assert_eq!(serde_json::from_str::<serde_json::Value>(sample).unwrap().as_object().unwrap().len(), 13);
    assert!(
        keys.iter().try_fold(0, |at, key| Some(at + sample[at..].find(&format!("\"{key}\":"))?)).is_some()
    );
    user.gender = Some(1);
    user.logged_in_at = Some(Timestamp::parse_rfc3339("2018-07-18T21:36:50.9Z").unwrap());
    let text = rendered(&user);
    assert!(
        text.contains(r#""gender":"FEMALE""#) && text.ends_with(r#""logged_in_at":1531949810}"#),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_not_known_is_null() {
    let mut user = walter(scope().await);
    for cleared in [
        &mut user.email,
        &mut user.first_name,
        &mut user.last_name,
        &mut user.metadata,
        &mut user.phone,
        &mut user.postal_code,
    ] {
        *cleared = None;
    }
    (user.birthday, user.credit_score, user.gender) = (None, None, None);
    let value: serde_json::Value = serde_json::from_str(&rendered(&user)).unwrap();
    let object = value.as_object().unwrap();
    let named = ["id", "guid", "is_disabled"];
    assert!(object.iter().all(|(key, value)| value.is_null() != named.contains(&key.as_str())));
}

#[test]
fn a_change_holds_only_what_was_sent() {
    let patch = read("{}").unwrap();
    assert_eq!(format!("{patch:?}"), format!("{:?}", UserPatch::default()));
    let patch = read(
        r#"{"id":"ignored here","birthdate":"1959-07-17","credit_score":"718","email":" w@example.com ","first_name":"Wälter",
            "last_name":"O'Neil","gender":"FEMALE","is_disabled":"true","is_excluded_from_analytics":false,
            "metadata":" kept ","phone":"+1 505-555-1234","zip_code":"87101-1234"}"#,
    )
    .unwrap();
    assert_eq!(patch.birthday, Some(Some("1959-07-17".parse().unwrap())));
    assert_eq!(patch.credit_score, Some(Some(718)));
    assert_eq!(patch.email, Some(Some("w@example.com".to_owned())));
    assert_eq!(patch.first_name, Some(Some("Wälter".to_owned())));
    assert_eq!(patch.last_name, Some(Some("O'Neil".to_owned())));
    assert_eq!(patch.gender, Some(Some(1)));
    assert_eq!((patch.is_disabled, patch.is_excluded_from_analytics), (Some(true), Some(false)));
    assert_eq!(patch.metadata, Some(Some(" kept ".to_owned())));
    assert_eq!(patch.phone, Some(Some("+15055551234".to_owned())));
    assert_eq!(patch.postal_code, Some(Some("87101-1234".to_owned())));
}

#[test]
fn null_clears() {
    let patch = read(
        r#"{"birthdate":null,"credit_score":null,"email":null,"first_name":null,"last_name":null,"gender":null,
            "is_disabled":null,"is_excluded_from_analytics":null,"metadata":null,"phone":null,"zip_code":null}"#,
    )
    .unwrap();
    assert_eq!((patch.birthday, patch.credit_score, patch.gender), (Some(None), Some(None), Some(None)));
    for text in
        [patch.email, patch.first_name, patch.last_name, patch.metadata, patch.phone, patch.postal_code]
    {
        assert_eq!(text, Some(None));
    }
    assert_eq!((patch.is_disabled, patch.is_excluded_from_analytics), (Some(false), Some(false)));
}

#[test]
fn types_are_4002_and_rules_4222() {
    for user in [
        r#"{"birthdate":"17.07.1959"}"#,
        r#"{"birthdate":"1959-02-29"}"#,
        r#"{"credit_score":"high"}"#,
        r#"{"email":1}"#,
        r#"{"first_name":[]}"#,
        r#"{"gender":0}"#,
        r#"{"is_disabled":"yes"}"#,
        r#"{"metadata":{}}"#,
        r#"{"phone":5055551234}"#,
    ] {
        assert_eq!(code(user), 4002, "{user}");
    }
    let long = |name: &str, chars: usize| format!(r#"{{"{name}":"{}"}}"#, "x".repeat(chars));
    for user in [
        r#"{"credit_score":-1}"#,
        r#"{"credit_score":1001}"#,
        r#"{"email":"a@b"}"#,
        r#"{"gender":"male"}"#,
        r#"{"gender":"X"}"#,
        r#"{"phone":"call me"}"#,
        r#"{"phone":"+1 (505) 555-1234"}"#,
        r#"{"zip_code":"EC1A 1BB"}"#,
        r#"{"first_name":"\u0000"}"#,
        &long("first_name", 51),
        &long("last_name", 51),
        &long("metadata", 8193),
        &format!(r#"{{"email":"{}@example.com"}}"#, "x".repeat(89)),
    ] {
        assert_eq!(code(user), 4222, "{user}");
    }
    for user in
        [&long("first_name", 50), &long("metadata", 8192), r#"{"credit_score":1000}"#, r#"{"last_name":""}"#]
    {
        assert!(read(user).is_ok(), "{user}");
    }
    assert_eq!(read(r#"{"gender":"X"}"#).unwrap_err().message, "gender: must be one of MALE, FEMALE");
}

#[test]
fn the_root_is_required() {
    let of = |body: &str| Document::parse(body.as_bytes())?.read_partner("user", |f| id(f, PREFIX));
    assert_eq!(of(""), Err(ApiError::params_missing()));
    assert_eq!(of(r#"{"id":"U-1"}"#), Err(ApiError::missing("user")));
    assert_eq!(of(r#"{"user":{}}"#), Err(ApiError::missing("id")));
    assert_eq!(of(r#"{"user":{"id":null}}"#), Err(ApiError::missing("id")));
    assert_eq!(of(r#"{"user":{"id":7}}"#).unwrap_err().code, 4002);
    assert_eq!(of(r#"{"user":{"id":"U-1"}}"#), Ok("U-1".to_owned()));
}
