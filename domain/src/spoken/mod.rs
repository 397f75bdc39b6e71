//! Times as people say them: `10 min ago`, `yesterday 23:00`, `14:05`, `Tuesday 2:50 pm`, `Jan 4 13:05 PST`,
//! `about 02:50 UTC`, `2025-08-12`, `2025-08-12 20:00 to 21:00`.
//!
//! They mean something only where it is known what time it is, so they are read where something is told live (the
//! command line, `occurred` over HTTP), and never in what is stored or imported. Libraries for this guess where two
//! readings are possible (`EST`, `08/12/2025`), take a bare `23:50` for one that is still to come, and know neither a
//! day nor a span as a precision of its own; so it is read here. What can be read in two ways is refused, with both.

mod forms;
mod words;

use chrono::{
    DateTime, Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Utc,
};
use chrono_tz::Tz;

use crate::when::{BadWhen, Precision, When, shown};
use crate::zones::Place;
use words::{Day, Told};

/// How far ahead of now something may be told to have happened: clocks differ by as much.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(1);

/// Where and when something is said.
#[derive(Debug, Clone, Copy)]
pub struct Here {
    /// What time it is.
    pub now: DateTime<Utc>,
    /// The zone for what names none.
    pub zone: Option<Tz>,
    /// Which of many moments a time of day alone means.
    pub lean: Lean,
}

/// Which of the many moments that fit is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lean {
    /// The latest that has been: for what happened.
    Past,
    /// The next: for when to ask again.
    Ahead,
}

/// Reads a time, in the forms of [`When::parse`] or in people's words.
pub fn hear(text: &str, here: Here) -> Result<When, BadWhen> {
    match read(text, here)? {
        When::At(at, _) if is_no_second(at) => Err(BadWhen::Form(shown(text.trim()))),
        when => Ok(when),
    }
}

/// A sixtieth second that no clock has shown: it is inserted at the end of June or of December, by UTC.
fn is_no_second(at: DateTime<Utc>) -> bool {
    let inserted =
        (at.hour(), at.minute()) == (23, 59) && matches!((at.month(), at.day()), (6, 30) | (12, 31));
    at.nanosecond() >= 1_000_000_000 && !inserted
}

fn read(text: &str, here: Here) -> Result<When, BadWhen> {
    let text = text.trim();
    let said = &*match When::parse(text, here.zone) {
        Err(BadWhen::Form(_) | BadWhen::NoZone(_) | BadWhen::Zone(_)) => forms::plain(text),
        read => return read,
    };
    let (about, rest) = without_about(said.strip_prefix("at ").unwrap_or(said).trim_start());
    let first = match When::parse(said, here.zone) {
        Err(error @ (BadWhen::Form(_) | BadWhen::NoZone(_) | BadWhen::Zone(_))) => error,
        read => return read,
    };
    let read = match ends(rest) {
        Some((from, to)) => span(from, to, said, here),
        None => {
            Told::read(&spread(rest), here.lean == Lean::Ahead).and_then(|told| resolve(&told, said, here))
        }
    };
    match read {
        Ok(When::At(at, precision)) if about && precision != Precision::Day => {
            When::precisely(at, Precision::About)
        }
        // What was nearly right in a plain form is told about that form.
        Err(BadWhen::Form(_)) => Err(match first {
            BadWhen::NoZone(_) | BadWhen::Form(_) => BadWhen::Form(shown(said)),
            zone => zone,
        }),
        // A word that is none of ours was hardly meant for a zone.
        Err(BadWhen::Zone(name)) if !name.contains('/') && matches!(first, BadWhen::Form(_)) => {
            Err(BadWhen::Form(shown(said)))
        }
        read => read,
    }
}

/// Whether it lies further ahead of now than clocks differ.
pub fn is_ahead(when: When, now: DateTime<Utc>) -> bool {
    when.at().is_some_and(|at| at > now + TOLERANCE)
}

/// What somebody most likely meant by a time that is still to come: the same time of day on the latest day that has
/// been, or the same day of an earlier year.
pub fn likely(when: When, here: Here) -> Option<String> {
    let zone = here.zone.unwrap_or(Tz::UTC);
    let (at, now) = (when.at()?, here.now.with_timezone(&zone));
    let local = at.with_timezone(&zone).naive_local();
    if at - here.now > TimeDelta::days(2) {
        let same_day = (0..2).find_map(|back| {
            let year = now.year() - back;
            let day = NaiveDate::from_ymd_opt(year, local.month(), local.day())?;
            let earlier = Place::Zone(zone).moment(day.and_time(local.time())).ok()?;
            (earlier <= here.now && year != local.year()).then_some(day.and_time(local.time()))
        });
        return same_day.map(|local| format!("{} {zone}", local.format("%Y-%m-%d %H:%M")));
    }
    let latest = latest_at(local.time(), Place::Zone(zone), here).ok()?.with_timezone(&zone);
    let word = match (now.date_naive() - latest.date_naive()).num_days() {
        0 => "today",
        1 => "yesterday",
        _ => return None,
    };
    Some(format!("{word} {}", latest.format("%H:%M")))
}

fn without_about(text: &str) -> (bool, &str) {
    const WORDS: [&str; 9] =
        ["about ", "around ", "approximately ", "approx. ", "approx ", "roughly ", "circa ", "ca. ", "ca "];
    if let Some(rest) = text.strip_prefix('~') {
        return (true, rest.trim_start());
    }
    let lower = text.to_ascii_lowercase();
    match WORDS.iter().find(|word| lower.starts_with(**word)) {
        Some(word) => (true, text[word.len()..].trim_start()),
        None => (false, text),
    }
}

/// The two ends of a span.
fn ends(text: &str) -> Option<(&str, &str)> {
    let lower = text.to_ascii_lowercase();
    let at = |start: usize, separator: &str| {
        let found = lower[start..].find(separator)? + start;
        Some((text[start..found].trim(), text[found + separator.len()..].trim()))
    };
    if lower.starts_with("between ") {
        return at(8, " and ");
    }
    let start = if lower.starts_with("from ") { 5 } else { 0 };
    let spelt = [" to ", " until ", " till ", "–", "—", " - "].iter().find_map(|word| at(start, word));
    // Two times of day with a hyphen; behind a date it would be an offset.
    let hyphen = || {
        let (from, to) = text.split_once('-')?;
        let is_time = |text: &str| text.contains(':') && !text.contains(['-', ' ', '/']);
        (is_time(from) && is_time(to)).then_some((from, to))
    };
    spelt.or_else(hyphen)
}

fn span(from: &str, to: &str, said: &str, here: Here) -> Result<When, BadWhen> {
    let plain = |text: &str| When::parse(text, here.zone).ok().filter(|when| when.at().is_some());
    if let (Some(from), Some(to)) = (plain(from), plain(to))
        && let (Some(from), Some(to)) = (from.at(), to.until())
    {
        return When::span(from, to, said);
    }
    let form = |_| BadWhen::Form(shown(said));
    let (mut first, mut last) =
        (Told::read(&spread(from), false).map_err(form)?, Told::read(&spread(to), false).map_err(form)?);
    first.place = first.place.or_else(|| last.place.clone());
    last.place = last.place.or_else(|| first.place.clone());
    let place = place_of(&first, here)?;
    let local = |when: When| when.at().zip(place).map(|(at, place)| local_of(at, place));
    // Whichever names its day says which day the other is on.
    if last.date.is_none() && last.ago.is_none() && (first.date.is_some() || first.ago.is_some()) {
        let from = local(resolve(&first, said, here)?).ok_or_else(|| BadWhen::NoZone(shown(said)))?;
        let wraps = last.time.is_some_and(|(time, _)| time <= from.time());
        last.date = from.date().checked_add_days(Days::new(u64::from(wraps))).map(Day::On);
    } else if first.date.is_none() && first.ago.is_none() {
        let to = local(resolve(&last, said, here)?).ok_or_else(|| BadWhen::NoZone(shown(said)))?;
        let wraps = first.time.is_some_and(|(time, _)| time >= to.time());
        first.date = to.date().checked_sub_days(Days::new(u64::from(wraps))).map(Day::On);
        last.date = Some(Day::On(to.date()));
    }
    let (from, to) = (resolve(&first, said, here)?, resolve(&last, said, here)?);
    match (from.at(), to.until()) {
        (Some(from), Some(to)) => When::span(from, to, said),
        _ => Err(BadWhen::Form(shown(said))),
    }
}

/// A `T` between date and time reads as a space.
fn spread(text: &str) -> String {
    match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b't', b'0'..=b'9', ..] => {
            format!("{} {}", &text[..10], &text[11..])
        }
        _ => text.to_owned(),
    }
}

/// Where the clock stands; the time of the year decides what an abbreviation means.
fn place_of(told: &Told, here: Here) -> Result<Option<Place>, BadWhen> {
    let Some(name) = &told.place else { return Ok(here.zone.map(Place::Zone)) };
    let now = here.now.naive_utc();
    let time = told.time.map_or(NaiveTime::MIN, |(time, _)| time);
    let day = match told.date {
        Some(Day::On(day)) => day,
        Some(Day::Yearly(month, day)) => {
            NaiveDate::from_ymd_opt(now.year(), month, day).unwrap_or(now.date())
        }
        _ => now.date(),
    };
    Place::behind(name, day.and_time(time)).map(Some)
}

fn resolve(told: &Told, said: &str, here: Here) -> Result<When, BadWhen> {
    if let Some((ago, precision)) = told.ago {
        let at = here.now.checked_sub_signed(ago).ok_or_else(|| BadWhen::Form(shown(said)))?;
        return When::precisely(at, precision);
    }
    let place = place_of(told, here)?;
    let Some((time, precision)) = told.time else {
        let place = place.unwrap_or(Place::UTC);
        let Some(date) = told.date else { return Err(BadWhen::Form(shown(said))) };
        let day = fitting(days(date, place, here), here, |day| place.moment(day.and_time(NaiveTime::MIN)))?;
        return match (day, place) {
            (Some(at), Place::Zone(zone)) => When::day(local_of(at, place).date(), zone),
            (Some(at), Place::Offset(_)) => When::span(at, at + TimeDelta::days(1), said),
            (None, _) => Err(BadWhen::Form(shown(said))),
        };
    };
    let place = place.ok_or_else(|| BadWhen::NoZone(shown(said)))?;
    let at = match told.date {
        None if here.lean == Lean::Past => latest_at(time, place, here)?,
        date => {
            let days = date.map_or_else(|| around(here, place), |date| days(date, place, here));
            fitting(days, here, |day| place.moment(day.and_time(time)))?
                .ok_or_else(|| BadWhen::Form(shown(said)))?
        }
    };
    When::precisely(at, precision)
}

/// The latest moment, not after now, at which clocks there show this time of day.
fn latest_at(time: NaiveTime, place: Place, here: Here) -> Result<DateTime<Utc>, BadWhen> {
    let days = around(here, place);
    fitting(days, Here { lean: Lean::Past, ..here }, |day| place.moment(day.and_time(time)))?
        .ok_or_else(|| BadWhen::Form(time.to_string()))
}

fn around(here: Here, place: Place) -> Vec<NaiveDate> {
    let today = local_of(here.now, place).date();
    let days =
        [1, 0, -1, -2].into_iter().filter_map(|ahead| today.checked_add_signed(TimeDelta::days(ahead)));
    days.collect()
}

/// The days that a name may mean, the latest first.
fn days(date: Day, place: Place, here: Here) -> Vec<NaiveDate> {
    let today = local_of(here.now, place).date();
    match date {
        Day::On(day) => vec![day],
        Day::Back(days) => today.checked_sub_signed(TimeDelta::days(days)).into_iter().collect(),
        Day::Yearly(month, day) => {
            let years = (-8..=8).rev().map(|ahead| today.year() + ahead);
            years.filter_map(|year| NaiveDate::from_ymd_opt(year, month, day)).collect()
        }
        Day::Weekday(weekday, strictly) => (-7..=7)
            .rev()
            .filter_map(|ahead| today.checked_add_signed(TimeDelta::days(ahead)))
            .filter(|day| day.weekday() == weekday && !(strictly && *day >= today))
            .collect(),
    }
}

/// The day's moment that is meant. A day that can only be one is that one, wherever it lies.
fn fitting(
    days: Vec<NaiveDate>,
    here: Here,
    moment: impl Fn(NaiveDate) -> Result<DateTime<Utc>, BadWhen>,
) -> Result<Option<DateTime<Utc>>, BadWhen> {
    if let [day] = days[..] {
        return moment(day).map(Some);
    }
    let mut best = None;
    for day in days {
        let at = match moment(day) {
            Ok(at) => at,
            // A local time that never was, or was twice, matters only on the day that is meant.
            Err(error) => {
                let near = day.and_time(NaiveTime::MIN).and_utc();
                if (near - here.now).abs() < TimeDelta::days(1) && best.is_none() {
                    return Err(error);
                }
                continue;
            }
        };
        match here.lean {
            Lean::Past if at <= here.now + TOLERANCE => return Ok(Some(at)),
            Lean::Ahead if at >= here.now => best = Some(at),
            Lean::Past | Lean::Ahead => {}
        }
    }
    Ok(best)
}

fn local_of(at: DateTime<Utc>, place: Place) -> NaiveDateTime {
    match place {
        Place::Offset(offset) => at.with_timezone(&offset).naive_local(),
        Place::Zone(zone) => at.with_timezone(&zone).naive_local(),
    }
}

#[cfg(test)]
mod tests;
