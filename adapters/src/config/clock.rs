//! How the clocks of machines are held against each other: the section `[clock]`.

use chrono::TimeDelta;
use scribe_domain::clocks::TOLERANCE;
use serde::{Deserialize, Deserializer};

use super::span::span;

/// How far clocks may differ.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockSettings {
    /// By how much two may differ before one of them counts as wrong.
    #[serde(default = "tolerance", deserialize_with = "some_seconds")]
    pub tolerance: TimeDelta,
}

impl Default for ClockSettings {
    fn default() -> Self {
        Self { tolerance: TOLERANCE }
    }
}

fn tolerance() -> TimeDelta {
    TOLERANCE
}

/// Machines that keep the same time differ by less than a second, and what differs by a day is no tolerance.
fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeDelta, D::Error> {
    let tolerance = span(deserializer)?;
    let bounds = TimeDelta::seconds(1)..=TimeDelta::days(1);
    if bounds.contains(&tolerance) {
        return Ok(tolerance);
    }
    Err(serde::de::Error::custom("`tolerance` of a clock lies between 1s and 1d: leave it out for 2m"))
}
