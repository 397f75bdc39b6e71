//! From folder to folder.

use std::fs;
use std::os::unix::fs::symlink;

use rusqlite::{Connection, OpenFlags};
use scribe::clock;
use scribe::store::sqlite::SqliteStore;
use scribe_tests::program::Program;

use super::*;

#[test]
fn a_copy_is_the_same_record_and_grows_with_it() {
    let program = with_notes(3);
    program.ok(&["audit", "checkpoint"]);
    let (from, to) = (program.data(), program.folder().join("copy"));
    let (from, to) = (text(&from), text(&to));
    assert_eq!(copied(&program, from, to), [4, 4, 0, 1]);
    let other = Program::over(to.as_ref());
    assert_eq!(other.ok(&["export"]), program.ok(&["export"]));

    program.ok(&["note", ID, "and on"]);
    program.ok(&["audit", "checkpoint"]);
    let again = copy(&program, from, to);
    assert_eq!(again.code, Some(0), "{again:#?}");
    assert!(
        again.stdout.starts_with(&format!("5 events in {to}: 1 copied, 4 there already\n1 ")),
        "{again:#?}"
    );
    assert!(again.stderr.contains("the key that signs was not copied"), "{again:#?}");
    assert_eq!(copied(&program, from, to), [5, 0, 5, 0]);
    assert_eq!(other.ok(&["export"]), program.ok(&["export"]));
    // What the source signed holds for the copy.
    let key = program.ok(&["audit", "key"]);
    let verdict = other.json(&["audit", "verify", "--key", key.trim()]);
    assert_eq!((&verdict["holds"], verdict["checkpoints"].as_u64()), (&true.into(), Some(2)), "{verdict:#?}");
    // And it goes on by itself.
    other.ok(&["note", ID, "elsewhere"]);
    assert_eq!((other.count(), program.count()), (6, 5));
}

#[test]
fn whoever_serves_the_source_goes_on() {
    let program = with_notes(2);
    let (_server, address) = program.serve();
    let mut remote = Program::over(&program.data());
    remote.speak_to(&address);
    let to = program.folder().join("copy");
    assert_eq!(copied(&program, text(&program.data()), text(&to))[..2], [3, 3]);
    remote.ok(&["note", ID, "meanwhile"]);
    assert_eq!(copied(&program, text(&program.data()), text(&to))[..2], [4, 1]);
}

#[test]
fn an_empty_record_is_copied_and_a_missing_one_is_not() {
    let program = Program::new();
    let (empty, to) = (program.folder().join("empty"), program.folder().join("copy"));
    drop(SqliteStore::open(&empty, clock::system()).unwrap());
    assert_eq!(copied(&program, text(&empty), text(&to)), [0, 0, 0, 0]);

    let (missing, nowhere) = (program.folder().join("missing"), program.folder().join("nowhere"));
    is_refused(&copy(&program, text(&missing), text(&nowhere)), 5, "there is no record in");
    assert!(!missing.exists() && !nowhere.exists());
}

#[test]
fn another_record_is_left_alone() {
    let program = with_notes(4);
    let (from, to) = (program.data(), program.folder().join("copy"));
    copied(&program, text(&from), text(&to));
    let other = Program::over(&to);
    other.ok(&["note", ID, "told to the copy"]);
    let before = other.ok(&["export"]);
    is_refused(&copy(&program, text(&from), text(&to)), 3, "it has 6 events, and the source only 5");
    for number in 0..7 {
        program.ok(&["note", ID, &format!("told to the source {number}")]);
    }
    let told = "they have the first 5 events in common, and differ from position 6 on";
    is_refused(&copy(&program, text(&from), text(&to)), 3, told);
    assert_eq!(other.ok(&["export"]), before);

    let stranger = with_notes(1);
    is_refused(&copy(&program, text(&from), text(&stranger.data())), 3, "differ from the first event on");
    assert_eq!(stranger.count(), 2);
}

#[test]
fn a_record_is_not_copied_onto_itself() {
    let program = with_notes(0);
    let link = program.folder().join("link");
    symlink(program.data(), &link).unwrap();
    for to in [&*program.data(), &link, &program.folder().join("data/../data")] {
        is_refused(&copy(&program, text(&program.data()), text(to)), 4, "are the same record");
    }
    is_refused(&copy(&program, "", "x"), 4, "--from is empty");
    let mut remote = Program::over(&program.data());
    remote.speak_to("http://127.0.0.1:1");
    is_refused(&copy(&remote, "a", "b"), 4, "leave out --server");
}

#[test]
fn what_is_erased_is_copied_as_erased() {
    let program = with_notes(1);
    let secret = program.json(&["note", ID, "hunter2-hunter2"]);
    program.ok(&["redact", secret["events"][0].as_str().unwrap(), "--reason", "A password."]);
    let to = program.folder().join("copy");
    assert_eq!(copied(&program, text(&program.data()), text(&to))[..2], [4, 4]);
    let other = Program::over(&to);
    assert_eq!(other.ok(&["export"]), program.ok(&["export"]));
    let verdict = other.json(&["audit", "verify"]);
    assert_eq!((&verdict["holds"], verdict["erased"].as_u64()), (&true.into(), Some(1)), "{verdict:#?}");
}

/// No root tells: the leaf of an erased event stays.
#[test]
fn a_copy_from_before_an_erasure_is_not_gone_on_with() {
    let program = with_notes(1);
    let secret = program.json(&["note", ID, "hunter2-hunter2"]);
    let to = program.folder().join("copy");
    copied(&program, text(&program.data()), text(&to));
    program.ok(&["note", ID, "in between"]);
    program.ok(&["redact", secret["events"][0].as_str().unwrap(), "--reason", "A password."]);
    let refused = copy(&program, text(&program.data()), text(&to));
    is_refused(&refused, 3, "the target holds the words of position 3 still");
    assert!(!refused.stderr.contains("hunter2"));
}

/// How many appends a folder's file has, looked at beside whoever writes it; 0 while there is none.
fn appends(folder: &Path) -> u64 {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let count = Connection::open_with_flags(folder.join("scribe.sqlite"), flags)
        .and_then(|connection| connection.query_row("SELECT count(*) FROM appends", [], |row| row.get(0)));
    count.unwrap_or_default()
}

/// Starts a copy and waits until something of it is there, but not all.
fn half_way(
    program: &Program,
    from: &Path,
    events: u64,
    end: impl Fn(scribe_tests::program::Running),
) -> std::path::PathBuf {
    for attempt in 0..20 {
        let to = program.folder().join(format!("copy-{attempt}"));
        let running = program.start(&["copy", "--from", text(from), "--to", text(&to)]);
        while appends(&to) == 0 {
            std::thread::yield_now();
        }
        end(running);
        let held = tokio::runtime::Runtime::new().unwrap().block_on(tree(&to)).size;
        assert!(held <= events);
        if held < events {
            return to;
        }
        fs::remove_dir_all(&to).unwrap();
    }
    panic!("it was never caught half-way");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_killed_is_gone_on_with() {
    let program = Program::new();
    fill(&program.data(), 12_000).await;
    let whole = tree(&program.data()).await;
    let to = tokio::task::block_in_place(|| {
        half_way(&program, &program.data(), whole.size, |mut running| running.kill())
    });
    let held = tree(&to).await.size;
    assert_eq!(
        copied(&program, text(&program.data()), text(&to))[..3],
        [whole.size, whole.size - held, held]
    );
    assert_eq!(tree(&to).await, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_interrupted_says_how_to_go_on() {
    let program = Program::new();
    fill(&program.data(), 12_000).await;
    let whole = tree(&program.data()).await;
    let to = tokio::task::block_in_place(|| {
        half_way(&program, &program.data(), whole.size, |running| {
            running.signal("INT");
            let outcome = running.end();
            // Unless it was done before it heard of it.
            if outcome.code != Some(0) {
                assert!(outcome.stderr.starts_with("stopping after this batch"), "{outcome:#?}");
                assert!(outcome.stderr.contains("\nerror: interrupted: the target holds "), "{outcome:#?}");
                assert!(outcome.stderr.contains("hint: give the same command again"), "{outcome:#?}");
                assert_eq!(outcome.code, Some(5), "{outcome:#?}");
            }
        })
    });
    let held = tree(&to).await.size;
    assert!(held > 0);
    assert_eq!(
        copied(&program, text(&program.data()), text(&to))[..3],
        [whole.size, whole.size - held, held]
    );
    assert_eq!(tree(&to).await, whole);
}
