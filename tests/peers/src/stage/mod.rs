//! The parts of a run.

/// Appending, by shape.
pub mod appends;
/// Whether all do the same.
pub mod job;
/// Counting flushes.
pub mod flushes;
/// Reading, starting and growing, by size of the record.
pub mod records;

use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::{CWD, Mode, OFlags};
use tokio::runtime::Runtime;

use crate::drive::Shape;
use crate::peer::Contender;
use crate::results::Results;

/// What all parts of a run share.
pub struct Run {
    /// Where tasks run: as many threads as the machine has cores.
    pub runtime: Runtime,
    /// Where stores lie.
    pub dir: PathBuf,
    /// Where cells are kept while the run goes on.
    pub progress: PathBuf,
    /// How much is measured.
    pub pace: Pace,
    /// Everybody who can take part.
    pub contenders: Vec<Contender>,
    /// What was found so far.
    pub results: Results,
}

/// How much is measured.
pub struct Pace {
    /// Its name.
    pub name: &'static str,
    /// Rounds of every cell.
    pub rounds: u32,
    /// How long a cell of appends goes on.
    pub cell: Duration,
    /// How long the disk is asked between two cells.
    pub probe: Duration,
    /// The size of the record that is read in all ways.
    pub record: u64,
    /// The sizes of the growth table; `record` is one of them.
    pub sizes: &'static [u64],
}

/// Everybody's paces.
pub const PACES: [Pace; 3] = [
    Pace {
        name: "quick",
        rounds: 3,
        cell: Duration::from_millis(150),
        probe: Duration::from_millis(60),
        record: 10_000,
        sizes: &[2_000, 10_000],
    },
    Pace {
        name: "normal",
        rounds: 5,
        cell: Duration::from_millis(500),
        probe: Duration::from_millis(200),
        record: 100_000,
        sizes: &[10_000, 100_000],
    },
    Pace {
        name: "long",
        rounds: 5,
        cell: Duration::from_millis(500),
        probe: Duration::from_millis(200),
        record: 100_000,
        sizes: &[10_000, 100_000, 1_000_000, 5_000_000],
    },
];

/// The shapes of the table.
pub const SHAPES: [Shape; 6] = [
    Shape { writers: 1, events: 1 },
    Shape { writers: 8, events: 1 },
    Shape { writers: 64, events: 1 },
    Shape { writers: 512, events: 1 },
    Shape { writers: 1, events: 100 },
    Shape { writers: 32, events: 100 },
];

impl Run {
    /// Marks a part as done, and keeps everything so far.
    pub fn finish(&mut self, part: &str) -> Result<(), String> {
        self.results.done.push(part.to_owned());
        self.results.write(&self.progress)
    }

    /// Those who take part, in the order of a round: each round begins with another one.
    pub fn in_order(&self, round: u32) -> Vec<usize> {
        let present: Vec<usize> = (0..self.contenders.len())
            .filter(|index| self.results.contenders[*index].missing.is_none())
            .collect();
        let mut order = present;
        if !order.is_empty() {
            let by = round as usize % order.len();
            order.rotate_left(by);
        }
        order
    }

    /// Leaves somebody out from now on, and says why.
    pub fn leave_out(&mut self, index: usize, why: &str) {
        let entry = &mut self.results.contenders[index];
        crate::say(&format!("  {} is left out: {why}", entry.name));
        entry.missing = Some(format!("failed: {why}"));
        let key = entry.key.clone();
        // Half a row would be compared with whole ones.
        self.results.appends.retain(|cell| cell.peer != key);
        self.results.looks.retain(|cell| cell.peer != key);
        self.results.growth.retain(|cell| cell.peer != key);
    }

    /// Lets the disk come to rest, so that nobody pays for what another one wrote.
    pub fn settle(&self) {
        let folder = rustix::fs::openat(CWD, &self.dir, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty());
        if let Ok(folder) = folder {
            let _ = rustix::fs::syncfs(folder);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
