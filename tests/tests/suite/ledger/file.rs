//! The file under a tamperer's hands: somebody who knows the format, and can do whatever the file's owner can.

use rusqlite::Connection;
use scribe_domain::event_store::Salt;
use scribe_domain::values::Digest;
use scribe_projections::ledger::frontier::Frontier;
use scribe_projections::ledger::hash::leaf;
use scribe_tests::program::{Outcome, Program};
use serde_json::json;

/// The incident of these tests.
pub(crate) const ID: &str = "20230104-list-import-problems";

/// A record of `count` notes and a declaration, each an append of its own but the first hundreds.
pub(crate) fn record(count: usize) -> Program {
    let program = Program::new();
    program.ok(&["declare", "List import problems", "--occurred", "2023-01-04 13:05 America/New_York"]);
    notes(&program, count);
    program
}

/// Some notes, each an append of its own.
pub(crate) fn notes(program: &Program, count: usize) {
    for number in 0..count {
        program.ok(&["note", ID, &format!("Note {number} of the afternoon.")]);
    }
}

/// Three hundred notes in one append, so that the tree has a node that is kept.
pub(crate) fn many_notes(program: &Program) {
    let lines: Vec<String> = (0..300)
        .map(|number| {
            let fields = json!({ "text": format!("Imported {number}.") });
            json!({ "incident": ID, "occurred": "unknown", "actor": "Ada", "kind": "noted", "fields": fields })
                .to_string()
        })
        .collect();
    let file = program.folder().join("notes.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    program.ok(&["import", "events", file.to_str().unwrap()]);
}

/// The database, for a tamperer.
pub(crate) fn open(program: &Program) -> Connection {
    Connection::open(program.data().join("scribe.sqlite")).unwrap()
}

/// One statement of a tamperer.
pub(crate) fn tamper(program: &Program, sql: &str) {
    open(program).execute_batch(sql).unwrap();
}

/// What `audit verify` says of it, which must not be good.
pub(crate) fn found(program: &Program) -> String {
    let outcome = program.run(&["audit", "verify"]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert!(outcome.stdout.contains("IT DOES NOT HOLD"), "{outcome:#?}");
    outcome.stdout
}

/// What `audit verify` says of one in which nothing is wrong, and of which it is not proven who signed it.
pub(crate) fn unproven(program: &Program) -> String {
    let outcome = program.run(&["audit", "verify"]);
    assert_eq!(outcome.code, Some(7), "{outcome:#?}");
    assert!(outcome.stdout.contains("nothing in it is wrong, but who signed"), "{outcome:#?}");
    assert!(outcome.stderr.contains("hint: name the key"), "{outcome:#?}");
    outcome.stdout
}

/// Makes sure that the first thing told is this.
pub(crate) fn told_first(program: &Program, position: u64, what: &str) {
    let said = found(program);
    let first = said.lines().next().unwrap();
    assert!(first.starts_with(&format!("position {position}: ")) && first.contains(what), "{said}");
}

/// Makes sure that all is well.
pub(crate) fn holds(outcome: &Outcome) {
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
}

/// Makes every sum, every root and every node what the events now say, as a tamperer who knows the format would.
pub(crate) fn recompute(program: &Program) {
    let connection = open(program);
    let rows: Vec<(i64, String, Vec<u8>)> = connection
        .prepare("SELECT first_position, events, salts FROM appends ORDER BY first_position")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    connection.execute("DELETE FROM tree", []).unwrap();
    let mut tree = Frontier::default();
    for (first_position, events, salts) in rows {
        let lines: Vec<&str> = events.lines().collect();
        for (event, salt) in lines.chunks(2).zip(salts.chunks(16)) {
            let digest: Digest = Salt(salt.try_into().unwrap()).digest(event[1]);
            tree.push(leaf(event[0], &digest).unwrap(), |node| {
                if node.height % 8 == 0 {
                    let kept = (node.height / 8, i64::try_from(node.place).unwrap(), node.hash.0);
                    connection.execute("INSERT INTO tree VALUES (?1, ?2, ?3)", kept).unwrap();
                }
            });
        }
        let root = (tree.root().0, first_position);
        connection.execute("UPDATE appends SET root = ?1 WHERE first_position = ?2", root).unwrap();
    }
    scribe_tests::tamper::sum(&connection);
}
