//! Changing a record behind its program's back, with the check sums right: what somebody would do who knows
//! the format. The ledger finds it; nothing else should.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use scribe::store::sqlite::{Columns, FILE_NAME};

/// Replaces a text in the first append that has it.
///
/// # Panics
/// When no append has it, or the file cannot be written.
pub fn replace(data: &Path, this: &str, with: &str) {
    sum(&rot(data, this, with));
}

/// The same, as a bad disk does it: no check sum is put right.
///
/// # Panics
/// When no append has it, or the file cannot be written.
pub fn rot(data: &Path, this: &str, with: &str) -> Connection {
    let file = Connection::open(data.join(FILE_NAME)).expect("the record's file");
    file.busy_timeout(Duration::from_secs(5)).expect("patience");
    let changed = file
        .execute(
            "UPDATE appends SET events = replace(events, ?1, ?2) WHERE first_position =
                 (SELECT min(first_position) FROM appends WHERE instr(events, ?1) > 0)",
            [this, with],
        )
        .expect("the file is written");
    assert_eq!(changed, 1, "no append has {this:?}");
    file
}

/// Puts every check sum right.
///
/// # Panics
/// When the file cannot be read and written.
pub fn sum(file: &Connection) {
    let mut statement = file
        .prepare(
            "SELECT first_position, first_revision, count, command_id, recorded_at, events, salts FROM appends",
        )
        .expect("the table is there");
    let mut rows = statement.query([]).expect("it reads");
    let mut sums: Vec<(u64, u32)> = Vec::new();
    while let Some(row) = rows.next().expect("it reads") {
        let bytes = |column: usize| row.get_ref(column).expect("a column").as_bytes().expect("bytes");
        let columns = Columns {
            first_position: row.get(0).expect("a number"),
            first_revision: row.get(1).expect("a number"),
            count: row.get(2).expect("a number"),
            command_id: bytes(3),
            recorded_at: row.get(4).expect("a number"),
            events: bytes(5),
            salts: bytes(6),
        };
        sums.push((columns.first_position, columns.sum()));
    }
    for sum in sums {
        file.execute("UPDATE appends SET sum = ?2 WHERE first_position = ?1", sum).expect("it is written");
    }
}
