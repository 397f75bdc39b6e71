//! What a node said and takes back: only what it said itself, and only once its record was read anew.

use std::fs;
use std::sync::Arc;

use scribe::clock;
use scribe::ledger::{Ledger, LedgerError};
use scribe::store::sqlite::SqliteStore;
use scribe::store::sqlite::verify::{Measure, verify};
use scribe_domain::event_store::{EventStore, KeptCheckpoint, TreeHead};
use scribe_domain::values::Digest;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::note::{KeyName, Note, SigningKey};
use scribe_projections::ledger::notes::{each, joined};
use scribe_projections::ledger::verdict::Verdict;
use scribe_tests::switched::Switched;
use tempfile::TempDir;

use super::file::record;

/// A record of three events behind a switch, a node's key, and the node.
struct Node {
    _program: scribe_tests::program::Program,
    folder: std::path::PathBuf,
    _keys: TempDir,
    key: SigningKey,
    ledger: Ledger,
    store: Arc<Switched>,
}

async fn node() -> Node {
    let program = record(2);
    let folder = program.data();
    let store = Switched::over(SqliteStore::open(&folder, clock::system()).unwrap());
    let keys = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(Some(keys.path().to_owned()), None);
    ledger.prepare().await.unwrap();
    let key = fs::read_to_string(keys.path().join("ledger.key")).unwrap();
    let key = SigningKey::parse(key.trim()).unwrap();
    Node { _program: program, folder, _keys: keys, key, ledger, store }
}

fn said(key: &SigningKey, size: u64, root: Digest) -> Note {
    let head = TreeHead { size, root };
    let checkpoint = Checkpoint::of(key.verifier().name().clone(), head);
    Checkpoint { signers: vec![key.verifier().clone()], ..checkpoint }.sign([key]).unwrap()
}

impl Node {
    async fn keep(&self, size: u64, notes: &[&Note]) {
        let note = joined(notes.iter().copied());
        self.store.keep_checkpoint(KeptCheckpoint { size, note }).await.unwrap();
    }

    fn verdict(&self) -> Verdict {
        let measure = Measure { own: Some(self.key.verifier().clone()), ..Measure::default() };
        verify(&self.folder, &measure).unwrap()
    }
}

const WRONG: Digest = Digest([9; 32]);

fn other() -> SigningKey {
    SigningKey::new(KeyName::new("other").unwrap(), &[5; 32])
}

#[tokio::test]
async fn what_a_node_said_of_a_record_that_it_read_anew_is_taken_back() {
    let node = node().await;
    node.keep(1, &[&said(&node.key, 1, WRONG)]).await;
    node.keep(2, &[&said(&node.key, 2, WRONG)]).await;
    let refused = node.ledger.checkpoint(&*node.store).await;
    assert!(matches!(refused, Err(LedgerError::Rewritten { size: 2 })), "{refused:?}");
    assert!(!node.verdict().holds);

    node.store.say_it_was_read_anew();
    let given = node.ledger.checkpoint(&*node.store).await.unwrap();
    let signed = Checkpoint::open(&given, &[node.key.verifier().clone()]).unwrap();
    assert_eq!(signed.withdrawn, [1, 2].map(|size| TreeHead { size, root: WRONG }));
    assert_eq!(signed.head, node.store.tree().await.unwrap());
    // Said once, it is said.
    assert_eq!(node.ledger.checkpoint(&*node.store).await.unwrap(), given);
    let verdict = node.verdict();
    assert!(verdict.holds, "{verdict:?}");
    assert_eq!(verdict.remarks.len(), 2);
    let (name, id) = (node.key.verifier().name(), node.key.verifier().id());
    assert_eq!(
        verdict.remarks[1],
        format!(
            "the checkpoint of 2 events by {name}+{id} was withdrawn by its signer in the checkpoint of 3 events"
        )
    );
    assert_eq!((verdict.signers[0].checkpoints, verdict.signers[0].withdrawn), (1, 2));
}

#[tokio::test]
async fn what_was_wrong_at_the_very_size_is_taken_back_beside_what_others_said() {
    let node = node().await;
    let (head, other) = (node.store.tree().await.unwrap(), other());
    let theirs = said(&other, 3, head.root);
    node.keep(3, &[&said(&node.key, 3, WRONG), &theirs]).await;
    node.store.say_it_was_read_anew();
    node.ledger.checkpoint(&*node.store).await.unwrap();
    let kept = node.store.checkpoints().await.unwrap().pop().unwrap().note;
    let kept: Vec<Note> = each(&kept).map(Result::unwrap).collect();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0], theirs);
    let verdict = node.verdict();
    assert!(verdict.holds && verdict.remarks.len() == 1, "{verdict:?}");
}

#[tokio::test]
async fn a_withdrawal_outlasts_a_later_checkpoint_of_its_size() {
    let node = node().await;
    node.keep(2, &[&said(&node.key, 2, WRONG)]).await;
    node.store.say_it_was_read_anew();
    node.ledger.checkpoint(&*node.store).await.unwrap();
    let keys = tempfile::tempdir().unwrap();
    let second = Ledger::new(Some(keys.path().to_owned()), None);
    second.checkpoint(&*node.store).await.unwrap();
    node.ledger.change_key(&*node.store).await.unwrap();
    let verdict = node.verdict();
    assert!(verdict.holds && verdict.remarks.len() == 1, "{verdict:?}");
    assert_eq!(node.ledger.keys(&*node.store).await.unwrap().others.len(), 1);
}

#[tokio::test]
async fn nobody_signs_against_what_another_stands_by() {
    let node = node().await;
    let other = other();
    node.keep(2, &[&said(&other, 2, WRONG)]).await;
    let ours = scribe::ledger::proofs::root_at(&*node.store, 2).await.unwrap();
    for _ in 0..2 {
        let refused = node.ledger.checkpoint(&*node.store).await.unwrap_err();
        assert!(
            matches!(refused, LedgerError::Differs { size: 2, theirs: WRONG, ours: Some(told), .. } if told == ours),
            "{refused}"
        );
        let words = refused.to_string();
        assert!(words.contains(&ours.to_string()) && words.contains(&WRONG.to_string()), "{words}");
        // Also when it was read anew: who is wrong is not for one of the two to decide.
        node.store.say_it_was_read_anew();
    }
    // The other takes it back: all is well.
    let head = node.store.tree().await.unwrap();
    let back = Checkpoint {
        signers: vec![other.verifier().clone()],
        withdrawn: vec![TreeHead { size: 2, root: WRONG }],
        ..Checkpoint::of(other.verifier().name().clone(), head)
    };
    let back = back.sign([&other]).unwrap();
    node.keep(3, &[&back]).await;
    node.ledger.checkpoint(&*node.store).await.unwrap();
    assert!(node.verdict().holds);
}
