//! A cluster that goes away and comes back: looks go on and say so, appends are refused at once, and nobody needs to
//! start anything again.

use std::time::{Duration, Instant};

use scribe_domain::event_store::{AppendError, StoreError};
use scribe_domain::ids::Position;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::told::{SOME, everything, keep, keep_some, notes};

use super::node::{must_agree, server, tell, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn looks_go_on_and_appends_are_refused_at_once() {
    let place = server(1);
    let cluster = place.server().unwrap();
    let node = place.open();
    keep_some(&*node).await;
    assert_eq!(node.stale().await, None);
    assert_eq!(node.takes_appends().await, Ok(()));
    let before = everything(&*node).await;

    cluster.kill(0);
    until("the loss is noticed", || async { node.stale().await.is_some() }).await;
    let asked = Instant::now();
    assert_eq!(everything(&*node).await, before);
    assert_eq!(node.head().await, Ok(Position(SOME)));
    for _ in 0..10 {
        let refused = node.append(notes(9, 0, &["x"])).await;
        assert!(matches!(refused, Err(AppendError::Store(StoreError::Unavailable(_)))), "{refused:?}");
    }
    assert!(matches!(node.takes_appends().await, Err(StoreError::Unavailable(_))));
    assert!(asked.elapsed() < Duration::from_secs(5), "nobody waits for what is known to be away");

    cluster.restart(0).unwrap();
    until("it is in reach again", || async { node.stale().await.is_none() }).await;
    let receipt = tell(&*node, notes(9, 0, &["x"])).await;
    assert_eq!(receipt.position, Position(SOME + 1));
    must_agree(&place, &[node], &[receipt]).await;
}

/// It is opened all the same: nothing can be appended, and no empty record is shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_is_down_at_the_start_is_out_of_reach() {
    let place = server(1);
    place.server().unwrap().kill(0);
    let node = place.open();
    let shown = node.head().await;
    let Err(StoreError::Unavailable(why)) = &shown else { panic!("{shown:?}") };
    assert!(why.contains("never been in touch"), "{why}");
    assert_eq!(node.read(Position(0), 10).await, shown.map(|_| Vec::new()));
    assert!(node.stale().await.is_some());
    let refused = node.append(notes(0, 0, &["x"])).await;
    assert!(matches!(refused, Err(AppendError::Store(StoreError::Unavailable(_)))), "{refused:?}");
    place.server().unwrap().restart(0).unwrap();
    until("it is in reach", || async { node.stale().await.is_none() }).await;
    keep(&*node, 0, 0, &["x"]).await;
    assert_eq!(node.head().await, Ok(Position(1)));
}
