//! Named cases of clocks that are wrong, or seem to be.

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A clock against which nothing speaks, on a machine that keeps it right.
fn good() -> Evidence {
    let hour = TimeDelta::hours(1);
    Evidence {
        now: at("2026-11-28T12:00:00Z"),
        tolerance: TimeDelta::minutes(2),
        last: Some(at("2026-11-28T11:58:00Z")),
        ahead: None,
        machine: Some(Says { synchronised: Some(true), leap: false, ran: Some((hour, hour)) }),
    }
}

fn seen(seconds: f64) -> Ahead {
    let likely = TimeDelta::milliseconds((seconds * 1_000.0) as i64);
    Ahead { at_least: Some(likely - TimeDelta::seconds(1)), at_most: likely + TimeDelta::seconds(1) }
}

fn with(change: impl FnOnce(&mut Evidence)) -> ClockReport {
    let mut evidence = good();
    change(&mut evidence);
    ClockReport::of(&evidence)
}

fn machine(evidence: &mut Evidence) -> &mut Says {
    evidence.machine.as_mut().unwrap()
}

/// How it stands, and what was found.
fn found(report: &ClockReport) -> (Standing, Vec<FindingCode>) {
    (report.standing, report.findings.iter().map(|one| one.code).collect())
}

use FindingCode as F;
use Standing as S;

#[test]
fn nothing_speaks_against_a_good_clock() {
    assert_eq!(found(&with(|_| ())), (S::Good, vec![]));
    assert_eq!(found(&with(|clock| clock.ahead = Some(seen(0.4)))), (S::Good, vec![]));
    let silent = with(|clock| *clock = Evidence { last: None, machine: None, ..clock.clone() });
    assert_eq!((found(&silent), silent.synchronised), ((S::Good, vec![]), None));
}

#[test]
fn a_clock_at_1970_is_before_this_program_was_written() {
    let report = with(|clock| {
        clock.now = at("1970-01-01T00:00:12Z");
        clock.last = None;
        machine(clock).synchronised = Some(false);
    });
    assert_eq!(found(&report), (S::Doubtful, vec![F::TooEarly, F::NotSynchronised]));
    assert!(report.findings[0].what.contains("1970-01-01 00:00:12 UTC"), "{report:?}");
    // With a record, that speaks against it too.
    let report = with(|clock| clock.now = at("1970-01-01T00:00:12Z"));
    assert_eq!(found(&report), (S::Doubtful, vec![F::TooEarly, F::BehindRecord]));
    // The clocks of tests and of the demonstration are nobody's machine's.
    let report = with(|clock| {
        clock.now = at("2023-01-04T18:05:07Z");
        (clock.last, clock.machine) = (None, None);
    });
    assert_eq!(found(&report), (S::Good, vec![]));
}

#[test]
fn a_clock_beyond_9999_is_told() {
    let beyond = DateTime::from_timestamp(253_402_300_800, 0).unwrap();
    assert_eq!(found(&with(|clock| clock.now = beyond)), (S::Doubtful, vec![F::TooLate]));
    let last = DateTime::from_timestamp(253_402_300_799, 0).unwrap();
    assert_eq!(found(&with(|clock| clock.now = last)), (S::Good, vec![]));
    // However far, nothing overflows.
    let report = with(|clock| {
        clock.now = DateTime::<Utc>::MAX_UTC;
        clock.ahead = Some(seen(-9.0e9));
    });
    assert_eq!(report.standing, S::Wrong);
}

#[test]
fn a_leap_second_is_told_and_is_no_wrong_clock() {
    let report = with(|clock| {
        machine(clock).leap = true;
        clock.tolerance = TimeDelta::seconds(1);
        clock.last = Some(clock.now + TimeDelta::milliseconds(1_900));
        clock.ahead =
            Some(Ahead { at_least: Some(TimeDelta::milliseconds(1_500)), at_most: TimeDelta::seconds(2) });
    });
    assert_eq!(found(&report), (S::Good, vec![F::LeapSecond]));
    let report = with(|clock| {
        clock.tolerance = TimeDelta::seconds(1);
        clock.last = Some(clock.now + TimeDelta::milliseconds(1_900));
    });
    assert_eq!(report.standing, S::Doubtful, "without one, it is");
}

#[test]
fn a_machine_that_slept_for_a_day_has_a_good_clock() {
    // The time that runs evenly goes on while it sleeps.
    let day = TimeDelta::days(1);
    let report = with(|clock| {
        machine(clock).ran = Some((day + TimeDelta::seconds(3), day));
        machine(clock).synchronised = None;
    });
    assert_eq!(found(&report), (S::Good, vec![]));
}

#[test]
fn a_virtual_machine_that_is_resumed_is_told_and_judged_by_the_store() {
    // It was stopped for six hours, of which nothing in it knows, and then its clock was set.
    let resumed = |synchronised, ahead| {
        with(|clock| {
            machine(clock).ran = Some((TimeDelta::hours(7), TimeDelta::hours(1)));
            machine(clock).synchronised = synchronised;
            clock.ahead = ahead;
        })
    };
    let report = resumed(None, None);
    assert_eq!(found(&report), (S::Doubtful, vec![F::Jumped]));
    assert!(report.findings[0].what.contains("set ahead by 6 h"), "{report:?}");
    assert_eq!(
        found(&resumed(None, Some(seen(0.0)))),
        (S::Good, vec![]),
        "the store says that it was set right"
    );
    assert_eq!(found(&resumed(Some(true), None)), (S::Good, vec![]), "what keeps it has set it");
    assert_eq!(found(&resumed(None, Some(seen(21_600.0)))), (S::Wrong, vec![F::DiffersFromStore]));
}

#[test]
fn a_clock_that_was_set_back_is_told() {
    let report = with(|clock| {
        machine(clock).ran = Some((TimeDelta::hours(-1), TimeDelta::hours(1)));
        machine(clock).synchronised = Some(false);
    });
    assert_eq!(found(&report), (S::Doubtful, vec![F::Jumped, F::NotSynchronised]));
    assert!(report.findings[0].what.contains("set back by 2 h"), "{report:?}");
}

#[test]
fn that_nothing_keeps_it_right_does_not_make_it_wrong() {
    let report = with(|clock| machine(clock).synchronised = Some(false));
    assert_eq!(found(&report), (S::Good, vec![F::NotSynchronised]));
    assert_eq!((report.synchronised, report.against().count()), (Some(false), 0));
}

#[test]
fn who_of_a_clock_and_the_record_is_wrong_is_not_known() {
    let report = with(|clock| clock.last = Some(clock.now + TimeDelta::seconds(121)));
    assert_eq!(found(&report), (S::Doubtful, vec![F::BehindRecord]));
    assert!(report.findings[0].what.contains("2 min 1 s behind"), "{report:?}");
    assert_eq!(with(|clock| clock.last = Some(clock.now + TimeDelta::seconds(120))).standing, S::Good);
}

#[test]
fn both_times_are_told_where_the_stores_clock_says_something_else() {
    for (ahead, said) in [
        (
            seen(7_200.0),
            "says 2026-11-28 12:00:00 UTC and the store's 2026-11-28 10:00:00 UTC: it is 1 h 59 min ahead",
        ),
        (seen(-7_200.0), "the store's 2026-11-28 14:00:00 UTC: it is 1 h 59 min behind"),
        (
            Ahead { at_least: None, at_most: TimeDelta::seconds(-7_200) },
            "the store's 2026-11-28 14:00:00 UTC: it is 2 h behind, and 2 min are tolerated",
        ),
    ] {
        let report = with(|clock| clock.ahead = Some(ahead));
        assert_eq!(found(&report), (S::Wrong, vec![F::DiffersFromStore]));
        assert!(report.findings[0].what.contains(said), "{report:?}");
    }
    assert_eq!(
        with(|clock| clock.ahead = Some(seen(121.0))).standing,
        S::Good,
        "within what an answer takes"
    );
    let one_sided = Ahead { at_least: None, at_most: TimeDelta::days(9) };
    let report = with(|clock| clock.ahead = Some(one_sided));
    assert_eq!((report.standing, report.ahead_of_store), (S::Good, None));
}
