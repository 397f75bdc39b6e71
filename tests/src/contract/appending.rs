//! All or nothing, at the right revision, in time.

use std::sync::Arc;

use scribe_domain::event_store::{Append, AppendError, StoreError};
use scribe_domain::ids::{EventId, Position, Revision};

use super::place::{Place, SetClock, moment};
use super::told::{all_kept, everything, incident, keep, keep_some, new_command, note, notes, words};

/// Readers look all the while, and never see a part of an append.
pub async fn an_append_is_seen_whole_or_not_at_all(place: &dyn Place) {
    const SIZE: usize = 7;
    let store = place.open();
    let writer = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for turn in 0..30 {
                keep(&*store, 1, turn * SIZE as u64, &["x"; SIZE]).await;
            }
        }
    });
    while !writer.is_finished() {
        assert_eq!(store.history(&incident(1), Revision::NEW).await.unwrap().len() % SIZE, 0);
        assert_eq!(everything(&*store).await.len() % SIZE, 0);
        assert_eq!(usize::try_from(store.head().await.unwrap().0).unwrap() % SIZE, 0);
    }
    writer.await.unwrap();
    assert_eq!(everything(&*store).await.len(), 30 * SIZE);
}

/// The revision and position after it, and the ids of its events, as they stand in the record.
pub async fn a_receipt_tells_what_was_added_and_where(place: &dyn Place) {
    let store = place.open();
    keep(&*store, 1, 0, &["a", "b"]).await;
    keep(&*store, 2, 0, &["c"]).await;
    let append = notes(1, 2, &["d", "e", "f"]);
    let receipt = store.append(append.clone()).await.unwrap();
    assert_eq!((receipt.revision, receipt.position), (Revision(5), Position(6)));
    assert_eq!(receipt.incident, append.incident);
    let added = store.history(&incident(1), Revision(2)).await.unwrap();
    let ids: Vec<EventId> = added.iter().map(scribe_domain::recorded::Recorded::event_id).collect();
    assert_eq!(receipt.events, ids);
    assert_eq!(added.iter().map(words).collect::<Vec<_>>(), ["d", "e", "f"]);
    assert_eq!(store.receipt(append.command_id).await.unwrap(), Some(receipt));
    assert_eq!(store.receipt(new_command()).await.unwrap(), None);
}

/// The record is the same to the byte, and the request was not taken note of.
pub async fn a_conflict_tells_the_actual_revision_and_leaves_no_trace(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let before = all_kept(&*store).await;
    for wrong in [0, 1, 6, 8, 1_000] {
        let late = notes(0, wrong, &["late", "later"]);
        let conflict = AppendError::Conflict { expected: Revision(wrong), actual: Revision(7) };
        assert_eq!(store.append(late.clone()).await, Err(conflict));
        assert_eq!(store.receipt(late.command_id).await.unwrap(), None);
    }
    assert_eq!(all_kept(&*store).await, before);
    assert_eq!(keep(&*store, 0, 7, &["right"]).await.revision, Revision(8));
}

/// Also to a conflict, which does not bring it into being.
pub async fn a_new_incident_is_at_revision_zero(place: &dyn Place) {
    let store = place.open();
    let conflict = AppendError::Conflict { expected: Revision(3), actual: Revision::NEW };
    assert_eq!(store.append(notes(1, 3, &["x"])).await, Err(conflict));
    assert_eq!(store.history(&incident(1), Revision::NEW).await.unwrap(), []);
    assert_eq!(store.head().await.unwrap(), Position(0));
    assert_eq!(keep(&*store, 1, 0, &["x"]).await.revision, Revision(1));
}

/// 1, 2, 3 …, whatever the appends' sizes and whatever happens elsewhere in between.
pub async fn revisions_count_from_one_in_each_incident(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    for number in 0..3 {
        let history = store.history(&incident(number), Revision::NEW).await.unwrap();
        assert!(!history.is_empty());
        for (recorded, revision) in history.iter().zip(1..) {
            assert_eq!(recorded.revision, Revision(revision));
            assert_eq!(recorded.incident, incident(number));
        }
    }
}

/// Sixteen that expect the same revision: one is added, the others are told of it.
pub async fn of_rivals_exactly_one_wins(place: &dyn Place) {
    let store = place.open();
    keep(&*store, 1, 0, &["first"]).await;
    let rivals: Vec<_> = (0..16)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.append(notes(1, 1, &["mine", "too"])).await })
        })
        .collect();
    let mut winners = 0;
    for rival in rivals {
        match rival.await.unwrap() {
            Ok(receipt) => {
                assert_eq!(receipt.revision, Revision(3));
                winners += 1;
            }
            Err(error) => {
                assert_eq!(error, AppendError::Conflict { expected: Revision(1), actual: Revision(3) });
            }
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(everything(&*store).await.len(), 3);
}

/// As unacceptable: nobody need send it again.
pub async fn an_empty_append_is_refused(place: &dyn Place) {
    let store = place.open();
    let refused = store.append(notes(1, 0, &[])).await;
    assert!(matches!(refused, Err(AppendError::Store(StoreError::Unacceptable(_)))), "{refused:?}");
    assert_eq!(store.head().await.unwrap(), Position(0));
}

/// By number of events; exactly as many as may be are taken.
pub async fn an_oversized_append_is_refused_and_the_largest_is_not(place: &dyn Place) {
    let store = place.open();
    let mut append = notes(1, 0, &[]);
    append.events = vec![note("x"); Append::LIMIT + 1];
    let refused = store.append(append.clone()).await;
    assert!(matches!(refused, Err(AppendError::Store(StoreError::Unacceptable(_)))), "{refused:?}");
    assert_eq!(store.head().await.unwrap(), Position(0));
    append.events.pop();
    let receipt = store.append(append).await.unwrap();
    assert_eq!(receipt.events.len(), Append::LIMIT);
    assert_eq!(store.read(Position(9_998), 10).await.unwrap().len(), 2);
}

/// Also when the clock does.
pub async fn recorded_times_never_go_back(place: &dyn Place) {
    let clock = SetClock::at(1_000);
    let store = place.open_at(clock.clock());
    let mut expected = Vec::new();
    for (turn, (says, recorded)) in
        [(1_000, 1_000), (2_000, 2_000), (500, 2_000), (2_001, 2_001)].into_iter().enumerate()
    {
        clock.set(says);
        keep(&*store, turn, 0, &["x", "y"]).await;
        expected.extend([moment(recorded); 2]);
    }
    let times: Vec<_> = everything(&*store).await.iter().map(|recorded| recorded.recorded_at).collect();
    assert_eq!(times, expected);
}
