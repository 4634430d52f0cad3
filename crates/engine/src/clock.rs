//! Service time: the machine's, or, in sandbox mode, moved or frozen (`spec: sandbox, 5`).
use domain::{env::Clock, time::Timestamp};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How service time relates to the machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "lowercase")]
pub enum ClockMode {
    /// The machine's time.
    Real,
    /// The machine's time and so many microseconds.
    Offset {
        /// Microseconds ahead.
        micros: i64,
    },
    /// It stands still.
    Frozen {
        /// Microseconds since 1970.
        at: i64,
    },
}

impl ClockMode {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Offset { .. } => "offset",
            Self::Frozen { .. } => "frozen",
        }
    }
}

/// The service's clock.
#[derive(Clone)]
pub struct ServiceClock {
    machine: Arc<dyn Clock>,
    mode: Arc<RwLock<ClockMode>>,
}

impl ServiceClock {
    /// A clock over the machine's.
    pub fn new(machine: Arc<dyn Clock>, mode: ClockMode) -> Self {
        Self { machine, mode: Arc::new(RwLock::new(mode)) }
    }

    /// How it relates to the machine's clock.
    pub fn mode(&self) -> ClockMode {
        *self.mode.read()
    }

    /// Changes that.
    pub(crate) fn set_mode(&self, mode: ClockMode) {
        *self.mode.write() = mode;
    }

    /// A clock of its own that stands at a moment.
    pub(crate) fn standing_at(&self, moment: Timestamp) -> Self {
        Self::new(self.machine.clone(), ClockMode::Frozen { at: moment.as_micros() })
    }

    /// The machine's time: leases, heartbeats, time-outs.
    pub fn machine_now(&self) -> Timestamp {
        self.machine.now()
    }

    /// The mode that shows `at` now and then runs on.
    pub(crate) fn offset_to(&self, at: Timestamp) -> ClockMode {
        ClockMode::Offset { micros: at.micros_since(self.machine.now()) }
    }
}

impl Clock for ServiceClock {
    fn now(&self) -> Timestamp {
        match self.mode() {
            ClockMode::Real => self.machine.now(),
            ClockMode::Offset { micros } => self.machine.now().plus_micros(micros),
            ClockMode::Frozen { at } => Timestamp::from_micros(at),
        }
    }
}
