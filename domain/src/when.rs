//! When something happened in the world, as told and with the precision it was told.
//!
//! Two forms are read. The **wire form** is one text in UTC:
//! `2023-01-04T18:05:07Z` (to the second or finer), `2023-01-04T18:05Z` (to the minute),
//! `~2023-01-04T18:05Z` (about then) and `unknown`. The **spoken form** is what people type:
//! `2023-01-04 13:05 America/New_York`, `about 2023-01-04 13:05 +01:00`, RFC 3339, `unknown`.
//! [`When::parse`](crate::when::When::parse) reads both; [`When`](crate::when::When)'s `Display` writes the wire form.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone,
    Timelike, Utc,
};
use chrono_tz::Tz;

/// How exactly a time is known.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// To the second, or finer.
    Second,
    /// To the minute.
    Minute,
    /// Somewhere around it.
    About,
}

/// A moment in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// Known, to some precision.
    At(DateTime<Utc>, Precision),
    /// Nobody knows when.
    Unknown,
}

/// Why a text is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWhen {
    /// No form fits.
    #[error(
        "{0:?} is not a time: write 2023-01-04T18:05:00Z, \"2023-01-04 13:05 America/New_York\", \"about …\" or unknown"
    )]
    Form(String),
    /// A local time without its zone.
    #[error("{0:?} names no time zone: add one (Z, +01:00, or a name such as America/New_York)")]
    NoZone(String),
    /// Not a zone of the tz database.
    #[error(
        "{0:?} is not a time zone: use a name from the tz database, such as Europe/Berlin, or an offset such as +01:00"
    )]
    Zone(String),
    /// The clock was set back, so this local time came twice.
    #[error("{local} happened twice in {zone} (clocks were set back): say which, {first} or {second}")]
    Ambiguous {
        /// The local time.
        local: String,
        /// The zone.
        zone: String,
        /// Its first occurrence, with its offset.
        first: String,
        /// Its second occurrence, with its offset.
        second: String,
    },
    /// The clock was set forward over this local time.
    #[error("{local} never happened in {zone} (clocks were set forward over it)")]
    Skipped {
        /// The local time.
        local: String,
        /// The zone.
        zone: String,
    },
    /// Outside what a record of incidents can mean.
    #[error("the year {0} is outside 1970 to 2199")]
    Year(i32),
    /// A moment is needed, `unknown` is not one.
    #[error("a known time is needed here, not unknown")]
    Unknown,
}

impl When {
    /// Known to the second.
    pub fn second(at: DateTime<Utc>) -> Self {
        Self::At(at, Precision::Second)
    }

    /// The moment, if it is known.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(at, _) => Some(*at),
            Self::Unknown => None,
        }
    }

    /// Reads a wire or spoken form. A local time without a zone is read in `zone`, or refused when
    /// there is none: two clocks that disagree are exactly what an incident record must not guess at.
    pub fn parse(text: &str, zone: Option<Tz>) -> Result<Self, BadWhen> {
        let trimmed = text.trim();
        if trimmed.eq_ignore_ascii_case("unknown") {
            return Ok(Self::Unknown);
        }
        let about = trimmed
            .strip_prefix('~')
            .or_else(|| strip_prefix_ignore_case(trimmed, "about "))
            .map(str::trim_start);
        let (at, precision) = parse_moment(about.unwrap_or(trimmed), zone)?;
        let year = at.year();
        if !(1970..2200).contains(&year) {
            return Err(BadWhen::Year(year));
        }
        let precision = if about.is_some() { Precision::About } else { precision };
        // What is not known to the second carries none, in memory as in the stored text.
        let at = match precision {
            Precision::Second => at,
            Precision::Minute | Precision::About => {
                at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap_or(at)
            }
        };
        Ok(Self::At(at, precision))
    }

    /// Reads a moment that must be known, such as an as-of.
    pub fn parse_known(text: &str, zone: Option<Tz>) -> Result<DateTime<Utc>, BadWhen> {
        Self::parse(text, zone)?.at().ok_or(BadWhen::Unknown)
    }
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn parse_moment(text: &str, zone: Option<Tz>) -> Result<(DateTime<Utc>, Precision), BadWhen> {
    let form = || BadWhen::Form(text.chars().take(80).collect());
    // Date and time are separated by `T` or a space; whatever follows the time is the zone.
    let (date, rest) = text.get(..10).zip(text.get(10..)).ok_or_else(form)?;
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|_| form())?;
    let rest = rest.strip_prefix(['T', 't', ' ']).ok_or_else(form)?.trim_start();
    let time_end = rest.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(rest.len());
    let (time, place) = rest.split_at(time_end);
    let (time, precision) = match time.len() {
        5 => (format!("{time}:00"), Precision::Minute),
        8.. => (time.to_owned(), Precision::Second),
        _ => return Err(form()),
    };
    let local = NaiveDateTime::parse_from_str(&format!("{date}T{time}"), "%Y-%m-%dT%H:%M:%S%.f")
        .map_err(|_| form())?;
    if !(1970..2200).contains(&local.year()) {
        return Err(BadWhen::Year(local.year()));
    }
    let at = match place.trim() {
        "" => match zone {
            Some(zone) => in_zone(local, zone)?,
            None => return Err(BadWhen::NoZone(text.to_owned())),
        },
        "Z" | "z" => local.and_utc(),
        place => match offset(place) {
            Some(offset) => match offset.from_local_datetime(&local) {
                LocalResult::Single(at) => at.with_timezone(&Utc),
                _ => return Err(form()),
            },
            None => match Tz::from_str_insensitive(place) {
                Ok(zone) => in_zone(local, zone)?,
                Err(_) => return Err(BadWhen::Zone(place.chars().take(80).collect())),
            },
        },
    };
    Ok((at, precision))
}

fn offset(text: &str) -> Option<FixedOffset> {
    text.starts_with(['+', '-']).then(|| FixedOffset::from_str(text).ok()).flatten()
}

fn in_zone(local: NaiveDateTime, zone: Tz) -> Result<DateTime<Utc>, BadWhen> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => Ok(at.with_timezone(&Utc)),
        LocalResult::Ambiguous(first, second) => Err(BadWhen::Ambiguous {
            local: local.to_string(),
            zone: zone.to_string(),
            first: first.to_rfc3339(),
            second: second.to_rfc3339(),
        }),
        LocalResult::None => Err(BadWhen::Skipped { local: local.to_string(), zone: zone.to_string() }),
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::At(at, Precision::Second) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::At(at, Precision::Minute) => write!(f, "{}", at.format("%Y-%m-%dT%H:%MZ")),
            Self::At(at, Precision::About) => write!(f, "~{}", at.format("%Y-%m-%dT%H:%MZ")),
        }
    }
}

impl FromStr for When {
    type Err = BadWhen;
    fn from_str(text: &str) -> Result<Self, BadWhen> {
        Self::parse(text, None)
    }
}

impl serde::Serialize for When {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for When {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for When {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "When".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A moment with its precision: RFC 3339, `2023-01-04 13:05 America/New_York`, `about …` or `~…`, or `unknown`.",
            "examples": ["2023-01-04T18:05:00Z", "2023-01-04 13:05 America/New_York", "about 2023-01-04T17:40Z", "unknown"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match When::parse(text, None) {
            Ok(when) => when.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn the_spoken_forms() {
        assert_eq!(read("2023-01-04 13:05 America/New_York"), "2023-01-04T18:05Z");
        assert_eq!(read("2023-01-04 13:05:09 america/new_york"), "2023-01-04T18:05:09Z");
        assert_eq!(read("about 2023-01-04 12:40 -05:00"), "~2023-01-04T17:40Z");
        assert_eq!(read("2020-02-06T00:17:58.432911368Z"), "2020-02-06T00:17:58.432911368Z");
        assert_eq!(read("2023-01-04T13:05:00-05:00"), "2023-01-04T18:05:00Z");
        assert_eq!(read("Unknown"), "unknown");
    }

    #[test]
    fn the_wire_form_reads_back() {
        for text in [
            "2023-01-04T18:05:07Z",
            "2023-01-04T18:05:07.250Z",
            "2023-01-04T18:05Z",
            "~2023-01-04T18:05Z",
            "unknown",
        ] {
            assert_eq!(read(text), text);
        }
    }

    #[test]
    fn what_is_not_known_to_the_second_carries_none() {
        // Liberia kept its clock at 44 minutes and 30 seconds behind until 1972.
        for text in ["about 2023-01-04 13:05:59.5Z", "1971-06-01 12:00 Africa/Monrovia"] {
            let told = When::parse(text, None).unwrap();
            assert_eq!(told.to_string().parse(), Ok(told), "{text}");
        }
    }

    #[test]
    fn local_times_that_came_twice_or_never_are_told() {
        assert_eq!(
            read("2023-11-05 01:30 America/New_York"),
            "error: 2023-11-05 01:30:00 happened twice in America/New_York (clocks were set back): \
             say which, 2023-11-05T01:30:00-04:00 or 2023-11-05T01:30:00-05:00"
        );
        assert_eq!(
            read("2023-03-12 02:30 America/New_York"),
            "error: 2023-03-12 02:30:00 never happened in America/New_York (clocks were set forward over it)"
        );
    }

    #[test]
    fn nonsense_is_told_apart() {
        assert_eq!(read("0000-01-01T00:00:00Z"), "error: the year 0 is outside 1970 to 2199");
        assert_eq!(read("9999-12-31T23:59:59Z"), "error: the year 9999 is outside 1970 to 2199");
        assert_eq!(
            read("2023-01-04 13:05 Mars/Olympus"),
            "error: \"Mars/Olympus\" is not a time zone: use a name from the tz database, such as Europe/Berlin, or an offset such as +01:00"
        );
        assert!(read("2023-01-04 13:05").contains("names no time zone"));
        for bad in [
            "",
            "yesterday",
            "2023-02-30T00:00:00Z",
            "2023-01-04",
            "2023-01-04T25:00Z",
            "é023-01-04T",
            "~",
            "about ",
        ] {
            assert!(read(bad).contains("is not a time"), "{bad:?}: {}", read(bad));
        }
    }

    #[test]
    fn a_default_zone_is_used_only_when_none_is_told() {
        let zone = Some(chrono_tz::Europe::Berlin);
        assert_eq!(When::parse("2023-01-04 13:05", zone).unwrap().to_string(), "2023-01-04T12:05Z");
        assert_eq!(When::parse("2023-01-04 13:05Z", zone).unwrap().to_string(), "2023-01-04T13:05Z");
    }
}
