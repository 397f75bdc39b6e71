//! Whether the clock is right by which something is recorded: a line about it, where it is not.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::{HeaderValue, Request, Response};
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use scribe_domain::clocks::{Ahead, TOLERANCE};
use scribe_projections::document::time::duration;

use super::terminal::{printable, say};
use crate::clock::check::{ClockReport, told};
use crate::clock::{YEARS, system};
use crate::http::PutRight;
use crate::http::sender_clock::{CLOCK, moment, written};

/// Tells a server what this machine's clock says.
pub(super) fn say_it<B>(request: &mut Request<B>) -> DateTime<Utc> {
    let now = system()();
    if YEARS.contains(&now.year())
        && let Ok(now) = HeaderValue::try_from(written(now))
    {
        request.headers_mut().insert(CLOCK, now);
    }
    now
}

/// What a server says of its own: told once if it differs for certain by more than is usual.
pub(super) fn hear<B>(answer: &Response<B>, asked: DateTime<Utc>, was_told: &AtomicBool) {
    let said = answer.headers().get(&CLOCK).and_then(|said| moment(said.to_str().ok()?));
    let now = system()();
    if let Some(note) = said.and_then(|said| differs(asked, said, now))
        && !was_told.swap(true, Ordering::Relaxed)
    {
        say(&note);
    }
}

/// That the server's clock said this between these two moments of the own one, if that cannot be.
fn differs(asked: DateTime<Utc>, said: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
    // A feed that was asked for long ago began its answer long ago: the first bound is wide, and so it says nothing.
    let ahead = Ahead { at_least: Some(asked - said), at_most: now - said };
    let by = ahead.beyond(TOLERANCE)?;
    let by = ahead.likely().unwrap_or(by);
    // To the nearest second: nobody's clock is two hours behind less a thousandth.
    let by = TimeDelta::seconds((by.num_milliseconds() + 500).div_euclid(1_000));
    let side = if by < TimeDelta::zero() { "behind" } else { "ahead of" };
    Some(format!(
        "note: this machine's clock says {}, {} {side} the server's: what is told as now is recorded by the server's",
        told(now),
        duration(by.abs()),
    ))
}

/// The same of the clock by which this process records, if something speaks against it.
pub fn note(report: &ClockReport) {
    if let Some(against) = report.against().next() {
        say(&printable(&format!("note: {}", against.what)));
    }
}

/// That something is recorded to have happened at another time than this machine's clock said.
pub fn right_put(PutRight { told, occurred, .. }: PutRight) -> String {
    format!("note: when it happened was put right from {told} to {occurred}; both are kept")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_clock_that_differs_is_told_and_a_slow_answer_is_not() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (asked, now) = (at("2026-11-28T12:00:00Z"), at("2026-11-28T12:00:01Z"));
        assert_eq!(differs(asked, at("2026-11-28T12:02:00Z"), now), None);
        let behind = differs(asked, at("2026-11-28T14:00:01Z"), now).unwrap();
        assert!(behind.contains("says 2026-11-28 12:00:01 UTC, 2 h behind the server's"), "{behind}");
        let ahead = differs(asked, at("2026-11-28T10:00:00Z"), now).unwrap();
        assert!(ahead.contains("2 h ahead of the server's"), "{ahead}");
        assert_eq!(differs(asked, asked, at("2026-11-28T15:00:00Z")), None);
    }
}
