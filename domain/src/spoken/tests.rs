//! It is Wednesday 26 November 2025, 05:49:30 in Berlin.

use chrono_tz::Europe::Berlin;

use super::*;

fn here(lean: Lean, zone: Option<Tz>) -> Here {
    Here { now: "2025-11-26T04:49:30Z".parse().unwrap(), zone, lean }
}

fn heard(text: &str, here: Here) -> String {
    match hear(text, here) {
        Ok(when) => {
            // Whatever is understood can be stored and read back.
            assert_eq!(when.to_string().parse(), Ok(when), "{text}");
            when.to_string()
        }
        Err(error) => format!("error: {error}"),
    }
}

fn in_berlin(text: &str) -> String {
    heard(text, here(Lean::Past, Some(Berlin)))
}

#[test]
fn how_long_ago() {
    for (text, expected) in [
        ("now", "2025-11-26T04:49:30Z"),
        ("10 min ago", "2025-11-26T04:39Z"),
        ("10m ago", "2025-11-26T04:39Z"),
        ("90 seconds ago", "2025-11-26T04:48:00Z"),
        ("2h ago", "~2025-11-26T02:49Z"),
        ("1h30m ago", "2025-11-26T03:19Z"),
        ("1 hour and 5 minutes ago", "2025-11-26T03:44Z"),
        ("an hour ago", "~2025-11-26T03:49Z"),
        ("half an hour ago", "~2025-11-26T04:19Z"),
        ("two hours ago", "~2025-11-26T02:49Z"),
        ("1.5 hours ago", "~2025-11-26T03:19Z"),
        ("an hour and a half ago", "~2025-11-26T03:19Z"),
        ("two and a half hours ago", "~2025-11-26T02:19Z"),
        ("a couple of minutes ago", "2025-11-26T04:47Z"),
        ("a fortnight ago", "2025-11-11T23:00Z/2025-11-12T23:00Z"),
        ("the day before yesterday 14:05", "2025-11-24T13:05Z"),
        ("about 10 minutes ago", "~2025-11-26T04:39Z"),
        ("3 days ago", "2025-11-22T23:00Z/2025-11-23T23:00Z"),
        ("3 days ago at 14:05", "2025-11-23T13:05Z"),
    ] {
        assert_eq!(in_berlin(text), expected, "{text}");
    }
    // No zone is needed to say how long ago.
    assert_eq!(heard("5 minutes ago", here(Lean::Past, None)), "2025-11-26T04:44Z");
}

#[test]
fn a_time_of_day_is_the_latest_that_has_been() {
    for (text, expected) in [
        ("05:49", "2025-11-26T04:49Z"),
        ("05:50", "2025-11-26T04:50Z"),
        ("05:51", "2025-11-25T04:51Z"),
        ("23:50", "2025-11-25T22:50Z"),
        ("at 9:05", "2025-11-25T08:05Z"),
        ("2:50 pm", "2025-11-25T13:50Z"),
        ("2:50pm", "2025-11-25T13:50Z"),
        ("2.50 p.m.", "2025-11-25T13:50Z"),
        ("14h50", "2025-11-25T13:50Z"),
        ("14 h", "2025-11-25T13:00Z"),
        ("14:50 Uhr", "2025-11-25T13:50Z"),
        ("24:00", "2025-11-25T23:00Z"),
        ("１４：５０", "2025-11-25T13:50Z"),
        ("١٤:٥٠", "2025-11-25T13:50Z"),
        ("5 PM", "2025-11-25T16:00Z"),
        ("12 am", "2025-11-25T23:00Z"),
        ("12:30 p.m.", "2025-11-25T11:30Z"),
        ("noon", "2025-11-25T11:00Z"),
        ("05:49:31", "2025-11-26T04:49:31Z"),
        ("about 02:50 UTC", "~2025-11-26T02:50Z"),
        ("at about 02:50", "~2025-11-26T01:50Z"),
        ("5:00 PM PDT", "2025-11-26T00:00Z"),
        ("around 02:50", "~2025-11-26T01:50Z"),
        ("~02:50", "~2025-11-26T01:50Z"),
        ("04:30Z", "2025-11-26T04:30Z"),
        ("0430Z", "2025-11-26T04:30Z"),
        ("05:00 UTC", "2025-11-25T05:00Z"),
        ("22:00 UTC+2", "2025-11-25T20:00Z"),
        ("22:00 -05:00", "2025-11-26T03:00Z"),
        ("22:00 America/New_York", "2025-11-26T03:00Z"),
        ("9:00 PM PST", "error"),
        ("9:00 PM PT", "2025-11-25T05:00Z"),
    ] {
        let heard = in_berlin(text);
        assert!(heard == expected || (expected == "error" && heard.starts_with("error")), "{text}: {heard}");
    }
}

#[test]
fn days_by_their_names() {
    for (text, expected) in [
        ("yesterday 23:00", "2025-11-25T22:00Z"),
        ("today 05:00", "2025-11-26T04:00Z"),
        ("this morning 03:10", "2025-11-26T02:10Z"),
        ("last night 23:00", "2025-11-25T22:00Z"),
        ("last night at 01:00", "2025-11-26T00:00Z"),
        ("Tuesday 14:05", "2025-11-25T13:05Z"),
        ("Wed 14:05", "2025-11-19T13:05Z"),
        ("Wed 04:05", "2025-11-26T03:05Z"),
        ("last Wednesday 04:05", "2025-11-19T03:05Z"),
        ("Jan 4 2023 13:05", "2023-01-04T12:05Z"),
        ("4 January 2023 1:05 pm", "2023-01-04T12:05Z"),
        ("Wednesday, January 4th, 2023 at 1:05 PM", "2023-01-04T12:05Z"),
        ("4 Jan 13:05", "2025-01-04T12:05Z"),
        ("Dec 24 13:05", "2024-12-24T12:05Z"),
        ("25/11/2025 14:00", "2025-11-25T13:00Z"),
        ("2025/11/25 14:00", "2025-11-25T13:00Z"),
        ("2025-08-12 9:05", "2025-08-12T07:05Z"),
        ("today 23:50", "2025-11-26T22:50Z"),
    ] {
        assert_eq!(in_berlin(text), expected, "{text}");
    }
}

#[test]
fn days_and_spans() {
    let utc = |text| heard(text, here(Lean::Past, Some(Tz::UTC)));
    for (text, expected) in [
        ("2025-08-12", "2025-08-12"),
        ("12 August 2025", "2025-08-12"),
        ("yesterday", "2025-11-25"),
        ("about 2025-08-12", "2025-08-12"),
        ("2025-08-12 20:00 to 21:00", "2025-08-12T20:00Z/2025-08-12T21:00Z"),
        ("2025-08-12 20:00 to 2025-08-12 21:00", "2025-08-12T20:00Z/2025-08-12T21:00Z"),
        ("2025-08-12T20:00Z to 2025-08-12T21:00Z", "2025-08-12T20:00Z/2025-08-12T21:00Z"),
        ("2025-08-12 23:30 – 00:15", "2025-08-12T23:30Z/2025-08-13T00:15Z"),
        ("from 2025-08-12 20:00 until 21:00 PDT", "2025-08-13T03:00Z/2025-08-13T04:00Z"),
        ("between 20:00 and 21:00", "2025-11-25T20:00Z/2025-11-25T21:00Z"),
        ("23:30 to 00:30", "2025-11-25T23:30Z/2025-11-26T00:30Z"),
        ("03:00-04:00", "2025-11-26T03:00Z/2025-11-26T04:00Z"),
        ("yesterday 20:00 to 21:00", "2025-11-25T20:00Z/2025-11-25T21:00Z"),
        ("20 min ago to 10 min ago", "2025-11-26T04:29Z/2025-11-26T04:39Z"),
        ("2025-08-12 to 2025-08-13", "2025-08-12T00:00Z/2025-08-14T00:00Z"),
    ] {
        assert_eq!(utc(text), expected, "{text}");
    }
    assert_eq!(in_berlin("2025-08-12 20:00 to 21:00"), "2025-08-12T18:00Z/2025-08-12T19:00Z");
    assert!(utc("2025-08-12 21:00 to 2025-08-12 20:00").contains("ends before it begins"));
}

#[test]
fn what_can_be_read_in_two_ways_is_asked_about() {
    for (text, part) in [
        ("5:00 PM BST", "+01:00 (Europe/London), +06:00 (Asia/Dhaka) or"),
        ("yesterday 17:00 cst", "America/Chicago"),
        ("2025-08-12 20:00 to 21:00 IST", "Asia/Kolkata"),
        ("08/12/2025 14:00", "2025-12-08 or 2025-08-12"),
        ("2025-10-26 02:30", "happened twice"),
        ("2025-07-01 14:05 CET", "Europe/Berlin for the clock on the wall"),
    ] {
        assert!(in_berlin(text).contains(part), "{text}: {}", in_berlin(text));
    }
}

#[test]
fn a_time_without_its_zone_is_not_guessed_at() {
    for text in ["14:05", "yesterday 23:00", "Jan 4 2023 13:05", "20:00 to 21:00", "2:50 pm"] {
        let heard = heard(text, here(Lean::Past, None));
        assert!(heard.contains("names no time zone"), "{text}: {heard}");
    }
}

#[test]
fn when_to_ask_again_lies_ahead() {
    for (text, expected) in [
        ("30 min", "2025-11-26T05:19Z"),
        ("in 2 h", "~2025-11-26T06:49Z"),
        ("06:15", "2025-11-26T05:15Z"),
        ("05:00", "2025-11-27T04:00Z"),
        ("tomorrow 09:00", "2025-11-27T08:00Z"),
        ("Fri 10:00", "2025-11-28T09:00Z"),
    ] {
        assert_eq!(heard(text, here(Lean::Ahead, Some(Berlin))), expected, "{text}");
    }
}

#[test]
fn what_is_still_to_come_is_known_as_that_with_what_was_meant() {
    let here = here(Lean::Past, Some(Berlin));
    let of = |text: &str| {
        let when = hear(text, here).unwrap();
        (is_ahead(when, here.now), likely(when, here))
    };
    assert_eq!(of("today 23:50"), (true, Some("yesterday 23:50".to_owned())));
    assert_eq!(of("2025-11-26T06:00+02:00"), (false, Some("today 05:00".to_owned())));
    assert_eq!(of("2026-01-04 13:05"), (true, Some("2025-01-04 13:05 Europe/Berlin".to_owned())));
    assert!(!of("05:50").0 && !of("today").0 && !of("unknown").0);
}

#[test]
fn nonsense_is_nonsense() {
    for text in [
        "",
        "soon",
        "25:00",
        "14:5",
        "13 pm",
        "0 pm",
        "30 Feb 2025",
        "14:05 15:05",
        "today yesterday",
        "7",
        "2025",
        "Jan",
        "4 Jan 5 Feb",
        "10 min",
        "ago",
        "x ago",
        "14:05 Mars/Olympus",
        "10 parsecs ago",
        "1h ago 14:05",
        "yesterday afternoon",
        "to",
        " to ",
        "between and",
        "99999999999999 days ago",
        "4294967295 weeks ago",
        "~",
        "🕒",
        "à 14:05",
    ] {
        assert!(in_berlin(text).starts_with("error"), "{text:?}: {}", in_berlin(text));
    }
}

#[test]
fn machines_write_times_too() {
    for (text, expected) in [
        ("2025-W33-2", "2025-08-11T22:00Z/2025-08-12T22:00Z"),
        ("20250812T1405Z", "2025-08-12T14:05Z"),
        ("20250812", "2025-08-11T22:00Z/2025-08-12T22:00Z"),
        ("2025-08-12 14:05:00,123 UTC", "2025-08-12T14:05:00.123Z"),
        ("1723460000", "2024-08-12T10:53:20Z"),
        ("@1723460000", "2024-08-12T10:53:20Z"),
        ("2025-08-12 24:00", "2025-08-12T22:00Z"),
        ("2025-08-12T24:00:00Z", "2025-08-13T00:00Z"),
        ("2025-08-12/2025-08-13", "2025-08-11T22:00Z/2025-08-13T22:00Z"),
        ("2025-08-12 to 2025-08-14", "2025-08-11T22:00Z/2025-08-14T22:00Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z"),
    ] {
        assert_eq!(in_berlin(text), expected, "{text}");
    }
    for text in
        ["23:59:60", "2025-08-12T23:59:60Z", "24:01", "Tuesday 24:00", "99999999", "2025-W60-1", "1723460"]
    {
        assert!(in_berlin(text).starts_with("error"), "{text:?}: {}", in_berlin(text));
    }
}
