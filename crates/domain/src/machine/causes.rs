//! What keeps a member DISABLED (`spec: nexus-core, 10.2`, row 31).

/// A cause of DISABLED; several may hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Cause {
    /// `is_disabled` of the member (Real Time).
    Member = 1,
    /// The user is disabled.
    User = 2,
    /// The operator paused the member.
    Operator = 4,
    /// The client is disabled.
    Client = 8,
    /// The sandbox bank's word; new credentials end it.
    Bank = 16,
}

/// Those that hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Causes(u8);

impl Causes {
    /// No cause.
    pub const NONE: Self = Self(0);

    /// The number in the store.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// The set with this number; bits that are no cause are dropped.
    pub fn from_code(code: i64) -> Self {
        Self(u8::try_from(code & 31).unwrap_or(0))
    }

    /// Whether it holds.
    pub const fn has(self, cause: Cause) -> bool {
        self.0 & cause as u8 != 0
    }

    /// Whether none holds.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// With one more.
    #[must_use]
    pub const fn with(self, cause: Cause) -> Self {
        Self(self.0 | cause as u8)
    }

    /// Without one.
    #[must_use]
    pub const fn without(self, cause: Cause) -> Self {
        Self(self.0 & !(cause as u8))
    }
}
