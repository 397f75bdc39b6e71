//! A stand-in for an EventStoreDB/KurrentDB cluster, in memory and on loopback, for tests only.
//!
//! It speaks the gRPC protocol of that server (streams, gossip, server features), so that a client can be tested where
//! no such server can be installed: its answers, its refusals, its subscriptions, the loss of a node, and misbehaviour
//! on demand ([`Fault`]). It keeps nothing and is not the real server: what passes here has been tested against this.
//!
//! ```ignore
//! # use scribe_protocol_server::{Call, Cluster, Fault};
//! let cluster = Cluster::start(3)?;
//! let address = cluster.connection_string();
//! cluster.misbehave(0, Call::BatchAppend, Fault::ResetAfterWrite, 1);
//! cluster.kill(0);
//! cluster.elect(1).expect("a majority is left");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # How it is kept honest
//! Written after the sources of the real server as they are published (versions 20 to 25), and held to the protocol by
//! clients that others wrote (`.ci/foreign_clients`) and by the crate that scribe uses (`tests/`).
//!
//! As the real server has it: the order and the forms of answers and refusals, their codes, texts and metadata; every
//! wrong-expected-version field; idempotence by event id, from memory without an exact revision and from the log with
//! one; soft deletion, tombstones, `$maxCount` and `$tb`; pages of 32; positions inclusive forwards and exclusive
//! backwards; checkpoints at places where no event stands; subscriptions that fall behind and catch up again; a write
//! answered once a majority has it, readers shown nothing that a majority has not; votes only for who has enough of the
//! log; deadlines held by the server; a hundred calls a connection; a password that is refused before any service.
//!
//! # What it does not have
//! - Persistent subscriptions, projections, users, access lists, links, scavenging, `$maxAge`, `$cacheControl`, the TCP
//!   and HTTP interfaces, the second version of the streams protocol, read-only replicas.
//! - Elections that begin by themselves and gossip that spreads: a test says who leads ([`Cluster::elect`]), and all
//!   nodes know at once, or nobody does ([`Cluster::freeze_gossip`]). A leader that is voted out while it lives answers
//!   as a follower at once; the real one takes its time, and ends connections on the way.
//! - The offsets of the real log. They rise with gaps, as there; how far is made up.
//!
//! # What is not known
//! - Which of the recently written ids a restarted server still knows ([`Cluster::forget_ids`] forgets all).
//! - What an append of no events is told for its position.
//! - What a read forwards from the end of a stream is refused with, and one at a position beyond the end of the log.
//! - When a real subscription falls behind: here always if more than 32 events that pass come at once.

#![allow(clippy::result_large_err, reason = "the status of a call is tonic's own type")]

mod asked;
mod bulk;
mod cluster;
mod decide;
mod elect;
mod faults;
mod figures;
mod filter;
mod like;
mod listen;
mod log;
mod mishaps;
mod proto;
mod refuse;
mod service;
mod settings;
mod state;
mod tls;

pub use cluster::Cluster;
pub use elect::NotElectable;
pub use faults::{Call, Ending, Fault, Refusal, Seam};
pub use figures::Figures;
pub use like::{CHOICE, Like};
pub use log::{Position, Positions, Proposed, Record};
pub use settings::{Login, Settings};
pub use state::Lag;
