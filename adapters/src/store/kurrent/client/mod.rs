//! What is asked of a cluster, by a thin gRPC client of our own.
//!
//! The crate `eventstore` 4.0.0 reads and holds the settings (`store/address`), and does that well. On the wire it
//! was used before, and left for what was seen of it there:
//!
//! - After one failed connection a client answers `ConnectionClosed` for good, and the task behind it never ends.
//! - A subscription that the server ends without an error makes it spin without yielding; it could only be stopped
//!   by unwinding out of a line of its log.
//! - It panics on some answers.
//! - It sends in small packets without `TCP_NODELAY`: each append waited 40 ms for the other side's delayed
//!   acknowledgement, unless the option was set on its sockets behind its back.
//! - Its batch appends share one call: one that is refused ended all that were on their way with it, without an
//!   answer; the call is half-closed and not cancelled, servers never end such calls, and a connection carries 100.
//! - Its errors are words. Why no connection came about cannot be told from them.
//! - Addresses are asked one after the other: one that is silent costs every fresh process seconds.
//!
//! Here each call is one call, cancelled when whoever made it has gone. The messages and calls are what the vendor's
//! protocol files compile to (`proto`); the connection is hyper's; the rest is below, in reading order:

/// Calls and messages, generated.
#[rustfmt::skip]
#[allow(dead_code, missing_docs, unreachable_pub, unused_qualifications, clippy::all, clippy::pedantic)]
mod proto;
/// Where a node listens.
mod node;
/// What is asked of one, as far as rights differ.
mod asked;
/// What the other side began with.
mod first_bytes;
/// The way to one node.
mod dial;
/// One connection.
mod connection;
/// What a refusal means, or a connection that breaks.
mod trouble;
/// What is said of it.
mod words;
/// What is seen of its clock.
pub(super) mod times;
/// A cluster, and how its leader is asked.
mod cluster;
/// Finding the leader.
mod leader;
/// Reading.
mod read;
/// Appending.
mod append;
/// Following the log.
mod subscription;
/// A client at hand, replaced when it fails.
pub(super) mod commands;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

pub(super) use cluster::Cluster;
pub(super) use subscription::Signals;

/// A place in the cluster's log. In older logs the events of one append have their commit in common, and differ
/// in the other half: the pair is in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    commit: u64,
    prepare: u64,
}

#[cfg(test)]
impl Place {
    pub(super) fn at(commit: u64, prepare: u64) -> Self {
        Self { commit, prepare }
    }

    pub(super) fn commit(self) -> u64 {
        self.commit
    }
}

/// An event that the cluster has.
#[derive(Debug, Clone)]
pub(super) struct LogEvent {
    pub(super) stream: String,
    /// Its place in the stream, from 0.
    pub(super) number: u64,
    pub(super) place: Place,
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) data: Vec<u8>,
    pub(super) metadata: Vec<u8>,
    /// When the server's clock says that it was created, in tenths of a microsecond since 1970.
    pub(super) created: Option<i64>,
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
    AnyLength,
    /// So many events.
    Length(u64),
}

/// What the log of a cluster tells as it grows.
#[derive(Debug)]
pub(super) enum Signal {
    /// The subscription has begun.
    Begun,
    /// An event.
    Event(LogEvent),
    /// Everything up to here has been told.
    Reached(Place),
    /// Everything that was there has been told; what comes now is new.
    Live,
}

/// Who leads the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leader {
    pub(super) host: String,
    pub(super) port: u16,
    /// Whether it is alive and leads, and is not just becoming the leader, or ceasing to be.
    pub(super) established: bool,
}

/// Why there is no good answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// None came, or none that can be read: what was asked may have been done. It passes by itself.
    #[error("{0}")]
    Away(String),
    /// The stream has another length. Nothing was done.
    #[error("the stream has moved on")]
    Conflict {
        /// How many events it has, if that is told.
        length: Option<u64>,
    },
    /// It is more than the cluster takes, and always will be. Nothing was done. It is told which limit it exceeds,
    /// and whose setting would change that.
    #[error("{0}")]
    TooLarge(String),
    /// The stream was deleted for good. Nothing was done.
    #[error("{0}")]
    Deleted(String),
    /// The cluster, or the way to it, says no, and will say so again until somebody changes something. Nothing was
    /// done.
    #[error("{why}")]
    Barred {
        /// What is wrong.
        why: String,
        /// What to do about it.
        remedy: String,
    },
}
