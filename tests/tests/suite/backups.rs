//! Backups of a record that is in use, and putting one in place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use scribe_tests::program::Program;

const ID: &str = "20230104-imports-fail";

fn with_a_record() -> Program {
    let program = Program::new();
    program.ok(&["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]);
    for number in 0..5 {
        program.ok(&["note", ID, &format!("note {number}")]);
    }
    program
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a name")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn a_backup_is_one_file_and_restores_to_the_same_record() {
    let program = with_a_record();
    let file = program.folder().join("backup ?#%.sqlite");
    let told = program.ok(&["backup", text(&file)]);
    assert!(told.starts_with("6 events, checked, in ") && told.contains("ledger root sha256:"), "{told}");
    assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
    assert_eq!(files(program.folder()), [file.clone(), program.data()], "nothing else is left");

    let other = Program::new();
    let restored = other.json(&["restore", text(&file)]);
    assert_eq!(restored["events"], 6);
    assert_eq!(other.ok(&["export"]), program.ok(&["export"]));
    other.ok(&["note", ID, "and on"]);
    assert_eq!((other.count(), program.count()), (7, 6));
    let mode = fs::metadata(other.data().join("scribe.sqlite")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_backup_is_made_while_a_server_and_others_record() {
    let mut program = with_a_record();
    let (_server, address) = program.serve();
    let here = Program::over(&program.data());
    program.speak_to(&address);
    let mut roots = Vec::new();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..40 {
                program.ok(&["note", ID, &format!("busy {number}")]);
            }
        });
        while !writer.is_finished() || roots.is_empty() {
            let file = program.folder().join(format!("backup-{}.sqlite", roots.len()));
            roots.push(here.json(&["backup", text(&file)]));
        }
    });
    let export = here.ok(&["export"]);
    for (number, told) in roots.iter().enumerate() {
        let other = Program::new();
        let file = program.folder().join(format!("backup-{number}.sqlite"));
        assert_eq!(&other.json(&["restore", text(&file)])["root"], &told["root"]);
        // Each is the record as it stood at one moment.
        let copy = other.ok(&["export"]);
        let (events, _end) =
            copy.trim_end().rsplit_once('\n').expect("an export ends with a line of its own");
        assert!(export.starts_with(events), "backup {number}");
    }
    let counts: Vec<_> = roots.iter().map(|told| told["events"].as_u64()).collect();
    assert!(counts.is_sorted(), "{counts:?}");
}

#[test]
fn nothing_is_overwritten_unasked() {
    let program = with_a_record();
    let file = program.folder().join("backup.sqlite");
    fs::write(&file, "something dear").expect("it is written");
    let refused = program.run(&["backup", text(&file)]);
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(refused.stderr.contains("is there already") && refused.stderr.contains("--replace"));
    assert_eq!(fs::read(&file).expect("it is there"), b"something dear");
    program.ok(&["backup", text(&file), "--replace"]);

    let there = program.run(&["restore", text(&file)]);
    assert_eq!(there.code, Some(4), "{there:?}");
    assert!(there.stderr.contains("is there already"), "{}", there.stderr);
    assert_eq!(program.count(), 6);

    for own in ["scribe.sqlite", "scribe.sqlite-wal"] {
        let itself = program.run(&["backup", text(&program.data().join(own)), "--replace"]);
        assert_eq!(itself.code, Some(4), "{itself:?}");
        assert!(itself.stderr.contains("is the record itself"), "{}", itself.stderr);
    }
    assert_eq!(program.count(), 6);
}

#[test]
fn where_nothing_can_be_written_nothing_is_left() {
    let program = with_a_record();
    let nowhere = program.run(&["backup", text(&program.folder().join("no/such/folder/backup.sqlite"))]);
    assert_eq!(nowhere.code, Some(5), "{nowhere:?}");
    assert!(nowhere.stderr.contains("cannot use"), "{}", nowhere.stderr);
    let none = Program::new().run(&["backup", text(&program.folder().join("b.sqlite"))]);
    assert_eq!(none.code, Some(5), "{none:?}");
    assert!(none.stderr.contains("there is no record"), "{}", none.stderr);
    assert_eq!(files(program.folder()), [program.data()]);
}

#[test]
fn a_damaged_backup_is_refused_and_leaves_the_folder_empty() {
    let program = with_a_record();
    let file = program.folder().join("backup.sqlite");
    program.ok(&["backup", text(&file)]);
    let sound = fs::read(&file).expect("it is there");
    let note = sound.windows(6).position(|bytes| bytes == b"note 3").expect("the note is in it");

    let mut changed = sound.clone();
    changed[note + 5] = b'4';
    let cut_off = sound[..sound.len() / 2].to_vec();
    for (damaged, why) in [(changed, "position 5 is not as it was written"), (cut_off, "damaged")] {
        let bad = program.folder().join("bad.sqlite");
        fs::write(&bad, damaged).expect("it is written");
        let other = Program::new();
        let refused = other.run(&["restore", text(&bad)]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
        assert!(!other.data().join("scribe.sqlite").exists());
        assert_eq!(files(&other.data()), Vec::<PathBuf>::new());
    }

    let mut foreign = sound.clone();
    foreign[68..72].copy_from_slice(b"ELSE");
    let mut newer = sound;
    newer[60..64].copy_from_slice(&9_000_u32.to_be_bytes());
    for (other, why) in [(foreign, "another program's database"), (newer, "newer scribe")] {
        let bad = program.folder().join("other.sqlite");
        fs::write(&bad, other).expect("it is written");
        let refused = Program::new().run(&["restore", text(&bad)]);
        assert!(refused.code != Some(0) && refused.stderr.contains(why), "{refused:?}");
    }
}

#[test]
fn what_a_backup_leaves_out_is_what_was_erased() {
    let program = with_a_record();
    let receipt = program.json(&["note", ID, "the password is hunter2-hunter2"]);
    let event = receipt["events"][0].as_str().expect("an event").to_owned();
    program.ok(&["redact", &event, "--reason", "A password."]);
    let file = program.folder().join("backup.sqlite");
    program.ok(&["backup", text(&file)]);
    let bytes = fs::read(&file).expect("it is there");
    assert!(!bytes.windows(15).any(|bytes| bytes == b"hunter2-hunter2"));
    let other = Program::new();
    other.ok(&["restore", text(&file)]);
    assert!(other.ok(&["timeline", ID]).contains("erased (noted)"));
}
