//! How far something is that takes its time.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

use super::terminal::say;

/// One line on stderr that is written over, if that is a terminal.
pub struct Progress {
    shown: bool,
}

impl Progress {
    /// Shows nothing yet.
    pub fn new() -> Self {
        Self { shown: io::stderr().is_terminal() }
    }

    /// How much is done.
    pub fn at(&self, what: &str, done: impl Display) {
        if self.shown {
            // Nobody misses a progress that cannot be shown.
            let _ = write!(io::stderr(), "\r\x1b[K{what}: {done}");
        }
    }

    /// Takes the line away.
    pub fn done(&self) {
        if self.shown {
            say("\r\x1b[K");
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}
