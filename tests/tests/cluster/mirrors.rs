//! The mirror is a cache: it may be lost, old, shared, or another record's.

use std::fs;
use std::path::Path;

use scribe::clock;
use scribe::store::kurrent::KurrentStore;
use scribe_domain::event_store::EventStore as _;
use scribe_domain::ids::Position;
use scribe_tests::budget::Random;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::cluster::OnCluster;
use scribe_tests::contract::told::{SOME, all_kept, keep, keep_some, notes};
use tempfile::tempdir;

use super::node::{must_agree, server, tell_some};

fn open(place: &OnCluster, mirror: &Path) -> KurrentStore {
    KurrentStore::open(place.address(), mirror, clock::system()).unwrap()
}

/// A power cut may take the last of it, and anybody may remove all of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_mirror_lost_comes_again() {
    let (place, mirror, old) = (server(1), tempdir().unwrap(), tempdir().unwrap());
    let store = open(&place, mirror.path());
    keep_some(&store).await;
    drop(store);
    let file = |folder: &Path| folder.join("scribe.sqlite");
    fs::copy(file(mirror.path()), file(old.path())).unwrap();
    let store = open(&place, mirror.path());
    keep(&store, 0, 7, &["on"]).await;
    let (kept, tree) = (all_kept(&store).await, store.tree().await);
    drop(store);
    let without = tempdir().unwrap();
    for folder in [old.path(), without.path()] {
        let store = open(&place, folder);
        assert_eq!((all_kept(&store).await, store.tree().await), (kept.clone(), tree.clone()));
    }
}

/// A command line beside a server on the same folder: both follow, both write what comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_may_share_a_mirror() {
    let (place, mirror) = (server(1), tempdir().unwrap());
    let elsewhere = place.open();
    let mut receipts = tell_some(&*elsewhere, &mut Random(1), 20).await;
    {
        let (one, two) = (open(&place, mirror.path()), open(&place, mirror.path()));
        let (mut first, mut second, mut third) = (Random(2), Random(3), Random(4));
        let told = tokio::join!(
            tell_some(&one, &mut first, 25),
            tell_some(&two, &mut second, 25),
            tell_some(&*elsewhere, &mut third, 25)
        );
        receipts.extend([told.0, told.1, told.2].concat());
        assert_eq!(all_kept(&one).await, all_kept(&two).await);
    }
    let again = std::sync::Arc::new(open(&place, mirror.path()));
    must_agree(&place, &[again, elsewhere], &receipts).await;
}

/// A folder that mirrors another record is told from one that is merely behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_of_another_record_is_not_followed() {
    let (one, other) = (server(1), server(1));
    let mirror = tempfile::tempdir().unwrap();
    let store = open(&one, mirror.path());
    keep_some(&store).await;
    drop(store);
    keep_some(&*other.open()).await;

    let store = open(&other, mirror.path());
    assert_eq!(store.head().await, Ok(Position(SOME)));
    let stale = store.stale().await.unwrap();
    assert!(stale.why.contains("another record"), "{stale:?}");
    assert!(store.append(notes(7, 0, &["x"])).await.is_err());
    drop(store);
    // Nothing was done to it.
    let store = open(&one, mirror.path());
    assert_eq!(keep(&store, 7, 0, &["x"]).await.position, Position(SOME + 1));
    assert_eq!(store.stale().await, None);
}
