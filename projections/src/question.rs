//! A question with a moment in it.

use chrono::{DateTime, Utc};
use scribe_domain::recorded::Recorded;
use scribe_domain::when::When;
use serde::Serialize;

use crate::document::Style;
use crate::document::time::moment;

/// As of when, by which clock. The default asks about now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
pub struct AsOf {
    /// What did the record hold by then? (the recorded clock)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_by: Option<DateTime<Utc>>,
    /// What had happened in the world by then? (the occurred clock)
    #[serde(default, skip_serializing_if = "Option::is_none")]
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

    /// Whether it asks about now.
    pub fn is_now(&self) -> bool {
        *self == Self::NOW
    }

    /// The moment asked about, as a heading says it; nothing if it is now.
    pub fn spoken(&self, style: &Style) -> Option<String> {
        let recorded = self.recorded_by.map(|at| format!("as recorded by {}", moment(at, style)));
        let occurred = self.occurred_by.map(|at| format!("as had happened by {}", moment(at, style)));
        match (recorded, occurred) {
            (Some(recorded), Some(occurred)) => Some(format!("{recorded}, {occurred}")),
            (recorded, occurred) => recorded.or(occurred),
        }
    }
}
