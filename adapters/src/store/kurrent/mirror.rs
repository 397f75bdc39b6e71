//! The mirror, and putting another in its place.
//!
//! A mirror that turns out not to be the record is set aside: it stays where it is, and the next edition is
//! filled in a folder of its own. Nothing is renamed or removed, since other processes may have it open.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use crate::clock::Clock;
use crate::store::mirror;
use crate::store::sqlite::{OpenError, SqliteStore};

/// The edition of the mirror that is used.
pub(super) struct Mirror {
    folder: PathBuf,
    clock: Clock,
    now: RwLock<Arc<Edition>>,
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
        let (number, place) = mirror::edition(folder);
        let store = SqliteStore::open_mirror(&place, Arc::clone(&clock))?;
        let now = RwLock::new(Arc::new(Edition { number, folder: place, store }));
        Ok(Self { folder: folder.to_owned(), clock, now, number: watch::Sender::new(number) })
    }

    /// Where the editions lie.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What time it is.
    pub(super) fn clock(&self) -> Clock {
        Arc::clone(&self.clock)
    }

    /// The edition that is used now.
    pub(super) fn now(&self) -> Arc<Edition> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many editions were set aside.
    pub(super) fn edition(&self) -> u64 {
        *self.number.borrow()
    }

    /// Returns when another edition than this is used.
    pub(super) async fn left(&self, number: u64) {
        // The sender lives as long as this, so waiting cannot fail.
        let _ = self.number.subscribe().wait_for(|now| *now != number).await;
    }

    /// Sets this edition aside; another begins empty, unless somebody else was quicker.
    pub(super) fn set_aside(&self, edition: &Edition) -> Result<Arc<Edition>, OpenError> {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        if now.number == edition.number {
            let (number, place) = mirror::next_edition(&self.folder, edition.number)?;
            let store = SqliteStore::open_mirror(&place, Arc::clone(&self.clock))?;
            *now = Arc::new(Edition { number, folder: place, store });
            self.number.send_replace(number);
        }
        Ok(Arc::clone(&now))
    }
}
