//! Signals by which people and systems ask a program to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::{Failure, Kind};

/// Listens for a signal from here on; it no longer ends the program by itself.
pub fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::plain(Kind::Other, format!("cannot listen for signals: {error}")))
}
