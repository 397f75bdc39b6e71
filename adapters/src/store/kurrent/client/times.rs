//! What is seen of the cluster's clock, beside this machine's.
//!
//! Each answer of the leader says when it was given (`date`, to the second, by a clock that is looked at once a second),
//! which was between the question and the answer. Where answers do not say it, an event of the record's own does, in the
//! `created` of its metadata; and what gossip says of the leader was so at some earlier moment.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use hyper::HeaderMap;
use hyper::header::DATE;
use scribe_domain::clocks::Ahead;

use crate::clock::machine::steady;
use crate::clock::{Clock, is_the_machines};

/// A date has no parts of a second, and may be as old as a second.
const ROUGHLY: TimeDelta = TimeDelta::seconds(2);
/// For how long what was seen counts.
const COUNTS: TimeDelta = TimeDelta::seconds(30);
/// By how much the clock may run otherwise than the time that runs evenly; beyond it, it was set.
const SET: TimeDelta = TimeDelta::seconds(1);

/// What was seen of the cluster's clock.
pub(in crate::store::kurrent) struct Times {
    clock: Clock,
    seen: Mutex<Option<Seen>>,
}

/// Something that was seen.
#[derive(Debug, Clone, Copy)]
struct Seen {
    ahead: Ahead,
    when: Moment,
}

/// A moment, by this machine's clock and by the time that runs evenly.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::kurrent) struct Moment {
    clock: DateTime<Utc>,
    steady: TimeDelta,
}

impl Times {
    pub(in crate::store::kurrent) fn new(clock: Clock) -> Self {
        Self { clock, seen: Mutex::default() }
    }

    /// Now; nothing where the clock is another than the machine's, which is held against nothing.
    pub(in crate::store::kurrent) fn now(&self) -> Option<Moment> {
        if !is_the_machines(&self.clock) {
            return None;
        }
        Some(Moment { clock: (self.clock)(), steady: steady()? })
    }

    /// The leader has answered what it was asked then.
    pub(super) fn answered(&self, asked: Option<Moment>, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        if let Some((asked, date)) = asked.zip(date) {
            let date = date.with_timezone(&Utc);
            self.said(asked, date, ROUGHLY);
        }
    }

    /// An event was created, after this moment, when the leader's clock said this.
    pub(in crate::store::kurrent) fn created(&self, asked: Option<Moment>, ticks: i64) {
        if let Some((asked, at)) = asked.zip(DateTime::from_timestamp_micros(ticks / 10)) {
            self.said(asked, at, TimeDelta::microseconds(1));
        }
    }

    /// At some earlier moment the leader's clock said this.
    pub(super) fn said_before(&self, ticks: i64) {
        let Some((when, at)) = self.now().zip(DateTime::from_timestamp_micros(ticks / 10)) else { return };
        if self.known().is_none_or(|known| known.at_least.is_none()) {
            self.note(Seen { ahead: Ahead { at_least: None, at_most: when.clock - at }, when });
        }
    }

    /// Between that moment and now, the leader's clock said this, or by so much more.
    fn said(&self, asked: Moment, said: DateTime<Utc>, roughly: TimeDelta) {
        let Some(when) = self.now() else { return };
        // It was set meanwhile: nothing follows.
        if asked.drift(&when).abs() > SET {
            return;
        }
        let at_least = asked.clock - (said + roughly);
        self.note(Seen { ahead: Ahead { at_least: Some(at_least), at_most: when.clock - said }, when });
    }

    fn note(&self, seen: Seen) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    /// How far this machine's clock is ahead, as far as that was seen lately and the clock was not set since.
    pub(in crate::store::kurrent) fn known(&self) -> Option<Ahead> {
        let seen = (*self.seen.lock().unwrap_or_else(PoisonError::into_inner))?;
        let now = self.now()?;
        let counts = now.steady - seen.when.steady <= COUNTS && seen.when.drift(&now).abs() <= SET;
        counts.then_some(seen.ahead)
    }
}

impl Moment {
    /// By how much the clock has gone on more than the time that runs evenly.
    fn drift(&self, later: &Self) -> TimeDelta {
        (later.clock - self.clock) - (later.steady - self.steady)
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;
    use crate::clock;

    fn date(at: DateTime<Utc>) -> HeaderMap {
        let text = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        HeaderMap::from_iter([(DATE, HeaderValue::from_str(&text).unwrap())])
    }

    fn ticks(at: DateTime<Utc>) -> i64 {
        at.timestamp_micros() * 10
    }

    #[test]
    fn the_leaders_date_tells_how_far_the_clock_is_ahead() {
        let times = Times::new(clock::system());
        assert_eq!(times.known(), None);
        let asked = times.now();
        for (hours, beyond) in [(0, None), (-2, Some(true)), (2, Some(false))] {
            times.answered(asked, &date(Utc::now() + TimeDelta::hours(hours)));
            let ahead = times.known().unwrap();
            assert_eq!(ahead.beyond(TimeDelta::minutes(2)).map(|by| by > TimeDelta::zero()), beyond);
            assert!(
                ahead.at_least.unwrap() <= TimeDelta::hours(-hours)
                    && ahead.at_most >= TimeDelta::hours(-hours)
            );
        }
        // What is no date tells nothing, and takes nothing back.
        let before = times.known();
        times.answered(asked, &HeaderMap::new());
        times.answered(asked, &HeaderMap::from_iter([(DATE, HeaderValue::from_static("yesterday"))]));
        times.answered(None, &date(Utc::now()));
        assert_eq!(times.known(), before);
    }

    #[test]
    fn an_answer_that_took_long_proves_as_little() {
        let times = Times::new(clock::system());
        let now = times.now().unwrap();
        let back = TimeDelta::minutes(9);
        times.answered(
            Some(Moment { clock: now.clock - back, steady: now.steady - back }),
            &date(now.clock - back),
        );
        assert_eq!(times.known().unwrap().beyond(TimeDelta::minutes(2)), None);
    }

    #[test]
    fn what_was_seen_before_the_clock_was_set_counts_no_longer() {
        let times = Times::new(clock::system());
        let now = times.now().unwrap();
        let ahead = Ahead { at_least: Some(TimeDelta::zero()), at_most: TimeDelta::zero() };
        let seen = |clock: TimeDelta, steady: TimeDelta| {
            times
                .note(Seen { ahead, when: Moment { clock: now.clock - clock, steady: now.steady - steady } });
            times.known().is_some()
        };
        let (second, hour) = (TimeDelta::seconds(1), TimeDelta::hours(1));
        assert!(seen(second, second));
        assert!(!seen(hour, second), "set ahead, or a virtual machine that was stopped");
        assert!(!seen(-hour, second), "set back");
        assert!(!seen(hour, hour), "a machine that slept: too old to be relied on, and no jump");
        // Also while an answer is awaited.
        times.note(Seen { ahead, when: now });
        times.answered(Some(Moment { clock: now.clock - hour, ..now }), &date(now.clock - hour));
        assert_eq!(times.known(), Some(ahead));
    }

    #[test]
    fn what_gossip_says_only_shows_a_clock_that_is_behind() {
        let tolerance = TimeDelta::minutes(2);
        let times = Times::new(clock::system());
        times.said_before(ticks(Utc::now() - TimeDelta::days(9)));
        assert_eq!(times.known().unwrap().beyond(tolerance), None, "a lone node keeps its first for ever");
        times.said_before(ticks(Utc::now() + TimeDelta::hours(1)));
        assert!(times.known().unwrap().beyond(tolerance).unwrap() < -tolerance);
        // An answer knows better.
        times.answered(times.now(), &date(Utc::now()));
        times.said_before(ticks(Utc::now() + TimeDelta::hours(1)));
        assert_eq!(times.known().unwrap().beyond(tolerance), None);
        times.created(times.now(), ticks(Utc::now()));
        assert!(times.known().unwrap().likely().unwrap().abs() < TimeDelta::seconds(1));
    }

    #[test]
    fn a_clock_that_is_not_the_machines_is_held_against_nothing() {
        let times = Times::new(std::sync::Arc::new(|| DateTime::UNIX_EPOCH));
        assert!(times.now().is_none());
        times.said_before(ticks(Utc::now()));
        assert_eq!(times.known(), None);
    }
}
