//! What a run found, cell by cell: kept as JSON while it goes on, so that a broken run can go on later and
//! anyone can work out another median.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::drive::{Appended, Look, Shape};
use crate::probe::{Flushed, Limits};

/// A run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    /// Where and when.
    pub about: About,
    /// Who.
    pub contenders: Vec<Entry>,
    /// Appends.
    pub appends: Vec<AppendCell>,
    /// Reading.
    pub looks: Vec<LookCell>,
    /// The same at several sizes.
    pub growth: Vec<GrowthCell>,
    /// What went wrong on the way.
    pub notes: Vec<String>,
    /// Parts of the run that are done.
    pub done: Vec<String>,
}

/// Where and when a run was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The day it began.
    pub date: String,
    /// The processor and how many cores there are.
    pub machine: String,
    /// The kernel, and the file system of the folder.
    pub system: String,
    /// The compiler.
    pub rustc: String,
    /// scribe's commit.
    pub commit: String,
    /// `quick`, `normal` or `long`.
    pub pace: String,
    /// Rounds.
    pub rounds: u32,
    /// Seconds a cell.
    pub cell: f64,
    /// Bytes an event, header and payload together.
    pub event_bytes: f64,
    /// Load average when it began: a busy machine measures badly.
    pub load: f64,
}

/// A contender as it stands in the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Its short name.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How it is used.
    pub note: String,
    /// Why it is not there, if it is not.
    pub missing: Option<String>,
    /// Flushes for each append of a lone writer.
    pub flushes: Option<Flushes>,
}

/// Calls that flush a file, as `strace` counted them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Flushes {
    /// `fdatasync` for each append of a lone writer.
    pub fdatasync: f64,
    /// `fsync`, `msync` or `sync_file_range` for each.
    pub others: f64,
}

/// One contender appending for one cell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AppendCell {
    /// Who.
    pub peer: String,
    /// Writers and events an append.
    pub shape: Shape,
    /// The round.
    pub round: u32,
    /// What it did.
    pub done: Appended,
    /// What bare writes did before and after.
    pub bare: Flushed,
}

/// One contender reading once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LookCell {
    /// Who.
    pub peer: String,
    /// How it read.
    pub look: Look,
    /// The round.
    pub round: u32,
    /// Events in the record.
    pub record: u64,
    /// Events read.
    pub events: u64,
    /// In this time; of the incidents of a round, the median one's.
    pub seconds: f64,
    /// Of the incidents of a round, the slowest of a hundred.
    pub slowest: f64,
    /// What bare loops did before it.
    pub bare: Limits,
}

/// Something that is told for several sizes of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grown {
    /// Seconds from a start to the head's position, with nothing in the system's cache.
    OpenCold,
    /// The same with everything in it.
    OpenWarm,
    /// Seconds from a start to a folded board.
    BoardWarm,
    /// Seconds from the first start of all to all of scribe's views: there is no snapshot yet.
    ViewsFirst,
    /// Seconds from a start to all of scribe's views, as its server has them, from snapshots and the end of
    /// the record, with nothing in the cache.
    ViewsCold,
    /// The same with everything in it.
    ViewsWarm,
    /// Memory of its own after opening, bytes.
    OpenMemory,
    /// Memory of its own with the board, bytes.
    BoardMemory,
    /// Memory of its own with all of scribe's views, bytes.
    ViewsMemory,
    /// Microseconds for each event of a typed replay.
    Replay,
    /// Bytes on the disk for each event.
    DiskAnEvent,
    /// Bytes of all snapshots.
    Snapshots,
    /// Durable appends a second, a lone writer.
    AppendAlone,
    /// Durable appends a second, sixty-four writers.
    AppendTogether,
    /// Seconds for checking the whole record.
    Verify,
}

/// One figure at one size.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GrowthCell {
    /// Who.
    pub peer: String,
    /// Events in the record.
    pub record: u64,
    /// What is told.
    pub what: Grown,
    /// The round.
    pub round: u32,
    /// How much it is.
    pub value: f64,
    /// What a bare loop needs or does, in the same unit, where there is one.
    pub bare: Option<f64>,
}

impl Results {
    /// Reads those of a run.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Keeps them, whole or not at all.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let text = serde_json::to_string(self).expect("results are plain data");
        // A cell a line: a diff between two runs can be read.
        let text = text.replace("{\"peer\"", "\n{\"peer\"").replace(",\"looks\"", ",\n\"looks\"");
        let beside = path.with_extension("new");
        let written = fs::write(&beside, text + "\n").and_then(|()| fs::rename(&beside, path));
        written.map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Whether a part of the run is done.
    pub fn is_done(&self, part: &str) -> bool {
        self.done.iter().any(|done| done == part)
    }

    /// Those who take part.
    pub fn present(&self) -> impl Iterator<Item = &Entry> {
        self.contenders.iter().filter(|entry| entry.missing.is_none())
    }
}
