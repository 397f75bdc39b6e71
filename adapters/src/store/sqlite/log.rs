//! Keeping the write-ahead log short.
//!
//! Left to itself, the database engine folds the log in when it can do so without waiting for anybody. But
//! the log begins anew only in a moment when nobody reads from it, and where readers follow closely upon
//! each other there is none: the log grows, and every commit tries in vain to fold it. So the writer does
//! it, between two commits, and waits for those who read just then. Looks are short.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::error::Trouble;
use super::schema::{self, ASK_AGAIN, PATIENCE};

/// How long appends may wait for readers to let go of the log, once for every so many pages.
const LET_GO: Duration = Duration::from_secs(1);

/// How long the log is, and when to fold it in.
pub(super) struct Log {
    pages: Arc<AtomicU32>,
    limit: u32,
    fold_at: u32,
}

impl Log {
    /// Learns the log's length from each commit of this connection, in place of the engine's own folding.
    pub(super) fn watch(connection: &mut Connection, limit: u32) -> Result<Self, rusqlite::Error> {
        let pages = Arc::new(AtomicU32::new(0));
        let learned = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut _, length| {
            learned.store(u32::try_from(length).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { pages, limit, fold_at: limit })
    }

    /// Folds the log in when it is too long. If somebody does not let go of it, in another process and for
    /// long, or if the disk is full, it is tried again when the log has grown by as much again. Only a
    /// machine that failed to read or write is an error: what it made of the record is in doubt.
    pub(super) fn keep_short(&mut self, connection: &mut Connection) -> Result<(), Trouble> {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.fold_at {
            return Ok(());
        }
        match fold(connection) {
            Ok(true) => {
                self.pages.store(0, Ordering::Relaxed);
                self.fold_at = self.limit;
            }
            Ok(false) => {
                tracing::warn!(pages, "somebody keeps reading an old state of the record; its log grows");
                self.fold_at = pages.saturating_add(self.limit);
            }
            Err(error) => {
                tracing::warn!(pages, %error, "the log could not be folded in");
                self.fold_at = pages.saturating_add(self.limit);
                let trouble = Trouble::from(error);
                if trouble.io_failed() {
                    return Err(trouble);
                }
            }
        }
        Ok(())
    }
}

/// Makes sure that what is found in the log is on the disk.
///
/// A process that was killed, or whose flush failed, may have left appends in the log that the system still
/// has in its memory only. They are read back as if nothing had happened, and whoever sends one again is
/// told that it is kept: so first they are folded in, which flushes them. Where the log is empty, as after
/// every proper end, this does nothing.
pub(super) fn settle(connection: &Connection) -> Result<(), rusqlite::Error> {
    let until = Instant::now() + PATIENCE;
    // Others who are folding it in just now do the same; but one waits for them.
    while connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(0))? != 0 {
        if Instant::now() >= until {
            let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
            return Err(rusqlite::Error::SqliteFailure(busy, None));
        }
        thread::sleep(ASK_AGAIN);
    }
    Ok(())
}

/// Whether the log begins anew. Nothing is lost if not: the log itself is the record's latest part.
fn fold(connection: &mut Connection) -> Result<bool, rusqlite::Error> {
    schema::wait_for_others(connection, LET_GO)?;
    let folded = connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |row| row.get::<_, i64>(0));
    schema::wait_for_others(connection, PATIENCE)?;
    Ok(folded? == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::open::find_or_found;
    use crate::store::sqlite::schema::Access;

    #[test]
    fn the_log_begins_anew_unless_somebody_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let claim = find_or_found(dir.path()).unwrap();
        let mut connection = schema::connect(&claim.path, Access::Write).unwrap();
        let mut log = Log::watch(&mut connection, 4).unwrap();
        let reader = schema::connect(&claim.path, Access::Read).unwrap();
        let commit = |connection: &mut Connection, name: &str| {
            connection.execute("INSERT INTO streams (incident) VALUES (?1)", [name]).unwrap();
        };
        let length = |log: &Log| log.pages.load(Ordering::Relaxed);

        commit(&mut connection, "a");
        log.keep_short(&mut connection).unwrap();
        assert!(length(&log) > 0, "still short enough");

        reader.execute_batch("BEGIN; SELECT * FROM streams;").unwrap();
        for name in ["b", "c", "d"] {
            commit(&mut connection, name);
        }
        let before = length(&log);
        log.keep_short(&mut connection).unwrap();
        assert_eq!((length(&log), log.fold_at), (before, before + 4), "the reader holds it");

        reader.execute_batch("COMMIT").unwrap();
        for name in ["e", "f", "g"] {
            commit(&mut connection, name);
        }
        log.keep_short(&mut connection).unwrap();
        assert_eq!((length(&log), log.fold_at), (0, 4));
        commit(&mut connection, "h");
        assert!(length(&log) < before, "it began anew");
    }
}
