//! Bits that flip in the files of a record, at rest.
//!
//! Whatever is then served must be what was told, or an error. Where it is neither, a verification of the
//! whole record finds it. One thing cannot be seen in the files alone: a log whose end does not read is a
//! log that ends there, and so a record that is a little shorter; that shows against a head that was kept
//! elsewhere, such as a checkpoint.

use std::fs;
use std::path::Path;

use scribe::clock;
use scribe::store::sqlite::{FILE_NAME, SqliteStore};
use scribe_domain::event_store::{EventStore, Kept, Receipt, StoreError, TreeHead};
use scribe_domain::ids::{CommandId, Position, Revision};
use scribe_domain::recorded::Recorded;
use scribe_tests::contract::place::Folder;
use scribe_tests::contract::told::incident;
use tempfile::TempDir;

use super::check::verify;
use super::child::append;
use super::power::in_memory;
use scribe_tests::budget::{Budget, Random};

const INCIDENTS: usize = 3;
const TURNS: u64 = 42;
const FLIPS: u64 = 15;

/// All that a record answers.
struct Answers {
    record: Result<Vec<Recorded>, StoreError>,
    kept: Result<Vec<Kept>, StoreError>,
    histories: Vec<Result<Vec<Recorded>, StoreError>>,
    receipts: Vec<Result<Option<Receipt>, StoreError>>,
    tree: Result<TreeHead, StoreError>,
}

async fn ask(store: &dyn EventStore, commands: &[CommandId]) -> Answers {
    let (mut histories, mut receipts) = (Vec::new(), Vec::new());
    for number in 0..INCIDENTS {
        histories.push(store.history(&incident(number), Revision::NEW).await);
    }
    for command in commands {
        receipts.push(store.receipt(*command).await);
    }
    Answers {
        record: store.read(Position::default(), usize::MAX).await,
        kept: store.read_kept(Position::default(), usize::MAX).await,
        histories,
        receipts,
        tree: store.tree().await,
    }
}

/// What became of the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// All is as it was.
    Same,
    /// Some answers are errors, and the others are as they were.
    Told,
    /// The record ends earlier, and is as it was up to there.
    Shorter,
    /// Something else is served.
    Altered,
}

impl Answers {
    fn fate(&self, truth: &Self) -> Fate {
        let lists = [
            fate_of(&self.record, &truth.record),
            fate_of(&self.kept, &truth.kept),
            self.histories.iter().zip(&truth.histories).map(|(now, then)| fate_of(now, then)).max().unwrap(),
        ];
        let gone = |now: &Result<Option<Receipt>, _>, then: &Result<_, _>| match now {
            Err(_) => Fate::Told,
            now if now == then => Fate::Same,
            Ok(None) => Fate::Shorter,
            Ok(Some(_)) => Fate::Altered,
        };
        let receipts = self.receipts.iter().zip(&truth.receipts).map(|(now, then)| gone(now, then)).max();
        // Its root is that of a shorter record, or one that no proof fits: either way, it shows.
        let tree = match &self.tree {
            Err(_) => Fate::Told,
            tree if *tree == truth.tree => Fate::Same,
            _ => Fate::Shorter,
        };
        lists.into_iter().chain(receipts).chain([tree]).max().unwrap()
    }
}

fn fate_of<T: PartialEq>(now: &Result<Vec<T>, StoreError>, then: &Result<Vec<T>, StoreError>) -> Fate {
    let (Ok(now), Ok(then)) = (now, then) else { return Fate::Told };
    match then.strip_prefix(now.as_slice()) {
        Some([]) => Fate::Same,
        Some(_) => Fate::Shorter,
        None => Fate::Altered,
    }
}

/// A record as one file, and as one with a log, and what is in both.
async fn records() -> (Folder, TempDir, Answers, Vec<CommandId>) {
    let (closed, open) = (Folder::default(), in_memory());
    let mut commands = Vec::new();
    let mut revisions = [0; INCIDENTS];
    let mut store = closed.open_sqlite();
    for turn in 0..TURNS {
        if turn == TURNS / 2 {
            drop(store);
            store = closed.open_sqlite();
        }
        for (number, revision) in revisions.iter_mut().enumerate() {
            let append = append(number, turn, *revision);
            if turn % 5 == 0 || turn > TURNS - 3 {
                commands.push(append.command_id);
            }
            *revision = store.append(append).await.unwrap().revision.0;
        }
    }
    let truth = ask(&store, &commands).await;
    for file in [FILE_NAME, LOG] {
        fs::copy(closed.path().join(file), open.path().join(file)).unwrap();
    }
    drop(store);
    (closed, open, truth, commands)
}

const LOG: &str = "scribe.sqlite-wal";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_rots_is_never_served_as_truth() {
    let mut budget = Budget::of("flipped bits", FLIPS);
    let (closed, open, truth, commands) = records().await;
    let mut silent = Vec::new();
    for round in 0..budget.rounds {
        let (from, file) = [(closed.path(), FILE_NAME), (open.path(), FILE_NAME), (open.path(), LOG)]
            [usize::try_from(round % 3).unwrap()];
        let folder = in_memory();
        let flipped = copy_with_a_flip(from, file, folder.path(), &mut budget.random);
        let fate = match SqliteStore::open(folder.path(), clock::system()) {
            Err(_) => Fate::Told,
            Ok(store) => ask(&store, &commands).await.fate(&truth),
        };
        let found = verify(folder.path(), None).is_err();
        let place = if file == LOG { "log" } else { "file" };
        let outcome = match (fate, found) {
            (Fate::Same, false) => "not in use",
            (Fate::Same, true) => "not served, found by verification",
            (Fate::Told, _) => "told by an error",
            (Fate::Altered | Fate::Shorter, true) => "served, found by verification",
            (Fate::Shorter, false) if verify(folder.path(), truth.tree.clone().ok()).is_err() => {
                "end dropped, found by a head kept elsewhere"
            }
            (Fate::Altered | Fate::Shorter, false) => {
                silent.push(format!("{fate:?}: bit {} of byte {} of the {place}", flipped.1, flipped.0));
                "served and never found"
            }
        };
        budget.inject(format!("{place}: {outcome}"), 1);
    }
    assert!(silent.is_empty(), "{silent:#?}");
    budget.tell();
}

/// Copies a record with one bit that is not as it was.
fn copy_with_a_flip(from: &Path, file: &str, to: &Path, random: &mut Random) -> (usize, u32) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    let mut bytes = fs::read(to.join(file)).unwrap();
    let (byte, bit) = (random.place(bytes.len()), u32::try_from(random.below(8)).unwrap());
    bytes[byte] ^= 1 << bit;
    fs::write(to.join(file), bytes).unwrap();
    (byte, bit)
}
