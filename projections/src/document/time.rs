//! Times and durations as people read them, in the reader's zone.

use chrono::{DateTime, LocalResult, NaiveDate, Offset as _, TimeDelta, TimeZone as _, Timelike as _, Utc};
use scribe_domain::when::{Precision, When};

use super::Style;

/// The time of day in the reader's zone: `13:05`, `13:05:09` where it was told to the second, `about 12:40`,
/// `13:05–13:40`, `that day`, `time unknown`. The day stands elsewhere: in a heading, or see [`date_time_of`].
pub fn time_of(when: When, style: &Style) -> String {
    match when {
        When::Unknown => "time unknown".to_owned(),
        When::At(at, Precision::About) => format!("about {}", clock(at, "%H:%M", style)),
        When::At(at, Precision::Minute) => clock(at, "%H:%M", style),
        When::At(at, Precision::Second) => clock(at, "%H:%M:%S", style),
        When::At(from, Precision::Day | Precision::Span(_)) => match stretch(when, from, style) {
            Stretch::Day(_) => "that day".to_owned(),
            Stretch::Within(_, from, to) => format!("{from}–{to}"),
            Stretch::Across(from, to) => format!("{from} – {to}"),
        },
    }
}

/// The day and the time of day: `2023-01-04 13:05`, `about 2023-01-04 12:40`, `2023-01-04`,
/// `2023-01-04 13:05–13:40`.
pub fn date_time_of(when: When, style: &Style) -> String {
    match when {
        When::Unknown => "time unknown".to_owned(),
        When::At(at, Precision::About) => format!("about {}", clock(at, "%Y-%m-%d %H:%M", style)),
        When::At(at, Precision::Minute) => clock(at, "%Y-%m-%d %H:%M", style),
        When::At(at, Precision::Second) => clock(at, "%Y-%m-%d %H:%M:%S", style),
        When::At(from, Precision::Day | Precision::Span(_)) => match stretch(when, from, style) {
            Stretch::Day(day) => day.to_string(),
            Stretch::Within(day, from, to) => format!("{day} {from}–{to}"),
            Stretch::Across(from, to) => format!("{from} – {to}"),
        },
    }
}

/// The day of a moment: `2023-01-04`.
pub fn date(at: DateTime<Utc>, style: &Style) -> String {
    clock(at, "%Y-%m-%d", style)
}

/// What is known as a stretch of time, where the reader is.
enum Stretch {
    /// A whole day there.
    Day(NaiveDate),
    /// Within a day there.
    Within(NaiveDate, String, String),
    /// From a moment of one day to one of another.
    Across(String, String),
}

fn stretch(when: When, from: DateTime<Utc>, style: &Style) -> Stretch {
    let to = when.until().unwrap_or(from);
    let [first, last] = [from, to].map(|at| at.with_timezone(&style.zone).naive_local());
    if When::day(first.date(), style.zone).is_ok_and(|day| day.at() == Some(from) && day.until() == Some(to))
    {
        return Stretch::Day(first.date());
    }
    let with_seconds = from.second() != 0 || to.second() != 0;
    let time = if with_seconds { "%H:%M:%S" } else { "%H:%M" };
    if first.date() == last.date() {
        return Stretch::Within(first.date(), clock(from, time, style), clock(to, time, style));
    }
    let dated = if with_seconds { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    Stretch::Across(clock(from, dated, style), clock(to, dated, style))
}

/// A recorded moment to the minute: `2023-01-04 13:05`.
pub fn moment(at: DateTime<Utc>, style: &Style) -> String {
    clock(at, "%Y-%m-%d %H:%M", style)
}

/// Names the zone, once a page: `times in America/New_York`.
pub fn zone_note(style: &Style) -> String {
    format!("times in {}", style.zone)
}

/// The day, where the reader is; `None` if nobody knows when.
pub fn day_of(when: When, style: &Style) -> Option<NaiveDate> {
    when.at().map(|at| at.with_timezone(&style.zone).date_naive())
}

/// A day as a heading says it: `Wednesday 4 January 2023`.
pub fn spoken_day(day: NaiveDate) -> String {
    day.format("%A %-d %B %Y").to_string()
}

/// Tells times on a page whose heading names one day: other days are told with the time.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    style: &'a Style,
    day: Option<NaiveDate>,
}

impl<'a> Clock<'a> {
    /// A clock whose day is the one of this time, if that is known.
    pub fn on_the_day_of(when: Option<When>, style: &'a Style) -> Self {
        Self { style, day: when.and_then(|when| day_of(when, style)) }
    }

    /// The zone and the day: `times in America/New_York, 2023-01-04 unless dated`.
    pub fn note(&self) -> String {
        match self.day {
            Some(day) => format!("{}, {day} unless dated", zone_note(self.style)),
            None => zone_note(self.style),
        }
    }

    /// A time, with its day where that is another one.
    pub fn tell(&self, when: When) -> String {
        let is_a_stretch = matches!(when, When::At(_, Precision::Day | Precision::Span(_)));
        if day_of(when, self.style) == self.day && !is_a_stretch {
            time_of(when, self.style)
        } else {
            date_time_of(when, self.style)
        }
    }

    /// When something began and ended; with their offsets where the clock was set in between, or the two would
    /// not agree with how long it took.
    pub fn between(&self, from: When, until: When) -> (String, String) {
        let offset = |when: When| Some(when.at()?.with_timezone(&self.style.zone).offset().fix());
        let was_set = offset(from).zip(offset(until)).is_some_and(|(from, until)| from != until);
        let tell = |when: When| match (self.tell(when), offset(when)) {
            (told, Some(offset)) if was_set && !told.ends_with(&offset.to_string()) => {
                format!("{told} {offset}")
            }
            (told, _) => told,
        };
        (tell(from), tell(until))
    }

    /// A recorded moment, to the minute.
    pub fn tell_moment(&self, at: DateTime<Utc>) -> String {
        self.tell(When::At(at, Precision::Minute))
    }
}

/// How long, in the two largest units that matter: `25 min`, `3 h 29 min`, `2 d 4 h`, `12 s`. What ran
/// backwards says so: `−5 min`.
pub fn duration(length: TimeDelta) -> String {
    let sign = if length < TimeDelta::zero() { "−" } else { "" };
    let seconds = length.num_seconds().unsigned_abs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let two = |big: u64, unit: &str, small: u64, part: &str| match small {
        0 => format!("{sign}{big} {unit}"),
        _ => format!("{sign}{big} {unit} {small} {part}"),
    };
    match seconds {
        0 => "0 s".to_owned(),
        1..60 => format!("{sign}{seconds} s"),
        60..600 => two(minutes, "min", seconds % 60, "s"),
        600..3_600 => format!("{sign}{minutes} min"),
        3_600..86_400 => two(hours, "h", minutes, "min"),
        _ => two(days, "d", hours, "h"),
    }
}

/// The moment where the reader is; with its offset where the clock shows that time twice that night.
fn clock(at: DateTime<Utc>, format: &str, style: &Style) -> String {
    let there = at.with_timezone(&style.zone);
    let twice = matches!(style.zone.from_local_datetime(&there.naive_local()), LocalResult::Ambiguous(..));
    let offset = if twice { there.format(" %:z").to_string() } else { String::new() };
    format!("{}{offset}", there.format(format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_readers_zone_with_their_precision() {
        let style = Style { zone: chrono_tz::America::New_York, ..Style::default() };
        let told = |text: &str| time_of(text.parse().unwrap(), &style);
        assert_eq!(told("2023-01-04T18:05Z"), "13:05");
        assert_eq!(told("2023-01-04T18:05:09.5Z"), "13:05:09");
        assert_eq!(told("~2023-01-04T17:40Z"), "about 12:40");
        assert_eq!(told("unknown"), "time unknown");
        assert_eq!(date_time_of("2023-01-05T01:05Z".parse().unwrap(), &style), "2023-01-04 20:05");
    }

    #[test]
    fn a_time_that_comes_twice_is_told_with_its_offset() {
        let style = Style { zone: chrono_tz::Europe::Paris, ..Style::default() };
        let told = |text: &str| time_of(text.parse().unwrap(), &style);
        assert_eq!(told("2024-10-27T00:59Z"), "02:59 +02:00");
        assert_eq!(told("~2024-10-27T01:00Z"), "about 02:00 +01:00");
        assert_eq!(told("2024-10-27T02:00Z"), "03:00");
        assert_eq!(told("2024-10-26T23:59Z"), "01:59");
        assert_eq!(moment("2024-10-27T01:59:59Z".parse().unwrap(), &style), "2024-10-27 02:59 +01:00");
        let clock = Clock::on_the_day_of(Some("2024-10-27T00:10Z".parse().unwrap()), &style);
        let between = |from: &str, until: &str| clock.between(from.parse().unwrap(), until.parse().unwrap());
        let pair = |from: &str, until: &str| (from.to_owned(), until.to_owned());
        assert_eq!(between("2024-10-27T00:10Z", "2024-10-27T01:10Z"), pair("02:10 +02:00", "02:10 +01:00"));
        assert_eq!(between("2024-10-26T23:50Z", "2024-10-27T02:10Z"), pair("01:50 +02:00", "03:10 +01:00"));
        assert_eq!(between("2024-10-27T02:10Z", "2024-10-27T02:20Z"), pair("03:10", "03:20"));
    }

    #[test]
    fn a_day_and_a_span_are_told_where_the_reader_is() {
        let told = |text: &str, zone| {
            let style = Style { zone, ..Style::default() };
            let when = text.parse().unwrap();
            (time_of(when, &style), date_time_of(when, &style))
        };
        let both = |time: &str, dated: &str| (time.to_owned(), dated.to_owned());
        let (utc, berlin) = (chrono_tz::UTC, chrono_tz::Europe::Berlin);
        assert_eq!(told("2025-08-12", utc), both("that day", "2025-08-12"));
        let across = "2025-08-12 02:00 – 2025-08-13 02:00";
        assert_eq!(told("2025-08-12", berlin), both(across, across));
        assert_eq!(told("2025-08-11T22:00Z/2025-08-12T22:00Z", berlin), both("that day", "2025-08-12"));
        assert_eq!(
            told("2025-08-12T20:00Z/2025-08-12T21:00Z", utc),
            both("20:00–21:00", "2025-08-12 20:00–21:00")
        );
    }

    #[test]
    fn durations_are_told_in_two_units_at_most() {
        let told = |seconds| duration(TimeDelta::seconds(seconds));
        assert_eq!(told(0), "0 s");
        assert_eq!(told(59), "59 s");
        assert_eq!(told(90), "1 min 30 s");
        assert_eq!(told(25 * 60), "25 min");
        assert_eq!(told(-25 * 60), "−25 min");
        assert_eq!(told(3 * 3_600 + 29 * 60), "3 h 29 min");
        assert_eq!(told(86_400 * 2 + 60), "2 d");
    }
}
