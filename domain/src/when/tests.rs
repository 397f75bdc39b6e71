//! Forms that mean the same moment at any time.

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
        "2023-01-04",
        "2023-01-04T18:05Z/2023-01-04T19:00Z",
        "2023-01-04T18:05:07Z/2023-01-05T00:00Z",
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
        "2023-01-04T25:00Z",
        "2023-01-04Z",
        "~2023-01-04",
        "2023-01-04/2023-01-05",
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

#[test]
fn a_day_is_a_day_where_it_was_told() {
    let berlin = Some(chrono_tz::Europe::Berlin);
    let told = |text, zone| When::parse(text, zone).unwrap();
    assert_eq!(told("2025-08-12", berlin).to_string(), "2025-08-11T22:00Z/2025-08-12T22:00Z");
    assert_eq!(told("2025-08-12 Europe/Berlin", None), told("2025-08-12", berlin));
    assert_eq!(told("2025-08-12 UTC", berlin).to_string(), "2025-08-12");
    // In Beirut the clocks went forward at midnight, so the day began at one.
    let beirut = Some(chrono_tz::Asia::Beirut);
    assert_eq!(told("2022-03-27", beirut).to_string(), "2022-03-26T22:00Z/2022-03-27T21:00Z");
    let day = told("2025-08-12", None);
    assert_eq!(day.at().map(|at| at.to_string()).as_deref(), Some("2025-08-12 00:00:00 UTC"));
    assert_eq!(day.until().map(|at| at.to_string()).as_deref(), Some("2025-08-13 00:00:00 UTC"));
}

#[test]
fn what_is_not_exact_is_judged_by_its_ends() {
    let told = |text: &str| text.parse::<When>().unwrap();
    let (day, noon) = (told("2025-08-12"), told("2025-08-12T12:00Z"));
    assert!(!day.surely_before(&noon) && !noon.surely_before(&day));
    assert!(day.surely_before(&told("2025-08-13T00:01Z")) && told("2025-08-11").surely_before(&noon));
    assert!(noon.is_exact() && !day.is_exact() && !told("~2025-08-12T12:00Z").is_exact());
    assert!(!told("unknown").surely_before(&noon));
}

#[test]
fn a_span_that_runs_backwards_is_refused() {
    for text in ["2025-08-12T21:00Z/2025-08-12T20:00Z", "2025-08-12T20:00Z/2025-08-12T20:00Z"] {
        assert!(read(text).contains("ends before it begins"), "{}", read(text));
    }
}

#[test]
fn an_abbreviation_that_several_zones_share_is_refused() {
    assert!(read("2025-08-12 17:00 BST").contains("Europe/London"), "{}", read("2025-08-12 17:00 BST"));
    assert_eq!(read("2025-08-12 17:00 PDT"), "2025-08-13T00:00Z");
}
