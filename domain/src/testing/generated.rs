//! Any history and any record, as `proptest` strategies.

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::command::decide;
use crate::event::IncidentEvent;
use crate::incident::{Incident, evolve};
use crate::recorded::{Cause, Recorded};

use super::seed::{self, INCIDENTS, Seed, incident, seed};
use super::words::own_words;
use super::writing;

/// A history that came about by asking: what was refused left no trace.
pub fn accepted_history(most: usize) -> impl Strategy<Value = Vec<Recorded>> {
    vec(seed(), 0..most).prop_map(|seeds| {
        let mut history = Vec::new();
        let mut situation = Incident::default();
        for (number, seed) in seeds.iter().enumerate() {
            let command =
                if number == 0 { seed.declaring().command(&history) } else { seed.command(&history) };
            let cause = seed.cause(number as u128);
            let decision = decide(&situation, &incident(), &command, &cause);
            for (index, event) in (0..).zip(decision.unwrap_or_default()) {
                let recorded = after(&history, cause.clone(), index, event);
                situation = evolve(situation, &recorded);
                history.push(recorded);
            }
        }
        history
    })
}

/// A history in which anything follows anything, as an import may tell it; every other one begins with
/// a declaration.
pub fn any_history(most: usize) -> impl Strategy<Value = Vec<Recorded>> {
    vec(seed(), 0..most).prop_map(|seeds| history_of(&seeds))
}

/// The same, in which everybody uses words of their own: those of the event at each place are
/// [`own_words`] of that place.
pub fn history_in_own_words(most: usize) -> impl Strategy<Value = Vec<Recorded>> {
    vec(seed(), 1..most).prop_map(|mut seeds| {
        for (place, seed) in seeds.iter_mut().enumerate() {
            seed.words = own_words(place);
        }
        history_of(&seeds)
    })
}

/// The same, in which every text tries to be something else than text, and some events are of a kind that
/// nobody knows.
pub fn hostile_history(most: usize) -> impl Strategy<Value = Vec<Recorded>> {
    vec(seed::hostile_seed(), 0..most).prop_map(|seeds| record_of(&seeds, |_| 0))
}

/// A record of [`INCIDENTS`] by turns, in which anything follows anything; declarations and what amends
/// other events are more frequent than the rest.
pub fn record(most: usize) -> impl Strategy<Value = Vec<Recorded>> {
    let place = |kind: &str| IncidentEvent::KINDS.iter().position(|known| *known == kind);
    let amends = ["corrected", "retracted", "redacted"].map(|kind| place(kind).expect("a kind"));
    let what = prop_oneof![
        1 => Just(0_usize),
        1 => proptest::sample::select(amends.to_vec()),
        7 => 0..10_000_usize,
    ];
    let seeds = (what, seed::plain_seed()).prop_map(|(what, seed)| Seed { what, ..seed });
    vec(seeds, 0..most).prop_map(|seeds| record_of(&seeds, |seed| seed.incident))
}

/// An event that is recorded a minute after this history of one incident.
pub fn after(history: &[Recorded], cause: Cause, index: u32, event: IncidentEvent) -> Recorded {
    let last = history.last().map_or_else(seed::start, |last| last.recorded_at);
    writing::recorded(history, incident(), last + TimeDelta::minutes(1), cause, index, event)
}

fn history_of(seeds: &[Seed]) -> Vec<Recorded> {
    let mut history = Vec::new();
    for (number, seed) in seeds.iter().enumerate() {
        let seed = if number == 0 && seed.full { seed.declaring() } else { seed.clone() };
        history.push(after(&history, seed.cause(number as u128), 0, seed.event(&history)));
    }
    history
}

/// What the seeds make, each recorded some minutes after the one before, or at the same time.
fn record_of(seeds: &[Seed], incident: fn(&Seed) -> usize) -> Vec<Recorded> {
    let mut record = Vec::new();
    let mut at = seed::start();
    for (number, seed) in seeds.iter().enumerate() {
        at += TimeDelta::minutes(seed.later);
        let unknown = seed.what % (IncidentEvent::KINDS.len() + 1) == IncidentEvent::KINDS.len();
        let event = if unknown { seed.unknown_event() } else { seed.event(&record) };
        let incident = INCIDENTS[incident(seed)].parse().expect("an id");
        record.push(writing::recorded(&record, incident, at, seed.cause(number as u128), 0, event));
    }
    record
}
