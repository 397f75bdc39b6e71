//! A record is stamped by somebody else's clock, and its export is checked by somebody who has nothing else.

use std::fs;

use scribe_tests::authority::{Authority, Habits, Key, answer, listen};
use scribe_tests::program::Program;

use super::place::RECORDS;

#[test]
fn what_was_recorded_between_two_stamps_was_recorded_between_their_times() {
    let Some(own) = Authority::new() else { return };
    own.issue("stamps", Key::P256, "stamps", "root", "");
    let root = own.path("root.pem");
    let root = root.to_str().unwrap();
    let program = Program::of(RECORDS);
    program.ok(&["declare", "List import problems"]);
    let pem = fs::read(root).unwrap();
    let believed = program.folder().join("authority.pem");
    fs::write(&believed, pem).unwrap();
    let believed = believed.to_str().unwrap();
    let tsa = listen(move |query| answer(own.reply(query, "stamps", Habits::default())));
    let stamp = || program.ok(&["audit", "stamp", "--tsa", &tsa, "--tsa-ca", believed]);
    assert!(stamp().ends_with("(position 2)\n"));
    program.ok(&["note", "@", "The queue is full."]);
    assert!(stamp().ends_with("(position 4)\n"));
    let is_proven = |said: &str| {
        for line in [
            "2 time stamps: all of them hold",
            "position 1: recorded before ",
            "positions 2–3: recorded after ",
        ] {
            assert!(said.contains(line), "{line}: {said}");
        }
    };
    is_proven(&program.ok(&["audit", "verify", "--tsa-ca", believed]));
    let export = program.folder().join("export.jsonl");
    fs::write(&export, program.ok(&["export"])).unwrap();
    let export = export.to_str().unwrap();
    is_proven(&Program::new().ok(&["audit", "verify", "--export", export, "--tsa-ca", believed]));
    // It is taken over as it is, stamps and all.
    let restored = Program::new();
    restored.ok(&["restore", export]);
    let said = restored.run(&["audit", "verify", "--tsa-ca", believed]);
    is_proven(&said.stdout);
}
