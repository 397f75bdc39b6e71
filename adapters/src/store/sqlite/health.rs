//! Whether the store may still write, and what it has done so far.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use scribe_domain::event_store::StoreError;

use super::error::Trouble;
use super::tables::append::Verdict;

/// Remembers a failed read or write of the machine until the store is opened again.
///
/// After a failed flush the operating system may drop what it could not write, and report success for the
/// next one. Whoever went on would acknowledge events on top of a hole; opening the record again reads
/// what is really there.
#[derive(Default)]
pub(super) struct Health {
    broken: OnceLock<StoreError>,
}

impl Health {
    /// Of a record that belongs to somebody else.
    pub(super) fn only_to_look(folder: &Path) -> Self {
        let barred = StoreError::Barred {
            why: format!("the record in {} may only be read by whoever runs this", folder.display()),
            remedy: "have whoever owns the folder let you write to it, or speak to its server with --server"
                .to_owned(),
        };
        Self { broken: OnceLock::from(barred) }
    }

    /// Refuses once something failed.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.broken.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// What to tell whoever waited for a write that failed.
    pub(super) fn diagnose(&self, trouble: Trouble) -> StoreError {
        let io_failed = trouble.io_failed();
        let error = StoreError::from(trouble);
        if !io_failed {
            return error;
        }
        tracing::error!(%error, "a write failed; nothing more is taken until the record is opened again");
        let why = format!("a write to the disk failed ({error}); see to the disk and restart scribe");
        self.broken.get_or_init(|| StoreError::Unavailable(why)).clone()
    }
}

/// What a store has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Transactions that added something: each is one flush to the disk.
    pub commits: u64,
    /// Appends that were added.
    pub appends: u64,
    /// Events in them.
    pub events: u64,
    /// Appends that got their first receipt again.
    pub repeats: u64,
    /// Appends that expected another revision.
    pub conflicts: u64,
}

/// [`Stats`] while they grow.
#[derive(Default)]
pub(super) struct Counters {
    commits: AtomicU64,
    appends: AtomicU64,
    events: AtomicU64,
    repeats: AtomicU64,
    conflicts: AtomicU64,
}

impl Counters {
    pub(super) fn count(&self, verdicts: &[Verdict]) {
        let mut group = Stats::default();
        for verdict in verdicts {
            match verdict {
                Verdict::Added(addition) => {
                    group.commits = 1;
                    group.appends += 1;
                    group.events += u64::from(addition.count);
                }
                Verdict::Repeated(_) => group.repeats += 1,
                Verdict::Conflict { .. } => group.conflicts += 1,
            }
        }
        self.commits.fetch_add(group.commits, Ordering::Relaxed);
        self.appends.fetch_add(group.appends, Ordering::Relaxed);
        self.events.fetch_add(group.events, Ordering::Relaxed);
        self.repeats.fetch_add(group.repeats, Ordering::Relaxed);
        self.conflicts.fetch_add(group.conflicts, Ordering::Relaxed);
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            commits: self.commits.load(Ordering::Relaxed),
            appends: self.appends.load(Ordering::Relaxed),
            events: self.events.load(Ordering::Relaxed),
            repeats: self.repeats.load(Ordering::Relaxed),
            conflicts: self.conflicts.load(Ordering::Relaxed),
        }
    }
}
