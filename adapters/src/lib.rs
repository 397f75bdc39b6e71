//! Everything that touches the world. In reading order:

/// What time it is; injected, so that tests and the demonstration bring their own.
pub mod clock;
/// Random bytes.
pub mod chance;
/// Files that are on the disk when it is said so.
pub mod durable;
/// A pause between two attempts.
pub mod pause;
/// What the machine itself knows of who uses it.
pub mod origin;
/// The way to a server.
pub mod way;
/// Somebody else's clock: time stamps.
pub mod time_stamping;
/// The settings file, `scribe.toml`.
pub mod config;
/// What shows who somebody is: secrets, and what an identity provider says.
pub mod auth;
/// Where events are kept.
pub mod store;
/// Importing histories, exporting and restoring the whole record.
pub mod transfer;
/// The record's word, signed: keys, checkpoints and proofs.
pub mod ledger;
/// Views on disk.
pub mod snapshots;
/// What other tools send.
pub mod inbound;
/// The views of the whole record, in memory.
pub mod views;
/// Work that a server does beside its requests.
pub mod tasks;
/// What is sent out.
pub mod outbound;
/// The one place that wires a store, the views and the router together.
pub mod app;
/// The guide's pages, for `scribe help`.
pub mod guide;
/// The HTTP API under `/v1`.
pub mod http;
/// The command line: a client of the API.
pub mod cli;
