//! Very many events of somebody else's, kept as one entry of what they have in common.

use uuid::Uuid;

use crate::log::{Position, Proposed, Record};

/// A run of appends of one event each, that differ in nothing but their place.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stream: String,
    pub(crate) event: Proposed,
    /// The revision of its first event.
    pub(crate) revision: i64,
    /// Where the first begins, and how much room each takes.
    pub(crate) start: u64,
    pub(crate) size: u64,
    pub(crate) created: u64,
}

impl Run {
    /// Where an event of it begins.
    pub(crate) fn begins(&self, at: u32) -> u64 {
        self.start + u64::from(at) * self.size
    }

    pub(crate) fn position(&self, at: u32) -> Position {
        let begins = self.begins(at);
        Position { commit: begins, prepare: begins }
    }

    pub(crate) fn next(&self, at: u32) -> Position {
        Position { commit: self.begins(at + 1), prepare: 0 }
    }

    pub(crate) fn behind(&self, at: u32) -> Position {
        self.position(at + 1)
    }

    /// An event of it as a record like any other. Its id follows from its place, so that it is the same each time.
    pub(crate) fn record(&self, at: u32) -> Record {
        Record {
            position: self.position(at),
            stream: self.stream.clone(),
            revision: self.revision + i64::from(at),
            event: Proposed { id: Uuid::from_u64_pair(self.start, u64::from(at)), ..self.event.clone() },
            created: self.created,
            to_come: 0,
            next: self.next(at),
            behind: self.behind(at),
        }
    }
}
