//! A clock one can turn, and randomness that is the same every time.
use domain::{
    env::{Clock, Entropy},
    time::Timestamp,
};
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

/// Where tests begin: 2026-01-05T12:00:00Z.
pub const START: Timestamp = Timestamp::from_seconds(1_767_614_400);

/// A clock that stands still until it is turned.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock that shows this moment.
    pub const fn at(moment: Timestamp) -> Self {
        Self(AtomicI64::new(moment.as_micros()))
    }

    /// Turns it to this moment, unless it shows a later one.
    pub fn turn_to(&self, moment: Timestamp) {
        self.0.fetch_max(moment.as_micros(), Ordering::SeqCst);
    }

    /// Turns it forward.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * domain::time::MICROS_PER_SECOND, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Seeded randomness (xorshift64*): the same seed gives the same guids, tokens and keys.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    /// Randomness of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(Mutex::new(seed.wrapping_mul(2) + 1))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in buffer.chunks_mut(8) {
            *state ^= *state >> 12;
            *state ^= *state << 25;
            *state ^= *state >> 27;
            let word = state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}
