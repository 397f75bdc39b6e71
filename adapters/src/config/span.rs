//! Lengths of time, as the settings have them: `90s`, `2m`, `12h`, `7d`.

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer};

/// A length of time: `30m`, `12h`, `7d`.
pub(super) fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeDelta, D::Error> {
    let text = String::deserialize(deserializer)?;
    let read = || {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
        match unit {
            "s" => TimeDelta::try_seconds(number.into()),
            "m" => TimeDelta::try_minutes(number.into()),
            "h" => TimeDelta::try_hours(number.into()),
            "d" => TimeDelta::try_days(number.into()),
            _ => None,
        }
        .filter(|span| *span <= TimeDelta::days(366))
    };
    read().ok_or_else(|| {
        serde::de::Error::custom(format!("{text:?} is no length of time up to a year: write 30m, 12h or 7d"))
    })
}
