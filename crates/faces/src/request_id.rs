//! The id of a request: in its answer and in every log line about it.
use domain::env::Entropy;
use http::HeaderValue;
use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

/// Characters that a caller's own id may have.
const CHARS_MAX: usize = 64;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of the request that this task answers, if it does.
pub fn current() -> Option<RequestId> {
    CURRENT.try_with(Clone::clone).ok()
}

/// An id: the caller's own, or one of ours.
#[derive(Clone)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The value of the header `x-request-id`.
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Runs what answers the request, so that [`current`] knows it.
    pub(crate) async fn within<F: Future>(self, answer: F) -> F::Output {
        CURRENT.scope(self, answer).await
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The caller's id, if it is one to 64 letters, digits, `-`, `_`, `.`: nothing that could upset a log.
    fn of_caller(value: &HeaderValue) -> Option<Self> {
        let fine = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let bytes = value.as_bytes();
        let sane = (1..=CHARS_MAX).contains(&bytes.len()) && bytes.iter().all(fine);
        sane.then(|| Self(value.clone()))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Makes ids: eight random bytes drawn at start, then a counter, so that no request asks the system for
/// randomness.
#[derive(Debug)]
pub struct RequestIds {
    prefix: u64,
    next: AtomicU64,
}

impl RequestIds {
    /// Draws the prefix.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        Self { prefix: u64::from_be_bytes(bytes), next: AtomicU64::new(1) }
    }

    /// The caller's id where it is sane, else the next of ours: 32 hexadecimal digits.
    pub fn take(&self, from_caller: Option<&HeaderValue>) -> RequestId {
        if let Some(id) = from_caller.and_then(RequestId::of_caller) {
            return id;
        }
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let number = u128::from(self.prefix) << 64 | u128::from(count);
        let mut digits = [0u8; 32];
        for (place, digit) in digits.iter_mut().rev().enumerate() {
            let nibble = u8::try_from((number >> (4 * place)) & 0xf).unwrap_or(0);
            *digit = if nibble < 10 { b'0' + nibble } else { b'a' + (nibble - 10) };
        }
        RequestId(HeaderValue::from_bytes(&digits).unwrap_or_else(|_| HeaderValue::from_static("-")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ones;
    impl Entropy for Ones {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0x1f);
        }
    }

    #[test]
    fn ours_are_a_prefix_and_a_counter() {
        let ids = RequestIds::new(&Ones);
        assert_eq!(ids.take(None).as_str(), "1f1f1f1f1f1f1f1f0000000000000001");
        assert_eq!(ids.take(None).as_str(), "1f1f1f1f1f1f1f1f0000000000000002");
    }

    #[tokio::test]
    async fn it_is_known_while_its_request_is_answered() {
        let id = RequestIds::new(&Ones).take(None);
        let seen = id.clone().within(async { current() }).await;
        assert_eq!(seen.unwrap().as_str(), id.as_str());
        assert!(current().is_none());
    }

    #[test]
    fn a_sane_one_of_the_caller_is_kept() {
        let ids = RequestIds::new(&Ones);
        let of = |text: &str| ids.take(Some(&HeaderValue::from_str(text).unwrap())).as_str().to_owned();
        assert_eq!(of("abc-1_2.3"), "abc-1_2.3");
        for text in ["", "a b", "a\"b", &"x".repeat(65)] {
            assert!(of(text).starts_with("1f1f"), "{text}");
        }
    }
}
