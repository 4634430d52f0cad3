//! Windows of consents, and what the sandbox's banks remember.
use crate::support::{SYSTEM, at, user_with_member};
use domain::enums::{OauthErrorReason, OauthState, ReferralSource};
use store::{StoreError, oauth::OauthWindow};
use testkit::postgres::both_stores;

fn window(member_no: i64, n: u8) -> OauthWindow {
    OauthWindow {
        member_no,
        uri_hash: [n; 32],
        state_hash: None,
        verifier: None,
        challenge: None,
        state: OauthState::Pending,
        error_reason: None,
        client_redirect_url: None,
        referral_source: ReferralSource::Browser,
        url_scheme: None,
        skip_aggregation: false,
        include_transactions: true,
        created_at: at(1),
        expires_at: at(2),
        visited_at: None,
        returned_at: None,
    }
}

#[tokio::test]
async fn a_member_has_one_window_found_by_its_hashes() {
    for (engine, db, _guard) in both_stores().await {
        let (scope, member) = user_with_member(&db).await;
        let put = async |window: &OauthWindow| {
            let window = window.clone();
            db.write(move |tx| tx.put_oauth_window(scope, &window)).await.unwrap();
        };
        put(&window(1, 7)).await;
        assert_eq!(db.oauth_window_by_uri(&[7; 32]).await.unwrap(), Some((scope, window(1, 7))), "{engine}");
        let full = OauthWindow {
            state_hash: Some([9; 32]),
            verifier: Some(vec![0, 255]),
            challenge: Some("c".to_owned()),
            state: OauthState::Errored,
            error_reason: Some(OauthErrorReason::SessionError),
            client_redirect_url: Some("myapp://x".to_owned()),
            referral_source: ReferralSource::App,
            url_scheme: Some("mx".to_owned()),
            skip_aggregation: true,
            include_transactions: false,
            visited_at: Some(at(3)),
            returned_at: Some(at(4)),
            ..window(1, 8)
        };
        put(&full).await;
        assert_eq!(db.oauth_window_by_uri(&[7; 32]).await.unwrap(), None, "{engine}: the older one");
        assert_eq!(db.oauth_window_by_uri(&[8; 32]).await.unwrap(), Some((scope, full.clone())));
        assert_eq!(db.oauth_window_by_state(&[9; 32]).await.unwrap(), Some((scope, full)));
        db.write(move |tx| tx.delete_member(scope, member.no, at(5))).await.unwrap();
        assert_eq!(db.oauth_window_by_state(&[9; 32]).await.unwrap(), None, "{engine}: gone with its member");
        put(&window(2, 5)).await;
        db.write(move |tx| tx.delete_user(scope, at(6))).await.unwrap();
        assert_eq!(db.oauth_window_by_uri(&[5; 32]).await.unwrap(), None, "{engine}: a deleted user");
    }
}

#[tokio::test]
async fn a_grant_is_made_once_and_never_goes_back() {
    for (engine, db, _guard) in both_stores().await {
        let told = db.write(|tx| {
            let id = [7; 16];
            let mut told = vec![tx.insert_sandbox_grant(&id, at(1))?, tx.insert_sandbox_grant(&id, at(1))?];
            for generation in [0, 0, 1, 0, 1, 2, 1] {
                told.push(tx.use_sandbox_grant(&id, generation, at(2))?);
            }
            // Used at 2: not forgotten before that.
            for before in [2, 3, 3] {
                told.push(tx.purge_sandbox_grants(SYSTEM, at(before), 9)? == 1);
            }
            // Forgotten, it is good for whoever comes first, and goes on from there.
            told.extend([tx.use_sandbox_grant(&id, 2, at(4))?, tx.use_sandbox_grant(&id, 1, at(4))?]);
            Ok::<_, StoreError>(told)
        });
        let used = [true, false, true, true, true, false, true, true, false];
        let expected = [&used[..], &[false, true, false], &[true, false]].concat();
        assert_eq!(told.await.unwrap(), expected, "{engine}");
    }
}
