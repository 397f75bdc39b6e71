//! The words of a time, taken apart: which day, what time of day, which zone, or how long ago.

use chrono::{Month, NaiveDate, NaiveTime, TimeDelta, Weekday};

use crate::when::{BadWhen, Precision, shown};

/// What was said, as far as it was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) date: Option<Day>,
    pub(super) time: Option<(NaiveTime, Precision)>,
    /// The zone, as it was written.
    pub(super) place: Option<String>,
    /// How long before now; negative if it is still to come.
    pub(super) ago: Option<(TimeDelta, Precision)>,
}

/// A day, as people name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// With its year.
    On(NaiveDate),
    /// A month and a day of it.
    Yearly(u32, u32),
    /// A day of the week; whether today is left out, as in "last Tuesday".
    Weekday(Weekday, bool),
    /// So many days before today.
    Back(i64),
}

impl Told {
    /// Takes a text apart; `bare` says whether a length alone ("30 min") counts as one from now.
    pub(super) fn read(text: &str, bare: bool) -> Result<Self, BadWhen> {
        let form = || BadWhen::Form(shown(text));
        let words = split(text);
        let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        if let Some(told) = relative(&lower, bare) {
            return told.map_err(|Nonsense| form());
        }
        let mut told = Self::default();
        let (mut month, mut day, mut year) = (None, None, None);
        let mut midnight_after = false;
        let mut place = 0;
        while let Some(word) = lower.get(place).copied() {
            let next = lower.get(place + 1).copied();
            let mut taken = 1;
            match word {
                "at" | "on" | "the" | "of" | "o'clock" | "oclock" | "st" | "nd" | "rd" | "th" => {}
                "last" if next == Some("night") => taken = 2,
                "last" if next.is_some_and(|next| weekday(next).is_some()) => {}
                "this" if matches!(next, Some("morning" | "afternoon" | "evening")) => {
                    taken = 2;
                    set(&mut told.date, Day::Back(0)).ok_or_else(form)?;
                }
                "day" if next == Some("before") && lower.get(place + 2) == Some(&"yesterday") => {
                    taken = 3;
                    set(&mut told.date, Day::Back(2)).ok_or_else(form)?;
                }
                "uhr" | "h" if told.time.is_some() => {}
                "today" | "tonight" => set(&mut told.date, Day::Back(0)).ok_or_else(form)?,
                "yesterday" => set(&mut told.date, Day::Back(1)).ok_or_else(form)?,
                "tomorrow" => set(&mut told.date, Day::Back(-1)).ok_or_else(form)?,
                "noon" | "midday" => set(&mut told.time, hour(12)).ok_or_else(form)?,
                "midnight" => set(&mut told.time, hour(0)).ok_or_else(form)?,
                _ if word.starts_with(|c: char| c.is_ascii_digit()) => {
                    let half = next.and_then(half_of_day);
                    match (word, half) {
                        (_, Some(half)) => {
                            taken = 2;
                            set(&mut told.time, twelve_hours(word, half).ok_or_else(form)?)
                                .ok_or_else(form)?;
                        }
                        _ if word.len() <= 2 && matches!(next, Some("h" | "uhr")) => {
                            let minutes = lower.get(place + 2).filter(|next| next.len() == 2);
                            let minutes =
                                minutes.filter(|next| next.bytes().all(|byte| byte.is_ascii_digit()));
                            taken = 2 + usize::from(minutes.is_some());
                            let spelt = format!("{word}:{}", minutes.unwrap_or(&"00"));
                            set(&mut told.time, time(&spelt).ok_or_else(form)?).ok_or_else(form)?;
                        }
                        _ if word.starts_with("24:00") => {
                            midnight_after |= matches!(word, "24:00" | "24:00:00");
                            set(&mut told.time, hour(0)).filter(|()| midnight_after).ok_or_else(form)?;
                        }
                        _ if word.contains(':') => {
                            set(&mut told.time, time(word).ok_or_else(form)?).ok_or_else(form)?;
                        }
                        _ if word.contains(['-', '/', '.']) => {
                            set(&mut told.date, Day::On(date(word)?)).ok_or_else(form)?;
                        }
                        // As soldiers and pilots write it.
                        _ if word.len() == 4 && matches!(next, Some("z" | "zulu")) => {
                            let spelt = format!("{}:{}", &word[..2], &word[2..]);
                            set(&mut told.time, time(&spelt).ok_or_else(form)?).ok_or_else(form)?;
                        }
                        _ if word.len() == 4 => {
                            set(&mut year, word.parse::<i32>().map_err(|_| form())?).ok_or_else(form)?;
                        }
                        _ => {
                            set(&mut day, word.parse::<u32>().map_err(|_| form())?).ok_or_else(form)?;
                        }
                    }
                }
                _ if word.starts_with(['+', '-', '\u{2212}']) => {
                    // `UTC+2` is one place; any other would be two.
                    let before = told.place.take();
                    if before.is_some_and(|before| !matches!(&*before.to_lowercase(), "utc" | "gmt")) {
                        return Err(form());
                    }
                    told.place = Some(word.to_owned());
                }
                _ => {
                    if let Some(weekday) = weekday(word) {
                        let strictly = place > 0 && lower[place - 1] == "last";
                        // Beside a date it only says the same again.
                        if told.date.is_none() {
                            told.date = Some(Day::Weekday(weekday, strictly));
                        }
                    } else if let Some(number) = month_number(word) {
                        set(&mut month, number).ok_or_else(form)?;
                    } else {
                        set(&mut told.place, words[place].to_owned()).ok_or_else(form)?;
                    }
                }
            }
            place += taken;
        }
        told.date = with_year(told.date, month, day, year)
            .and_then(|date| if midnight_after { next_day(date) } else { Ok(date) })
            .map_err(|Nonsense| form())?;
        if told.date.is_none() && told.time.is_none() { Err(form()) } else { Ok(told) }
    }
}

/// The day that a month, its day and perhaps a year name, beside what was named already.
fn with_year(
    date: Option<Day>,
    month: Option<u32>,
    day: Option<u32>,
    year: Option<i32>,
) -> Result<Option<Day>, Nonsense> {
    let (month, day) = match (month, day, year) {
        (None, None, None) => return Ok(date),
        (Some(month), Some(day), _) => (month, day),
        _ => return Err(Nonsense),
    };
    // A day of the week before it only says the same again.
    if !matches!(date, None | Some(Day::Weekday(..))) {
        return Err(Nonsense);
    }
    let named = match year {
        Some(year) => NaiveDate::from_ymd_opt(year, month, day).map(Day::On),
        // A leap year, so that 29 February is a day.
        None => NaiveDate::from_ymd_opt(2000, month, day).map(|_| Day::Yearly(month, day)),
    };
    named.map(Some).ok_or(Nonsense)
}

/// A day's 24:00 is the next one's midnight.
fn next_day(date: Option<Day>) -> Result<Option<Day>, Nonsense> {
    match date {
        None => Ok(None),
        Some(Day::On(day)) => day.succ_opt().map(|day| Some(Day::On(day))).ok_or(Nonsense),
        Some(Day::Back(days)) => Ok(Some(Day::Back(days - 1))),
        Some(Day::Yearly(..) | Day::Weekday(..)) => Err(Nonsense),
    }
}

fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    match place.replace(value) {
        None => Some(()),
        Some(_) => None,
    }
}

/// Numbers and words, each for itself: `5pm` are two, and so is `20:00Z`.
fn split(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '0'..='9' => rest.find(|c: char| !(c.is_ascii_digit() || ":./-".contains(c))),
            '+' | '-' | '\u{2212}' => rest
                .char_indices()
                .skip(1)
                .find(|(_, c)| !(c.is_ascii_digit() || *c == ':'))
                .map(|(at, _)| at),
            _ => rest.char_indices().skip(1).find(|(at, c)| ends_word(&rest[..*at], *c)).map(|(at, _)| at),
        };
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        // A number may be followed by an offset: `20:00-05:00`.
        let (word, after) = match word.find('-').filter(|_| word.contains(':') && first.is_ascii_digit()) {
            Some(at) => rest.split_at(at),
            None => (word, after),
        };
        words.push(word.trim_end_matches(['.', '/']));
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    }
    words
}

fn ends_word(word: &str, next: char) -> bool {
    let in_name = word.contains('/');
    !(next.is_alphabetic()
        || "/_.'".contains(next)
        || (in_name && (next.is_ascii_digit() || "+-".contains(next))))
}

/// It begins like a time that is known here, and does not go on so.
struct Nonsense;

/// "10 min ago", "in 2 h", "now"; `None` if it is nothing of the kind.
fn relative(words: &[&str], bare: bool) -> Option<Result<Told, Nonsense>> {
    let ago = |length, precision| Told { ago: Some((length, precision)), ..Told::default() };
    let (sign, amounts) = match words {
        ["now"] | ["just" | "right", "now"] => return Some(Ok(ago(TimeDelta::zero(), Precision::Second))),
        ["in", amounts @ ..] => (-1, amounts),
        [amounts @ .., "ago" | "earlier" | "back"] => (1, amounts),
        // "3 days ago at 14:05"
        [.., "ago", "at", _] | [.., "ago", _] => return Some(days_ago(words).ok_or(Nonsense)),
        amounts if bare && amounts_of(amounts).is_some() => (-1, amounts),
        _ => return None,
    };
    let Some((length, precision, days)) = amounts_of(amounts) else { return Some(Err(Nonsense)) };
    Some(Ok(match days {
        Some(days) => Told { date: Some(Day::Back(days * sign)), ..Told::default() },
        None => ago(length * i32::try_from(sign).unwrap_or(1), precision),
    }))
}

fn days_ago(words: &[&str]) -> Option<Told> {
    let at = words.iter().position(|word| *word == "ago")?;
    let (_, _, days) = amounts_of(&words[..at])?;
    let rest = words[at + 1..].join(" ");
    let told = Told::read(&rest, false).ok().filter(|told| told.date.is_none() && told.ago.is_none())?;
    Some(Told { date: Some(Day::Back(days?)), ..told })
}

/// How long, how exactly that is meant, and how many days it is if nothing smaller was said.
fn amounts_of(words: &[&str]) -> Option<(TimeDelta, Precision, Option<i64>)> {
    let mut words = words;
    let (mut length, mut precision, mut only_days) = (TimeDelta::zero(), Precision::Day, true);
    while let [first, rest @ ..] = words {
        let (count, unit, rest) = match (*first, rest) {
            ("and", _) => {
                words = rest;
                continue;
            }
            ("half", ["a" | "an", "hour", rest @ ..]) => (30, "about a minute", rest),
            ("a", ["half", rest @ ..]) if length == TimeDelta::hours(1) => (30, "about a minute", rest),
            ("a", ["couple", "of", unit, rest @ ..]) => (2, *unit, rest),
            ("a" | "an", [unit, rest @ ..]) => (1, *unit, rest),
            (count, ["and", "a", "half", "hours", rest @ ..]) => {
                (number(count)?.checked_mul(60)?.checked_add(30)?, "about a minute", rest)
            }
            (count, [unit, rest @ ..]) if count.contains('.') => {
                let (whole, part) = count.split_once('.')?;
                let (whole, tenths): (u32, u32) = (whole.parse().ok()?, part.parse().ok()?);
                if part.len() != 1 || !matches!(*unit, "h" | "hr" | "hrs" | "hour" | "hours") {
                    return None;
                }
                (whole.checked_mul(60)?.checked_add(tenths * 6)?, "about a minute", rest)
            }
            (count, [unit, rest @ ..]) => (number(count)?, *unit, rest),
            _ => return None,
        };
        let (seconds, told) = match unit {
            "s" | "sec" | "secs" | "second" | "seconds" => (1, Precision::Second),
            "m" | "min" | "mins" | "minute" | "minutes" => (60, Precision::Minute),
            "about a minute" => (60, Precision::About),
            "h" | "hr" | "hrs" | "hour" | "hours" => (3_600, Precision::About),
            "d" | "day" | "days" => (86_400, Precision::Day),
            "w" | "week" | "weeks" => (604_800, Precision::Day),
            "fortnight" => (1_209_600, Precision::Day),
            _ => return None,
        };
        only_days &= told == Precision::Day;
        precision = precision.min(told);
        length += TimeDelta::try_seconds(i64::from(count) * seconds)?;
        words = rest;
    }
    let days = (only_days && length > TimeDelta::zero()).then(|| length.num_days());
    (length > TimeDelta::zero()).then_some((length, precision, days))
}

/// A number in digits or in words.
fn number(word: &str) -> Option<u32> {
    const WORDS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let spelt = || WORDS.iter().position(|one| *one == word).and_then(|at| u32::try_from(at + 1).ok());
    word.parse().ok().or_else(spelt)
}

fn hour(hour: u32) -> (NaiveTime, Precision) {
    (NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default(), Precision::Minute)
}

/// `14:05`, `9:05`, `14:05:09`, `14:05:09.25`.
fn time(word: &str) -> Option<(NaiveTime, Precision)> {
    let mut parts = word.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next());
    if hour.len() > 2 || minute.len() != 2 || parts.next().is_some() {
        return None;
    }
    match second {
        None => {
            let time = NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)?;
            Some((time, Precision::Minute))
        }
        Some(second) => {
            let spelt = format!("{hour:0>2}:{minute}:{second}");
            Some((NaiveTime::parse_from_str(&spelt, "%H:%M:%S%.f").ok()?, Precision::Second))
        }
    }
}

/// Whether it is after noon: what stands behind a time of twelve hours.
fn half_of_day(word: &str) -> Option<bool> {
    match word {
        "am" | "a.m" => Some(false),
        "pm" | "p.m" => Some(true),
        _ => None,
    }
}

fn twelve_hours(word: &str, afternoon: bool) -> Option<(NaiveTime, Precision)> {
    let spelt = match word.split_once('.') {
        Some((hour, minutes)) => format!("{hour}:{minutes}"),
        None if word.contains(':') => word.to_owned(),
        None => format!("{word}:00"),
    };
    let (hour, rest) = spelt.split_once(':')?;
    let hour: u32 = hour.parse().ok().filter(|hour| (1..=12).contains(hour))?;
    time(&format!("{}:{rest}", hour % 12 + if afternoon { 12 } else { 0 }))
}

/// A date in numbers. With the year first there is one way to read it; else a day and a month must tell themselves
/// apart.
fn date(word: &str) -> Result<NaiveDate, BadWhen> {
    let form = || BadWhen::Form(shown(word));
    let mut parts = word.split(['-', '/', '.']);
    let (Some(a), Some(b), Some(c), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(form());
    };
    let number = |text: &str| text.parse::<u32>().map_err(|_| form());
    let (first, second, third) = (number(a)?, number(b)?, number(c)?);
    let on = |year: u32, month, day| {
        i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
    };
    if a.len() == 4 {
        return on(first, second, third).ok_or_else(form);
    }
    if c.len() != 4 {
        return Err(form());
    }
    match (on(third, second, first), on(third, first, second)) {
        (Some(day_first), Some(month_first)) if day_first != month_first => {
            Err(BadWhen::Date(shown(word), day_first, month_first))
        }
        (Some(day), _) | (None, Some(day)) => Ok(day),
        (None, None) => Err(form()),
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    word.trim_end_matches('.').parse().ok()
}

fn month_number(word: &str) -> Option<u32> {
    match word.trim_end_matches('.') {
        "sept" => Some(9),
        name => name.parse::<Month>().ok().map(|month| month.number_from_month()),
    }
}
