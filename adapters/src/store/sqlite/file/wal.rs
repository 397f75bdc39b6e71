//! Keeping the write-ahead log short.
//!
//! Left to itself, the database engine folds the log in when it can do so without waiting for anybody. But
//! the log begins anew only in a moment when nobody reads from it, and where readers follow closely upon
//! each other there is none: the log grows, and every commit tries in vain to fold it. So the writer does
//! it, between two commits, and waits for those who read just then. Looks are short.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rustix::process::{Flock, FlockType, fcntl_getlk};
use scribe_domain::event_store::StoreError;

use super::names::{INDEX, LOG, beside};
use super::schema::{self, Access, PATIENCE};
use crate::store::sqlite::error::Trouble;

/// How long appends may wait for readers to let go of the log, once for every so many pages.
const LET_GO: Duration = Duration::from_secs(1);

/// How long the write-ahead log is, and when to fold it in.
pub(in crate::store::sqlite) struct Wal {
    pages: Arc<AtomicU32>,
    limit: u32,
    fold_at: u32,
}

impl Wal {
    /// Learns the log's length from each commit of this connection, in place of the engine's own folding.
    pub(in crate::store::sqlite) fn watch(
        connection: &mut Connection,
        limit: u32,
    ) -> Result<Self, rusqlite::Error> {
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
    pub(in crate::store::sqlite) fn keep_short(
        &mut self,
        connection: &mut Connection,
    ) -> Result<(), Trouble> {
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

/// Writes a log that was left behind onto itself, and flushes it, before anything in it is believed.
///
/// A process that was killed, or whose flush failed, leaves appends in the log which may be in the system's
/// memory only. They read as if nothing had happened; whoever sends one again would be told that it is
/// kept, and folding them in would leave a file that fits neither what the disk has of the log nor what it
/// lacks. After a failed flush, another one is no help: the system holds those pages for written. So they
/// are written again.
pub(in crate::store::sqlite) fn renew(path: &Path) -> Result<(), Trouble> {
    let mut connection = schema::connect(path, Access::Write)?;
    // Or it would be folded in when the connection closes, also if it could not be flushed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // Under the write lock nobody else appends, or begins the log anew.
    let transaction = schema::begin(&mut connection)?;
    write_again(&beside(path, LOG)).map_err(|error| {
        StoreError::Unavailable(format!("the log of the last process cannot be flushed: {error}"))
    })?;
    transaction.rollback()?;
    Ok(())
}

fn write_again(log: &Path) -> io::Result<()> {
    let log = File::options().read(true).write(true).open(log)?;
    let mut bytes = vec![0; 1 << 20];
    let mut at = 0;
    loop {
        let read = log.read_at(&mut bytes, at)?;
        if read == 0 {
            return log.sync_data();
        }
        log.write_all_at(&bytes[..read], at)?;
        at += read as u64;
    }
}

/// Whether a log holds something and nobody has the record open: then whoever had it did not end properly.
///
/// Asked before this process opens the record, since closing a file lets go of the process's locks on it.
pub(in crate::store::sqlite) fn was_left_behind(path: &Path) -> bool {
    /// The byte of the index that everybody locks who has the record open (`UNIX_SHM_DMS` in `SQLite`).
    const IN_USE: u64 = 128;
    if !fs::metadata(beside(path, LOG)).is_ok_and(|log| log.len() > 0) {
        return false;
    }
    let Ok(index) = File::options().read(true).write(true).open(beside(path, INDEX)) else { return true };
    let lock = Flock { start: IN_USE, length: 1, ..Flock::from(FlockType::WriteLock) };
    // In doubt it is written again, which is safe for whoever else has it.
    !matches!(fcntl_getlk(&index, &lock), Ok(Some(_)))
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
    use crate::store::sqlite::file::open::find_or_found;
    use crate::store::sqlite::file::schema::Access;

    #[test]
    fn the_log_begins_anew_unless_somebody_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let claim = find_or_found(dir.path()).unwrap();
        let mut connection = schema::connect(&claim.path, Access::Write).unwrap();
        let mut log = Wal::watch(&mut connection, 4).unwrap();
        let reader = schema::connect(&claim.path, Access::Read).unwrap();
        let commit = |connection: &mut Connection, name: &str| {
            connection.execute("INSERT INTO streams (incident) VALUES (?1)", [name]).unwrap();
        };
        let length = |log: &Wal| log.pages.load(Ordering::Relaxed);

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
