//! Carrying out requests on a store.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::sync::Arc;

use chrono::{DateTime, Utc};
use proptest::collection::vec;
use proptest::prelude::*;
use scribe::store::memory::MemoryStore;
use scribe_domain::command::{Request, Target};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::{EventStore, Receipt};
use scribe_domain::execute::{ExecuteError, Known, execute};
use scribe_domain::ids::{Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::testing::seed::{Seed, incident, seed};

fn store() -> MemoryStore {
    MemoryStore::new(Arc::new(DateTime::<Utc>::default))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// What the seed asks of the incident as it is now.
fn request(seed: &Seed, number: usize, history: &[Recorded]) -> Request {
    let seed = if history.is_empty() { seed.declaring() } else { seed.clone() };
    Request::new(Target::Incident(incident()), seed.command(history), seed.cause(number as u128))
}

async fn history(store: &dyn EventStore) -> Vec<Recorded> {
    store.history(&incident(), Revision::NEW).await.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every request is sent twice, some of them much later again.
    #[test]
    fn repeating_a_request_adds_nothing_and_gets_the_first_answer(seeds in vec(seed(), 1..80), late in vec(any::<prop::sample::Index>(), 10)) {
        block_on(async {
            let (store, mut known) = (store(), Known::default());
            let mut answered: Vec<(Request, Receipt)> = Vec::new();
            for (number, seed) in seeds.iter().enumerate() {
                let request = request(seed, number, &history(&store).await);
                let first = execute(&store, request.clone(), None, &mut known, async |_| {}).await;
                let head = store.head().await.unwrap();
                let again = execute(&store, request.clone(), None, &mut known, async |_| {}).await;
                assert_eq!(again, first);
                assert_eq!(store.head().await.unwrap(), head);
                answered.extend(first.ok().filter(|receipt| !receipt.events.is_empty()).map(|receipt| (request, receipt)));
            }
            let before = store.read_kept(Position(0), usize::MAX).await.unwrap();
            for (request, receipt) in late.iter().filter_map(|at| answered.get(at.index(seeds.len()))) {
                assert_eq!(execute(&store, request.clone(), None, &mut known, async |_| {}).await.as_ref(), Ok(receipt));
            }
            assert_eq!(store.read_kept(Position(0), usize::MAX).await.unwrap(), before);
        });
    }

    /// A receipt says exactly what was added; what was refused or stale left no trace.
    #[test]
    fn receipts_tell_the_truth(seeds in vec(seed(), 1..80), insisted in vec(0..40_u64, 80)) {
        block_on(async {
            let (store, mut known) = (store(), Known::default());
            for (number, (seed, insisted)) in seeds.iter().zip(insisted).enumerate() {
                let before = history(&store).await;
                let at = Revision(before.len() as u64);
                let insisted = (insisted < 20).then_some(Revision(insisted));
                let result = execute(&store, request(seed, number, &before), insisted, &mut known, async |_| {}).await;
                let after = history(&store).await;
                for (now, then) in after.iter().zip(&before) {
                    // Only an erasure changes what was recorded, and only its words.
                    assert!(now == then || is_erased(now, &after), "{now:?} was {then:?}");
                    assert_eq!((now.position, now.event.kind(), &now.cause), (then.position, then.event.kind(), &then.cause));
                }
                let added: Vec<_> = after[before.len()..].iter().map(Recorded::event_id).collect();
                match result {
                    Ok(receipt) => {
                        assert!(insisted.is_none_or(|insisted| insisted == at));
                        assert_eq!(receipt.events, added);
                        assert_eq!(receipt.revision, Revision(after.len() as u64));
                        assert_eq!(after.last().map(|last| last.position), Some(receipt.position));
                    }
                    Err(ExecuteError::Stale { expected, actual }) => {
                        assert_eq!((Some(expected), actual, added), (insisted, at, vec![]));
                        assert_ne!(expected, actual);
                    }
                    Err(_) => assert_eq!(added, []),
                }
            }
        });
    }
}

fn is_erased(one: &Recorded, history: &[Recorded]) -> bool {
    let id = one.event_id();
    history.iter().any(|recorded| matches!(&recorded.event, IncidentEvent::Redacted(e) if e.target == id))
}
