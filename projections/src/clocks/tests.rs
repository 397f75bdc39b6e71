//! Where clocks disagree, as the fold finds it.

use scribe_domain::event::words::Noted;
use scribe_domain::ids::Position;

use super::*;
use crate::runner::{fold, fold_as_of};
use crate::testing::{History, moment, text};

const INCIDENTS: [&str; 2] = ["20230104-a", "20230104-b"];

/// Notes of two incidents, each recorded at this minute past twelve; and what a clock said that lay behind.
fn notes(all: &[(usize, u32, Option<u32>)]) -> Vec<Recorded> {
    let at = |minute: u32| moment(&format!("2026-11-28T12:{minute:02}:00Z"));
    let mut history = History::new();
    for (incident, minute, _) in all {
        let told = format!("2026-11-28T12:{minute:02}:00Z");
        history = history
            .incident(INCIDENTS[*incident])
            .at("2026-11-28T11:00:00Z")
            .told(&told)
            .event(Noted { text: text("x") });
    }
    for (recorded, (_, _, clock)) in history.events.iter_mut().zip(all) {
        recorded.clock = clock.map(at);
    }
    history.events
}

fn span(first: u64, last: u64) -> Positions {
    Positions { first: Position(first), last: Position(last) }
}

fn by(minute: u32) -> AsOf {
    AsOf { recorded_by: Some(moment(&format!("2026-11-28T12:{minute:02}:00Z"))), ..AsOf::NOW }
}

#[test]
fn a_clock_behind_the_record_is_found_with_its_place() {
    let record = notes(&[(0, 1, None), (0, 30, None), (1, 30, Some(2)), (0, 30, Some(3)), (0, 31, None)]);
    let clocks: Clocks = fold(&record);
    let behind: Vec<_> =
        clocks.behind().map(|reading| (reading.position.0, reading.clock, reading.recorded_at)).collect();
    let at = |text| moment(text);
    let stamp = at("2026-11-28T12:30:00Z");
    assert_eq!(
        behind,
        [(3, Some(at("2026-11-28T12:02:00Z")), stamp), (4, Some(at("2026-11-28T12:03:00Z")), stamp)]
    );
    assert_eq!(clocks.stood().count(), 0, "what is known to be behind does not stand still");
    let then: Clocks = fold_as_of(&record, &by(29));
    assert_eq!(then.behind().count(), 0);
    assert_eq!(fold_as_of::<Clocks>(&record, &by(30)).behind().count(), 2);
    assert_eq!(clocks.of_those(&|_| false), clocks, "positions name no incident");
}

#[test]
fn times_stand_still_where_an_incident_goes_on_at_the_very_same_moment() {
    let record = notes(&[
        (0, 1, None),
        (0, 30, None),
        (1, 30, None),
        (0, 30, None),
        (1, 30, None),
        (1, 31, None),
        (0, 31, None),
        (0, 40, None),
        (0, 40, None),
    ]);
    let stood = |clocks: Clocks| clocks.stood().collect::<Vec<_>>();
    assert_eq!(stood(fold(&record)), [span(2, 5), span(8, 9)], "two incidents may well share a moment");
    assert_eq!(stood(fold_as_of(&record, &by(39))), [span(2, 5)]);
    assert_eq!(stood(fold_as_of(&record, &by(29))), []);

    // Events of one append share its moment.
    let mut together = notes(&[(0, 1, None), (0, 1, None), (0, 1, None)]);
    for (index, recorded) in (0..).zip(&mut together) {
        recorded.index = index;
    }
    assert_eq!(stood(fold(&together)), []);

    // Told to the minute, or to have happened just then, it says nothing of a clock.
    for occurred in ["2026-11-28T11:00Z", "2026-11-28T12:28:00Z", "unknown"] {
        let mut other = record.clone();
        other[3].cause.occurred = crate::testing::when(occurred);
        assert_eq!(stood(fold(&other)), [span(8, 9)], "{occurred}");
    }

    // What is settled is known to stand still, and what stands behind it begins anew.
    let mut settled = record;
    settled[3].standing = TimeStanding::Disputed;
    assert_eq!(stood(fold(&settled)), [span(8, 9)]);
}

#[test]
fn it_goes_on_without_what_cannot_be_read() {
    let unread = Unread {
        incident: "20230104-a",
        kind: "noted",
        recorded_at: moment("2026-11-28T12:01:00Z"),
        command_id: scribe_domain::ids::CommandId(uuid::Uuid::nil()),
        index: 0,
        position: Position(1),
    };
    let mut clocks = Clocks::default();
    assert!(clocks.goes_on_without(&unread) && clocks.outdated().is_empty());
    assert_eq!(clocks, Clocks::default());
}
