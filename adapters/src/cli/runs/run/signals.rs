//! Being asked to stop.

use rustix::process::Signal;
use tokio::signal::unix::{Signal as Listener, SignalKind};

use crate::cli::common::failure::Failure;
use crate::cli::common::signals::listen;

/// The signals by which people and systems ask a program to stop. Listened for from the start to the end
/// of `scribe run`, so that none goes unheard in between.
pub(super) struct Signals {
    interrupt: Listener,
    terminate: Listener,
    hangup: Listener,
    quit: Listener,
}

impl Signals {
    /// Listens from here on; none of them ends the program by itself any more.
    pub(super) fn listen() -> Result<Self, Failure> {
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
            quit: listen(SignalKind::quit())?,
        })
    }

    /// The next one; safe to give up half-way.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.terminate.recv() => Signal::TERM,
            _ = self.hangup.recv() => Signal::HUP,
            _ = self.quit.recv() => Signal::QUIT,
        }
    }
}
