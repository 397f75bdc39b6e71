//! Where a record is kept while a check looks at it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use scribe::clock::{self, Clock};
use scribe::store::memory::MemoryStore;
use scribe::store::sqlite::SqliteStore;
use scribe_domain::event_store::EventStore;
use tempfile::TempDir;

/// A kind of store, and a place for one record.
pub trait Place: Send + Sync {
    /// Opens the record by this clock. A second opening of a store that lasts gives the same record.
    fn open_at(&self, clock: Clock) -> Arc<dyn EventStore>;

    /// Opens the record by the machine's clock.
    fn open(&self) -> Arc<dyn EventStore> {
        self.open_at(clock::system())
    }
}

/// Nowhere: every opening is a new record.
#[derive(Default)]
pub struct Memory;

impl Place for Memory {
    fn open_at(&self, clock: Clock) -> Arc<dyn EventStore> {
        Arc::new(MemoryStore::new(clock))
    }
}

/// A folder of its own, gone with the check.
pub struct Folder(TempDir);

impl Default for Folder {
    fn default() -> Self {
        Self(TempDir::new().expect("a temporary folder can be made"))
    }
}

impl Folder {
    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Opens the record as the store that it is.
    pub fn open_sqlite(&self) -> SqliteStore {
        SqliteStore::open(self.path(), clock::system()).expect("the folder's record opens")
    }
}

impl Place for Folder {
    fn open_at(&self, clock: Clock) -> Arc<dyn EventStore> {
        Arc::new(SqliteStore::open(self.path(), clock).expect("the folder's record opens"))
    }
}

/// A folder of its own with the copy of a record, gone with the check.
#[derive(Default)]
pub struct Mirror(Folder);

impl Mirror {
    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Opens the copy as the store that it is.
    pub fn open_sqlite(&self) -> SqliteStore {
        SqliteStore::open_mirror(self.path(), clock::system()).expect("the folder's copy opens")
    }
}

impl Place for Mirror {
    fn open_at(&self, clock: Clock) -> Arc<dyn EventStore> {
        Arc::new(SqliteStore::open_mirror(self.path(), clock).expect("the folder's copy opens"))
    }
}

/// A clock that a test sets.
#[derive(Clone)]
pub struct SetClock(Arc<AtomicI64>);

impl SetClock {
    /// Stands at this many seconds after 1970.
    pub fn at(seconds: i64) -> Self {
        Self(Arc::new(AtomicI64::new(seconds)))
    }

    /// Sets it.
    pub fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    /// The clock, for a store.
    pub fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.0);
        Arc::new(move || moment(seconds.load(Ordering::SeqCst)))
    }
}

/// This many seconds after 1970.
pub fn moment(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a test stays within what the calendar has")
}
