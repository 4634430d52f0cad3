//! Time and randomness as parameters, so that a test owns both.
use crate::time::Timestamp;

/// Service time: the time everything in the contract is dated by (tokens, sessions, challenges, due
/// work, dates of data). In sandbox mode it can be moved; see `sandbox.md` 5.
pub trait Clock: Send + Sync {
    /// The present service time.
    fn now(&self) -> Timestamp;
}

/// A source of random bytes: the operating system in production, a seed in tests.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

impl<T: Clock + ?Sized> Clock for std::sync::Arc<T> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

impl<T: Entropy + ?Sized> Entropy for std::sync::Arc<T> {
    fn fill(&self, buffer: &mut [u8]) {
        (**self).fill(buffer);
    }
}
