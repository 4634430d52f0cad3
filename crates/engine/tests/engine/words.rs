//! Every word of the sandbox bank through the engine (`spec: sandbox, 2`).
use crate::world::{World, small_member};
use domain::enums::ConnectionStatus as C;

/// As a password, and as the answer to a question.
const OUTCOMES: [(&str, C); 23] = [
    ("challenge", C::Challenged),
    ("options", C::Challenged),
    ("image", C::Challenged),
    ("image_options", C::Challenged),
    ("token", C::Challenged),
    ("two_step", C::Challenged),
    ("many", C::Challenged),
    ("BAD_REQUEST", C::Failed),
    ("SERVER_ERROR", C::Failed),
    ("UNAVAILABLE", C::Failed),
    ("TIMEOUT", C::Failed),
    ("MALFORMED", C::Failed),
    ("UNAUTHORIZED", C::Denied),
    ("INVALID", C::Denied),
    ("DENIED", C::Denied),
    ("PREVENTED", C::Prevented),
    ("LOCKED", C::Locked),
    ("IMPEDED", C::Impeded),
    ("DEGRADED", C::Degraded),
    ("DISCONNECTED", C::Disconnected),
    ("DELAYED", C::Connected),
    ("slow", C::Connected),
    ("PARTIAL", C::Failed),
];
/// Those that take the member away.
const MOVES: [(&str, C); 6] = [
    ("RECONNECTED", C::Reconnected),
    ("DISCONTINUED", C::Discontinued),
    ("CLOSED", C::Closed),
    ("DISABLED", C::Disabled),
    ("IMPORTED", C::Imported),
    ("IMPAIRED", C::Impaired),
];
/// Longer than any word takes, shorter than a challenge lives; seconds.
const LONG: i64 = 700;

#[tokio::test]
async fn passwords() {
    let w = World::new().await;
    let mut members = Vec::new();
    for (n, (word, status)) in OUTCOMES.iter().chain(&MOVES).chain(&[("Challenge", C::Connected)]).enumerate()
    {
        members.push((word, w.create(small_member(n, word)).await, *status));
    }
    w.pass(LONG).await;
    for (word, member, status) in members {
        assert_eq!(w.status(&member).await, (Some(status), status == C::Challenged), "{word}");
    }
}

#[tokio::test]
async fn answers() {
    let w = World::new().await;
    let own = [
        ("correct", C::Connected),
        ("wrong", C::Rejected),
        ("Correct", C::Rejected),
        ("repeat", C::Challenged),
        ("EXPIRED", C::Expired),
    ];
    let mut members = Vec::new();
    for (n, (word, status)) in OUTCOMES.iter().chain(&MOVES).chain(&own).enumerate() {
        let member = w.create(small_member(n, "challenge")).await;
        members.push((word, member, *status));
    }
    w.pass(3).await;
    for (word, member, _) in &members {
        assert_eq!(w.status(member).await, (Some(C::Challenged), true));
        w.answer(member, word).await;
    }
    w.pass(LONG).await;
    for (word, member, status) in members {
        assert_eq!(w.status(&member).await, (Some(status), status == C::Challenged), "{word}");
    }
}
