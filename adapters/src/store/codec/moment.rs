//! The two moments in a header, read from the exact form in which they are written.
//!
//! A general time parser accepts many forms and costs more than the rest of a header together. Nearly
//! all stored moments have one of three fixed shapes, so those are read by their columns; whatever looks
//! different goes to the general parser, and means the same either way.

use chrono::{DateTime, NaiveDate, Utc};
use scribe_domain::when::{BadWhen, Precision, When};

/// When the store took it: `2023-01-04T18:05:07.000250Z`.
pub(super) fn recorded_at(text: &str) -> Result<DateTime<Utc>, chrono::ParseError> {
    match fixed(text) {
        Some((at, _)) => Ok(at),
        None => DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()),
    }
}

/// When it happened: the wire form of [`When`].
pub(super) fn occurred(text: &str) -> Result<When, BadWhen> {
    let (moment, about) = match text.strip_prefix('~') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    match fixed(moment) {
        Some((at, Precision::Minute)) if about => Ok(When::At(at, Precision::About)),
        Some((at, precision)) if !about => Ok(When::At(at, precision)),
        _ => text.parse(),
    }
}

/// `YYYY-MM-DDTHH:MMZ`, the same with `:SS`, and with `:SS` and one to nine decimals.
fn fixed(text: &str) -> Option<(DateTime<Utc>, Precision)> {
    let text = text.strip_suffix('Z')?.as_bytes();
    let (minute, rest) = text.split_at_checked(16)?;
    let [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _] = minute else { return None };
    let year = number(&minute[..4])?;
    if !(1970..2200).contains(&year) {
        return None;
    }
    let date =
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(&minute[5..7])?, number(&minute[8..10])?)?;
    let (second, nanos, precision) = match rest {
        [] => (0, 0, Precision::Minute),
        [b':', a, b] => (number(&[*a, *b])?, 0, Precision::Second),
        [b':', a, b, b'.', decimals @ ..] if (1..=9).contains(&decimals.len()) => {
            let scale = 10_u32.pow(9 - u32::try_from(decimals.len()).ok()?);
            (number(&[*a, *b])?, number(decimals)? * scale, Precision::Second)
        }
        _ => return None,
    };
    // A leap second would overflow into the nanoseconds: the general parser knows how.
    let time = date.and_hms_nano_opt(number(&minute[11..13])?, number(&minute[14..])?, second, nanos)?;
    Some((time.and_utc(), precision))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use chrono::SecondsFormat;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn odd_forms_mean_what_the_general_parser_says() {
        for text in [
            "2023-01-04T18:05Z",
            "2023-01-04T18:05:07Z",
            "2023-01-04T18:05:07.25Z",
            "~2023-01-04T18:05Z",
            "~2023-01-04T18:05:07Z",
            "2023-01-04",
            "2023-01-04T18:05Z/2023-01-04T19:05Z",
            "2023-01-04T19:05Z/2023-01-04T18:05Z",
            "unknown",
            "2016-12-31T23:59:60Z",
            "2023-02-29T00:00Z",
            "2023-01-04T18:05+01:00",
            "1969-01-01T00:00Z",
            "2023-01-04T18:05:07.Z",
            "2023-01-04 18:05Z",
            "２023-01-04T18:05Z",
            "Z",
            "",
        ] {
            assert_eq!(occurred(text), text.parse(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_written_moment_reads_back(micros in 0_i64..7_258_118_400_000_000, form in 0..6) {
            let at = DateTime::from_timestamp_micros(micros).unwrap();
            let written = at.to_rfc3339_opts(SecondsFormat::Micros, true);
            prop_assert_eq!(recorded_at(&written), Ok(at));
            let when = match form {
                0 => When::second(at),
                1 => When::At(at, Precision::Minute),
                2 => When::At(at, Precision::About),
                3 => When::At(at, Precision::Day),
                4 => When::At(at, Precision::Span(at + chrono::TimeDelta::minutes(90))),
                _ => When::Unknown,
            };
            let wire = when.to_string();
            prop_assert_eq!(occurred(&wire), wire.parse());
            prop_assert_eq!(occurred(&wire).unwrap().to_string(), wire);
        }
    }
}
