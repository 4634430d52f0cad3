//! What a webhook shows its receiver: Basic, a bearer token, a client certificate (`spec: partner, 7`).
use super::receiver::{Receiver, Reply};
use domain::{secret::SecretText, webhook::EventType};
use engine::webhook::Proof;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;
use std::sync::Arc;
use testkit::{App, app::Setup, both};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
        server::WebPkiClientVerifier,
    },
};

async fn event(app: &App, id: &str) {
    let body = json!({"user": {"id": id}});
    app.post("/live/partner/users").key().json(body).ok().await;
    app.pass(2).await;
}

both!(a_bearer_token_is_asked_for_once_and_again_when_it_is_refused, async |app| {
    let (receiver, tokens) = (Receiver::start().await, Receiver::start().await);
    app.engine().admit(tokens.address).unwrap();
    let proof = Proof::OAuth {
        token_url: tokens.url("/token"),
        client_id: "client".to_owned(),
        client_secret: SecretText::new("s e"),
        scope: Some("hooks".to_owned()),
    };
    let gives = |token: &str| {
        let body = json!({"access_token": token, "token_type": "bearer", "expires_in": 3600});
        Reply::Says(200, "content-type: application/json".to_owned(), body.to_string())
    };
    tokens.will([gives("one"), gives("two"), Reply::status(500)]);
    receiver.hears_with(app, &[EventType::User], &proof).await;
    event(app, "U-1").await;
    event(app, "U-2").await;
    let bearers: Vec<String> = receiver.take().iter().map(|r| r.header("authorization").to_owned()).collect();
    assert_eq!(bearers, ["Bearer one", "Bearer one"]);
    let [asked] = &tokens.take()[..] else { panic!("not asked once") };
    assert_eq!(asked.body, "grant_type=client_credentials&scope=hooks");
    assert_eq!(asked.header("authorization"), "Basic Y2xpZW50OnMrZQ==");
    receiver.will([Reply::status(401)]);
    event(app, "U-3").await;
    app.pass(70).await;
    let bearers: Vec<String> = receiver.take().iter().map(|r| r.header("authorization").to_owned()).collect();
    assert_eq!(bearers, ["Bearer one", "Bearer two"]);
    app.pass(3600).await;
    event(app, "U-4").await;
    assert!(receiver.take().is_empty(), "no token, no request");
    tokens.will([gives("three")]);
    app.pass(70).await;
    assert_eq!(receiver.take().len(), 1);
});

/// A certificate authority, and a receiver under it that wants to see a certificate of the same.
struct Pki {
    authority_pem: String,
    client_pem: String,
    acceptor: TlsAcceptor,
}

fn pki() -> Pki {
    let authority_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).unwrap();
    let issuer = Issuer::from_params(&params, &authority_key);
    let issue = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &issuer).unwrap(), key)
    };
    let ((server, server_key), (client, client_key)) = (issue("127.0.0.1"), issue("client.test"));
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
    let config = ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![server.der().clone()], key)
        .unwrap();
    Pki {
        authority_pem: authority.pem(),
        client_pem: format!("{}{}", client_key.serialize_pem(), client.pem()),
        acceptor: TlsAcceptor::from(Arc::new(config)),
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_receiver_whose_authority_the_operator_trusts() {
    let pki = pki();
    let receiver = Receiver::start_with(Some(pki.acceptor)).await;
    let mut setup = Setup::default();
    setup.outgoing.authorities = pki.authority_pem.into_bytes();
    let app = App::sqlite_with(setup).await;
    let proof = Proof::Certificate { pem: SecretText::new(pki.client_pem) };
    receiver.hears_with(&app, &[EventType::User], &proof).await;
    event(&app, "U-1").await;
    assert_eq!(receiver.take().len(), 1);
    // Without the certificate there is no connection.
    receiver.hears(&app, &[EventType::User]).await;
    event(&app, "U-2").await;
    assert!(receiver.take().is_empty());
    app.finish().await;
}
