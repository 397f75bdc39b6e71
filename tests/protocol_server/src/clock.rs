//! The cluster's clock, which a test may set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The machine's clock and by how many seconds it is set otherwise. All clones are one clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    /// Sets it so far ahead of the machine's; back where that is negative.
    pub(crate) fn set(&self, ahead: i64) {
        self.0.store(ahead, Ordering::Relaxed);
    }

    /// Since 1970.
    fn now(&self) -> Duration {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ahead = self.0.load(Ordering::Relaxed);
        let by = Duration::from_secs(ahead.unsigned_abs());
        if ahead < 0 { since.saturating_sub(by) } else { since + by }
    }

    /// In tenths of a microsecond since 1970.
    pub(crate) fn ticks(&self) -> u64 {
        let now = self.now();
        now.as_secs() * 10_000_000 + u64::from(now.subsec_nanos()) / 100
    }

    /// As HTTP has it.
    pub(crate) fn date(&self) -> String {
        let seconds = self.now().as_secs();
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil(days);
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(days % 7) as usize];
        let month = MONTHS[month];
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{:02} GMT", second % 60)
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The day so many days after 1970 began; months from 0.
fn civil(days: u64) -> (u64, usize, u64) {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut left) = (1970, days);
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 0;
    for length in [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn days_have_their_dates() {
        assert_eq!(civil(0), (1970, 0, 1));
        assert_eq!(civil(11_016), (2000, 1, 29));
        assert_eq!(civil(20_785), (2026, 10, 28));
    }
}
