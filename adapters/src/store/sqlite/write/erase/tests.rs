use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use scribe_domain::event::IncidentEvent;
use scribe_domain::event::words::Noted;
use scribe_domain::event_store::{AppendError, EventStore as _, Wiping};
use scribe_domain::text::Text;

use super::*;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::file::open::find_or_found;
use crate::store::sqlite::file::schema::Access;
use crate::store::sqlite::samples::notes;

const SECRET: &str = "hunter2-hunter2";

/// As long as to fill pages of its own.
fn long(secret: &str) -> String {
    format!("{}{secret}{}", "a".repeat(9_000), "b".repeat(9_000))
}

fn order(expected: u64, revision: u64) -> Order {
    let append = notes(expected, &["the words of another are gone"]);
    let note: IncidentEvent = Noted { text: Text::new(SECRET).unwrap() }.into();
    Order {
        incident: append.incident.clone(),
        expected: append.expected,
        command_id: append.command_id,
        append: Prepared::new(append).unwrap(),
        erasure: Erasure {
            revision: Revision(revision),
            remains: note.remains(None),
            wiping: Wiping::AtOnce,
        },
    }
}

/// The files of the folder that hold these bytes.
fn holding(dir: &Path, words: &str) -> Vec<String> {
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let mut holding: Vec<String> = files
        .filter(|path| fs::read(path).unwrap().windows(words.len()).any(|bytes| bytes == words.as_bytes()))
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    holding.sort();
    holding
}

/// The folder as a power cut would leave it.
fn as_after_a_crash(dir: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["scribe.sqlite", "scribe.sqlite-wal"] {
        fs::copy(dir.join(name), copy.path().join(name)).unwrap();
    }
    copy
}

async fn fill(store: &SqliteStore) {
    let secret = long(SECRET);
    store.append(notes(0, &["first", &secret, "third"])).await.unwrap();
    for place in 0..60 {
        let text = format!("{place} {}", "x".repeat(400 + 37 * place));
        store.append(notes(3 + place as u64, &[&text])).await.unwrap();
    }
}

#[tokio::test]
async fn the_words_are_in_no_file_and_the_tree_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path(), crate::clock::system()).unwrap();
    fill(&store).await;
    let leaves = store.tile(0, 0).await.unwrap();
    assert!(!holding(dir.path(), SECRET).is_empty(), "or this test shows nothing");

    let Order { append: _, erasure, .. } = order(63, 2);
    let request = notes(63, &["gone"]);
    let receipt = store.erase(request.clone(), erasure.clone()).await.unwrap();
    assert_eq!(holding(dir.path(), SECRET), Vec::<String>::new());
    assert_eq!(store.tile(0, 0).await.unwrap()[..63], leaves[..]);
    assert_eq!(store.erase(request, erasure).await.unwrap(), receipt, "a repeat is answered the same");

    // Others go on, and the record is whole.
    store.append(notes(64, &["later"])).await.unwrap();
    drop(store);
    let store = SqliteStore::open(dir.path(), crate::clock::system()).unwrap();
    assert_eq!(store.tree().await.unwrap().size, 65);
    assert_eq!(store.tile(0, 0).await.unwrap()[..63], leaves[..]);
    let history = store.history(&"20230104-a".parse().unwrap(), Revision(0)).await.unwrap();
    assert_eq!(history[1].event, Noted { text: Text::new("[erased]").unwrap() }.into());
}

#[tokio::test]
async fn several_erasures_are_wiped_by_one_scrub_or_when_the_record_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let wiped = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&wiped);
    let forget: Forget = Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    let store = SqliteStore::open_beside(dir.path(), crate::clock::system(), forget).unwrap();
    fill(&store).await;
    for (expected, revision) in [(63, 2), (64, 3), (65, 4)] {
        let erasure = Erasure { wiping: Wiping::ByScrub, ..order(expected, revision).erasure };
        store.erase(notes(expected, &["gone"]), erasure).await.unwrap();
    }
    let history = store.history(&"20230104-a".parse().unwrap(), Revision(0)).await.unwrap();
    for erased in &history[1..4] {
        assert_eq!(erased.event, Noted { text: Text::new("[erased]").unwrap() }.into());
    }
    assert_eq!(wiped.load(Ordering::SeqCst), 0);
    assert!(!holding(dir.path(), SECRET).is_empty(), "or this test shows nothing");

    let crashed = as_after_a_crash(dir.path());
    drop(SqliteStore::open(crashed.path(), crate::clock::system()).unwrap());
    assert_eq!(holding(crashed.path(), SECRET), Vec::<String>::new());

    store.scrub().await.unwrap();
    assert_eq!(wiped.load(Ordering::SeqCst), 1);
    assert_eq!(holding(dir.path(), SECRET), Vec::<String>::new());
    store.scrub().await.unwrap();
    assert_eq!(wiped.load(Ordering::SeqCst), 1, "nothing is left to wipe");
}

#[tokio::test]
async fn what_a_crash_left_behind_is_wiped_when_the_record_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path(), crate::clock::system()).unwrap();
    fill(&store).await;
    let claim = find_or_found(dir.path()).unwrap();
    let mut connection = schema::connect(&claim.path, Access::Write).unwrap();
    assert!(matches!(
        erase(&mut connection, &crate::clock::system().into(), &order(63, 2)),
        Ok(Verdict::Added(_))
    ));

    let crashed = as_after_a_crash(dir.path());
    assert!(!holding(crashed.path(), SECRET).is_empty(), "or this test shows nothing");
    let again = SqliteStore::open(crashed.path(), crate::clock::system()).unwrap();
    assert_eq!(holding(crashed.path(), SECRET), Vec::<String>::new());
    assert_eq!(again.head().await.unwrap().0, 64);
    assert!(
        !is_marked(&schema::connect(&crashed.path().join("scribe.sqlite"), Access::Read).unwrap()).unwrap()
    );
}

#[tokio::test]
async fn whoever_reads_an_old_state_holds_the_wiping_up_and_the_answer_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path(), crate::clock::system()).unwrap();
    fill(&store).await;
    let reader = schema::connect(&dir.path().join("scribe.sqlite"), Access::Read).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM appends;").unwrap();

    let request = notes(63, &["gone"]);
    let erasure = order(63, 2).erasure;
    let answer = store.erase(request.clone(), erasure).await;
    let Err(AppendError::Store(StoreError::NotWiped(why))) = answer else {
        panic!("it was answered {answer:?}");
    };
    assert!(why.contains("keeps reading"), "{why}");
    let history = store.history(&request.incident, Revision(0)).await.unwrap();
    assert_eq!(history[1].event, Noted { text: Text::new("[erased]").unwrap() }.into());
    assert!(matches!(store.scrub().await, Err(StoreError::NotWiped(_))));

    reader.execute_batch("COMMIT").unwrap();
    store.scrub().await.unwrap();
    assert_eq!(holding(dir.path(), SECRET), Vec::<String>::new());
    assert!(store.receipt(request.command_id).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_not_there_is_not_erased_and_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path(), crate::clock::system()).unwrap();
    fill(&store).await;
    let tree = store.tree().await.unwrap();
    for revision in [0, 64, 1_000] {
        let refused = store.erase(notes(63, &["gone"]), order(63, revision).erasure).await;
        assert!(
            matches!(refused, Err(AppendError::Store(StoreError::Unacceptable(_)))),
            "{revision}: {refused:?}"
        );
    }
    let late = store.erase(notes(62, &["gone"]), order(63, 2).erasure).await;
    assert_eq!(late, Err(AppendError::Conflict { expected: Revision(62), actual: Revision(63) }));
    assert_eq!(store.tree().await.unwrap(), tree);
    assert!(!holding(dir.path(), SECRET).is_empty());
}
