//! The clock of whoever sends a command. It decides no recorded time; but it says when something happened where that is
//! told as "now", and it may be wrong.
//!
//! A request says what its sender's clock says as it is sent, and whether `occurred` was read off that clock: then, or
//! long before, where it waited to be sent. The difference between the two clocks is measured when it is received, and
//! so far what was read off the sender's is put right. What a person told stays as it was told.

use axum::http::{HeaderMap, HeaderName};
use chrono::{DateTime, SecondsFormat, SubsecRound as _, TimeDelta, Utc};
use scribe_domain::when::{Precision, When};

use super::outcome::PutRight;
use super::submission::Submission;
use crate::clock::without_leap;
use crate::http::problem::Problem;

/// What the clock says: the sender's of a request, the server's of an answer.
pub const CLOCK: HeaderName = HeaderName::from_static("scribe-clock");
/// By what it is known when it happened: `clock`, where it was read off the sender's.
pub const OCCURRED_BY: HeaderName = HeaderName::from_static("scribe-occurred-by");

/// A moment as these headers have it.
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(text.trim()).ok()?;
    Some(without_leap(at.with_timezone(&Utc)))
}

/// The same, written.
pub fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Puts right when it happened, where that was read off a clock that differs from this one by more than is tolerated.
pub(crate) fn put_right(
    said: &mut Submission,
    headers: &HeaderMap,
    now: DateTime<Utc>,
    tolerance: TimeDelta,
) -> Result<Option<PutRight>, Problem> {
    let read_off = match headers.get(&OCCURRED_BY) {
        None => false,
        Some(by) if by.as_bytes() == b"clock" => true,
        Some(_) => {
            return Err(Problem::Header {
                name: "scribe-occurred-by",
                what: "is not `clock`".into(),
                hint: "send `clock` if `occurred` was read off the sender's clock, else leave it out",
            });
        }
    };
    let Some(clock) = headers.get(&CLOCK) else { return Ok(None) };
    let clock = clock.to_str().ok().and_then(moment).ok_or_else(|| Problem::Header {
        name: "scribe-clock",
        what: "is no time".into(),
        hint: "send what your clock says in RFC 3339, such as 2026-11-28T12:00:00.123Z, or leave it out",
    })?;
    let ahead = clock - now;
    if ahead.abs() <= tolerance {
        return Ok(None);
    }
    let told = match (said.is_told, read_off) {
        // It was told by nobody: it is now, by this clock.
        (false, _) => When::second(clock.trunc_subsecs(0)),
        (true, true) => said.occurred,
        (true, false) => return Ok(None),
    };
    if said.is_told {
        said.occurred = moved(told, -ahead);
    }
    Ok(Some(PutRight { told, occurred: said.occurred, ahead: ahead.num_seconds() }))
}

/// The same, so much later.
fn moved(when: When, by: TimeDelta) -> When {
    let later = |at: DateTime<Utc>| at.checked_add_signed(by).map(|at| at.trunc_subsecs(0));
    match when {
        When::At(at, Precision::Span(until)) => match (later(at), later(until)) {
            (Some(at), Some(until)) => When::At(at, Precision::Span(until)),
            _ => When::Unknown,
        },
        When::At(at, precision) => later(at).map_or(When::Unknown, |at| When::At(at, precision)),
        When::Unknown => When::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::http::wire::body::Written;
    use crate::http::wire::submission;

    const NOW: &str = "2026-11-28T12:00:00Z";

    /// What becomes of it: what is recorded, and what was told if that was put right.
    fn came_to(occurred: Option<&str>, headers: &[(HeaderName, &str)]) -> (String, Option<(String, i64)>) {
        let now = moment(NOW).unwrap();
        let occurred = occurred.map(|at| format!(r#","occurred":"{at}""#)).unwrap_or_default();
        let body = Written::Json(format!(r#"{{"actor":"Ada","text":"x"{occurred}}}"#).into());
        let mut said = submission::read("note", &body, now, None).unwrap();
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect();
        let put_right = put_right(&mut said, &headers, now, TimeDelta::minutes(2)).unwrap();
        (said.occurred.to_string(), put_right.map(|right| (right.told.to_string(), right.ahead)))
    }

    fn told(at: &str) -> String {
        at.parse::<When>().unwrap().to_string()
    }

    #[test]
    fn now_is_now_by_this_clock_and_what_the_other_said_is_kept() {
        assert_eq!(came_to(None, &[]), (told(NOW), None));
        assert_eq!(came_to(None, &[(CLOCK, "2026-11-28T11:58:00.5Z")]), (told(NOW), None));
        let behind = came_to(None, &[(CLOCK, "2026-11-28T10:00:00.5Z")]);
        assert_eq!(behind, (told(NOW), Some((told("2026-11-28T10:00:00Z"), -7_199))));
    }

    #[test]
    fn what_waited_is_put_right_by_the_clocks_difference_and_not_to_when_it_is_sent() {
        // Typed at 08:30 by a clock that is two hours behind: at 10:30.
        let waited =
            came_to(Some("2026-11-28T08:30:00Z"), &[(CLOCK, "2026-11-28T10:00:00Z"), (OCCURRED_BY, "clock")]);
        assert_eq!(waited, (told("2026-11-28T10:30:00Z"), Some((told("2026-11-28T08:30:00Z"), -7_200))));
        // Likewise ahead, which would be in the future.
        let ahead =
            came_to(Some("2026-11-28T13:30:00Z"), &[(CLOCK, "2026-11-28T14:00:00Z"), (OCCURRED_BY, "clock")]);
        assert_eq!(ahead, (told("2026-11-28T11:30:00Z"), Some((told("2026-11-28T13:30:00Z"), 7_200))));
        // A right clock leaves it as it is.
        let right = came_to(Some("2026-11-28T08:30:00Z"), &[(CLOCK, NOW), (OCCURRED_BY, "clock")]);
        assert_eq!(right, (told("2026-11-28T08:30:00Z"), None));
    }

    #[test]
    fn what_a_person_told_stays_as_told() {
        let stays = came_to(Some("2026-11-28T08:30:00Z"), &[(CLOCK, "2026-11-28T10:00:00Z")]);
        assert_eq!(stays, (told("2026-11-28T08:30:00Z"), None));
    }

    #[test]
    fn a_clock_at_1970_and_one_within_a_leap_second_are_read() {
        let (occurred, right) = came_to(None, &[(CLOCK, "1970-01-01T00:00:12Z")]);
        assert_eq!((occurred, right.unwrap().0), (told(NOW), told("1970-01-01T00:00:12Z")));
        let far =
            came_to(Some("1970-01-01T00:00:02Z"), &[(CLOCK, "1970-01-01T00:00:12Z"), (OCCURRED_BY, "clock")]);
        assert_eq!(far.0, told("2026-11-28T11:59:50Z"));
        assert_eq!(
            moment("2016-12-31T23:59:60.5Z").unwrap().to_rfc3339(),
            "2016-12-31T23:59:59.999999+00:00"
        );
    }

    #[test]
    fn headers_that_cannot_be_read_are_refused() {
        let now = moment(NOW).unwrap();
        for (name, value) in [(CLOCK, "noon"), (CLOCK, ""), (OCCURRED_BY, "me")] {
            let body = Written::Json(r#"{"actor":"Ada","text":"x"}"#.into());
            let mut said = submission::read("note", &body, now, None).unwrap();
            let headers = HeaderMap::from_iter([(name.clone(), HeaderValue::from_static(value))]);
            let refused = put_right(&mut said, &headers, now, TimeDelta::minutes(2));
            assert!(matches!(refused, Err(Problem::Header { .. })), "{name}: {value}");
        }
    }
}
