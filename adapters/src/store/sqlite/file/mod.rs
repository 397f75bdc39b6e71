//! The record's file. In reading order:

/// What it is called, and the files beside it.
pub(super) mod names;
/// Whether its files are plain ones.
mod plain;
/// The database's layout, and how a connection is set up.
pub(super) mod schema;
/// Finding or founding the record in a folder.
pub(super) mod open;
/// Bringing an older file to the layout of today.
pub(super) mod migrate;
/// Keeping the write-ahead log short.
pub(super) mod wal;
