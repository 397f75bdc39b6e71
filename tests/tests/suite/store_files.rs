//! What stands in the data folder, and what happens when it is not what it should be: a clear error, and
//! nothing touched.

// What helps a test is a test, and should say where it cannot go on.
#![allow(clippy::unwrap_used)]

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use scribe::clock;
use scribe::store::sqlite::{FILE_NAME, OpenError, SqliteStore};
use scribe_domain::event_store::{EventStore, StoreError};
use scribe_domain::ids::Position;
use scribe_tests::contract::Place;
use scribe_tests::contract::place::Folder;
use scribe_tests::contract::told::{everything, keep, keep_some, notes};

fn open(dir: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(dir, clock::system())
}

fn refusal(dir: &Path) -> OpenError {
    match open(dir) {
        Ok(_) => panic!("it should not open"),
        Err(error) => error,
    }
}

/// Every file in the folder with its bytes.
fn contents(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

async fn a_record() -> Folder {
    let folder = Folder::default();
    keep_some(&*folder.open()).await;
    folder
}

#[tokio::test]
async fn a_closed_record_is_one_private_file() {
    let folder = Folder::default();
    let dir = folder.path().join("a/b");
    let store = open(&dir).unwrap();
    keep_some(&store).await;
    everything(&store).await;
    for entry in fs::read_dir(&dir).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
    drop(store);
    assert_eq!(contents(&dir).len(), 1);
    assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o777, 0o700);
    let start = &contents(&dir)[0].1[..100];
    assert_eq!(&start[68..72], b"SCRB");
    assert_eq!(start[16..18], 8192_u16.to_be_bytes(), "the page size");
}

#[tokio::test]
async fn what_is_not_a_record_is_left_as_it_is() {
    let folder = Folder::default();
    let path = folder.path().join(FILE_NAME);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA journal_mode = wal; CREATE TABLE t (x); INSERT INTO t VALUES (1);").unwrap();
    let before = contents(folder.path());
    let error = refusal(folder.path());
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    assert!(error.to_string().contains("another program's database"), "{error}");
    assert_eq!(contents(folder.path()), before);
    drop(other);

    for text in ["dear diary", &"x".repeat(10_000)] {
        fs::write(&path, text).unwrap();
        let error = refusal(folder.path());
        assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
        assert!(error.hint().contains("--data"));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[tokio::test]
async fn a_newer_programs_record_is_left_as_it_is() {
    let folder = a_record().await;
    let path = folder.path().join(FILE_NAME);
    fs::File::options().write(true).open(&path).unwrap().write_all_at(&7_u32.to_be_bytes(), 60).unwrap();
    let before = contents(folder.path());
    let error = refusal(folder.path());
    assert!(matches!(error, OpenError::Newer { found: 7, known: 2, .. }), "{error}");
    assert_eq!(contents(folder.path()), before);
    // Also where its writer was killed, and what it acknowledged last stands in a log beside it.
    fs::write(folder.path().join(format!("{FILE_NAME}-wal")), [7; 4_096]).unwrap();
    fs::write(folder.path().join(format!("{FILE_NAME}-shm")), vec![7; 32_768]).unwrap();
    let before = contents(folder.path());
    assert_eq!(before.len(), 3);
    assert!(matches!(refusal(folder.path()), OpenError::Newer { found: 7, .. }));
    assert_eq!(contents(folder.path()), before);
}

#[tokio::test]
async fn damage_is_told_and_nothing_is_made_up() {
    // The first page, with the tables' definitions, is garbage behind its header.
    let folder = a_record().await;
    let path = folder.path().join(FILE_NAME);
    let file = || fs::File::options().write(true).open(&path).unwrap();
    file().write_all_at(&[0xa5; 8_000], 100).unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert!(error.hint().contains("backup"));

    // Cut off within the first page.
    let folder = a_record().await;
    let path = folder.path().join(FILE_NAME);
    fs::File::options().write(true).open(&path).unwrap().set_len(4_000).unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");

    // Emptied, with a log that still holds something.
    let folder = Folder::default();
    fs::write(folder.path().join(FILE_NAME), "").unwrap();
    fs::write(folder.path().join(format!("{FILE_NAME}-wal")), "something").unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert_eq!(contents(folder.path()).len(), 2);
}

#[tokio::test]
async fn an_altered_event_is_told_when_it_is_read() {
    let folder = a_record().await;
    let path = folder.path().join(FILE_NAME);
    for (altered, instead) in [(r#""revision":3,"#, r#""revision":4,"#), (r#""text":"d""#, r#""txet":"d""#)] {
        let original = fs::read(&path).unwrap();
        let mut bytes = original.clone();
        let place = bytes.windows(altered.len()).rposition(|window| window == altered.as_bytes()).unwrap();
        bytes[place..place + altered.len()].copy_from_slice(instead.as_bytes());
        fs::write(&path, &bytes).unwrap();
        let store = open(folder.path()).unwrap();
        let told = store.read(Position::default(), 1_000).await.unwrap_err();
        assert!(matches!(&told, StoreError::Damaged(why) if why.contains("position")), "{told}");
        drop(store);
        fs::write(&path, &original).unwrap();
    }
    assert_eq!(everything(&open(folder.path()).unwrap()).await.len(), 19);
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_told() {
    let folder = Folder::default();
    let path = folder.path().join("file");
    fs::write(&path, "x").unwrap();
    for dir in [path.clone(), path.join("below")] {
        let error = refusal(&dir);
        assert!(matches!(error, OpenError::Folder { .. }), "{error}");
    }
}

/// The administrator may write anywhere, so the check runs as nobody when it can; and says so otherwise.
#[tokio::test]
async fn a_read_only_folder_is_told() {
    const NOBODY: u32 = 65_534;
    const AS_NOBODY: &str = "SCRIBE_CHECK_READ_ONLY_FOLDER";
    if let Ok(dir) = std::env::var(AS_NOBODY) {
        return read_only_folders_are_told(Path::new(&dir)).await;
    }
    let outside = Folder::default();
    let dir = outside.path().join("record");
    let store = open(&dir).unwrap();
    keep(&store, 1, 0, &["x"]).await;
    drop(store);
    let empty = outside.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let readable = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    readable(outside.path(), 0o755);
    readable(&dir.join(FILE_NAME), 0o444);
    readable(&dir, 0o555);
    readable(&empty, 0o555);
    let writable = outside.path().join("writable");
    fs::create_dir(&writable).unwrap();
    fs::copy(dir.join(FILE_NAME), writable.join(FILE_NAME)).unwrap();
    readable(&writable, 0o777);
    if fs::write(empty.join("probe"), "").is_err() {
        return read_only_folders_are_told(outside.path()).await;
    }
    fs::remove_file(empty.join("probe")).unwrap();
    // Copied to where nobody may run it: the build folder may be closed to others.
    let program = outside.path().join("check");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let check = Command::new(&program)
        .args(["--exact", "store_files::a_read_only_folder_is_told"])
        .env(AS_NOBODY, outside.path())
        .current_dir("/")
        .uid(NOBODY)
        .output();
    match check {
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && told.contains("1 passed"), "{told}");
        }
        Err(error) => {
            writeln!(std::io::stderr(), "NOT CHECKED: cannot run as nobody: {error}").unwrap();
        }
    }
}

async fn read_only_folders_are_told(outside: &Path) {
    let files = |dir: &Path| fs::read_dir(dir).unwrap().count();
    let empty = outside.join("empty");
    let error = refusal(&empty);
    assert!(matches!(error, OpenError::NotWritable { .. }), "{error:?}");
    assert!(error.hint().contains("--data"));
    assert_eq!(files(&empty), 0);
    let error = refusal(&outside.join("empty/below"));
    assert!(matches!(error, OpenError::Folder { .. }), "{error:?}");
    // What is there can be read, whether the folder is closed or only the file; nothing is left beside it.
    for name in ["record", "writable"] {
        let dir = outside.join(name);
        let before = files(&dir);
        let store = open(&dir).unwrap();
        assert_eq!(everything(&store).await.len(), 1, "{name}");
        let barred = store.takes_appends().await.unwrap_err();
        assert!(matches!(barred, StoreError::Barred { .. }), "{barred:?}");
        let refused = store.append(notes(2, 1, &["y"])).await.unwrap_err();
        assert!(refused.to_string().contains("may only be read"), "{refused}");
        drop(store);
        assert_eq!(files(&dir), before, "{name}");
    }
}

#[tokio::test]
async fn a_file_that_is_only_a_name_for_another_is_refused() {
    let outside = Folder::default();
    let dir = outside.path().join("record");
    let store = open(&dir).unwrap();
    keep(&store, 1, 0, &["x"]).await;
    drop(store);
    let other = outside.path().join("other");
    fs::create_dir(&other).unwrap();
    let name = other.join(FILE_NAME);
    let put: [(&str, &dyn Fn()); 4] = [
        ("symbolic link", &|| std::os::unix::fs::symlink(dir.join(FILE_NAME), &name).unwrap()),
        ("symbolic link", &|| std::os::unix::fs::symlink("nowhere", &name).unwrap()),
        ("not a file", &|| fs::create_dir(&name).unwrap()),
        ("hard link", &|| fs::hard_link(dir.join(FILE_NAME), &name).unwrap()),
    ];
    for (what, put) in put {
        put();
        let error = refusal(&other);
        assert!(matches!(error, OpenError::NotPlain { .. }), "{error:?}");
        assert!(error.to_string().contains(what) && error.hint().contains("nothing was touched"), "{error}");
        if name.is_dir() { fs::remove_dir(&name).unwrap() } else { fs::remove_file(&name).unwrap() }
    }
    fs::copy(dir.join(FILE_NAME), &name).unwrap();
    std::os::unix::fs::symlink(outside.path().join("elsewhere"), other.join("scribe.sqlite-wal")).unwrap();
    assert!(matches!(refusal(&other), OpenError::NotPlain { .. }), "its log too");
    assert!(!outside.path().join("elsewhere").exists());
    assert!(open(&dir).is_ok(), "the record itself is left as it was");
}
