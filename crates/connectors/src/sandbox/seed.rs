//! Everything the bank makes up follows from a seed. Source: `spec: sandbox, 3`.
use domain::time::Date;
use sha2::{Digest, Sha256};

/// SHA-256 of `sandbox-v1|{user external_guid}|{institution code}|{user name}`.
#[derive(Debug, Clone, Copy)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed of a login.
    pub fn new(user_external_guid: &str, institution_code: &str, user_name: &str) -> Self {
        Self(Sha256::digest(format!("sandbox-v1|{user_external_guid}|{institution_code}|{user_name}")).into())
    }

    /// The seed of what is the same for everybody.
    pub(super) fn common(word: &str) -> Self {
        Self(Sha256::digest(word).into())
    }

    fn digest(&self, account: &str, what: &str, number: i64) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(account);
        hash.update([0]);
        hash.update(what);
        hash.update([0]);
        hash.update(number.to_be_bytes());
        hash.finalize().into()
    }

    /// The numbers drawn for one thing of an account.
    pub(super) fn draw(&self, account: &str, what: &str, number: impl Into<i64>) -> Draw {
        let digest = self.digest(account, what, number.into());
        Draw(digest.iter().take(8).fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    /// The feed id of a thing of an account on a day.
    pub(super) fn id(&self, account: &str, tag: &str, date: Date) -> String {
        let digest = self.digest(account, tag, i64::from(date.days()));
        hex::encode(digest.get(..12).unwrap_or_default())
    }
}

/// A row of numbers, the same for the same seed.
pub(super) struct Draw(u64);

impl Draw {
    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let positive = i64::try_from(z >> 1).unwrap_or(0);
        low + positive.rem_euclid((high - low + 1).max(1))
    }

    /// A number from `low` to `high` that is more often small than large.
    pub(super) fn skewed(&mut self, low: i64, high: i64) -> i64 {
        let part = self.between(0, 1000);
        low + (high - low) * part * part / 1_000_000
    }

    /// True `part` times of `whole`.
    pub(super) fn chance(&mut self, part: i64, whole: i64) -> bool {
        self.between(1, whole) <= part
    }

    /// One of the things.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let last = i64::try_from(from.len()).unwrap_or(1) - 1;
        from.get(usize::try_from(self.between(0, last)).unwrap_or(0))
    }
}

/// A day of the month with this index; from 1.
pub(super) fn day_of(month: i32, day: i64) -> Date {
    let first = Date::first_of_month(month).unwrap_or(Date::from_days(0));
    first.plus_days(i32::try_from(day).unwrap_or(1) - 1)
}

/// The last day of the month with this index.
pub(super) fn last_of(month: i32) -> Date {
    day_of(month + 1, 1).plus_days(-1)
}

/// How many days the month with this index has.
pub(super) fn days_in(month: i32) -> i64 {
    i64::from(day_of(month + 1, 1).days() - day_of(month, 1).days())
}

/// Year and month (1 to 12) of an index.
pub(super) fn year_and_month(month: i32) -> (i32, i32) {
    (month.div_euclid(12), month.rem_euclid(12) + 1)
}
