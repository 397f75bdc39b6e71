//! When something happened in the world, as told and with the precision it was told.
//!
//! The **wire form** is one text in UTC: `2023-01-04T18:05:07Z` (to the second or finer), `2023-01-04T18:05Z` (to
//! the minute), `~2023-01-04T18:05Z` (about then), `2023-01-04` (some time on that day),
//! `2023-01-04T18:00Z/2023-01-04T19:00Z` (some time between the two) and `unknown`. [`When`](crate::when::When)'s `Display` writes it.
//!
//! [`When::parse`](crate::when::When::parse) reads that and whatever else means the same moment wherever and whenever it is read:
//! `2023-01-04 13:05 America/New_York`, `about 2023-01-04 13:05 +01:00`, RFC 3339. What people say besides (`10 min
//! ago`, `yesterday 23:00`, `Tuesday 2:50 pm`) needs to know what time it is, and is read by
//! [`spoken`](crate::spoken), where something is told live.
//!
//! # What a day and a span mean to a view
//!
//! [`When::at`](crate::when::When::at) is the beginning: there such an event is placed among others. [`When::until`](crate::when::When::until) is the last moment that
//! it may have been, which is what "before" and "after" are to be judged by ([`When::surely_before`](crate::when::When::surely_before)). A length
//! between two times of which one is not exact ([`When::is_exact`](crate::when::When::is_exact)) is only about right, and is said so.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, TimeZone,
    Timelike, Utc,
};
use chrono_tz::Tz;

use crate::zones::{BadPlace, Place};

/// How exactly a moment is known.
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
    /// Some time on the day, in UTC, that begins then.
    Day,
    /// Some time between then and this moment, which is later.
    Span(DateTime<Utc>),
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
        "{0:?} is not a time: write \"2023-01-04 13:05 America/New_York\", 2023-01-04T18:05:00Z, \"about …\" of either, a day, or unknown"
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
    /// An abbreviation that several zones share, or that does not fit the time of the year.
    #[error("{abbreviation:?} can mean more than one time: write {candidates}")]
    Abbreviation {
        /// As it was written.
        abbreviation: String,
        /// What to write instead.
        candidates: String,
    },
    /// Two numbers of which either may be the month.
    #[error("{0:?} can mean two days: write {1} or {2}")]
    Date(String, NaiveDate, NaiveDate),
    /// A span that is none.
    #[error("{0:?} ends before it begins: the earlier time stands first")]
    Backwards(String),
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

    /// Some time on this day, where the clocks show that zone.
    pub fn day(day: NaiveDate, zone: Tz) -> Result<Self, BadWhen> {
        let (from, to) = (midnight(day, zone)?, midnight(next(day)?, zone)?);
        bounded(from.year())?;
        Ok(if zone_is_utc(zone) {
            Self::At(from, Precision::Day)
        } else {
            Self::At(from, Precision::Span(to))
        })
    }

    /// Some time between the two; `text` is how it was said.
    pub fn span(from: DateTime<Utc>, to: DateTime<Utc>, text: &str) -> Result<Self, BadWhen> {
        bounded(from.year())?;
        bounded(to.year())?;
        if from < to { Ok(Self::At(from, Precision::Span(to))) } else { Err(BadWhen::Backwards(shown(text))) }
    }

    /// The moment, if it is known; of a day or a span the beginning.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(at, _) => Some(*at),
            Self::Unknown => None,
        }
    }

    /// The last moment that it may have been, if it is known; of a day or a span the end.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(at, Precision::Day) => Some(*at + TimeDelta::days(1)),
            Self::At(_, Precision::Span(to)) => Some(*to),
            Self::At(at, _) => Some(*at),
            Self::Unknown => None,
        }
    }

    /// Whether it is known so well that a length from or to it is a figure.
    pub fn is_exact(&self) -> bool {
        matches!(self, Self::At(_, Precision::Second | Precision::Minute))
    }

    /// Whether this was before that, however either is read.
    pub fn surely_before(&self, that: &Self) -> bool {
        self.until().zip(that.at()).is_some_and(|(this, that)| this < that)
    }

    /// Reads a form that means the same moment at any time. A local time without a zone is read in `zone`, or refused
    /// when there is none: two clocks that disagree are exactly what an incident record must not guess at. A day
    /// without a zone is that day in `zone`, or else in UTC.
    pub fn parse(text: &str, zone: Option<Tz>) -> Result<Self, BadWhen> {
        let trimmed = text.trim();
        if trimmed.eq_ignore_ascii_case("unknown") {
            return Ok(Self::Unknown);
        }
        let about = trimmed
            .strip_prefix('~')
            .or_else(|| strip_prefix_ignore_case(trimmed, "about "))
            .map(str::trim_start);
        if let (None, Some(interval)) = (about, interval(trimmed)) {
            return interval;
        }
        let rest = about.unwrap_or(trimmed);
        if let (None, Some(day)) = (about, day_alone(rest, zone)) {
            return day;
        }
        let (at, precision) = parse_moment(rest, zone)?;
        Self::precisely(at, if about.is_some() { Precision::About } else { precision })
    }

    /// A moment, cut down to what its precision tells.
    pub fn precisely(at: DateTime<Utc>, precision: Precision) -> Result<Self, BadWhen> {
        bounded(at.year())?;
        // What is not known to the second carries none, in memory as in the stored text.
        Ok(match precision {
            Precision::Second | Precision::Span(_) => Self::At(at, precision),
            Precision::Minute | Precision::About => Self::At(to_the_minute(at), precision),
            Precision::Day => Self::At(at.date_naive().and_time(NaiveTime::MIN).and_utc(), precision),
        })
    }

    /// Reads a moment that must be known, such as an as-of.
    pub fn parse_known(text: &str, zone: Option<Tz>) -> Result<DateTime<Utc>, BadWhen> {
        Self::parse(text, zone)?.at().ok_or(BadWhen::Unknown)
    }
}

impl Place {
    /// The moment at which clocks here show this local time.
    pub fn moment(self, local: NaiveDateTime) -> Result<DateTime<Utc>, BadWhen> {
        bounded(local.year())?;
        match self {
            Self::Offset(offset) => match offset.from_local_datetime(&local) {
                LocalResult::Single(at) => Ok(at.to_utc()),
                _ => Err(BadWhen::Form(local.to_string())),
            },
            Self::Zone(zone) => in_zone(local, zone),
        }
    }

    /// Reads what stands behind a local time: a name, an offset or an abbreviation.
    pub fn behind(text: &str, local: NaiveDateTime) -> Result<Self, BadWhen> {
        Self::read(text, local).map_err(|bad| match bad {
            BadPlace::Unknown => BadWhen::Zone(shown(text)),
            BadPlace::Ambiguous(candidates) => {
                BadWhen::Abbreviation { abbreviation: shown(text), candidates }
            }
        })
    }
}

/// Two moments with a stroke between, as ISO 8601 writes an interval. Names of zones have one too.
fn interval(text: &str) -> Option<Result<When, BadWhen>> {
    let (from, to) = text.split_once('/')?;
    to.trim_start().starts_with(|c: char| c.is_ascii_digit()).then(|| {
        let (from, _) = parse_moment(from.trim(), None)?;
        let (to, _) = parse_moment(to.trim(), None)?;
        When::span(from, to, text)
    })
}

/// A day, with or without its zone.
fn day_alone(text: &str, zone: Option<Tz>) -> Option<Result<When, BadWhen>> {
    let (date, rest) = text.get(..10).zip(text.get(10..))?;
    let day = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
    let named = rest.trim_start();
    let begins_with_a_letter = named.starts_with(|c: char| c.is_ascii_alphabetic());
    if named.is_empty() {
        return Some(When::day(day, zone.unwrap_or(Tz::UTC)));
    }
    // `2023-01-04T…` is a time of day, and a zone needs a space before it.
    (begins_with_a_letter && rest != named).then(|| match Place::behind(named, day.into())? {
        Place::Zone(zone) => When::day(day, zone),
        Place::Offset(_) => Err(BadWhen::Form(shown(text))),
    })
}

fn bounded(year: i32) -> Result<(), BadWhen> {
    if (1970..2200).contains(&year) { Ok(()) } else { Err(BadWhen::Year(year)) }
}

fn next(day: NaiveDate) -> Result<NaiveDate, BadWhen> {
    day.succ_opt().ok_or(BadWhen::Year(day.year()))
}

/// When a day begins; where clocks were set forward over midnight, a little later.
fn midnight(day: NaiveDate, zone: Tz) -> Result<DateTime<Utc>, BadWhen> {
    let mut quarters = (0..12).filter_map(|quarter| day.and_hms_opt(quarter / 4, quarter % 4 * 15, 0));
    let first = quarters.find_map(|local| zone.from_local_datetime(&local).earliest());
    first.map(|at| at.to_utc()).ok_or(BadWhen::Year(day.year()))
}

/// Zones that are UTC under another name.
fn zone_is_utc(zone: Tz) -> bool {
    matches!(zone, Tz::UTC | Tz::Etc__UTC | Tz::GMT | Tz::Etc__GMT | Tz::Zulu | Tz::Universal | Tz::UCT)
}

fn to_the_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap_or(at)
}

/// As much of what was given as an error shows.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn parse_moment(text: &str, zone: Option<Tz>) -> Result<(DateTime<Utc>, Precision), BadWhen> {
    let form = || BadWhen::Form(shown(text));
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
    bounded(local.year())?;
    let place = match place.trim() {
        "" => zone.map(Place::Zone).ok_or_else(|| BadWhen::NoZone(shown(text)))?,
        place => Place::behind(place, local)?,
    };
    Ok((place.moment(local)?, precision))
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

/// An end of a span: to the minute where that is all there is to say.
fn write_end(f: &mut fmt::Formatter<'_>, at: DateTime<Utc>) -> fmt::Result {
    if at == to_the_minute(at) {
        write!(f, "{}", at.format("%Y-%m-%dT%H:%MZ"))
    } else {
        f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::At(at, Precision::Second) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::At(at, Precision::Minute) => write!(f, "{}", at.format("%Y-%m-%dT%H:%MZ")),
            Self::At(at, Precision::About) => write!(f, "~{}", at.format("%Y-%m-%dT%H:%MZ")),
            Self::At(at, Precision::Day) => write!(f, "{}", at.format("%Y-%m-%d")),
            Self::At(from, Precision::Span(to)) => {
                write_end(f, *from)?;
                f.write_str("/")?;
                write_end(f, *to)
            }
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
            "description": "A moment with its precision: RFC 3339, `2023-01-04 13:05 America/New_York`, `about …` or `~…`, a day, an interval of ISO 8601 for a span, or `unknown`.",
            "examples": ["2023-01-04T18:05:00Z", "2023-01-04 13:05 America/New_York", "about 2023-01-04T17:40Z", "2023-01-04", "2023-01-04T17:00Z/2023-01-04T18:00Z", "unknown"]
        })
    }
}

#[cfg(test)]
mod tests;
