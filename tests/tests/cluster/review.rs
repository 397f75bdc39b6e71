//! What a review found: each of these fails until it is mended.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use scribe::clock;
use scribe::ledger::Ledger;
use scribe::store::kurrent::KurrentStore;
use scribe::store::sqlite::SqliteStore;
use scribe_domain::event_store::{EventStore, Kept};
use scribe_domain::ids::Position;
use scribe_protocol_server::Proposed;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::cluster::OnCluster;
use scribe_tests::contract::told::{SOME, all_kept, incident, keep, keep_some};
use tempfile::{TempDir, tempdir};
use tokio::time::{Instant, sleep};

use super::node::server;

const LOST: [u64; 2] = [13, 14];

async fn without_an_append(good: &dyn EventStore) -> TempDir {
    let mirror = tempdir().unwrap();
    let store = SqliteStore::open_mirror(mirror.path(), clock::system()).unwrap();
    let kept = all_kept(good).await;
    let kept = kept.into_iter().filter(|kept| !LOST.contains(&kept.position.0));
    let renumbered = kept.zip(1..).map(|(kept, place)| Kept { position: Position(place), ..kept });
    store.adopt(renumbered.collect()).await.unwrap();
    mirror
}

fn open(place: &OnCluster, mirror: &Path) -> Arc<KurrentStore> {
    Arc::new(KurrentStore::open(place.address(), mirror, clock::system()).unwrap())
}

fn signer() -> (TempDir, Ledger) {
    let folder = tempdir().unwrap();
    let ledger = Ledger::new(Some(folder.path().to_owned()), None);
    (folder, ledger)
}

async fn within<F: Future<Output = bool>>(seconds: u64, mut is_so: impl FnMut() -> F) -> bool {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        if is_so().await {
            return true;
        }
        sleep(Duration::from_millis(50)).await;
    }
    false
}

/// "Deleting this folder costs only time": the node that signed a wrong root, and whose mirror was removed since,
/// takes it back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrong_root_is_taken_back_also_from_a_new_mirror() {
    let place = server(1);
    let good = place.open();
    keep_some(&*good).await;
    let mirror = without_an_append(&*good).await;
    let wrong = open(&place, mirror.path());
    assert_eq!(wrong.head().await, Ok(Position(SOME - 2)));
    let (_folder, ledger) = signer();
    ledger.checkpoint(&*wrong).await.unwrap();
    drop(wrong);
    let empty = tempdir().unwrap();
    let wrong = open(&place, empty.path());
    let agreed = within(20, || async {
        let _ = wrong.head().await;
        // As `keep_signing` does, but even if it is stale.
        let _ = ledger.checkpoint(&*wrong).await;
        wrong.stale().await.is_none() && good.stale().await.is_none()
    })
    .await;
    assert!(agreed, "{:?} and {:?}", wrong.stale().await, good.stale().await);
}

/// Others' events are the last of the log when it has been read anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mirror_read_anew_is_used_though_the_log_ends_with_others_events() {
    let place = server(1);
    let good = place.open();
    keep_some(&*good).await;
    let mirror = without_an_append(&*good).await;
    keep(&*good, 0, 7, &["on"]).await;
    place.server().unwrap().write_run("orders-17", Proposed::json("ordered", "{}"), 3);
    let node = open(&place, mirror.path());
    let healed = within(20, || async {
        let _ = node.head().await;
        node.edition() == 1 && node.stale().await.is_none()
    })
    .await;
    assert_eq!(node.tree().await, good.tree().await, "it has everything");
    assert!(healed, "{:?}", node.stale().await);
}

/// Anybody's experiment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_checkpoint_of_an_absurd_size_stops_nobody() {
    let place = server(1);
    let node = place.open();
    keep_some(&*node).await;
    let data = r#"{"size":18446744073709551615,"note":"x"}"#;
    place.server().unwrap().write("scribe-checkpoints", vec![Proposed::json("checkpoint-signed", data)]);
    sleep(Duration::from_millis(500)).await;
    let append = node.append(scribe_tests::contract::told::notes(0, 7, &["on"]));
    let kept = tokio::time::timeout(Duration::from_secs(20), append).await;
    assert!(matches!(kept, Ok(Ok(_))), "{kept:?}, and stale: {:?}", node.stale().await);
}

/// A wrong signer that never comes back: who comes later does not read the log anew at each start, and does not ask
/// the others to.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_is_not_read_anew_at_each_start() {
    let place = server(1);
    let good = place.open();
    keep_some(&*good).await;
    let mirror = without_an_append(&*good).await;
    let wrong = open(&place, mirror.path());
    assert_eq!(wrong.head().await, Ok(Position(SOME - 2)));
    let (_folder, ledger) = signer();
    ledger.checkpoint(&*wrong).await.unwrap();
    drop(wrong);
    let folder = tempdir().unwrap();
    let mut editions = Vec::new();
    for _ in 0..4 {
        let node = open(&place, folder.path());
        within(10, || async {
            let _ = node.head().await;
            node.stale().await.is_some_and(|stale| stale.why.contains("also after"))
        })
        .await;
        editions.push(node.edition());
    }
    let disputes = place.server().unwrap().stream_length("scribe-checkpoints") - 1;
    assert!(editions.last() <= Some(&1) && disputes <= 2, "editions {editions:?}, {disputes} disputes");
}

/// An operator deleted an incident's stream and let the cluster scavenge: nodes that have its events keep them,
/// whatever a node that came later has to say.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_scavenged_stays_on_the_nodes_that_have_it() {
    let (before, place) = (server(1), server(1));
    let (mirror, other) = (tempdir().unwrap(), tempdir().unwrap());
    let (_folder, ledger) = signer();
    let first = open(&before, mirror.path());
    keep_some(&*first).await;
    ledger.checkpoint(&*first).await.unwrap();
    let (kept, tree) = (all_kept(&*first).await, first.tree().await.unwrap());
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
        let _ = ledger.checkpoint(&*first).await;
        second.stale().await.is_some_and(|stale| stale.why.contains("also after")) && first.edition() > 0
    })
    .await;
    within(5, || async {
        let _ = (first.head().await, ledger.checkpoint(&*first).await);
        first.stale().await.is_none() && second.stale().await.is_none() && first.edition() > 0
    })
    .await;
    assert_eq!(
        (first.tree().await.unwrap(), all_kept(&*first).await.len(), first.stale().await, second.stale().await),
        (tree, kept.len(), None, second.stale().await),
    );
    keep(&*first, 0, 7, &["on"]).await;
}
