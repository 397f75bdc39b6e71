//! A record with wrong clocks in it, carried elsewhere.

use chrono::{DateTime, TimeDelta, Utc};
use scribe::store::memory::MemoryStore;
use scribe::transfer::{RestoreReport, Terms, TransferError, restore};
use scribe_domain::clocks::Positions;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::{Append, EventStore};
use scribe_domain::ids::{IncidentId, Position, Revision};
use scribe_domain::system::ClockSettled;
use scribe_domain::text::Text;
use scribe_tests::contract::place::{SetClock, moment};
use scribe_tests::contract::told::{draft, keep, new_command};

use super::{empty, export};

/// About 2026, in seconds.
const NOW: i64 = 1_795_000_000;
const YEAR: i64 = 31_557_600;

/// One right note, one from a machine that is a year ahead, and so many right ones after it.
async fn spoilt(after: u64) -> (MemoryStore, SetClock) {
    let clock = SetClock::at(NOW);
    let store = MemoryStore::new(clock.clock());
    keep(&store, 1, 0, &["right"]).await;
    clock.set(NOW + YEAR);
    keep(&store, 1, 1, &["a year ahead"]).await;
    for nth in 0..after {
        clock.set(NOW + 10 + i64::try_from(nth).unwrap());
        keep(&store, 1, 2 + nth, &["right again"]).await;
    }
    (store, clock)
}

async fn restored(
    store: &dyn EventStore,
    export: &str,
    now: DateTime<Utc>,
) -> Result<RestoreReport, TransferError> {
    restore(store, export, &Terms { now, known: Vec::new(), begun: None }).await
}

fn later() -> DateTime<Utc> {
    moment(NOW) + TimeDelta::minutes(1)
}

#[tokio::test]
async fn a_stamp_from_the_future_is_taken_over_with_what_contradicts_it_and_not_without() {
    let (alone, _) = spoilt(0).await;
    let refused = restored(&empty(), &export(&alone).await, later()).await.unwrap_err().to_string();
    assert!(
        refused.contains("line 2: recorded_at: 20") && refused.contains("nothing behind it"),
        "{refused}"
    );
    let (contradicted, _) = spoilt(2).await;
    let other = empty();
    let report = restored(&other, &export(&contradicted).await, later()).await.unwrap();
    assert_eq!(report.added, 4);
    let all = |store: MemoryStore| async move { store.read(Position(0), 9).await.unwrap() };
    assert_eq!(all(other).await, all(contradicted).await);
}

#[tokio::test]
async fn what_was_settled_counts_wherever_the_record_goes() {
    let (store, clock) = spoilt(1).await;
    clock.set(NOW + 30);
    let settled = ClockSettled {
        wrong: Positions { first: Position(2), last: Position(2) },
        why: Text::new("it was a year ahead").unwrap(),
        resumes: moment(NOW + 10),
        instead_of: None,
    };
    let append = Append {
        incident: IncidentId::clocks(),
        expected: Revision::NEW,
        command_id: new_command(),
        request: None,
        events: vec![draft(IncidentEvent::System(settled.into()))],
    };
    store.append(append).await.unwrap();
    let other = empty();
    restored(&other, &export(&store).await, later()).await.unwrap();
    let (there, here) =
        (other.read(Position(0), 9).await.unwrap(), store.read(Position(0), 9).await.unwrap());
    assert_eq!(there, here);
    let seconds: Vec<_> = there.iter().map(|told| (told.recorded_at - moment(NOW)).num_seconds()).collect();
    assert_eq!(seconds, [0, 10, 10, 30]);
    // The tail alone continues what was restored before it.
    assert_eq!(restored(&other, &export(&store).await, later()).await.unwrap().already_kept, 4);
}
