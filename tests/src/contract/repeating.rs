//! The same request again.

use std::sync::Arc;

use scribe_domain::ids::{Position, Revision};

use super::place::Place;
use super::told::{all_kept, everything, incident, keep, note, notes};

/// Another incident, another expectation, other events: what was decided first stands.
pub async fn a_repeat_gets_the_first_receipt_whatever_else_it_says(place: &dyn Place) {
    let store = place.open();
    let first = notes(1, 0, &["a", "b"]);
    let receipt = store.append(first.clone()).await.unwrap();
    keep(&*store, 1, 2, &["c"]).await;
    keep(&*store, 2, 0, &["d"]).await;
    let before = all_kept(&*store).await;

    let mut others = vec![first.clone()];
    for (number, expected) in [(1, 3), (1, 77), (2, 1), (3, 0), (3, 5)] {
        let mut other = first.clone();
        (other.incident, other.expected) = (incident(number), Revision(expected));
        other.events = vec![note("something else")];
        others.push(other);
    }
    for other in others {
        assert_eq!(store.append(other).await.as_ref(), Ok(&receipt));
    }
    assert_eq!(all_kept(&*store).await, before);
    assert_eq!(store.history(&incident(3), Revision::NEW).await.unwrap(), []);
    assert_eq!(keep(&*store, 3, 0, &["new"]).await.revision, Revision(1));
}

/// Sixteen tasks send it at the same time, in two forms: all get the one receipt.
pub async fn many_repeats_at_once_add_one_append(place: &dyn Place) {
    let store = place.open();
    for round in 0..8 {
        let first = notes(round, 0, &["a", "b", "c"]);
        let senders: Vec<_> = (0..16)
            .map(|sender| {
                let (store, mut append) = (Arc::clone(&store), first.clone());
                if sender % 2 == 1 {
                    append.expected = Revision(9);
                    append.incident = incident(100 + round);
                }
                tokio::spawn(async move { store.append(append).await })
            })
            .collect();
        let mut receipts = Vec::new();
        for sender in senders {
            // One that expects revision 9 and comes before the others is a conflict, as it should be.
            receipts.extend(sender.await.unwrap());
        }
        assert!(receipts.len() >= 8);
        assert!(receipts.iter().all(|receipt| *receipt == receipts[0]));
        assert_eq!(store.head().await.unwrap(), Position(3 * (round as u64 + 1)));
    }
    assert_eq!(everything(&*store).await.len(), 24);
}

/// A conflict is not remembered: the request may be decided anew and sent under the same id.
pub async fn a_request_that_was_refused_may_come_again(place: &dyn Place) {
    let store = place.open();
    keep(&*store, 1, 0, &["a"]).await;
    let mut late = notes(1, 0, &["b"]);
    store.append(late.clone()).await.unwrap_err();
    late.expected = Revision(1);
    assert_eq!(store.append(late).await.unwrap().revision, Revision(2));
}
