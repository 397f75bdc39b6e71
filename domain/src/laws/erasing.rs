//! What remains of an erased event.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use crate::event::IncidentEvent as E;
use crate::event::husk::ERASED;
use crate::event::runs::Standing;
use crate::ids::EventId;
use crate::incident::{Case, Incident, Run, Stage};
use crate::recorded::Recorded;
use crate::testing::generated::{accepted_history, history_in_own_words};
use crate::testing::words::own_words;
use crate::text::{ShellLine, Text};

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

fn stage(stage: &Stage) -> Stage {
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
