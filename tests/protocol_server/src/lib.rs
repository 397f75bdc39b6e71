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
//! A cluster is like one of two servers ([`Like`]): `KurrentDB` 26.1.0, unless `SCRIBE_TEST_LIKE` or its [`Settings`]
//! say `EventStoreDB` 23.10.8.
//!
//! # How it is kept honest
//! It is held to recordings of what these two servers answered (`tests/protocol/recordings`, with `SCRIBE_FIXTURES`
//! set): each is asked for again, and the same must be told in the same order, with the same codes, words and trailers
//! and with checkpoints between the same events. It was written after the sources of the server as they are published,
//! and is also held to the protocol by clients that others wrote (`.ci/foreign_clients`) and by the crate that scribe
//! uses (`tests/`).
//!
//! As both have it: the order and the forms of answers and refusals; every wrong-expected-version field; idempotence by
//! event id, from memory without an exact revision and from the log with one; a repeat of what is not indexed yet, which
//! is dropped; soft deletion, tombstones, `$maxCount` and `$tb`; pages of 32; positions inclusive forwards and exclusive
//! backwards; checkpoints at places where no event stands and between two events of one append; a write answered once a
//! majority has it and it is indexed, readers shown nothing that a majority has not; votes only for who has enough of
//! the log; a node that was deposed with more than that goes away and comes back without it; a leader that too many have
//! left resigns; deadlines held by the server; batch calls that stay open when they are half-closed, and a hundred calls
//! a connection; limits of messages, events and appends; administrators, users and nobody.
//!
//! Where they differ:
//!
//! | | 23.10.8 | 26.1.0 |
//! |---|---|---|
//! | a live subscription to which more than 32 events come at once | is ended | catches up again |
//! | a checkpoint on turning live | no: the count goes on | yes |
//! | a subscription that is refused | is not confirmed | is confirmed first |
//! | the largest append, and event | 1 MiB, none | 256 MiB, 16 MiB |
//!
//! # What it does not have
//! - Persistent subscriptions, projections, groups of users, access lists, links, scavenging, `$maxAge`,
//!   `$cacheControl`, the TCP and HTTP interfaces, the second version of the streams protocol, read-only replicas.
//! - Elections that begin by themselves and gossip that spreads: a test says who leads ([`Cluster::elect`]), and all
//!   nodes know at once, or nobody does ([`Cluster::freeze_gossip`]). Only a leader that resigned leads again by itself.
//! - The server's own events. A real log is never empty; a test that depends on it writes them ([`Cluster::write`]).
//! - The offsets of the real log. They rise with gaps, as there; how far is made up.
//! - Dropped packets. A silent node ([`Cluster::silence`]) has its connections taken by the system and answers none;
//!   with a machine that vanished they are not even taken.
//!
//! # What is not known
//! - Access to 26.1.0, which was not recorded: it is as it is in 23.10.8.
//! - When a real subscription falls behind: here always if more than 32 events that pass come at once. On 23.10.8 as
//!   many of them are told as fit into 64 KiB, which comes near to the recordings, but is a guess.
//! - How long indexing takes: here a millisecond, and 20 µs an event.
//! - What the words of `Append` are where a repeat is dropped: here those of any time-out; and the trailers of an event
//!   that is too large, which no recording shows.
//! - Which of the recently written ids a restarted server still knows ([`Cluster::forget_ids`] forgets all).
//! - What an append of no events is told for its position.
//! - When an answer was given: here each says it (`date`), as the server's library has it; no recording holds headers.
//! - What a read forwards from the end of a stream is refused with, and one at a position beyond the end of the log.

#![allow(clippy::result_large_err, reason = "the status of a call is tonic's own type")]

mod asked;
mod bulk;
mod clock;
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
