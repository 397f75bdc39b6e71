//! Any history and any record, as `proptest` strategies.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::actor::Actor;
use crate::command::decide;
use crate::event::IncidentEvent;
use crate::event::kind::Numbering;
use crate::event::numbered::Numbered;
use crate::incident::{Incident, evolve, history};
use crate::recorded::{Cause, Recorded};
use crate::text::Label;

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

/// A history as it may lie in a store: some of it was imported (what contradicted what came before it was refused),
/// and the rest came about by asking; of what was erased since, only husks are left. Everybody says the same words.
pub fn kept_history(most: usize) -> impl Strategy<Value = Vec<Recorded>> {
    let place = |kind: &&str| IncidentEvent::KINDS.iter().position(|known| known == kind).expect("a kind");
    // What views say most about.
    let kinds: Vec<usize> = [
        "impact_started",
        "impact_ended",
        "mitigated",
        "milestone_set",
        "resolved",
        "closed",
        "reopened",
        "cancelled",
        "role_assigned",
        "role_assigned",
        "role_handed_off",
        "role_handed_off",
        "role_handed_off",
        "role_left",
        "action_assigned",
        "action_finished",
        "follow_up_agreed",
        "follow_up_finished",
        "hypothesis_raised",
        "hypothesis_settled",
        "run_proposed",
        "run_approved",
        "run_finished",
        "deploy_hold_taken",
        "deploy_hold_released",
        "status_updated",
        "upgraded",
        "severity_changed",
        "cause_named",
        "corrected",
        "retracted",
        "redacted",
    ]
    .iter()
    .map(place)
    .collect();
    let what = prop_oneof![3 => proptest::sample::select(kinds), 1 => 0..10_000_usize];
    let seeds = (what, seed::plain_seed()).prop_map(|(what, seed)| Seed { what, ..seed });
    (vec(seeds, 1..most), 0..most).prop_map(|(seeds, imported)| {
        let mut kept = Kept::default();
        for (number, seed) in seeds.iter().enumerate() {
            if number < imported || seed.what % 4 > 0 { kept.import(seed) } else { kept.ask(seed) }
        }
        husks(kept.history)
    })
}

/// A history that is being told, and what is known of it so far.
#[derive(Default)]
struct Kept {
    history: Vec<Recorded>,
    situation: Incident,
    begun: BTreeSet<(Numbered, u32)>,
}

impl Kept {
    fn import(&mut self, seed: &Seed) {
        let first = self.history.is_empty();
        let event = if first { seed.declaring().event(&[]) } else { seed.event(&self.history) };
        let mut cause = seed.cause(self.history.len() as u128);
        cause.actor.via = Label::new(Actor::IMPORT).expect("a word is a label");
        let fits = history::may_have_happened(&self.situation, &incident(), &event, &cause).is_ok();
        let again = !first && matches!(event, IncidentEvent::Declared(_));
        let taken = match event.number() {
            Some(Numbering::Begins(what, number)) => self.begun.contains(&(what, number)),
            _ => false,
        };
        if fits && !again && !taken {
            self.keep(cause, 0, event);
        }
    }

    fn ask(&mut self, seed: &Seed) {
        let declares = self.history.is_empty();
        let command = if declares { seed.declaring().command(&[]) } else { seed.command(&self.history) };
        let cause = seed.cause(self.history.len() as u128);
        let decision = decide(&self.situation, &incident(), &command, &cause).unwrap_or_default();
        for (index, event) in (0..).zip(decision) {
            self.keep(cause.clone(), index, event);
        }
    }

    fn keep(&mut self, cause: Cause, index: u32, event: IncidentEvent) {
        if let Some(Numbering::Begins(what, number)) = event.number() {
            self.begun.insert((what, number));
        }
        let recorded = after(&self.history, cause, index, event);
        self.situation = evolve(std::mem::take(&mut self.situation), &recorded);
        self.history.push(recorded);
    }
}

/// The same history, of whose erased events only husks are left.
fn husks(mut history: Vec<Recorded>) -> Vec<Recorded> {
    let erased = |recorded: &Recorded| match &recorded.event {
        IncidentEvent::Redacted(redacted) => Some(redacted.target),
        _ => None,
    };
    for id in history.iter().filter_map(erased).collect::<Vec<_>>() {
        let Some(place) = history.iter().position(|recorded| recorded.event_id() == id) else { continue };
        let event = &history[place].event;
        let corrects = match event {
            IncidentEvent::Corrected(right) => history.iter().find(|told| told.event_id() == right.target),
            _ => None,
        };
        let husk = event.remains(corrects.map(|told| &told.event));
        let husk = IncidentEvent::from_payload(event.kind(), event.version(), husk.get()).expect("a husk");
        history[place].event = husk;
    }
    history
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
