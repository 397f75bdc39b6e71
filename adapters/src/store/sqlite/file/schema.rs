//! The database's layout, and how a connection is set up.

use std::fmt::Write as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::names::{LOG, beside};
use super::plain;

/// Marks the file as scribe's, in the place that `SQLite` keeps for this: `SCRB`.
pub(in crate::store::sqlite) const APPLICATION_ID: u32 = 0x5343_5242;

/// The layout's version, which this program writes and the newest that it reads.
pub(in crate::store::sqlite) const FORMAT: u32 = 2;

/// An incident's name stands once, and its appends carry an integer for it.
///
/// **`appends`** has one row an append, not one an event: three b-trees to keep up, whatever the number of
/// events. `events` is text, two lines an event: its header and its payload, with the bytes of each as they
/// were told; of an erased event, the second is `~`, the digest of what stood there, and what remains.
/// `salts` has 16 bytes an event, zeros for an erased one. `recorded_at` is when the append counts as
/// recorded: the latest of the stamps in all headers up to it, of which its own may be an earlier one. `root`
/// is the tree's root after the append's last event: with it, whoever reads the record again finds out at
/// which append it was changed.
///
/// `sum` is the CRC-32 of the columns that are read back: the database engine would hand out a flipped bit as
/// it is. It stands against bad disks; against people stands the ledger.
///
/// **`tree`** has the tree's complete nodes over 256 leaves (level 1), 256 of those (level 2) and so on: one
/// row every 256 events. Leaves are computed from the events themselves.
///
/// **`checkpoints`** has the signed statements that were given out.
const LAYOUT: &str = "
    CREATE TABLE streams (
        key INTEGER PRIMARY KEY,
        incident TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE appends (
        first_position INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL REFERENCES streams (key),
        first_revision INTEGER NOT NULL,
        count INTEGER NOT NULL,
        command_id BLOB NOT NULL UNIQUE,
        recorded_at INTEGER NOT NULL,
        root BLOB NOT NULL,
        salts BLOB NOT NULL,
        events TEXT NOT NULL,
        sum INTEGER NOT NULL,
        UNIQUE (stream, first_revision)
    ) STRICT;
    CREATE TABLE tree (
        level INTEGER NOT NULL,
        place INTEGER NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (level, place)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE checkpoints (
        size INTEGER PRIMARY KEY,
        note TEXT NOT NULL
    ) STRICT;
";

/// How long to wait for another process's write, asking again every millisecond: `SQLite`'s own waiting
/// backs off to a tenth of a second, and would hardly ever find the gap that a busy writer leaves.
pub(in crate::store::sqlite) const PATIENCE: Duration = Duration::from_secs(5);
const ASK_AGAIN: Duration = Duration::from_millis(1);

/// The write-ahead log is folded into the database when it has this many pages (32 MB), so that commits
/// seldom wait for it; its file is cut back when something made it longer than that twice over.
pub(in crate::store::sqlite) const LOG_PAGES: u32 = 4_000;
const LOG_FILE_LIMIT: u32 = 64 << 20;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::sqlite) enum Access {
    /// Appending, where a commit is on the disk before it is acknowledged.
    Write,
    /// Appending what can be had again from elsewhere: a power cut may take the last commits, all of each
    /// and never one without those after it.
    WriteCopy,
    /// Looking.
    Read,
}

/// Opens a connection to a database that exists and has our layout.
pub(in crate::store::sqlite) fn connect(path: &Path, access: Access) -> Result<Connection, rusqlite::Error> {
    let connection = match access {
        Access::Read if plain::may_only_look(path) => connect_to_look(path)?,
        _ => connect_plainly(path)?,
    };
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    match access {
        Access::Write | Access::WriteCopy => {
            let flushed = if access == Access::Write { "full" } else { "normal" };
            connection.pragma_update(None, "synchronous", flushed)?;
            connection.pragma_update(None, "cache_size", -16 * 1024)?;
            connection.query_row(&format!("PRAGMA journal_size_limit = {LOG_FILE_LIMIT}"), [], |_| Ok(()))?;
            connection.query_row(&format!("PRAGMA wal_autocheckpoint = {LOG_PAGES}"), [], |_| Ok(()))?;
        }
        Access::Read => {
            connection.pragma_update(None, "query_only", true)?;
            connection.query_row("PRAGMA mmap_size = 1073741824", [], |_| Ok(()))?;
        }
    }
    Ok(connection)
}

/// Sets how long the connection waits for others before it gives up.
pub(in crate::store::sqlite) fn wait_for_others(
    connection: &mut Connection,
    patience: Duration,
) -> Result<(), rusqlite::Error> {
    connection.busy_handler(Some(move |asked: i32| {
        thread::sleep(ASK_AGAIN);
        u32::try_from(asked).is_ok_and(|asked| ASK_AGAIN * asked < patience)
    }))
}

/// Begins a transaction that holds the write lock from its beginning: what it reads is still so when it
/// writes.
pub(in crate::store::sqlite) fn begin(
    connection: &mut Connection,
) -> Result<Transaction<'_>, rusqlite::Error> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// Lays the tables out in an empty file, unless another process has just done so. The marks that tell
/// our file from a foreign one are written in the same transaction.
pub(in crate::store::sqlite) fn lay_out(path: &Path) -> Result<(), rusqlite::Error> {
    let mut connection = connect_plainly(path)?;
    connection.pragma_update(None, "page_size", 8192)?;
    let transaction = begin(&mut connection)?;
    let empty: bool =
        transaction.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    if empty {
        lay_out_in(&transaction)?;
    }
    transaction.commit()
}

/// Makes the tables and sets the marks.
pub(in crate::store::sqlite) fn lay_out_in(transaction: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    transaction.execute_batch(LAYOUT)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT)
}

/// Turns on the write-ahead log, which lets others read while one writes; tells the mode in force.
/// The file remembers it.
pub(in crate::store::sqlite) fn turn_on_log(path: &Path) -> Result<String, rusqlite::Error> {
    let connection = connect_plainly(path)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
}

/// Opens a connection to a record that may only be read. Where there is no log, nobody has it open, and then the
/// engine needs to make no files of its own beside it.
fn connect_to_look(path: &Path) -> Result<Connection, rusqlite::Error> {
    let has_log = std::fs::metadata(beside(path, LOG)).is_ok_and(|log| log.len() > 0);
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            // Writing to a string cannot fail.
            b'?' | b'#' | b'%' | 0x80.. => drop(write!(address, "%{byte:02X}")),
            plain => address.push(char::from(*plain)),
        }
    }
    if !has_log {
        address.push_str("?immutable=1");
    }
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let mut connection = Connection::open_with_flags(address, flags)?;
    wait_for_others(&mut connection, PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

fn connect_plainly(path: &Path) -> Result<Connection, rusqlite::Error> {
    // Without CREATE: a file that vanished is an error, not an empty record.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    wait_for_others(&mut connection, PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(32);
    // Otherwise the planner looks at bound values, and prepares a cached statement anew each time they
    // change: with many writers that was a third of all work.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}
