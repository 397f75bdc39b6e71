//! A node whose mirror is not what the log says: it finds out, reads the log anew, and so does whoever it told.

use std::path::Path;
use std::sync::Arc;

use scribe::clock;
use scribe::ledger::Ledger;
use scribe::store::kurrent::KurrentStore;
use scribe::store::sqlite::SqliteStore;
use scribe_domain::event_store::{EventStore, Kept, StaleCause};
use scribe_domain::ids::Position;
use scribe_protocol_server::Proposed;
use scribe_tests::contract::Place as _;
use scribe_tests::contract::cluster::OnCluster;
use scribe_tests::contract::told::{SOME, all_kept, keep, keep_some};
use tempfile::{TempDir, tempdir};

use super::node::{Node, must_agree, server, until, within};

/// The events that make the seventh append of [`keep_some`], the last one to incident 0.
const LOST: [u64; 2] = [13, 14];

/// A mirror that passed over an append, as nodes did that resumed from the middle of one.
async fn without_an_append(good: &dyn EventStore) -> TempDir {
    let mirror = tempdir().unwrap();
    let store = SqliteStore::open_mirror(mirror.path(), clock::system()).unwrap();
    let kept = all_kept(good).await;
    let kept = kept.into_iter().filter(|kept| !LOST.contains(&kept.position.0));
    let renumbered = kept.zip(1..).map(|(kept, place)| Kept { position: Position(place), ..kept });
    store.adopt(renumbered.collect()).await.unwrap();
    assert_eq!(store.head().await, Ok(Position(SOME - 2)));
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

/// A node that has signed what is not the record, and one that has the record.
struct Disagreement {
    place: OnCluster,
    good: Node,
    mirror: TempDir,
    wrong: Arc<KurrentStore>,
    ledger: Ledger,
    _key: TempDir,
}

async fn disagreement() -> Disagreement {
    let place = server(1);
    let good: Node = place.open();
    keep_some(&*good).await;
    let mirror = without_an_append(&*good).await;
    let wrong = open(&place, mirror.path());
    assert_eq!(wrong.head().await, Ok(Position(SOME - 2)), "or this shows nothing");
    let (key, ledger) = signer();
    ledger.checkpoint(&*wrong).await.unwrap();
    Disagreement { place, good, mirror, wrong, ledger, _key: key }
}

async fn is_healed(node: &KurrentStore, good: &dyn EventStore) {
    until("the record is read anew", || async {
        let _ = node.head().await;
        node.edition() == 1 && node.stale().await.is_none()
    })
    .await;
    assert_eq!(node.tree().await, good.tree().await);
    assert_eq!(all_kept(node).await, all_kept(good).await);
}

/// What another node signs shows it, without anything else happening.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_signed_root_shows_a_difference_and_reading_anew_mends_it() {
    let place = server(1);
    let good = place.open();
    keep_some(&*good).await;
    let mirror = without_an_append(&*good).await;
    let node = open(&place, mirror.path());
    assert_eq!(node.head().await, Ok(Position(SOME - 2)), "or this test shows nothing");

    let (_folder, ledger) = signer();
    ledger.checkpoint(&*good).await.unwrap();
    is_healed(&node, &*good).await;
    // The one that was set aside stays, for whoever wants to know.
    assert!(mirror.path().join("scribe.sqlite").exists());
    // It goes on there, also as another process.
    keep(&*node, 0, 7, &["on"]).await;
    drop(node);
    let node = open(&place, mirror.path());
    assert_eq!((node.head().await, node.edition()), (Ok(Position(SOME + 1)), 1));
    must_agree(&place, &[node, good], &[]).await;
}

/// Mirrors that were wrong before anybody compared: the roots of others lie in them already.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mirror_that_was_wrong_long_ago_is_mended_at_the_start() {
    let place = server(1);
    let good = place.open();
    keep_some(&*good).await;
    let mirror = without_an_append(&*good).await;
    let (_folder, ledger) = signer();
    ledger.checkpoint(&*good).await.unwrap();
    let signed = good.checkpoints().await.unwrap();
    let store = SqliteStore::open_mirror(mirror.path(), clock::system()).unwrap();
    store.keep_checkpoint(signed[0].clone()).await.unwrap();
    drop(store);
    is_healed(&open(&place, mirror.path()), &*good).await;
}

/// The next event of the incident that lacks something shows it, without anybody's signature.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_number_of_an_event_shows_what_is_missing_before_it() {
    let place = server(1);
    let good = place.open();
    keep_some(&*good).await;
    let mirror = without_an_append(&*good).await;
    let node = open(&place, mirror.path());
    assert_eq!(node.head().await, Ok(Position(SOME - 2)));
    keep(&*good, 0, 7, &["on"]).await;
    is_healed(&node, &*good).await;
}

/// The wrong one signs first. The right one cannot tell who is wrong: it reads anew, says that it still differs, and
/// is not ready; the wrong one hears of it, mends itself, takes back what it signed, and both agree.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_signed_a_wrong_root_hears_of_it_and_takes_it_back() {
    let Disagreement { place, good, mirror, wrong, ledger, _key } = disagreement().await;

    until("the right one says that it differs", || async {
        good.stale()
            .await
            .is_some_and(|stale| stale.cause == StaleCause::Differs && stale.why.contains("also after"))
    })
    .await;
    let why = good.stale().await.unwrap().why;
    let (theirs, ours) = (wrong_root(&mirror).await, good.tree().await.unwrap());
    assert!(why.contains(&theirs), "{why}");
    assert!(!why.contains(&ours.root.to_string()), "the roots are of the size that was signed: {why}");
    assert!(why.contains("from 1 to 17"), "{why}");
    let (_other, others) = signer();
    assert!(others.checkpoint(&*good).await.is_err(), "nothing is signed against what another node signed");

    is_healed(&wrong, &*good).await;
    // What it signs next takes back what it signed before.
    ledger.checkpoint(&*wrong).await.unwrap();
    until("both agree", || async { good.stale().await.is_none() && wrong.stale().await.is_none() }).await;
    others.checkpoint(&*good).await.unwrap();
    keep(&*good, 0, 7, &["on"]).await;
    must_agree(&place, &[good, wrong], &[]).await;
}

/// "Deleting this folder costs only time": the node that signed a wrong root, and whose mirror was removed since,
/// takes it back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrong_root_is_taken_back_also_from_a_new_mirror() {
    let Disagreement { place, good, mirror: _mirror, wrong, ledger, _key } = disagreement().await;
    drop(wrong);
    let empty = tempdir().unwrap();
    let wrong = open(&place, empty.path());
    let agreed = within(20, || async {
        let _ = wrong.head().await;
        // As a server does about once a minute, but even if it is stale.
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

/// A wrong signer that never comes back: who comes later does not read the log anew at each start, and does not ask
/// the others to.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_is_not_read_anew_at_each_start() {
    let Disagreement { place, good: _good, mirror: _mirror, wrong, .. } = disagreement().await;
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

async fn wrong_root(mirror: &TempDir) -> String {
    let store = SqliteStore::open_mirror(mirror.path(), clock::system()).unwrap();
    store.tree().await.unwrap().root.to_string()
}
