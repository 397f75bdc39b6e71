//! Nobody sees more of what is erased than that it is.

use proptest::prelude::*;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::record::Redacted;
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::testing::generated::{after, history_in_own_words};
use scribe_domain::testing::seed::seed;
use scribe_domain::testing::words::own_words;
use scribe_domain::text::Text;

use super::moments::everything;
use crate::question::AsOf;
use crate::timeline::{EntryStanding, Filter, Timeline};

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

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
fn erase(history: &[Recorded], place: usize, cause: Cause) -> Vec<Recorded> {
    let mut erased = history.to_vec();
    erased[place].event = husk(history, place);
    let redacted = Redacted {
        target: history[place].event_id(),
        by: cause.actor.who.clone(),
        why: Text::new("a password").unwrap(),
        remains: None,
    };
    erased.push(after(history, cause, 0, redacted.into()));
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
