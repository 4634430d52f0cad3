//! Webhooks: types of events, actions and how they merge, waits between tries (`spec: partner, 7`).
use crate::env::Entropy;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Waits after each failed try, seconds, before their spread; after the last one comes the last try.
const WAITS: [u64; 12] = [
    MINUTE,
    2 * MINUTE,
    4 * MINUTE,
    8 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    6 * HOUR,
    7 * HOUR,
];

macro_rules! events {
    ($($(#[doc = $doc:literal])* $variant:ident = $code:literal $name:literal;)*) => {
        /// A type of events, each with a URL of its own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum EventType {
            $($(#[doc = $doc])* $variant = $code,)*
        }

        impl EventType {
            /// Every type, resources first.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name: that of the resource, or of the flat event.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The type with this number.
            pub const fn from_code(code: i64) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

events! {
    /// Users.
    User = 0 "user";
    /// Members.
    Member = 1 "member";
    /// Accounts.
    Account = 2 "account";
    /// Transactions.
    Transaction = 3 "transaction";
    /// Holdings.
    Holding = 4 "holding";
    /// Budgets.
    Budget = 5 "budget";
    /// Categories.
    Category = 6 "category";
    /// Goals.
    Goal = 7 "goal";
    /// Tags.
    Tag = 8 "tag";
    /// Taggings.
    Tagging = 9 "tagging";
    /// Spending plans.
    SpendingPlan = 10 "spending_plan";
    /// Beats.
    Beat = 11 "beat";
    /// Microdeposits.
    MicroDeposit = 12 "micro_deposit";
    /// An aggregation is complete.
    Aggregation = 13 "aggregation";
    /// A history job is complete.
    History = 14 "history";
    /// A balance job is complete.
    Balance = 15 "balance";
    /// A verification is complete.
    Verification = 16 "verification";
    /// An identification is complete.
    Identification = 17 "identification";
    /// A member needs somebody's attention.
    ConnectionStatus = 18 "connection_status";
    /// A job waits for answers, or ended.
    JobStatus = 19 "job_status";
    /// A notification was made.
    Notification = 20 "notification";
}

impl EventType {
    /// Its number in the store.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The type with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.name() == name)
    }

    /// Its bit in a set of types.
    pub const fn bit(self) -> u32 {
        1 << self.code()
    }

    /// Whether it is about an object that has a state; otherwise it is flat.
    pub const fn is_of_object(self) -> bool {
        self.code() <= Self::MicroDeposit.code()
    }
}

/// What an event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Action {
    /// Not about an object.
    Flat = 0,
    /// The object was made.
    Created = 1,
    /// The object was changed.
    Updated = 2,
    /// The object is gone.
    Deleted = 3,
}

impl Action {
    /// Its number in the store.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The action with this number.
    pub const fn from_code(code: i64) -> Option<Self> {
        match code {
            0 => Some(Self::Flat),
            1 => Some(Self::Created),
            2 => Some(Self::Updated),
            3 => Some(Self::Deleted),
            _ => None,
        }
    }

    /// Its name in a payload; none of a flat event, which has its own.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flat => "",
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }

    /// What this and a later one within the same second come to; `None`: nothing, the receiver has never heard of
    /// the object.
    #[must_use]
    pub const fn then(self, later: Self) -> Option<Self> {
        match (self, later) {
            (Self::Created, Self::Deleted) => None,
            (Self::Created, _) => Some(Self::Created),
            (_, later) => Some(later),
        }
    }
}

/// How long after so many failed tries the next one is due: the wait, 10 % more or less; `None` after the last.
pub fn wait_after(failed_tries: u32, entropy: &dyn Entropy) -> Option<Duration> {
    let wait = *WAITS.get(usize::try_from(failed_tries.checked_sub(1)?).ok()?)?;
    let mut drawn = [0; 4];
    entropy.fill(&mut drawn);
    // 90 to 110 %, in thousandths.
    let thousandths = 900 + u64::from(u32::from_be_bytes(drawn)) % 201;
    Some(Duration::from_millis(wait * thousandths))
}

#[cfg(test)]
mod tests;
