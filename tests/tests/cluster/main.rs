//! A record in a cluster, whatever happens to the cluster: nothing acknowledged is lost, nothing is there twice,
//! and every node shows the same.
//!
//! All of it runs against the protocol server, which misbehaves on demand. `SCRIBE_FAULT_ROUNDS` and
//! `SCRIBE_FAULT_SEED` are as for the other faults; each kind ends in a row of the README's table. In reading
//! order:

// What helps a test is a test, and should say where it cannot go on.
#![allow(clippy::unwrap_used)]

/// Those who tell a record in a cluster things, and what must be true of it afterwards.
mod node;

/// What others wrote into the record's streams.
mod strangers;
/// A subscription cut at every seam.
mod cuts;
/// Large appends, whole on every node.
mod whole;
/// A mirror that is not what the log says.
mod differing;
/// What others write into the log.
mod foreign;
/// What is taken out of the cluster.
mod removed;
/// Many who tell of one incident at once.
mod contention;
/// Every wrong answer there is.
mod answers;
/// Leaders that die in the middle of appends.
mod leaders;
/// A cluster that goes away and comes back.
mod away;
/// Mirrors that are lost, old, shared, or another record's.
mod mirrors;
/// Thousands of reconnections.
mod reconnections;
/// Certificates and logins.
mod secured;
/// Clocks that differ.
mod clocks;
