//! A record beneath the program that keeps it: what a test tells or reads there goes past the gate.

use std::path::Path;

use scribe::app::gate::caller::{Caller, Edge};
use scribe::clock;
use scribe::store::sqlite::SqliteStore;

/// Somebody who has not said who they are.
pub const SOMEBODY: Caller = Caller::unnamed(Edge::Program);

/// The record in a folder, opened once more. A program that has it open sees what is appended.
pub fn beneath(data: &Path) -> SqliteStore {
    SqliteStore::open(data, clock::system()).expect("a folder with a record, or none yet")
}
