//! What remains of an erased event, and that nobody sees more of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::husk::ERASED;
use scribe_domain::event::record::Redacted;
use scribe_domain::ids::EventId;
use scribe_domain::incident::{Case, Incident, Run};
use scribe_domain::recorded::Recorded;
use scribe_domain::text::{ShellLine, Text};
use scribe_projections::question::AsOf;
use scribe_projections::timeline::{EntryStanding, Filter, Timeline};
use scribe_tests::arbitrary::{accepted_history, history_in_own_words, own_words, recorded, seed};
use serde_json::Value;

use crate::views::everything;

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_husk_is_the_same_kind_of_event_without_its_words(history in history_in_own_words(60)) {
        for (place, recorded) in history.iter().enumerate() {
            let target = corrects(&history, &recorded.event);
            let payload = recorded.event.remains(target);
            let husk = E::from_payload(recorded.event.kind(), recorded.event.version(), payload.get()).unwrap();
            prop_assert_eq!(husk.kind(), recorded.event.kind());
            prop_assert!(!matches!(husk, E::Unknown(_)));
            prop_assert!(!payload.get().contains(&own_words(place)), "{}", payload.get());
            let again = husk.remains(target);
            prop_assert_eq!(again.get(), payload.get());
            let told = serde_json::from_str(recorded.event.payload().get()).unwrap();
            let left = serde_json::from_str(payload.get()).unwrap();
            same_bones(&told, &left)?;
        }
    }

    /// Whatever is erased, everybody may do what they might have done before.
    #[test]
    fn nobody_gains_or_loses_a_right_by_an_erasure(
        history in accepted_history(120), places in proptest::collection::vec(0..120_usize, 1..20)
    ) {
        let mut left = history.clone();
        for place in places.into_iter().filter(|place| *place < history.len()) {
            left[place].event = husk(&history, place);
        }
        let (before, after) = (Incident::replay(&history), Incident::replay(&left));
        prop_assert_eq!(std::mem::discriminant(&before), std::mem::discriminant(&after));
        if let (Some(before), Some(after)) = (before.case(), after.case()) {
            prop_assert_eq!(rights(before), rights(after));
        }
    }

    #[test]
    fn what_is_erased_is_seen_nowhere_and_at_no_moment(
        history in history_in_own_words(40), place in 0..40_usize, last in seed()
    ) {
        let place = place % history.len();
        let erased = erase(&history, place, last.cause(u128::MAX));
        let words = own_words(place);
        let id = history[place].event_id();
        let moments = erased.iter().map(|recorded| recorded.recorded_at).step_by(7);
        let moments = moments.map(|at| AsOf { recorded_by: Some(at), ..AsOf::NOW }).chain([AsOf::NOW]);
        for as_of in moments {
            for (name, json, text) in everything(&erased, &as_of) {
                prop_assert!(!json.contains(&words), "{name} as of {as_of:?} holds {words}: {json}");
                prop_assert!(!text.contains(&words), "{name} as of {as_of:?} says {words}:\n{text}");
            }
        }
        let timeline = Timeline::of(&erased, &AsOf::NOW, &Filter::default());
        let entry = timeline.entries.iter().find(|entry| entry.id == id).unwrap();
        prop_assert_eq!(entry.standing, EntryStanding::Erased, "the gap shows");
    }
}

/// The history after this event of it was erased, as a store then tells it.
fn erase(history: &[Recorded], place: usize, cause: scribe_domain::recorded::Cause) -> Vec<Recorded> {
    let mut erased = history.to_vec();
    erased[place].event = husk(history, place);
    let redacted = Redacted {
        target: history[place].event_id(),
        by: cause.actor.who.clone(),
        why: Text::new("a password").unwrap(),
        remains: None,
    };
    erased.push(recorded(history, cause, 0, redacted.into()));
    erased
}

fn husk(history: &[Recorded], place: usize) -> E {
    let event = &history[place].event;
    let payload = event.remains(corrects(history, event));
    E::from_payload(event.kind(), event.version(), payload.get()).unwrap()
}

fn corrects<'a>(history: &'a [Recorded], event: &E) -> Option<&'a E> {
    let E::Corrected(correction) = event else { return None };
    history.iter().find(|recorded| recorded.event_id() == correction.target).map(|recorded| &recorded.event)
}

/// Numbers, truths and shape stay, and a text is as it was or gone; only what has keys of its own, or is
/// no field of what it corrects, may become smaller.
fn same_bones(told: &Value, left: &Value) -> Result<(), TestCaseError> {
    match (told, left) {
        (Value::Object(told), Value::Object(left)) => {
            for (name, left) in left.iter().filter(|(name, _)| *name != ERASED) {
                prop_assert!(told.contains_key(name), "{name} was not told");
                same_bones(&told[name], left)?;
            }
        }
        (Value::Array(told), Value::Array(left)) => {
            prop_assert_eq!(told.len(), left.len());
            told.iter().zip(left).try_for_each(|(told, left)| same_bones(told, left))?;
        }
        (told, left) => prop_assert!(told == left || left == ERASED, "{told} became {left}"),
    }
    Ok(())
}

/// Everything that decisions rest on, without the words that no decision looks at.
fn rights(case: &Case) -> (Case, Vec<EventId>) {
    let erased = || ShellLine::new(ERASED).unwrap();
    let bare = |run: &Run| Run { line: erased(), stage: stage(&run.stage), ..run.clone() };
    let runs = case.runs.iter().map(|(number, run)| (*number, bare(run)));
    let known: BTreeSet<EventId> = case.events.keys().copied().collect();
    (Case { runs: runs.collect(), events: BTreeMap::new(), ..case.clone() }, known.into_iter().collect())
}

fn stage(stage: &scribe_domain::incident::Stage) -> scribe_domain::incident::Stage {
    use scribe_domain::event::runs::Standing;
    use scribe_domain::incident::Stage;
    let reason = || Text::new(ERASED).unwrap();
    match stage {
        Stage::Started(Standing::Emergency { .. }) => {
            Stage::Started(Standing::Emergency { reason: reason() })
        }
        Stage::Started(Standing::Unapproved { .. }) => {
            Stage::Started(Standing::Unapproved { reason: reason() })
        }
        other => other.clone(),
    }
}
