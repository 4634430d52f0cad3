//! Signing secrets of webhooks and what they sign (Standard Webhooks; `spec: partner, 7`).
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{env::Entropy, secret::SecretText};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of a new secret.
const SECRET_LEN: usize = 32;
const PREFIX: &str = "whsec_";

/// The secret of one URL, ready to sign. Wiped when dropped.
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookSecret {
    /// A new secret as its receiver is shown it: `whsec_` and base64.
    pub fn issue(entropy: &dyn Entropy) -> SecretText {
        let mut secret = Zeroizing::new([0; SECRET_LEN]);
        entropy.fill(&mut *secret);
        SecretText::new(format!("{PREFIX}{}", STANDARD.encode(*secret)))
    }

    /// Reads that text; `None` where it is none.
    pub fn parse(text: &SecretText) -> Option<Self> {
        let secret = STANDARD.decode(text.expose().strip_prefix(PREFIX)?).ok()?;
        Some(Self(Zeroizing::new(secret)))
    }

    /// The value of `webhook-signature` for these bytes. `timestamp` is in seconds since 1970.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "an HMAC takes a key of any length")]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks documents.
    #[test]
    fn the_published_example() {
        let secret = SecretText::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = br#"{"test": 2432232314}"#;
        let signed =
            WebhookSecret::parse(&secret).unwrap().sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(WebhookSecret::parse(&SecretText::new("other_text")).is_none());
    }
}
