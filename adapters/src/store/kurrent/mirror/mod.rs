//! The mirror, and reading another in its place.
//!
//! A mirror that may not be the record goes on being shown, marked, while another is filled beside it from the
//! log's beginning. That one takes its place when it is found to be right; the first stays where it is, for
//! whoever wants to know what was wrong.

/// What has come into the mirror, and who waits for it.
pub(super) mod arrivals;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use crate::clock::Clock;
use crate::store::mirror;
use crate::store::sqlite::{OpenError, SqliteStore};

/// How many editions that were set aside are kept.
const KEPT: u64 = 2;

/// The edition of the mirror that is shown, and the one that is being filled.
pub(super) struct Mirror {
    folder: PathBuf,
    clock: Clock,
    now: RwLock<Arc<Edition>>,
    next: RwLock<Option<Arc<Edition>>>,
    number: watch::Sender<u64>,
}

/// One edition.
pub(super) struct Edition {
    /// How many were set aside before it.
    pub(super) number: u64,
    /// Where it lies.
    pub(super) folder: PathBuf,
    /// It.
    pub(super) store: SqliteStore,
}

impl Mirror {
    /// Opens the latest edition in a folder that is made if there is none.
    pub(super) fn open(folder: &Path, clock: Clock) -> Result<Self, OpenError> {
        let now = Arc::new(open(mirror::edition(folder), &clock)?);
        let number = watch::Sender::new(now.number);
        Ok(Self { folder: folder.to_owned(), clock, now: RwLock::new(now), next: RwLock::default(), number })
    }

    /// Where the editions lie.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What time it is.
    pub(super) fn clock(&self) -> Clock {
        Arc::clone(&self.clock)
    }

    /// The edition that is shown.
    pub(super) fn now(&self) -> Arc<Edition> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The edition that is filled: the one that is shown, unless the log is being read anew.
    pub(super) fn filled(&self) -> Arc<Edition> {
        let next = self.next.read().unwrap_or_else(PoisonError::into_inner);
        next.as_ref().map_or_else(|| self.now(), Arc::clone)
    }

    /// How many editions were set aside.
    pub(super) fn edition(&self) -> u64 {
        *self.number.borrow()
    }

    /// Returns when another edition than this is shown.
    pub(super) async fn left(&self, number: u64) {
        // The sender lives as long as this, so waiting cannot fail.
        let _ = self.number.subscribe().wait_for(|now| *now != number).await;
    }

    /// Shows the latest edition, if another process has put one there; tells whether.
    pub(super) fn take_over(&self) -> Result<bool, OpenError> {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        let place = mirror::edition(&self.folder);
        if place.0 <= now.number {
            return Ok(false);
        }
        drop(self.next.write().unwrap_or_else(PoisonError::into_inner).take());
        *now = Arc::new(open(place, &self.clock)?);
        let number = now.number;
        drop(now);
        self.number.send_replace(number);
        Ok(true)
    }

    /// From here on another edition is filled: with what an earlier process may have begun.
    pub(super) fn begin_anew(&self) -> Result<Arc<Edition>, OpenError> {
        let place = (self.now().number + 1, mirror::anew(&self.folder));
        let next = Arc::new(open(place, &self.clock)?);
        *self.next.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&next));
        Ok(next)
    }

    /// The edition that was filled is given up.
    pub(super) fn give_up(&self) -> io::Result<()> {
        drop(self.next.write().unwrap_or_else(PoisonError::into_inner).take());
        fs::remove_dir_all(mirror::anew(&self.folder))
    }

    /// The edition that was filled is the record: it is shown from here on. Nobody else may have it open.
    pub(super) fn accept(&self) -> Result<Arc<Edition>, OpenError> {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        // Closed before it gets its name: a database engine finds its log by the name of the file.
        drop(self.next.write().unwrap_or_else(PoisonError::into_inner).take());
        let place = mirror::accept(&self.folder, now.number + 1)?;
        let next = Arc::new(open(place, &self.clock)?);
        *now = Arc::clone(&next);
        for old in (1..next.number.saturating_sub(KEPT)).rev() {
            let folder = mirror::edition_folder(&self.folder, old);
            if !folder.exists() {
                break;
            }
            if let Err(error) = fs::remove_dir_all(&folder) {
                tracing::warn!(folder = %folder.display(), %error, "an edition that was set aside long ago stays");
            }
        }
        drop(now);
        self.number.send_replace(next.number);
        Ok(next)
    }
}

fn open((number, folder): (u64, PathBuf), clock: &Clock) -> Result<Edition, OpenError> {
    let store = SqliteStore::open_mirror(&folder, Arc::clone(clock))?;
    Ok(Edition { number, folder, store })
}
