//! The machine's own time and randomness; everything else takes them as parameters.
use domain::{
    env::{Clock, Entropy},
    time::Timestamp,
};
use std::time::{SystemTime, UNIX_EPOCH};

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MachineClock;

/// The randomness of the operating system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MachineEntropy;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "the home of machine time")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

impl Entropy for MachineEntropy {
    #[expect(clippy::disallowed_methods, reason = "the home of randomness")]
    #[expect(clippy::expect_used, reason = "without randomness no key, token or guid is safe to make")]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system gives random bytes");
    }
}

/// A random name: of a command's run in the audit trail, of a temporary folder.
pub(crate) fn random_name() -> String {
    let mut bytes = [0; 8];
    MachineEntropy.fill(&mut bytes);
    hex::encode(bytes)
}
