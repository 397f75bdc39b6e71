//! Faults: whatever happens to the process, the disk, the file or the clock, what was acknowledged is kept,
//! nothing is half there, and nothing false is served.
//!
//! Each kind of fault is a module and ends in one line, a row of the README's table:
//!
//! ```text
//! FAULTS | kind | rounds | injected | acknowledged | losses |
//! ```
//!
//! `SCRIBE_FAULT_ROUNDS` is the budget, in kills (2): every other kind takes its share of it, so 300 is the
//! long mode. `SCRIBE_FAULT_SEED` repeats a run's choices: they are printed at its start. What the
//! operating system does between them (which thread runs first) is not in our hand; a power cut is
//! repeated exactly, since what it cuts is a trace, which is left behind when something is lost.
//!
//! A test that this machine does not allow says SKIPPED, and why. In reading order:

// What helps a test is a test, and should say where it cannot go on.
#![allow(clippy::unwrap_used)]

/// A process that appends, and says what it was told.
mod child;
/// What must be true of a record, whatever happened to it.
mod check;
/// A disk that fails on demand.
mod shim;
/// A served record, asked over a socket.
mod served;

/// SIGKILL at any moment.
mod kill;
/// Writes, flushes and truncations that fail.
mod disk_errors;
/// The power goes: what was not flushed is lost, in part, in any order.
mod power;
/// The copy of a record that lies elsewhere: not flushed at each commit, and whole nonetheless.
mod mirror;
/// Bits that flip in the files of a record.
mod rot;
/// A full disk, a folder that cannot be written, a folder that is gone.
mod folder;
/// A clock that jumps.
mod clock;
/// A clock that is wrong.
mod wrong_clock;
/// Several processes on one folder.
mod processes;
/// Many clients at once, whose answers one order of appends must explain.
mod linearizable;
