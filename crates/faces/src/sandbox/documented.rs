//! The static endpoints of the documentation: what the token `test_session` gets (`spec: sandbox, 4`).
//!
//! They only mimic. One function decides before any handler: nothing is looked up, stored or noted.
use crate::{
    app::App,
    call::{Answer, Call, Exchange, session_token},
    dialect::Face,
    error::ApiError,
    nexus::members::render,
};
use axum::{
    extract::{FromRequest, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{
    enums::ConnectionStatus as Status,
    guid::{JobGuid, MemberGuid, UserGuid},
    machine::{Causes, MemberState, UpdateWhileRunning},
    time::Timestamp,
};
use engine::member::MemberView;
use http::Method;
use std::sync::Arc;
use store::members::Member;

/// The token that stands for no session.
const TOKEN: &str = "test_session";
/// The member that is always CONNECTED.
const TEST_MEMBER: &str = "test_member";

const USER: u128 = 0x1114_1024_90b3_1bce_cac9_c06c_ed52_ab4c;
const MEMBER: u128 = 0x7c6f_361b_e582_15b6_60c0_358f_1246_6b4b;
const VERIFIED_MEMBER: u128 = 0xc653_6f4c_61dc_a047_5c45_ee38_b8ba_812a;
const JOB: u128 = 0xd6bb_804b_6d12_44f1_b0ad_4034_41c0_3372;
/// 2016-10-13T17:57:38Z
const SUCCEEDED_AT: Timestamp = Timestamp::from_seconds(1_476_381_458);
/// 2016-10-13T18:07:57Z
const AGGREGATED_AT: Timestamp = Timestamp::from_seconds(1_476_382_077);

const USER_BODY: &str = include_str!("documented/user.json");
const NUMBERS_BODY: &str = include_str!("documented/account_numbers.json");
const OWNERS_BODY: &str = include_str!("documented/account_owners.json");
const CHALLENGES_BODY: &str = include_str!("documented/challenges.json");

/// Answers what the token is for; all other requests go on.
pub(crate) async fn answer(State(app): State<App>, request: Request, next: Next) -> Response {
    if !is_meant(&request) {
        return next.run(request).await;
    }
    let body = body(&app, request.method(), request.uri().path());
    let answered = async {
        let body = body?;
        Call::from_request(request, &()).await?.json()?;
        Ok::<_, ApiError>(Answer::ok(body))
    };
    answered.await.into_response()
}

/// Whether a request comes with the token; opening a session needs none.
fn is_meant(request: &Request) -> bool {
    let is_nexus =
        request.extensions().get::<Arc<Exchange>>().is_some_and(|exchange| exchange.face == Face::Nexus);
    let opens = request.method() == Method::POST && request.uri().path() == "/sessions";
    is_nexus && !opens && session_token(request.headers()) == Some(TOKEN)
}

fn body(app: &App, method: &Method, path: &str) -> Result<Vec<u8>, ApiError> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let starts = matches!(*method, Method::GET | Method::POST);
    let (post, put) = (*method == Method::POST, *method == Method::PUT);
    let mut parts = path.split('/').skip(1);
    let (Some(first), word, call, None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(ApiError::path_not_found());
    };
    let is_one = |words: &[&str]| word.is_some_and(|word| words.contains(&word));
    let text = |text: &str| Ok(text.trim_end().as_bytes().to_vec());
    match (first, word, call) {
        ("user", None, None) if reads => text(USER_BODY),
        ("members", None, None) if reads => all(app),
        ("members", Some(word), None) if reads || put => of_word(app, word),
        ("members", Some(word), Some("aggregate" | "refresh")) if starts => of_word(app, word),
        ("members", Some("CHALLENGED"), Some("challenges")) if reads => text(CHALLENGES_BODY),
        ("members", Some("CHALLENGED"), Some("resume")) if put => {
            let mut member = member(app, Status::Resumed)?;
            member.member.guid = guid_of(Status::Challenged);
            Ok(render::member(&member, user()))
        }
        ("members", Some("test_nexus_member"), Some("account_numbers")) if reads => text(NUMBERS_BODY),
        ("members", Some("test_nexus_member"), Some("account_owners")) if reads => text(OWNERS_BODY),
        ("members", Some("unverified"), Some("account_numbers")) if reads => {
            text(r#"{"account_numbers":[]}"#)
        }
        ("members", Some("unidentified"), Some("account_owners")) if reads => {
            text(r#"{"account_owners":[]}"#)
        }
        ("members", Some(_), Some("verify" | "identify"))
            if post && is_one(&["test_nexus_member", "unverified", "unidentified"]) =>
        {
            Ok(render::member(&being_verified(app)?, user()))
        }
        ("members", Some(_), _) => Err(ApiError::not_found("member")),
        _ => Err(ApiError::path_not_found()),
    }
}

/// One member for each word.
fn all(app: &App) -> Result<Vec<u8>, ApiError> {
    let mut members = vec![test_member(app)?];
    for status in Status::ALL {
        members.push(member(app, *status)?);
    }
    Ok(render::members(&members, user()))
}

fn of_word(app: &App, word: &str) -> Result<Vec<u8>, ApiError> {
    let view = if word == TEST_MEMBER {
        test_member(app)?
    } else {
        let status = Status::ALL.iter().copied().find(|status| status.name() == word);
        member(app, status.ok_or_else(|| ApiError::not_found("member"))?)?
    };
    Ok(render::member(&view, user()))
}

fn user() -> UserGuid {
    UserGuid::from_bytes(USER.to_be_bytes())
}

/// The members differ in the last byte of their guid.
fn guid_of(status: Status) -> MemberGuid {
    MemberGuid::from_bytes((MEMBER & !0xff | u128::from(status.code())).to_be_bytes())
}

fn test_member(app: &App) -> Result<MemberView, ApiError> {
    let mut view = member(app, Status::Connected)?;
    view.member.guid = MemberGuid::from_bytes(MEMBER.to_be_bytes());
    Ok(view)
}

/// The member whose verification, or identification, has been asked for.
fn being_verified(app: &App) -> Result<MemberView, ApiError> {
    let mut view = member(app, Status::Created)?;
    view.member.guid = MemberGuid::from_bytes(VERIFIED_MEMBER.to_be_bytes());
    view.member.state.is_being_aggregated = true;
    view.member.job = Some(JobGuid::from_bytes(JOB.to_be_bytes()));
    Ok(view)
}

/// A member in a state. It waits for an institution by OAuth where it is PENDING.
fn member(app: &App, status: Status) -> Result<MemberView, ApiError> {
    let is_oauth = status == Status::Pending;
    let is_new = matches!(status, Status::Created | Status::Pending);
    let code = if is_oauth { "mx_bank_oauth" } else { "mxbank" };
    let institution = app.engine().catalogue().by_code(code).ok_or_else(ApiError::internal)?;
    let state = MemberState {
        status: Some(status),
        is_being_aggregated: matches!(status, Status::Challenged | Status::Resumed | Status::Delayed),
        is_oauth,
        is_managed_by_user: true,
        has_pfm: true,
        denials: 0,
        failures: 0,
        former_status: None,
        disabled_by: Causes::NONE,
        update_while_running: UpdateWhileRunning::None,
        created_at: SUCCEEDED_AT,
        aggregated_at: (!is_new).then_some(AGGREGATED_AT),
        successfully_aggregated_at: (!is_new).then_some(SUCCEEDED_AT),
        completed_aggregation_started_at: None,
    };
    let member = Member {
        no: 1,
        guid: guid_of(status),
        institution: institution.guid,
        external_guid: None,
        login_hash: None,
        name: None,
        metadata: Some("Additional information".to_owned()),
        use_cases: "PFM".to_owned(),
        background_is_disabled: false,
        is_managed_by_user: true,
        is_user_created: true,
        is_manual: false,
        job: (!is_new).then(|| JobGuid::from_bytes(JOB.to_be_bytes())),
        state,
        revision: if is_new { 2 } else { 42 },
        updated_at: AGGREGATED_AT,
        due_at: None,
        user_is_barred: false,
    };
    Ok(MemberView { member, institution })
}
