//! Times that are stamped by clocks of which some are wrong.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::testing::writing::History;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

/// A record, told by machines whose clocks are off by so many seconds, at these true moments.
fn told(appends: &[(i64, i64)]) -> Vec<Reading> {
    let mut last = None;
    let mut readings = Vec::new();
    for ((true_at, off), position) in appends.iter().zip(1..) {
        let stamped = Stamped::now(at(true_at + off), last, TOLERANCE);
        last = Some(stamped.counts_at(last, false));
        let Stamped { recorded_at, clock } = stamped;
        readings.push(Reading { position: Position(position), recorded_at, clock });
    }
    readings
}

fn span(first: u64, last: u64) -> Positions {
    Positions { first: Position(first), last: Position(last) }
}

fn settled(spans: &[Positions]) -> Wrong {
    let mut wrong = Wrong::NONE;
    for one in spans {
        wrong.add(*one, Position(1_000), at(99_999));
    }
    wrong
}

fn when(readings: &[Reading], wrong: &Wrong) -> Vec<i64> {
    let seconds = |timed: &Timed| (timed.recorded_at - at(0)).num_seconds();
    times(None, readings, wrong).iter().map(seconds).collect()
}

const YEAR: i64 = 31_557_600;

#[test]
fn one_clock_that_is_ahead_disputes_what_stands_behind_it_until_it_is_settled() {
    let readings = told(&[(0, 0), (10, YEAR), (20, 0), (30, 0), (1_000, 1)]);
    let said: Vec<_> = readings.iter().map(|reading| reading.clock).collect();
    assert_eq!(said, [None, None, Some(at(20)), Some(at(30)), Some(at(1_001))]);
    assert_eq!(readings[4].recorded_at, at(10 + YEAR), "times never go back");
    assert_eq!(disputed(&readings, &Wrong::NONE), [span(2, 5)]);

    let wrong = settled(&[span(2, 2)]);
    assert_eq!(disputed(&readings, &wrong), []);
    assert_eq!(when(&readings, &wrong), [0, 20, 20, 30, 1_001]);
    let timed = times(None, &readings, &wrong);
    let proven = timed[1].standing.proven().unwrap();
    assert_eq!((proven.not_before, proven.not_after, proven.clock), (Some(at(0)), at(20), at(10 + YEAR)));
}

#[test]
fn it_may_as_well_be_the_others_that_were_behind() {
    let readings = told(&[(0, 0), (10, 0), (20, -7_200), (30, 0)]);
    assert_eq!(disputed(&readings, &Wrong::NONE), [span(1, 3)]);
    assert_eq!(when(&readings, &settled(&[span(3, 3)])), [0, 10, 30, 30]);
    assert_eq!(when(&readings, &settled(&[span(1, 2)])), [-7_180, -7_180, -7_180, 30]);
}

#[test]
fn a_stamp_that_was_handed_on_is_as_wrong_as_the_first_with_it() {
    // The second is ahead by more than clocks differ, the third and the fourth come so soon that nothing was kept of
    // their clocks.
    let readings = told(&[(0, 0), (10, 125), (20, 0), (30, 0), (600, 0)]);
    assert_eq!(readings[2], Reading { position: Position(3), recorded_at: at(135), clock: None });
    assert_eq!(when(&readings, &settled(&[span(2, 2)])), [0, 600, 600, 600, 600]);
}

#[test]
fn a_clock_from_before_anybody_recorded_disputes_nothing_but_itself() {
    let readings = told(&[(0, 0), (10, 0), (20, -1_800_000_000), (30, 0)]);
    assert_eq!(disputed(&readings, &Wrong::NONE), [span(3, 3)]);
    assert_eq!(when(&readings, &settled(&[span(3, 3)])), [0, 10, 30, 30]);
}

#[test]
fn what_was_told_to_happen_just_then_happened_within_the_same_bounds() {
    let readings = told(&[(0, 0), (10, YEAR), (20, 0)]);
    let timed = times(None, &readings, &settled(&[span(2, 2)]));
    let put_right = |occurred| {
        let told = History::declared("a");
        let mut recorded = told.events[0].clone();
        recorded.cause.occurred = occurred;
        recorded.put_right(&timed[1]);
        let told = recorded.standing.proven().and_then(|proven| proven.told);
        (recorded.recorded_at, recorded.cause.occurred, told)
    };
    let now = When::second(at(9 + YEAR));
    assert_eq!(put_right(now), (at(20), When::At(at(0), Precision::Span(at(20))), Some(now)));
    let told = When::second(at(-600));
    assert_eq!(put_right(told), (at(20), told, None), "another clock said when");
    assert_eq!(put_right(When::Unknown), (at(20), When::Unknown, None));
}

#[test]
fn the_very_first_clock_may_be_the_wrong_one() {
    let readings = told(&[(0, YEAR), (10, 0), (20, 0)]);
    assert_eq!(disputed(&readings, &Wrong::NONE), [span(1, 3)]);
    assert_eq!(disputed(&readings, &settled(&[span(1, 1)])), []);
    assert_eq!(when(&readings, &settled(&[span(1, 1)])), [10, 10, 20]);
}

#[test]
fn positions_read_as_they_are_written() {
    for (text, read) in [("7", span(7, 7)), ("7..9", span(7, 9)), ("7..7", span(7, 7))] {
        assert_eq!(text.parse(), Ok(read));
    }
    assert_eq!((span(7, 7).to_string(), span(7, 9).to_string()), ("7".to_owned(), "7..9".to_owned()));
    for text in ["", "0", "x", "9..7", "7..", "..7", "7...9", "-1", "7-9"] {
        let error = text.parse::<Positions>().unwrap_err().to_string();
        assert!(error.contains("7..9"), "{error}");
    }
}

/// True moments some seconds or days apart, and by how much the clock is off that stamps each: of three machines, one is
/// right to within the tolerance, two jump by up to ten years.
fn appends() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let pause = prop_oneof![0_i64..90, 0_i64..90, 0..100_000_i64];
    let off = prop_oneof![
        4 => -50_i64..50,
        1 => -10 * YEAR..10 * YEAR,
        1 => -10_000_i64..10_000,
    ];
    proptest::collection::vec((pause, off), 1..40).prop_map(|steps| {
        let mut now = 0;
        steps
            .into_iter()
            .map(|(pause, off)| {
                now += pause;
                (now, off)
            })
            .collect()
    })
}

/// The positions whose clocks were off by more than those of machines that keep the time.
fn off(appends: &[(i64, i64)]) -> Vec<Positions> {
    let mut spans = Vec::new();
    for ((_, off), position) in appends.iter().zip(1..) {
        if off.abs() >= 50 {
            Positions::extend(&mut spans, Position(position));
        }
    }
    spans
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// With a right machine at the end, as whoever settles has: times are right to within what clocks differ, or within
    /// their bounds, and never go back.
    #[test]
    fn a_settled_record_answers_as_if_the_clocks_had_been_right(mut told_by in appends()) {
        let end = told_by.last().map_or(0, |(now, _)| *now) + 1;
        told_by.push((end, 0));
        let mut readings = told(&told_by[..told_by.len() - 1]);
        let position = Position(told_by.len() as u64);
        // What says whose clock was wrong is stamped by the last right time, and not by the record's last.
        readings.push(Reading { position, recorded_at: at(end), clock: None });
        let timed = times(None, &readings, &settled(&off(&told_by)));
        prop_assert!(timed.is_sorted_by_key(|timed| timed.recorded_at));
        let differ = TimeDelta::seconds(100);
        for (timed, (true_at, _)) in timed.iter().zip(&told_by) {
            let true_at = at(*true_at);
            match &timed.standing {
                TimeStanding::Undisputed => {
                    let error = (timed.recorded_at - true_at).abs();
                    prop_assert!(error <= differ, "position {} is off by {error}", timed.position);
                }
                TimeStanding::Settled(proven) => {
                    prop_assert!(proven.not_before.is_none_or(|from| from <= true_at + differ));
                    prop_assert!(true_at <= proven.not_after + differ);
                    prop_assert_eq!(proven.not_after, timed.recorded_at);
                }
                TimeStanding::Disputed => prop_assert!(false, "a right clock stands behind all of them"),
            }
        }
        prop_assert_eq!(disputed(&readings, &settled(&off(&told_by))), []);
    }

    /// Two right readings never stand the other way round by more than clocks differ, unless both are disputed; and what
    /// is disputed shrinks with everything that is settled.
    #[test]
    fn whatever_contradicts_is_disputed(told_by in appends(), settle in any::<prop::sample::Index>()) {
        let readings = told(&told_by);
        let all = disputed(&readings, &Wrong::NONE);
        let is_disputed = |position| all.iter().any(|span| span.hold(position));
        for (place, later) in readings.iter().enumerate().filter(|(_, later)| later.clock.is_some() && later.at() >= EARLIEST) {
            for earlier in readings[..place].iter().filter(|earlier| earlier.at() - later.at() > TOLERANCE) {
                prop_assert!(is_disputed(earlier.position) && is_disputed(later.position));
            }
        }
        let is_held = |within: &[Positions], span: &Positions| {
            within.iter().any(|one| one.first <= span.first && span.last <= one.last)
        };
        let wrong = off(&told_by);
        if !wrong.is_empty() {
            let one = wrong[settle.index(wrong.len())];
            for span in disputed(&readings, &settled(&[one])) {
                prop_assert!(is_held(&all, &span), "{span} is disputed newly");
            }
        }
        prop_assert!(all.windows(2).all(|two| two[0].last < two[1].first), "{all:?}");
    }
}
