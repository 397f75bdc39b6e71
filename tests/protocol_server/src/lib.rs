//! A stand-in for an EventStoreDB/KurrentDB cluster, in memory and on loopback, for tests only.
//!
//! It speaks the gRPC protocol of that server (streams, gossip, server features) so that a client which believes to
//! talk to a cluster can be tested where no cluster can be installed: its answers, its refusals, its subscriptions.
//! It keeps nothing, promises nothing, and is not the real server.

#![allow(clippy::result_large_err, reason = "the status of a call is tonic's own type")]

mod asked;
mod cluster;
mod decide;
mod elect;
mod faults;
mod figures;
mod filter;
mod listen;
mod log;
mod proto;
mod refuse;
mod service;
mod state;
mod tls;

pub use cluster::{Cluster, Login, Settings};
pub use elect::NotElectable;
pub use faults::{Call, Ending, Fault, Refusal, Seam};
pub use figures::Figures;
pub use log::{Position, Positions, Proposed, Record};
pub use state::Lag;
