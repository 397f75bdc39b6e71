//! What is wrong with the file as a file.

use std::path::Path;

use rusqlite::Connection;
use scribe_projections::ledger::verdict::{Finding, Flaw};

use super::Streams;
use crate::store::sqlite::file::schema::{self, Access};

/// The tables that must be there.
const TABLES: [&str; 4] = ["streams", "appends", "tree", "checkpoints"];
/// Problems told of one file at most.
const MOST: usize = 5;

/// Something that does not read.
pub(super) fn unreadable(position: Option<u64>, what: &str, why: &str) -> Finding {
    Finding { position, kind: Flaw::File, what: format!("{what} cannot be read: {why}") }
}

/// Tables that are missing, and whatever would let the database answer something else than what lies in
/// its tables.
pub(super) fn strangers(connection: &Connection) -> Vec<Finding> {
    let objects = connection.prepare("SELECT type, name FROM sqlite_schema").and_then(|mut statement| {
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        rows.collect::<Result<Vec<_>, _>>()
    });
    let objects = match objects {
        Ok(objects) => objects,
        Err(error) => return vec![unreadable(None, "the file's layout", &error.to_string())],
    };
    let file = |what: String| Finding { position: None, kind: Flaw::File, what };
    let is_table = |name: &str| objects.iter().any(|(kind, known)| kind == "table" && known == name);
    let missing =
        TABLES.iter().filter(|name| !is_table(name)).map(|name| file(format!("it has no table {name}")));
    let foreign = objects.iter().filter(|(kind, _)| kind == "view" || kind == "trigger");
    missing
        .chain(
            foreign.map(|(kind, name)| file(format!("it has a {kind} {name}, which scribe makes none of"))),
        )
        .collect()
}

/// The incidents' names.
pub(super) fn streams(connection: &Connection, findings: &mut Vec<Finding>) -> Streams {
    let mut streams = Streams::new();
    let read = connection.prepare("SELECT key, incident FROM streams").and_then(|mut statement| {
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            streams.insert(row.get(0)?, row.get::<_, String>(1)?.into());
        }
        Ok(())
    });
    if let Err(error) = read {
        findings.push(unreadable(None, "the incidents' names", &error.to_string()));
    }
    streams
}

/// What `SQLite`'s own check says; it also compares every index with its table.
pub(super) fn integrity(path: &Path) -> Vec<Finding> {
    let said = schema::connect(path, Access::Read).and_then(|connection| {
        let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MOST})"))?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.collect::<Result<Vec<_>, _>>()
    });
    let said = said.unwrap_or_else(|error| vec![error.to_string()]);
    let wrong = said.into_iter().flat_map(|said| said.lines().map(str::to_owned).collect::<Vec<_>>());
    let tell =
        |said| Finding { position: None, kind: Flaw::File, what: format!("SQLite's own check says: {said}") };
    wrong.filter(|said| said != "ok").take(MOST).map(tell).collect()
}
