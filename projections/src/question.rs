//! A question with a moment in it.

use chrono::{DateTime, Utc};
use scribe_domain::recorded::Recorded;
use scribe_domain::when::When;

/// As of when, by which clock. The default asks about now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AsOf {
    /// What did the record hold by then? (the recorded clock)
    pub recorded_by: Option<DateTime<Utc>>,
    /// What had happened in the world by then? (the occurred clock)
    pub occurred_by: Option<DateTime<Utc>>,
}

impl AsOf {
    /// Now.
    pub const NOW: Self = Self { recorded_by: None, occurred_by: None };

    /// Whether this event had been recorded by then.
    pub fn had_recorded(&self, recorded: &Recorded) -> bool {
        self.recorded_by.is_none_or(|by| recorded.recorded_at <= by)
    }

    /// Whether something told to have happened `occurred` had happened by then. Of what nobody knows
    /// when it happened, one can only say that it had by the time it was recorded.
    pub fn had_occurred(&self, occurred: When, recorded: &Recorded) -> bool {
        self.occurred_by.is_none_or(|by| occurred.at().unwrap_or(recorded.recorded_at) <= by)
    }
}
