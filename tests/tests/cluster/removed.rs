//! What an operator takes out of the cluster, and what that stops.

use std::path::Path;

use scribe::clock;
use scribe::ledger::Ledger;
use scribe::store::kurrent::KurrentStore;
use scribe_domain::event_store::{AppendError, EventStore as _, StaleCause, StoreError};
use scribe_domain::ids::Position;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::cluster::OnCluster;
use scribe_tests::contract::told::{SOME, all_kept, incident, keep, keep_some, notes};
use tempfile::tempdir;

use super::node::{must_agree, server, until, within};

fn open(place: &OnCluster, mirror: &Path) -> KurrentStore {
    KurrentStore::open(place.address(), mirror, clock::system()).unwrap()
}

/// The stream with which every mirror ends: other incidents go on, on every node, and it is said what happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stream_that_is_taken_out_stops_its_own_incident_only() {
    for how in ["soft-delete", "tombstone", "truncate"] {
        let (place, mirror) = (server(1), tempdir().unwrap());
        let cluster = place.server().unwrap();
        let node = open(&place, mirror.path());
        let other = place.open();
        keep_some(&node).await;
        assert_eq!(other.head().await, Ok(Position(SOME)));
        let before = all_kept(&node).await;
        let last = format!("incident-{}", incident(2));
        match how {
            "soft-delete" => cluster.soft_delete(&last),
            "tombstone" => cluster.tombstone(&last),
            _ => cluster.truncate_before(&last, 3),
        }
        until("it is told", || async {
            !node.warnings().await.is_empty() && !other.warnings().await.is_empty()
        })
        .await;
        let warnings = node.warnings().await;
        assert_eq!(warnings[0].incident, Some(incident(2)));
        assert!(warnings[0].what.contains("somebody"), "{how}: {warnings:?}");
        // What was shown stays; what would come behind the gap is refused with the reason.
        assert_eq!(all_kept(&node).await, before);
        let refused = node.append(notes(2, 4, &["on"])).await;
        let Err(AppendError::Store(StoreError::Barred { why, .. })) = &refused else {
            panic!("{how}: {refused:?}")
        };
        assert!(why.contains("somebody"), "{how}: {why}");
        keep(&node, 0, 7, &["others go on"]).await;
        keep(&*other, 1, 8, &["there too"]).await;
        drop(node);

        // A process that comes later goes on from another incident's event.
        let node = open(&place, mirror.path());
        keep(&node, 0, 8, &["and later"]).await;
        assert_eq!(node.head().await, Ok(Position(SOME + 3)), "{how}");
        assert_eq!(other.head().await, Ok(Position(SOME + 3)), "{how}");
        assert_eq!(all_kept(&node).await, all_kept(&*other).await);
    }
}

/// The same while nobody looks: the mirror ends with a stream that is gone when the next process comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_stream_that_a_mirror_ends_with_may_be_gone() {
    for how in ["soft-delete", "tombstone"] {
        let (place, mirror) = (server(1), tempdir().unwrap());
        let cluster = place.server().unwrap();
        let node = open(&place, mirror.path());
        keep_some(&node).await;
        drop(node);
        let last = format!("incident-{}", incident(2));
        match how {
            "tombstone" => cluster.tombstone(&last),
            _ => cluster.soft_delete(&last),
        }
        let node = open(&place, mirror.path());
        keep(&node, 0, 7, &["on"]).await;
        assert_eq!(node.stale().await, None, "{how}");
        let refused = node.append(notes(2, 4, &["x"])).await;
        assert!(matches!(refused, Err(AppendError::Store(StoreError::Barred { .. }))), "{how}: {refused:?}");
    }
}

/// It is undone before anything was scavenged.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_given_back_goes_on() {
    let place = server(1);
    let cluster = place.server().unwrap();
    let node = place.open();
    keep_some(&*node).await;
    let stream = format!("incident-{}", incident(2));
    cluster.truncate_before(&stream, 3);
    until("it is told", || async { !node.warnings().await.is_empty() }).await;
    cluster.truncate_before(&stream, 0);
    until("it is told again", || async { node.warnings().await.is_empty() }).await;
    keep(&*node, 2, 4, &["on"]).await;
    must_agree(&place, &[node], &[]).await;
}

/// Emptied, or put back to an older state, under a running server: nothing is taken any more, and it is said why.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cluster_that_lost_the_record_is_told_from_one_that_is_away() {
    for emptied in [true, false] {
        let place = server(1);
        let cluster = place.server().unwrap();
        let node = place.open();
        keep_some(&*node).await;
        let then = cluster.recorded();
        keep(&*node, 0, 7, &["a", "b"]).await;
        if emptied {
            cluster.empty();
        } else {
            cluster.restore_to(then);
        }
        until("it is told", || async {
            let _ = node.head().await;
            node.stale().await.is_some_and(|stale| matches!(stale.cause, StaleCause::Barred { .. }))
        })
        .await;
        let stale = node.stale().await.unwrap();
        assert!(stale.why.contains("another record, or an older copy"), "{stale:?}");
        let refused = node.append(notes(9, 0, &["x"])).await;
        assert!(matches!(refused, Err(AppendError::Store(StoreError::Barred { .. }))), "{refused:?}");
        assert_eq!(node.head().await, Ok(Position(SOME + 2)), "what was shown stays");
        assert_eq!(cluster.stream_length(&format!("incident-{}", incident(9))), 0, "and nothing was sent");
    }
}

/// An operator deleted an incident's stream and let the cluster scavenge: nodes that have its events keep them,
/// whatever a node that came later has to say.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_scavenged_stays_on_the_nodes_that_have_it() {
    let (before, place) = (server(1), server(1));
    let (mirror, other) = (tempdir().unwrap(), tempdir().unwrap());
    let keys = tempdir().unwrap();
    let ledger = Ledger::new(Some(keys.path().to_owned()), None);
    let first = open(&before, mirror.path());
    keep_some(&first).await;
    ledger.checkpoint(&first).await.unwrap();
    let (kept, tree) = (all_kept(&first).await, first.tree().await.unwrap());
    drop(first);
    // The same log without the stream of incident 1: what remains after scavenging. Places are others here, so the
    // anchor is found by the mirror's last event.
    let gone = format!("incident-{}", incident(1));
    for record in before.server().unwrap().records() {
        if record.stream != gone {
            place.server().unwrap().write(&record.stream, vec![record.event.clone()]);
        }
    }
    let first = open(&place, mirror.path());
    assert_eq!(first.head().await, Ok(Position(SOME)), "or this test shows nothing");
    assert_eq!(first.stale().await, None);
    // Another node, with an empty mirror.
    let second = open(&place, other.path());
    within(15, || async {
        let _ = second.head().await;
        let _ = ledger.checkpoint(&first).await;
        second.stale().await.is_some_and(|stale| stale.why.contains("also after")) && first.edition() > 0
    })
    .await;
    within(5, || async {
        let _ = (first.head().await, ledger.checkpoint(&first).await);
        first.stale().await.is_none() && second.stale().await.is_none() && first.edition() > 0
    })
    .await;
    assert_eq!(
        (
            first.tree().await.unwrap(),
            all_kept(&first).await.len(),
            first.stale().await,
            second.stale().await
        ),
        (tree, kept.len(), None, second.stale().await),
    );
    keep(&first, 0, 7, &["on"]).await;
}
