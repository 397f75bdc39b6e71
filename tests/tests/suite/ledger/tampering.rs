//! What a tamperer does, and where it is told.

use scribe::clock;
use scribe::store::sqlite::SqliteStore;
use scribe_domain::event_store::EventStore as _;
use scribe_tests::contract::adopting;
use scribe_tests::program::Program;

use super::file::{found, holds, many_notes, notes, open, recompute, record, tamper, told_first};

const CHANGE_5: &str =
    "UPDATE appends SET events = replace(events, 'Note 3', 'Note 8') WHERE first_position = 5";

/// Ten notes, signed after the sixth event and at the end; the key and the last checkpoint kept elsewhere.
fn signed() -> (Program, String, String) {
    let program = record(5);
    program.ok(&["audit", "checkpoint"]);
    notes(&program, 5);
    let kept = program.folder().join("kept.txt").to_str().unwrap().to_owned();
    program.ok(&["audit", "checkpoint", "--save", &kept]);
    let key = program.ok(&["audit", "key"]).trim().to_owned();
    (program, kept, key)
}

#[test]
fn a_record_that_nobody_touched_holds() {
    let (program, kept, key) = signed();
    let said = program.ok(&["audit", "verify"]);
    assert!(
        said.starts_with("11 events in 11 appends, 1 incident, 2 checkpoints: all of it holds\n"),
        "{said}"
    );
    let said = program.ok(&["audit", "verify", "--checkpoint", &kept, "--key", &key]);
    assert!(
        said.starts_with("11 events in 11 appends, 1 incident, 3 checkpoints: all of it holds\n"),
        "{said}"
    );
    let verdict = program.json(&["audit", "verify"]);
    assert_eq!((&verdict["holds"], &verdict["events"]), (&true.into(), &11.into()));
    many_notes(&program);
    assert!(program.ok(&["audit", "verify"]).starts_with("311 events"));
}

#[test]
fn a_changed_word_is_told_where_it_stands() {
    let (program, ..) = signed();
    tamper(&program, CHANGE_5);
    told_first(&program, 5, "not as recorded");
    assert!(found(&program).contains("1 thing is wrong"));
    // And nothing is signed any more, also by somebody who puts the check sums right.
    let refused = program.run(&["audit", "checkpoint"]);
    assert_eq!(refused.code, Some(5), "{refused:#?}");
    scribe_tests::tamper::sum(&open(&program));
    told_first(&program, 5, "not as recorded");
    let refused = program.run(&["audit", "checkpoint"]);
    assert_eq!(refused.code, Some(3), "{refused:#?}");
}

#[test]
fn a_changed_salt_header_or_time_is_told() {
    let (program, ..) = signed();
    tamper(&program, "UPDATE appends SET salts = zeroblob(16) WHERE first_position = 7");
    told_first(&program, 7, "not as recorded");
    let (program, ..) = signed();
    tamper(&program, "UPDATE appends SET recorded_at = recorded_at - 1 WHERE first_position = 7");
    told_first(&program, 7, "different times");
    let (program, ..) = signed();
    tamper(&program, "UPDATE appends SET events = replace(events, 'Tess', 'Bess') WHERE first_position = 7");
    told_first(&program, 7, "not as recorded");
    let (program, ..) = signed();
    tamper(&program, "UPDATE streams SET incident = '20230104-other'");
    told_first(&program, 1, "different incidents");
}

#[tokio::test]
async fn a_time_that_was_lifted_holds_and_one_that_was_moved_is_told() {
    let program = Program::new();
    let (raced, _) = adopting::raced().await;
    let store = SqliteStore::open(&program.data(), clock::system()).unwrap();
    store.adopt(raced).await.unwrap();
    drop(store);
    holds(&program.run(&["audit", "verify"]));
    // An export carries the stamps, and so the times that follow from them.
    let export = program.folder().join("export.jsonl");
    std::fs::write(&export, program.ok(&["export"])).unwrap();
    let restored = Program::new();
    restored.ok(&["restore", export.to_str().unwrap()]);
    holds(&restored.run(&["audit", "verify"]));
    assert_eq!(restored.events(), program.events());
    assert_eq!(program.events()[2]["recorded_at"], "1970-01-01T00:00:07Z");

    // The event at position 3 was stamped at second 5 and counts from second 7.
    for second in [5, 6, 8] {
        let moved = format!("UPDATE appends SET recorded_at = {second}000000 WHERE first_position = 3");
        tamper(&program, &moved);
        recompute(&program);
        told_first(&program, 3, "different times");
        assert!(found(&program).contains("1 thing is wrong"), "{}", found(&program));
    }
}

#[test]
fn swapped_rows_are_told_at_the_first() {
    let (program, ..) = signed();
    tamper(
        &program,
        "UPDATE appends SET first_position = 99 WHERE first_position = 4;
         UPDATE appends SET first_position = 4 WHERE first_position = 5;
         UPDATE appends SET first_position = 5 WHERE first_position = 99;",
    );
    told_first(&program, 4, "revision");
    assert!(found(&program).contains("position 4: the event at position 4 is not as recorded"));
}

#[test]
fn a_dropped_row_is_told_by_its_position() {
    let (program, ..) = signed();
    tamper(&program, "DELETE FROM appends WHERE first_position = 6");
    told_first(&program, 6, "the event at position 6 is missing");
}

#[test]
fn a_dropped_tail_is_told_by_a_checkpoint() {
    let (program, kept, key) = signed();
    tamper(&program, "DELETE FROM appends WHERE first_position > 8");
    told_first(&program, 9, "3 are gone from its end");
    // Also when the tamperer drops the record's own checkpoints: somebody else's is not theirs to drop.
    tamper(&program, "DELETE FROM checkpoints");
    holds(&program.run(&["audit", "verify"]));
    let outcome = program.run(&["audit", "verify", "--checkpoint", &kept, "--key", &key]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert!(
        outcome
            .stdout
            .starts_with("position 9: the record ends at position 8, but your checkpoint of 11 events")
    );
    // And when it has grown again since.
    notes(&program, 4);
    let outcome = program.run(&["audit", "verify", "--checkpoint", &kept, "--key", &key]);
    assert!(outcome.stdout.contains("your checkpoint of 11 events has another root"), "{outcome:#?}");
}

#[test]
fn a_changed_root_node_or_checkpoint_is_told_as_what_it_is() {
    let (program, ..) = signed();
    tamper(&program, "UPDATE appends SET root = zeroblob(32) WHERE first_position = 3");
    told_first(&program, 3, "the root that was kept with it was changed");
    let (program, ..) = signed();
    many_notes(&program);
    tamper(&program, "UPDATE tree SET hash = zeroblob(32)");
    told_first(&program, 1, "the tree's node over positions 1 to 256");
    tamper(&program, "DELETE FROM tree");
    told_first(&program, 1, "is missing");
    let (program, ..) = signed();
    tamper(&program, "UPDATE checkpoints SET note = replace(note, '6', '7') WHERE size = 6");
    told_first(&program, 6, "the checkpoint kept for 6 events");
    let (program, ..) = signed();
    tamper(&program, "CREATE TRIGGER t AFTER INSERT ON appends BEGIN SELECT 1; END");
    assert!(found(&program).contains("the file: it has a trigger t"));
}

#[test]
fn whoever_recomputes_everything_is_told_by_the_checkpoints_around_it() {
    let (program, kept, key) = signed();
    tamper(
        &program,
        "UPDATE appends SET events = replace(events, 'Note 2', 'Note 7') WHERE first_position = 9",
    );
    recompute(&program);
    told_first(&program, 7, "something was changed after position 6, up to which another checkpoint holds");
    // Without the record's own checkpoints and with a new key, only what was kept elsewhere tells.
    tamper(&program, "DELETE FROM checkpoints");
    std::fs::remove_file(program.data().join("ledger.key")).unwrap();
    program.ok(&["audit", "checkpoint"]);
    holds(&program.run(&["audit", "verify"]));
    let outcome = program.run(&["audit", "verify", "--checkpoint", &kept, "--key", &key]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert!(outcome.stdout.contains("your checkpoint of 11 events has another root"), "{outcome:#?}");
}

#[test]
fn a_damaged_file_is_told_as_far_as_it_reads() {
    let (program, ..) = signed();
    many_notes(&program);
    let path = program.data().join("scribe.sqlite");
    let mut bytes = std::fs::read(&path).unwrap();
    // The heart of the file: whatever page that is, something of it is gone.
    let middle = bytes.len() / 2;
    bytes[middle..middle + 2_000].fill(0x55);
    std::fs::write(&path, bytes).unwrap();
    let outcome = program.run(&["audit", "verify"]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert!(outcome.stdout.contains("IT DOES NOT HOLD"), "{outcome:#?}");
}

/// A sum alone that is wrong harms nobody's proof, but its append is not served.
#[test]
fn a_check_sum_that_was_changed_is_told() {
    let (program, ..) = signed();
    tamper(&program, "UPDATE appends SET sum = sum + 1 WHERE first_position = 5");
    told_first(&program, 5, "the check sum");
}
