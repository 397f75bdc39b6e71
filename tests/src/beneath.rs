//! A record beneath the program that keeps it: what a test tells or reads there goes past the gate.

use std::path::Path;

use scribe::app::gate::caller::{Caller, Edge};
use scribe::app::gate::rights::GateError;
use scribe::app::{App, Options, StoreAddress};
use scribe::clock;
use scribe::config::Config;
use scribe::store::sqlite::SqliteStore;

/// Whoever has the record in their hands, as the program itself has.
pub const SOMEBODY: Caller = Caller::owner(Edge::Program);

/// The record in a folder, opened once more. A program that has it open sees what is appended.
pub fn beneath(data: &Path) -> SqliteStore {
    SqliteStore::open(data, clock::system()).expect("a folder with a record, or none yet")
}

/// The record in a folder with the program that keeps it, by no settings and this machine's clock.
pub fn open(data: &Path) -> App {
    let (data, store) = (data.to_owned(), StoreAddress::Folder);
    let options = Options { data, store, clock: clock::system(), config: Config::default() };
    App::open(options).expect("a folder with a record, or none yet")
}

/// What failed, for whoever may everything.
///
/// # Panics
///
/// If the caller was not allowed.
pub fn failed<E: std::fmt::Debug>(error: GateError<E>) -> E {
    match error {
        GateError::Failed(error) => error,
        GateError::NotAllowed(why) => panic!("the owner of a record was not allowed: {why}"),
    }
}
