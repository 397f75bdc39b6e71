//! Nothing is left out of what is made up.

use std::collections::BTreeSet;

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::command::Command;
use crate::event::IncidentEvent;
use crate::recorded::Recorded;

use super::generated::{accepted_history, any_history, hostile_history, record};
use super::plausible;
use super::seed::{hostile_seed, seed};

fn some<S: Strategy>(strategy: S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a value").current()).collect()
}

#[test]
fn every_kind_of_event_is_made_up() {
    let history = some(any_history(40), 1).remove(0);
    for kind in IncidentEvent::KINDS {
        for seed in some(seed(), 40).into_iter().chain(some(hostile_seed(), 40)) {
            assert_eq!(seed.event_of(kind, &history).kind(), *kind);
        }
    }
}

#[test]
fn every_command_is_made_up() {
    let history = some(any_history(40), 1).remove(0);
    for name in Command::NAMES {
        for seed in some(seed(), 40).into_iter().chain(some(hostile_seed(), 40)) {
            assert_eq!(seed.command_of(name, &history).name(), *name);
        }
    }
}

#[test]
fn both_catalogues_begin_with_declaring() {
    let seed = some(seed(), 1).remove(0).declaring();
    assert_eq!((seed.event(&[]).kind(), seed.command(&[]).name()), ("declared", "declare"));
}

#[test]
fn generated_histories_reach_every_kind_of_event() {
    let missing = |histories: &[Vec<Recorded>]| -> Vec<&str> {
        let reached: BTreeSet<&str> =
            histories.iter().flatten().map(|recorded| recorded.event.kind()).collect();
        IncidentEvent::KINDS.iter().copied().filter(|kind| !reached.contains(kind)).collect()
    };
    assert_eq!(missing(&some(accepted_history(150), 400)), [""; 0], "in what can be asked");
    assert_eq!(missing(&some(any_history(60), 100)), [""; 0], "in histories");
    assert_eq!(missing(&some(hostile_history(30), 200)), [""; 0], "in hostile histories");
    assert_eq!(missing(&some(record(60), 100)), [""; 0], "in records");
}

#[test]
fn some_events_are_of_a_kind_that_nobody_knows() {
    for histories in [some(hostile_history(30), 50), some(record(60), 50)] {
        let unknown = |recorded: &Recorded| matches!(recorded.event, IncidentEvent::Unknown(_));
        assert!(histories.iter().flatten().any(unknown));
    }
}

/// Measurements of one version and the next are of the same record.
#[test]
fn a_plausible_record_is_always_the_same() {
    let drafts = (0..3).flat_map(|number| (0..plausible::EACH).map(move |place| (number, place)));
    let payloads: Vec<_> = drafts.map(|(number, place)| plausible::draft(number, place)).collect();
    let again = plausible::draft(1, 3);
    assert_eq!(payloads[plausible::EACH + 3], again);
    let kinds: BTreeSet<&str> = payloads.iter().map(|draft| draft.event.kind()).collect();
    assert!(kinds.len() > 20, "{kinds:?}");
}

#[test]
fn a_generated_record_stands_as_a_store_would_have_it() {
    for record in some(record(60), 20) {
        assert!(record.is_sorted_by_key(|recorded| recorded.recorded_at));
        assert!(record.iter().zip(1..).all(|(recorded, place)| recorded.position.0 == place));
        let incidents: BTreeSet<_> = record.iter().map(|recorded| &recorded.incident).collect();
        for incident in incidents {
            let own = record.iter().filter(|recorded| recorded.incident == *incident);
            assert!(own.zip(1..).all(|(recorded, place)| recorded.revision.0 == place));
        }
    }
}
