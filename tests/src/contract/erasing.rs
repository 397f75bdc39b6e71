//! Words that go for good, and proofs that stay.

use std::sync::Arc;

use scribe_domain::event::IncidentEvent;
use scribe_domain::event::record::Redacted;
use scribe_domain::event_store::{Append, AppendError, Body, Erasure, EventStore, Kept, StoreError, Wiping};
use scribe_domain::ids::{EventId, Position, Revision};
use scribe_domain::text::Text;
use scribe_domain::values::Digest;

use super::place::Place;
use super::told::{all_kept, draft, everything, incident, keep, keep_some, new_command, note, words};

/// The revision of incident 0's first event that is erased here, one of four of its append, and its position.
const TARGET: (u64, u64) = (3, 6);
/// The revision that incident 0 has before.
const BEFORE: u64 = 7;

fn erasure(revision: u64) -> Erasure {
    Erasure { revision: Revision(revision), remains: note("c").event.remains(None), wiping: Wiping::AtOnce }
}

/// What a redaction appends.
fn redaction(expected: u64) -> Append {
    let redacted = Redacted {
        target: EventId::derive(new_command(), 0),
        by: "Zac Bentley".parse().unwrap(),
        why: Text::new("a password").unwrap(),
        remains: Some(Digest::of(erasure(1).remains.get().as_bytes())),
    };
    Append {
        incident: incident(0),
        expected: Revision(expected),
        command_id: new_command(),
        request: None,
        events: vec![draft(IncidentEvent::from(redacted))],
    }
}

async fn leaves(store: &dyn EventStore) -> Vec<Digest> {
    store.tile(0, 0).await.unwrap()
}

/// A record of which one event is erased, and the append that says so.
async fn erased(store: &dyn EventStore) -> Append {
    keep_some(store).await;
    let redaction = redaction(BEFORE);
    store.erase(redaction.clone(), erasure(TARGET.0)).await.unwrap();
    redaction
}

/// The event reads as what remains of it, everywhere; its neighbours and everybody's leaves are as before.
pub async fn an_erasure_takes_the_words_and_leaves_the_tree(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let (before, tree, history) = (all_kept(&*store).await, leaves(&*store).await, everything(&*store).await);
    let receipt = store.erase(redaction(BEFORE), erasure(TARGET.0)).await.unwrap();
    assert_eq!((receipt.revision, receipt.position), (Revision(BEFORE + 1), Position(20)));
    assert_eq!(leaves(&*store).await[..19], tree[..]);
    assert_eq!(leaves(&*store).await[19..], receipt.leaves[..]);
    assert_eq!(store.tree().await.unwrap().size, 20);

    let after = all_kept(&*store).await;
    let place = usize::try_from(TARGET.1).unwrap() - 1;
    for (index, (kept, then)) in after.iter().zip(&before).enumerate().filter(|(index, _)| *index != place) {
        assert_eq!(kept, then, "event {index}");
    }
    let (kept, then) = (&after[place], &before[place]);
    let remains = erasure(1).remains.get().into();
    assert_eq!(*kept, Kept { body: Body::Erased { digest: then.body.digest(), remains }, ..then.clone() });

    let seen = everything(&*store).await;
    assert_eq!((words(&seen[place]), words(&history[place])), ("[erased]", "b"));
    assert_eq!(seen[place].cause, history[place].cause);
    let own = store.history(&incident(0), Revision(TARGET.0 - 1)).await.unwrap();
    assert_eq!(own[0], seen[place]);
    keep(&*store, 0, BEFORE + 1, &["on"]).await;
}

/// The same request again erases nothing more and adds nothing.
pub async fn a_repeated_erasure_gets_the_first_receipt(place: &dyn Place) {
    let store = place.open();
    let redaction = erased(&*store).await;
    let (kept, first) = (all_kept(&*store).await, store.receipt(redaction.command_id).await.unwrap());
    let again = store.erase(redaction.clone(), erasure(1)).await.unwrap();
    assert_eq!(Some(&again), first.as_ref());
    assert_eq!(Some(store.append(redaction).await.unwrap()), first);
    assert_eq!(all_kept(&*store).await, kept);
    store.scrub().await.unwrap();
}

/// Neither the append nor the erasure is there.
pub async fn an_erasure_that_comes_too_late_leaves_no_trace(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let kept = all_kept(&*store).await;
    let late = store.erase(redaction(BEFORE - 1), erasure(TARGET.0)).await;
    let (expected, actual) = (Revision(BEFORE - 1), Revision(BEFORE));
    assert_eq!(late, Err(AppendError::Conflict { expected, actual }));
    assert_eq!(all_kept(&*store).await, kept);
}

/// Nothing is appended that says otherwise.
pub async fn what_is_not_there_is_not_erased(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let kept = all_kept(&*store).await;
    let beyond = store.erase(redaction(BEFORE), erasure(BEFORE + 1)).await;
    assert!(matches!(beyond, Err(AppendError::Store(StoreError::Unacceptable(_)))), "{beyond:?}");
    assert_eq!(all_kept(&*store).await, kept);
}

/// What was erased stays as it is, whatever is asked of it.
pub async fn an_event_is_erased_once(place: &dyn Place) {
    let store = place.open();
    erased(&*store).await;
    let kept = all_kept(&*store).await;
    let other = note("another").event.payload();
    let second = Erasure { revision: Revision(TARGET.0), remains: other, wiping: Wiping::AtOnce };
    store.erase(redaction(BEFORE + 1), second).await.unwrap();
    assert_eq!(all_kept(&*store).await[..20], kept[..]);
}

/// A receipt holds leaves, and those do not change.
pub async fn the_receipt_of_what_was_erased_stays_the_same(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let first = everything(&*store).await[5].cause.command_id;
    let receipt = store.receipt(first).await.unwrap().unwrap();
    store.erase(redaction(BEFORE), erasure(TARGET.0)).await.unwrap();
    assert_eq!(store.receipt(first).await.unwrap().unwrap(), receipt);
}

/// Carried into another store, it is still erased and still proven; and erasing goes on there.
pub async fn a_carried_record_keeps_what_was_erased(place: &dyn Place) {
    let store = a_record_with_erased_events_is_taken_over(place).await;
    store.erase(redaction(BEFORE + 1), erasure(1)).await.unwrap();
}

/// Also by a store that cannot erase.
pub async fn a_record_with_erased_events_is_taken_over(place: &dyn Place) -> Arc<dyn EventStore> {
    let elsewhere = scribe::store::memory::MemoryStore::new(scribe::clock::system());
    erased(&elsewhere).await;
    let store = place.open();
    store.adopt(all_kept(&elsewhere).await).await.unwrap();
    assert_eq!(all_kept(&*store).await, all_kept(&elsewhere).await);
    assert_eq!(store.tree().await.unwrap(), elsewhere.tree().await.unwrap());
    assert_eq!(everything(&*store).await, everything(&elsewhere).await);
    store
}

/// A store that takes nothing away must not look as if it did.
pub async fn who_cannot_erase_says_so_and_keeps_nothing(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let kept = all_kept(&*store).await;
    let answer = store.erase(redaction(BEFORE), erasure(TARGET.0)).await;
    assert!(matches!(answer, Err(AppendError::Store(StoreError::Unacceptable(_)))), "{answer:?}");
    assert_eq!(all_kept(&*store).await, kept);
}
