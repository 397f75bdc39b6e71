//! A full disk, a folder that cannot be written, a folder that is gone.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use scribe_tests::program::Program;

use super::served::Served;
use scribe_tests::budget::skipped;

/// A small disk of its own; gone when dropped.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    /// None where this user may not mount, and then that is said.
    fn at(folder: &'a Path, megabytes: u32, what: &str) -> Option<Self> {
        fs::create_dir(folder).unwrap();
        let size = format!("size={megabytes}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "scribe-faults"]).arg(folder).output();
        match mounted {
            Ok(mounted) if mounted.status.success() => Some(Self(folder)),
            Ok(mounted) => {
                skipped(what, &format!("cannot mount: {}", String::from_utf8_lossy(&mounted.stderr).trim()));
                None
            }
            Err(error) => {
                skipped(what, &format!("cannot mount: {error}"));
                None
            }
        }
    }

    fn remount(&self, how: &str) {
        let remounted = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(self.0).status();
        assert!(remounted.unwrap().success(), "remount,{how}");
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l"]).arg(self.0).status();
    }
}

/// Writes until nothing more fits.
fn fill(path: &Path) {
    let mut ballast = File::create(path).unwrap();
    for size in [65_536, 4_096, 1] {
        while ballast.write(&vec![0; size]).is_ok_and(|written| written > 0) {}
    }
}

#[test]
fn a_disk_that_is_full_takes_nothing_and_goes_on_with_room() {
    let program = Program::new();
    let data = program.data();
    let Some(_disk) = SmallDisk::at(&data, 2, "a disk that is full") else { return };
    let served = Served::start(&program, |command| command).ready();
    let incident = served.declare();
    let mut kept = Vec::new();
    for round in 0..3 {
        fill(&data.join("ballast"));
        let mut refused = Vec::new();
        // What the log's file has room for still goes in.
        for turn in 0.. {
            let (key, text) = (format!("{round}/{turn}"), format!("{round}/{turn} {}", "x".repeat(2_000)));
            let answer = served.note_text(&incident, &key, &text);
            match answer.status {
                200 => kept.push(text),
                503 => refused.push((key, text)),
                _ => panic!("{answer:?}"),
            }
            if refused.len() == 5 {
                break;
            }
            assert!(turn < 2_000, "the disk is never full");
        }
        assert_eq!(served.get("/readyz").status, 200, "{:?}", served.get("/readyz"));
        assert_eq!(served.notes(&incident), kept, "looks go on");
        fs::remove_file(data.join("ballast")).unwrap();
        for (key, text) in refused {
            let answer = served.note_text(&incident, &key, &text);
            assert_eq!(answer.status, 200, "{answer:?}");
            kept.push(text);
        }
    }
    drop(served);
    let served = Served::start(&program, |command| command).ready();
    assert_eq!(served.notes(&incident), kept);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_left_as_it_is() {
    let program = Program::new();
    let data = program.data();
    let Some(disk) = SmallDisk::at(&data, 8, "a folder that cannot be written") else { return };
    program.ok(&["declare", "Before"]);
    let before = fs::read(data.join("scribe.sqlite")).unwrap();
    disk.remount("ro");
    for (line, told) in [
        (&["declare", "After"][..], "may only be read"),
        (&["serve", "--listen", "127.0.0.1:0"], "Read-only file system"),
    ] {
        let outcome = program.run(line);
        assert_ne!(outcome.code, Some(0), "{outcome:?}");
        assert!(outcome.stderr.contains(told) && outcome.stderr.contains("hint:"), "{outcome:?}");
    }
    assert!(program.ok(&["list"]).contains("Before"), "it can be looked at");
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    assert!(fs::read(data.join("scribe.sqlite")).unwrap() == before);
    disk.remount("rw");
    program.ok(&["declare", "After"]);
}

/// Whoever moves a record away under a running server must not be told of appends that only a nameless
/// file holds.
#[test]
fn a_record_that_is_gone_takes_nothing_more() {
    for gone in ["folder", "file", "log", "replaced"] {
        let program = Program::new();
        let data = program.data();
        let served = Served::start(&program, |command| command).ready();
        let incident = served.declare();
        assert_eq!(served.note(&incident, "before").status, 200);
        let (aside, file, log) =
            (program.folder().join("aside"), data.join("scribe.sqlite"), data.join("scribe.sqlite-wal"));
        match gone {
            "folder" => fs::rename(&data, &aside).unwrap(),
            "file" => fs::rename(&file, &aside).unwrap(),
            "log" => fs::rename(&log, &aside).unwrap(),
            _ => {
                fs::copy(&file, &aside).unwrap();
                fs::rename(&aside, &file).unwrap();
            }
        }
        let answer = served.note(&incident, "after");
        assert_eq!(answer.status, 503, "{gone}: {answer:?}");
        let ready = served.get("/readyz");
        assert_eq!(ready.status, 503, "{gone}");
        assert!(ready.body.contains("is no longer where it was"), "{gone}: {ready:?}");
        drop(served);
        if gone == "folder" {
            fs::rename(&aside, &data).unwrap();
            let served = Served::start(&program, |command| command).ready();
            assert_eq!(served.notes(&incident)[0], "before");
        }
    }
}
