//! What the server must hold: everything it acknowledged. A write whose answer never came may have happened or not.
use std::collections::BTreeSet;

/// Values that something may have; one, once its last write was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Maybe<T>(Vec<T>);

impl<T: PartialEq + std::fmt::Debug> Maybe<T> {
    /// It has this value.
    pub(crate) fn is(value: T) -> Self {
        Self(vec![value])
    }

    /// A write of this value was sent.
    pub(crate) fn sent(&mut self, value: T) {
        self.0.push(value);
    }

    /// The write sent last was acknowledged.
    pub(crate) fn acknowledged(&mut self) {
        self.0.drain(..self.0.len() - 1);
    }

    /// Whether it may have this value.
    pub(crate) fn may_be(&self, value: &T) -> bool {
        self.0.contains(value)
    }
}

/// A user; `None` as metadata where there is no such user.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) metadata: Maybe<Option<String>>,
    pub(crate) session: Option<String>,
    pub(crate) members: Vec<Member>,
}

/// A member; `None` as metadata where there is no such member.
#[derive(Debug)]
pub(crate) struct Member {
    /// Name and partner's id, unique for ever.
    pub(crate) name: String,
    /// Known once the create was acknowledged.
    pub(crate) guid: Option<String>,
    pub(crate) metadata: Maybe<Option<String>>,
    /// Jobs that acknowledged writes started.
    pub(crate) jobs: BTreeSet<String>,
    /// Challenges whose answers were acknowledged.
    pub(crate) answered: BTreeSet<String>,
}

/// Seeded numbers (splitmix64).
#[derive(Debug)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// The next number below a limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((word ^ (word >> 31)) % limit as u64).unwrap()
    }
}
