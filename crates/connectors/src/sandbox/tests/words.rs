//! Every row of the table of words, as a password and as an answer.
use super::driver::{End, job};
use crate::{Challenge, Refusal};
use domain::enums::{ConnectionStatus, FieldType, JobKind};
use std::time::Duration;

/// Words that end a conversation the same way wherever they are said.
fn endings() -> Vec<(&'static str, End)> {
    vec![
        ("BAD_REQUEST", End::Failed),
        ("SERVER_ERROR", End::Failed),
        ("UNAVAILABLE", End::Failed),
        ("MALFORMED", End::Failed),
        ("TIMEOUT", End::TimedOut),
        ("UNAUTHORIZED", End::Refused(Refusal::Credentials)),
        ("INVALID", End::Refused(Refusal::Credentials)),
        ("DENIED", End::Refused(Refusal::Credentials)),
        ("PREVENTED", End::Forced(ConnectionStatus::Prevented)),
        ("LOCKED", End::Refused(Refusal::Locked)),
        ("IMPEDED", End::Refused(Refusal::Impeded)),
        ("DEGRADED", End::Forced(ConnectionStatus::Degraded)),
        ("DISCONNECTED", End::Forced(ConnectionStatus::Disconnected)),
        ("DISCONTINUED", End::Forced(ConnectionStatus::Discontinued)),
        ("CLOSED", End::Forced(ConnectionStatus::Closed)),
        ("DISABLED", End::Forced(ConnectionStatus::Disabled)),
        ("IMPORTED", End::Forced(ConnectionStatus::Imported)),
        ("IMPAIRED", End::Refused(Refusal::Impaired)),
    ]
}

/// Words that ask, and the types of the questions of the first round.
const QUESTIONS: [(&str, &[FieldType]); 7] = [
    ("challenge", &[FieldType::Text]),
    ("options", &[FieldType::Options]),
    ("image", &[FieldType::ImageData]),
    ("image_options", &[FieldType::ImageOptions]),
    ("token", &[FieldType::Token]),
    ("two_step", &[FieldType::Options]),
    ("many", &[FieldType::Text, FieldType::Text, FieldType::Text]),
];

fn types(set: &[Challenge]) -> Vec<FieldType> {
    set.iter().map(|challenge| challenge.field_type).collect()
}

#[test]
fn a_password_that_is_no_word_connects() {
    for password in ["", "secret", "correct", "repeat", "EXPIRED", "denied", "LOCKED ", "Challenge"] {
        let story = job("mxbank", password).run();
        assert_eq!(story.end, End::Done, "{password}");
        assert!(story.challenges.is_empty());
        assert_eq!(story.data.len(), 3, "accounts, transactions, holdings");
        assert_eq!(story.accepted_after, Duration::from_millis(200));
        assert_eq!(story.took, Duration::from_millis(800), "200 ms a step");
    }
}

#[test]
fn only_known_users_get_in() {
    for (login, is_known) in [
        ("mxuser", true),
        ("test_atrium", true),
        ("mxuser.2", true),
        ("test_atrium.a.b", true),
        ("mxuser.", false),
        ("mxuser2", false),
        ("MXUSER", false),
        (" mxuser", false),
        ("", false),
    ] {
        let mut job = job("sandbox_basic", "secret");
        job.login = login;
        let expected = if is_known { End::Done } else { End::Refused(Refusal::Credentials) };
        assert_eq!(job.run().end, expected, "{login}");
    }
}

#[test]
fn words_that_end_it_as_a_password() {
    for (word, end) in endings() {
        let story = job("mxbank", word).run();
        assert_eq!(story.end, end, "{word}");
        assert!(!story.is_authenticated && story.data.is_empty(), "{word}");
    }
}

#[test]
fn words_that_end_it_as_an_answer() {
    for (word, end) in endings() {
        let story = job("mxbank", "challenge").answered(&[word]).run();
        assert_eq!(story.end, end, "{word}");
        assert!(!story.is_authenticated && story.data.is_empty(), "{word}");
    }
}

#[test]
fn words_that_ask_as_a_password_and_as_an_answer() {
    for (word, expected) in QUESTIONS {
        let story = job("mxcu", word).run();
        assert_eq!(story.end, End::Unanswered, "{word}");
        assert_eq!(types(&story.challenges[0]), expected, "{word}");
        let story = job("mxcu", "challenge").answered(&[word]).run();
        assert_eq!(story.end, End::Unanswered, "{word} as an answer");
        assert_eq!(types(&story.challenges[1]), expected, "{word} as an answer");
        assert!(!story.is_authenticated);
    }
}

#[test]
fn the_questions_as_documented() {
    let first = |word| job("mxbank", word).run().challenges.remove(0);
    assert_eq!(first("challenge")[0].label, "What city were you born in?");
    let options: Vec<_> = first("options").remove(0).options;
    for (option, word) in options.iter().zip(["correct", "challenge", "wrong", "BAD_REQUEST", "LOCKED"]) {
        assert_eq!((option.label.as_str(), option.value.as_str()), (word, word));
    }
    assert_eq!(options.len(), 5);
    let png = "data:image/png;base64,iVBORw0KGgo";
    assert!(first("image").remove(0).image_data.unwrap().starts_with(png));
    let pictures = first("image_options").remove(0).options;
    let values: Vec<_> = pictures.iter().map(|picture| picture.value.as_str()).collect();
    assert_eq!(values, ["correct", "wrong", "challenge"]);
    assert!(pictures.iter().all(|picture| picture.data_uri.as_deref().unwrap().starts_with(png)));
}

#[test]
fn the_answer_correct_is_right_and_any_other_is_wrong() {
    for (word, expected) in QUESTIONS {
        if word == "two_step" {
            continue;
        }
        let mut right = job("mxbank", word);
        right.answers = vec![vec!["correct"; expected.len()]];
        let story = right.run();
        assert_eq!(story.end, End::Done, "{word}");
        assert_eq!(story.accepted_after, Duration::from_millis(400), "{word}");
        let mut wrong = job("mxbank", word);
        wrong.answers = vec![vec!["London"; expected.len()]];
        assert_eq!(wrong.run().end, End::Refused(Refusal::Answer), "{word}");
    }
}

#[test]
fn two_rounds() {
    for first in ["sms", "email", "correct"] {
        let story = job("mxbank", "two_step").answered(&[first, "correct"]).run();
        assert_eq!(story.end, End::Done);
        assert_eq!(types(&story.challenges[1]), [FieldType::Token]);
    }
    assert_eq!(job("mxbank", "two_step").answered(&["pigeon"]).run().end, End::Refused(Refusal::Answer));
    assert_eq!(
        job("mxbank", "two_step").answered(&["sms", "sms"]).run().end,
        End::Refused(Refusal::Answer),
        "right in the first round only"
    );
}

#[test]
fn of_several_answers_the_first_that_is_not_correct_decides() {
    for (answers, end) in [
        (vec!["correct", "LOCKED", "DENIED"], End::Refused(Refusal::Locked)),
        (vec!["correct", "correct", "Rex"], End::Refused(Refusal::Answer)),
        (vec!["Rex", "LOCKED", "correct"], End::Refused(Refusal::Answer)),
        (vec!["correct", "correct"], End::Refused(Refusal::Answer)),
        (vec!["correct", "correct", "correct"], End::Done),
    ] {
        let mut job = job("mxbank", "many");
        job.answers = vec![answers];
        assert_eq!(job.run().end, end, "{:?}", job.answers);
    }
}

#[test]
fn challenge_repeat_and_expired_as_answers() {
    let story = job("mxbank", "challenge").answered(&["challenge", "challenge", "correct"]).run();
    assert_eq!((story.end, story.challenges.len()), (End::Done, 3));
    let story = job("mxbank", "token").answered(&["repeat", "correct"]).run();
    assert_eq!(story.end, End::Done);
    assert_eq!(story.challenges[0], story.challenges[1], "the same question again");
    let story = job("mxbank", "token").answered(&["EXPIRED"]).run();
    assert_eq!(story.end, End::Refused(Refusal::AnswerTooLate));
}

#[test]
fn slow_and_delayed() {
    for (word, seconds) in [("slow", 10), ("DELAYED", 120)] {
        let story = job("mxbank", word).run();
        assert_eq!(story.end, End::Done);
        assert_eq!(story.accepted_after, Duration::from_secs(seconds), "{word}");
        let story = job("mxbank", "challenge").answered(&[word]).run();
        assert_eq!(story.end, End::Done);
        let login = Duration::from_millis(200);
        assert_eq!(story.accepted_after, login + Duration::from_secs(seconds), "{word} as an answer");
    }
}

#[test]
fn a_silent_bank_lets_limits_of_time_be_seen() {
    for word in ["DELAYED", "TIMEOUT"] {
        let job = job("mxbank", word);
        let mut step = job.step(None, None, job.now);
        let mut now = job.now.plus_micros(200_000);
        for _ in 0..3 {
            step = job.step(Some(&step.continuation), None, now);
            assert!(step.wait <= Duration::from_secs(20));
            now = now.plus_seconds(20);
        }
    }
}

#[test]
fn partial_stores_accounts_and_fails() {
    for job in [job("mxbank", "PARTIAL"), job("mxbank", "token").answered(&["PARTIAL"])] {
        let story = job.run();
        assert_eq!(story.end, End::Failed);
        assert!(story.is_authenticated);
        assert_eq!(story.data.len(), 1, "accounts only");
        assert_eq!(story.data[0].len(), 14);
    }
}

#[test]
fn reconnected_moves_the_member_and_asks_for_a_code_once() {
    let moved = End::DoneThen(ConnectionStatus::Reconnected);
    assert_eq!(job("mxbank", "RECONNECTED").run().end, moved);
    assert_eq!(job("mxbank", "challenge").answered(&["RECONNECTED"]).run().end, moved);

    let mut next = job("mxbank", "RECONNECTED").answered(&["correct"]);
    next.request.member_status = ConnectionStatus::Reconnected;
    let story = next.run();
    assert_eq!(types(&story.challenges[0]), [FieldType::Token]);
    assert_eq!(story.end, End::Done, "then CONNECTED");

    next.request.is_background = true;
    let story = next.run();
    assert!(story.challenges.is_empty(), "nobody is there");
    assert_eq!(story.end, moved);
}

#[test]
fn a_moved_member_asks_its_own_questions_after_the_code() {
    let mut moved = job("mxbank", "challenge").answered(&["correct", "correct"]);
    moved.request.member_status = ConnectionStatus::Reconnected;
    let story = moved.run();
    let asked: Vec<_> = story.challenges.iter().map(|set| set[0].field_type).collect();
    assert_eq!((asked, story.end), (vec![FieldType::Token, FieldType::Text], End::Done));
    moved.password = "DENIED".to_owned();
    assert_eq!(moved.run().end, End::Refused(Refusal::Credentials));
}

#[test]
fn what_a_job_takes_is_what_was_asked_for() {
    let kinds = |kind, transactions, holdings| {
        let mut job = job("mxbank", "secret").kind(kind);
        job.request.include_transactions = transactions;
        job.request.include_holdings = holdings;
        let data = job.run().data;
        let has = |test: fn(&domain::feed::FeedBatch) -> bool| data.iter().flatten().any(test);
        (data.len(), has(|batch| batch.window.is_some()), has(|batch| batch.holdings.is_some()))
    };
    assert_eq!(kinds(JobKind::Aggregation, true, true), (3, true, true));
    assert_eq!(kinds(JobKind::Aggregation, false, true), (2, false, true));
    assert_eq!(kinds(JobKind::Aggregation, true, false), (2, true, false));
    assert_eq!(kinds(JobKind::Balance, true, true), (1, false, false));
    assert_eq!(kinds(JobKind::Verification, false, false), (2, false, false));
    assert_eq!(kinds(JobKind::Identification, true, false), (3, true, false));
    assert_eq!(kinds(JobKind::History, true, false), (2, true, false));
}

#[test]
fn a_conversation_begins_anew_without_its_continuation() {
    let job = job("mxbank", "challenge");
    let first = job.step(None, None, job.now);
    let asked = job.step(Some(&first.continuation), None, job.now);
    assert!(matches!(asked.outcome, crate::Outcome::Challenge(_)));
    let again = job.step(None, None, job.now);
    assert_eq!(again.continuation, first.continuation);
    assert!(matches!(job.step(Some(b"rubbish"), None, job.now).outcome, crate::Outcome::Failed { .. }));
}

#[test]
fn a_continuation_holds_no_secret() {
    let job = job("mxbank", "options");
    let step = job.step(None, None, job.now);
    let text = String::from_utf8(step.continuation).unwrap();
    assert!(!text.contains("mxuser") && !text.contains("options"), "{text}");
}
