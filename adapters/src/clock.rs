//! What time it is; injected, so that tests and the demonstration bring their own.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use scribe_domain::clocks::{Stamped, TOLERANCE};

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The machine's clock, to the microsecond.
pub fn system() -> Clock {
    Arc::new(|| Utc::now().trunc_subsecs(6))
}

/// A clock, and how far it may differ from others before that is told.
#[derive(Clone)]
pub struct Timekeeping {
    /// The clock.
    pub clock: Clock,
    /// How far it may differ.
    pub tolerance: TimeDelta,
}

impl Timekeeping {
    /// What is taken now, to the microsecond, in a record whose last time is this.
    pub fn stamp(&self, last: Option<DateTime<Utc>>) -> Stamped {
        Stamped::now((self.clock)().trunc_subsecs(6), last, self.tolerance)
    }
}

/// As far as clocks may differ if nobody says otherwise.
impl From<Clock> for Timekeeping {
    fn from(clock: Clock) -> Self {
        Self { clock, tolerance: TOLERANCE }
    }
}

/// The same of a clock of one's own.
impl<C: Fn() -> DateTime<Utc> + Send + Sync + 'static> From<Arc<C>> for Timekeeping {
    fn from(clock: Arc<C>) -> Self {
        (clock as Clock).into()
    }
}
