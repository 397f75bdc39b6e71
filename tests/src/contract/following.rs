//! Missing nothing, repeating nothing.

use std::sync::Arc;
use std::time::Duration;

use scribe_domain::event_store::Follow;
use scribe_domain::ids::Position;
use tokio::time::timeout;

use super::place::Place;
use super::told::{SOME, keep, keep_some};

/// Long enough on a busy machine; a check that needs it has failed.
const SOON: Duration = Duration::from_secs(20);

/// There is something already.
pub async fn waiting_for_the_past_ends_at_once(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    for seen in 0..SOME {
        timeout(SOON, store.wait_past(Position(seen))).await.unwrap().unwrap();
    }
}

/// For everybody who waits, and not before.
pub async fn waiting_ends_with_the_next_append(place: &dyn Place) {
    let store = place.open();
    keep_some(&*store).await;
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.wait_past(Position(SOME)).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(120)).await;
    assert!(waiting.iter().all(|waiter| !waiter.is_finished()));
    keep(&*store, 7, 0, &["x"]).await;
    for waiter in waiting {
        timeout(SOON, waiter).await.unwrap().unwrap().unwrap();
    }
}

/// A follower starts while a writer is at work, catches up with it, and goes on live: it gets every event
/// once, in order.
pub async fn nothing_is_missed_across_the_seam(place: &dyn Place) {
    const APPENDS: u64 = 150;
    let store = place.open();
    keep_some(&*store).await;
    let writer = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for turn in 0..APPENDS {
                keep(&*store, 9, turn * 2, &["x", "y"]).await;
                if turn % 10 == 0 {
                    tokio::time::sleep(Duration::from_millis(3)).await;
                }
            }
        }
    });
    let mut followers = Vec::new();
    for (after, limit) in [(0, 1), (5, 7), (SOME, 1_000)] {
        let store = Arc::clone(&store);
        followers.push(tokio::spawn(async move {
            let mut follow = Follow::new(&*store, Position(after));
            let mut next = after + 1;
            while next <= SOME + APPENDS * 2 {
                for recorded in timeout(SOON, follow.next(limit)).await.unwrap().unwrap() {
                    assert_eq!(recorded.position, Position(next));
                    next += 1;
                }
            }
        }));
    }
    writer.await.unwrap();
    for follower in followers {
        follower.await.unwrap();
    }
}
