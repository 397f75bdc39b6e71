//! What time it is; injected, so that tests and the demonstration bring their own. And whether the machine's clock is to
//! be believed.

/// What is found of a clock.
pub mod check;
/// What the operating system says of its clock.
pub mod machine;

use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, SubsecRound, TimeDelta, Timelike as _, Utc};
use scribe_domain::clocks::{Stamped, TOLERANCE};

use machine::{Began, Says};

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The machine's clock and, since when it is looked at, how it and the time that runs evenly stood then.
static MACHINE: LazyLock<(Clock, Began)> = LazyLock::new(|| {
    let clock: Clock = Arc::new(|| Utc::now().trunc_subsecs(6));
    let began = Began::now(clock());
    (clock, began)
});

/// The machine's clock, to the microsecond.
pub fn system() -> Clock {
    Arc::clone(&MACHINE.0)
}

/// Whether this is the machine's clock. Only of that one anything else is known than what it says.
pub fn is_the_machines(clock: &Clock) -> bool {
    Arc::ptr_eq(clock, &MACHINE.0)
}

/// What the machine says of its clock, which says that it is now so late; nothing where this is another clock.
pub fn says(clock: &Clock, now: DateTime<Utc>) -> Option<Says> {
    is_the_machines(clock).then(|| MACHINE.1.says(now))
}

/// The years that are written in four digits. A moment of another has another form, which nothing reads back.
pub const YEARS: RangeInclusive<i32> = 0..=9_999;

/// A moment without a sixtieth second: one within a leap second is the last moment before it is over.
pub fn without_leap(at: DateTime<Utc>) -> DateTime<Utc> {
    if at.nanosecond() < 1_000_000_000 { at } else { at.with_nanosecond(999_999_000).unwrap_or(at) }
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
        Stamped::now(without_leap((self.clock)()).trunc_subsecs(6), last, self.tolerance)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stamp_has_a_sixtieth_second() {
        let leap = "2016-12-31T23:59:60.250Z".parse::<DateTime<Utc>>().unwrap();
        assert_eq!(leap.nanosecond(), 1_250_000_000);
        let time = Timekeeping::from(Arc::new(move || leap) as Clock);
        let stamp = time.stamp(None).recorded_at;
        assert_eq!(stamp.to_rfc3339(), "2016-12-31T23:59:59.999999+00:00");
        assert!(stamp < leap && leap < "2017-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    }

    #[test]
    fn only_the_machines_clock_is_the_machines() {
        let other: Clock = Arc::new(Utc::now);
        assert!(is_the_machines(&system()) && !is_the_machines(&other));
        assert_eq!(says(&other, Utc::now()), None);
        let says = says(&system(), Utc::now()).unwrap();
        assert!(
            says.ran.is_some_and(|(clock, steady)| clock >= TimeDelta::zero() && steady >= TimeDelta::zero())
        );
    }
}
