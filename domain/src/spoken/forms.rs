//! Ways of writing a time that machines and other scripts have, put into the one that people's words are read in.

use chrono::{DateTime, NaiveDate};
use unicode_normalization::UnicodeNormalization as _;

use crate::alike;

/// The same time in plain digits: full-width and other scripts' digits, a fraction behind a comma, ISO 8601 without
/// its hyphens, by weeks or with a slash between two ends, and seconds since 1970.
pub(super) fn plain(said: &str) -> String {
    let digits: String = said.nfkc().map(|c| alike::digit(c).unwrap_or(c)).collect();
    let digits = digits.replace('\u{2236}', ":");
    since_1970(&digits)
        .or_else(|| by_weeks(&digits))
        .or_else(|| without_hyphens(&digits))
        .or_else(|| interval(&digits))
        .unwrap_or_else(|| fraction(&digits))
}

/// `@1723460000`, or as many digits as only a machine writes.
fn since_1970(text: &str) -> Option<String> {
    let told = text.strip_prefix('@').unwrap_or(text);
    if told.is_empty() || !told.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = told.parse().ok()?;
    let at = match told.len() {
        10 => DateTime::from_timestamp(number, 0)?,
        13 => DateTime::from_timestamp_millis(number)?,
        _ => return None,
    };
    Some(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}

/// `2025-W33-2`, and what stands behind it.
fn by_weeks(text: &str) -> Option<String> {
    let (day, rest) = text.split_at_checked(10)?;
    let day = NaiveDate::parse_from_str(&day.to_ascii_uppercase(), "%G-W%V-%u").ok()?;
    Some(format!("{day}{rest}"))
}

/// `20250812T1405Z`.
fn without_hyphens(text: &str) -> Option<String> {
    let (day, rest) = text.split_at_checked(8)?;
    if !day.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let day = NaiveDate::parse_from_str(day, "%Y%m%d").ok()?;
    let Some(time) = rest.strip_prefix(['T', 't']) else {
        return rest.is_empty().then(|| day.to_string());
    };
    let end = time.find(|c: char| !c.is_ascii_digit()).unwrap_or(time.len());
    let (time, zone) = time.split_at(end);
    let time = match time.len() {
        4 => format!("{}:{}", &time[..2], &time[2..]),
        6 => format!("{}:{}:{}", &time[..2], &time[2..4], &time[4..]),
        _ => return None,
    };
    Some(format!("{day}T{time}{zone}"))
}

/// `2025-08-12/2025-08-13`.
fn interval(text: &str) -> Option<String> {
    let (from, to) = text.split_once('/')?;
    let begins_with_a_day =
        |text: &str| text.get(..10).is_some_and(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok());
    (begins_with_a_day(from) && begins_with_a_day(to)).then(|| format!("{from} to {to}"))
}

/// `14:05:00,123`, as many programs log it.
fn fraction(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_point = |at: usize| {
        at >= 6
            && (bytes[at - 3], bytes[at - 6]) == (b':', b':')
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
    };
    match text.find(',').filter(|at| is_point(*at)) {
        Some(at) => format!("{}.{}", &text[..at], &text[at + 1..]),
        None => text.to_owned(),
    }
}
