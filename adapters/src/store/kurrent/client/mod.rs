//! The one room that knows the `eventstore` crate: what is asked of a cluster, and how its client is held.
//!
//! What was found of the crate's version 4.0.0, and is handled here:
//!
//! - After one failed connection a client answers `ConnectionClosed` for good, and the task behind it never ends:
//!   it holds a sender of its own channel. So a client lives in a [`Session`] with a runtime of its own; when
//!   anything is wrong with it, the session is dropped with all its tasks and another is made.
//! - It panics on some answers, and where certificates cannot be read. All its code runs in tasks of the
//!   session's runtime, so a panic is an error here.
//! - A subscription that the server ends without an error makes it spin for ever without yielding, telling its
//!   log each time around. A subscription has a thread of its own, and what listens to the log there breaks the
//!   spin by unwinding (`Quiet`).
//! - It writes an append in three small packets without `TCP_NODELAY`: the second waits for the acknowledgement of
//!   the first, which the other side delays by 40 ms. Batch appends go over one open call, one packet each.
//! - One refused batch append ends its call and everything else on its way there, without an answer or with one
//!   that says nothing. So there are several calls, and whoever has no answer asks again: appends are
//!   idempotent by their events' ids.
//! - What it logs may hold credentials. On a session's threads nobody hears it.

/// A client with a runtime of its own.
mod session;
/// Following the log.
mod subscription;
/// What its errors mean.
mod trouble;
/// Sending small packets at once.
mod promptly;
/// Listening to what it logs.
mod quiet;

use eventstore::{EventData, Position, ResolvedEvent};
use serde_json::value::RawValue;
use uuid::Uuid;

pub(super) use session::Session;
pub(super) use subscription::{Signal, subscribe};

/// How often to follow a client that was sent to another node.
pub(super) const REDIRECTIONS: u32 = 3;

/// A place in the cluster's log. In older logs the events of one append have their commit in common, and differ
/// in the other half: the pair is in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(super) struct Place {
    commit: u64,
    prepare: u64,
}

impl Place {
    #[cfg(test)]
    pub(super) fn at(commit: u64, prepare: u64) -> Self {
        Self { commit, prepare }
    }

    #[cfg(test)]
    pub(super) fn commit(self) -> u64 {
        self.commit
    }

    fn of(Position { commit, prepare }: Position) -> Self {
        Self { commit, prepare }
    }

    fn position(self) -> Position {
        Position { commit: self.commit, prepare: self.prepare }
    }
}

/// An event that the cluster has.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) stream: String,
    /// Its place in the stream, from 0.
    pub(super) number: u64,
    pub(super) place: Place,
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) data: Vec<u8>,
    pub(super) metadata: Vec<u8>,
}

/// An event for the cluster.
#[derive(Debug, Clone)]
pub(super) struct Proposed {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) data: Box<RawValue>,
    pub(super) metadata: String,
}

/// How long a stream must be for an append to fit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    /// However long.
    Any,
    /// So many events.
    Length(u64),
}

/// Why there is no good answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    #[error("{0}")]
    Away(String),
    #[error("{0}")]
    Again(String),
    #[error("the stream has moved on")]
    Conflict { length: Option<u64> },
    #[error("{0}")]
    TooLarge(String),
    #[error("{0}")]
    Deleted(String),
    #[error("{why}")]
    Barred { why: String, remedy: String },
}

impl Proposed {
    fn into_data(self) -> Result<EventData, Trouble> {
        // Raw values are written as they are.
        let data = EventData::json(self.kind, &self.data)
            .map_err(|error| Trouble::Away(format!("the payload is no JSON: {error}")))?;
        Ok(data.id(self.id).metadata(self.metadata.into()))
    }
}

impl Seen {
    fn of(event: ResolvedEvent) -> Option<Self> {
        let event = event.link.or(event.event)?;
        Some(Self {
            stream: event.stream_id,
            number: event.revision,
            place: Place::of(event.position),
            id: event.id,
            kind: event.event_type,
            data: event.data.into(),
            metadata: event.custom_metadata.into(),
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leader(pub(super) String);
