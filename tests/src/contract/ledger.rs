//! One tree over every event.

use scribe::store::memory::MemoryStore;
use scribe_domain::event_store::{EventStore, KeptCheckpoint, TreeHead};
use scribe_domain::ids::{Position, Revision};
use scribe_domain::values::Digest;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::frontier::Frontier;
use scribe_projections::ledger::hash::{empty_root, entry, leaf_of};
use scribe_projections::ledger::note::{KeyName, SigningKey};
use scribe_projections::ledger::tile::{self, WIDTH};

use super::place::{Place, moment};
use super::told::{SOME, all_kept, incident, keep, keep_some, notes};

/// The leaves, from what is kept.
async fn leaves(store: &dyn EventStore) -> Vec<Digest> {
    let leaf = |header: &str, digest: &Digest| leaf_of(&entry(header, digest).unwrap());
    all_kept(store).await.iter().map(|kept| leaf(&kept.header, &kept.body.digest())).collect()
}

fn root(leaves: &[Digest]) -> Digest {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.push(*leaf, |_| {});
    }
    frontier.root()
}

/// More than a tile's width, in appends that do not end where tiles do.
async fn keep_many(store: &dyn EventStore) {
    let texts = vec!["x"; 90];
    for turn in 0..7 {
        keep(store, 9, turn * 90, &texts).await;
    }
}

/// Also when they are told again.
pub async fn receipts_tell_the_leaves(place: &dyn Place) {
    let store = place.open();
    keep(&*store, 0, 0, &["before"]).await;
    let append = notes(1, 0, &["a", "b", "c"]);
    let receipt = store.append(append.clone()).await.unwrap();
    assert_eq!(receipt.positions, [Position(2), Position(3), Position(4)]);
    assert_eq!(receipt.leaves, leaves(&*store).await[1..]);
    keep(&*store, 1, 3, &["after"]).await;
    assert_eq!(store.append(append).await.unwrap(), receipt);
}

/// From the empty one on.
pub async fn the_root_is_that_of_the_leaves_at_every_size(place: &dyn Place) {
    let store = place.open();
    assert_eq!(store.tree().await.unwrap(), TreeHead { size: 0, root: empty_root() });
    for number in 0..12 {
        let size = keep(&*store, 0, number, &["x"]).await.position.0;
        let leaves = leaves(&*store).await;
        assert_eq!(store.tree().await.unwrap(), TreeHead { size, root: root(&leaves) });
    }
    keep_many(&*store).await;
    let leaves = leaves(&*store).await;
    assert_eq!(store.tree().await.unwrap(), TreeHead { size: 642, root: root(&leaves) });
}

/// Whole ones, the growing edge, and nothing beyond it.
pub async fn tiles_are_cut_from_the_leaves(place: &dyn Place) {
    let store = place.open();
    keep_many(&*store).await;
    let leaves = leaves(&*store).await;
    let width = usize::try_from(WIDTH).unwrap();
    for (place, chunk) in (0..).zip(leaves.chunks(width)) {
        assert_eq!(store.tile(0, place).await.unwrap(), chunk);
    }
    let nodes: Vec<Digest> = leaves.chunks_exact(width).filter_map(tile::perfect_root).collect();
    assert_eq!(nodes.len(), 2);
    assert_eq!(store.tile(1, 0).await.unwrap(), nodes);
    for (level, place) in [(0, 3), (0, u64::MAX), (1, 1), (2, 0), (7, 0), (200, 0), (1, u64::MAX / 256)] {
        assert_eq!(store.tile(level, place).await.unwrap(), [], "level {level}, place {place}");
    }
}

/// Salts and all.
pub async fn a_carried_record_has_the_same_tree(place: &dyn Place) {
    let elsewhere = MemoryStore::new(std::sync::Arc::new(|| moment(1_600_000_000)));
    keep_some(&elsewhere).await;
    keep_many(&elsewhere).await;
    let store = place.open();
    store.adopt(all_kept(&elsewhere).await).await.unwrap();
    assert_eq!(store.tree().await.unwrap(), elsewhere.tree().await.unwrap());
    assert_eq!(store.tile(1, 0).await.unwrap(), elsewhere.tile(1, 0).await.unwrap());
    let leaf = keep(&*store, 0, 7, &["on"]).await.leaves;
    let mut all = leaves(&elsewhere).await;
    all.extend(leaf);
    assert_eq!(store.tree().await.unwrap().root, root(&all));
}

/// What somebody signed who announced no key: kept, and believed by nobody.
fn checkpoint(size: u64, by: u8) -> KeptCheckpoint {
    let key = SigningKey::new(KeyName::new("somebody").unwrap(), &[by; 32]);
    let head = TreeHead { size, root: Digest([by; 32]) };
    let note = Checkpoint::of(key.verifier().name().clone(), head).sign([&key]).unwrap();
    KeptCheckpoint { size, note: note.to_string() }
}

/// The smallest first; a later one of the same size in its place.
pub async fn checkpoints_are_kept(place: &dyn Place) {
    let store = place.open();
    assert_eq!(store.checkpoints().await.unwrap(), []);
    for (size, by) in [(3, 1), (1, 1), (3, 2)] {
        store.keep_checkpoint(checkpoint(size, by)).await.unwrap();
    }
    let kept = [checkpoint(1, 1), checkpoint(3, 2)];
    assert_eq!(store.checkpoints().await.unwrap(), kept);
}

/// Two stores of one place: each goes on from where the other left the tree.
pub async fn two_that_append_by_turns_keep_one_tree(place: &dyn Place) {
    let (one, other) = (place.open(), place.open());
    for turn in 0..3 {
        keep(&*one, 0, turn * 100, &vec!["one"; 100]).await;
        keep(&*other, 1, turn * 100, &vec!["other"; 100]).await;
    }
    let leaves = leaves(&*one).await;
    let head = TreeHead { size: 600, root: root(&leaves) };
    assert_eq!((one.tree().await.unwrap(), other.tree().await.unwrap()), (head, head));
    assert_eq!(other.tile(1, 0).await.unwrap().len(), 2);
}

/// And an append after it goes on from there.
pub async fn tree_and_checkpoints_outlast_a_restart(place: &dyn Place) {
    let checkpoint = checkpoint(SOME, 1);
    let before = {
        let store = place.open();
        keep_some(&*store).await;
        keep_many(&*store).await;
        store.keep_checkpoint(checkpoint.clone()).await.unwrap();
        store.tree().await.unwrap()
    };
    let store = place.open();
    assert_eq!(store.tree().await.unwrap(), before);
    assert_eq!(store.checkpoints().await.unwrap(), [checkpoint]);
    let revision = store.history(&incident(9), Revision::NEW).await.unwrap().len() as u64;
    keep(&*store, 9, revision, &["on"]).await;
    let leaves = leaves(&*store).await;
    assert_eq!(store.tree().await.unwrap(), TreeHead { size: before.size + 1, root: root(&leaves) });
}
