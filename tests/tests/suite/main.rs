//! What the house promises, tried from outside: one program, so that it links once.
//!
//! Two others stand beside it, each for a reason. `cluster` counts the threads and open files of its own process,
//! which nobody else may open meanwhile. `faults` starts itself again as the process that is killed, and wants the
//! machine for itself. All three are run by `cargo test --workspace`, one after another; a part of one is named by
//! its module (`cargo test --workspace --test suite http::`). In reading order:

#![allow(clippy::duplicate_mod, reason = "the stories are told twice, to folders and to a cluster")]

/// Files that old programs wrote are read for ever.
mod golden;
/// Every promise of the store port, on every store.
mod contract;
/// What holds of stores, whatever is asked.
mod laws;
/// The files of a record, and who may open them.
mod store_files;
/// The copy of a record that lies elsewhere.
mod mirror;
/// Records on the command line, in clusters and in folders.
mod stores;
/// Histories and whole records on their way in and out.
mod transfer;
/// Views from nothing, from snapshots and beside the ones that serve.
mod views;
/// Copies of a record while it is written to.
mod backups;
/// What is erased is gone.
mod erasing;
mod erasing_people;
/// A record that is tampered with is found out.
mod ledger;

/// The API, in-process and over a socket.
mod http;
/// The document that describes it.
mod openapi;
/// Other tools, and what a server does by itself.
mod tools;
/// The command line at three in the morning.
mod cli_night;
/// What a night costs in keystrokes.
mod cli_keystrokes;
/// Wrong command lines.
mod cli_refusals;
/// Every command by its name, as the API has it.
mod cli_tell;
/// The stories, told to folders.
mod in_folder;
/// The same stories, told to a cluster.
mod on_cluster;
/// The real program while its cluster is away.
mod cluster_away;
/// Nodes that sign one record, each with its own key.
mod cluster_keys;
