//! How far an outlet's deliveries have come, on the disk: `DIR/outbound/NAME.json`.
//!
//! It is written after a delivery was sent and before the next one is, so after a crash at most one is sent
//! again. It is written beside its place, flushed, and moved there.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use scribe_domain::ids::{EventId, Position};
use serde::{Deserialize, Serialize};

use crate::durable;

/// The folder below the data folder.
const FOLDER: &str = "outbound";
/// The most deliveries that were given up and are still told of.
const SET_ASIDE: usize = 100;

/// How far an outlet's deliveries have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What was recorded before this moment, which is about when the outlet was set up, is not sent.
    pub since: DateTime<Utc>,
    /// The position of the last event that was dealt with.
    pub position: Position,
    /// That event's id, by which its place is found again if the record was read anew; none at its beginning.
    pub event: Option<EventId>,
    /// How often the next delivery was tried.
    #[serde(default)]
    pub attempts: u32,
    /// The last deliveries that were given up.
    #[serde(default)]
    pub set_aside: Vec<SetAside>,
}

/// A delivery that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// The event that it was to tell.
    pub event: EventId,
    /// When it was given up.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: String,
}

/// The file of one outlet.
#[derive(Debug, Clone)]
pub struct ProgressFile {
    folder: PathBuf,
    name: &'static str,
}

/// The right to deliver for an outlet, for as long as this lives. Two servers on one folder must not both.
#[derive(Debug)]
pub struct Turn {
    // The lock goes with the file.
    _lock: File,
}

impl Progress {
    /// Of an outlet that is set up now, behind the record's last event.
    pub fn begun(since: DateTime<Utc>, position: Position, event: Option<EventId>) -> Self {
        Self { since, position, event, attempts: 0, set_aside: Vec::new() }
    }

    /// The event was dealt with.
    pub fn pass(&mut self, position: Position, event: EventId) {
        self.position = position;
        self.event = Some(event);
        self.attempts = 0;
    }

    /// Remembers a delivery that was given up.
    pub fn set_aside(&mut self, event: EventId, at: DateTime<Utc>, why: String) {
        self.set_aside.push(SetAside { event, at, why });
        let surplus = self.set_aside.len().saturating_sub(SET_ASIDE);
        self.set_aside.drain(..surplus);
    }
}

impl ProgressFile {
    /// An outlet's file in a data folder. Nothing is touched yet.
    pub fn of(data: &Path, name: &'static str) -> Self {
        Self { folder: data.join(FOLDER), name }
    }

    /// What it says; `None` if the outlet has not been set up here.
    pub fn read(&self) -> io::Result<Option<Progress>> {
        match fs::read(self.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            bytes => Ok(Some(serde_json::from_slice(&bytes?)?)),
        }
    }

    /// Writes it, and returns when it is on the disk.
    pub fn write(&self, progress: &Progress) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(progress)?;
        bytes.push(b'\n');
        durable::write(&self.folder, &self.file_name(), &bytes)
    }

    /// The turn to deliver; `None` while another server has it. The folder is made if there is none.
    pub fn turn(&self) -> io::Result<Option<Turn>> {
        durable::folder(&self.folder)?;
        let lock =
            durable::private().truncate(false).open(self.folder.join(format!(".{}.turn", self.name)))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Turn { _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Where it lies.
    pub fn path(&self) -> PathBuf {
        self.folder.join(self.file_name())
    }

    fn file_name(&self) -> String {
        format!("{}.json", self.name)
    }
}
