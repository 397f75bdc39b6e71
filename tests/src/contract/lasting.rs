//! What outlives the process.

use std::sync::Arc;
use std::time::Duration;

use scribe::store::memory::MemoryStore;
use scribe_domain::event_store::AppendError;
use scribe_domain::ids::{Position, Revision};
use tokio::time::timeout;

use super::place::{Place, SetClock, moment};
use super::told::{SOME, all_kept, everything, incident, keep, keep_some, note, notes};

/// To the byte.
pub async fn the_record_is_there_after_a_restart(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let before = (everything(&*store).await, all_kept(&*store).await);
    drop(store);
    let store = place.open();
    assert_eq!((everything(&*store).await, all_kept(&*store).await), before);
    assert_eq!(keep(&*store, 0, 7, &["on"]).await.position, Position(SOME + 1));
}

/// Also when it says something else than before.
pub async fn a_repeat_gets_the_first_receipt_after_a_restart(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let mut append = notes(1, 8, &["a", "b"]);
    let receipt = store.append(append.clone()).await.unwrap();
    drop(store);
    let store = place.open();
    assert_eq!(store.receipt(append.command_id).await.as_ref(), Ok(&Some(receipt.clone())));
    assert_eq!(store.append(append.clone()).await.as_ref(), Ok(&receipt));
    (append.incident, append.expected) = (incident(8), Revision::NEW);
    append.events = vec![note("something else")];
    assert_eq!(store.append(append).await.as_ref(), Ok(&receipt));
    assert_eq!(store.head().await.unwrap(), Position(SOME + 2));
}

/// Also when the machine's clock was set back while nobody looked.
pub async fn recorded_times_do_not_go_back_over_a_restart(place: &dyn Place) {
    let store = place.open_at(SetClock::at(5_000).clock());
    keep(&*store, 1, 0, &["x"]).await;
    drop(store);
    let store = place.open_at(SetClock::at(4_000).clock());
    keep(&*store, 1, 1, &["y"]).await;
    let times: Vec<_> = everything(&*store).await.iter().map(|recorded| recorded.recorded_at).collect();
    assert_eq!(times, [moment(5_000), moment(5_000)]);
}

/// Also of an event that counts as recorded later than it was stamped.
pub async fn lifted_times_outlast_a_restart(place: &dyn Place) {
    let store = place.open();
    for (number, seconds) in [(0, 5_000), (1, 4_000)] {
        let machine = MemoryStore::new(SetClock::at(seconds).clock());
        keep(&machine, number, 0, &["x"]).await;
        let mut kept = all_kept(&machine).await;
        kept[0].position = Position(number as u64 + 1);
        store.adopt(kept).await.unwrap();
    }
    drop(store);
    let store = place.open_at(SetClock::at(3_000).clock());
    keep(&*store, 2, 0, &["y"]).await;
    let times: Vec<_> = everything(&*store).await.iter().map(|recorded| recorded.recorded_at).collect();
    assert_eq!(times, [moment(5_000); 3]);
}

/// Whatever was in the queue is kept whole, though nobody is left to hear of it.
pub async fn closing_waits_for_what_was_sent(place: &dyn Place) {
    let store = place.open();
    let sent: Vec<_> = (0..64)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { keep(&*store, number, 0, &["x", "y"]).await })
        })
        .collect();
    let mut acknowledged = 0;
    for (index, sender) in sent.into_iter().enumerate() {
        if index < 8 {
            sender.await.unwrap();
            acknowledged += 1;
        } else {
            sender.abort();
            let _ = sender.await;
        }
    }
    drop(store);
    let store = place.open();
    let record = everything(&*store).await;
    assert!(record.len() >= acknowledged * 2 && record.len().is_multiple_of(2));
}

/// As two processes do: each appends, each sees the other's, and nothing is lost.
pub async fn two_that_open_it_at_once_share_one_record(place: &dyn Place) {
    const EACH: u64 = 40;
    let stores = [place.open(), place.open()];
    let writers: Vec<_> = stores
        .iter()
        .map(|store| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                let mut added = Vec::new();
                for _ in 0..EACH {
                    let mut append = notes(1, 0, &["x", "y"]);
                    loop {
                        match store.append(append.clone()).await {
                            Ok(receipt) => break added.push(receipt),
                            Err(AppendError::Conflict { actual, .. }) => append.expected = actual,
                            Err(other) => panic!("{other}"),
                        }
                    }
                }
                added
            })
        })
        .collect();
    let mut receipts = Vec::new();
    for writer in writers {
        receipts.extend(writer.await.unwrap());
    }
    let record = everything(&*stores[0]).await;
    assert_eq!(record, everything(&*stores[1]).await);
    assert_eq!(record.len() as u64, 4 * EACH);
    for (recorded, place) in record.iter().zip(1..) {
        assert_eq!((recorded.position, recorded.revision), (Position(place), Revision(place)));
    }
    for receipt in receipts {
        let ids: Vec<_> = record.iter().map(scribe_domain::recorded::Recorded::event_id).collect();
        assert!(receipt.events.iter().all(|id| ids.contains(id)));
    }
}

/// Within a moment, though the commit was not this store's.
pub async fn others_appends_wake_whoever_waits(place: &dyn Place) {
    let (here, there) = (place.open(), place.open());
    for turn in 0..3 {
        let waiting = tokio::spawn({
            let here = Arc::clone(&here);
            async move { here.wait_past(Position(turn)).await }
        });
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert!(!waiting.is_finished());
        keep(&*there, 1, turn, &["x"]).await;
        timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap().unwrap();
        assert_eq!(here.head().await.unwrap(), Position(turn + 1));
    }
}
